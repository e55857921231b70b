"""Facts of the told incident, each with the sentence that says so.

A fact is one statement of one passage: a victim, a type of attack, a date, a figure, a status. Nothing is added that no
passage says; whoever says it (``claimant``) and how firmly (``claim``) stay with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from . import concepts, figures, lexicon, rolerules
from .concepts import Pattern
from .passages import Sentence, claimant, firmness
from .phaserules import TOLD, modality
from .schema import ATTACK_TYPES, CASE_STATUSES, TRUST, Fact, OrgMention
from .text import fold, key

MENTION_FIELDS = {
    "victim": "victim",
    "impersonated": "impersonated",
    "attacker": "threat_actor",
    "responder": "responder",
    "authority": "authority",
    "unaffected": "unaffected",
}
DATE_FIELDS = {
    "detection": "detected",
    "disclosure": "made_public",
    "containment": "contained",
    "recovery": "recovered",
}
FIGURE_FIELDS = {"people": "people", "records": "records", "volume": "volume", "machines": "machines", "sites": "sites"}
_CITIZENS = re.compile(r"(?:người|công dân|giới chức|quan chức|phía)\s$")  # before a state: no word about the state itself
_ADMITS = re.compile(r"(?<!\w)(?:xác|thừa) nhận(?!\w)")
UNTRUE = frozenset(("denied", "refuted"))  # claims that a value is false


@cache
def _type_rules() -> tuple[tuple[str, Pattern, float], ...]:
    rules = []
    for row in lexicon.read("attack_types", ("attack_type", "pattern", "weight"), unique=("attack_type", "pattern")):
        try:
            rules.append(
                (row.one_of("attack_type", ATTACK_TYPES), concepts.compile_pattern(row["pattern"]), float(row["weight"]))
            )
        except (KeyError, ValueError) as error:
            row.fail(f"bad pattern or weight: {error}")
    return tuple(rules)


def attack_types(sentence: Sentence, keyed: str) -> dict[str, float]:
    """Types of attack that a sentence tells, with the sum of the weights of the rules that say so."""
    return {name: sum(weight for weight, _ in found) for name, found in _told_types(sentence, keyed).items()}


def _told_types(sentence: Sentence, keyed: str) -> dict[str, list[tuple[float, bool]]]:
    """For every type that a sentence tells the weights of the rules that say so, and whether each match is called false."""
    told: dict[str, list[tuple[float, bool]]] = {}
    said = concepts.said(sentence.hits)
    for name, pattern, weight in _type_rules():
        found = [first for first, _ in pattern.find(sentence.hits, said) if modality(sentence.hits, first, keyed) in TOLD]
        if found:
            told.setdefault(name, []).append((weight, all(sentence.denies(first.start) for first in found)))
    return told


def find(
    told: Sequence[Sentence], *, keyed: str, names: dict[str, str], victims: Collection[str], types: Collection[str]
) -> list[Fact]:
    """Every fact of the sentences of one incident.

    Parameters
    ----------
    told
        The sentences that tell the incident.
    keyed
        The whole text as :func:`baomat.text.key` gives it.
    names
        Name of every org_id.
    victims, types
        The incident's victims (org_ids) and types of attack.
    """
    facts: list[Fact] = []
    spoken_of: list[OrgMention] = []  # the victims that a sentence named last
    for sentence in told:
        speaker = claimant(sentence, victims)
        spoken_of = [org for org in sentence.orgs if org.role == "victim" and org.org_id in victims] or spoken_of
        facts += _organizations(sentence, keyed, names, victims, speaker)
        facts += _denials(sentence, spoken_of, names, speaker)
        facts += _types(sentence, keyed, types, speaker)
        facts += _dates(sentence, speaker)
        facts += _figures(sentence, keyed, speaker)
        facts += statuses(sentence, keyed, speaker)
    return [*facts, *_untold_types(told, facts, types, victims)]


def _fact(sentence: Sentence, field: str, value: str, *, claim: str, claimant: str, **more: object) -> Fact:
    return Fact(field, value, sentence.start, sentence.end, sentence.text, claim=claim, claimant=claimant, **more)  # type: ignore[arg-type]


def _organizations(
    sentence: Sentence, keyed: str, names: dict[str, str], victims: Collection[str], speaker: str
) -> Iterator[Fact]:
    for org in {org.org_id: org for org in sentence.orgs}.values():
        field = MENTION_FIELDS.get(org.role)
        if field == "victim" and org.org_id not in victims:
            continue
        if field:
            claim, by = firmness(sentence, speaker), speaker
            if field in ("responder", "authority"):
                claim = "confirmed"
            elif field == "victim" and rolerules.is_denied(org, sentence.hits, keyed, sentence.denied):
                claim = firmness(sentence, speaker, denied=True)
            elif field == "victim" and rolerules.is_unhurt(org, sentence.hits, keyed, sentence.denied):
                claim, by = "claimed", "media"  # "dữ liệu vẫn an toàn": it speaks as the victim, but confirms nothing
            yield _fact(sentence, field, names[org.org_id], value_key=org.org_id, claim=claim, claimant=by, score=org.score)
    yield from _states(sentence, speaker)


def _denials(sentence: Sentence, spoken_of: Sequence[OrgMention], names: dict[str, str], speaker: str) -> Iterator[Fact]:
    """What a sentence denies without a name ("Công an khẳng định đây là tin giả") is denied of the victims named before."""
    if not sentence.denied or any(org.role in ("victim", "mentioned") for org in sentence.orgs):
        return
    claim = firmness(sentence, speaker, denied=True)
    for org in {org.org_id: org for org in spoken_of}.values():
        yield _fact(sentence, "victim", names[org.org_id], value_key=org.org_id, claim=claim, claimant=speaker, score=org.score)


def _states(sentence: Sentence, speaker: str) -> Iterator[Fact]:
    """The states named as attackers: "tin tặc Triều Tiên", "cáo buộc Nga đứng sau"."""
    found: set[str] = set()
    said = concepts.said(sentence.hits)
    for pattern in _state_patterns():
        for first, last in pattern.find(sentence.hits, said):
            state = last if "STATE" in last.concepts else first
            wording = sentence.text[state.start - sentence.start : state.end - sentence.start]
            name = _capitals().get(key(wording), wording)
            if name in found or _CITIZENS.search(sentence.text, 0, state.start - sentence.start):
                continue
            found.add(name)
            yield _fact(sentence, "threat_actor", name, value_key=fold(name), claim="claimed", claimant=speaker, score=0.7)


@cache
def _capitals() -> dict[str, str]:
    return {key(row["wording"]): row["state"] for row in lexicon.read("states", ("wording", "state"), unique=("wording",))}


@cache
def _state_patterns() -> tuple[Pattern, ...]:
    sources = (
        "ACTOR STATE ~2",
        "ACTOR LINKED STATE ~2",
        "ACCUSE STATE ~0",
        "STATE BEHIND ~2",
        "STATE PASSIVE ACCUSE|SUSPECTED ~1",
    )
    return tuple(concepts.compile_pattern(source) for source in sources)


def _types(sentence: Sentence, keyed: str, types: Collection[str], speaker: str) -> Iterator[Fact]:
    for name, found in _told_types(sentence, keyed).items():
        if name in types:
            claim = firmness(sentence, speaker, denied=all(denied for _, denied in found))
            score = min(sum(weight for weight, _ in found), 1.0)
            yield _fact(sentence, "attack_type", name, value_key=name, claim=claim, claimant=speaker, score=score)


def _untold_types(
    told: Sequence[Sentence], found: Sequence[Fact], types: Collection[str], victims: Collection[str]
) -> Iterator[Fact]:
    """Types that no single wording tells: the sentence that tells the attack (or the first one) is their evidence."""
    missing = set(types) - {fact.value for fact in found if fact.field == "attack_type"}
    if missing and told:
        sentence = next((part for part in told if "attack" in part.phases), told[0])
        speaker = claimant(sentence, victims)
        for name in sorted(missing):
            yield _fact(sentence, "attack_type", name, value_key=name, claim="claimed", claimant=speaker, score=0.5)


def _dates(sentence: Sentence, speaker: str) -> Iterator[Fact]:
    for date, phase in sentence.dates:
        field = DATE_FIELDS.get(phase)
        mention = sentence.phases.get(phase)
        if not (field and mention and date.value) or mention.modality in ("planned", "negated"):
            continue
        if field == "made_public" and sentence.has("REPORTTO"):
            field = "reported_to_authority"
        qualifier = "at_most" if sentence.has("ASOF") else "exact"
        claim = firmness(sentence, speaker, denied=bool(sentence.denied))
        yield _fact(sentence, field, date.value, value_key=date.value, claim=claim, claimant=speaker, qualifier=qualifier)


def onset_fact(sentence: Sentence, value: str, victims: Collection[str]) -> Fact:
    """The fact that the attack began at ``value``, with the sentence that says so (see :mod:`baomat.onset`)."""
    speaker = claimant(sentence, victims)
    denied = any(sentence.denies(day.start) for day, _ in sentence.dates if day.value == value)
    claim = firmness(sentence, speaker, denied=denied)
    return _fact(sentence, "onset", value, value_key=value, claim=claim, claimant=speaker)


def _figures(sentence: Sentence, keyed: str, speaker: str) -> Iterator[Fact]:
    if not sentence.phases.keys() & {"attack", "impact", "investigation", "disclosure"}:
        return
    for figure in figures.find(sentence.text):
        field = FIGURE_FIELDS.get(figure.what)
        if figure.what == "money":
            field = _money(sentence, figure, keyed)
        if not field:
            continue
        denied = sentence.denies(sentence.start + figure.start)
        claim = "estimated" if not denied and "ước tính" in figure.text else firmness(sentence, speaker, denied=denied)
        yield _fact(
            sentence,
            field,
            figure.text,
            value_key=fold(figure.text),
            number_min=figure.low,
            number_max=figure.high,
            unit=figure.unit,
            currency=figure.currency,
            qualifier=figure.qualifier,
            claim=claim,
            claimant=speaker,
        )


def _money(sentence: Sentence, figure: figures.Figure, keyed: str) -> str | None:
    """What an amount is: the ransom, or money lost; other amounts (prices, budgets) are no facts of the incident."""
    at = sentence.start + figure.start
    near = [hit for hit in sentence.hits if abs(hit.start - at) <= 60]
    if any("RANSOM" in hit.concepts for hit in near):
        return "ransom"
    if any(not hit.concepts.isdisjoint(("STEAL", "FRAUD", "HARM")) for hit in near):
        return "loss"
    return None


_STATUSES = (  # field, value, concepts that say so; furthest stage last
    ("case_status", "under_investigation", ("CASE",)),
    ("case_status", "arrested", ("ARREST",)),
    ("case_status", "charged", ("CHARGE",)),
    ("case_status", "convicted", ("CONVICT",)),
)


def statuses(sentence: Sentence, keyed: str, speaker: str) -> Iterator[Fact]:
    """What a sentence says of the victim's systems, of the case, and against the telling."""
    firm = "confirmed" if speaker in ("victim", "authority", "media") else "claimed"
    if "investigation" in sentence.phases:
        for field, value, told in _STATUSES:
            if sentence.told(*told, keyed=keyed):
                yield _fact(sentence, field, value, value_key=value, claim=firm, claimant=speaker)
    if "recovery" in sentence.phases and sentence.phases["recovery"].modality == "actual" and sentence.has("SYSTEM"):
        yield _fact(sentence, "service_status", "restored", value_key="restored", claim=firm, claimant=speaker)
    elif "impact" in sentence.phases and sentence.told("DOWN", keyed=keyed):
        yield _fact(sentence, "service_status", "down", value_key="down", claim=firm, claimant=speaker)
    if sentence.denied:
        value, claim = ("refuted", "refuted") if speaker == "authority" else ("disputed", "denied")
        yield _fact(sentence, "verification", value, value_key=value, claim=claim, claimant=speaker)


