"""Parts + publication + what was told before -> the value of every expression of time; the room's entry point.

A value is as precise as the text allows and never more. Expressions are read in order: "hôm qua" counts from the
publication, "cùng ngày" from the last day told. Where the publication is known to the day, nothing told later changes a
value. The way there: ``datetokens`` finds words, ``dategrammar`` fits rules to them, ``dateexpressions`` and
``datechecks`` make expressions of that and leave out what is no time, ``dateparse`` joins them; ``datereading`` knows
what was told and which year is meant; ``datedays``, ``dateperiods`` and ``dateoffsets`` give the values.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from spacy.language import Language
from spacy.tokens import Doc

from . import datedays, dateoffsets, dateparse, dateperiods, datereading
from .dateexpressions import Expression
from .datereading import Reading
from .isovalue import Value, of_range
from .layers import text_of
from .schema import DateMention, Published


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
    expressions = dateparse.parse(text)
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
            value = datedays.at_clock(expression, day)
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


# ---------------------------------------------------------------- the value of one expression
VALUES: dict[str, tuple[Callable[[Expression, Reading], Value], str]] = {
    "day": (datedays.day, "absolute"),
    "bare_day": (datedays.day, "absolute"),
    "bracket": (datedays.day, "absolute"),
    "deictic_date": (datedays.day, "absolute"),
    "days": (datedays.days, "absolute"),
    "lunar": (datedays.lunar, "absolute"),
    "month": (dateperiods.month, "absolute"),
    "months": (dateperiods.months, "absolute"),
    "quarter": (dateperiods.quarter, "absolute"),
    "half": (dateperiods.half, "absolute"),
    "year": (dateperiods.year, "absolute"),
    "bare_year": (dateperiods.year, "absolute"),
    "years": (dateperiods.years, "absolute"),
    "decade": (dateperiods.decade, "absolute"),
    "deictic": (datedays.deictic, "relative"),
    "weekday": (datedays.weekday, "relative"),
    "week": (dateperiods.week, "relative"),
    "ago": (dateoffsets.ago, "relative"),
    "ahead": (dateoffsets.ago, "relative"),
    "same_day": (datedays.same_day, "anaphoric"),
    "that_day": (datedays.same_day, "anaphoric"),
    "clock": (datedays.clock_alone, "anaphoric"),
    "offset": (dateoffsets.offset, "anaphoric"),
    "same_period": (dateoffsets.same_period, "anaphoric"),
}
_STEPS = {"year_step", "coming", "this", "step"}  # parts that count from the publication


def _resolve(expression: Expression, reading: Reading) -> tuple[Value, str]:
    """The value of an expression, and what it counts from: nothing (absolute), the publication, a day told before."""
    if expression.until is not None:
        return _range(expression, expression.until, reading)
    value_of, kind = VALUES[expression.rule]
    if kind == "absolute" and "year" not in expression.parts:
        steps = _STEPS & expression.parts.keys()
        if steps - {"step"} or (steps and expression.rule != "deictic_date"):  # "hôm qua 4/6" has its date beside it
            kind = "relative"
    return value_of(expression, reading), kind


def _range(expression: Expression, until: Expression, reading: Reading) -> tuple[Value, str]:
    """ "từ 10/12/2018 đến 5/1": the year that one end leaves out, the other lends."""
    rule = next((rule for rule in ("day", "month", "quarter") if rule in expression.parts), "year")
    start = replace(expression, rule=rule, until=None)
    if until.rule in ("same_day", "that_day"):
        first, kind = _resolve(start, reading)
        last, _ = _resolve(until, replace(reading, anchor=first))
        return of_range(first, last), kind
    last, kind = _resolve(until, reading)
    if rule != "year" and "year" in until.parts and not {"year", "year_step"} & start.parts.keys():
        first, first_kind = _resolve(_in_year(start, until.number("year")), reading)
        if first.first and last.last and first.first > last.last:
            first, first_kind = _resolve(_in_year(start, last.last.year - 1), reading)
    else:
        first, first_kind = _resolve(start, reading)
        lends = "year" in start.parts or bool(first.first and last.last and last.last < first.first)
        if lends and first.first and last.last and "year" not in until.parts and until.rule != "year":
            for year in (first.first.year, first.first.year + 1):
                last, kind = _resolve(_in_year(until, year), reading)
                if last.last is None or last.last >= first.first:
                    break
    return of_range(first, last), kind if kind == first_kind else "relative"


def _in_year(expression: Expression, year: int | None) -> Expression:
    return replace(expression, parts={**expression.parts, "year": year})


@Language.component("baomat_dates")
def dates(doc: Doc) -> Doc:
    """Write ``doc._.dates``; reads ``doc._.sentences`` and ``doc._.published``."""
    layers = doc._
    layers.dates = find(text_of(doc), sentences=layers.sentences, published=layers.published)
    return doc
