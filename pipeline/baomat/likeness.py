"""What a telling of an incident is recognised by, and how alike two tellings are.

A trace holds the names, words, figures and places of what one article tells of one incident, the rare ones counting more.
``models/frequencies.npz`` says how many articles of the corpora named in ``data/MODEL_CARD.md``, and how many of those
about cyber security, have a folded syllable or pair of syllables; it keeps counts by hash and no text.
"""

from __future__ import annotations

import io
import math
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np

from . import figures, lexicon
from .schema import Incident, Organization, OrgMention
from .text import fold, fold_word

ECHO = "echo"  # relation of what an article says that tells no incident of its own, until it is found to echo another's
TOPIC = 0.2  # cyber score from which an article that tells no incident may speak of one
HEAD = 600  # code points of headline and lead, which always count
BRIEF = 700  # code points that a teaser has at most
MOST = {"word": 120, "pair": 30}  # terms of a kind that are kept, the rarest first
RARE_PAIR = 4.0  # weight of a pair of syllables from which it is kept
DISTINCTIVE = 5.5  # rarity of a name from which it alone tells its bearer
DOUBT = 40.0  # mass of names that two tellings must share before it counts in full
COMMON = 0.01  # what a shared bearer counts for at least
UNSEEN = 3.0  # articles that a term is taken to be in which the corpora do not have
_TOKEN = re.compile(r"\w+")
_BREAK = re.compile(r"[^\w\s]+|\n")
_JOINS = frozenset((" ", ".", "-", "&", ". ", " - "))  # what may stand between two words of a name
_FIGURE = re.compile(r"\d[\d.,]*\d")
_DAY = re.compile(  # a day and its month
    r"\b(?:ngày|hôm|sáng|trưa|chiều|tối|đêm)\s(\d{1,2})\s?(?:[/.-]|tháng)\s?(\d{1,2})\b"
    r"|\b(\d{1,2})[/.-](\d{1,2})[/.-](?:19|20)\d\d\b"
)
_DATE = re.compile(r"\b\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b|\b(?:19|20)\d\d\b|\b\d{1,2}(?:h\d*|g\d+| giờ)\b|tháng \d+")


# ---------------------------------------------------------------- rarity
@cache
def _frequencies() -> tuple[bytes, Sequence[float], bytes, Sequence[float]]:
    """For general news and for news of cyber security: how often terms occur, as one byte a term, and what each byte tells.

    A byte is 16 times the binary logarithm of the articles that have the term; 0 where the corpora do not have it.
    """
    data = (files("baomat") / "models" / "frequencies.npz").read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        total, of_topic = map(float, arrays["totals"][:2])
        general, topic = arrays["general"].tobytes(), arrays["topic"].tobytes()
    counts = [2 ** (kept / 16) for kept in range(1, 256)]
    rarities = [math.log(total / n) for n in (UNSEEN, *counts)]
    return general, rarities, topic, [math.log(of_topic / (n + 1.0)) for n in (1.0, *counts)]


def rarity(term: str) -> float:
    """Inverse document frequency of a folded syllable or pair of syllables in general news."""
    general, rarities, _, _ = _frequencies()
    return rarities[general[zlib.crc32(term.encode()) & (len(general) - 1)]]


@lru_cache(1 << 16)
def weight(term: str) -> float:
    """How much a term counts: by its rarity in general news, less where news of cyber security is full of it."""
    general, rarities, topic, abouts = _frequencies()
    code = zlib.crc32(term.encode())
    return max(0.0, rarities[general[code & (len(general) - 1)]] * abouts[topic[code & (len(topic) - 1)]] / 6.0)


@lru_cache(1 << 14)
def distinctive(name: str) -> bool:
    """Whether a folded name is rare enough to tell its bearer: "toc ma" is, "ngan hang" is not."""
    syllables = name.split()
    terms = [f"{first} {second}" for first, second in pairwise(syllables)] or syllables
    return max(map(rarity, terms), default=0.0) >= DISTINCTIVE


def telling(figure: float) -> float:
    """How much a figure tells: 343 more than 94,000, and that more than 400,000,000."""
    return min(len(f"{figure:.0f}".rstrip("0")), 3) / 2


