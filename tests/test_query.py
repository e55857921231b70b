"""Search: a table of queries over the sample articles, filters, and the same answers from the full-text index of SQLite."""

from __future__ import annotations

import sqlite3
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sample
from baomat import BaomatError, query
from baomat.frames import Tables, frame, read
from baomat.tables import TABLES

TABLE = [line.split("\t") for line in (Path(__file__).parent / "tables" / "queries.tsv").read_text(encoding="utf-8").splitlines()]
ROWS = [tuple(row) for row in TABLE if not row[0].startswith("#")][1:]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return sample.tables()


@pytest.fixture(scope="module")
def database(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("query") / "baomat.sqlite"
    tables.to_sqlite(path, text="full")
    return path


def typed(text: str) -> tuple[str, bool]:
    """What was typed in a row of the table, and whether only names are looked for."""
    if text.startswith("NFD:"):
        return unicodedata.normalize("NFD", text[4:]), False
    return text.removeprefix("ORG:"), text.startswith("ORG:")


def stems(article_ids: set[str]) -> set[str]:
    return {sample.names()[article_id] for article_id in article_ids}


@pytest.mark.parametrize(("text", "found"), ROWS, ids=[row[0] for row in ROWS])
def test_queries(tables: Tables, text: str, found: str) -> None:
    text, org = typed(text)
    hits = query.search(tables, text, org=org)
    told = tables.incident_articles
    articles = set(hits["article_id"]) | set(told[told["incident_id"].isin(hits["incident_id"].dropna())]["article_id"])
    wanted = [] if found == "-" else found.removesuffix(" …").split()
    for name in wanted:
        assert any(stem.startswith(name) for stem in stems(articles)), f"{name} is not found"
    if not found.endswith("…"):
        others = {stem for stem in stems(set(hits["article_id"])) if not stem.startswith(tuple(wanted) or "-")}
        assert not others


def test_there_are_enough_queries() -> None:
    assert len(ROWS) >= 60


@pytest.mark.parametrize("text", [row[0] for row in ROWS if not row[0].startswith("ORG:")])
def test_the_index_of_sqlite_says_the_same(tables: Tables, database: Path, text: str) -> None:
    text, _ = typed(text)
    wanted = query.wanted(text)
    with sqlite3.connect(database) as con:
        sql = "SELECT article_id FROM articles WHERE rowid IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)"
        found = {row[0] for row in con.execute(sql, [query.fts(text)])} if wanted.phrases else set()
    con.close()
    scanned = {row.article_id for row in tables.articles.itertuples() if wanted.phrases and wanted.match(row.text)}
    assert stems(found) == stems(scanned)


@given(st.text(alphabet=st.sampled_from('ab đĐàồ"*()-^:{}+,.ANDORNEAR\n\t0🔥\u0301'), max_size=20) | st.text(max_size=20))
def test_nothing_typed_is_an_error(text: str) -> None:
    wanted = query.wanted(text)
    wanted.match("Thuỷ điện Hoà Khuê")
    wanted.loose.match("Thuỷ điện Hoà Khuê")
    if wanted.phrases:
        with sqlite3.connect(":memory:") as con:
            con.execute('CREATE VIRTUAL TABLE t USING fts5(exact, folded, tokenize="unicode61 remove_diacritics 0")')
            con.execute("SELECT rowid FROM t WHERE t MATCH ?", [query.fts(text)]).fetchall()
        con.close()


def test_a_hit_says_where_and_shows_the_passage(tables: Tables) -> None:
    (hit,) = query.search(tables, "sau do hai gio").itertuples()
    assert sample.names()[hit.article_id] == "2019-09-ondalva-lo-du-lieu"
    assert "sau đó hai giờ" in hit.quote
    assert hit.url.startswith("https://")
    assert list(query.search(tables, "bưu điện").columns) == list(query.COLUMNS)


def test_empty_tables_and_no_text() -> None:
    empty = Tables(**{table: frame(table, []) for table in TABLES})
    for text in ("", "a05", "*"):
        assert query.search(empty, text).empty
    assert len(query.search(sample.tables())) == len(sample.tables().incidents)


def test_one_search_reads_what_was_written(tables: Tables, database: Path, tmp_path: Path) -> None:
    tables.to_parquet(tmp_path / "out")
    direct = query.search(tables, "A05")
    for source in (database, tmp_path / "out", str(tmp_path / "out"), read(tmp_path / "out")):
        pd.testing.assert_frame_equal(query.search(source, "A05"), direct)


# ---------------------------------------------------------------- filters
def made(**incident: object) -> Tables:
    tables = {table: frame(table, []) for table in TABLES}
    rows = [{"incident_id": "i", "title": "Cảng Sao Bắc", "attack_types": "ransomware; data_breach", **incident}]
    tables["incidents"] = frame("incidents", rows)
    tables["articles"] = frame("articles", [{"article_id": "a", "title": "Tin", "text": "Tin"}])
    tables["incident_articles"] = frame("incident_articles", [{"incident_id": "i", "article_id": "a"}])
    return Tables(**tables)


@pytest.mark.parametrize(
    ("value", "since", "until", "kept"),
    [
        ("2024-06-04T03:10", "2024-06-04", "2024-06-04", True),
        ("2024-06-04", "2024-06", "", True),
        ("2024-06-04", "2024-07", "", False),
        ("2024-06-04", "", "2024-05", False),
        ("2024-06-04", "", "2024", True),
        ("2024-06", "2024-06-15", "", True),
        ("2024", "2024-06-15", "2024-06-16", True),
        ("2024-Q2", "2024-07", "", False),
        ("2024-Q2", "2024-06", "", True),
        ("2024-W23", "2024-06-09", "", True),
        ("2024-W23", "2024-06-10", "", False),
        ("2024-05-30/2024-06-02", "2024-06-02", "", True),
        ("2024-05-30/2024-06-02", "2024-06-03", "", False),
        ("XXXX-06-04", "2024", "", False),
        ("XXXX-06-04", "", "", True),
        ("", "2024", "", False),
    ],
)
def test_period(value: str, since: str, until: str, kept: bool) -> None:
    assert len(query.search(made(onset=value), "sao bac", since=since, until=until)) == kept


def test_the_first_date_that_is_told_counts() -> None:
    tables = made(made_public="2024-06-04", first_published="2025")
    assert len(query.search(tables, until="2024")) == 1
    assert query.search(tables)["date"].tolist() == ["2024-06-04"]


def test_types() -> None:
    assert len(query.search(made(), "sao bac", types=["ransomware"])) == 1
    assert len(query.search(made(), "sao bac", types=["ddos", "data_breach"])) == 1
    assert query.search(made(), "sao bac", types=["ddos"]).empty


@pytest.mark.parametrize(
    ("options", "code"),
    [({"types": ["virus"]}, "B701"), ({"since": "hôm qua"}, "B702"), ({"until": "2024-13"}, "B702")],
)
def test_options_that_make_no_sense(options: dict[str, object], code: str) -> None:
    with pytest.raises(BaomatError, match=code):
        query.search(made(), "a", **options)  # type: ignore[arg-type]


def test_latest_first_and_undated_last() -> None:
    tables = made()
    onsets = {"a": "2023", "b": "", "c": "2024-06", "d": "XXXX-01-01"}
    rows = [{"incident_id": name, "title": "x", "onset": value} for name, value in onsets.items()]
    hits = query.search(Tables(**{table: getattr(tables, table) for table in TABLES} | {"incidents": frame("incidents", rows)}))
    assert hits["incident_id"].tolist() == ["c", "a", "b", "d"]
