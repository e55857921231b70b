"""Files, folders, frames and lists -> articles, lazily; a record that cannot be used becomes a :class:`Reject`.

What is named on the command line is checked at once (B101 to B105); what single records lack is told record by record,
and the rest goes on. :func:`distinct` then leaves out repeated articles and marks revisions and copies.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from . import text as texts
from .errors import MESSAGES, BaomatError
from .published import parse
from .schema import Article, Reject

if TYPE_CHECKING:
    import pandas as pd

FIELDS = ("id", "url", "source", "title", "text", "published")
SUFFIXES = (".txt", ".jsonl", ".jsonl.gz")
HEADER_FIELDS = ("id", "url", "source", "title", "published")
LONGEST_TITLE = 200  # code points: a longer first line of a .txt file is a paragraph

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_HEADER_LINE = re.compile(r"(?P<key>[A-Za-z][\w-]*):(?:[ \t]+(?P<value>.*))?\Z")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


# ---------------------------------------------------------------- files
@dataclass(frozen=True, slots=True)
class Source:
    """One input file: where it is, and the name that tables and the manifest call it by."""

    path: Path
    name: str

    @property
    def suffix(self) -> str:
        return _suffix(self.path)

    def open(self) -> BinaryIO:
        return cast(BinaryIO, gzip.open(self.path)) if self.suffix == ".jsonl.gz" else self.path.open("rb")

    def count(self) -> int:
        """How many records the file holds, as far as it can be read."""
        if self.suffix == ".txt":
            return 1
        n = 0
        try:
            with self.open() as file:
                for line in file:
                    n += not line.isspace()
        except (OSError, EOFError, zlib.error):
            n += 1  # the reject that reading will make of it
        return n


def sources(inputs: Sequence[Path | str]) -> list[Source]:
    """The files of files and folders, each once: folders with all that is below them, in the order of names.

    Hidden files and files of other kinds in a folder are left out. A file is called by its name, a file of a folder by
    the path from that folder on, so that results do not depend on where the input lies.

    Raises
    ------
    BaomatError
        B101 missing, B102 a folder without articles, B103 unknown kind of file.
    """
    found: dict[Path, Source] = {}
    for path in map(Path, inputs):
        if path.is_dir():
            files = _files_of(path)
            if not files:
                raise BaomatError("B102", path=path)
        elif not path.exists():
            raise BaomatError("B101", path=path)
        elif not _suffix(path):
            raise BaomatError("B103", path=path, suffix=path.suffix)
        else:
            files = [Source(path, _readable(path.name))]
        for source in files:
            found.setdefault(source.path.resolve(), source)
    return list(found.values())


def _readable(name: str) -> str:
    """A file name as text, also where the system's encoding cannot read it."""
    return os.fsencode(name).decode("utf-8", "replace")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as it stands."""
    total = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def _files_of(folder: Path) -> list[Source]:
    base = folder.resolve().name
    below = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*"))
    return [
        Source(path, _readable(f"{base}/{name}"))
        for name, path in below
        if _suffix(path) and not any(part.startswith(".") for part in name.split("/")) and path.is_file()
    ]


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


@dataclass(frozen=True, slots=True)
class Record:
    """One article and where it was read; :func:`distinct` adds what only the whole run can tell."""

    article: Article
    input: str = ""
    row: int | None = None
    article_id: str = ""
    publisher: str = ""
    near_duplicate_of: str = ""
    revision_of: str = ""
    sketch: str = ""  # of the body: see duplicates.sketch


# ---------------------------------------------------------------- reading
def read(inputs: Sequence[Path | str], *, mapping: Mapping[str, str] | Iterable[str] = ()) -> Iterator[Article | Reject]:
    """Read articles from files and folders.

    Parameters
    ----------
    inputs
        ``.txt`` (one article, UTF-8, see :func:`parse_txt`), ``.jsonl`` or ``.jsonl.gz`` (one JSON object a line, with
        the fields of ``FIELDS``; others are ignored, blank lines are skipped), and folders of these.
    mapping
        Other names of fields, as ``{"text": "content"}`` or ``["text=content"]``.

    Yields
    ------
    Article or Reject
        In the order of the input. An article whose ``published`` cannot be read comes with a reject row of its own
        (B207, stage ``published``) and is kept without a date.

    Raises
    ------
    BaomatError
        At once, before anything is read: B101, B102, B103, B105.
    """
    items = from_sources(sources(inputs), mapping=mapping)
    return (item.article if isinstance(item, Record) else item for item in items)


def from_sources(found: Sequence[Source], *, mapping: Mapping[str, str] | Iterable[str] = ()) -> Iterator[Record | Reject]:
    """As :func:`read`, from the files that :func:`sources` found, with the place of every record."""
    names = check_mapping(mapping)
    return (item for source in found for item in _read_source(source, names))


def _read_source(source: Source, names: Mapping[str, str]) -> Iterator[Record | Reject]:
    try:
        if source.suffix == ".txt":
            yield from _read_txt(source)
        else:
            yield from _read_jsonl(source, names)
    except (OSError, EOFError, zlib.error) as error:
        yield reject(source.name, None, "B104", path=source.name, cause=_cause(error))


def _read_txt(source: Source) -> Iterator[Record | Reject]:
    with source.open() as file:
        data = file.read()
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield reject(source.name, data.count(b"\n", 0, error.start) + 1, "B206", cause=_cause(error))
        return
    record, origin = parse_txt(content)
    yield from _items(record, source.name, None, origin=origin)


def _read_jsonl(source: Source, names: Mapping[str, str]) -> Iterator[Record | Reject]:
    with source.open() as file:
        for row, line in enumerate(file, 1):
            if line.isspace():
                continue
            try:
                record = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                yield reject(source.name, row, "B206", cause=_cause(error))
            except (ValueError, RecursionError) as error:
                yield reject(source.name, row, "B201", cause=_cause(error))
            else:
                if isinstance(record, dict):
                    yield from _items({field: record.get(names[field]) for field in FIELDS}, source.name, row)
                else:
                    yield reject(source.name, row, "B202", kind=_kind(record))


def parse_txt(content: str) -> tuple[dict[str, Any], str]:
    """The record of a text file, and where its publication date comes from.

    The file may open with a header: lines ``key: value`` up to a blank line, the first one of ``HEADER_FIELDS``; keys
    that are not known are ignored. Without a title in the header, the first line is the title if it is short and does
    not end like a sentence; the text stays as it is.
    """
    content = texts.normalize(content)
    header, body = _split_header(content)
    record: dict[str, Any] = {field: header.get(field, "") for field in HEADER_FIELDS} | {"text": body}
    if not record["title"]:
        record["title"] = _title_of(texts.split_date_mark(body)[1])
    return record, "header"


def _split_header(content: str) -> tuple[dict[str, str], str]:
    head, *rest = _BLANK_LINE.split(content.strip("\n"), maxsplit=1)
    fields: dict[str, str] = {}
    for line in head.split("\n"):
        match = _HEADER_LINE.match(line)
        if match is None or (not fields and match["key"].lower() not in HEADER_FIELDS):
            return {}, content
        fields.setdefault(match["key"].lower(), (match["value"] or "").strip())
    return fields, "".join(rest)


def _title_of(body: str) -> str:
    line, end, _ = body.strip("\n").partition("\n")
    short = 0 < len(line) <= LONGEST_TITLE and line == " ".join(line.split())
    return line if short and (end or body.endswith("\n")) and line[-1] not in ".…,:;" else ""


def from_frame(frame: pd.DataFrame, *, mapping: Mapping[str, str] | Iterable[str] = ()) -> Iterator[Record | Reject]:
    """The articles of a DataFrame with the columns of ``FIELDS`` (or those that ``mapping`` names), row by row from 1.

    Raises
    ------
    BaomatError
        At once: B105, or B106 if a mapped column or both ``title`` and ``text`` are missing.
    """
    names = check_mapping(mapping)
    present = {field: name for field, name in names.items() if name in frame.columns}
    for field, name in names.items():
        if field not in present and (field != name or (field == "text" and "title" not in present)):
            raise BaomatError("B106", column=name, columns=", ".join(map(str, frame.columns)))
    columns = {field: _cells(frame[name]) for field, name in present.items()}
    return _from_columns(columns, len(frame))


def _from_columns(columns: Mapping[str, list[Any]], n: int) -> Iterator[Record | Reject]:
    for row in range(n):
        yield from _items({field: cells[row] for field, cells in columns.items()}, "DataFrame", row + 1)


def _cells(column: pd.Series[Any]) -> list[Any]:
    """The cells of a column as Python values: None where missing; a column of midnights is one of days."""
    cells = [None if missing else cell for cell, missing in zip(column.tolist(), column.isna(), strict=True)]
    moments = [cell for cell in cells if cell is not None]
    if column.dtype.kind == "M" and all(cell == cell.normalize() for cell in moments):
        return [cell and cell.date() for cell in cells]
    return [int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in cells]


def from_articles(articles: Iterable[Article]) -> Iterator[Record | Reject]:
    """Articles as they are; one without any text becomes a reject. Anything but an ``Article`` raises B107."""
    for row, article in enumerate(articles, 1):
        if not isinstance(article, Article):
            raise BaomatError("B107", kind=type(article).__name__)
        yield from _checked(article, "articles", row)


def check_mapping(mapping: Mapping[str, str] | Iterable[str]) -> dict[str, str]:
    """The name of every field: its own, or the one that ``{"text": "content"}`` or ``["text=content"]`` gives it.

    Raises
    ------
    BaomatError
        B105 for an unknown field, an empty name, or an entry without ``=``.
    """
    entries = [f"{field}={name}" for field, name in mapping.items()] if isinstance(mapping, Mapping) else list(mapping)
    names = {field: field for field in FIELDS}
    for entry in entries:
        field, _, name = entry.partition("=")
        if field.strip() not in names or not name.strip():
            raise BaomatError("B105", mapping=entry, fields=", ".join(FIELDS))
        names[field.strip()] = name.strip()
    return names


# ---------------------------------------------------------------- one record
def _items(record: Mapping[str, Any], name: str, row: int | None, *, origin: str = "given") -> Iterator[Record | Reject]:
    """A record as an article, or the reject that says why not."""
    fields: dict[str, Any] = {}
    unreadable: object = None
    for field in FIELDS:
        value = record.get(field)
        if field in ("id", "published") and isinstance(value, Integral) and not isinstance(value, bool):
            value = str(value)
        if field == "published" and value is not None and not isinstance(value, (str, date)):
            unreadable, value = value, None
        elif value is not None and not isinstance(value, str) and field != "published":
            yield reject(name, row, "B204", article_id=fields.get("id", ""), field=field, kind=_kind(value))
            return
        fields[field] = _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value or ""
    for field in ("title", "text"):
        fields[field] = texts.decode_entities(fields[field])
    for field in ("id", "url", "source"):
        fields[field] = texts.normalize(fields[field]).strip()
    article = Article(**fields, published_from=origin if fields["published"] else "given")
    yield from _checked(article, name, row, unreadable=unreadable)


def _checked(article: Article, name: str, row: int | None, *, unreadable: object = None) -> Iterator[Record | Reject]:
    if not article.full_text.strip():
        yield reject(name, row, "B203", article_id=article.id)
        return
    value = article.published
    if value is not None and value == value and str(value).strip() and not _is_date(value):  # NaT is not itself
        unreadable = value
        article = replace(article, published=None, published_from="given")
    if unreadable is not None:
        yield reject(name, row, "B207", article_id=article.article_id, stage="published", value=unreadable)
    yield Record(article, name, row)


def _is_date(value: str | date) -> bool:
    try:
        return parse(value) is not None
    except OverflowError:  # in Vietnam time it would be the year 10000
        return False


def reject(name: str, row: int | None, code: str, *, article_id: str = "", stage: str = "read", **values: object) -> Reject:
    return Reject(name, row, article_id, stage, code, MESSAGES[code].format(**values))


def _cause(error: BaseException) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte 0x{error.object[error.start]:02x} at position {error.start}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number" if isinstance(value, (int, float)) else type(value).__name__)
