"""When an article was published: metadata in any usual form, read as precisely as it is told and no more.

ISO 8601 is read here; everything else ("Thứ Ba, 4/6/2024, 08:30 (GMT+7)", RSS and English dates) by dateparser, day
first. Times with a zone are converted to Vietnam time (+07:00) before the day is taken.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from .schema import Published

VIETNAM = timezone(timedelta(hours=7))
_CLOCK = re.compile(r"[T ]\d{2}:?\d{2}")
_WEEK = re.compile(r"\d{4}-?W\d")  # ISO 8601 too, but neither a moment nor a day
_PARTIAL = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2}))?(?:-(?P<day>\d{2}))?\Z")
# Metadata names the weekday and the desk's zone; neither helps dateparser.
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_NOISE = re.compile(r"^\s*(?:thứ\s+\S+|chủ\s+nhật)\s*[,-]?\s*|[()|]|(?<=\d)\s*-\s*(?=\d{1,2}:)", re.IGNORECASE)
_ZONE = re.compile(r"\bGMT\s*\+?\s*7\b", re.IGNORECASE)


def parse(value: str | date | datetime | None, *, origin: str = "given") -> Published | None:
    """Read a publication date.

    Parameters
    ----------
    value
        ISO text ("2024", "2024-06", "2024-06-04T08:30:00+07:00"), a date, a datetime, or any usual metadata wording.
    origin
        Where the value comes from; kept as ``articles.published_from``.

    Returns
    -------
    Published or None
        None where nothing can be read; never a guess.
    """
    if value is None or value == "" or value != value:  # NaT and NaN differ from themselves
        return None
    if isinstance(value, datetime):
        return _moment(value, origin)
    if isinstance(value, date):
        return Published(value.isoformat(), "day", value, value, origin)
    return _parse_text(str(value).strip(), origin)


@lru_cache(maxsize=4096)
def _parse_text(value: str, origin: str) -> Published | None:
    match = _PARTIAL.match(value)
    if match:
        return _partial(match, origin)
    try:
        return _moment(datetime.fromisoformat(value), origin) if _CLOCK.search(value) else _by_dateparser(value, origin)
    except (ValueError, OverflowError):
        return _by_dateparser(value, origin)


def _partial(match: re.Match[str], origin: str) -> Published | None:
    year, month, day = int(match["year"]), int(match["month"] or 0), int(match["day"] or 0)
    try:
        if day:
            first = last = date(year, month, day)
        elif month:
            first, last = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        else:
            first, last = date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        return None
    return Published(match[0], "day" if day else "month" if month else "year", first, last, origin)


def _moment(moment: datetime, origin: str) -> Published:
    if moment.tzinfo is not None:
        moment = moment.astimezone(VIETNAM)
    day = moment.date()
    return Published(moment.strftime("%Y-%m-%dT%H:%M"), "minute", day, day, origin)


def _by_dateparser(value: str, origin: str) -> Published | None:
    if not _YEAR.search(value) or _WEEK.match(value):  # "hôm qua" is no metadata: its meaning would hang on the day of the run
        return None
    import dateparser  # slow to import, and seldom needed

    wording = _ZONE.sub("+07:00", _NOISE.sub(" ", value))
    settings: Any = {"DATE_ORDER": "DMY", "REQUIRE_PARTS": ["day", "month", "year"], "RETURN_TIME_AS_PERIOD": True}
    found = dateparser.date.DateDataParser(languages=["vi", "en"], settings=settings).get_date_data(wording)
    if found.date_obj is None:
        return None
    if found.period == "time":
        return _moment(found.date_obj, origin)
    day = found.date_obj.date()
    return Published(day.isoformat(), "day", day, day, origin)
