"""What every stage costs beside ``underthesea.word_tokenize``: :mod:`baomat.bench`, with what the first stages do inside.

    python tests/bench.py [--articles 300] [--corpus FILE.jsonl.gz] [--profile 25]

*Cold*: the first N articles, in a pipeline just made ready as the engine makes it. *Warm*: the N articles after them, none of
them seen before.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Any

from spacy.language import Language

from baomat import Article, bench, engine, tagger, tokenizer, words
from baomat.bench import Clock

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "vietnews-10k.jsonl.gz"
INNER = ((tokenizer, "split"), (words, "_flag_all"), (words, "sentence_spans"), (tagger, "extend"))  # timed inside their stage


def watch(clock: Clock) -> None:
    """Time the functions in INNER wherever they are called."""
    for module, name in INNER:
        function = getattr(module, name)
        function = getattr(function, "__wrapped__", function)

        @wraps(function)
        def timed(*values: Any, _name: str = name, _function: Callable[..., Any] = function, **options: Any) -> Any:
            return clock.run(_name, partial(_function, **options), *values)

        setattr(module, name, timed)


def measure(nlp: Language, chosen: Sequence[Article]) -> Clock:
    clock = Clock()
    watch(clock)
    return bench.measure(nlp, chosen, clock)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=300, metavar="N")
    parser.add_argument("--corpus", type=Path, default=CORPUS, metavar="FILE")
    parser.add_argument(
        "--profile", type=int, default=0, metavar="LINES", help="also print where a second warm run spends its time"
    )
    options = parser.parse_args()

    start = time.process_time()
    nlp = engine.pipeline(None)
    loaded = time.process_time() - start
    n = options.articles
    chosen = bench.articles([options.corpus], 2 * n)
    if len(chosen) < 2 * n:
        parser.error(f"{options.corpus} has {len(chosen)} articles; {2 * n} are needed")
    cold, warm = measure(nlp, chosen[:n]), measure(nlp, chosen[n:])
    inner = [
        ("in tokenizer: split", ["split"]),
        ("in words: words' flags", ["_flag_all"]),
        ("in words: sentences", ["sentence_spans"]),
        ("in orgs: tagger", ["extend"]),
        ("segmentation: split and words' flags", ["split", "_flag_all"]),
    ]
    print(f"{bench.told(chosen, loaded)}\n\n{bench.table(cold, warm, n, [*bench.rows(nlp), *inner])}")
    if options.profile:
        profile = cProfile.Profile()
        profile.enable()
        measure(nlp, chosen[n:])
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(options.profile)


if __name__ == "__main__":
    main()
