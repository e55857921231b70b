"""Names that lexicon or grammar found and that are none after all: a thing, a kind, a place, a piece of somebody's name.

The rules look at the words right beside the name; what they know stands in ``org_closed.tsv``.
"""

from __future__ import annotations

from . import cues
from .orgwords import Head, closed, surnames
from .surface import Name, Tokens

_YEAR = frozenset(map(str, range(1990, 2040)))
_SPONSORS = frozenset(("company", "bank", "telecom", "media"))
_TITLE = 7  # tokens that the name of a meeting or a match may have before a body's name


def no_name(tokens: Tokens, name: Name) -> bool:
    """Whether the words beside it make it a thing, a kind or a place: "Công ước [Liên Hợp Quốc] về Luật Biển", "[APEC] 2017"."""
    first, last = name.first, name.last
    before = cues.said_before(tokens, first)
    owned = first > 0 and tokens.keys[first - 1] == "của"
    if (cues.said_before(tokens, first - 1) if owned else before) & closed("treaty"):
        return True
    following = tokens.keys[last] if tokens.spaced(last) else ""
    one = last - first == 1
    summit = one and name.org_type == "association_intl" and tokens.words[first].isupper()
    met = summit and (bool(before & closed("meets")) or _titled(tokens, first, closed("meets")))
    if met or (summit and (following in _YEAR or tokens.gaps[last - 1 : last] in ([" + "], ["+"]))):
        return True  # "APEC 2017", "Hội nghị bộ trưởng quốc phòng ASEAN", "ASEAN + 3"
    if (
        last - first == 2
        and tokens.phrase(first, last) in ("chính phủ", "chính quyền")
        and (_behind(tokens, last) & closed("idea") or before & closed("of"))
    ):
        return True  # "Chính phủ điện tử", "nợ Chính phủ"
    if one and _only_named_so(tokens, name, before):
        return True
    if _headless(tokens, name, before) if name.head is None else _headed(tokens, name, name.head, following):
        return True
    if name.org_type in ("other", "education_research") and before & closed("near"):
        return tokens.keys[first - 1] != "cách" or tokens.phrase(first, first + 2) == "bệnh viện" or tokens.keys[first] == "bv"
    return False


def _headless(tokens: Tokens, name: Name, before: set[str]) -> bool:
    """Whether a name without a head noun is that of a house, of goods or of a person."""
    first = name.first
    if name.org_type == "company" and name.org_ids and before & closed("estate"):
        return True  # "chung cư Hoàng Anh Gia Lai", "thùng sữa TH True Milk"
    if (
        name.org_type == "company"
        and name.org_ids
        and before & closed("works")
        and "actor" not in cues.right_senses(tokens, name.last)
    ):
        return True  # "dự án Formosa", "vé số Vietlott", "cúp THACO"
    if name.org_type in _SPONSORS and name.org_ids and _titled(tokens, first, closed("match")):
        return True  # "giải bóng rổ trẻ VnExpress", "Giải Golf hữu nghị PepsiCo"
    if name.org_type == "government" and before & closed("house"):
        return True  # "nhà Quốc hội"
    initial = first > 1 and tokens.gaps[first - 1] == ". " and len(tokens.words[first - 1]) == 1
    return initial and tokens.capital(first - 1)  # "Gerald R. [Ford]"


def _headed(tokens: Tokens, name: Name, head: Head, following: str) -> bool:
    """Whether a head noun and what follows it are any of a kind, a number of things, a site, a piece of somebody's name."""
    first, last = name.first, name.last
    before = cues.said_before(tokens, first)
    if head.follow == "state" and before & closed("house"):
        return True  # "toà nhà quốc hội Anh"
    if name.core > first and name.org_type in ("other", "education_research", "company") and before & closed("works"):
        return True  # "công trình Trường tiểu học Phù Đổng", "chương trình Học viện Cải lương"
    if _piece_of_somebody(tokens, first):
        return True
    counted = (
        tokens.spaced(first) and tokens.keys[first - 1].isdigit() and tokens.keys[first - 1] != "1" and not tokens.caps[first]
    )
    many = counted or (tokens.spaced(first) and tokens.keys[first - 1] in closed("plural"))
    if many and (not tokens.caps[first] or head.head in closed("seated")) and _kind(tokens, name):
        return True
    if head.follow == "place" and last > name.core and _levels(tokens, last - 1) and _levels_on(tokens, name):
        return True  # "UBND quận huyện", "các chủ tịch UBND tỉnh"
    if not tokens.caps[first] and head.follow == "unit" and first and tokens.phrase(first - 1, first) in closed("one"):
        return head.head in closed("many")  # "một uỷ ban Thượng viện Mỹ"
    if head.follow == "state" and (_region(tokens, name) or _deputies(tokens, name)):
        return True
    if head.head in closed("plant") and {"actor", "acts", "org"}.isdisjoint(cues.right_senses(tokens, last)):
        return True  # "Thuỷ điện Sông Lô 2 khi đang xây dựng"
    if following in closed("amount") and all(key.isdigit() for key in tokens.keys[name.core : last]):
        return True  # "bệnh viện 640 giường"
    if head.head == "trung tâm" and not tokens.caps[first] and tokens.place_end(name.core) + 1 == last and following == "km":
        return True  # "cách trung tâm Hà Nội 22 km"
    # An examination:
    return head.head in ("thpt", "thcs", "trường thpt") and tokens.phrase(name.core, name.core + 2) == "quốc gia"


