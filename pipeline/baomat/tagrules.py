"""Which names of the model (:mod:`baomat.tagger`) are admitted: what it cannot know, because it was fitted on little text.

In news about cyber security, which it was fitted on, a name needs no more than a good probability; in other news it must
also look like an organization's by itself, because there most capitals are persons, places, films.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from . import cues, cyber
from .marks import CHANGED, COINED, ENDING, HEAD, TOPIC
from .orgwords import COMPANY, closed, surnames
from .surface import Name, Tokens
from .tagview import Chunk, View, chunks

# The probability from which a name is added: in news of the kind the model knows, in other news; and that which overrules
# lexicon or grammar.
SURE, SURE_AWAY, SURER = 0.6, 0.95, 0.8
PLAIN, CERTAIN = (
    0.85,
    0.95,
)  # … where it could as well be a foreign person's: with wording that only organizations have, and without
HOME = 0.5  # the cyber score from which a text is of the kind that the model was fitted on
_ACTS = frozenset(("org", "source", "quote", "credit", "title", "actor", "acts"))
_OFFICES = frozenset(("government", "police_military", "other"))
_COUNTED = re.compile(r"[A-Z]{0,3}\d{3,}\Z|\d+[KMGT]b\Z", re.IGNORECASE)
_ROUND = frozenset(("24h", "247", "360", "365"))  # numbers that names end in
_DESK_MOST = 24  # characters of a line before the acronym of a desk
_POSTS = frozenset(("person", "title"))
_TELLING = HEAD | COINED | ENDING  # marks of words without which no name begins or ends


def admitted(tokens: Tokens, first: int, last: int, score: float, before: Sequence[Name]) -> bool:
    """Whether a name of the model over tokens [first, last) counts.

    Parameters
    ----------
    score
        Its probability.
    before
        The names of lexicon and grammar that it overlaps.
    """
    if score < SURE or (score < SURE_AWAY and not at_home(tokens)) or no_name(tokens, first, last):
        return False
    if before:
        same = any((name.first, name.last) == (first, last) and not name.kind for name in before)
        return not same and gives_way(tokens, before, first, last, score)
    if not at_home(tokens) and "thing" in cues.left_senses(tokens, first) and "actor" not in cues.right_senses(tokens, last):
        return False
    if looks_like_one(tokens, first, last):
        return True
    person = last - first > 1 and all(tokens.foreign(at) and not tokens.words[at].isupper() for at in range(first, last))
    return (not person or score >= CERTAIN or (score >= PLAIN and _introduced(tokens, first, last))) and may_be_plain(
        tokens, first, last
    )


def trimmed(tokens: Tokens, first: int, last: int) -> tuple[int, int]:
    """The name without what only leads to it or follows it.

    At the beginning of a sentence these are common words before the first capital ("Phía [Mây Trắng]", "Chuỗi siêu thị
    [Sen Cạn]"); behind it a verb in lower case, or a number that counts something ("phạt [Kalaytel] 68 triệu peso").
    """
    if tokens.initial(first):
        core = first + 1
        while core < last and not tokens.caps[core]:
            core += 1
        if core < last and (tokens.keys[first] in closed("lead") or _leads(tokens, first, core)):
            first = core
    for core in range(first + 2, last):
        if tokens.caps[core] and tokens.keys[first] != "ban" and tokens.generic(first, core):
            first = core  # "Hội đồng quản trị [Loonbay]"
    if tokens.spaced(last) and tokens.keys[last] in _ROUND:
        last += 1
    for at in range(last - 1, first, -1):
        if tokens.caps[at] or tokens.keys[at] in _ROUND:
            break
        if "actor" in cues.right_senses(tokens, at):
            last = at
    last = max(last, tokens.place_end(last - 1))  # "Đảng ủy TP" + ". HCM"
    if tokens.spaced(last) and tokens.keys[last] in ("uỷ", "ủy") and "level" in tokens.kinds(last - 1)[1]:
        last += 1  # "Ban Thường vụ Tỉnh ủy"
    if last - first > 1 and tokens.keys[last - 1].isdigit() and tokens.spaced(last) and tokens.keys[last] in closed("amount"):
        last -= 1
    return first, last


def _leads(tokens: Tokens, first: int, core: int) -> bool:
    """Whether tokens [first, core) are a common noun that names of organizations stand behind ("Công ty bảo mật")."""
    _, head = tokens.head(first)
    if head is not None:
        brand = head.follow == "brand" and head.lower in ("drop", "out") and "legal" not in head.flags
        return brand and not tokens.word(core)  # "Công ty Công nghệ Khiên Bạc" is the whole name
    return tokens.word(first) < core - first and bool(cues.senses_of(tokens, first, core))


def no_name(tokens: Tokens, first: int, last: int) -> bool:
    """Whether it is a place and nothing else, somebody with a title, or known to be a thing ("Windows XP")."""
    if tokens.place_end(first) == last or tokens.thing(first) == last - first or "ảnh" in tokens.keys[first:last]:
        return True
    length = tokens.place(first)[0] or tokens.known(first)[0]
    if length and first + length < last and tokens.person(first + length):
        return True  # "Trung Quốc Tập Cận Bình", "Tuổi Trẻ Lê Thế Lan"
    size, head = tokens.head(first)
    bare = size == last - first and not (tokens.words[first].isupper() and at_home(tokens))
    if bare or not closed("never").isdisjoint(tokens.keys[first:last]):
        return True  # "Ủy ban" alone; a piece of a sentence
    if (
        head is not None
        and head.org_type in _OFFICES
        and any(_begins_somebody(tokens, at) for at in range(first + size, last - 1))
    ):
        return True  # "Trung tâm chống ngập TP.HCM Nguyễn Ngọc Công"
    if tokens.person(first) and tokens.keys[first + 1] in closed("middle"):
        return True  # "Trần Văn Bình"
    if first and tokens.gaps[first - 1] == ".":
        return True  # "30E-616.XX"
    if "event" in tokens.kinds(last - 1)[1] and tokens.head(first)[1] is None:
        return True  # "League Cup"
    if _COUNTED.match(tokens.words[last - 1]) and (last - first == 1 or tokens.keys[last - 1].isdigit()):
        return True  # "MH370", "Boeing 777", "10Gb"
    if first and tokens.gaps[first - 1] in ("-", " - ") and not tokens.caps[first - 1]:
        return True  # "al-Qaeda"
    if last - first == 1 and first and tokens.keys[first - 1] in ("phiếu", "mã") and tokens.words[first].isupper():
        return True  # of a share: "cổ phiếu HPG"
    small = (at for at in range(first + 1, last - 1) if not tokens.caps[at])
    if head is None and any("actor" in cues.right_senses(tokens, at) for at in small):
        return True  # a piece of a sentence: "IPU Saber Chowdhury nhận định Việt Nam"
    if tokens.generic(first, last) or _of_a_country(tokens, first, last):
        return True
    if any(not _POSTS.isdisjoint(cues.senses_of(tokens, first, at)) for at in range(first + 1, min(first + 4, last))):
        return True  # "NSND Hồng Vân", "Thủ tướng Hun Sen", "Phó giám đốc X"
    if "legal" in tokens.kinds(first)[1] and not tokens.head(first)[0]:
        return True  # "công ty [CP Biển Tiên Sa]": cut off from its head
    if tokens.keys[first] in ("phó", "trưởng", "nguồn") or (" - " in tokens.gaps[first : last - 1] and not tokens.head(first)[0]):
        return True  # "Phó Chủ nhiệm …"; "Vu Gia - Thu Bồn"
    if tokens.head(first)[0] or "corporate" in tokens.kinds(last - 1)[1]:
        return False
    return tokens.thing(first) > 0 or any(at + tokens.thing(at) == last for at in range(first + 1, last))


def _begins_somebody(tokens: Tokens, at: int) -> bool:
    """Whether somebody's name of three words begins at token ``at``, and no place is named after a person."""
    return tokens.person(at) and tokens.capital(at + 2) and tokens.keys[at - 1] not in closed("named after")


def _of_a_country(tokens: Tokens, first: int, last: int) -> bool:
    """Whether a common noun and a country are all there is: "Cảnh sát Đan Mạch", "Ngân hàng Úc"."""
    size, head = tokens.head(first)
    size = size or 2
    if head is not None and head.follow == "state":
        return False
    length, place = tokens.place(first + size) if first + size < last else (0, None)
    return (
        place is not None
        and place.kind == "country"
        and first + size + length == last
        and not any(tokens.caps[first + 1 : first + size])
    )


def looks_like_one(tokens: Tokens, first: int, last: int) -> bool:
    """Whether the name by itself is like an organization's: a head noun, the usual last word, an acronym, a coined word."""
    size, head = tokens.head(first)
    body = first + size
    if head is not None and tokens.caps[first] and body < last:
        return head.flags.isdisjoint(("field", "long")) or tokens.word(body) > 0 or tokens.keys[body].isdigit()
    if last - first > 1:
        return not COMPANY.isdisjoint(tokens.kinds(last - 1)[1]) and not tokens.thing(last - 1)
    word = tokens.words[first]
    coined = tokens.foreign(first) and any(map(str.isupper, word[1:])) and not any(map(str.isdigit, word))
    # "(PLO) - " begins a text; elsewhere what stands in brackets is short for anything.
    bracket = first > 0 and "(" in tokens.gaps[first - 1] and not (last < tokens.size and tokens.initial(last))
    if word.isupper() and not at_home(tokens) and not spoken_of(tokens, word):
        return False
    return coined and len(word) > 2 + (not word.isupper()) and not bracket


def spoken_of(tokens: Tokens, word: str) -> bool:
    """Whether the wording anywhere treats this word as one who acts, or speaks."""
    if word not in tokens.spoken:
        senses = (cues.left_senses(tokens, at) | cues.right_senses(tokens, at + 1) for at in tokens.where(word))
        tokens.spoken[word] = any(not _ACTS.isdisjoint(both) for both in senses)
    return tokens.spoken[word]


def _introduced(tokens: Tokens, first: int, last: int) -> bool:
    """Whether wording that only an organization has stands beside the name anywhere: what looks like somebody's is left out
    rather than named as one."""
    places = (at for at in tokens.where(tokens.words[first]) if tokens.words[at : at + last - first] == tokens.words[first:last])
    return any("org" in cues.left_senses(tokens, at) | cues.right_senses(tokens, at + last - first) for at in places)


def may_be_plain(tokens: Tokens, first: int, last: int) -> bool:
    """Whether a name that could be anybody's or anything's may be an organization here: in news of the kind the model knows."""
    if not at_home(tokens):
        return False
    if "credit" in cues.left_senses(tokens, first):
        return last - first > 2 and tokens.keys[first] not in surnames() and not tokens.words[first].isupper()
    if first and "(" in tokens.gaps[first - 1] and tokens.words[first].isupper():
        return _desk(tokens, first)  # else short for anything
    return not cues.somebody(tokens, first, last)


def explained(tokens: Tokens, first: int, last: int, ends: Container[int]) -> bool:
    """Whether a bracket makes an acronym short for no name: "sách giáo khoa (SGK)"; in other news than the model knows.

    Parameters
    ----------
    ends
        The tokens behind the names found before.
    """
    if last - first > 1 or not tokens.words[first].isupper() or at_home(tokens):
        return False
    places = (at for at in tokens.where(tokens.words[first]) if at and tokens.gaps[at - 1].endswith("("))
    return any(at not in ends and not _desk(tokens, at) for at in places)


def _desk(tokens: Tokens, first: int) -> bool:
    """Whether an acronym in brackets heads a line: "(TCST) - Như tin đã đưa"."""
    line = tokens.text.rfind("\n", 0, tokens.starts[first]) + 1
    return tokens.starts[first] - line < _DESK_MOST and tokens.text[tokens.ends[first] :][:4].lstrip(") ")[:1] in ("-", "–")


def _confirms(tokens: Tokens, name: Name, score: float) -> bool:
    """Whether an ambiguous name of the lexicon becomes sure where the model finds it: no platform, person, street, airport."""
    known = tokens.lexicon.organizations[name.org_ids[0]] if name.org_ids else None
    if known is not None and known.name.startswith("Sân bay"):
        return False
    if name.kind == "~" and score < SURER:
        return False
    if not at_home(tokens) and not spoken_of(tokens, tokens.words[name.last - 1]):
        return False
    left = cues.left_senses(tokens, name.first)
    if not at_home(tokens) and cues.is_thing(left, cues.right_senses(tokens, name.last)):
        return False
    return "thing" not in left and not cues.somebody(tokens, name.first, name.last)


def at_home(tokens: Tokens) -> bool:
    """Whether the text is of the kind that the model was fitted on: news about cyber security."""
    if tokens.home is None:
        # Most texts hold too few of the terms, which the marks of words tell at no cost.
        most = sum(tokens.walk(cyber.terms(), at)[1] or 0.0 for at in tokens.opening(cyber.terms(), TOPIC))
        tokens.home = cyber.scaled(most, len(tokens.text)) >= HOME and cyber.score(tokens.text) >= HOME
    return tokens.home


def worth_reading(view: View) -> list[Chunk]:
    """The chunks in which a name could be admitted at all: spares the model most of the capitals of a text."""
    if at_home(view.tokens):
        return [chunk for chunk in chunks(view) if not _only_places(view, chunk)]
    cover, unsure = view.cover, view.unsure
    signs, doubtful = _signs(view)

    def worth(chunk: Chunk) -> bool:
        if any(signs[at] in chunk for at in chunk if at in signs):
            return True
        return not doubtful.isdisjoint(chunk) and any(at in cover or at in unsure for at in chunk)

    return [chunk for chunk in chunks(view, sorted({*signs, *doubtful})) if worth(chunk)]


def _signs(view: View) -> tuple[dict[int, int], set[int]]:
    """The tokens that make an organization likely.

    Returns
    -------
    signs
        Those at which a name may begin or end by itself, each with a token that the chunk must hold as well.
    doubtful
        Heads and words with a capital inside: they count where a name found before may go on with them.
    """
    tokens, cover = view.tokens, view.cover
    signs = {at: at for at in view.unsure if spoken_of(tokens, tokens.words[at])}
    doubtful: set[int] = set()
    for at in tokens.marked(CHANGED):
        behind = at - 1 in cover
        if not (behind or tokens.marks[at] & _TELLING) or at in cover or at in view.unsure:
            continue
        size = tokens.head(at)[0]
        coined = not size and tokens.marks[at] & COINED != 0
        if size or coined:
            doubtful.add(at)
        goes_on = behind and tokens.spaced(at) and (tokens.word(at) or tokens.place_end(at) > at)
        if size and at + size < tokens.size and looks_like_one(tokens, at, at + size + 1):
            signs[at] = at + size
        elif goes_on or (coined and _may_stand_alone(tokens, at)):
            signs[at] = at
        elif tokens.marks[at] & ENDING and not COMPANY.isdisjoint(tokens.kinds(at)[1]):
            signs[at] = at - 1
    return signs, doubtful


def _may_stand_alone(tokens: Tokens, at: int) -> bool:
    """Whether a coined word may be a name somewhere in this text; what stands beside it here decides nothing."""
    word = tokens.words[at]
    if any(map(str.isdigit, word)) or tokens.generic(at, at + 1) or tokens.place(at)[0] or tokens.thing(at) == 1:
        return False
    return not word.isupper() or spoken_of(tokens, word)


def _only_places(view: View, chunk: Chunk) -> bool:
    at = chunk.start
    while at < chunk.stop:
        size = view.tokens.place(at)[0] or int(at in view.cover)
        if not size:
            return False
        at += size
    return True


def _grows(tokens: Tokens, name: Name, last: int) -> bool:
    """Whether a name found before may go on up to token ``last``: not over somebody's name or a number behind it."""
    first = name.last
    if last <= first:
        return True
    ending = not COMPANY.isdisjoint(tokens.kinds(last - 1)[1])
    if ending or tokens.place_end(first) == last:
        return True
    office = name.head is None or name.head.org_type in ("government", "police_military")
    named = tokens.person(first) and (office or not _POSTS.isdisjoint(cues.left_senses(tokens, name.first)))
    if named or tokens.keys[first].isdigit() or (last - first > 1 and tokens.foreign(first)):
        return False
    return tokens.word(first) > 0 or last - first == 1 or (not office and last - first < 4)


def gives_way(tokens: Tokens, before: Sequence[Name], first: int, last: int, score: float) -> bool:
    """Whether the names found before yield to one of the model over tokens [first, last).

    An ambiguous one does; a sure one does to a name around it, or without the country that it begins with ("hãng [Na Uy]
    Fjellhavn").
    """
    name = before[0]
    if not all(_grows(tokens, one, last) for one in before):
        return False
    if all(one.kind for one in before):
        return all(_confirms(tokens, one, score) for one in before)
    nationality = name.method.startswith("grammar") and name.last == last and tokens.place_end(name.first) == first
    _, head = tokens.head(first)
    around = first <= name.first and name.last <= last and not (first < name.first and head is not None and head.lower == "out")
    return len(before) == 1 and score >= SURER and (nationality or around)
