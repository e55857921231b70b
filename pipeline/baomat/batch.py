"""Many articles: chunks over processes, rejects, the tables of the run, the manifest.

The parent reads, leaves out duplicates and writes; the chunks are worked on by :mod:`baomat.engine`. Results are taken in
the order of the input: the number of workers does not show in what is written. What was worked out is kept in a journal
(:mod:`baomat.journal`) until the run is complete, so that a run which was killed goes on where it ended.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from . import __version__, duplicates, engine, lexicon, persons, reader
from . import append as appending
from . import corrections as corrected
from . import withdrawn as withdrawals
from .engine import Chunk, Results
from .errors import BaomatError
from .export import Layout, Writer
from .frames import ARTICLE_TABLES, ArticleResult, Collector, OrganizationTally, Rows, Tables
from .journal import Journal, key_of
from .reader import Record
from .schema import Article, Incident, Organization, Reject

CHUNK = 32  # articles a task
Mapped = Mapping[str, str] | Iterable[str]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did, for whoever prints it."""

    out: Path
    counts: Mapping[str, int]  # rows of every table
    n_records: int  # records read
    n_off_topic: int  # left out by only_cyber
    seconds: float
    n_resumed: int = 0  # articles that an earlier run, which was cut off, had worked out
    n_unchanged: int = 0  # records that the file which is added to holds already


class Sink(Protocol):
    """Where rows go: ``export.Writer`` or ``frames.Collector``."""

    @property
    def keeps(self) -> bool: ...  # whether a later run can add to it
    def append(self, table: str, rows: Sequence[Mapping[str, object]]) -> None: ...
    def keep(self, article_id: str, body: str, organizations: Sequence[Organization], incidents: Sequence[Incident]) -> None: ...


# ---------------------------------------------------------------- the two doors
def extract(
    articles: Iterable[Article] | pd.DataFrame,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    merge: bool = True,
    only_cyber: bool = False,
    keep_names: bool = False,
    organizations: Path | str | None = None,
    withdrawn: Path | str | None = None,
    corrections: Path | str | None = None,
    refuted: bool = False,
    mapping: Mapped = (),
) -> Tables:
    """Extract the tables from articles.

    Parameters
    ----------
    articles
        ``Article`` objects, or a DataFrame with the columns id, url, source, title, text, published (at least ``title``
        or ``text``).
    workers
        Processes to work in; 1 is this process. With more, call it under ``if __name__ == "__main__":`` in a script.
    scheduler
        Address of the scheduler of a Dask cluster to work on instead (see :mod:`baomat.cluster`).
    merge
        Join what several articles tell of one incident.
    only_cyber
        Keep only the articles whose ``cyber_score`` reaches ``cyber.CYBER_THRESHOLD``.
    organizations
        A TSV file with organizations of your own.
    withdrawn
        A TSV file that names articles and incidents to leave out (see :mod:`baomat.withdrawn`).
    keep_names
        Name natural persons in ``facts`` (see :mod:`baomat.persons`); by itself no table does, but for quotes.
    corrections
        A TSV file with what you know better (see :mod:`baomat.corrections`).
    refuted
        Show incidents, too, that were found to be false.
    mapping
        Other names of the DataFrame's columns: ``{"text": "content"}``.

    Returns
    -------
    Tables
        Typed DataFrames with the columns of ``schema.TABLES``. Records that could not be used are in ``rejects``.
    """
    if isinstance(articles, pd.DataFrame):
        items = reader.from_frame(articles, mapping=mapping)
    else:
        items = reader.from_articles(articles)
    sink = Collector()
    listed = withdrawals.read(withdrawn)
    job = _Run(sink, workers=workers, merge=merge, only_cyber=only_cyber, organizations=organizations, withdrawn=listed)
    job.scheduler = scheduler
    job.corrections, job.refuted, job.keep_names = corrected.read(corrections), refuted, keep_names
    job.work(items)
    return sink.tables()


