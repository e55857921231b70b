"""The name grammar: what an organization's name looks like after a head noun ("Cục", "Công ty", "nhóm tin tặc").

Four shapes follow a head (``lexicons/org_heads.tsv``): a field of work ("Cục An toàn thông tin"), a place ("Công an tỉnh
Cà Mau"), a state ("chính phủ Úc"), a brand ("Tập đoàn Alphabet"). The grammar is deterministic and looks ahead only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from . import lexicon as lexicons
from . import text as texts
from .aliases import WORD, Lexicon, Node
from .schema import ORG_TYPES

LOWER = ("keep", "drop", "out", "no")
FOLLOW = ("unit", "place", "state", "brand", "foreign")

# Before a capital that is there only because a sentence, a heading or a list item begins.
_OPENS = re.compile(r"[\n.!?…:•*]")
# "(PLO) - ", "TPO - ", "Hà Nội - " at the head of a line: a desk or a place, not yet the sentence.
_DESK = re.compile(r"(?m)^[\s(*]*(?:[^\W\d_]+[ .]?){1,4}\)?\s*[-–—]+\s+(?=\S)")
# How a Vietnamese syllable is spelled; anything else is a foreign word, an acronym or a code.
_SYLLABLE = re.compile(
    r"(?:ngh?|gh|[ckpt]h|nh|tr|gi|qu|[bcdđghklmnpqrstvx])?"
    r"[aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵ]{1,3}(?:ch|n[gh]|[cmnpt])?\Z"
)
_CODE = re.compile(r"[A-ZĐ]{1,4}\d{1,3}\Z")
_JOINED = frozenset("-&.'/+")
# Words that may stand in lower case between the capitals of a foreign name.
_BETWEEN = frozenset(("of", "and", "for", "the", "de", "la", "du", "des", "van", "von"))
# Heads so short and common that the word after them must be a field of work, an abbreviation or a code.
_RISKY = frozenset(("bộ", "cục", "sở", "vụ", "phòng", "ban", "hội", "đội", "thanh tra", "tổng cục", "chi cục", "cơ quan", "cảnh sát"))
_NUMBERED = frozenset(("quân khu", "bệnh viện", "bv", "đội", "trung tâm", "bộ tư lệnh", "viện", "phòng", "ban"))
_SCHOOLS = "education_research"
# Heads that with a place alone are a name even in lower case.
_PLACED = frozenset(("sân bay", "đại học", "đh", "trường đại học", "trường đh"))


@dataclass(frozen=True, slots=True)
class Head:
    """One row of ``org_heads.tsv``."""

    head: str
    short: str
    org_type: str
    lower: str
    follow: str
    alone: bool


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
    """A name found: tokens [first, last), its head, and the tokens of its proper core [core, core_end)."""

    first: int
    last: int
    method: str
    score: float
    org_type: str
    core: int = -1
    core_end: int = -1
    head: Head | None = None
    org_ids: tuple[str, ...] = ()
    kind: str = ""  # of a name of the lexicon: "", "?" or "~"


class Tokens:
    """The text as runs of letters and digits, with matching keys and what stands between them."""

    def __init__(self, text: str) -> None:
        low = texts.key(text)
        spans = [match.span() for match in WORD.finditer(low)]
        for cut in _datelines(text):
            spans = [piece for start, end in spans for piece in (((start, cut), (cut, end)) if start < cut < end else ((start, end),))]
        self.text = text
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        self.keys = [low[start:end] for start, end in spans]
        self.words = [text[start:end] for start, end in spans]
        self.gaps = [low[left:right] for left, right in zip(self.ends, self.starts[1:], strict=False)]
        self.caps = [word[0].isupper() for word in self.words]
        self.opened = {match.end() for match in _DESK.finditer(text)}

    def __len__(self) -> int:
        return len(self.keys)

    def initial(self, at: int) -> bool:
        """Whether token ``at`` has its capital (perhaps) only because something begins there."""
        return at == 0 or self.starts[at] in self.opened or _OPENS.search(self.gaps[at - 1]) is not None or not self.gaps[at - 1]

    def foreign(self, at: int) -> bool:
        """Whether the word is not spelled like a Vietnamese syllable."""
        return _SYLLABLE.match(self.keys[at]) is None

    @cached_property
    def at_start(self) -> dict[int, int]:
        """Token number by its start offset."""
        return {start: number for number, start in enumerate(self.starts)}

    @cached_property
    def at_end(self) -> dict[int, int]:
        """Token number by its end offset."""
        return {end: number for number, end in enumerate(self.ends)}


# ---------------------------------------------------------------- knowledge
@cache
def heads() -> Node:
    """A trie of head nouns over keys; "" holds the :class:`Head`."""
    root: Node = {}
    for row in lexicons.read("org_heads", ("head", "short", "org_type", "lower", "follow", "alone"), unique=("head",)):
        head = Head(
            texts.key(row["head"]),
            row["short"],
            row.one_of("org_type", ORG_TYPES),
            row.one_of("lower", LOWER),
            row.one_of("follow", FOLLOW),
            row.one_of("alone", ("yes", "no")) == "yes",
        )
        enter(root, row["head"], head)
    return root


@cache
def places() -> Node:
    """A trie of place names over keys; "" holds the :class:`Place`."""
    root: Node = {}
    for row in lexicons.read("places", ("name", "kind", "country", "valid_to", "successor", "aliases"), unique=("name",)):
        place = Place(row["name"], row["kind"], row["country"], row["valid_to"], row["successor"])
        for name in (row["name"], *row.several("aliases")):
            enter(root, name, place)
    return root


@cache
def words() -> Node:
    """A trie of the words that go on inside a name; "" holds their kinds."""
    root: Node = {}
    for row in lexicons.read("org_words", ("word", "kind"), unique=("word", "kind")):
        node = enter(root, row["word"], None)
        node[""] = (node.get("") or ()) + (row["kind"],)
    return root


@cache
def surnames() -> frozenset[str]:
    """Vietnamese family names, as keys."""
    return frozenset(texts.key(row["surname"]) for row in lexicons.read("org_surnames", ("surname",)))


@cache
def generic() -> frozenset[str]:
    """Names of units that every organization has ("hội đồng quản trị") and acronyms of no organization, as keys."""
    return frozenset(texts.key(row["name"]) for row in lexicons.read("org_generic", ("name",)))


@cache
def _dateline() -> re.Pattern[str]:
    names = (name for row in lexicons.read("places", ("name", "kind", "country", "valid_to", "successor", "aliases"))
             for name in (row["name"], *row.several("aliases"), "TP HCM"))  # fmt: skip
    return re.compile("(?m)^(?:" + lexicons.trie(names) + r")(?=[^\W\d_])")


def _datelines(text: str) -> list[int]:
    """Where a dateline is glued to the first word of a line ("Hà NộiBộ Công an")."""
    return [match.end() for match in _dateline().finditer(text) if text[match.end()].isupper() and not text[match.end() - 1].isupper()]


def enter(root: Node, name: str, value: object) -> Node:
    node = root
    for key in WORD.findall(texts.key(name)):
        node = node.setdefault(key, {})
    if value is not None:
        node.setdefault("", value)
    return node


def walk(root: Node, tokens: Tokens, at: int) -> tuple[int, object]:
    """The longest entry of a trie at token ``at``: (number of tokens, its value), (0, None) if none. Within one line."""
    node: Node | None = root.get(tokens.keys[at]) if at < len(tokens) else None
    best: tuple[int, object] = (0, None)
    end = at + 1
    while node is not None:
        if "" in node:
            best = end - at, node[""]
        if end == len(tokens) or len(tokens.gaps[end - 1]) > 3 or "\n" in tokens.gaps[end - 1]:
            break
        node = node.get(tokens.keys[end])
        end += 1
    return best


# ---------------------------------------------------------------- parts of a name
def head_at(tokens: Tokens, at: int) -> tuple[int, Head | None]:
    """The head noun at token ``at``, unless a place name begins there ("Hội An", "Đài Loan")."""
    size, head = walk(heads(), tokens, at)
    if not isinstance(head, Head):
        return 0, None
    if tokens.caps[at] and place_at(tokens, at)[0] >= size:
        return 0, None
    return size, head


def place_at(tokens: Tokens, at: int) -> tuple[int, Place | None]:
    """The capitalised place name at token ``at``, by the lexicon."""
    if at >= len(tokens) or not (tokens.caps[at] or tokens.keys[at] == "châu"):
        return 0, None
    size, place = walk(places(), tokens, at)
    if isinstance(place, Place) and all(tokens.caps[at + step] for step in range(size) if tokens.keys[at + step] != "châu"):
        return size, place
    return 0, None


def word_at(tokens: Tokens, at: int, *, but: Sequence[str] = ("level", "suffix")) -> int:
    """How many tokens the longest word has that may go on inside a name; kinds in ``but`` do not count."""
    size, kinds = walk(words(), tokens, at)
    return size if isinstance(kinds, tuple) and any(kind not in but for kind in kinds) else 0


def word_kinds(tokens: Tokens, at: int) -> tuple[int, tuple[str, ...]]:
    """The longest such word with its kinds."""
    size, kinds = walk(words(), tokens, at)
    return size, kinds if isinstance(kinds, tuple) else ()


def person_at(tokens: Tokens, at: int) -> bool:
    """Whether a Vietnamese person's name seems to begin: a family name and at least one more capital."""
    return (
        tokens.keys[at] in surnames()
        and at + 1 < len(tokens)
        and tokens.gaps[at] == " "
        and tokens.caps[at + 1]
        and not tokens.words[at].isupper()
        and not place_at(tokens, at)[0]
        and not word_at(tokens, at)
    )


