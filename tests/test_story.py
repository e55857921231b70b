"""Incidents one by one, and the files that a run writes of them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from baomat.export import Writer
from baomat.story import Stories
from stories import fact, made, one, sample


def test_a_story_is_what_the_tables_say() -> None:
    stories = list(sample())
    assert len(stories) == len(sample())
    for story in stories:
        assert len(story.articles) == story.incident["n_articles"]
        assert "; ".join(sorted(story.urls)) == story.incident.get("urls", "")
        assert {row["article_id"] for row in (*story.facts, *story.timeline)} <= set(story.articles)
        for row in (*story.facts, *story.timeline):
            assert story.quote(row) == story.articles[row["article_id"]]["text"][row["start"] : row["end"]] != ""
        for name in story.listed("victims"):
            assert name in [found["value"] for found in story.of("victim")]


def test_the_shown_fact_comes_first_then_the_authority() -> None:
    facts = [
        fact("people", "1", preferred=False, claimant="authority"),
        fact("people", "2", claimant="attacker"),
        fact("people", "3", claimant="authority"),
    ]
    assert [row["value"] for row in one(facts=facts).of("people")] == ["3", "2", "1"]


def test_only_of_articles_that_tell_an_incident_the_texts_are_kept() -> None:
    stories = Stories()
    stories.append("articles", {"article_id": ["a", "b"], "is_incident": [True, False], "text": ["x", "y"]})
    assert [(row["article_id"], row.get("text")) for row in stories.rows["articles"]] == [("a", "x"), ("b", None)]


# ---------------------------------------------------------------- files
def rows(stories: Stories) -> dict[str, list[dict[str, object]]]:
    return {table: list(found) for table, found in stories.rows.items()}


def write(folder: Path, stories: Stories, *formats: str) -> None:
    with Writer(folder, formats=formats, overwrite=True) as writer:
        for table, found in rows(stories).items():
            writer.append(table, found)
        writer.finish({})


def test_page_and_folders_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, made(n=3), "html", "stix", "veris")
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "stix", "veris", "run.json", "datapackage.json"}
    assert len(list((tmp_path / "stix").iterdir())) == len(list((tmp_path / "veris").iterdir())) == 3
    (tmp_path / "stix" / "của tôi.json").write_text("{}")
    write(tmp_path, made(n=1), "stix")
    assert {path.name for path in tmp_path.iterdir()} == {"stix", "run.json", "datapackage.json"}
    assert {path.name for path in (tmp_path / "stix").iterdir()} == {"của tôi.json", f"{0:016x}.json"}


def test_the_manifest_says_what_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, made(n=2, article={"published": None}), "veris", "html")
    manifest = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert manifest["left_out"] == {"veris": [f"{n:016x}" for n in range(2)]}


@pytest.mark.parametrize("text", ["none", "evidence", "full"])
def test_text_modes_through_the_writer(tmp_path: Path, text: str) -> None:
    from baomat.export import Layout

    with Writer(tmp_path, formats=["html", "stix", "veris", "parquet"], layout=Layout(text=text)) as writer:
        for table, found in rows(made()).items():
            writer.append(table, found)
        writer.finish({})
    story = one()
    quote = story.quote(story.facts[0])
    for name in ("index.html", f"stix/{0:016x}.json", f"veris/{0:016x}.json"):
        assert (json.dumps(quote, ensure_ascii=False)[1:-1] in (tmp_path / name).read_text(encoding="utf-8")) is (text != "none")
    assert pd.read_parquet(tmp_path / "articles.parquet")["text"].notna().any() == (text == "full")
