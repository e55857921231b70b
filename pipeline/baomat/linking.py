"""Which mentions of an article are one organization, and which organization that is.

Mentions are joined by what identifies them: the organization of the lexicon, the folded name with abbreviations written
out, the proper core of a company's name, a bracket, initials, a short form of a longer name. What the lexicon knows gets
its org_id; the rest gets an id made of its usual short name, so that two articles agree on it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from . import lexicon as lexicons
from . import text as texts
from .aliases import WORD, learned_id
from .brackets import initials
from .marks import PLACE
from .orgwords import COMPANY, Place, closed
from .schema import Organization, Published
from .surface import Name, Tokens

# What brands put behind a name written in one word: "DongGiangBank" is the bank Đông Giang.
_BRAND_TAIL = re.compile(r"(?:bank|pay|post|mart|soft|telecom|air|group|tech|tv|land|shop|express|port|food|mobile|care|edu)$")
_TAIL_TYPES = {"bank": "bank", "telecom": "telecom", "mobile": "telecom"}
_ENDINGS = {"bank": ("bank", "b"), "education_research": ("u",)}  # behind initials: "TQBank", "WBU"
_ABROAD = 3  # other countries named in a text that is not about ours
_THEIRS = (["này"], ["đó"], ["họ"])  # behind "nước"
_SILENT = frozenset(("va", "ve", "cua", "tinh", "thanh", "pho", "tp"))


def link(
    tokens: Tokens, names: Sequence[Name], pairs: Sequence[tuple[Name, Name]], *, published: Published | None
) -> list[Organization]:
    """The organization of every name, in the same order.

    Parameters
    ----------
    tokens, names
        The text and the names found in it, in reading order.
    pairs
        Names of which one stands in brackets behind the other.
    """
    readings = [_reading(tokens, name) for name in names]
    first = dict(zip(reversed(readings), reversed(names), strict=True))  # of equal names only the first is linked
    distinct = sorted(first.values(), key=lambda name: name.first)
    number_of = {id(name): number for number, name in enumerate(distinct)}
    numbers = [number_of[id(first[reading])] for reading in readings]
    surfaces = [_surface(tokens, name) for name in distinct]
    theirs = {surfaces[number] for number, name in zip(numbers, names, strict=True) if _of_theirs(tokens, name)}
    known = [() if surfaces[number] in theirs else _known(tokens, name) for number, name in enumerate(distinct)]
    ours = [bool(ids) and _of_ours(tokens, ids[0]) for ids in known]
    bodies = [name for name, own in zip(distinct, ours, strict=True) if own]
    if bodies and all(_of_any_state(tokens, name) for name in bodies) and _about_others(tokens):
        known = [() if own else ids for ids, own in zip(known, ours, strict=True)]  # "Quốc hội" in news of other countries
    groups = _Groups(known)
    first_of: dict[str, int] = {}
    for number, name in enumerate(distinct):
        for key in (*(f"id:{org_id}" for org_id in groups.options[number][:1]), *_keys(tokens, name)):
            if (other := first_of.setdefault(key, number)) != number:
                groups.join(number, other)
    position = {id(name): number for number, name in zip(numbers, names, strict=True)}
    for left, right in pairs:
        if id(left) in position and id(right) in position and _one(tokens, left, right):
            groups.join(position[id(left)], position[id(right)])
    _short_forms(tokens, distinct, groups)
    made = _organizations(tokens, distinct, Counter(numbers), groups, published)
    return [made[groups.root(number)] for number in numbers]


def _reading(tokens: Tokens, name: Name) -> tuple[str, int, int, str, str, tuple[str, ...]]:
    """What a name is linked by."""
    head = name.head.head if name.head else ""
    return _surface(tokens, name), name.core - name.first, name.core_end - name.core, head, name.org_type, name.org_ids


def _of_theirs(tokens: Tokens, name: Name) -> bool:
    """Whether it is another country's body: "Bộ Quốc phòng [nước này]"."""
    return tokens.keys[name.last : name.last + 1] == ["nước"] and tokens.keys[name.last + 1 : name.last + 2] in _THEIRS


