"""The same incident over articles: which belong together, and the one record that keeps what every paper says.

Two tellings are compared only if they share something rare (a victim, a figure, a name, a word); a model trained on
``data/gold`` decides, and its reasons are written down. All facts stay, each with its article; the record shows one value
a field by a fixed rule: authority before victim before security firm before media before attacker, then the later article.
The result depends neither on the order of the input nor on the number of workers.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import combinations, pairwise
from typing import Protocol

from . import likeness, linear
from .incident import in_time
from .lexicon import labels
from .schema import CASE_STATUSES, CLAIMANTS, LIST_COLUMNS, Fact, Incident, digest

_MONTH = re.compile(r"\d{4}-\d{2}")
UNTIED = 0.5  # likeness of names and of words that tellings need which share no victim, actor or figure
STRANGERS = 0.35  # likeness of names below which two differently named victims are two
AGREE = 1.0  # share of the threshold that the members of two groups must reach on average
RAREST = 40  # terms by which tellings are brought together for comparing
Features = dict[str, float]
BLOCK_LIMIT = 200  # a block with more members says too little to compare all its pairs
_DATES = ("onset", "detected", "reported_to_authority", "made_public", "contained", "recovered")
_CLAIMANT_RANK = {name: rank for rank, name in enumerate(("authority", "victim", "security_firm", "media", "attacker"))}
assert set(_CLAIMANT_RANK) == set(CLAIMANTS)

Row = dict[str, object]


class Result(Protocol):
    """What merging needs of an article; ``frames.ArticleResult`` has it."""

    @property
    def article_id(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def publisher(self) -> str: ...
    @property
    def published(self) -> str: ...
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
        return digest(f"{self.article.article_id}#{self.incident.number}")

    @cached_property
    def keys(self) -> dict[str, frozenset[str]]:
        """What it can share with another article's incident, by kind."""
        found: dict[str, set[str]] = defaultdict(set)
        for fact in self.incident.facts:
            if fact.field in ("victim", "threat_actor", "impersonated"):
                found[fact.field].add(fact.value_key)
            elif fact.number_max is not None and fact.number_max >= 10:
                found["figure"].add(f"{fact.field}:{fact.number_max:g}{fact.currency}")
        return {kind: frozenset(keys) for kind, keys in found.items()}

    @cached_property
    def terms(self) -> frozenset[str]:
        """What its telling is recognised by (:func:`baomat.likeness.terms`)."""
        terms = self.incident.values["terms"]
        assert isinstance(terms, list)
        return frozenset(terms)

    @cached_property
    def rare(self) -> frozenset[str]:
        """Its rarest names, figures and words: tellings that share none of them are never compared."""
        return frozenset(sorted(self.terms, key=lambda term: (-likeness.weight(term), term))[:RAREST])

    @cached_property
    def types(self) -> frozenset[str]:
        types = self.incident.values["attack_types"]
        assert isinstance(types, list)
        return frozenset(types)

    @cached_property
    def day(self) -> date | None:
        """The day it was published, or the first day it can have been."""
        value = self.article.published
        return _day(value) or _day(f"{value}-01") or _day(f"{value}-01-01")


@dataclass
class Group:
    """Members told to be one incident, with the reason for each but the founding one."""

    members: list[Member]
    reasons: dict[str, str] = field(default_factory=dict)  # Member.incident_id -> why it belongs


def incident_tables(results: Sequence[Result], *, join: bool) -> dict[str, list[Row]]:
    """Rows of the tables incidents, incident_articles, facts and timeline.

    Parameters
    ----------
    results
        Articles that tell incidents.
    join
        Join what several articles tell of one incident; else every article's incidents stay apart.
    """
    members = sorted((Member(result, incident) for result in results for incident in result.incidents), key=lambda m: m.order)
    groups = _join(members) if join else [Group([member]) for member in members]
    tables: dict[str, list[Row]] = {"incidents": [], "incident_articles": [], "facts": [], "timeline": []}
    for group in sorted(groups, key=lambda group: group.members[0].order):
        row = _record(group)
        incident_id = row["incident_id"]
        tables["incidents"].append(row)
        for member in group.members:
            tables["incident_articles"].append(
                {
                    "incident_id": incident_id,
                    "article_id": member.article.article_id,
                    "relation": member.incident.relation,
                    "reason": group.reasons.get(member.incident_id, member.incident.reason),
                }
            )
        tables["facts"] += _facts(group, row)
        tables["timeline"] += _timeline(group, row)
    return tables


