"""The names of companies, banks, papers, groups: a brand behind a head noun ("công ty", "hãng", "báo", "nhóm tin tặc").

Between the two may stand a legal form ("cổ phần"), a field of work ("vận tải") and a nationality ("Mỹ"); the head belongs
to the name only where it is written as a part of it.
"""

from __future__ import annotations

from . import cues
from .orgwords import CODE, COMPANY, FLIGHT, JOINED, Head, closed, surnames
from .surface import Name, Tokens

_LONGEST = 9  # tokens between somebody's post and the country that ends the name of a body


def brand_name(tokens: Tokens, at: int, body: int, head: Head) -> Name | None:
    """The name behind "công ty", "hãng", "báo"; with its head where the head is part of the name."""
    if not tokens.spaced(body):
        return None
    start = _behind_nationality(tokens, body, head) if head.lower in ("drop", "out") else body
    legal, core, end = _brand_span(tokens, start, head)
    far = end == start and head.lower in ("drop", "out") and not (at and tokens.keys[at - 1] in closed("plural"))
    if far:
        legal, core, end = _far_brand(tokens, start)
        far = end > start
        if far and head.head in closed("loose") and not tokens.known(core)[0] and not _led_by(tokens, start, core):
            return None  # "nhóm nam nữ đi Lexus"
    if head.org_type == "media" and tokens.caps[start]:
        legal = core = start  # "báo Pháp luật TP.HCM": the field is the name
    if end == start or not _brand_counts(tokens, at, legal, core, end, head):
        return None
    country = next((step for step in range(legal, core) if tokens.place_end(step) == core), core)
    sector = [step for step in range(legal, country) if tokens.caps[step]]
    if head.lower == "out" and tokens.known(core)[0] == end - core:
        sector = []  # "nhóm Hồi giáo Hamas"
    spelled = (
        core == legal
        and not _bare(tokens, core, end)
        and any(tokens.word(step) or tokens.place(step)[0] for step in range(core, end))
    )
    official = "legal" in head.flags or legal > start or bool(sector) or spelled  # "Ngân hàng Dự trữ Ấn Độ"
    credit = at > 0 and ":" in tokens.gaps[at - 1] and tokens.keys[at - 1] in closed("credit")  # "Ảnh: Tạp chí Gió Bấc"
    meant = head.lower == "no" or official or credit or not tokens.initial(at)  # the head's capital is the name's
    own = head.lower != "out" or (credit and head.org_type == "media")
    if head.head in closed("club"):
        end = _city_end(tokens, end)
    kept = tokens.caps[at] and start == body and own and meant and not far
    first = at if kept else sector[0] if sector else core
    if not kept and not tokens.caps[first] and not tokens.keys[first][0].isdigit():
        return None
    if not kept and core == legal and tokens.word(core) and not tokens.known(core)[0]:
        return None
    return Name(first, end, f"grammar:{head.head}", 0.9 if kept else 0.75, head.org_type, core, end, head)


def _behind_nationality(tokens: Tokens, at: int, head: Head | None = None) -> int:
    """The token behind a country between head and brand: "báo Mỹ NYTimes", "công ty Việt Nam Vọng Gác"."""
    size, place = tokens.place(at)
    if place is None or place.kind != "country" or tokens.known(at)[0] > size:
        return at
    own = head is not None and at > 0 and not tokens.caps[at - 1] and (place.country == "VN" or head.lower == "out")
    further = at + size
    if own and tokens.capital(further) and not tokens.place(further)[0] and not tokens.kinds(further)[0]:
        return at + size
    behind = 2 if tokens.foreign(at) else 1  # "Iran Air" is one name; "Peru Banco Altocima" is not
    follow = all(tokens.capital(step) and tokens.foreign(step) for step in range(at + size, at + size + behind))
    follow = follow or (tokens.capital(further) and tokens.known(further)[0] > 1)  # "báo Anh The Guardian"
    if further < tokens.size and not COMPANY.isdisjoint(tokens.kinds(further)[1]) and not tokens.capital(further + 1):
        return at  # "Việt Nam Airlines"
    return at + size if follow else at


