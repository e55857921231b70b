"""What each named organization is in the told incident: victim, impersonated, attacker, responder, authority, source …

A linear model, trained on ``data/gold``, looks at everything the article says around an organization's names: the rules
that match (:mod:`baomat.rolerules`), the concepts and words beside each mention, the kind of organization, where it stands.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from . import concepts, linear, rolerules
from .concepts import Hit
from .phaserules import TOLD
from .schema import ROLES, DateMention, OrgMention, PhaseMention, Published
from .text import key

Chances = dict[str, dict[str, float]]  # org_id -> role -> probability
Features = dict[str, float]
LEARNED = tuple(role for role in ROLES if role != "mentioned")
_BESIDE, _LATE = 0.5, 0.7  # how likely a victim must be: as a share of the likeliest; when first named in the second half
_LONG_AGO = 150  # days before publication
_NEAR = 4  # words within which a concept beside a name is looked at closely
RULE_SHARE = 0.1  # what a rule's weight adds to the model's probability
# Where no role is likely, a rule of this weight decides: roles too rare to be learned, and papers.
_BY_RULE = {"unaffected": 0.8, "authority": 0.8, "victim": 1.5, "source": 0.5}
# More than this the rules must say for an organization that only acts or warns.
_ACTING = {"government": 0.0, "police_military": 0.0, "security_firm": 0.0, "bank": 0.7}
_NOT_HIT = 0.8  # what the rules must say for an organization that says that it was not hit
_WORDS = re.compile(r"\w+")
_BELONGS = re.compile(r"\s*(?:\(|,?\s*(?:trực\s+)?thuộc|của)\s*")


def find(
    text: str,
    mentions: Sequence[OrgMention],
    *,
    sentences: Sequence[tuple[int, int]],
    phases: Sequence[PhaseMention] = (),
    dates: Sequence[DateMention] = (),
    published: Published | None = None,
    model: linear.LinearModel | None = None,
) -> tuple[Chances, list[OrgMention]]:
    """The chance of every role for every organization, and the mentions with the role of their organization.

    Parameters
    ----------
    text
        The article, NFC.
    mentions
        Its organizations, in text order.
    sentences
        [start, end) of its sentences.
    phases, dates, published
        What the sentences tell, and when: who is named only where nothing is told, or where it is long past, was hardly hit.
    model
        By itself the package's.
    """
    model = model or linear.load("roles")
    described = describe(text, mentions, sentences=sentences, phases=phases, dates=dates, published=published)
    chances = {org: scores(model, features) for org, features in described.items()}
    _share(chances, text, mentions)
    role_of = {org: likeliest(roles, model, described[org]) for org, roles in chances.items()}
    for org in _parents(text, mentions, role_of):
        role_of[org] = "authority"
    for org, features in described.items():
        if role_of[org] == "victim" and _only_acts(features):
            role_of[org] = "responder"
        elif role_of[org] == "victim" and _only_used(features):
            role_of[org] = "mentioned"
    for org in _unhurt(chances, described, role_of):
        role_of[org] = "unaffected"
    for org in _in_passing(chances, described, role_of):
        role_of[org] = "mentioned"
    return chances, [replace(mention, role=role_of[mention.org_id]) for mention in mentions]


def scores(model: linear.LinearModel, features: linear.Features) -> dict[str, float]:
    """A score for every role: the model's probability and the rules' weight together."""
    found = model.probabilities(features)
    return {role: value + RULE_SHARE * min(features.get(f"rule:{role}", 0.0), 2.0) for role, value in found.items()}


def likeliest(roles: Mapping[str, float], model: linear.LinearModel, features: Features) -> str:
    """The likeliest of the roles that are likely enough, else one that a rule tells, else ``mentioned``."""
    likely = [role for role in LEARNED if roles[role] >= model.threshold(role)]
    if likely:
        return max(likely, key=lambda role: roles[role])
    return next((role for role, least in _BY_RULE.items() if features.get(f"rule:{role}", 0.0) >= least), "mentioned")


def _share(chances: Chances, text: str, mentions: Sequence[OrgMention]) -> None:
    """What is likely of the names of an enumeration ("VNPT, Viettel, CMC và FPT IS") is likely of each."""
    for group in rolerules.enumerations(mentions, text):
        orgs = {mention.org_id for mention in group}
        if len(orgs) > 2:
            for role in LEARNED:
                common = sorted(chances[org][role] for org in orgs)[len(orgs) // 2]
                for org in orgs:
                    chances[org][role] = max(chances[org][role], common)


def _parents(text: str, mentions: Sequence[OrgMention], role_of: Mapping[str, str]) -> set[str]:
    """State bodies told only as what a unit belongs to: "Cục An toàn thông tin (Bộ TT&TT)", "A05 thuộc Bộ Công an"."""
    parents: Counter[str] = Counter()
    for before, mention in pairwise(mentions):
        belongs = before.org_id != mention.org_id and _BELONGS.fullmatch(text, before.end, mention.start)
        if belongs and mention.org_type in ("government", "police_military") and role_of[before.org_id] == "responder":
            parents[mention.org_id] += 1
    often = Counter(mention.org_id for mention in mentions)
    return {org for org, n in parents.items() if role_of[org] in ("responder", "mentioned") and 2 * n >= often[org]}


def _only_acts(features: Features) -> bool:
    """Whether the rules tell of a state body or security firm that it acts, and nothing that would make it a victim.

    Of a bank they must tell it plainly ("cảnh báo"): one that was hit acts too.
    """
    least = next((least for kind, least in _ACTING.items() if f"type:{kind}" in features), None)
    return least is not None and features.get("rule:responder", 0.0) > least and not features.get("rule:victim")


def _only_used(features: Features) -> bool:
    """Whether the rules call it a tool of the attackers, or the place of their deceit, rather than what they hit."""
    return features.get("rule:mentioned", 0.0) >= max(features.get("rule:victim", 0.0), 0.1)


def _unhurt(chances: Chances, described: Mapping[str, Features], role_of: Mapping[str, str]) -> set[str]:
    """Organizations of which the rules say that they were not hit rather than that they were.

    Who is likelier hit than all others stays a victim if any rule says so: a victim, too, says that its data are safe.
    """
    hit = max(chances, key=lambda org: chances[org]["victim"], default="")
    found = set()
    for org, features in described.items():
        said, against = features.get("rule:unaffected", 0.0), features.get("rule:victim", 0.0)
        if said >= _NOT_HIT and said > against and not (org == hit and against and role_of[org] == "victim"):
            found.add(org)
    return found


def _in_passing(chances: Chances, described: Mapping[str, Features], role_of: Mapping[str, str]) -> list[str]:
    """Victims told of in passing, of other incidents: by far less likely than another, or named late and not surely hit."""
    victims = {org: chances[org]["victim"] for org, role in role_of.items() if role == "victim"}
    most = max(victims.values(), default=0.0)
    return [org for org, chance in victims.items() if chance < max(_BESIDE * most, _LATE * described[org].get("late", 0.0))]


def describe(
    text: str,
    mentions: Sequence[OrgMention],
    *,
    sentences: Sequence[tuple[int, int]],
    phases: Sequence[PhaseMention] = (),
    dates: Sequence[DateMention] = (),
    published: Published | None = None,
) -> dict[str, Features]:
    """Features of every organization of an article."""
    keyed = key(text)
    hits = concepts.with_names(concepts.find_with_roles(keyed), [(org.start, org.end) for org in mentions], keyed)
    scores = rolerules.score(text, mentions, hits=hits, keyed=keyed, sentences=sentences)
    of: dict[str, list[OrgMention]] = defaultdict(list)
    for mention in mentions:
        of[mention.org_id].append(mention)
    often = Counter({org: len(named) for org, named in of.items()}).most_common(1)[0][0] if of else ""
    inside = {number: concepts.within(hits, *sentences[number]) for number in {mention.sentence for mention in mentions}}
    told: dict[int, set[str]] = defaultdict(set)
    for phase in phases:
        if phase.modality in TOLD:
            told[phase.sentence].add(phase.phase)
    past = _past(inside, dates, published)
    return {
        org: _place(named, len(sentences), most_often=org == often)
        | _rules(scores[org])
        | _rivals(org, scores)
        | _telling({mention.sentence for mention in named}, told, past)
        | _context(named, keyed, inside, sentences)
        for org, named in of.items()
    }


def _past(inside: Mapping[int, Sequence[Hit]], dates: Sequence[DateMention], published: Published | None) -> set[int]:
    """The sentences that tell of earlier things: "trước đó, …", or a date long before publication and no later one."""
    last: dict[int, date] = {}
    for day in dates:
        if day.last_day:
            last[day.sentence] = max(day.last_day, last.get(day.sentence, day.last_day))
    old = {number for number, day in last.items() if published and (published.last_day - day).days > _LONG_AGO}
    return old | {number for number, hits in inside.items() if any("EARLIER" in hit.concepts for hit in hits)}


def _telling(named: set[int], told: Mapping[int, set[str]], past: set[int]) -> Features:
    """Which phases the sentences that name an organization tell, and whether they speak of the past."""
    found = set().union(*(told.get(number, set()) for number in named))
    features = {f"phase:{phase}": 1.0 for phase in found}
    return features | {"untold": float(not found), "past": float(named <= past), "past too": float(bool(named & past))}


def _rivals(org: str, scores: Mapping[str, Mapping[str, float]]) -> Features:
    """How an organization stands to the others: whether the rules call it the victim rather than any other."""
    own = scores[org].get("victim", 0.0)
    most = max((found.get("victim", 0.0) for other, found in scores.items() if other != org), default=0.0)
    return {"hit most": float(own > most), "others hit": float(most > own), "none hit": float(not own and not most)}


def _place(named: Sequence[OrgMention], n_sentences: int, *, most_often: bool) -> Features:
    first = named[0]
    words = {f"name:{word}": 0.5 for word in _WORDS.findall(key(first.text))}
    features = {
        f"type:{first.org_type}": 1.0,
        "headline": float(any(mention.sentence == 0 for mention in named)),
        "lead": float(any(mention.sentence == 1 for mention in named)),
        "late": float(first.sentence > n_sentences / 2),
        "once": float(len(named) == 1),
        "often": float(len(named) >= 4),
        "most often": float(most_often),
        "brief": float(n_sentences <= 4),
    }
    features |= {f"type:{first.org_type}&{name}": value for name, value in features.items() if value and ":" not in name}
    return words | {name: value for name, value in features.items() if value}


def _rules(scores: Mapping[str, float]) -> Features:
    features = {f"rule:{role}": min(value, 4.0) for role, value in scores.items()}
    best = max(scores, key=lambda role: scores[role], default=None)
    return features | ({f"best rule:{best}": 1.0} if best else {})


def _context(
    named: Sequence[OrgMention],
    keyed: str,
    inside: Mapping[int, Sequence[Hit]],
    sentences: Sequence[tuple[int, int]],
) -> Features:
    """Concepts and words beside the mentions; each counts once, however often it stands there."""
    features: Features = {}
    for mention in named:
        start, end = sentences[mention.sentence]
        hits = inside[mention.sentence]
        own = next(hit for hit in hits if hit.start == mention.start and "ORG" in hit.concepts)
        for hit in hits:
            if hit is own:
                continue
            before = hit.end <= own.start
            distance = own.word - hit.word - hit.n_words if before else hit.word - own.word - own.n_words
            side = "L" if before else "R"
            for name in hit.concepts - concepts.for_roles():
                features[f"s:{name}"] = 1.0
                features[f"{side}:{name}"] = 1.0
                if distance <= _NEAR:
                    features[f"{side}{_NEAR}:{name}"] = 1.0
        left = _WORDS.findall(keyed, max(start, mention.start - 40), mention.start)[-3:]
        right = _WORDS.findall(keyed, mention.end, min(end, mention.end + 40))[:3]
        features |= {f"l{i}:{word}": 1.0 for i, word in enumerate(reversed(left))}
        features |= {f"r{i}:{word}": 1.0 for i, word in enumerate(right)}
        features["opens"] = max(features.get("opens", 0.0), float(mention.start == start))
    return features