# ---------------------------------------------------------------- traces
@dataclass(frozen=True)
class Trace:
    """The terms of one telling by kind."""

    terms: Mapping[str, frozenset[str]]

    def of(self, kind: str) -> frozenset[str]:
        """The terms of a kind.

        Kinds are name, call (what the names of headline and lead are told by), word, pair, title (words and pairs of words of
        the headline), digits, number ("VND:36000000000"), title_number, place, land, day ("4/6"); victim, impersonated, actor,
        org (ids or forms); victim_id (ids alone), and main_victim and main_org (those of headline and lead).
        """
        return self.terms.get(kind, frozenset())

    @cached_property
    def strict(self) -> Trace:
        """The trace with no other victims and organizations than those of headline and lead."""
        return Trace({**self.terms, "victim": self.of("main_victim"), "org": self.of("main_org")})

    @cached_property
    def names(self) -> str:
        """All names in a row, for finding a name inside a longer one."""
        return f" {' | '.join(sorted(self.of('name')))} "

    @cached_property
    def name_words(self) -> frozenset[str]:
        """The syllables of its names."""
        return frozenset(word for name in self.of("name") for word in name.split())

    @cached_property
    def word_mass(self) -> float:
        """Sum of the weights of its words."""
        return _mass(self.of("word"), 1)

    @cached_property
    def name_mass(self) -> float:
        """Sum of the squared weights of the syllables of its names."""
        return _mass(self.name_words, 2)

    @cached_property
    def title_mass(self) -> float:
        """Sum of the weights of the words of its headline."""
        return _mass(self.of("title"), 1)

    @cached_property
    def numbers(self) -> list[tuple[str, float]]:
        """What is counted, with how many."""
        return _counted(self.of("number"))

    @cached_property
    def title_numbers(self) -> list[tuple[str, float]]:
        """The same of its headline."""
        return _counted(self.of("title_number"))

    @cached_property
    def rarest(self) -> list[str]:
        """The terms by which it is looked for: who was hit, figures, then the rarest names and words."""
        figures = {f"{what}:{value:.15g}" for what, value in self.numbers if telling(value) >= 1}
        sure = sorted({*self.of("victim"), *self.of("actor"), *self.of("impersonated"), *figures})
        terms = self.name_words | self.of("call") | self.of("pair") | self.of("word")
        return sure + sorted(terms, key=lambda term: (-weight(term), term))[:40]


def _counted(numbers: Iterable[str]) -> list[tuple[str, float]]:
    return [(what, float(value)) for what, _, value in (number.partition(":") for number in sorted(numbers))]


@lru_cache(4096)
def read(trace: str) -> Trace:
    """The trace that :func:`traced` wrote down."""
    kinds: dict[str, set[str]] = {}
    for line in trace.split("\n"):
        kind, _, terms = line.partition("=")
        kinds[kind] = set(terms.split(";"))
    return Trace({kind: frozenset(terms) for kind, terms in kinds.items()})


def traced(
    text: str,
    mentions: Sequence[OrgMention],
    organizations: Mapping[str, Organization],
    incidents: Sequence[Incident],
    *,
    score: float = 1.0,
) -> list[Incident]:
    """The incidents of an article with the trace of each in ``values["trace"]``.

    Where an article tells none, and its cyber score reaches :data:`TOPIC`, there is one of the relation :data:`ECHO` instead,
    which holds a trace and nothing else: it is shown only where another article's incident is found to be the one that it
    speaks of.
    """
    if not incidents and score >= TOPIC:
        incidents = [Incident(0, ECHO, {})]
    for incident in incidents:
        incident.values["trace"] = _trace(text, mentions, organizations, incident)
    return list(incidents)