def _city_end(tokens: Tokens, at: int) -> int:
    """The end of what follows a club's name, mostly its city: "CLB Inter [Miami]", "CLB VTV [Bình Điền Long An]"."""
    while tokens.capital(at) and not (tokens.person(at) or tokens.head(at)[0]):
        if tokens.foreign(at) and not tokens.place(at)[0] and tokens.capital(at + 1) and tokens.foreign(at + 1):
            break  # somebody of the club's
        at += max(tokens.place(at)[0], 1)
    return at


def _country_of(tokens: Tokens, at: int) -> int:
    """How many tokens the country has that ends the name of a body before somebody's: "Giám đốc Tổ chức … [Iran] Ali Akbar"."""
    size, place = tokens.place(at)
    names = range(at + size, at + size + 2)
    if place is None or place.kind != "country" or not all(tokens.capital(step) and tokens.foreign(step) for step in names):
        return 0
    if any(tokens.words[step].isupper() for step in names):
        return 0
    posts = (cues.left_senses(tokens, first) for first in range(max(at - _LONGEST, 0), at))
    return size if any(not senses.isdisjoint(("title", "person")) for senses in posts) else 0


def _brand_counts(tokens: Tokens, at: int, legal: int, core: int, end: int, head: Head) -> bool:
    """Whether what follows the head is a name of an organization at all."""
    known, aliases = tokens.known(core)
    one = end - core == 1
    if (one and (FLIGHT.match(tokens.words[core]) or len(tokens.words[core]) == 1)) or tokens.keys[core] in closed("ship"):
        return False
    if tokens.thing(core) >= end - core and not known:
        return False
    if head.head in closed("loose") and one and tokens.words[core][0].isdigit() and not known:
        return False  # "nhóm 2B"
    if head.head in ("tờ", "báo") and not known and (one and CODE.match(tokens.words[core])):
        return False  # "tờ A4"
    if head.head == "kênh" and not known and not any(tokens.foreign(step) for step in range(core, end)):
        return False  # "kênh Chợ Gạo"
    if core == legal and known != end - core:
        if end - core == 1 and not tokens.foreign(core) and not tokens.words[core].isupper():
            return False  # "kênh Bắc"
        if not any(tokens.caps[core:end]) and not tokens.keys[core][0].isdigit():
            return False
    if head.lower == "out" and head.org_type in ("media", "other") and aliases and all(alias.kind == "~" for alias in aliases):
        return False  # "kênh YouTube" is a place to look at
    if head.follow == "foreign" and not any(tokens.foreign(step) for step in range(core, end)):
        return False
    return not tokens.generic(core, end) and not tokens.generic(at, end)


def _bare(tokens: Tokens, core: int, end: int) -> bool:
    """Whether the brand is a name without its head: an acronym, a foreign word, or known to the lexicon."""
    return end - core == 1 or tokens.known(core)[0] == end - core or any(tokens.foreign(step) for step in range(core, end))


def _brand_span(tokens: Tokens, at: int, head: Head) -> tuple[int, int, int]:
    """What follows the head: (first token behind the legal form, first of the proper core, end)."""
    core, legal, official = at, at, "legal" in head.flags
    while core < tokens.size:
        gap = tokens.gaps[core - 1]
        listed = core > at and (gap == " & " or (gap in (", ", " - ", "-") and tokens.caps[core]))
        if not tokens.spaced(core) and not (listed and tokens.word(core) and not tokens.head(core)[0]):
            break
        if core > at and tokens.keys[core] == "và" and tokens.word(core + 1):
            core += 1
            continue
        size, kinds = tokens.kinds(core)
        known = tokens.known(core)[0]
        if official and core > at and not tokens.word(core) and _leads_to_name(tokens, core):
            core += 1
            continue
        if not tokens.word(core) or known > size or (known == size and kinds == ("abbreviation",)):
            break
        if "legal" in kinds and core == legal:
            legal += size
        core += size
    if core > legal and (size := _country_of(tokens, core)):
        return legal, legal, core + size
    core = _behind_nationality(tokens, core) if core > legal else core
    somebody = core > legal and not official and tokens.person(core) and tokens.capital(core + 2) and not tokens.known(core)[0]
    if tokens.spaced(core) and not somebody:
        end = _proper_end(tokens, core, org_type=head.org_type, official=official)
        if end > core:
            return legal, core, end
        end = tokens.place_end(core)
        if end > core > legal:
            return legal, legal, end
    return (legal, legal, core) if core > legal else (at, at, at)


