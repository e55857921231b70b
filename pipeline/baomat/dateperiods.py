"""Values of weeks, months, quarters, halves, years and decades, and of so many months ("9 tháng đầu năm")."""

from __future__ import annotations

from .dateexpressions import Expression
from .datereading import Reading, outlook, year_of
from .isovalue import Value, of_month, of_quarter, of_range, of_week, of_year, shifted, shifted_month


def week(expression: Expression, reading: Reading) -> Value:
    """ "tuần trước", "hôm đầu tuần" """
    step = expression.number("step", 0)
    weekend = expression.parts.get("edge") == "cuối" and reading.today is not None and reading.today.when.isoweekday() <= 5
    if weekend and outlook(reading).direction != "ahead":
        step = -1  # "hồi cuối tuần", said on a working day
    return of_week(shifted(reading.today, None if step is None else 7 * step))


def month(expression: Expression, reading: Reading) -> Value:
    """ "tháng 3/2024", "tháng trước", "đầu tháng" """
    if "month" not in expression.parts:
        step = expression.number("step", 0)
        if reading.month is None or step is None:
            return Value(granularity="month")
        return shifted_month(*reading.month, step)
    named = expression.number("month") or 0
    if not 1 <= named <= 12:
        return Value(granularity="month")
    if "this" in expression.parts and reading.year is not None:
        return of_month(reading.year, named)
    return of_month(year_of(expression, reading, named), named)


def months(expression: Expression, reading: Reading) -> Value:
    """ "tháng 1-2/2018" """
    first, last = expression.number("from_month"), expression.number("month")
    if first is None or last is None:
        return Value(granularity="range")
    year = year_of(expression, reading, first)
    if year is not None and first > last and {"year", "year_step"} & expression.parts.keys():
        year -= 1  # the year said is that of the end
    return of_range(of_month(year, first), of_month(year if year is None else year + (first > last), last))


def quarter(expression: Expression, reading: Reading) -> Value:
    """ "quý I/2024", "quý trước", "quý đầu năm nay" """
    edge = {"đầu": 1, "cuối": 4}.get(str(expression.parts.get("edge")))
    if edge is not None:
        return of_quarter(_said_year(expression, reading), edge)
    if "quarter" in expression.parts:
        named = expression.number("quarter") or 0
        if not 1 <= named <= 4:
            return Value(granularity="quarter")
        return of_quarter(year_of(expression, reading, 3 * named - 2), named)
    step = expression.number("step")
    if reading.month is None or step is None:
        return Value(granularity="quarter")
    year, index = divmod(reading.month[0] * 4 + (reading.month[1] - 1) // 3 + step, 4)
    return of_quarter(year, index + 1)


def half(expression: Expression, reading: Reading) -> Value:
    """ "6 tháng đầu năm 2024", "nửa cuối năm", "3 quý đầu năm" """
    said, count = _said_year(expression, reading), expression.number("count", 6)
    if said is None or count is None:
        return Value(granularity="half")
    count *= 3 if "quarters" in expression.parts else 1
    if not 1 <= count <= 11:
        return Value(granularity="range")
    first, last = (1, count) if expression.parts["edge"] == "đầu" else (13 - count, 12)
    return of_range(of_month(said, first), of_month(said, last), "half" if count == 6 else "range")


def year(expression: Expression, reading: Reading) -> Value:
    """ "năm 2016", "năm ngoái", "cuối năm" """
    return of_year(_said_year(expression, reading))


def years(expression: Expression, reading: Reading) -> Value:
    """ "giai đoạn 2012 - 2015" """
    return of_range(of_year(expression.number("from_year")), of_year(expression.number("year")))


def decade(expression: Expression, reading: Reading) -> Value:
    """ "những năm 1990", "thập niên 90" """
    first = expression.number("decade")
    if first is None:
        return Value(granularity="range")
    first += 1900 if first < 100 else 0
    return of_year(first) if first % 10 else of_range(of_year(first), of_year(first + 9))


def _said_year(expression: Expression, reading: Reading) -> int | None:
    """The year said, or that of the publication with the step said ("năm ngoái")."""
    said = expression.number("year")
    if said is not None:
        return said
    step = expression.number("year_step", expression.number("step", 0))
    return reading.year + step if reading.year is not None and step is not None else None