def place_end(tokens: Tokens, at: int) -> int:
    """The token after "tỉnh Cà Mau", "TP.HCM", "quận 1", "Hà Nội" at token ``at``; ``at`` itself if there is none."""
    size, _ = place_at(tokens, at)
    if size:
        return at + size
    size, kinds = word_kinds(tokens, at)
    if "level" not in kinds or (len(tokens.keys[at]) == 1 and not tokens.caps[at]):
        return at
    name = at + size
    if name >= len(tokens) or tokens.gaps[name - 1] not in (" ", ".", ". "):
        return at
    known, _ = place_at(tokens, name)
    if known:
        return name + known
    if tokens.keys[name].isdigit():
        return name + 1
    return _capitals(tokens, name, most=4, person_from=2) if tokens.caps[name] else at


def _capitals(tokens: Tokens, at: int, *, most: int, person_from: int) -> int:
    """The end of a run of capitalised words that does not run into a person's name or another head."""
    end = at
    while end < len(tokens) and end - at < most and tokens.caps[end]:
        if end > at:
            gap = tokens.gaps[end - 1]
            if gap != " " and gap not in _JOINED:
                break
            if end - at >= person_from and person_at(tokens, end):
                break
            if gap == " " and head_at(tokens, end)[0]:
                break
        end += 1
    return end