def _leads_to_name(tokens: Tokens, at: int) -> bool:
    """Whether at most two small words stand between a field of work and a name: "Mua bán [nợ] Việt Nam"."""
    for step in (at, at + 1):
        if not tokens.spaced(step) or tokens.caps[step] or tokens.keys[step].isdigit() or tokens.keys[step] in closed("stop"):
            return False
        if cues.right_senses(tokens, step):
            return False
        if tokens.capital(step + 1):
            return not tokens.person(step + 1) or tokens.known(step + 1)[0] > 0
    return False


def _proper_end(tokens: Tokens, at: int, *, org_type: str, official: bool) -> int:
    """The end of the brand itself; none if it is only a place."""
    known, place = tokens.known(at)[0], tokens.place(at)[0]
    if known > place:
        end = local_end(tokens, at + known, org_type="company" if official else org_type)
        if end == at + known and official:
            end = local_end(tokens, _beyond(tokens, end), org_type="company")  # "Công ty TNHH Grab [Taxi Việt Nam]"
        if end == at + known and (further := _word_more(tokens, end)) > end:
            end = local_end(tokens, further, org_type="company")
        return end
    if place and not tokens.capital(at + place):
        return at
    if not tokens.caps[at] and not (tokens.keys[at][0].isdigit() and not tokens.keys[at].isdigit()):
        return at
    end = at + 1
    while end < tokens.size and end - at < 8:
        step = _brand_step(tokens, end, official=official)
        if not step:
            break
        end += step
        size, town = tokens.place(end - step)
        if town is not None and official and size == step and tokens.capital(end + 1) and _goes_on(tokens, end):
            continue  # "Công ty CP Sàn giao dịch Việt Nam [Thịnh Vượng]"
        syllable = size == 1 and end - at == 2 and tokens.capital(end) and not tokens.foreign(end) and not tokens.person(end)
        if town is not None and size == step and town.country == "VN" and not syllable:
            break  # but "Công ty Lê Vinh Phú"
    return end


def local_end(tokens: Tokens, at: int, *, org_type: str, abroad: bool = False) -> int:
    """The end of the country or branch behind a firm's name: "Mitsubishi [Việt Nam]", "SJC [Sài Gòn]", "Agribank [Bến Thành]".

    Parameters
    ----------
    org_type
        What the firm is: a bank's branches bear the names of quarters too.
    abroad
        Whether it may be at home here and have another country's name behind it ("Vietcombank [Lào]").
    """
    size, place = tokens.place(at) if tokens.capital(at) else (0, None)
    if place is not None and (place.country == "VN" or (abroad and place.kind == "country" and not tokens.capital(at + size))):
        return at + size if place.kind == "country" or org_type in ("company", "bank") else at
    end = at
    while org_type == "bank" and tokens.capital(end) and not tokens.foreign(end) and not tokens.words[end].isupper():
        end += 1
    quarter = end - at == 2 or (end - at == 3 and at + 1 + tokens.place(at + 1)[0] == end)
    return end if quarter and not (tokens.person(at) or tokens.head(at)[0] or tokens.word(at)) else at


def _word_more(tokens: Tokens, at: int) -> int:
    """The end with the one foreign word that goes on behind a known brand: "GE [Vernova]"; two may be somebody's name."""
    one = tokens.capital(at) and tokens.foreign(at) and not (tokens.words[at].isupper() and len(tokens.words[at]) != 2)
    one = one and not (tokens.head(at)[0] or tokens.place(at)[0] or tokens.thing(at) or tokens.known(at)[0])
    alone = not tokens.capital(at + 1) or tokens.place(at + 1)[0] > 0
    return at + 1 if one and alone and not _dashed(tokens, at + 1) else at


def _dashed(tokens: Tokens, at: int) -> bool:
    return at < tokens.size and "-" in tokens.gaps[at - 1] and tokens.caps[at]


