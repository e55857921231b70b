"""``baomat train``: fit the shipped models on ``data/gold``, reproducibly (fixed seeds, fixed order, same bytes).

Articles are split by incident into train, validation and test (:func:`baomat.gold.side_of`), so that no incident stands
on two sides. The shipped models are fitted on train and validation; the test side is for the accuracy gate alone. Needs
scikit-learn and PyTorch (``pip install baomat[train]``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from . import (
    aliases,
    build,
    gold,
    goldfile,
    incident,
    linear,
    merge,
    nettrain,
    onset,
    phases,
    results,
    roles,
    sentencenet,
    tagger,
    tagtrain,
)
from . import record as judgements
from .build import annotate
from .errors import BaomatError
from .fitting import Fitted, accuracy, chosen, fit, fit_held_out, fit_joining, side_by_side, sparing
from .linear import LinearModel
from .marked import FOLDS, Reading, fold_of, marked_phases, phase_labels, read, role_labels, sentences_of
from .schema import ORG_TYPES, PHASES, Article
from .sentencenet import SentenceNet
from .text import key

# As how many an article counts where articles that tell an incident are told from others, by its style: the long ones of the
# gold corpus hold every kind of incident; the leads of the supplement come as feeds bring them, most without an incident.
GOLD_COUNTS = {"long": 4.0, "lead": 1.0}
SUPPLEMENT_COUNTS = {"long": 1.0, "lead": 3.0}
# A folder of this name is learned from sentence by sentence, and for whether an article tells an incident: its articles, most
# about politics or what is easily taken for an incident, are poor examples of who plays which part.
SENTENCES = "sentences"
GUESSED = "vietnews-cyber:"  # begins the source of a long article retold, whose day of publication is often a guess
ARTICLE_THRESHOLD = 0.5  # the held-out peak moves with every article; lower lets statistics in, higher leaves incidents out
PHASE_PRIOR = 0.4, 400  # fitting.PRIOR of phases: so near to it a threshold holds better on other articles


@dataclass(frozen=True)
class FittedNet:
    """The net, and for every fold one that did not see it; the thresholds are those of its mean with the linear model."""

    model: SentenceNet
    held_out: Sequence[SentenceNet]


def fit_phases(records: Sequence[Mapping[str, Any]], nlp: Any) -> tuple[Fitted, FittedNet, Fitted]:
    """The two models of sentences (phases) and the article model (incident).

    The sentences' models learn from articles that tell an incident: whether one does is for the article model to say.
    Thresholds, and the scores that the article model learns from, come from models that did not see the article.
    """
    parts = [sentences_of(record, nlp) for record in records]
    described = [part.features() for part in parts]
    labels = [phase_labels(record) for record in records]
    folds = [fold_of(record["group"]) for record in records]

    def sentence_models(chosen: Iterable[int]) -> tuple[LinearModel, SentenceNet]:
        examples = [nettrain.Example(parts[i].tokens, described[i], labels[i]) for i in chosen]
        features = [features for example in examples for features in example.features]
        targets = [target for example in examples for target in example.phases]
        return fit(features, targets, PHASES, strength=0.2), nettrain.fit(examples)

    within = [i for i, record in enumerate(records) if record["incident"]]
    told: list[list[dict[str, float]]] = [[] for _ in records]
    held_out = []
    for fold in range(FOLDS):
        models = sentence_models(i for i in within if folds[i] != fold)
        held_out.append(models)
        for i in range(len(records)):
            if folds[i] == fold:
                told[i] = phases.scores(parts[i], described[i], *models)
    chances = np.array([[scores[phase] for phase in PHASES] for i in within for scores in told[i]])
    targets = [target for i in within for target in labels[i]]
    model, net = sentence_models(within)
    linears, nets = [model for model, _ in held_out], [net for _, net in held_out]
    sentence = chosen(model, chances, targets, dict.fromkeys(PHASES, sparing), held_out=linears, prior=PHASE_PRIOR)
    articles = [phases.article_features(*of_article) for of_article in zip(parts, described, told, strict=True)]
    incidents = [{"incident"} if record["incident"] else set() for record in records]
    counts_as = [record["counts_as"] for record in records]
    article = fit_held_out(articles, incidents, folds, ("incident",), strength=0.3, measure=accuracy, counts_as=counts_as)
    article.model.thresholds[:] = ARTICLE_THRESHOLD
    return sentence, FittedNet(net, nets), article


def fit_roles(readings: Sequence[Reading]) -> Fitted:
    """The model of organizations' roles; a victim too many is worse than one too few."""
    examples, targets, folds = [], [], []
    for reading in readings:
        labels, meant = role_labels(reading.record), reading.meant()
        described = roles.describe(
            reading.record["text"],
            reading.orgs,
            sentences=reading.sentences,
            phases=reading.phases,
            dates=reading.dates,
            published=reading.published,
        )
        for org, features in described.items():
            examples.append(features)
            targets.append(labels.get(meant.get(org, ""), set()))
            folds.append(reading.fold)
    return fit_held_out(examples, targets, folds, roles.LEARNED, strength=0.3, score=roles.scores, measures={"victim": sparing})


