"""What is known at one place of an article: when it was published, what was told before, what the sentence says.

The year that a day or month leaves out is found here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from . import lexicon
from . import text as texts
from .dategrammar import Expression
from .isovalue import NO_YEAR, NOTHING, Day, Value, of_month, valid_day
from .schema import Published

_AHEAD = timedelta(days=7)  # announcements: "ngày 8/6" in an article of 5 June
# How many days ahead a day or month may lie that no word places: in the year of publication, in the next.
_SAME_YEAR = {"day": 120, "month": 92}
_NEXT_YEAR = {"day": 45, "month": 0}
_LOOK_BACK = 120  # characters of the sentence in which a word places the date


@dataclass(slots=True)
class Reading:
    """What is known while an article is read in order."""

    text: str
    today: Day | None = None  # the day of publication
    minute: datetime | None = None  # and its minute
    month: tuple[int, int] | None = None  # its year and month
    year: int | None = None  # its year
    latest: date | None = None  # the last day that it can be
    anchor: Value = NOTHING  # the last day told, and where that ended
    anchor_end: int = 0
    told: Value = NOTHING  # the last time told that is no range
    told_end: int = 0
    told_year: int | None = None  # a year told before ...
    told_until: int = 0  # ... which holds to the end of its line
    direction: str = ""  # "ahead" or "behind" where the sentence says so
    lunar: bool = False  # the sentence counts by the moon


def begin(text: str, published: Published | None) -> Reading:
    """What is known before the first word: the publication, as precisely as it is given."""
    reading = Reading(text)
    if published is None:
        return reading
    first = published.first_day
    reading.year, reading.latest = first.year, published.last_day
    if published.granularity != "year":
        reading.month = (first.year, first.month)
    if published.granularity in ("day", "minute"):
        reading.today = Day(first)
    if published.granularity == "minute":
        reading.minute = datetime.fromisoformat(published.value)
    return reading


# ---------------------------------------------------------------- the year that is not said
def day_of(expression: Expression, reading: Reading) -> Day | None:
    """The day that the parts "day" and "month" name."""
    day, month = expression.parts.get("day"), expression.parts.get("month")
    if not isinstance(day, int) or not isinstance(month, int) or not 1 <= month <= 12:
        return None
    year = year_of(expression, reading, month, day)
    leap_day = (day, month) == (29, 2)
    when = valid_day(year or (2000 if leap_day else NO_YEAR), month, day)
    return Day(when, year is None) if when else None


def year_of(expression: Expression, reading: Reading, month: int, day: int = 1) -> int | None:
    """The year of a month or day: said, told just before, or the one that the publication makes likely."""
    parts = expression.parts
    if isinstance(year := parts.get("year"), int):
        return year if year > 99 else year + (2000 if year <= 50 else 1900)
    if isinstance(step := parts.get("year_step"), int):
        return None if reading.year is None else reading.year + step
    if reading.told_year is not None and "coming" not in parts:
        return reading.told_year
    if reading.latest is None:
        return None
    limit = reading.latest + _AHEAD if reading.month else reading.latest
    reach = 9 if (day, month) == (29, 2) else 2  # leap years are up to eight years apart
    years = [year for year in range(limit.year + 1, limit.year - reach, -1) if valid_day(year, month, day)]
    past = next((year for year in years if date(year, month, day) <= limit), None)
    future = next((year for year in reversed(years) if past is not None and year > past), None)
    if past is None or future is None:
        return past
    if isinstance(weekday := parts.get("weekday"), int) and "day" in parts:
        for year in (past, future, past - 1):
            if (when := valid_day(year, month, day)) and when.isoweekday() == weekday:
                return year
    ended = date(past, month, day) if "day" in parts else of_month(past, month).last or limit
    return future if _lies_ahead(expression, reading, ended, date(future, month, day)) else past


def _lies_ahead(expression: Expression, reading: Reading, past: date, future: date) -> bool:
    """Which of two years: a word decides, else the nearer one, since a day almost a year back is told with its year."""
    now = reading.latest or past
    if reading.today is not None and not reading.today.yearless:
        now = reading.today.when
    if past >= now:
        return False
    behind, ahead = (now - past).days, (future - now).days
    if "coming" in expression.parts and "day" not in expression.parts:
        return True
    if "coming" in expression.parts:
        return ahead < behind
    if reading.direction == "behind" or expression.key.startswith("hôm"):
        return False
    if reading.direction == "ahead":
        return ahead < 2 * behind
    limits = _SAME_YEAR if future.year == now.year else _NEXT_YEAR
    return ahead <= limits["day" if "day" in expression.parts else "month"]


# ---------------------------------------------------------------- while reading
@cache
def _directions() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Words before a date that place it ahead or behind: anywhere in the sentence, or just before the date."""
    rows = lexicon.read("date_direction", ("word", "direction", "place"), unique=("word",))

    def words(direction: str, place: str) -> str:
        chosen = (row["word"] for row in rows if (row["direction"], row["place"]) == (direction, place))
        return rf"(?<!\w)(?:{lexicon.trie(chosen)})(?!\w)"

    ahead, beside, behind = words("ahead", "sentence"), words("ahead", "beside"), words("behind", "beside")
    return re.compile(ahead), re.compile(rf"{beside}\s*\Z"), re.compile(rf"{behind}\s*\Z")


