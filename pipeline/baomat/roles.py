"""What each named organization is in the told incident: victim, impersonated, attacker, responder, authority, source …

Rules (``lexicons/roles.tsv``) are patterns of concepts around a name. An organization's scores add up over the article;
a mention takes the role that its own sentence gives it, else the article's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from . import concepts, lexicon
from .concepts import Hit, Pattern
from .phases import modality
from .schema import ORG_TYPES, ROLES, OrgMention
from .text import key

Scores = dict[str, dict[str, float]]  # org_id -> role -> score
TITLE_BONUS = 1.5


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of ``lexicons/roles.tsv``; ``types`` are the kinds of organizations it may apply to."""

    role: str
    pattern: Pattern
    weight: float
    types: frozenset[str]


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of ``lexicons/roles.tsv``, validated."""
    found = []
    for row in lexicon.read("roles", ("role", "pattern", "weight", "types"), unique=("role", "pattern", "types")):
        wanted = row.several("types", " ")
        barred = {name[1:] for name in wanted if name.startswith("-")}
        named = {name for name in wanted if not name.startswith("-")}
        if unknown := (barred | named) - set(ORG_TYPES):
            row.fail(f"unknown type: {', '.join(sorted(unknown))}")
        try:
            pattern, weight = concepts.compile_pattern(row["pattern"]), float(row["weight"])
        except (KeyError, ValueError) as error:
            row.fail(f"bad pattern or weight: {error}")
        found.append(Rule(row.one_of("role", ROLES), pattern, weight, frozenset(named or set(ORG_TYPES) - barred)))
    return tuple(found)


def score(text: str, mentions: Sequence[OrgMention], *, sentences: Sequence[tuple[int, int]]) -> tuple[Scores, list[OrgMention]]:
    """Score every organization in every role, and give every mention its role.

    Returns
    -------
    scores, mentions
        ``scores[org_id][role]`` is a sum of rule weights; the mentions come back with their roles.
    """
    keyed = key(text)
    hits = concepts.with_names(concepts.find(keyed), [(org.start, org.end) for org in mentions], keyed)
    by_sentence: dict[int, list[OrgMention]] = defaultdict(list)
    for mention in mentions:
        by_sentence[mention.sentence].append(mention)
    totals: Scores = defaultdict(lambda: defaultdict(float))
    local: dict[int, dict[str, float]] = {}
    for number, named in by_sentence.items():
        start, end = sentences[number]
        inside = concepts.within(hits, start, end)
        weight = TITLE_BONUS if number == 0 else 1.0
        for org in named:
            roles = _roles_of(org, inside, keyed)
            local[org.start] = roles
            for role, value in roles.items():
                totals[org.org_id][role] += value * weight
    return {org: dict(roles) for org, roles in totals.items()}, [_assign(org, local, totals) for org in mentions]


def _roles_of(org: OrgMention, hits: Sequence[Hit], keyed: str) -> dict[str, float]:
    roles: dict[str, float] = defaultdict(float)
    for rule in rules():
        if org.org_type not in rule.types:
            continue
        for first, last in rule.pattern.find(_only(hits, org)):
            if first.start <= org.start and org.end <= last.end and modality(hits, first, keyed) in ("actual", "claimed"):
                roles[rule.role] = max(roles[rule.role], rule.weight) + 0.2 * min(roles[rule.role], rule.weight)
                break
    return roles


def _only(hits: Sequence[Hit], org: OrgMention) -> list[Hit]:
    """The hits with ORG standing for this organization alone; other names are silent."""
    return [hit for hit in hits if "ORG" not in hit.concepts or hit.start == org.start]


def _assign(org: OrgMention, local: Mapping[int, Mapping[str, float]], totals: Scores) -> OrgMention:
    for roles in (local[org.start], totals[org.org_id]):
        if roles:
            role = max(sorted(roles), key=lambda name: roles[name])
            if roles[role] >= 0.5:
                return replace(org, role=role)
    return org
