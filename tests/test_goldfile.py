"""The gold text format: what is read, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from baomat import goldfile
from baomat.errors import BaomatError

ARTICLE = """\
id: t1-01
title: [Cảng Hải Vân Xanh](org: Cảng Hải Vân Xanh | company | victim) bị khóa máy chủ {attack}
source: Nhật báo Sông Tiền
published: 2023-05-11
synthetic: true
basis: invented
sources:
group: cang-hai-van-xanh
style: lead
topic: ransomware; transport
country: VN

[11/5](date: 2023-05-11), cảng báo [A05](org: A05 | police_military | responder). {disclosure} "Dữ liệu còn đủ." {impact:negated}

Cảng mở cửa từ [năm 2009](date: 2009).

== incident
kind: attack_on_organization
victims: Cảng Hải Vân Xanh
impersonated:
victim_people:
victim_countries:
threat_actors:
accused: none
responders: A05
attack_types: ransomware
onset:
verification: confirmed
service_status: unknown
case_status: under_investigation
figures:
"""


def parse(text: str = ARTICLE) -> dict[str, Any]:
    return goldfile.parse(text, path="t1-01.txt")


def test_text_is_title_blank_line_body_without_marks() -> None:
    assert parse()["text"] == (
        'Cảng Hải Vân Xanh bị khóa máy chủ\n\n11/5, cảng báo A05. "Dữ liệu còn đủ."\n\nCảng mở cửa từ năm 2009.'
    )


def test_marks_become_surfaces_in_reading_order() -> None:
    record = parse()
    assert record["orgs"] == [
        {"surface": "Cảng Hải Vân Xanh", "canon": "Cảng Hải Vân Xanh", "type": "company", "role": "victim"},
        {"surface": "A05", "canon": "A05", "type": "police_military", "role": "responder"},
    ]
    assert record["dates"] == [{"surface": "11/5", "value": "2023-05-11"}, {"surface": "năm 2009", "value": "2009"}]
    text = str(record["text"])
    assert [text[a:b] for a, b, _ in record["marks"]] == ["Cảng Hải Vân Xanh", "11/5", "A05", "năm 2009"]


def test_a_label_belongs_to_the_sentence_before_it() -> None:
    """underthesea gives the closing quote to the next sentence; the label still means the quoted one."""
    assert parse()["sents"] == [
        {"i": 0, "phases": ["attack"]},
        {"i": 1, "phases": ["disclosure"]},
        {"i": 2, "phases": ["impact"], "modalities": ["negated"]},
    ]


def test_incident_has_all_keys_and_lists() -> None:
    incident = parse()["incident"]
    assert isinstance(incident, dict)
    assert set(incident) == set(goldfile.RECORD)
    assert incident["attack_types"] == ["ransomware"]
    assert incident["onset"] is None
    assert (incident["impersonated"], incident["figures"], incident["victim_people"]) == ([], [], "")


def test_no_incident() -> None:
    assert parse(ARTICLE[: ARTICLE.index("== incident")] + "== no incident\n")["incident"] is None


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("sources:\n", "", 1, "the key 'sources' is missing"),
        ("source: Nhật báo Sông Tiền", "source:", 3, "'source' is empty"),
        ("published: 2023-05-11", "published: 2023-05", 1, "is not a day"),
        ("basis: invented", "basis: real", 1, "must list its sources"),
        ("style: lead", "style: short", 1, "unknown style 'short'"),
        ("A05](org:", "A05](firm:", 13, "unknown mark 'firm'"),
        ("police_military |", "police |", 13, "unknown type 'police'"),
        ("| responder", "| helper", 13, "unknown role 'helper'"),
        ("A05 | police_military | responder", "A05", 13, "write org: canon | type | role"),
        ("(date: 2023-05-11)", "(date: 2023-02-30)", 13, "'2023-02-30' is not a date value"),
        ("[11/5](date: 2023-05-11)", "[11/[5](date: 2023-05-11)](date: 2023)", 13, "stands inside another"),
        ("{disclosure}", "{announcement}", 13, "unknown phase 'announcement'"),
        ("{disclosure}", "{recovery:planned}", 13, "carries no label"),
        ("báo [A05]", "báo {attack} [A05]", 13, "the sentence goes on after {attack}"),
        ("máy chủ {attack}", "máy chủ {attack} {impact}", 2, "second label"),
        (", cảng báo", ", [Cảng Hải Vân Xanh](org: Cảng | company | victim) báo", 13, "was marked otherwise before"),
        ("responders: A05", "responders: A06", 17, "'A06' of the record is not the canon"),
        ("kind: attack_on_organization", "kind: attack", 17, "unknown kind 'attack'"),
        ("figures:\n", "figures: money: 2 tỉ đồng\n", 17, "'2 tỉ đồng' does not stand in the text"),
        ("figures:\n", "", 18, "the key 'figures' is missing"),
        ("[năm 2009](date: 2009)", "e\u0301", 15, "not in Unicode NFC"),
    ],
)
def test_mistakes_are_told_with_file_and_line(old: str, new: str, line: int, problem: str) -> None:
    assert old in ARTICLE
    with pytest.raises(BaomatError, match=rf"\[B601\] t1-01\.txt:{line}: ") as caught:
        parse(ARTICLE.replace(old, new, 1))
    assert problem in caught.value.message


def test_a_surface_inside_a_longer_word_only_is_refused() -> None:
    with pytest.raises(BaomatError, match="does not stand as a whole word"):
        parse(ARTICLE.replace("mở cửa", "[m](org: M | company | mentioned)ở cửa"))


def test_a_folder_is_read_by_name_and_ids_are_file_names(tmp_path: Path) -> None:
    (tmp_path / "t1-02.txt").write_text(ARTICLE.replace("t1-01", "t1-02"), encoding="utf-8")
    (tmp_path / "t1-01.txt").write_text(ARTICLE, encoding="utf-8")
    assert [record["id"] for record in goldfile.read_folder(tmp_path)] == ["t1-01", "t1-02"]
    (tmp_path / "t1-03.txt").write_text(ARTICLE, encoding="utf-8")
    with pytest.raises(BaomatError, match="not the file's name"):
        goldfile.read_folder(tmp_path)


@pytest.mark.parametrize("value", ["2024-06-04", "2024-06-04T03:10", "2024-06", "2024", "2024-Q1", "2024-W23", "2024-06/2024-08"])
def test_date_values(value: str) -> None:
    assert goldfile.valid(value)


@pytest.mark.parametrize("value", ["", "2024-13", "2024-06-31", "2024-06-04T24:00", "2024-Q5", "2024-W60", "4/6/2024", "a/b/c"])
def test_not_date_values(value: str) -> None:
    assert not goldfile.valid(value)
