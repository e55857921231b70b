"""One SQLite file: keys, search, views, what may be passed on; and every format read back as it was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sample
from baomat import BaomatError
from baomat.export import TABLE_FORMATS, Layout, Writer
from baomat.frames import Tables, frame, read
from baomat.sqlite import SEARCHED
from baomat.tables import KEYS, REFERENCES, SCHEMA_VERSION, TABLES


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "baomat.sqlite"
    sample.tables().to_sqlite(path)
    return path


@pytest.fixture
def con(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as con:
        yield con


# ---------------------------------------------------------------- the file
def test_version_and_notes(con: sqlite3.Connection) -> None:
    assert con.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert dict(con.execute("SELECT name, value FROM about"))["text"] == "evidence"
    n = sum(len(columns) for columns in TABLES.values())
    assert con.execute("SELECT count(*) FROM codebook WHERE en > '' AND vi > ''").fetchone() == (n,)


def test_sound_and_without_a_dangling_reference(con: sqlite3.Connection) -> None:
    assert con.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert con.execute("PRAGMA foreign_key_check").fetchall() == []
    for (table, column), target in REFERENCES.items():
        keys = [(row[3], row[2], row[4]) for row in con.execute(f"PRAGMA foreign_key_list({table})")]
        assert (column, target, KEYS[target][0]) in keys


def test_joins_use_indexes(con: sqlite3.Connection) -> None:
    for table, column in REFERENCES:
        plan = " ".join(row[3] for row in con.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {column} = 'x'"))
        assert "USING INDEX" in plan, (table, column, plan)


@pytest.mark.parametrize("view", ["incident_list", "incident_facts", "incident_timeline", "incident_organizations"])
def test_views_show_rows(con: sqlite3.Connection, view: str) -> None:
    assert con.execute(f"SELECT * FROM {view}").fetchall()


def test_every_incident_is_in_the_list_and_every_fact_has_its_paper(con: sqlite3.Connection) -> None:
    for view, table in (("incident_list", "incidents"), ("incident_facts", "facts"), ("incident_timeline", "timeline")):
        assert con.execute(f"SELECT (SELECT count(*) FROM {view}) = (SELECT count(*) FROM {table})").fetchone() == (1,)


def test_the_list_begins_with_the_latest_and_ends_with_what_has_no_year(tmp_path: Path) -> None:
    rows = {"incidents": [{"incident_id": day, "onset": day} for day in ("2023", "XXXX-12-29", "2024-06", "2024-05-31T10:00")]}
    Tables(**{table: frame(table, rows.get(table, [])) for table in TABLES}).to_sqlite(tmp_path / "x.sqlite")
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as con:
        found = [row[0] for row in con.execute("SELECT incident_id FROM incident_list")]
    assert found == ["2024-06", "2024-05-31T10:00", "2023", "XXXX-12-29"]


@pytest.mark.parametrize(
    ("table", "wanted", "cell"),
    [
        ("articles", "tuyet", "Tuyet Son"),
        ("articles", '"thuỷ điện hoà khuê"', "Thuỷ điện Hoà Khuê"),
        ("articles", '"thủy điện hòa khuê"', "Thuỷ điện Hoà Khuê"),
        ("articles", '"thuy dien hoa khue"', "Thuỷ điện Hoà Khuê"),
        ("organizations", "a05", "A05"),
        ("organizations", "{folded} : dong AND giang", ""),
        ("incidents", "{exact} : dịch AND vụ", "từ chối dịch vụ"),
        ("facts", "wannacry", "WannaCry"),
    ],
)
def test_search(con: sqlite3.Connection, table: str, wanted: str, cell: str) -> None:
    sql = f"SELECT * FROM {table} WHERE rowid IN (SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH ?)"
    rows = con.execute(sql, [wanted]).fetchall()
    assert rows
    assert all(cell in " ".join(map(str, row)) for row in rows)


def test_datasette_finds_the_search_of_each_table(con: sqlite3.Connection) -> None:
    """By the statement that Datasette reads to find out."""
    for table in SEARCHED:
        sql = "SELECT name FROM sqlite_master WHERE rootpage = 0 AND sql LIKE ?"
        assert con.execute(sql, [f'%VIRTUAL TABLE%USING FTS%content="{table}"%']).fetchall() == [(f"{table}_fts",)]


def test_every_table_can_be_counted_and_read(con: sqlite3.Connection) -> None:
    for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall():
        assert (
            len(con.execute(f'SELECT * FROM "{name}"').fetchall()) == con.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        )


def test_same_tables_same_bytes(path: Path, tmp_path: Path) -> None:
    sample.tables().to_sqlite(tmp_path / "again.sqlite")
    assert (tmp_path / "again.sqlite").read_bytes() == path.read_bytes()


def test_a_file_is_not_overwritten_unless_told(tmp_path: Path) -> None:
    (tmp_path / "mine.sqlite").write_text("giữ lại")
    with pytest.raises(BaomatError, match="B501"):
        sample.tables().to_sqlite(tmp_path / "mine.sqlite")
    sample.tables().to_sqlite(tmp_path / "mine.sqlite", overwrite=True)
    assert [item.name for item in tmp_path.iterdir()] == ["mine.sqlite"]


def test_reference_to_nothing_is_told(tmp_path: Path) -> None:
    with Writer(tmp_path, formats=["sqlite"]) as writer:
        writer.append("articles", [{"article_id": "a"}])
        writer.append("facts", [{"article_id": "a", "incident_id": "gone"}])
        with pytest.raises(BaomatError, match=r"B515.*facts.*incidents"):
            writer.finish({})
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- what may be passed on
@pytest.mark.parametrize(("text", "texts", "quotes"), [("none", False, False), ("evidence", False, True), ("full", True, True)])
def test_text_modes(tmp_path: Path, text: str, texts: bool, quotes: bool) -> None:
    sample.tables().write(tmp_path, formats=["sqlite", "parquet", "csv"], layout=Layout(text=text))
    for source in (tmp_path, tmp_path / "baomat.sqlite"):
        tables = read(source)
        assert tables.articles["text"].notna().any() == texts
        assert tables.facts["quote"].notna().any() == quotes
        assert tables.facts["end"].notna().all()
        assert tables.articles["sha256"].notna().all()
    quote = sample.tables().facts["quote"].str.slice(1, 30)[0].encode()
    assert (quote in (tmp_path / "facts.csv").read_bytes()) == quotes


def test_the_index_holds_nothing_that_was_left_out(tmp_path: Path) -> None:
    for text, n in (("none", 0), ("evidence", 0), ("full", 1)):
        sample.tables().to_sqlite(tmp_path / text, text=text)
        with closing(sqlite3.connect(tmp_path / text)) as con:
            found = con.execute("SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'kenh AND nhan AND tin'").fetchall()
            assert bool(found) == bool(n)


def test_each_format_has_its_own_default(tmp_path: Path) -> None:
    sample.tables().write(tmp_path, formats=["sqlite", "parquet"])
    assert read(tmp_path).articles["text"].notna().all()
    assert read(tmp_path / "baomat.sqlite").articles["text"].isna().all()


@pytest.mark.parametrize(
    ("options", "code"), [({"text": "half"}, "B512"), ({"lang": "fr"}, "B511"), ({"separator": "|"}, "B513")]
)
def test_layout_that_does_not_exist(options: dict[str, Any], code: str) -> None:
    with pytest.raises(BaomatError, match=code):
        Layout(**options)


# ---------------------------------------------------------------- read back
def assert_same(found: Tables, wanted: Tables) -> None:
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(found, table), getattr(wanted, table))


def without_texts(tables: Tables) -> Tables:
    empty = tables.articles.assign(text=pd.array([None] * len(tables.articles), dtype="string"))
    return Tables(**{table: getattr(tables, table) for table in TABLES} | {"articles": empty})


@pytest.mark.parametrize("name", ["parquet", "jsonl", "sqlite", "csv"])
def test_the_sample_comes_back(tmp_path: Path, name: str) -> None:
    tables = sample.tables()
    tables.write(tmp_path, formats=[name])
    assert_same(read(tmp_path), tables if name in ("parquet", "jsonl") else without_texts(tables))


ODD = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("\"',;=+-@\t\r\n🔥ạ'\u0301\ufeff\u2028\x1a")
)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53).map(float)


@st.composite
def odd_tables(draw: st.DrawFn) -> Tables:
    """Two articles, an incident, a fact, with odd texts and numbers in every free cell."""
    draws = {
        "text": ODD,
        "float": NUMBERS,
        "int": st.none() | st.integers(-(2**63), 2**63 - 1),
        "bool": st.none() | st.booleans(),
    }
    keys = {"article_id": "a", "incident_id": "=i", "new_id": "=i", "org_id": "'-o", "sentence": 0, "alias": "x"}
    rows: dict[str, list[dict[str, Any]]] = {}
    for table, columns in TABLES.items():
        rows[table] = [{column.name: draw(draws[column.dtype]) for column in columns}]
        rows[table][0] |= {name: value for name, value in keys.items() if name in rows[table][0]}
    rows["articles"].append(rows["articles"][0] | {"article_id": "'"})
    return Tables(**{table: frame(table, found) for table, found in rows.items()})


@settings(max_examples=12, deadline=None)
@given(odd_tables(), st.sampled_from([Layout("full"), Layout("full", None, ";", False), Layout("full", "en", "\t")]))
def test_odd_texts_come_back(tables: Tables, layout: Layout) -> None:
    flat = tables.incidents.map(lambda cell: cell.replace("\n", " ") if isinstance(cell, str) else cell, na_action="ignore")
    in_csv = {table: getattr(without_texts(tables), table) for table in TABLES}
    in_csv["incidents"] = flat.astype(tables.incidents.dtypes.to_dict())
    with TemporaryDirectory() as name:
        folder = Path(name)
        tables.write(folder, formats=TABLE_FORMATS, layout=layout)
        assert_same(read(folder), tables)
        for path in folder.glob("*.parquet"):
            path.unlink()
        assert_same(read(folder), tables)  # JSONL
        assert_same(read(folder / "baomat.sqlite"), tables)
        for path in (*folder.glob("*.jsonl"), folder / "baomat.sqlite"):
            path.unlink()
        assert_same(read(folder), Tables(**in_csv))


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda folder: None, "B514"),
        (lambda folder: (folder / "baomat.sqlite").write_text("no database at all, only text in a file"), "B509"),
        (lambda folder: sample.tables().to_csv(folder, lang="vi"), "B508"),
        (lambda folder: (folder / "incidents.csv").write_text("a,b\r\n1,2\r\n"), "B509"),
    ],
    ids=["empty", "no database", "Vietnamese", "another table"],
)
def test_what_cannot_be_read(tmp_path: Path, prepare: Any, code: str) -> None:
    prepare(tmp_path)
    for table in ("articles",) if code == "B509" and not (tmp_path / "baomat.sqlite").exists() else ():
        (tmp_path / f"{table}.csv").write_text("x\r\n")
    with pytest.raises(BaomatError, match=code):
        read(tmp_path)


def test_another_schema_version(tmp_path: Path) -> None:
    sample.tables().to_parquet(tmp_path)
    manifest = tmp_path / "run.json"
    manifest.write_text(manifest.read_text().replace(f'"schema_version": {SCHEMA_VERSION}', '"schema_version": 99'))
    with pytest.raises(BaomatError, match=r"B509.*99"):
        read(tmp_path)