def _of_ours(tokens: Tokens, org_id: str) -> bool:
    """Whether it is a body of our state."""
    organization = tokens.lexicon.organizations[org_id]
    return organization.country == "VN" and organization.org_type in ("government", "police_military")


def _of_any_state(tokens: Tokens, name: Name) -> bool:
    """Whether the name could be that of any state's body: "Quốc hội", "Bộ Quốc phòng"."""
    return tokens.phrase(name.first, name.last) in closed("of any state")


def _about_others(tokens: Tokens) -> bool:
    """Whether a text names other countries again and again and no place of ours."""
    abroad = 0
    for at in tokens.marked(PLACE):
        size, place = tokens.place(at)
        if place is None or (size == 1 and (tokens.capital(at + 1) or (tokens.spaced(at) and tokens.caps[at - 1]))):
            continue  # "Lê Đức Thái"
        if place.country == "VN":
            return False
        abroad += place.kind == "country"
    return abroad >= _ABROAD


class _Groups:
    """Disjoint groups of mentions, each with the organizations of the lexicon that it may be.

    Two groups that cannot be the same organization of the lexicon never join.
    """

    def __init__(self, options: list[tuple[str, ...]]) -> None:
        self.parent = list(range(len(options)))
        self.options = dict(enumerate(options))

    def root(self, number: int) -> int:
        while self.parent[number] != number:
            self.parent[number] = self.parent[self.parent[number]]
            number = self.parent[number]
        return number

    def join(self, left: int, right: int) -> None:
        left, right = sorted((self.root(left), self.root(right)))
        mine, other = self.options[left], self.options[right]
        common = tuple(org_id for org_id in mine if org_id in other) if mine and other else mine or other
        if left != right and (common or not (mine and other)):
            self.parent[right] = left
            self.options[left] = common


def _surface(tokens: Tokens, name: Name) -> str:
    return tokens.surface(name.first, name.last)


def _known(tokens: Tokens, name: Name) -> tuple[str, ...]:
    """The lexicon's organizations that a name may be: by the whole name, the core, or the beginning of a known name."""
    named = tokens.lexicon.exact(tokens.keys[name.first : name.last])
    # An ambiguous acronym without an organization of its own is what the article says it is: "Ủy ban bầu cử Thái Lan (EC)".
    ids = name.org_ids or tuple(alias.org_id for alias in named if name.head is not None or not alias.kind)
    if not ids and name.head is not None:
        size, aliases = tokens.known(name.core)
        bare = name.head.follow in ("brand", "foreign") or name.head.short in ("Trung tâm", "Cơ quan")
        if bare and size == name.core_end - name.core:
            ids = tuple(alias.org_id for alias in aliases)
        elif name.head.follow in ("unit", "brand") and name.last - name.first >= 3:
            ids = tuple(sorted(tokens.lexicon.begun(tokens.keys[name.first : name.last])))
            ids = ids if len(ids) < 4 else ()
        ids = ids or _national(tokens, name)
    return tuple(dict.fromkeys(tokens.lexicon.redirects.get(org_id, org_id) for org_id in ids))


def _national(tokens: Tokens, name: Name) -> tuple[str, ...]:
    """A known unit with its country or its parent behind it: "Bộ Công an Việt Nam", "Cục … Bộ Công an"."""
    size, aliases = tokens.known(name.first)
    rest = name.first + size
    if not size or rest >= name.last:
        return ()
    _, place = tokens.place(rest)
    home = tokens.lexicon.organizations[aliases[0].org_id].country
    if place is not None and place.kind == "country" and place.country == home:
        return tuple(alias.org_id for alias in aliases)
    parent, _ = tokens.known(rest)
    return tuple(alias.org_id for alias in aliases) if parent and rest + parent == name.last else ()