def telling(reading: Reading, model: LinearModel) -> incident.Telling:
    """The main incident by the marked phases, and by a model of roles that did not see the article."""
    _, told = incident.tellings(
        reading.record["text"],
        sentences=reading.sentences,
        orgs=reading.orgs,
        dates=reading.dates,
        phases=marked_phases(reading.record),
        published=reading.published,
        model=model,
    )
    return told[0]


def fit_record(readings: Sequence[Reading], told: Sequence[incident.Telling]) -> Fitted:
    """The model of kind, verification and types of attack."""
    examples, targets, folds = [], [], []
    for reading, tells in zip(readings, told, strict=True):
        examples.append(judgements.describe(tells.sentences, key(reading.record["text"]), tells.victims))
        single = {f"{group}:{reading.incident[group]}" for group in judgements.GROUPS if group != "type"}
        targets.append(single | {f"type:{name}" for name in reading.incident["attack_types"]})
        folds.append(reading.fold)
    return fit_held_out(examples, targets, folds, judgements.LABELS, strength=0.3, score=judgements.scores)


def fit_onset(readings: Sequence[Reading], told: Sequence[incident.Telling]) -> Fitted:
    """The model of which date is the onset; from articles whose day of publication is known, for it looks at ages."""
    examples, targets, folds = [], [], []
    for reading, tells in zip(readings, told, strict=True):
        if not any(source.startswith(GUESSED) for source in reading.record["sources"]):
            begun = (reading.incident["onset"] or "")[:10]
            for dated in onset.describe(tells.around, published=reading.published):
                examples.append(dated.features)
                targets.append({"onset"} if begun and dated.value[:10] == begun else set())
                folds.append(reading.fold)
    fitted = fit_held_out(examples, targets, folds, ("onset",), strength=1.0)
    fitted.model.thresholds[:] = 0.45  # a wrong onset is worse than none
    return fitted


def fit_merge(records: Sequence[Mapping[str, Any]]) -> Fitted:
    """The model of whether two tellings are one incident, from what the pipeline itself finds in the articles.

    It has a label for tellings of known days, and one for tellings of unknown ones, for which it reads every article again
    with its publication hidden.
    """
    dated, undated = _fit_merge(records, "same", hide=False), _fit_merge(records, "same undated", hide=True)
    return Fitted(side_by_side([dated.model, undated.model]), dated.report + undated.report)


def _fit_merge(records: Sequence[Mapping[str, Any]], label: str, *, hide: bool) -> Fitted:
    """The model of one label; ``hide`` hides when the articles were published."""
    nlp = build.load()
    members: list[merge.Member] = []
    told = {record["id"]: record for record in records}
    for record in records:
        published = None if hide else record["published"]
        article = Article(record["text"], record["title"], record["id"], published=published)
        result = results.article_result(article, annotate(article, nlp))
        members += [merge.Member(result, incident) for incident in result.incidents[:1]]
    members.sort(key=lambda member: member.order)
    groups = [record["group"] if record["incident"] else record["id"] for record in (told[m.article.article_id] for m in members)]
    pairs = [(i, j) for i, j in merge.pairs(members) if not (members[i].echo and members[j].echo)]
    examples = [merge.compare(members[i], members[j]) for i, j in pairs]
    targets = [{label} if groups[i] == groups[j] else set() for i, j in pairs]
    folds = [fold_of(groups[i]) for i, _ in pairs]
    told_of = Counter(groups[i] for i, j in pairs if groups[i] == groups[j])
    # Of an incident told forty times a hundred pairs are much alike: they count as ten.
    counts_as = [told_of[groups[i]] ** -0.5 if target else 1.0 for (i, _), target in zip(pairs, targets, strict=True)]
    return fit_joining(examples, targets, folds, label, strength=3.0, counts_as=counts_as)


