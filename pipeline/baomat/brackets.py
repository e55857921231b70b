"""Brackets: "Cục An toàn thông tin (Cục ATTT)", "cảnh sát điều tra liên bang Đức (BKA)", "X (viết tắt là Y)".

A bracket shows names that nothing else does, the acronym inside and the long form before it, and that the two are one.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from . import text as texts
from .orgwords import Head, closed
from .surface import Name, Tokens

_PREFIX = (
    r"(?:(?:sau đây )?(?:viết|gọi) tắt(?: là|:)?|tên (?:viết tắt|tiếng Anh|gọi khác)(?: là|:)?|hay|tức"
    r"|còn (?:được )?(?:gọi|biết)(?: đến)?(?: với)?(?: cái)?(?: tên)?(?: gọi)?(?: khác)?(?: là)?)?"
)
_BRACKET = re.compile(r"\(" + _PREFIX + r"\s*[\"“']?([^()\n,;:\"“”]{2,60})")
_CALLED_AT_ALL = "tắt là"
_CALLED = re.compile(r"(?:, ?| )(?:sau đây )?(?:viết|gọi) tắt là [\"“']?([^()\n,;:.\"“” ][^()\n,;:.\"“”]{1,40})")
_BEFORE = re.compile(r"[ \"”']{0,3}")  # between the long form and the bracket
_ACRONYM = re.compile(r"[A-ZĐ][A-ZĐa-z0-9]*(?:[&./\- ]+[A-ZĐ0-9][A-ZĐa-z0-9]*){0,3}\Z")
_LONGEST = 14  # tokens of a long form


def initials(acronym: str, keys: Sequence[str]) -> bool:
    """Whether the letters of an acronym begin these words, in order, the first word included; words may be left out."""
    letters = texts.fold(acronym).replace(" ", "")
    rest = iter([texts.fold(key)[:1] for key in keys])
    return bool(letters) and letters[0] == texts.fold(keys[0])[:1] and all(letter in rest for letter in letters)


def read(tokens: Tokens, names: list[Name]) -> list[tuple[Name, Name]]:
    """Add the names that only a bracket shows to ``names`` (kept in order); return the pairs that may be one organization."""
    pairs = []
    for pattern in (_BRACKET, _CALLED) if _CALLED_AT_ALL in tokens.text else (_BRACKET,):
        for match in pattern.finditer(tokens.text):
            content = match[1].rstrip(" '")
            inner = _inside(tokens, match.start(1), match.start(1) + len(content))
            if tokens.text[match.end(1) : match.end(1) + 1] == ":":
                continue  # "(HoSE: FPT)": where a share is listed
            before = bisect_right(tokens.ends, match.start())
            if inner and before and _BEFORE.fullmatch(tokens.text, tokens.ends[before - 1], match.start()):
                pair = _pair(tokens, names, before, inner, content)
                if pair is not None:
                    pairs.append(pair)
    return pairs


def _inside(tokens: Tokens, start: int, end: int) -> range:
    first = tokens.starting(start)
    if first is None:
        return range(0)
    last = first
    while last < tokens.size and tokens.ends[last] <= end:
        last += 1
    return range(first, last)


def _pair(tokens: Tokens, names: list[Name], before: int, inner: range, content: str) -> tuple[Name, Name] | None:
    """The name that ends before token ``before`` and the one that begins the bracket, either of them new if need be."""
    place = bisect_left(names, before, key=lambda name: name.first)
    left = names[place - 1] if place and names[place - 1].last == before else None
    right = names[place] if place < len(names) and names[place].first == inner.start else None
    if left is None and (right is None or (right.last == inner.stop and len(inner) == 1)):
        left = _long_form(tokens, before, inner)
        if left is not None and not _insert(names, left):
            left = None
    if left is None:
        return None
    if right is None and _nameable(tokens, left, inner, content):
        right = Name(inner.start, inner.stop, "parenthesis", 0.85, left.org_type, inner.start, inner.stop)
        if not _insert(names, right):
            return None
    return (left, right) if right is not None else None


def _nameable(tokens: Tokens, left: Name, inner: range, content: str) -> bool:
    """Whether a bracket behind a name holds another name of it."""
    if not _ACRONYM.match(content) or tokens.generic(inner.start, inner.stop):
        return False
    if tokens.place(inner.start)[0] or tokens.head(inner.start)[0] or tokens.word(inner.start) == len(inner):
        return False  # "Sở Giao thông vận tải (GTVT)": the field alone
    if "level" in tokens.kinds(inner.start)[1]:
        return False  # "(TP Nha Trang)": where it is
    if left.head is None and left.last - left.first == 1 and tokens.words[left.first].isupper():
        return False  # "IATA (IOSA)": a thing of theirs
    if tokens.text[tokens.ends[inner.stop - 1] :].lstrip(" ")[:1] == "-" or not any(map(str.isalpha, content)):
        return False
    acronym = sum(map(str.isupper, content)) > 1
    foreign = any(tokens.foreign(step) for step in inner) and (left.head is None or left.head.follow == "brand")
    return foreign or (acronym and (content.isupper() or any(tokens.foreign(step) for step in inner)))


def _long_form(tokens: Tokens, before: int, inner: range) -> Name | None:
    """The long form before "(ABC)" that the grammar did not take for a name: back to the nearest head noun.

    The lexicon must know the acronym, or its letters must be initials of the long form, in order. Without a head noun
    every word must give its initial: "Thế giới di động (TGDĐ)".
    """
    acronym = "".join(tokens.words[inner.start : inner.stop])
    if not acronym.isupper() or len(acronym) < 2 or tokens.generic(inner.start, inner.stop):
        return None
    known = tokens.known(inner.start)[0] == len(inner)
    for first in range(before - 1, max(before - 1 - _LONGEST, -1), -1):
        if first < before - 1 and tokens.gaps[first] not in (" ", "-", " - ", "/", "'", ", "):
            return None
        if tokens.keys[first] in closed("clause"):
            return None
        size, head = tokens.head(first)
        if head is not None and first + size < before and _spelled_out(head):
            if "field" in head.flags and not tokens.word(first + size):
                return None  # "bộ sưu tập (BST)"
            if tokens.generic(first, before) or not (known or initials(acronym, tokens.keys[first:before])):
                return None
            return Name(first, before, "parenthesis", 0.7, head.org_type, first + size, before, head)
        spelled = 2 < len(acronym) == before - first and tokens.caps[first] and not tokens.initial(first)
        spelled = spelled and "event" not in tokens.kinds(before - 1)[1]  # "Volleyball Nations League (VNL)"
        if spelled and initials(acronym, tokens.keys[first:before]):
            return Name(first, before, "parenthesis", 0.6, "company", first, before)
    return None


def _spelled_out(head: Head) -> bool:
    """Whether a long form may begin with this head: it belongs to the name, or is as wide as "cơ quan"."""
    return head.follow != "brand" and (head.lower in ("keep", "no") or head.head == "cơ quan")


def _insert(names: list[Name], name: Name) -> bool:
    """Put a name in its place, unless it overlaps another."""
    place = bisect_left(names, name.first, key=lambda entry: entry.first)
    if (place and names[place - 1].last > name.first) or (place < len(names) and names[place].first < name.last):
        return False
    names.insert(place, name)
    return True
