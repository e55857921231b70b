"""Rules over concepts that speak for a phase, and how what they match is said: actual, claimed, planned, negated.

A rule (``lexicons/phases.tsv``) is a pattern of concepts with a weight. The sentence model (:mod:`baomat.phases`) takes
the rules that match as features; roles and facts ask here how a wording is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from . import concepts, lexicon
from .concepts import Hit, Pattern
from .schema import PHASES

SCOPE = 6  # words by which a negation, plan or doubt may stand before what it bears on
# Concepts that change what a match says, strongest first, with the modality that they give it ("" = no statement at all).
MODIFIERS = (("NEG", "negated"), ("MAYBE", ""), ("PLAN", "planned"), ("CLAIM", "claimed"))
TOLD = frozenset(("actual", "claimed"))
_FIRMNESS = ("actual", "claimed", "negated", "planned", "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of ``lexicons/phases.tsv``."""

    name: str
    phase: str
    pattern: Pattern
    weight: float
    anchor: bool  # by itself it tells that a concrete cyber event took place


@dataclass(frozen=True, slots=True)
class Match:
    """A rule matched on ``[start, end)`` with the modality that its context gives it."""

    rule: Rule
    start: int
    end: int
    modality: str


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of ``lexicons/phases.tsv``, validated."""
    found = []
    for row in lexicon.read("phases", ("phase", "pattern", "weight", "anchor"), unique=("phase", "pattern")):
        try:
            pattern, weight = concepts.compile_pattern(row["pattern"]), float(row["weight"])
        except (KeyError, ValueError) as error:
            row.fail(f"bad pattern or weight: {error}")
        phase = row.one_of("phase", PHASES)
        found.append(Rule(f"{phase}/{row['pattern']}", phase, pattern, weight, row.one_of("anchor", ("yes", "no")) == "yes"))
    return tuple(found)


def matches(hits: Sequence[Hit], keyed: str) -> Iterator[Match]:
    """Every rule that matches the hits of one sentence, once, in its firmest modality."""
    for rule in rules():
        found = [Match(rule, first.start, last.end, modality(hits, first, keyed)) for first, last in rule.pattern.find(hits)]
        if found:
            yield min(found, key=lambda match: _FIRMNESS.index(match.modality))


def is_anchored(found: Sequence[Match], hits: Sequence[Hit], sentence: str) -> bool:
    """Whether a sentence tells, as a fact or a claim, not as a question or a statistic, that a cyber event took place."""
    if sentence.rstrip(' "”').endswith("?") or any("GENERIC" in hit.concepts for hit in hits):
        return False
    attack = [match.rule for match in found if match.rule.phase == "attack" and match.modality in TOLD]
    return any(rule.anchor for rule in attack) and sum(rule.weight for rule in attack) >= 1.0 - 1e-9


def modality(hits: Sequence[Hit], hit: Hit, keyed: str) -> str:
    """How a hit is said: actual, claimed, planned, negated, or "" where it is only possible.

    A modifier bears on what follows it in the same clause (no comma or semicolon between) within :data:`SCOPE` words.
    """
    before: set[str] = set()
    for other in hits:
        if other.end > hit.start:
            break
        if hit.word - other.word - other.n_words <= SCOPE and not any(char in ",;:" for char in keyed[other.end : hit.start]):
            before |= other.concepts
    return next((name for concept, name in MODIFIERS if concept in before), "actual")
