"""Parts + publication + what was told before -> the value of every expression of time; the room's entry point.

A value is as precise as the text allows and never more. Expressions are read in order: "hôm qua" counts from the
publication, "cùng ngày" from the last day told. Where the publication is known to the day, nothing told later changes a
value.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from spacy.language import Language
from spacy.tokens import Doc

from . import dategrammar, datereading
from .dategrammar import Expression
from .datereading import Reading, day_of, outlook, year_of
from .isovalue import Clock, Day, Value, of_day, of_month, of_quarter, of_range, of_week, of_year, shifted_month, valid_day
from .layers import text_of
from .published import english
from .schema import DateMention, Published

_BESIDE = 250  # and "năm trước đó" to what was told so near
_HUNG_KINGS = (10, 3)  # "mùng 10/3" is the festival's lunar day
_REACH = 2500  # a clock time alone, or "ba năm sau", refers to what was told at most so many characters before


def find(text: str, *, sentences: Sequence[tuple[int, int]], published: Published | None) -> list[DateMention]:
    """Find the expressions of time of an article and say which time they mean.

    Parameters
    ----------
    text
        The article (title, blank line, body), NFC.
    sentences
        Its sentences, [start, end) each, in order.
    published
        When it was published, as precisely as that is known.

    Returns
    -------
    list of DateMention
        In reading order, never overlapping; the value is empty where it cannot be known.
    """
    expressions = _with_leftovers(text, dategrammar.parse(text))
    if not expressions:
        return []
    starts = [start for start, _ in sentences] or [0]
    numbers = [max(bisect_right(starts, expression.start) - 1, 0) for expression in expressions]
    reading = datereading.begin(text, published)
    if reading.today is None:
        datereading.reveal(expressions, [starts[number] for number in numbers], reading)
    mentions = []
    for expression, following, number in zip(expressions, [*expressions[1:], None], numbers, strict=True):
        datereading.look_around(expression, reading, starts[number])
        value, kind = _resolve(expression, reading)
        if day := datereading.printed_day(expression, following, reading):
            value = _at_clock(expression, day)
        if _counts(expression, value, reading):
            end = _end(expression, value, reading)
            mentions.append(
                DateMention(
                    start=expression.start,
                    end=end,
                    text=text[expression.start : end],
                    sentence=number,
                    value=value.iso,
                    first_day=value.first,
                    last_day=value.last,
                    granularity=value.granularity,
                    kind=kind,
                    method=expression.rule,
                )
            )
            datereading.remember(expression, value, reading)
    return mentions


_MONTHS = "January February March April May June July August September October November December".split()
_ENGLISH = re.compile(
    r"(?<![\w/.-])(?:(?:\d{1,2} )?(?:MONTH) \d{4}|(?:MONTH) \d{1,2}, \d{4})(?![\w/-]|\.\w)".replace("MONTH", "|".join(_MONTHS))
)


def _with_leftovers(text: str, expressions: list[Expression]) -> list[Expression]:
    """Add the dates in English ("June 4, 2024"), which the grammar does not know; dateparser reads them."""
    if not any(month in text for month in _MONTHS):
        return expressions
    added = [
        Expression(*match.span(), "english", {**parts}, key=match[0].lower())
        for match in _ENGLISH.finditer(text)
        if (parts := english(match[0]))
    ]
    kept: list[Expression] = []
    for one in sorted([*added, *expressions], key=lambda one: one.start):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _counts(expression: Expression, value: Value, reading: Reading) -> bool:
    """A reference to a day told before counts only where one was."""
    if expression.rule in ("clock", "offset", "same_period"):
        return bool(value.iso)
    return expression.rule != "that_day" or bool(value.iso) or reading.anchor_end > 0


def _end(expression: Expression, value: Value, reading: Reading) -> int:
    """Where the expression ends: a "tới" belongs to it only if the time is still to come."""
    if not expression.tail:
        return expression.end
    if reading.latest is None:
        ahead = not reading.text[expression.end : expression.end + 2].strip()[:1].isalnum()
    else:
        ahead = value.last is not None and value.last >= reading.latest
    return expression.end if ahead else expression.tail


def _resolve(expression: Expression, reading: Reading) -> tuple[Value, str]:
    """The value of an expression, and what it counts from: nothing (absolute), the publication, a day told before."""
    if expression.until is not None:
        return _ends(expression, expression.until, reading)
    value_of, kind = VALUES[expression.rule]
    steps = {"year_step", "coming", "this"} if expression.rule == "deictic_date" else {"year_step", "coming", "this", "step"}
    if kind == "absolute" and "year" not in expression.parts and steps & expression.parts.keys():
        kind = "relative"
    return value_of(expression, reading), kind


# ---------------------------------------------------------------- days and clock times
def _at_clock(expression: Expression, day: Day | None) -> Value:
    """The day, at the clock time that the expression tells, if it does."""
    start, end = _clock(expression, "clock"), _clock(expression, "to_clock")
    if day is None or start is None or end is None:
        return of_day(day, start)
    over_night = (end[0], end[1] or 0) < (start[0], start[1] or 0)
    return of_range(of_day(day.plus(-1) if over_night else day, start), of_day(day, end))


def _clock(expression: Expression, part: str) -> Clock | None:
    """The clock time with the part of day worked in: "3h chiều" is 15:00."""
    clock, time_of_day = expression.parts.get(part), expression.parts.get("part")
    if isinstance(clock, int):  # "từ 1 đến 3 giờ sáng"
        clock = (clock, None)
    if not isinstance(clock, tuple):
        return None
    hour, minute = clock
    afternoon = {"chiều": range(12), "tối": range(12), "trưa": (1, 2), "đêm": range(6, 13)}
    return hour + 12 if hour in afternoon.get(str(time_of_day), ()) else hour, minute


def _shifted(day: Day | None, step: object) -> Day | None:
    return day.plus(step) if day is not None and isinstance(step, int) else None


def _day(expression: Expression, reading: Reading) -> Value:
    """ "22h00 ngày 7/6" """
    festival = (expression.parts.get("day"), expression.parts.get("month")) == _HUNG_KINGS
    if ("mùng" in expression.key or "mồng" in expression.key) and (festival or outlook(reading).lunar):
        return Value()
    return _at_clock(expression, day_of(expression, reading))


def _english(expression: Expression, reading: Reading) -> Value:
    """ "June 4, 2024", "June 2024" """
    return _day(expression, reading) if "day" in expression.parts else _month(expression, reading)


def _deictic(expression: Expression, reading: Reading) -> Value:
    """ "sáng nay" """
    return _at_clock(expression, _shifted(reading.today, expression.parts.get("step")))


def _same_day(expression: Expression, reading: Reading) -> Value:
    """ "cùng ngày", "sáng hôm sau" """
    return _at_clock(expression, _shifted(reading.anchor.day, expression.parts.get("step", 0)))


def _clock_alone(expression: Expression, reading: Reading) -> Value:
    """ "17h10" """
    if reading.anchor.day is None or expression.start - reading.anchor_end > _REACH:
        return Value()
    clock = _clock(expression, "clock")
    past_midnight = reading.at_night and clock is not None and clock[0] < 6
    return _at_clock(expression, reading.anchor.day.plus(1) if past_midnight else reading.anchor.day)


def _weekday(expression: Expression, reading: Reading) -> Value:
    """ "thứ Sáu tuần trước"; alone, the latest one that is not later than the publication."""
    parts, today = expression.parts, reading.today
    weekday = parts["weekday"]
    if today is None or today.yearless or not isinstance(weekday, int):
        return Value()
    now = today.when.isoweekday()
    if isinstance(step := parts.get("week_step"), int):
        shift = 7 * step + weekday - now
    elif parts.get("step") == 0:  # "Chủ nhật này"
        shift = weekday - now
    elif "coming" in parts or parts.get("step") == 1:
        shift = (weekday - now - 1) % 7 + 1
    elif not expression.key.startswith("hôm") and outlook(reading).planned:
        shift = (weekday - now) % 7
    else:
        shift = -((now - weekday) % 7)
    return _at_clock(expression, today.plus(shift))


def _days(expression: Expression, reading: Reading) -> Value:
    """ "từ 14 tới 20-9", "từ 29.8 - 2.9" """
    last, from_day, from_month = day_of(expression, reading), expression.parts["from_day"], expression.parts.get("from_month")
    if last is None or not isinstance(from_day, int):
        return Value(granularity="range")
    year, month = last.when.year, last.when.month
    if isinstance(from_month, int):
        year, month = year - (from_month > month), from_month
    elif from_day > last.when.day:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    first = valid_day(year, month, from_day)
    if first is None or (last.yearless and year != last.when.year):
        return Value(granularity="range")
    return of_range(of_day(Day(first, last.yearless)), of_day(last))


# ---------------------------------------------------------------- weeks, months, quarters, years
def _week(expression: Expression, reading: Reading) -> Value:
    """ "tuần trước", "hôm đầu tuần" """
    step = expression.parts.get("step", 0)
    weekend = expression.parts.get("edge") == "cuối" and reading.today is not None and reading.today.when.isoweekday() <= 5
    if weekend and outlook(reading).direction != "ahead":
        step = -1  # "hồi cuối tuần", said on a working day
    return of_week(_shifted(reading.today, 7 * step if isinstance(step, int) else None))


def _month(expression: Expression, reading: Reading) -> Value:
    """ "tháng 3/2024", "tháng trước", "đầu tháng" """
    parts = expression.parts
    month = parts.get("month")
    if month is None:
        step = parts.get("step", 0)
        if reading.month is None or not isinstance(step, int):
            return Value(granularity="month")
        return shifted_month(*reading.month, step)
    if not isinstance(month, int) or not 1 <= month <= 12:
        return Value(granularity="month")
    if "this" in parts and reading.year is not None:
        return of_month(reading.year, month)
    return of_month(year_of(expression, reading, month), month)


def _months(expression: Expression, reading: Reading) -> Value:
    """ "tháng 1-2/2018" """
    first, last = expression.parts["from_month"], expression.parts["month"]
    if not isinstance(first, int) or not isinstance(last, int):
        return Value(granularity="range")
    year = year_of(expression, reading, first)
    if year is not None and first > last and {"year", "year_step"} & expression.parts.keys():
        year -= 1  # the year said is that of the end
    return of_range(of_month(year, first), of_month(year if year is None else year + (first > last), last))


def _quarter(expression: Expression, reading: Reading) -> Value:
    """ "quý I/2024", "quý trước", "quý đầu năm nay" """
    parts = expression.parts
    quarter = {"đầu": 1, "cuối": 4}.get(str(parts.get("edge")), parts.get("quarter"))
    if quarter is None:
        step = parts.get("step")
        if reading.month is None or not isinstance(step, int):
            return Value(granularity="quarter")
        year_then, index = divmod(reading.month[0] * 4 + (reading.month[1] - 1) // 3 + step, 4)
        return of_quarter(year_then, index + 1)
    if not isinstance(quarter, int) or not 1 <= quarter <= 4:
        return Value(granularity="quarter")
    year = _said_year(expression, reading) if "edge" in parts else year_of(expression, reading, 3 * quarter - 2)
    return of_quarter(year, quarter)


def _half(expression: Expression, reading: Reading) -> Value:
    """ "6 tháng đầu năm 2024", "nửa cuối năm", "3 quý đầu năm" """
    parts, year = expression.parts, _said_year(expression, reading)
    count = parts.get("count", 6)
    if year is None or not isinstance(count, int):
        return Value(granularity="half")
    count *= 3 if "quarters" in parts else 1
    if not 1 <= count <= 11:
        return Value(granularity="range")
    first, last = (1, count) if parts["edge"] == "đầu" else (13 - count, 12)
    return of_range(of_month(year, first), of_month(year, last), "half" if count == 6 else "range")


def _said_year(expression: Expression, reading: Reading) -> int | None:
    """The year said, or that of the publication with the step said ("năm ngoái")."""
    parts = expression.parts
    if isinstance(year := parts.get("year"), int):
        return year
    step = parts.get("year_step", parts.get("step", 0))
    return reading.year + step if reading.year is not None and isinstance(step, int) else None


def _year(expression: Expression, reading: Reading) -> Value:
    """ "năm 2016", "năm ngoái", "cuối năm" """
    return of_year(_said_year(expression, reading))


def _years(expression: Expression, reading: Reading) -> Value:
    """ "giai đoạn 2012 - 2015" """
    first, last = expression.parts["from_year"], expression.parts["year"]
    return of_range(of_year(first), of_year(last)) if isinstance(first, int) and isinstance(last, int) else Value()


def _decade(expression: Expression, reading: Reading) -> Value:
    """ "những năm 1990", "thập niên 90" """
    decade = expression.parts["decade"]
    if not isinstance(decade, int):
        return Value(granularity="range")
    decade += 1900 if decade < 100 else 0
    return of_year(decade) if decade % 10 else of_range(of_year(decade), of_year(decade + 9))


def _no_value(expression: Expression, reading: Reading) -> Value:
    """Lunar days: no value rather than a wrong one."""
    return Value()


# ---------------------------------------------------------------- so long before or after
def _ago(expression: Expression, reading: Reading) -> Value:
    """ "3 ngày trước", "hai tuần nữa", counted from the publication."""
    sign = 1 if expression.rule == "ahead" else -1
    if "hours" in expression.parts:
        return _hours_from(reading.minute, expression.parts["hours"], sign)
    day, unit = reading.today, expression.parts["unit"]
    if day is None and reading.month and unit in ("month", "year"):
        day = Day(date(*reading.month, 1))
    if day is None and reading.year and unit == "year":
        day = Day(date(reading.year, 1, 1))
    return _from(day, expression, sign)


def _offset(expression: Expression, reading: Reading) -> Value:
    """ "hai ngày sau đó", "trước đó 2 giờ", counted from what was told before."""
    step, unit, anchor = expression.parts["step"], expression.parts.get("unit"), reading.anchor
    sign = step if isinstance(step, int) else 1
    hours = expression.parts.get("hours")
    if isinstance(count := expression.parts.get("count"), int) and unit in ("hour", "minute"):
        hours = (count, 0) if unit == "hour" else (0, count)
    if hours is not None:
        known = anchor.first is not None and "T" in anchor.iso and "/" not in anchor.iso
        near = expression.start - reading.anchor_end <= _REACH
        return _hours_from(datetime.fromisoformat(anchor.iso) if known and near else None, hours, sign)
    day = anchor.day
    near = expression.start - reading.told_end <= (_REACH if "count" in expression.parts else _BESIDE)
    if near and reading.told.last and (unit == "year" or (unit == "month" and reading.told.granularity in ("day", "month"))):
        day = Day(reading.told.last)
    return _from(day, expression, sign)


def _same_period(expression: Expression, reading: Reading) -> Value:
    """ "cùng tuần", "cùng năm": that of what was told just before."""
    told, unit = reading.told, expression.parts["unit"]
    if told.first is None or expression.start - reading.told_end > _BESIDE:
        return Value()
    if unit == "week":
        return of_week(Day(told.first)) if told.granularity in ("day", "hour", "minute") else Value()
    if unit == "month":
        return of_month(told.first.year, told.first.month) if told.granularity not in ("year", "quarter", "half") else Value()
    return of_year(told.first.year)


def _from(day: Day | None, expression: Expression, sign: int) -> Value:
    """So many days, weeks, months or years from a day, as precise as the unit."""
    count, unit = expression.parts.get("count", 1), expression.parts.get("unit")  # "tháng trước đó"
    nothing = Value(granularity=str(unit))
    if day is None or not isinstance(count, int) or (day.yearless and unit != "day"):
        return nothing
    if unit == "day":
        return of_day(_shifted(day, sign * count))
    if unit == "week":
        return of_week(_shifted(day, sign * 7 * count))
    if unit == "month":
        return shifted_month(day.when.year, day.when.month, sign * count)
    return of_year(day.when.year + sign * count) if unit == "year" else nothing


def _hours_from(moment: datetime | None, hours: object, sign: int) -> Value:
    if moment is None or not isinstance(hours, tuple):
        return Value(granularity="hour")
    moment += sign * timedelta(hours=hours[0], minutes=hours[1] or 0)
    return of_day(Day(moment.date()), (moment.hour, moment.minute))


# ---------------------------------------------------------------- from A to B
def _ends(expression: Expression, until: Expression, reading: Reading) -> tuple[Value, str]:
    """ "từ 10/12/2018 đến 5/1": what one end leaves out, the other lends."""
    rule = next((rule for rule in ("day", "month", "quarter") if rule in expression.parts), "year")
    start = replace(expression, rule=rule, parts=dict(expression.parts), until=None)
    if until.rule in ("same_day", "that_day"):
        first, kind = _resolve(start, reading)
        return of_range(first, _resolve(until, replace(reading, anchor=first))[0]), kind
    last, kind = _resolve(until, reading)
    if rule != "year" and "year" in until.parts and not {"year", "year_step"} & start.parts.keys():
        start.parts["year"] = until.parts["year"]
        first, _ = _resolve(start, reading)
        if first.first and last.last and first.first > last.last:
            start.parts["year"] = last.last.year - 1
    first, first_kind = _resolve(start, reading)
    if (
        "year" not in until.parts
        and until.rule != "year"
        and first.first
        and last.last
        and (last.last < first.first or "year" in start.parts)
    ):
        until = replace(until, parts={**until.parts, "year": first.first.year})
        last, kind = _resolve(until, reading)
        if last.last and last.last < first.first:
            until.parts["year"] = first.first.year + 1
            last, kind = _resolve(until, reading)
    return of_range(first, last), kind if kind == first_kind else "relative"


VALUES: dict[str, tuple[Callable[[Expression, Reading], Value], str]] = {
    "day": (_day, "absolute"),
    "bare_day": (_day, "absolute"),
    "bracket": (_day, "absolute"),
    "deictic_date": (_day, "absolute"),
    "english": (_english, "absolute"),
    "days": (_days, "absolute"),
    "month": (_month, "absolute"),
    "months": (_months, "absolute"),
    "quarter": (_quarter, "absolute"),
    "half": (_half, "absolute"),
    "year": (_year, "absolute"),
    "bare_year": (_year, "absolute"),
    "years": (_years, "absolute"),
    "decade": (_decade, "absolute"),
    "lunar": (_no_value, "absolute"),
    "deictic": (_deictic, "relative"),
    "weekday": (_weekday, "relative"),
    "week": (_week, "relative"),
    "ago": (_ago, "relative"),
    "ahead": (_ago, "relative"),
    "same_day": (_same_day, "anaphoric"),
    "that_day": (_same_day, "anaphoric"),
    "clock": (_clock_alone, "anaphoric"),
    "offset": (_offset, "anaphoric"),
    "same_period": (_same_period, "anaphoric"),
}


@Language.component("baomat_dates")
def dates(doc: Doc) -> Doc:
    """Write ``doc._.dates``; reads ``doc._.sentences`` and ``doc._.published``."""
    doc._.dates = find(text_of(doc), sentences=doc._.sentences, published=doc._.published)
    return doc
