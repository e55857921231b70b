"""A text as the tagger sees it (:mod:`baomat.tagger`): chunks of capitals, and the named features of their tokens.

A *chunk* is a run of capitals with a few small words between them; everything outside is no name. Features are the shape of
a token, its affixes, word and cluster, head nouns, places, family names, the wording around its *run* (capitals side by
side) and around the same run elsewhere, how underthesea cuts the words, and what lexicon and grammar found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from . import cues
from .clusters import cluster
from .surface import JOINED, Name, Tokens, closed, surnames

BETWEEN = 3  # so many words in lower case may stand between two capitals of a chunk
LONGEST = 40  # tokens of a chunk
_INSIDE = (JOINED | {" ", " - ", " & "}) - {"/"}  # what may stand between the tokens of a chunk
_JOINS = (JOINED | {" ", " & "}) - {"/"}  # … and of a run

Cover = Mapping[int, str]  # token -> how a name found before covers it: "B:lexicon", "I:grammar"
Chunk = range


# ---------------------------------------------------------------- names found before
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


# ---------------------------------------------------------------- chunks
def chunks(view: View) -> list[Chunk]:
    """The runs of capitals that may hold a name not found before, as ranges of tokens."""
    found: list[Chunk] = []
    strong = view.strong
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
        if any(is_open(view, step) for step in chunk):
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


def _goes_on(tokens: Tokens, cover: Cover, last: int, strong: int) -> bool:
    """Whether a chunk that ended before token ``last`` goes on up to the capital at token ``strong``."""
    if any(gap not in _INSIDE for gap in tokens.gaps[last - 1 : strong]):
        return False
    return sum(step not in cover for step in range(last, strong)) <= BETWEEN


def is_open(view: View, at: int) -> bool:
    """Whether the token is a capital of its own, and no name of the lexicon covers it."""
    tokens = view.tokens
    if view.cover.get(at, "").endswith(":lexicon") or tokens.words[at] == tokens.keys[at]:
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
    made: str  # how its words are spelled, and how many they are


class View:
    """A text as the model sees it."""

    def __init__(self, tokens: Tokens, cover: Cover, word_starts: Iterable[int], unsure: Mapping[int, str]) -> None:
        starts = set(word_starts)
        self.tokens, self.cover, self.unsure = tokens, cover, unsure
        self.begins = [start in starts for start in tokens.starts]
        self.runs: dict[int, _Run] = {}
        self.same: dict[str, list[_Run]] = defaultdict(list)
        self.parts: dict[str, set[str]] = defaultdict(set)
        self._sides: dict[int, list[str]] = {}
        self.strong = [at for at, word in enumerate(tokens.words) if word != tokens.keys[at] and not word.islower()]

    def _find_runs(self) -> None:
        tokens = self.tokens
        last = 0
        for first in self.strong:
            if first < last:
                continue
            last = first + 1
            small = tokens.initial(first) and tokens.keys[first] in closed("stop")
            while not small and last < tokens.size and tokens.caps[last] and tokens.gaps[last - 1] in _JOINS:
                last += 1
            run = _Run(first, last, _made(tokens, first, last))
            for at in range(first, last):
                self.runs[at] = run
            self.same[tokens.surface(first, last)].append(run)
            if last - first > 1:
                for at in range(first, last):
                    self.parts[tokens.words[at]].add("first" if at == first else "later")

    def left(self, first: int) -> list[str]:
        """Features of the wording before a run."""
        if first not in self._sides:
            self._sides[first] = self._left(first)
        return self._sides[first]

    def right(self, last: int) -> list[str]:
        """Features of the wording behind a run."""
        if -last not in self._sides:
            self._sides[-last] = self._right(last)
        return self._sides[-last]

    def _left(self, first: int) -> list[str]:
        tokens = self.tokens
        gap = tokens.gaps[first - 1] if first else "\n"
        out = ["gap=" + _gap(gap[-3:])]
        if first and "\n" not in gap:
            word = self._word_before(first)
            out += _word_features(word)
            start = first - word.count(" ") - 1
            if start and tokens.gaps[start - 1] == " ":
                out.append("2=" + self._word_before(start))
        out += ["sense=" + sense for sense in cues.left_senses(tokens, first)]
        return out

    def _right(self, last: int) -> list[str]:
        tokens = self.tokens
        gap = tokens.gaps[last - 1] if last < tokens.size else tokens.text[tokens.ends[last - 1] :][:2]
        out = ["gap=" + _gap(gap[:3])]
        if last < tokens.size and "\n" not in gap:
            word = self._word_at(last)
            out += _word_features(word)
            end = last + word.count(" ") + 1
            if end < tokens.size and tokens.gaps[end - 1] == " ":
                out.append("2=" + self._word_at(end))
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
        """Whether a name may end before token ``last``: not inside a word, nor in an address ("Lotte.vn")."""
        tokens = self.tokens
        if last < tokens.size and tokens.gaps[last - 1] == "." and not tokens.caps[last]:
            return False
        return not tokens.spaced(last) or self.begins[last] or tokens.caps[last]

    # ------------------------------------------------------------ features
    def features(self, chunk: Chunk) -> list[list[str]]:
        """The features of every token of a chunk."""
        if not self.runs:
            self._find_runs()
        inside: dict[int, list[str]] = defaultdict(list)
        for at in range(max(chunk.start - 3, 0), chunk.stop):
            self._reach(at, inside)
        return [self._token(at, inside.get(at, [])) for at in chunk]

    def _reach(self, at: int, inside: dict[int, list[str]]) -> None:
        """What the place and the head noun at a token say of the tokens in them and behind them."""
        tokens = self.tokens
        size, place = tokens.place(at)
        if place is not None:
            inside[at] += ["place=" + place.kind, "place>" + str(at + size < tokens.size and tokens.caps[at + size])]
            for step in range(at + 1, at + size):
                inside[step].append("in place")
            inside[at + size].append("after place")
        size, head = tokens.head(at)
        if head is not None:
            small = "" if tokens.caps[at] else "small "
            inside[at] += ["head=" + head.org_type, "head:" + small + head.follow, "headword=" + head.head]
            for step in range(at + 1, at + size):
                inside[step].append("in head")
            inside[at + size] += ["after " + small + "head=" + head.follow, "after headword=" + head.head]

    def _token(self, at: int, inside: list[str]) -> list[str]:
        tokens = self.tokens
        key, word = tokens.keys[at], tokens.words[at]
        foreign = tokens.foreign(at)
        shape = _shape(word) + ("f" if foreign else "v")
        out = ["bias", "shape=" + shape, "word=" + key, "cluster=" + str(cluster(key)), *inside]
        self._beside(at, shape, out)
        self._known(at, out)
        if foreign and len(key) > 2:
            out.append("end3=" + key[-3:])
        run = self.runs.get(at)
        if run is not None:
            self._in_run(at, run, out)
        return out

    def _beside(self, at: int, shape: str, out: list[str]) -> None:
        """What stands beside the token."""
        tokens = self.tokens
        before = after = "#"
        if at and "\n" not in tokens.gaps[at - 1]:
            before = _shape(tokens.words[at - 1]) + _gap(tokens.gaps[at - 1])
            out += ["word-1=" + tokens.keys[at - 1], "known-1=" + self.cover.get(at - 1, "")]
        if at + 1 < tokens.size and "\n" not in tokens.gaps[at]:
            after = _gap(tokens.gaps[at]) + _shape(tokens.words[at + 1])
            out += ["word+1=" + tokens.keys[at + 1], "known+1=" + self.cover.get(at + 1, "")]
        out += ["shapes=" + before + shape + after, "shape-1=" + before, "shape+1=" + after]

    def _known(self, at: int, out: list[str]) -> None:
        """What lexicon, grammar and word lists say of the token."""
        tokens = self.tokens
        out.append("known=" + self.cover.get(at, "") + self.unsure.get(at, ""))
        if tokens.initial(at):
            out += ["initial", "initial " + _shape(tokens.words[at])]
        out += ["kind=" + kind for kind in tokens.kinds(at)[1]]
        if tokens.thing(at):
            out.append("thing")
        if tokens.keys[at] in surnames():
            out.append("surname" if tokens.person(at) else "surname alone")

    def _in_run(self, at: int, run: _Run, out: list[str]) -> None:
        """The place in its run, and the wording around the run."""
        out.append("run=" + run.made + ("F" if at == run.first else "L" if at == run.last - 1 else "M"))
        if at == run.first:
            out += ["L:" + feature for feature in self.left(run.first)]
            self._elsewhere(run, out)
        if at == run.last - 1:
            out += ["R:" + feature for feature in self.right(run.last)]

    def _elsewhere(self, run: _Run, out: list[str]) -> None:
        """The wording around the same run of capitals elsewhere in the text."""
        tokens = self.tokens
        same = self.same[tokens.surface(run.first, run.last)]
        out.append("times=" + str(min(len(same), 4)) + run.made[:-1])
        if run.last - run.first == 1:
            out += sorted("part " + place for place in self.parts.get(tokens.words[run.first], ()))
        if len(same) > 1:
            others = [other for other in same[:8] if other is not run]
            gathered = {"EL:" + one for other in others for one in self.left(other.first) if one[0] in "cs1"}
            gathered |= {"ER:" + one for other in others for one in self.right(other.last) if one[0] in "cs1"}
            out += sorted(gathered)


def _made(tokens: Tokens, first: int, last: int) -> str:
    """How the words of a run are spelled, and how many they are: "foreign2", "person3"."""
    foreign = sum(tokens.foreign(step) for step in range(first, last))
    size = last - first
    made = "native" if not foreign else "foreign" if foreign == size else "mixed"
    if made == "native" and size > 1 and tokens.person(first):
        made = "person"
    return made + str(min(size, 4))


@lru_cache(maxsize=65536)
def _word_features(word: str) -> tuple[str, str]:
    return "1=" + word, "cluster=" + str(cluster(word))
