"""A sequence model for names that neither the lexicon nor the grammar knows: a linear-chain CRF over the capitals of a text.

A text is read in *chunks*, runs of capitals with a few small words between them; everything outside is no name. Each token
of a chunk has named features (its shape, affixes, word and cluster, head nouns, places, family names, the wording around
it and around the same name elsewhere, what lexicon and grammar found) whose weights for O, B, I the model
``models/tagger.npz`` holds, as :class:`baomat.linear.LinearModel`: rows ``after:…`` are the transitions, columns
``type:…`` the kinds of organizations. ``baomat train`` fits it (:mod:`baomat.train`); finding needs numpy alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from . import cues
from .clusters import cluster
from .cyber import score as cyber_score
from .linear import LinearModel, load
from .surface import COMPANY, JOINED, Name, Tokens, closed, surnames

TAGS = ("O", "B", "I")
NEVER = -1e4  # the weight of what no sequence may hold: I at the beginning or after O
AFTER = "after:"  # the row of a transition
# The probability from which a name is added: in news of the kind the model knows, in other news; and that which overrules
# lexicon or grammar.
SURE, SURE_AWAY, SURER = 0.6, 0.95, 0.8
LIKELY = 0.4  # the least mean probability of all places of one surface
_ACTS = frozenset(("org", "source", "quote", "credit", "title", "actor", "acts"))
_POSTS = frozenset(("person", "title"))
HOME = 0.5  # the cyber score from which a text is of the kind that the model was fitted on
BETWEEN = 3  # so many words in lower case may stand between two capitals of a chunk
LONGEST = 40  # tokens of a chunk
_INSIDE = (JOINED | {" ", " - ", " & "}) - {"/"}  # what may stand between the tokens of a chunk

Cover = Mapping[int, str]  # token -> how a name found before covers it: "B:lexicon", "I:grammar"
Chunk = range
Doubles = npt.NDArray[np.float64]


# ---------------------------------------------------------------- what is read
def chunks(view: View) -> list[Chunk]:
    """The runs of capitals that may hold a name not found before, as ranges of tokens."""
    found: list[Chunk] = []
    strong = _strong(view.tokens)
    at, last = 0, 0
    while at < len(strong):
        first = max(strong[at], last)
        last = strong[at] + 1
        at += 1
        while at < len(strong) and last - first < LONGEST and _goes_on(view.tokens, view.cover, last, strong[at]):
            last = strong[at] + 1
            at += 1
        chunk = range(first, _rounded(view, last))
        last = chunk.stop
        while at < len(strong) and strong[at] < last:
            at += 1
        if any(_open(view.tokens, view.cover, step) for step in chunk):
            found.append(chunk)
    return found


def _rounded(view: View, last: int) -> int:
    """The end of a chunk with the rest of its last word, words that names are made of, and a number."""
    tokens, end = view.tokens, last
    while end < tokens.size and tokens.gaps[end - 1] == " " and end - last < 2 * BETWEEN:
        if view.begins[end] and not tokens.word(end) and view.cover.get(end, "B")[0] == "B" and not tokens.keys[end].isdigit():
            break
        end += 1
    return end


def _strong(tokens: Tokens) -> list[int]:
    """The tokens with a capital anywhere."""
    return [at for at, word in enumerate(tokens.words) if word != tokens.keys[at] and not word.islower()]


def _goes_on(tokens: Tokens, cover: Cover, last: int, strong: int) -> bool:
    """Whether a chunk that ended before token ``last`` goes on up to the capital at token ``strong``."""
    if any(gap not in _INSIDE for gap in tokens.gaps[last - 1 : strong]):
        return False
    return sum(step not in cover for step in range(last, strong)) <= BETWEEN


def _open(tokens: Tokens, cover: Cover, at: int) -> bool:
    """Whether the token is a capital of its own, and no name found before covers it surely."""
    if cover.get(at, "") in ("B:lexicon", "I:lexicon") or not tokens.words[at] != tokens.keys[at]:
        return False
    return tokens.foreign(at) or not tokens.initial(at) or tokens.words[at].isupper() or tokens.capital(at + 1)


# ---------------------------------------------------------------- features
@lru_cache(maxsize=65536)
def _shape(word: str) -> str:
    """The pattern of capitals and digits: "Xx", "XX", "X9", with "f" where it is not spelled like a Vietnamese syllable."""
    out = ""
    for char in word:
        kind = "X" if char.isupper() else "9" if char.isdigit() else "x"
        if out[-2:] != kind * 2:
            out += kind
    return out


def _gap(gap: str) -> str:
    """What stands between two tokens, as a part of a feature's name."""
    return gap.replace(" ", "_").replace("\n", "|") or "^"


