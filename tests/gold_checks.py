"""Checks of the gold corpus: own wording, true weekdays, marks and record that agree. Used by ``test_gold.py``.

Every check takes records of :mod:`baomat.goldfile` and returns lines to read; none means that all is well. *Mistakes*
must be mended, *looks* are likely misses that a person judges.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from baomat import lexicon
from baomat.text import key

Record = dict[str, Any]
Hashes = npt.NDArray[np.uint64]

LONG_RUN, RUN, PAIR_RUN = 15, 8, 5
RUN_SHARE, PAIR_SHARE = 0.02, 1 / 3
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")


# ---------------------------------------------------------------- word runs
def words(text: str) -> list[str]:
    """White-space words for comparing: one case, one tone-mark style, no punctuation at the edges."""
    return [word for token in unicodedata.normalize("NFC", text).split() if (word := _bare(token))]


def runs(text: str, n: int) -> Hashes:
    """A 64-bit hash of every run of ``n`` words of a text (stable over processes)."""
    return _runs(_codes(text), n)


def _codes(text: str) -> Hashes:
    codes = np.fromiter(map(_code, unicodedata.normalize("NFC", text).split()), np.uint64)
    return np.asarray(codes[codes != 0])


def _runs(codes: Hashes, n: int) -> Hashes:
    if len(codes) < n:
        return np.empty(0, np.uint64)
    total = np.zeros(len(codes) - n + 1, np.uint64)
    for i in range(n):
        total = total * _MULTIPLIER + codes[i : len(codes) - n + 1 + i]
        total ^= total >> np.uint64(29)
    return total


@cache
def _bare(token: str) -> str:
    return re.sub(r"\A[\W_]+|[\W_]+\Z", "", key(token))


@cache
def _code(token: str) -> int:
    """A number for the word in a token, 0 where there is none."""
    word = _bare(token).encode()
    return zlib.crc32(word) << 32 | zlib.adler32(word[::-1]) if word else 0


def unmarked(record: Record) -> list[str]:
    """The stretches of a text outside marked names and dates; later occurrences of a name count as marked."""
    spans = _marked(record)
    taken = bytearray(len(record["text"]))
    for start, end in spans:
        taken[start:end] = b"\1" * (end - start)
    stretches, start = [], 0
    for i, mark in enumerate([*taken, 1]):
        if mark:
            stretches.append(record["text"][start:i])
            start = i + 1
    return [stretch for stretch in stretches if stretch.strip()]


def shared_texts(shared: Path) -> Iterator[str]:
    """The texts beside the project that ours must not repeat."""
    for path in sorted([*(shared / "corpus").glob("*.jsonl.gz"), shared / "eval" / "dev.jsonl"]):
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                yield "\n".join(str(row.get(field) or "") for field in ("title", "lead", "text", "body", "content"))
    for path in sorted((shared / "seed").glob("*.txt")):
        yield path.read_text(encoding="utf-8")


def shared_runs(shared: Path, n: int, *, cache: Path | None = None) -> Hashes:
    """The sorted hashes of all runs of ``n`` words in the shared texts, kept in the folder ``cache``."""
    kept = cache / f"shared-{n}.npy" if cache else None
    if kept and kept.exists():
        return np.asarray(np.load(kept, mmap_mode="r"))
    found = np.sort(np.concatenate([runs(text, n) for text in shared_texts(shared)]))
    if kept:
        np.save(kept, found)
    return found


def common_runs(records: Sequence[Record], shared: Path, *lengths: int) -> tuple[Hashes, ...]:
    """For each length, the sorted hashes of those runs of words that stand both in the records and in the shared texts."""
    stretches = [_codes(stretch) for record in records for stretch in unmarked(record)]
    ours = [np.sort(np.concatenate([_runs(codes, n) for codes in stretches])) for n in lengths]
    found: list[list[Hashes]] = [[] for _ in lengths]
    for text in shared_texts(shared):
        codes = _codes(text)
        for n, known, kept in zip(lengths, ours, found, strict=True):
            theirs = _runs(codes, n)
            kept.append(theirs[contains(known, theirs)])
    return tuple(np.sort(np.concatenate(kept)) for kept in found)


def contains(sorted_hashes: Hashes, hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Which of the hashes stand among the sorted ones."""
    if not len(sorted_hashes):
        return np.zeros(len(hashes), bool)
    places = np.minimum(np.searchsorted(sorted_hashes, hashes), len(sorted_hashes) - 1)
    return np.asarray(sorted_hashes[places] == hashes)


