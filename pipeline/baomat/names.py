"""The name grammar: what an organization's name looks like after a head noun ("Cục", "Công ty", "nhóm tin tặc").

Four shapes follow a head (``lexicons/org_heads.tsv``): a field of work ("Cục An toàn thông tin"), a place ("Công an tỉnh
Cà Mau"), a state ("chính phủ Úc"), a brand ("Tập đoàn Alphabet"). The grammar is deterministic and looks ahead only.
Functions that look for an end return the token behind the name, or the token they were given if there is no name.
"""

from __future__ import annotations

from . import cues
from .brands import brand_name
from .marks import HEAD
from .orgwords import CODE, JOINED, Head, closed, surnames
from .surface import Name, Tokens

_NO_SUBJECT = frozenset(("bộ", "sở", "liên đoàn", "trường", "trường thpt", "trường thcs"))  # heads of names without "về …"
_LOCAL = frozenset(("khu", "vùng", "cụm", "miền", "đảo", "tt"))  # levels that name no authority by themselves


def name_at(tokens: Tokens, at: int) -> Name | None:
    """The name whose head noun stands at token ``at``, if there is one."""
    size, head = tokens.head(at)
    if head is None or (head.lower == "no" and not tokens.caps[at]) or tokens.shouted(at):
        return None
    if "upper" in head.flags and not tokens.words[at].isupper():
        return None  # "Nhà hát Ca Múa Nhạc", "Mê Ca"
    if "inside" in head.flags and tokens.initial(at):
        return None
    body = at + size
    if head.follow in ("brand", "foreign"):
        return brand_name(tokens, at, body, head)
    if head.follow == "unit":
        end = _unit_end(tokens, at, body, head)
    elif head.follow == "place":
        end = _authority_end(tokens, at, body)
    else:
        end = _state_end(tokens, body)
        if end == body and "alone" in head.flags and head.head == "chính phủ" and tokens.caps[at]:
            end = _rule_end(tokens, body, head)
    if end == body and not ("alone" in head.flags and tokens.caps[at]):
        return None
    if end > body and tokens.generic(at, end):
        return None
    if end > body or head.org_type == "police_military":
        end = chained(tokens, end)
    return Name(at, end, f"grammar:{head.head}", 0.9 if tokens.caps[at] else 0.8, head.org_type, body, end, head)


def chained(tokens: Tokens, end: int) -> int:
    """The end of a unit and its parent written in one run: "Phòng An ninh mạng" + "Công an tỉnh Cà Mau"."""
    if tokens.capital(end):
        _, head = tokens.head(end)
        if head is not None and head.follow in ("unit", "place", "state"):
            parent = name_at(tokens, end)
            return parent.last if parent is not None and parent.first == end else end + tokens.known(end)[0]
    elif tokens.spaced(end) and tokens.keys[end] == "công" and tokens.phrase(end, end + 2) == "công an":
        seat = tokens.place_end(end + 2) if tokens.spaced(end + 2) else end + 2
        level = seat == end + 2 < tokens.size and tokens.keys[seat] in closed("closing")
        return end + 3 if level else seat if seat > end + 2 else end  # "Cơ quan cảnh sát điều tra" + "công an tỉnh"
    return end


# ---------------------------------------------------------------- a field of work
def _unit_end(tokens: Tokens, at: int, body: int, head: Head) -> int:
    """The end of "An toàn thông tin", "Y tế TP.HCM" after a head, with what tells a name from a common noun."""
    if not tokens.spaced(body):
        return body
    capital, small = tokens.caps[at], not tokens.caps[body] and not tokens.keys[body].isdigit()
    if CODE.match(tokens.words[body]):
        return body + (capital or head.head != "bộ")  # "bộ H5" is a set of things
    size, inner = tokens.head(body)
    if tokens.caps[body] and (size > tokens.word(body) or (inner is not None and inner.follow == "place")):
        parent = chained(tokens, body)  # "Văn phòng" + "Ủy ban An toàn giao thông"
        if parent > body:
            return parent
    if "field" in head.flags and not tokens.word(body) and not tokens.keys[body].isdigit():
        return body
    if "long" in head.flags and not tokens.word(body) and not tokens.foreign(body) and not tokens.capital(body + 1):
        return body  # "Trường Giang" is somebody's name
    if head.head == "bộ" and tokens.keys[body] == "luật":
        return body
    end = field_end(tokens, body, head, small_start=capital)
    if end > body and tokens.place_end(body) == end and _mere_place(tokens, at, body, head):
        return body
    if not capital and end == body + 1 and head.head in ("trung tâm", "văn phòng") and not tokens.words[body].isupper():
        return body  # "văn phòng Shannon"
    if (
        capital
        and small
        and end - body < 3
        and not any(tokens.caps[body:end])
        and tokens.verb(body)
        and head.head == "viện"
        and not _more(tokens, end)
    ):
        return body  # "… dẫn dắt Viện phát triển"
    if capital and small:
        # "Trung tâm dữ liệu …": a noun that begins a sentence, unless a place or another capital closes it.
        closed_off = tokens.caps[end - 1] or (tokens.caps[end - 2] and tokens.keys[end - 1] == "bộ")  # "Tây Nam bộ"
        if (tokens.initial(at) or "field" in head.flags) and not (end - body > 2 and closed_off):
            return body
        if head.org_type == "other" and not closed_off:
            return body
    return end


