"""The article that the project began with: what it tells must come out, fact by fact, without help."""

from __future__ import annotations

from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from baomat import Article, annotate
from baomat.cells import plain
from baomat.evaluate import parts
from baomat.schema import Incident

VICTIM = ("Vietnam Post", "Tổng công ty Bưu điện Việt Nam", "Bưu điện Việt Nam")
A05 = ("A05", "Cục An ninh mạng và phòng, chống tội phạm sử dụng công nghệ cao")
FPT_IS = ("FPT IS", "FPT-IS")
RESPONDERS = ("Cục An toàn thông tin", "A05", "VNPT", "Viettel", "CMC", "FPT IS")
AUTHORITIES = ("Bộ TT&TT", "Bộ Công an")


@pytest.fixture(scope="module")
def doc(nlp: Language, shared: Path) -> Doc:
    text = (shared / "seed" / "vietnamnet-2289469.txt").read_text(encoding="utf-8")
    return annotate(Article(text), nlp)


@pytest.fixture(scope="module")
def incident(doc: Doc) -> Incident:
    (incident,) = doc._.incidents
    return incident


def org_ids(doc: Doc, surface: str) -> set[str]:
    """The organizations that a written form stands for."""
    return {mention.org_id for mention in doc._.orgs if mention.text == surface}


def names(doc: Doc, *surfaces: str) -> list[str]:
    """What the incident table calls the organizations of these written forms."""
    return sorted(doc._.organizations[org_id].name for surface in surfaces for org_id in org_ids(doc, surface))


def cell(incident: Incident, field: str) -> object:
    """The value as it stands in the table."""
    return plain(incident.values.get(field))


def listed(incident: Incident, field: str) -> list[str]:
    return sorted(parts(str(cell(incident, field))))


def test_the_mark_before_the_text_gives_the_month(doc: Doc) -> None:
    assert doc.text.startswith("Như VietNamNet")
    assert (doc._.published.value, doc._.published.granularity) == ("2024-06", "month")


def test_one_main_incident(doc: Doc) -> None:
    assert [incident.relation for incident in doc._.incidents] == ["main"]


@pytest.mark.parametrize("forms", [VICTIM, A05, FPT_IS], ids=["victim", "A05", "FPT IS"])
def test_written_forms_are_one_organization(doc: Doc, forms: tuple[str, ...]) -> None:
    found = [org_ids(doc, form) for form in forms]
    assert all(found), f"not found: {[form for form, ids in zip(forms, found, strict=True) if not ids]}"
    assert len(set().union(*found)) == 1


def test_victim(doc: Doc, incident: Incident) -> None:
    assert listed(incident, "victims") == names(doc, "Vietnam Post") == ["Vietnam Post"]


@pytest.mark.parametrize(("field", "surfaces"), [("responders", RESPONDERS), ("authorities", AUTHORITIES)])
def test_who_acts(doc: Doc, incident: Incident, field: str, surfaces: tuple[str, ...]) -> None:
    assert listed(incident, field) == names(doc, *surfaces)
    assert len(listed(incident, field)) == len(surfaces)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "attack_on_organization"),
        ("attack_types", "ransomware"),
        ("verification", "confirmed"),
        ("onset", "2024-06-04T03:10"),
        ("made_public", "2024-06-04"),
        ("recovered", "2024-06-07T22:00"),
        ("hours_qualifier", "at_most"),
        ("service_status", "restored"),
        ("case_status", "under_investigation"),
    ],
)
def test_fact(incident: Incident, field: str, value: str) -> None:
    assert cell(incident, field) == value


def test_hours_to_recovery(incident: Incident) -> None:
    assert cell(incident, "hours_to_recovery") == pytest.approx(90.8, abs=0.05)


def test_containment_is_told(doc: Doc, incident: Incident) -> None:
    assert "actual" in {phase.modality for phase in doc._.phases if phase.phase == "containment"}
    assert "containment" in {entry.phase for entry in incident.timeline}


def test_no_financial_damage_is_a_negated_impact(doc: Doc) -> None:
    told = [phase for phase in doc._.phases if "chưa ghi nhận" in doc.text[phase.start : phase.end]]
    assert ("impact", "negated") in {(phase.phase, phase.modality) for phase in told}


def test_the_paper_is_a_source(doc: Doc, incident: Incident) -> None:
    assert {mention.role for mention in doc._.orgs if mention.text == "VietNamNet"} == {"source"}
    assert not set(names(doc, "VietNamNet")) & set(listed(incident, "responders"))


def test_dates(doc: Doc) -> None:
    found = {mention.text: mention.value for mention in doc._.dates}
    assert found["trưa ngày 4/6"] == "2024-06-04"
    assert found["3h10 sáng cùng ngày"] == "2024-06-04T03:10"
    assert found["22h00 ngày 7/6"] == "2024-06-07T22:00"
