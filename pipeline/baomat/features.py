"""What the sentence model looks at: concepts and how they are said, rules, words, clusters, place, neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from . import concepts, figures, phaserules
from .clusters import cluster
from .concepts import Hit
from .phaserules import TOLD, Match
from .schema import DateMention, OrgMention
from .text import key

Features = dict[str, float]
Span = tuple[int, int]
_NUMBER = re.compile(r"\d")
_NEIGHBOURS = ((-2, "pp"), (-1, "p"), (1, "n"))


class Sentences:
    """The sentences of one article with their concepts and rule matches, ready to be described by features."""

    def __init__(
        self,
        text: str,
        *,
        sentences: Sequence[Span],
        words: Sequence[Span],
        orgs: Sequence[OrgMention],
        dates: Sequence[DateMention],
    ) -> None:
        self.text, self.spans = text, sentences
        self.keyed = key(text)
        names = [(org.start, org.end) for org in orgs]
        hits = concepts.with_names(concepts.find(self.keyed), names, self.keyed)
        self.hits = [concepts.within(hits, start, end) for start, end in sentences]
        self.matches = [list(phaserules.matches(inside, self.keyed)) for inside in self.hits]
        self.tokens = tokens(self.keyed, sentences, words, orgs)
        self.dated = {date.sentence for date in dates}

    def features(self) -> list[Features]:
        """The features of every sentence."""
        own = [self._own(i) for i in range(len(self.spans))]
        sums = [phase_sums(found) for found in self.matches]
        whole = {f"a:{phase}": min(value / len(sums), 1.5) for phase, value in _added(sums).items()}
        title = {f"t{name}": 0.5 for name in own[0] if name.startswith("c:") and name.count(":") == 1} if own else {}
        described = []
        for i, features in enumerate(own):
            merged = {**features, **whole, **title}
            for offset, name in _NEIGHBOURS:
                if 0 <= i + offset < len(own):
                    merged |= {f"{name}s:{phase}": min(value, 2.0) for phase, value in sums[i + offset].items()}
            if i:
                merged |= {f"p{name}": 0.5 for name in own[i - 1] if name.startswith("c:") and name.count(":") == 1}
            described.append(merged)
        return described

    def _own(self, i: int) -> Features:
        start, end = self.spans[i]
        sentence = self.text[start:end]
        features: Features = _rule_features(self.matches[i]) | _concept_features(self.hits[i], self.keyed)
        features |= _word_features(self.tokens[i])
        features |= {f"figure:{figure.what}": 1.0 for figure in figures.find(sentence)}
        n = len(self.spans)
        marks = {
            "title": i == 0,
            "lead": i == 1,
            "brief": n <= 4,
            "late": i >= 0.75 * n,
            "question": sentence.rstrip(' "”').endswith("?"),
            "short": len(self.tokens[i]) < 6,
            "long": len(self.tokens[i]) > 25,
            "dated": i in self.dated,
            "quoted": sentence.lstrip()[:1] in ("“", '"'),
        }
        return features | {name: 1.0 for name, present in marks.items() if present}


def phase_sums(found: Sequence[Match]) -> dict[str, float]:
    """The weights of the rules that match as facts or claims, by phase."""
    sums: dict[str, float] = {}
    for match in found:
        if match.modality in TOLD:
            sums[match.rule.phase] = sums.get(match.rule.phase, 0.0) + match.rule.weight
    return sums


def _added(sums: Sequence[dict[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for one in sums:
        for phase, value in one.items():
            total[phase] = total.get(phase, 0.0) + value
    return total


def _rule_features(found: Sequence[Match]) -> Features:
    features: Features = {f"r:{match.rule.name}:{match.modality or 'maybe'}": 1.0 for match in found}
    return features | {f"s:{phase}": min(value, 2.0) for phase, value in phase_sums(found).items()}


def _concept_features(hits: Sequence[Hit], keyed: str) -> Features:
    features: Features = {}
    for hit in hits:
        said = phaserules.modality(hits, hit, keyed)
        for name in hit.concepts:
            features[f"c:{name}"] = 1.0
            if said != "actual":
                features[f"c:{name}:{said or 'maybe'}"] = 1.0
    for first, second in pairwise(hits):
        features |= {f"b:{a}>{b}": 1.0 for a in first.concepts for b in second.concepts}
    return features


def _word_features(tokens: Sequence[str]) -> Features:
    features: Features = {f"w:{token}": 1.0 for token in tokens}
    features |= {f"w:{first}_{second}": 1.0 for first, second in pairwise(tokens)}
    groups = [number for token in tokens if (number := cluster(token)) is not None]
    return features | {f"k:{number}": 1.0 for number in groups}


def tokens(keyed: str, sentences: Sequence[Span], words: Sequence[Span], orgs: Sequence[OrgMention]) -> list[list[str]]:
    """The words of every sentence, a name as its kind ("<bank>"), a number as "0", signs left out."""
    units = sorted(
        [(start, end, "") for start, end in words] + [(org.start, org.end, f"<{org.org_type}>") for org in orgs],
        key=lambda unit: (unit[0], not unit[2]),
    )
    found: list[list[str]] = [[] for _ in sentences]
    number, silent_until = 0, 0
    for start, end, name in units:
        while number < len(sentences) and start >= sentences[number][1]:
            number += 1
        if number == len(sentences):
            break
        if start < silent_until:
            continue
        word = name or " ".join(keyed[start:end].split())
        if name:
            silent_until = end
        elif _NUMBER.search(word):
            word = "0"
        elif not any(char.isalpha() for char in word):
            continue
        found[number].append(word)
    return found
