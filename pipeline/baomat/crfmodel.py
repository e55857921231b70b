"""underthesea's segmentation model, read from its file and laid out as tables for :mod:`baomat.crf`.

The file holds attributes ("T[-1,0].lower=an ninh") with a weight for each label. Here every n-gram that they are about gets a
number (:func:`numbered`), which is found for many lines at once (:class:`Index`), and a row of weights for each length
(:class:`Rows`).
"""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LENGTHS = (1, 2, 3)  # tokens of an n-gram
VIEWS = (None, "lower", "is_in_dict", "istitle", "isdigit")  # what a template may ask about its n-gram
TEMPLATE = re.compile(r"T\[(-?\d)(?:,(-?\d))?\](?:\.(\w+))?")


class UnknownModel(Exception):
    """The model is not built as this module takes for granted."""


# ---------------------------------------------------------------- the file
def read_crfsuite(data: bytes) -> tuple[list[str], dict[str, list[float]], list[list[float]]]:
    """Read a model of CRFsuite (type CRF1d).

    Returns
    -------
    labels, weights, transitions
        ``weights[attribute][label]`` and ``transitions[label before][label]``.

    Raises
    ------
    UnknownModel
        The file is built otherwise.
    """
    magic, _, kind, _, _, n_labels, n_attributes, features_at, labels_at, attributes_at = struct.unpack_from("<4sI4s7I", data)
    if (magic, kind) != (b"lCRF", b"FOMC"):
        raise UnknownModel("it is not a CRF1d model of CRFsuite")
    labels, attributes = _strings(data, labels_at), _strings(data, attributes_at)
    if (len(labels), len(set(attributes))) != (n_labels, n_attributes):
        raise UnknownModel("labels or attributes are missing")
    weights, transitions = ([[0.0] * n_labels for _ in names] for names in (attributes, labels))
    (n_features,) = struct.unpack_from("<I", data, features_at + 8)
    feature = np.dtype([("kind", "<u4"), ("source", "<u4"), ("label", "<u4"), ("weight", "<f8")])
    for of_labels, source, label, weight in np.frombuffer(data, feature, n_features, features_at + 12).tolist():
        (transitions if of_labels else weights)[source][label] = weight
    return labels, dict(zip(attributes, weights, strict=True)), transitions


def _strings(data: bytes, at: int) -> list[str]:
    """The strings of a CQDB (CRFsuite's hash table of strings and ids), in the order of their ids."""
    magic, _, _, byte_order, n, records_at = struct.unpack_from("<4s5I", data, at)
    if (magic, byte_order) != (b"CQDB", 0x62445371):
        raise UnknownModel("a table of strings is not a CQDB")
    strings = []
    for number, record in enumerate(struct.unpack_from(f"<{n}I", data, at + records_at)):
        found, size = struct.unpack_from("<II", data, at + record)
        if found != number:
            raise UnknownModel("the ids of a table of strings are not in order")
        strings.append(data[at + record + 8 : at + record + 7 + size].decode())
    return strings


# ---------------------------------------------------------------- the numbers of n-grams
class Index:
    """(number of the head, number of the last token) -> number of the n-gram, 0 if not known; for whole arrays.

    A hash table with open addressing: an n-gram stands at the place that its hash names, or at the next one that is free.
    """

    def __init__(self, heads: Ints, lasts: Ints, numbers: Ints) -> None:
        self.last_head = heads.max()
        self.bits = (4 * len(heads)).bit_length()  # more than 4 places for each n-gram
        self.keys = np.full(1 << self.bits, -1, np.int64)
        self.numbers = np.zeros(1 << self.bits, np.int32)
        keys = heads << 32 | lasts
        places = self._places(keys)
        while len(keys):
            free = self.keys[places] == -1
            self.keys[places[free]] = keys[free]  # of several that want a place, one gets it
            done = self.keys[places] == keys
            self.numbers[places[done]] = numbers[done]
            keys, numbers, places = keys[~done], numbers[~done], self._next(places[~done])

    def _places(self, keys: Ints) -> Ints:
        return (keys.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(64 - self.bits)).view(np.int64)

    def _next(self, places: Ints) -> Ints:
        return places + 1 & (1 << self.bits) - 1

    def find(self, heads: Ints, lasts: Ints) -> Ints:
        """The numbers for two arrays of one shape."""
        found = np.zeros(heads.size, np.int64)
        heads, lasts = heads.ravel(), lasts.ravel()
        left = ((heads > 0) & (heads <= self.last_head) & (lasts > 0)).nonzero()[0]
        keys = heads.take(left) << 32 | lasts.take(left)
        places = self._places(keys)
        while len(left):
            seen = self.keys.take(places)
            same = seen == keys
            found[left[same]] = self.numbers.take(places[same])
            on = (~same & (seen != -1)).nonzero()[0]
            left, keys, places = left.take(on), keys.take(on), self._next(places.take(on))
        return found


