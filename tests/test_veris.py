"""VERIS: the official schema, the rules that it does not check, and that nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from baomat import lexicon
from baomat.schema import ATTACK_TYPES, ORG_TYPES, VERIFICATIONS
from baomat.story import Story
from baomat.veris import record, write
from stories import QUOTE, fact, made, one, sample

MERGED = Path("interop") / "verisc-merged.json"


def varied() -> list[Story]:
    """An incident of every type of attack, in every state of verification."""
    facts = [
        fact("victim", "Cảng Sao Bắc", value_key="org-1"),
        fact("threat_actor", "PolarMoth", value_key="org-2"),
        fact("machines", "37 máy", number_max=37.0),
    ]
    columns = {"onset": "2024-06-04T03:10", "recovered": "2024-06-05", "detected": "2024-06-04T04:10", "contained": "2024-06-06"}
    money = {"records_min": 58.0, "loss_amount": 1.5e9, "loss_currency": "VND", "ransom_amount": 2e6, "ransom_currency": "BTC"}
    return [
        one(facts=facts, attack_types=f"{name}; {other}", verification=verification, service_status="down", **columns, **money)
        for name in ATTACK_TYPES
        for other in ("data_breach", "ransomware", "other")
        for verification in VERIFICATIONS
    ]


def told(story: Story, **options: Any) -> dict[str, Any]:
    found = record(story, **options)
    assert found
    return found


def test_the_official_schema(shared: Path) -> None:
    schema = json.loads((shared / MERGED).read_text(encoding="utf-8"))
    validator = pytest.importorskip("jsonschema").Draft4Validator(schema)
    for story in [*varied(), *sample()]:
        assert not list(validator.iter_errors(told(story)))
    assert list(validator.iter_errors(told(one()) | {"bogus": 1}))


def test_every_country_and_enumeration_that_can_come_is_allowed(shared: Path) -> None:
    properties = json.loads((shared / MERGED).read_text(encoding="utf-8"))["properties"]
    columns = (
        "org_id",
        "name",
        "full_name",
        "org_type",
        "sector",
        "country",
        "parent",
        "valid_from",
        "valid_to",
        "successor",
        "aliases",
    )
    countries = {row["country"] for row in lexicon.read("organizations", columns)} - {"", "INT"}
    assert countries <= set(properties["victim"]["properties"]["country"]["items"]["enum"])
    kinds = {row["veris"] for row in lexicon.read("data_kinds", ("words", "stix", "veris"))}
    data = properties["attribute"]["properties"]["confidentiality"]["properties"]["data"]
    assert kinds <= set(data["items"]["properties"]["variety"]["enum"])
    government = {row["value"] for row in lexicon.read("veris_map", ("what", "value", "veris")) if row["what"] == "government"}
    assert government == set(ORG_TYPES)


@pytest.mark.parametrize("stories", [varied, sample])
def test_the_rules_that_the_schema_does_not_check(stories: Any) -> None:
    for story in stories():
        found = told(story)
        action, attribute = found["action"], found["attribute"]
        integrity = attribute.get("integrity", {}).get("variety", [])
        availability = attribute.get("availability", {}).get("variety", [])
        if "malware" in action:
            assert "Software installation" in integrity
        if "Ransomware" in action.get("malware", {}).get("variety", []):
            assert {"Obscuration", "Interruption"} <= set(availability)
        if "social" in action:
            assert "Alter behavior" in integrity
        if found["security_incident"] == "Confirmed":
            assert attribute
        secret = attribute.get("confidentiality", {})
        assert secret.get("data_total", 0) >= max((item.get("amount", 0) for item in secret.get("data", [])), default=0)
        for part in action.values():
            assert len(part.get("variety", [])) < 2 or "Unknown" not in part["variety"]
        urls = found.get("reference", "").split("; ")
        assert len(urls) == len(set(urls))
        assert set(urls) - {""} == set(story.urls)
        assert found["schema_version"] == "1.4.1"


@pytest.mark.parametrize(
    ("columns", "incident", "year_from"),
    [
        ({"onset": "2024-06-04T03:10"}, {"year": 2024, "month": 6, "day": 4}, "onset"),
        ({"onset": "2024-06"}, {"year": 2024, "month": 6}, "onset"),
        ({"onset": "2024"}, {"year": 2024}, "onset"),
        ({"onset": "2023-12-30/2024-01-02"}, {"year": 2023}, "onset"),
        ({"onset": "2024-W24"}, {"year": 2024}, "onset"),
        ({"onset": "2024-Q1"}, {"year": 2024}, "onset"),
        ({"onset": "XXXX-06-04", "made_public": "2023-05-01"}, {"year": 2023}, "made_public"),
        ({}, {"year": 2024}, "first_published"),
    ],
)
def test_when_it_began(columns: dict[str, str], incident: dict[str, int], year_from: str) -> None:
    found = told(one(**columns))
    assert found["timeline"] == {"incident": incident}
    assert found["plus"]["baomat"]["incident_year_from"] == year_from


def test_the_timeline_may_know_the_year() -> None:
    stories = made(article={"published": None})
    stories.rows["timeline"][0]["first_day"] = "2024-06-04"
    (found,) = map(told, stories)
    assert (found["timeline"], found["plus"]["baomat"]["incident_year_from"]) == ({"incident": {"year": 2024}}, "timeline")


def test_without_any_year_there_is_no_record(tmp_path: Path) -> None:
    assert write(tmp_path / "veris", made(article={"published": None})) == ["0" * 16]
    assert list((tmp_path / "veris").iterdir()) == []


@pytest.mark.parametrize(
    ("onset", "detected", "contained", "spans"),
    [
        ("2024-06-01", "2024-06-04", "2024-06-05", {"discovery": ("Days", 3), "containment": ("Days", 1)}),
        ("2024-06-04T03:10", "2024-06-04T03:55", "", {"discovery": ("Minutes", 45)}),
        ("2024-06-04T03:10", "2024-06-04T09:10", "", {"discovery": ("Hours", 6)}),
        ("2024-06-04", "2024-06-04T09:10", "", {}),
        ("2024-05", "2024-06-04", "2024-06", {}),
        ("2024-06-04", "2024-06-01", "", {}),
        ("2024-06-04T03:10", "2024-06-04T03:00", "", {}),
        ("2024-06-01", "", "2024-06-04", {}),
    ],
)
def test_durations(onset: str, detected: str, contained: str, spans: dict[str, tuple[str, int]]) -> None:
    timeline = told(one(onset=onset, detected=detected, contained=contained))["timeline"]
    del timeline["incident"]
    assert {name: (span["unit"], span["value"]) for name, span in timeline.items()} == spans


def test_claimed_is_not_confirmed() -> None:
    found = [told(one(verification=name, attack_types="data_breach")) for name in VERIFICATIONS]
    assert [item["security_incident"] for item in found] == ["Confirmed", "Suspected", "Suspected", "False positive"]
    disclosed = [item["attribute"]["confidentiality"]["data_disclosure"] for item in found]
    assert disclosed == ["Yes", "Potentially", "Potentially", "No"]


def test_what_is_not_told_stays_unknown() -> None:
    found = told(one(facts=[], victims="", attack_types="other"))
    assert "victim" not in found
    assert found["actor"] == found["action"] == found["attribute"] == {"unknown": {}}
    assert found["asset"] == {"assets": [{"variety": "Unknown"}], "cloud": ["Unknown"]}
    assert "impact" not in found
    victim = told(one())["victim"]
    assert victim == {
        "victim_id": "Cảng Sao Bắc",
        "country": ["VN"],
        "industry": "000",
        "employee_count": "Unknown",
        "government": ["NA"],
    }


@pytest.mark.parametrize(("text", "quoted"), [("none", False), ("evidence", True), ("full", True)])
def test_evidence_is_under_plus(text: str, quoted: bool) -> None:
    found = told(one(), text=text)
    assert (QUOTE in json.dumps(found["plus"], ensure_ascii=False)) is quoted
    (evidence,) = found["plus"]["baomat"]["evidence"]
    assert (evidence["article_id"], evidence["start"], evidence["end"]) == ("a1", 0, len(QUOTE))
    assert found["plus"]["baomat"]["articles"][0]["url"] == "https://bao.example/1"