def _more(tokens: Tokens, at: int) -> bool:
    """Whether a part of the world follows: "Viện nghiên cứu [châu Mỹ]"."""
    return tokens.spaced(at) and tokens.place(at)[0] > 0


def _mere_place(tokens: Tokens, at: int, body: int, head: Head) -> bool:
    """Whether a head with nothing but a place is no name: "trung tâm Hà Nội" is a part of a town, "đại học Mỹ" any of many."""
    _, place = tokens.place(body)
    abroad = place is not None and place.kind == "country"
    if "placed" in head.flags:
        return abroad
    if not tokens.caps[at] and head.head in ("trung tâm", "văn phòng"):
        return True
    here = place is None or place.kind != "region"
    return (not tokens.caps[at] and here) or (abroad and tokens.initial(at))


def field_end(tokens: Tokens, at: int, head: Head, *, small_start: bool) -> int:
    """The end of a field of work: words that names are made of, capitals, perhaps a place that closes it.

    ``small_start`` allows it to begin in lower case ("Trung tâm ứng cứu khẩn cấp máy tính Việt Nam").
    """
    end, proper = at, 0
    while end < tokens.size:
        gap = tokens.gaps[end - 1]
        if gap != " ":
            step = _joined(tokens, end, gap, head) if end > at else 0
            if not step:
                break
            end += step
            continue
        if end == at and not (tokens.caps[end] or small_start or tokens.keys[end].isdigit()):
            break
        if end > at and tokens.caps[end] and tokens.head(end)[0] and not tokens.word(end):
            break
        word, place_end = tokens.word(end), tokens.place_end(end)
        if place_end > end + word and not (tokens.place(end)[0] == 1 and _goes_on(tokens, place_end)):
            opening, end = end == at, place_end
            proper += 1
            if not opening:
                # "… Việt Nam TP Hội An"
                return tokens.place_end(end) if tokens.spaced(end) and "level" in tokens.kinds(end)[1] else end
        elif word:
            if end > at and not tokens.caps[end] and tokens.verb(end) and not _names_on(tokens, end + word):
                break
            end += word
        elif tokens.caps[end]:
            known = tokens.known(end)[0] if end > at else 0
            if known > 2:
                return end + known
            if end > at and _person_follows(tokens, end, head, proper):
                break
            proper += 1
            end += 2 if end == at and _two_syllables(tokens, end) and tokens.word(end + 1) < 2 else 1  # "Bỏng quốc gia"
        elif end > at and _and_word(tokens, end, head):
            return _field_from(tokens, end, head)
        elif end > at and tokens.keys[end] in closed("between") and tokens.capital(end + 1) and tokens.foreign(end - 1):
            end += 1
        else:
            return end + _tail(tokens, end, head)
    return end


def _field_from(tokens: Tokens, end: int, head: Head) -> int:
    """Go on behind "và" and the word after it."""
    following = end + 1 + (tokens.word(end + 1) or tokens.place(end + 1)[0] or 2)
    if tokens.capital(following) and _person_follows(tokens, following, head, 1):
        return following
    further = field_end(tokens, following, head, small_start=True) if tokens.spaced(following) else following
    return max(further, following)