def run(
    inputs: Sequence[Path | str],
    out: Path | str,
    *,
    formats: Sequence[str] = ("parquet", "csv"),
    layout: Layout | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    merge: bool = True,
    only_cyber: bool = False,
    overwrite: bool = False,
    append: bool = False,
    keep_names: bool = False,
    organizations: Path | str | None = None,
    withdrawn: Path | str | None = None,
    corrections: Path | str | None = None,
    refuted: bool = False,
    mapping: Mapped = (),
    progress: Progress | None = None,
) -> Summary:
    """Extract the tables from files and folders into the folder ``out``, with ``run.json`` and ``run.log``.

    Parameters
    ----------
    inputs, mapping
        See ``reader.read``.
    out, formats, layout, overwrite
        See ``export.Writer``.
    append
        Add to what the SQLite file in ``out`` holds (see :mod:`baomat.append`); without such a file, begin one.
    workers, scheduler, merge, only_cyber, keep_names, organizations, withdrawn, corrections, refuted
        See :func:`extract`.
    progress
        Called with (records done, records in all) after every chunk.

    Raises
    ------
    BaomatError
        B1xx the input cannot be read or is empty, B50x the output cannot be written, B504 every record was rejected,
        B506 a worker died, B525 to B528 the cluster.
    """
    started, clock = datetime.now().astimezone(), time.monotonic()
    found = reader.sources(inputs)
    names = reader.check_mapping(mapping)
    items = reader.from_sources(found, mapping=names)
    listed = withdrawals.read(withdrawn)
    better = corrected.read(corrections)
    entry = {"organizations": organizations, "withdrawn": withdrawn}
    work: dict[str, Any] = {  # what the results of the articles depend on
        "config_sha256": sha256((files("baomat") / "config.cfg").read_bytes()).hexdigest(),
        "lexicons": lexicon.hashes(),
        "models": _model_hashes(),
        "options": {
            "only_cyber": only_cyber,
            **{name: _manifest_entry(Path(file)) if file else None for name, file in entry.items()},
            "mapping": {field: name for field, name in names.items() if field != name},
        },
        "inputs": [_manifest_entry(source.path, source.name) for source in found],
    }
    layout = layout or Layout()
    if append:
        layout = appending.check(Path(out), formats, layout)
    with Writer(Path(out), formats=formats, overwrite=overwrite or append, layout=layout) as writer:
        former = appending.former(writer.folder) if append else None
        if former:
            listed = listed.also(former.withdrawn, former.path.name)
            better = corrected.again(former.corrections, former.path.name, better)
        total = sum(source.count() for source in found) if progress else 0
        job = _Run(writer, workers=workers, merge=merge, only_cyber=only_cyber, organizations=organizations, withdrawn=listed)
        if progress:
            job.tell = lambda done: progress(done, total)
        job.former, job.scheduler = former, scheduler
        job.corrections, job.refuted, job.keep_names = better, refuted, keep_names
        job.journal = Journal(writer.folder, key_of(work | {"former": former.state if former else ""}))
        job.work(items)
        if not job.n_records:
            job.journal.remove()
            raise BaomatError("B108", inputs=", ".join(map(str, inputs)))
        failed = [reject for reject in job.rejects if reject.stage not in ("published", withdrawals.STAGE)]
        if not job.n_articles and len(failed) == job.n_records:
            job.journal.remove()
            raise BaomatError("B504", n=len(failed), first=_told(failed[0]))
        options = work["options"] | {"formats": sorted(set(formats)), "layout": asdict(layout), "merge": merge}
        options |= {"corrections": _manifest_entry(Path(corrections)) if corrections else None, "refuted": refuted}
        options["keep_names"] = keep_names
        writer.keep_list(withdrawals.STAGE, listed.notes)
        earlier = {"earlier": former.earlier} if former else {}
        seconds = time.monotonic() - clock
        writer.finish(work | {"options": options} | earlier, log=_log(started, seconds, job, found, Path(out), workers))
        job.journal.remove()
        return Summary(Path(out), writer.counts, job.n_records, job.n_off_topic, seconds, job.n_resumed, job.n_unchanged)


def _model_hashes() -> dict[str, str]:
    folder = files("baomat") / "models"
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name) if folder.is_dir() else []
    return {entry.name: sha256(entry.read_bytes()).hexdigest() for entry in entries if entry.is_file()}


def _manifest_entry(path: Path, name: str = "") -> dict[str, object]:
    return {"name": name or path.name, "size": path.stat().st_size, "sha256": reader.sha256_of(path)}


def _told(reject: Reject) -> str:
    place = f"{reject.input}:{reject.row}" if reject.row else reject.input
    return f"{place}: [{reject.code}] {reject.message}"


