"""The accuracy gate: no figure may fall under its floor in ``floors.json``, and floors only rise.

    python tests/test_gate.py             what is measured, beside the floors
    python tests/test_gate.py --update    raise the floors to what is measured; refuses to lower one
    python tests/test_gate.py --readme    put what is measured into the README's table

A floor is the F1 of a task, or its accuracy where the task has one value an article, on the real articles beside the
project and on the test side of our own corpus.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import readme

FLOORS = Path(__file__).with_name("floors.json")
ROOT = Path(__file__).parents[1]
# Real articles beside the project, and the side of our own corpus that no model has seen.
GOLD = {"dev": (ROOT.parent / "shared" / "eval" / "dev.jsonl", None), "test": (ROOT / "data" / "gold", "test")}


def floors() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads(FLOORS.read_text(encoding="utf-8"))
    return found


@cache
def report(name: str) -> dict[str, Any]:
    """What is measured on a gold set."""
    from baomat.evaluate import evaluate

    path, side = GOLD[name]
    return evaluate(path, side=side).report


def measured(name: str) -> dict[str, float]:
    """The figures of a gold set, by task."""
    return figures(report(name))


def figures(report: dict[str, Any]) -> dict[str, float]:
    """The one figure of each task: F1, or accuracy."""
    rows = {task: row.get("f1", row.get("accuracy")) for task, row in report.items() if isinstance(row, dict)}
    return {task: figure for task, figure in rows.items() if figure is not None}


def table() -> str:
    """Markdown: what is measured of every task; precision and recall where it has them."""
    lines = ["| task | real articles: P | R | F1 | our test side: P | R | F1 |", "|---|--:|--:|--:|--:|--:|--:|"]
    reports = [report(name) for name in GOLD]
    for task, row in reports[0].items():
        if isinstance(row, float) or (isinstance(row, dict) and not isinstance(next(iter(row.values())), dict)):
            cells = [cell for one in reports for cell in _cells(one[task])]
            lines.append(f"| {task} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cells(row: dict[str, float] | float) -> list[str]:
    if isinstance(row, dict) and "precision" in row:
        return [f"{row[name]:.3f}" for name in ("precision", "recall", "f1")]
    figure = row if isinstance(row, float) else row.get("f1", row.get("accuracy", 0.0))
    return ["", "", f"{figure:.3f}"]


def raised(old: dict[str, float], new: dict[str, float]) -> dict[str, float]:
    """The floors after an update: each task's figure, cut to two places.

    Raises
    ------
    ValueError
        If a figure is under its floor.
    """
    fallen = [f"{task}: measured {new[task]}, floor {floor}" for task, floor in old.items() if new[task] < floor]
    if fallen:
        raise ValueError("; ".join(fallen))
    return {task: max(floor, math.floor(round(new[task] * 100, 6)) / 100) for task, floor in old.items()}


@pytest.mark.gate
@pytest.mark.parametrize(("name", "task"), [(name, task) for name, tasks in floors().items() for task in tasks])
def test_accuracy_is_not_under_its_floor(name: str, task: str) -> None:
    if not GOLD[name][0].exists():
        pytest.skip("no ../shared/eval")
    assert measured(name)[task] >= floors()[name][task]


@pytest.mark.gate
def test_invented_names_are_found() -> None:
    """Of the mentions on the test side whose organization the lexicon has under none of its names, 85 % are found exactly."""
    assert measured("test")["organizations (not listed)"] >= 0.85


def test_floors_only_rise() -> None:
    assert raised({"a": 0.5, "b": 0.29}, {"a": 0.617, "b": 0.29, "c": 0.9}) == {"a": 0.61, "b": 0.29}
    with pytest.raises(ValueError, match=r"a: measured 0\.4, floor 0\.5"):
        raised({"a": 0.5}, {"a": 0.4})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="raise the floors to what is measured")
    parser.add_argument("--readme", action="store_true", help="put what is measured into README.md")
    options = parser.parse_args()
    update = options.update
    new = floors()
    for name, tasks in new.items():
        for task, floor in tasks.items():
            print(f"{name}  {task:32s} floor {floor:.2f}  measured {measured(name)[task]:.3f}")
        if update:
            try:
                new[name] = raised(tasks, measured(name))
            except ValueError as error:
                print(f"not updated: {error}", file=sys.stderr)
                return 1
    if update:
        FLOORS.write_text(json.dumps(new, indent=2) + "\n", encoding="utf-8")
    if options.readme:
        readme.put("accuracy", table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
