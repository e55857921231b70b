"""A small neural net that says which phases a sentence tells, from its words in their order and from the sentences around.

The linear model beside it (:mod:`baomat.linear`) sees a sentence as a bag of words, and knows only words that were in its
training texts. The net sees what the linear model cannot:

1. *Words as vectors* (:mod:`baomat.vectors`): a word that no training text holds still lies near others that mean the same.
2. *Filters* over one, two and three words in a row (a convolution). Each filter is a pattern of weights that is laid on every
   place of the sentence; what counts is how well it fits where it fits best (max pooling), wherever that is.
3. *Features*: the concepts and rules that the linear model looks at too, squeezed into a few numbers by one layer. With the
   filters they are what the net has *seen* of a sentence.
4. *Story*: a reader goes through the sentences from first to last, another from last to first (a gated recurrent unit, GRU).
   At each sentence it decides by *gates* how much of what it remembers it keeps and how much the sentence adds.
   So the net knows that after a recovery began a sentence without any cue is likely still about the recovery.
5. *Output*: seen and story, weighted, give one probability a phase.

Trained by :mod:`baomat.nettrain` with PyTorch; applied here, with numpy alone.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from . import vectors
from .vectors import UNKNOWN, Floats

Rows = npt.NDArray[np.int64]
WIDTHS = (1, 2, 3)  # words that a filter reads at once
LONGEST = 60  # words of a sentence that are read
MOST_WORK = 1 << 18  # multiplications that OpenBLAS does in one thread
_FEATURES = ("c", "r", "s", "ps", "pps", "ns", "figure")  # kinds of named features that the net reads


@dataclass(frozen=True)
class SentenceNet:
    """What training found.

    Attributes
    ----------
    features
        Name of a feature to its place in the input. Others count for nothing.
    weights
        A float32 matrix for each layer, a row for each input, the bias as the last row: ``filters1`` to ``filters3``,
        ``squeeze``, ``out`` and, forward and backward, ``… in`` and ``… state`` (side by side: reset, keep, new).
    """

    features: Mapping[str, int]
    weights: Mapping[str, Floats]

    def to_bytes(self) -> bytes:
        """The net as an uncompressed ``.npz``, weights in half precision; the same net gives the same bytes."""
        names = "\n".join(sorted(self.features, key=self.features.__getitem__)).encode("utf-8")
        halves = {name: weights.astype(np.float16) for name, weights in self.weights.items()}
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, features=np.frombuffer(names, np.uint8), **halves)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> SentenceNet:
        """Read what :meth:`to_bytes` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            names = arrays["features"].tobytes().decode("utf-8").split("\n")
            weights = {name: arrays[name].astype(np.float32) for name in arrays if name != "features"}
        return cls({name: place for place, name in enumerate(names)}, weights)


@cache
def load() -> SentenceNet:
    """The net of the package, read once a process."""
    return SentenceNet.from_bytes((files("baomat") / "models" / "sentencenet.npz").read_bytes())


def probabilities(net: SentenceNet, tokens: Sequence[Sequence[str]], features: Sequence[Mapping[str, float]]) -> Floats:
    """The probability of every phase for every sentence of one article.

    Parameters
    ----------
    tokens, features
        Words and features of its sentences (:class:`baomat.features.Sentences`).

    Returns
    -------
    array
        float32, shape (sentences, phases); the phases in the order of :data:`baomat.schema.PHASES`.
    """
    seen = seen_of(net, tokens, features)
    story = np.hstack([_remembered(net, seen, "forward"), _remembered(net, seen[::-1], "backward")[::-1]])
    return _sigmoid(_weighted(net, "out", np.hstack([seen, story])))


def seen_of(net: SentenceNet, tokens: Sequence[Sequence[str]], features: Sequence[Mapping[str, float]]) -> Floats:
    """What the net sees of every sentence by itself, shape (sentences, outputs of filters and of the features' layer)."""
    distinct, at = np.unique(rows := word_rows(tokens), return_inverse=True)
    words = vectors.table()[distinct]
    squeezed = np.maximum(_weighted(net, "squeeze", feature_matrix(net.features, features)), 0)
    return np.hstack([*(_best_fits(net, words, at.reshape(rows.shape), width) for width in WIDTHS), squeezed])


