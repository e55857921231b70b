"""``baomat train``: fit the shipped models on ``data/gold``, reproducibly (fixed seeds, fixed order, same bytes).

Articles are split by incident into train, validation and test (:func:`baomat.gold.side_of`), so that no incident stands
on two sides. The shipped models are fitted on train and validation; the test side is for the accuracy gate alone. Needs
scikit-learn and PyTorch (``pip install baomat[train]``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from .linear import Features, LinearModel
from .marked import FOLDS, Reading, fold_of, marked_phases, phase_labels, read, role_labels, sentences_of
from .schema import ORG_TYPES, PHASES, Article
from .sentencenet import SentenceNet
from .text import key

MIN_COUNT = 3  # a feature seen in fewer examples is left out
LEAST_EXAMPLES = 6  # a label that fewer examples hold is not learned
STEPS = np.arange(0.15, 0.95, 0.025)  # thresholds to choose from
PRIOR = 0.45, 20  # where a threshold is drawn to, and as if by how many examples
PHASE_PRIOR = 0.4, 400  # that of a phase: on articles that did not choose it, one drawn so far is right more often
Measure = Callable[[Any, Any], float]
Score = Callable[[LinearModel, Features], dict[str, float]]
LEAST_WEIGHT = 0.01  # a feature whose weights are all smaller is left out
# How often a gold article counts where articles are told apart: the gold corpus holds every kind of incident, the supplement
# mostly news that tells none.
GOLD_COUNTS = 4.0
GUESSED = "vietnews-cyber:"  # begins the source of a long article retold, whose day of publication is often a guess
RIGHT = 0.95  # share of joined pairs that must be right


def fit(
    examples: Sequence[Features],
    targets: Sequence[set[str]],
    labels: Sequence[str],
    *,
    strength: float,
    counts_as: Sequence[float] | None = None,
) -> LinearModel:
    """One logistic regression a label, on named features.

    Parameters
    ----------
    examples, targets
        Features of every item, and the labels that hold for it.
    strength
        Inverse of the L2 penalty (scikit-learn's ``C``).
    counts_as
        As how many each example counts; by itself 1.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    counts = Counter(name for example in examples for name in example)
    names = sorted(name for name, count in counts.items() if count >= MIN_COUNT)
    columns = {name: column for column, name in enumerate(names)}
    cells = [
        (row, columns[name], value) for row, example in enumerate(examples) for name, value in example.items() if name in columns
    ]
    rows, places, values = (np.array(part) for part in zip(*cells, strict=True))
    shape = (len(examples), len(names))
    matrix = csr_matrix((values.astype(np.float64), (rows.astype(np.int32), places.astype(np.int32))), shape=shape)
    weights = np.zeros((matrix.shape[1], len(labels)), np.float32)
    bias = np.zeros(len(labels), np.float32)
    for column, label in enumerate(labels):
        held = np.array([label in target for target in targets])
        if held.sum() < LEAST_EXAMPLES:
            bias[column] = -10.0
            continue
        model = LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=1000).fit(matrix, held, counts_as)
        weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    kept = [row for row in range(len(names)) if np.abs(weights[row]).max() >= LEAST_WEIGHT]
    return LinearModel(
        tuple(labels), {names[row]: i for i, row in enumerate(kept)}, weights[kept], bias, np.full(len(labels), 0.5, np.float32)
    )


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
    sentence = _chosen(model, chances, targets, dict.fromkeys(PHASES, _sparing), held_out=linears, prior=PHASE_PRIOR)
    articles = [phases.article_features(*of_article) for of_article in zip(parts, described, told, strict=True)]
    incidents = [{"incident"} if record["incident"] else set() for record in records]
    counts_as = [record["counts_as"] for record in records]
    article = fit_held_out(articles, incidents, folds, ("incident",), strength=0.3, measure=_accuracy, counts_as=counts_as)
    article.model.thresholds[:] = 0.475  # between 0.4 and 0.6 accuracy is flat, and its peak moves with every article
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
    return fit_held_out(examples, targets, folds, roles.LEARNED, strength=0.3, score=roles.scores, measures={"victim": _sparing})


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
    return Fitted(_side_by_side([dated.model, undated.model]), dated.report + undated.report)


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
    return _fit_joining(examples, targets, folds, label, counts_as=counts_as)


def _fit_joining(
    examples: Sequence[Features], targets: Sequence[set[str]], folds: Sequence[int], label: str, *, counts_as: Sequence[float]
) -> Fitted:
    """A model whose threshold is the lowest at which, on held-out folds, :data:`RIGHT` of what it joins is joined rightly.

    F1 is flat over a wide range of thresholds, and two incidents shown as one are worse than one shown as two.
    """
    chances = np.zeros(len(examples))
    for fold in range(FOLDS):
        inside = [i for i in range(len(examples)) if folds[i] != fold]
        part = [counts_as[i] for i in inside]
        model = fit([examples[i] for i in inside], [targets[i] for i in inside], (label,), strength=3.0, counts_as=part)
        for i in range(len(examples)):
            if folds[i] == fold:
                chances[i] = model.probabilities(examples[i])[label]
    held, share = np.array([bool(target) for target in targets]), np.array(counts_as)
    right = [float(share[(chances >= step) & held].sum()) for step in STEPS]
    joined = [max(float(share[chances >= step].sum()), 1e-9) for step in STEPS]
    best = next((i for i in range(len(STEPS)) if right[i] >= RIGHT * joined[i]), len(STEPS) - 1)
    whole = fit(examples, targets, (label,), strength=3.0, counts_as=counts_as)
    whole.thresholds[0] = threshold = round(float(STEPS[best]), 3)
    f1 = 2 * right[best] / (joined[best] + float(share[held].sum()))
    return Fitted(whole, [(label, int(held.sum()), threshold, round(f1, 3))])


