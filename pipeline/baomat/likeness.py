"""How alike two tellings are: the names, figures and words that they share, the rare ones counting more.

``models/frequencies.npz`` holds how many articles of the corpora named in ``data/MODEL_CARD.md`` have a folded syllable.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Collection, Iterable
from functools import cache
from importlib.resources import files

import numpy as np

from .text import fold

MOST = 160  # terms kept of one telling, the rarest first
_NAME = re.compile(r"[^\W\d_a-zà-ỹđ]\w*(?:[ .&-]+[^\W\d_a-zà-ỹđ]\w*)*")
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_WORD = re.compile(r"[^\W\d_]{2,}")
KINDS = ("name", "figure", "word")


@cache
def _rarity() -> tuple[dict[str, float], float]:
    """Inverse document frequency of folded syllables, and that of one which the corpora do not have."""
    data = (files("baomat") / "models" / "frequencies.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        words = arrays["words"].tobytes().decode("utf-8").split("\n")
        total = float(arrays["total"][0])
        idf = np.log(total / (arrays["counts"].astype(np.float64) + 1.0))
        return dict(zip(words, idf.tolist(), strict=True)), math.log(total / 10.0)


def weight(term: str) -> float:
    """How much a term counts: the rarity of its rarest syllable; a figure by its digits."""
    kind, _, body = term.partition(":")
    if kind == "figure":
        return float(min(len(body), 4))
    rarity, unknown = _rarity()
    return max(rarity.get(syllable, unknown) for syllable in body.split())


def terms(text: str) -> list[str]:
    """What a telling is recognised by: "name:vietnam post", "figure:400000", "word:bưu" (folded), the rarest first."""
    found = {f"name:{name}" for match in _NAME.finditer(text) if (name := fold(match[0]))}
    found |= {f"figure:{digits}" for match in _FIGURE.finditer(text) if len(digits := re.sub(r"\D", "", match[0])) > 1}
    found |= {f"word:{word}" for word in _WORD.findall(fold(text))}
    return sorted(found, key=lambda term: (-weight(term), term))[:MOST]


def cosine(first: Collection[str], second: Collection[str], kind: str) -> float:
    """Cosine of two tellings over the terms of one kind."""
    a, b = ({term for term in terms if term.startswith(kind)} for terms in (first, second))
    if not a or not b:
        return 0.0
    return _mass(a & b) / math.sqrt(_mass(a) * _mass(b))


def _mass(terms: Iterable[str]) -> float:
    return sum(weight(term) ** 2 for term in terms)