def _trace(text: str, mentions: Sequence[OrgMention], organizations: Mapping[str, Organization], incident: Incident) -> str:
    head = HEAD if incident.number == 0 else 0
    spans = {(fact.start, fact.end) for fact in incident.facts} | {(step.start, step.end) for step in incident.timeline}
    papers = [org.text for org in mentions if org.org_type == "media" or org.role == "source"]
    body = "\n".join((text[:head], *(text[start:end] for start, end in sorted(spans) if end > head)))
    body = _without(body, papers)  # who reports it says nothing about what happened
    forms: dict[str, set[str]] = {}
    for org in mentions:
        own = {fold(org.text), fold(organizations[org.org_id].name)} if org.org_id.startswith("org-") else set()
        forms.setdefault(org.org_id, {org.org_id}).update(own - {""})
    lead = {org.org_id for org in mentions if org.start < head}
    kinds: dict[str, Collection[str]] = _terms(body)
    for kind, field in (("victim", "victim"), ("impersonated", "impersonated"), ("actor", "threat_actor")):
        keys = {fact.value_key for fact in incident.facts if fact.field == field}
        kinds[kind] = {form for key in keys for form in forms.get(key, {key})}
        if kind == "victim":
            kinds["victim_id"] = keys
            kinds["main_victim"] = {form for key in keys & lead for form in forms.get(key, {key})}
    kinds["org"] = {form for own in forms.values() for form in own}
    kinds["main_org"] = {form for key in lead for form in forms[key]}
    kinds["brief"] = ["1"] if len(text) < BRIEF else []
    kinds["call"] = {
        term
        for name in _names(_without(text[:head], papers))
        for term in _calls(name)
        if term not in _provinces() and term not in _abroad()
    }
    title = text.partition("\n")[0] if head else ""
    kinds["title"], kinds["title_number"] = _titled(title), _numbers(_DATE.sub(" ", title), 2)
    return "\n".join(f"{kind}={';'.join(sorted(terms))}" for kind, terms in kinds.items() if terms)


def _terms(text: str) -> dict[str, Collection[str]]:
    names, undated = set(_names(text)), _DATE.sub(" ", text)
    words, pairs = set[str](), set[str]()
    for part in _BREAK.split(text):
        syllables = _folded(part)
        words.update(word for word in syllables if not word[0].isdigit())
        for first, second in pairwise(syllables):
            if not (first[0].isdigit() or second[0].isdigit()) and weight(f"{first} {second}") >= RARE_PAIR:
                pairs.add(f"{first} {second}")
    return {
        "name": names,
        "word": _rarest(words, MOST["word"]),
        "pair": _rarest(pairs, MOST["pair"]),
        "digits": {re.sub(r"\D", "", match[0]) for match in _FIGURE.finditer(undated)},
        "number": _numbers(undated, 10),
        "day": {"/".join(group.lstrip("0") for group in match.groups() if group) for match in _DAY.finditer(text)},
        "place": {place for name in names for place in _places(name, _provinces())},
        "land": {place for name in names for place in _places(name, _abroad())},
    }


def _without(text: str, papers: Sequence[str]) -> str:
    return re.sub("|".join(map(re.escape, sorted(set(papers), key=len, reverse=True))), " · ", text) if papers else text


def _calls(name: str) -> list[str]:
    """What a folded name is told by: each pair of its syllables, or its only one."""
    syllables = name.split()
    return [f"{first} {second}" for first, second in pairwise(syllables)] or syllables


def _titled(title: str) -> set[str]:
    """The words of a headline and the pairs of words that stand beside each other in it."""
    terms = set[str]()
    for part in _BREAK.split(title):
        syllables = _folded(part)
        terms |= {*syllables, *(f"{first} {second}" for first, second in pairwise(syllables))}
    return terms


def _numbers(undated: str, least: float) -> set[str]:
    """The figures of a text without its dates, from ``least`` on, each with what it counts."""
    found = ((figure.currency or figure.what, figure.high) for figure in figures.find(undated))
    return {f"{what}:{number:.15g}" for what, number in found if number is not None and number >= least}


def _rarest(terms: Iterable[str], most: int) -> list[str]:
    return sorted(terms, key=lambda term: (-weight(term), term))[:most]


def _folded(text: str) -> list[str]:
    """The folded syllables of a text."""
    return [syllable for word in text.split() for syllable in fold_word(word).split()]


def _names(text: str) -> Iterator[str]:
    """Runs of capitalised words, folded: "Công an Hà Nội" gives "cong" and "ha noi"."""
    run: list[str] = []
    last = 0
    for match in _TOKEN.finditer(text):
        capital = match[0][0].isupper() or (bool(run) and match[0][0].isdigit())
        if run and not (capital and text[last : match.start()] in _JOINS):
            yield " ".join(_folded(" ".join(run)))
            run = []
        if capital:
            run.append(match[0])
        last = match.end()
    if run:
        yield " ".join(_folded(" ".join(run)))


