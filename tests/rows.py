"""Reading the tables of examples: one test a row."""

from __future__ import annotations

from pathlib import Path

TABLES = Path(__file__).parent / "tables"


def rows(name: str) -> list[list[str]]:
    """The rows of ``tables/<name>.tsv``, comments left out."""
    lines = (TABLES / f"{name}.tsv").read_text(encoding="utf-8").split("\n")
    return [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
