"""One Excel workbook for people: "Đọc trước" first, then a sheet for each table, with links from incident to passage.

An incident's title leads to its facts, an article's id to the article, its address to the paper. No cell is a formula,
ids are text, days and minutes are dates, coarser values stay as they are written ("2024-06"). Written with XlsxWriter:
the same rows give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import xlsxwriter

from . import __version__
from .codebook import NOT_IN_CSV, coded, header, label, told
from .errors import BaomatError
from .lexicon import labels
from .schema import DATE_FIELDS
from .tables import SCHEMA_VERSION, TABLES, Column

SHEETS = ("incidents", "facts", "timeline", "incident_articles", "articles", "organizations", "organization_aliases", "rejects")
MOST_ROWS = 1_048_575  # Excel's, without the header
MOST_CHARACTERS = 32_767  # of a cell
MOST_LINKS = 30_000  # of one kind on a sheet; Excel refuses a sheet with more than 65,530 in all
LINE = 16  # points
LONGEST_URL = 500  # that becomes a link; Excel refuses more than 2,079 characters, escapes included
# A text that a spreadsheet may take for a formula gets a leading ', and so does one that looks guarded already: taking
# one ' away gives the text back.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
# In CSV also one that it would read as another number: an id "700889e018067057", many digits, a leading zero.
MISREAD = re.compile(r"'*(?:[=+\-@\t\r]|(?:\d+[eE]\d+|\d{16,}|0\d+)\Z)")
_LINKED = {  # to the row of the incident or of the article
    ("facts", "incident_id"), ("facts", "article_id"), ("timeline", "incident_id"), ("timeline", "article_id"),
    ("incident_articles", "incident_id"), ("incident_articles", "article_id"),
}  # fmt: skip
_MOMENTS = {"published", "first_published", "last_published", "first_day", "last_day", *DATE_FIELDS}
_EPOCH = datetime(2000, 1, 1)  # when a workbook was made must not show
_WIDTHS = {"text": 16, "int": 9, "float": 12, "bool": 9}
_WIDE = {
    "title": 48, "quote": 80, "url": 40, "urls": 40, "value": 28, "victims": 30, "message": 80, "full_name": 48, "reason": 40,
    "name": 30, "alias": 40, "sha256": 12, "responders": 30, "authorities": 30, "attack_types": 24, "publishers": 24,
}  # fmt: skip
_BADGES = {"confirmed": "#C6E0B4", "claimed": "#FFE699", "disputed": "#F8CBAD", "refuted": "#D9D9D9"}


def guarded(cell: str) -> str:
    """The text, with a leading ``'`` if a spreadsheet may take it for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def guarded_csv(cell: str) -> str:
    """The text, with a leading ``'`` if a spreadsheet that opens a CSV file may take it for a formula or for another number."""
    return f"'{cell}" if MISREAD.match(cell) else cell


