"""Chunks of articles in, chunks of rows out: the work itself, in this process or in others.

Workers take chunks of articles and give rows back, never Docs. Only so many chunks are under way at once, so the input is
read as fast as it is worked off and memory stays flat. Results come in the order of the input.
"""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import cache
from itertools import islice
from multiprocessing import current_process, get_context, parent_process
from threading import Thread
from typing import Any, NoReturn, TypeVar

from spacy.attrs import IS_SPACE, LANG  # type: ignore[import-not-found]
from spacy.language import Language
from spacy.tokens import Doc

from .build import annotate, document, load
from .errors import MESSAGES, BaomatError
from .reader import Record
from .results import ArticleResult, article_result
from .schema import Article, Reject
from .words import keep_frequent

CHUNK = 32  # articles a task
AHEAD = 3  # chunks under way for each worker
ZONE = 32  # chunks that share what spaCy keeps of the words it meets; then it is freed

Chunk = list[Record | Reject]
Results = list[ArticleResult | Reject]
_NUMPYS_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
T = TypeVar("T")


class _StageError(Exception):
    def __init__(self, stage: str, cause: Exception) -> None:
        super().__init__(stage, cause)
        self.stage, self.cause = stage, cause


def pipeline(organizations: str | None) -> Language:
    """The pipeline made ready for many articles."""
    # Docs do not leave the worker: nobody looks at their spans, and no stage asks for more of a token than whether it is
    # white space.
    nlp = load(organizations=organizations, exclude=["spans"])
    getters = nlp.vocab.lex_attr_getters  # type: ignore[attr-defined]
    nlp.vocab.lex_attr_getters = {name: getters[name] for name in (LANG, IS_SPACE)}  # type: ignore[attr-defined]
    keep_frequent(nlp)
    # What stages load on first use has to be there before a memory zone opens (the zone would free it at its end), and
    # an error of loading is the run's, not an article's. So it must be news of an incident, which every stage reads.
    text = "Sáng 4/6/2024, hệ thống của VNPT bị tin tặc LockBit tấn công mã hóa dữ liệu."
    annotate(Article(title="VNPT bị tấn công mạng", text=text), nlp)
    nlp.set_error_handler(_fail)
    return nlp


def _fail(stage: str, _pipe: object, _docs: object, error: Exception) -> NoReturn:
    raise _StageError(stage, error)


class Worker:
    """A pipeline at work. Called with a chunk of articles it gives their rows; one that fails becomes a reject and the rest
    goes on. The words that spaCy has met are kept over :data:`ZONE` chunks, for most articles share most of theirs.
    """

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        self._zone, self._n_chunks = ExitStack(), 0

    def __call__(self, chunk: Sequence[Record | Reject]) -> Results:
        if self._n_chunks % ZONE == 0:
            self._zone.close()
            self._zone.enter_context(self._nlp.memory_zone())
        self._n_chunks += 1
        docs = iter(_segmented(self._nlp, [item.article for item in chunk if isinstance(item, Record)]))
        return [item if isinstance(item, Reject) else _work(self._nlp, item, next(docs)) for item in chunk]


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
            sketch=record.sketch,
        )
    except _StageError as error:
        stage, cause = error.stage, error.cause
    except BaomatError as error:
        stage, cause = "frames" if error.code == "B505" else "tokenizer", error
    except Exception as error:
        stage, cause = "pipeline", error
    told = MESSAGES["B403"].format(stage=stage, cause=f"{type(cause).__name__}: {cause}"[:500])
    return Reject(record.input, record.row, record.article_id, stage, "B403", told)


# ---------------------------------------------------------------- in this process, or in others
def chunked(items: Iterable[T]) -> Iterator[list[T]]:
    """Items in chunks of :data:`CHUNK`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def ahead(items: Iterable[T], submit: Callable[[T], Any], n_workers: Callable[[], int]) -> Iterator[Any]:
    """The results of the items in their order, with :data:`AHEAD` items under way for each worker and no more.

    Parameters
    ----------
    submit
        Gives the future of an item's result.
    n_workers
        How many there are now.
    """
    waiting: deque[Any] = deque()
    for item in items:
        waiting.append(submit(item))
        if len(waiting) >= AHEAD * n_workers():
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def local(chunks: Iterator[Chunk], *, workers: int, organizations: str | None) -> Iterator[Results]:
    """The results of the chunks in their order, worked out in so many processes; 1 is this one.

    Raises
    ------
    BaomatError
        B506 a worker died, B507 the main script is not guarded.
    """
    if workers > 1:
        yield from _over_processes(chunks, workers, organizations)
    else:
        yield from map(Worker(pipeline(organizations)), chunks)


@cache
def _worker(organizations: str | None) -> Worker:
    """Made with the first chunk, so that an error of loading reaches the parent. What is there by then stays to the end:
    the collector of garbage need not look at it again."""
    worker = Worker(pipeline(organizations))
    gc.collect()
    gc.freeze()
    return worker


def in_worker(organizations: str | None, chunk: Chunk) -> Results:
    """Work on a chunk in a process that does nothing else."""
    return _worker(organizations)(chunk)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends the pool
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed cannot end the pool: its workers would wait for chunks for ever."""
    parent = parent_process()
    assert parent
    parent.join()
    os._exit(1)


def _over_processes(chunks: Iterator[Chunk], workers: int, organizations: str | None) -> Iterator[Results]:
    """Workers are spawned on every system: forking a process with threads (a progress bar, pyarrow) can hang."""
    if getattr(current_process(), "_inheriting", False):  # a worker that is just importing the unguarded main script
        raise BaomatError("B507")
    theirs = {name: "1" for name in _NUMPYS_THREADS if name not in os.environ}
    os.environ.update(theirs)  # a worker, born with these, computes in one thread: numpy's own would fight over the cores
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_start_worker)
    try:
        yield from ahead(chunks, lambda chunk: pool.submit(in_worker, organizations, chunk), lambda: workers)
    except BrokenProcessPool as error:
        raise BaomatError("B506") from error
    finally:
        pool.shutdown(cancel_futures=True)
        for name in theirs:
            del os.environ[name]