# ---------------------------------------------------------------- which belong together
def _join(members: Sequence[Member]) -> list[Group]:
    """Groups of tellings: the surest pairs first, and two groups only where their members agree on average."""
    model = linear.load("merge")
    threshold = model.threshold("same")
    chances: dict[tuple[int, int], float] = {}
    reasons: dict[tuple[int, int], str] = {}
    for i, j in pairs(members):
        chances[i, j], reasons[i, j] = same(members[i], members[j], model)
    of = list(range(len(members)))
    groups = {i: [i] for i in of}
    why: dict[str, str] = {}
    for (i, j), chance in sorted(chances.items(), key=lambda item: (-item[1], item[0])):
        first, second = sorted((of[i], of[j]))
        if chance < threshold or first == second:
            continue
        across = [chances.get((min(a, b), max(a, b)), 0.0) for a in groups[first] for b in groups[second]]
        if sum(across) / len(across) >= AGREE * threshold:
            why[members[max(i, j)].incident_id] = reasons[i, j]
            groups[first] = sorted(groups[first] + groups.pop(second))
            for k in groups[first]:
                of[k] = first
    return [Group([members[i] for i in group], why) for group in groups.values()]


def pairs(members: Sequence[Member]) -> Iterator[tuple[int, int]]:
    """Pairs that share a victim, a figure or a rare term, in a fixed order, each once."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for i, member in enumerate(members):
        for name in {f"{kind}/{key}" for kind, keys in member.keys.items() for key in keys} | member.rare:
            blocks[name].append(i)
    seen: set[tuple[int, int]] = set()
    for _, block in sorted(blocks.items()):
        for pair in combinations(block, 2) if len(block) <= BLOCK_LIMIT else pairwise(block):
            if pair not in seen:
                seen.add(pair)
    yield from sorted(seen)


def compare(a: Member, b: Member) -> Features:
    """What speaks for and against two tellings being one incident."""
    features: Features = {"days:unknown": 1.0}
    for kind in ("victim", "threat_actor", "impersonated", "figure"):
        mine, other = a.keys.get(kind, frozenset()), b.keys.get(kind, frozenset())
        features[f"same {kind}"] = float(bool(mine & other))
        features[f"other {kind}"] = float(bool(mine and other) and not mine & other)
    features["same figures"] = float(min(len(a.keys.get("figure", frozenset()) & b.keys.get("figure", frozenset())), 3))
    for kind in likeness.KINDS:
        features[f"like {kind}s"] = likeness.cosine(a.terms, b.terms, kind)
    features["same type"] = float(bool(a.types & b.types - {"other"}))
    features["other type"] = float(not a.types & b.types and "other" not in a.types | b.types)
    features["same kind"] = float(a.incident.values["kind"] == b.incident.values["kind"])
    first, second = (_day(m.incident.values.get("onset")) for m in (a, b))
    if first and second:
        features["same onset"] = float(abs((first - second).days) <= 1)
        features["other onset"] = float(abs((first - second).days) > 7)
    if a.day and b.day:
        del features["days:unknown"]
        days = abs((a.day - b.day).days)
        features["near"] = math.exp(-days / 14)
        features["far"] = float(days > 180)
    return features


def same(a: Member, b: Member, model: linear.LinearModel) -> tuple[float, str]:
    """The chance that two tellings are one incident, and the reasons in words.

    Two incidents of one article are two; so are tellings of different victims, or half a year apart, without a common one.
    """
    features = compare(a, b)
    strangers = features["other victim"] and features["like names"] < STRANGERS
    apart = strangers or (features.get("far") and not features["same victim"])
    # Scams without a named victim are told in the same words every day: only a name, an actor or a figure makes two one.
    tied = any(features[f"same {kind}"] for kind in ("victim", "threat_actor", "impersonated", "figure"))
    if (
        (not tied and min(features["like names"], features["like words"]) < UNTIED)
        or apart
        or a.article.article_id == b.article.article_id
    ):
        return 0.0, ""
    chance = model.probabilities(features)["same"]
    shared = [name for name, value in features.items() if value and name.startswith("same ")]
    alike = [f"{name} {features[name]:.2f}" for name in ("like names", "like figures", "like words")]
    return chance, f"{', '.join(shared + alike)} ({chance:.2f})"


def _day(value: object) -> date | None:
    """The day of a value that is known to the day."""
    try:
        return date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return None


# ---------------------------------------------------------------- the record
def _record(group: Group) -> Row:
    members = group.members
    founder = members[0]
    row: Row = {"incident_id": founder.incident_id}
    for name in (
        "victims",
        "victim_sector",
        "victim_country",
        "impersonated",
        "threat_actors",
        "responders",
        "authorities",
        "attack_types",
    ):
        row[name] = _union(member.incident.values.get(name) for member in members)
    conflicts = []
    for name in _DATES:
        row[name], differ = _date(members, name)
        if differ:
            conflicts.append(name)
    row |= _scalars(members)
    for name in ("records", "people"):
        low, high = row[f"{name}_min"], row[f"{name}_max"]
        if len(members) > 1 and low != high:
            conflicts.append(name)
    row["title"] = _title(row, members)
    row["conflicts"] = "; ".join(conflicts)
    row |= _sources(members)
    return row | {name: "; ".join(row[name]) for name in (*LIST_COLUMNS, "victim_sector", "victim_country")}  # type: ignore[arg-type]


def _union(lists: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(value for values in lists if isinstance(values, list) for value in values))


def _date(members: Sequence[Member], name: str) -> tuple[str, bool]:
    """The preferred value of a date field, and whether the articles disagree (one may be more precise than another)."""
    told = [(fact, member) for member in members for fact in member.incident.facts if fact.field == name and fact.preferred]
    if not told:
        return "", False
    best = min(told, key=lambda pair: (_CLAIMANT_RANK[pair[0].claimant], -len(pair[0].value), _newest_first(pair[1])))[0]
    return best.value, any(not _agree(best.value, fact.value) for fact, _ in told)


def _agree(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return long.startswith(short)


def _newest_first(member: Member) -> tuple[int, ...]:
    return tuple(-ord(char) for char in member.article.published)


def _scalars(members: Sequence[Member]) -> Row:
    """Fields with one value: the furthest stage, the last status, the extremes of figures."""
    values = [member.incident.values for member in members]
    row: Row = {}
    for name, order in (("case_status", CASE_STATUSES), ("accused", ("none", "suspected", "arrested", "charged", "convicted"))):
        row[name] = max((str(value[name]) for value in values), key=order.index)
    services = [value["service_status"] for value in values if value["service_status"] != "unknown"]
    row["service_status"] = services[-1] if services else "unknown"
    verifications = {str(value["verification"]) for value in values}
    row["verification"] = next(name for name in ("refuted", "confirmed", "disputed", "claimed") if name in verifications)
    row["kind"] = _most(str(value["kind"]) for value in values)
    row["confidence"] = next(name for name in ("high", "medium", "low") if name in {value["confidence"] for value in values})
    row["victim_people"] = next((value["victim_people"] for value in values if value["victim_people"]), "")
    for name, pick in (("records_min", min), ("people_min", min), ("records_max", max), ("people_max", max)):
        row[name] = pick((value[name] for value in values if value.get(name) is not None), default=None)  # type: ignore[type-var]
    for name in ("loss", "ransom"):
        told = [value for value in values if value.get(f"{name}_amount") is not None]
        row[f"{name}_amount"] = told[-1][f"{name}_amount"] if told else None
        row[f"{name}_currency"] = told[-1][f"{name}_currency"] if told else ""
    for name in ("days_to_made_public", "days_to_recovery", "hours_to_recovery", "hours_qualifier"):
        row[name] = next((value[name] for value in values if value.get(name) is not None), None)
    return row


def _most(values: Iterable[str]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for value in values:
        counts[value] += 1
    return max(counts, key=lambda value: counts[value])  # the first told of the most frequent


def _sources(members: Sequence[Member]) -> Row:
    articles = {member.article.article_id: member.article for member in members}
    dates = sorted(article.published for article in articles.values() if article.published)
    publishers = sorted({article.publisher for article in articles.values()} - {""})
    return {
        "n_articles": len(articles),
        "n_publishers": len(publishers),
        "publishers": "; ".join(publishers),
        "urls": "; ".join(sorted({article.url for article in articles.values()} - {""})),
        "first_published": dates[0] if dates else "",
        "last_published": dates[-1] if dates else "",
    }


def _title(row: Mapping[str, object], members: Sequence[Member]) -> str:
    """A neutral title: who – what – when – how sure."""
    victims, impersonated, types = row["victims"], row["impersonated"], row["attack_types"]
    assert isinstance(victims, list) and isinstance(impersonated, list) and isinstance(types, list)
    who = ", ".join(victims[:3]) + (" …" if len(victims) > 3 else "")
    if not who:
        who = f"mạo danh {impersonated[0]}" if impersonated else str(row["victim_people"])
    when = str(next((value for value in (row["onset"], row["made_public"], members[0].article.published) if value), ""))
    month = f"{when[5:7]}/{when[:4]}" if _MONTH.match(when) else when[:4] if when[:4].isdigit() else ""
    sure = "" if row["verification"] == "confirmed" else labels()[str(row["verification"])]["vi"]
    return " – ".join(part for part in (who, labels()[types[0]]["vi"], month, sure) if part)


def _facts(group: Group, row: Row) -> list[Row]:
    rows: dict[object, Row] = {}
    for member in group.members:
        for fact in member.incident.facts:
            shown = fact.preferred and (fact.field not in _DATES or fact.value == row[fact.field])
            told = _fact(fact, member.article.article_id, str(row["incident_id"]), shown)
            rows.setdefault(told["fact_id"], told)  # the same thing told twice by one sentence is one fact
    return list(rows.values())


def _fact(fact: Fact, article_id: str, incident_id: str, preferred: bool) -> Row:
    names = (
        "field", "value", "value_key", "number_min", "number_max", "unit", "currency", "qualifier", "claimant", "claim", "score",
        "start", "end", "quote",
    )  # fmt: skip
    values = {name: getattr(fact, name) for name in names}
    fact_id = digest("|".join(map(str, (incident_id, article_id, fact.field, fact.value_key, fact.start, fact.end))))
    return {"fact_id": fact_id, "incident_id": incident_id, "article_id": article_id, **values, "preferred": preferred}


def _timeline(group: Group, row: Row) -> list[Row]:
    entries = [(entry, member) for member in group.members for entry in member.incident.timeline]
    entries.sort(key=lambda pair: (*in_time(pair[0])[:-1], pair[1].order, pair[0].start))
    rows: list[Row] = []
    for entry, member in entries:
        first, last = (day.isoformat() if day else "" for day in (entry.first_day, entry.last_day))
        rows.append(
            {
                "incident_id": row["incident_id"],
                "phase": entry.phase,
                "value": entry.value,
                "first_day": first,
                "last_day": last,
                "granularity": entry.granularity,
                "article_id": member.article.article_id,
                "start": entry.start,
                "end": entry.end,
            }
        )
    return rows
