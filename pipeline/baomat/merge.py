"""The same incident over articles: which tellings belong together.

Two tellings are compared only if they share something rare (a victim, a name, a word); a model trained on ``data/gold``
decides, and its reasons are written down. What an article without an incident of its own says is joined too, where it
echoes another's. The result depends neither on the order of the input nor on the number of workers.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from heapq import nlargest
from itertools import chain, islice, product
from typing import Protocol

from . import likeness, linear
from .published import parse
from .schema import Incident, digest

CLOSE = 0.02  # by how much two figures of one thing may differ: 318 and 320 tỉ đồng
AGREE = 0.3  # how sure it must be on average that the members of two groups are one incident
STRANGERS = 0.3  # likeness of names below which two differently named victims are two
UNTIED = 1.2  # by how much more tellings of unknown days must agree that share nobody and no figure: scams are told alike
MANY = 3  # victims of an incident; whoever names more may be going through several
LATEST = 40  # tellings of a term, the nearest in time before it, that a telling is brought together with
LEAST = 20.0  # what the terms must weigh that two tellings share
LEAST_NEAR = 3.0  # the same for two published within :data:`NEAR` days
NEAR = 2
KNOWN = 0.3  # how rare a shared bearer must be to tie two tellings
PARTNERS = 8  # tellings, those that share the rarest terms, that it is then compared with
BLOCK = 1024  # pairs that are compared in one go
_UNTIED_DAYS = 180  # after which tellings that share no name or figure are two
Features = dict[str, float]


class Result(Protocol):
    """What merging needs of an article; ``results.ArticleResult`` has it."""

    @property
    def article_id(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def publisher(self) -> str: ...
    @property
    def published(self) -> str: ...
    @property
    def copy_of(self) -> str: ...
    @property
    def incidents(self) -> list[Incident]: ...


@dataclass(frozen=True)
class Member:
    """One incident as one article tells it."""

    article: Result
    incident: Incident

    @cached_property
    def order(self) -> tuple[str, str, int]:
        """Earliest published first; an article without a date comes last."""
        return (self.article.published or "9999", self.article.article_id, self.incident.number)

    @cached_property
    def incident_id(self) -> str:
        """The id of its incident, if nothing else tells that."""
        return digest(f"{self.article.article_id}#{self.incident.number}")

    @property
    def echo(self) -> bool:
        """Whether the article tells no incident of its own."""
        return self.incident.relation == likeness.ECHO

    @property
    def trace(self) -> likeness.Trace:
        """What it is recognised by."""
        return likeness.read(str(self.incident.values["trace"]))

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of attack that it tells of."""
        types = self.incident.values.get("attack_types", [])
        assert isinstance(types, list)
        return frozenset(types)

    @cached_property
    def window(self) -> tuple[date, date] | None:
        """The first and the last day on which it can have been published."""
        published = parse(self.article.published)
        return (published.first_day, published.last_day) if published else None

    @property
    def dated(self) -> bool:
        """Whether the day it was published is known."""
        return self.window is not None and self.window[0] == self.window[1]


Block = list[tuple[int, int, Member, Member]]  # pairs: their places among the members, and they themselves
Score = tuple[int, int, float, str]
Map = Callable[[Callable[[Block], list[Score]], Iterable[Block]], Iterable[list[Score]]]


@dataclass
class Group:
    """Members told to be one incident, with the reason for each but the founding one."""

    members: list[Member]
    reasons: dict[str, str] = field(default_factory=dict)  # Member.incident_id -> why it belongs

    @property
    def told(self) -> list[Member]:
        """The members that tell the incident themselves."""
        return [member for member in self.members if not member.echo]


def day_of(value: object) -> date | None:
    """The day of a value that is known to the day."""
    try:
        return date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return None


# ---------------------------------------------------------------- which are compared
def pairs(members: Sequence[Member]) -> Iterator[tuple[int, int]]:
    """Pairs that share a victim, a name or a rare term, each once: every telling with the few before it that share most.

    Parameters
    ----------
    members
        In the order of their publication.
    """
    day = [member.window[0].toordinal() if member.window and member.dated else None for member in members]

    def near(i: int, j: int) -> bool:
        first, second = day[i], day[j]
        return first is not None and second is not None and second - first <= NEAR

    places: dict[str, list[int]] = defaultdict(list)
    ids: dict[str, list[int]] = defaultdict(list)
    for j, member in enumerate(members):
        shared: dict[int, float] = defaultdict(float)
        for term in member.trace.rarest:
            weight = likeness.weight(term) ** 2
            for i in places[term][-LATEST:]:
                shared[i] += weight
            places[term].append(j)
        copies = [i for i in ids[member.article.copy_of] if member.article.copy_of]
        ids[member.article.article_id].append(j)
        alike = ((weight, i) for i, weight in shared.items() if weight >= LEAST or (weight >= LEAST_NEAR and near(i, j)))
        best = nlargest(PARTNERS, alike)
        yield from ((i, j) for i in sorted({*(i for _, i in best), *copies}))


