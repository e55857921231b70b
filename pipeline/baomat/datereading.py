"""What is known at one place of an article: when it was published, what was told before, what the sentence says.

The year that a day or month leaves out is found here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from . import lexicon
from . import text as texts
from .dateexpressions import Expression
from .isovalue import NO_YEAR, NOTHING, Day, Value, of_month, shifted, valid_day
from .schema import Published

_AHEAD = timedelta(days=7)  # announcements: "ngày 8/6" in an article of 5 June
# How many days ahead a day or month may lie that no word places: in the year of publication, in the next.
_SAME_YEAR = {"day": 120, "month": 92}
_NEXT_YEAR = {"day": 45, "month": 0}
_TALE = 120  # days from one date of a tale to its next ...
_NARRATED = 2000  # ... and characters
_NEARBY = 30  # days from a full date to a day without a year that is of the same time
_WEB = 2000  # the year; an article of which nobody knows when it was published is not older
_CLAUSE = re.compile(r"[,;:()\"“”]")
_MOST_TRUST = 4  # see Outlook.trust
REACH = 2500  # a clock time alone, or "ba năm sau", refers to what was told at most so many characters before
_LOOK_BACK = 120  # characters of the sentence in which a word places the date


class Outlook(NamedTuple):
    """What the words before an expression say of it."""

    direction: str = ""  # "ahead" or "behind"
    planned: bool = False  # its own clause says that it is still to come
    trust: int = 1  # a day so many times nearer behind than ahead is not still to come, whatever the sentence says
    lunar: bool = False  # the sentence counts by the moon


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
    at_night: bool = False  # it was its evening or night
    told: Value = NOTHING  # the last time told that is no range
    told_end: int = 0
    dated: date | None = None  # where the publication is not known: the last full date of the latest year told
    told_year: int | None = None  # a year told before ...
    told_until: int = 0  # ... which holds to the end of its line
    before: tuple[int, int] = (0, 0)  # what stands in the sentence before the expression read now
    after: int = 0  # and where what stands behind it begins
    seen: Outlook | None = None  # what that says, once it was asked


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
    day, month = expression.number("day"), expression.number("month")
    if day is None or month is None or not 1 <= month <= 12:
        return None
    year = year_of(expression, reading, month, day)
    leap_day = (day, month) == (29, 2)
    when = valid_day(year or (2000 if leap_day else NO_YEAR), month, day)
    return Day(when, year is None) if when else None


def year_of(expression: Expression, reading: Reading, month: int, day: int = 1) -> int | None:
    """The year of a month or day: said, told just before, or the one that the publication makes likely."""
    parts = expression.parts
    if (year := expression.number("year")) is not None:
        return year if year > 99 else year + (2000 if year <= 50 else 1900)
    if (step := expression.number("year_step")) is not None:
        return None if reading.year is None else reading.year + step
    if "told" in parts and reading.told.first is not None:
        return reading.told.first.year
    if reading.told_year is not None and "coming" not in parts:
        return _lent_year(reading, month, day)
    if reading.latest is None:
        return _nearest_year(reading.dated, month, day)
    past, future = _years_around(reading.latest + _AHEAD if reading.month else reading.latest, month, day)
    if past is None or future is None:
        return past
    if (weekday := expression.number("weekday")) is not None and "day" in parts:
        for year in (past, future, past - 1):
            if (when := valid_day(year, month, day)) and when.isoweekday() == weekday:
                return year
    ended = date(past, month, day) if "day" in parts else of_month(past, month).last or reading.latest
    chosen = future if _lies_ahead(expression, reading, ended, date(future, month, day)) else past
    return _narrated_year(expression, reading, date(chosen, month, day)) or chosen


@lru_cache(maxsize=4096)
def _years_around(limit: date, month: int, day: int) -> tuple[int | None, int | None]:
    """The last year in which the day is not later than the limit, and the first in which it is."""
    reach = 9 if (day, month) == (29, 2) else 2  # leap years are up to eight years apart
    years = [year for year in range(limit.year - reach + 1, limit.year + 2) if valid_day(year, month, day)]
    past = [year for year in years if date(year, month, day) <= limit]
    return max(past, default=None), min((year for year in years if past and year > past[-1]), default=None)


def _nearest_year(dated: date | None, month: int, day: int) -> int | None:
    """The year that puts a day nearest to the full date told."""
    if dated is None:
        return None
    days = [when for year in (dated.year - 1, dated.year, dated.year + 1) if (when := valid_day(year, month, day))]
    nearest = min(days, key=lambda when: abs((when - dated).days), default=None)
    return nearest.year if nearest is not None and abs((nearest - dated).days) <= _NEARBY else None


def _lent_year(reading: Reading, month: int, day: int) -> int | None:
    """The year told just before, or the one after it if the tale runs over New Year ("21/11/2016 ... ngày 10/2")."""
    year, told = reading.told_year, reading.told
    if year is None or told.first is None or told.granularity == "year" or told.first.year != year:
        return year
    over = valid_day(year + 1, month, day)
    if over is None or reading.latest is None or over > reading.latest or (over - told.first).days > _TALE:
        return year
    return year + 1 if month < told.first.month else year


def _narrated_year(expression: Expression, reading: Reading, likely: date) -> int | None:
    """The year of a tale of long ago that goes on ("22/5/2015 ... Đến ngày 9/6", told in 2017); None if there is none."""
    told, now = reading.told, reading.latest or likely
    if told.first is None or told.granularity not in ("day", "hour", "minute") or expression.key.startswith("hôm"):
        return None
    if (now - told.first).days < 300 or abs((now - likely).days) <= 30 or expression.start - reading.told_end > _NARRATED:
        return None
    for year in (told.first.year, told.first.year + 1):
        when = valid_day(year, likely.month, likely.day)
        if when and 0 <= (when - told.first).days <= _TALE:
            return year
    return None


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
    limits = _SAME_YEAR if future.year == now.year else _NEXT_YEAR
    near = ahead <= limits["day" if "day" in expression.parts else "month"]
    if expression.key.startswith("hôm") or not (near or ahead < _MOST_TRUST * behind):
        return False  # whatever the sentence says
    said = outlook(reading)
    if said.direction == "ahead":
        return ahead < said.trust * behind
    return near and said.direction != "behind"


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
    """Go to an expression: what stands before it in its sentence; does the year told still hold."""
    reading.before = max(sentence_start, expression.start - _LOOK_BACK), expression.start
    reading.after, reading.seen = expression.end, None
    if reading.told_year is not None and expression.start >= reading.told_until:
        reading.told_year = None


def outlook(reading: Reading) -> Outlook:
    """Does the sentence place the date ahead or behind, or count by the moon."""
    if reading.seen is None:
        before = texts.lower(reading.text[slice(*reading.before)])
        lunar = "âm lịch" in before or "lịch âm" in before
        ahead, beside, behind = _directions()
        if behind.search(before):
            reading.seen = Outlook("behind", lunar=lunar)
        elif ahead.match(texts.lower(reading.text[reading.after : reading.after + 12]).lstrip(" ,")):
            reading.seen = Outlook("ahead", True, _MOST_TRUST, lunar)  # "tháng 10, sẽ bàn lại"
        elif ahead.search(before):
            planned = bool(ahead.search(_CLAUSE.split(before)[-1]))
            reading.seen = Outlook("ahead", planned, _MOST_TRUST if planned else 2, lunar)
        else:
            reading.seen = Outlook("ahead" if beside.search(before) else "", lunar=lunar)
    return reading.seen


def remember(expression: Expression, value: Value, reading: Reading) -> None:
    """Keep what later expressions may refer to: the last day told, the last time told, a year that holds for the line."""
    if value.first is not None and "/" not in value.iso:
        reading.told, reading.told_end = value, expression.end
    unvalued = expression.rule in ("ago", "ahead", "lunar") and value.day is None
    aside = expression.rule == "bracket" and reading.anchor.day is not None  # "như hôm đầu (30/11)" is no news of that day
    if not aside and (value.day is not None or (value.granularity in ("day", "hour", "minute") and not unvalued)):
        reading.anchor, reading.anchor_end = value, expression.end
        hour = int(value.iso[-5:-3]) if "T" in value.iso else 0
        reading.at_night = hour >= 18 or ("T" not in value.iso and expression.parts.get("part") in ("tối", "đêm"))
    if _lends_year(expression, reading) and value.iso[:4].isdigit():
        if expression.start >= reading.told_until:
            line_end = reading.text.find("\n", expression.end)
            reading.told_until = line_end if line_end >= 0 else len(reading.text)
        reading.told_year = int(value.iso[:4])
    elif expression.rule in ("deictic", "deictic_date", "week") or {"step", "year_step"} & expression.parts.keys():
        reading.told_year = None


def _lends_year(expression: Expression, reading: Reading) -> bool:
    """A full date, or "Năm 2014, ..." where a sentence begins, tells the year of what follows; a birth or a law does not."""
    year = expression.number("year")
    if year is None or (reading.year is not None and year > reading.year):
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
    if reading.latest is None:
        reading.dated = _last_full_date(expressions, reading)
    inside: list[date] = []
    for expression, following, start in zip(expressions, [*expressions[1:], None], starts, strict=True):
        day: Day | None = None
        if expression.rule == "deictic_date":
            day = day_of(expression, reading)
        elif expression.rule == "deictic":
            day = printed_day(expression, following, reading)
        step = expression.number("step")
        if step is not None and (today := shifted(day, -step)):
            _set_today(today, reading)
            return
        if reading.month and expression.rule in ("day", "bare_day", "deictic_date"):
            look_around(expression, reading, start)
            told = day_of(expression, reading)
            if told and (told.when.year, told.when.month) == reading.month and outlook(reading).direction != "ahead":
                inside.append(told.when)
    if inside:
        reading.today = Day(max(inside))


def _last_full_date(expressions: Sequence[Expression], reading: Reading) -> date | None:
    """The last full date, if it is of the latest year told (a tale of long ago does not tell when the article was written)."""
    years = [year for expression in expressions if (year := expression.number("year")) is not None]
    days = [day.when for expression in expressions if _lends_year(expression, reading) and (day := day_of(expression, reading))]
    return next((day for day in reversed(days) if day.year == max(years) and day.year >= _WEB), None)


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
