"""How `baomat extract` scales, what memory it takes, what length costs, how fast it starts: as Markdown tables.

    python tests/bench_scale.py [--parts scaling,memory,length,start] [--corpus FILE.jsonl.gz] [--articles 10000] [--readme]

Needs Linux and a quiet machine (some six minutes on two cores): what is compared are seconds of the clock. ``--readme`` puts
the tables into README.md, between the comments ``<!-- bench_scale -->`` and ``<!-- /bench_scale -->``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import baomat
from baomat import engine
from baomat.reader import Record
from baomat.schema import Article

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "vietnews-10k.jsonl.gz"
BEGIN, END = "<!-- bench_scale -->", "<!-- /bench_scale -->"
PYTHON = (sys.executable, "-X", "utf8")
BAOMAT = (*PYTHON, "-c", "from baomat.cli import main; main()")
MB = 2**20


# ---------------------------------------------------------------- a command and what it took
@dataclass(frozen=True, slots=True)
class Cost:
    """What a command and all processes that it started took."""

    seconds: float  # of the clock
    cpu: float  # seconds
    peak: float  # bytes: the largest sum of the processes' resident memory


def cost(command: Sequence[object], *, sample: bool = False) -> Cost:
    """Run a command; with ``sample`` look ten times a second at the memory of its processes."""
    environment = os.environ | {"PYTHONPATH": str(Path(baomat.__file__).parents[1])}
    before, start = os.times(), time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), env=environment, stdout=subprocess.DEVNULL)
    peak = 0
    while sample and process.poll() is None:
        peak = max(peak, resident(process.pid))
        time.sleep(0.1)
    if process.wait():
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    seconds, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(seconds, cpu, peak)


def resident(pid: int) -> int:
    """Bytes that a process and its children hold; pages that they share count for each."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:  # it has just ended
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(resident(int(child)) for child in children.split())


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
        worker(chunk)  # type: ignore[arg-type]
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

    def __call__(self, n: int, workers: int) -> Cost:
        if (n, workers) not in self._done:
            file = written(self._folder, self._corpus, n)
            command = (*BAOMAT, "extract", file, "-o", self._folder / "out", "--overwrite", "-q", "--workers", workers)
            self._done[n, workers] = cost(command, sample=True)
        return self._done[n, workers]


def scaling(runs: Runs, corpus: Path, n: int) -> str:
    alone = rate_of_pipeline(articles(corpus, min(n, 2000)))
    counts = [1, *(workers for workers in (2, 4, 8, 16) if workers <= (os.cpu_count() or 1))]
    rows = [["the pipeline alone, one process, CPU time", f"{alone:,.0f}", "", f"{1000 / alone:.2f}", "", ""]]
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


def length(corpus: Path) -> str:
    """Articles joined and cut to lengths, each length about as much text in all."""
    whole = "\n\n".join(article.text for article in articles(corpus, 1200))
    worker = engine.Worker(engine.pipeline(None))
    rows = []
    for size in (500, 1000, 2000, 4000, 8000, 16_000, 64_000, 256_000, 1_000_000):
        total = max(size, 500_000 if size <= 64_000 else 1_000_000)
        parts = [whole[start : start + size] for start in range(0, total, size)]
        chunks = list(engine.chunked(Record(Article(part, id=str(n)), article_id=str(n)) for n, part in enumerate(parts)))
        start = time.process_time()
        for chunk in chunks:
            worker(chunk)  # type: ignore[arg-type]
        seconds = time.process_time() - start
        rows.append([f"{size:,}", f"{seconds / len(parts) * 1000:,.2f}", f"{seconds / total * 1e6:.2f}"])
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


def into_readme(text: str, readme: Path = ROOT / "README.md") -> None:
    """Put the tables between the two comments."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{readme} has no {BEGIN} … {END}")
    readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="start,length,scaling,memory", metavar="LIST")
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
        }
        tables = []
        for part in options.parts.split(","):
            tables.append(parts[part]())
            print(tables[-1], end="\n\n", flush=True)
    if options.readme:
        machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
        into_readme("\n\n".join([f"Measured with baomat {baomat.__version__}: {machine}.", *tables]))


if __name__ == "__main__":
    main()
