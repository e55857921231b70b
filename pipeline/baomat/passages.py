"""The sentences of an article with all that the stages found in them, who speaks in each, and how firmly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from . import concepts, timing
from .concepts import Hit
from .phaserules import TOLD, denials, modality
from .schema import DateMention, OrgMention, PhaseMention
from .text import key


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with what the stages before found in it."""

    number: int
    start: int
    end: int
    text: str
    hits: tuple[Hit, ...]  # concepts, names among them as ORG
    orgs: tuple[OrgMention, ...]
    dates: tuple[tuple[DateMention, str], ...]  # with the phase that each dates
    phases: dict[str, PhaseMention]
    denied: tuple[tuple[int, int], ...] = ()  # [start, end) of what it calls false

    def has(self, *names: str) -> bool:
        """Whether a term of one of the concepts stands in it."""
        return any(not hit.concepts.isdisjoint(names) for hit in self.hits)

    def told(self, *names: str, keyed: str) -> bool:
        """Whether such a term stands in it as a fact or a claim (not negated, planned or only possible)."""
        return any(not hit.concepts.isdisjoint(names) and modality(self.hits, hit, keyed) in TOLD for hit in self.hits)

    def denies(self, place: int) -> bool:
        """Whether a place of the text lies in what it calls false."""
        return any(start <= place < end for start, end in self.denied)


def sentences(
    text: str,
    *,
    spans: Sequence[tuple[int, int]],
    orgs: Sequence[OrgMention],
    dates: Sequence[DateMention],
    phases: Sequence[PhaseMention],
) -> list[Sentence]:
    """Bring what the stages found together, sentence by sentence."""
    keyed = key(text)
    hits = concepts.with_names(concepts.find_with_roles(keyed), [(org.start, org.end) for org in orgs], keyed)
    linked = timing.link(text, dates, hits=hits, sentences=spans)
    found = []
    for number, (start, end) in enumerate(spans):
        named = tuple(org for org in orgs if org.sentence == number)
        inside = concepts.within(hits, start, end)
        dated = tuple((date, phase) for date, phase in zip(dates, linked, strict=True) if date.sentence == number)
        told = {mention.phase: mention for mention in phases if mention.sentence == number}
        denied = tuple(denials(inside, keyed, start=start, end=end))
        found.append(Sentence(number, start, end, text[start:end], tuple(inside), named, dated, told, denied))
    return found


def claimant(sentence: Sentence, victims: Collection[str]) -> str:
    """Who says what a sentence says: the organization that speaks in it, else the paper."""
    if sentence.has("ACTOR") and sentence.told("CLAIM", "THREATEN", keyed=key(sentence.text)):
        return "attacker"
    for hit in sentence.hits:
        for org in _speakers(sentence, hit):
            if org.org_id in victims:
                return "victim"
            if org.org_type in ("government", "police_military"):
                return "authority"
            if org.org_type == "security_firm" or (org.org_type in ("company", "other") and _expert(sentence, org)):
                return "security_firm"
            if org.org_type == "threat_actor":
                return "attacker"
    return "media"


def _expert(sentence: Sentence, org: OrgMention) -> bool:
    """Whether an organization is called a security firm: "hãng bảo mật X", "chuyên gia của X"."""
    return any("EXPERTS" in hit.concepts and 0 <= org.start - hit.end <= 1 for hit in sentence.hits)


def _speakers(sentence: Sentence, hit: Hit) -> list[OrgMention]:
    """Who may speak with a word of saying: a name before it, or after "theo"; never one of whom something is denied."""
    if hit.concepts.isdisjoint(("SAY", "DISCLOSE", "ACCORDING", "WARN")):
        return []
    reach = 15 if "RUMOUR" in hit.concepts else 120  # "thông tin" is a verb only right behind a name
    near = [
        org
        for org in sentence.orgs
        if org.role != "source"
        and (0 <= hit.start - org.end < reach or ("ACCORDING" in hit.concepts and 0 <= org.start - hit.end < reach))
    ]
    return [org for org in near if not sentence.denies(org.start)] or near


def firmness(sentence: Sentence, speaker: str, *, denied: bool = False) -> str:
    """What is denied is refuted where an authority says so; else confirmed where victim or authority speak of what they know."""
    if denied:
        return "refuted" if speaker == "authority" else "denied"
    return "confirmed" if speaker in ("victim", "authority") and not sentence.has("UNVERIFIED") else "claimed"
