"""One run in the parent process: what is read is sorted out and counted, what was worked out becomes the tables.

Results are taken in the order of the input: how many workers there are does not show in the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Protocol

from . import append, cluster, duplicates, engine, persons
from .corrections import Corrections
from .cyber import CYBER_THRESHOLD, score
from .engine import Chunk, Results
from .incidents import incident_tables
from .journal import Journal
from .reader import Record
from .results import ARTICLE_TABLES, ArticleResult, OrganizationTally, Rows
from .schema import Incident, Organization, Reject
from .withdrawn import Withdrawn


class Sink(Protocol):
    """Where rows go: ``export.Writer`` or ``frames.Collector``."""

    @property
    def keeps(self) -> bool:
        """Whether a later run can add to it."""

    def append(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows to the end of a table."""

    def keep(self, article_id: str, sketch: str, organizations: Sequence[Organization], incidents: Sequence[Incident]) -> None:
        """What an article gave, for that later run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run works, and what it leaves out or knows better: see :func:`baomat.extract`."""

    workers: int
    scheduler: str | None
    merge: bool
    only_cyber: bool
    keep_names: bool
    refuted: bool
    organizations: str | None
    withdrawn: Withdrawn
    corrections: Corrections


class Job:
    """The state of one run; :meth:`work` feeds a sink with every table.

    Parameters
    ----------
    sink
        Where the rows go.
    options
        See :class:`Options`.
    journal
        Where results are kept until the run is complete, if they are.
    former
        What the file that is added to holds; the new results are read twice then, so a journal has to keep them.
    tell
        Called with the number of records done.
    """

    def __init__(
        self,
        sink: Sink,
        options: Options,
        *,
        journal: Journal | None = None,
        former: append.Former | None = None,
        tell: Callable[[int], None] | None = None,
    ) -> None:
        self.n_records = self.n_articles = self.n_off_topic = self.n_resumed = self.n_unchanged = 0
        self.rejects: list[Reject] = []
        self._sink, self._options, self._journal, self._former, self._tell = sink, options, journal, former, tell
        self._n_done = 0
        self._failed: set[str] = set()
        self._tally = OrganizationTally()
        self._with_incidents: list[ArticleResult] = []

    def work(self, items: Iterable[Record | Reject]) -> None:
        """Take what is read, and give every table its rows."""
        with closing(self._results(engine.chunked(duplicates.distinct(self._wanted(items))))) as results:
            for chunk in self._joined(self._stepped(results)):
                self._take([self._named(item) for item in chunk])
        for table, rows in (self._tally.rows() | self._incidents()).items():
            self._sink.append(table, rows)
        self._sink.append("rejects", [asdict(reject) for reject in self.rejects])

    # ------------------------------------------------------------ before the articles are worked on
    def _wanted(self, items: Iterable[Record | Reject]) -> Iterator[Record | Reject]:
        """What is read, without what is withdrawn, what the file that is added to has, and what is off topic."""
        for item in items:
            self.n_records += not _is_note(item)
            if isinstance(item, Reject):
                yield item
            elif note := self._options.withdrawn.article(item):
                yield note
            elif self._former and self._former.holds(item):
                self.n_unchanged += 1
                self._step(1)
            elif self._options.only_cyber and score(item.article.full_text) < CYBER_THRESHOLD:
                self.n_off_topic += 1
                self._step(1)
            else:
                yield item

    # ------------------------------------------------------------ what they give
    def _results(self, chunks: Iterator[Chunk]) -> Generator[Results]:
        """The results of all chunks: of the first ones from the journal, if one is there."""
        if self._journal is None:
            yield from self._worked(chunks)
            return
        for results in self._journal.replay():
            self.n_resumed += sum(isinstance(item, ArticleResult) for item in results)
            next(chunks)
            yield results
        yield from self._journal.keep(self._worked(chunks))

    def _worked(self, chunks: Iterator[Chunk]) -> Iterator[Results]:
        options = self._options
        if options.scheduler:
            return cluster.spread(partial(engine.in_worker, options.organizations), chunks, scheduler=options.scheduler)
        return engine.local(chunks, workers=options.workers, organizations=options.organizations)

    def _stepped(self, results: Iterable[Results]) -> Iterator[Results]:
        for chunk in results:
            yield chunk
            self._step(sum(not _is_note(item) for item in chunk))

    def _step(self, n: int) -> None:
        self._n_done += n
        if self._tell:
            self._tell(self._n_done)

    def _joined(self, results: Iterator[Results]) -> Iterator[Results]:
        """The results of all articles: those of the file that is added to come first."""
        if self._former is None or self._journal is None:
            return results
        return append.joined(self._former, results, self._journal.replay(), self._options.withdrawn)

    def _named(self, item: ArticleResult | Reject) -> ArticleResult | Reject:
        """With persons if they were asked for; those that the file which is added to has go if they were not."""
        if isinstance(item, Reject) or not (self._options.keep_names or self._former):
            return item
        return persons.added(item) if self._options.keep_names else persons.without(item)

    # ------------------------------------------------------------ into the tables
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
            if item.incidents:  # only what the tables of incidents are made from: whole texts would fill the memory
                self._with_incidents.append(replace(item, rows={}, organizations=(), sketch=""))
        for row in rows["articles"]:
            for name in ("near_duplicate_of", "revision_of"):
                if row[name] in self._failed:  # never name an article that is not there
                    row[name] = ""
        for table in ARTICLE_TABLES:
            self._sink.append(table, rows[table])
        for item in chunk if self._sink.keeps else ():
            if isinstance(item, ArticleResult):
                self._sink.keep(item.article_id, item.sketch, item.organizations, item.incidents)

    def _incidents(self) -> Rows:
        options = self._options
        known = {*options.withdrawn.notes, *(self._former.incidents if self._former else ())}
        tables, notes = incident_tables(
            self._with_incidents,
            join=options.merge,
            known=known,
            corrections=options.corrections,
            refuted=options.refuted,
            over=partial(cluster.spread, scheduler=options.scheduler) if options.scheduler else map,
        )
        self.rejects += notes
        if self._former:
            tables["id_redirects"] = append.redirects(self._former, tables)
        self.rejects += options.withdrawn.incidents(tables)
        return tables


def _is_note(item: object) -> bool:
    """A reject row about an article that is kept all the same (B207)."""
    return isinstance(item, Reject) and item.stage == "published"
