"""Beyond one machine: the same work on the workers of a Dask cluster (the extra ``baomat[dask]``).

The parent reads, numbers and writes as always; chunks go to the workers and their rows come back in the order of the input,
so the tables are those of one machine, byte for byte. For merging, tellings that share something rare are paired by the parent,
compared on the workers, and joined by the parent. Dask hands the chunks of a worker that is lost to others. SLURM,
Kubernetes and the clouds have Dask deployments of their own: all that is needed here is the scheduler's address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

from . import __version__, engine
from .engine import Chunk, Results
from .errors import BaomatError
from .reader import Record
from .schema import Article

T = TypeVar("T")
R = TypeVar("R")
RETRIES = 3  # workers that one chunk may lose before the run gives up


def spread(function: Callable[[T], R], items: Iterable[T], *, scheduler: str) -> Iterator[R]:
    """``map(function, items)``, worked out on a Dask cluster: the results come in the order of the items.

    Parameters
    ----------
    function
        One that every worker can import; what it opens by path must be there for each of them.
    scheduler
        Address of the cluster's scheduler: ``tcp://host:8786``.

    Raises
    ------
    BaomatError
        B525 the extra is missing, B526 no scheduler answers, B527 a worker has another version of baomat, B528 an item has
        lost its workers too often.
    """
    with _client(scheduler) as client:

        def submit(item: T) -> Any:
            return client.submit(function, item, pure=False, retries=RETRIES)

        try:
            yield from engine.ahead(items, submit, lambda: max(1, len(client.nthreads())))
        except _dask().KilledWorker as error:
            raise BaomatError("B528", n=RETRIES + 1) from error


@contextmanager
def _client(scheduler: str) -> Iterator[Any]:
    try:
        client = _dask().Client(scheduler, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise BaomatError("B526", scheduler=scheduler, cause=error) from error
    with client:
        for worker, version in client.run(version_here).items():
            if version != __version__:
                raise BaomatError("B527", worker=worker, other=version, own=__version__)
        yield client


def _dask() -> Any:
    try:
        return import_module("distributed")
    except ImportError as error:
        raise BaomatError("B525") from error


def version_here() -> str:
    """The version of baomat where it is called: on a worker."""
    return __version__


def extract_bag(articles: Any, *, organizations: str | None = None) -> Any:
    """What each article of a Dask bag tells, for a graph of your own; nothing is computed yet.

    Articles are taken one by one: what only a whole run can tell (copies of one article, incidents that several tell) is
    not in it. ``baomat extract --engine dask`` gives the whole tables.

    Parameters
    ----------
    articles
        A ``dask.bag.Bag`` of :class:`baomat.Article`, or of dicts with its fields. A Dask DataFrame is brought into this form
        by ``frame.to_bag(format="dict")``.
    organizations
        Path of a list of your own; every worker must find it there.

    Returns
    -------
    dask.bag.Bag
        Of :class:`baomat.results.ArticleResult`: ``rows`` by table, ``organizations``, ``incidents``; a
        :class:`baomat.schema.Reject` where an article failed.
    """
    return articles.map_partitions(_partition, organizations=organizations)


def _partition(items: Iterable[Article | dict[str, Any]], *, organizations: str | None) -> Results:
    articles = [item if isinstance(item, Article) else Article(**item) for item in items]
    records: Chunk = [Record(article, article_id=article.article_id) for article in articles]
    return engine.in_worker(organizations, records)