def _and_word(tokens: Tokens, at: int, head: Head) -> bool:
    """Whether "và" or "về" and another field of work follow: "Giáo dục [và Đào tạo]"."""
    if tokens.keys[at] not in ("và", "về") or not tokens.spaced(at + 1):
        return False
    if tokens.keys[at] == "về" and (head.head in _NO_SUBJECT or tokens.keys[at + 1] in ("việc", "nội", "xe")):
        return False
    if head.head == "đảng" and tokens.phrase(at + 1, at + 3) in closed("party"):
        return False  # "đảng Dân chủ và Cộng hòa" are two
    about = tokens.keys[at] == "về" and tokens.keys[at - 1] == "cứu" and tokens.place(at + 1)[0]  # "Nghiên cứu về Mỹ"
    if tokens.keys[at] == "và" and head.head not in _NO_SUBJECT and _names_another_field(tokens, at + 1):
        return True
    return bool(about) or tokens.word(at + 1) > tokens.head(at + 1)[0]


def _names_another_field(tokens: Tokens, at: int) -> bool:
    """Whether a capital behind "và" begins a field that the lexicon lacks: "Nghiên cứu thị trường và [Am hiểu] khách hàng"."""
    if not _two_syllables(tokens, at) or tokens.head(at)[0] or tokens.place(at)[0] or tokens.known(at)[0]:
        return False
    if tokens.keys[at] in closed("post") or tokens.marks[at + 1] & HEAD or cues.senses_of(tokens, at, at + 2):
        return False
    return tokens.keys[at] not in surnames() and tokens.keys[at + 1] not in closed("ruling") | closed("clause")


def _tail(tokens: Tokens, end: int, head: Head) -> int:
    """A number that closes a name: "Quân khu 7", "Đội Quản lý thị trường số 3"."""
    key = tokens.keys[end]
    if key.isdigit() and len(key) < 4 and "numbered" in head.flags:
        return 1
    return 2 if key == "số" and tokens.spaced(end + 1) and tokens.keys[end + 1].isdigit() else 0


def _joined(tokens: Tokens, at: int, gap: str, head: Head) -> int:
    """How many tokens go on after a mark: "GD-ĐT", "phòng, chống", "Văn hóa, Thể thao và Du lịch", "Lao động - Xã hội"."""
    if gap in JOINED:
        capital = tokens.caps[at] or tokens.keys[at].isdigit()
        return int(capital and (gap != "." or tokens.words[at - 1].isupper()))
    size = tokens.word(at)
    if gap == ", " and (head.head == "đảng" or tokens.head(at)[0]):
        return 0
    if gap == ", " and _two_syllables(tokens, at) and tokens.phrase(at + 2, at + 3) == "và" and _two_syllables(tokens, at + 3):
        # "Uỷ ban Khoa học, Công nghệ và Vũ trụ"
        return 0 if tokens.known(at)[0] or tokens.head(at + 3)[0] else 4 + max(tokens.word(at + 4), 1)
    if not size or gap not in (", ", " - ", " & "):
        return 0
    _, other = tokens.head(at)
    if other is not None and not (gap == " - " and other.follow == "place" and other.org_type == "company"):
        return 0  # but "Bộ Thủy lợi - Điện lực"
    if gap != ", ":
        return size if tokens.caps[at] or not tokens.verb(at) else 0
    if tokens.keys[at - 1] == "phòng" and tokens.keys[at] == "chống":
        return size
    after = at + size
    if after >= tokens.size or tokens.caps[at] != tokens.caps[at - 1]:
        return 0
    # "Văn hóa, Thể thao và Du lịch", "VH, TT & DL"
    more = tokens.word(after + 1) if tokens.keys[after] == "và" else tokens.word(after) if tokens.gaps[after - 1] == " & " else 0
    return size if more else 0


def _person_follows(tokens: Tokens, at: int, head: Head, proper: int) -> bool:
    """Whether somebody's name begins behind the organization: "Bộ Quốc phòng Lloyd Austin", "Sở Y tế Nguyễn Văn A"."""
    if (head.org_type in ("government", "police_military") or head.head == "đảng") and tokens.capital(at + 1):
        pair = () if tokens.place(at)[0] > 1 else (at, at + 1)
        if pair and all(tokens.foreign(step) and not tokens.words[step].isupper() for step in pair):
            return True
    # A school may bear a person's name: "Trường THPT Lê Lợi".
    school = head.org_type == "education_research"
    named_after = not proper and (school or tokens.words[at - 1].isupper())
    # "Trường THPT Phan Châu Trinh": the family name is not where the person's name begins.
    goes_on = school and proper == 1 and tokens.keys[at - 1] in surnames() and not tokens.place(at - 1)[0]
    return not named_after and not goes_on and tokens.person(at)


