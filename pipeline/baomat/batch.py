"""Many articles: chunks over processes, rejects, the tables of the run, the manifest.

The parent reads, leaves out duplicates and writes; workers take chunks of articles and give rows back, never Docs. Only
so many chunks are under way at once, so the input is read as fast as it is worked off and memory stays flat. Results
are taken in the order of the input: the number of workers does not show in what is written.
"""

from __future__ import annotations

import platform
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import islice
from multiprocessing import current_process, get_context
from pathlib import Path
from typing import Any, NoReturn, Protocol

import pandas as pd
from spacy.language import Language
from spacy.tokens import Doc

from . import __version__, duplicates, lexicon, reader
from . import withdrawn as withdrawals
from .build import annotate, document, load
from .errors import MESSAGES, BaomatError
from .export import Layout, Writer
from .frames import ARTICLE_TABLES, ArticleResult, Collector, OrganizationTally, Rows, Tables, article_result
from .reader import Record
from .schema import Article, Reject

CHUNK = 32  # articles a task
AHEAD = 3  # chunks under way for each worker
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


class Sink(Protocol):
    """Where rows go: ``export.Writer`` or ``frames.Collector``."""

    def append(self, table: str, rows: Sequence[Mapping[str, object]]) -> None: ...


# ---------------------------------------------------------------- the two doors
def extract(
    articles: Iterable[Article] | pd.DataFrame,
    *,
    workers: int = 1,
    merge: bool = True,
    only_cyber: bool = False,
    organizations: Path | str | None = None,
    withdrawn: Path | str | None = None,
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
    merge
        Join what several articles tell of one incident.
    only_cyber
        Keep only the articles whose ``cyber_score`` reaches ``cyber.CYBER_THRESHOLD``.
    organizations
        A TSV file with organizations of your own.
    withdrawn
        A TSV file that names articles and incidents to leave out (see :mod:`baomat.withdrawn`).
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
    job.work(items)
    return sink.tables()


def run(
    inputs: Sequence[Path | str],
    out: Path | str,
    *,
    formats: Sequence[str] = ("parquet", "csv"),
    layout: Layout | None = None,
    workers: int = 1,
    merge: bool = True,
    only_cyber: bool = False,
    overwrite: bool = False,
    organizations: Path | str | None = None,
    withdrawn: Path | str | None = None,
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
    workers, merge, only_cyber, organizations, withdrawn
        See :func:`extract`.
    progress
        Called with (records done, records in all) after every chunk.

    Raises
    ------
    BaomatError
        B1xx the input cannot be read or is empty, B50x the output cannot be written, B504 every record was rejected,
        B506 a worker died.
    """
    started, clock = datetime.now().astimezone(), time.monotonic()
    found = reader.sources(inputs)
    names = reader.check_mapping(mapping)
    items = reader.from_sources(found, mapping=names)
    listed = withdrawals.read(withdrawn)
    with Writer(Path(out), formats=formats, overwrite=overwrite, layout=layout) as writer:
        total = sum(source.count() for source in found) if progress else 0
        job = _Run(writer, workers=workers, merge=merge, only_cyber=only_cyber, organizations=organizations, withdrawn=listed)
        if progress:
            job.tell = lambda done: progress(done, total)
        job.work(items)
        if not job.n_records:
            raise BaomatError("B108", inputs=", ".join(map(str, inputs)))
        failed = [reject for reject in job.rejects if reject.stage not in ("published", withdrawals.STAGE)]
        if len(failed) == job.n_records:
            raise BaomatError("B504", n=len(failed), first=_told(failed[0]))
        manifest = {
            "config_sha256": sha256((files("baomat") / "config.cfg").read_bytes()).hexdigest(),
            "lexicons": lexicon.hashes(),
            "models": _model_hashes(),
            "options": {
                "formats": sorted(set(formats)),
                "layout": asdict(layout or Layout()),
                "merge": merge,
                "only_cyber": only_cyber,
                "organizations": _manifest_entry(Path(organizations)) if organizations else None,
                "withdrawn": _manifest_entry(Path(withdrawn)) if withdrawn else None,
                "mapping": {field: name for field, name in names.items() if field != name},
            },
            "inputs": [_manifest_entry(source.path, source.name) for source in found],
        }
        seconds = time.monotonic() - clock
        writer.finish(manifest, log=_log(started, seconds, job, found, Path(out), workers))
        return Summary(Path(out), writer.counts, job.n_records, job.n_off_topic, seconds)


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
        self.n_records = self.n_articles = self.n_off_topic = self._n_done = 0
        self.tell: Callable[[int], None] | None = None  # called with the number of records done
        self.rejects: list[Reject] = []
        self._failed: set[str] = set()
        self._tally = OrganizationTally()
        self._with_incidents: list[ArticleResult] = []

    def work(self, items: Iterable[Record | Reject]) -> None:
        with closing(self._results(_chunks(duplicates.distinct(self._on_topic(items))))) as results:
            for chunk in results:
                self._take(chunk)
                self._step(sum(not _is_note(item) for item in chunk))
        for table, rows in (self._tally.rows() | self._incidents()).items():
            self.sink.append(table, rows)
        self.sink.append("rejects", [asdict(reject) for reject in self.rejects])

    def _on_topic(self, items: Iterable[Record | Reject]) -> Iterator[Record | Reject]:
        """Count what is read, and leave out what is withdrawn and, if so asked, what is not about cyber security."""
        for item in items:
            self.n_records += not _is_note(item)
            if isinstance(item, Record) and (note := self.withdrawn.article(item)):
                yield note
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

    def _results(self, chunks: Iterator[list[Record | Reject]]) -> Generator[list[ArticleResult | Reject]]:
        if self.workers <= 1:
            nlp = _pipeline(self.organizations)
            yield from (_work_chunk(nlp, chunk) for chunk in chunks)
        else:
            yield from _over_processes(chunks, self.workers, self.organizations)

    def _take(self, chunk: Sequence[ArticleResult | Reject]) -> None:
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
                self._with_incidents.append(replace(item, rows={}, organizations=()))
        for row in rows["articles"]:
            for name in ("near_duplicate_of", "revision_of"):
                if row[name] in self._failed:  # never name an article that is not there
                    row[name] = ""
        for table in ARTICLE_TABLES:
            self.sink.append(table, rows[table])

    def _incidents(self) -> Rows:
        from .merge import incident_tables

        tables: Rows = incident_tables(self._with_incidents, join=self.merge)
        self.rejects += self.withdrawn.incidents(tables)
        return tables


def _is_note(item: object) -> bool:
    """A reject row about an article that is kept all the same (B207)."""
    return isinstance(item, Reject) and item.stage == "published"


def _chunks(items: Iterable[Record | Reject]) -> Iterator[list[Record | Reject]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


# ---------------------------------------------------------------- the work itself, in this process or in a worker
class _StageError(Exception):
    def __init__(self, stage: str, cause: Exception) -> None:
        super().__init__(stage, cause)
        self.stage, self.cause = stage, cause


def _pipeline(organizations: str | None) -> Language:
    nlp = load(organizations=organizations)
    # What stages load on first use has to be there before a memory zone opens (the zone would free it at its end), and
    # an error of loading is the run's, not an article's.
    annotate(Article(title="Cục A05", text="Sáng 4/6, VNPT bị tấn công mã hóa dữ liệu."), nlp)
    nlp.set_error_handler(_fail)
    return nlp


def _fail(stage: str, _pipe: object, _docs: object, error: Exception) -> NoReturn:
    raise _StageError(stage, error)


def _work_chunk(nlp: Language, chunk: Sequence[Record | Reject]) -> list[ArticleResult | Reject]:
    """Articles -> rows; an article that fails becomes a reject and the rest goes on."""
    with nlp.memory_zone():
        docs = iter(_segmented(nlp, [item.article for item in chunk if isinstance(item, Record)]))
        return [item if isinstance(item, Reject) else _work(nlp, item, next(docs)) for item in chunk]


def _segmented(nlp: Language, articles: Sequence[Article]) -> Sequence[Doc | None]:
    """Articles with their words and sentences, all decoded together; None where each has to go alone to meet its error."""
    try:
        return list(nlp.get_pipe("words").pipe([document(article, nlp) for article in articles]))  # type: ignore[attr-defined]
    except Exception:
        return [None] * len(articles)


def _annotated(nlp: Language, article: Article, doc: Doc | None) -> Doc:
    if doc is None:
        return annotate(article, nlp)
    with nlp.select_pipes(disable=["words"]):
        return nlp(doc)


def _work(nlp: Language, record: Record, doc: Doc | None) -> ArticleResult | Reject:
    try:
        return article_result(
            record.article,
            _annotated(nlp, record.article, doc),
            article_id=record.article_id,
            publisher=record.publisher,
            near_duplicate_of=record.near_duplicate_of,
            revision_of=record.revision_of,
        )
    except _StageError as error:
        stage, cause = error.stage, error.cause
    except BaomatError as error:
        stage, cause = "frames" if error.code == "B505" else "tokenizer", error
    except Exception as error:
        stage, cause = "pipeline", error
    told = MESSAGES["B403"].format(stage=stage, cause=f"{type(cause).__name__}: {cause}"[:500])
    return Reject(record.input, record.row, record.article_id, stage, "B403", told)


# ---------------------------------------------------------------- processes
_worker_pipeline = cache(_pipeline)  # loaded with the first chunk, so that an error of loading reaches the parent


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends the pool


def _in_worker(organizations: str | None, chunk: Sequence[Record | Reject]) -> list[ArticleResult | Reject]:
    return _work_chunk(_worker_pipeline(organizations), chunk)


def _over_processes(
    chunks: Iterator[list[Record | Reject]], workers: int, organizations: str | None
) -> Iterator[list[ArticleResult | Reject]]:
    """The results of the chunks in their order. Workers are spawned on every system: forking a process with threads
    (a progress bar, pyarrow) can hang."""
    if getattr(current_process(), "_inheriting", False):  # a worker that is just importing the unguarded main script
        raise BaomatError("B507")
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_start_worker)
    waiting: deque[Future[Any]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(_in_worker, organizations, chunk))
            if len(waiting) >= AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise BaomatError("B506") from error
    finally:
        pool.shutdown(cancel_futures=True)
