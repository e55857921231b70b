"""A local Dask cluster of separate processes gives the tables of one machine, also when a worker is lost midway."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baomat import Article, BaomatError, cluster, extract, extract_bag, merge
from baomat.batch import run
from baomat.engine import CHUNK
from baomat.results import ArticleResult

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dask_cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local:
        yield local


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    path = tmp_path_factory.mktemp("in") / "tin.jsonl"
    texts = [file.read_text(encoding="utf-8") for file in sorted((root / "data" / "articles").glob("*.txt"))]
    lines = [{"id": f"a{n}", "title": f"Tin số {n}", "text": texts[n % len(texts)]} for n in range(6 * CHUNK)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def here(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("here")
    run([articles], out)
    return outputs(out)


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "run.log"}


def test_same_bytes_as_one_machine(dask_cluster: Any, articles: Path, here: dict[str, bytes], tmp_path: Path) -> None:
    run([articles], tmp_path, scheduler=dask_cluster.scheduler_address)
    assert outputs(tmp_path) == here


def test_tellings_are_compared_on_the_workers(
    dask_cluster: Any, articles: Path, here: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "BLOCK", 7)
    monkeypatch.setattr(merge, "same", None)  # in this process
    run([articles], tmp_path, scheduler=dask_cluster.scheduler_address)
    assert outputs(tmp_path) == here


def test_lost_worker_is_made_good(dask_cluster: Any, articles: Path, here: dict[str, bytes], tmp_path: Path) -> None:
    """One of the two processes is killed once the first results are there."""
    killed = []

    def kill(done: int, _total: int) -> None:
        if done and not killed:
            worker = next(iter(dask_cluster.workers.values()))
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    run([articles], tmp_path, scheduler=dask_cluster.scheduler_address, progress=kill)
    assert killed
    assert outputs(tmp_path) == here


def test_frames_from_a_cluster(dask_cluster: Any) -> None:
    given = [Article("Sáng 4/6, VNPT bị tấn công mã hóa dữ liệu.", id=str(n)) for n in range(3)]
    assert extract(given, scheduler=dask_cluster.scheduler_address).dates.equals(extract(given).dates)


def test_bag_of_articles_or_of_dicts(dask_cluster: Any) -> None:
    import dask.bag
    from distributed import Client

    given = [{"id": str(n), "text": f"Sáng {n}/6, Viettel cảnh báo mã độc."} for n in range(1, 5)]
    with Client(dask_cluster, set_as_default=False) as client:
        bags = [dask.bag.from_sequence(items, npartitions=2) for items in (given, [Article(**item) for item in given])]
        results = [client.compute(extract_bag(bag)).result() for bag in bags]
    assert results[0] == results[1]
    assert all(isinstance(result, ArticleResult) for result in results[0])
    assert [result.rows["dates"][0]["value"] for result in results[0]] == [f"XXXX-06-0{n}" for n in range(1, 5)]


def test_no_scheduler_there() -> None:
    with pytest.raises(BaomatError, match=r"B526.*tcp://127\.0\.0\.1:9"):
        extract([Article("Tin.")], scheduler="tcp://127.0.0.1:9")


def test_another_version_on_a_worker(dask_cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "__version__", "9.9")
    with pytest.raises(BaomatError, match=r"B527.*9\.9"):
        extract([Article("Tin.")], scheduler=dask_cluster.scheduler_address)
