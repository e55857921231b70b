"""The edges of a name that lexicon or grammar found: what it must not take along, and what it still lacks.

The rules are few and each looks at the words right beside the name; what they know stands in ``org_closed.tsv``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from . import cues
from .brands import local_end
from .names import field_end
from .nonames import no_name
from .orgwords import Place, closed, surnames
from .surface import Name, Tokens

_OFFICES = frozenset(("government", "police_military"))
_TITLES = frozenset(("title", "person"))
_CLOSING = frozenset(("country", "province", "municipality"))
_BODIES = frozenset((*_OFFICES, "other", "bank", "association_intl"))  # what states have
_FARTHEST = 6  # small words between a name and the country that closes it
_NUMBER = re.compile(r"\d{1,3}[A-Z]?\Z")
_COUNTED_OFFICES = frozenset(("cục", "chi cục"))


def mended(tokens: Tokens, name: Name) -> Name | None:
    """The name with its right edges; None if it is none after all."""
    if no_name(tokens, name):
        return None
    if foreign := _of_another_state(tokens, name):
        return foreign
    last = _without_person(tokens, name)
    if last == name.last:
        last = _whole(tokens, name)
    if last == name.last:
        last = _without_deed(tokens, name)
    if last <= name.core and name.head is not None and last < name.last:
        return None
    first = _begun(tokens, name)
    if (first, last) == (name.first, name.last):
        return name
    return replace(name, first=first, last=last, core_end=last, kind="" if last > name.last else name.kind)


# ---------------------------------------------------------------- what is taken along
def _without_person(tokens: Tokens, name: Name) -> int:
    """The end before somebody's name behind an office: "Thứ trưởng [Bộ Giáo dục và Đào tạo] Nguyễn Hữu Độ"."""
    if name.head is None or (name.org_type not in _OFFICES and name.head.head != "đảng"):
        return name.last
    titled = not _TITLES.isdisjoint(cues.left_senses(tokens, name.first))
    at = max(name.core, name.first + 1)
    while at < name.last:
        if size := tokens.place(at)[0]:
            at += size
            continue
        if tokens.keys[at - 1] in closed("named after"):
            return name.last  # "UBND phường Nguyễn Cư Trinh"
        named = tokens.keys[at] in surnames() and tokens.capital(at) and not tokens.words[at].isupper()
        if named and tokens.capital(at + 1) and not tokens.word(at) and not tokens.word(at + 1):
            long = tokens.capital(at + 2) and not tokens.place(at + 2)[0]
            if titled or (long and at > name.core):
                return at
        if titled and at > name.core and _foreign_person(tokens, at):
            return at  # "Chủ tịch [Hội đồng Dân tộc] Ksor Phước"
        at += 1
    return name.last


def _foreign_person(tokens: Tokens, at: int) -> bool:
    """Whether a foreign name seems to begin at token ``at``: two capitals, the first no acronym."""
    first = tokens.capital(at) and tokens.foreign(at) and not tokens.words[at].isupper() and not tokens.word(at)
    after = at + 1
    second = after < tokens.size and tokens.caps[after] and tokens.gaps[at] in (" ", " - ", "-")
    return first and second and not tokens.known(at)[0] and not tokens.place(after)[0] and not tokens.word(after)


def _without_deed(tokens: Tokens, name: Name) -> int:
    """The end before a verb: "[Bộ Khoa học và Công nghệ] tổ chức"."""
    last = name.last
    if name.org_ids:
        return last
    deed = last - 2 > name.core and not tokens.caps[last - 2] and tokens.phrase(last - 2, last) in closed("deed")
    if deed and tokens.caps[name.first]:
        return last - 2
    small = not tokens.caps[last - 1] and tokens.inside_word(last) and not tokens.inside_word(last - 1)
    if small and name.head is not None and name.head.follow == "unit" and not tokens.word(last - 1):
        return last - 1  # "[Bộ Thông tin và Truyền thông] thu hồi"
    return last