@dataclass(frozen=True, slots=True)
class _Run:
    """Capitals side by side, with the words around them."""

    first: int
    last: int
    left: list[str]
    right: list[str]


class View:
    """A text as the model sees it."""

    def __init__(self, tokens: Tokens, cover: Cover, word_starts: Iterable[int], unsure: Mapping[int, str]) -> None:
        starts = set(word_starts)
        self.tokens, self.cover, self.unsure = tokens, cover, unsure
        self.begins = [start in starts for start in tokens.starts]
        self.runs: dict[int, _Run] = {}
        self.same: dict[str, list[_Run]] = defaultdict(list)
        self.parts: dict[str, set[str]] = defaultdict(set)
        self._find_runs()

    def _find_runs(self) -> None:
        tokens = self.tokens
        last = 0
        for first in _strong(tokens):
            if first < last:
                continue
            last = first + 1
            small = tokens.initial(first) and tokens.keys[first] in closed("stop")
            while not small and last < tokens.size and tokens.caps[last] and tokens.gaps[last - 1] in _JOINS:
                last += 1
            run = _Run(first, last, self._left(first), self._right(last))
            for at in range(first, last):
                self.runs[at] = run
            self.same[tokens.surface(first, last)].append(run)
            if last - first > 1:
                for at in range(first, last):
                    self.parts[tokens.words[at]].add("first" if at == first else "later")

    def _left(self, first: int) -> list[str]:
        """Features of the wording before a run."""
        tokens = self.tokens
        gap = tokens.gaps[first - 1] if first else "\n"
        out = ["gap=" + _gap(gap[-3:])]
        if first and "\n" not in gap:
            word = self._word_before(first)
            out += _word_features(word)
            start = first - word.count(" ") - 1
            if start and tokens.gaps[start - 1] == " ":
                before = self._word_before(start)
                out += ["2=" + before, "12=" + before + "|" + word]
        out += ["sense=" + sense for sense in cues.left_senses(tokens, first)]
        return out

    def _right(self, last: int) -> list[str]:
        """Features of the wording behind a run."""
        tokens = self.tokens
        gap = tokens.gaps[last - 1] if last < tokens.size else tokens.text[tokens.ends[last - 1] :][:2]
        out = ["gap=" + _gap(gap[:3])]
        if last < tokens.size and "\n" not in gap:
            word = self._word_at(last)
            out += _word_features(word)
            end = last + word.count(" ") + 1
            if end < tokens.size and tokens.gaps[end - 1] == " ":
                then = self._word_at(end)
                out += ["2=" + then, "12=" + word + "|" + then]
        out += ["sense=" + sense for sense in cues.right_senses(tokens, last)]
        return out

    def _word_before(self, at: int) -> str:
        first = at - 1
        while first > 0 and not self.begins[first] and at - first < 4 and self.tokens.gaps[first - 1] == " ":
            first -= 1
        return " ".join(self.tokens.keys[first:at])

    def _word_at(self, at: int) -> str:
        last = at + 1
        while last < self.tokens.size and not self.begins[last] and last - at < 4 and self.tokens.gaps[last - 1] == " ":
            last += 1
        return " ".join(self.tokens.keys[at:last])

    def whole(self, last: int) -> bool:
        """Whether a name may end before token ``last``: not inside a word."""
        return not self.tokens.spaced(last) or self.begins[last] or self.tokens.caps[last]

    # ------------------------------------------------------------ one token
    def features(self, at: int) -> list[str]:
        """The features of a token of a chunk."""
        tokens = self.tokens
        key, word = tokens.keys[at], tokens.words[at]
        foreign = "f" if tokens.foreign(at) else "v"
        shape = _shape(word) + foreign
        out = ["bias", "shape=" + shape, "word=" + key, "cluster=" + str(cluster(key))]
        out += self._beside(at, shape)
        out += self._known(at)
        if foreign == "f" and len(key) > 2:
            out += ["end3=" + key[-3:], "end4=" + key[-4:], "start3=" + key[:3]]
        run = self.runs.get(at)
        if run is not None:
            out += self._in_run(at, run, shape)
        return out

    def _beside(self, at: int, shape: str) -> list[str]:
        tokens = self.tokens
        out = []
        before = after = "#"
        if at and "\n" not in tokens.gaps[at - 1]:
            before = _shape(tokens.words[at - 1]) + _gap(tokens.gaps[at - 1])
            out += ["word-1=" + tokens.keys[at - 1], "known-1=" + self.cover.get(at - 1, "")]
        if at + 1 < tokens.size and "\n" not in tokens.gaps[at]:
            after = _gap(tokens.gaps[at]) + _shape(tokens.words[at + 1])
            out += ["word+1=" + tokens.keys[at + 1], "known+1=" + self.cover.get(at + 1, "")]
        out += ["shapes=" + before + shape + after, "shape-1=" + before, "shape+1=" + after]
        inner = "-" if self.begins[at] else "+"
        follows = "+" if at + 1 < tokens.size and not self.begins[at + 1] else "-"
        out += ["cut=" + inner + follows + shape]
        return out

    def _known(self, at: int) -> list[str]:
        """What lexicon, grammar and word lists say of the token."""
        tokens = self.tokens
        out = ["known=" + self.cover.get(at, "") + self.unsure.get(at, "")]
        if tokens.initial(at):
            out += ["initial", "initial " + _shape(tokens.words[at])]
        size, head = tokens.head(at)
        if head is not None:
            small = "" if tokens.caps[at] else "small "
            out += ["head=" + head.org_type, "head:" + small + head.follow, "headword=" + head.head]
        size, place = tokens.place(at)
        if place is not None:
            out += ["place=" + place.kind, "place>" + str(tokens.caps[at + size] if at + size < tokens.size else False)]
        for back in (1, 2, 3):
            if at >= back:
                size, place = tokens.place(at - back)
                if place is not None and size >= back:
                    out.append("after place" if size == back else "in place")
                size, head = tokens.head(at - back)
                if head is not None and size >= back:
                    small = "" if tokens.caps[at - back] else "small "
                    out.append("after " + small + "head=" + head.follow if size == back else "in head")
                    if size == back:
                        out.append("after headword=" + head.head)
        out += ["kind=" + kind for kind in tokens.kinds(at)[1]]
        if tokens.thing(at):
            out.append("thing")
        if tokens.keys[at] in surnames():
            out.append("surname" if tokens.person(at) else "surname alone")
        return out

    def _in_run(self, at: int, run: _Run, shape: str) -> list[str]:
        tokens = self.tokens
        size = run.last - run.first
        kinds = {tokens.foreign(step) for step in range(run.first, run.last)}
        made = "mixed" if len(kinds) > 1 else "foreign" if True in kinds else "native"
        if made == "native" and size > 1 and tokens.person(run.first):
            made = "person"
        made += str(min(size, 4))
        out = ["run=" + made + ("F" if at == run.first else "L" if at == run.last - 1 else "M")]
        if at == run.first:
            out += ["L:" + feature for feature in run.left]
            out += ["L:" + made + feature for feature in run.left if feature[0] in "cs"]
            out += self._elsewhere(run, made)
        if at == run.last - 1:
            out += ["R:" + feature for feature in run.right]
            out += ["R:" + made + feature for feature in run.right if feature[0] in "cs"]
        return out

    def _elsewhere(self, run: _Run, made: str) -> list[str]:
        """The wording around the same run of capitals elsewhere in the text."""
        tokens = self.tokens
        same = self.same[tokens.surface(run.first, run.last)]
        out = ["times=" + str(min(len(same), 4)) + made[:-1]]
        if run.last - run.first == 1:
            out += ["part " + place for place in self.parts.get(tokens.words[run.first], ())]
        gathered = {
            feature
            for other in same[:8]
            if other is not run
            for feature in (*("EL:" + one for one in other.left), *("ER:" + one for one in other.right))
            if feature[3] in "cs1"
        }
        out += sorted(gathered)
        return out


