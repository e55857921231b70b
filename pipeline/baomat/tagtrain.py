"""Fitting the tagger (:mod:`baomat.tagger`): its examples, and the weights of a linear-chain CRF by L-BFGS.

Examples are the chunks of the gold articles, once as they are and once with most names of lexicon and grammar hidden, so
that the model does not lean on the lists; and those of sentences of our own (``data/tagger``) whose slots are filled at
random, which show what gold articles hold little of: persons, places, products, events. Needs scipy.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import aliases, gold, lexicon, orgs, tagger, tagrules
from .linear import LinearModel
from .orgwords import surnames
from .schema import ORG_TYPES
from .surface import Name, Tokens
from .tagview import View, chunks, cover, doubts

Doubles = npt.NDArray[np.float64]
Example = tuple[list[list[str]], list[int]]  # the features of every token of a chunk, and their tags
HIDDEN = 0.8  # the share of known names that are hidden in the second copy of an article
FILLS = 4  # how often each of our own sentences is filled
MIN_GROUPS = 3  # a feature seen in fewer incidents is left out: no name is learned by heart
STRENGTH = 1.5  # of the L2 penalty
LEAST_WEIGHT = 0.01
_STEPS = 120
_SLOT = re.compile(r"\{(?P<kind>[a-zA-Z]+)(?P<number>\d?)\}")
_ORGANIZATIONS = ("O", "C", "M", "A")


# ---------------------------------------------------------------- examples
def examples(text: str, spans: Iterable[tuple[int, int]], nlp: Any, *, key: str, hide: bool) -> list[Example]:
    """The chunks of a text with their tags.

    Parameters
    ----------
    text, spans
        The text, and where in it organizations are named.
    nlp
        The pipeline up to the words.
    key
        Decides which names are hidden.
    hide
        Whether most names of lexicon and grammar are hidden, a name everywhere or nowhere.
    """
    tokens = Tokens(text, aliases.organizations())
    tokens.cut_at(orgs.word_starts(nlp(text)))
    tags = _tags(tokens, spans)
    sure, unsure = orgs.scan(tokens)
    if hide:
        sure, unsure = _shown(tokens, sure, key), _shown(tokens, unsure, key)
    view = View(tokens, cover(sure), doubts(unsure))
    found = []
    for chunk in chunks(view):
        cut = tags[chunk.start] == 2 or (chunk.stop < tokens.size and tags[chunk.stop] == 2)
        if not cut:  # a name that the chunk holds only a part of teaches nothing
            found.append((view.features(chunk), tags[chunk.start : chunk.stop]))
    return found


def _tags(tokens: Tokens, spans: Iterable[tuple[int, int]]) -> list[int]:
    tags = [0] * tokens.size
    for start, end in spans:
        first, final = tokens.starting(start), tokens.ending(end)
        if first is not None and final is not None:
            tags[first : final + 1] = [1] + [2] * (final - first)
    return tags


def _shown(tokens: Tokens, names: Sequence[Name], key: str) -> list[Name]:
    def shown(name: Name) -> bool:
        return random.Random(f"{key} {tokens.surface(name.first, name.last)}").random() >= HIDDEN

    return [name for name in names if shown(name)]


def of_article(record: Mapping[str, Any], nlp: Any) -> list[Example]:
    """The examples of a gold article."""
    spans = gold.occurrences(record["text"], [org["surface"] for org in record["orgs"]])
    return [example for hide in (False, True) for example in examples(record["text"], spans, nlp, key=record["id"], hide=hide)]


def described(record: Mapping[str, Any], nlp: Any) -> list[tuple[dict[str, float], str]]:
    """The features of the tokens of every marked organization of a gold article, and its kind."""
    told = {org["surface"]: org["type"] for org in record["orgs"]}
    text = record["text"]
    tokens = Tokens(text, aliases.organizations())
    tokens.cut_at(orgs.word_starts(nlp(text)))
    view = View(tokens, {}, {})
    found = []
    for start, end in gold.occurrences(text, told):
        first, final = tokens.starting(start), tokens.ending(end)
        if first is not None and final is not None:
            features = {name: 1.0 for token in view.features(range(first, final + 1)) for name in token}
            found.append((features, told[text[start:end]]))
    return found


def of_sentences(folder: Path, names: Sequence[str], nlp: Any) -> Iterator[tuple[str, list[Example]]]:
    """The examples of our own sentences, with a key for each.

    Parameters
    ----------
    folder
        Holds ``sentences.txt`` and ``names.tsv``.
    names
        Organizations of the gold articles, for the slot {O}.
    """
    fillers = {
        row["kind"]: row.several("names") for row in lexicon.read(folder / "names.tsv", ("kind", "names"), unique=("kind",))
    }
    fillers["O"] = [*names, *fillers["C"]]
    fillers["surname"] = sorted(surnames())
    for number, line in enumerate((folder / "sentences.txt").read_text(encoding="utf-8").split("\n")):
        if line and not line.startswith("#"):
            found: list[Example] = []
            for fill in range(FILLS):
                text, spans = _filled(line, fillers, random.Random(f"{number} {fill}"))
                found += examples(text, spans, nlp, key="", hide=False)
            yield f"sentence {number}", found


def _filled(line: str, fillers: Mapping[str, Sequence[str]], chance: random.Random) -> tuple[str, list[tuple[int, int]]]:
    """A sentence with names in its slots, the same for the same slot; and where organizations stand in it."""
    chosen: dict[tuple[str, str], tuple[str, str]] = {}
    text, spans, position = "", [], 0
    line = line.replace("|", "\n")
    for match in _SLOT.finditer(line):
        kind, number = match["kind"], match["number"]
        person = kind.upper() if kind in "pf" else kind
        if (person, number) not in chosen:
            chosen[person, number] = _name(person, fillers, chance)
        before, last = chosen[person, number]
        text += line[position : match.start()]
        value = last if kind in "pf" else f"{before} {last}".strip()
        if kind in _ORGANIZATIONS:
            spans.append((len(text), len(text) + len(value)))
        text, position = text + value, match.end()
    return text + line[position:], spans


def _name(kind: str, fillers: Mapping[str, Sequence[str]], chance: random.Random) -> tuple[str, str]:
    """A name in two parts, of which the second stands alone for a person named before."""
    if kind == "P":
        return f"{_tidy(chance.choice(fillers['surname']))} {chance.choice(fillers['middle'])}", chance.choice(fillers["given"])
    if kind == "F":
        return chance.choice(fillers["first"]), chance.choice(fillers["last"])
    return "", chance.choice(fillers[kind])


def _tidy(key: str) -> str:
    return key.capitalize()


# ---------------------------------------------------------------- the weights
@dataclass(frozen=True)
class _Batch:
    """Chunks of one length, as rows of the matrix of features."""

    rows: npt.NDArray[np.int64]  # (chunks, length)


def fit(groups: Sequence[tuple[str, Sequence[Example]]], types: LinearModel) -> LinearModel:
    """Fit the tagger.

    Parameters
    ----------
    groups
        Examples by incident (or sentence of our own).
    types
        A model of the kinds of organizations on the features of a name's tokens.
    """
    seen: dict[str, set[str]] = defaultdict(set)
    for key, group in groups:
        seen[key].update(name for features, _ in group for token in features for name in token)
    counts = Counter(name for names in seen.values() for name in names)
    vocabulary = {name: row for row, name in enumerate(sorted(name for name, count in counts.items() if count >= MIN_GROUPS))}
    weights, after = _descend([example for _, group in groups for example in group], vocabulary)
    return _assembled(vocabulary, weights, after, types)


def _descend(chunks: Sequence[Example], vocabulary: Mapping[str, int]) -> tuple[Doubles, Doubles]:
    """The weights of O, B, I (one row a feature) and of the transitions that make the tags of the chunks likeliest."""
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    chunks = sorted(chunks, key=lambda chunk: len(chunk[1]))
    tokens = [token for features, _ in chunks for token in features]
    cells = [(row, vocabulary[name]) for row, token in enumerate(tokens) for name in sorted(set(token)) if name in vocabulary]
    rows, columns = (np.array(part, np.int32) for part in zip(*cells, strict=True))
    matrix = csr_matrix((np.ones(len(cells)), (rows, columns)), shape=(len(tokens), len(vocabulary)))
    tags = np.array([tag for _, told in chunks for tag in told])
    target = np.eye(len(tagger.TAGS))[tags]
    pairs = np.zeros((3, 3))
    for _, told in chunks:
        np.add.at(pairs, (told[:-1], told[1:]), 1)
    batches = _batches([len(told) for _, told in chunks])
    size = 3 * len(vocabulary)

    def objective(values: Doubles) -> tuple[float, Doubles]:
        weights, after = values[:size].reshape(-1, 3), values[size:].reshape(3, 3).copy()
        after[0, 2] = 0.0
        scores = matrix @ weights
        total, expected, expected_pairs = marginals(scores, after, batches)
        loss = total - (scores * target).sum() - (pairs * after).sum()
        loss += STRENGTH / 2 * (weights**2).sum() + STRENGTH / 200 * (after**2).sum()
        gradient = matrix.T @ (expected - target) + STRENGTH * weights
        gradient_after = expected_pairs - pairs + STRENGTH / 100 * after
        gradient_after[0, 2] = 0.0
        return loss, np.concatenate([gradient.ravel(), gradient_after.ravel()])

    found = minimize(objective, np.zeros(size + 9), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "ftol": 1e-7})
    return found.x[:size].reshape(-1, 3), found.x[size:].reshape(3, 3)


def _batches(lengths: Sequence[int]) -> list[_Batch]:
    starts = np.cumsum([0, *lengths[:-1]])
    sizes = np.array(lengths)
    return [_Batch(starts[sizes == size][:, None] + np.arange(size)) for size in sorted(set(lengths))]


def marginals(scores: Doubles, after: Doubles, batches: Sequence[_Batch]) -> tuple[float, Doubles, Doubles]:
    """The sum of the logarithms of all chunks' total weights, the expected tags, and the expected pairs of tags."""
    steps = after.copy()
    steps[0, 2] = tagger.NEVER
    total, expected, pairs = 0.0, np.zeros_like(scores), np.zeros((3, 3))
    for batch in batches:
        here = scores[batch.rows]
        here[:, 0, 2] += tagger.NEVER
        forward, backward = here.copy(), np.zeros_like(here)
        for t in range(1, here.shape[1]):
            forward[:, t] += _log_sum(forward[:, t - 1, :, None] + steps, axis=1)
        for t in range(here.shape[1] - 2, -1, -1):
            backward[:, t] = _log_sum(steps + (backward[:, t + 1] + here[:, t + 1])[:, None, :], axis=2)
        whole = _log_sum(forward[:, -1], axis=1)
        total += float(whole.sum())
        expected[batch.rows] = np.exp(forward + backward - whole[:, None, None])
        for t in range(1, here.shape[1]):
            right = (here[:, t] + backward[:, t])[:, None, :]
            pairs += np.exp(forward[:, t - 1, :, None] + steps + right - whole[:, None, None]).sum(axis=0)
    return total, expected, pairs


