"""The gold corpus' text format: one readable file an article, with inline marks, read into records.

A file is a header (``key: value`` lines), a blank line, the body, and the incident::

    id: b4-07
    title: [Cảng Hải Vân Xanh](org: Cảng Hải Vân Xanh | company | victim) bị mã hóa dữ liệu {attack}
    published: 2023-05-11
    ...

    Sáng [11/5](date: 2023-05-11), cảng ngừng nhận tàu. {impact} Câu này chỉ là bối cảnh.

    == incident
    kind: attack_on_organization
    ...

``[surface](org: canon | type | role)`` marks a name, ``[surface](date: value)`` a date, ``{phase; phase:modality}`` after
a sentence its phases; an article that tells no incident ends with ``== no incident``. The records have the shape of the
evaluation set's JSON lines. Mistakes are B601 with file and line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from . import schema
from .errors import BaomatError
from .words import sentence_spans

HEADER = ("id", "title", "source", "published", "synthetic", "basis", "sources", "group", "style", "topic", "country")
LISTS = ("victims", "impersonated", "victim_countries", "threat_actors", "responders", "attack_types")
CHOICES = {
    "kind": schema.KINDS,
    "accused": schema.ACCUSED,
    "verification": schema.VERIFICATIONS,
    "service_status": schema.SERVICE_STATUSES,
    "case_status": schema.CASE_STATUSES,
}
RECORD = (*LISTS, *CHOICES, "victim_people", "onset", "figures")
MAY_BE_EMPTY = {"sources", "victim_people", "onset", "figures", *LISTS} - {"attack_types"}
BASES, STYLES = ("real", "invented"), ("long", "lead")
FIGURES = ("records", "people", "machines", "money", "ransom", "sites")

_MARK = re.compile(r"\[(?P<surface>[^][{}\n]+)\]\((?P<what>\w+):(?P<spec>[^()\n]*)\)|[ ]*\{(?P<phases>[^{}\n]*)\}")
_DAY = r"-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?P<clock>[0-2]\d:[0-5]\d))?)?"
_VALUE = re.compile(rf"(?P<year>\d{{4}}|XXXX)(?:-Q[1-4]|-W(?P<week>\d\d)|{_DAY})?\Z")
_KEY = re.compile(r"(?P<key>\w+):(?P<value>.*)\Z")

Fail = Callable[[int, str], NoReturn]


@dataclass(slots=True)
class _Plain:
    """Text without its marks; marks keep the place where they stood in it, and their line in the file."""

    text: str = ""
    orgs: list[dict[str, str]] = field(default_factory=list)
    dates: list[dict[str, str]] = field(default_factory=list)
    marks: list[tuple[int, int, str]] = field(default_factory=list)  # (start, end, org or date)
    labels: list[tuple[int, int, str]] = field(default_factory=list)  # (offset, line, phases as written)


def parse(text: str, *, path: str) -> dict[str, Any]:
    """Read one gold file.

    Parameters
    ----------
    text
        The file's content, NFC with LF line ends.
    path
        Its name, for messages.

    Returns
    -------
    dict
        id, title, text (title, blank line, body, without marks), spans (sentences, half-open code points), published,
        orgs (surface, canon, type, role: one entry a distinct surface), dates (surface, value: every occurrence, in
        reading order), sents (i, phases, and modalities where one is not "actual"), incident (all keys, or None), and
        the header's source, basis, sources, group, style, topic, country. ``marks`` are the places of
        the marks: [start, end, "org" or "date"].

    Raises
    ------
    BaomatError
        B601 with file and line.
    """

    def fail(line: int, problem: str) -> NoReturn:
        raise BaomatError("B601", path=f"{path}:{line}", problem=problem)

    lines = [line.rstrip() for line in text.split("\n")]
    for number, line in enumerate(lines, 1):
        if not unicodedata.is_normalized("NFC", line):
            fail(number, "not in Unicode NFC")
    body_at = lines.index("") if "" in lines else fail(len(lines), "no blank line after the header")
    end_at = next((i for i, line in enumerate(lines) if line.startswith("==")), None)
    if end_at is None:
        fail(len(lines), "the last block must be '== incident' or '== no incident'")
    header = _fields(lines[:body_at], 1, HEADER, fail)
    _check_header(header, fail)
    title_at = next(i for i, line in enumerate(lines, 1) if line.startswith("title:"))

    plain = _Plain()
    _strip(header["title"], title_at, plain, fail)
    plain.text += "\n\n"
    first, last = _trim(lines, body_at, end_at)
    for i in range(first, last):
        _strip(lines[i], i + 1, plain, fail)
        plain.text += "\n" if i + 1 < last else ""
    _check_surfaces(plain, title_at, fail)
    spans = sentence_spans(plain.text)
    sents = _phases(plain, spans, fail)
    incident = _incident(lines[end_at:], end_at + 1, plain, fail)
    return {
        "id": header["id"],
        "title": plain.text.split("\n", 1)[0],
        "text": plain.text,
        "spans": [list(span) for span in spans],
        "published": header["published"],
        "orgs": list({org["surface"]: org for org in plain.orgs}.values()),
        "dates": plain.dates,
        "sents": sents,
        "incident": incident,
        "source": header["source"],
        **{key: header[key] for key in ("basis", "group", "style", "country")},
        "sources": header["sources"].split(),
        "topic": _list(header["topic"]),
        "marks": [list(mark) for mark in plain.marks],
    }


def read_folder(folder: Path) -> list[dict[str, Any]]:
    """All ``*.txt`` of a folder, by name; an id must be its file's name and cannot come twice.

    Raises
    ------
    BaomatError
        B601 for a mistake in a file; B104 for a file that is not UTF-8.
    """
    records = []
    for path in sorted(folder.glob("*.txt")):
        try:
            record = parse(path.read_bytes().decode("utf-8"), path=str(path))
        except UnicodeDecodeError as error:
            raise BaomatError("B104", path=path, cause=error) from error
        if record["id"] != path.stem:
            raise BaomatError("B601", path=f"{path}:1", problem=f"the id '{record['id']}' is not the file's name")
        records.append(record)
    return records


# ---------------------------------------------------------------- header and record
def _fields(lines: list[str], first_line: int, keys: tuple[str, ...], fail: Fail) -> dict[str, str]:
    """``key: value`` lines with exactly the given keys."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines, first_line):
        match = _KEY.match(line) or fail(number, f"'{line[:60]}' is not 'key: value'")
        key = match["key"]
        if key not in keys:
            fail(number, f"unknown key '{key}'; known: {', '.join(keys)}")
        if key in found:
            fail(number, f"the key '{key}' comes twice")
        found[key] = match["value"].strip()
        if not found[key] and key not in MAY_BE_EMPTY:
            fail(number, f"'{key}' is empty")
    for key in keys:
        if key not in found:
            fail(first_line, f"the key '{key}' is missing")
    return found


