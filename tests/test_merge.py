"""The same incident over articles."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest

from baomat import Article, extract, likeness, reader
from baomat.frames import Tables

ARTICLES = Path(__file__).parents[1] / "data" / "articles"


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return [article for article in reader.read([ARTICLES]) if isinstance(article, Article)]


@pytest.fixture(scope="module")
def tables(articles: list[Article]) -> Tables:
    return extract(articles)


def test_three_papers_tell_one_incident(tables: Tables) -> None:
    told = tables.articles[tables.articles["title"].str.contains("DongGiangBank")]["article_id"]
    joined = tables.incident_articles[tables.incident_articles["article_id"].isin(told)]
    assert len(joined) == 3
    assert joined["incident_id"].nunique() == 1
    (row,) = tables.incidents[tables.incidents["incident_id"] == joined["incident_id"].iloc[0]].to_dict("records")
    assert row["n_articles"] == 3
    assert row["people_min"] < row["people_max"]  # the papers disagree, and both figures stay
    assert "onset" in row["conflicts"]


def test_the_result_does_not_depend_on_the_order(articles: list[Article], tables: Tables) -> None:
    shuffled = random.Random(3).sample(articles, len(articles))
    again = extract(shuffled)
    for name in ("incidents", "facts", "timeline"):
        first, second = getattr(tables, name), getattr(again, name)
        pd.testing.assert_frame_equal(first, second)


def test_without_merging_every_article_has_its_own(articles: list[Article]) -> None:
    apart = extract(articles, merge=False)
    assert apart.incident_articles["incident_id"].is_unique


def test_facts_keep_their_article_and_evidence(tables: Tables) -> None:
    texts = tables.articles.set_index("article_id")["text"]
    for row in tables.facts.to_dict("records"):
        assert texts[row["article_id"]][row["start"] : row["end"]] == row["quote"]
    assert set(tables.facts["incident_id"]) <= set(tables.incidents["incident_id"])
    assert tables.facts["fact_id"].is_unique


def test_titles_say_when_nothing_is_confirmed(tables: Tables) -> None:
    claimed = tables.incidents[tables.incidents["verification"] == "claimed"]
    assert claimed["title"].str.contains("chưa xác minh").all()


@pytest.mark.parametrize(
    ("first", "second", "kind", "least", "most"),
    [
        ("Vietnam Post bị mã hóa 400.000 tệp", "400.000 tệp của Vietnam Post bị khóa", "name", 0.9, 1.0),
        ("Vietnam Post bị mã hóa 400.000 tệp", "400.000 tệp của Vietnam Post bị khóa", "figure", 0.9, 1.0),
        ("Hãng tàu Lam Sơn", "Ngân hàng Đông Giang", "name", 0.0, 0.1),
    ],
)
def test_likeness(first: str, second: str, kind: str, least: float, most: float) -> None:
    assert least <= likeness.cosine(likeness.terms(first), likeness.terms(second), kind) <= most + 1e-9
