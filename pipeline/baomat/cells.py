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
    return {column.name: _column([row.get(column.name) for row in rows], text=column.dtype == "text") for column in TABLES[table]}


def _column(cells: list[Any], *, text: bool) -> list[Any]:
    if text:
        return [(cell or None) if cell.__class__ is str else plain(cell) for cell in cells]
    return [None if cell == "" else cell for cell in cells] if "" in cells else cells


def passed_on(table: str, cells: dict[str, list[Any]], text: str) -> dict[str, list[Any]]:
    """The cells without what a text mode of ``schema.TEXT_MODES`` leaves out."""
    left_out = {"full": set(), "evidence": {("articles", "text")}, "none": {("articles", "text"), ("facts", "quote")}}[text]
    return {name: [None] * len(values) if (table, name) in left_out else values for name, values in cells.items()}
