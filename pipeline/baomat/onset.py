"""When the attack began: which of the dates of an article is the onset.

Newspapers open with what is new; the beginning stands anywhere. A linear model, trained on ``data/gold``, looks at every
date: the phases of its sentence, the concepts beside it, how early it is among the others and before publication.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from . import linear, vectors
from .passages import Sentence
from .schema import DateMention, Published
from .text import key

Features = dict[str, float]
_WORDS, _SYLLABLES = re.compile(r"\w+"), re.compile(r"[^\W\d]+")
_NEAR = 6  # words within which a concept beside a date is looked at
_MEANT = 8  # words on each side of a date whose meaning counts
VECTOR_SHARE = 2.0  # of their mean vector, beside features that are 0 or 1
_AGES = ((-1, "ahead"), (0, "same day"), (1, "day"), (3, "days"), (7, "week"), (31, "month"), (120, "season"), (400, "year"))


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in its sentence, with its features; ``value`` is the beginning of what it says."""

    sentence: Sentence
    mention: DateMention
    value: str
    features: Features


def describe(told: Sequence[Sentence], *, published: Published | None) -> list[Dated]:
    """Every valued date of the sentences, which may tell no phase."""
    dated = [(part, day, phase) for part in told for day, phase in part.dates if day.value and "X" not in day.value]
    days = sorted({day.first_day for _, day, _ in dated if day.first_day and len(day.value) >= 10})
    if published:
        days = [day for day in days if -1 <= (published.last_day - day).days <= 400] or days
    found = []
    for part, day, phase in dated:
        features: Features = {
            f"dates:{phase}": 1.0,
            f"granularity:{day.granularity}": 1.0,
            f"kind:{day.kind}": 1.0,
            f"sentence:{min(part.number, 3)}": 1.0,
            f"age:{_age(day.first_day, published)}": 1.0,
        }
        features |= {f"phase:{name}": 1.0 for name in part.phases or ("none",)}
        features |= {f"phase:{name}&dates:{phase}": 1.0 for name in part.phases if name == "attack" or name == phase}
        if days and day.first_day:
            place = sum(other < day.first_day for other in days)
            features[f"place:{min(place, 3)}"] = 1.0
            features["last"] = float(day.first_day >= days[-1])
            features |= {
                f"place:{min(place, 3)}&phase:{name}": 1.0 for name in part.phases if name in ("attack", "impact", "detection")
            }
        features |= _beside(part, day) | _wording(part, day) | _meaning(part, day)
        found.append(Dated(part, day, day.value.partition("/")[0], features))
    return found


def _age(first_day: date | None, published: Published | None) -> str:
    if not first_day or not published:
        return "unknown"
    days = (published.last_day - first_day).days
    return next((name for limit, name in _AGES if days <= limit), "old")


def _beside(part: Sentence, day: DateMention) -> Features:
    features: Features = {}
    for hit in part.hits:
        before = hit.end <= day.start
        between = (
            part.text[hit.end - part.start : day.start - part.start]
            if before
            else part.text[day.end - part.start : hit.start - part.start]
        )
        if len(between.split()) <= _NEAR:
            features |= {f"{'L' if before else 'R'}:{name}": 1.0 for name in hit.concepts}
    return features


def _wording(part: Sentence, day: DateMention) -> Features:
    """The words that lead to a date and its own first ("từ [tháng 4]", "hồi [giữa tuần]"), and the word after it."""
    start, end = day.start - part.start, day.end - part.start
    keyed = key(part.text)
    left, own, right = (
        _WORDS.findall(text) for text in (keyed[max(start - 30, 0) : start], keyed[start:end], keyed[end : end + 20])
    )
    features = {f"l{place}:{word}": 1.0 for place, word in enumerate(reversed(left[-2:]))}
    features |= {f"first:{word}": 1.0 for word in own[:1]} | {f"r0:{word}": 1.0 for word in right[:1]}
    return features | {"opens": float(start == 0)}


def _meaning(part: Sentence, day: DateMention) -> Features:
    """What the words before and after a date mean: their mean vectors."""
    keyed = key(part.text)
    before, after = keyed[: day.start - part.start], keyed[day.end - part.start :]
    left, right = _SYLLABLES.findall(before)[-_MEANT:], _SYLLABLES.findall(after)[:_MEANT]
    return vectors.features("v:left", left, share=VECTOR_SHARE) | vectors.features("v:right", right, share=VECTOR_SHARE)


def choose(told: Sequence[Sentence], *, published: Published | None) -> Dated | None:
    """The likeliest onset, or a likely one within it ("đầu tháng", "ngày 7/11"); None where no date is likely enough."""
    model = linear.load("onset")
    scored = [(model.probabilities(dated.features)["onset"], dated) for dated in describe(told, published=published)]
    best = max(scored, key=lambda pair: pair[0], default=None)
    if best is None or best[0] < model.threshold("onset"):
        return None
    within = [(score, dated) for score, dated in scored if dated.value.startswith(best[1].value[:10]) and score >= best[0] / 2]
    return max(within, key=lambda pair: (len(pair[1].value), pair[0]))[1]