# ---------------------------------------------------------------- what identifies a name
@cache
def _abbreviations() -> dict[str, str]:
    """Folded abbreviation -> folded words ("gd" -> "giao duc")."""
    rows = lexicons.read("org_abbreviations", ("short", "long"), unique=("short",))
    return {texts.fold(row["short"]).replace(" ", ""): texts.fold(row["long"]) for row in rows}


def _keys(tokens: Tokens, name: Name) -> list[str]:
    head = name.head.short + " " if name.head else ""
    body = _spelled(tokens, name.core if head else name.first, name.last)
    keys = ["name:" + texts.fold_word(head).replace(" ", "") + " " + body if head else "core:" + body]
    if name.head is None or name.head.follow in ("brand", "foreign") or name.head.head == "sân bay":
        core = " ".join(texts.fold_word(word) for word in tokens.words[name.core : name.core_end])
        keys += ["core:" + core, "joined:" + core.replace(" ", "")]
        if name.core_end - name.core == 1 and len(stem := _BRAND_TAIL.sub("", core)) >= 5:
            keys.append("joined:" + stem)
    return keys


def _spelled(tokens: Tokens, first: int, last: int) -> str:
    """The words folded, places by their usual name, abbreviations written out, little words left out."""
    out: list[str] = []
    at = first
    while at < last:
        size, place = tokens.place(at)
        if place is not None and at + size <= last:
            out += [*_city_in_province(tokens, at, place), texts.fold_word(place.name)]
            at += size
            continue
        word = texts.fold_word(tokens.words[at])
        if word not in _SILENT:
            out.append(_abbreviations().get(word, word) if tokens.words[at].isupper() else word)
        at += 1
    return " ".join(" ".join(out).split())


def _city_in_province(tokens: Tokens, at: int, place: Place) -> list[str]:
    """What tells the town from the province of the same name: "TP Thanh Hóa" is not "tỉnh Thanh Hóa"."""
    return ["tp"] if place.kind == "province" and at and tokens.keys[at - 1] in ("tp", "phố") else []


def _one(tokens: Tokens, left: Name, right: Name) -> bool:
    """Whether "X (Y)" are two names of one organization rather than a unit and its parent."""
    mine, other = (name.head or tokens.head(name.first)[1] for name in (left, right))
    if mine is not None and other is not None and mine.short != other.short and other.follow in ("unit", "place", "state"):
        return False  # "Tổng cục Thủy sản (Bộ Nông nghiệp)"
    if right.head is None or right.head.follow in ("brand", "foreign"):
        return right.last - right.first <= 6
    if left.head is None:
        return not left.org_ids or (left.last - left.first == 1 and right.last - right.first > 4)
    letters = "".join(tokens.words[step] for step in range(right.core, right.last))
    return left.head.short == right.head.short and letters.isupper() and initials(letters, tokens.keys[left.core : left.last])


def _short_forms(tokens: Tokens, names: Sequence[Name], groups: _Groups) -> None:
    """Join initials ("TGDĐ"), beginnings and ends ("Toà Trọng tài", "Hải Vân Xanh") with the one longer name they fit."""
    once = {_surface(tokens, name): number for number, name in reversed(list(enumerate(names)))}
    # "Bộ Quốc phòng" is not short for "Bộ Quốc phòng Ấn Độ": a name that the lexicon knows stands for itself.
    unknown = [
        number
        for number in sorted(once.values())
        if not groups.options[groups.root(number)] and _may_be_short(tokens, names[number])
    ]
    if not unknown:
        return
    longer = {number: frozenset(_forms(tokens, names[number])) for number in once.values()}
    for number in unknown:
        name = names[number]
        key = " ".join(texts.fold_word(word) for word in tokens.words[name.first : name.last])
        forms = {key, _stem(tokens, name).replace(" ", "")}
        if name.head is not None and name.head.follow == "unit" and not tokens.word(name.core):
            forms.add(name.head.short + ":" + " ".join(texts.fold_word(word) for word in tokens.words[name.core : name.last]))
        roots = {groups.root(other) for other, theirs in longer.items() if other != number and not forms.isdisjoint(theirs)}
        roots.discard(groups.root(number))
        if len(roots) == 1 and not groups.options[groups.root(number)]:
            groups.join(number, roots.pop())


