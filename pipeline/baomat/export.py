"""Rows -> a folder of files, as they come, so that memory stays flat: tables in every format, the manifest ``run.json`` and the
description ``datapackage.json``.

Everything is written into a hidden folder inside OUT and moved into place at the end, ``run.json`` last: a run that
breaks off leaves no folder that looks complete, and with ``overwrite`` the former results stay until then. Only one
run at a time writes into a folder. The same rows give the same bytes.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from . import __version__, page, stix, veris
from .cells import columns, passed_on
from .codebook import check_language, datapackage
from .errors import BaomatError
from .excel import Workbook
from .schema import TEXT_MODES, Incident, Organization
from .sqlite import DATABASE, Database, alone
from .story import Stories
from .tablefiles import Csv, Jsonl, Parquet
from .tables import SCHEMA_VERSION, TABLES

TABLE_FORMATS = ("parquet", "csv", "jsonl", "sqlite", "xlsx")
STORY_FORMATS = ("html", "stix", "veris")  # they tell incidents one by one
FORMATS = (*TABLE_FORMATS, *STORY_FORMATS)
SEPARATORS = (",", ";", "\t")
MANIFEST, LOG, PACKAGE = "run.json", "run.log", "datapackage.json"
BOOKS = (DATABASE, "baomat.xlsx")  # one file for all tables
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

    def _open(self, table: str, formats: Sequence[str]) -> list[Parquet | Csv | Jsonl]:
        path, layout = self._work / table, self._layout
        files: list[Parquet | Csv | Jsonl] = []
        if "parquet" in formats:
            files.append(Parquet(path.with_suffix(".parquet"), table, self._stack))
        if "csv" in formats:
            lang = layout.lang or "en"
            csv = Csv(path.with_suffix(".csv"), table, self._stack, lang=lang, separator=layout.separator, bom=layout.bom)
            files.append(csv)
        if "jsonl" in formats:
            files.append(Jsonl(path.with_suffix(".jsonl"), table, self._stack))
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
    def _databases(self) -> list[Database]:
        return [book for book in self._books if isinstance(book, Database)]

    @property
    def keeps(self) -> bool:
        """Whether there is a file that a later run can add to."""
        return bool(self._databases)

    def keep(self, article_id: str, sketch: str, organizations: Sequence[Organization], incidents: Sequence[Incident]) -> None:
        """What an article gave, for a run that adds to the SQLite file; call it after its row was appended."""
        with _writing(self.folder):
            for database in self._databases:
                database.keep(article_id, sketch, organizations, incidents)

    def keep_list(self, name: str, lines: Mapping[str, str]) -> None:
        """A user's list that stays in force for runs that add to the SQLite file."""
        with _writing(self.folder):
            for database in self._databases:
                database.keep_list(name, lines)

    @property
    def guarded_cells(self) -> int:
        """How many cells of CSV (or of XLSX, if more) got a leading ``'`` so that no spreadsheet misreads them."""
        in_csv = sum(file.guarded for files in self._files.values() for file in files if isinstance(file, Csv))
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


def held(folder: Path) -> set[str]:
    """The formats of the results that a folder holds; empty for one of the files that every run writes."""
    return {_format(name) for name in OWN_FILES if (folder / name).exists()}


def _format(name: str) -> str:
    if name in (MANIFEST, LOG, PACKAGE):
        return ""
    return "html" if name == PAGE else name.rpartition(".")[2]


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
