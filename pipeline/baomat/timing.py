"""Which phase a date dates: the cue nearest to it in its own sentence decides."""

from __future__ import annotations

from collections.abc import Sequence

from . import concepts
from .concepts import Hit
from .schema import DateMention

# What a cue dates, the more telling concepts first; a cue with several concepts takes the first listed.
PHASE_OF = (
    ("HAPPEN", "attack"),
    ("RECOVER", "recovery"),
    ("CONTAIN", "containment"),
    ("ERADICATE", "eradication"),
    ("ARREST", "investigation"),
    ("CHARGE", "investigation"),
    ("CONVICT", "investigation"),
    ("DETECT", "detection"),
    ("DISCLOSE", "disclosure"),
    ("REPORTS", "disclosure"),
    ("DEFACE", "attack"),
    ("HACKED", "attack"),
    ("CYBERATTACK", "attack"),
    ("ENCRYPT", "attack"),
    ("STEAL", "attack"),
    ("LEAK", "attack"),
    ("ATTACK", "attack"),
    ("FRAUD", "attack"),
    ("DOWN", "impact"),
    ("SHARES", "impact"),
    ("HARM", "impact"),
    ("CASE", "investigation"),
    ("AFTER", "post_incident"),
    ("RESPOND", "response"),
    ("SAY", "disclosure"),
)
_BARRIER = 2.5  # a clause border between a date and a cue counts as this many words


def link(
    text: str,
    dates: Sequence[DateMention],
    *,
    hits: Sequence[Hit],
    sentences: Sequence[tuple[int, int]],
) -> list[str]:
    """For every date the phase that it dates, or "" where no cue stands in its sentence.

    Parameters
    ----------
    text
        The article.
    hits
        Concepts of the whole text, names among them (:func:`baomat.concepts.with_names`).
    """
    phases = []
    for date in dates:
        start, end = sentences[date.sentence]
        inside = concepts.within(hits, start, end)
        candidates = [
            (_distance(text, date, hit), order, phase)
            for hit in inside
            if hit.end <= date.start or hit.start >= date.end
            for order, (concept, phase) in enumerate(PHASE_OF)
            if concept in hit.concepts
        ]
        phases.append(min(candidates, default=(0.0, 0, ""))[2])
    return phases


def _distance(text: str, date: DateMention, hit: Hit) -> float:
    before = hit.end <= date.start
    between = text[hit.end : date.start] if before else text[date.end : hit.start]
    borders = between.count(",") + between.count(";") + between.count(":")
    # "xảy ra vào 3h10 …": a cue right before a date belongs to it; a date that opens a clause looks forward.
    return len(between.split()) + _BARRIER * max(borders - (0 if before else 1), 0)
