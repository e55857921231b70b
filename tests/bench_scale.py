"""How `baomat extract` scales, what memory and disk it takes, what length costs, how fast it starts: as Markdown tables.

    python tests/bench_scale.py [--parts start,length,scaling,memory,forecast] [--articles 10000] [--readme]

Needs Linux and a quiet machine (some six minutes on two cores): what is compared are seconds of the clock. ``--readme`` puts
the tables into README.md, between the comments ``<!-- bench_scale -->`` and ``<!-- /bench_scale -->``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import baomat
import readme
from baomat import engine
from baomat.reader import Record
from baomat.schema import Article

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "vietnews-10k.jsonl.gz"
CYBER = CORPUS.with_name("vietnews-cyber.jsonl.gz")
PYTHON = (sys.executable, "-X", "utf8")
BAOMAT = (*PYTHON, "-c", "from baomat.cli import main; main()")
MB = 2**20


# ---------------------------------------------------------------- a command and what it took
@dataclass(frozen=True, slots=True)
class Cost:
    """What a command and all processes that it started took."""

    seconds: float  # of the clock
    cpu: float  # seconds
    first: float = 0.0  # CPU seconds of the process that the others are started by
    own: int = 0  # bytes: the most resident memory of that process
    peak: int = 0  # bytes: the largest sum of the processes' resident memory
    disk: int = 0  # bytes: the most that was in its folder


def cost(command: Sequence[object], *, folder: Path | None = None) -> Cost:
    """Run a command; given the folder that it writes into, look ten times a second at its processes and at the folder."""
    environment = os.environ | {"PYTHONPATH": str(Path(baomat.__file__).parents[1])}
    before, start = os.times(), time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), env=environment, stdout=subprocess.DEVNULL)
    own, peak, disk, first = 0, 0, 0, 0.0
    while folder and process.poll() is None:
        mine, all_ = resident(process.pid)
        own, peak, disk = max(own, mine), max(peak, all_), max(disk, size(folder))
        first = max(first, cpu_of(process.pid))
        time.sleep(0.1)
    if process.wait():
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    seconds, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(seconds, cpu, first, own, peak, disk)


def resident(pid: int) -> tuple[int, int]:
    """Bytes that a process holds, and that it and its children hold; pages that they share count for each."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # it has just ended
        return 0, 0
    return own, own + sum(resident(int(child))[1] for child in children.split())


def cpu_of(pid: int) -> float:
    """CPU seconds of a process, without its children."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def size(folder: Path) -> int:
    """Bytes in a folder; files may come and go meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total


def best(command: Sequence[object], times: int) -> Cost:
    """The quickest of several runs."""
    return min((cost(command) for _ in range(times)), key=lambda one: one.seconds)


# ---------------------------------------------------------------- articles
def lines(corpus: Path, n: int) -> Iterator[str]:
    """``n`` articles; when the corpus ends it begins again, with ids of their own."""
    for round_ in range(1 + n):
        with gzip.open(corpus, "rt", encoding="utf-8") as stream:
            for line in islice(stream, n):
                record = json.loads(line)
                yield json.dumps(record | {"id": f"{record['id']}-{round_}"}, ensure_ascii=False) + "\n"
                n -= 1
        if not n:
            return


def written(folder: Path, corpus: Path, n: int) -> Path:
    path = folder / f"{n}.jsonl"
    if not path.exists():
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines(corpus, n))
    return path


def articles(corpus: Path, n: int) -> list[Article]:
    records = (json.loads(line) for line in lines(corpus, n))
    return [Article(title=record["title"], text=record["text"], id=record["id"]) for record in records]


def rate_of_pipeline(chosen: Sequence[Article]) -> float:
    """Articles a second of CPU time that go from text to rows, nothing read and nothing written."""
    worker = engine.Worker(engine.pipeline(None))
    chunks = list(engine.chunked(Record(article, article_id=article.article_id) for article in chosen))
    start = time.process_time()
    for chunk in chunks:
        worker(chunk)
    return len(chosen) / (time.process_time() - start)