def _may_be_short(tokens: Tokens, name: Name) -> bool:
    """Whether a name is no single Vietnamese syllable."""
    word = tokens.words[name.first]
    return name.last - name.first > 1 or (len(texts.fold_word(word)) > 2 and (word.isupper() or tokens.foreign(name.first)))


def _forms(tokens: Tokens, name: Name) -> Iterator[str]:
    """The short forms that a name may have, folded."""
    keys = [texts.fold_word(word) for word in tokens.words[name.first : name.last]]
    for size in range(2, len(keys)):
        yield " ".join(keys[:size])
    brand = name.head is None or name.head.follow == "brand"
    for start in range(1, len(keys) - 1):
        at = name.first + start
        trade = name.head is not None and at < name.core and tokens.caps[at] and "legal" not in tokens.kinds(at)[1]
        if not tokens.word(at) or (brand and trade):
            if brand:
                yield " ".join(keys[start:])
            elif name.head is not None and at > name.core:
                yield name.head.short + ":" + " ".join(keys[start:])  # "Viện Nam Ô" of "Viện Đào tạo Kỹ năng số Nam Ô"
                if not any(tokens.word(step) or tokens.place(step)[0] for step in range(at, name.last)):
                    yield " ".join(keys[start:])  # "Thạch Sanh" of "Trung tâm An ninh mạng Thạch Sanh"
    core = keys[max(name.core - name.first, 0) :]
    for words in (core, keys):
        if len(words) >= 2:
            letters = "".join(key[0] for key in words)
            yield letters
            yield from (letters + ending for ending in _ENDINGS.get(name.org_type, ()))
    stem = _stem(tokens, name)
    if stem and len(stem) < len(" ".join(keys)):
        yield stem
        yield stem.replace(" ", "")  # "NónLá" of "Nón Lá"


def _stem(tokens: Tokens, name: Name) -> str:
    """The proper name without head and usual last words, folded: "tesserion" of "Tesserion Networks"; empty if it has none."""
    if name.head is not None and name.head.follow not in ("brand", "foreign"):
        return ""
    last = name.core_end
    while last - 1 > name.core and not COMPANY.isdisjoint(tokens.kinds(last - 1)[1]):
        last -= 1
    one = last - name.core == 1
    if one and (not tokens.foreign(name.core) or tokens.place(name.core)[0] or len(tokens.keys[name.core]) < 4):
        return ""
    return " ".join(texts.fold_word(word) for word in tokens.words[name.core : last])


# ---------------------------------------------------------------- the result
def _organizations(
    tokens: Tokens, names: Sequence[Name], times: Counter[int], groups: _Groups, published: Published | None
) -> dict[int, Organization]:
    """The organization of every group, by its root; ``times``: how often the text has each of the names."""
    lexicon = tokens.lexicon
    members: dict[int, list[int]] = defaultdict(list)
    for number in range(len(names)):
        members[groups.root(number)].append(number)
    made: dict[int, Organization] = {}
    for root, numbers in members.items():
        surfaces = {_surface(tokens, names[number]): names[number] for number in reversed(numbers)}
        if groups.options[root]:
            org_id = lexicon.choose(groups.options[root], published)
            organization = lexicon.organizations[org_id]
        else:
            label = _label(tokens, surfaces)
            org_id = learned_id(label)
            org_id = lexicon.redirects.get(org_id, org_id)
            valid_to, successor = _succession(tokens, names[numbers[0]])
            organization = lexicon.organizations.get(org_id) or Organization(
                org_id=org_id,
                name=lexicon.renamed.get(org_id, label),
                org_type=_TAIL_TYPES.get(_tail(label)) or _usual_type(names, times, numbers),
                full_name=max(surfaces, key=lambda surface: (len(surface), surface)) if len(surfaces) > 1 else "",
                valid_to=valid_to,
                successor=successor,
            )
        known = {organization.name, *(alias for alias, _ in organization.aliases)}
        new = tuple((surface, _origin(surfaces[surface])) for surface in sorted(surfaces) if surface not in known)
        made[root] = replace(organization, aliases=organization.aliases + new) if new else organization
    return made