def copied(record: Record, eights: Hashes, fifteens: Hashes) -> list[str]:
    """Runs of words that stand in the shared texts: none of 15, at most 2 % of 8."""
    shared_8: list[str] = []
    total = 0
    mistakes = []
    for stretch in unmarked(record):
        tokens = words(stretch)
        found = contains(eights, runs(stretch, RUN))
        total += len(found)
        shared_8 += [" ".join(tokens[i : i + RUN]) for i in np.flatnonzero(found)]
        for i in np.flatnonzero(contains(fifteens, runs(stretch, LONG_RUN))):
            mistakes.append(f"copied: 15 words stand in a shared text: {' '.join(tokens[i : i + LONG_RUN])}")
    if total and len(shared_8) / total > RUN_SHARE:
        share = f"{len(shared_8)} of {total} 8-word runs stand in shared texts"
        mistakes.append(f"copied: {share}: {' / '.join(shared_8[:6])}")
    return mistakes


def twins(records: Sequence[Record]) -> list[str]:
    """Pairs of articles of different incidents that share more than a third of the smaller one's 5-word runs."""
    sets = [set(runs(record["text"], PAIR_RUN).tolist()) for record in records]
    holders: dict[int, list[int]] = {}
    for i, hashes in enumerate(sets):
        for value in hashes:
            holders.setdefault(value, []).append(i)
    common: dict[tuple[int, int], int] = {}
    for holding in holders.values():
        for at, i in enumerate(holding):
            for j in holding[at + 1 :]:
                common[i, j] = common.get((i, j), 0) + 1
    return [
        f"{records[i]['id']} and {records[j]['id']} share {n / smaller:.0%} of their 5-word runs"
        for (i, j), n in sorted(common.items())
        if n / (smaller := min(len(sets[i]), len(sets[j]))) > PAIR_SHARE and records[i]["group"] != records[j]["group"]
    ]


# ---------------------------------------------------------------- marks
def name_spans(record: Record) -> list[tuple[int, int]]:
    """Every whole-word occurrence of the marked names, longest first, none overlapping another (as the scorer counts)."""
    text, taken, spans = record["text"], bytearray(len(record["text"])), []
    for surface in sorted({org["surface"] for org in record["orgs"]}, key=lambda surface: (-len(surface), surface)):
        for match in re.finditer(re.escape(surface), text):
            start, end = match.span()
            left = start and text[start - 1].isalnum() and surface[0].isalnum()
            right = end < len(text) and text[end].isalnum() and surface[-1].isalnum()
            if not left and not right and not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                spans.append((start, end))
    return sorted(spans)


def _marked(record: Record) -> list[tuple[int, int]]:
    """Marked dates, and every occurrence of marked names."""
    return [*((start, end) for start, end, _ in record["marks"]), *name_spans(record)]


def mark_mistakes(record: Record) -> list[str]:
    """Names that never count on their own, dates that the scorer would find elsewhere, untrue days, record against marks."""
    text, mistakes = record["text"], []
    counted = {text[start:end] for start, end in name_spans(record)}
    surfaces = [org["surface"] for org in record["orgs"]]
    mistakes += [f"name: '{surface}' stands only inside longer names" for surface in surfaces if surface not in counted]
    mistakes += _date_places(record)
    for entry in record["dates"]:
        mistakes += [f"date: {problem}" for problem in _date_mistakes(entry["surface"], entry["value"], record["published"])]
    incident = record["incident"]
    if incident is None:
        return mistakes + (["record: no incident, but sentences have phases"] if record["sents"] else [])
    if not record["sents"]:
        mistakes.append("record: an incident, but no sentence has a phase")
    return mistakes


