"""The supplement to the gold corpus: same format, same rules, no text of others, nothing of the gold again."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import gold_checks as checks
from baomat import goldfile
from gold_checks import Record

DATA = Path(__file__).parents[1] / "data"


@cache
def supplement() -> tuple[Record, ...]:
    return tuple(record for folder in ("supplement", "sentences") for record in goldfile.read_folder(DATA / folder))


@pytest.mark.parametrize("folder", ["supplement", "sentences"])
def test_the_data_sheet_tells_how_many(folder: str) -> None:
    told = f"`data/{folder}` holds {len(list((DATA / folder).glob('*.txt')))} more"
    assert told in (DATA / "README.md").read_text(encoding="utf-8")


def test_what_is_real_names_its_source() -> None:
    """The first batches are invented, the later ones retell real news."""
    assert {record["basis"] for record in supplement() if record["id"].startswith(("b8-", "b9-", "b10-", "b33-"))} == {"invented"}
    assert [record["id"] for record in supplement() if record["basis"] == "real" and not record["sources"]] == []


def test_marks_are_sound() -> None:
    assert [f"{record['id']}: {mistake}" for record in supplement() for mistake in checks.mark_mistakes(record)] == []


def test_no_incident_of_the_gold_is_told_again() -> None:
    gold = goldfile.read_folder(DATA / "gold")
    assert {record["group"] for record in supplement()}.isdisjoint({record["group"] for record in gold})
    assert checks.twins([*supplement(), *gold]) == []


@pytest.mark.slow
def test_no_text_of_others(shared: Path) -> None:
    eights, fifteens = checks.common_runs(supplement(), shared, checks.RUN, checks.LONG_RUN)
    assert [f"{record['id']}: {mistake}" for record in supplement() for mistake in checks.copied(record, eights, fifteens)] == []
