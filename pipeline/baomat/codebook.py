"""What the tables mean, for people and for programs: labels, the codebook, the Frictionless ``datapackage.json``.

Everything here is made from ``tables.TABLES`` and ``lexicons/labels.tsv``; nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from .cells import SEPARATOR, several
from .errors import BaomatError
from .lexicon import labels
from .schema import LANGUAGES
from .tables import KEYS, LIST_COLUMNS, REFERENCES, ROWS, SCHEMA_VERSION, TABLES, Column

CODED_FACTS = ("attack_type", "verification", "service_status", "case_status")  # fields whose values have labels
_TYPES = {"text": "string", "int": "integer", "float": "number", "bool": "boolean"}
_MEDIA = {
    "csv": "text/csv",
    "html": "text/html",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
    "sqlite": "application/vnd.sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WORDS = {
    "title": {"en": "Codebook", "vi": "Bảng mã"},
    "intro": {
        "en": "Schema version {version}. Dates and times are ISO 8601 in Vietnam time (+07:00), as precise as known; an empty "
        "cell is not known. Offsets are half-open code points into `articles.text`. Several values in a cell are joined by `; `.",
        "vi": "Phiên bản lược đồ {version}. Ngày giờ theo ISO 8601, giờ Việt Nam (+07:00), chính xác đến mức biết được; ô trống "
        "là không biết. Vị trí tính theo mã ký tự trong `articles.text`, không kể ký tự cuối. Nhiều giá trị trong một ô cách "
        "nhau bằng `; `.",
    },
    "row": {"en": "One row: {row}.", "vi": "Mỗi dòng là {row}."},
    "key": {"en": "Key: {key}.", "vi": "Khóa: {key}."},
    "header": {"en": "| column | type | meaning | values |", "vi": "| cột | tên | kiểu | ý nghĩa | giá trị |"},
    "text": {"en": "text", "vi": "chữ"},
    "int": {"en": "whole number", "vi": "số nguyên"},
    "float": {"en": "number", "vi": "số"},
    "bool": {"en": "yes or no", "vi": "có/không"},
}


# ---------------------------------------------------------------- labels
def label(key: str, lang: str, *, column: str = "") -> str:
    """How a value, header or sheet is called in a language; the key itself where nobody has named it."""
    known = labels()
    names = known.get(f"{column}.{key}") or known.get(key)
    return names[lang] if names else key


def header(column: str, lang: str) -> str:
    """The header of a column: its own name in English (as in every other format), a word in Vietnamese."""
    return label(f"column.{column}", lang)


def coded(table: str, column: Column) -> bool:
    """Whether the cells of a column hold codes that have labels."""
    return bool(column.values) or column.name in ("victim_sector", "sector") or (table, column.name) in _CODED


_CODED = {("facts", "field"), ("facts", "value"), ("incidents", "conflicts")}


def told(column: str, cell: str, lang: str, *, field: str = "") -> str:
    """A cell that holds codes, in words; ``field`` is that of the row, for ``facts.value``."""
    if column == "value":
        return label(cell, lang) if field in CODED_FACTS else cell
    if column in ("field", "conflicts"):
        return SEPARATOR.join(label(f"field.{part}", lang).removeprefix("field.") for part in several(cell))
    scope = "sector" if column == "victim_sector" else column
    return SEPARATOR.join(label(part, lang, column=scope) for part in several(cell))


# ---------------------------------------------------------------- for people
def markdown(lang: str = "en") -> str:
    """The codebook as Markdown: of every table its rows and key, of every column its type, meaning and allowed values.

    Raises
    ------
    BaomatError
        B511 for a language other than those of ``schema.LANGUAGES``.
    """
    check_language(lang)
    parts = [f"# {_WORDS['title'][lang]}", _WORDS["intro"][lang].format(version=SCHEMA_VERSION)]
    for table, columns in TABLES.items():
        lines = [_WORDS["row"][lang].format(row=ROWS[table][lang == "vi"])]
        if table in KEYS:
            lines.append(_WORDS["key"][lang].format(key=", ".join(f"`{name}`" for name in KEYS[table])))
        head = _WORDS["header"][lang]
        parts += [f"## {table}", " ".join(lines)]
        parts.append("\n".join([head, "|--" * (head.count("|") - 1) + "|", *(_line(table, column, lang) for column in columns)]))
    return "\n\n".join(parts) + "\n"


def check_language(lang: str) -> None:
    """Raise B511 for a language that has no labels."""
    if lang not in LANGUAGES:
        raise BaomatError("B511", lang=lang, choices=", ".join(LANGUAGES))


def _line(table: str, column: Column, lang: str) -> str:
    meaning = column.vi if lang == "vi" else column.en
    target = REFERENCES.get((table, column.name))
    if target:
        meaning += f" → `{target}`"
    values = ", ".join(_value(column, value, lang) for value in column.values)
    cells = [f"`{column.name}`", _WORDS[column.dtype][lang], meaning, values]
    if lang == "vi":
        cells.insert(1, header(column.name, lang))
    return f"| {' | '.join(cells)} |"


def _value(column: Column, value: str, lang: str) -> str:
    name = label(value, lang, column=column.name)
    return f"`{value}`" if name in (value, value.replace("_", " ")) else f"`{value}` ({name})"


def document() -> str:
    """The content of ``data/CODEBOOK.md``: the codebook in both languages."""
    note = "<!-- Made by `baomat codebook`: change columns.tsv or labels.tsv, then run tests/test_codebook.py --update -->"
    return f"{note}\n\n{markdown('en')}\n{markdown('vi')}"


# ---------------------------------------------------------------- for programs
def datapackage(names: Iterable[str], *, separator: str = ",", bom: bool = True, lang: str = "en") -> dict[str, object]:
    """A Frictionless data package that describes the files of a folder.

    Parameters
    ----------
    names
        Names of the files that are there.
    separator, bom, lang
        How the CSV files were written.
    """
    return {
        "profile": "data-package",
        "name": "baomat",
        "title": "Vietnamese cybersecurity news as structured incident facts",
        "schema_version": SCHEMA_VERSION,
        "resources": [_resource(name, separator, bom, lang) for name in names],
    }


def _resource(name: str, separator: str, bom: bool, lang: str) -> dict[str, object]:
    path = PurePath(name)
    table, suffix = path.stem, path.suffix.removeprefix(".")
    found: dict[str, object] = {"name": name.replace(".", "-"), "path": name, "format": suffix, "mediatype": _MEDIA[suffix]}
    if table not in TABLES:
        return found
    found["description"] = f"One row: {ROWS[table][0]}."
    if suffix != "csv":
        return found | {"schema": _schema(table, [(column, column.name) for column in TABLES[table]], lang="en")}
    columns = [(column, header(column.name, lang)) for column in TABLES[table] if (table, column.name) not in NOT_IN_CSV]
    return found | {
        "profile": "tabular-data-resource",
        "encoding": "utf-8-sig" if bom else "utf-8",
        "dialect": {"delimiter": separator, "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": _schema(table, columns, lang=lang),
    }


NOT_IN_CSV = {("articles", "text")}  # a spreadsheet is no place for whole articles


def _schema(table: str, columns: Sequence[tuple[Column, str]], *, lang: str) -> dict[str, object]:
    schema: dict[str, object] = {
        "fields": [_field(column, name, lang) for column, name in columns],
        "missingValues": [""],
    }
    names = {column.name: name for column, name in columns}
    if table in KEYS:
        schema["primaryKey"] = [names[name] for name in KEYS[table]]
    return schema


def _field(column: Column, name: str, lang: str) -> dict[str, object]:
    field: dict[str, object] = {
        "name": name,
        "type": _TYPES[column.dtype],
        "description": column.vi if lang == "vi" else column.en,
    }
    if column.values and column.name not in LIST_COLUMNS:
        field["constraints"] = {"enum": [told(column.name, value, lang) if lang == "vi" else value for value in column.values]}
    if column.dtype == "bool" and lang != "en":
        field |= {"trueValues": [label("true", lang)], "falseValues": [label("false", lang)]}
    return field
