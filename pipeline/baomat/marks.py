"""What a word tells by itself, as bits: looked up once for every word that news are made of, not once for every token.

A bit that a word lacks answers most questions of the name grammar ("is there a head noun here?") before they are asked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TypeVar

from . import cyber
from . import text as texts
from .aliases import Lexicon
from .orgwords import endings, foreign_word, heads, places, surnames, things, words

MOST = 1 << 16  # words remembered

CAPITAL = 1  # begins with a capital
CHANGED = 2  # is not written like its key
STRONG = 4  # … and has a capital anywhere
UPPER = 8  # all in capitals
FOREIGN = 16  # is not spelled like a Vietnamese syllable
COINED = 32  # … and has a capital inside, as acronyms have
SURNAME = 64  # is a family name
# An entry may begin with it: of heads, places, words that names are made of, those of them that end names of companies,
# things, names of the lexicon, cyber terms.
HEAD, PLACE, KIND, ENDING, THING, KNOWN, TOPIC = 128, 256, 512, 1024, 2048, 4096, 8192

Value = TypeVar("Value")


class Memo(dict[str, Value]):
    """What a function gives for words, each asked of it once."""

    def __init__(self, function: Callable[[str], Value]) -> None:
        self.function = function

    def __missing__(self, word: str) -> Value:
        if len(self) >= MOST:  # keep the half that was met first: in it are the frequent words
            for old in list(self)[MOST // 2 :]:
                self.pop(old, None)
        value = self[word] = self.function(word)
        return value


@cache
def keys() -> Memo[str]:
    """The matching keys of words out of a shadow (:func:`baomat.text.key` of a whole text)."""
    return Memo(lambda word: texts.tone_style(texts.lower(word)))


def of(lexicon: Lexicon) -> Memo[int]:
    """Marks of words, by what this lexicon knows."""
    if lexicon.marks is None:
        lexicon.marks = Memo(partial(_mark, lexicon))
    known: Memo[int] = lexicon.marks
    return known


@cache
def _shared(mark: int) -> int:
    """The number itself, one object for all words with these marks: what every text looks at stays in the processor's cache."""
    return mark


def _mark(lexicon: Lexicon, word: str) -> int:
    key = keys()[word]
    capital = word[0].isupper()
    foreign = foreign_word(key)
    return _shared(
        CAPITAL * capital
        | CHANGED * (word != key)
        | STRONG * (word != key and not word.islower())
        | UPPER * word.isupper()
        | FOREIGN * foreign
        | COINED * (foreign and len(word) > 2 and word[1:] != key[1:] and any(map(str.isupper, word[1:])))
        | SURNAME * (key in surnames())
        | HEAD * (key in heads())
        | PLACE * (key in places() and (capital or key == "châu"))
        | KIND * (key in words())
        | ENDING * (key in endings())
        | THING * (key in things())
        | KNOWN * (key in lexicon.root and (capital or key in lexicon.small))
        | TOPIC * (key in cyber.terms())
    )
