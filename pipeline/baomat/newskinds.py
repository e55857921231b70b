"""What kind of news the headline and the lead look like: statistics, law, advice, a product, deceit face to face, a told case.

Much of what papers write about cyber matters tells no incident. ``lexicons/news_kinds.tsv`` says by which wordings the other
kinds show themselves; the article model (:mod:`baomat.phases`) weighs them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from . import lexicon
from .concepts import Hit, said
from .text import key

OPENING = 3  # sentences: the headline and, as a rule, the lead
MOST = 2  # a kind shown by more wordings of one sentence than these counts no more
_DECEIT = frozenset(("FRAUD", "PHISH", "FRAUDSTER"))
_DIGITAL = frozenset("ONLINE MALWARE ACTOR CYBERATTACK HACKED SYSTEM ENCRYPT ACCOUNT TAKEOVER EXPLOIT DDOS RANSOMWARE".split())


@cache
def _terms() -> tuple[dict[str, list[str]], re.Pattern[str]]:
    """Term to kinds, and an expression for any term."""
    kinds: dict[str, list[str]] = {}
    for row in lexicon.read("news_kinds", ("kind", "terms"), unique=("kind",)):
        for term in row.several("terms"):
            named = kinds.setdefault(key(term), [])
            if row["kind"] in named:
                row.fail(f"'{term}' is given twice for {row['kind']}")
            named.append(row["kind"])
    return kinds, re.compile(rf"(?<!\w)(?:{lexicon.trie(kinds)})(?!\w)")


def features(keyed: str, sentences: Sequence[tuple[int, int]], hits: Sequence[Sequence[Hit]]) -> dict[str, float]:
    """The kinds shown by the headline, by the lead and by both; and whether there is deceit and nothing digital.

    Parameters
    ----------
    keyed
        The article as :func:`baomat.text.key` gives it.
    sentences, hits
        [start, end) of every sentence, and its concepts.
    """
    found: dict[str, float] = {}
    for number, (start, end) in enumerate(sentences[:OPENING]):
        for kind, count in _shown(keyed[start:end]).items():
            found[f"{'lead' if number else 'title'} news:{kind}"] = 1.0
            found[f"opening news:{kind}"] = found.get(f"opening news:{kind}", 0.0) + 0.5 * min(count, MOST)
    told = said([hit for inside in hits[:OPENING] for hit in inside])
    found["undigital"] = float(not told.isdisjoint(_DECEIT) and told.isdisjoint(_DIGITAL))
    return found


def _shown(sentence: str) -> Counter[str]:
    kinds, expression = _terms()
    return Counter(kind for match in expression.finditer(sentence) for kind in kinds[" ".join(match[0].split())])
