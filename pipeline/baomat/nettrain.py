"""Fit :mod:`baomat.sentencenet` with PyTorch (``pip install baomat[train]``), reproducibly: fixed seed, one thread.

The net learns to lower the cross-entropy of its probabilities, a batch of articles at a time. What keeps so many weights from
learning the few hundred articles by heart: the word vectors stay as they are, part of what the net sees is hidden from it at
every step (dropout), and it passes over the articles a few dozen times only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import sentencenet, vectors
from .features import Features
from .schema import PHASES
from .sentencenet import WIDTHS, SentenceNet
from .vectors import Floats

if TYPE_CHECKING:
    from torch import Tensor

FILTERS, SQUEEZED, MEMORY = 64, 64, 64  # outputs of the filters of each width, of the features' layer, of each reader
MIN_COUNT = 3  # a feature seen in fewer sentences is left out
EPOCHS, BATCH = 25, 8  # how often every article is seen; articles between two steps
RATE, DECAY = 3e-3, 1e-3  # the largest step; how strongly weights are drawn to 0
HIDDEN, HIDDEN_WORDS = 0.4, 0.15  # share of the inputs of a layer, and of the numbers of word vectors, that are hidden
DIFFERENCE = 1e-4  # between PyTorch's probabilities and ours


@dataclass(frozen=True)
class Example:
    """An article: words, features and phases of every sentence."""

    tokens: Sequence[Sequence[str]]
    features: Sequence[Features]
    phases: Sequence[set[str]]


def fit(articles: Sequence[Example], *, seed: int = 0) -> SentenceNet:
    """A net that tells the phases of the sentences of the articles."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    counts = Counter(name for article in articles for features in article.features for name in features)
    names = sorted(name for name, count in counts.items() if count >= MIN_COUNT and sentencenet.is_read(name))
    places = {name: place for place, name in enumerate(names)}
    layers = _layers(len(places))
    inputs = [_inputs(article, places) for article in articles]
    steps = EPOCHS * -(-len(articles) // BATCH)
    optimizer = torch.optim.AdamW(layers.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for batch in _batches(len(articles), seed):
        optimizer.zero_grad()
        logits, targets = _logits(layers, [inputs[i] for i in batch]), torch.cat([inputs[i][2] for i in batch])
        torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum").div(40).backward()
        torch.nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return _exported(layers, places, articles, inputs)


def _batches(n: int, seed: int) -> Iterator[Sequence[int]]:
    random = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        order = random.permutation(n).tolist()
        yield from (order[first : first + BATCH] for first in range(0, n, BATCH))


def _layers(n_features: int) -> Any:
    from torch import nn

    size = vectors.table().shape[1]
    seen = len(WIDTHS) * FILTERS + SQUEEZED
    return nn.ModuleDict(
        {f"filters{width}": nn.Conv1d(size, FILTERS, width, padding=width - 1) for width in WIDTHS}
        | {
            "squeeze": nn.Linear(n_features, SQUEEZED),
            "story": nn.GRU(seen, MEMORY, bidirectional=True),
            "out": nn.Linear(seen + 2 * MEMORY, len(PHASES)),
            "hide": nn.Dropout(HIDDEN),
            "hide words": nn.Dropout(HIDDEN_WORDS),
        }
    )


def _inputs(article: Example, places: dict[str, int]) -> tuple[Tensor, Tensor, Tensor]:
    import torch

    targets = np.array([[phase in told for phase in PHASES] for told in article.phases], np.float32)
    arrays = sentencenet.word_rows(article.tokens), sentencenet.feature_matrix(places, article.features), targets
    rows, features, held = map(torch.from_numpy, arrays)
    return rows, features, held


def _logits(layers: Any, batch: Sequence[tuple[Tensor, Tensor, Tensor]]) -> Tensor:
    """What :func:`baomat.sentencenet.probabilities` computes, before the sigmoid, for several articles one behind the other."""
    import torch
    from torch.nn import functional
    from torch.nn.utils import rnn

    table, hide = torch.from_numpy(vectors.table()), layers["hide"]
    lengths = [len(rows) for rows, _, _ in batch]
    longest = max(rows.shape[1] for rows, _, _ in batch)
    rows = torch.cat([functional.pad(rows, (0, longest - rows.shape[1])) for rows, _, _ in batch])
    words = layers["hide words"](table[rows].transpose(1, 2))
    fits = [torch.relu(layers[f"filters{width}"](words)).amax(2) for width in WIDTHS]
    squeezed = torch.relu(layers["squeeze"](hide(torch.cat([features for _, features, _ in batch]))))
    seen = hide(torch.cat([*fits, squeezed], 1))
    told, _ = layers["story"](rnn.pack_sequence(seen.split(lengths), enforce_sorted=False))
    story = torch.cat(rnn.unpack_sequence(told))
    return layers["out"](torch.cat([seen, hide(story)], 1))


def _exported(layers: Any, places: dict[str, int], articles: Sequence[Example], inputs: Sequence[Any]) -> SentenceNet:
    """The net for numpy, its weights rounded as they are kept; that it says what PyTorch says is checked."""
    import torch

    layers.eval()
    with torch.no_grad():
        for weights in layers.parameters():
            weights.copy_(weights.half())
        net = SentenceNet(places, _matrices(layers))
        for article, tensors in zip(articles[:20], inputs, strict=False):
            theirs = torch.sigmoid(_logits(layers, [tensors])).numpy()
            ours = sentencenet.probabilities(net, article.tokens, article.features)
            assert np.abs(ours - theirs).max() < DIFFERENCE, "numpy and PyTorch differ"
    return net


def _matrices(layers: Any) -> dict[str, Floats]:
    """The weights as :class:`SentenceNet` has them: inputs down, outputs across, the bias below."""

    def below(weights: Tensor, bias: Tensor) -> Floats:
        return np.vstack([weights.detach().numpy().T, bias.detach().numpy()])

    story = layers["story"]
    found = {name: below(layers[name].weight, layers[name].bias) for name in ("squeeze", "out")}
    for width in WIDTHS:
        filters = layers[f"filters{width}"]
        found[f"filters{width}"] = below(filters.weight.transpose(1, 2).flatten(1), filters.bias)
    for direction, ending in (("forward", ""), ("backward", "_reverse")):
        for ours, theirs in (("in", "ih"), ("state", "hh")):
            parts = (getattr(story, f"{part}_{theirs}_l0{ending}") for part in ("weight", "bias"))
            found[f"{direction} {ours}"] = below(*parts)
    return found