def _usual_type(names: Sequence[Name], times: Counter[int], numbers: Sequence[int]) -> str:
    """The type that most of the mentions have, of equals the first."""
    types: dict[str, int] = {}
    for number in numbers:
        org_type = names[number].org_type
        types[org_type] = types.get(org_type, 0) + times[number]
    return max(types, key=types.__getitem__)


def _tail(label: str) -> str:
    """What a brand written in one word ends in: "bank" in "DongGiangBank"."""
    found = _BRAND_TAIL.search(texts.fold_word(label)) if " " not in label else None
    return found[0] if found else ""


def _succession(tokens: Tokens, name: Name) -> tuple[str, str]:
    """Until when a province's body existed, and the org_id of the one that took over: the mergers of provinces of 2025."""
    for at in range(name.core, name.last):
        size, place = tokens.place(at)
        if name.head is None or place is None or not place.valid_to or at + size != name.last:
            continue
        if not _city_in_province(tokens, at, place):
            before = _places_named(tokens, name.core, name.last).removesuffix(place.name)
            heir = f"{name.head.short} {before}{place.successor}"
            listed = tokens.lexicon.exact(WORD.findall(texts.key(heir)))
            return place.valid_to, listed[0].org_id if listed else learned_id(heir)
    return "", ""


def _origin(name: Name) -> str:
    return "parenthesis" if name.method == "parenthesis" and name.head is None else "learned"


def _label(tokens: Tokens, surfaces: dict[str, Name]) -> str:
    """The usual short name: an acronym or brand if told, else head and body with the place by its usual name."""
    bare = {surface: name for surface, name in surfaces.items() if name.head is None}
    short = [
        surface
        for surface, name in bare.items()
        if name.method == "parenthesis" or (" " not in surface and _BRAND_TAIL.search(texts.fold_word(surface)))
    ]
    if short:
        return min(short, key=lambda surface: (len(surface), surface))
    cores = []
    for name in surfaces.values():
        if name.head is None or name.head.follow in ("brand", "foreign"):
            cores.append(tokens.surface(name.core, name.core_end))
    if cores:
        told = [core for core in cores if texts.key(core) not in closed("of any state")]
        if told or len(surfaces) == 1:
            return min(told or cores, key=lambda core: (len(core), core))  # "Quốc hội Lào" rather than "Quốc hội"
    bodies = ((name.head.short if name.head else "", _places_named(tokens, name.core, name.last)) for name in surfaces.values())
    labels = [f"{head} {body}".strip() for head, body in bodies]
    return max(labels, key=lambda label: (len(label), label))


def _places_named(tokens: Tokens, first: int, last: int) -> str:
    """The text of tokens [first, last) with a province named as usual: "tỉnh Cà Mau" -> "Cà Mau", "TPHCM" -> "TP.HCM"."""
    for at in range(first, last):
        size, place = tokens.place(at)
        if place is not None and at + size == last and place.kind in ("province", "municipality"):
            before = at
            silent = ("tỉnh", "thành", "phố", "tp") if place.kind == "municipality" else ("tỉnh",)
            while before > first and tokens.keys[before - 1] in silent:
                before -= 1
            return (tokens.surface(first, before) + " " if before > first else "") + place.name
    return tokens.surface(first, last)
