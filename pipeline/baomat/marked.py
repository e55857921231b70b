"""Annotated articles as examples for training: their marks, and what the pipeline itself finds in them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from . import build, gold, phases
from .build import annotate
from .features import Sentences
from .linear import LinearModel
from .schema import Article, DateMention, OrgMention, PhaseMention, Published
from .sentencenet import SentenceNet
from .words import word_spans

FOLDS = 5


def fold_of(group: str) -> int:
    """Which of the parts of the corpus an incident belongs to, of which each is held out once."""
    return int(hashlib.sha256(f"fold {group}".encode()).hexdigest()[:8], 16) % FOLDS


# ---------------------------------------------------------------- the marks
def sentences_of(record: Mapping[str, Any], nlp: Any) -> Sentences:
    """A gold article's sentences with its marked organizations and dates, as the stages before would give them."""
    text = record["text"]
    spans = [(start, end) for start, end in record["spans"]]
    orgs = marked_orgs(record)
    told = [(date["surface"], date["value"]) for date in record["dates"]]
    dates = [
        DateMention(start, end, text[start:end], _sentence_of(start, spans), value, None, None, "", "", "gold")
        for (start, end), value in gold.in_order(text, told)
    ]
    words = [(span.start_char, span.end_char) for span in nlp(text)._.words]
    return Sentences(text, sentences=spans, words=words, orgs=orgs, dates=dates)


def marked_orgs(record: Mapping[str, Any]) -> list[OrgMention]:
    """The marked organizations, their agreed name as org_id."""
    text, spans = record["text"], record["spans"]
    told = {org["surface"]: org for org in record["orgs"]}
    return [
        OrgMention(start, end, surface, _sentence_of(start, spans), told[surface]["canon"], told[surface]["type"], "gold")
        for start, end in gold.occurrences(text, told)
        for surface in [text[start:end]]
    ]


def _sentence_of(start: int, spans: Sequence[Sequence[int]]) -> int:
    return next((number for number, (_, end) in enumerate(spans) if start < end), len(spans) - 1)


def phase_labels(record: Mapping[str, Any]) -> list[set[str]]:
    """The phases of every sentence."""
    told = {sentence["i"]: set(sentence["phases"]) for sentence in record["sents"]}
    return [told.get(number, set()) for number in range(len(record["spans"]))]


_LISTED = {"victims": "victim", "impersonated": "impersonated", "threat_actors": "attacker", "responders": "responder"}


def role_labels(record: Mapping[str, Any]) -> dict[str, set[str]]:
    """The roles of every organization: those that the incident's record lists, else those of its marks."""
    listed = {role: set(record["incident"][field]) for field, role in _LISTED.items()}
    labels: dict[str, set[str]] = {}
    for org in record["orgs"]:
        roles = {role for role, names in listed.items() if org["canon"] in names}
        marked = org.get("role", "mentioned")
        if not roles and marked not in listed and marked != "mentioned":
            roles = {marked}
        labels.setdefault(org["canon"], set()).update(roles)
    return labels


def marked_phases(record: Mapping[str, Any]) -> list[PhaseMention]:
    """The marked phases."""
    return [
        PhaseMention(start, end, number, phase, "actual", "", start)
        for number, ((start, end), told) in enumerate(zip(record["spans"], phase_labels(record), strict=True))
        for phase in sorted(told)
    ]


# ---------------------------------------------------------------- what the pipeline finds
@dataclass(frozen=True, slots=True)
class Reading:
    """What the pipeline itself finds in an article that tells an incident; its phases by a model that did not see it.

    Roles and records are learned from readings, not from the marks: they must bear what the stages before get wrong.
    """

    record: Mapping[str, Any]
    sentences: list[tuple[int, int]]
    orgs: list[OrgMention]
    dates: list[DateMention]
    phases: list[PhaseMention]
    published: Published | None

    @property
    def incident(self) -> dict[str, Any]:
        """What is marked."""
        marked: dict[str, Any] = self.record["incident"]
        return marked

    @property
    def fold(self) -> int:
        """Which of the models did not see it."""
        return fold_of(self.record["group"])

    def meant(self) -> dict[str, str]:
        """org_id -> the agreed name that most of its mentions have in the marks."""
        shared: dict[str, Counter[str]] = {}
        marks = marked_orgs(self.record)
        for org in self.orgs:
            for mark in marks:
                if mark.start < org.end and org.start < mark.end:
                    shared.setdefault(org.org_id, Counter())[mark.org_id] += 1
        return {org_id: min(names, key=lambda name: (-names[name], name)) for org_id, names in shared.items()}


def read(
    records: Sequence[Mapping[str, Any]], held_out: Sequence[tuple[LinearModel, SentenceNet]], article: LinearModel
) -> list[Reading]:
    """Read every article that tells an incident, with the organizations and dates that the package's own models find.

    Parameters
    ----------
    held_out
        For every fold the models of sentences that did not see it.
    article
        The article model.
    """
    nlp = build.load(exclude=["phases", "incidents"])
    always = replace(article, thresholds=np.zeros_like(article.thresholds))  # it does tell an incident
    readings = []
    for record in records:
        if record["incident"]:
            doc = annotate(Article(record["text"], record["title"], record["id"], published=record["published"]), nlp)
            orgs, dates, spans = doc._.orgs, doc._.dates, doc._.sentences
            models = *held_out[fold_of(record["group"])], always
            told = phases.find(record["text"], sentences=spans, words=word_spans(doc), orgs=orgs, dates=dates, models=models)
            readings.append(Reading(record, spans, orgs, dates, told, doc._.published))
    return readings
