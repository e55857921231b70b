"""How strongly an article is about cyber security: the score behind ``extract --only-cyber``."""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache

from . import lexicon
from .aliases import Node
from .orgwords import enter
from .text import key

# Articles from this score on are kept by --only-cyber: about one in a hundred of general Vietnamese news.
CYBER_THRESHOLD = 0.7
_SATURATION = 4.0  # a sum of term weights of this size gives a score of 1 - 1/e


@cache
def _terms() -> tuple[dict[str, float], re.Pattern[str]]:
    weights: dict[str, float] = {}
    for row in lexicon.read("cyber_terms", ("weight", "terms")):
        try:
            weight = float(row["weight"])
        except ValueError:
            row.fail(f"the weight '{row['weight']}' is not a number")
        for term in row.several("terms"):
            if weights.setdefault(key(term), weight) != weight:
                row.fail(f"'{term}' is given twice")
    return weights, re.compile(rf"\W({lexicon.trie(weights)})(?!\w)")  # so put, the search leaps from word to word


@cache
def terms() -> Node:
    """A trie of the terms that speak for cyber security; "" holds the weight, of a shorter term if that weighs more."""
    root: Node = {}
    for term, weight in _terms()[0].items():
        if weight > 0:
            enter(root, term)[""] = weight
    _raise(root, 0.0)
    return root


def _raise(node: Node, least: float) -> None:
    """Let no term weigh less than one that it begins with."""
    if "" in node:
        node[""] = least = max(node[""], least)
    for word, child in node.items():
        if word:
            _raise(child, least)


@lru_cache(maxsize=8)  # two stages ask for the same article, one after the other
def score(text: str) -> float:
    """Score an article between 0 and 1.

    The weights of the distinct cyber terms add up, a repeated term counting a little more, and are set against the
    length of the article, so that a term in passing in a long article weighs less than one in a headline.

    Parameters
    ----------
    text
        Title, blank line, body.
    """
    weights, expression = _terms()
    counts: dict[str, int] = {}
    for found in expression.findall(" " + key(text)):
        term = " ".join(found.split())
        counts[term] = counts.get(term, 0) + 1
    return scaled(sum(weights[term] * (1 + math.log(n)) for term, n in counts.items()), len(text))


def scaled(total: float, characters: int) -> float:
    """The score of so long a text whose terms weigh so much together."""
    if total <= 0:
        return 0.0
    length = max(characters, 250) / 250  # a lead has about 250 characters
    return round(1 - math.exp(-total / (_SATURATION * length**0.35)), 4)