_JOINS = (JOINED | {" ", " & "}) - {"/"}


@lru_cache(maxsize=65536)
def _word_features(word: str) -> tuple[str, str]:
    return "1=" + word, "cluster=" + str(cluster(word))


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
    steps = _valid(after)
    best = scores[0] + [0.0, 0.0, NEVER]
    back = []
    for row in scores[1:]:
        paths = best[:, None] + steps
        choice = paths.argmax(axis=0)
        back.append(choice)
        best = paths[choice, range(3)] + row
    tags = [int(best.argmax())]
    for choice in reversed(back):
        tags.append(int(choice[tags[-1]]))
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
    steps = _valid(after)
    held = scores.copy()
    inside = np.arange(first, last)
    held[inside] = NEVER
    held[first, 1] = scores[first, 1]
    held[inside[1:], 2] = scores[inside[1:], 2]
    if last < len(scores):
        held[last, 2] = NEVER
    return float(np.exp(_total(held, steps) - _total(scores, steps)))


def _total(scores: Doubles, steps: Doubles) -> float:
    """The logarithm of the summed weight of all sequences."""
    forward = scores[0] + [0.0, 0.0, NEVER]
    for row in scores[1:]:
        forward = np.logaddexp.reduce(forward[:, None] + steps, axis=0) + row
    return float(np.logaddexp.reduce(forward))


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

    @classmethod
    def of(cls, linear: LinearModel) -> Tagger:
        """The tagger that a linear model holds."""
        rows = [linear.vocabulary[AFTER + tag] for tag in TAGS]
        return cls(linear, linear.weights[rows, : len(TAGS)].astype(np.float64))

    def scores(self, features: Sequence[Sequence[str]]) -> Doubles:
        """One row a token: the scores of O, B, I."""
        known, weights = self.linear.vocabulary, self.linear.weights
        rows = [[row for name in names if (row := known.get(name)) is not None] for names in features]
        flat = np.fromiter((row for token in rows for row in token), np.int64)
        starts = np.cumsum([0, *map(len, rows[:-1])])
        return np.add.reduceat(weights[flat, : len(TAGS)].astype(np.float64), starts)

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
def cover(names: Iterable[Name]) -> dict[int, str]:
    """How names found before cover the tokens: "B:lexicon", "I:grammar"."""
    return {
        at: ("B:" if at == name.first else "I:") + name.method.partition(":")[0]
        for name in names
        for at in range(name.first, name.last)
    }


