"""Concepts in a text, and patterns over them: the one matcher behind phases, roles, facts and dates of phases.

``lexicons/concepts.tsv`` says what wordings can mean; one trie finds them all in one pass. A pattern such as
``ACTOR ATTACK SYSTEM`` then asks for concepts in this order, close together, so a rule is a line in a lexicon and reads
as what it means.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from . import lexicon
from .text import key

MAX_GAP = 6  # words between two neighbouring parts of a pattern
ALL = ("concepts", "role_concepts")  # the lexicons; only rules about roles look at the second
_WORD = re.compile(r"\w+")


class Hit(NamedTuple):
    """A term at ``[start, end)`` with the concepts it can stand for; ``word`` is the number of words before it."""

    start: int
    end: int
    word: int
    n_words: int
    concepts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Parts in order: each a set of concepts of which a hit must have one. ``gap`` words at most lie between parts."""

    parts: tuple[frozenset[str], ...]
    gap: int

    def find(self, hits: Sequence[Hit], said: frozenset[str]) -> list[tuple[Hit, Hit]]:
        """First and last hit of every match, leftmost first; matches do not share their first hit.

        ``said`` are the concepts of all the hits (:func:`said`): in most sentences most patterns miss one.
        """
        for part in self.parts:
            if said.isdisjoint(part):
                return []
        begun = self.parts[0]
        found = ((hit, self._rest(hits, i)) for i, hit in enumerate(hits) if not begun.isdisjoint(hit.concepts))
        return [(first, last) for first, last in found if last is not None]

    def _rest(self, hits: Sequence[Hit], i: int) -> Hit | None:
        for part in self.parts[1:]:
            limit = hits[i].word + hits[i].n_words + self.gap
            i += 1
            while i < len(hits) and hits[i].word <= limit and hits[i].concepts.isdisjoint(part):
                i += 1
            if i == len(hits) or hits[i].word > limit:
                return None
        return hits[i]


def compile_pattern(source: str) -> Pattern:
    """Read a pattern: concepts in order, ``A|B`` for either, an optional ``~N`` at the end for the largest gap.

    Raises
    ------
    KeyError
        If it names a concept that ``concepts.tsv`` does not have; ORG stands for an organization's name.
    """
    *parts, last = source.split()
    gap = MAX_GAP
    if last.startswith("~"):
        gap = int(last[1:])
    else:
        parts.append(last)
    names = _terms()[1] | {"ORG"}
    compiled = tuple(frozenset(part.split("|")) for part in parts)
    for unknown in sorted({name for part in compiled for name in part} - names):
        raise KeyError(unknown)
    return Pattern(compiled, gap)


@cache
def _terms(lexicons: tuple[str, ...] = ALL) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Term to concepts, and the names of all concepts."""
    terms: dict[str, set[str]] = {}
    for name in lexicons:
        for row in lexicon.read(name, ("concept", "terms")):
            for term in row.several("terms"):
                names = terms.setdefault(key(term), set())
                if row["concept"] in names:
                    row.fail(f"'{term}' is given twice for {row['concept']}")
                names.add(row["concept"])
    return {term: frozenset(names) for term, names in terms.items()}, frozenset().union(*terms.values())


def said(hits: Sequence[Hit]) -> frozenset[str]:
    """The concepts of all the hits."""
    return frozenset[str]().union(*[hit.concepts for hit in hits])


@cache
def for_roles() -> frozenset[str]:
    """The second lexicon's own concepts: where no rule matches, they say nothing, and no model is to learn from them."""
    return _terms()[1] - _terms(ALL[:1])[1]


@cache
def _expression(lexicons: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{lexicon.trie(_terms(lexicons)[0])})(?!\w)")


def find(keyed: str) -> tuple[Hit, ...]:
    """Every term of ``concepts.tsv`` in a text, longest first, none overlapping.

    Parameters
    ----------
    keyed
        The text as :func:`baomat.text.key` gives it (same length, so offsets hold for the text itself).
    """
    return _find(keyed, ALL[:1])


def find_with_roles(keyed: str) -> tuple[Hit, ...]:
    """Every term of ``concepts.tsv`` and ``role_concepts.tsv``: for the rules about roles."""
    return _find(keyed, ALL)


@lru_cache(maxsize=8)  # several stages ask for the same article, one after the other
def _find(keyed: str, lexicons: tuple[str, ...]) -> tuple[Hit, ...]:
    terms = _terms(lexicons)[0]
    words = _word_starts(keyed)
    hits = []
    for match in _expression(lexicons).finditer(keyed):
        word = bisect.bisect_left(words, match.start())
        n_words = bisect.bisect_left(words, match.end()) - word
        hits.append(Hit(match.start(), match.end(), word, n_words, terms[" ".join(match[0].split())]))
    return tuple(hits)


def with_names(hits: Sequence[Hit], names: Sequence[tuple[int, int]], keyed: str) -> list[Hit]:
    """The hits with names put among them as the concept ORG; what stands inside a name ("Trung tâm Ứng cứu …") is silent.

    Parameters
    ----------
    names
        [start, end) of the names, sorted, none overlapping.
    """
    words = _word_starts(keyed)
    named = []
    for start, end in names:
        word = bisect.bisect_left(words, start)
        named.append(Hit(start, end, word, bisect.bisect_left(words, end) - word, frozenset(("ORG",))))
    ends = [end for _, end in names]

    def silent(hit: Hit) -> bool:
        i = bisect.bisect_right(ends, hit.start)
        return i < len(names) and names[i][0] < hit.end

    return sorted([*named, *(hit for hit in hits if not silent(hit))], key=lambda hit: hit.start)


@lru_cache(maxsize=4)
def _word_starts(keyed: str) -> tuple[int, ...]:
    return tuple(match.start() for match in _WORD.finditer(keyed))


def within(hits: Sequence[Hit], start: int, end: int) -> list[Hit]:
    """The hits that begin inside ``[start, end)``; hits come sorted. A name ("Yahoo! JAPAN") may run over a sentence's end."""
    low = bisect.bisect_left(hits, start, key=lambda hit: hit.start)
    high = bisect.bisect_left(hits, end, key=lambda hit: hit.start)
    return list(hits[low:high])
