"""A run that was killed goes on where it ended, and gives what an undisturbed run gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import baomat
from baomat import engine, journal
from baomat.batch import run
from baomat.engine import CHUNK, Results
from baomat.journal import NAME, Journal

FORMATS = ("parquet", "csv", "jsonl", "sqlite")


def made_input(folder: Path, n: int) -> Path:
    path = folder / "tin.jsonl"
    title = "Công ty Sông Lam {} bị tấn công mã hóa dữ liệu"
    text = "Sáng {}/6, VNPT cho biết tin tặc đã mã hóa máy chủ của Công ty Sông Lam.\ud800"
    lines = [{"id": f"a{i}", "title": title.format(i), "text": text.format(i % 27 + 1)} for i in range(n)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "{not JSON\n", encoding="utf-8")
    return path


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "run.log"}


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_input(tmp_path_factory.mktemp("in"), 5 * CHUNK)


@pytest.fixture(scope="module")
def whole(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole")
    assert run([articles], out, formats=FORMATS).n_resumed == 0
    return outputs(out)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("n_chunks", [0, 1, 2, 4, 5])
@pytest.mark.slow
def test_killed_and_resumed(n_chunks: int, workers: int, articles: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    """SIGKILL after so many chunks, then the same command again, which may use another number of workers."""
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import itertools, multiprocessing, os, signal
            from baomat import batch, journal

            keep = journal.Journal.keep

            def mortal(self, stream):
                yield from itertools.islice(keep(self, stream), {n_chunks})
                print(*(child.pid for child in multiprocessing.active_children()), flush=True)
                os.kill(os.getpid(), signal.SIGKILL)

            if __name__ == "__main__":
                journal.Journal.keep = mortal
                batch.run([{str(articles)!r}], {str(tmp_path / "out")!r}, formats={FORMATS!r}, workers={workers})
            """
        ),
        encoding="utf-8",
    )
    environment = os.environ | {"PYTHONPATH": str(Path(baomat.__file__).parents[1])}
    with (tmp_path / "workers").open("w") as told:
        died = subprocess.run([sys.executable, str(script)], env=environment, timeout=120, check=False, stdout=told)
    assert died.returncode == -9
    orphans = [Path("/proc", pid) for pid in (tmp_path / "workers").read_text().split()]
    assert len(orphans) == (workers if workers > 1 and n_chunks else 0)
    deadline = time.monotonic() + 30
    while any(map(alive, orphans)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, orphans))
    summary = run([articles], tmp_path / "out", formats=FORMATS)
    assert summary.n_resumed == min(n_chunks * CHUNK, 5 * CHUNK)
    assert outputs(tmp_path / "out") == whole


def alive(process: Path) -> bool:
    """Whether the process with this folder in /proc is there and has not just ended."""
    try:
        return process.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_results_come_back_equal(root: Path, tmp_path: Path) -> None:
    from baomat import reader

    records = list(reader.from_sources(reader.sources([root / "data" / "articles"]), mapping=reader.check_mapping(())))
    results: Results = engine.Worker(engine.pipeline(None))(records[:12])  # type: ignore[arg-type]
    kept = Journal(tmp_path, "key")
    assert list(kept.replay()) == []
    assert list(kept.keep([results])) == [results]
    assert list(Journal(tmp_path, "key").replay()) == [results]


@pytest.mark.parametrize(("torn", "n_left"), [(0, 3), (1, 2), (40, 2)])
def test_torn_tail_is_cut_off(torn: int, n_left: int, tmp_path: Path) -> None:
    chunks: list[Results] = [[baomat.schema.Reject("x", n, "", "read", "B201", "ậ" * 300)] for n in range(3)]
    kept = Journal(tmp_path, "key")
    assert [*kept.replay(), *kept.keep(chunks)] == chunks
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[: path.stat().st_size - torn])
    again = Journal(tmp_path, "key")
    assert list(again.replay()) == chunks[:n_left]
    assert list(again.keep(chunks[n_left:])) == chunks[n_left:]
    assert list(Journal(tmp_path, "key").replay()) == chunks


def test_journal_of_another_run_is_begun_anew(tmp_path: Path) -> None:
    chunk: Results = [baomat.schema.Reject("x", 1, "", "read", "B201", "")]
    for key in ("one", "two"):
        kept = Journal(tmp_path, key)
        assert list(kept.replay()) == []
        list(kept.keep([chunk]))
    assert list(Journal(tmp_path, "one").replay()) == []


def test_key_depends_on_the_options() -> None:
    keys = {journal.key_of(options) for options in ({}, {"only_cyber": True}, {"inputs": [1]})}
    assert len(keys) == 3
    assert journal.key_of({}) == journal.key_of({})
