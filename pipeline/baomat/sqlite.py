"""All tables in one SQLite file: keys, indexes, views for people, and search with and without diacritics.

The file opens in Datasette, DuckDB, DB Browser. ``<table>_fts`` has two columns: ``exact`` (lower case, one style of tone
marks) and ``folded`` (no marks, đ as d); a text without marks is looked for in the second. The same rows give the same
content.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from . import __version__
from .errors import BaomatError
from .schema import KEYS, REFERENCES, SCHEMA_VERSION, TABLES, Column
from .text import fold, key, tone_style

APPLICATION_ID = 0x62616F6D  # "baom"
_TYPES = {"text": "TEXT", "int": "INTEGER", "float": "REAL", "bool": "INTEGER"}
_INDEXES = {
    "articles": ("published", "publisher", "near_duplicate_of", "revision_of"),
    "organizations": ("name", "org_type"),
    "incidents": ("first_published", "onset", "verification"),
    "facts": ("fact_id", "field", "value_key"),
    "phases": ("phase",),
    "timeline": ("first_day",),
}
# What is searched, as one text for each row.
SEARCHED = {
    "articles": "SELECT rowid AS id, coalesce(text, title) AS words FROM articles",
    "incidents": """
        SELECT rowid AS id,
               lines(title, victims, victim_people, impersonated, threat_actors, responders, authorities) AS words
        FROM incidents""",
    "organizations": """
        SELECT rowid AS id,
               lines(name, full_name, (SELECT group_concat(alias, char(10)) FROM organization_aliases AS other
                                       WHERE other.org_id = organizations.org_id)) AS words
        FROM organizations""",
    "facts": "SELECT rowid AS id, lines(value, quote) AS words FROM facts",
}
_VIEWS = {
    "incident_list": """
        SELECT incident_id, title, verification, victims, attack_types, coalesce(onset, made_public, first_published) AS date,
               onset, made_public, recovered, days_to_recovery, service_status, case_status, confidence, n_articles,
               publishers, urls
        FROM incidents ORDER BY date DESC, incident_id""",
    "incident_facts": """
        SELECT facts.incident_id, incidents.title AS incident, incidents.verification, field, value, number_min, number_max, unit,
               currency, qualifier, claimant, claim, preferred, quote, facts.article_id, articles.title AS article,
               articles.publisher, articles.published, articles.url
        FROM facts JOIN incidents USING (incident_id) JOIN articles USING (article_id)""",
    "incident_timeline": """
        SELECT timeline.incident_id, incidents.title AS incident, phase, value, first_day, last_day, granularity,
               timeline.article_id, articles.publisher, articles.url
        FROM timeline JOIN incidents USING (incident_id) JOIN articles USING (article_id)""",
    "incident_organizations": """
        SELECT DISTINCT facts.incident_id, incidents.title AS incident, incidents.verification, organizations.org_id,
               organizations.name AS organization, field AS role, claim
        FROM facts JOIN incidents USING (incident_id) JOIN organizations ON organizations.org_id = facts.value_key""",
}


class Database:
    """Writes every table into a new file: ``append`` cells, then ``finish``."""

    def __init__(self, path: Path, *, text: str) -> None:
        self._text = text
        self._con = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):  # the file is moved into place when it is complete
            self._con.execute(f"PRAGMA {pragma}")
        self._con.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._con.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._con.execute("BEGIN")
        for table, columns in TABLES.items():
            self._con.execute(_create(table, columns))

    def append(self, table: str, cells: Mapping[str, Sequence[Any]]) -> None:
        """Add rows, cell by column, to the end of a table."""
        marks = ", ".join("?" * len(cells))
        self._con.executemany(f"INSERT INTO {_quoted(table)} VALUES ({marks})", zip(*cells.values(), strict=True))

    def finish(self) -> None:
        """Check the references, then add indexes, search, views and the codebook."""
        for table, _, target, _ in self._con.execute("PRAGMA foreign_key_check").fetchmany(1):
            (n,) = self._con.execute(f"SELECT count(*) FROM pragma_foreign_key_check('{table}')").fetchone()
            raise BaomatError("B515", n=n, table=table, target=target)
        wanted = {(table, column) for table, column in REFERENCES if column not in KEYS.get(table, ())[:1]}
        for table, column in sorted(wanted | {(table, name) for table, names in _INDEXES.items() for name in names}):
            self._con.execute(f"CREATE INDEX {table}_{column} ON {_quoted(table)} ({_quoted(column)})")
        _add_search(self._con)
        for name, query in _VIEWS.items():
            self._con.execute(f"CREATE VIEW {name} AS {query}")
        _add_notes(self._con, self._text)
        self._con.execute("COMMIT")
        self._con.execute("ANALYZE")
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._con.close()


def _create(table: str, columns: Sequence[Column]) -> str:
    lines = [f"{_quoted(column.name)} {_TYPES[column.dtype]}" for column in columns]
    if table in KEYS:
        lines.append(f"PRIMARY KEY ({', '.join(map(_quoted, KEYS[table]))})")
    for column in columns:
        if target := REFERENCES.get((table, column.name)):
            lines.append(f"FOREIGN KEY ({_quoted(column.name)}) REFERENCES {target} ({', '.join(KEYS[target])})")
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {_quoted(table)} (\n  {body}\n)"


def _quoted(name: str) -> str:
    return f'"{name}"'


# ---------------------------------------------------------------- search
def _add_search(con: sqlite3.Connection) -> None:
    """Full-text tables beside the searched ones. They keep only the index, so that no text is kept that ``text`` left out.

    ``content`` names the table that the rows belong to: Datasette offers its search box there. FTS5 wants columns of the
    same names in it: they are generated, always empty, and take no room.
    """
    con.create_function("exact", 1, lambda words: _exact(words or ""), deterministic=True)
    con.create_function("folded", 1, lambda words: fold(words or ""), deterministic=True)
    con.create_function("lines", -1, lambda *parts: "\n".join(filter(None, parts)), deterministic=True)
    for table, words in SEARCHED.items():
        for name in ("exact", "folded"):
            con.execute(f"ALTER TABLE {table} ADD COLUMN {name} TEXT GENERATED ALWAYS AS (NULL) VIRTUAL")
        options = f'content="{table}", tokenize="unicode61 remove_diacritics 0"'
        con.execute(f"CREATE VIRTUAL TABLE {table}_fts USING fts5(exact, folded, {options})")
        con.execute(f"INSERT INTO {table}_fts(rowid, exact, folded) SELECT id, exact(words), folded(words) FROM ({words})")
        con.execute(f"INSERT INTO {table}_fts({table}_fts) VALUES ('optimize')")


def _exact(words: str) -> str:
    """Lower case with old tone marks ("hoà"), then the lines that new ones ("hòa") change: who asks FTS5 itself may type
    either."""
    keyed = key(words)
    newer = _OLD_TONES.sub(lambda match: _new_tones()[match[0]], keyed)
    if newer == keyed:
        return keyed
    changed = [new for old, new in zip(keyed.split("\n"), newer.split("\n"), strict=True) if new != old]
    return "\n".join([keyed, *changed])


@cache
def _new_tones() -> dict[str, str]:
    """Old -> new spelling of the open syllables in oa, oe, uy."""
    spelled = (
        unicodedata.normalize("NFC", f"{a}{tone}{b}") for a, b in ("oa", "oe", "uy") for tone in "\u0300\u0301\u0303\u0309\u0323"
    )
    return {tone_style(new): new for new in spelled}


_OLD_TONES = re.compile(rf"(?<!q)(?:{'|'.join(_new_tones())})(?![a-zà-ỹđ])")


def _add_notes(con: sqlite3.Connection, text: str) -> None:
    """The tables ``about`` and ``codebook``: what the file is, and what its columns mean."""
    con.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT)")
    notes = {"baomat": __version__, "schema_version": str(SCHEMA_VERSION), "text": text}
    con.executemany("INSERT INTO about VALUES (?, ?)", notes.items())
    con.execute('CREATE TABLE codebook ("table" TEXT, "column" TEXT, type TEXT, en TEXT, vi TEXT, "values" TEXT)')
    con.executemany(
        "INSERT INTO codebook VALUES (?, ?, ?, ?, ?, ?)",
        ((table, c.name, c.dtype, c.en, c.vi, "; ".join(c.values)) for table, columns in TABLES.items() for c in columns),
    )


# ---------------------------------------------------------------- reading
@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A file of baomat, read-only.

    Raises
    ------
    BaomatError
        B509 if the file is none, or of another schema version.
    """
    try:
        con = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        with closing(con):
            (version,) = con.execute("PRAGMA user_version").fetchone()
            if version != SCHEMA_VERSION:
                raise BaomatError("B509", path=path, detail=f"schema version {version}, not {SCHEMA_VERSION}")
            yield con
    except sqlite3.DatabaseError as error:
        raise BaomatError("B509", path=path, detail=error) from error


def cells(con: sqlite3.Connection, table: str) -> dict[str, list[Any]]:
    """The cells of a table by column, in the order they were written."""
    columns = TABLES[table]
    rows = con.execute(f"SELECT {', '.join(_quoted(c.name) for c in columns)} FROM {_quoted(table)} ORDER BY rowid").fetchall()
    by_column = zip(*rows, strict=True) if rows else ((),) * len(columns)
    found = {column.name: list(values) for column, values in zip(columns, by_column, strict=True)}
    for column in columns:
        if column.dtype == "bool":
            found[column.name] = [None if value is None else bool(value) for value in found[column.name]]
    return found
