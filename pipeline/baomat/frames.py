"""Records -> rows -> typed DataFrames; the codebook ``tables.TABLES`` says which columns there are, in which order.

What is not known is missing (``pd.NA``, null in Parquet and JSON, an empty cell in CSV), never an empty text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from spacy.tokens import Doc

from . import likeness, readback
from .cells import columns, plain
from .errors import BaomatError
from .export import Layout, Writer
from .layers import text_of
from .schema import Article, Incident, Organization, Published
from .tables import DTYPES, TABLES
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
    text = text_of(doc)
    published: Published | None = doc._.published
    sentences: list[tuple[int, int]] = doc._.sentences
    incidents: list[Incident] = doc._.incidents
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
                "cyber_score": doc._.cyber_score,
                "is_incident": any(incident.relation == "main" for incident in incidents),
                "near_duplicate_of": near_duplicate_of,
                "revision_of": revision_of,
                "sha256": sha256(text.encode()).hexdigest(),
            }
        ],
        "sentences": [
            {"article_id": article_id, "sentence": n, "start": start, "end": end} for n, (start, end) in enumerate(sentences)
        ],
        "organization_mentions": _rows("organization_mentions", article_id, _check(text, doc._.orgs, quote="text")),
        "dates": _rows("dates", article_id, _check(text, doc._.dates, quote="text")),
        "phases": _rows("phases", article_id, _check(text, doc._.phases)),
    }
    return ArticleResult(
        article_id=article_id,
        url=article.url,
        publisher=publisher,
        published=published.value if published else "",
        rows=rows,
        organizations=tuple(doc._.organizations.values()),
        incidents=likeness.traced(text, doc._.orgs, doc._.organizations, incidents, score=doc._.cyber_score),
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


# ---------------------------------------------------------------- typed tables
def frame(table: str, rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Rows as a DataFrame with exactly the columns and dtypes of the codebook, also when there are none."""
    return _typed(table, columns(table, rows))


def _typed(table: str, cells: Mapping[str, list[Any]]) -> pd.DataFrame:
    dtypes: dict[str, Any] = {column.name: DTYPES[column.dtype] for column in TABLES[table]}
    return pd.DataFrame({name: pd.array(values, dtype=dtypes[name]) for name, values in cells.items()})


@dataclass(frozen=True, slots=True)
class Tables:
    """One typed DataFrame for every table of the codebook."""

    articles: pd.DataFrame
    sentences: pd.DataFrame
    organizations: pd.DataFrame
    organization_aliases: pd.DataFrame
    organization_mentions: pd.DataFrame
    dates: pd.DataFrame
    phases: pd.DataFrame
    incidents: pd.DataFrame
    incident_articles: pd.DataFrame
    facts: pd.DataFrame
    timeline: pd.DataFrame
    id_redirects: pd.DataFrame
    corrections: pd.DataFrame
    rejects: pd.DataFrame

    def write(
        self,
        folder: Path | str,
        *,
        formats: Sequence[str] = ("parquet", "csv"),
        overwrite: bool = False,
        layout: Layout | None = None,
        manifest: Mapping[str, object] | None = None,
    ) -> None:
        """Write every table into a folder, as ``baomat extract`` does (see ``export.Writer``); ``manifest`` goes into
        ``run.json``."""
        with Writer(Path(folder), formats=formats, overwrite=overwrite, layout=layout) as writer:
            for table in TABLES:
                writer.append(table, records(getattr(self, table)))
            writer.finish(manifest or {})

    def to_parquet(self, folder: Path | str, *, overwrite: bool = False, text: str = "full") -> None:
        """Write ``<table>.parquet`` files."""
        self.write(folder, formats=["parquet"], overwrite=overwrite, layout=Layout(text=text))

    def to_csv(
        self, folder: Path | str, *, overwrite: bool = False, lang: str = "en", separator: str = ",", bom: bool = True
    ) -> None:
        """Write ``<table>.csv`` files for spreadsheets; without the texts of the articles."""
        layout = Layout(lang=lang, separator=separator, bom=bom)
        self.write(folder, formats=["csv"], overwrite=overwrite, layout=layout)

    def to_sqlite(self, path: Path | str, *, overwrite: bool = False, text: str = "evidence") -> None:
        """Write one SQLite file (see :mod:`baomat.sqlite`)."""
        self._to_file(Path(path), "sqlite", overwrite, Layout(text=text))

    def to_excel(self, path: Path | str, *, overwrite: bool = False, lang: str = "vi") -> None:
        """Write one workbook for people (see :mod:`baomat.excel`)."""
        self._to_file(Path(path), "xlsx", overwrite, Layout(lang=lang))

    def _to_file(self, path: Path, name: str, overwrite: bool, layout: Layout) -> None:
        if path.exists() and not overwrite:
            raise BaomatError("B501", path=path)
        with TemporaryDirectory(dir=path.parent, prefix=".baomat-") as folder:
            self.write(folder, formats=[name], layout=layout)
            (Path(folder) / f"baomat.{name}").replace(path)

    @classmethod
    def read(cls, path: Path | str) -> Tables:
        """The tables that were written into a folder or a SQLite file (see :mod:`baomat.readback`)."""
        return cls(**{table: _typed(table, cells) for table, cells in readback.read(Path(path))})


def read(path: Path | str) -> Tables:
    """The tables that ``baomat extract`` or ``Tables.write`` wrote, with their dtypes.

    Parameters
    ----------
    path
        The folder, or a SQLite file. Of a folder the Parquet files are read, else JSONL, SQLite, CSV.

    Raises
    ------
    BaomatError
        B508, B509, B514 if there are none that can be read.
    """
    return Tables.read(path)


def records(data: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain values, None where one is missing."""
    return data.astype(object).where(data.notna(), None).to_dict("records")  # type: ignore[return-value]


class Collector:
    """Gathers rows in memory, cell by column, and makes :class:`Tables` of them."""

    keeps = False

    def __init__(self) -> None:
        self._cells = {table: columns(table, []) for table in TABLES}

    def append(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows to the end of a table."""
        for name, cells in columns(table, rows).items():
            self._cells[table][name].extend(cells)

    def keep(self, article_id: str, sketch: str, organizations: Sequence[Organization], incidents: Sequence[Incident]) -> None:
        """Nothing can be added later."""

    def tables(self) -> Tables:
        """What was gathered."""
        return Tables(**{table: _typed(table, cells) for table, cells in self._cells.items()})
