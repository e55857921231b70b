"""Fit linear models (:mod:`baomat.linear`) with scikit-learn, and choose their thresholds on folds that they did not see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .linear import Features, LinearModel
from .marked import FOLDS

MIN_COUNT = 3  # a feature seen in fewer examples is left out
LEAST_EXAMPLES = 6  # a label that fewer examples hold is not learned
STEPS = np.arange(0.15, 0.95, 0.025)  # thresholds to choose from
PRIOR = 0.45, 20  # where a threshold is drawn to, and as if by how many examples
Measure = Callable[[Any, Any], float]
Score = Callable[[LinearModel, Features], dict[str, float]]
LEAST_WEIGHT = 0.01  # a feature whose weights are all smaller is left out
RIGHT = 0.95  # share of joined pairs that must be right


@dataclass(frozen=True)
class Fitted:
    """A model with what held-out articles say of it: (label, examples that hold it, threshold, agreement)."""

    model: LinearModel
    report: list[tuple[str, int, float, float]]
    held_out: Sequence[LinearModel] = ()  # for every fold the model that did not see it, with the same thresholds


def fit(
    examples: Sequence[Features],
    targets: Sequence[set[str]],
    labels: Sequence[str],
    *,
    strength: float,
    counts_as: Sequence[float] | None = None,
) -> LinearModel:
    """One logistic regression a label, on named features.

    Parameters
    ----------
    examples, targets
        Features of every item, and the labels that hold for it.
    strength
        Inverse of the L2 penalty (scikit-learn's ``C``).
    counts_as
        As how many each example counts; by itself 1.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    counts = Counter(name for example in examples for name in example)
    names = sorted(name for name, count in counts.items() if count >= MIN_COUNT)
    columns = {name: column for column, name in enumerate(names)}
    cells = [
        (row, columns[name], value) for row, example in enumerate(examples) for name, value in example.items() if name in columns
    ]
    rows, places, values = (np.array(part) for part in zip(*cells, strict=True))
    shape = (len(examples), len(names))
    matrix = csr_matrix((values.astype(np.float64), (rows.astype(np.int32), places.astype(np.int32))), shape=shape)
    weights = np.zeros((matrix.shape[1], len(labels)), np.float32)
    bias = np.zeros(len(labels), np.float32)
    for column, label in enumerate(labels):
        held = np.array([label in target for target in targets])
        if held.sum() < LEAST_EXAMPLES:
            bias[column] = -10.0
            continue
        model = LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=1000).fit(matrix, held, counts_as)
        weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    kept = [row for row in range(len(names)) if np.abs(weights[row]).max() >= LEAST_WEIGHT]
    return LinearModel(
        tuple(labels), {names[row]: i for i, row in enumerate(kept)}, weights[kept], bias, np.full(len(labels), 0.5, np.float32)
    )


def _on_held_out(
    examples: Sequence[Features],
    targets: Sequence[set[str]],
    folds: Sequence[int],
    labels: Sequence[str],
    *,
    strength: float,
    score: Score = LinearModel.probabilities,
    counts_as: Sequence[float] | None = None,
) -> tuple[Any, list[LinearModel]]:
    """The scores of every example by a model that did not see its fold, shape (examples, labels); and the models by fold."""
    chances = np.zeros((len(examples), len(labels)))
    models = []
    for fold in range(FOLDS):
        inside = [i for i in range(len(examples)) if folds[i] != fold]
        counts = [counts_as[i] for i in inside] if counts_as else None
        model = fit([examples[i] for i in inside], [targets[i] for i in inside], labels, strength=strength, counts_as=counts)
        models.append(model)
        for i in range(len(examples)):
            if folds[i] == fold:
                chances[i] = list(score(model, examples[i]).values())
    return chances, models