def compare(a: Member, b: Member) -> Features:
    """What speaks for and against two tellings being one incident."""
    dated = a.dated and b.dated
    first, second = (a.trace, b.trace) if dated else (a.trace.strict, b.trace.strict)
    features: Features = {"brief": float(bool(first.of("brief") and second.of("brief")))}
    for kind in ("victim", "actor", "impersonated"):
        same = likeness.alike(first, second, kind)
        named = max(same, likeness.named(first, second, kind), likeness.named(second, first, kind))
        features[f"same {kind}"] = same if kind == "victim" else named
        features[f"other {kind}"] = float(bool(first.of(kind) and second.of(kind)) and not named)
        if kind == "victim":
            features["named victim"] = 0.0 if same else named
    features["same name"] = likeness.same_name(first, second)
    features["like titles"] = likeness.like_titles(first, second)
    features["retold"] = likeness.retold(first, second)
    features["unlike names"] = likeness.unlike_names(first, second)
    features["like words"] = likeness.like_words(first, second)
    features["like names"] = likeness.like_names(first, second)
    rare = sorted((likeness.weight(pair) for pair in first.of("pair") & second.of("pair")), reverse=True)[:5]
    features["rare words"] = sum(value - likeness.RARE_PAIR for value in rare) / 10
    features |= _figures(first, second) | _dates(a, b)
    features |= _places(first, second)
    if a.types and b.types:
        features["same type"] = len(a.types & b.types) / len(a.types | b.types)
        features["other type"] = float(not a.types & b.types)
    kinds = [member.incident.values.get("kind") for member in (a, b)]
    features["other kind"] = float(all(kinds) and kinds[0] != kinds[1])
    days = _days(a, b)
    features["far"] = float(days > _UNTIED_DAYS) * (1 - features["same name"])
    if not dated:
        return features | _undated(first, second)
    features["named victim"] /= 1 + days / 14  # much is written about Meta: what is named weeks later is something else
    near = 1 / (1 + days)
    features |= {"near words": near * features["like words"], "near titles": near * features["retold"]}
    features["later"] = min(math.log1p(days) / 5, 1.2)
    features["later untied"] = 0.0 if _tied(features) else features["later"] * (1 - features["same name"])
    features["later untied brief"] = features["later untied"] * features["brief"]
    return features


def _days(a: Member, b: Member) -> int:
    """The days that lie at least between the publication of the two."""
    if not (a.window and b.window):
        return 0
    return max((b.window[0] - a.window[1]).days, (a.window[0] - b.window[1]).days, 0)


def _undated(first: likeness.Trace, second: likeness.Trace) -> Features:
    """What else counts where it is not known on which days the two were published."""
    hit, days = (first.of("victim_id"), second.of("victim_id")), (first.of("day"), second.of("day"))
    return {
        "background": float(all(hit) and not likeness.alike(first, second, "victim")),
        "many victims": float(max(map(len, hit)) > MANY),
        "same day": float(bool(days[0] & days[1])),
        "other day": float(all(days) and not days[0] & days[1]),
    }


def _tied(features: Features) -> bool:
    """Whether they share somebody or a figure that is not a round one; of unknown days the attacker does not do: it has many
    victims."""
    somebody = features["same victim"] >= KNOWN or ("background" not in features and features["same actor"] >= KNOWN)
    return bool(somebody or features["same number"] >= 1)


def _strangers(features: Features) -> bool:
    """Whether two tellings are two, whatever else they share.

    They are if they are about different victims and share few names, or are half a year apart and share nobody and no figure, or
    if they share nobody and their headlines count differently (11 executed, 4 executed). Of
    unknown days they also are if they share nobody, no figure and few names; if both name victims and share none in headline or
    lead; and if it began on other days.
    """
    undated, untied = "background" in features, not (_tied(features) or features["same name"])
    unlike = features["like names"] < STRANGERS
    if untied and features["other title number"] and not features["same number"]:
        return True
    if (features["other victim"] and unlike) or (features["far"] and untied):
        return True
    return undated and bool((untied and unlike) or features["background"] or features.get("other onset"))


def _places(first: likeness.Trace, second: likeness.Trace) -> Features:
    """Places that they share, or that only one of them tells of."""
    features: Features = {}
    for kind in ("place", "land"):
        mine, other = first.of(kind), second.of(kind)
        features[f"same {kind}"] = len(mine & other) / len(mine | other) if mine & other else 0.0
        features[f"other {kind}"] = float(bool(mine - other and other - mine))
    return features


def _figures(first: likeness.Trace, second: likeness.Trace) -> Features:
    """Figures of one thing that agree, roughly or exactly, or that do not."""
    same = [(x, y) for (what, x), (other, y) in product(first.numbers, second.numbers) if what == other]
    close = [likeness.telling(x) * (1.0 if x == y else 0.7) for x, y in same if abs(x - y) <= CLOSE * max(x, y)]
    digits = first.of("digits") & second.of("digits")
    titled = [(x, y) for (what, x), (other, y) in product(first.title_numbers, second.title_numbers) if what == other]
    return {
        "same number": min(sum(close), 2.0),
        "other number": float(bool(same) and not close),
        "same digits": min(len(digits), 3) / 3,
        "other title number": float(bool(titled) and not any(abs(x - y) <= CLOSE * max(x, y) for x, y in titled)),
    }