# ---------------------------------------------------------------- the four shapes
def unit_end(tokens: Tokens, at: int, head: Head, *, small_start: bool) -> int:
    """The end of a field of work with its place: "An toàn thông tin", "Y tế TP.HCM"; ``at`` if there is none.

    ``small_start`` allows the field to begin in lower case ("Trung tâm ứng cứu khẩn cấp máy tính Việt Nam").
    """
    end, proper = at, 0
    while end < len(tokens):
        gap = tokens.gaps[end - 1]
        if gap == " ":
            if end == at and not tokens.caps[end] and not small_start and not tokens.keys[end].isdigit():
                break
            if end > at and tokens.caps[end] and head_at(tokens, end)[0] and not word_at(tokens, end):
                break
            after_place = place_end(tokens, end)
            if after_place > end and not (place_at(tokens, end)[0] == 1 and _goes_on(tokens, after_place)):
                end = after_place
                if proper or end > at:
                    break
                continue
            size, kinds = word_kinds(tokens, end)
            if size and kinds not in (("level",), ("suffix",)) and not (kinds == ("abbreviation",) and not tokens.words[end].isupper()):
                end += size
                continue
            if tokens.caps[end]:
                if (proper or (end > at and head.org_type != _SCHOOLS and not tokens.words[end - 1].isupper())) and person_at(tokens, end):
                    break
                proper += 1
                end += 1
                continue
            if tokens.keys[end].isdigit() and (head.head in _NUMBERED) and (end == at or tokens.caps[end - 1]):
                end += 1
                break
            if end > at and tokens.keys[end] in ("và", "về") and end + 1 < len(tokens) and tokens.gaps[end] == " ":
                size = word_at(tokens, end + 1)
                if size and not (tokens.caps[end + 1] and head_at(tokens, end + 1)[0] and not tokens.caps[end - 1]):
                    end += 1 + size
                    continue
            break
        if end > at and gap in _JOINED and (tokens.caps[end] or tokens.keys[end].isdigit()):
            if gap == "." and not tokens.words[end - 1].isupper():
                break
            end += 1
        elif end > at and gap in (", ", " - ", " & ") and _listed(tokens, end, gap):
            end += word_at(tokens, end)
        else:
            break
    return end


