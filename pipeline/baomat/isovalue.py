"""ISO 8601 values of days, clock times, weeks, months, quarters, years and ranges, each with its first and last day.

A day whose year is not known is ``XXXX-06-04``; what cannot be known at all is empty. Nothing is padded.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

NO_YEAR = 2001  # stands in for a year that is not known; not a leap year
Clock = tuple[int, int | None]  # hour, and minute where told


class Day(NamedTuple):
    """A calendar day; ``yearless`` where only its day and month are known."""

    when: date
    yearless: bool = False

    def plus(self, days: int) -> Day | None:
        """The day so many days later; None where the unknown year would decide."""
        when = self.when + timedelta(days=days)
        if self.yearless and (when.year != self.when.year or {self.when.month, when.month} == {2, 3}):
            return None
        return Day(when, self.yearless)


class Value(NamedTuple):
    """An ISO 8601 value, its first and last day, and its day where it is one; empty where it cannot be known."""

    iso: str = ""
    first: date | None = None
    last: date | None = None
    granularity: str = "day"
    day: Day | None = None


NOTHING = Value()


def shifted(day: Day | None, days: int | None) -> Day | None:
    """The day so many days later; None where either is not known."""
    return day.plus(days) if day is not None and days is not None else None


def valid_day(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def of_day(day: Day | None, clock: Clock | None = None) -> Value:
    """A day or a moment of it; 24:00 is 00:00 of the next day."""
    if day is not None and clock is not None and clock[0] == 24:
        day, clock = day.plus(1), (0, clock[1])
    if day is None:
        return NOTHING
    iso = f"XXXX-{day.when:%m-%d}" if day.yearless else day.when.isoformat()
    known = None if day.yearless else day.when
    if clock is None:
        return Value(iso, known, known, "day", day)
    return Value(f"{iso}T{clock[0]:02d}:{clock[1] or 0:02d}", known, known, "hour" if clock[1] is None else "minute", day)


def of_week(day: Day | None) -> Value:
    """The ISO week that holds the day."""
    if day is None or day.yearless:
        return Value(granularity="week")
    year, week, weekday = day.when.isocalendar()
    monday = day.when - timedelta(days=weekday - 1)
    return Value(f"{year:04d}-W{week:02d}", monday, monday + timedelta(days=6), "week")


@lru_cache(maxsize=4096)
def of_month(year: int | None, month: int) -> Value:
    """A month."""
    if year is None:
        return Value(f"XXXX-{month:02d}", granularity="month")
    last = date(year, month, calendar.monthrange(year, month)[1])
    return Value(f"{year:04d}-{month:02d}", last.replace(day=1), last, "month")


def shifted_month(year: int, month: int, step: int) -> Value:
    """The month so many months later."""
    year, index = divmod(year * 12 + month - 1 + step, 12)
    return of_month(year, index + 1)


def of_quarter(year: int | None, quarter: int) -> Value:
    """A quarter of a year."""
    if year is None:
        return Value(f"XXXX-Q{quarter}", granularity="quarter")
    first, last = of_month(year, 3 * quarter - 2).first, of_month(year, 3 * quarter).last
    return Value(f"{year:04d}-Q{quarter}", first, last, "quarter")


@lru_cache(maxsize=4096)
def of_year(year: int | None) -> Value:
    """A year."""
    if year is None or not 1 <= year <= 9999:
        return Value(granularity="year")
    return Value(f"{year:04d}", date(year, 1, 1), date(year, 12, 31), "year")


def of_range(first: Value, last: Value, granularity: str = "range") -> Value:
    """From one value to the other, both included."""
    if not first.iso or not last.iso or (first.first and last.last and first.first > last.last):
        return Value(granularity=granularity)
    return Value(f"{first.iso}/{last.iso}", first.first, last.last, granularity, last.day)
