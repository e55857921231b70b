"""What is withdrawn is in no table, and a note says so, on every run."""

from __future__ import annotations

from pathlib import Path

import pytest

import baomat
from baomat import BaomatError
from baomat.batch import run
from baomat.withdrawn import read

ATTACK = "Sáng 4/6, hệ thống của Cảng Sao Bắc bị tấn công ransomware, toàn bộ dữ liệu bị mã hóa. Công an đang điều tra."
ARTICLES = [
    baomat.Article(
        id=name, url=url, title=f"Cảng Sao {where} bị mã hóa dữ liệu", text=ATTACK.replace("Bắc", where), published=day
    )
    for name, url, where, day in (
        ("a", "https://www.bao.example/tin/1/", "Bắc", "2024-06-05"),
        ("b", "https://bao.example/tin/2", "Nam", "2024-06-06"),
    )
]


def listed(folder: Path, *lines: str) -> Path:
    path = folder / "withdrawn.tsv"
    path.write_text("\n".join(("# our list", "target\treason\tdate", *lines, "")), encoding="utf-8")
    return path


@pytest.mark.parametrize("target", ["http://bao.example/tin/1#top", "https://www.bao.example/tin/1/", "a"])
def test_an_article_by_address_or_id(tmp_path: Path, target: str) -> None:
    tables = baomat.extract(ARTICLES, withdrawn=listed(tmp_path, f"{target}\terasure\t2026-03-01"))
    assert tables.articles["article_id"].tolist() == ["b"]
    assert set(tables.facts["article_id"]) <= {"b"}
    note = tables.rejects.iloc[0]
    assert (note["article_id"], note["stage"], note["code"]) == ("a", "withdrawn", "B208")
    assert "erasure, 2026-03-01" in note["message"]


def test_an_incident(tmp_path: Path) -> None:
    before = baomat.extract(ARTICLES)
    gone = before.incidents["incident_id"].iloc[0]
    after = baomat.extract(ARTICLES, withdrawn=listed(tmp_path, f"{gone}\ttakedown\t", "https://khac.example\tretraction\t"))
    for table in ("incidents", "incident_articles", "facts", "timeline"):
        left = getattr(before, table)
        assert getattr(after, table)["incident_id"].tolist() == left[left["incident_id"] != gone]["incident_id"].tolist()
    assert len(after.articles) == 2
    assert after.rejects["message"].tolist() == [f"{gone}: withdrawn (takedown): left out, as your list asks."]


def test_the_page_says_so(tmp_path: Path) -> None:
    (tmp_path / "tin.jsonl").write_text(
        "\n".join(f'{{"id": "{item.id}", "url": "{item.url}", "text": "{item.text}"}}' for item in ARTICLES), encoding="utf-8"
    )
    path = listed(tmp_path, "a\tretraction\t")
    run([tmp_path / "tin.jsonl"], tmp_path / "out", formats=["html", "stix", "veris"], withdrawn=path)
    assert '"withdrawn":1' in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    told = "".join(file.read_text(encoding="utf-8") for file in tmp_path.glob("out/*/*.json"))
    assert "tin/1" not in told
    assert "withdrawn.tsv" in (tmp_path / "out" / "run.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("a\tboredom\t", "withdrawn.tsv:3.*boredom"),
        ("a\terasure", "withdrawn.tsv:3"),
        ("a\terasure\t\na\terasure\t", "withdrawn.tsv:4"),
    ],
)
def test_a_list_that_is_none(tmp_path: Path, line: str, code: str) -> None:
    with pytest.raises(BaomatError, match=f"B301.*{code}"):
        read(listed(tmp_path, line))


def test_no_list(tmp_path: Path) -> None:
    assert read(None).notes == {}
    with pytest.raises(BaomatError, match="B104"):
        read(tmp_path / "none.tsv")