def _two_syllables(tokens: Tokens, at: int) -> bool:
    """Whether a word of two syllables begins a field that the lexicon lacks: "đảng Bảo thủ", "Viện Cơ mật"."""
    if (
        at >= tokens.size
        or not tokens.caps[at]
        or tokens.foreign(at)
        or tokens.words[at].isupper()
        or not tokens.spaced(at + 1)
        or tokens.caps[at + 1]
    ):
        return False
    return not tokens.foreign(at + 1) and tokens.keys[at + 1] not in closed("stop")


def _names_on(tokens: Tokens, at: int) -> bool:
    """Whether a name goes on after a word that may be a verb: with another field of work, a capital, or a bracket."""
    if at >= tokens.size:
        return False
    if tokens.gaps[at - 1] == " (":
        return True
    if not tokens.spaced(at):
        return False
    _, head = tokens.head(at)
    if tokens.caps[at] and (tokens.begins(at) or (head is not None and head.follow == "place")):
        return False  # "… phối hợp Công an tỉnh"
    return tokens.caps[at] or (tokens.word(at) > 0 and not tokens.verb(at)) or tokens.place_end(at) > at


def _goes_on(tokens: Tokens, at: int) -> bool:
    """Whether a Vietnamese name goes on behind what could be a country: "Bệnh viện Mỹ Phước"."""
    titled = "person" in cues.senses_of(tokens, at, at + 2)  # "Bộ Quốc phòng Nga Tổng thống …"
    return tokens.capital(at) and not tokens.foreign(at) and not tokens.person(at) and not titled


# ---------------------------------------------------------------- a place, a state
def _authority_end(tokens: Tokens, head: int, at: int) -> int:
    """The end of what follows "Công an", "UBND", "Tòa án nhân dân" (a head that begins at token ``head``)."""
    if at >= tokens.size or tokens.gaps[at - 1] not in (" ", ".", ". "):
        return at
    end = tokens.place_end(at)
    if end > at:
        return end
    rank = tokens.phrase(at, at + 2)
    if rank in ("tối cao", "cấp cao"):
        seat = tokens.place_end(at + 3) if tokens.keys[at + 2 : at + 3] == ["tại"] else at + 3
        return seat if seat > at + 3 else at + 2
    if not tokens.caps[head]:
        return at
    size, kinds = tokens.kinds(at)
    if "level" in kinds and len(tokens.keys[at]) > 1 and tokens.keys[at] not in _LOCAL:
        # "Công an tỉnh" is one that was named before; "Công an xã" at the start of a sentence may be any.
        return at if tokens.initial(head) and tokens.keys[at] not in ("tỉnh", "thành", "tp") else at + size
    if tokens.caps[at] and not tokens.person(at) and not tokens.head(at)[0]:
        return tokens.capitals(at, most=3, person_from=1)
    return at


def _state_end(tokens: Tokens, at: int) -> int:
    """The end of a country or place, perhaps after "liên bang"."""
    if not tokens.spaced(at):
        return at
    start = at + 2 if tokens.phrase(at, at + 2) in ("liên bang", "lâm thời") else at
    end = tokens.place_end(start)
    size, place = tokens.place(end) if end > start and tokens.capital(end) else (0, None)
    if place is not None and place.kind == "country" and tokens.place(start)[1] is not None and _of_the_arabs(tokens, start):
        return end + size  # "quân đội Ả Rập Syria"
    return end if end > start else start if tokens.caps[at] else at


def _of_the_arabs(tokens: Tokens, at: int) -> bool:
    _, place = tokens.place(at)
    return place is not None and place.kind != "country" and not place.country


def _rule_end(tokens: Tokens, at: int, head: Head) -> int:
    """The end of what tells one government from another: "Chính phủ [Maduro]", "Chính phủ [Hoà hợp Dân tộc Libya]"."""
    if not tokens.capital(at) or tokens.person(at) or tokens.head(at)[0] or tokens.place(at)[0]:
        return at
    if tokens.foreign(at):
        return at if tokens.capital(at + 1) or tokens.words[at].isupper() else at + 1
    end = field_end(tokens, at, head, small_start=False)
    return end if tokens.word(at) or (end - at > 2 and tokens.caps[end - 1]) else at
