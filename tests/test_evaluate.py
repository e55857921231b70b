"""The figures of ``baomat evaluate``: small cases with known figures, and equality with the scorer beside the project."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from baomat import gold
from baomat.errors import BaomatError
from baomat.evaluate import NOT_LISTED, iso, overlapping, parts, render, render_errors, score
from baomat.schema import PHASES

TEXT = "Cảng Sao Bắc bị mã hóa dữ liệu\n\nSáng 4/6, Cảng Sao Bắc (CSB) dừng nhận tàu. Công ty Lưới Xanh hỗ trợ CSB khôi phục."
RECORD = {
    "id": "one",
    "title": "Cảng Sao Bắc bị mã hóa dữ liệu",
    "text": TEXT,
    "published": "2024-06-05",
    "orgs": [
        {"surface": "Cảng Sao Bắc", "canon": "CSB", "type": "company"},
        {"surface": "CSB", "canon": "CSB", "type": "company"},
        {"surface": "Công ty Lưới Xanh", "canon": "Lưới Xanh", "type": "security_firm"},
    ],
    "dates": [{"surface": "Sáng 4/6", "value": "2024-06-04"}],
    "sents": [{"i": 0, "phases": ["attack"]}, {"i": 1, "phases": ["impact"]}, {"i": 2, "phases": ["recovery", "response"]}],
    "incident": {
        "kind": "attack_on_organization",
        "victims": ["CSB"],
        "impersonated": [],
        "threat_actors": [],
        "responders": ["Lưới Xanh"],
        "attack_types": ["ransomware"],
        "onset": "2024-06-04",
        "verification": "claimed",
        "service_status": "down",
        "case_status": "none_told",
    },
}
INCIDENT = ("kind", "victims", "impersonated", "threat_actors", "responders", "attack_types", "onset", "verification")
COLUMNS = {
    "organization_mentions": ["article_id", "start", "end", "org_id"],
    "organizations": ["org_id", "name"],
    "dates": ["article_id", "start", "end", "value"],
    "phases": ["article_id", "start", "end", "phase", "modality"],
    "incidents": ["incident_id", *INCIDENT, "service_status", "case_status"],
    "incident_articles": ["incident_id", "article_id", "relation"],
}


def tables(**rows: list[tuple[Any, ...]]) -> SimpleNamespace:
    """Tables with the columns that scoring reads; those not given are empty."""
    return SimpleNamespace(**{name: pd.DataFrame(rows.get(name, []), columns=columns) for name, columns in COLUMNS.items()})


def spans(*surfaces: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end in gold.occurrences(TEXT, surfaces)]


@pytest.fixture
def article() -> gold.Gold:
    return gold.from_record(RECORD)


# ---------------------------------------------------------------- gold
@pytest.mark.parametrize(
    ("text", "surfaces", "found"),
    [
        ("VNPT và VNPT-IT", ["VNPT"], ["VNPT", "VNPT"]),
        ("VNPT và VNPT-IT", ["VNPT", "VNPT-IT"], ["VNPT", "VNPT-IT"]),
        ("CMCX, CMC", ["CMC"], ["CMC"]),
        ("Hà NộiBộ Công an", ["Bộ Công an"], []),
        ("(A05)", ["A05"], ["A05"]),
        ("", ["A05"], []),
    ],
)
def test_occurrences_are_whole_words_and_the_longest(text: str, surfaces: list[str], found: list[str]) -> None:
    assert [text[start:end] for start, end in gold.occurrences(text, surfaces)] == found


def test_dates_are_searched_one_after_the_other() -> None:
    text = "ngày 4/6, sau ngày 4/6"
    assert gold.in_order(text, [("ngày 4/6", "a"), ("4/6", "b"), ("ngày 5/6", "c")]) == [((0, 8), "a"), ((19, 22), "b")]


def test_sentences_are_cut_where_the_gold_gives_none(article: gold.Gold) -> None:
    assert [TEXT[start:end].split()[0] for start, end in article.sentences] == ["Cảng", "Sáng", "Công"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Expecting"),
        ("[]", "TypeError"),
        ('{"id": "a"}', "KeyError 'text'"),
        (json.dumps(RECORD | {"title": "Tiêu đề khác"}), "begin with the title"),
        (json.dumps(RECORD | {"dates": [{}]}), "KeyError 'surface'"),
    ],
)
def test_a_bad_gold_line_is_named(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(RECORD) + "\n\n" + line + "\n", encoding="utf-8")
    with pytest.raises(BaomatError, match=problem) as caught:
        gold.read(path)
    assert caught.value.code == "B601"
    assert "gold.jsonl:3" in str(caught.value)


def test_missing_and_empty_gold(tmp_path: Path) -> None:
    with pytest.raises(BaomatError, match="B101"):
        gold.read(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(BaomatError, match="B601"):
        gold.read(tmp_path / "empty.jsonl")


# ---------------------------------------------------------------- figures
def test_nothing_found(article: gold.Gold) -> None:
    report = score([article], tables()).report
    assert report["organizations (exact span)"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 5, "system": 0}
    assert report["incident present"] == {"accuracy": 0.0, "n": 1}
    assert report["case_status"] == {"accuracy": 1.0, "n": 1}  # not told, and nothing said
    assert report["organization linking"] is None


def test_organizations(article: gold.Gold) -> None:
    """Three of five mentions are found exactly, one too short, one not at all; CSB is split into two organizations."""
    (first, second), (_, abbreviation), (firm,) = spans("Cảng Sao Bắc"), spans("CSB"), spans("Công ty Lưới Xanh")
    rows = [("one", *first, "x"), ("one", *abbreviation, "y"), ("one", firm[0] + 8, firm[1], "z"), ("one", *second, "x")]
    report = score([article], tables(organization_mentions=rows)).report
    exact, overlap, names = (report[f"organizations ({kind})"] for kind in ("exact span", "overlap", "distinct names"))
    assert (exact["precision"], exact["recall"]) == (0.75, 0.6)
    assert (overlap["precision"], overlap["recall"]) == (1.0, 0.8)
    assert (names["precision"], names["recall"]) == (round(2 / 3, 3), 1.0)
    assert report["organization linking"] == 0.0
    assert report[NOT_LISTED] == {"accuracy": 0.6, "n": 5}  # invented, all of them


def test_listed_organizations_are_no_invented_names() -> None:
    text = "Vietcombank và Cảng Sao Bắc ký kết"
    orgs = [{"surface": "Vietcombank", "canon": "VCB"}, {"surface": "Cảng Sao Bắc", "canon": "CSB"}]
    listed = gold.from_record(RECORD | {"title": text, "text": text, "orgs": orgs, "dates": [], "sents": [], "incident": None})
    report = score([listed], tables(organization_mentions=[("one", 0, len("Vietcombank"), "x")])).report
    assert report[NOT_LISTED] == {"accuracy": 0.0, "n": 1}


@pytest.mark.parametrize(
    ("span", "value", "found", "exact", "right"),
    [
        ("Sáng 4/6", "2024-06-04", 1.0, 1.0, 1.0),
        ("4/6", "2024-06-04", 1.0, 0.0, 1.0),
        ("Sáng 4/6", "2024-06-04T08:00", 1.0, 1.0, 0.0),
        ("CSB", "2024-06-04", 0.0, 0.0, 0.0),
    ],
)
def test_dates(article: gold.Gold, span: str, value: str, found: float, exact: float, right: float) -> None:
    start = TEXT.index(span)
    report = score([article], tables(dates=[("one", start, start + len(span), value)])).report
    assert [report[f"dates ({kind})"]["f1"] for kind in ("found", "exact span", "value")] == [found, exact, right]


def test_phases_leave_out_planned_and_negated_ones_but_for_impact(article: gold.Gold) -> None:
    title, second, third = article.sentences
    rows = [
        ("one", *title, "attack", "claimed"),
        ("one", *second, "impact", "negated"),
        ("one", *third, "recovery", "planned"),
        ("one", *third, "response", "actual"),
        ("one", third[0], third[0] + 3, "detection", "actual"),
    ]
    report = score([article], tables(phases=rows)).report
    assert report["phases (micro)"] == {"precision": 0.75, "recall": 0.75, "f1": 0.75, "gold": 4, "system": 4}
    assert report["phase"]["recovery"]["system"] == 0
    assert report["phases (macro f1)"] is None  # no phase has ten labels


def test_incident_names_count_by_organization_or_by_folded_form(article: gold.Gold) -> None:
    (start, end) = spans("Công ty Lưới Xanh")[0]
    row = ("i1", "campaign", "cang sao bac", "", "", "LX; Bkav", "ransomware; ddos", "2024-06-04T03:00", "claimed", "down", None)
    result = score(
        [article],
        tables(
            organization_mentions=[("one", start, end, "lx")],
            organizations=[("lx", "LX")],
            incidents=[row],
            incident_articles=[("i1", "one", "main"), ("i2", "one", "background")],
        ),
    )
    report = result.report
    assert report["victims"]["f1"] == 1.0
    assert (report["responders"]["precision"], report["responders"]["recall"]) == (0.5, 1.0)
    assert (report["attack types"]["precision"], report["onset"]["f1"]) == (0.5, 1.0)
    assert [report[name]["accuracy"] for name in ("kind", "verification", "service_status", "case_status")] == [
        0.0,
        1.0,
        1.0,
        1.0,
    ]
    assert report["incident rows an article"] == 2.0
    assert result.errors["kind"] == ["one: want attack_on_organization got campaign"]


def test_an_article_without_incident_wants_no_row() -> None:
    quiet = gold.from_record(RECORD | {"incident": None})
    assert score([quiet], tables()).report["incident present"]["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("value", "same"),
    [
        ("2024-06-04T03:10:00+07:00", "2024-06-04T03:10"),
        ("2024-06-04/2024-06-06", "2024-06-04/2024-06-06"),
        ("", ""),
        ("2024", "2024"),
    ],
)
def test_iso_drops_seconds_and_zone(value: str, same: str) -> None:
    assert iso(value) == same


def test_overlapping_takes_the_largest_first() -> None:
    assert overlapping([(0, 10), (10, 20)], [(5, 18), (8, 11)]) == [(1, 0), (0, 1)]
    assert overlapping([(0, 5)], [(5, 9)]) == []


def test_parts() -> None:
    assert parts("VNPT; Viettel;VNPT; ") == ["VNPT", "Viettel"]


def test_the_report_reads_well(article: gold.Gold) -> None:
    result = score([article], tables())
    lines = render(result.report).splitlines()
    assert lines[0].split() == ["articles", "1"]
    assert [line.split()[0] for line in lines if line.startswith("  ")] == list(PHASES)
    assert render_errors(result.errors, 1).splitlines()[:2] == ["--- organization missed: 5", "one: Cảng Sao Bắc"]


# ---------------------------------------------------------------- the scorer beside the project
def perturbed(articles: list[gold.Gold], seed: int) -> SimpleNamespace:
    """Tables as a program with many faults would write them: the gold, shifted, dropped, doubled and mixed up."""
    chance = random.Random(seed)
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    for article in articles:
        canons = sorted(article.canons)
        for (start, end), canon in article.orgs.items():
            org_id = f"{article.id}/{chance.choice([canon, canon, canon, *canons])}"
            if chance.random() < 0.8:
                rows["organization_mentions"].append((article.id, start + chance.choice([0, 0, 0, 2]), end, org_id))
            if chance.random() < 0.1:
                rows["organization_mentions"].append((article.id, start, end + 4, f"{article.id}/other"))
        rows["organizations"] += [(f"{article.id}/{canon}", chance.choice(sorted(article.canons[canon]))) for canon in canons]
        for (start, end), value in article.dates:
            if chance.random() < 0.9:
                rows["dates"].append(
                    (article.id, start, end + chance.choice([0, 0, 1]), chance.choice([value, value + ":00", "2020", ""]))
                )
        for number, (start, end) in enumerate(article.sentences):
            for phase in sorted(article.phases.get(number, set()) | set(chance.sample(PHASES, 1))):
                modality = chance.choice(["actual", "actual", "claimed", "planned", "negated"])
                rows["phases"].append(
                    (article.id, start + chance.choice([0, 5]), end + chance.choice([-3, 0, 30]), phase, modality)
                )
        fact = article.incident or {}
        for number in range(chance.choice([0, 1, 1, 2]) if article.incident or chance.random() < 0.3 else 0):
            names = [
                "; ".join(chance.sample(pool, min(len(pool), chance.choice([0, 1, 2]))))
                for pool in (
                    [*fact.get(field, []), *canons] for field in ("victims", "impersonated", "threat_actors", "responders")
                )
            ]
            types = "; ".join([*fact.get("attack_types", [])[:1], *chance.choice([[], ["other"]])])
            single = [
                chance.choice([fact.get(field), None]) for field in ("onset", "verification", "service_status", "case_status")
            ]
            rows["incidents"].append((f"{article.id}#{number}", fact.get("kind", "campaign"), *names, types, *single))
            rows["incident_articles"].append(
                (f"{article.id}#{number}", article.id, chance.choice(["main", "main", "background"]))
            )
    return tables(**rows)


@pytest.mark.parametrize("seed", range(3))
def test_figures_equal_the_scorer_beside_the_project(shared: Path, tmp_path: Path, seed: int) -> None:
    path = shared / "eval" / "dev.jsonl"
    articles = gold.read(path)
    made = perturbed(articles, seed)
    for name in COLUMNS:
        getattr(made, name).to_csv(tmp_path / f"{name}.csv", index=False)
    command = [sys.executable, str(shared / "eval" / "score.py"), str(path), str(tmp_path), "--json"]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout)
    ours = score(articles, made).report
    del ours[NOT_LISTED]  # the scorer has no lexicon
    assert list(ours) == list(theirs)
    assert ours == theirs
    assert 0 < ours["victims"]["f1"] < 1
