"""What every stage costs, in CPU time beside ``underthesea.word_tokenize`` on the same articles.

Chunks of articles go in turn through ``word_tokenize`` and through every stage, in one process, so that a busy machine slows
both alike: the ratio is the result. *Cold*: the first half of the articles, nothing remembered at the start. *Warm*: the second
half, articles not seen before.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from spacy.language import Language

from . import engine, reader
from .build import document
from .errors import BaomatError
from .reader import Record
from .results import article_result
from .schema import Article

WORD_TOKENIZE = "underthesea.word_tokenize"
Rows = Sequence[tuple[str, Sequence[str]]]  # title, names of the stages that it sums


class Clock:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def run(self, stage: str, function: Callable[..., Any], *values: Any) -> Any:
        """Call a function and count its time; what it gives lazily is not its time."""
        start = time.process_time()
        result = function(*values)
        self.seconds[stage] += time.process_time() - start
        return result


def articles(inputs: Sequence[Path | str], n: int) -> list[Article]:
    """The first ``n`` articles of files and folders; a single one twice.

    Raises
    ------
    BaomatError
        B108 there is none.
    """
    items = reader.from_sources(reader.sources(inputs), mapping=reader.check_mapping(()))
    found = [item.article for item in islice((item for item in items if isinstance(item, Record)), n)]
    if not found:
        raise BaomatError("B108", inputs=", ".join(map(str, inputs)))
    return found if len(found) > 1 else 2 * found


def measure(nlp: Language, chosen: Sequence[Article], clock: Clock) -> Clock:
    """All articles through ``word_tokenize`` and the stages, in the chunks and memory zones of a run."""
    import underthesea

    underthesea.word_tokenize("an ninh mạng")  # it loads its model on first use
    gc.collect()
    gc.freeze()  # as in a worker
    for zone in _parts(chosen, engine.CHUNK * engine.ZONE):
        with nlp.memory_zone():
            for chunk in _parts(zone, engine.CHUNK):
                clock.run(WORD_TOKENIZE, lambda chunk=chunk: [underthesea.word_tokenize(item.full_text) for item in chunk])
                _work(nlp, chunk, clock)
    return clock


def _parts(items: Sequence[Article], n: int) -> Iterator[Sequence[Article]]:
    yield from (items[start : start + n] for start in range(0, len(items), n))


def _work(nlp: Language, chunk: Sequence[Article], clock: Clock) -> None:
    docs = clock.run("tokenizer", lambda: [document(item, nlp) for item in chunk])
    for name, stage in nlp.pipeline:
        pipe = getattr(stage, "pipe", None) or (lambda docs, stage=stage: map(stage, docs))
        docs = clock.run(name, lambda docs=docs, pipe=pipe: list(pipe(docs)))
    pairs = list(zip(chunk, docs, strict=True))
    clock.run("results", lambda: [article_result(item, doc, article_id="a") for item, doc in pairs])


def rows(nlp: Language) -> Rows:
    """The rows of :func:`table`: each stage, and the whole."""
    names = ["tokenizer", *nlp.pipe_names, "results"]
    titles = {"tokenizer": "tokenizer: Doc of syllables", "words": "words and sentences", "results": "rows of the tables"}
    return [(WORD_TOKENIZE, [WORD_TOKENIZE]), *((titles.get(name, name), [name]) for name in names), ("whole pipeline", names)]


def table(cold: Clock, warm: Clock, n: int, wanted: Rows) -> str:
    """Markdown: microseconds an article (of ``n``), and the part of ``word_tokenize``'s time."""
    lines = [["stage", "cold: µs/article", "of word_tokenize", "faster", "warm: µs/article", "of word_tokenize", "faster"]]
    for title, names in wanted:
        cells = [title]
        for clock in (cold, warm):
            seconds, whole = sum(clock.seconds[name] for name in names), clock.seconds[WORD_TOKENIZE]
            cells += [f"{seconds / n * 1e6:,.0f}", f"{seconds / whole:.1%}", f"{whole / seconds:.1f}x" if seconds else ""]
        lines.append(cells)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [[cells[0].ljust(widths[0]), *map(str.rjust, cells[1:], widths[1:])] for cells in [lines[0], rule, *lines[1:]]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def run(inputs: Sequence[Path | str], *, n: int, organizations: Path | None = None) -> str:
    """The table of the first ``n`` articles of files and folders, with a line about them.

    Raises
    ------
    BaomatError
        See :func:`articles`.
    """
    chosen = articles(inputs, n)
    start = time.process_time()
    nlp = engine.pipeline(str(organizations) if organizations else None)
    loaded = time.process_time() - start
    half = len(chosen) // 2
    cold, warm = measure(nlp, chosen[:half], Clock()), measure(nlp, chosen[half : 2 * half], Clock())
    return f"{told(chosen[: 2 * half], loaded)}\n\n{table(cold, warm, half, rows(nlp))}"


def told(chosen: Sequence[Article], loaded: float) -> str:
    """A line about the articles that were measured."""
    size, half = sum(len(article.full_text) for article in chosen) / len(chosen), len(chosen) // 2
    return f"{half} + {half} articles of {size:,.0f} characters on average; loading took {loaded:.2f} s of CPU time."