def doubts(names: Iterable[Name]) -> dict[int, str]:
    """The same for names that need a context: "B?", "I~"."""
    return {at: ("B" if at == name.first else "I") + name.kind for name in names for at in range(name.first, name.last)}


def extend(
    tokens: Tokens, sure: Sequence[Name], unsure: Sequence[Name], *, words: Iterable[int], trained: Tagger | None = None
) -> tuple[list[Name], list[Name]]:
    """Add what the model finds to the names of lexicon and grammar.

    A name found before stays unless the model surely sees a longer one around it; an ambiguous name of the lexicon becomes sure where the model finds exactly it.

    Parameters
    ----------
    tokens, sure, unsure
        The text, and what :func:`baomat.orgs.scan` found in it.
    words
        Where words begin, as offsets.
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
    owner = {at: name for name in (*sure, *unsure) for at in range(name.first, name.last)}
    replaced: set[int] = set()
    added: list[Name] = []
    for first, last, score, org_type in _found(tokens, sure, unsure, words, trained):
        before = list({id(owner[at]): owner[at] for at in range(first, last) if at in owner}.values())
        same = next((name for name in before if (name.first, name.last) == (first, last)), None)
        if score < SURE_AWAY and not _about_cyber(tokens.text):
            continue
        if before:
            good = (same is None or bool(same.kind)) and _gives_way(tokens, before, first, last, score)
        else:
            good = _looks_like_one(tokens, first, last) or _may_be_plain(tokens, first, last)
        if not good:
            continue
        replaced.update(map(id, before))
        added.append(_named(tokens, first, last, score, org_type, same))
    kept = [name for name in sure if id(name) not in replaced]
    return sorted([*kept, *added], key=lambda name: name.first), [name for name in unsure if id(name) not in replaced]


def _found(
    tokens: Tokens, sure: Sequence[Name], unsure: Sequence[Name], words: Iterable[int], trained: Tagger
) -> list[tuple[int, int, float, str]]:
    """What the model finds: first token, the one behind the last, probability, kind of organization.

    A surface counts where the model is sure of it, but only if on the average of its places it is likely.
    """
    view = View(tokens, cover(sure), words, doubts(unsure))
    read = []
    told: dict[str, list[float]] = defaultdict(list)
    for chunk in chunks(view):
        features = [view.features(at) for at in chunk]
        scores = trained.scores(features)
        named = spans(decode(scores, trained.after))
        read.append((chunk, features, scores, named))
    sought = {tokens.surface(chunk[first], chunk[last - 1] + 1) for chunk, _, _, named in read for first, last in named}
    found = []
    for chunk, features, scores, named in read:
        runs = {(run.first - chunk.start, run.last - chunk.start) for at in chunk if (run := view.runs.get(at)) is not None}
        for first, last in sorted({*named, *runs}):
            if first < 0 or last > len(chunk) or (surface := tokens.surface(chunk[first], chunk[last - 1] + 1)) not in sought:
                continue
            probability = chance(scores, trained.after, first, last)
            told[surface].append(probability)
            if (first, last) not in named or probability < SURE or not view.whole(chunk[last - 1] + 1):
                continue
            if not _no_name(tokens, chunk[first], chunk[last - 1] + 1):
                found.append((chunk[first], chunk[last - 1] + 1, probability, trained.org_type(features[first:last])))
    likely = [one for one in found if np.mean(told[tokens.surface(one[0], one[1])]) >= LIKELY]
    return likely


def _no_name(tokens: Tokens, first: int, last: int) -> bool:
    """Whether it is a place and nothing else, somebody with a title, or known to be a thing ("Windows XP")."""
    if tokens.place_end(first) == last or tokens.thing(first) == last - first or "ảnh" in tokens.keys[first:last]:
        return True
    if first and tokens.gaps[first - 1] in ("-", " - ") and not tokens.caps[first - 1]:
        return True  # "al-Qaeda"
    if last - first == 1 and first and tokens.keys[first - 1] in ("phiếu", "mã") and tokens.words[first].isupper():
        return True  # of a share: "cổ phiếu HPG"
    if tokens.generic(first, last) or _of_a_country(tokens, first, last):
        return True
    if any(not _POSTS.isdisjoint(cues.senses_of(tokens, first, at)) for at in range(first + 1, min(first + 4, last))):
        return True  # "NSND Hồng Vân", "Thủ tướng Hun Sen", "Phó giám đốc X"
    if "legal" in tokens.kinds(first)[1] and not tokens.head(first)[0]:
        return True  # "công ty [CP Biển Tiên Sa]": cut off from its head
    if tokens.keys[first] in ("phó", "trưởng", "nguồn") or (" - " in tokens.gaps[first : last - 1] and not tokens.head(first)[0]):
        return True  # "Phó Chủ nhiệm …"; "Vu Gia - Thu Bồn"
    if tokens.head(first)[0] or "corporate" in tokens.kinds(last - 1)[1]:
        return False
    return tokens.thing(first) > 0 or any(at + tokens.thing(at) == last for at in range(first + 1, last))


def _of_a_country(tokens: Tokens, first: int, last: int) -> bool:
    """Whether a common noun and a country are all there is: "Cảnh sát Đan Mạch", "Ngân hàng Úc"."""
    size, head = tokens.head(first)
    size = size or 2
    if head is not None and head.follow == "state":
        return False
    length, place = tokens.place(first + size) if first + size < last else (0, None)
    return place is not None and place.kind == "country" and first + size + length == last and not any(
        tokens.caps[first + 1 : first + size]
    )


def _looks_like_one(tokens: Tokens, first: int, last: int) -> bool:
    """Whether the name by itself is like an organization's: a head noun, the usual last word, an acronym, a coined word."""
    size, head = tokens.head(first)
    body = first + size
    if head is not None and tokens.caps[first] and body < last:
        return head.flags.isdisjoint(("field", "long")) or tokens.word(body) > 0 or tokens.keys[body].isdigit()
    if last - first > 1:
        return not COMPANY.isdisjoint(tokens.kinds(last - 1)[1]) and not tokens.thing(last - 1)
    word = tokens.words[first]
    coined = tokens.foreign(first) and any(map(str.isupper, word[1:])) and not any(map(str.isdigit, word))
    # "(PLO) - " begins a text; elsewhere what stands in brackets is short for anything.
    bracket = first > 0 and "(" in tokens.gaps[first - 1] and not (last < tokens.size and tokens.initial(last))
    if word.isupper() and not _about_cyber(tokens.text) and not _spoken_of(tokens, word):
        return False
    return coined and len(word) > 2 + (not word.isupper()) and not bracket


