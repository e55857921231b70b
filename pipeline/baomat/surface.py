"""The text as the name grammar sees it: tokens with their matching keys, and the words, places, persons and heads among them.

A token is a run of letters and digits. Everything is asked of a token number ("what begins here?") and answered with a
number of tokens, 0 for nothing. Answers are remembered, because neighbouring rules ask the same question.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from . import lexicon as lexicons
from . import text as texts
from .aliases import WORD, Alias, Lexicon, Node
from .schema import ORG_TYPES

LOWER = ("keep", "drop", "out", "no")
FOLLOW = ("unit", "place", "state", "brand", "foreign", "none")
FLAGS = ("alone", "field", "numbered", "placed", "legal", "long", "list", "inside")
PLACE_KINDS = ("province", "municipality", "country", "region", "city", "area")
COMPANY = frozenset(("suffix", "corporate", "trade"))  # kinds of words that end names of foreign organizations
JOINED = frozenset("-&.'/+")  # what may stand between two parts of one word

# Before a capital that is there (perhaps) only because a sentence, a heading or a list item begins.
_OPENS = re.compile(r"[\n.!?…:•*]")
# "(PLO) - ", "TPO - ", "Hà Nội - " at the head of a line: a desk or a place, not yet the sentence.
_DESK = re.compile(r"[ \t(*]{0,9}(?:[^\W\d_]{1,12}[ .]?){1,4}\)?[ \t]{0,3}[-–—]{1,2}[ \t]{1,3}")
_DESK_MOST = 60
# How a Vietnamese syllable is spelled; anything else is a foreign word, an acronym or a code.
_SYLLABLE = re.compile(
    r"(?:ngh?|gh|[ckpt]h|nh|tr|gi|qu|[bcdđghklmnpqrstvx])?"
    r"[aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵ]{1,3}(?:ch|n[gh]|[cmnpt])?\Z"
)
# What may stand between the words of an entry.
_WITHIN = frozenset((" ", "-", " - ", ", ", ".", ". ", "&", " & ", "'", "/", "", "  "))
_NOT_INSIDE = frozenset(
    ("level", "suffix", "event", "site", "corporate", "trade")
)  # kinds of words that do not go on inside a Vietnamese name


@dataclass(frozen=True, slots=True)
class Head:
    """One row of ``org_heads.tsv``."""

    head: str
    short: str
    org_type: str
    lower: str
    follow: str
    flags: frozenset[str]
    not_after: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """One row of ``places.tsv``."""

    name: str
    kind: str
    country: str
    valid_to: str
    successor: str


@dataclass(slots=True)
class Name:
    """A name found: tokens [first, last), and its proper core [core, core_end) without head and general words."""

    first: int
    last: int
    method: str
    score: float
    org_type: str
    core: int
    core_end: int
    head: Head | None = None
    org_ids: tuple[str, ...] = ()
    kind: str = ""  # of a name of the lexicon: "", "?" or "~"


# ---------------------------------------------------------------- knowledge
def enter(root: Node, name: str) -> Node:
    """The node of a trie where a name ends, made if need be."""
    node = root
    for key in WORD.findall(texts.key(name)):
        node = node.setdefault(key, {})
    return node


@cache
def heads() -> Node:
    """A trie of head nouns over keys; "" holds the :class:`Head`."""
    root: Node = {}
    columns = ("head", "short", "org_type", "lower", "follow", "flags", "not_after")
    for row in lexicons.read("org_heads", columns, unique=("head",)):
        flags = frozenset(row["flags"].split())
        if not flags <= set(FLAGS):
            row.fail(f"flags are {row['flags']}; allowed: {' '.join(FLAGS)}")
        enter(root, row["head"])[""] = Head(
            texts.key(row["head"]),
            row["short"],
            row.one_of("org_type", ORG_TYPES),
            row.one_of("lower", LOWER),
            row.one_of("follow", FOLLOW),
            flags,
            frozenset(texts.key(row["not_after"]).split()),
        )
    return root


@cache
def _place_rows() -> list[tuple[Place, list[str]]]:
    rows = lexicons.read("places", ("name", "kind", "country", "valid_to", "successor", "aliases"), unique=("name",))
    return [
        (
            Place(row["name"], row.one_of("kind", PLACE_KINDS), row["country"], row["valid_to"], row["successor"]),
            [row["name"], *row.several("aliases")],
        )
        for row in rows
    ]


@cache
def places() -> Node:
    """A trie of place names over keys; "" holds the :class:`Place`."""
    root: Node = {}
    for place, names in _place_rows():
        for name in names:
            enter(root, name).setdefault("", place)
    return root


@cache
def words() -> Node:
    """A trie of the words that names are made of; "" holds their kinds."""
    root: Node = {}
    for row in lexicons.read("org_words", ("word", "kind"), unique=("word", "kind")):
        node = enter(root, row["word"])
        node[""] = (*node.get("", ()), row["kind"])
    return root


@cache
def closed(sense: str) -> frozenset[str]:
    """The little words of one sense (``org_closed.tsv``), as keys."""
    rows = lexicons.read("org_closed", ("word", "sense"), unique=("word", "sense"))
    return frozenset(texts.key(row["word"]) for row in rows if row["sense"] == sense)


@cache
def surnames() -> frozenset[str]:
    """Vietnamese family names, as keys."""
    return frozenset(texts.key(row["surname"]) for row in lexicons.read("org_surnames", ("surname",), unique=("surname",)))


@cache
def _generic() -> frozenset[str]:
    """Units that every organization has ("hội đồng quản trị") and acronyms of no organization, as keys."""
    return frozenset(texts.key(row["name"]) for row in lexicons.read("org_generic", ("name",), unique=("name",)))


@cache
def things() -> Node:
    """A trie of products, events and acronyms that are no organizations, over keys."""
    root: Node = {}
    for row in lexicons.read("org_things", ("name",), unique=("name",)):
        enter(root, row["name"])[""] = True
    return root


@cache
def _dateline() -> re.Pattern[str]:
    names = [name for _, names in _place_rows() for name in names]
    return re.compile("(?m)^(?:" + lexicons.trie([*names, "TP HCM"]) + r")(?=[^\W\d_])")


def _glued(text: str) -> list[int]:
    """Where a dateline is glued to the first word of a line ("Hà NộiBộ Công an")."""
    found = []
    for match in _dateline().finditer(text):
        end = match.end()
        acronym = match[0].isupper() and " " not in match[0]  # "TQBank" is one word
        if text[end].isupper() and not acronym and not (text[end - 1].isupper() and text[end + 1 : end + 2].isupper()):
            found.append(end)
    return found


def _split(span: tuple[int, int], cut: int) -> tuple[tuple[int, int], ...]:
    start, end = span
    return ((start, cut), (cut, end)) if start < cut < end else (span,)


@lru_cache(maxsize=65536)
def foreign_word(key: str) -> bool:
    """Whether a word is not spelled like a Vietnamese syllable."""
    return _SYLLABLE.match(key) is None


# ---------------------------------------------------------------- the text
class Tokens:
    """A text as tokens. ``gaps[i]`` is what stands between token i and the next one, in matching form."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        low = texts.key(text)
        spans = [match.span() for match in WORD.finditer(low)]
        for cut in _glued(text):
            spans = [piece for span in spans for piece in _split(span, cut)]
        self.text = text
        self.lexicon = lexicon
        self.size = len(spans)
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        self.keys = [low[start:end] for start, end in spans]
        self.words = [text[start:end] for start, end in spans]
        self.gaps = [low[left:right] for left, right in zip(self.ends, self.starts[1:], strict=False)]
        self.caps = [text[start].isupper() for start in self.starts]
        self.capitalised = [at for at, capital in enumerate(self.caps) if capital]
        self._known: dict[int, tuple[int, list[Alias]]] = {}
        self._place: dict[int, tuple[int, Place | None]] = {}
        self._word: dict[int, tuple[int, tuple[str, ...]]] = {}
        self._head: dict[int, tuple[int, Head | None]] = {}
        self._where: dict[str, list[int]] = {}
        self._begun: set[int] | None = None
        self.spoken: dict[str, bool] = {}  # notes of other rooms: of a word, whether it acts or speaks anywhere
        self.titled: dict[str, bool] = {}  # … and whether it has a person's title anywhere

    def cut_at(self, word_starts: Iterable[int]) -> None:
        """Tell where words begin (underthesea's), as offsets."""
        self._begun = set(word_starts)

    def inside_word(self, at: int) -> bool:
        """Whether token ``at`` goes on a word; False for all while nobody has told where words begin."""
        return self._begun is not None and self.spaced(at) and self.starts[at] not in self._begun

    def starting(self, offset: int) -> int | None:
        """The token that starts at an offset."""
        at = bisect_left(self.starts, offset)
        return at if at < self.size and self.starts[at] == offset else None

    def ending(self, offset: int) -> int | None:
        """The token that ends at an offset."""
        at = bisect_left(self.ends, offset)
        return at if at < self.size and self.ends[at] == offset else None

    def where(self, word: str) -> list[int]:
        """The tokens that are this capitalised word, as it is written."""
        if not self._where:
            for at in self.capitalised:
                self._where.setdefault(self.words[at], []).append(at)
        return self._where.get(word, [])

    def surface(self, first: int, last: int) -> str:
        """The text of tokens [first, last)."""
        return self.text[self.starts[first] : self.ends[last - 1]]

    def phrase(self, first: int, last: int) -> str:
        """The keys of tokens [first, last), parted by single spaces."""
        return " ".join(self.keys[first:last])

    def spaced(self, at: int) -> bool:
        """Whether token ``at`` exists and a single space parts it from the one before."""
        return 0 < at < self.size and self.gaps[at - 1] == " "

    def capital(self, at: int) -> bool:
        """Whether a capitalised token ``at`` follows after a single space."""
        return self.spaced(at) and self.caps[at]

    def initial(self, at: int) -> bool:
        """Whether token ``at`` has its capital (perhaps) only because something begins there."""
        gap = self.gaps[at - 1] if at else ""
        if not gap or _OPENS.search(gap) is not None:
            return True
        line = self.text.rfind("\n", 0, self.starts[at]) + 1 if "-" in gap else 0
        return (
            "-" in gap and self.starts[at] - line < _DESK_MOST and _DESK.fullmatch(self.text, line, self.starts[at]) is not None
        )

    def foreign(self, at: int) -> bool:
        """Whether the word is not spelled like a Vietnamese syllable."""
        return foreign_word(self.keys[at])

    def generic(self, first: int, last: int) -> bool:
        """Whether these tokens name no organization in particular."""
        return self.phrase(first, last) in _generic()

    def thing(self, at: int) -> int:
        """How many tokens the product, event or acronym has that begins here."""
        return self.walk(things(), at)[0]

    def walk(self, root: Node, at: int) -> tuple[int, object]:
        """The longest entry of a trie at token ``at`` within its line: how many tokens, and the entry's value."""
        keys, gaps, size = self.keys, self.gaps, self.size
        node: Node | None = root.get(keys[at]) if at < size else None
        best: tuple[int, object] = (0, None)
        end = at + 1
        while node is not None:
            if "" in node:
                best = end - at, node[""]
            if end == size or gaps[end - 1] not in _WITHIN:
                break
            node = node.get(keys[end])
            end += 1
        return best

    def known(self, at: int) -> tuple[int, list[Alias]]:
        """The longest name of the lexicon that begins here."""
        if at not in self._known:
            self._known[at] = self.lexicon.longest(self.keys, self.words, self.gaps, at) if at < self.size else (0, [])
        return self._known[at]

    def place(self, at: int) -> tuple[int, Place | None]:
        """The place name that begins here."""
        if at not in self._place:
            size, place = 0, None
            if at < self.size and (self.caps[at] or self.keys[at] == "châu"):
                size, found = self.walk(places(), at)
                if isinstance(found, Place) and self.caps[at + size - 1]:
                    place = found
            self._place[at] = (size, place) if place else (0, None)
        return self._place[at]

    def kinds(self, at: int) -> tuple[int, tuple[str, ...]]:
        """The longest word of ``org_words.tsv`` that begins here, with its kinds."""
        if at not in self._word:
            size, kinds = self.walk(words(), at)
            self._word[at] = size, kinds if isinstance(kinds, tuple) else ()
        return self._word[at]

    def word(self, at: int) -> int:
        """How many tokens the word has that may go on inside a name here. Abbreviations must be in capitals."""
        size, kinds = self.kinds(at)
        if not size or _NOT_INSIDE.issuperset(kinds) or (kinds == ("abbreviation",) and not self.words[at].isupper()):
            return 0
        return size

    def verb(self, at: int) -> bool:
        """Whether the word here is also a verb, or too short to tell."""
        size, kinds = self.kinds(at)
        return "verb" in kinds or size == 1

    def head(self, at: int) -> tuple[int, Head | None]:
        """The head noun here, unless it is part of a place name ("Hội An") or of another word ("nhà báo")."""
        if at not in self._head:
            size, head = self.walk(heads(), at)
            if (
                not isinstance(head, Head)
                or head.follow == "none"
                or (self.caps[at] and self.place(at)[0] >= size)
                or (self.spaced(at) and self.keys[at - 1] in head.not_after)
            ):
                self._head[at] = 0, None
            else:
                self._head[at] = size, head
        return self._head[at]

    def shouted(self, at: int) -> bool:
        """Whether the words here are all in capitals, as in a heading, so that capitals tell nothing."""
        pair = range(at, min(at + 2, self.size))
        return len(pair) == 2 and all(
            self.words[step].isupper() and len(self.words[step]) > 1 and not self.foreign(step) for step in pair
        )

    def begins(self, at: int) -> bool:
        """Whether another organization's name seems to begin: a head noun, and behind a short one its field of work."""
        size, head = self.head(at)
        return head is not None and ("field" not in head.flags or self.word(at + size) > 0)

    def person(self, at: int) -> bool:
        """Whether a Vietnamese person's name seems to begin: a family name and at least one more capital."""
        return (
            at < self.size
            and self.keys[at] in surnames()
            and self.capital(at + 1)
            and not self.words[at].isupper()
            and not self.place(at)[0]
            and not self.word(at)
        )

    def place_end(self, at: int) -> int:
        """The token after "tỉnh Cà Mau", "TP.HCM", "quận 1", "Hà Nội" at token ``at``; ``at`` itself if there is none."""
        if at >= self.size:
            return at
        size, _ = self.place(at)
        if size:
            return at + size
        size, kinds = self.kinds(at)
        if "level" not in kinds or (len(self.keys[at]) == 1 and not self.caps[at]):
            return at
        name = at + size
        if name >= self.size or self.gaps[name - 1] not in (" ", ".", ". "):
            return at
        known, _ = self.place(name)
        if known:
            return name + known
        if self.keys[name].isdigit():
            return name + 1
        return self.capitals(name, most=4, person_from=2) if self.caps[name] else at

    def capitals(self, at: int, *, most: int, person_from: int) -> int:
        """The end of a run of capitalised words, before a person's name (from so many words on) or another name begins."""
        end = at
        while end < self.size and end - at < most and self.caps[end]:
            if end > at:
                if self.gaps[end - 1] != " " and self.gaps[end - 1] not in JOINED:
                    break
                if (end - at >= person_from and self.person(end)) or (self.spaced(end) and self.begins(end)):
                    break
            end += 1
        return end