def _goes_on(tokens: Tokens, at: int) -> bool:
    return at < len(tokens) and tokens.gaps[at - 1] == " " and tokens.caps[at] and not tokens.foreign(at) and not person_at(tokens, at)


def _listed(tokens: Tokens, at: int, gap: str) -> bool:
    """Whether a field goes on after a comma or dash: "phòng, chống", "Văn hóa, Thể thao và Du lịch", "GD - ĐT"."""
    size = word_at(tokens, at)
    if not size or head_at(tokens, at)[0]:
        return False
    if gap == ", " and tokens.keys[at - 1] == "phòng" and tokens.keys[at] == "chống":
        return True
    if gap == ", ":
        after = at + size
        return tokens.caps[at] == tokens.caps[at - 1] and after + 1 < len(tokens) and tokens.keys[after] in ("và", "&") and word_at(tokens, after + 1) > 0
    return tokens.caps[at]


def place_name_end(tokens: Tokens, at: int, *, capital: bool) -> int:
    """The end of what follows "Công an", "UBND", "Tòa án nhân dân"; ``at`` if it is no name."""
    if at >= len(tokens) or tokens.gaps[at - 1] not in (" ", ".", ". "):
        return at
    end = place_end(tokens, at)
    if end > at:
        return end
    for opening, more in (("tối cao", ""), ("cấp cao", "tại")):
        if " ".join(tokens.keys[at : at + 2]) == opening:
            if more and tokens.keys[at + 2 : at + 3] == [more]:
                return max(place_end(tokens, at + 3), at + 2)
            return at + 2
    if not capital:
        return at
    size, kinds = word_kinds(tokens, at)
    if "level" in kinds and len(tokens.keys[at]) > 1 and tokens.keys[at] not in ("khu", "vùng", "cụm", "miền", "đảo", "tt"):
        return at + size
    if tokens.caps[at] and not person_at(tokens, at) and not head_at(tokens, at)[0]:
        return _capitals(tokens, at, most=3, person_from=1)
    return at


def state_end(tokens: Tokens, at: int) -> int:
    """The end of a country or place, perhaps after "liên bang"; ``at`` if there is none."""
    if at >= len(tokens) or tokens.gaps[at - 1] != " ":
        return at
    start = at + 2 if tokens.keys[at : at + 2] in (["liên", "bang"], ["lâm", "thời"]) else at
    if start >= len(tokens):
        return at
    end = place_end(tokens, start)
    return end if end > start else at


def brand_span(tokens: Tokens, at: int, lexicon: Lexicon, *, official: bool) -> tuple[int, int, int]:
    """What follows "Công ty", "hãng", "báo": (first token that may count, start of the proper core, end); end = at if none."""
    core = legal = at
    while core < len(tokens):
        gap = tokens.gaps[core - 1]
        if core > at and gap in (", ", " - ", " & ", "-") and word_at(tokens, core) and tokens.caps[core]:
            pass
        elif gap != " ":
            break
        size, kinds = word_kinds(tokens, core)
        if core > at and tokens.keys[core] in ("và", "&") and core + 1 < len(tokens) and word_at(tokens, core + 1):
            core += 1
            continue
        if not size or kinds in (("level",), ("suffix",)) or (kinds == ("abbreviation",) and not tokens.words[core].isupper()):
            break
        if lexicon.longest(tokens.keys, tokens.words, tokens.gaps, core)[0] > size:
            break
        core += size
        if "legal" in kinds and core - size == legal:
            legal = core
    if core < len(tokens) and tokens.gaps[core - 1] == " ":
        end = _proper_end(tokens, core, lexicon, official=official)
        if end > core:
            return legal, core, end
        end = place_end(tokens, core)
        if end > core > legal:
            return legal, legal, end
    return (legal, legal, core) if core > legal else (at, at, at)


