"""The readings behind the figures that no gold corpus gives: what was drawn stands where the lists say."""

from __future__ import annotations

import csv
import gzip
import json
from functools import cache
from pathlib import Path

import pytest

from baomat import Article

TABLES = Path(__file__).parent / "tables"


def read(name: str) -> list[dict[str, str]]:
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def texts(shared: Path) -> dict[str, str]:
    """The texts of the corpora by article id."""
    found = {}
    for name in ("vietnews-10k", "rss-2026"):
        with gzip.open(shared / "corpus" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                article = Article(
                    **{field: record.get(field) or "" for field in ("id", "url", "title", "text", "source")},
                    published=record.get("published"),
                )
                found[article.article_id] = article.full_text
    return found


@pytest.mark.parametrize(("name", "judgement"), [("org_reading.tsv", "right"), ("date_reading.tsv", "value_right")])
def test_every_row_is_judged(name: str, judgement: str) -> None:
    rows = read(name)
    assert {row[judgement] for row in rows} == {"yes", "no"}
    assert [row for row in rows if not row["draw"] or not row["start"].isdigit()] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["org_reading.tsv", "date_reading.tsv"])
def test_surfaces_stand_in_the_texts(name: str, shared: Path) -> None:
    known = texts(shared)
    wrong = [
        f"{row['article_id']} {row['start']}"
        for row in read(name)
        if row["article_id"] in known
        and known[row["article_id"]][int(row["start"]) : int(row["end"])].replace("\n", " ") != row["surface"]
    ]
    assert wrong == []
    assert sum(row["article_id"] in known for row in read(name)) > 0.9 * len(read(name))


def test_the_drawn_incidents_are_judged() -> None:
    rows = read("rss_reading.tsv")
    assert len({row["incident_id"] for row in rows}) == len(rows) == 100
    assert {row["real"] for row in rows} == {"yes", "no"}
    assert {row["wrong_victim"] for row in rows} <= {"yes", "no", ""}
    assert [row for row in rows if "yes" not in row["real"] and not row["note"]] == []


def test_every_cyber_article_is_judged() -> None:
    rows = read("rss_articles.tsv")
    assert len({row["article_id"] for row in rows}) == len(rows) == 379
    assert {row["incident"] for row in rows} == {"yes", "no", "doubtful"}


def test_nine_of_ten_merged_incidents_are_right() -> None:
    verdicts = [row["verdict"] for row in read("merge_reading.tsv") if row["verdict"] != "apart"]
    assert verdicts.count("right") >= 0.9 * len(verdicts)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "column"), [("merge_reading.tsv", "articles"), ("rss_reading.tsv", "article_id"), ("rss_articles.tsv", "article_id")]
)
def test_articles_that_were_read_stand_in_the_corpus(name: str, column: str, shared: Path) -> None:
    assert {article for row in read(name) for article in row[column].split()} <= texts(shared).keys()
