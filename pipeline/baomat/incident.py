"""The incidents of one article: which there are, what the flat record says, and the timeline.

Every value of the record is the value of some fact (:mod:`baomat.facts`); what no passage says stays empty.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from spacy.language import Language
from spacy.tokens import Doc

from . import facts as facts_room
from . import roles
from .facts import Sentence
from .schema import (
    ACCUSED,
    ATTACK_TYPES,
    CASE_STATUSES,
    DateMention,
    Fact,
    Incident,
    Organization,
    OrgMention,
    PhaseMention,
    TimelineEntry,
)
from .text import key

VICTIM = 1.0  # score from which an organization counts as a victim …
VICTIM_SHARE = 0.35  # … if it also reaches this share of the best victim's score
ATTACKER = 0.6
RESPONDER = 0.6
IMPERSONATED = 1.0
TYPE_SHARE = 0.3  # a type of attack counts from this share of the best type's weight
_CORE = frozenset(("attack", "impact", "detection", "disclosure", "response", "containment", "eradication", "recovery"))
_PRECISION = {"minute": 0, "hour": 1, "day": 2, "range": 3, "week": 4, "month": 5, "quarter": 6, "half": 7, "year": 8}


def find(
    text: str,
    *,
    sentences: Sequence[tuple[int, int]],
    orgs: Sequence[OrgMention],
    organizations: Mapping[str, Organization],
    dates: Sequence[DateMention],
    phases: Sequence[PhaseMention],
) -> tuple[list[Incident], list[OrgMention]]:
    """The incidents that an article tells, the main one first, and its mentions with their roles.

    Returns
    -------
    incidents, mentions
        No incident where the article has no phases.
    """
    scores, mentions = roles.score(text, orgs, sentences=sentences)
    if not phases:
        return [], [org if org.role == "source" else replace(org, role="mentioned") for org in mentions]
    keyed = key(text)
    parts = facts_room.sentences(text, spans=sentences, orgs=mentions, dates=dates, phases=phases)
    names = {org_id: organization.name for org_id, organization in organizations.items()}
    groups = _victim_groups(parts, scores)
    incidents = []
    for number, victims in enumerate(groups or [[]]):
        told = _told(parts, victims, groups, main=number == 0)
        if told:
            incident = _incident(number, told, victims, keyed, names, scores, organizations)
            incident.values["headline"] = parts[0].text  # for merging; no column of the tables
            incidents.append(incident)
    return incidents, mentions


# ---------------------------------------------------------------- who was hit, and in how many incidents
def _victim_groups(parts: Sequence[Sentence], scores: roles.Scores) -> list[list[str]]:
    """Victims by incident, the main incident first: names that are hit in one sentence share an incident."""
    strength = {org: role.get("victim", 0.0) for org, role in scores.items()}
    best = max(strength.values(), default=0.0)
    victims = {org for org, value in strength.items() if value >= VICTIM and _is_mainly(scores[org], "victim")}
    together: dict[str, set[str]] = {org: {org} for org in victims}
    for part in parts:
        hit = sorted({org.org_id for org in part.orgs if org.org_id in victims and org.role == "victim"})
        for other in hit[1:]:
            merged = together[hit[0]] | together[other]
            for org in merged:
                together[org] = merged
    groups = {tuple(sorted(group, key=lambda org: (-strength[org], org))) for group in together.values()}
    ranked = sorted(groups, key=lambda group: (-sum(strength[org] for org in group), group))
    if not ranked or strength[ranked[0][0]] < best * 0.5:
        return []
    return [[org for org in group if strength[org] >= best * VICTIM_SHARE] or [group[0]] for group in ranked]


def _is_mainly(role: Mapping[str, float], name: str) -> bool:
    """Whether an organization is in a role more than in the roles that exclude it."""
    rivals = [
        value
        for other, value in role.items()
        if other != name and other in ("attacker", "impersonated", "unaffected", "responder")
    ]
    return role[name] >= max(rivals, default=0.0)


def _told(parts: Sequence[Sentence], victims: Sequence[str], groups: Sequence[Sequence[str]], *, main: bool) -> list[Sentence]:
    """The sentences of an incident: of a background one those that name its victims, of the main one all others."""
    others = {org for group in groups for org in group} - set(victims)
    told = []
    for part in parts:
        named = {org.org_id for org in part.orgs if org.role == "victim"}
        if part.phases and (named & set(victims) or (main and not named & others)):
            told.append(part)
    return told


# ---------------------------------------------------------------- the record
def _incident(
    number: int,
    told: Sequence[Sentence],
    victims: Sequence[str],
    keyed: str,
    names: dict[str, str],
    scores: roles.Scores,
    organizations: Mapping[str, Organization],
) -> Incident:
    types = _attack_types(told, keyed)
    facts = facts_room.find(told, keyed=keyed, names=names, victims=victims, types=types)
    facts = _only_scored(facts, scores, victims)
    facts, dates = _preferred(facts, told)
    values: dict[str, object] = {
        "victims": [names[org] for org in victims],
        "victim_sector": sorted({organizations[org].sector for org in victims} - {""}),
        "victim_country": sorted({organizations[org].country for org in victims} - {""}),
        "victim_people": _people(told, facts),
        "impersonated": _names(facts, "impersonated"),
        "threat_actors": _names(facts, "threat_actor"),
        "responders": _names(facts, "responder"),
        "authorities": _names(facts, "authority"),
        "attack_types": types,
        **dates,
        **_statuses(facts, told, keyed),
        **_amounts(facts),
    }
    values["verification"] = _verification(facts, told, keyed)
    values["kind"] = _kind(values, told)
    values["confidence"] = _confidence(values, told)
    values |= _durations(values, facts)
    relation = "main" if number == 0 else "background"
    reason = "main incident of the article" if number == 0 else "another victim told of in the same article"
    return Incident(number, relation, values, facts, _timeline(told), reason)


def _attack_types(told: Sequence[Sentence], keyed: str) -> list[str]:
    weights: Counter[str] = Counter()
    for part in told:
        if part.phases.keys() & {"attack", "impact", "disclosure", "investigation", "detection", "containment"}:
            for name, weight in facts_room.attack_types(part, keyed).items():
                weights[name] += weight * (2 if part.number == 0 else 1)  # type: ignore[assignment]
    best = max(weights.values(), default=0)
    kept = [name for name in ATTACK_TYPES if weights[name] >= max(TYPE_SHARE * best, 0.7)]
    if "ransomware" in kept and "malware" in kept and weights["malware"] < 2 * weights["ransomware"]:
        kept.remove("malware")  # "mã độc tống tiền" is one thing, not two
    return kept or ["other"]


def _only_scored(facts: Sequence[Fact], scores: roles.Scores, victims: Collection[str]) -> list[Fact]:
    """Drop what the article as a whole does not bear out: a role that one stray sentence gave."""
    least = {"responder": RESPONDER, "threat_actor": ATTACKER, "impersonated": IMPERSONATED}
    role = {"threat_actor": "attacker"}
    kept = []
    for fact in facts:
        known = scores.get(fact.value_key)
        if known is not None and fact.field in least:
            if fact.value_key in victims or known.get(role.get(fact.field, fact.field), 0.0) < least[fact.field]:
                continue
        kept.append(fact)
    return kept


def _names(facts: Sequence[Fact], field: str) -> list[str]:
    return list(dict.fromkeys(fact.value for fact in facts if fact.field == field))


def _preferred(facts: Sequence[Fact], told: Sequence[Sentence]) -> tuple[list[Fact], dict[str, object]]:
    """Choose one value for every date field, and mark the facts that the record shows."""
    chosen: dict[str, Fact] = {}
    for field in ("onset", "detected", "reported_to_authority", "made_public", "contained", "recovered"):
        candidates = [fact for fact in facts if fact.field == field]
        if candidates:
            chosen[field] = _best_date(field, candidates)
    shown = {id(fact) for fact in chosen.values()}
    dated = {"onset", "detected", "reported_to_authority", "made_public", "contained", "recovered"}
    marked = [replace(fact, preferred=fact.field not in dated or id(fact) in shown) for fact in facts]
    return marked, {field: fact.value for field, fact in chosen.items()}


def _best_date(field: str, candidates: Sequence[Fact]) -> Fact:
    """The date told first; among dates of the same day the most precise. Recovery takes the last one told."""
    anchor = candidates[-1] if field in ("recovered", "contained") else candidates[0]
    same_day = [fact for fact in candidates if fact.value[:10] == anchor.value[:10]]
    return max(same_day, key=lambda fact: len(fact.value))


def _statuses(facts: Sequence[Fact], told: Sequence[Sentence], keyed: str) -> dict[str, object]:
    cases = [fact.value for fact in facts if fact.field == "case_status"]
    case = max(cases, key=CASE_STATUSES.index, default="none_told")
    services = [fact.value for fact in facts if fact.field == "service_status"]
    accused = "none"
    if case in ("arrested", "charged", "convicted"):
        accused = case
    elif any(part.has("ACCUSED") and "investigation" in part.phases for part in told):
        accused = "suspected"
    assert accused in ACCUSED
    return {"case_status": case, "service_status": services[-1] if services else "unknown", "accused": accused}


def _verification(facts: Sequence[Fact], told: Sequence[Sentence], keyed: str) -> str:
    denied = any(fact.field == "verification" for fact in facts)
    court = any(fact.field == "case_status" and fact.value in ("arrested", "charged", "convicted") for fact in facts)
    if court:
        return "confirmed"
    if denied:
        return "disputed"
    own = any(
        fact.claimant in ("victim", "authority") and fact.claim == "confirmed" and fact.field != "verification" for fact in facts
    )
    restored = any(part.phases.keys() & {"recovery", "containment", "eradication"} for part in told)
    return "confirmed" if own or restored else "claimed"


def _kind(values: Mapping[str, object], told: Sequence[Sentence]) -> str:
    types = values["attack_types"]
    assert isinstance(types, list)
    if values["victims"]:
        return "attack_on_organization"
    if "fraud" in types:
        return "online_fraud"
    if types[0] == "account_takeover" or (
        values["victim_people"] and types[0] in ("data_breach", "phishing", "account_takeover")
    ):
        return "attack_on_individuals"
    if types[0] in ("malware", "vulnerability", "espionage", "ransomware", "phishing", "supply_chain"):
        return "campaign"
    return "attack_on_organization"


def _people(told: Sequence[Sentence], facts: Sequence[Fact]) -> str:
    """The persons hit, described by number or by what they are; never a name."""
    counted = [fact.value for fact in facts if fact.field == "people"]
    if counted:
        return counted[0]
    for part in told:
        if part.phases.keys() & {"attack", "impact"}:
            for hit in part.hits:
                if "PEOPLE" in hit.concepts and "ORG" not in hit.concepts:
                    described = part.text[hit.start - part.start : hit.end - part.start]
                    if described.lower() in _PERSONS:
                        return described.lower()
    return ""


_PERSONS = frozenset(
    "khách hàng|người dùng|người dân|nạn nhân|hội viên|thành viên|tài xế|chính trị gia|công dân|bệnh nhân|hành khách|nhân viên|học sinh"
    "|sinh viên|phụ huynh|game thủ".split("|")
)


def _amounts(facts: Sequence[Fact]) -> dict[str, object]:
    """Lowest and highest figure of every count; the largest amount of money, in its own currency."""
    amounts: dict[str, object] = {}
    by_field: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.number_min is not None:
            by_field[fact.field].append(fact)
    for field in ("records", "people"):
        if by_field[field]:
            amounts[f"{field}_min"] = min(fact.number_min or 0.0 for fact in by_field[field])
            amounts[f"{field}_max"] = max(fact.number_max or 0.0 for fact in by_field[field])
    for field in ("loss", "ransom"):
        if by_field[field]:
            largest = max(by_field[field], key=lambda fact: fact.number_max or 0.0)
            amounts[f"{field}_amount"] = largest.number_max
            amounts[f"{field}_currency"] = largest.currency
    return amounts


def _durations(values: Mapping[str, object], facts: Sequence[Fact]) -> dict[str, object]:
    """Days between two days, hours between two clock times; nothing where an end is coarser."""
    found: dict[str, object] = {}
    onset, public, recovered = (str(values.get(name) or "") for name in ("onset", "made_public", "recovered"))
    if (days := _days(onset, public)) is not None:
        found["days_to_made_public"] = days
    if (days := _days(onset, recovered)) is not None:
        found["days_to_recovery"] = days
    if "T" in onset and "T" in recovered:
        delta = datetime.fromisoformat(recovered) - datetime.fromisoformat(onset)
        if delta.total_seconds() >= 0:
            found["hours_to_recovery"] = round(delta.total_seconds() / 3600, 1)
            shown = next(fact for fact in facts if fact.field == "recovered" and fact.preferred)
            found["hours_qualifier"] = shown.qualifier
    return found


def _days(first: str, second: str) -> int | None:
    try:
        days = (date.fromisoformat(second[:10]) - date.fromisoformat(first[:10])).days
    except ValueError:
        return None
    return days if days >= 0 else None


def _confidence(values: Mapping[str, object], told: Sequence[Sentence]) -> str:
    """How sure the program is: by how much of the record is told, and by whom it is confirmed."""
    points = sum(bool(values.get(name)) for name in ("victims", "onset", "responders")) + (values["attack_types"] != ["other"])
    points += values["verification"] == "confirmed"
    return "high" if points >= 4 and len(told) >= 4 else "medium" if points >= 2 else "low"


def _timeline(told: Sequence[Sentence]) -> list[TimelineEntry]:
    """One entry for every phase and value (the first sentence that tells it), dated ones in order of time."""
    entries: dict[tuple[str, str], TimelineEntry] = {}
    for part in told:
        for phase, mention in part.phases.items():
            if mention.modality not in ("actual", "claimed"):
                continue
            days: list[DateMention | None] = [day for day, linked in part.dates if linked == phase and day.value]
            for day in days or [None]:
                value = day.value if day else ""
                first, last, granularity = (day.first_day, day.last_day, day.granularity) if day else (None, None, "")
                entry = TimelineEntry(phase, value, first, last, granularity, part.start, part.end)
                entries.setdefault((phase, value), entry)
    dated_phases = {phase for phase, value in entries if value}
    kept = [entry for (phase, value), entry in entries.items() if value or phase not in dated_phases]
    return sorted(kept, key=lambda entry: (entry.first_day is None, entry.first_day or date.max, entry.value, entry.start))


@Language.component("baomat_incidents")
def incidents(doc: Doc) -> Doc:
    """Set ``doc._.incidents`` and the roles in ``doc._.orgs``."""
    found, mentions = find(
        doc.text,
        sentences=doc._.sentences,
        orgs=doc._.orgs,
        organizations=doc._.organizations,
        dates=doc._.dates,
        phases=doc._.phases,
    )
    doc._.orgs = mentions
    doc._.incidents = found
    return doc