def _proper_end(tokens: Tokens, at: int, lexicon: Lexicon, *, official: bool) -> int:
    """The end of the brand itself, ``at`` if there is none or it is only a place."""
    size, _ = lexicon.longest(tokens.keys, tokens.words, tokens.gaps, at)
    country, _ = place_at(tokens, at)
    if size > country:
        return at + size
    if country and not (at + country < len(tokens) and tokens.gaps[at + country - 1] == " " and tokens.caps[at + country]):
        return at
    if not tokens.caps[at] and not (tokens.foreign(at) and tokens.keys[at][0].isdigit() and not tokens.keys[at].isdigit()):
        return at
    end = at + 1
    while end < len(tokens) and end - at < 6:
        gap, key = tokens.gaps[end - 1], tokens.keys[end]
        if gap in _JOINED and gap != ".":
            end += 1
        elif gap == " " and tokens.caps[end]:
            if person_at(tokens, end) or head_at(tokens, end)[0] or place_end(tokens, end) > end:
                break
            end += 1
        elif gap == " " and key.isdigit() and len(key) < 3 and tokens.foreign(end - 1):
            end += 1
        elif gap == " & " and tokens.caps[end] or gap == " " and key in _BETWEEN and end + 1 < len(tokens) and tokens.caps[end + 1]:
            end += 1
        elif gap == " " and word_at(tokens, end) and not tokens.foreign(end - 1) and tokens.caps[end - 1]:
            size = word_at(tokens, end)
            if not (end + size < len(tokens) and tokens.caps[end + size] and tokens.gaps[end + size - 1] == " "):
                break
            end += size
        elif official and gap == " " and end + 1 < len(tokens) and tokens.caps[end - 1] and tokens.caps[end + 1] and key not in _STOPS:
            end += 1
        else:
            break
    return end


# Last words of a verb before a product: "hãng phát triển ChatGPT", "công ty sở hữu TikTok".
_MAKES = frozenset("triển hữu xuất hành cấp ra tạo bán dùng dụng sau mua lập khai chuyên lý phối thành hại tấn vệ doanh nghệ hợp".split())
_STOPS = frozenset(
    "và của tại ở với cho là bị có đã từ trong trên do vừa sẽ đang cùng khi để vào về không mà thì như đến hay hoặc theo qua "
    "bởi nhưng cũng này đó ông bà anh chị thuộc được ra vì sau trước giữa ngày gồm tên trực nói".split()
)


# ---------------------------------------------------------------- names
def name_at(tokens: Tokens, at: int, lexicon: Lexicon) -> Name | None:
    """The name whose head noun stands at token ``at``, if there is one."""
    size, head = head_at(tokens, at)
    if head is None:
        return None
    capital, body = tokens.caps[at], at + size
    if not capital and head.lower == "no":
        return None
    if head.follow in ("brand", "foreign"):
        return _brand_name(tokens, at, body, head, lexicon)
    initial = capital and tokens.initial(at)
    if body >= len(tokens):
        end = body
    elif head.follow == "unit":
        end = _unit_name_end(tokens, at, body, head, initial=initial)
    elif head.follow == "place":
        end = place_name_end(tokens, body, capital=capital)
    else:
        end = state_end(tokens, body)
    if end == body and not (head.alone and capital):
        return None
    if end > body and " ".join(tokens.keys[at:end]) in generic():
        return None
    end = _chained(tokens, end, lexicon) if end > body else end
    return Name(at, end, f"grammar:{head.head}", 0.9 if capital else 0.8, head.org_type, body, end, head)


def _unit_name_end(tokens: Tokens, at: int, body: int, head: Head, *, initial: bool) -> int:
    capital = tokens.caps[at]
    if tokens.gaps[body - 1] != " ":
        return body
    if _CODE.match(tokens.words[body]):
        return body + 1
    if head.head in _RISKY and not word_at(tokens, body) and not tokens.keys[body].isdigit():
        return body
    if head.head == "bộ" and tokens.keys[body] in ("luật", "số", "đội"):
        return body
    end = unit_end(tokens, body, head, small_start=capital)
    if end > body and place_end(tokens, body) == end:
        _, place = place_at(tokens, body)
        abroad = place is not None and place.kind in ("country", "region")
        if abroad if head.head in _PLACED else not capital or initial and abroad:
            return body  # "trung tâm Hà Nội" is a part of a town, "đại học Mỹ" any of many
    if capital and not tokens.caps[body] and not tokens.keys[body].isdigit():
        # "Trung tâm dữ liệu …": a noun that begins a sentence, unless a place or another capital closes it.
        if (initial or head.head in _RISKY) and not (end - body > 2 and tokens.caps[end - 1]):
            return body
        if head.org_type == "other" and not tokens.caps[end - 1]:
            return body
    return end


