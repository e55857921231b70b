"""Many articles, by two doors: Python objects to DataFrames, files to files with a manifest.

What a run does in between is in :mod:`baomat.job`; its chunks are worked on by :mod:`baomat.engine`. What was worked out is
kept in a journal (:mod:`baomat.journal`) until the run is complete, so that a run which was killed goes on where it ended.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pandas as pd

from . import __version__, lexicon, reader
from . import append as appending
from . import corrections as corrected
from . import withdrawn as withdrawals
from .errors import BaomatError
from .export import Layout, Writer
from .frames import Collector, Tables
from .job import Job, Options
from .journal import Journal, key_of
from .schema import Article, Reject

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
    keep_names
        Name natural persons in ``facts`` (see :mod:`baomat.persons`); by itself no table does, but for quotes.
    organizations
        A TSV file with organizations of your own.
    withdrawn
        A TSV file that names articles and incidents to leave out (see :mod:`baomat.withdrawn`).
    corrections
        A TSV file with what you know better (see :mod:`baomat.corrections`).
    refuted
        Show incidents, too, that were found to be false.
    mapping
        Other names of the DataFrame's columns: ``{"text": "content"}``.

    Returns
    -------
    Tables
        Typed DataFrames with the columns of ``tables.TABLES``. Records that could not be used are in ``rejects``.
    """
    if isinstance(articles, pd.DataFrame):
        items = reader.from_frame(articles, mapping=mapping)
    else:
        items = reader.from_articles(articles)
    options = Options(
        workers=workers,
        scheduler=scheduler,
        merge=merge,
        only_cyber=only_cyber,
        keep_names=keep_names,
        refuted=refuted,
        organizations=str(organizations) if organizations else None,
        withdrawn=withdrawals.read(withdrawn),
        corrections=corrected.read(corrections),
    )
    sink = Collector()
    Job(sink, options).work(items)
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
    options = Options(
        workers=workers,
        scheduler=scheduler,
        merge=merge,
        only_cyber=only_cyber,
        keep_names=keep_names,
        refuted=refuted,
        organizations=str(organizations) if organizations else None,
        withdrawn=withdrawals.read(withdrawn),
        corrections=corrected.read(corrections),
    )
    asked = {
        "only_cyber": only_cyber,
        "organizations": _file_entry(organizations),
        "withdrawn": _file_entry(withdrawn),
        "mapping": {field: name for field, name in names.items() if field != name},
    }
    manifest = _manifest(found, asked)
    layout = layout or Layout()
    if append:
        layout = appending.check(Path(out), formats, layout)
    with Writer(Path(out), formats=formats, overwrite=overwrite or append, layout=layout) as writer:
        former = appending.former(writer.folder) if append else None
        if former:
            listed = options.withdrawn.also(former.withdrawn, former.path.name)
            better = options.corrections.also(former.corrections, former.path.name)
            options = replace(options, withdrawn=listed, corrections=better)
        journal = Journal(writer.folder, key_of(manifest | {"former": former.state if former else ""}))
        job = Job(writer, options, journal=journal, former=former, tell=_told_to(progress, found))
        job.work(reader.from_sources(found, mapping=names))
        if nothing := _nothing(job, inputs):
            journal.remove()
            raise nothing
        writer.keep_list(withdrawals.STAGE, options.withdrawn.notes)
        manifest["options"] = asked | {
            "formats": sorted(set(formats)),
            "layout": asdict(layout),
            "merge": merge,
            "corrections": _file_entry(corrections),
            "refuted": refuted,
            "keep_names": keep_names,
        }
        if former:
            manifest["earlier"] = former.earlier
        seconds = time.monotonic() - clock
        writer.finish(manifest, log=_log(started, seconds, job, found, Path(out), workers))
        journal.remove()
        return Summary(Path(out), writer.counts, job.n_records, job.n_off_topic, seconds, job.n_resumed, job.n_unchanged)


def _told_to(progress: Progress | None, found: Sequence[reader.Source]) -> Callable[[int], None] | None:
    if progress is None:
        return None
    total = sum(source.count() for source in found)
    return lambda done: progress(done, total)


def _nothing(job: Job, inputs: Sequence[Path | str]) -> BaomatError | None:
    """The error of a run that has nothing to show: there was no record, or none could be used."""
    if not job.n_records:
        return BaomatError("B108", inputs=", ".join(map(str, inputs)))
    failed = [reject for reject in job.rejects if reject.stage not in ("published", withdrawals.STAGE)]
    if job.n_articles or len(failed) != job.n_records:
        return None
    return BaomatError("B504", n=len(failed), first=_told(failed[0]))


def _manifest(found: Sequence[reader.Source], options: Mapping[str, object]) -> dict[str, object]:
    """What the results of the articles depend on."""
    return {
        "config_sha256": sha256((files("baomat") / "config.cfg").read_bytes()).hexdigest(),
        "lexicons": lexicon.hashes(),
        "models": _model_hashes(),
        "options": options,
        "inputs": [_file_entry(source.path, source.name) for source in found],
    }


def _model_hashes() -> dict[str, str]:
    folder = files("baomat") / "models"
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name) if folder.is_dir() else []
    return {entry.name: sha256(entry.read_bytes()).hexdigest() for entry in entries if entry.is_file()}


def _file_entry(file: Path | str | None, name: str = "") -> dict[str, object] | None:
    if not file:
        return None
    path = Path(file)
    try:
        return {"name": name or path.name, "size": path.stat().st_size, "sha256": reader.sha256_of(path)}
    except OSError as error:
        raise BaomatError("B104", path=path, cause=error.strerror) from error


def _told(reject: Reject) -> str:
    place = f"{reject.input}:{reject.row}" if reject.row else reject.input
    return f"{place}: [{reject.code}] {reject.message}"


def _log(started: datetime, seconds: float, job: Job, found: Sequence[reader.Source], out: Path, workers: int) -> str:
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
