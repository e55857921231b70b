"""Which mentions of an article are one organization, and which organization that is.

Mentions are joined by what identifies them: the organization of the lexicon, the folded name with abbreviations written
out, the proper core of a company's name, a bracket, initials, a short form of a longer name. What the lexicon knows gets
its org_id; the rest gets an id made of its usual short name, so that two articles agree on it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from . import lexicon as lexicons
from . import text as texts
from .aliases import Lexicon, learned_id
from .names import Name, Place, Tokens, place_at, word_at
from .schema import Organization, Published

_SILENT = frozenset(("va", "ve", "cua", "tinh", "thanh", "pho", "tp"))


def link(
    tokens: Tokens, names: Sequence[Name], pairs: Sequence[tuple[Name, Name]], *, published: Published | None, lexicon: Lexicon
) -> list[Organization]:
    """The organization of every name, in the same order.

    Parameters
    ----------
    tokens, names
        The text and the names found in it, in reading order.
    pairs
        Names of which one stands in brackets behind the other.
    """
    groups = _Groups(len(names))
    position = {id(name): number for number, name in enumerate(names)}
    known = [_known(tokens, name, published, lexicon) for name in names]
    keys = [_keys(tokens, name) for name in names]
    first_of: dict[str, int] = {}
    for number, name in enumerate(names):
        if known[number]:
            groups.own(number, known[number])
    for number in range(len(names)):
        for key in ([f"id:{known[number]}"] if known[number] else []) + keys[number]:
            groups.join(number, first_of.setdefault(key, number))
    for left, right in pairs:
        if id(left) in position and id(right) in position and _one(tokens, left, right):
            groups.join(position[id(left)], position[id(right)])
    _short_forms(tokens, names, groups)
    return _organizations(tokens, names, groups, lexicon)


class _Groups:
    """Disjoint groups of mentions; two groups that the lexicon knows as two organizations never join."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))
        self.owner: dict[int, str] = {}

    def root(self, number: int) -> int:
        while self.parent[number] != number:
            self.parent[number] = self.parent[self.parent[number]]
            number = self.parent[number]
        return number

    def own(self, number: int, org_id: str) -> None:
        self.owner[number] = org_id

    def join(self, left: int, right: int) -> bool:
        left, right = sorted((self.root(left), self.root(right)))
        owners = {owner for owner in (self.owner.get(left), self.owner.get(right)) if owner}
        if left == right or len(owners) > 1:
            return False
        self.parent[right] = left
        if owners:
            self.owner[left] = owners.pop()
        return True


def _surface(tokens: Tokens, name: Name) -> str:
    return tokens.text[tokens.starts[name.first] : tokens.ends[name.last - 1]]


def _known(tokens: Tokens, name: Name, published: Published | None, lexicon: Lexicon) -> str:
    """The lexicon's organization: by the whole name, by the proper core, by the beginning of a known name."""
    ids = name.org_ids or tuple(alias.org_id for alias in lexicon.exact(_surface(tokens, name)))
    if not ids and name.head is not None and name.head.follow in ("brand", "foreign"):
        size, aliases = lexicon.longest(tokens.keys, tokens.words, tokens.gaps, name.core)
        if size == name.core_end - name.core:
            ids = tuple(alias.org_id for alias in aliases)
    if not ids and name.head is not None and name.head.follow == "unit":
        size, aliases = lexicon.longest(tokens.keys, tokens.words, tokens.gaps, name.core)
        if size == name.core_end - name.core and name.head.short in ("Trung tâm", "Cơ quan", "Ngân hàng"):
            ids = tuple(alias.org_id for alias in aliases)
    if not ids and name.head is not None and name.head.follow in ("unit", "brand") and name.last - name.first >= 3:
        begun = lexicon.begun(_surface(tokens, name))
        alive = {org_id for org_id in begun if published is None or lexicon._existed(org_id, published)}
        ids = tuple(alive or begun) if len(alive or begun) == 1 else ()
    if not ids and name.head is not None:
        ids = _national(tokens, name, lexicon)
    if not ids:
        return ""
    chosen = lexicon.choose(ids, published)
    return lexicon.redirects.get(chosen, chosen)


def _national(tokens: Tokens, name: Name, lexicon: Lexicon) -> tuple[str, ...]:
    """A known unit with its country or its parent behind it: "Bộ Công an Việt Nam", "Cục … Bộ Công an"."""
    size, aliases = lexicon.longest(tokens.keys, tokens.words, tokens.gaps, name.first)
    rest = name.first + size
    if not size or rest >= name.last:
        return ()
    _, place = place_at(tokens, rest)
    if isinstance(place, Place) and place.country == lexicon.organizations[aliases[0].org_id].country and place.kind == "country":
        return tuple(alias.org_id for alias in aliases)
    parent, _ = lexicon.longest(tokens.keys, tokens.words, tokens.gaps, rest)
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
    keys = ["name:" + texts.fold(head).replace(" ", "") + " " + body if head else "core:" + body]
    if name.head is None or name.head.follow in ("brand", "foreign") or name.head.head == "sân bay":
        core = " ".join(texts.fold(word) for word in tokens.words[name.core : name.core_end])
        keys.append("core:" + core)
    return keys


