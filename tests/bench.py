"""What every stage costs, in CPU time beside ``underthesea.word_tokenize`` on the same articles, as a Markdown table.

    python tests/bench.py [--articles 300] [--corpus FILE.jsonl.gz] [--profile 25]

Blocks of articles go in turn through ``word_tokenize`` and through every stage, in one process, so that a busy machine
slows both alike: the ratio is the result. *Cold*: the first N articles, no token remembered at the start. *Warm*: the N
articles after them, none of them seen before.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import gzip
import json
import pstats
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from itertools import islice
from pathlib import Path
from typing import Any

import underthesea
from spacy.language import Language

import baomat
from baomat import Article, frames, orgs, text, tokenizer, words
from baomat.published import parse

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "vietnews-10k.jsonl.gz"
BLOCK = 64  # articles
INNER = (  # timed inside their stage
    (tokenizer, "split"),
    (words, "_flag_all"),
    (words, "sentence_spans"),
    (orgs.tagger, "extend"),
)


def articles(path: Path) -> Iterator[Article]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            record = json.loads(line)
            yield Article(
                title=text.normalize(record.get("title") or ""), text=text.normalize(record["text"]), published="2019-06"
            )


class Clock:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def run(self, stage: str, function: Callable[..., Any], *values: Any) -> Any:
        start = time.process_time()
        result = function(*values)
        self.seconds[stage] += time.process_time() - start
        return result


def watch(clock: Clock) -> None:
    """Time the functions in INNER wherever they are called."""
    for module, name in INNER:
        function = getattr(module, name)
        function = getattr(function, "__wrapped__", function)

        @wraps(function)
        def timed(*values: Any, _name: str = name, _function: Callable[..., Any] = function, **options: Any) -> Any:
            return clock.run(_name, partial(_function, **options), *values)

        setattr(module, name, timed)


def work(nlp: Language, block: Sequence[Article], clock: Clock) -> None:
    """One block through underthesea, then through the pipeline, stage by stage."""
    clock.run("word_tokenize", lambda: [underthesea.word_tokenize(article.full_text) for article in block])
    with nlp.memory_zone():
        docs = clock.run("tokenizer", lambda: [nlp.make_doc(article.full_text) for article in block])
        for doc, article in zip(docs, block, strict=True):
            doc._.published = parse(article.published)
        for name, stage in nlp.pipeline:
            pipe = getattr(stage, "pipe", None) or (lambda docs, stage=stage: map(stage, docs))
            docs = clock.run(name, lambda docs=docs, pipe=pipe: list(pipe(docs)))
        pairs = list(zip(block, docs, strict=True))
        clock.run("frames", lambda: [frames.article_result(article, doc, article_id="a") for article, doc in pairs])


def measure(nlp: Language, chosen: Sequence[Article]) -> Clock:
    clock = Clock()
    watch(clock)
    for start in range(0, len(chosen), BLOCK):
        work(nlp, chosen[start : start + BLOCK], clock)
    return clock


def table(cold: Clock, warm: Clock, n: int, stages: Sequence[str]) -> str:
    """µs an article, and the part of word_tokenize's time."""

    def row(title: str, names: Sequence[str], *, bold: bool = False) -> str:
        cells = []
        for clock in (cold, warm):
            seconds, whole = sum(clock.seconds[name] for name in names), clock.seconds["word_tokenize"]
            cells += [f"{seconds / n * 1e6:,.0f}", f"{seconds / whole:.1%}", f"{whole / seconds:.1f}x" if seconds else ""]
        return "| " + " | ".join(f"**{cell}**" if bold and cell else cell for cell in [title, *cells]) + " |"

    lines = [
        "| stage | cold: µs/article | of word_tokenize | faster | warm: µs/article | of word_tokenize | faster |",
        "|---|--:|--:|--:|--:|--:|--:|",
        row("underthesea.word_tokenize", ["word_tokenize"]),
        row("tokenizer: Doc of syllables", ["tokenizer"]),
        row("- of this: split", ["split"]),
        row("words", ["words"]),
        row("- of this: words' flags", ["_flag_all"]),
        row("- of this: sentences", ["sentence_spans"]),
        row("orgs", ["orgs"]),
        row("- of this: tagger", ["extend"]),
        *(row(name, [name]) for name in stages if name not in ("words", "orgs")),
        row("frames: rows of the tables", ["frames"]),
        row("segmentation: split and words' flags", ["split", "_flag_all"], bold=True),
        row("whole pipeline", ["tokenizer", *stages, "frames"], bold=True),
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=300, metavar="N")
    parser.add_argument("--corpus", type=Path, default=CORPUS, metavar="FILE")
    parser.add_argument(
        "--profile", type=int, default=0, metavar="LINES", help="also print where a second warm run spends its time"
    )
    options = parser.parse_args()

    start = time.process_time()
    nlp = baomat.load()
    baomat.annotate(Article(title="Cục A05", text="Sáng 4/6, VNPT bị tấn công mã hóa dữ liệu."), nlp)
    loaded = time.process_time() - start
    underthesea.word_tokenize("an ninh mạng")
    gc.collect()
    gc.freeze()  # as the workers of a run do

    n = options.articles
    chosen = list(islice(articles(options.corpus), 2 * n))
    if len(chosen) < 2 * n:
        parser.error(f"{options.corpus} has {len(chosen)} articles; {2 * n} are needed")
    cold, warm = measure(nlp, chosen[:n]), measure(nlp, chosen[n:])
    size = sum(len(article.full_text) for article in chosen) / len(chosen)
    print(f"{n} + {n} articles of {size:,.0f} characters on average; loading took {loaded:.2f} s of CPU time.\n")
    print(table(cold, warm, n, nlp.pipe_names))
    if options.profile:
        profile = cProfile.Profile()
        profile.enable()
        measure(nlp, chosen[n:])
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(options.profile)


if __name__ == "__main__":
    main()