def _log_sum(values: Doubles, *, axis: int) -> Doubles:
    most = values.max(axis=axis, keepdims=True)
    summed: Doubles = np.squeeze(most, axis) + np.log(np.exp(values - most).sum(axis=axis))
    return summed


def _assembled(vocabulary: Mapping[str, int], weights: Doubles, after: Doubles, types: LinearModel) -> LinearModel:
    """Tags, transitions and kinds of organizations as one linear model."""
    kept = [name for name, row in vocabulary.items() if np.abs(weights[row]).max() >= LEAST_WEIGHT]
    names = sorted({*kept, *types.vocabulary})
    rows = {name: row for row, name in enumerate([*names, *(tagger.AFTER + tag for tag in tagger.TAGS)])}
    table = np.zeros((len(rows), len(tagger.TAGS) + len(ORG_TYPES)), np.float32)
    for name in kept:
        table[rows[name], :3] = weights[vocabulary[name]]
    for name, row in types.vocabulary.items():
        table[rows[name], 3:] = types.weights[row]
    for tag, row in zip(tagger.TAGS, after, strict=True):
        table[rows[tagger.AFTER + tag], :3] = row
    bias = np.concatenate([np.zeros(3, np.float32), types.bias])
    thresholds = np.concatenate([np.full(3, tagrules.SURE, np.float32), types.thresholds])
    return LinearModel((*tagger.TAGS, *ORG_TYPES), rows, table, bias, thresholds)