def _spoken_of(tokens: Tokens, word: str) -> bool:
    """Whether the wording anywhere treats this word as one who acts, or speaks."""
    places = (at for at in tokens.capitalised if tokens.words[at] == word)
    return any(not _ACTS.isdisjoint(cues.left_senses(tokens, at) | cues.right_senses(tokens, at + 1)) for at in places)


def _may_be_plain(tokens: Tokens, first: int, last: int) -> bool:
    """Whether a name that could be anybody's or anything's may be an organization here: in news of the kind the model knows."""
    if "credit" in cues.left_senses(tokens, first) or not _about_cyber(tokens.text):
        return False
    if first and "(" in tokens.gaps[first - 1] and tokens.words[first].isupper():
        return False  # short for anything
    return not _somebody(tokens, first, last)


def _somebody(tokens: Tokens, first: int, last: int) -> bool:
    """Whether the text gives the bearer of this name a person's title anywhere."""
    ends = (tokens.words[first], tokens.words[last - 1])
    return any("person" in cues.left_senses(tokens, at) for at in tokens.capitalised if tokens.words[at] in ends)


def _confirms(tokens: Tokens, name: Name, score: float) -> bool:
    """Whether an ambiguous name of the lexicon becomes sure where the model finds it: no platform, person, street, airport."""
    known = tokens.lexicon.organizations[name.org_ids[0]] if name.org_ids else None
    if known is not None and known.name.startswith("Sân bay"):
        return False
    if name.kind == "~" and score < SURER:
        return False
    if not _about_cyber(tokens.text) and not _spoken_of(tokens, tokens.words[name.last - 1]):
        return False
    return "thing" not in cues.left_senses(tokens, name.first) and not _somebody(tokens, name.first, name.last)


