"""Which phases of an incident each sentence tells, and how: actual, claimed, planned or negated.

Three models, trained on ``data/gold``. Two give every sentence a probability for every phase, of which the mean counts: a
linear one (:mod:`baomat.linear`), which knows the words, and a neural net (:mod:`baomat.sentencenet`), which knows their
order, their likeness and the sentences around. The third, linear too, says from the whole article whether it tells a
concrete incident at all. An article that tells none has no phases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spacy.language import Language
from spacy.tokens import Doc

from . import cyber, linear, newskinds, sentencenet, vectors
from .concepts import Hit
from .features import Features, Sentences, Span, phase_sums
from .layers import text_of
from .linear import LinearModel
from .newskinds import OPENING
from .phaserules import TOLD, is_anchored
from .schema import PHASES, DateMention, OrgMention, PhaseMention
from .sentencenet import SentenceNet
from .words import word_spans

TOPIC = 0.5  # cyber score below which an article is not looked at more closely
RULE_SHARE = 0.2  # what a rule's weight adds to the sentence models' probability

_DOUBTS = ("GENERIC", "MAYBE", "ADVISE")  # concepts in the headline and lead that speak against an incident


def scores(parts: Sentences, described: Sequence[Features], model: LinearModel, net: SentenceNet) -> list[dict[str, float]]:
    """For every sentence a score for every phase: the mean of both models' probabilities and the rules' weight together."""
    found = []
    read = sentencenet.probabilities(net, parts.tokens, described).tolist()
    for features, matches, by_net in zip(described, parts.matches, read, strict=True):
        sums = phase_sums(matches)
        told = model.probabilities(features)
        found.append(
            {
                phase: (told[phase] + chance) / 2 + RULE_SHARE * min(sums.get(phase, 0.0), 1.5)
                for phase, chance in zip(PHASES, by_net, strict=True)
            }
        )
    return found


def article_features(parts: Sentences, described: Sequence[Features], told: Sequence[Features]) -> dict[str, float]:
    """What the incident model looks at: the phase scores over the article, its anchors, and the words and kind of its opening."""
    features: dict[str, float] = {"cyber": cyber.score(parts.text), "brief": float(len(told) <= 4)}
    for phase in PHASES if told else ():
        values = [sentence[phase] for sentence in told]
        features[f"max:{phase}"] = max(values)
        features[f"mean:{phase}"] = sum(values) / len(values)
        features[f"head:{phase}"] = max(values[:3])
    anchored = [
        is_anchored(matches, hits, parts.text[start:end])
        for matches, hits, (start, end) in zip(parts.matches, parts.hits, parts.spans, strict=True)
    ]
    features["anchored"] = float(any(anchored))
    features["anchored:head"] = float(any(anchored[:2]))
    features["anchored:some"] = min(sum(anchored), 3) / 3
    for name in _DOUBTS:
        features[f"doubt:{name}"] = float(any(name in hit.concepts for hits in parts.hits[:OPENING] for hit in hits))
    features |= newskinds.features(parts.keyed, parts.spans, parts.hits) | _opening(described[:OPENING])
    return features | vectors.features("v", [word for words in parts.tokens[:OPENING] for word in words], share=1.0)


def _opening(described: Sequence[Features]) -> Features:
    """Concepts and words of the headline, of the lead, and of both."""
    features: Features = {}
    for number, sentence in enumerate(described):
        names = [name for name in sentence if name.startswith(("c:", "w:"))]
        features |= {f"{'lead' if number else 'title'} {name}": 0.5 for name in names} | {
            f"opening {name}": 0.3 for name in names
        }
    return features


def find(
    text: str,
    *,
    sentences: Sequence[Span],
    words: Sequence[Span],
    orgs: Sequence[OrgMention] = (),
    dates: Sequence[DateMention] = (),
    models: tuple[LinearModel, SentenceNet, LinearModel] | None = None,
) -> list[PhaseMention]:
    """The phases of every sentence.

    Parameters
    ----------
    text
        The article, NFC.
    sentences, words
        [start, end) of its sentences and words.
    orgs, dates
        What stands inside an organization's name ("Trung tâm Ứng cứu …") is no cue; both are features, and say who acts
        and when.
    models
        The two models of sentences and the one of articles, by themselves the package's.

    Returns
    -------
    list of PhaseMention
        In text order; empty when the article tells no incident. (The component asks only where the cyber score of the
        text reaches :data:`TOPIC`.)
    """
    parts = Sentences(text, sentences=sentences, words=words, orgs=orgs, dates=dates)
    described = parts.features()
    model, net, incident = models or (linear.load("phases"), sentencenet.load(), linear.load("incident"))
    told = scores(parts, described, model, net)
    if incident.probabilities(article_features(parts, described, told))["incident"] < incident.threshold("incident"):
        return []
    mentions = [
        _mention(parts, number, phase, score)
        for number, sentence in enumerate(told)
        for phase, score in sentence.items()
        if score >= model.threshold(phase) or (phase == "impact" and _harmless(parts, number))
    ]
    return attribute(mentions, orgs=orgs, dates=dates)


def _mention(parts: Sentences, number: int, phase: str, score: float) -> PhaseMention:
    start, end = parts.spans[number]
    found = [match for match in parts.matches[number] if match.rule.phase == phase and match.modality]
    firm = [match for match in found if match.modality in TOLD] or found
    best = max(firm, key=lambda match: match.rule.weight, default=None)
    modality, first, last = (best.modality, best.start, best.end) if best else ("actual", *_telling(parts, number, phase))
    if phase == "impact" and (harmless := _harmless(parts, number)):
        modality, first, last = "negated", harmless.start, harmless.end
    return PhaseMention(start, end, number, phase, modality, parts.text[first:last], first, round(min(score, 1.0), 3))


def _harmless(parts: Sentences, number: int) -> Hit | None:
    """The wording that says that there are no consequences ("chưa ghi nhận thiệt hại"): an impact too, a negated one."""
    return next((hit for hit in parts.hits[number] if "NODAMAGE" in hit.concepts), None)


def _telling(parts: Sentences, number: int, phase: str) -> Span:
    """Where no rule matches: the term that weighs most for the phase, or the whole sentence where it holds no term."""
    model = linear.load("phases")
    weights = {
        (hit.start, hit.end): sum(model.contribution(phase, f"c:{name}") for name in hit.concepts)
        for hit in parts.hits[number]
        if "ORG" not in hit.concepts
    }
    return max(weights, key=lambda span: weights[span], default=parts.spans[number])


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
    """Set ``doc._.cyber_score`` and ``doc._.phases``."""
    text, layers = text_of(doc), doc._
    layers.cyber_score = score = cyber.score(text)
    if score >= TOPIC:
        layers.phases = find(text, sentences=layers.sentences, words=word_spans(doc), orgs=layers.orgs, dates=layers.dates)
    return doc
