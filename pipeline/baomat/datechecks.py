"""What symbols alone cannot say: is this a time, or a score, a fraction, a length of time, a habit, a part of a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from . import lexicon
from . import text as texts
from .dateexpressions import Expression
from .datetokens import Tokens

_COMPETITION = re.compile(r"\b(?:cúp|cup|giải (?:hạng|vô địch|bóng|trẻ|u\d+))\b[^,.;:]*\Z")  # the year belongs to its name


def is_time(expression: Expression, before: Sequence[Expression], tokens: Tokens) -> bool:
    """Does an expression tell a time; ``before`` are those found before it."""
    match expression.rule:
        case "bare_day" | "bracket":
            return _is_day(expression, before, tokens)
        case "clock":
            return _is_clock(expression, tokens)
        case "weekday":
            return _is_weekday(expression, tokens)
        case "ago" | "ahead" | "offset":
            if tokens.at(expression.first - 1, "ANY WORD trong SOME những các"):  # "trong hai tuần trước"
                return False
            return not tokens.at(expression.last - 1, "sau") or _ends_here(expression, tokens)
        case "months":
            return expression.parts["from_month"] != expression.parts["month"]
        case "years":
            if tokens.at(expression.first, "YEAR") and _follows_a_name(tokens.text, expression.start):
                return False
            return (expression.number("from_year") or 0) < (expression.number("year") or 0)
        case "day" | "month" | "days":
            if tokens.at(expression.last - 1, "WORD") and _is_name(tokens.text, expression.start):
                return False
            month = expression.first + tokens.at(expression.first, "DAY")
            if tokens.at(month, "ENGLISH"):
                return tokens.text[tokens.starts[month]].isupper()  # not "ngành may 2018"
            return (expression.number("month") or 0) <= 12 and (expression.number("day") or 0) <= 31
    return True


# ---------------------------------------------------------------- days and clock times without a word of time
def _is_day(expression: Expression, before: Sequence[Expression], tokens: Tokens) -> bool:
    """A day and month with no word of time: not a score ("(6-3)"), a mark ("từ 5.5"), a fraction, a house, "24/7"."""
    day, month = expression.number("day") or 0, expression.number("month") or 0
    first, last = expression.first, expression.last
    every_year = tokens.at(first - 1, "HOLIDAY") and tokens.at(first - 2, "SOME")  # "mỗi dịp 8-3"
    if tokens.at(first - 1, "ANY") or (day, month) == (24, 7) or every_year:
        return False
    follows_a_day = bool(before) and before[-1].last == first - 1 and before[-1].rule in ("day", "bare_day", "days")
    if follows_a_day or tokens.at(first - 1, "HOLIDAY OF_DAY"):
        return True
    named = tokens.at(first - 1, "OTHER EVENT") and tokens.at(first - 2, "ngày")  # "ngày bầu cử 8/11", not "10 ngày ở mức 9-10"
    named = named and not tokens.at(first - 3, "ANY WORD SOME")
    if "/" not in expression.key:
        if expression.rule == "bracket":
            return tokens.at(first - 2, "DEICTIC SHORT WEEKDAY REL JUST TET HOLIDAY ngày đó ấy")
        closed = "-" in expression.key and tokens.at(last, "COMMA STOP CLOSE")
        if tokens.at(last, "UNIT"):
            return day > month  # not "từ 3-4 người"
        if "coming" in expression.parts:
            return day > 12 or closed  # "cuộc bầu cử 29-7 tới"
        surely = named or day > 9 or tokens.at(first - 2, "STOP") or tokens.at(first - 1, "VÀO") or closed
        return surely and not tokens.at(first - 1, "và COMMA DASH")
    if tokens.at(first - 1, "STOP") and tokens.at(last, "STOP COMMA"):  # "7/12: mở lại cổng hội chẩn"
        return True
    if day < month <= 10 and not tokens.at(last, "COMMA STOP CLOSE UNTIL"):
        return tokens.at(first - 1, "từ VÀO LÚC")  # else as likely a fraction: "tới 2/3 khách hàng"
    return named or day > month or tokens.at(first - 1, "AT từ UNTIL và OPEN")


def _is_clock(clock: Expression, tokens: Tokens) -> bool:
    """A clock time without a date: not a length of time ("trong 3 giờ"), not a habit ("7h mỗi ngày")."""
    first, last = clock.first, clock.last
    if tokens.at(first - 1, "trong SOME") or tokens.at(last, "SLASH"):
        return False
    if tokens.at(last, "SOME") and tokens.at(last + 1, "ngày hôm tuần tháng năm PART"):
        return False
    before = first - 2 if tokens.at(first - 1, "ABOUT") else first - 1
    if tokens.at(before, "LÚC") or tokens.at(first, "CLOCK") or {"to_clock", "part"} & clock.parts.keys():
        return True
    if tokens.at(before, "từ"):
        return tokens.at(last, "COMMA STOP CLOSE")
    return tokens.at(before, "STOP UNTIL") and (tokens.at(last, "COMMA") or _opens_a_clause(tokens.text, clock.end))


# ---------------------------------------------------------------- "hai ngày sau", "thứ ba"
def _ends_here(offset: Expression, tokens: Tokens) -> bool:
    """Does "hai ngày sau" end with itself, and not go on with what it counts from ("hai ngày sau vụ cướp")?"""
    begins = tokens.at(offset.first - 1, "STOP COMMA ABOUT")
    return tokens.at(offset.last, "COMMA STOP CLOSE") or (begins and _opens_a_clause(tokens.text, offset.end))


def _opens_a_clause(text: str, end: int) -> bool:
    """Does a word follow that begins a clause or its predicate ("hai ngày sau họ mới biết")."""
    return bool(_clause_words().match(texts.lower(text[end : end + 12])))


@cache
def _clause_words() -> re.Pattern[str]:
    rows = lexicon.read("date_clause", ("word",), unique=("word",))
    return re.compile(rf" (?:{lexicon.trie(row['word'] for row in rows)})(?!\w)")


def _is_weekday(expression: Expression, tokens: Tokens) -> bool:
    """Not a set ("các ngày thứ ba", "thứ hai đến thứ sáu"), not the third day of something ("ngày thứ ba")."""
    first, last = expression.first, expression.last
    if tokens.at(first - 1, "các những SOME") or tokens.at(last, "SOME WEEKDAY"):
        return False
    if any(tokens.at(at, "SOME") and tokens.at(at + 1, "tuần") for at in range(last, last + 5)):
        return False  # "20h thứ Bảy và Chủ nhật hằng tuần"
    if {"week_step", "part", "clock"} & expression.parts.keys() or tokens.at(last, "OPEN"):
        return True
    if {"coming", "step"} & expression.parts.keys() and tokens.at(first - 1, "STOP COMMA AT ABOUT từ UNTIL EDGE"):
        return True  # not "người thứ hai tới đây"
    if tokens.at(last, "UNTIL") or tokens.at(first - 1, "UNTIL") or tokens.at(last + 1, "WEEKDAY"):
        return False
    if tokens.at(first, "hôm") or (tokens.at(first, "ngày") and expression.parts["weekday"] == 7):
        return True
    name = re.search(r"(?:[Tt]hứ|[Cc]h[ủú]a?) *(\w)", tokens.text[expression.start : expression.end])
    return bool(name and name[1].isupper())


# ---------------------------------------------------------------- names
def _follows_a_name(text: str, start: int) -> bool:
    """Is the word before it part of a name ("V-League 2025-2026", "Phạm Văn Đồng (1906-2000)", "cúp quốc gia 2025-2026")."""
    before = text[max(0, start - 40) : start].rsplit("\n", 1)[-1].rstrip("( ")
    word = before[before.rfind(" ") + 1 :]
    return word[:1].isupper() or bool(_COMPETITION.search(texts.lower(before)))


def _is_name(text: str, start: int) -> bool:
    """Is it written as part of a name ("Công ty Hoa Tháng Năm")."""
    beside_a_word = start >= 2 and text[start - 1] == " " and text[start - 2].isalpha()
    return beside_a_word and text[start].isupper() and _follows_a_name(text, start)
