"""What the tables say of one incident, brought together: for outputs that tell incidents one by one (page, STIX, VERIS).

Rows are dicts without the cells that are missing. Texts of articles are kept only where an article tells an incident.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from . import lexicon
from .cells import several
from .schema import TRUST
from .tables import TABLES
from .text import fold, key

Row = dict[str, Any]
Cells = Mapping[str, Sequence[Any]]
NEEDED = ("articles", "organizations", "organization_aliases", "incidents", "incident_articles", "facts", "timeline", "rejects")


@dataclass(frozen=True)
class Story:
    """One incident with its articles (earliest first), facts, timeline, and the organizations that its facts name."""

    incident: Row
    articles: dict[str, Row]
    facts: Sequence[Row]
    timeline: Sequence[Row]
    organizations: Mapping[str, Row]

    def listed(self, column: str) -> list[str]:
        """The parts of a column with several values."""
        return several(self.incident.get(column))

    def of(self, *fields: str) -> list[Row]:
        """The facts of some fields, those that the record shows first, then by who says so."""
        found = [fact for fact in self.facts if fact["field"] in fields]
        return sorted(found, key=lambda fact: (not fact.get("preferred"), TRUST.index(fact["claimant"])))

    def named(self, field: str) -> dict[str, list[Row]]:
        """The facts of a field by organization (its id) or folded name."""
        found: dict[str, list[Row]] = defaultdict(list)
        for fact in self.of(field):
            found[fact.get("value_key") or fold(fact["value"])].append(fact)
        return dict(found)

    def quote(self, row: Row) -> str:
        """The passage that a row of facts or timeline stands on."""
        text: str = row.get("quote") or self.articles[row["article_id"]].get("text", "")[row["start"] : row["end"]]
        return text

    @cached_property
    def urls(self) -> list[str]:
        """The addresses of its articles, each once."""
        return list(dict.fromkeys(article["url"] for article in self.articles.values() if article.get("url")))


class Stories:
    """Gathers the rows of a run; then iterate over its stories, in the order of the incidents."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {table: [] for table in NEEDED}

    def append(self, table: str, cells: Cells) -> None:
        """Take rows, cell by column; tables that are not needed are passed over."""
        if table not in self.rows:
            return
        names = [column.name for column in TABLES[table] if column.name in cells]
        for values in zip(*(cells[name] for name in names), strict=True):
            row = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            if table == "articles" and not row.get("is_incident"):
                row.pop("text", None)  # at most it echoes an incident, and then no passage of it is shown
            self.rows[table].append(row)

    @cached_property
    def aliases(self) -> dict[str, list[str]]:
        """Other written forms of an organization, by its id."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.rows["organization_aliases"]:
            found[row["org_id"]].append(row["alias"])
        return dict(found)

    def __len__(self) -> int:
        return len(self.rows["incidents"])

    def __iter__(self) -> Iterator[Story]:
        organizations = {row["org_id"]: row for row in self.rows["organizations"]}
        articles = {row["article_id"]: row for row in self.rows["articles"]}
        by_incident = {table: grouped(self.rows[table], "incident_id") for table in ("incident_articles", "facts", "timeline")}
        for incident in self.rows["incidents"]:
            key = incident["incident_id"]
            told = {row["article_id"] for row in by_incident["incident_articles"].get(key, ())}
            facts = by_incident["facts"].get(key, [])
            keys = dict.fromkeys(fact.get("value_key", "") for fact in facts)
            members = sorted((articles[name] for name in told), key=lambda row: (row.get("published", "9999"), row["article_id"]))
            yield Story(
                incident=incident,
                articles={row["article_id"]: row for row in members},
                facts=facts,
                timeline=by_incident["timeline"].get(key, []),
                organizations={name: organizations[name] for name in keys if name in organizations},
            )


def grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    """Rows by what they have in a column, in their order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def whole(number: float) -> int | float:
    """A figure without needless decimals."""
    return int(number) if number == int(number) else number


# ---------------------------------------------------------------- what data was exposed
@cache
def data_kinds() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """Wordings for kinds of data, with the name of the kind in STIX and in VERIS."""
    rows = lexicon.read("data_kinds", ("words", "stix", "veris"), unique=("words",))
    return tuple(
        (re.compile(rf"(?<!\w)(?:{lexicon.trie(map(key, row.several('words')))})(?!\w)"), row["stix"], row["veris"])
        for row in rows
    )


def exposed(story: Story) -> list[str]:
    """The passages that tell what data was exposed."""
    told = [fact for fact in story.of("attack_type") if fact["value"] == "data_breach"]
    return [key(fact.get("quote", "")) for fact in [*told, *story.of("records", "volume")]]
