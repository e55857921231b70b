"""Values counted from another time: "3 ngày trước" from the publication, "hai ngày sau đó" from what was told before."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .dateexpressions import Expression
from .datereading import REACH, Reading
from .isovalue import NOTHING, Day, Value, of_day, of_month, of_week, of_year, shifted, shifted_month

_BESIDE = 250  # characters; "năm trước đó" and "cùng năm" refer to what was told so near


def ago(expression: Expression, reading: Reading) -> Value:
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


def offset(expression: Expression, reading: Reading) -> Value:
    """ "hai ngày sau đó", "trước đó 2 giờ", counted from what was told before."""
    unit, count, anchor, told = expression.parts.get("unit"), expression.number("count"), reading.anchor, reading.told
    sign = expression.number("step") or 1
    hours = expression.parts.get("hours")
    if count is not None and unit in ("hour", "minute"):
        hours = (count, 0) if unit == "hour" else (0, count)
    if hours is not None:
        known = anchor.first is not None and "T" in anchor.iso and "/" not in anchor.iso
        near = expression.start - reading.anchor_end <= REACH
        return _hours_from(datetime.fromisoformat(anchor.iso) if known and near else None, hours, sign)
    day = anchor.day
    near = expression.start - reading.told_end <= (REACH if "count" in expression.parts else _BESIDE)
    if near and told.last and (unit == "year" or (unit == "month" and told.granularity in ("day", "month"))):
        day = Day(told.last)
    return _from(day, expression, sign)


def same_period(expression: Expression, reading: Reading) -> Value:
    """ "cùng tuần", "cùng năm": that of what was told just before."""
    told, unit = reading.told, expression.parts["unit"]
    if told.first is None or expression.start - reading.told_end > _BESIDE:
        return NOTHING
    if unit == "week":
        return of_week(Day(told.first)) if told.granularity in ("day", "hour", "minute") else NOTHING
    if unit == "month":
        return of_month(told.first.year, told.first.month) if told.granularity not in ("year", "quarter", "half") else NOTHING
    return of_year(told.first.year)


def _from(day: Day | None, expression: Expression, sign: int) -> Value:
    """So many days, weeks, months or years from a day, as precise as the unit."""
    count, unit = expression.number("count", 1), expression.parts.get("unit")  # one, in "tháng trước đó"
    nothing = Value(granularity=str(unit))
    if day is None or count is None or (day.yearless and unit != "day"):
        return nothing
    steps = sign * count
    match unit:
        case "day":
            return of_day(shifted(day, steps))
        case "week":
            return of_week(shifted(day, 7 * steps))
        case "month":
            return shifted_month(day.when.year, day.when.month, steps)
        case "year":
            return of_year(day.when.year + steps)
    return nothing


def _hours_from(moment: datetime | None, hours: object, sign: int) -> Value:
    if moment is None or not isinstance(hours, tuple):
        return Value(granularity="hour")
    moment += sign * timedelta(hours=hours[0], minutes=hours[1] or 0)
    return of_day(Day(moment.date()), (moment.hour, moment.minute))
