"""The text as the name grammar sees it: tokens with their matching keys, and the words, places, persons and heads among them.

A token is a run of letters and digits. Everything is asked of a token number ("what begins here?") and answered with a
number of tokens, 0 for nothing. Answers are remembered, because neighbouring rules ask the same question.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from . import marks
from . import text as texts
from .aliases import Alias, Lexicon, Node
from .orgwords import JOINED, Head, Place, closed, dateline, generic, heads, places, things, words

# Before a capital that is there (perhaps) only because a sentence, a heading or a list item begins.
_OPENS = re.compile(r"[\n.!?…:•*]")
# "(PLO) - ", "TPO - ", "Hà Nội - " at the head of a line: a desk or a place, not yet the sentence.
_DESK = re.compile(r"[ \t(*]{0,9}(?:[^\W\d_]{1,12}[ .]?){1,4}\)?[ \t]{0,3}[-–—]{1,2}[ \t]{1,3}")
_DESK_MOST = 60
# What may stand between the words of an entry.
_WITHIN = frozenset((" ", "-", " - ", ", ", ".", ". ", "&", " & ", "'", "/", "", "  "))
# Kinds of words that do not go on inside a Vietnamese name.
_NOT_INSIDE = frozenset(("level", "suffix", "event", "site", "corporate", "trade"))
_SMALL = frozenset(map(texts.key, ("bộ", "hòa")))  # last words of places that are often in lower case
_NONE: tuple[int, None] = (0, None)
_UNKNOWN: tuple[int, list[Alias]] = (0, [])
_NO_KINDS: tuple[int, tuple[str, ...]] = (0, ())

_SPACE = np.uint32(ord(" "))

Offsets = Sequence[int] | npt.NDArray[np.int64]


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


@cache
def _in_words() -> npt.NDArray[np.bool_]:
    """Of every character of the basic plane, whether it is a letter or digit."""
    return np.array([chr(code).isalnum() for code in range(1 << 16)])


def _cut(text: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[str], list[str]]:
    """Where tokens start, where they end, the tokens, and what stands between them."""
    codes = np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), np.uint32)
    inside = _in_words().take(codes, mode="clip")
    for at in (codes >> 16).nonzero()[0].tolist():
        inside[at] = text[at - 1].isalnum()
    edges = (inside[1:] != inside[:-1]).nonzero()[0]
    parted = np.where(inside, codes, _SPACE)  # one str.split costs less than a slice for every token
    if glued := _glued(text):
        edges = np.sort(np.concatenate([edges, glued, glued]))
        parted = np.insert(parted, np.add(glued, 1), _SPACE)
    starts, ends = edges[::2], edges[1::2]
    words = parted.tobytes().decode("utf-32-le", "surrogatepass").split()
    before, after = ends[:-1], starts[1:]
    gaps = [" "] * len(after)
    odd = ((after - before != 1) | (codes.take(after) != _SPACE)).nonzero()[0]
    for at, start, end in zip(odd.tolist(), before.take(odd).tolist(), after.take(odd).tolist(), strict=True):
        gaps[at] = text[start:end]
    return starts, ends, words, gaps


def _glued(text: str) -> list[int]:
    """Where a dateline is glued to the first word of a line ("Hà NộiBộ Công an")."""
    found = []
    for match in dateline().finditer(text):
        end = match.end()
        acronym = match[0].isupper() and " " not in match[0]  # "TQBank" is one word
        if text[end].isupper() and not acronym and not (text[end - 1].isupper() and text[end + 1 : end + 2].isupper()):
            found.append(end)
    return found


class Tokens:
    """A text as tokens. ``gaps[i]`` is what stands between token i and the next one, in matching form."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.lexicon = lexicon
        self._starts, ends, self.words, self.gaps = _cut(texts.shadow(text))
        self.starts: list[int] = self._starts.tolist()
        self.ends: list[int] = ends.tolist()
        self.size = len(self.starts)
        self.marks = list(map(marks.of(lexicon).__getitem__, self.words))
        self._marked = np.array(self.marks, np.int16)
        self.keys, keys = self.words.copy(), marks.keys()
        for at in self.marked(marks.CHANGED):
            self.keys[at] = keys[self.keys[at]]
        self.caps: list[bool] = (self._marked & marks.CAPITAL != 0).tolist()
        self.capitalised = self.marked(marks.CAPITAL)
        self._known: dict[int, tuple[int, list[Alias]]] = {}
        self._place: dict[int, tuple[int, Place | None]] = {}
        self._kinds: dict[int, tuple[int, tuple[str, ...]]] = {}
        self._head: dict[int, tuple[int, Head | None]] = {}
        self._begun: bytes | None = None
        # Notes of other rooms:
        self.home: bool | None = None  # whether the text is of the kind that the tagger knows
        self.spoken: dict[str, bool] = {}  # of a word, whether it acts or speaks anywhere
        self.titled: dict[str, bool] = {}  # … and whether it has a person's title anywhere

    def cut_at(self, word_starts: Offsets | None) -> None:
        """Tell where words begin (underthesea's), as offsets."""
        here = np.zeros(len(self.text) + 1, np.uint8)
        here[np.asarray(() if word_starts is None else word_starts, np.int64)] = 1
        self._begun = here.take(self._starts).tobytes()

    def begins_word(self, at: int) -> bool:
        """Whether a word begins at token ``at``; False for all while nobody has told where words begin."""
        return self._begun is not None and self._begun[at] != 0

    def inside_word(self, at: int) -> bool:
        """Whether token ``at`` goes on a word; False for all while nobody has told where words begin."""
        return self._begun is not None and self.spaced(at) and not self._begun[at]

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
        words = self.words
        return [at for at in self.capitalised if words[at] == word]

    def marked(self, mark: int) -> list[int]:
        """The tokens whose word has one of these marks (:mod:`baomat.marks`)."""
        found: list[int] = (self._marked & mark).nonzero()[0].tolist()
        return found

    def opening(self, root: Node, mark: int) -> Iterator[int]:
        """Where the first two words of an entry stand, or the first that is one by itself; ``mark`` is that of the first."""
        keys, last = self.keys, self.size - 1
        for at in self.marked(mark):
            node = root[keys[at]]
            if "" in node or (at < last and keys[at + 1] in node):
                yield at

    def surface(self, first: int, last: int) -> str:
        """The text of tokens [first, last)."""
        return self.text[self.starts[first] : self.ends[last - 1]] if first < last else ""

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
        if gap == " ":
            return False
        if not gap or _OPENS.search(gap) is not None:
            return True
        line = self.text.rfind("\n", 0, self.starts[at]) + 1 if "-" in gap else 0
        return (
            "-" in gap and self.starts[at] - line < _DESK_MOST and _DESK.fullmatch(self.text, line, self.starts[at]) is not None
        )

    def foreign(self, at: int) -> bool:
        """Whether the word is not spelled like a Vietnamese syllable."""
        return self.marks[at] & marks.FOREIGN != 0

    def generic(self, first: int, last: int) -> bool:
        """Whether these tokens name no organization in particular."""
        return self.phrase(first, last) in generic()

    def thing(self, at: int) -> int:
        """How many tokens the product, event or acronym has that begins here."""
        return self.walk(things(), at)[0] if at < self.size and self.marks[at] & marks.THING else 0

    def walk(self, root: Node, at: int) -> tuple[int, Any]:
        """The longest entry of a trie at token ``at`` within its line: how many tokens, and the entry's value."""
        keys, gaps, size = self.keys, self.gaps, self.size
        node: Node | None = root.get(keys[at]) if at < size else None
        best: tuple[int, Any] = _NONE
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
        if at >= self.size or not self.marks[at] & marks.KNOWN:
            return _UNKNOWN
        found = self._known.get(at)
        if found is None:
            found = self._known[at] = self.lexicon.longest(self.keys, self.words, self.gaps, at)
        return found

    def place(self, at: int) -> tuple[int, Place | None]:
        """The place name that begins here."""
        if at >= self.size or not self.marks[at] & marks.PLACE:
            return _NONE
        found = self._place.get(at)
        if found is None:
            size, place = self.walk(places(), at)
            last = at + size - 1
            written = size and (self.caps[last] or (self.caps[at] and self.keys[last] in _SMALL))  # "Tây Nam bộ"
            found = self._place[at] = (size, place) if written else _NONE
        return found

    def kinds(self, at: int) -> tuple[int, tuple[str, ...]]:
        """The longest word of ``org_words.tsv`` that begins here, with its kinds."""
        if at >= self.size or not self.marks[at] & marks.KIND:
            return _NO_KINDS
        found = self._kinds.get(at)
        if found is None:
            size, kinds = self.walk(words(), at)
            found = self._kinds[at] = (size, kinds) if size else _NO_KINDS
        return found

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
        if at >= self.size or not self.marks[at] & marks.HEAD:
            return _NONE
        found = self._head.get(at)
        if found is None:
            found = size, head = self.walk(heads(), at)
            if size and (
                head.follow == "none"
                or (self.caps[at] and self.place(at)[0] >= size)
                or (self.spaced(at) and self.keys[at - 1] in head.not_after)
            ):
                found = _NONE
            self._head[at] = found
        return found

    def shouted(self, at: int) -> bool:
        """Whether the words here are all in capitals, as in a heading, so that capitals tell nothing."""
        return at + 1 < self.size and self._shouted(at) and self._shouted(at + 1)

    def _shouted(self, at: int) -> bool:
        return self.marks[at] & (marks.UPPER | marks.FOREIGN) == marks.UPPER and len(self.words[at]) > 1

    def begins(self, at: int) -> bool:
        """Whether another organization's name seems to begin: a head noun, and behind a short one its field of work."""
        size, head = self.head(at)
        return head is not None and ("field" not in head.flags or self.word(at + size) > 0)

    def person(self, at: int) -> bool:
        """Whether a Vietnamese person's name seems to begin: a family name and at least one more capital."""
        return (
            at < self.size
            and self.marks[at] & marks.SURNAME != 0
            and self.capital(at + 1)
            and not self.words[at].isupper()
            and not self.place(at)[0]
            and not self.word(at)
            and not (self.words[at + 1].isupper() and "level" in self.kinds(at + 1)[1])  # "Trường ĐH Hùng [Vương] TP.HCM"
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
        if name >= self.size:
            return at
        known, place = self.place(name)
        gap = self.gaps[name - 1]
        if gap not in (" ", ".", ". "):  # a sentence was cut at "TP."
            return name + known if known and gap == ".\n" and len(self.words[at]) < 3 else at
        if place is not None and not (place.kind == "country" and size == 1 == known and self.capital(name + 1)):
            return name + known  # but "huyện Đức Cơ", "xã Nga Sơn"
        if self.keys[name].isdigit():
            return name + 1
        if not self.caps[name]:
            return at
        end = self.capitals(name, most=4, person_from=2)
        return end + (self.keys[at] in closed("numbered") and self._number(end))

    def _number(self, at: int) -> bool:
        """Whether a number that closes a name stands here: "phường Mỹ Đình [1]"."""
        if not self.spaced(at) or not self.keys[at].isdigit() or len(self.keys[at]) > 1:
            return False
        if not self.spaced(at + 1):
            return at + 1 >= self.size or self.gaps[at] in (", ", ") ", " (", ".\n", "\n")
        return not self.caps[at + 1] and self.keys[at + 1] not in closed("amount") | closed("counter")

    def capitals(self, at: int, *, most: int, person_from: int) -> int:
        """The end of a run of capitalised words, before a person's name (from so many words on) or another name begins."""
        end = at
        while end < self.size and end - at < most and self.caps[end]:
            if end > at:
                if self.gaps[end - 1] != " " and self.gaps[end - 1] not in JOINED:
                    break
                if end - at >= person_from and self.person(end):
                    break
                last_word = end == at + 1 and self.head(end)[0] == 1 and not self.capital(end + 1)  # "phường Hàng Kênh"
                if self.spaced(end) and self.begins(end) and not last_word:
                    break
            end += 1
        return end
