"""The linear models, how they are kept and how they are trained."""

from __future__ import annotations

import numpy as np
import pytest

from baomat import fitting, gold, linear
from baomat.linear import LinearModel

MODEL = LinearModel(
    ("a", "b"),
    {"x": 0, "y": 1},
    np.array([[1.0, -1.0], [0.5, 2.0]], np.float32),
    np.array([0.0, -1.0], np.float32),
    np.array([0.5, 0.25], np.float32),
)


def test_probabilities() -> None:
    found = MODEL.probabilities({"x": 2.0, "unknown": 9.0})
    assert found["a"] == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert found["b"] == pytest.approx(1 / (1 + np.exp(3.0)))


def test_a_model_comes_back_and_has_the_same_bytes() -> None:
    again = LinearModel.from_bytes(MODEL.to_bytes())
    assert again.to_bytes() == MODEL.to_bytes()
    assert (again.labels, again.vocabulary) == (MODEL.labels, MODEL.vocabulary)
    assert again.probabilities({"y": 1.0}) == MODEL.probabilities({"y": 1.0})
    assert again.threshold("b") == 0.25


@pytest.mark.parametrize("name", ["phases", "incident", "roles", "record", "onset", "merge"])
def test_shipped_models_are_small_and_sound(name: str) -> None:
    model = linear.load(name)
    assert len(model.to_bytes()) < 1_000_000
    assert np.isfinite(model.weights).all()
    assert model.weights.shape == (len(model.vocabulary), len(model.labels))


def test_fitting_finds_what_tells_the_label() -> None:
    pytest.importorskip("sklearn", reason="needs baomat[train]")
    examples = [{"good": 1.0}] * 20 + [{"bad": 1.0}] * 20
    targets: list[set[str]] = [{"yes"}] * 20 + [set()] * 20
    model = fitting.fit(examples, targets, ("yes",), strength=1.0)
    assert model.probabilities({"good": 1.0})["yes"] > 0.7 > 0.3 > model.probabilities({"bad": 1.0})["yes"]
    assert model.to_bytes() == fitting.fit(examples, targets, ("yes",), strength=1.0).to_bytes()


def test_an_incident_never_stands_on_two_sides() -> None:
    sides = [gold.side_of(f"incident-{n}") for n in range(1000)]
    assert gold.side_of("vcport") == gold.side_of("vcport")
    assert 0.5 < sides.count("train") / 1000 < 0.7
    assert 0.15 < sides.count("test") / 1000 < 0.25
