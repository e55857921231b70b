"""How values stand in the cells of a table, and what of the papers' texts a text mode passes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from .tables import TABLES

SEPARATOR = "; "  # between several values in one cell


def plain(value: object) -> object:
    """A cell as text or number: days in ISO form, several values joined by "; "."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return SEPARATOR.join(map(str, value))
    return value


def several(cell: object) -> list[str]:
    """The values of a cell that holds several, or none."""
    return [part for part in str(cell or "").split(SEPARATOR) if part]


def columns(table: str, rows: Sequence[Mapping[str, object]]) -> dict[str, list[Any]]:
    """The cells of a table by column, in the order of the codebook; None where a cell is missing or an empty text."""
    return {
        column.name: [None if (cell := row.get(column.name)) is None or cell == "" else plain(cell) for row in rows]
        for column in TABLES[table]
    }


def passed_on(table: str, cells: dict[str, list[Any]], text: str) -> dict[str, list[Any]]:
    """The cells without what a text mode of ``schema.TEXT_MODES`` leaves out."""
    left_out = {"full": set(), "evidence": {("articles", "text")}, "none": {("articles", "text"), ("facts", "quote")}}[text]
    return {name: [None] * len(values) if (table, name) in left_out else values for name, values in cells.items()}