# ---------------------------------------------------------------- what is lacking
def _of_another_state(tokens: Tokens, name: Name) -> Name | None:
    """The whole name of a foreign body that begins like one of ours: "Quân uỷ Trung ương [Trung Quốc]"; it is not ours."""
    if name.head is not None or not name.org_ids or name.org_type not in _BODIES or not tokens.capital(name.last):
        return None
    if tokens.lexicon.organizations[name.org_ids[0]].country != "VN":
        return None
    party = name.last + 2 * (tokens.phrase(name.last, name.last + 2) == "cộng sản")
    size, place = tokens.place(party)
    if place is None or place.kind != "country" or (place.country == "VN" and party == name.last):
        return None
    ids = name.org_ids if place.country == "VN" else ()
    return replace(name, last=party + size, core_end=party + size, org_ids=ids, kind="")


def _begun(tokens: Tokens, name: Name) -> int:
    """The first token, perhaps of a word before the head: "[Lực lượng không quân Mỹ]", "[bệnh viện đại học Y Stanley]"."""
    if name.head is None or name.first < 2 or not tokens.spaced(name.first):
        return name.first
    before = tokens.phrase(name.first - 2, name.first)
    if before == "lực lượng" and tokens.caps[name.first - 2] and not tokens.initial(name.first - 2):
        return name.first - 2
    if before == "bệnh viện" and name.head.short == "Đại học":
        return name.first - 2
    return name.first


def _whole(tokens: Tokens, name: Name) -> int:
    """The last token with the rest of the name."""
    last = name.last
    if last >= tokens.size:
        return last
    gap, key = tokens.gaps[last - 1], tokens.keys[last]
    if gap == " & " and tokens.words[last].isupper() and len(key) < 5 and tokens.words[last - 1].isupper():
        return last + 1  # "Đại học Texas A & M"
    if "'" in gap and key == "s" and name.head is None and tokens.foreign(last - 1):
        last += 1  # "Sotheby's", "Victoria's Secret"
        while tokens.capital(last) and tokens.foreign(last) and last - name.last < 3:
            last += 1
        return last
    if gap == " - " and (further := _joined_on(tokens, name)):
        return further
    if gap != " ":
        return last
    if key in closed("article") and last + 1 < tokens.size and tokens.gaps[last].strip() == "-" and tokens.caps[last + 1]:
        return last + 2 if tokens.foreign(last - 1) else last  # "Hayat Tahrir al-Sham"
    if key.isdigit() and len(key) < 3 and tokens.keys[last - 1] in closed("counted"):
        return last if tokens.spaced(last + 1) and tokens.keys[last + 1] in closed("amount") else last + 1  # "VTV 1"
    if name.org_type == "media" and name.head is None and key.isdigit() and len(key) < 3 and tokens.words[last - 1].isupper():
        counted = tokens.spaced(last + 1) and tokens.keys[last + 1] in closed("amount") | closed("counter")
        parted = last + 1 < tokens.size and tokens.gaps[last][0] in ".-/:%–"
        return last if counted or parted or name.kind else last + 1  # "ABC 13"
    if name.org_type == "association_intl" and name.org_ids and "level" in tokens.kinds(last)[1]:
        seat = tokens.place_end(last)  # "Ủy ban Mặt trận Tổ quốc Việt Nam TP Hội An"
        return seat if seat > last and tokens.keys[last - 1] == "nam" else last
    if name.org_type in ("company", "telecom", "bank") and name.org_ids and name.head is None:
        _, place = tokens.place(last)
        if name.kind and name.org_type != "bank" and (place is None or place.kind != "country"):
            return last
        abroad = not name.kind and tokens.lexicon.organizations[name.org_ids[0]].country == "VN"
        end = local_end(tokens, last, org_type="bank" if name.org_type == "bank" else "company", abroad=abroad)
        return end if end > last else last + _branch(tokens, last) * (name.org_type == "bank")
    if name.head is None:
        seat = _seat(tokens, name)
        return seat or (last + _branch(tokens, last) if name.org_type in ("bank", "government") else last)
    if tokens.keys[last - 1].isdigit() and name.core < last and name.head.follow in ("unit", "place"):
        seat = tokens.place_end(last)
        if seat > last:
            return seat  # "TAND khu vực 1 [TP.HCM]"
    if _NUMBER.match(tokens.words[last]) and _numbered(tokens, name):
        return last + 1
    if name.head.follow == "state":
        seated = key == "tại" and tokens.caps[name.first] and name.head.head in closed("seated")
        seat = tokens.place_end(last + 1) if seated else last + 1
        return seat if seat > last + 1 else last + 2 if tokens.phrase(last, last + 2) == "lâm thời" else last
    home = _last_place(tokens, name) if key == "tại" and name.head.head in closed("stationed") else None
    if home is not None and home.kind == "country" and tokens.caps[name.first]:
        seat = tokens.place_end(last + 1)  # "Văn phòng Kinh tế Việt Nam [tại Đài Bắc]"
        return seat if seat > last + 1 else last
    if name.head.follow == "unit" and name.head.head != "đảng" and name.core < last and not name.org_ids:
        if tokens.foreign(last - 1):
            return last + _level(tokens, name) * tokens.words[last - 1].isupper()  # "Phòng GD-ĐT [huyện]"
        end = _word_end(tokens, name)
        end = _closed_off(tokens, name, end)
        return end + _level(tokens, name) if end == last else end
    return last + _branch(tokens, last) if name.org_type == "bank" else last