def _check_header(header: dict[str, str], fail: Fail) -> None:
    if not valid(header["published"]) or len(header["published"]) != 10:
        fail(1, f"published '{header['published']}' is not a day (YYYY-MM-DD)")
    if header["synthetic"] != "true":
        fail(1, "synthetic must be 'true'")
    _one_of(header["basis"], BASES, "basis", 1, fail)
    _one_of(header["style"], STYLES, "style", 1, fail)
    if header["basis"] == "real" and not header["sources"]:
        fail(1, "an article about a real incident must list its sources")
    if not re.fullmatch(r"[A-Z]{2}(?:; ?[A-Z]{2})*", header["country"]):
        fail(1, f"country '{header['country']}' is not an ISO 3166 code such as VN")


def _incident(lines: list[str], first_line: int, plain: _Plain, fail: Fail) -> dict[str, Any] | None:
    head, rest = lines[0], [line for line in lines[1:] if line]
    if head == "== no incident":
        return None if not rest else fail(first_line + 1, "nothing may follow '== no incident'")
    if head != "== incident":
        fail(first_line, f"'{head}' is neither '== incident' nor '== no incident'")
    record: dict[str, Any] = dict(_fields(rest, first_line + 1, RECORD, fail))
    for key in LISTS:
        record[key] = _list(record[key])
    canons = {org["canon"] for org in plain.orgs}
    for name in (*record["victims"], *record["responders"]):
        if name not in canons:
            fail(first_line, f"'{name}' of the record is not the canon of a marked organization")
    for key, allowed in CHOICES.items():
        _one_of(record[key], allowed, key, first_line, fail)
    for attack in record["attack_types"]:
        _one_of(attack, schema.ATTACK_TYPES, "attack type", first_line, fail)
    if record["onset"] and not valid(record["onset"]):
        fail(first_line, f"onset '{record['onset']}' is not a date value")
    record["onset"] = record["onset"] or None
    record["figures"] = [_figure(entry, plain.text, first_line, fail) for entry in _list(record["figures"])]
    return record


def _figure(entry: str, text: str, line: int, fail: Fail) -> dict[str, str]:
    what, _, surface = (part.strip() for part in entry.partition(":"))
    _one_of(what, FIGURES, "figure", line, fail)
    if not surface or surface not in text:
        fail(line, f"the figure '{surface}' does not stand in the text")
    return {"what": what, "surface": surface}


# ---------------------------------------------------------------- marks
def _strip(line: str, number: int, plain: _Plain, fail: Fail) -> None:
    """Append the line's text without its marks to ``plain``, and keep the marks."""
    cursor = 0
    for match in [*_MARK.finditer(line), None]:
        between = line[cursor : match.start() if match else len(line)]
        if stray := re.search(r"[][{}]", between):
            near = between[max(0, stray.start() - 30) :][:60]
            fail(number, f"a mark is not well formed, or stands inside another, near '{near}'")
        plain.text += between
        if match is None:
            return
        cursor = match.end()
        if match["phases"] is not None:
            plain.labels.append((len(plain.text), number, match["phases"]))
            continue
        _keep(match, number, plain, fail)
        plain.marks.append((len(plain.text), len(plain.text) + len(match["surface"]), match["what"]))
        plain.text += match["surface"]


