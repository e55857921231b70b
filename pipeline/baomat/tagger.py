"""A sequence model for names that neither the lexicon nor the grammar knows: a linear-chain CRF over the capitals of a text.

Each token of a chunk (:mod:`baomat.tagview`) has named features whose weights for O, B, I the model ``models/tagger.npz``
holds, as :class:`baomat.linear.LinearModel`: rows ``after:…`` are the transitions, further columns the kinds of
organizations. What it finds must be admitted (:mod:`baomat.tagrules`). ``baomat train`` fits it (:mod:`baomat.tagtrain`);
finding needs numpy alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, chain, pairwise, repeat

import numpy as np
import numpy.typing as npt

from .linear import LinearModel, load
from .surface import Name, Tokens
from .tagrules import admitted, at_home, explained, trimmed, worth_reading
from .tagview import Chunk, View, cover, doubts

TAGS = ("O", "B", "I")
NEVER = -1e4  # the weight of what no sequence may hold: I at the beginning or after O
AFTER = "after:"  # the row of a transition
LIKELY, LIKELY_AWAY = 0.4, 0.6  # the least mean probability of all places of one surface; in other news than it was fitted on
HOPE = -5.0  # a chunk where B is nowhere nearer to O than this holds no name
Doubles = npt.NDArray[np.float64]


# ---------------------------------------------------------------- decoding
def decode(scores: Doubles, after: Doubles) -> list[int]:
    """The best valid sequence of tags (Viterbi).

    Parameters
    ----------
    scores
        One row a token: the scores of O, B, I.
    after
        ``after[i, j]``: the score of tag j behind tag i. I may not come first nor behind O, whatever is in it.
    """
    # Plain numbers: three at a time cost numpy more than the sums themselves.
    (oo, ob, oi), (bo, bb, bi), (io, ib, ii) = _valid(after).tolist()
    (out, begin, inside), *rows = scores.tolist()
    inside += NEVER
    back = []
    for row in rows:
        to_out, to_begin, to_inside = (
            (out + oo, begin + bo, inside + io),
            (out + ob, begin + bb, inside + ib),
            (out + oi, begin + bi, inside + ii),
        )
        out, begin, inside = max(to_out), max(to_begin), max(to_inside)
        back.append((to_out.index(out), to_begin.index(begin), to_inside.index(inside)))
        out, begin, inside = out + row[0], begin + row[1], inside + row[2]
    last = (out, begin, inside)
    tags = [last.index(max(last))]
    for choice in reversed(back):
        tags.append(choice[tags[-1]])
    return tags[::-1]


def spans(tags: Sequence[int]) -> list[tuple[int, int]]:
    """The names in a sequence of tags, half-open."""
    edges = [at for at, tag in enumerate(tags) if tag == 1]
    ends = []
    for first in edges:
        last = first + 1
        while last < len(tags) and tags[last] == 2:
            last += 1
        ends.append(last)
    return list(zip(edges, ends, strict=True))


def chance(scores: Doubles, after: Doubles, first: int, last: int) -> float:
    """The probability that tokens [first, last) are exactly one name."""
    rows = np.exp(scores - scores.max(axis=1, keepdims=True)).tolist()
    steps = np.exp(_valid(after)).tolist()
    held = rows.copy()
    for at in range(first, last):
        _, begin, inside = rows[at]
        held[at] = [0.0, begin, 0.0] if at == first else [0.0, 0.0, inside]
    if last < len(rows):
        held[last] = [*rows[last][:2], 0.0]
    return math.exp(_total(held, steps) - _total(rows, steps))


def _total(rows: Sequence[Sequence[float]], steps: Sequence[Sequence[float]]) -> float:
    """The logarithm of the summed weight of all sequences, which is the product of the weights of tags and steps."""
    (oo, ob, _), (bo, bb, bi), (io, ib, ii) = steps
    out, begin, inside = rows[0][0], rows[0][1], 0.0
    total = 0.0
    for weights in rows[1:]:
        whole = (out + begin + inside) or math.ulp(0.0)
        total += math.log(whole)
        out, begin, inside = out / whole, begin / whole, inside / whole  # the sums would grow out of bounds
        out, begin, inside = (
            (out * oo + begin * bo + inside * io) * weights[0],
            (out * ob + begin * bb + inside * ib) * weights[1],
            (begin * bi + inside * ii) * weights[2],
        )
    return total + math.log((out + begin + inside) or math.ulp(0.0))


def _valid(after: Doubles) -> Doubles:
    steps = after.copy()
    steps[0, 2] = NEVER
    return steps


# ---------------------------------------------------------------- the model
@dataclass(frozen=True)
class Tagger:
    """A trained model: weights of named features for O, B, I and the kinds of organizations, and the transitions."""

    linear: LinearModel
    after: Doubles
    weights: Doubles  # of O, B, I alone; a last row for the features that it does not know

    @classmethod
    def of(cls, linear: LinearModel) -> Tagger:
        """The tagger that a linear model holds."""
        rows = [linear.vocabulary[AFTER + tag] for tag in TAGS]
        weights = np.zeros((len(linear.weights) + 1, len(TAGS)))
        weights[:-1] = linear.weights[:, : len(TAGS)]
        return cls(linear, weights[rows], weights)

    def scores(self, features: Sequence[Sequence[str]]) -> Doubles:
        """One row a token: the scores of O, B, I."""
        nothing = len(self.linear.vocabulary)
        rows = np.fromiter(map(self.linear.vocabulary.get, chain.from_iterable(features), repeat(nothing)), np.int64)
        starts = np.cumsum([0, *map(len, features[:-1])])
        summed: Doubles = np.add.reduceat(self.weights.take(rows, 0), starts)
        return summed

    def org_type(self, features: Sequence[Sequence[str]]) -> str:
        """The likeliest kind of organization for the tokens of a name."""
        rows = [row for name in sorted({*chain(*features)}) if (row := self.linear.vocabulary.get(name)) is not None]
        kinds = self.linear.weights[rows].sum(axis=0) + self.linear.bias
        return self.linear.labels[len(TAGS) + int(kinds[len(TAGS) :].argmax())]


@cache
def shipped() -> Tagger | None:
    """The model of the package; None before the first training."""
    try:
        return Tagger.of(load("tagger"))
    except FileNotFoundError:
        return None


# ---------------------------------------------------------------- the names it adds
def extend(
    tokens: Tokens, sure: Sequence[Name], unsure: Sequence[Name], *, trained: Tagger | None = None
) -> tuple[list[Name], list[Name]]:
    """Add what the model finds to the names of lexicon and grammar.

    A name found before stays unless the model surely sees a longer one around it; an ambiguous name of the lexicon becomes
    sure where the model finds exactly it.

    Parameters
    ----------
    tokens, sure, unsure
        The text, cut into words, and what :func:`baomat.orgs.scan` found in it.
    trained
        The model; the shipped one if not given.

    Returns
    -------
    sure, unsure
        The names with those of the model, in reading order.
    """
    trained = trained or shipped()
    if trained is None:
        return list(sure), list(unsure)
    found = _found(View(tokens, cover(sure), doubts(unsure)), trained)
    if not found:
        return list(sure), list(unsure)
    owner = {at: name for name in (*sure, *unsure) for at in range(name.first, name.last)}
    replaced: set[int] = set()
    added: list[Name] = []
    ends = {name.last for name in (*sure, *unsure)}
    for begun, ended, score, features in found:
        first, last = trimmed(tokens, begun, ended)
        before = list({id(owner[at]): owner[at] for at in range(first, last) if at in owner}.values())
        if admitted(tokens, first, last, score, before) and (before or not explained(tokens, first, last, ends)):
            same = next((name for name in before if (name.first, name.last) == (first, last)), None)
            replaced.update(map(id, before))
            added.append(_named(tokens, first, last, score, trained.org_type(features), same))
    kept = [name for name in sure if id(name) not in replaced]
    return sorted([*kept, *added], key=lambda name: name.first), [name for name in unsure if id(name) not in replaced]


def _found(view: View, trained: Tagger) -> list[tuple[int, int, float, list[list[str]]]]:
    """What the model finds: first token, the one behind the last, probability, the features of its tokens.

    A surface counts only if on the average of its places it is likely.
    """
    read = worth_reading(view)
    if not read:
        return []
    features = [view.features(chunk) for chunk in read]
    whole = trained.scores([token for part in features for token in part])
    ends = [0, *accumulate(map(len, read))]
    scores = [whole[start:end] for start, end in pairwise(ends)]
    hopes = np.maximum.reduceat(whole[:, 1] - whole[:, 0], ends[:-1]).tolist()
    named = [spans(decode(part, trained.after)) if hope > HOPE else [] for part, hope in zip(scores, hopes, strict=True)]
    sought = {_surface(view, chunk, *span) for chunk, found in zip(read, named, strict=True) for span in found}
    if not sought:
        return []
    told: dict[str, list[float]] = defaultdict(list)
    likely = []
    for chunk, tokens, part, found in zip(read, features, scores, named, strict=True):
        for first, last in sorted({*found, *_runs(view, chunk)}):
            surface = _surface(view, chunk, first, last)
            if surface in sought:
                told[surface].append(chance(part, trained.after, first, last))
                if (first, last) in found and view.whole(chunk.start + last):
                    place = chunk.start + first, chunk.start + last
                    likely.append((surface, (*place, told[surface][-1], tokens[first:last])))
    least = LIKELY if at_home(view.tokens) else LIKELY_AWAY
    return [one for surface, one in likely if sum(told[surface]) >= least * len(told[surface])]


def _surface(view: View, chunk: Chunk, first: int, last: int) -> str:
    return view.tokens.surface(chunk.start + first, chunk.start + last)


def _runs(view: View, chunk: Chunk) -> set[tuple[int, int]]:
    """The runs of capitals that lie in a chunk."""
    runs = {run for at in chunk if (run := view.runs.at(at)) is not None}
    return {(first - chunk.start, last - chunk.start) for first, last in runs if first >= chunk.start and last <= chunk.stop}


def _named(tokens: Tokens, first: int, last: int, score: float, org_type: str, same: Name | None) -> Name:
    """A name with its head noun and its proper core; ``same``: the ambiguous name of the lexicon that it confirms."""
    if same is not None:
        return replace(same, method="tagger", score=round(score, 3), kind="")
    size, head = tokens.head(first)
    if head is None or not tokens.caps[first] or size >= last - first:
        return Name(first, last, "tagger", round(score, 3), org_type, first, last)
    core = first + size
    while core < last - 1 and (not tokens.caps[core] or tokens.word(core)):
        core += max(tokens.word(core), 1)
    core = core if core < last and head.follow in ("brand", "foreign") else first + size
    return Name(first, last, "tagger", round(score, 3), org_type, core, last, head)
