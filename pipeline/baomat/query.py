"""Search in what was written: incidents, their facts, articles and organizations, with or without diacritics.

A word typed with a mark ("bưu") stands for itself, one without ("buu") for every word that reads so without marks.
Words in a row are looked for in that order, side by side. If nothing has them so, words that are no Vietnamese syllables
("viettel ransomware") may also stand apart in the same text. Quotation marks, or AND, part several phrases, all of which
have to be there; after a * a word may go on ("donggiang*"). Nothing that can be typed is an error.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from . import isovalue
from .cells import several
from .errors import BaomatError
from .excel import guarded_csv
from .frames import Tables, read, records
from .published import parse
from .schema import ATTACK_TYPES
from .tables import TABLES
from .text import fold, key, normalize

_WORD = re.compile(r"[^\W_]+\*?")
_PHRASE = re.compile(r'"([^"]*)"')
_AND = re.compile(r"\bAND\b")
_PART = re.compile(r"(?P<year>\d{4})(?:-Q(?P<quarter>[1-4])|-W(?P<week>\d{2}))?")
_GAP = r"[\W_]{1,4}"  # between two words that stand side by side: ", " or " - "
_SYLLABLE = re.compile(
    r"(?:[bdghklmnprstvx]|ch|gh|gi|kh|ngh?|nh|ph|qu|th|tr|c)?(?:[aeiouy]|[aeiouy]{2,3})(?:[cmnpt]|ch|ng|nh)?\Z"
)
_MARKED = re.compile(r"[^\x00-\x7f]")
FORMATS = ("table", "csv", "jsonl")
COLUMNS = (
    "kind", "incident_id", "title", "verification", "attack_types", "victims", "date", "role", "claim", "found_in", "quote",
    "article_id", "publisher", "published", "url",
)  # fmt: skip
# The facts that name an organization, and what it is in the incident.
_ROLES = ("victim", "impersonated", "threat_actor", "responder", "authority", "unaffected")
_NAMES = ("victims", "victim_people", "impersonated", "threat_actors", "responders", "authorities")


# ---------------------------------------------------------------- what was typed
@dataclass(frozen=True)
class Wanted:
    """The phrases of a query, each a tuple of words as typed, in ``text.key`` form; a word that may go on ends in ``*``."""

    phrases: tuple[tuple[str, ...], ...]

    @property
    def loose(self) -> Wanted:
        """The same words, parted at those that are no Vietnamese syllables: single syllables stand in nearly every text."""
        parts: list[tuple[str, ...]] = []
        for phrase in self.phrases:
            for syllables, words in groupby(phrase, lambda word: bool(_SYLLABLE.match(fold(word)))):
                run = tuple(words)
                parts += [run] if syllables else [(word,) for word in run]
        return Wanted(tuple(parts))

    def match(self, text: str) -> re.Match[str] | None:
        """The place of the first phrase in a text that holds all of them, else None."""
        keyed = key(text)
        found = [_pattern(phrase).search(keyed) for phrase in self.phrases]
        return found[0] if found and all(found) else None


def wanted(text: str) -> Wanted:
    """Read a query; any other sign parts words and means nothing else."""
    parts = [key(part) for part in _AND.split(normalize(text))]
    phrases = [phrase for part in parts for phrase in (*_PHRASE.split(part)[::2], *_PHRASE.findall(part))]
    return Wanted(tuple(words for phrase in phrases if (words := tuple(_WORD.findall(phrase)))))


@cache
def _pattern(phrase: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){_GAP.join(map(_word, phrase))}(?![^\W_])")


def _word(word: str) -> str:
    """A word with marks as it is; one without as any word that reads so without them."""
    if word.endswith("*"):
        return _word(word[:-1]) + r"[^\W_]*"
    return re.escape(word) if _MARKED.search(word) else "".join(map(_letter, word))


def _letter(char: str) -> str:
    return f"[{_variants().get(char, '')}{re.escape(char)}]"


@cache
def _variants() -> dict[str, str]:
    """The marked letters that fold to each plain one: d -> đ, o -> òóỏ…"""
    variants: dict[str, str] = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        plain = fold(chr(code))
        if len(plain) == 1 and plain.isascii():
            variants[plain] = variants.get(plain, "") + chr(code)
    return variants


def fts(text: str) -> str:
    """The query for the ``*_fts`` tables of a SQLite file of baomat; empty where nothing was typed."""
    parts: list[str] = []
    for phrase in wanted(text).phrases:
        marked = [word for word in phrase if _MARKED.search(word)]
        if len(marked) == len(phrase):
            parts.append(_fts_phrase("exact", phrase))
        else:
            parts += [_fts_phrase("folded", phrase), *(_fts_phrase("exact", [word]) for word in marked)]
    return " AND ".join(parts)


def _fts_phrase(column: str, words: Sequence[str]) -> str:
    """FTS5 lets only the last word of a phrase go on."""
    plain = " ".join(words).replace("*", "")
    star = " *" if words[-1].endswith("*") else ""
    return f'{{{column}}} : "{fold(plain) if column == "folded" else plain}"{star}'


# ---------------------------------------------------------------- search
def search(
    source: Tables | Path | str,
    text: str = "",
    *,
    org: bool = False,
    since: str = "",
    until: str = "",
    types: Iterable[str] = (),
) -> pd.DataFrame:
    """Find incidents, and articles that tell none, by what is written about them.

    Parameters
    ----------
    source
        Tables, a folder of tables, or a SQLite file. What its text mode left out cannot be found.
    text
        What to look for (see the module); empty for every incident.
    org
        Look in the names of organizations only: which incidents have a part for them.
    since, until
        First and last day, ISO 8601, a month or a year also: by the onset of an incident, else when it was made public,
        else its first article; what has no date is left out.
    types
        Types of attack (``schema.ATTACK_TYPES``), any of them; leaves articles without an incident out.

    Returns
    -------
    DataFrame
        ``COLUMNS``, one row an incident (``kind`` incident) or article, the latest first. ``found_in`` says where
        (organization, title, names, quote, article), ``quote`` holds the passage, ``role`` what the organization is
        there, and ``claim`` how sure that is (confirmed, claimed, denied …).

    Raises
    ------
    BaomatError
        B701 unknown type, B702 a date that cannot be read; those of ``frames.read``.
    """
    types = _check_types(types)
    period = _day(since, "--since", last=False), _day(until, "--until", last=True)
    tables = source if isinstance(source, Tables) else read(source)
    query = wanted(text)
    if text.strip() and not query.phrases:
        hits: list[dict[str, Any]] = []
    elif not query.phrases:
        hits = [_incident_hit(row) for row in records(tables.incidents)]
    else:
        hits = _hits(tables, query, org)
        if not hits and query.loose != query:
            hits = _hits(tables, query.loose, org)
    kept = [hit for hit in hits if _within(hit["date"], *period) and (not types or types & set(several(hit["attack_types"])))]
    kept.sort(key=_latest_first)
    return pd.DataFrame({name: pd.array([hit.get(name) or None for hit in kept], dtype="string") for name in COLUMNS})


def select(tables: Tables, hits: pd.DataFrame) -> Tables:
    """All tables, of the found incidents and articles alone."""
    told = tables.incident_articles
    incidents = set(hits["incident_id"].dropna())
    articles = set(hits["article_id"].dropna()) | set(told["article_id"][told["incident_id"].isin(incidents)])
    chosen: dict[str, pd.DataFrame] = {}
    for table in TABLES:
        data: pd.DataFrame = getattr(tables, table)
        if "incident_id" in data:
            data = data[data["incident_id"].isin(incidents)]
        elif "article_id" in data:
            data = data[data["article_id"].isin(articles)]
        elif table == "id_redirects":
            data = data[data["new_id"].isin(incidents)]
        chosen[table] = data.reset_index(drop=True)
    orgs = set(chosen["organization_mentions"]["org_id"]) | set(chosen["phases"]["org_id"])
    for table in ("organizations", "organization_aliases"):
        chosen[table] = chosen[table][chosen[table]["org_id"].isin(list(orgs))].reset_index(drop=True)
    return Tables(**chosen)


def render(hits: pd.DataFrame, name: str) -> str:
    """What was found as ``csv`` or ``jsonl``.

    Raises
    ------
    BaomatError
        B703 for another format.
    """
    if name == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in records(hits))
    if name != "csv":
        raise BaomatError("B703", format=name, choices=", ".join(FORMATS))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(hits.columns)
    writer.writerows([guarded_csv(cell or "") for cell in row.values()] for row in records(hits))
    return file.getvalue()


def _hits(tables: Tables, query: Wanted, org: bool) -> list[dict[str, Any]]:
    """The rows that have what is wanted; an incident once, with the first place that tells most."""
    found = _Found(tables)
    orgs = _organizations(tables, query)
    facts = tables.facts
    named = facts[facts["value_key"].isin(list(orgs)) & facts["field"].isin(_ROLES)]
    for row in records(named.sort_values("field", key=lambda field: field.map(_ROLES.index), kind="stable")):
        part = {"role": row["field"], "claim": row["claim"]}
        found.add(row["incident_id"], "organization", row["article_id"], row["quote"], **part)
    if not org:
        for row in _matching(tables.incidents, ["title"], query):
            found.add(row["incident_id"], "title")
        for row in _matching(tables.incidents, _NAMES, query):
            found.add(row["incident_id"], "names")
        for row in _matching(facts, ["value"], query) + _matching(facts, ["quote"], query):
            found.add(row["incident_id"], "quote", row["article_id"], row["quote"])
    mentions = tables.organization_mentions
    mentions = mentions[mentions["org_id"].isin(list(orgs))].drop_duplicates("article_id")
    for row in records(mentions.merge(tables.articles[["article_id", "text"]], on="article_id", suffixes=("", "_of_article"))):
        passage = _line(row["text_of_article"], row["start"], row["end"]) if row["text_of_article"] else row["text"]
        found.add_article(row["article_id"], "organization", passage, role=row["role"])
    if not org:
        for row in _matching(tables.articles, ["title"], query) + _matching(tables.articles, ["text"], query):
            found.add_article(row["article_id"], "article", _passage(row["text"] or row["title"], query))
    return list(found.hits.values())


class _Found:
    """Hits by incident or article; the first one that is added stays."""

    def __init__(self, tables: Tables) -> None:
        self.hits: dict[tuple[str, str], dict[str, Any]] = {}
        self._incidents = {row["incident_id"]: row for row in records(tables.incidents)}
        columns = ["article_id", "title", "publisher", "published", "url"]
        self._articles = {row["article_id"]: row for row in records(tables.articles[columns])}
        self._told: dict[str, list[str]] = {}
        self._first: dict[str, str] = {}  # the article that an incident goes back to
        for row in records(tables.incident_articles):
            self._first.setdefault(row["incident_id"], row["article_id"])
            self._told.setdefault(row["article_id"], []).append(row["incident_id"])

    def add(self, incident_id: str, found_in: str, article_id: str = "", quote: str | None = None, **part: str) -> None:
        if ("incident", incident_id) not in self.hits:
            article_id = article_id or self._first[incident_id]
            article = {name: value for name, value in self._articles.get(article_id, {}).items() if name != "title"}
            hit = _incident_hit(self._incidents[incident_id]) | article
            self.hits["incident", incident_id] = hit | {"found_in": found_in, "quote": quote, **part}

    def add_article(self, article_id: str, found_in: str, quote: str | None, **part: str) -> None:
        for incident_id in self._told.get(article_id, ()):
            self.add(incident_id, found_in, article_id, quote, **part)
        if article_id not in self._told:
            article = self._articles[article_id]
            hit = {"kind": "article", **article, "date": article["published"], "attack_types": None}
            self.hits.setdefault(("article", article_id), hit | {"found_in": found_in, "quote": quote, **part})


def _incident_hit(row: dict[str, Any]) -> dict[str, Any]:
    names = ("incident_id", "title", "verification", "attack_types", "victims")
    when = next((row[name] for name in ("onset", "made_public", "first_published") if row[name]), None)
    url = next(iter(several(row["urls"])), None)
    return {"kind": "incident", **{name: row[name] for name in names}, "date": when, "url": url, "publisher": row["publishers"]}


def _organizations(tables: Tables, query: Wanted) -> set[str]:
    """The organizations of which one name or other written form holds what is wanted."""
    names = _matching(tables.organizations, ["name"], query) + _matching(tables.organizations, ["full_name"], query)
    return {row["org_id"] for row in names + _matching(tables.organization_aliases, ["alias"], query)}


def _matching(data: pd.DataFrame, columns: Sequence[str], query: Wanted) -> list[dict[str, Any]]:
    """The rows of which the text in the columns holds all phrases. Arrow sorts out, without marks and in one pass, what
    cannot; the rest is read word by word."""
    if data.empty:
        return []
    texts = data[columns[0]].fillna("")
    for column in columns[1:]:
        texts = texts + "\n" + data[column].fillna("")
    array = pa.array(texts, type=pa.string(), from_pandas=True)
    mask = pa.array([True] * len(array))
    for phrase in query.phrases:
        for word in phrase:
            pattern = "".join(map(_letter, fold(word).replace(" ", "")))
            mask = pc.and_(mask, pc.match_substring_regex(array, pattern=pattern, ignore_case=True))
    chosen = pd.Series(mask.to_numpy(zero_copy_only=False), index=data.index)
    return [row for row, words in zip(records(data[chosen]), texts[chosen], strict=True) if query.match(words)]


def _passage(text: str, query: Wanted) -> str | None:
    """The line that holds the first phrase."""
    match = query.match(text)
    return _line(text, match.start(), match.end()) if match else None


def _line(text: str, start: int, end: int) -> str:
    last = text.find("\n", end)
    return text[text.rfind("\n", 0, start) + 1 : last if last >= 0 else len(text)]


# ---------------------------------------------------------------- filters
def _latest_first(hit: dict[str, Any]) -> tuple[int, ...]:
    """Incidents before articles; what has no date, or no year, comes last."""
    when = hit["date"] or ""
    return (hit["kind"] != "incident", *(-ord(char) for char in when)) if when[:1].isdigit() else (hit["kind"] != "incident", 0)


def _check_types(types: Iterable[str]) -> set[str]:
    for name in (chosen := set(types)):
        if name not in ATTACK_TYPES:
            raise BaomatError("B701", name=name, choices=", ".join(ATTACK_TYPES))
    return chosen


def _day(value: str, option: str, *, last: bool) -> date | None:
    found = parse(value)
    if value and found is None:
        raise BaomatError("B702", option=option, value=value)
    return (found.last_day if last else found.first_day) if found else None


def _within(value: str | None, first: date | None, last: date | None) -> bool:
    """Whether a value can lie in the period."""
    if first is None and last is None:
        return True
    start, _, end = (value or "").partition("/")
    begin, finish = _bounds(start)[0], _bounds(end or start)[1]
    return bool(begin and finish and (last is None or begin <= last) and (first is None or finish >= first))


def _bounds(value: str) -> tuple[date | None, date | None]:
    """First and last day of an ISO 8601 value of the tables; none where its year is not known."""
    match = _PART.match(value)
    if match is None:
        return None, None
    year, quarter, week = int(match["year"]), match["quarter"], match["week"]
    if quarter:
        found = isovalue.of_quarter(year, int(quarter))
        return found.first, found.last
    if week:
        return date.fromisocalendar(year, int(week), 1), date.fromisocalendar(year, int(week), 7)
    told = parse(value)
    return (told.first_day, told.last_day) if told else (None, None)
