"""Rows -> files, as they come, so that memory stays flat: Parquet, CSV for spreadsheets, JSONL; and the manifest.

Everything is written into a hidden folder inside OUT and moved into place at the end, ``run.json`` last: a run that
breaks off leaves no folder that looks complete, and with ``overwrite`` the former results stay until then. The same
rows give the same bytes.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from . import __version__
from .errors import BaomatError
from .schema import DTYPES, SCHEMA_VERSION, TABLES

FORMATS = ("parquet", "csv", "jsonl")
MANIFEST, LOG = "run.json", "run.log"
OWN_FILES = (MANIFEST, LOG, *(f"{table}.{suffix}" for table in TABLES for suffix in FORMATS))
WORK = ".baomat-unfinished"
ROWS_PER_GROUP = {"articles": 512}  # of a Parquet file; articles hold whole texts
_ROWS_PER_GROUP = 8192
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TYPES = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
_NOT_IN_CSV = {("articles", "text")}


class Writer:
    """Writes tables into a folder, chunk by chunk: ``append`` rows, then ``finish`` with the manifest.

    Parameters
    ----------
    folder
        Made if it does not exist. Other files in it are left alone.
    formats
        Of ``FORMATS``.
    overwrite
        Replace the results that the folder holds.

    Raises
    ------
    BaomatError
        B501 the folder holds results, B502 it cannot be written, B503 unknown format.
    """

    def __init__(self, folder: Path, *, formats: Sequence[str] = ("parquet", "csv"), overwrite: bool = False) -> None:
        for name in formats:
            if name not in FORMATS:
                raise BaomatError("B503", format=name, choices=", ".join(FORMATS))
        self.folder = folder
        self.counts = dict.fromkeys(TABLES, 0)
        self._stack = ExitStack()
        with _writing(folder):
            held = [name for name in OWN_FILES if (folder / name).exists()]
            if held and not overwrite:
                raise BaomatError("B501", path=folder)
            self._work = folder / WORK
            shutil.rmtree(self._work, ignore_errors=True)
            self._work.mkdir(parents=True)
            self._files = {table: self._open(table, formats) for table in TABLES}

    def _open(self, table: str, formats: Sequence[str]) -> list[_Parquet | _Csv | _Jsonl]:
        makers: dict[str, type[_Parquet] | type[_Csv] | type[_Jsonl]] = {"parquet": _Parquet, "csv": _Csv, "jsonl": _Jsonl}
        return [makers[name](self._work / f"{table}.{name}", table, self._stack) for name in FORMATS if name in formats]

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything; what was not finished is removed."""
        with suppress(Exception):  # the disk is full, say: the error that led here is the one to tell
            self._stack.close()
        shutil.rmtree(self._work, ignore_errors=True)

    def append(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows to the end of a table."""
        if not rows:
            return
        cells = columns(table, rows)
        self.counts[table] += len(rows)
        with _writing(self.folder):
            for file in self._files[table]:
                file.append(cells)

    @property
    def guarded_cells(self) -> int:
        """How many CSV cells got a leading ``'`` so that no spreadsheet takes them for a formula."""
        return sum(file.guarded for files in self._files.values() for file in files if isinstance(file, _Csv))

    def finish(self, manifest: Mapping[str, object], *, log: str = "") -> None:
        """Complete the tables, move them into place, and write ``run.json`` (with ``counts``) last, ``run.log`` before it."""
        with _writing(self.folder):
            self._stack.close()
            content = {
                "baomat": __version__,
                "schema_version": SCHEMA_VERSION,
                **manifest,
                "counts": self.counts,
                "guarded_cells": self.guarded_cells,
            }
            _write_text(self._work / MANIFEST, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
            if log:
                _write_text(self._work / LOG, log)
            for name in OWN_FILES:  # the old manifest goes first, the new one comes last
                (self.folder / name).unlink(missing_ok=True)
            for name in reversed(OWN_FILES):
                if (self._work / name).exists():
                    (self._work / name).replace(self.folder / name)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BaomatError("B502", path=path, cause=error.strerror or str(error)) from error


def _write_text(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", errors="replace", newline="\n")


# ---------------------------------------------------------------- cells
def plain(value: object) -> object:
    """A cell as text or number: days in ISO form, several values joined by "; "."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return value


def columns(table: str, rows: Sequence[Mapping[str, object]]) -> dict[str, list[Any]]:
    """The cells of a table by column, in the order of the codebook; None where a cell is missing or an empty text."""
    return {
        column.name: [None if (cell := row.get(column.name)) is None or cell == "" else plain(cell) for row in rows]
        for column in TABLES[table]
    }


# ---------------------------------------------------------------- formats
class _Parquet:
    def __init__(self, path: Path, table: str, stack: ExitStack) -> None:
        self._schema = arrow_schema(table)
        self._size = ROWS_PER_GROUP.get(table, _ROWS_PER_GROUP)
        self._cells: dict[str, list[Any]] = {name: [] for name in self._schema.names}
        self._writer = stack.enter_context(pq.ParquetWriter(path, self._schema, compression="zstd"))
        stack.callback(self._flush, 1)

    def append(self, cells: Mapping[str, list[Any]]) -> None:
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
    return pa.schema(fields, metadata=pa.Schema.from_pandas(empty, preserve_index=False).metadata)


class _Csv:
    """For spreadsheets: UTF-8 with a byte-order mark, CRLF, comma, RFC 4180 quoting, no formulas, no article texts."""

    def __init__(self, path: Path, table: str, stack: ExitStack) -> None:
        self.guarded = 0
        self._columns = [column for column in TABLES[table] if (table, column.name) not in _NOT_IN_CSV]
        self._flat = table == "incidents"
        file: TextIO = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        file.write("\ufeff")
        self._writer = csv.writer(file, lineterminator="\r\n")
        self._writer.writerow([column.name for column in self._columns])

    def append(self, cells: Mapping[str, list[Any]]) -> None:
        ready = [
            [self._text(cell) for cell in cells[column.name]]
            if column.dtype == "text"
            else [_number(cell) for cell in cells[column.name]]
            for column in self._columns
        ]
        self._writer.writerows(zip(*ready, strict=True))

    def _text(self, cell: str | None) -> str:
        if cell is None:
            return ""
        if self._flat and "\n" in cell:
            cell = " ".join(cell.split("\n"))
        if cell.startswith(_FORMULA):
            self.guarded += 1
            return f"'{cell}"
        return cell


def _number(cell: float | bool | None) -> str:
    """Plain digits, whole where the number is whole, never an exponent; ``true`` and ``false``."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(int(cell)) if cell == int(cell) else f"{Decimal(repr(cell)):f}"


class _Jsonl:
    """One JSON object a line with every column; null where a cell is missing."""

    def __init__(self, path: Path, table: str, stack: ExitStack) -> None:
        self._file: TextIO = stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))

    def append(self, cells: Mapping[str, list[Any]]) -> None:
        names = list(cells)
        for row in zip(*cells.values(), strict=True):
            self._file.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")
