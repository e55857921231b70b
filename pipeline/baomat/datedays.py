"""Values of days and clock times: "22h ngày 7/6", "sáng nay", "cùng ngày", "thứ Sáu tuần trước", "từ 14 tới 20-9"."""

from __future__ import annotations

from .dateexpressions import Expression
from .datereading import REACH, Reading, day_of, outlook
from .isovalue import NOTHING, Clock, Day, Value, of_day, of_range, shifted, valid_day

_HUNG_KINGS = (10, 3)  # "mùng 10/3" is the festival's lunar day
_AFTERNOON = {"chiều": range(12), "tối": range(12), "trưa": (1, 2), "đêm": range(6, 13)}  # hours that it puts behind noon


# ---------------------------------------------------------------- a day, or a moment of it
def day(expression: Expression, reading: Reading) -> Value:
    """ "22h00 ngày 7/6" """
    festival = (expression.parts.get("day"), expression.parts.get("month")) == _HUNG_KINGS
    if ("mùng" in expression.key or "mồng" in expression.key) and (festival or outlook(reading).lunar):
        return NOTHING
    return at_clock(expression, day_of(expression, reading))


def deictic(expression: Expression, reading: Reading) -> Value:
    """ "sáng nay" """
    return at_clock(expression, shifted(reading.today, expression.number("step")))


def same_day(expression: Expression, reading: Reading) -> Value:
    """ "cùng ngày", "sáng hôm sau" """
    return at_clock(expression, shifted(reading.anchor.day, expression.number("step", 0)))


def clock_alone(expression: Expression, reading: Reading) -> Value:
    """ "17h10", of the last day told; in the small hours, of the day after its night."""
    if expression.start - reading.anchor_end > REACH:
        return NOTHING
    clock = _clock(expression, "clock")
    past_midnight = reading.at_night and clock is not None and clock[0] < 6
    return at_clock(expression, shifted(reading.anchor.day, 1 if past_midnight else 0))


def weekday(expression: Expression, reading: Reading) -> Value:
    """ "thứ Sáu tuần trước"; alone, the latest one that is not later than the publication."""
    today, named = reading.today, expression.number("weekday")
    if today is None or today.yearless or named is None:
        return NOTHING
    ahead = named - today.when.isoweekday()
    step, week_step = expression.number("step"), expression.number("week_step")
    if week_step is not None:
        shift = 7 * week_step + ahead
    elif step == 0:  # "Chủ nhật này"
        shift = ahead
    elif "coming" in expression.parts or step == 1:
        shift = (ahead - 1) % 7 + 1
    elif not expression.key.startswith("hôm") and outlook(reading).planned:
        shift = ahead % 7
    else:
        shift = -(-ahead % 7)
    return at_clock(expression, today.plus(shift))


def at_clock(expression: Expression, when: Day | None) -> Value:
    """The day, at the clock time that the expression tells, if it does."""
    start, end = _clock(expression, "clock"), _clock(expression, "to_clock")
    if when is None or start is None or end is None:
        return of_day(when, start)
    over_night = (end[0], end[1] or 0) < (start[0], start[1] or 0)
    return of_range(of_day(when.plus(-1) if over_night else when, start), of_day(when, end))


def _clock(expression: Expression, part: str) -> Clock | None:
    """The clock time with the part of day worked in: "3h chiều" is 15:00."""
    clock = expression.parts.get(part)
    if isinstance(clock, int):  # "từ 1 đến 3 giờ sáng"
        clock = (clock, None)
    if not isinstance(clock, tuple):
        return None
    hour, minute = clock
    return hour + 12 if hour in _AFTERNOON.get(str(expression.parts.get("part")), ()) else hour, minute


# ---------------------------------------------------------------- several days
def days(expression: Expression, reading: Reading) -> Value:
    """ "từ 14 tới 20-9", "từ 29.8 - 2.9" """
    last, from_day, from_month = day_of(expression, reading), expression.number("from_day"), expression.number("from_month")
    if last is None or from_day is None:
        return Value(granularity="range")
    year, month = last.when.year, last.when.month
    if from_month is not None:
        year, month = year - (from_month > month), from_month
    elif from_day > last.when.day:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    first = valid_day(year, month, from_day)
    if first is None or (last.yearless and year != last.when.year):
        return Value(granularity="range")
    return of_range(of_day(Day(first, last.yearless)), of_day(last))


def lunar(expression: Expression, reading: Reading) -> Value:
    """Lunar days: no value rather than a wrong one."""
    return NOTHING
