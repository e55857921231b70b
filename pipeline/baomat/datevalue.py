"""Parts + publication + what was told before -> the value of every expression of time; the room's entry point.

A value is as precise as the text allows and never more: what cannot be known stays empty, a day whose year cannot be
known is ``XXXX-06-04``. Expressions are read in order; "hôm qua" counts from the publication, "cùng ngày" from the last
day told. Where the publication is known to the day, nothing told later changes a value.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from . import dategrammar, lexicon, text as texts
from .dategrammar import Expression
from .schema import DateMention, Published

_NO_YEAR = 2001  # stands in for a year that is not known
_AHEAD = timedelta(days=7)  # announcements: "ngày 8/6" in an article of 5 June


class Day(NamedTuple):
    """A calendar day; ``yearless`` where only day and month are known."""

    when: date
    yearless: bool = False

    def __add__(self, days: int) -> Day | None:  # type: ignore[override]
        when = self.when + timedelta(days=days)
        if self.yearless and (when.year != _NO_YEAR or {self.when.month, when.month} == {2, 3}):
            return None  # a leap day or a turn of the year may lie between
        return Day(when, self.yearless)


class Value(NamedTuple):
    """An ISO 8601 value with its first and last day; all empty where it cannot be known."""

    iso: str = ""
    first: date | None = None
    last: date | None = None
    granularity: str = "day"
    day: Day | None = None


# ---------------------------------------------------------------- values
def _of_day(day: Day | None, clock: tuple[int, int | None] | None = None) -> Value:
    if day is None:
        return Value()
    if clock and clock[0] == 24:
        day, clock = day + 1, (0, clock[1])
        if day is None:
            return Value()
    iso = f"XXXX-{day.when:%m-%d}" if day.yearless else day.when.isoformat()
    known = None if day.yearless else day.when
    if clock is None:
        return Value(iso, known, known, "day", day)
    return Value(f"{iso}T{clock[0]:02d}:{clock[1] or 0:02d}", known, known, "hour" if clock[1] is None else "minute", day)


def _of_month(year: int | None, month: int) -> Value:
    if year is None:
        return Value(f"XXXX-{month:02d}", granularity="month")
    last = date(year, month, calendar.monthrange(year, month)[1])
    return Value(f"{year:04d}-{month:02d}", last.replace(day=1), last, "month")


def _of_year(year: int | None) -> Value:
    if year is None:
        return Value(granularity="year")
    return Value(f"{year:04d}", date(year, 1, 1), date(year, 12, 31), "year")


def _of_quarter(year: int | None, quarter: int) -> Value:
    if year is None:
        return Value(f"XXXX-Q{quarter}", granularity="quarter")
    return Value(f"{year:04d}-Q{quarter}", _of_month(year, 3 * quarter - 2).first, _of_month(year, 3 * quarter).last, "quarter")


def _of_week(day: Day | None) -> Value:
    if day is None or day.yearless:
        return Value(granularity="week")
    monday = day.when - timedelta(days=day.when.weekday())
    year, week, _ = monday.isocalendar()
    return Value(f"{year:04d}-W{week:02d}", monday, monday + timedelta(days=6), "week")


def _of_range(first: Value, last: Value, granularity: str = "range") -> Value:
    if not first.iso or not last.iso:
        return Value(granularity=granularity)
    return Value(f"{first.iso}/{last.iso}", first.first, last.last, granularity, last.day)


# ---------------------------------------------------------------- what is known while reading
@dataclass(slots=True)
class Reading:
    """What is known at one place of the article: the publication, and what was told before."""

    text: str
    today: Day | None = None  # the day of publication
    minute: datetime | None = None  # and its minute
    month: tuple[int, int] | None = None  # (year, month) of publication
    year: int | None = None
    latest: date | None = None  # the last day that can be the publication
    anchor: Value = Value()  # the last day told
    told_year: int | None = None  # a year told in this line
    told_line: int = -1
    forward: bool = False  # the clause speaks of what is to come


def _reading(text: str, published: Published | None) -> Reading:
    reading = Reading(text)
    if published:
        reading.year, reading.latest = published.first_day.year, published.last_day
        if published.granularity != "year":
            reading.month = (published.first_day.year, published.first_day.month)
        if published.granularity in ("day", "minute"):
            reading.today = Day(published.first_day)
        if published.granularity == "minute":
            reading.minute = datetime.fromisoformat(published.value)
    return reading


# ---------------------------------------------------------------- the year that is not said
def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(expression: Expression, reading: Reading, month: int, day: int = 1) -> int | None:
    """The year of a month or day: said, told just before, or the latest that the publication allows."""
    parts = expression.parts
    if isinstance(year := parts.get("year"), int):
        return year if year > 99 else year + (2000 if year <= 50 else 1900)
    if isinstance(step := parts.get("year_step"), int):
        return None if reading.year is None else reading.year + step
    if reading.told_year is not None and not parts.get("coming"):
        return reading.told_year
    if reading.latest is None:
        return None
    whole_month = "day" not in parts
    limit = reading.latest + _AHEAD if reading.month else reading.latest
    years = [year for year in range(limit.year + 1, limit.year - 9, -1) if _valid(year, month, day)]
    past = next((year for year in years if date(year, month, day) <= limit), None)
    if past is None:
        return None
    future = next((year for year in reversed(years) if year > past), None)
    if isinstance(weekday := parts.get("weekday"), int) and not whole_month:
        for year in (past, future, past - 1):
            if year and (when := _valid(year, month, day)) and when.isoweekday() == weekday:
                return year
    if future and (parts.get("coming") or reading.forward):
        now = reading.today.when if reading.today and not reading.today.yearless else reading.latest
        behind = now - (_of_month(past, month).last or now if whole_month else date(past, month, day))
        ahead = date(future, month, day) - now
        if behind > timedelta(0) and (parts.get("coming") or ahead < behind):
            return future
    return past


def _day_of(expression: Expression, reading: Reading) -> Day | None:
    """The day that the parts day and month name."""
    parts = expression.parts
    day, month = parts.get("day"), parts.get("month")
    if not isinstance(day, int) or not isinstance(month, int) or not 1 <= month <= 12:
        return None
    year = _year(expression, reading, month, day)
    when = _valid(year or (2000 if (day, month) == (29, 2) else _NO_YEAR), month, day)
    return when and Day(when, year is None)


def _clock(expression: Expression, name: str = "clock") -> tuple[int, int | None] | None:
    """The clock time, with the part of day worked in: "3h chiều" is 15:00."""
    clock = expression.parts.get(name)
    if not isinstance(clock, tuple):
        return None
    hour, minute = clock
    part = expression.parts.get("part")
    if (part in ("chiều", "tối") and hour < 12) or (part == "trưa" and hour in (1, 2)) or (part == "đêm" and 6 <= hour < 12):
        hour += 12
    elif part == "đêm" and hour == 12:
        hour = 24
    return hour, minute


def _with_clock(expression: Expression, day: Day | None) -> Value:
    start, end = _clock(expression), _clock(expression, "to_clock")
    if day is None or start is None or end is None:
        return _of_day(day, start)
    before = day + -1 if (end[0], end[1] or 0) < (start[0], start[1] or 0) else day
    return _of_range(_of_day(before, start), _of_day(day, end))


# ---------------------------------------------------------------- one function for each kind of rule
def _day(expression: Expression, reading: Reading) -> Value:
    return _with_clock(expression, _day_of(expression, reading))


def _deictic(expression: Expression, reading: Reading) -> Value:
    return _with_clock(expression, _shift(reading.today, expression.parts.get("step")))


def _same_day(expression: Expression, reading: Reading) -> Value:
    return _with_clock(expression, _shift(reading.anchor.day, expression.parts.get("step") or 0))


def _shift(day: Day | None, step: object) -> Day | None:
    return day + step if day is not None and isinstance(step, int) else None


def _weekday(expression: Expression, reading: Reading) -> Value:
    parts, today = expression.parts, reading.today
    weekday = parts["weekday"]
    if today is None or today.yearless or not isinstance(weekday, int):
        return Value()
    if isinstance(step := parts.get("week_step"), int):
        shift = 7 * step + weekday - today.when.isoweekday()
    else:
        shift = -((today.when.isoweekday() - weekday) % 7)
        if parts.get("coming") or parts.get("step") == 1:
            shift += 7
    return _with_clock(expression, today + shift)


def _clock_alone(expression: Expression, reading: Reading) -> Value:
    return _with_clock(expression, reading.anchor.day)


def _days(expression: Expression, reading: Reading) -> Value:
    last = _day_of(expression, reading)
    from_day = expression.parts["from_day"]
    if last is None or not isinstance(from_day, int):
        return Value(granularity="range")
    year, month = last.when.year, last.when.month
    if from_day > last.when.day:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    first = _valid(year, month, from_day)
    if first is None or (last.yearless and year != last.when.year):
        return Value(granularity="range")
    return _of_range(_of_day(Day(first, last.yearless)), _of_day(last))


def _month(expression: Expression, reading: Reading) -> Value:
    parts = expression.parts
    month = parts.get("month")
    if month is None:  # "tháng trước", "đầu tháng"
        step = parts.get("step") or 0
        if reading.month is None or not isinstance(step, int):
            return Value(granularity="month")
        year, index = divmod(reading.month[0] * 12 + reading.month[1] - 1 + step, 12)
        return _of_month(year, index + 1)
    if not isinstance(month, int) or not 1 <= month <= 12:
        return Value(granularity="month")
    if parts.get("step") == 1:
        parts["coming"] = 1
    return _of_month(_year(expression, reading, month), month)


def _months(expression: Expression, reading: Reading) -> Value:
    first, month = expression.parts["from_month"], expression.parts["month"]
    if not isinstance(month, int) or not isinstance(first, int):
        return Value(granularity="range")
    year = _year(expression, reading, month)
    before = year if first <= month or year is None else year - 1
    return _of_range(_of_month(before, first), _of_month(year, month))


def _years(expression: Expression, reading: Reading) -> Value:
    first, last = expression.parts["from_year"], expression.parts["year"]
    assert isinstance(first, int) and isinstance(last, int)
    return _of_range(_of_year(first), _of_year(last))


def _plain_year(expression: Expression, reading: Reading) -> Value:
    return _of_year(_said_year(expression, reading))


def _said_year(expression: Expression, reading: Reading) -> int | None:
    """The year said, or the publication's with the step said ("năm ngoái")."""
    parts = expression.parts
    if isinstance(year := parts.get("year"), int):
        return year
    step = parts.get("year_step", parts.get("step", 0))
    return reading.year + step if reading.year is not None and isinstance(step, int) else None


