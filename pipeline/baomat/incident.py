"""The incidents of one article: which there are, what the flat record says, and the timeline.

Every value of the record is the value of some fact (:mod:`baomat.facts`); what no passage says stays empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from spacy.language import Language
from spacy.tokens import Doc

from . import facts as facts_room
from . import figures, onset, passages, record, roles
from .layers import text_of
from .linear import LinearModel
from .passages import Sentence
from .schema import (
    ACCUSED,
    DATE_FIELDS,
    PHASES,
    DateMention,
    Fact,
    Incident,
    Organization,
    OrgMention,
    PhaseMention,
    Published,
    TimelineEntry,
)
from .text import key

_CORE = frozenset(("attack", "impact", "detection", "disclosure", "response", "containment", "eradication", "recovery"))
_ACTING = frozenset(("attacker", "impersonated", "responder"))
_PRECISION = {"minute": 0, "hour": 1, "day": 2, "range": 3, "week": 4, "month": 5, "quarter": 6, "half": 7, "year": 8}


def find(
    text: str,
    *,
    sentences: Sequence[tuple[int, int]],
    orgs: Sequence[OrgMention],
    organizations: Mapping[str, Organization],
    dates: Sequence[DateMention],
    phases: Sequence[PhaseMention],
    published: Published | None = None,
) -> tuple[list[Incident], list[OrgMention]]:
    """The incidents that an article tells, the main one first, and its mentions with their roles.

    Returns
    -------
    incidents, mentions
        No incident where the article has no phases.
    """
    if not phases:
        return [], [replace(org, role="source") if org.org_type == "media" else org for org in orgs]
    mentions, told = tellings(text, sentences=sentences, orgs=orgs, dates=dates, phases=phases, published=published)
    names = {org_id: organization.name for org_id, organization in organizations.items()}
    incidents = [
        _incident(number, telling, key(text), names, organizations, published)
        for number, telling in enumerate(told)
        if telling.sentences
    ]
    return incidents, mentions


@dataclass(frozen=True, slots=True)
class Telling:
    """An incident as one article tells it."""

    victims: list[str]  # org_ids
    sentences: list[Sentence]  # that tell it
    around: list[Sentence]  # these, and of the main incident all that tell no other: any may say when it began


def tellings(
    text: str,
    *,
    sentences: Sequence[tuple[int, int]],
    orgs: Sequence[OrgMention],
    dates: Sequence[DateMention],
    phases: Sequence[PhaseMention],
    published: Published | None = None,
    model: LinearModel | None = None,
) -> tuple[list[OrgMention], list[Telling]]:
    """Who plays which part, and every incident of an article, the main one first.

    Parameters
    ----------
    model
        The model of the roles, by itself the package's.

    Returns
    -------
    mentions, tellings
        The mentions with their roles; there is always a main incident, though maybe no sentence tells it.
    """
    chances, mentions = roles.find(text, orgs, sentences=sentences, phases=phases, dates=dates, published=published, model=model)
    past = [day for day in dates if not (published and day.first_day and day.first_day > published.last_day)]
    parts = passages.sentences(text, spans=sentences, orgs=mentions, dates=past, phases=phases)
    groups = _victim_groups(parts, chances)
    told = [_told(parts, victims, groups, main=n == 0) for n, victims in enumerate(groups or [[]])]
    others = {part.number for background in told[1:] for part in background} - {part.number for part in told[0]}
    around = [[part for part in parts if part.number not in others], *told[1:]]
    return mentions, [Telling(*telling) for telling in zip(groups or [[]], told, around, strict=True)]


# ---------------------------------------------------------------- who was hit, and in how many incidents
def _victim_groups(parts: Sequence[Sentence], chances: roles.Chances) -> list[list[str]]:
    """Victims by incident, the main incident first: victims that are told of together share an incident."""
    named: dict[str, set[int]] = defaultdict(set)
    first: dict[str, int] = {}
    by_number = {part.number: part for part in parts}
    for part in parts:
        for org in part.orgs:
            if org.role == "victim":
                named[org.org_id].add(part.number)
                first.setdefault(org.org_id, org.start)
    groups: list[list[str]] = []
    for victim in sorted(named, key=lambda org: (-chances[org]["victim"], first[org])):
        for group in groups:
            if any(_together(named[victim], named[other], by_number) for other in group):
                group.append(victim)
                break
        else:
            groups.append([victim])
    return groups


def _together(first: set[int], second: set[int], parts: Mapping[int, Sentence]) -> bool:
    """Whether two victims are told of together: in the same sentences, or in others that part them by no time.

    What parts them is that one is told of as earlier ("trước đó, …") and the other is not, or in days that do not meet.
    """
    if 2 * len(first & second) >= min(len(first), len(second)):
        return True
    earlier = [all(parts[number].has("EARLIER") for number in numbers) for numbers in (first, second)]
    if earlier[0] != earlier[1]:
        return False
    one, other = ([day for number in numbers for day, _ in parts[number].dates if day.first_day] for numbers in (first, second))
    return not one or not other or any(_meet(a, b) for a in one for b in other)


def _meet(first: DateMention, second: DateMention) -> bool:
    a, b, c, d = first.first_day, first.last_day, second.first_day, second.last_day
    return bool(a and b and c and d) and a <= d and c <= b  # type: ignore[operator]


def _told(parts: Sequence[Sentence], victims: Sequence[str], groups: Sequence[Sequence[str]], *, main: bool) -> list[Sentence]:
    """The sentences of an incident: of a background one those that name its victims, of the main one all others.

    A victim that no such sentence names is told of where it is named first; so is, of the main one, who else plays a part.
    """
    others = {org for group in groups for org in group} - set(victims)
    numbers = set()
    for part in parts:
        named = _victims(part)
        tells = part.phases or any(org.role == "unaffected" for org in part.orgs)
        if tells and (named & set(victims) or (main and not named & others)):
            numbers.add(part.number)
    acting = {org.org_id for part in parts for org in part.orgs if org.role in _ACTING} if main and numbers else set()
    for named_org in dict.fromkeys((*victims, *sorted(acting))):
        naming = [part.number for part in parts if any(org.org_id == named_org for org in part.orgs)]
        if numbers.isdisjoint(naming):
            numbers.add(naming[0])
    return [part for part in parts if part.number in numbers]


def _victims(part: Sentence) -> set[str]:
    return {org.org_id for org in part.orgs if org.role == "victim"}


# ---------------------------------------------------------------- the record
def _incident(
    number: int,
    telling: Telling,
    keyed: str,
    names: dict[str, str],
    organizations: Mapping[str, Organization],
    published: Published | None,
) -> Incident:
    told, victims = telling.sentences, telling.victims
    judged = record.judge(told, keyed, victims)
    facts = facts_room.find(told, keyed=keyed, names=names, victims=victims, types=judged.types)
    if begun := onset.choose(telling.around, published=published):
        facts.append(facts_room.onset_fact(begun.sentence, begun.value, victims))
    facts, dates = _preferred(facts)
    standing = facts_room.standing(facts, victims)
    verification = facts_room.verification(judged.verification, facts, standing)
    statuses = {"service_status": judged.service_status, "case_status": judged.case_status}
    facts = facts_room.status_facts(told, facts, statuses, victims)
    facts = [replace(fact, preferred=fact.value == verification) if fact.field == "verification" else fact for fact in facts]
    values: dict[str, object] = {
        "kind": judged.kind,
        "verification": verification,
        "victims": [names[org] for org in standing or victims],
        "victim_sector": sorted({organizations[org].sector for org in standing or victims} - {""}),
        "victim_country": sorted({organizations[org].country for org in standing or victims} - {""}),
        "victim_people": _people(told, facts),
        "impersonated": _names(facts, "impersonated"),
        "threat_actors": _names(facts, "threat_actor"),
        "responders": _names(facts, "responder"),
        "authorities": _names(facts, "authority"),
        "attack_types": judged.types,
        **dates,
        **statuses,
        "accused": _accused(judged.case_status, told),
        **_amounts(facts),
    }
    values["confidence"] = _confidence(values, told)
    values |= _durations(values, facts)
    relation = "main" if number == 0 else "background"
    reason = "main incident of the article" if number == 0 else "another victim told of in the same article"
    return Incident(number, relation, values, facts, _timeline(told), reason)


def _names(facts: Sequence[Fact], field: str) -> list[str]:
    return list(dict.fromkeys(fact.value for fact in facts if fact.field == field))


def _preferred(facts: Sequence[Fact]) -> tuple[list[Fact], dict[str, object]]:
    """Choose one value for every date field, and mark the facts that the record shows."""
    chosen: dict[str, Fact] = {}
    for field in DATE_FIELDS:
        begun = chosen["onset"].value[:10] if "onset" in chosen else ""
        candidates = [fact for fact in facts if fact.field == field and _not_before(fact.value, begun)]
        if candidates:
            chosen[field] = _best_date(field, candidates)
    shown = {id(fact) for fact in chosen.values()}
    marked = [replace(fact, preferred=id(fact) in shown if fact.field in DATE_FIELDS else _may_be_shown(fact)) for fact in facts]
    return marked, {field: fact.value for field, fact in chosen.items()}


def _may_be_shown(fact: Fact) -> bool:
    """A victim or a figure that is called false is not shown; a type is, since the record says that it is disputed."""
    return fact.claim not in facts_room.UNTRUE or (fact.field != "victim" and fact.number_max is None)


def _not_before(value: str, begun: str) -> bool:
    """Whether a value can lie on or after the day it began: nothing is found, told or mended before."""
    return not begun or value[: len(begun)] >= begun[: len(value)]


def _best_date(field: str, candidates: Sequence[Fact]) -> Fact:
    """The date told first; of recovery the latest, of containment the last told. Of one day the most precise."""
    if field == "recovered":
        anchor = max(candidates, key=lambda fact: fact.value)
    else:
        anchor = candidates[-1] if field == "contained" else candidates[0]
    same_day = [fact for fact in candidates if fact.value[:10] == anchor.value[:10]]
    return max(same_day, key=lambda fact: len(fact.value))


def _accused(case: str, told: Sequence[Sentence]) -> str:
    """The furthest stage told of private persons."""
    if case in ACCUSED:
        return case
    return "suspected" if any(part.has("ACCUSED") and "investigation" in part.phases for part in told) else "none"


def _people(told: Sequence[Sentence], facts: Sequence[Fact]) -> str:
    """The persons hit, described by number or by what they are; never a name."""
    counted = [fact.value for fact in facts if fact.field == "people" and _may_be_shown(fact)]
    if counted:
        return counted[0]
    for part in told:
        if part.phases.keys() & {"attack", "impact"}:
            for hit in part.hits:
                described = part.text[hit.start - part.start : hit.end - part.start].lower()
                if "PEOPLE" in hit.concepts and figures.counted(described) == "people":
                    return described
    return ""


def _amounts(facts: Sequence[Fact]) -> dict[str, object]:
    """Lowest and highest figure of every count; the largest amount of money, in its own currency."""
    amounts: dict[str, object] = {}
    by_field: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.number_min is not None and _may_be_shown(fact):
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


def in_time(entry: TimelineEntry) -> tuple[bool, date, int, str, int]:
    """Dated entries by day, on one day in the order of the phases; undated ones after them in text order."""
    undated = entry.first_day is None
    return (undated, entry.first_day or date.max, 0 if undated else PHASES.index(entry.phase), entry.value, entry.start)


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
    return sorted(kept, key=in_time)


@Language.component("baomat_incidents")
def incidents(doc: Doc) -> Doc:
    """Set ``doc._.incidents`` and the roles in ``doc._.orgs``."""
    layers = doc._
    orgs = layers.orgs
    found, mentions = find(
        text_of(doc),
        sentences=layers.sentences,
        orgs=orgs,
        organizations=layers.organizations,
        dates=layers.dates,
        phases=layers.phases,
        published=layers.published,
    )
    if mentions != orgs:
        layers.orgs = mentions
    layers.incidents = found
    return doc