def _joined_on(tokens: Tokens, name: Name) -> int:
    """The end behind a dash within a name; 0 if there is none: "Nhạc viện Kim Won [- gyun]", "châu Á [- Thái Bình Dương]"."""
    last = name.last
    if name.head is None or not tokens.caps[last - 1]:
        return 0
    if not tokens.caps[last]:
        return (last + 1) * (tokens.foreign(last) and len(tokens.keys[last]) > 2 and tokens.keys[last].isalpha())
    size, place = tokens.place(last)
    before = next((at for at in range(max(name.core, last - 4), last) if at + tokens.place(at)[0] == last), last)
    if place is None or before == last:
        return 0
    kinds = [one.kind for one in (tokens.place(before)[1], place) if one is not None]
    friends = kinds == ["country"] * 2 and before > name.core and name.org_type not in _OFFICES  # "Hội hữu nghị Việt Nam - Cuba"
    regions = friends or all(kind in ("region", "area") for kind in kinds)
    road = before > name.core and not closed("road").isdisjoint((tokens.keys[before - 1], tokens.phrase(before - 2, before)))
    return (last + size) * (regions or road)


def _seat(tokens: Tokens, name: Name) -> int:
    """The end of the province behind the acronym of one of our bodies: "NHNN [tỉnh Long An]"; 0 if there is none."""
    ours = name.org_ids and tokens.lexicon.organizations[name.org_ids[0]].country == "VN" and name.org_type in _OFFICES
    if not ours or name.last - name.first > 1 or not tokens.words[name.first].isupper():
        return 0
    for at in range(name.last, name.last + 3):
        size, place = tokens.place(at)
        if place is not None and place.kind in ("province", "municipality"):
            return at + size if tokens.place_end(name.last) == at + size else 0
    return 0


def _branch(tokens: Tokens, last: int) -> int:
    """How many tokens "chi nhánh TP.HCM" has, behind a bank."""
    if tokens.phrase(last, last + 2) != "chi nhánh" or last + 2 >= tokens.size:
        return 0
    end = tokens.place_end(last + 2)
    if end == last + 2 and tokens.capital(end):
        end = tokens.capitals(end, most=3, person_from=2)
    return end - last if end > last + 2 else 0


def _numbered(tokens: Tokens, name: Name) -> bool:
    """Whether the number behind a school or company is a part of its name: "Trường tiểu học Tri Lễ [2]"."""
    head = name.head
    if head is None or not tokens.caps[name.first]:
        return False
    if name.org_type not in ("company", "education_research") and (head.head not in _COUNTED_OFFICES or _placed(tokens, name)):
        return False
    after = name.last + 1
    if name.org_type != "company" and len(tokens.keys[name.last]) > 2:
        return False
    if not tokens.spaced(after):
        return after >= tokens.size or not tokens.gaps[after - 1].startswith((",", ".", "/", "-", "%")) or _ends(tokens, after)
    return not tokens.caps[after] and tokens.keys[after] not in closed("amount") | closed("counter")