def look_around(expression: Expression, reading: Reading, sentence_start: int) -> None:
    """Does the sentence place the date ahead or behind, or count by the moon; does the year told still hold."""
    before = texts.lower(reading.text[max(sentence_start, expression.start - _LOOK_BACK) : expression.start])
    ahead, beside, behind = _directions()
    if behind.search(before):
        reading.direction = "behind"
    else:
        reading.direction = "ahead" if ahead.search(before) or beside.search(before) else ""
    reading.lunar = "âm lịch" in before or "lịch âm" in before
    if reading.told_year is not None and expression.start >= reading.told_until:
        reading.told_year = None


def remember(expression: Expression, value: Value, reading: Reading) -> None:
    """Keep what later expressions may refer to: the last day told, the last time told, a year that holds for the line."""
    if value.first is not None and "/" not in value.iso:
        reading.told, reading.told_end = value, expression.end
    unvalued = expression.rule in ("ago", "ahead", "lunar", "season") and value.day is None
    aside = expression.rule == "bracket" and reading.anchor.day is not None  # "như hôm đầu (30/11)" is no news of that day
    if value.day is not None or (value.granularity in ("day", "hour", "minute") and not unvalued):
        if aside:
            return
        reading.anchor, reading.anchor_end = value, expression.end
    if _lends_year(expression, reading) and value.iso[:4].isdigit():
        if expression.start >= reading.told_until:
            line_end = reading.text.find("\n", expression.end)
            reading.told_until = line_end if line_end >= 0 else len(reading.text)
        reading.told_year = int(value.iso[:4])
    elif expression.rule in ("deictic", "deictic_date", "week") or {"step", "year_step"} & expression.parts.keys():
        reading.told_year = None


def _lends_year(expression: Expression, reading: Reading) -> bool:
    """A full date, or "Năm 2014, ..." where a sentence begins, tells the year of what follows; a birth or a law does not."""
    year = expression.parts.get("year")
    if not isinstance(year, int) or (reading.year is not None and year > reading.year):
        return False
    before = reading.text[max(0, expression.start - 6) : expression.start].rstrip(" ")
    if expression.rule == "year":
        return before[-1:] in ("", "\n", ".", "!", "?", ";")
    of_a_law = reading.text.startswith(" của", expression.end)
    return expression.rule in ("day", "bare_day", "days") and not before.endswith("sinh") and not of_a_law


def reveal(expressions: Sequence[Expression], starts: Sequence[int], reading: Reading) -> None:
    """Where the publication is not known to the day, learn it from the text.

    The date printed beside "hôm nay" tells it; where the month is known, the latest day told in that month comes close.
    """
    inside: list[date] = []
    for expression, following, start in zip(expressions, [*expressions[1:], None], starts, strict=True):
        step = expression.parts.get("step")
        day: Day | None = None
        if expression.rule == "deictic_date":
            day = day_of(expression, reading)
        elif expression.rule == "deictic":
            day = printed_day(expression, following, reading)
        if day is not None and isinstance(step, int) and (today := day.plus(-step)):
            _set_today(today, reading)
            return
        if reading.month and expression.rule in ("day", "bare_day", "deictic_date"):
            look_around(expression, reading, start)
            told = day_of(expression, reading)
            if told and (told.when.year, told.when.month) == reading.month and reading.direction != "ahead":
                inside.append(told.when)
    if inside:
        reading.today = Day(max(inside))


def _set_today(today: Day, reading: Reading) -> None:
    reading.today = today
    if not today.yearless and reading.latest is None:
        reading.latest, reading.year = today.when, today.when.year
        reading.month = (today.when.year, today.when.month)


def printed_day(expression: Expression, following: Expression | None, reading: Reading) -> Day | None:
    """The date printed in brackets behind "hôm nay" or a weekday: it says the same day, and surely."""
    if expression.rule not in ("deictic", "weekday", "that_day", "same_day") or following is None or "day" not in following.parts:
        return None
    if reading.text[expression.end : following.start].strip() != "(":
        return None
    if "weekday" in expression.parts:
        following.parts.setdefault("weekday", expression.parts["weekday"])
    return day_of(following, reading)