@lru_cache(maxsize=8)
def _about_cyber(text: str) -> bool:
    return cyber_score(text) >= HOME


def _grows(tokens: Tokens, name: Name, last: int) -> bool:
    """Whether a name found before may go on up to token ``last``: not over somebody's name or a number behind it."""
    first = name.last
    if last <= first:
        return True
    ending = not COMPANY.isdisjoint(tokens.kinds(last - 1)[1])
    if ending or tokens.place_end(first) == last:
        return True
    if tokens.person(first) or tokens.keys[first].isdigit() or (last - first > 1 and tokens.foreign(first)):
        return False
    if tokens.word(first) or last - first == 1:
        return True
    office = name.head is not None and name.head.org_type in ("government", "police_military")
    return name.head is not None and not office and last - first == 2


def _gives_way(tokens: Tokens, before: Sequence[Name], first: int, last: int, score: float) -> bool:
    """Whether the names found before yield to one of the model over tokens [first, last).

    An ambiguous one does; a sure one does to a name around it, or without the country that it begins with ("hãng [Na Uy]
    Fjellhavn").
    """
    name = before[0]
    if not all(_grows(tokens, one, last) for one in before):
        return False
    if all(one.kind for one in before):
        return all(_confirms(tokens, one, score) for one in before)
    nationality = name.method.startswith("grammar") and name.last == last and tokens.place_end(name.first) == first
    _, head = tokens.head(first)
    around = first <= name.first and name.last <= last and not (first < name.first and head is not None and head.lower == "out")
    return len(before) == 1 and score >= SURER and (nationality or around)


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