def _dates(a: Member, b: Member) -> Features:
    """Onsets that agree or do not."""
    first, second = (day_of(member.incident.values.get("onset")) for member in (a, b))
    if not (first and second):
        return {}
    days = abs((first - second).days)
    return {"same onset": float(days <= 2), "other onset": float(days > 21)}


def label(a: Member, b: Member) -> str:
    """The model's label for two tellings of one incident: it trusts other things where days of publication are unknown."""
    return "same" if a.dated and b.dated else "same undated"


def same(a: Member, b: Member, model: linear.LinearModel) -> tuple[float, str]:
    """How sure it is that two tellings are one incident (from 1.0 on sure enough), and the reasons in words.

    Two incidents of one article are two.
    """
    if a.article.article_id == b.article.article_id:
        return 0.0, ""
    threshold = model.threshold(label(a, b))
    copy = a.article.article_id == b.article.copy_of or b.article.article_id == a.article.copy_of
    if copy and a.incident.number == b.incident.number:
        return 1.0 / threshold, "the same text, or another version of it"
    features = compare(a, b)
    if _strangers(features):
        return 0.0, ""
    chance = model.probabilities(features)[label(a, b)] / (UNTIED if "background" in features and not _tied(features) else 1.0)
    for_it = [name for name, value in features.items() if value and name.startswith(("same ", "named "))]
    shared = _shared(a.trace, b.trace)
    words = f"both say {', '.join(shared)}" if shared else ""
    return chance / threshold, f"{'; '.join(part for part in (', '.join(for_it), words) if part)} ({chance:.2f})"


def _shared(first: likeness.Trace, second: likeness.Trace) -> list[str]:
    """The rarest wordings and organizations that two tellings share. Other names are not shown: they may be persons'."""
    names = first.name_words & second.name_words
    terms = {pair for pair in first.of("pair") & second.of("pair") if names.isdisjoint(pair.split())}
    terms |= {name for name in first.of("org") & second.of("org") if not name.startswith("org-")}
    return sorted(terms, key=lambda term: (-likeness.weight(term), term))[:4]


# ---------------------------------------------------------------- which belong together
def blocks(members: Sequence[Member], *, apart: Collection[str] = ()) -> Iterator[Block]:
    """The pairs to compare, with their members, in blocks that can be scored anywhere: see :func:`scored`."""
    asked = ((i, j, members[i], members[j]) for i, j in pairs(members))
    wanted = (pair for pair in asked if _comparable(*pair[2:], apart))
    while block := list(islice(wanted, BLOCK)):
        yield block


def _comparable(a: Member, b: Member, apart: Collection[str]) -> bool:
    names = {name for member in (a, b) for name in (member.article.article_id, member.article.url)}
    return not (a.echo and b.echo) and names.isdisjoint(apart)


def scored(block: Block) -> list[Score]:
    """How sure it is of each pair of a block, with the reasons; pairs that are surely two are left out."""
    model = linear.load("merge")
    scores = ((i, j, *same(a, b, model)) for i, j, a, b in block)
    return [score for score in scores if score[2]]


def groups(members: Sequence[Member], *, apart: Collection[str] = (), over: Map = map) -> list[Group]:
    """Groups of tellings: the surest pairs first, and two groups only where their members agree on average.

    Parameters
    ----------
    members
        In the order of their publication.
    apart
        Ids and addresses of articles that a user keeps apart from all others.
    over
        Scores the blocks: ``map``, or one that does it on other machines.
    """
    sure: dict[tuple[int, int], float] = {}
    reasons: dict[tuple[int, int], str] = {}
    for i, j, value, reason in chain.from_iterable(over(scored, blocks(members, apart=apart))):
        sure[i, j], reasons[i, j] = value, reason
    of = list(range(len(members)))
    joined = {i: [i] for i in of}
    why: dict[str, str] = {}
    for (i, j), value in sorted(sure.items(), key=lambda item: (-item[1], item[0])):
        first, second = sorted((of[i], of[j]))
        if first == second or value < 1.0:
            continue
        across = [
            sure.get((min(a, b), max(a, b)), 0.0)
            for a, b in product(joined[first], joined[second])
            if not (members[a].echo and members[b].echo) and members[a].article is not members[b].article
        ]
        if sum(across) >= AGREE * len(across):
            why[members[max(i, j)].incident_id] = reasons[i, j]
            why.setdefault(members[min(i, j)].incident_id, reasons[i, j])
            joined[first] = sorted(joined[first] + joined.pop(second))
            for k in joined[first]:
                of[k] = first
    return [group for group in (Group([members[i] for i in one], why) for one in joined.values()) if group.told]
