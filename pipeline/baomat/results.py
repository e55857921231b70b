"""Stages -> plain rows: what one article gave, and the organizations counted over the articles of a run.

Workers import no more than this: pandas and pyarrow would take a quarter of a second of CPU time and 70 MB in each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from typing import Any

from spacy.tokens import Doc

from . import likeness
from .cells import plain
from .errors import BaomatError
from .layers import text_of
from .schema import Article, Incident, Organization, Published
from .tables import TABLES
from .words import n_words

Rows = dict[str, list[dict[str, Any]]]
ARTICLE_TABLES = ("articles", "sentences", "organization_mentions", "dates", "phases")
_ALIAS_ORIGINS = ("lexicon", "user", "parenthesis", "learned")  # ALIAS_ORIGINS, the most trusted first


# ---------------------------------------------------------------- one article
@dataclass(frozen=True, slots=True)
class ArticleResult:
    """What one article gave: plain rows of the ``ARTICLE_TABLES``, and what the tables of the run are made from."""

    article_id: str
    url: str
    publisher: str
    published: str
    rows: Rows
    organizations: tuple[Organization, ...] = ()
    incidents: list[Incident] = field(default_factory=list)
    sketch: str = ""  # of the body: see duplicates.sketch
    copy_of: str = ""  # the article that it repeats, or is another version of


def article_result(
    article: Article,
    doc: Doc,
    *,
    article_id: str = "",
    publisher: str = "",
    near_duplicate_of: str = "",
    revision_of: str = "",
    sketch: str = "",
) -> ArticleResult:
    """The rows of one article that went through the pipeline.

    Parameters
    ----------
    article, doc
        The article, and what ``annotate`` made of it.
    article_id, publisher, near_duplicate_of, revision_of, sketch
        What only the run can tell (see ``duplicates.distinct``); without an id the article's own counts.

    Raises
    ------
    BaomatError
        B505 if a span does not slice back to its text.
    """
    article_id = article_id or article.article_id
    text, layers = text_of(doc), doc._
    published: Published | None = layers.published
    sentences: list[tuple[int, int]] = layers.sentences
    incidents: list[Incident] = layers.incidents
    for incident in incidents:
        _check(text, incident.facts, quote="quote")
        _check(text, incident.timeline)
    rows: Rows = {
        "articles": [
            {
                "article_id": article_id,
                "url": article.url,
                "publisher": publisher,
                "source": article.source,
                "title": article.title,
                "text": text,
                "published": published.value if published else "",
                "published_from": published.origin if published else "none",
                "n_sentences": len(sentences),
                "n_words": n_words(doc),
                "cyber_score": layers.cyber_score,
                "is_incident": any(incident.relation == "main" for incident in incidents),
                "near_duplicate_of": near_duplicate_of,
                "revision_of": revision_of,
                "sha256": sha256(text.encode()).hexdigest(),
            }
        ],
        "sentences": [
            {"article_id": article_id, "sentence": n, "start": start, "end": end} for n, (start, end) in enumerate(sentences)
        ],
        "organization_mentions": _rows("organization_mentions", article_id, _check(text, layers.orgs, quote="text")),
        "dates": _rows("dates", article_id, _check(text, layers.dates, quote="text")),
        "phases": _rows("phases", article_id, _check(text, layers.phases)),
    }
    return ArticleResult(
        article_id=article_id,
        url=article.url,
        publisher=publisher,
        published=published.value if published else "",
        rows=rows,
        organizations=tuple(layers.organizations.values()),
        incidents=likeness.traced(text, layers.orgs, layers.organizations, incidents, score=layers.cyber_score),
        sketch=sketch,
        copy_of=near_duplicate_of or revision_of,
    )


def _rows(table: str, article_id: str, records: Iterable[Any]) -> list[dict[str, Any]]:
    names = [column.name for column in TABLES[table] if column.name != "article_id"]
    return [{"article_id": article_id} | {name: plain(getattr(record, name)) for name in names} for record in records]


def _check(text: str, records: Sequence[Any], *, quote: str = "") -> Sequence[Any]:
    """The records, every one of which must lie in the text and, where it holds a quote, slice to it."""
    for record in records:
        start, end = record.start, record.end
        wanted = getattr(record, quote) if quote else text[start:end]
        if not 0 <= start <= end <= len(text) or text[start:end] != wanted:
            raise BaomatError("B505", what=type(record).__name__, start=start, end=end, quote=wanted)
    return records


# ---------------------------------------------------------------- over the articles of one run
class OrganizationTally:
    """Counts the organizations of a run: ``add`` every article, then ``rows``. The order of the articles does not matter."""

    def __init__(self) -> None:
        self._records: Counter[Organization] = Counter()  # without aliases
        self._aliases: dict[tuple[str, str], str] = {}
        self._mentions: Counter[str] = Counter()
        self._articles: Counter[str] = Counter()

    def add(self, result: ArticleResult) -> None:
        """Count an article."""
        mentioned = Counter(str(row["org_id"]) for row in result.rows["organization_mentions"])
        self._mentions.update(mentioned)
        self._articles.update(mentioned.keys())
        for organization in result.organizations:
            self._records[replace(organization, aliases=())] += 1
            for alias, origin in organization.aliases:
                key = organization.org_id, alias
                if (known := self._aliases.setdefault(key, origin)) != origin:
                    self._aliases[key] = min(known, origin, key=_ALIAS_ORIGINS.index)

    def rows(self) -> Rows:
        """The tables ``organizations`` and ``organization_aliases``, sorted by key."""
        learned: dict[str, Counter[Organization]] = {}
        for organization, n in self._records.items():
            learned.setdefault(organization.org_id, Counter())[organization] = n
        return {
            "organizations": [self._row(key, _agreed(learned[key])) for key in sorted(learned)],
            "organization_aliases": [
                {"org_id": org_id, "alias": alias, "origin": origin} for (org_id, alias), origin in sorted(self._aliases.items())
            ],
        }

    def _row(self, key: str, organization: Organization) -> dict[str, Any]:
        return {
            "org_id": key,
            "name": organization.name,
            "full_name": organization.full_name,
            "org_type": organization.org_type,
            "sector": organization.sector,
            "country": organization.country,
            "parent_org_id": organization.parent,
            "valid_from": organization.valid_from,
            "valid_to": organization.valid_to,
            "successor_org_id": organization.successor,
            "n_mentions": self._mentions[key],
            "n_articles": self._articles[key],
        }


def _agreed(records: Counter[Organization]) -> Organization:
    """One record of an organization that articles learned differently: of each field the most frequent value, then the
    smallest; an empty one only where no article knows better."""
    first = min(records, key=lambda record: record.name)
    if len(records) == 1:
        return first
    chosen: dict[str, Any] = {}
    for name in (item.name for item in fields(Organization) if item.name != "aliases"):
        votes: Counter[str] = Counter()
        for record, n in records.items():
            votes[getattr(record, name)] += n
        chosen[name] = min(votes, key=lambda value: (not value, -votes[value], value))
    return replace(first, **chosen)