def numbered(grams: Iterable[str]) -> dict[int, dict[str, int]]:
    """numbers[n][n-gram] from 1 on, for the n-grams, their heads and their tokens."""
    numbers: dict[int, dict[str, int]] = {n: {} for n in LENGTHS}
    for gram in grams:
        tokens = gram.split(" ")
        for token in tokens:
            numbers[1].setdefault(token, len(numbers[1]) + 1)
        for n in range(2, len(tokens) + 1):
            numbers[n].setdefault(" ".join(tokens[:n]), len(numbers[n]) + 1)
    return numbers


def index_of(numbers: Mapping[int, Mapping[str, int]], n: int) -> Index:
    """The index of the n-grams of one length; ``numbers`` as :func:`numbered` gives them."""
    parts = [gram.rpartition(" ") for gram in numbers[n]]
    heads = np.array([numbers[n - 1][head] for head, _, _ in parts], np.int64)
    lasts = np.array([numbers[1][last] for _, _, last in parts], np.int64)
    return Index(heads, lasts, np.array(list(numbers[n].values()), np.int64))


# ---------------------------------------------------------------- their weights
Weights = dict[tuple[str | None, int], dict[str, Floats]]


def by_view(attributes: Mapping[str, Sequence[float]]) -> Weights:
    """weights[view, n][what the attribute reads] = a row of weights, I minus B: for n-grams that start at t-2, t-1, …"""
    weights: Weights = {(view, n): defaultdict(partial(np.zeros, 6 - n)) for view in VIEWS for n in LENGTHS}
    for attribute, (b, i) in attributes.items():
        template, _, value = attribute.partition("=")
        view, n, column = _template(template)
        weights[view, n][value][column] += i - b
    return weights


@cache
def _template(template: str) -> tuple[str | None, int, int]:
    """Which view a template takes, of how many tokens, and in which column its weights stand."""
    match = TEMPLATE.fullmatch(template)
    if match:
        first, last = int(match[1]), int(match[2] or match[1])
        if match[3] in VIEWS and last - first + 1 in LENGTHS and -2 <= first <= last <= 2:
            return match[3], last - first + 1, first + 2
    raise UnknownModel(f"the template {template} is new")


class Rows:
    """The weights of n-grams of one length: for each number a row, and a column for each place to start at."""

    def __init__(self, n: int, weights: Weights, numbers: Mapping[str, int], dictionary: Iterable[str]) -> None:
        absent, present = weights["is_in_dict", n]["False"], weights["is_in_dict", n]["True"]
        self.written = np.zeros((len(numbers) + 1, 6 - n))
        self.lowered = self.written + absent
        for table, view in ((self.written, None), (self.lowered, "lower")):
            for gram, row in weights[view, n].items():
                if gram in numbers:
                    table[numbers[gram]] += row
        self.lowered[[numbers[gram] for gram in dictionary]] += present - absent
        title, digits = weights["istitle", n], weights["isdigit", n]
        self.shaped = np.array([title[t] + digits[d] for t, d in (("False", "False"), ("True", "False"), ("True", "True"))])
        self.begin, self.end = (sum((weights[view, n][edge] for view in VIEWS), np.zeros(6 - n)) for edge in ("BOS", "EOS"))

    def take(self, grams: Ints, shape: Ints) -> Floats:
        """The rows of n-grams, given their numbers as written and as lowered, and their shapes."""
        rows: Floats = self.written.take(grams[0], 0)
        rows += self.lowered.take(grams[1], 0)
        rows += self.shaped.take(shape, 0)
        return rows