def _only_named_so(tokens: Tokens, name: Name, before: set[str]) -> bool:
    """Whether a brand only names goods or a house ("vàng SJC", "công viên Disney"), or an acronym is a piece of a longer one."""
    at = name.first
    known = tokens.lexicon.organizations[name.org_ids[0]] if name.org_ids else None
    if known is not None and known.org_type == "company" and before & closed("venue"):
        return True
    if not tokens.words[at].isupper() or not at:
        return False
    if (name.org_type in ("company", "bank") and before & closed("goods")) or tokens.phrase(at - 3, at) == "mã chứng khoán":
        return True
    apart = tokens.gaps[at - 1] not in (" - ", "-") or not tokens.words[at - 1].isupper()
    return len(tokens.words[at]) < 4 and not apart and not tokens.known(at - 1)[0] and not tokens.place(at - 1)[0]


def _titled(tokens: Tokens, first: int, words: frozenset[str]) -> bool:
    """Whether what stands before it is the name of a meeting or a match: "Hội nghị bộ trưởng quốc phòng [ASEAN]"."""
    at = first - 1
    while at >= 0 and first - at <= _TITLE and tokens.gaps[at] in (" ", " - ") and tokens.keys[at] not in closed("outside"):
        if tokens.keys[at] in words or tokens.phrase(at, at + 2) in words:
            return not tokens.inside_word(at) and (tokens.phrase(at, at + 2) in words or not tokens.inside_word(at + 1))
        at -= 1
    return False


def _behind(tokens: Tokens, last: int) -> set[str]:
    return {tokens.phrase(last, last + size) for size in (1, 2)} if tokens.spaced(last) else set()


def _piece_of_somebody(tokens: Tokens, first: int) -> bool:
    """Whether the head is the last word of somebody's name: "Nguyễn Hồng [Trường] tổ chức họp"."""
    begun = first
    while begun and first - begun < 3 and tokens.capital(begun):
        begun -= 1
    begun += not tokens.caps[begun]
    return (
        begun < first
        and tokens.caps[begun]
        and tokens.keys[begun] in surnames()
        and tokens.person(begun)
        and tokens.head(first)[0] == 1
    )


def _kind(tokens: Tokens, name: Name) -> bool:
    """Whether several of a kind are meant: "các sở GD-ĐT"; a place or another's name would single one out."""
    head = name.head
    if head is not None and head.head in closed("seated"):
        return True
    if head is None or head.follow != "unit" or head.head in ("bộ", "đảng"):
        return False
    at = name.core
    while at < name.last:
        size = tokens.word(at) or int(tokens.words[at].isupper() or tokens.keys[at] == "và")
        if not size:
            return False
        at += size
    return True


def _levels_on(tokens: Tokens, name: Name) -> bool:
    """Whether the bare level of an office stands for all offices of it."""
    last = name.last
    if last < tokens.size and tokens.gaps[last - 1] in (" ", ", ", "/", " - ") and tokens.keys[last] in closed("level"):
        verb = tokens.keys[last] == "thành" and tokens.spaced(last) and tokens.keys[last + 1 : last + 2] != ["phố"]
        return not (tokens.caps[last] or verb or tokens.capital(last + 1))
    if "title" not in cues.left_senses(tokens, name.first):
        return False
    at = name.first - 1
    while at and name.first - at < 5 and tokens.spaced(at) and tokens.keys[at] not in closed("plural"):
        at -= 1
    return tokens.keys[at] in closed("plural")


def _levels(tokens: Tokens, *places: int) -> bool:
    """Whether a level of places, in lower case and of no place in particular, stands at each of these tokens."""
    closing = closed("closing")
    return all(tokens.keys[at] in closing and not tokens.caps[at] for at in places) and not tokens.capital(places[-1] + 1)


def _region(tokens: Tokens, name: Name) -> bool:
    """Whether a head that wants a state has a part of the world: "chính phủ châu Âu"."""
    size, place = tokens.place(name.core)
    region = place is not None and place.kind == "region" and not tokens.words[name.core].isupper()
    return region and name.core + size == name.last


def _deputies(tokens: Tokens, name: Name) -> bool:
    """Whether it is the end of "đoàn đại biểu [Quốc hội TP Hà Nội]"."""
    return name.last > name.core and name.first > 0 and tokens.keys[name.first - 1] == "biểu"