def _side_by_side(models: Sequence[LinearModel]) -> LinearModel:
    """One model with the labels of several, whose features may differ."""
    names = sorted({name for model in models for name in model.vocabulary})
    weights = np.zeros((len(names), len(models)), np.float32)
    for column, model in enumerate(models):
        for name, row in model.vocabulary.items():
            weights[names.index(name), column] = model.weights[row, 0]
    labels = tuple(label for model in models for label in model.labels)
    bias, thresholds = (np.concatenate([getattr(model, name) for model in models]) for name in ("bias", "thresholds"))
    return LinearModel(labels, {name: row for row, name in enumerate(names)}, weights, bias, thresholds)


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


# ---------------------------------------------------------------- thresholds
@dataclass(frozen=True)
class Fitted:
    """A model with what held-out articles say of it: (label, examples that hold it, threshold, agreement)."""

    model: LinearModel
    report: list[tuple[str, int, float, float]]
    held_out: Sequence[LinearModel] = ()  # for every fold the model that did not see it, with the same thresholds


@dataclass(frozen=True)
class FittedNet:
    """The net, and for every fold one that did not see it; the thresholds are those of its mean with the linear model."""

    model: SentenceNet
    held_out: Sequence[SentenceNet]


def fit_held_out(
    examples: Sequence[Features],
    targets: Sequence[set[str]],
    folds: Sequence[int],
    labels: Sequence[str],
    *,
    strength: float,
    measure: Measure | None = None,
    measures: Mapping[str, Measure] | None = None,
    score: Score = LinearModel.probabilities,
    counts_as: Sequence[float] | None = None,
) -> Fitted:
    """A model fitted on everything; its thresholds are chosen on scores by models that did not see the item's fold.

    ``measure`` says what agreement is (by itself F1), ``measures`` what it is for single labels.
    """
    chances = np.zeros((len(examples), len(labels)))
    parts = []
    for fold in range(FOLDS):
        inside = [i for i in range(len(examples)) if folds[i] != fold]
        weights = [counts_as[i] for i in inside] if counts_as else None
        model = fit([examples[i] for i in inside], [targets[i] for i in inside], labels, strength=strength, counts_as=weights)
        parts.append(model)
        for i in range(len(examples)):
            if folds[i] == fold:
                chances[i] = list(score(model, examples[i]).values())
    whole = fit(examples, targets, labels, strength=strength, counts_as=counts_as)
    by_label = {label: (measures or {}).get(label, measure or _f1) for label in labels}
    return _chosen(whole, chances, targets, by_label, held_out=parts)


def _chosen(
    model: LinearModel,
    chances: Any,
    targets: Sequence[set[str]],
    measures: Mapping[str, Measure],
    *,
    held_out: Sequence[LinearModel],
    prior: tuple[float, int] = PRIOR,
) -> Fitted:
    """The model, and those of the folds, with the thresholds at which the held-out chances agree best with the targets."""
    report = []
    common, as_many = prior
    for column, label in enumerate(model.labels):
        measure = measures[label]
        held = np.array([label in target for target in targets])
        scores = {float(step): measure(chances[:, column] >= step, held) for step in STEPS} if held.any() else {0.5: 0.0}
        best, count = max(scores, key=lambda step: scores[step]), int(held.sum())
        # A threshold chosen on few examples is drawn towards a common one.
        model.thresholds[column] = threshold = (count * best + as_many * common) / (count + as_many)
        report.append((label, count, threshold, round(measure(chances[:, column] >= threshold, held), 3) if count else 0.0))
    return Fitted(model, report, [replace(part, thresholds=model.thresholds) for part in held_out])


def _f1(found: Any, held: Any) -> float:
    return 2 * float((found & held).sum()) / max(float(found.sum() + held.sum()), 1.0)


def _accuracy(found: Any, held: Any) -> float:
    return float((found == held).mean())


def _sparing(found: Any, held: Any) -> float:
    """F0.7: precision before recall. The corpus is denser than news, where a third of the sentences tell no phase."""
    hit, beta = float((found & held).sum()), 0.7**2
    return (1 + beta) * hit / max(beta * float(held.sum()) + float(found.sum()), 1.0)


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
    records = [{**record, "counts_as": GOLD_COUNTS} for record in chosen]
    records += [{**record, "counts_as": 1.0} for folder in folders[1:] for record in goldfile.read_folder(folder)]
    sentence, net, article = fit_phases(records, nlp)
    fitted = {"phases": sentence, "incident": article, "tagger": fit_tagger(records, nlp, own=folders[0].parent / "tagger")}
    _write({**fitted, "sentencenet": net}, out)  # what follows learns from what the new models find
    once = _told_once(records)
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
