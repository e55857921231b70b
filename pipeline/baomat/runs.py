"""Runs of a text: capitals side by side, found where they are asked for, and where else the same words stand."""

from __future__ import annotations

from functools import cached_property

from .marks import STRONG
from .orgwords import JOINED, closed
from .surface import Tokens

JOINS = (JOINED | {" ", " & "}) - {"/"}  # what may stand between the tokens of a run
Run = tuple[int, int]  # the first token, and the one behind the last


class Runs:
    """The runs of a text. What was asked once is remembered."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._runs: dict[int, Run] = {}
        self._same: dict[str, list[Run]] = {}
        self._parts: dict[str, set[str]] = {}
        self._made: dict[Run, str] = {}
        self._places: dict[str, list[int]] = {}

    @cached_property
    def strong(self) -> list[int]:
        """The tokens with a capital anywhere."""
        return self.tokens.marked(STRONG)

    def _capital(self, at: int) -> bool:
        return self.tokens.marks[at] & STRONG != 0

    def _where(self, word: str) -> list[int]:
        """The places of a word with a capital."""
        if word not in self._places:
            words = self.tokens.words
            self._places[word] = [at for at in self.strong if words[at] == word]
        return self._places[word]

    def at(self, at: int) -> Run | None:
        """The run that token ``at`` belongs to."""
        if at not in self._runs and self._capital(at):
            self._find_runs(at)
        return self._runs.get(at)

    def _find_runs(self, at: int) -> None:
        """Find the run of a capital, and those right before it."""
        tokens = self.tokens
        last = at
        while self._joined(last) and last - 1 not in self._runs and self._capital(last - 1):
            last -= 1
        while last <= at:
            first, last = last, last + 1
            small = tokens.keys[first] in closed("stop") and tokens.initial(first)
            while not small and self._joined(last):
                last += 1
            self._runs.update(dict.fromkeys(range(first, last), (first, last)))

    def _joined(self, at: int) -> bool:
        """Whether token ``at`` goes on a run."""
        return 0 < at < self.tokens.size and self.tokens.caps[at] and self.tokens.gaps[at - 1] in JOINS

    def same(self, run: Run) -> list[Run]:
        """All runs with the words of this one and the same between them, in reading order."""
        tokens, surface = self.tokens, self.tokens.surface(*run)
        if surface not in self._same:
            if len(self._where(tokens.words[run[0]])) == 1:
                return [run]
            runs = map(self.at, self._where(tokens.words[run[0]]))
            self._same[surface] = [one for one in dict.fromkeys(runs) if one is not None and tokens.surface(*one) == surface]
        return self._same[surface]

    def parts(self, word: str) -> set[str]:
        """Where the word stands in longer runs: "first", "later"."""
        if word not in self._parts:
            longer = [(at, run[0]) for at in self._where(word) if (run := self.at(at)) is not None and run[1] - run[0] > 1]
            self._parts[word] = {"first" if at == first else "later" for at, first in longer}
        return self._parts[word]

    def made(self, run: Run) -> str:
        """How the words of a run are spelled, and how many they are: "foreign2", "person3"."""
        if run not in self._made:
            self._made[run] = _made(self.tokens, *run)
        return self._made[run]


def _made(tokens: Tokens, first: int, last: int) -> str:
    foreign = sum(tokens.foreign(step) for step in range(first, last))
    size = last - first
    made = "native" if not foreign else "foreign" if foreign == size else "mixed"
    if made == "native" and size > 1 and tokens.person(first):
        made = "person"
    return made + str(min(size, 4))
