"""Which phases of an incident each sentence tells, and how: actual, claimed, planned or negated.

A rule (``lexicons/phases.tsv``) is a pattern of concepts with a weight; the weights of the rules that match a sentence
add up. An article tells a concrete incident when some sentence is *anchored*: it says, not as a question, a plan, a
possibility or a statistic, that a cyber event took place. Without an anchor an article has no phases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from spacy.language import Language
from spacy.tokens import Doc

from . import concepts, layers, lexicon  # noqa: F401
from .concepts import Hit, Pattern
from .schema import PHASES, DateMention, OrgMention, PhaseMention
from .text import key

THRESHOLD = 1.0  # sum of rule weights from which a sentence has the phase
SCOPE = 6  # words by which a negation, plan or doubt may stand before what it bears on
# Concepts that change what a match says, strongest first, with the modality that they give it ("" = no statement at all).
MODIFIERS = (("NEG", "negated"), ("MAYBE", ""), ("PLAN", "planned"), ("CLAIM", "claimed"))


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of ``lexicons/phases.tsv``."""

    phase: str
    pattern: Pattern
    weight: float
    anchor: bool


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
        found.append(Rule(row.one_of("phase", PHASES), pattern, weight, row.one_of("anchor", ("yes", "no")) == "yes"))
    return tuple(found)


def matches(hits: Sequence[Hit], keyed: str) -> Iterator[Match]:
    """Every rule that matches the hits of one sentence, once, in its firmest modality."""
    for rule in rules():
        found = [Match(rule, first.start, last.end, modality(hits, first, keyed)) for first, last in rule.pattern.find(hits)]
        if found:
            yield min(found, key=lambda match: _FIRMNESS.index(match.modality))


_FIRMNESS = ("actual", "claimed", "negated", "planned", "")


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


def is_anchored(found: Sequence[Match], hits: Sequence[Hit], sentence: str) -> bool:
    """Whether a sentence tells, as a fact or a claim, that a concrete cyber event took place."""
    if sentence.rstrip(' "”').endswith("?") or any("GENERIC" in hit.concepts for hit in hits):
        return False
    attack = [match for match in found if match.rule.phase == "attack" and match.modality in ("actual", "claimed")]
    return any(match.rule.anchor for match in attack) and sum(match.rule.weight for match in attack) >= THRESHOLD


def find(text: str, *, sentences: Sequence[tuple[int, int]], orgs: Sequence[OrgMention] = ()) -> list[PhaseMention]:
    """The phases of every sentence.

    Parameters
    ----------
    text
        The article, NFC.
    sentences
        [start, end) of its sentences.
    orgs
        Its organizations: what stands inside a name ("Trung tâm Ứng cứu …") is no cue.

    Returns
    -------
    list of PhaseMention
        In text order; empty when no sentence is anchored.
    """
    keyed = key(text)
    hits = concepts.with_names(concepts.find(keyed), [(org.start, org.end) for org in orgs], keyed)
    anchored = False
    mentions: list[PhaseMention] = []
    for number, (start, end) in enumerate(sentences):
        inside = concepts.within(hits, start, end)
        found = list(matches(inside, keyed))
        anchored = anchored or is_anchored(found, inside, text[start:end])
        mentions += _sentence(found, text, number, start, end)
    return mentions if anchored else []


def _sentence(found: Sequence[Match], text: str, number: int, start: int, end: int) -> list[PhaseMention]:
    mentions = []
    for phase in PHASES:
        told = [match for match in found if match.rule.phase == phase and match.modality]
        firm = [match for match in told if match.modality in ("actual", "claimed")]
        for group in (firm, told):
            score = sum(match.rule.weight for match in group)
            if score >= THRESHOLD - 1e-9:
                best = max(group, key=lambda match: match.rule.weight)
                cue = text[best.start : best.end]
                mentions.append(PhaseMention(start, end, number, phase, best.modality, cue, best.start, min(score / 2, 1.0)))
                break
    return mentions


def attribute(
    mentions: Sequence[PhaseMention], *, orgs: Sequence[OrgMention], dates: Sequence[DateMention]
) -> list[PhaseMention]:
    """Add who acts (the nearest organization before the cue) and when (the nearest date) within the sentence."""
    attributed = []
    for mention in mentions:
        actors = [org for org in orgs if org.sentence == mention.sentence and org.end <= mention.cue_start]
        days = [date for date in dates if date.sentence == mention.sentence and date.value]
        day = min(days, key=lambda date: abs(date.start - mention.cue_start), default=None)
        attributed.append(replace(mention, org_id=actors[-1].org_id if actors else "", date_value=day.value if day else ""))
    return attributed


@Language.component("baomat_phases")
def phases(doc: Doc) -> Doc:
    """Set ``doc._.phases``."""
    orgs = doc._.orgs
    found = find(doc.text, sentences=doc._.sentences, orgs=orgs)
    doc._.phases = attribute(found, orgs=orgs, dates=doc._.dates)
    return doc