# ---------------------------------------------------------------- the tables
def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    align = ["---", *["--:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, align, *rows))


class Runs:
    """Runs of ``baomat extract`` over so many articles with so many workers, each once."""

    def __init__(self, folder: Path, corpus: Path) -> None:
        self._folder, self._corpus = folder, corpus
        self._done: dict[tuple[int, int], Cost] = {}
        self.written: dict[int, int] = {}  # bytes of the tables of so many articles

    def __call__(self, n: int, workers: int) -> Cost:
        if (n, workers) not in self._done:
            file = written(self._folder, self._corpus, n)
            out = self._folder / f"out-{n}-{workers}"
            command = (*BAOMAT, "extract", file, "-o", out, "-q", "--workers", workers)
            self._done[n, workers] = cost(command, folder=out)
            self.written[n] = size(out)
            shutil.rmtree(out)
        return self._done[n, workers]


def scaling(runs: Runs, corpus: Path, n: int) -> str:
    alone = rate_of_pipeline(articles(corpus, min(n, 2000)))
    counts = [1, *(workers for workers in (2, 4, 8, 16) if workers <= (os.cpu_count() or 1))]
    rows = [["the pipeline alone, one process, CPU time", f"{alone:,.0f}", "", f"{1000 / alone:.2f}", "", ""]]
    if CYBER.exists():
        cyber = rate_of_pipeline(articles(CYBER, 300))
        rows.append(["- on articles about cyber security only", f"{cyber:,.0f}", "", f"{1000 / cyber:.2f}", "", ""])
    for workers in counts:
        one = runs(n, workers)
        rate, first = n / one.seconds, n / runs(n, 1).seconds
        title = f"`baomat extract`, {workers} worker{'s' * (workers > 1)}"
        of_pipeline = f"{rate / alone / workers:.0%}"
        rows.append(
            [title, f"{rate:,.0f}", of_pipeline, f"{one.cpu / n * 1000:.2f}", f"{rate / first:.2f}", f"{one.seconds:.0f}"]
        )
    header = [
        f"{n:,} articles, files read and written",
        "articles/s",
        "of the pipeline's",
        "CPU ms/article",
        "times one worker",
        "seconds",
    ]
    return table(header, rows)


def memory(runs: Runs, n: int) -> str:
    workers = min(2, os.cpu_count() or 1)
    sizes = [max(1, n // 10), n, 3 * n]
    rows, last = [], 0
    for size in sizes:
        one = runs(size, workers)
        growth = f"{(one.peak - runs(last, workers).peak) / (size - last) / 1000:,.2f}" if last else ""
        rows.append([f"{size:,}", f"{one.peak / MB:,.0f}", growth])
        last = size
    return table([f"articles, {workers} workers", "peak MB of all processes", "more kB an article"], rows)


def forecast(runs: Runs, n: int) -> str:
    """What more articles would take: CPU time, memory and disk grow with their number; one process reads and writes for all.

    Memory grows as measured in that process on articles that are all different.
    """
    cores = os.cpu_count() or 1
    workers = min(2, cores)
    few, some, many = runs(max(1, n // 10), workers), runs(n, workers), runs(3 * n, workers)
    each, first = (many.cpu - some.cpu) / (2 * n), (many.first - some.first) / (2 * n)
    memory = (some.own - few.own) / (n - max(1, n // 10))
    rows = []
    for size in (100_000, 1_000_000, 10_000_000):
        hours = [each * size, each * size / cores, *(max((each - first) / count, first) * size for count in (16, 64))]
        gb = [many.peak + memory * (size - 3 * n), runs.written[3 * n] / (3 * n) * size, many.disk / (3 * n) * size]
        rows.append([f"{size:,}", *(f"{x / 3600:,.1f}" for x in hours), *(f"{x / 1e9:,.1f}" for x in gb)])
    header = f"articles|CPU hours|hours on {cores} cores|hours, 16 workers|hours, 64 workers|GB of memory|GB of tables|GB of disk"
    note = f"The process that reads and writes keeps up with {1 / first:,.0f} articles a second: some {each / first:.0f} workers."
    return f"{table(header.split('|'), rows)}\n\n{note}"


def length(corpus: Path) -> str:
    """Articles joined and cut to lengths, each length about as much text in all."""
    whole = "\n\n".join(article.text for article in articles(corpus, 1200))
    worker = engine.Worker(engine.pipeline(None))
    rows = []
    for size in (500, 1000, 2000, 4000, 8000, 16_000, 64_000, 256_000):
        total = 512_000
        parts = [whole[start : start + size] for start in range(0, total - size + 1, size)]
        chunks = list(engine.chunked(Record(Article(part, id=str(n)), article_id=str(n)) for n, part in enumerate(parts)))
        start = time.process_time()
        for chunk in chunks:
            worker(chunk)
        seconds = time.process_time() - start
        rows.append([f"{size:,}", f"{seconds / len(parts) * 1000:,.2f}", f"{seconds / len(parts) / size * 1e6:.2f}"])
    return table(["characters of an article", "CPU ms", "CPU µs a character"], rows)


def start(corpus: Path, folder: Path) -> str:
    bare = best((*PYTHON, "-c", "pass"), 9)
    wanted: list[tuple[str, Sequence[object], int]] = [
        ("`import baomat`", (*PYTHON, "-c", "import baomat"), 9),
        ("`baomat --help`", (*BAOMAT, "--help"), 9),
        ("`baomat show`: the first article", (*BAOMAT, "show", written(folder, corpus, 1)), 3),
        ("`baomat.load()`", (*PYTHON, "-c", "import baomat; baomat.load()"), 3),
    ]
    rows = [["`python -c pass`", f"{bare.seconds:.3f}", f"{bare.cpu:.2f}", ""]]
    for title, command, times in wanted:
        one = best(command, times)
        rows.append([title, f"{one.seconds:.3f}", f"{one.cpu:.2f}", f"{one.seconds - bare.seconds:.3f}"])
    return table(["start-up, the best of several", "seconds", "CPU s", "beyond `python -c pass`"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="start,length,scaling,memory,forecast", metavar="LIST")
    parser.add_argument("--articles", type=int, default=10_000, metavar="N")
    parser.add_argument("--corpus", type=Path, default=CORPUS, metavar="FILE")
    parser.add_argument("--readme", action="store_true", help="put the tables into README.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = Runs(folder, options.corpus)
        parts: dict[str, Callable[[], str]] = {
            "start": lambda: start(options.corpus, folder),
            "length": lambda: length(options.corpus),
            "scaling": lambda: scaling(runs, options.corpus, options.articles),
            "memory": lambda: memory(runs, options.articles),
            "forecast": lambda: forecast(runs, options.articles),
        }
        tables = []
        for part in options.parts.split(","):
            tables.append(parts[part]())
            print(tables[-1], end="\n\n", flush=True)
    if options.readme:
        machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
        readme.put("bench_scale", "\n\n".join([f"Measured with baomat {baomat.__version__}: {machine}.", *tables]))


if __name__ == "__main__":
    main()
