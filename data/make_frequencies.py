"""Make ``pipeline/baomat/models/frequencies.npz`` from the corpora beside the project: python data/make_frequencies.py FOLDER

FOLDER holds vietnews-10k, rss-2026 and vietnews-cyber (``.jsonl.gz``). What is kept is how many articles have a folded
syllable or pair of syllables, in general news and in news about cyber security, as one byte (16 times the binary logarithm)
in a table by hash: no text.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import sys
import zlib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from baomat import cyber
from baomat.text import fold

GENERAL, TOPIC = ("vietnews-10k", "rss-2026"), "vietnews-cyber"
LEAST = 5  # articles in which a term must be
BREAK = re.compile(r"[^\w\s]+|\n")  # no pair of syllables reaches over it
OUT = Path(__file__).parents[1] / "pipeline" / "baomat" / "models" / "frequencies.npz"


def terms(text: str) -> set[str]:
    """The folded syllables of a text, and the pairs of neighbours among them that hold no number."""
    found: set[str] = set()
    for part in BREAK.split(text):
        syllables = fold(part).split()
        found.update(syllables)
        found.update(f"{a} {b}" for a, b in pairwise(syllables) if not (a[0].isdigit() or b[0].isdigit()))
    return found


def table(counts: Counter[str], bits: int) -> npt.NDArray[np.uint8]:
    kept = np.zeros(1 << bits, np.uint8)
    for term, count in counts.items():
        if count >= LEAST:
            place = zlib.crc32(term.encode()) & ((1 << bits) - 1)
            kept[place] = max(kept[place], min(255, round(16 * math.log2(count))))
    return kept


def main(folder: Path) -> None:
    general, topic, n_general, n_topic = Counter[str](), Counter[str](), 0, 0
    for name in (*GENERAL, TOPIC):
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                text = f"{record['title']}. {record['text']}"
                found = terms(text)
                if name != TOPIC:
                    n_general += 1
                    general.update(found)
                if name == TOPIC or (name == "rss-2026" and cyber.score(text) >= cyber.CYBER_THRESHOLD):
                    n_topic += 1
                    topic.update(found)
    np.savez_compressed(OUT, general=table(general, 20), topic=table(topic, 17), totals=np.array([n_general, n_topic], np.uint32))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
