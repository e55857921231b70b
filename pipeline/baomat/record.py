"""The judgements about an incident as a whole: kind, verification, types of attack, state of the systems and of the case.

A linear model, trained on ``data/gold``, weighs what the telling sentences hold, together with what simple rules suggest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from . import facts, linear, vectors
from .concepts import for_roles
from .passages import Sentence, claimant
from .phaserules import TOLD, modality
from .schema import ATTACK_TYPES, CASE_STATUSES, KINDS, SERVICE_STATUSES, VERIFICATIONS

Features = dict[str, float]
_WORD = re.compile(r"[^\W\d]+")
RULE_SHARE = {
    "kind": 0.2,
    "verification": 0.2,
    "type": 0.3,
    "service_status": 0.3,
    "case_status": 0.3,
}  # what a rule's say adds to the model's probability
VECTOR_SHARE = 4.0  # of the mean vector of the words, beside features that are mostly 0 or 1
LEAST = 0.3  # the score from which a type of attack is told though it reaches no threshold
GROUPS = {
    "kind": KINDS,
    "verification": VERIFICATIONS,
    "type": ATTACK_TYPES,
    "service_status": SERVICE_STATUSES,
    "case_status": CASE_STATUSES,
}
LABELS = tuple(f"{group}:{name}" for group, names in GROUPS.items() for name in names)


def describe(told: Sequence[Sentence], keyed: str, victims: Collection[str]) -> Features:
    """Features of an incident.

    Parameters
    ----------
    told
        The sentences that tell it.
    keyed
        The whole text as :func:`baomat.text.key` gives it.
    victims
        org_ids of its victims.
    """
    features: Features = {"victims": float(bool(victims)), "brief": float(len(told) <= 3)}
    weights = type_weights(told, keyed)
    best = max(weights.values(), default=1.0)
    for name, value in weights.items():
        features[f"type:{name}"] = min(value, 3.0)
        features[f"share:{name}"] = value / best
    features[f"kind?{likely_kind(weights, victims)}"] = 1.0
    features[f"verification?{likely_verification(told, keyed, victims)}"] = 1.0
    found = [fact for sentence in told for fact in facts.statuses(sentence, keyed, "")]
    features[f"service_status?{facts.service_status(found)}"] = features[f"case_status?{facts.case_status(found)}"] = 1.0
    for place, sentence in enumerate(told):
        head = sentence.number <= 1
        for hit in sentence.hits:
            said = modality(sentence.hits, hit, keyed)
            for name in hit.concepts - for_roles():
                if said in TOLD:
                    features[f"c:{name}"] = 1.0
                    if head:
                        features[f"h:{name}"] = 1.0
                elif said == "negated":
                    features[f"n:{name}"] = 1.0
        words = _WORD.findall(keyed, sentence.start, sentence.end)
        features |= {f"w:{word}": 0.5 for word in words} | {f"w:{first} {second}": 0.5 for first, second in pairwise(words)}
        for phase in sentence.phases:
            features[f"phase:{phase}"] = features.get(f"phase:{phase}", 0.0) + 1.0 / len(told)
        for org in sentence.orgs:
            features[f"role:{org.role}"] = 1.0
            features[f"org:{org.role}:{org.org_type}"] = 1.0
        features[f"says:{claimant(sentence, victims)}"] = 1.0
        if sentence.has("DENY"):
            features[f"denies:{claimant(sentence, victims)}"] = 1.0
        if place == 0:
            features |= {f"first:{phase}": 1.0 for phase in sentence.phases}
    for name, part in (("all", told), ("first", told[:1])):
        words = [word for sentence in part for word in _WORD.findall(keyed, sentence.start, sentence.end)]
        features |= vectors.features(f"v:{name}", words, share=VECTOR_SHARE)
    return features


def type_weights(told: Sequence[Sentence], keyed: str) -> Counter[str]:
    """What the rules for types of attack say over the telling sentences; the headline counts double."""
    weights: Counter[str] = Counter()
    for sentence in told:
        for name, weight in facts.attack_types(sentence, keyed).items():
            weights[name] += weight * (2 if sentence.number == 0 else 1)  # type: ignore[assignment]
    return weights


def likely_kind(weights: Counter[str], victims: Collection[str]) -> str:
    """The kind that victims and types suggest."""
    first = max(weights, key=lambda name: weights[name], default="other")
    if victims:
        return "attack_on_organization"
    if weights["fraud"] >= 0.3 * weights[first] > 0:
        return "online_fraud"
    if first in ("account_takeover", "data_breach", "phishing"):
        return "attack_on_individuals"
    return (
        "campaign"
        if first in ("malware", "vulnerability", "espionage", "ransomware", "supply_chain")
        else "attack_on_organization"
    )


def likely_verification(told: Sequence[Sentence], keyed: str, victims: Collection[str]) -> str:
    """How far the speakers of the sentences suggest that it is verified."""
    if any(sentence.told("ARREST", "CHARGE", "CONVICT", keyed=keyed) for sentence in told):
        return "confirmed"
    if any(sentence.told("DENY", keyed=keyed) for sentence in told):
        return "disputed"
    if any(claimant(sentence, victims) in ("victim", "authority") for sentence in told):
        return "confirmed"
    responded = any(sentence.phases.keys() & {"recovery", "containment", "eradication"} for sentence in told)
    return "confirmed" if responded else "claimed"


def scores(model: linear.LinearModel, features: linear.Features) -> dict[str, float]:
    """A score for every label: the model's probability and what the rules suggest together."""
    found = model.probabilities(features)
    for label in found:
        group, _, name = label.partition(":")
        found[label] += RULE_SHARE[group] * (
            features.get(f"share:{name}", 0.0) if group == "type" else f"{group}?{name}" in features
        )
    return found


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model says of an incident; the likeliest type of attack first."""

    kind: str
    verification: str
    types: list[str]
    service_status: str
    case_status: str


def judge(told: Sequence[Sentence], keyed: str, victims: Collection[str]) -> Judgement:
    """Judge the incident that the sentences tell."""
    model = linear.load("record")
    features = describe(told, keyed, victims)
    chances = scores(model, features)

    def likeliest(group: str) -> str:
        """A rare value needs less than a common one: each is held against its own threshold."""
        return max(GROUPS[group], key=lambda name: chances[f"{group}:{name}"] / model.threshold(f"{group}:{name}"))

    return Judgement(
        kind=likeliest("kind"),
        verification=likeliest("verification"),
        types=_types({name: (chances[f"type:{name}"], model.threshold(f"type:{name}")) for name in ATTACK_TYPES}),
        service_status=likeliest("service_status"),
        case_status=likeliest("case_status"),
    )


def _types(chances: Mapping[str, tuple[float, float]]) -> list[str]:
    """The types of attack that reach their thresholds, the likeliest first; where none does the likeliest, if likely at all."""
    likely = sorted(chances, key=lambda name: -chances[name][0])
    types = [name for name in likely if chances[name][0] >= chances[name][1]]
    if not types and chances[likely[0]][0] >= LEAST:
        types = likely[:1]
    if "ransomware" in types and "malware" in types[types.index("ransomware") :]:
        types.remove("malware")  # by definition another harmful program
    return [name for name in types if name != "other"] or ["other"]
