"""What differs between two outputs: new, changed, merged, withdrawn, gone; each with the article that caused it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from baomat import BaomatError
from baomat.changes import COLUMNS, KINDS, changes
from baomat.cli import app
from baomat.frames import Tables, frame
from baomat.tables import TABLES


def made(told: dict[str, list[str]], *, redirects: dict[str, str] | None = None, notes: dict[str, str] | None = None) -> Tables:
    """Tables with these incidents and their articles; the number in an article's name is its day."""
    names = sorted({name for articles in told.values() for name in articles})
    rows: dict[str, list[dict[str, Any]]] = {
        "articles": [
            {
                "article_id": name,
                "title": f"Bài {name}",
                "publisher": "Tin Sáng",
                "published": f"2024-06-0{name[-1]}",
                "sha256": name,
            }
            for name in names
        ],
        "incidents": [{"incident_id": key, "title": f"Sự cố {key}", "n_articles": len(names)} for key, names in told.items()],
        "incident_articles": [{"incident_id": key, "article_id": name} for key, names in told.items() for name in names],
        "id_redirects": [
            {"old_id": old, "new_id": new, "reason": "merged: same victim"} for old, new in (redirects or {}).items()
        ],
        "rejects": [{"article_id": name, "stage": "withdrawn", "message": message} for name, message in (notes or {}).items()],
    }
    return Tables(**{table: frame(table, rows.get(table, [])) for table in TABLES})


def told(found: Any, *names: str) -> list[list[Any]]:
    rows: list[list[Any]] = found[list(names)].astype(object).where(found[list(names)].notna(), None).values.tolist()
    return rows


def test_nothing_differs() -> None:
    tables = made({"i": ["a1"]})
    assert list(changes(tables, tables).columns) == list(COLUMNS)
    assert changes(tables, tables).empty


def test_new() -> None:
    found = changes(made({"i": ["a1"]}), made({"i": ["a1"], "k": ["b3", "b2"]}))
    assert told(found, "change", "incident_id", "article_id", "publisher") == [["new", "k", "b2", "Tin Sáng"]]


def test_changed_because_an_article_joined() -> None:
    found = changes(made({"i": ["a1"]}), made({"i": ["a1", "b2"]}))
    assert told(found, "change", "field", "old", "new", "article_id") == [["changed", "n_articles", "1", "2", "b2"]]


def test_changed_because_an_article_says_so() -> None:
    def with_figure(tables: Tables, *figures: tuple[str, float]) -> Tables:
        facts = [
            {"fact_id": f"{name}{figure}", "incident_id": "i", "article_id": name, "field": "people", "value": str(figure)}
            | {"number_min": figure, "number_max": figure, "preferred": True}
            for name, figure in figures
        ]
        incidents = tables.incidents.assign(people_max=max(figure for _, figure in figures))
        return replace(tables, facts=frame("facts", facts), incidents=incidents.astype(tables.incidents.dtypes.to_dict()))

    both = made({"i": ["a1", "b2", "c3"]})
    found = changes(with_figure(both, ("a1", 200.0)), with_figure(both, ("a1", 200.0), ("c3", 90.8)))
    assert found.empty
    found = changes(with_figure(both, ("a1", 200.0)), with_figure(both, ("a1", 200.0), ("c3", 1500000.0)))
    assert told(found, "field", "old", "new", "article_id") == [["people_max", "200", "1500000", "c3"]]


def test_merged() -> None:
    found = changes(made({"i": ["a1"], "k": ["b2"]}), made({"i": ["a1", "b2", "c3"]}, redirects={"k": "i"}))
    rows = told(found, "change", "incident_id", "new", "article_id", "reason")
    assert ["merged", "k", "i", "c3", "merged: same victim"] in rows
    without = told(changes(made({"i": ["a1"], "k": ["b2"]}), made({"i": ["a1", "b2"]})), "change", "incident_id", "new")
    assert ["merged", "k", "i"] in without


def test_another_id_is_a_change_of_the_same_incident() -> None:
    found = changes(made({"k": ["b2"]}), made({"i": ["a1", "b2"]}))
    assert ["changed", "incident_id", "k", "i", "a1"] in told(found, "change", "field", "old", "new", "article_id")
    assert set(found["change"]) == {"changed"}


@pytest.mark.parametrize(
    ("notes", "change", "reason"),
    [
        ({"b2": "withdrawn (takedown): left out."}, "withdrawn", "withdrawn (takedown): left out."),
        ({"": "k: withdrawn (erasure): left out."}, "withdrawn", "k: withdrawn (erasure): left out."),
        ({}, "gone", None),
    ],
)
def test_withdrawn_or_gone(notes: dict[str, str], change: str, reason: str | None) -> None:
    found = changes(made({"i": ["a1"], "k": ["b2"]}), made({"i": ["a1"]}, notes=notes))
    assert told(found, "change", "incident_id", "article_id", "reason") == [[change, "k", "b2", reason]]
    assert change in KINDS


def test_a_withdrawn_article_of_an_incident_that_stays() -> None:
    found = changes(made({"i": ["a1", "b2"]}), made({"i": ["a1"]}, notes={"b2": "withdrawn (takedown): left out."}))
    assert told(found, "change", "incident_id", "title", "field", "article_id") == [
        ["changed", "i", "Sự cố i", "n_articles", "b2"],
        ["withdrawn", None, "Bài b2", None, "b2"],
    ]


# ---------------------------------------------------------------- the command
@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    made({"i": ["a1"]}).write(tmp_path / "old", formats=["parquet"])
    made({"i": ["a1", "b2"], "k": ["c3"]}).write(tmp_path / "new", formats=["sqlite"])
    return tmp_path / "old", tmp_path / "new" / "baomat.sqlite"


def test_command(folders: tuple[Path, Path]) -> None:
    def printed(*options: str) -> str:
        done = CliRunner().invoke(app, ["changes", *map(str, folders), *options])
        assert done.exit_code == 0, done.output
        return done.output

    assert "2 changes" in printed()
    assert printed("--format", "csv").splitlines()[0] == ",".join(COLUMNS)
    rows = [json.loads(line) for line in printed("--format", "jsonl").splitlines()]
    assert [(row["change"], row["field"], row["article_id"]) for row in rows] == [
        ("new", None, "c3"),
        ("changed", "n_articles", "b2"),
    ]


def test_command_refuses(folders: tuple[Path, Path], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["changes", *map(str, folders), "--format", "docx"])
    assert isinstance(done.exception, BaomatError)
    assert done.exception.code == "B703"
    done = CliRunner().invoke(app, ["changes", str(tmp_path), str(folders[1])])
    assert isinstance(done.exception, BaomatError)
    assert done.exception.code == "B514"