def _chained(tokens: Tokens, end: int, lexicon: Lexicon) -> int:
    """A unit and its parent written in one run: "Phòng An ninh mạng" + "Công an tỉnh Cà Mau"."""
    if end < len(tokens) and tokens.gaps[end - 1] == " " and tokens.caps[end]:
        size, head = head_at(tokens, end)
        if size and head is not None and head.follow in ("unit", "place", "state"):
            parent = name_at(tokens, end, lexicon)
            if parent is not None and parent.first == end:
                return parent.last
    return end


def _brand_name(tokens: Tokens, at: int, body: int, head: Head, lexicon: Lexicon) -> Name | None:
    if body >= len(tokens) or tokens.gaps[body - 1] != " ":
        return None
    legal_head = head.head.endswith(("cổ phần", "cp", "tnhh", "hữu hạn", "thành viên", "mtv", "tmcp"))
    start = body
    country, place = place_at(tokens, body)
    if country and place is not None and place.kind == "country" and head.lower in ("drop", "out") and not tokens.foreign(body):
        after = body + country
        known, _ = lexicon.longest(tokens.keys, tokens.words, tokens.gaps, body)
        if known <= country and after < len(tokens) and tokens.caps[after] and tokens.gaps[after - 1] == " " and tokens.foreign(after):
            start = after  # "báo Mỹ NYTimes"
    legal, core, end = brand_span(tokens, start, lexicon, official=legal_head)
    if end == start and head.lower in ("drop", "out"):
        legal, core, end = _far_brand(tokens, start)
    if end == start:
        return None
    capital, initial = tokens.caps[at], tokens.initial(at)
    sector = range(legal, core)
    official = legal_head or legal > start or any(tokens.caps[step] for step in sector) or core == legal and not _bare(tokens, core, end, lexicon)
    if head.follow == "foreign" and not any(tokens.foreign(step) for step in range(core, end)):
        return None
    if core == legal and not any(tokens.caps[step] for step in range(core, end)) and not tokens.keys[core][0].isdigit():
        return None
    if " ".join(tokens.keys[core:end]) in generic() or " ".join(tokens.keys[at:end]) in generic():
        return None
    kept = capital and start == body and (head.lower == "no" or head.lower == "drop" and (not initial or official))
    first = at if kept else next((step for step in sector if tokens.caps[step]), core)
    if not kept and not (tokens.caps[first] or tokens.keys[first][0].isdigit()):
        return None
    if not kept and core == legal and word_at(tokens, core) and not lexicon.longest(tokens.keys, tokens.words, tokens.gaps, core)[0]:
        return None
    return Name(first, end, f"grammar:{head.head}", 0.9 if kept else 0.75, head.org_type, core, end, head)


def _far_brand(tokens: Tokens, at: int) -> tuple[int, int, int]:
    """A foreign name after a few common words: "hãng sản xuất xe tự lái Waymo"."""
    core = at
    while core < len(tokens) and core - at < 6 and tokens.gaps[core - 1] == " " and not tokens.caps[core] and tokens.keys[core] not in _STOPS:
        core += 1
    if at < core < len(tokens) and tokens.gaps[core - 1] == " " and tokens.caps[core] and tokens.foreign(core) and tokens.keys[core - 1] not in _MAKES:
        end = core + 1
        while end < len(tokens) and end - core < 4 and tokens.gaps[end - 1] == " " and tokens.caps[end] and tokens.foreign(end):
            end += 1
        if not place_at(tokens, core)[0]:
            return core, core, end
    return at, at, at


def _bare(tokens: Tokens, core: int, end: int, lexicon: Lexicon) -> bool:
    """Whether the brand is a name without its head: an acronym, a foreign word, or known to the lexicon."""
    return (
        end - core == 1
        or any(tokens.foreign(step) for step in range(core, end))
        or lexicon.longest(tokens.keys, tokens.words, tokens.gaps, core)[0] == end - core
    )