class Workbook:
    """Gathers the tables of ``SHEETS`` cell by column, and writes them at the end: ``append``, then ``finish``."""

    def __init__(self, path: Path, *, lang: str) -> None:
        self._path, self._lang = path, lang
        self._cells: dict[str, dict[str, list[Any]]] = {
            table: {column.name: [] for column in TABLES[table] if (table, column.name) not in NOT_IN_CSV} for table in SHEETS
        }
        self.guarded = 0

    def append(self, table: str, cells: Mapping[str, Sequence[Any]]) -> None:
        """Add rows to the end of a table; tables without a sheet are left out.

        Raises
        ------
        BaomatError
            B510 if they are more than a sheet holds.
        """
        if table not in self._cells:
            return
        for name, values in self._cells[table].items():
            values.extend(cells[name])
        n = self._n_rows(table)
        if n > MOST_ROWS:
            raise BaomatError("B510", table=table, n=n, limit=MOST_ROWS)

    def finish(self) -> None:
        """Write the file."""
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}
        self._book = xlsxwriter.Workbook(self._path, options)
        self._book.set_properties({"title": "baomat", "created": _EPOCH})
        self._book.set_custom_property("schema_version", SCHEMA_VERSION)
        self._formats = {
            "head": self._book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "valign": "top", "text_wrap": True}),
            "link": self._book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"}),
            "day": self._book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"}),
            "minute": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left", "valign": "top"}),
            "number": self._book.add_format({"num_format": "#,##0.##########", "valign": "top"}),
            "count": self._book.add_format({"num_format": "#,##0", "align": "left", "valign": "top"}),
            "whole": self._book.add_format({"num_format": "#,##0", "valign": "top"}),
            "plain": self._book.add_format({"valign": "top"}),
            "wrapped": self._book.add_format({"text_wrap": True, "valign": "top"}),
            "title": self._book.add_format({"bold": True, "font_size": 16}),
            **{name: self._book.add_format({"bg_color": colour, "valign": "top"}) for name, colour in _BADGES.items()},
        }
        self._names = {table: label(f"table.{table}", self._lang) for table in SHEETS}
        self._rows = self._places()
        self._read_first()
        for table in SHEETS:
            self._sheet(table)
        self._book.close()

    def close(self) -> None:
        """Nothing is open before ``finish``."""

    def _n_rows(self, table: str) -> int:
        return len(next(iter(self._cells[table].values())))

    def _places(self) -> dict[tuple[str, str], str]:
        """Where links lead: (column, key) -> cell. An incident's title leads to the first of its facts."""
        places: dict[tuple[str, str], str] = {}
        for column, table, name in (("article_id", "articles", "article_id"), ("incident_id", "incidents", "incident_id")):
            for row, cell in enumerate(self._cells[table][name], 2):
                places[column, cell] = f"internal:'{self._names[table]}'!A{row}"
        for row, cell in enumerate(self._cells["facts"]["incident_id"], 2):
            places.setdefault(("title", cell), f"internal:'{self._names['facts']}'!A{row}")
        return places

    # ------------------------------------------------------------ sheets
    def _read_first(self) -> None:
        """What this is, what to mind, which sheets there are, and what their columns mean."""
        sheet = self._add(label("table.about", self._lang))
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 110)
        sheet.write_string(0, 0, label("table.about", self._lang), self._formats["title"])
        row = 2
        for n in count(1):
            if f"about.{n}" not in labels():
                break
            line = label(f"about.{n}", self._lang)
            sheet.set_row(row, LINE * (1 + len(line) // 100))  # no program does that by itself
            sheet.write_string(row, 1, line, self._formats["wrapped"])
            row += 1
        sheet.write_string(row, 1, f"baomat {__version__}, schema_version {SCHEMA_VERSION}", self._formats["plain"])
        row += 2
        for table in SHEETS:
            name = self._names[table]
            sheet.write_url(row, 0, f"internal:'{name}'!A1", self._formats["link"], name)
            sheet.write_number(row, 1, self._n_rows(table), self._formats["count"])
            row += 1
            for column in self._columns(table):
                sheet.write_string(row, 0, f"    {header(column.name, self._lang)}", self._formats["plain"])
                sheet.write_string(row, 1, column.vi if self._lang == "vi" else column.en, self._formats["wrapped"])
                row += 1

    def _add(self, name: str) -> Any:
        """A new sheet that prints on pages of full width, its header on each."""
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        return sheet

    def _columns(self, table: str) -> list[Column]:
        return [column for column in TABLES[table] if column.name in self._cells[table]]

    def _sheet(self, table: str) -> None:
        sheet = self._add(self._names[table])
        columns, n = self._columns(table), self._n_rows(table)
        sheet.set_row(0, 2 * LINE)
        sheet.freeze_panes(1, 2 if table == "incidents" else 0)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, _WIDE.get(column.name, _WIDTHS[column.dtype]))
            sheet.write_string(0, index, header(column.name, self._lang), self._formats["head"])
        sheet.autofilter(0, 0, n, len(columns) - 1)
        cells = self._cells[table]
        for row in range(n):
            for index, column in enumerate(columns):
                value = cells[column.name][row]
                if value is not None:
                    self._write(sheet, table, row, index, column, value)

    def _write(self, sheet: Any, table: str, row: int, index: int, column: Column, value: Any) -> None:
        """Write one cell of the row (from 0) below the header."""
        formats, at = self._formats, row + 1
        if column.dtype == "bool":  # in words: LibreOffice makes the formula TRUE() of a truth value
            sheet.write_string(at, index, label(str(value).lower(), self._lang), formats["plain"])
        elif column.dtype != "text":
            whole = value == int(value)
            sheet.write_number(at, index, value, formats["whole" if whole else "number"])
        elif column.name in _MOMENTS and (moment := _moment(value)):
            sheet.write_datetime(at, index, moment, formats["minute" if "T" in value else "day"])
        else:
            badge = formats.get(value, formats["plain"]) if column.name == "verification" else formats["plain"]
            field = self._cells[table]["field"][row] if table == "facts" else ""
            shown = self._text(told(column.name, value, self._lang, field=field) if coded(table, column) else value)
            link = self._link(table, column.name, value, row)
            if link:
                sheet.write_url(at, index, link, formats["link"], shown)
            else:
                sheet.write_string(at, index, shown, badge)

    def _text(self, cell: str) -> str:
        self.guarded += len(guarded(cell)) > len(cell)
        cell = guarded(cell)
        return cell if len(cell) <= MOST_CHARACTERS else f"{cell[: MOST_CHARACTERS - 1]}…"

    def _link(self, table: str, column: str, value: str, row: int) -> str:
        """Where a cell leads, if anywhere."""
        if row >= MOST_LINKS:
            return ""
        if column == "url":
            return value if value.startswith(("http://", "https://")) and len(value) <= LONGEST_URL else ""
        if (table, column) == ("incidents", "title"):
            return self._rows.get(("title", self._cells[table]["incident_id"][row]), "")
        return self._rows.get((column, value), "") if (table, column) in _LINKED else ""


def _moment(value: str) -> datetime | None:
    """The day or minute of an ISO value that Excel can hold; nothing coarser, no ranges, nothing before March 1900."""
    if len(value) not in (10, 16):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.year > 1900 else None
