"""What a user knows better: applied on every run, shown in the tables, refused with file and row where it is no correction."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import baomat
from baomat import BaomatError
from baomat.batch import run
from baomat.corrections import read
from baomat.frames import Tables

HEADER = "target\tfield\tvalue\treason\tby\tdate"
ATTACK = "Rạng sáng 4/6/2024, hệ thống của {victim} bị tin tặc tấn công ransomware, toàn bộ dữ liệu bị mã hóa. {rest}"
PORT, FARM = "Ban quản lý Cảng Sao Bắc", "Công ty Nông sản Kẻ Chợ"


def article(name: str, victim: str = PORT, rest: str = "Cục A05 đang điều tra.", published: str = "2024-06-05") -> baomat.Article:
    text = ATTACK.format(victim=victim, rest=rest)
    url = f"https://bao.example/{name}"
    return baomat.Article(text, f"{victim} bị tấn công", name, url, source=f"Báo {name}", published=published)


ARTICLES = [
    article("a"),
    article("b", rest="VNPT hỗ trợ khôi phục sau cuộc tấn công vào Ban quản lý Cảng Sao Bắc.", published="2024-06-07"),
    article("c", FARM, rest="Công ty thuê chuyên gia ngoài.", published="2024-06-09"),
]


@pytest.fixture(scope="module")
def before() -> Tables:
    return baomat.extract(ARTICLES)


def file(folder: Path, *rows: tuple[str, str, str]) -> Path:
    path = folder / "corrections.tsv"
    lines = ("\t".join((*row, "said so by phone", "H.", "2026-01-02")) for row in rows)
    path.write_text("\n".join(("# ours", HEADER, *lines, "")), encoding="utf-8")
    return path


def articles_of(tables: Tables) -> list[list[str]]:
    told = tables.incident_articles.groupby("incident_id")["article_id"]
    return sorted(sorted(names) for _, names in told)


def ids(tables: Tables) -> list[str]:
    return [str(name) for name in tables.incidents["incident_id"]]


def test_without_corrections(before: Tables) -> None:
    assert articles_of(before) == [["a", "b"], ["c"]]
    assert before.corrections.empty
    assert before.incidents["corrected"].isna().all()


def test_values(tmp_path: Path, before: Tables) -> None:
    first = ids(before)[0]
    rows = [
        (first, "victims", "Cảng Sao Bắc; Cảng Sao Nam"),
        (first, "people_max", "1200"),
        (first, "onset", "2024-06-03"),
        (first, "verification", "claimed"),
        (first, "ransom_amount", ""),
    ]
    after = baomat.extract(ARTICLES, corrections=file(tmp_path, *rows))
    row = after.incidents.iloc[0]
    assert (row["victims"], row["people_max"], row["onset"]) == ("Cảng Sao Bắc; Cảng Sao Nam", 1200, "2024-06-03")
    assert row["corrected"] == "victims; people_max; onset; verification; ransom_amount"
    assert row["title"] == "Cảng Sao Bắc, Cảng Sao Nam – mã độc tống tiền – 06/2024 – chưa xác minh"
    assert after.corrections["incident_id"].tolist() == [first] * 5
    assert after.corrections["reason"].tolist() == ["said so by phone"] * 5
    assert after.facts["value"].tolist() == before.facts["value"].tolist()  # what the papers say stays
    onsets = after.facts[(after.facts["incident_id"] == first) & (after.facts["field"] == "onset")]
    assert len(onsets) > 0
    assert not onsets["preferred"].any()


def test_merge(tmp_path: Path, before: Tables) -> None:
    first, second = ids(before)
    after = baomat.extract(ARTICLES, corrections=file(tmp_path, (first, "merge", second)))
    assert articles_of(after) == [["a", "b", "c"]]
    assert after.id_redirects[["old_id", "new_id"]].values.tolist() == [[second, first]]
    reason = after.incident_articles.set_index("article_id")["reason"]["c"]
    assert reason == "merged by corrections.tsv:3: said so by phone"
    assert after.corrections["incident_id"].tolist() == [first]


@pytest.mark.parametrize("target", ["b", "https://bao.example/b"])
def test_split(tmp_path: Path, target: str) -> None:
    after = baomat.extract(ARTICLES, corrections=file(tmp_path, (target, "split", "")))
    assert articles_of(after) == [["a"], ["b"], ["c"]]
    told = after.incident_articles.set_index("article_id")["incident_id"]
    assert after.corrections["incident_id"].tolist() == [told["b"]]


def test_withdraw(tmp_path: Path, before: Tables) -> None:
    first, second = ids(before)
    after = baomat.extract(ARTICLES, corrections=file(tmp_path, (first, "withdraw", "")))
    assert ids(after) == [second]
    assert set(after.facts["incident_id"]) == {second}


def test_an_id_is_known_when_an_earlier_article_joins(tmp_path: Path, before: Tables) -> None:
    first = ids(before)[0]
    earlier = article("z", rest="Cảng Sao Bắc tạm dừng cổng điện tử.", published="2024-06-04")
    path = file(tmp_path, (first, "people_max", "7"))
    after = baomat.extract([*ARTICLES, earlier], corrections=path)
    assert articles_of(after)[0] == ["a", "b", "z"]
    assert first in ids(after)
    assert after.incidents.set_index("incident_id")["people_max"][first] == 7


def test_what_finds_nothing_is_told(tmp_path: Path) -> None:
    path = file(tmp_path, ("0" * 16, "people_max", "7"), ("nobody", "split", ""))
    after = baomat.extract(ARTICLES, corrections=path)
    notes = after.rejects[["input", "row", "stage", "code"]].values.tolist()
    assert notes == [["corrections.tsv", row, "corrections", "B209"] for row in (3, 4)]
    assert after.corrections["incident_id"].isna().all()


def test_every_output_can_hold_them(tmp_path: Path, before: Tables) -> None:
    told = [
        {"id": item.id, "url": item.url, "title": item.title, "text": item.text, "published": item.published} for item in ARTICLES
    ]
    (tmp_path / "tin.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in told), encoding="utf-8")
    path = file(tmp_path, (ids(before)[0], "case_status", "closed"))
    run([tmp_path / "tin.jsonl"], tmp_path / "out", formats=["parquet", "csv", "sqlite", "xlsx"], corrections=path)
    assert baomat.read(tmp_path / "out").incidents["case_status"][0] == "closed"
    assert len(baomat.read(tmp_path / "out" / "baomat.sqlite").corrections) == 1
    assert '"corrections.tsv"' in (tmp_path / "out" / "run.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("x", "colour", "red"), "field is 'colour'"),
        (("x", "verification", "certain"), "verification is 'certain'"),
        (("x", "verification", ""), "verification is ''"),
        (("x", "attack_types", "ransomware; magic"), "attack_types is 'ransomware; magic'"),
        (("x", "people_max", "many"), "people_max is 'many', not a number"),
        (("x", "onset", "4/6/2024"), "not a date"),
        (("x", "onset", "2024-02-31"), "not a date"),
        (("x", "merge", ""), "merge needs"),
        (("x", "withdraw", "now"), "withdraw takes no value"),
        (("x", "n_articles", "9"), "field is 'n_articles'"),
        (("", "people_max", "9"), "must not be empty"),
    ],
)
def test_what_is_no_correction(tmp_path: Path, row: tuple[str, str, str], problem: str) -> None:
    with pytest.raises(BaomatError, match=rf"B301.*corrections\.tsv:3.*{problem}"):
        read(file(tmp_path, row))


def test_a_file_that_is_none(tmp_path: Path) -> None:
    assert read(None).rows == ()
    with pytest.raises(BaomatError, match="B104"):
        read(tmp_path / "none.tsv")
    (tmp_path / "bad.tsv").write_text("target\tfield\n", encoding="utf-8")
    with pytest.raises(BaomatError, match="B301"):
        read(tmp_path / "bad.tsv")
