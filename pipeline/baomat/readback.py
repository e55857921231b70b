"""Written tables -> cells by column, from whichever format a folder holds; every cell as it was before writing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from . import sqlite
from .codebook import NOT_IN_CSV, header
from .errors import BaomatError
from .excel import MISREAD
from .tables import SCHEMA_VERSION, TABLES, Column

Cells = dict[str, list[Any]]


def read(path: Path, *, tables: Iterable[str] = TABLES) -> Iterator[tuple[str, Cells]]:
    """Tables of the codebook with their cells.

    Parameters
    ----------
    path
        A folder with Parquet, JSONL, SQLite or CSV files (the first of these that is there is read), or a SQLite file.
    tables
        Which tables; all by itself.

    Raises
    ------
    BaomatError
        B508 CSV with Vietnamese headers, B509 another schema version, B514 no tables there.
    """
    if path.is_file() or (not _has(path, "parquet", "jsonl") and (path / sqlite.DATABASE).exists()):
        with sqlite.opened(path if path.is_file() else path / sqlite.DATABASE) as con:
            for table in tables:
                yield table, sqlite.cells(con, table)
        return
    suffix = next((suffix for suffix in _READERS if _has(path, suffix)), None)
    if suffix is None:
        raise BaomatError("B514", path=path)
    _check_version(path)
    for table in tables:
        yield table, _READERS[suffix](path / f"{table}.{suffix}", table)


def _has(folder: Path, *suffixes: str) -> bool:
    return any((folder / f"incidents.{suffix}").exists() for suffix in suffixes)


def _check_version(folder: Path) -> None:
    manifest = folder / "run.json"
    if manifest.exists():
        version = json.loads(manifest.read_text(encoding="utf-8")).get("schema_version")
        if version != SCHEMA_VERSION:
            raise BaomatError("B509", path=folder, detail=f"schema version {version}, not {SCHEMA_VERSION}")


def _parquet(path: Path, table: str) -> Cells:
    found = pq.read_table(path)
    _check_columns(path, found.column_names, [column.name for column in TABLES[table]])
    return {name: found[name].to_pylist() for name in found.column_names}


def _jsonl(path: Path, table: str) -> Cells:
    with path.open(encoding="utf-8", newline="\n") as file:
        rows = [json.loads(line) for line in file]
    if rows:
        _check_columns(path, list(rows[0]), [column.name for column in TABLES[table]])
    return {column.name: [row[column.name] for row in rows] for column in TABLES[table]}


def _csv(path: Path, table: str) -> Cells:
    """The columns that CSV leaves out are empty; the guard before what a spreadsheet would misread is taken away."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        content = file.read()
    csv.field_size_limit(max(csv.field_size_limit(), len(content)))
    columns = [column for column in TABLES[table] if (table, column.name) not in NOT_IN_CSV]
    separator = content[len(header(columns[0].name, "en")) :][:1]
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=separator if separator in (";", "\t") else ",")
    head = next(rows, [])
    if head == [header(column.name, "vi") for column in columns]:
        raise BaomatError("B508", path=path)
    _check_columns(path, head, [column.name for column in columns])
    cells: Cells = {column.name: [] for column in TABLES[table]}
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            cells[column.name].append(_cell(column, cell))
    n = len(next(iter(cells.values())))
    return {name: values or [None] * n for name, values in cells.items()}


def _cell(column: Column, cell: str) -> str | int | float | bool | None:
    if cell == "":
        return None
    if column.dtype == "text":
        return cell[1:] if cell[0] == "'" and MISREAD.match(cell) else cell
    if column.dtype == "bool":
        return cell == "true"
    return int(cell) if column.dtype == "int" else float(cell)


def _check_columns(path: Path, found: list[str], wanted: list[str]) -> None:
    if found != wanted:
        differ = sorted(set(found) ^ set(wanted)) or ["their order"]
        raise BaomatError("B509", path=path, detail=f"other columns: {', '.join(differ[:5])}")


_READERS = {"parquet": _parquet, "jsonl": _jsonl, "csv": _csv}