def _keep(match: re.Match[str], number: int, plain: _Plain, fail: Fail) -> None:
    surface, spec = match["surface"], match["spec"].strip()
    if surface != surface.strip():
        fail(number, f"'{surface}': blanks at the edge of a surface")
    if match["what"] == "date":
        if not valid(spec):
            fail(number, f"'{spec}' is not a date value (of '{surface}')")
        plain.dates.append({"surface": surface, "value": spec})
    elif match["what"] == "org":
        parts = [part.strip() for part in spec.split("|")]
        if len(parts) != 3 or not parts[0]:
            fail(number, f"'{surface}': write org: canon | type | role")
        canon, kind, role = parts
        _one_of(kind, schema.ORG_TYPES, "type", number, fail)
        _one_of(role, schema.ROLES, "role", number, fail)
        org = {"surface": surface, "canon": canon, "type": kind, "role": role}
        for other in plain.orgs:
            if other["surface"] == surface and other != org:
                fail(number, f"'{surface}' was marked otherwise before: {other['canon']} | {other['type']} | {other['role']}")
            if other["canon"] == canon and other["type"] != kind:
                fail(number, f"'{canon}' was of type {other['type']} before")
        plain.orgs.append(org)
    else:
        fail(number, f"unknown mark '{match['what']}' (org or date)")


def _check_surfaces(plain: _Plain, line: int, fail: Fail) -> None:
    """Every surface must be a whole word somewhere: the scorer does not count parts of words."""
    for surface in {org["surface"] for org in plain.orgs}:
        left, right = (r"(?<!\w)" if surface[0].isalnum() else ""), (r"(?!\w)" if surface[-1].isalnum() else "")
        if not re.search(left + re.escape(surface) + right, plain.text):
            fail(line, f"'{surface}' does not stand as a whole word in the text")


def _phases(plain: _Plain, spans: list[tuple[int, int]], fail: Fail) -> list[dict[str, Any]]:
    """Give each label to the sentence that ends before it."""
    sents: dict[int, dict[str, Any]] = {}
    for offset, line, written in plain.labels:
        words_end = len(re.sub(r"[^\w%]+\Z", "", plain.text[:offset]))
        i = next((i for i, (start, end) in enumerate(spans) if start < words_end <= end), None)
        if i is None:
            fail(line, f"no sentence before {{{written}}}")
        if rest := re.search(r"\w.*", plain.text[offset : spans[i][1]]):
            fail(line, f"the sentence goes on after {{{written}}}: '{rest[0][:60]}'")
        if i in sents:
            fail(line, f"{{{written}}} is the second label of one sentence: '{plain.text[spans[i][0] : spans[i][1]][:60]}'")
        sents[i] = {"i": i, **_label(written, line, fail)}
    return [sents[i] for i in sorted(sents)]


def _label(written: str, line: int, fail: Fail) -> dict[str, list[str]]:
    pairs = []
    for entry in _list(written):
        phase, modality = (part.strip() for part in f"{entry}:actual".split(":")[:2])
        pairs.append((phase, modality))
        _one_of(phase, schema.PHASES, "phase", line, fail)
        _one_of(modality, schema.MODALITIES, "modality", line, fail)
        if modality == "planned" or (modality == "negated" and phase != "impact"):
            fail(line, f"{phase}:{modality}: a planned or denied phase carries no label (only impact:negated)")
    if not 1 <= len(pairs) <= 3 or len({phase for phase, _ in pairs}) != len(pairs):
        fail(line, f"{{{written}}}: write one to three different phases")
    label = {"phases": [phase for phase, _ in pairs]}
    modalities = [modality for _, modality in pairs]
    return label if set(modalities) == {"actual"} else {**label, "modalities": modalities}


# ---------------------------------------------------------------- small things
def valid(value: str) -> bool:
    """Whether this is a date value of the guidelines: a day, minute, month, year, quarter, ISO week, or a range of such."""
    halves = value.split("/")
    return len(halves) <= 2 and all(_valid_half(half) for half in halves)


def _valid_half(value: str) -> bool:
    match = _VALUE.match(value)
    if match is None or (match["clock"] or "") >= "24":
        return False
    year = 2024 if match["year"] == "XXXX" else int(match["year"])
    try:
        if match["week"]:
            date.fromisocalendar(year, int(match["week"]), 1)
        date(year, int(match["month"] or 1), int(match["day"] or 1))
    except ValueError:
        return False
    return True


def _list(written: str) -> list[str]:
    return [part.strip() for part in written.split(";") if part.strip()]


def _one_of(value: str, allowed: tuple[str, ...], what: str, line: int, fail: Fail) -> None:
    if value not in allowed:
        fail(line, f"unknown {what} '{value}'; known: {', '.join(allowed)}")


def _trim(lines: list[str], start: int, end: int) -> tuple[int, int]:
    """The lines of the body without the blank ones around it."""
    while start < end and not lines[start]:
        start += 1
    while end > start and not lines[end - 1]:
        end -= 1
    return start, end
