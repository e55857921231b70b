"""Rows and typed frames: spans are checked, columns and dtypes are those of the codebook, counts do not hang on the order."""

from __future__ import annotations

import pickle
from dataclasses import fields
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab

from baomat import Article, BaomatError, layers, tokenizer
from baomat.frames import Collector, Tables, frame
from baomat.published import parse
from baomat.results import ArticleResult, OrganizationTally, article_result
from baomat.schema import (
    DateMention,
    Fact,
    Incident,
    Organization,
    OrgMention,
    PhaseMention,
    TimelineEntry,
)
from baomat.tables import DTYPES, TABLES

layers.register()
TEXT = "Sở Thử bị tấn công\n\nSáng 4/6/2024, Sở Thử bị tấn công."
ORG = Organization("so-thu", "Sở Thử", "government", aliases=(("Sở Thử", "learned"),))
DAY = date(2024, 6, 4)


def made_doc(**layer: Any) -> Doc:
    words, spaces = tokenizer.split(TEXT)
    doc = Doc(Vocab(), words=words, spaces=spaces)
    doc.user_data["sentences"] = [[0, 18], [20, 54]]
    doc.user_data["words"] = bytes([1]) * len(doc)
    doc._.published = parse("2024-06")
    doc._.organizations = {ORG.org_id: ORG}
    doc._.orgs = [OrgMention(35, 41, "Sở Thử", 1, "so-thu", "government", "names", role="victim")]
    doc._.dates = [DateMention(25, 33, "4/6/2024", 1, "2024-06-04", DAY, DAY, "day", "absolute", "dmy")]
    doc._.phases = [PhaseMention(20, 54, 1, "attack", "actual", "bị tấn công", 42)]
    for name, value in layer.items():
        setattr(doc._, name, value)
    return doc


def made_incident(**changes: Any) -> Incident:
    fact = Fact("victim", "Sở Thử", **({"start": 35, "end": 41, "quote": "Sở Thử"} | changes))
    step = TimelineEntry("attack", "2024-06-04", DAY, DAY, "day", 20, 54)
    return Incident(0, "main", {"kind": "attack_on_organization"}, [fact], [step])


# ---------------------------------------------------------------- one article
def test_rows_of_an_article() -> None:
    article = Article(TEXT, title="Sở Thử bị tấn công", url="https://a.vn/1", source="Báo A - Số hóa", id="a")
    result = article_result(article, made_doc(incidents=[made_incident()]), publisher="Báo A", revision_of="0")
    (row,) = result.rows["articles"]
    assert list(row) == [column.name for column in TABLES["articles"]]
    assert (row["article_id"], row["publisher"], row["published"], row["published_from"]) == ("a", "Báo A", "2024-06", "given")
    assert (row["n_sentences"], row["is_incident"], row["text"], row["revision_of"]) == (2, True, TEXT, "0")
    assert result.rows["sentences"][1] == {"article_id": "a", "sentence": 1, "start": 20, "end": 54}
    assert result.rows["organization_mentions"][0]["role"] == "victim"
    assert result.rows["dates"][0]["first_day"] == "2024-06-04"
    assert result.rows["phases"][0]["cue"] == "bị tấn công"
    assert (result.article_id, result.organizations, len(result.incidents)) == ("a", (ORG,), 1)


def test_article_without_date_or_findings() -> None:
    doc = made_doc(published=None, orgs=[], dates=[], phases=[], organizations={})
    (row,) = article_result(Article(TEXT), doc).rows["articles"]
    assert (row["published"], row["published_from"], row["is_incident"]) == ("", "none", False)
    assert row["article_id"] == Article(TEXT).article_id


def test_result_can_be_sent_between_processes() -> None:
    result = article_result(Article(TEXT), made_doc(incidents=[made_incident()]))
    assert pickle.loads(pickle.dumps(result)) == result


