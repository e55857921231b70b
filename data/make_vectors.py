"""Make ``pipeline/baomat/models/vectors.npz`` from the corpora beside the project: python data/make_vectors.py FOLDER

FOLDER holds vietnews-10k, rss-2026 and vietnews-cyber (``.jsonl.gz``). How often two words stand within a few words of each
other, compared with what chance would give (positive pointwise mutual information), is a large table; its largest singular
vectors say nearly the same in a hundred numbers a word. An organization's name counts as the word of its kind ("<bank>").
What is kept is single words and their numbers: no text, and no form that may be a person's name. Needs SciPy, which comes with
``pip install baomat[train]``; on one machine the same corpora give the same bytes.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # the order of a sum is its last digit

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.linalg import svds

from baomat import build, features
from baomat.build import annotate
from baomat.orgwords import surnames
from baomat.schema import Article
from baomat.text import key
from baomat.words import word_spans

CORPORA = ("vietnews-cyber", "rss-2026", "vietnews-10k")
WORDS, SIZE, WINDOW = 14_000, 100, 5  # how many words are kept, numbers for each, and how far a neighbour may be
LENGTH = 3.0  # of every vector
OUT = Path(__file__).parents[1] / "pipeline" / "baomat" / "models" / "vectors.npz"


def sentences(folder: Path) -> Iterator[list[str]]:
    """The words of every sentence, as the models of phases see them."""
    nlp = build.load(exclude=["dates", "phases", "incidents"])
    for name in CORPORA:
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                doc = annotate(Article(text=record["text"], title=record.get("title") or ""), nlp)
                yield from features.tokens(key(doc.text), doc._.sentences, word_spans(doc), doc._.orgs)


def is_kept(word: str) -> bool:
    """Whether a word is one, not a name of three syllables or more, an address, or what was not cut rightly."""
    syllables = word.split()
    return len(word) <= 30 and len(syllables) <= 4 and not (len(syllables) > 2 and syllables[0] in surnames())


def association(ids: npt.NDArray[np.int32], places: npt.NDArray[np.int32], n: int) -> csr_matrix:
    """Positive pointwise mutual information of ``n`` words: ``ids`` of all words in a row, ``places`` their sentences."""
    counts = csr_matrix((n, n))
    for distance in range(1, WINDOW + 1):
        first, second = ids[:-distance], ids[distance:]
        near = (places[:-distance] == places[distance:]) & (first >= 0) & (second >= 0)
        counts += coo_matrix((np.full(near.sum(), 1 / distance), (first[near], second[near])), shape=(n, n)).tocsr()
    pairs = (counts + counts.T).tocoo()
    totals = np.bincount(pairs.row, pairs.data, n)
    chance = totals**0.75  # a rare word's neighbours are chance ones
    information = np.log(pairs.data * chance.sum() / (totals[pairs.row] * chance[pairs.col]))
    return csr_matrix((np.maximum(information, 0), (pairs.row, pairs.col)), shape=(n, n))


def vectors(table: csr_matrix) -> npt.NDArray[np.float64]:
    left, values, _ = svds(table, k=SIZE, v0=np.ones(table.shape[0]))
    largest = np.argsort(-values)
    found = left[:, largest] * np.sqrt(values[largest])
    found *= np.sign(found.sum(axis=0))  # either sign is right
    return LENGTH * found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def save(words: list[str], found: npt.NDArray[np.float64]) -> None:
    """Whole numbers of one byte, and for every column what they are multiplied by."""
    scale = np.abs(found).max(axis=0) / 127
    packed = np.frombuffer("\n".join(words).encode("utf-8"), np.uint8)
    np.savez(OUT, words=packed, vectors=np.round(found / scale).astype(np.int8), scale=scale.astype(np.float32))


def main(folder: Path) -> None:
    told = list(sentences(folder))
    counts = Counter(word for sentence in told for word in sentence if is_kept(word))
    words = sorted(counts, key=lambda word: (-counts[word], word))[:WORDS]
    known = {word: number for number, word in enumerate(words)}
    ids = np.array([known.get(word, -1) for sentence in told for word in sentence], np.int32)
    places = np.repeat(np.arange(len(told), dtype=np.int32), [len(sentence) for sentence in told])
    save(words, vectors(association(ids, places, len(words))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