def _date_places(record: Record) -> list[str]:
    """The scorer takes the next occurrence of each surface: an unmarked one before it would be taken instead."""
    places = [(start, end) for start, end, what in record["marks"] if what == "date"]
    position, mistakes = 0, []
    for entry, (start, end) in zip(record["dates"], places, strict=True):
        found = record["text"].find(entry["surface"], position)
        if found != start:
            near = record["text"][max(0, found - 15) : found + 25]
            mistakes.append(f"date: '{entry['surface']}' stands unmarked before its mark, near '{near}'")
        position = end
    return mistakes


def _date_mistakes(surface: str, value: str, published: str) -> Iterator[str]:
    low, halves = surface.lower(), value.split("/")
    days = [date.fromisoformat(half[:10]) for half in halves if re.match(r"\d{4}-\d\d-\d\d", half)]
    today = date.fromisoformat(published)
    for weekday, name in enumerate(_WEEKDAYS):
        if re.search(rf"\b{name}\b", low) and len(days) == 1 and days[0].weekday() != weekday:
            yield f"'{surface}' = {value} is a {_WEEKDAYS[days[0].weekday()]}"
    numbers = re.findall(r"(?<![\d/.-])(\d{1,2})\s?[/.-]\s?(\d{1,2})(?!\d)", surface)
    for day, month in numbers if len(numbers) == len(days) == 1 else []:
        if (int(day), int(month)) != (days[0].day, days[0].month):
            yield f"'{surface}' is not {value}"
    year = re.search(r"(?<!\d)(19|20)\d\d(?!\d)", surface)
    if year and year[0] not in value:
        yield f"'{surface}' is not {value}"
    for word, distance in (
        ("(?:hôm|sáng|trưa|chiều|tối) nay", 0),
        ("(?:hôm|tối|chiều) qua", -1),
        ("hôm kia", -2),
        ("ngày mai", 1),
    ):
        if re.search(rf"\b{word}\b", low) and days and days[0] != today + timedelta(days=distance):
            yield f"'{surface}' = {value}, but published is {published}"
    clock = re.search(r"(?<!\d)(\d{1,2})\s?(?:h|g|giờ|:)\s?(\d\d)?", low)
    if clock and len(days) == 1 and "T" not in value:
        yield f"'{surface}' names a clock time, {value} does not"


# ---------------------------------------------------------------- likely misses
_UPPER = "".join(char for char in map(chr, [*range(0x41, 0x250), *range(0x1EA0, 0x1EFA)]) if char.isupper())
_WORD = rf"[{_UPPER}](?:[\w&/-]|\.(?=\w))*"
_CAPITALS = re.compile(rf"(?<!\w){_WORD}(?:(?: |, | và | - )(?:{_WORD}|\d+\b))*")
_DATELIKE = re.compile(
    r"(?<![\d.,/])\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?(?![\d,/]|\.\d)|ngày \d+|mùng \d+|tháng \d+|năm \d{4}|quý [IV\d]+|"
    r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}h\d*\b|\d{1,2}:\d\d|\d{1,2} giờ|thập niên|"
    r"\bthứ (?:hai|ba|tư|năm|sáu|bảy)\b|\bchủ nhật\b|\bnăm ngoái\b|"
    r"\b(?:hôm|ngày|sáng|trưa|chiều|tối|đêm|rạng sáng|tuần|tháng|năm|quý) "
    r"(?:nay|qua|này|trước|sau|rồi|ngoái|tới|kia|kìa|mai|đó|hôm sau|hôm trước)\b|"
    r"\b(?:cùng (?:ngày|tháng|năm|tuần|kỳ)|(?:đầu|giữa|cuối) (?:năm|tháng|tuần))\b|"
    r"\d+ (?:ngày|tuần|tháng|năm) (?:trước|sau|tới)",
    re.IGNORECASE,
)


