"""Rows -> files, as they come, so that memory stays flat: Parquet, CSV for spreadsheets, JSONL, SQLite; an Excel workbook; the
manifest ``run.json`` and the description ``datapackage.json``.

Everything is written into a hidden folder inside OUT and moved into place at the end, ``run.json`` last: a run that
breaks off leaves no folder that looks complete, and with ``overwrite`` the former results stay until then. Only one
run at a time writes into a folder. The same rows give the same bytes.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from . import __version__, page, stix, veris
from .codebook import NOT_IN_CSV, check_language, coded, datapackage, header, label, told
from .errors import BaomatError
from .excel import Workbook, guarded_csv
from .schema import DTYPES, SCHEMA_VERSION, TABLES, TEXT_MODES, Column, Incident, Organization
from .sqlite import Database, alone
from .story import Stories

TABLE_FORMATS = ("parquet", "csv", "jsonl", "sqlite", "xlsx")
STORY_FORMATS = ("html", "stix", "veris")  # they tell incidents one by one
FORMATS = (*TABLE_FORMATS, *STORY_FORMATS)
SEPARATORS = (",", ";", "\t")
MANIFEST, LOG, PACKAGE = "run.json", "run.log", "datapackage.json"
BOOKS = ("baomat.sqlite", "baomat.xlsx")  # one file for all tables
PAGE, FOLDERS = "index.html", ("stix", "veris")  # folders with a file for each incident
OWN_FILES = (
    MANIFEST,
    LOG,
    PACKAGE,
    *BOOKS,
    PAGE,
    *FOLDERS,
    *(f"{table}.{suffix}" for table in TABLES for suffix in TABLE_FORMATS[:3]),
)
WORK = ".baomat-unfinished"
_INCIDENT_FILE = re.compile(r"[0-9a-f]{16}\.json")
ROWS_PER_GROUP = {"articles": 512}  # of a Parquet file; articles hold whole texts
_ROWS_PER_GROUP = 8192
_TYPES = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the files are written.

    Parameters
    ----------
    text
        What is kept of the papers' texts: ``full``; ``evidence``, the quotes of facts but no whole articles; ``none``,
        neither (offsets, hashes, addresses stay). By itself: full in Parquet and JSONL, evidence in all others. CSV, XLSX
        and VERIS never hold whole articles.
    lang
        Headers and values of CSV and XLSX: ``vi`` or ``en``. By itself: vi in XLSX, en in CSV.
    separator, bom
        Of CSV: what parts the cells (of ``SEPARATORS``), and whether a byte-order mark comes first.

    Raises
    ------
    BaomatError
        B511, B512, B513 for a value that is not allowed.
    """

    text: str | None = None
    lang: str | None = None
    separator: str = ","
    bom: bool = True

    def __post_init__(self) -> None:
        if self.text is not None and self.text not in TEXT_MODES:
            raise BaomatError("B512", text=self.text, choices=", ".join(TEXT_MODES))
        if self.lang is not None:
            check_language(self.lang)
        if self.separator not in SEPARATORS:
            raise BaomatError("B513", separator=self.separator, choices=", ".join(map(repr, SEPARATORS)))


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
    layout
        See :class:`Layout`.

    Raises
    ------
    BaomatError
        B501 the folder holds results, B502 it cannot be written, B503 unknown format, B516 another run writes there.
    """

    def __init__(
        self,
        folder: Path,
        *,
        formats: Sequence[str] = ("parquet", "csv"),
        overwrite: bool = False,
        layout: Layout | None = None,
    ) -> None:
        for name in formats:
            if name not in FORMATS:
                raise BaomatError("B503", format=name, choices=", ".join(FORMATS))
        self.folder, self._layout = folder, layout or Layout()
        self.counts = dict.fromkeys(TABLES, 0)
        self._work = folder / WORK
        self._stack, self._lock = ExitStack(), ExitStack()
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.enter_context(alone(folder))
        try:
            self._begin(formats, overwrite)
        except BaseException:
            self._lock.close()
            raise

    def _begin(self, formats: Sequence[str], overwrite: bool) -> None:
        if held(self.folder) and not overwrite:
            raise BaomatError("B501", path=self.folder)
        with _writing(self.folder):
            shutil.rmtree(self._work, ignore_errors=True)
            self._work.mkdir()
            self._files = {table: self._open(table, formats) for table in TABLES}
            self._books = self._open_books(formats)
        self._told = [name for name in STORY_FORMATS if name in formats]
        self._stories = Stories()

    def _open(self, table: str, formats: Sequence[str]) -> list[_Parquet | _Csv | _Jsonl]:
        files: list[_Parquet | _Csv | _Jsonl] = []
        if "parquet" in formats:
            files.append(_Parquet(self._work / f"{table}.parquet", table, self._stack))
        if "csv" in formats:
            files.append(_Csv(self._work / f"{table}.csv", table, self._stack, layout=self._layout))
        if "jsonl" in formats:
            files.append(_Jsonl(self._work / f"{table}.jsonl", table, self._stack))
        return files

    def _open_books(self, formats: Sequence[str]) -> list[Database | Workbook]:
        books: list[Database | Workbook] = []
        if "sqlite" in formats:
            books.append(Database(self._work / BOOKS[0], text=self._layout.text or "evidence"))
        if "xlsx" in formats:
            books.append(Workbook(self._work / BOOKS[1], lang=self._layout.lang or "vi"))
        for book in books:
            self._stack.enter_context(closing(book))
        return books

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything; what was not finished is removed."""
        with suppress(Exception):  # the disk is full, say: the error that led here is the one to tell
            self._stack.close()
        shutil.rmtree(self._work, ignore_errors=True)
        self._lock.close()

    def append(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows to the end of a table."""
        if not rows:
            return
        cells = columns(table, rows)
        self.counts[table] += len(rows)
        with _writing(self.folder):
            for file in self._files[table]:
                file.append(passed_on(table, cells, self._layout.text or "full"))
            for book in self._books:
                book.append(table, passed_on(table, cells, self._layout.text or "evidence"))
        if self._told:
            self._stories.append(table, cells)

    @property
    def keeps(self) -> bool:
        """Whether there is a file that a later run can add to."""
        return any(isinstance(book, Database) for book in self._books)

    def keep(self, article_id: str, body: str, organizations: Sequence[Organization], incidents: Sequence[Incident]) -> None:
        """What an article gave, for a run that adds to the SQLite file; call it after its row was appended."""
        with _writing(self.folder):
            for book in self._books:
                if isinstance(book, Database):
                    book.keep(article_id, body, organizations, incidents)

    def keep_list(self, name: str, lines: Mapping[str, str]) -> None:
        """A user's list that stays in force for runs that add to the SQLite file."""
        with _writing(self.folder):
            for book in self._books:
                if isinstance(book, Database):
                    book.keep_list(name, lines)

    @property
    def guarded_cells(self) -> int:
        """How many cells of CSV (or of XLSX, if more) got a leading ``'`` so that no spreadsheet misreads them."""
        in_csv = sum(file.guarded for files in self._files.values() for file in files if isinstance(file, _Csv))
        return max(in_csv, *(book.guarded for book in self._books if isinstance(book, Workbook)), 0)

    def finish(self, manifest: Mapping[str, object], *, log: str = "") -> None:
        """Complete the tables, move them into place, and write ``run.json`` (with ``counts``) last, ``run.log`` before it."""
        with _writing(self.folder):
            for book in self._books:
                book.finish()
            self._stack.close()
            left_out = self._tell()
            content = {
                "baomat": __version__,
                "schema_version": SCHEMA_VERSION,
                **manifest,
                "counts": self.counts,
                "guarded_cells": self.guarded_cells,
                **({"left_out": left_out} if left_out else {}),
            }
            names = [name for name in OWN_FILES if (self._work / name).is_file()]
            package = datapackage(names, separator=self._layout.separator, bom=self._layout.bom, lang=self._layout.lang or "en")
            for name, value in ((PACKAGE, package), (MANIFEST, content)):
                _write_text(self._work / name, json.dumps(value, ensure_ascii=False, indent=2) + "\n")
            if log:
                _write_text(self._work / LOG, log)
            for name in OWN_FILES:  # the old manifest goes first, the new one comes last; there is always one of a book
                if name == MANIFEST or not (self._work / name).is_file():
                    _remove(self.folder / name)
            for name in reversed(OWN_FILES):
                if (self._work / name).exists():
                    _move(self._work / name, self.folder / name)

    def _tell(self) -> dict[str, object]:
        """Write what tells incidents one by one; what did not fit there, by format."""
        text, left_out = self._layout.text or "evidence", dict[str, object]()
        if "html" in self._told:
            left_out["html"] = page.write(self._work / PAGE, self._stories, text=text)
        if "stix" in self._told:
            stix.write(self._work / "stix", self._stories, text=text)
        if "veris" in self._told:
            left_out["veris"] = veris.write(self._work / "veris", self._stories, text=text)
        return {name: value for name, value in left_out.items() if value}


def held(folder: Path) -> list[str]:
    """The results of a run that a folder holds."""
    return [name for name in OWN_FILES if (folder / name).exists()]


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise BaomatError("B502", path=path, cause=getattr(error, "strerror", "") or str(error)) from error


def _remove(path: Path) -> None:
    """A file, or of a folder the files named like an incident; others in it are left alone."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for file in path.glob("*.json"):
        if _INCIDENT_FILE.fullmatch(file.name):
            file.unlink()
    with suppress(OSError):  # it holds something else
        path.rmdir()


def _move(old: Path, new: Path) -> None:
    if not old.is_dir():
        old.replace(new)
        return
    new.mkdir(exist_ok=True)
    for file in old.iterdir():
        file.replace(new / file.name)


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


def passed_on(table: str, cells: dict[str, list[Any]], text: str) -> dict[str, list[Any]]:
    """The cells without what a text mode of ``schema.TEXT_MODES`` leaves out."""
    left_out = {"full": set(), "evidence": {("articles", "text")}, "none": {("articles", "text"), ("facts", "quote")}}[text]
    return {name: [None] * len(values) if (table, name) in left_out else values for name, values in cells.items()}


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
    metadata = pa.Schema.from_pandas(empty, preserve_index=False).metadata
    return pa.schema(fields, metadata={**metadata, b"baomat.schema_version": str(SCHEMA_VERSION).encode()})


class _Csv:
    """For spreadsheets: UTF-8 with a byte-order mark, CRLF, comma, RFC 4180 quoting, no formulas, no article texts."""

    def __init__(self, path: Path, table: str, stack: ExitStack, *, layout: Layout) -> None:
        self.guarded = 0
        self._table, self._lang = table, layout.lang or "en"
        self._columns = [column for column in TABLES[table] if (table, column.name) not in NOT_IN_CSV]
        self._flat = table == "incidents"
        encoding = "utf-8-sig" if layout.bom else "utf-8"
        file: TextIO = stack.enter_context(path.open("w", encoding=encoding, newline=""))
        self._writer = csv.writer(file, delimiter=layout.separator, lineterminator="\r\n")
        self._writer.writerow([header(column.name, self._lang) for column in self._columns])

    def append(self, cells: Mapping[str, list[Any]]) -> None:
        self._writer.writerows(zip(*(self._ready(column, cells) for column in self._columns), strict=True))

    def _ready(self, column: Column, cells: Mapping[str, list[Any]]) -> list[str]:
        values = cells[column.name]
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
        self.guarded += len(guarded_csv(cell)) > len(cell)
        return guarded_csv(cell)


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