def _places(name: str, known: Mapping[str, str]) -> Iterator[str]:
    """The known places that a folded name holds."""
    syllables = name.split()
    for start in range(len(syllables)):
        for end in range(start + 1, min(start + 4, len(syllables)) + 1):
            if place := known.get(" ".join(syllables[start:end])):
                yield place


def _known(*kinds: str) -> dict[str, str]:
    rows = lexicon.read("places", ("name", "kind", "country", "valid_to", "successor", "aliases"), unique=("name",))
    near = [row for row in rows if row["kind"] in kinds]
    return {fold(name): fold(row["name"]) for row in near for name in (row["name"], *row.several("aliases"))}


@cache
def _provinces() -> dict[str, str]:
    """The provinces and cities of Vietnam."""
    return _known("province", "municipality")


@cache
def _abroad() -> dict[str, str]:
    """Countries, and cities abroad."""
    return _known("country", "city")


# ---------------------------------------------------------------- likeness
def like_words(first: Trace, second: Trace) -> float:
    """How alike the words of two tellings are."""
    return _cosine(first.of("word"), first.word_mass, second.of("word"), second.word_mass, 1, 0.0)


def like_titles(first: Trace, second: Trace) -> float:
    """How alike the headlines of two tellings are."""
    return _cosine(first.of("title"), first.title_mass, second.of("title"), second.title_mass, 1, 0.0)


def retold(first: Trace, second: Trace) -> float:
    """How much of the headline of one telling the other says, in its own headline or below; of both, the better."""
    return max(_said(first, second), _said(second, first))


def _said(first: Trace, second: Trace) -> float:
    words = frozenset(term for term in first.of("title") if " " not in term)
    mass = _mass(words, 1)
    return _mass(words & (second.of("word") | second.of("title") | second.of("digits")), 1) / mass if mass else 0.0


def same_name(first: Trace, second: Trace) -> float:
    """How rare a name is, at best, that headline or lead of both tell: 0 if it is common, 1 if other news never have it."""
    best = max(map(weight, first.of("call") & second.of("call")), default=0.0)
    return min(max(best - DISTINCTIVE, 0.0) / 3, 1.0)


def unlike_names(first: Trace, second: Trace) -> float:
    """How much each of two tellings names that the other does not."""
    own = min(
        _mass(first.name_words - second.name_words - second.of("word"), 2),
        _mass(second.name_words - first.name_words - first.of("word"), 2),
    )
    return own / (own + DOUBT)


def like_names(first: Trace, second: Trace) -> float:
    """How alike the names of two tellings are; a common one, even if it is the only one, makes little."""
    return _cosine(first.name_words, first.name_mass, second.name_words, second.name_mass, 2, DOUBT)


def _cosine(
    first: Collection[str], first_mass: float, second: Collection[str], second_mass: float, power: int, doubt: float
) -> float:
    shared = _mass(frozenset(first) & frozenset(second), power)
    return shared / (doubt + math.sqrt(first_mass * second_mass)) if shared else 0.0


def _mass(terms: Iterable[str], power: int) -> float:
    return sum([weight(term) ** power for term in terms])


def alike(first: Trace, second: Trace, kind: str) -> float:
    """How rare the bearer is that two tellings name: by id, by form, or by a form that is part of the other's; 0 for none."""
    mine, other = first.of(kind), second.of(kind)
    parts = {
        min(a, b, key=len)
        for a in mine
        if distinctive(a)
        for b in other
        if distinctive(b) and (f" {a} " in f" {b} " or f" {b} " in f" {a} ")
    }
    return max(map(_rare, mine & other | parts), default=0.0)


def named(first: Trace, second: Trace, kind: str) -> float:
    """How rare the bearer of one telling is that the other at least names; 0 for none."""
    mine = first.of(kind)
    return max(
        map(_rare, mine & second.of("org") | {name for name in mine if distinctive(name) and f" {name} " in second.names}),
        default=0.0,
    )


@lru_cache(1 << 14)
def _rare(name: str) -> float:
    """How surely an id or a folded name tells an incident: 1 where few articles have it, less the more do."""
    best = max((weight(term) for term in _calls(name.replace("-", " "))), default=0.0)
    return min(best / DISTINCTIVE, 1.0) ** 2 + COMMON
