"""Adding to a SQLite file: what it holds comes first, less what was revised or withdrawn since, then the new articles.

A run that adds is a run over all articles, of which the old ones need not be read and worked on again: the file keeps what
each of them gave. So its tables are those that one run over the articles as they are now would write, but for two things:
an incident keeps the id that it had, and ``id_redirects`` says what became of ids that are no longer in use.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from . import corrections, sqlite
from .duplicates import Copies, sketch
from .errors import BaomatError
from .export import BOOKS, LOG, MANIFEST, PACKAGE, PAGE, Layout, held
from .frames import ARTICLE_TABLES, ArticleResult
from .reader import Record
from .schema import TEXT_MODES, Reject, digest
from .withdrawn import STAGE, Withdrawn

LIST = "withdrawn"
HOLDING, QUOTING = ("parquet", "jsonl"), ("html", "stix")  # formats made from the texts of the articles
LOST = "the article that it was named after was revised or withdrawn"
CHUNK = 32  # articles a time
Results = list[ArticleResult | Reject]
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Former:
    """What a SQLite file holds, for a run that adds to it."""

    path: Path
    text: str  # its text mode
    given: Mapping[str, str]  # article_id -> the id that was given
    versions: Mapping[str, frozenset[str]]  # given id -> SHA-256 of each text that it had
    incidents: Mapping[str, frozenset[str]]  # incident_id -> ids of its articles
    withdrawn: Mapping[str, str]  # target -> note
    redirects: Sequence[Mapping[str, str]]
    corrections: Sequence[Mapping[str, str]]  # rows of the table
    earlier: Sequence[object]  # what run.json says of the runs that wrote it

    @property
    def state(self) -> str:
        """A digest of the articles that it holds."""
        held = sorted((given, *sorted(texts)) for given, texts in self.versions.items())
        return digest(json.dumps([held, sorted(self.withdrawn.items())]))

    def holds(self, record: Record) -> bool:
        """Whether it has this very version of an article."""
        article = record.article
        texts = self.versions.get(article.article_id, frozenset())
        return bool(texts) and sha256(article.full_text.encode()).hexdigest() in texts

    def results(self, *, revised: Collection[str], withdrawn: Withdrawn) -> Iterator[Results]:
        """What its articles gave, and its rejects, without those whose ids are in ``revised``, and with a note for each that
        was withdrawn since."""
        rejects = []
        with sqlite.opened(self.path) as con:
            for row in _rows(con, "rejects"):
                anew = row["stage"] in (STAGE, corrections.STAGE) and not row["article_id"]  # what the lists find in this run
                if not anew and row["article_id"] not in revised:
                    names = ("input", "article_id", "stage", "code", "message")
                    rejects.append(Reject(row=row["row"], **{name: row[name] or "" for name in names}))
            yield list(rejects)
            chunk: Results = []
            for article_id, body, organizations, incidents in sqlite.kept(con):
                if not {article_id, self.given[article_id]}.isdisjoint(revised):
                    continue
                rows = {table: sqlite.rows_of(con, table, article_id) for table in ARTICLE_TABLES}
                article = rows["articles"][0]
                if note := withdrawn.note(article["url"], self.given[article_id]):
                    chunk.append(Reject(self.path.name, None, article_id, STAGE, "B208", note))
                    continue
                url, publisher, published = (article[name] or "" for name in ("url", "publisher", "published"))
                result = ArticleResult(article_id, url, publisher, published, rows, tuple(organizations), incidents, body)
                chunk.append(result)
                if len(chunk) == CHUNK:
                    yield chunk
                    chunk = []
            yield chunk


def _rows(con: Any, table: str) -> list[dict[str, Any]]:
    cells = sqlite.cells(con, table)
    return [dict(zip(cells, values, strict=True)) for values in zip(*cells.values(), strict=True)]


def former(folder: Path) -> Former | None:
    """What the SQLite file in a folder holds; None where there is none.

    Raises
    ------
    BaomatError
        B509 for a file of another version, B517 for one that was not written by ``baomat extract``.
    """
    path = folder / BOOKS[0]
    if not path.exists():
        return None
    with sqlite.opened(path) as con:
        kept, n = con.execute("SELECT (SELECT count(*) FROM article_records), (SELECT count(*) FROM articles)").fetchone()
        if kept != n:
            raise BaomatError("B517", path=path)
        given: dict[str, str] = {}
        versions: dict[str, set[str]] = defaultdict(set)
        for article_id, text, before in con.execute("SELECT article_id, sha256, revision_of FROM articles ORDER BY rowid"):
            given[article_id] = given.get(before, article_id)
            versions[given[article_id]].add(text)
        incidents: dict[str, set[str]] = defaultdict(set)
        for incident_id, article_id in con.execute("SELECT incident_id, article_id FROM incident_articles"):
            incidents[incident_id].add(article_id)
        return Former(
            path=path,
            text=con.execute("SELECT value FROM about WHERE name = 'text'").fetchone()[0],
            given=given,
            versions={name: frozenset(texts) for name, texts in versions.items()},
            incidents={name: frozenset(articles) for name, articles in incidents.items()},
            withdrawn=sqlite.in_force(con, LIST),
            redirects=_rows(con, "id_redirects"),
            corrections=[{name: cell or "" for name, cell in row.items()} for row in _rows(con, "corrections")],
            earlier=_runs(folder / MANIFEST),
        )


def _runs(path: Path) -> list[object]:
    """What ``run.json`` says of the runs so far: their inputs and options."""
    if not path.exists():
        return []
    manifest = json.loads(path.read_text(encoding="utf-8"))
    return [*manifest.get("earlier", ()), {name: manifest[name] for name in ("baomat", "inputs", "options") if name in manifest}]


def check(folder: Path, formats: Sequence[str], layout: Layout) -> Layout:
    """The layout of a run that adds: by itself the file's text mode. What would lose something is refused: formats that the
    folder holds and that are not asked for, texts that are not there.

    Raises
    ------
    BaomatError
        B509, B517, B518, B519.
    """
    has = {_format(name) for name in held(folder)} - {""}
    if missing := ({"sqlite"} | has) - set(formats):
        raise BaomatError("B518", path=folder, names=", ".join(sorted(missing | set(formats))))
    path = folder / BOOKS[0]
    if not path.exists():
        if has:
            raise BaomatError("B517", path=folder)
        return layout
    with sqlite.opened(path) as con:
        (mode,) = con.execute("SELECT value FROM about WHERE name = 'text'").fetchone()
    more = layout.text is not None and TEXT_MODES.index(layout.text) > TEXT_MODES.index(mode)
    for name in formats:
        if more or (mode != "full" and (name in QUOTING or (name in HOLDING and layout.text is None))):
            raise BaomatError("B519", format=name, path=path, text=mode)
    return layout if layout.text else replace(layout, text="none" if mode == "none" else None)


def _format(name: str) -> str:
    """The format of a file of ours; empty for those that every run writes."""
    if name in (MANIFEST, LOG, PACKAGE):
        return ""
    return "html" if name == PAGE else name.rpartition(".")[2]


# ---------------------------------------------------------------- what a run that adds takes
def joined(found: Former, new: Iterable[Results], again: Iterator[Results], withdrawn: Withdrawn) -> Iterator[Results]:
    """The results of all articles: the old ones, then the new ones.

    Parameters
    ----------
    found
        What the file holds.
    new
        The results of the new articles; they are read to their end first, for only then is it known which old articles
        were revised.
    again
        The same once more.
    withdrawn
        The user's list.
    """
    revised = {item.article_id for chunk in new for item in chunk if isinstance(item, ArticleResult)}
    copies = Copies()
    told: set[object] = set()
    for chunk in chain(found.results(revised=revised, withdrawn=withdrawn), again):
        kept = [item for item in chunk if not (isinstance(item, Reject) and _told(item, told))]
        for item in kept:
            if isinstance(item, ArticleResult):
                _mark_copy(item, copies)
        yield kept


def _told(item: Reject, told: set[object]) -> bool:
    """Whether a row of ``rejects`` is there already: to read a file again adds nothing."""
    key = (item.article_id, item.message) if item.stage == STAGE else item
    known = key in told
    told.add(key)
    return known


def _mark_copy(item: ArticleResult, copies: Copies) -> None:
    """Set ``near_duplicate_of`` as ``duplicates.distinct`` would that had read all articles."""
    row = item.rows["articles"][0]
    first = copies.first(item.article_id, body_of(item))
    row["near_duplicate_of"] = first if first != item.article_id else ""


def body_of(item: ArticleResult) -> str:
    """The sketch of an article's body, by which copies are known (:func:`baomat.duplicates.sketch`); empty for a short one."""
    if item.body is not None:
        return item.body
    row = item.rows["articles"][0]
    title, text = str(row["title"] or ""), str(row["text"])
    return sketch(text.removeprefix(title).lstrip("\n").removeprefix(title))


def redirects(found: Former, tables: Rows) -> list[dict[str, Any]]:
    """Rows of ``id_redirects``: those of merged incidents that the tables hold, those of incidents that lost the article
    which they were named after, and those that the file has already, led on to where they lead now."""
    now = {row["incident_id"] for row in tables["incidents"]}
    led = {row["old_id"]: (row["new_id"], row["reason"]) for row in tables["id_redirects"]}
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for row in tables["incident_articles"]:
        told[row["article_id"]][row["incident_id"]] += 1
    for old, articles in found.incidents.items():
        if old not in now and old not in led:
            heirs = sum((told[article] for article in articles if article in told), Counter())
            if heirs:
                led[old] = (min(heirs, key=lambda name: (-heirs[name], name)), LOST)
    for former in found.redirects:
        new = former["new_id"]
        led.setdefault(former["old_id"], (led[new][0] if new in led else new, former["reason"]))
    return [
        {"old_id": old, "new_id": new, "reason": reason}
        for old, (new, reason) in sorted(led.items())
        if new in now and old not in now
    ]
