"""One file for each table, row by row as they come: Parquet, CSV for spreadsheets, JSONL."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .codebook import NOT_IN_CSV, coded, header, label, told
from .excel import guarded_csv
from .tables import DTYPES, SCHEMA_VERSION, TABLES, Column

ROWS_PER_GROUP = {"articles": 512}  # of a Parquet file; articles hold whole texts
_ROWS_PER_GROUP = 8192
_TYPES = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}


class Parquet:
    """Row groups of one size, however the rows came, compressed with zstd; the columns know their pandas dtypes."""

    def __init__(self, path: Path, table: str, stack: ExitStack) -> None:
        self._schema = arrow_schema(table)
        self._size = ROWS_PER_GROUP.get(table, _ROWS_PER_GROUP)
        self._cells: dict[str, list[Any]] = {name: [] for name in self._schema.names}
        self._writer = stack.enter_context(pq.ParquetWriter(path, self._schema, compression="zstd"))
        stack.callback(self._flush, 1)

    def append(self, cells: Mapping[str, list[Any]]) -> None:
        """Add rows, cell by column."""
        for name, values in cells.items():
            self._cells[name].extend(values)
        self._flush(self._size)

    def _flush(self, at_least: int) -> None:
        """Write row groups of one size as long as so many rows wait; how the rows came does not show in the file."""
        while len(next(iter(self._cells.values()))) >= at_least:
            group = {name: values[: self._size] for name, values in self._cells.items()}
            self._cells = {name: values[self._size :] for name, values in self._cells.items()}
            self._writer.write_table(pa.table(group, schema=self._schema))


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a table; it tells pandas the dtypes of the codebook, so ``pd.read_parquet`` gives them back."""
    fields = [pa.field(column.name, _TYPES[column.dtype]) for column in TABLES[table]]
    dtypes: dict[str, Any] = {column.name: DTYPES[column.dtype] for column in TABLES[table]}
    empty = pd.DataFrame({name: pd.array([], dtype=dtype) for name, dtype in dtypes.items()})
    metadata = pa.Schema.from_pandas(empty, preserve_index=False).metadata
    return pa.schema(fields, metadata={**metadata, b"baomat.schema_version": str(SCHEMA_VERSION).encode()})


class Csv:
    """For spreadsheets: UTF-8, CRLF, RFC 4180 quoting, no formulas, no article texts."""

    def __init__(self, path: Path, table: str, stack: ExitStack, *, lang: str, separator: str, bom: bool) -> None:
        self.guarded = 0  # cells that got a leading '
        self._table, self._lang = table, lang
        self._columns = [column for column in TABLES[table] if (table, column.name) not in NOT_IN_CSV]
        self._flat = table == "incidents"
        file: TextIO = stack.enter_context(path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline=""))
        self._writer = csv.writer(file, delimiter=separator, lineterminator="\r\n")
        self._writer.writerow([header(column.name, self._lang) for column in self._columns])

    def append(self, cells: Mapping[str, list[Any]]) -> None:
        """Add rows, cell by column."""
        self._writer.writerows(zip(*(self._ready(column, cells) for column in self._columns), strict=True))

    def _ready(self, column: Column, cells: Mapping[str, list[Any]]) -> list[str]:
        values = cells[column.name]
        if column.dtype == "int":
            return ["" if cell is None else str(cell) for cell in values]
        if column.dtype != "text":
            numbers = [_number(cell) for cell in values]
            return [label(cell, self._lang) for cell in numbers] if column.dtype == "bool" and self._lang != "en" else numbers
        if self._lang != "en" and coded(self._table, column):
            fields = cells.get("field", [""] * len(values))
            pairs = zip(values, fields, strict=True)
            values = [cell and told(column.name, cell, self._lang, field=field) for cell, field in pairs]
        return [self._text(cell) for cell in values]

    def _text(self, cell: str | None) -> str:
        if cell is None:
            return ""
        if self._flat and "\n" in cell:
            cell = " ".join(cell.split("\n"))
        ready = guarded_csv(cell)
        self.guarded += ready is not cell
        return ready


def _number(cell: float | bool | None) -> str:
    """Plain digits, whole where the number is whole, never an exponent; ``true`` and ``false``."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(int(cell)) if cell == int(cell) else f"{Decimal(repr(cell)):f}"


class Jsonl:
    """One JSON object a line with every column; null where a cell is missing."""

    def __init__(self, path: Path, table: str, stack: ExitStack) -> None:
        self._file: TextIO = stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))

    def append(self, cells: Mapping[str, list[Any]]) -> None:
        """Add rows, cell by column."""
        names = list(cells)
        for row in zip(*cells.values(), strict=True):
            self._file.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")
