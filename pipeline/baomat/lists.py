"""Airports, which are organizations only where they act, and bare names in a list behind the head noun of the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .orgwords import closed
from .surface import Name, Tokens


def _airport(tokens: Tokens, name: Name) -> tuple[bool, tuple[str, ...]]:
    """Whether a name is that of an airport, and its proper name (of anything else, the name)."""
    first = name.first + 2 if tokens.keys[name.first : name.first + 2] == ["sân", "bay"] else name.first
    named = first > name.first or (name.head is not None and name.head.head == "sân bay")
    return named, tuple(tokens.keys[first : name.last])


def acting(tokens: Tokens, names: list[Name]) -> list[Name]:
    """Without the airports that are only a place where something happens ("bị bắt tại sân bay JFK")."""
    there = {_airport(tokens, name)[1] for name in names if not name.first or tokens.keys[name.first - 1] not in closed("where")}
    return [name for name in names if not (airport := _airport(tokens, name))[0] or airport[1] in there]


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
