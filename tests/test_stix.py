"""STIX: the official validator in strict mode, the incident extensions, UTC times, and who may be called what."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from baomat.schema import VERIFICATIONS
from baomat.stix import bundle, write
from baomat.stixobjects import interval, make_id
from baomat.story import Stories, Story
from rows import rows
from stories import QUOTE, fact, made, one, sample

CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
SCHEMA = Path(__file__).parent / "schemas" / "stix-incident-extensions.json"


def objects(story: Story, kind: str, **options: Any) -> list[dict[str, Any]]:
    return [item for item in bundle(story, **options)["objects"] if item["type"] == kind]


def varied() -> list[Story]:
    """Incidents with everything that a bundle can hold, in every state of verification."""
    facts = [
        fact("victim", "Cảng Sao Bắc", value_key="org-1"),
        fact("threat_actor", "PolarMoth", value_key="org-2", claim="claimed", claimant="attacker"),
        fact("threat_actor", "Triều Tiên", value_key="trieu tien"),
        fact("responder", "A05", value_key="a05"),
        fact("impersonated", "Bưu cục Én Tím", value_key="buu cuc en tim"),
        fact("attack_type", "data_breach", quote=QUOTE.replace("2 triệu USD", "số căn cước")),
        fact("volume", "8 TB", number_max=8.0, unit="TB"),
    ]
    columns = {
        "attack_types": "ransomware; data_breach",
        "onset": "2024-06-04",
        "recovered": "2024-06-04T22:00",
        "service_status": "restored",
    }
    money = {
        "records_min": 58.0,
        "people_min": 120.0,
        "loss_amount": 1.5e9,
        "loss_currency": "VND",
        "ransom_amount": 2e6,
        "ransom_currency": "USD",
    }
    return [one(facts=facts, verification=name, **columns, **money) for name in VERIFICATIONS]


@pytest.mark.parametrize(("value", "granularity", "start", "fidelity", "end", "end_fidelity"), rows("utc"))
def test_times_are_utc_with_fidelity(
    value: str, granularity: str, start: str, fidelity: str, end: str, end_fidelity: str
) -> None:
    wanted = {"start_time": start, "start_time_fidelity": fidelity, "end_time": end, "end_time_fidelity": end_fidelity}
    assert interval(value, granularity=granularity) == {name: text for name, text in wanted.items() if text}


def test_ids_are_stable_and_of_version_4_form() -> None:
    assert make_id("identity", "vnpt") == make_id("identity", "vnpt") != make_id("identity", "fpt")
    assert re.fullmatch(
        r"identity--[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", make_id("identity", "vnpt")
    )


# ---------------------------------------------------------------- validity
def test_the_official_validator_in_strict_mode() -> None:
    validator = pytest.importorskip("stix2validator")
    options = validator.ValidationOptions(version="2.1", strict=True)
    for story in [*varied(), *list(sample())[::6]]:
        result = validator.validate_instance(bundle(story), options)
        assert not result.errors
        assert not result.warnings
    broken = bundle(one())
    del broken["objects"][1]["external_references"][0]["hashes"]
    assert not validator.validate_instance(broken, options).is_valid


def test_the_incident_extensions_are_as_specified() -> None:
    validator = pytest.importorskip("jsonschema").Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for story in [*varied(), *sample()]:
        for item in bundle(story)["objects"]:
            assert not list(validator.iter_errors(item))
            assert item.get("start_time", "") <= item.get("end_time", "Z")
    assert list(validator.iter_errors({"type": "event", "id": "event--1"}))


def test_references_lead_to_objects_of_the_bundle() -> None:
    for story in [*varied(), *sample()]:
        content = bundle(story)
        ids = [item["id"] for item in content["objects"]]
        assert len(ids) == len(set(ids))
        named = set(re.findall(r'"((?!bundle|extension-definition)[a-z-]+--[0-9a-f-]{36})"', json.dumps(content)))
        assert named == set(ids)


# ---------------------------------------------------------------- what is said
@pytest.mark.parametrize(
    ("verification", "determination", "status"),
    [
        ("confirmed", "confirmed", "occurred"),
        ("claimed", "suspected", "undetermined"),
        ("disputed", "suspected", "undetermined"),
        ("refuted", "false-positive", "not-occurred"),
    ],
)
def test_what_is_only_claimed_says_so(verification: str, determination: str, status: str) -> None:
    story = one(verification=verification, attack_types="data_breach")
    (incident,), (event,), (link,) = (objects(story, kind) for kind in ("incident", "event", "relationship"))
    assert incident["extensions"][CORE]["determination"] == determination
    assert event["status"] == status
    assert verification in link["description"]
    losses = [item["extensions"]["confidentiality-ext"]["loss_type"] for item in objects(story, "impact")]
    assert losses == {"confirmed": ["confirmed-loss"], "refuted": []}.get(verification, ["suspected-loss"])


def test_no_natural_person_is_a_threat_actor() -> None:
    facts = [
        fact("threat_actor", "PolarMoth", value_key="org-2"),
        fact("threat_actor", "Nga", value_key="nga"),
        fact("threat_actor", "Nguyễn Văn Thử", value_key="nguyen van thu"),
        fact("threat_actor", "Cảng Sao Bắc", value_key="org-1"),
    ]
    story = one(facts=facts)
    assert [(item["name"], item["threat_actor_types"]) for item in objects(story, "threat-actor")] == [
        ("PolarMoth", ["criminal"]),
        ("Nga", ["nation-state"]),
    ]
    assert [item["name"] for item in objects(story, "identity")] == ["baomat", "Cảng Sao Bắc"]


def test_impacts() -> None:
    details = {item["impact_category"]: item for item in objects(varied()[0], "impact")}
    assert details["availability-ext"]["end_time"] == "2024-06-04T15:00:00Z"
    assert details["confidentiality-ext"]["extensions"]["confidentiality-ext"] == {
        "loss_type": "confirmed-loss",
        "information_type": "pii",
        "record_count": 58,
        "record_size": 8_000_000_000_000,
    }
    money = [
        item["extensions"]["monetary-ext"] for item in objects(varied()[0], "impact") if item["impact_category"] == "monetary-ext"
    ]
    assert money == [
        {"variety": "uncategorized", "currency": "VND", "min_amount": 1_500_000_000, "max_amount": 1_500_000_000},
        {"variety": "ransom-demand", "currency": "USD", "min_amount": 0, "max_amount": 2_000_000},
    ]
    assert objects(one(), "impact") == []


def test_an_article_without_a_date_is_named_but_has_no_report() -> None:
    story = one(article={"published": None})
    assert objects(story, "report") == []
    (incident,) = objects(story, "incident")
    assert incident["external_references"][0]["url"] == "https://bao.example/1"


@pytest.mark.parametrize(("text", "note", "report"), [("none", False, False), ("evidence", True, False), ("full", True, True)])
def test_what_of_the_papers_texts_is_passed_on(text: str, note: bool, report: bool) -> None:
    story = one()
    assert (QUOTE in json.dumps(objects(story, "note", text=text), ensure_ascii=False)) is note
    assert (QUOTE in json.dumps(objects(story, "report", text=text), ensure_ascii=False)) is report
    assert "a1 [0, " in json.dumps(objects(story, "note", text=text))


def test_one_file_an_incident_and_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, made(n=3))
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("a", "b"))
    assert first == second
    assert len(first) == 3


def test_nothing_to_tell(tmp_path: Path) -> None:
    write(tmp_path / "stix", Stories())
    assert list((tmp_path / "stix").iterdir()) == []
    assert list(Stories()) == []
