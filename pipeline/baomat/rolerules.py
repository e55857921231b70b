"""Rules that speak for the role of a named organization: patterns of concepts around its name (``lexicons/roles.tsv``)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from . import concepts, lexicon
from .concepts import Hit, Pattern
from .phaserules import TOLD, denials, modality
from .schema import ORG_TYPES, ROLES, OrgMention

Span = tuple[int, int]
Scores = dict[str, dict[str, float]]  # org_id -> role -> score
TITLE_BONUS = 1.5
SELF_SHARE = 0.5  # what is said of "đơn vị này" counts half for the organization spoken of
_ORG = frozenset(("ORG",))
_HIT = frozenset(("ATTACK", "HACKED", "CYBERATTACK", "STEAL", "LEAK", "ENCRYPT", "DEFACE", "EVENT"))
_SPEAKABLE = frozenset(("company", "bank", "telecom", "education_research", "other"))
# Between names of an enumeration: "A (Anh), B của Nga, C và website của D".
_JOINT = re.compile(
    r"(?:\s*\([^()\n]{1,30}\)|\s+của\s+\w+(?:\s\w+)?)?\s*(?:,|(?:, )?(?:và|hay|hoặc|lẫn|cùng))\s+"
    r"(?:(?:website|trang web|trang mạng|hệ thống|máy chủ)(?: của)?\s)?\s*"
)


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


def score(
    text: str, mentions: Sequence[OrgMention], *, hits: Sequence[Hit], keyed: str, sentences: Sequence[tuple[int, int]]
) -> Scores:
    """Sum up for every organization what the rules say of it, by role.

    Parameters
    ----------
    hits, keyed
        Concepts of the whole text, names among them (:func:`baomat.concepts.with_names`), and the text as
        :func:`baomat.text.key` gives it.

    Returns
    -------
    Scores
        ``scores[org_id][role]``: a sum of rule weights, the headline counting more.
    """
    by_sentence: dict[int, list[OrgMention]] = defaultdict(list)
    for mention in mentions:
        by_sentence[mention.sentence].append(mention)
    totals: Scores = {mention.org_id: defaultdict(float) for mention in mentions}
    spoken_of: OrgMention | None = None  # whom "công ty", "đơn vị này" mean where no name stands
    for number, (start, end) in enumerate(sentences):
        named = by_sentence.get(number, [])
        spoken_of = next((org for org in named if org.org_type in _SPEAKABLE), spoken_of)
        if not named and spoken_of is None:
            continue
        inside = concepts.within(hits, start, end)
        denied = denials(inside, keyed, start=start, end=end)
        weight = TITLE_BONUS if number == 0 else 1.0
        for group in enumerations(named, text):
            for role, value in _roles_of(group, inside, keyed, denied).items():
                for org in {org.org_id for org in group}:
                    totals[org][role] += value * weight
        if spoken_of is not None and (not named or spoken_of in named):
            for hit in inside:
                if "SELF" in hit.concepts:
                    for role, value in _roles_at(hit, spoken_of.org_type, inside, keyed, denied).items():
                        totals[spoken_of.org_id][role] += SELF_SHARE * value
    return totals


def enumerations(named: Sequence[OrgMention], text: str) -> list[list[OrgMention]]:
    """Names in text order, those of an enumeration together: "A, B và C" share what is said of them."""
    groups: list[list[OrgMention]] = []
    for org in named:
        if groups and _JOINT.fullmatch(text, groups[-1][-1].end, org.start):
            groups[-1].append(org)
        else:
            groups.append([org])
    return groups


def _roles_of(group: Sequence[OrgMention], hits: Sequence[Hit], keyed: str, denied: Sequence[Span]) -> dict[str, float]:
    """The best of what the sentence says of any name of an enumeration."""
    found: dict[str, float] = {}
    for org in group:
        for role, value in _roles_at(_name(org, hits), org.org_type, hits, keyed, denied).items():
            found[role] = max(value, found.get(role, 0.0))
    return found


def _name(org: OrgMention, hits: Sequence[Hit]) -> Hit:
    return next(hit for hit in hits if hit.start == org.start and "ORG" in hit.concepts)


def _roles_at(name: Hit, org_type: str, hits: Sequence[Hit], keyed: str, denied: Sequence[Span]) -> dict[str, float]:
    """What the rules say of one name (or of a word that stands for it): role -> weight."""
    roles: dict[str, float] = {}
    for rule, _ in _matches(name, org_type, hits, keyed, denied):
        best, other = max(roles.get(rule.role, 0.0), rule.weight), min(roles.get(rule.role, 0.0), rule.weight)
        roles[rule.role] = best + 0.2 * other
    return roles


def _matches(
    name: Hit, org_type: str, hits: Sequence[Hit], keyed: str, denied: Sequence[Span]
) -> Iterator[tuple[Rule, list[Span]]]:
    """Every rule that speaks of one name, with where it matches."""
    as_org = Hit(name.start, name.end, name.word, name.n_words, _ORG)
    alone = [as_org if hit is name else hit for hit in hits if hit is name or "ORG" not in hit.concepts]
    titled = any("TITLE" in hit.concepts and 0 <= name.word - hit.word - hit.n_words <= 1 for hit in alone)
    others = [hit.start for hit in hits if hit is not name and "ORG" in hit.concepts]
    of_others = [] if _within(name.start, denied) else [(a, b) for a, b in denied if any(a <= start < b for start in others)]
    said = concepts.said(alone)
    for rule in rules():
        if org_type not in rule.types or (titled and rule.role == "victim"):  # "phó giám đốc Sở X bị hack" is no attack on X
            continue
        found = []
        for first, last in rule.pattern.find(alone, said):
            if not (first.start <= name.start and name.end <= last.end):
                continue
            if rule.role in ("unaffected", "victim") and any(name.end <= start < last.start for start in others):
                continue  # "A05 khẳng định hệ thống của X không bị …" is said of X
            if rule.role == "victim" and _within(last.start, of_others):
                continue  # "A05 bác bỏ thông tin lan truyền rằng X bị …" as well
            if rule.role == "victim":
                told = _within(first.start, denied) or all(modality(hits, hit, keyed) in TOLD for hit in (first, last))
            else:  # "nhóm X" names a gang, whatever is said or denied of it
                told = rule.pattern.gap == 0 or modality(hits, first, keyed) in TOLD
            if told:
                found.append((first.start, last.end))
        if found:
            yield rule, found


def _within(place: int, spans: Sequence[Span]) -> bool:
    return any(start <= place < end for start, end in spans)


def is_denied(org: OrgMention, hits: Sequence[Hit], keyed: str, denied: Sequence[Span]) -> bool:
    """Whether a sentence calls false that an organization it names was hit.

    It does where the name stands in what is denied; else where an attack is denied that names nobody ("X bác tin trả tiền
    chuộc" denies none), and nothing beside it tells that the organization was hit ("X bị tấn công nhưng bác tin lộ dữ liệu").

    Parameters
    ----------
    denied
        What the sentence denies (:func:`baomat.phaserules.denials`).
    """
    if not denied or _within(org.start, denied):
        return bool(denied)
    inside = [hit.concepts for hit in hits if _within(hit.start, denied)]
    if any("ORG" in names for names in inside) or all(names.isdisjoint(_HIT) for names in inside):
        return False
    rules_told = _matches(_name(org, hits), org.org_type, hits, keyed, denied)
    return not any(
        rule.role == "victim" and any(all(end <= low or start >= high for low, high in denied) for start, end in found)
        for rule, found in rules_told
    )


def is_unhurt(org: OrgMention, hits: Sequence[Hit], keyed: str, denied: Sequence[Span]) -> bool:
    """Whether a sentence says of an organization it names that it was not hit, and nothing else of it as a victim."""
    found = {rule.role for rule, _ in _matches(_name(org, hits), org.org_type, hits, keyed, denied)}
    return "unaffected" in found and "victim" not in found
