"""From text to the record: phases, roles, facts, incidents and their timeline, on articles of our own."""

from __future__ import annotations

from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from baomat import Article, annotate, concepts, cyber, facts, passages, reader, rolerules
from baomat.incident import in_time
from baomat.schema import Incident, OrgMention, TimelineEntry
from baomat.text import key
from rows import rows

ARTICLES = sorted((Path(__file__).parents[1] / "data" / "articles").glob("*.txt"))


@pytest.fixture(scope="module")
def docs(nlp: Language) -> dict[str, Doc]:
    return {
        path.stem: annotate(article, nlp) for path in ARTICLES for article in reader.read([path]) if isinstance(article, Article)
    }


RANSOMWARE = Article(
    "Rạng sáng 12/5, tin tặc xâm nhập hệ thống của Công ty Cổ phần Vận tải Lộ Trình Xanh và mã hóa dữ liệu trên 40 máy chủ. "
    "Hacker đòi 2 triệu USD tiền chuộc.\n\n"
    "Lộ Trình Xanh xác nhận sự cố và cho biết đã cô lập hệ thống, báo cáo Công an TP Hải Phòng. "
    "Chưa ghi nhận dữ liệu khách hàng bị lộ.\n\n"
    "Đến 20h ngày 14/5, hệ thống bán vé đã được khôi phục hoàn toàn. Công an TP Hải Phòng đang điều tra vụ việc.",
    "Tin tặc tấn công, mã hóa dữ liệu của công ty vận tải Lộ Trình Xanh",
    published="2024-05-15",
)


@pytest.fixture(scope="module")
def told(nlp: Language) -> Doc:
    return annotate(RANSOMWARE, nlp)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "attack_on_organization"),
        ("verification", "confirmed"),
        ("victims", ["Lộ Trình Xanh"]),
        ("attack_types", ["ransomware"]),
        ("onset", "2024-05-12"),
        ("recovered", "2024-05-14T20:00"),
        ("days_to_recovery", 2),
        ("service_status", "restored"),
        ("case_status", "under_investigation"),
        ("ransom_amount", 2e6),
        ("ransom_currency", "USD"),
    ],
)
def test_record(told: Doc, field: str, value: object) -> None:
    (incident,) = told._.incidents
    assert incident.values[field] == value


@pytest.mark.parametrize("phase", ["attack", "containment", "recovery", "investigation"])
def test_phases(told: Doc, phase: str) -> None:
    assert phase in {mention.phase for mention in told._.phases}


def test_no_damage_is_a_negated_impact(told: Doc) -> None:
    assert ("impact", "negated") in {(mention.phase, mention.modality) for mention in told._.phases}


def test_the_record_shows_only_what_facts_say(docs: dict[str, Doc]) -> None:
    for doc in docs.values():
        for incident in doc._.incidents:
            said = {(fact.field, fact.value) for fact in incident.facts}
            for name, field in (
                ("victims", "victim"),
                ("responders", "responder"),
                ("attack_types", "attack_type"),
                ("impersonated", "impersonated"),
            ):
                assert {(field, value) for value in incident.values[name] if value != "other"} <= said
            for field in ("onset", "made_public", "recovered", "contained", "detected"):
                assert not incident.values.get(field) or (field, incident.values[field]) in said


def test_every_fact_and_cue_slices_back(docs: dict[str, Doc]) -> None:
    for doc in docs.values():
        for incident in doc._.incidents:
            assert all(doc.text[fact.start : fact.end] == fact.quote for fact in incident.facts)
        assert all(doc.text[phase.cue_start :].startswith(phase.cue) for phase in doc._.phases)


def test_nothing_ends_before_it_began(docs: dict[str, Doc]) -> None:
    for doc in docs.values():
        for incident in doc._.incidents:
            onset, recovered = incident.values.get("onset") or "", incident.values.get("recovered") or ""
            size = min(len(str(onset)), len(str(recovered)))
            assert not onset or not recovered or str(recovered)[:size] >= str(onset)[:size]


@pytest.mark.parametrize(
    "stem",
    ["2018-03-song-han-xanh-the-thao", "2022-04-bao-cao-quy-mot", "2023-05-ra-mat-khien-tre", "2025-06-ban-ve-du-lieu-ca-nhan"],
)
def test_articles_about_no_incident(docs: dict[str, Doc], stem: str) -> None:
    assert docs[stem]._.incidents == []
    assert docs[stem]._.phases == []


