"""Clusters of words that occur alike in Vietnamese news: what lets a model meet a word it was not trained on.

``models/clusters.npz`` holds single words (as underthesea cuts them) with the number of their cluster, from word vectors
over the corpora named in ``data/MODEL_CARD.md``.
"""

from __future__ import annotations

import io
from functools import cache
from importlib.resources import files

import numpy as np


@cache
def _clusters() -> dict[str, int]:
    with np.load(io.BytesIO((files("baomat") / "models" / "clusters.npz").read_bytes()), allow_pickle=False) as arrays:
        words = arrays["words"].tobytes().decode("utf-8").split("\n")
        return dict(zip(words, arrays["clusters"].tolist(), strict=True))


def cluster(word: str) -> int | None:
    """The cluster of a lower-case word, its syllables joined by blanks; None for a rare word."""
    return _clusters().get(word)
