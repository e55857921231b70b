"""Word vectors: a row of numbers for every frequent word; words that stand in like company have like rows.

``models/vectors.npz`` holds single words (as underthesea cuts them) and their vectors, from how often words stand near each
other in the corpora named in ``data/MODEL_CARD.md``; ``data/make_vectors.py`` makes it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
UNKNOWN = 0  # the row of a rare word, and of what fills up a short sentence: zeros


def rows(words: Iterable[str]) -> list[int]:
    """The row of every word (:func:`baomat.features.tokens`) in :func:`table`."""
    known = _vectors()[0]
    return [known.get(word, UNKNOWN) for word in words]


def table() -> Floats:
    """The vectors, one a row; the first is that of an unknown word."""
    return _vectors()[1]


def mean(words: Sequence[str]) -> Floats:
    """The mean vector of words in a row; of syllables, the pairs of them that are words count too. Zeros where none has one."""
    pairs = (f"{first} {second}" for first, second in pairwise(words))
    found = [row for row in rows((*words, *pairs)) if row != UNKNOWN]
    return np.asarray(table()[found].mean(axis=0) if found else table()[UNKNOWN])


def features(name: str, words: Sequence[str], *, share: float) -> dict[str, float]:
    """Their mean vector as named features ("v:0", "v:1", …), multiplied by ``share`` beside features that are mostly 0 or 1."""
    return {f"{name}:{place}": share * value for place, value in enumerate(mean(words).tolist())}


@cache
def _vectors() -> tuple[dict[str, int], Floats]:
    with np.load(io.BytesIO((files("baomat") / "models" / "vectors.npz").read_bytes()), allow_pickle=False) as arrays:
        words = arrays["words"].tobytes().decode("utf-8").split("\n")
        vectors = arrays["vectors"].astype(np.float32) * arrays["scale"]  # kept as whole numbers of one byte
    return {word: row for row, word in enumerate(words, 1)}, np.vstack([np.zeros_like(vectors[:1]), vectors])