def standing(facts: Sequence[Fact], victims: Sequence[str]) -> list[str]:
    """The victims of which the best kind of source does not say that what is told of them is false."""
    kept = []
    for org in victims:
        told = [fact for fact in facts if fact.field == "victim" and fact.value_key == org]
        best = min((TRUST.index(fact.claimant) for fact in told), default=0)
        if not told or any(TRUST.index(fact.claimant) == best and fact.claim not in UNTRUE for fact in told):
            kept.append(org)
    return kept


def verification(judged: str, facts: Sequence[Fact], hit: Collection[str]) -> str:
    """How far an incident is verified: what every victim denies is disputed, and never confirmed.

    Where only others deny that they were hit, or a victim admits it and denies but a figure, it may be.

    Parameters
    ----------
    judged
        What the model says.
    hit
        The victims that stand (:func:`standing`).
    """
    told = [fact for fact in facts if fact.field == "victim"]
    claims = {fact.claim for fact in told if not hit or fact.value_key in hit}
    if hit:
        others = any(fact.field in ("victim", "unaffected") and fact.value_key not in hit for fact in facts)
        sure = [fact for fact in told if fact.claim == "confirmed" and fact.value_key in hit]
        admitted = any(others or _ADMITS.search(key(fact.quote)) for fact in sure)
        return "confirmed" if judged == "disputed" and admitted and not claims & UNTRUE else judged
    if "refuted" in claims:
        return "refuted"
    return "disputed" if "denied" in claims and judged in ("confirmed", "claimed") else judged


