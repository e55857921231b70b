"""The judgements about an incident as a whole: its kind, how far it is verified, which types of attack it was.

A linear model, trained on ``data/gold``, weighs what the telling sentences hold. A type of attack is only considered where
some sentence tells it (:func:`baomat.facts.attack_types`), so that every type has its evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from . import facts, linear
from .facts import Sentence
from .phaserules import TOLD, modality
from .schema import ATTACK_TYPES, KINDS, VERIFICATIONS

Features = dict[str, float]
LABELS = (
    *(f"kind:{kind}" for kind in KINDS),
    *(f"verification:{name}" for name in VERIFICATIONS),
    *(f"type:{name}" for name in ATTACK_TYPES),
)


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
    for place, sentence in enumerate(told):
        head = sentence.number <= 1
        for hit in sentence.hits:
            said = modality(sentence.hits, hit, keyed)
            for name in hit.concepts:
                if said in TOLD:
                    features[f"c:{name}"] = 1.0
                    if head:
                        features[f"h:{name}"] = 1.0
                elif said == "negated":
                    features[f"n:{name}"] = 1.0
        for phase in sentence.phases:
            features[f"phase:{phase}"] = features.get(f"phase:{phase}", 0.0) + 1.0 / len(told)
        for org in sentence.orgs:
            features[f"role:{org.role}"] = 1.0
            features[f"org:{org.role}:{org.org_type}"] = 1.0
        features[f"says:{facts.claimant(sentence, victims)}"] = 1.0
        if sentence.has("DENY"):
            features[f"denies:{facts.claimant(sentence, victims)}"] = 1.0
        if place == 0:
            features |= {f"first:{phase}": 1.0 for phase in sentence.phases}
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
    if any(facts.claimant(sentence, victims) in ("victim", "authority") for sentence in told):
        return "confirmed"
    responded = any(sentence.phases.keys() & {"recovery", "containment", "eradication"} for sentence in told)
    return "confirmed" if responded else "claimed"


def judge(told: Sequence[Sentence], keyed: str, victims: Collection[str]) -> tuple[str, str, list[str]]:
    """Kind, verification and types of attack, the likeliest type first."""
    model = linear.load("record")
    features = describe(told, keyed, victims)
    chances = model.probabilities(features)
    kind = max(KINDS, key=lambda name: chances[f"kind:{name}"])
    verification = max(VERIFICATIONS, key=lambda name: chances[f"verification:{name}"])
    told_types = [name for name in ATTACK_TYPES if f"type:{name}" in features]
    types = [name for name in told_types if chances[f"type:{name}"] >= model.threshold(f"type:{name}")]
    if not types and told_types:
        types = [max(told_types, key=lambda name: chances[f"type:{name}"])]
    return kind, verification, sorted(types, key=lambda name: -chances[f"type:{name}"]) or ["other"]
