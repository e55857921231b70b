"""What the grammar finds, as expressions: where each stands, what it says, and nothing about which day that is.

A list ("các ngày 5, 7 và 9/6") becomes one expression for each of its members, or a range where they are counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .datetokens import Meaning, Tokens

_SHARED = ("month", "year", "year_step", "coming")  # what the last member of a list says for those before it
_MEMBERS = {"day": "DAY", "month": "MONTH", "year": "YEAR", "decade": "YEAR"}
_LAST_DAYS = {2: (28, 29), 4: (30,), 6: (30,), 9: (30,), 11: (30,)}  # of months that have no 31st


@dataclass(slots=True)
class Expression:
    """One expression ``[start, end)``: the rule that read it, its parts, and for a range its other end.

    ``[first, last)`` are its tokens, ``key`` is its text in lower case. ``tail`` is where it ends without a "tới" behind
    it, which may be another word ("chiều 4/1 tới Huế").
    """

    start: int
    end: int
    rule: str
    parts: dict[str, Meaning]
    first: int
    last: int
    key: str
    tail: int = 0
    until: Expression | None = None

    def number(self, part: str, default: int | None = None) -> int | None:
        """A part that is a number: the default where it is not said, None where it is said but is no number."""
        value = self.parts.get(part, default)
        return value if isinstance(value, int) else None


def between(first: int, last: int, rule: str, parts: dict[str, Meaning], tokens: Tokens) -> Expression:
    """The expression that is the tokens ``[first, last)``."""
    start, end = tokens.starts[first], tokens.ends[last - 1]
    return Expression(start, end, rule, parts, first, last, tokens.key[start:end])


def of_match(name: str, match: re.Match[str], tokens: Tokens) -> list[Expression]:
    """What a rule has found: one expression, or the members of a list."""
    first, last = match.span("span" if "span" in match.re.groupindex else 0)
    parts: dict[str, Meaning] = {}
    tail = 0
    for group, index in match.re.groupindex.items():
        at = match.start(index)
        if at < 0 or group == "span":
            continue
        part = group.rstrip("_")
        parts.setdefault(part, tokens.values[at])
        if part == "coming":
            tail = tokens.ends[at - 1]
    if parts.get("unit") == 5:  # "năm" is the year here, not the number five
        parts["unit"] = "year"
    whole = between(first, last, name, parts, tokens)
    whole.tail = tail
    if not name.endswith("_list"):
        return [whole]
    rule = whole.rule = name.removesuffix("_list")
    return _members(whole, match.start(rule) if rule in match.re.groupindex else last - 1, tokens)


# ---------------------------------------------------------------- lists
def _members(whole: Expression, last_value: int, tokens: Tokens) -> list[Expression]:
    """The members of a list; ``last_value`` is the token that tells the last day, month or year."""
    rule = whole.rule
    shared = {part: whole.parts[part] for part in _SHARED if part in whole.parts and rule in ("day", "month")}
    members, first = [], whole.first
    for at in range(whole.first, last_value + 1):
        if not tokens.at(at, _MEMBERS[rule]):
            continue
        member = between(first, at + 1 if at < last_value else whole.last, rule, {**shared, rule: tokens.values[at]}, tokens)
        members.append(member)
        if rule == "day" and at < last_value and tokens.at(at + 1, "PART"):
            member.parts |= _night_before(member, whole)
        first = at + 1
        while tokens.at(first, "COMMA và"):
            first += 1
    members[-1].tail = whole.tail
    if rule in ("day", "month") and _is_counted(whole, members, tokens):
        return [replace(whole, rule=f"{rule}s", parts={**members[-1].parts, f"from_{rule}": members[0].parts[rule]})]
    return members


def _night_before(night: Expression, morning: Expression) -> dict[str, Meaning]:
    """The month of the night in "đêm 31 rạng sáng 1/3", which is the one before; no month where that has no such last day."""
    month, year = morning.number("month") or 0, morning.number("year")
    if (night.number("day") or 0) < (morning.number("day") or 0):
        return {}
    if night.number("day") not in _LAST_DAYS.get(month - 1, (31,)):
        return {"month": None}
    return {"month": (month + 10) % 12 + 1, **({"year": year - 1} if month == 1 and year is not None else {})}


def _is_counted(whole: Expression, members: list[Expression], tokens: Tokens) -> bool:
    """Are the days or months of a list said to be so many, one after the other ("hai đêm 3 và 4/3", "các tối 5, 6 và 7-12")."""
    numbers = [member.number(whole.rule) or 0 for member in members]
    before = whole.first - 1
    if not all(tokens.at(member.first, "DAY MONTH") for member in members[1:]):  # "các ngày 5, ngày 6 và ngày 7/5"
        return False
    told = tokens.at(before, "các trong") or (tokens.at(before, "ANY WORD") and tokens.values[before] == len(members))
    return told and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
