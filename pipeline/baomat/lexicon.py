"""The only reader of ``lexicons/*.tsv``: parse, validate, refuse duplicates, say file and line.

A lexicon is UTF-8 NFC text, tab separated, LF; ``#`` begins a comment line; the first other line names the columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import NoReturn

from .errors import BaomatError


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a lexicon: ``row["column"]`` gives the cell; ``fail`` raises B301 with file and line."""

    path: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def one_of(self, column: str, allowed: Iterable[str]) -> str:
        """The cell, which must be one of the allowed values."""
        if self.cells[column] not in tuple(allowed):
            self.fail(f"{column} is '{self.cells[column]}'; allowed: {', '.join(allowed)}")
        return self.cells[column]

    def several(self, column: str, separator: str = ";") -> list[str]:
        """The parts of a cell that holds a list."""
        return [part.strip() for part in self.cells[column].split(separator) if part.strip()]

    def fail(self, problem: str) -> NoReturn:
        """Raise B301 with file and line."""
        raise BaomatError("B301", path=self.path, line=self.line, problem=problem)


def read(name: str | Path, columns: Sequence[str], *, unique: Sequence[str] = ()) -> list[Row]:
    """Read a lexicon of the package (a name such as ``"phases"``) or a user's file (a path).

    Parameters
    ----------
    name
        Name of a packaged lexicon without ``.tsv``, or a path.
    columns
        The columns that the header must give, in this order.
    unique
        Columns that together must not repeat.

    Raises
    ------
    BaomatError
        B301 with file and line: wrong header or number of cells, a duplicate, text that is not NFC; B104 for a user's file that
        cannot be read.
    """
    path, text = _source(name)
    rows: list[Row] = []
    seen: dict[tuple[str, ...], int] = {}
    header: list[str] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.rstrip("\r").split("\t")
        row = Row(path, number, dict(zip(columns, cells, strict=False)))
        if header is None:
            header = cells
            if cells != list(columns):
                row.fail(f"the header must be {' '.join(columns)}, not {' '.join(cells)}")
            continue
        if len(cells) != len(columns):
            row.fail(f"{len(cells)} cells, but {len(columns)} columns")
        if line != unicodedata.normalize("NFC", line):
            row.fail("not in Unicode NFC")
        identity = tuple(row[column] for column in unique)
        if unique and seen.setdefault(identity, number) != number:
            row.fail(f"repeats line {seen[identity]}: {' '.join(identity)}")
        rows.append(row)
    return rows


def _source(name: str | Path) -> tuple[str, str]:
    if isinstance(name, Path):
        try:
            return str(name), name.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BaomatError("B104", path=name, cause=getattr(error, "strerror", None) or error) from error
    resource = files("baomat") / "lexicons" / f"{name}.tsv"
    return f"lexicons/{name}.tsv", resource.read_text(encoding="utf-8")


@cache
def hashes() -> dict[str, str]:
    """SHA-256 of every packaged lexicon, for the manifest of a run."""
    folder = files("baomat") / "lexicons"
    return {
        entry.name: sha256(entry.read_bytes()).hexdigest()
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".tsv")
    }


@cache
def labels() -> dict[str, dict[str, str]]:
    """How values are called where people read them: value -> {"vi": …, "en": …}."""
    return {row["value"]: {"vi": row["vi"], "en": row["en"]} for row in read("labels", ("value", "vi", "en"), unique=("value",))}


def trie(words: Iterable[str]) -> str:
    """A regular expression for any of the words, longest first, shaped as a trie so that matching stays linear.

    White space inside a word matches any run of blanks. The expression has no anchors and no groups that capture.
    """
    root: dict[str, dict] = {}  # type: ignore[type-arg]
    for word in words:
        node = root
        for char in " ".join(word.split()):
            node = node.setdefault(char, {})
        node[""] = {}
    return _branch(root)


def _branch(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
    options = [
        (r"[ \u00a0]+" if char == " " else re.escape(char)) + _branch(child) for char, child in sorted(node.items()) if char
    ]
    if not options:
        return ""
    body = options[0] if len(options) == 1 and "" not in node else f"(?:{'|'.join(options)})"
    return f"{body}?" if "" in node else body
