"""All tables in one SQLite file: keys, indexes, views for people, and search with and without diacritics.

The file opens in Datasette, DuckDB, DB Browser. ``<table>_fts`` has two columns: ``exact`` (lower case, one style of tone
marks) and ``folded`` (no marks, đ as d); a text without marks is looked for in the second. The same rows give the same
content. ``article_records`` and ``in_force`` hold what a later run needs to add to the file (:mod:`baomat.append`).
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import __version__
from .errors import BaomatError
from .layers import pack, unpack
from .schema import Incident, Organization
from .tables import KEYS, REFERENCES, SCHEMA_VERSION, TABLES, Column
from .text import NEW_TO_OLD, fold, key

APPLICATION_ID = 0x62616F6D  # "baom"
DATABASE = "baomat.sqlite"  # in a folder of tables
LOCK, PATIENCE = ".baomat-lock", 5.0  # seconds that a run waits for another one to end
_MINE = {
    "article_records": "article_id TEXT PRIMARY KEY REFERENCES articles (article_id), body TEXT, record BLOB",
    "in_force": "list TEXT, target TEXT, line TEXT, PRIMARY KEY (list, target)",
}
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
        FROM incidents ORDER BY date GLOB '[0-9]*' DESC, date DESC, incident_id""",
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
        for table, body in _MINE.items():
            self._con.execute(f"CREATE TABLE {table} ({body})")

    def append(self, table: str, cells: Mapping[str, Sequence[Any]]) -> None:
        """Add rows, cell by column, to the end of a table."""
        marks = ", ".join("?" * len(cells))
        self._con.executemany(f"INSERT INTO {_quoted(table)} VALUES ({marks})", zip(*cells.values(), strict=True))

    def keep(self, article_id: str, sketch: str, organizations: Sequence[Organization], incidents: Sequence[Incident]) -> None:
        """Add what the tables of the run are made from: without it nothing can be added to the file later."""
        if self._text == "none":
            incidents = [replace(told, facts=[replace(fact, quote="") for fact in told.facts]) for told in incidents]
        record = zlib.compress(json.dumps([organizations, incidents], default=pack, ensure_ascii=False).encode())
        self._con.execute("INSERT INTO article_records VALUES (?, ?, ?)", (article_id, sketch, record))

    def keep_list(self, name: str, lines: Mapping[str, str]) -> None:
        """Add a user's list that stays in force: what each of its targets says."""
        self._con.executemany("INSERT INTO in_force VALUES (?, ?, ?)", ((name, *line) for line in sorted(lines.items())))

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
    newer = _OLD_TONES.sub(lambda match: _OLD_TO_NEW[match[0]], keyed)
    if newer == keyed:
        return keyed
    changed = [new for old, new in zip(keyed.split("\n"), newer.split("\n"), strict=True) if new != old]
    return "\n".join([keyed, *changed])


_OLD_TO_NEW = {old: new for new, old in NEW_TO_OLD.items()}
_OLD_TONES = re.compile(rf"(?<!q)(?:{'|'.join(_OLD_TO_NEW)})(?![a-zà-ỹđ])")


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


def kept(con: sqlite3.Connection) -> Iterator[tuple[str, str, list[Organization], list[Incident]]]:
    """What :meth:`Database.keep` was given, in the order of the articles."""
    query = "SELECT article_id, body, record FROM articles JOIN article_records USING (article_id) ORDER BY articles.rowid"
    for article_id, sketch, record in con.execute(query):
        organizations, incidents = json.loads(zlib.decompress(record), object_hook=unpack)
        yield article_id, sketch, organizations, incidents


def in_force(con: sqlite3.Connection, name: str) -> dict[str, str]:
    """What :meth:`Database.keep_list` was given."""
    return dict(con.execute("SELECT target, line FROM in_force WHERE list = ?", (name,)))


def text_mode(con: sqlite3.Connection) -> str:
    """What the file holds of the papers' texts, one of ``schema.TEXT_MODES``."""
    (mode,) = con.execute("SELECT value FROM about WHERE name = 'text'").fetchone()
    return str(mode)


def cells(con: sqlite3.Connection, table: str, *, article_id: str | None = None) -> dict[str, list[Any]]:
    """The cells of a table, or those of one article, by column, in the order they were written."""
    columns = TABLES[table]
    names = ", ".join(_quoted(column.name) for column in columns)
    where, values = ("WHERE article_id = ?", (article_id,)) if article_id is not None else ("", ())
    rows = con.execute(f"SELECT {names} FROM {_quoted(table)} {where} ORDER BY rowid", values).fetchall()
    by_column = zip(*rows, strict=True) if rows else ((),) * len(columns)
    found = {column.name: list(values) for column, values in zip(columns, by_column, strict=True)}
    for column in columns:
        if column.dtype == "bool":
            found[column.name] = [cell if cell is None else bool(cell) for cell in found[column.name]]
    return found


def rows(con: sqlite3.Connection, table: str, *, article_id: str | None = None) -> list[dict[str, Any]]:
    """As :func:`cells`, row by row."""
    found = cells(con, table, article_id=article_id)
    return [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]


# ---------------------------------------------------------------- one at a time
@contextmanager
def alone(folder: Path, *, seconds: float = PATIENCE) -> Iterator[None]:
    """Be the only run that writes into a folder. SQLite keeps the lock: it works on every system and ends with the process.

    Raises
    ------
    BaomatError
        B516 if another one does not end in time.
    """
    path = folder / LOCK
    con = _locked(path, seconds)
    try:
        yield
    finally:
        if os.name == "posix":  # while it is held: who waits for it sees that it is gone, and takes a new one
            path.unlink(missing_ok=True)
        con.close()
        if os.name != "posix":
            with suppress(OSError):  # another run has it already
                path.unlink()


def _locked(path: Path, seconds: float) -> sqlite3.Connection:
    while True:
        path.touch()
        number = _number(path)
        con = sqlite3.connect(path, timeout=seconds, isolation_level=None)
        failed: sqlite3.OperationalError | None = None
        try:
            con.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            failed = error
        if number is not None and _number(path) == number:  # else the run that held it has ended and taken it away
            if failed is None:
                return con
            con.close()
            if failed.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise BaomatError("B516", path=path.parent) from failed
            raise failed
        con.close()


def _number(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None