def _log(started: datetime, seconds: float, job: _Run, found: Sequence[reader.Source], out: Path, workers: int) -> str:
    """What differs from run to run and so is not in the manifest."""
    rate = job.n_articles / seconds if seconds else 0.0
    lines = [
        f"baomat {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"started {started.isoformat(timespec='seconds')}, took {seconds:.1f} s, workers {workers}",
        f"{job.n_records} records, {job.n_articles} articles, {len(job.rejects)} rejects, {rate:.1f} articles a second",
        f"output {out.resolve()}",
        *(f"input {source.path.resolve()}" for source in found),
    ]
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- one run
class _Run:
    """The state of one run in the parent process; ``work`` feeds a sink with every table."""

    def __init__(
        self,
        sink: Sink,
        *,
        workers: int,
        merge: bool,
        only_cyber: bool,
        organizations: Path | str | None,
        withdrawn: withdrawals.Withdrawn,
    ) -> None:
        self.sink, self.workers, self.merge, self.only_cyber = sink, workers, merge, only_cyber
        self.organizations = str(organizations) if organizations else None
        self.withdrawn = withdrawn
        self.scheduler: str | None = None  # of a Dask cluster
        self.journal: Journal | None = None
        self.former: appending.Former | None = None
        self.keep_names = False
        self.corrections, self.refuted = corrected.Corrections(), False
        self.n_records = self.n_articles = self.n_off_topic = self.n_resumed = self.n_unchanged = self._n_done = 0
        self.tell: Callable[[int], None] | None = None  # called with the number of records done
        self.rejects: list[Reject] = []
        self._failed: set[str] = set()
        self._tally = OrganizationTally()
        self._with_incidents: list[ArticleResult] = []

    def work(self, items: Iterable[Record | Reject]) -> None:
        with closing(self._results(_chunks(duplicates.distinct(self._on_topic(items))))) as results:
            for chunk in self._joined(self._stepped(results)):
                self._take([self._named(item) for item in chunk])
        for table, rows in (self._tally.rows() | self._incidents()).items():
            self.sink.append(table, rows)
        self.sink.append("rejects", [asdict(reject) for reject in self.rejects])

    def _stepped(self, results: Iterable[Results]) -> Iterator[Results]:
        for chunk in results:
            yield chunk
            self._step(sum(not _is_note(item) for item in chunk))

    def _named(self, item: ArticleResult | Reject) -> ArticleResult | Reject:
        """With persons if they were asked for; those that the file which is added to has go if they were not."""
        if isinstance(item, Reject) or not (self.keep_names or self.former):
            return item
        return persons.added(item) if self.keep_names else persons.without(item)

    def _joined(self, results: Iterator[Results]) -> Iterator[Results]:
        """The results of all articles: those of the file that is added to come first."""
        if self.former is None or self.journal is None:
            return results
        return appending.joined(self.former, results, self.journal.replay(), self.withdrawn)

    def _on_topic(self, items: Iterable[Record | Reject]) -> Iterator[Record | Reject]:
        """Count what is read, and leave out what is withdrawn and, if so asked, what is not about cyber security."""
        for item in items:
            self.n_records += not _is_note(item)
            if isinstance(item, Record) and (note := self.withdrawn.article(item)):
                yield note
                continue
            if isinstance(item, Record) and self.former and self.former.holds(item):
                self.n_unchanged += 1
                self._step(1)
                continue
            if self.only_cyber and isinstance(item, Record):
                from .cyber import CYBER_THRESHOLD, score

                if score(item.article.full_text) < CYBER_THRESHOLD:
                    self.n_off_topic += 1
                    self._step(1)
                    continue
            yield item

    def _step(self, n: int) -> None:
        self._n_done += n
        if self.tell:
            self.tell(self._n_done)

    def _results(self, chunks: Iterator[Chunk]) -> Generator[Results]:
        """The results of all chunks: of the first ones from the journal, if one is there."""
        if self.journal is None:
            yield from self._worked(chunks)
            return
        for results in self.journal.replay():
            self.n_resumed += sum(isinstance(item, ArticleResult) for item in results)
            next(chunks)
            yield results
        yield from self.journal.keep(self._worked(chunks))

    def _worked(self, chunks: Iterator[Chunk]) -> Iterator[Results]:
        if self.scheduler:
            from . import cluster

            return cluster.run(chunks, scheduler=self.scheduler, organizations=self.organizations)
        return engine.local(chunks, workers=self.workers, organizations=self.organizations)

    def _take(self, chunk: Results) -> None:
        rows: Rows = {table: [] for table in ARTICLE_TABLES}
        for item in chunk:
            if isinstance(item, Reject):
                self.rejects.append(item)
                if item.code == "B403":
                    self._failed.add(item.article_id)
                continue
            self.n_articles += 1
            self._tally.add(item)
            for table in ARTICLE_TABLES:
                rows[table] += item.rows[table]
            if item.incidents:
                row = item.rows["articles"][0]
                copy_of = str(row["near_duplicate_of"] or row["revision_of"] or "")
                self._with_incidents.append(replace(item, rows={}, organizations=(), copy_of=copy_of))
        for row in rows["articles"]:
            for name in ("near_duplicate_of", "revision_of"):
                if row[name] in self._failed:  # never name an article that is not there
                    row[name] = ""
        for table in ARTICLE_TABLES:
            self.sink.append(table, rows[table])
        for item in chunk if self.sink.keeps else ():
            if isinstance(item, ArticleResult):
                self.sink.keep(item.article_id, appending.body_of(item), item.organizations, item.incidents)

    def _incidents(self) -> Rows:
        from .incidents import incident_tables

        known = {*self.withdrawn.notes, *(self.former.incidents if self.former else ())}
        tables, notes = incident_tables(
            self._with_incidents, join=self.merge, known=known, corrections=self.corrections, refuted=self.refuted
        )
        self.rejects += notes
        if self.former:
            tables["id_redirects"] = appending.redirects(self.former, tables)
        self.rejects += self.withdrawn.incidents(tables)
        return tables


def _is_note(item: object) -> bool:
    """A reject row about an article that is kept all the same (B207)."""
    return isinstance(item, Reject) and item.stage == "published"


def _chunks(items: Iterable[Record | Reject]) -> Iterator[Chunk]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
