"""Airports, which are organizations only where they act, and bare names in a list behind the head noun of the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import cues
from .orgwords import closed
from .surface import Name, Tokens

_POSTS = frozenset(("title", "org", "quote", "source", "actor"))  # wording before an airport that acts


def _airport(tokens: Tokens, name: Name) -> tuple[bool, tuple[str, ...]]:
    """Whether a name is that of an airport, and its proper name (of anything else, the name)."""
    first = name.first + 2 if tokens.keys[name.first : name.first + 2] == ["sân", "bay"] else name.first
    known = tokens.lexicon.organizations[name.org_ids[0]].name if name.org_ids else ""
    bare = known.startswith("Sân bay") and tokens.keys[name.first] != "cảng"
    named = first > name.first or (name.head is not None and name.head.head == "sân bay") or bare
    return named, tuple(tokens.keys[first : name.last])


def acting(tokens: Tokens, names: list[Name], *, strict: bool = False) -> list[Name]:
    """Without the airports that are only a place where something happens ("bị bắt tại sân bay JFK").

    Parameters
    ----------
    strict
        Ask for wording that an organization has, where airports are places as a rule.
    """
    airports = {id(name): airport[1] for name in names if (airport := _airport(tokens, name))[0]}
    act: dict[int, bool] = {}
    before: Name | None = None
    for name in names:
        listed_with = before if before is not None and cues.next_in_list(tokens, before, name) else None
        if listed_with is not None and name.method == "learned:list" and id(listed_with) in airports:
            airports[id(name)] = _airport(tokens, name)[1]
        if id(name) in airports:
            inherited = listed_with is not None and act.get(id(listed_with), False)
            act[id(name)] = inherited or _may_act(tokens, name, strict=strict)
        before = name
    there = {airports[name] for name, acts in act.items() if acts}
    return [name for name in names if id(name) not in airports or airports[id(name)] in there]


def _may_act(tokens: Tokens, name: Name, *, strict: bool) -> bool:
    if name.first and tokens.keys[name.first - 1] in closed("where"):
        return False
    left, right = cues.left_senses(tokens, name.first), cues.right_senses(tokens, name.last)
    return not strict or tokens.initial(name.first) or "actor" in right or not left.isdisjoint(_POSTS)


def listed(tokens: Tokens, names: Sequence[Name]) -> Iterator[Name]:
    """Bare names after a head that covers a list: "sân bay Nội Bài, Tân Sơn Nhất", "hãng Telefónica, MegaFon và FedEx"."""
    taken = {at for name in names for at in range(name.first, name.last)}
    for name in names:
        airport, last = _airport(tokens, name)[0], name.last
        if not airport and (name.head is None or "list" not in name.head.flags):
            continue
        while last < tokens.size:
            first = last + 1 if tokens.keys[last] in closed("or") else last
            _, place = tokens.place(first)
            goes_on = first > last or tokens.gaps[last - 1] == ", "
            if not goes_on or first >= tokens.size or not tokens.caps[first] or first in taken:
                break
            end = first + 1
            while tokens.capital(end):
                end += 1
            one_foreign = end == first + 1 and tokens.foreign(first) and _list_goes_on(tokens, end)
            town = airport and (end - first > 1 or place is not None)
            if (place is not None and place.kind != "area") or not (one_foreign or town):
                break
            taken.update(range(first, end))
            yield Name(first, end, "learned:list", 0.8, name.org_type, first, end, name.head if airport else None)
            last = end


def _list_goes_on(tokens: Tokens, at: int) -> bool:
    return at < tokens.size and (tokens.keys[at] in closed("or") or (tokens.gaps[at - 1] == ", " and tokens.caps[at]))