@pytest.mark.parametrize(
    "layer",
    [
        {"orgs": [OrgMention(34, 40, "Sở Thử", 1, "so-thu", "government", "names")]},
        {"dates": [DateMention(25, 33, "5/6/2024", 1, "2024-06-05", None, None, "day", "absolute", "dmy")]},
        {"phases": [PhaseMention(20, 99, 1, "attack", "actual", "bị tấn công", 41)]},
        {"incidents": [made_incident(quote="Sở Khác")]},
    ],
    ids=["organization", "date", "phase", "fact"],
)
def test_span_that_does_not_slice_back(layer: dict[str, Any]) -> None:
    with pytest.raises(BaomatError, match="B505"):
        article_result(Article(TEXT), made_doc(**layer))


# ---------------------------------------------------------------- organizations of a run
def result_with(*organizations: Organization, n: int = 1) -> ArticleResult:
    mentions: list[dict[str, object]] = [{"org_id": item.org_id} for item in organizations for _ in range(n)]
    return ArticleResult("a", "", "", "", {"organization_mentions": mentions}, organizations)


def test_organizations_are_counted_over_articles() -> None:
    tally = OrganizationTally()
    tally.add(result_with(ORG, n=3))
    tally.add(result_with(ORG, Organization("b", "B", "bank")))
    rows = tally.rows()
    assert [(row["org_id"], row["n_mentions"], row["n_articles"]) for row in rows["organizations"]] == [
        ("b", 1, 1),
        ("so-thu", 4, 2),
    ]
    assert rows["organization_aliases"] == [{"org_id": "so-thu", "alias": "Sở Thử", "origin": "learned"}]


def test_learned_name_does_not_depend_on_the_order() -> None:
    variants = [
        Organization("x", "Công ty Lam", "company", aliases=(("Lam", "learned"),)),
        Organization("x", "Công ty LAM", "company", full_name="Công ty Cổ phần Lam", aliases=(("Lam", "parenthesis"),)),
        Organization("x", "Công ty Lam", "other"),
        Organization("x", "Công ty LAM", "company"),
    ]
    seen = []
    for order in permutations(variants):
        tally = OrganizationTally()
        for organization in order:
            tally.add(result_with(organization))
        seen.append(tally.rows())
    assert all(rows == seen[0] for rows in seen)
    (row,) = seen[0]["organizations"]
    assert (row["name"], row["full_name"], row["org_type"], row["n_articles"]) == (
        "Công ty LAM",
        "Công ty Cổ phần Lam",
        "company",
        4,
    )
    assert seen[0]["organization_aliases"] == [{"org_id": "x", "alias": "Lam", "origin": "parenthesis"}]


# ---------------------------------------------------------------- typed frames
def dtypes(table: str) -> dict[str, str]:
    return {column.name: DTYPES[column.dtype] for column in TABLES[table]}


@pytest.mark.parametrize("table", TABLES)
def test_empty_frame_is_typed(table: str) -> None:
    empty = frame(table, [])
    assert {name: str(dtype) for name, dtype in empty.dtypes.items()} == dtypes(table)
    assert list(empty.columns) == [column.name for column in TABLES[table]]
    assert len(empty) == 0


def test_frame_orders_types_and_joins() -> None:
    row = {
        "title": "T",
        "victims": ["A", "B"],
        "n_articles": 2,
        "incident_id": "i",
        "records_min": 1500000,
        "onset": "",
        "made_public": DAY,
        "unknown column": 1,
    }
    data = frame("incidents", [row, {"incident_id": "j"}])
    assert {name: str(dtype) for name, dtype in data.dtypes.items()} == dtypes("incidents")
    assert data["victims"].tolist() == ["A; B", pd.NA]
    assert data["onset"].isna().all()
    assert data["made_public"][0] == "2024-06-04"
    assert data["records_min"][0] == 1500000.0
    assert data["n_articles"].tolist() == [2, pd.NA]


def test_tables_have_every_table_of_the_codebook() -> None:
    assert [item.name for item in fields(Tables)] == list(TABLES)


def test_collected_tables_survive_writing_and_reading(tmp_path: Path) -> None:
    collector = Collector()
    article = Article(TEXT, id="a")
    for table, rows in article_result(article, made_doc()).rows.items():
        collector.append(table, rows)
    tables = collector.tables()
    tables.write(tmp_path / "out", formats=["parquet"])
    again = Tables.read(tmp_path / "out")
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(again, table), getattr(tables, table))
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out" / f"{table}.parquet"), getattr(tables, table))
    assert len(tables.dates) == 1