def _outside(record: Record, matches: Iterable[re.Match[str]]) -> Iterator[re.Match[str]]:
    spans = _marked(record)
    return (match for match in matches if not any(start < match.end() and match.start() < end for start, end in spans))


def _around(text: str, match: re.Match[str], width: int = 25) -> str:
    before, after = text[max(0, match.start() - width) : match.start()], text[match.end() : match.end() + width]
    return f"{before}»{match[0]}«{after}".replace("\n", " ")


def looks(record: Record) -> list[str]:
    """Likely misses, and record fields that usually go together but do not here."""
    return [
        *_unmarked_names(record),
        *_registered_names(record),
        *_unmarked_dates(record),
        *_far_dates(record),
        *_record_looks(record),
    ]


def _unmarked_names(record: Record) -> list[str]:
    """Capitalised words that are not merely the first of a sentence or line, and acronyms."""
    text = record["text"]
    starts = {start for start, _ in record["spans"]}
    found: dict[str, None] = {}
    for match in _outside(record, _CAPITALS.finditer(text)):
        name = match[0].strip(".-/&, ")
        opens = match.start() in starts or text[max(0, match.start() - 2) : match.start()].strip() in ('"', "“", "'", '("')
        if opens and " " not in name and not (len(name) > 1 and name[:2].isupper()):
            continue
        found[name] = None
    return [f"names? {' · '.join(found)}"] if found else []


def _registered_names(record: Record) -> list[str]:
    text = record["text"]
    return [f"registered: {_around(text, match)}" for match in _outside(record, _lexicon().finditer(text))]


@cache
def _lexicon() -> re.Pattern[str]:
    """The names of the package's list of organizations, as a whole-word expression; ambiguous ones left out."""
    columns = ["org_id", "name", "full_name", "org_type", "sector", "country", "parent"]
    columns += ["valid_from", "valid_to", "successor", "aliases"]
    try:
        rows = lexicon.read("organizations", columns)
    except OSError:
        rows = []
    names = {name for row in rows for name in (row["name"], row["full_name"], *row.several("aliases"))}
    doubtful = {name.strip("?~") for name in names if name[:1] == "~" or name[-1:] == "?"}  # words, platforms, products
    certain = {name for name in names if len(name) > 1} - doubtful - {f"~{name}" for name in doubtful}
    return re.compile(rf"(?<!\w)(?:{lexicon.trie(certain)})(?!\w)" if certain else r"\Z\A.")


def _unmarked_dates(record: Record) -> list[str]:
    found = [_around(record["text"], match, 18) for match in _outside(record, _DATELIKE.finditer(record["text"]))]
    return [f"dates? {' · '.join(found)}"] if found else []


def _far_dates(record: Record) -> Iterator[str]:
    """A day and month without a year is the latest such day until a week after publication, unless "tới" or the like."""
    today = date.fromisoformat(record["published"])
    for entry in record["dates"]:
        day_only = re.fullmatch(r"\d{4}-\d\d-\d\d", entry["value"]) and not re.search(r"(?<!\d)(19|20)\d\d", entry["surface"])
        if day_only and not timedelta(days=-358) <= date.fromisoformat(entry["value"]) - today <= timedelta(days=7):
            yield f"dates? '{entry['surface']}' = {entry['value']}, published {record['published']}: is this year meant?"


