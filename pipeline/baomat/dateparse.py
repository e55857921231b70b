"""Text -> its expressions of time, in reading order; what belongs together becomes one, or lends its neighbour a part."""

from __future__ import annotations

from . import datechecks, dateexpressions, dategrammar, datetokens
from .dateexpressions import Expression
from .datetokens import Tokens

_ENDS_OF_RANGE = {"day", "bare_day", "month", "year", "bare_year", "quarter"}
_DAYS = {"day", "bare_day"}
_SAID_OF_A_DAY = {"same_day", "that_day"}  # "từ 22h ngày 7/6 đến 4h hôm sau"
_PARTS_OF_YEAR = {"month", "quarter", "half"}


def parse(text: str) -> list[Expression]:
    """Find the expressions of time of a text, in reading order, never overlapping."""
    tokens = datetokens.tokenize(text)
    found: list[Expression] = []
    for name, match in dategrammar.fits(tokens.symbols):
        for expression in dateexpressions.of_match(name, match, tokens):
            if tokens.at(expression.last, "SOME") and tokens.at(expression.last + 1, "năm"):
                _drop_set(expression, found, tokens)
            elif datechecks.is_time(expression, found, tokens):
                _join(expression, found, tokens)
    return found


def _drop_set(last: Expression, found: list[Expression], tokens: Tokens) -> None:
    """ "từ 1/1 đến 30/6 hằng năm" is a set, and its beginning no time either."""
    if found and found[-1].last == last.first - 1 and tokens.at(last.first - 1, "TO"):
        found.pop()


def _join(expression: Expression, found: list[Expression], tokens: Tokens) -> None:
    """Append to those found: as the end of a range ("từ A đến B"), lending to its neighbour what that leaves out, or alone."""
    previous = found[-1] if found else None
    if previous is not None and previous.until is None and 0 < expression.first - previous.last <= 2:
        if _ends_range(expression, previous, tokens):
            first = previous.first - tokens.at(previous.first - 1, "từ")
            found[-1] = dateexpressions.between(first, expression.last, "range", previous.parts, tokens)
            found[-1].until = expression
            return
        _lend(expression, previous, tokens)
    found.append(expression)


def _ends_range(expression: Expression, previous: Expression, tokens: Tokens) -> bool:
    if expression.first - previous.last != 1 or not tokens.at(previous.last, "TO"):
        return False
    if {previous.rule, expression.rule} <= _ENDS_OF_RANGE:
        return True
    return "clock" in expression.parts and previous.rule in _DAYS and expression.rule in _SAID_OF_A_DAY


def _lend(expression: Expression, previous: Expression, tokens: Tokens) -> None:
    """What the last of several says holds for the one before: its year, or to a clock time its day."""
    joined = tokens.at(expression.first - 1, "và")
    if not joined and not (tokens.at(expression.first - 1, "COMMA") and tokens.at(expression.first, "ANY")):
        return
    both = {previous.rule, expression.rule}
    missing = not {"year", "year_step", "step"} & previous.parts.keys()
    if missing and (both <= _DAYS or both <= _PARTS_OF_YEAR):  # "tháng 5 và tháng 6-2017", "tháng 6 và tháng 11 năm ngoái"
        previous.parts |= {part: expression.parts[part] for part in ("year", "year_step") if part in expression.parts}
    elif joined and previous.rule == "clock" and "clock" in expression.parts:
        previous.parts = {**expression.parts, **previous.parts}  # "6h13 và 6h40 ngày 9/12"
        previous.rule = expression.rule