def case_status(facts: Sequence[Fact]) -> str:
    """The furthest stage that the facts tell."""
    return max((fact.value for fact in facts if fact.field == "case_status"), key=CASE_STATUSES.index, default="none_told")


def service_status(facts: Sequence[Fact]) -> str:
    """The state of the systems that the facts tell last."""
    return next((fact.value for fact in reversed(facts) if fact.field == "service_status"), "unknown")


def status_facts(
    told: Sequence[Sentence], facts: Sequence[Fact], chosen: Mapping[str, str], victims: Collection[str]
) -> list[Fact]:
    """The facts with those of a status field preferred that say what was chosen.

    Where no wording alone says it, the last sentence of the phase that it belongs to is its evidence.
    """
    found = [replace(fact, preferred=fact.value == chosen[fact.field]) if fact.field in chosen else fact for fact in facts]
    for field, value in chosen.items():
        if value in ("unknown", "none_told") or any(fact.field == field and fact.value == value for fact in facts):
            continue
        phase = "investigation" if field == "case_status" else "recovery" if value == "restored" else "impact"
        sentence = next((part for part in reversed(told) if phase in part.phases), told[-1])
        speaker = claimant(sentence, victims)
        found.append(_fact(sentence, field, value, value_key=value, claim="claimed", claimant=speaker, score=0.5, preferred=True))
    return found