def _record_looks(record: Record) -> Iterator[str]:
    n_words, incident = len(record["text"].split()), record["incident"]
    body_sentences = len(record["spans"]) - 1
    if record["style"] == "long" and not 200 <= n_words <= 650:
        yield f"length: long, but {n_words} words"
    if record["style"] == "lead" and body_sentences > 3:
        yield f"length: lead, but {body_sentences} sentences"
    if incident is None:
        return
    roles: dict[str, set[str]] = {}
    for org in record["orgs"]:
        roles.setdefault(org["role"], set()).add(org["canon"])
    for field, wanted in (
        ("victims", ("victim",)),
        ("impersonated", ("impersonated",)),
        ("responders", ("responder", "authority")),
    ):
        marked = set().union(*(roles.get(role, set()) for role in wanted))
        if extra := set(incident[field]) - marked:
            yield f"record: {field} {sorted(extra)} have no mark with the role {' or '.join(wanted)}"
        if missing := roles.get(wanted[0], set()) - set(incident[field]):
            yield f"record: marked {wanted[0]} {sorted(missing)} not in {field}"
    if missing := roles.get("attacker", set()) - set(incident["threat_actors"]):
        yield f"record: marked attacker {sorted(missing)} not in threat_actors"
    if incident["accused"] in ("arrested", "charged", "convicted") and incident["case_status"] != incident["accused"]:
        yield f"record: accused {incident['accused']}, case {incident['case_status']}"
    if incident["onset"] and incident["onset"] not in {entry["value"] for entry in record["dates"]}:
        yield f"record: onset {incident['onset']} is not the value of a marked date"
    phases = {phase for sent in record["sents"] for phase in sent["phases"]}
    if incident["case_status"] != "none_told" and "investigation" not in phases:
        yield f"record: case {incident['case_status']}, but no sentence tells an investigation"
    if incident["service_status"] == "restored" and "recovery" not in phases:
        yield "record: service restored, but no sentence tells a recovery"
    if not phases & {"attack", "impact"}:
        yield "record: no sentence tells attack or impact"


# ---------------------------------------------------------------- two annotations of one article
def agreement(first: Sequence[Record], second: Sequence[Record]) -> dict[str, tuple[int, int, int]]:
    """What two annotations of the same articles share: task -> (in both, in the first, in the second).

    Organizations and dates count by their place in the text, phases by sentence, organizations of the record by the
    written forms that each annotation gives them (agreed short names may differ).
    """
    counts = dict.fromkeys(_TASKS, (0, 0, 0))
    for one, other in zip(first, second, strict=True):
        assert one["text"] == other["text"], f"{one['id']}: the two texts differ"
        for task, items in _TASKS.items():
            ours, theirs = set(items(one)), set(items(other))
            both, in_first, in_second = counts[task]
            counts[task] = (both + len(ours & theirs), in_first + len(ours), in_second + len(theirs))
    return counts


def f1(both: int, in_first: int, in_second: int) -> float:
    return 2 * both / max(in_first + in_second, 1)


def _dated(record: Record) -> Iterator[tuple[int, str]]:
    places = [start for start, _, what in record["marks"] if what == "date"]
    return ((start, entry["value"]) for start, entry in zip(places, record["dates"], strict=True))


def _phased(record: Record) -> Iterator[tuple[int, str]]:
    return ((sent["i"], phase) for sent in record["sents"] for phase in sent["phases"])


def _listed(record: Record, field: str) -> Iterator[frozenset[str]]:
    named: dict[str, set[str]] = {}
    for org in record["orgs"]:
        named.setdefault(org["canon"], set()).add(org["surface"])
    incident = record["incident"] or {}
    return (frozenset(named.get(canon, {canon})) for canon in incident.get(field, []))


def _field(record: Record, field: str) -> list[str]:
    return [record["incident"][field]] if record["incident"] else []


_TASKS: dict[str, Callable[[Record], Iterable[object]]] = {
    "organizations (exact span)": name_spans,
    "organizations (surface and type)": lambda record: ((org["surface"], org["type"]) for org in record["orgs"]),
    "dates (value)": _dated,
    "phases (by sentence)": _phased,
    "incident or none": lambda record: [record["incident"] is None],
    "kind": lambda record: _field(record, "kind"),
    "verification": lambda record: _field(record, "verification"),
    "case status": lambda record: _field(record, "case_status"),
    "victims": lambda record: _listed(record, "victims"),
    "responders": lambda record: _listed(record, "responders"),
    "types of attack": lambda record: record["incident"]["attack_types"] if record["incident"] else [],
}
