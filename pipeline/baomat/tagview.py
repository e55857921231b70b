"""A text as the tagger sees it (:mod:`baomat.tagger`): chunks of capitals, and the named features of their tokens.

A *chunk* is a run of capitals with a few small words between them; everything outside is no name. Features are the shape of
a token, its affixes, word and cluster, head nouns, places, family names, the wording around its *run* (capitals side by
side) and around the same run elsewhere, how underthesea cuts the words, and what lexicon and grammar found.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from . import cues
from .clusters import cluster
from .marks import HEAD, KIND, PLACE, SURNAME
from .orgwords import JOINED, foreign_word
from .runs import Run, Runs
from .surface import Name, Tokens

BETWEEN = 3  # so many words in lower case may stand between two capitals of a chunk
LONGEST = 40  # tokens of a chunk
ROUNDED = 6  # so many tokens may follow its last capital
_INSIDE = (JOINED | {" ", " - ", " & "}) - {"/"}  # what may stand between the tokens of a chunk

Cover = Mapping[int, str]  # token -> how a name found before covers it: "B:lexicon", "I:grammar"
Chunk = range


# ---------------------------------------------------------------- names found before
def cover(names: Iterable[Name]) -> dict[int, str]:
    """How names found before cover the tokens: "B:lexicon", "I:grammar"."""
    covered: dict[int, str] = {}
    for name in names:
        method = name.method.partition(":")[0]
        covered |= dict.fromkeys(range(name.first, name.last), "I:" + method)
        covered[name.first] = "B:" + method
    return covered


def doubts(names: Iterable[Name]) -> dict[int, str]:
    """The same for names that need a context: "B?", "I~"."""
    return {at: ("B" if at == name.first else "I") + name.kind for name in names for at in range(name.first, name.last)}


# ---------------------------------------------------------------- chunks
def chunks(view: View, near: Sequence[int] | None = None) -> list[Chunk]:
    """The runs of capitals that may hold a name not found before, as ranges of tokens.

    Parameters
    ----------
    near
        The tokens near which chunks are sought, in order; everywhere if not given.
    """
    return [
        chunk
        for capitals in _stretches(view, view.runs.strong if near is None else near)
        for chunk in _cut(view, capitals)
        if any(is_open(view, at) for at in chunk)
    ]


def _stretches(view: View, near: Sequence[int]) -> Iterator[list[int]]:
    """The capitals of a text, parted where a mark stands that no chunk goes over: those around some tokens or right before."""
    gaps, capitals = view.tokens.gaps, view.runs.strong

    def parted(at: int) -> bool:
        return not _INSIDE.issuperset(gaps[capitals[at - 1] : capitals[at]])

    done = 0
    for token in near:
        around = bisect_right(capitals, token)
        at = max(min(bisect_left(capitals, token - ROUNDED), around - 1), done)
        while at < around:
            first, last = at, at + 1
            while first > done and not parted(first):
                first -= 1
            while last < len(capitals) and not parted(last):
                last += 1
            if capitals[last - 1] + ROUNDED >= token:
                yield capitals[first:last]
            at = done = last


def _cut(view: View, capitals: Sequence[int]) -> Iterator[Chunk]:
    """The chunks of a stretch."""
    last = 0
    for at, first in enumerate(capitals, 1):
        if first < last:
            continue
        last = first + 1
        while at < len(capitals) and last - first < LONGEST and _near(view.cover, last, capitals[at]):
            last = capitals[at] + 1
            at += 1
        last = _rounded(view, last)
        yield range(first, last)


def _near(cover: Cover, last: int, capital: int) -> bool:
    """Whether only few words in lower case stand between."""
    return capital - last <= BETWEEN or sum(at not in cover for at in range(last, capital)) <= BETWEEN


def _rounded(view: View, last: int) -> int:
    """The end of a chunk with the rest of its last word, words that names are made of, and a number."""
    tokens, end = view.tokens, last
    while end < tokens.size and tokens.gaps[end - 1] == " " and end - last < ROUNDED:
        another = tokens.begins_word(end) and not tokens.word(end) and view.cover.get(end, "B")[0] == "B"
        if another and not tokens.keys[end].isdigit():
            break
        end += 1
    return end


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


@lru_cache(maxsize=65536)
def _own(word: str, key: str) -> tuple[str, tuple[str, ...]]:
    """The shape of a word, and the features that it has by itself."""
    foreign = foreign_word(key)
    shape = _shape(word) + ("f" if foreign else "v")
    own = ("bias", "shape=" + shape, "word=" + key, "cluster=" + str(cluster(key)))
    return shape, (*own, "end3=" + key[-3:]) if foreign and len(key) > 2 else own


@lru_cache(maxsize=4096)
def _gap(gap: str) -> str:
    """What stands between two tokens, as a part of a feature's name."""
    return gap.replace(" ", "_").replace("\n", "|") or "^"


