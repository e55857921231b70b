"""What all STIX objects of :mod:`baomat.stix` have: an id, times in UTC with their fidelity, common properties.

Ids are hashes of what an object is, so that the same organization has one id in all bundles.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from . import __version__
from .tables import SCHEMA_VERSION

Object = dict[str, Any]
NEW_OBJECTS = {
    "event": "extension-definition--4ca6de00-5b0d-45ef-a1dc-ea7279ea910e",
    "impact": "extension-definition--7cc33dd6-f6a1-489b-98ea-522d351d71b9",
    "task": "extension-definition--2074a052-8be4-4932-849e-f5e7798e0030",
}
# For objects that are not bound to the time of an article (an organization), and articles without a date.
EPOCH = "2026-01-01T00:00:00.000Z"
_VIETNAM = timedelta(hours=7)
_ISO = re.compile(r"(?P<y>\d{4})(?:-(?:W(?P<w>\d\d)|Q(?P<q>[1-4])|(?P<m>\d\d)(?:-(?P<d>\d\d)(?:T(?P<h>\d\d):(?P<n>\d\d))?)?))?")


def make_id(kind: str, *parts: str) -> str:
    """An id of UUIDv4 form made from a hash: the validator takes UUIDv5 only for observables."""
    return f"{kind}--{UUID(bytes=sha256('|'.join(('baomat', kind, *parts)).encode()).digest()[:16], version=4)}"


def interval(value: str, *, granularity: str = "") -> Object:
    """Start, end and fidelities of an ISO value of Vietnam time; empty where the value has no known year.

    >>> interval("2024-06-04")
    {'start_time': '2024-06-03T17:00:00Z', 'start_time_fidelity': 'day'}
    """
    first, _, last = value.partition("/")
    one, other = _ends(first, granularity), _ends(last or first, granularity)
    if not one or not other:
        return {}
    (start, fidelity), (end, end_fidelity) = one[0], other[1]
    found = {"start_time": _zulu(start), "start_time_fidelity": fidelity}
    if end > start or (last and end == start):
        found |= {"end_time": _zulu(end), "end_time_fidelity": end_fidelity}
    return found


def _ends(part: str, granularity: str) -> tuple[tuple[datetime, str], tuple[datetime, str]] | None:
    """First and last unit of a value, in UTC, each with its fidelity: a quarter is told by its first and last month."""
    match = _ISO.fullmatch(part)
    if not match:
        return None
    year, week, quarter = int(match["y"]), match["w"], int(match["q"] or 0)
    try:
        if week:
            monday = datetime.combine(date.fromisocalendar(year, int(week), 1), datetime.min.time())
            return (monday - _VIETNAM, "day"), (monday + timedelta(days=6) - _VIETNAM, "day")
        if quarter:
            return (datetime(year, 3 * quarter - 2, 1) - _VIETNAM, "month"), (datetime(year, 3 * quarter, 1) - _VIETNAM, "month")
        names = [name for name in "ymdhn" if match[name]]
        when = datetime(year, int(match["m"] or 1), int(match["d"] or 1), int(match["h"] or 0), int(match["n"] or 0)) - _VIETNAM
    except (ValueError, OverflowError):
        return None
    fidelity = {"y": "year", "m": "month", "d": "day", "n": "hour" if granularity == "hour" else "minute"}[names[-1]]
    return (when, fidelity), (when, fidelity)


def _zulu(when: datetime) -> str:
    return f"{when.isoformat(timespec='seconds')}Z"


def stamp(value: str) -> str:
    """A publication time for ``created`` and ``modified``, which want milliseconds."""
    start: str = interval(value).get("start_time", "")
    return f"{start[:-1]}.000Z" if start else EPOCH


def baomat() -> Object:
    told = f"baomat {__version__}, schema version {SCHEMA_VERSION}"
    return make_object("identity", "baomat", created=EPOCH, name="baomat", description=told, identity_class="system")


def make_object(kind: str, *parts: str, created: str, modified: str = "", **properties: Any) -> Object:
    """An object with its common properties; properties that are empty are left out."""
    found: Object = {"type": kind, "spec_version": "2.1", "id": make_id(kind, *parts)}
    if parts != ("baomat",):
        found["created_by_ref"] = make_id("identity", "baomat")
    found |= {"created": created, "modified": max(modified, created)}
    if kind in NEW_OBJECTS:
        properties["extensions"] = {NEW_OBJECTS[kind]: {"extension_type": "new-sdo"}, **properties.get("extensions", {})}
    return found | {name: value for name, value in properties.items() if value not in ("", None, [], {})}
