"""Rules over concepts that speak for a phase, and how what they match is said: actual, claimed, planned, negated.

A rule (``lexicons/phases.tsv``) is a pattern of concepts with a weight. The sentence model (:mod:`baomat.phases`) takes
the rules that match as features; roles and facts ask here how a wording is meant.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from . import concepts, lexicon
from .concepts import Hit, Pattern
from .schema import PHASES

REACH = 40  # words that a denial reaches at most
SCOPE = 6  # words by which a negation, plan or doubt may stand before what it bears on
# Concepts that change what a match says, strongest first, with the modality that they give it ("" = no statement at all).
MODIFIERS = (("NEG", "negated"), ("MAYBE", ""), ("PLAN", "planned"), ("CLAIM", "claimed"))
TOLD = frozenset(("actual", "claimed"))
# What can be called false; where nothing of this is told, a denial points back.
_EVENTS = frozenset(("ATTACK", "HACKED", "CYBERATTACK", "STEAL", "LEAK", "ENCRYPT", "DEFACE", "RANSOM", "FRAUD", "DOWN", "ORG"))
_PARTING = frozenset(",;:")  # marks that part clauses
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
    said = concepts.said(hits)
    for rule in rules():
        found = [
            Match(rule, first.start, last.end, modality(hits, first, keyed)) for first, last in rule.pattern.find(hits, said)
        ]
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
        if hit.word - other.word - other.n_words <= SCOPE and _PARTING.isdisjoint(keyed[other.end : hit.start]):
            before |= other.concepts
    return next((name for concept, name in MODIFIERS if concept in before), "actual")


def _turns(hit: Hit, keyed: str) -> bool:
    """Whether a sentence turns to another statement here: "nhưng", or a comma before who says more."""
    if "SAY" in hit.concepts and "RUMOUR" not in hit.concepts:
        return "," in keyed[max(hit.start - 2, 0) : hit.start]
    return "CONTRAST" in hit.concepts


def denials(hits: Sequence[Hit], keyed: str, *, start: int, end: int) -> list[tuple[int, int]]:
    """What a sentence calls false, as [start, end) in the text.

    A verb (DENIES: "bác tin đồn …") bears on what follows, a verdict (FALSE: "thông tin … là sai sự thật") on what stands
    before it, from the word that opens it (RUMOUR); neither goes past a turn of speech ("nhưng", ", khẳng định"). What only
    points back ("bác bỏ thông tin trên", "đây là tin giả") bears on all that the sentence says before.

    Parameters
    ----------
    hits
        The concepts of the sentence, names among them.
    keyed
        The whole text as :func:`baomat.text.key` gives it.
    start, end
        Where the sentence lies.
    """
    spans = []
    for hit in hits:
        if hit.concepts.isdisjoint(("DENIES", "FALSE")):
            continue
        first = bisect.bisect_left(hits, hit.word - REACH, key=lambda other: other.word)
        last = bisect.bisect_right(hits, hit.word + REACH, key=lambda other: other.word)
        near = [other for other in hits[first:last] if other is not hit]
        turns = [other for other in near if _turns(other, keyed)]
        low = max((turn.end for turn in turns if turn.end <= hit.start), default=start)
        high = min((turn.start for turn in turns if turn.start >= hit.end), default=end)
        if "DENIES" in hit.concepts:
            span = (hit.start, high)
        else:
            opening = [other.start for other in near if "RUMOUR" in other.concepts and low <= other.start < hit.start]
            span = (min(opening, default=low), hit.end)
        inside = [other for other in near if span[0] <= other.start < span[1]]
        told = any(not other.concepts.isdisjoint(_EVENTS) for other in inside)
        points = any("THAT" in other.concepts for other in inside) or all("RUMOUR" in other.concepts for other in inside)
        spans.append((low, span[1]) if points and not told else span)
    return spans