def _beyond(tokens: Tokens, at: int) -> int:
    """The end of the capitals behind a known brand that make it another company: "Công ty CP Xi măng Vicem [Hải Vân]"."""
    end = at
    while tokens.capital(end) and end - at < 3 and not (tokens.person(end) or tokens.head(end)[0] or tokens.place(end)[0]):
        end += 1
    return end


def _goes_on(tokens: Tokens, at: int) -> bool:
    """Whether a Vietnamese name goes on behind a place: two capitals that are nobody's name, no place and no other body's."""
    plain = all(tokens.capital(step) and not tokens.words[step].isupper() for step in (at, at + 1))
    free = not (tokens.foreign(at) or tokens.place_end(at) > at or tokens.head(at)[0] or tokens.person(at))
    return plain and free and not tokens.capital(at + 2)


def _brand_step(tokens: Tokens, at: int, *, official: bool) -> int:
    """How many more tokens belong to a brand at token ``at``."""
    gap, key = tokens.gaps[at - 1], tokens.keys[at]
    if gap in (".", ". "):
        return int(len(tokens.words[at - 1]) == 1 == len(key) and tokens.caps[at])  # "I.P.A"
    if gap in JOINED:
        return 1
    if gap == " & " or (gap == " - " and tokens.keys[at - 1] in closed("article")):
        return int(tokens.caps[at])
    if gap != " ":
        return 0
    if tokens.caps[at]:
        size, place = tokens.place(at)
        if size == 2 and tokens.place(at + 1)[0] > 1:
            return 1  # "Cửu [Long] An Giang"
        if place is not None:
            surname = tokens.keys[at - 1] in surnames() and not official
            before = tokens.foreign(at - 1) or tokens.word(at - 1) or surname
            syllable = size == 1 and place.kind == "country" and not before
            return size if place.country == "VN" or syllable else 0  # "Công ty Thiên Đức"
        return max(tokens.word(at), 1) if not (tokens.person(at) or tokens.begins(at) or tokens.place_end(at) > at) else 0
    if key.isdigit():
        follows = tokens.spaced(at + 1) and not tokens.caps[at + 1]
        counted = follows and not (
            cues.right_senses(tokens, at + 1) or tokens.keys[at + 1] in closed("stop")
        )  # "Huawei 23 tội danh"
        score = at + 1 < tokens.size and tokens.gaps[at] in ("-", " - ") and tokens.keys[at + 1].isdigit()  # "1-0"
        return int(len(key) < 3 and tokens.foreign(at - 1) and not counted and not score)
    if key in closed("between"):
        further = at + 1 + (tokens.keys[at + 1 : at + 2] == ["the"])
        return int(tokens.capital(further) and tokens.spaced(at + 1))
    if not tokens.caps[at - 1] or (tokens.foreign(at - 1) and not official):
        return 0
    # A common noun between two capitals: "Ánh sáng Xanh", "Thế giới Di động".
    size = tokens.word(at) or int(official and key not in closed("stop"))
    return size if size and tokens.capital(at + size) else 0


def _led_by(tokens: Tokens, start: int, core: int) -> bool:
    """Whether the words [start, core) begin with what a group is known for: "nhóm [phiến quân] Maute"."""
    return any(tokens.phrase(start, end) in closed("band") for end in range(start + 1, core + 1))


def _far_brand(tokens: Tokens, at: int) -> tuple[int, int, int]:
    """A foreign name after a few common words: "hãng sản xuất xe tự lái Waymo"."""
    core = at
    while tokens.spaced(core) and core - at < 5 and not tokens.caps[core] and tokens.keys[core] not in closed("stop"):
        core += 1
    abroad = _behind_nationality(tokens, core) if tokens.capital(core) else core  # "hãng tàu Thụy Điển Sjöhamn Linje"
    if core == at or not tokens.capital(abroad) or not tokens.foreign(abroad) or tokens.keys[core - 1] in closed("maker"):
        return at, at, at
    core = abroad
    if tokens.place(core)[0] or CODE.match(tokens.words[core]):
        return at, at, at
    end = core + 1
    while end - core < 4 and tokens.capital(end) and tokens.foreign(end):
        end += 1
    if tokens.capital(end) and tokens.phrase(end, end + 2) == "việt nam":
        end += 2
    return core, core, end