def _decade(expression: Expression, reading: Reading) -> Value:
    decade = expression.parts["decade"]
    if not isinstance(decade, int):
        return Value(granularity="range")
    decade += 1900 if decade < 100 else 0
    return _of_range(_of_year(decade), _of_year(decade + 9)) if decade % 10 == 0 else _of_year(decade)


def _half(expression: Expression, reading: Reading) -> Value:
    """ "6 tháng đầu năm 2024", "nửa cuối năm", "3 quý đầu năm"."""
    parts, year = expression.parts, _said_year(expression, reading)
    count = parts.get("count", 6)
    if year is None or not isinstance(count, int):
        return Value(granularity="half")
    count *= 3 if "quarters" in parts else 1
    if not 1 <= count <= 11:
        return Value(granularity="range")
    first, last = (1, count) if parts["edge"] == "đầu" else (13 - count, 12)
    return _of_range(_of_month(year, first), _of_month(year, last), "half" if count == 6 else "range")


def _quarter(expression: Expression, reading: Reading) -> Value:
    parts = expression.parts
    quarter = {"đầu": 1, "cuối": 4}.get(str(parts.get("edge"))) or parts.get("quarter")
    if quarter is None:  # "quý trước"
        if reading.month is None or not isinstance(step := parts.get("step"), int):
            return Value(granularity="quarter")
        year, index = divmod(reading.month[0] * 4 + (reading.month[1] - 1) // 3 + step, 4)
        return _of_quarter(year, index + 1)
    if not isinstance(quarter, int) or not 1 <= quarter <= 4:
        return Value(granularity="quarter")
    if "edge" in parts:
        return _of_quarter(_said_year(expression, reading), quarter)
    if parts.get("step") == 1:
        parts["coming"] = 1
    return _of_quarter(_year(expression, reading, 3 * quarter - 2), quarter)


def _week(expression: Expression, reading: Reading) -> Value:
    step = expression.parts.get("step", 0)
    return _of_week(reading.today + 7 * step if reading.today and isinstance(step, int) else None)


def _from(expression: Expression, reading: Reading, anchor: Day | None, sign: int) -> Value:
    """So many days, weeks, months, years before or after a day."""
    parts = expression.parts
    count, unit = parts.get("count"), parts.get("unit")
    if not isinstance(count, int) or anchor is None:
        return Value(granularity=str(unit or "hour"))
    if unit == "day":
        return _of_day(anchor + sign * count)
    if unit == "week":
        return _of_week(anchor + sign * 7 * count)
    if anchor.yearless:
        return Value(granularity=str(unit))
    if unit == "month":
        year, index = divmod(anchor.when.year * 12 + anchor.when.month - 1 + sign * count, 12)
        return _of_month(year, index + 1)
    return _of_year(anchor.when.year + sign * count) if unit == "year" else Value(granularity=str(unit))


def _hours_from(moment: datetime | None, hours: object, sign: int) -> Value:
    if moment is None or not isinstance(hours, tuple):
        return Value(granularity="hour")
    moment += sign * timedelta(hours=hours[0], minutes=hours[1] or 0)
    return _of_day(Day(moment.date()), (moment.hour, moment.minute))


def _ago(expression: Expression, reading: Reading) -> Value:
    sign = 1 if expression.rule == "ahead" else -1
    if "hours" in expression.parts:
        return _hours_from(reading.minute, expression.parts["hours"], sign)
    anchor = reading.today
    if anchor is None and reading.month and expression.parts["unit"] in ("month", "year"):
        anchor = Day(date(*reading.month, 1))
    if anchor is None and reading.year and expression.parts["unit"] == "year":
        anchor = Day(date(reading.year, 1, 1))
    return _from(expression, reading, anchor, sign)


def _offset(expression: Expression, reading: Reading) -> Value:
    step = expression.parts["step"]
    sign = step if isinstance(step, int) else 0
    if "hours" in expression.parts:
        known = reading.anchor.day and not reading.anchor.day.yearless and "T" in reading.anchor.iso
        return _hours_from(datetime.fromisoformat(reading.anchor.iso) if known else None, expression.parts["hours"], sign)
    return _from(expression, reading, reading.anchor.day, sign)


def _nothing(expression: Expression, reading: Reading) -> Value:
    return Value()


_BY_RULE: dict[str, tuple[Callable[[Expression, Reading], Value], str]] = {
    "day": (_day, "absolute"),
    "bare_day": (_day, "absolute"),
    "bracket": (_day, "absolute"),
    "deictic_date": (_day, "absolute"),
    "days": (_days, "absolute"),
    "month": (_month, "absolute"),
    "months": (_months, "absolute"),
    "quarter": (_quarter, "absolute"),
    "half": (_half, "absolute"),
    "year": (_plain_year, "absolute"),
    "bare_year": (_plain_year, "absolute"),
    "years": (_years, "absolute"),
    "decade": (_decade, "absolute"),
    "season": (_nothing, "absolute"),
    "lunar": (_nothing, "absolute"),
    "deictic": (_deictic, "relative"),
    "weekday": (_weekday, "relative"),
    "week": (_week, "relative"),
    "ago": (_ago, "relative"),
    "ahead": (_ago, "relative"),
    "same_day": (_same_day, "anaphoric"),
    "next_day": (_same_day, "anaphoric"),
    "clock": (_clock_alone, "anaphoric"),
    "offset": (_offset, "anaphoric"),
}


# ---------------------------------------------------------------- the room
def find(text: str, *, sentences: Sequence[tuple[int, int]], published: Published | None) -> list[DateMention]:
    """Find the expressions of time of an article and say which time they mean.

    Parameters
    ----------
    text
        The article (title, blank line, body), NFC.
    sentences
        The sentences, [start, end) each, in order.
    published
        When it was published, as precisely as that is known.

    Returns
    -------
    list of DateMention
        In reading order, never overlapping; an unknown value is empty.
    """
    expressions = dategrammar.parse(text)
    if not expressions:
        return []
    reading = _reading(text, published)
    if reading.today is None:
        _reveal(expressions, reading)
    starts = [start for start, _ in sentences]
    mentions = []
    for number, expression in enumerate(expressions):
        sentence = max(bisect_right(starts, expression.start) - 1, 0)
        _look_around(expression, reading, starts[sentence] if starts else 0)
        value, kind = _resolve(expression, reading)
        value = _printed(expressions, number, reading) or value
        if expression.rule == "clock" and not value.iso:
            continue
        end = expression.end
        if expression.tail and not _is_ahead(value, reading):
            end = expression.tail
        mentions.append(DateMention(expression.start, end, text[expression.start : end], sentence, value.iso, value.first, value.last, value.granularity, kind, expression.rule))
        _remember(expression, value, reading)
    return mentions


def _resolve(expression: Expression, reading: Reading) -> tuple[Value, str]:
    if expression.until is not None:
        return _resolve_range(expression, reading)
    value_of, kind = _BY_RULE[expression.rule]
    if kind == "absolute" and ("year_step" in expression.parts or ("step" in expression.parts and "month" not in expression.parts)):
        kind = "relative"
    return value_of(expression, reading), kind


def _resolve_range(expression: Expression, reading: Reading) -> tuple[Value, str]:
    """ "từ A đến B": what one end leaves out, the other lends."""
    end = expression.until
    assert end is not None
    start = Expression(expression.start, expression.end, end.rule if "day" not in expression.parts else "day", dict(expression.parts), 0, 0)
    start.rule = next(rule for rule in ("day", "month", "quarter", "year") if rule in start.parts or rule == "year")
    last, kind = _resolve(end, reading)
    if "year" not in start.parts and "year" in end.parts and start.rule != "year":
        start.parts["year"] = end.parts["year"]
        first, _ = _resolve(start, reading)
        if first.first and last.first and first.first > last.first:
            start.parts["year"] = last.first.year - 1
    first, first_kind = _resolve(start, reading)
    if first.first and last.last and last.last < first.first and "year" not in end.parts:
        end.parts["year"] = first.first.year + (0 if end.parts.get("month", 12) >= start.parts.get("month", 1) else 1)  # type: ignore[operator]
        last, kind = _resolve(end, reading)
    return _of_range(first, last), first_kind if first_kind == kind else "relative"


def _printed(expressions: Sequence[Expression], number: int, reading: Reading) -> Value | None:
    """The date printed in brackets behind "hôm nay" or a weekday: it says the same day, and surely."""
    expression = expressions[number]
    following = expressions[number + 1] if number + 1 < len(expressions) else None
    if expression.rule not in ("deictic", "weekday") or following is None or following.rule not in ("bracket", "day"):
        return None
    if reading.text[expression.end : following.start].strip() != "(":
        return None
    if "weekday" in expression.parts:
        following.parts.setdefault("weekday", expression.parts["weekday"])
    return _with_clock(expression, _day_of(following, reading))


@cache
def _forward_words() -> re.Pattern[str]:
    words = (row["word"] for row in lexicon.read("date_forward", ("word",), unique=("word",)))
    return re.compile(rf"(?<!\w)(?:{lexicon.trie(words)})(?!\w)")


def _look_around(expression: Expression, reading: Reading, sentence_start: int) -> None:
    """Does the sentence speak of what is to come; is the year told in this line still the one meant."""
    before = texts.lower(reading.text[max(sentence_start, expression.start - 120) : expression.start])
    reading.forward = _forward_words().search(before) is not None
    if reading.told_year is not None and "\n" in reading.text[reading.told_line : expression.start]:
        reading.told_year = None


def _remember(expression: Expression, value: Value, reading: Reading) -> None:
    if value.day is not None:
        reading.anchor = value
    if _lends_year(expression, reading) and value.iso[:4].isdigit():
        reading.told_year, reading.told_line = int(value.iso[:4]), expression.start
    elif expression.rule in ("deictic", "deictic_date", "week") or "step" in expression.parts or "year_step" in expression.parts:
        reading.told_year = None


def _lends_year(expression: Expression, reading: Reading) -> bool:
    """A full date, or "Năm 2014, ..." where a sentence begins, tells the year of what follows in the line."""
    if not isinstance(expression.parts.get("year"), int):
        return False
    if expression.rule == "year":
        return expression.start == 0 or reading.text[: expression.start].rstrip(" ")[-1:] in ("", "\n", ".", "!", "?", ";")
    return expression.rule in ("day", "bare_day", "days")


def _is_ahead(value: Value, reading: Reading) -> bool:
    return value.last is not None and reading.latest is not None and value.last >= reading.latest


def _reveal(expressions: Sequence[Expression], reading: Reading) -> None:
    """Where the publication is not known to the day: the date printed beside "hôm nay", else the latest day told."""
    for number, expression in enumerate(expressions):
        step = expression.parts.get("step")
        if expression.rule == "deictic_date":
            value = _day(expression, reading)
        elif expression.rule == "deictic":
            value = _printed(expressions, number, reading) or Value()
        else:
            continue
        if value.day is not None and isinstance(step, int):
            reading.today = value.day + -step
            break
    if reading.today is None and reading.month:
        days = [
            day.when
            for expression in expressions
            if expression.rule in ("day", "bare_day") and not expression.parts.get("coming") and (day := _day_of(expression, reading))
        ]
        inside = [when for when in days if (when.year, when.month) == reading.month]
        reading.today = Day(max(inside)) if inside else None
    if reading.today and not reading.today.yearless and reading.latest is None:
        when = reading.today.when
        reading.latest, reading.year, reading.month = when, when.year, (when.year, when.month)


@Language.component("baomat_dates")
def dates(doc: Doc) -> Doc:
    """Write ``doc._.dates``; reads ``doc._.sentences`` and ``doc._.published``."""
    doc._.dates = find(doc.text, sentences=doc._.sentences, published=doc._.published)
    return doc
