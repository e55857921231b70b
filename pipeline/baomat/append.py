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
from .duplicates import Copies
from .engine import Results, chunked
from .errors import BaomatError
from .export import MANIFEST, Layout, held
from .reader import Record
from .results import ARTICLE_TABLES, ArticleResult, Rows
from .schema import TEXT_MODES, Reject, digest
from .withdrawn import STAGE, Withdrawn

HOLDING, QUOTING = ("parquet", "jsonl"), ("html", "stix")  # formats made from the texts of the articles
LOST = "the article that it was named after was revised or withdrawn"


@dataclass(frozen=True)
class Former:
    """What a SQLite file holds, for a run that adds to it."""

    path: Path
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

    def items(self, *, revised: Collection[str], withdrawn: Withdrawn) -> Iterator[ArticleResult | Reject]:
        """Its rejects and what its articles gave, without those whose ids are in ``revised``; of each article that was
        withdrawn since, a note."""
        with sqlite.opened(self.path) as con:
            for row in sqlite.rows(con, "rejects"):
                anew = row["stage"] in (STAGE, corrections.STAGE) and not row["article_id"]  # what the lists find in this run
                if not anew and row["article_id"] not in revised:
                    yield Reject(**_filled(row) | {"row": row["row"]})
            for article_id, sketch, organizations, incidents in sqlite.kept(con):
                if not {article_id, self.given[article_id]}.isdisjoint(revised):
                    continue
                rows = {table: sqlite.rows(con, table, article_id=article_id) for table in ARTICLE_TABLES}
                article = _filled(rows["articles"][0])
                if note := withdrawn.note(article["url"], self.given[article_id]):
                    yield Reject(self.path.name, None, article_id, STAGE, "B208", note)
                    continue
                yield ArticleResult(
                    article_id=article_id,
                    url=article["url"],
                    publisher=article["publisher"],
                    published=article["published"],
                    rows=rows,
                    organizations=tuple(organizations),
                    incidents=incidents,
                    sketch=sketch,
                )


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "" if cell is None else cell for name, cell in row.items()}


def former(folder: Path) -> Former | None:
    """What the SQLite file in a folder holds; None where there is none.

    Raises
    ------
    BaomatError
        B509 for a file of another version, B517 for one that was not written by ``baomat extract``.
    """
    path = folder / sqlite.DATABASE
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
            given=given,
            versions={name: frozenset(texts) for name, texts in versions.items()},
            incidents={name: frozenset(articles) for name, articles in incidents.items()},
            withdrawn=sqlite.in_force(con, STAGE),
            redirects=sqlite.rows(con, "id_redirects"),
            corrections=[_filled(row) for row in sqlite.rows(con, "corrections")],
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
    has = held(folder) - {""}
    if missing := ({"sqlite"} | has) - set(formats):
        raise BaomatError("B518", path=folder, names=", ".join(sorted(missing | set(formats))))
    path = folder / sqlite.DATABASE
    if not path.exists():
        if has:
            raise BaomatError("B517", path=folder)
        return layout
    with sqlite.opened(path) as con:
        mode = sqlite.text_mode(con)
    more = layout.text is not None and TEXT_MODES.index(layout.text) > TEXT_MODES.index(mode)
    for name in formats:
        if more or (mode != "full" and (name in QUOTING or (name in HOLDING and layout.text is None))):
            raise BaomatError("B519", format=name, path=path, text=mode)
    return layout if layout.text else replace(layout, text="none" if mode == "none" else None)


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
    for chunk in chain(chunked(found.items(revised=revised, withdrawn=withdrawn)), again):
        kept = (item for item in chunk if not (isinstance(item, Reject) and _told(item, told)))
        yield [item if isinstance(item, Reject) else _marked(item, copies) for item in kept]


def _told(item: Reject, told: set[object]) -> bool:
    """Whether a row of ``rejects`` is there already: to read a file again adds nothing."""
    key = (item.article_id, item.message) if item.stage == STAGE else item
    known = key in told
    told.add(key)
    return known


def _marked(item: ArticleResult, copies: Copies) -> ArticleResult:
    """With the article that it is a copy of, as ``duplicates.distinct`` would find it had that read all articles."""
    row = item.rows["articles"][0]
    first = copies.first(item.article_id, item.sketch)
    row["near_duplicate_of"] = first if first != item.article_id else ""
    return replace(item, copy_of=row["near_duplicate_of"] or row["revision_of"] or "")


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