def _ends(tokens: Tokens, after: int) -> bool:
    """Whether a mark before token ``after`` parts words rather than digits."""
    return tokens.gaps[after - 1][1:2] in (" ", "\n")


def _level(tokens: Tokens, name: Name) -> int:
    """How many tokens the level has that ends an office's name: "Trung tâm Văn hóa [tỉnh]"."""
    size, kinds = tokens.kinds(name.last)
    ministry = name.head is not None and name.head.head == "bộ"
    office = tokens.caps[name.first] and not ministry and name.org_type in (*_OFFICES, "other") and not _placed(tokens, name)
    level = "level" in kinds and tokens.phrase(name.last, name.last + size) in closed("closing")
    after = name.last + size
    if not office or not level:
        return 0
    if after >= tokens.size:
        return size
    another = tokens.caps[after] or tokens.keys[after] in closed("ruling") or "level" in tokens.kinds(after)[1]
    return 0 if another else size


def _word_end(tokens: Tokens, name: Name) -> int:
    """The end of the word that the name would be cut in: "Viện Khảo cổ [học]", "Vụ Giáo dục Chuyên [nghiệp]"."""
    last = name.last
    if not tokens.inside_word(last) or tokens.caps[last] or _placed(tokens, name):
        return last
    begun = last - 1
    while begun > name.core and tokens.inside_word(begun):
        begun -= 1
    proper = begun > name.core and tokens.caps[begun - 1] and not tokens.word(begun - 1)
    cut = (
        not proper
        and tokens.caps[begun]
        and len(tokens.keys[begun]) > 1
        and (begun == last - 1 or tokens.kinds(begun)[0] == last - begun)
    )
    if not cut or name.head is None or cues.right_senses(tokens, last):
        return last
    while tokens.inside_word(last) and not tokens.caps[last] and last - name.last < 2:
        last += 1
    if tokens.inside_word(last):
        return name.last
    further = tokens.capital(last) or (tokens.spaced(last) and tokens.word(last) > 0 and not tokens.verb(last))
    return field_end(tokens, last, name.head, small_start=True) if further else last


def _last_place(tokens: Tokens, name: Name) -> Place | None:
    """The place that the name ends with, if it ends with one."""
    for at in range(max(name.core, name.last - 3), name.last):
        size, place = tokens.place(at)
        if at + size == name.last:
            return place
    return None


def _placed(tokens: Tokens, name: Name) -> bool:
    """Whether the name ends with a place, perhaps behind its level."""
    levels = range(max(name.core, name.last - 4), name.last - 1)
    return _last_place(tokens, name) is not None or any(tokens.place_end(at) == name.last for at in levels)


def _closed_off(tokens: Tokens, name: Name, last: int) -> int:
    """The end behind small words and a country that closes the name: "Hiệp hội Bia [rượu, nước giải khát Việt Nam]"."""
    at = last
    if _placed(tokens, name) or cues.right_senses(tokens, last):
        return last
    while at < tokens.size and at - last <= _FARTHEST and tokens.gaps[at - 1] in (" ", ", "):
        size, place = tokens.place(at)
        if (place is not None and place.kind in _CLOSING) or tokens.phrase(at, at + 2) in ("quốc gia", "trung ương"):
            return at + (size or 2) if at > name.last and tokens.gaps[at - 1] == " " else last
        if (tokens.caps[at] and tokens.keys[at - 1] != "và") or tokens.keys[at].isdigit():
            return last
        if tokens.keys[at] in closed("stop") and not (tokens.keys[at] == "và" and tokens.word(at + 1)):
            return last
        if tokens.keys[at] in closed("breaks") or tokens.head(at)[0] or (at > last and cues.right_senses(tokens, at)):
            return last
        at += 1
    return last