TWO = Article(
    "Hai vụ tấn công mạng xảy ra trong tuần.\n\n"
    "Sáng 3/6, website của Công ty Cổ phần Gốm Lam Khê bị tin tặc tấn công từ chối dịch vụ, khách không thể truy cập. "
    "Gốm Lam Khê cho biết website đã hoạt động trở lại sau 5 giờ.\n\n"
    "Tối 5/6, đến lượt Trường Đại học Đông Thụy bị hacker xâm nhập, đánh cắp dữ liệu 12.000 sinh viên. "
    "Đại học Đông Thụy xác nhận dữ liệu bị lộ và gửi lời xin lỗi sinh viên.",
    "Gốm Lam Khê và Đại học Đông Thụy bị tin tặc tấn công",
    published="2023-06-07",
)


def test_two_incidents_of_one_article(nlp: Language) -> None:
    first, second = annotate(TWO, nlp)._.incidents
    assert {first.relation, second.relation} == {"main", "background"}
    assert [name for incident in (first, second) for name in incident.values["victims"]]
    assert set(first.values["victims"]).isdisjoint(second.values["victims"])


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Tin tặc tấn công mạng, đánh cắp dữ liệu khách hàng của ngân hàng", 0.7, 1.0),
        ("Đội chủ nhà tấn công dồn dập nhưng hậu vệ đối phương chơi chắc chắn", 0.0, 0.1),
        ("Giá lúa gạo ở Đồng bằng sông Cửu Long tăng nhẹ trong tuần qua", 0.0, 0.1),
    ],
)
def test_cyber_score(text: str, low: float, high: float) -> None:
    assert low <= cyber.score(text) <= high


def test_timeline_order() -> None:
    from datetime import date

    day = date(2024, 5, 1)
    entries = [
        TimelineEntry("recovery", "", None, None, "", 5, 9),
        TimelineEntry("disclosure", "2024-05-01", day, day, "day", 0, 4),
        TimelineEntry("attack", "2024-05-01T03:00", day, day, "minute", 3, 4),
    ]
    assert [entry.phase for entry in sorted(entries, key=in_time)] == ["attack", "disclosure", "recovery"]


# ---------------------------------------------------------------- who was hit, and of whom that is denied
def outcomes(incidents: list[Incident]) -> dict[str, str]:
    """What the facts say of every organization: hit, or how it is said that it was not."""
    found: dict[str, str] = {}
    for incident in incidents:
        for fact in incident.facts:
            if fact.field == "unaffected":
                found[fact.value] = "unaffected"
            elif fact.field == "victim" and fact.claim in ("denied", "refuted"):
                assert not fact.preferred
                found[fact.value] = fact.claim
    for incident in incidents:
        if incident.values["verification"] not in ("disputed", "refuted"):
            found |= dict.fromkeys(incident.values["victims"], "hit")
    return found


@pytest.mark.parametrize(("title", "text", "expected"), rows("denials"))
def test_who_was_hit_and_who_was_not(nlp: Language, title: str, text: str, expected: str) -> None:
    found = outcomes(annotate(Article(text, title, published="2025-08-01"), nlp)._.incidents)
    for pair in expected.split("; "):
        name, _, outcome = pair.partition("=")
        told = next((found[short] for short in found if name.endswith(short)), "")
        assert told == outcome if not outcome.startswith("not ") else told != outcome.removeprefix("not ")


# ---------------------------------------------------------------- the rules for roles, and states that are accused
@pytest.mark.parametrize(("marked", "org_type", "role"), rows("parts"))
def test_what_the_rules_say_of_a_name(marked: str, org_type: str, role: str) -> None:
    start, end = marked.index("["), marked.index("]") - 1
    text = marked.replace("[", "").replace("]", "")
    mention = OrgMention(start, end, text[start:end], 0, "it", org_type, "gold")
    keyed = key(text)
    hits = concepts.with_names(concepts.find_with_roles(keyed), [(start, end)], keyed)
    scores = rolerules.score(text, [mention], hits=hits, keyed=keyed, sentences=[(0, len(text))])["it"]
    assert max(scores, key=lambda name: scores[name]) == role


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("Tin tặc Nga bị nghi tấn công lưới điện.", ["Nga"]),
        ("Mỹ cáo buộc Triều Tiên đánh cắp tiền số.", ["Triều Tiên"]),
        ("Bắc Kinh bị cho là đứng sau vụ xâm nhập.", ["Trung Quốc"]),
        ("Nhóm hacker liên quan đến Iran dọa tung dữ liệu.", ["Iran"]),
        ("Hai công dân Nga bị cáo buộc rửa tiền.", []),
        ("Theo cáo buộc, người Hàn Quốc mất 3 triệu USD vì lừa đảo.", []),
    ],
)
def test_accused_states(text: str, states: list[str]) -> None:
    (part,) = passages.sentences(text, spans=[(0, len(text))], orgs=[], dates=[], phases=[])
    found = facts.find([part], keyed=key(text), names={}, victims=[], types=[])
    assert [fact.value for fact in found if fact.field == "threat_actor"] == states
