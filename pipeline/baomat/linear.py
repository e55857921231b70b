"""Linear models: named features times weights, one sigmoid a label. Small, readable, and shipped inside the package.

A model is trained by ``baomat train`` (:mod:`baomat.train`) on ``data/gold`` and kept as one ``.npz`` of plain arrays.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import repeat

import numpy as np
import numpy.typing as npt

Features = Mapping[str, float]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LinearModel:
    """``sigmoid(x · weights + bias)``: independent probabilities of the labels.

    Attributes
    ----------
    labels
        Names of the outputs, one a column.
    vocabulary
        Feature name to row. Features that it does not know count for nothing.
    weights
        float32, shape (features, labels).
    bias
        float32, shape (labels,).
    thresholds
        float32, shape (labels,): the score from which a label holds, chosen on held-out articles.
    """

    labels: tuple[str, ...]
    vocabulary: dict[str, int]
    weights: Floats
    bias: Floats
    thresholds: Floats

    def probabilities(self, features: Features) -> dict[str, float]:
        """Probability of every label for one item."""
        rows = np.fromiter(map(self.vocabulary.get, features, repeat(-1)), np.int64, len(features))
        values = np.fromiter(features.values(), np.float32, len(features))
        # In the order of the rows: features come from sets, and a sum depends on its order in the last digit.
        order = rows.argsort()[np.count_nonzero(rows < 0) :]
        scores = values[order] @ self.weights[rows[order]] + self.bias if len(order) else self.bias
        return dict(zip(self.labels, (1.0 / (1.0 + np.exp(-scores))).tolist(), strict=True))

    def contribution(self, label: str, feature: str) -> float:
        """The weight of one feature for one label; 0 where the model does not know it."""
        row = self.vocabulary.get(feature)
        return 0.0 if row is None else float(self.weights[row, self.labels.index(label)])

    def threshold(self, label: str) -> float:
        """The score from which a label holds."""
        return float(self.thresholds[self.labels.index(label)])

    def to_bytes(self) -> bytes:
        """The model as an uncompressed ``.npz``, weights in half precision; the same model gives the same bytes."""
        names = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        buffer = io.BytesIO()
        np.savez(
            buffer,
            labels=_packed(self.labels),
            features=_packed(names),
            weights=self.weights.astype(np.float16),
            bias=self.bias,
            thresholds=self.thresholds,
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> LinearModel:
        """Read what :meth:`to_bytes` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            names = _unpacked(arrays["features"])
            return cls(
                tuple(_unpacked(arrays["labels"])),
                {name: row for row, name in enumerate(names)},
                arrays["weights"].astype(np.float32),
                arrays["bias"].astype(np.float32),
                arrays["thresholds"].astype(np.float32),
            )


def _packed(names: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8)


def _unpacked(array: npt.NDArray[np.uint8]) -> list[str]:
    return array.tobytes().decode("utf-8").split("\n")


@cache
def load(name: str) -> LinearModel:
    """A model of the package by name (``models/<name>.npz``), read once a process."""
    return LinearModel.from_bytes((files("baomat") / "models" / f"{name}.npz").read_bytes())