def fit_held_out(
    examples: Sequence[Features],
    targets: Sequence[set[str]],
    folds: Sequence[int],
    labels: Sequence[str],
    *,
    strength: float,
    measure: Measure | None = None,
    measures: Mapping[str, Measure] | None = None,
    score: Score = LinearModel.probabilities,
    counts_as: Sequence[float] | None = None,
) -> Fitted:
    """A model fitted on everything; its thresholds are chosen on scores by models that did not see the item's fold.

    ``measure`` says what agreement is (by itself F1), ``measures`` what it is for single labels.
    """
    chances, parts = _on_held_out(examples, targets, folds, labels, strength=strength, score=score, counts_as=counts_as)
    whole = fit(examples, targets, labels, strength=strength, counts_as=counts_as)
    by_label = {label: (measures or {}).get(label, measure or f1) for label in labels}
    return chosen(whole, chances, targets, by_label, held_out=parts)


def chosen(
    model: LinearModel,
    chances: Any,
    targets: Sequence[set[str]],
    measures: Mapping[str, Measure],
    *,
    held_out: Sequence[LinearModel],
    prior: tuple[float, int] = PRIOR,
) -> Fitted:
    """The model, and those of the folds, with the thresholds at which the held-out chances agree best with the targets."""
    report = []
    common, as_many = prior
    for column, label in enumerate(model.labels):
        measure = measures[label]
        held = np.array([label in target for target in targets])
        scores = {float(step): measure(chances[:, column] >= step, held) for step in STEPS} if held.any() else {0.5: 0.0}
        best, count = max(scores, key=lambda step: scores[step]), int(held.sum())
        # A threshold chosen on few examples is drawn towards a common one.
        model.thresholds[column] = threshold = (count * best + as_many * common) / (count + as_many)
        report.append((label, count, threshold, round(measure(chances[:, column] >= threshold, held), 3) if count else 0.0))
    return Fitted(model, report, [replace(part, thresholds=model.thresholds) for part in held_out])


def f1(found: Any, held: Any) -> float:
    return 2 * float((found & held).sum()) / max(float(found.sum() + held.sum()), 1.0)


def accuracy(found: Any, held: Any) -> float:
    return float((found == held).mean())


def sparing(found: Any, held: Any) -> float:
    """F0.7: precision before recall. The corpus is denser than news, where a third of the sentences tell no phase."""
    hit, beta = float((found & held).sum()), 0.7**2
    return (1 + beta) * hit / max(beta * float(held.sum()) + float(found.sum()), 1.0)


def fit_joining(
    examples: Sequence[Features],
    targets: Sequence[set[str]],
    folds: Sequence[int],
    label: str,
    *,
    strength: float,
    counts_as: Sequence[float],
) -> Fitted:
    """A model whose threshold is the lowest at which, on held-out folds, :data:`RIGHT` of what it joins is joined rightly.

    F1 is flat over a wide range of thresholds, and two incidents shown as one are worse than one shown as two.
    """
    chances, _ = _on_held_out(examples, targets, folds, (label,), strength=strength, counts_as=counts_as)
    sure = chances[:, 0]
    held, share = np.array([bool(target) for target in targets]), np.array(counts_as)
    right = [float(share[(sure >= step) & held].sum()) for step in STEPS]
    joined = [max(float(share[sure >= step].sum()), 1e-9) for step in STEPS]
    best = next((i for i in range(len(STEPS)) if right[i] >= RIGHT * joined[i]), len(STEPS) - 1)
    whole = fit(examples, targets, (label,), strength=strength, counts_as=counts_as)
    whole.thresholds[0] = threshold = round(float(STEPS[best]), 3)
    f1 = 2 * right[best] / (joined[best] + float(share[held].sum()))
    return Fitted(whole, [(label, int(held.sum()), threshold, round(f1, 3))])


def side_by_side(models: Sequence[LinearModel]) -> LinearModel:
    """One model with the labels of several, whose features may differ."""
    names = sorted({name for model in models for name in model.vocabulary})
    weights = np.zeros((len(names), len(models)), np.float32)
    for column, model in enumerate(models):
        for name, row in model.vocabulary.items():
            weights[names.index(name), column] = model.weights[row, 0]
    labels = tuple(label for model in models for label in model.labels)
    bias, thresholds = (np.concatenate([getattr(model, name) for model in models]) for name in ("bias", "thresholds"))
    return LinearModel(labels, {name: row for row, name in enumerate(names)}, weights, bias, thresholds)
