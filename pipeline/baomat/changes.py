"""What is new, changed, merged, withdrawn or gone between two outputs, with the field and the article that caused it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .frames import Tables, read, records
from .story import Row, grouped, whole
from .tables import FACT_FIELDS, TABLES
from .withdrawn import STAGE

KINDS = ("new", "changed", "merged", "withdrawn", "gone")
COLUMNS = ("change", "incident_id", "title", "field", "old", "new", "article_id", "publisher", "published", "url", "reason")
_COMPARED = tuple(column.name for column in TABLES["incidents"])


@dataclass(frozen=True)
class _Side:
    """One output, by incident and article."""

    incidents: Mapping[str, Row]
    articles: Mapping[str, Row]
    told: Mapping[str, Sequence[str]]  # incident -> its articles, the earliest first
    facts: Mapping[str, Mapping[str, Sequence[Row]]]  # incident -> field -> facts
    redirects: Mapping[str, Row]
    notes: Sequence[Row]  # what was withdrawn

    @classmethod
    def of(cls, tables: Tables) -> _Side:
        names = [column.name for column in TABLES["articles"] if column.name != "text"]
        articles = {row["article_id"]: row for row in records(tables.articles[names])}
        members = grouped(records(tables.incident_articles), "incident_id")
        order = {key: (row["published"] or "9999", key) for key, row in articles.items()}
        return cls(
            incidents={row["incident_id"]: row for row in records(tables.incidents)},
            articles=articles,
            told={key: sorted((row["article_id"] for row in rows), key=order.__getitem__) for key, rows in members.items()},
            facts={key: grouped(rows, "field") for key, rows in grouped(records(tables.facts), "incident_id").items()},
            redirects={row["old_id"]: row for row in records(tables.id_redirects)},
            notes=[row for row in records(tables.rejects) if row["stage"] == STAGE],
        )


def changes(old: Tables | Path | str, new: Tables | Path | str) -> pd.DataFrame:
    """What differs between the incidents of two outputs.

    Parameters
    ----------
    old, new
        Tables, folders of tables, or SQLite files; ``old`` is the earlier one.

    Returns
    -------
    DataFrame
        ``COLUMNS``, one row for each field of an incident that changed, and for each incident that is new, merged into
        another (``new`` holds its id), withdrawn or gone; ``change`` is one of ``KINDS``. ``article_id`` is the article
        that caused it: the one that tells the new value, else the one that joined or left. A withdrawn article that told
        no incident has a row of its own without ``incident_id``.

    Raises
    ------
    BaomatError
        Those of ``frames.read``.
    """
    before, after = (_Side.of(side if isinstance(side, Tables) else read(side)) for side in (old, new))
    heirs = _heirs(before, after)
    same = {key: key for key in before.incidents if key in after.incidents}
    for key, heir in heirs.items():
        same.setdefault(heir, key)  # it has another id, but no other incident of the old output is part of it
    rows = [
        *_new(after, same),
        *_changed(before, after, same),
        *_merged(before, after, same, heirs),
        *_left(before, after, heirs),
    ]
    cells = {name: [_text(row.get(name)) for row in rows] for name in COLUMNS}
    return pd.DataFrame({name: pd.array(values, dtype="string") for name, values in cells.items()})


def _heirs(old: _Side, new: _Side) -> dict[str, str]:
    """Where the incidents of the old output are that have no incident of their id in the new one: where ``id_redirects``
    leads, else in the one that has most of their articles."""
    by_article: dict[str, list[str]] = {}
    for key, articles in new.told.items():
        for article in articles:
            by_article.setdefault(article, []).append(key)
    heirs: dict[str, str] = {}
    for key in old.incidents:
        shared = Counter(heir for article in old.told[key] for heir in by_article.get(article, ()))
        if key in new.redirects:
            heirs[key] = new.redirects[key]["new_id"]
        elif key not in new.incidents and shared:
            taken = old.incidents.keys() | heirs.values()  # rather one that is nobody's yet: then only the id is another
            heirs[key] = min(shared, key=lambda name: (-shared[name], name in taken, name))
    return heirs


def _text(cell: object) -> str | None:
    if cell is None or cell == "":
        return None
    return str(whole(cell) if isinstance(cell, float) else cell)


def _row(change: str, incident: Row, article: Row | None = None, **values: object) -> Row:
    caused = {name: (article or {}).get(name) for name in ("article_id", "publisher", "published", "url")}
    return {"change": change, "incident_id": incident.get("incident_id"), "title": incident.get("title")} | caused | values


# ---------------------------------------------------------------- each kind of change
def _new(new: _Side, same: Mapping[str, str]) -> Iterator[Row]:
    for key, incident in new.incidents.items():
        if key not in same:
            yield _row("new", incident, new.articles[new.told[key][0]])


def _changed(old: _Side, new: _Side, same: Mapping[str, str]) -> Iterator[Row]:
    for key, incident in new.incidents.items():
        if key in same:
            before = old.incidents[same[key]]
            for field in _COMPARED:
                if before[field] != incident[field]:
                    cause = _cause(old, new, same[key], key, field)
                    yield _row("changed", incident, cause, field=field, old=before[field], new=incident[field])


def _merged(old: _Side, new: _Side, same: Mapping[str, str], heirs: Mapping[str, str]) -> Iterator[Row]:
    for key, heir in heirs.items():
        if same[heir] != key:
            reason = new.redirects[key]["reason"] if key in new.redirects else "its articles tell that incident now"
            joined = next((name for name in new.told[heir] if name not in old.articles), new.told[heir][0])
            yield _row("merged", old.incidents[key], new.articles[joined], new=heir, reason=reason)


def _left(old: _Side, new: _Side, heirs: Mapping[str, str]) -> Iterator[Row]:
    """Incidents and articles that are no more: withdrawn, as a note says, else gone."""
    notes = {row["article_id"] or row["message"].partition(": ")[0]: row["message"] for row in new.notes}
    left = [key for key in old.incidents if key not in new.incidents and key not in heirs]
    for key in left:
        missing = [name for name in old.told[key] if name not in new.articles]
        reason = next((notes[name] for name in (key, *missing) if name in notes), None)
        article = old.articles[(missing or old.told[key])[0]]
        yield _row("withdrawn" if reason else "gone", old.incidents[key], article, reason=reason)
    told = {name for key in left for name in old.told[key]}
    for name in (name for name in notes if name in old.articles and name not in told):
        article = old.articles[name]
        yield _row("withdrawn", {"title": article["title"]}, article, reason=notes[name])


def _cause(old: _Side, new: _Side, former: str, key: str, field: str) -> Row | None:
    """The article behind a change: one that states the field now and did not before (the one shown first), else one that
    joined or was rewritten, else one that left."""
    name = FACT_FIELDS.get(field, field)
    stated = {_stated(fact) for fact in old.facts.get(former, {}).get(name, ())}
    fresh = [fact for fact in new.facts.get(key, {}).get(name, ()) if _stated(fact) not in stated]
    if fresh:
        return new.articles[max(fresh, key=lambda fact: bool(fact["preferred"]))["article_id"]]
    for article in new.told[key]:
        if article not in old.told[former] or new.articles[article]["sha256"] != old.articles[article]["sha256"]:
            return new.articles[article]
    left = [article for article in old.told[former] if article not in new.told[key]]
    return old.articles[left[0]] if left else None


def _stated(fact: Row) -> tuple[object, ...]:
    return tuple(fact[name] for name in ("article_id", "value", "number_min", "number_max", "claim", "claimant"))