def _spelled(tokens: Tokens, first: int, last: int) -> str:
    """The words folded, places by their usual name, abbreviations written out, little words left out."""
    out: list[str] = []
    at = first
    while at < last:
        size, place = place_at(tokens, at)
        if isinstance(place, Place) and at + size <= last:
            out.append(texts.fold(place.name))
            at += size
            continue
        word = texts.fold(tokens.words[at])
        if word not in _SILENT:
            out.append(_abbreviations().get(word, word) if tokens.words[at].isupper() else word)
        at += 1
    return " ".join(" ".join(out).split())


def _one(tokens: Tokens, left: Name, right: Name) -> bool:
    """Whether "X (Y)" are two names of one organization rather than a unit and its parent or a list."""
    if left.head is not None and right.head is not None and right.head.follow in ("unit", "place", "state"):
        return right.head.head in ("quốc hội", "đảng") or left.head.head == right.head.head
    short, long = sorted((left, right), key=lambda name: name.last - name.first)
    if right.head is not None and right.head.follow in ("unit", "place", "state"):
        return not left.org_ids
    return short.last - short.first <= 4 and (short.head is None or long.head is None or True)


def _short_forms(tokens: Tokens, names: Sequence[Name], groups: _Groups) -> None:
    """Join initials ("TGDĐ") and beginnings or ends ("Toà Trọng tài", "Hải Vân Xanh") with the one longer name they fit."""
    longer: dict[str, set[int]] = defaultdict(set)
    for number, name in enumerate(names):
        keys = [texts.fold(word) for word in tokens.words[name.first : name.last]]
        for size in range(2, len(keys)):
            longer[" ".join(keys[:size])].add(number)
        core = keys[name.core - name.first :] if name.core >= 0 else keys
        for start in range(len(keys)):
            tail = keys[start:]
            if len(tail) >= 2 and start and not word_at(tokens, name.first + start):
                longer[" ".join(tail)].add(number)
        if len(core) >= 2:
            longer["".join(key[0] for key in core)].add(number)
        if len(keys) > 2:
            longer["".join(key[0] for key in keys)].add(number)
    for number, name in enumerate(names):
        key = " ".join(texts.fold(word) for word in tokens.words[name.first : name.last])
        if name.last - name.first == 1 and not (tokens.words[name.first].isupper() and len(key) > 2):
            continue
        roots = {groups.root(other) for other in longer.get(key, ()) if other != number}
        if len(roots) == 1:
            groups.join(number, roots.pop())


# ---------------------------------------------------------------- the result
def _organizations(tokens: Tokens, names: Sequence[Name], groups: _Groups, lexicon: Lexicon) -> list[Organization]:
    members: dict[int, list[int]] = defaultdict(list)
    for number in range(len(names)):
        members[groups.root(number)].append(number)
    made: dict[int, Organization] = {}
    for root, numbers in members.items():
        surfaces = {_surface(tokens, names[number]): names[number] for number in reversed(numbers)}
        org_id = groups.owner.get(root, "")
        if org_id:
            organization = lexicon.organizations[org_id]
        else:
            label = _label(tokens, surfaces)
            org_id = learned_id(label)
            org_id = lexicon.redirects.get(org_id, org_id)
            organization = lexicon.organizations.get(org_id) or Organization(
                org_id=org_id,
                name=lexicon.renamed.get(org_id, label),
                org_type=Counter(names[number].org_type for number in numbers).most_common(1)[0][0],
                full_name=max(surfaces, key=lambda surface: (len(surface), surface)) if len(surfaces) > 1 else "",
            )
        known = {alias for alias, _ in organization.aliases}
        new = tuple((surface, _origin(names, numbers, tokens, surface)) for surface in sorted(surfaces) if surface not in known and surface != organization.name)
        made[root] = replace(organization, aliases=organization.aliases + new)
    return [made[groups.root(number)] for number in range(len(names))]


def _origin(names: Sequence[Name], numbers: Sequence[int], tokens: Tokens, surface: str) -> str:
    bracket = any(names[number].method == "parenthesis" and _surface(tokens, names[number]) == surface for number in numbers)
    return "parenthesis" if bracket else "learned"


def _label(tokens: Tokens, surfaces: dict[str, Name]) -> str:
    """The usual short name: an acronym or brand if told, else head and body with the place by its usual name."""
    short = [surface for surface, name in surfaces.items() if name.method == "parenthesis" and name.head is None]
    if short:
        return min(short, key=lambda surface: (len(surface), surface))
    cores = []
    for name in surfaces.values():
        if name.head is None or name.head.follow in ("brand", "foreign"):
            cores.append(tokens.text[tokens.starts[name.core] : tokens.ends[name.core_end - 1]])
    if cores:
        return min(cores, key=lambda core: (len(core), core))
    surface, name = max(surfaces.items(), key=lambda entry: (len(entry[0]), entry[0]))
    head = name.head.short if name.head else ""
    return f"{head} {_places_named(tokens, name.core, name.last)}".strip()


def _places_named(tokens: Tokens, first: int, last: int) -> str:
    """The text of tokens [first, last) with a province named as usual: "tỉnh Cà Mau" -> "Cà Mau", "TPHCM" -> "TP.HCM"."""
    for at in range(first, last):
        size, place = place_at(tokens, at)
        if isinstance(place, Place) and at + size == last and place.kind == "province":
            before = at
            while before > first and texts.fold(tokens.words[before - 1]) in ("tinh", "thanh", "pho", "tp"):
                before -= 1
            head = tokens.text[tokens.starts[first] : tokens.ends[before - 1]] + " " if before > first else ""
            return head + place.name
    return tokens.text[tokens.starts[first] : tokens.ends[last - 1]]