class View:
    """A text as the model sees it; its tokens know where words begin (:meth:`baomat.surface.Tokens.cut_at`)."""

    def __init__(self, tokens: Tokens, cover: Cover, unsure: Mapping[int, str]) -> None:
        self.tokens, self.cover, self.unsure = tokens, cover, unsure
        self.runs = Runs(tokens)
        self._around: dict[Run, Sequence[str]] = {}

    def left(self, first: int) -> list[str]:
        """Features of the wording before a run."""
        tokens = self.tokens
        word, senses = self._before(first)
        out = ["L:gap=" + _gap(tokens.gaps[first - 1][-3:] if first else "\n"), *_word_features("L:", word)]
        start = first - word.count(" ") - 1
        if word and start and tokens.gaps[start - 1] == " ":
            out.append("L:2=" + self._word_before(start))
        return [*out, *_sense_features("L:", senses)]

    def right(self, last: int) -> list[str]:
        """Features of the wording behind a run."""
        tokens = self.tokens
        word, senses = self._behind(last)
        gap = tokens.gaps[last - 1] if last < tokens.size else tokens.text[tokens.ends[last - 1] :][:2]
        out = ["R:gap=" + _gap(gap[:3]), *_word_features("R:", word)]
        end = last + word.count(" ") + 1
        if word and end < tokens.size and tokens.gaps[end - 1] == " ":
            out.append("R:2=" + self._word_at(end))
        return [*out, *_sense_features("R:", senses)]

    def around(self, run: Run) -> Sequence[str]:
        """Features of the wording around a run for the same run elsewhere."""
        if run not in self._around:
            (left, said), (right, told) = self._before(run[0]), self._behind(run[1])
            of_words = *_word_features("EL:", left), *_word_features("ER:", right)
            self._around[run] = (*of_words, *_sense_features("EL:", said), *_sense_features("ER:", told))
        return self._around[run]

    def _before(self, first: int) -> tuple[str, frozenset[str]]:
        """The word before a run in its line, and what the wording there says of it."""
        here = first > 0 and "\n" not in self.tokens.gaps[first - 1]
        return self._word_before(first) if here else "", cues.left_senses(self.tokens, first)

    def _behind(self, last: int) -> tuple[str, frozenset[str]]:
        """The word behind a run in its line, and what the wording there says of it."""
        here = last < self.tokens.size and "\n" not in self.tokens.gaps[last - 1]
        return self._word_at(last) if here else "", cues.right_senses(self.tokens, last)

    def _word_before(self, at: int) -> str:
        first = at - 1
        while first > 0 and not self.tokens.begins_word(first) and at - first < 4 and self.tokens.gaps[first - 1] == " ":
            first -= 1
        return " ".join(self.tokens.keys[first:at])

    def _word_at(self, at: int) -> str:
        tokens, last = self.tokens, at + 1
        while last < tokens.size and not tokens.begins_word(last) and last - at < 4 and tokens.gaps[last - 1] == " ":
            last += 1
        return " ".join(tokens.keys[at:last])

    def whole(self, last: int) -> bool:
        """Whether a name may end before token ``last``: not inside a word, nor in an address ("Lotte.vn")."""
        tokens = self.tokens
        if last < tokens.size and tokens.gaps[last - 1] == "." and not tokens.caps[last]:
            return False
        return not tokens.spaced(last) or tokens.begins_word(last) or tokens.caps[last]

    # ------------------------------------------------------------ features
    def features(self, chunk: Chunk) -> list[list[str]]:
        """The features of every token of a chunk."""
        inside: dict[int, list[str]] = defaultdict(list)
        for at in range(max(chunk.start - 3, 0), chunk.stop):
            if self.tokens.marks[at] & (PLACE | HEAD):
                self._reach(at, inside)
        return [self._token(at, inside.get(at, ())) for at in chunk]

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

    def _token(self, at: int, inside: Iterable[str]) -> list[str]:
        tokens = self.tokens
        shape, own = _own(tokens.words[at], tokens.keys[at])
        out = [*own, *inside]
        self._beside(at, shape, out)
        self._known(at, out)
        run = self.runs.at(at)
        if run is not None:
            self._in_run(at, run, out)
        return out

    def _beside(self, at: int, shape: str, out: list[str]) -> None:
        """What stands beside the token."""
        tokens = self.tokens
        before = after = "#"
        if at and "\n" not in tokens.gaps[at - 1]:
            before = _shape(tokens.words[at - 1]) + _gap(tokens.gaps[at - 1])
            out += ("word-1=" + tokens.keys[at - 1], "known-1=" + self.cover.get(at - 1, ""))
        if at + 1 < tokens.size and "\n" not in tokens.gaps[at]:
            after = _gap(tokens.gaps[at]) + _shape(tokens.words[at + 1])
            out += ("word+1=" + tokens.keys[at + 1], "known+1=" + self.cover.get(at + 1, ""))
        out += ("shapes=" + before + shape + after, "shape-1=" + before, "shape+1=" + after)

    def _known(self, at: int, out: list[str]) -> None:
        """What lexicon, grammar and word lists say of the token."""
        tokens = self.tokens
        out.append("known=" + self.cover.get(at, "") + self.unsure.get(at, ""))
        if tokens.initial(at):
            out += ("initial", "initial " + _shape(tokens.words[at]))
        if tokens.marks[at] & KIND:
            out += ["kind=" + kind for kind in tokens.kinds(at)[1]]
        if tokens.thing(at):
            out.append("thing")
        if tokens.marks[at] & SURNAME:
            out.append("surname" if tokens.person(at) else "surname alone")

    def _in_run(self, at: int, run: Run, out: list[str]) -> None:
        """The place in its run, and the wording around the run."""
        first, last = run
        out.append("run=" + self.runs.made(run) + ("F" if at == first else "L" if at == last - 1 else "M"))
        if at == first:
            out += self.left(first)
            self._elsewhere(run, out)
        if at == last - 1:
            out += self.right(last)

    def _elsewhere(self, run: Run, out: list[str]) -> None:
        """The wording around the same run of capitals elsewhere in the text."""
        first, last = run
        same = self.runs.same(run)
        out.append("times=" + str(min(len(same), 4)) + self.runs.made(run)[:-1])
        if last - first == 1:
            out += sorted("part " + place for place in self.runs.parts(self.tokens.words[first]))
        if len(same) > 1:
            out += sorted(set().union(*(self.around(other) for other in same[:8] if other != run)))


@lru_cache(maxsize=65536)
def _word_features(side: str, word: str) -> tuple[str, ...]:
    return (f"{side}1={word}", f"{side}cluster={cluster(word)}") if word else ()


@lru_cache(maxsize=4096)
def _sense_features(side: str, senses: frozenset[str]) -> list[str]:
    return [f"{side}sense={sense}" for sense in senses]