def fit_tagger(records: Sequence[Mapping[str, Any]], nlp: Any, *, own: Path) -> Fitted:
    """The tagger of names that no list has; ``own`` is the folder of sentences of our own that it also learns from.

    The report is that of the kinds of organizations.
    """
    groups = [(record["group"], tagtrain.of_article(record, nlp)) for record in records]
    listed = aliases.organizations()
    surfaces = {org["surface"] for record in records for org in record["orgs"]}
    names = sorted(surface for surface in surfaces if not listed.exact(aliases.WORD.findall(key(surface))))
    if own.is_dir():
        groups += tagtrain.of_sentences(own, names, nlp)
    described = [(record, one) for record in records for one in tagtrain.described(record, nlp)]
    types = fit_held_out(
        [features for _, (features, _) in described],
        [{kind} for _, (_, kind) in described],
        [fold_of(record["group"]) for record, _ in described],
        ORG_TYPES,
        strength=0.1,
    )
    return Fitted(tagtrain.fit(groups, types.model), types.report)


def run(folders: Sequence[Path], out: Path, *, sides: Sequence[str] = ("train", "validation")) -> dict[str, Fitted]:
    """Fit every model and write them to ``out`` as ``<name>.npz``.

    Of the corpus in the first folder only the given sides are learned from; other folders hold what is for training alone.

    Roles, records and merging are learned from what the package's own models find: with ``out`` the package's folder, a
    second run gives the same files.
    """
    for package, module in (("scikit-learn", "sklearn"), ("PyTorch", "torch")):
        if find_spec(module) is None:
            raise BaomatError("B602", package=package)
    nlp = build.load(exclude=["orgs", "dates", "phases", "incidents"])
    chosen = (record for record in goldfile.read_folder(folders[0]) if gold.side_of(record["group"]) in sides)
    records = [{**record, "counts_as": GOLD_COUNTS[record["style"]]} for record in chosen]
    others = [(folder.name, record) for folder in folders[1:] for record in goldfile.read_folder(folder)]
    records += [{**record, "counts_as": SUPPLEMENT_COUNTS[record["style"]], "folder": folder} for folder, record in others]
    sentence, net, article = fit_phases(records, nlp)
    fitted = {"phases": sentence, "incident": article, "tagger": fit_tagger(records, nlp, own=folders[0].parent / "tagger")}
    _write({**fitted, "sentencenet": net}, out)  # what follows learns from what the new models find
    once = _told_once([record for record in records if record.get("folder") != SENTENCES])
    readings = read(once, list(zip(sentence.held_out, net.held_out, strict=True)), article.model)
    judged = {"roles": fit_roles(readings)}
    told = [telling(reading, judged["roles"].held_out[reading.fold]) for reading in readings]
    judged |= {"record": fit_record(readings, told), "onset": fit_onset(readings, told)}
    _write(judged, out)
    merged = {"merge": fit_merge(once)}
    _write(merged, out)
    return fitted | judged | merged


def _told_once(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The records without those that retell an article of the corpus once more: new sentences, but an incident counted twice."""
    met: set[str] = set()
    once = []
    for record in records:
        retold = {source for source in record["sources"] if source.startswith(GUESSED)}
        if met.isdisjoint(retold):
            once.append(record)
        met |= retold
    return once


def _write(fitted: Mapping[str, Fitted | FittedNet], out: Path) -> None:
    """Write models as ``<name>.npz``, and forget those that were read before."""
    out.mkdir(parents=True, exist_ok=True)
    for name, one in fitted.items():
        (out / f"{name}.npz").write_bytes(one.model.to_bytes())
    tagger.shipped.cache_clear()
    linear.load.cache_clear()
    sentencenet.load.cache_clear()