# ---------------------------------------------------------------- the layers
def _weighted(net: SentenceNet, layer: str, inputs: Floats) -> Floats:
    """Inputs times weights, plus the bias, which is the last row."""
    weights = net.weights[layer]
    if inputs.ndim == 1:
        outputs: Floats = inputs @ weights[:-1] + weights[-1]
    else:
        outputs = _product(inputs, weights[:-1]) + weights[-1]
    return outputs


def _product(inputs: Floats, weights: Floats) -> Floats:
    """Inputs times weights, in parts so small that numpy's BLAS starts no threads: they would cost more than they bring."""
    rows = max(MOST_WORK // weights.size, 1)
    parts = [inputs[first : first + rows] @ weights for first in range(0, len(inputs), rows)]
    return np.concatenate(parts) if parts else np.zeros((0, weights.shape[1]), np.float32)


def _best_fits(net: SentenceNet, words: Floats, at: Rows, width: int) -> Floats:
    """How well each filter of a width fits where it fits best in each sentence, shape (sentences, filters); never below 0.

    A filter is a row of weights for each of its words. Every row is laid on every distinct word once; what fits at a place is
    the sum over the words there. A filter may hang over both ends of a sentence.
    """
    *weights, bias = np.split(net.weights[f"filters{width}"], [i * words.shape[1] for i in range(1, width + 1)])
    n_sentences, n_words = at.shape
    fits = np.tile(bias, (n_sentences, n_words + width - 1, 1))
    for i, of_word in enumerate(weights):
        first = width - 1 - i  # the place where the sentence's first word is the filter's i-th
        fits[:, first : first + n_words] += _product(words, of_word)[at]
    best: Floats = np.maximum(fits.max(axis=1), 0)
    return best


def _remembered(net: SentenceNet, seen: Floats, direction: str) -> Floats:
    """What a reader remembers after each sentence (a GRU)."""
    added = _weighted(net, f"{direction} in", seen)
    size = added.shape[1] // 3  # side by side: what opens the gates reset and keep, and what is new
    memory = np.zeros(size, np.float32)
    memories = np.zeros((len(seen), size), np.float32)
    for number, sentence in enumerate(added):
        old = _weighted(net, f"{direction} state", memory)
        gates = _sigmoid(sentence[: 2 * size] + old[: 2 * size])
        reset, keep = gates[:size], gates[size:]
        new = np.tanh(sentence[2 * size :] + reset * old[2 * size :])
        memory = memories[number] = keep * memory + (1 - keep) * new
    return memories


def _sigmoid(values: Floats) -> Floats:
    return np.exp(-np.logaddexp(0, -values)).astype(np.float32)  # 1 / (1 + exp(-x)) that no large x overflows


# ---------------------------------------------------------------- the inputs
def word_rows(tokens: Sequence[Sequence[str]]) -> Rows:
    """Rows of :func:`baomat.vectors.table`, shape (sentences, words); at least one word of nothing ends every sentence."""
    longest = min(max(map(len, tokens), default=0), LONGEST)
    table = np.full((len(tokens), longest + 1), UNKNOWN, np.int64)
    for row, words in zip(table, tokens, strict=True):
        row[: len(words[:LONGEST])] = vectors.rows(words[:LONGEST])
    return table


def is_read(feature: str) -> bool:
    """Whether the net reads a feature: not those for words, which it reads itself, nor those for pairs."""
    kind, colon, _ = feature.partition(":")
    return not colon or kind in _FEATURES


def feature_matrix(places: Mapping[str, int], features: Sequence[Mapping[str, float]]) -> Floats:
    """The features of every sentence as a row of numbers."""
    matrix = np.zeros((len(features), len(places)), np.float32)
    for row, named in zip(matrix, features, strict=True):
        known = [name for name in named if name in places]
        row[[places[name] for name in known]] = [named[name] for name in known]
    return matrix
