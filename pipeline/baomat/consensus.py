"""One record from several tellings of one incident, and the rows of the tables about it.

All facts stay, each with its article; the record shows one value a field by a fixed rule: authority before victim before
security firm before media before attacker, then the later article, then the value that more papers give. A later update
takes the place of an earlier value without erasing it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from .cells import SEPARATOR, several
from .incident import in_time
from .lexicon import labels
from .merge import Group, Member, day_of
from .schema import ACCUSED, CASE_STATUSES, CONFIDENCES, DATE_FIELDS, TRUST, Fact, digest
from .tables import LIST_COLUMNS

_MONTH = re.compile(r"\d{4}-\d{2}")
_AMOUNTS = ("loss", "ransom")

Row = dict[str, object]
Told = tuple[Fact, Member]


# ---------------------------------------------------------------- the rows of one group
def rows(group: Group, row: Row) -> dict[str, list[Row]]:
    """The rows of incidents, incident_articles, facts and timeline for one incident with the record ``row``."""
    articles: dict[str, Row] = {}
    for member in sorted(group.members, key=lambda member: (member.echo, member.incident.number, member.order)):
        founder = member is group.told[0]
        reason = "" if founder else group.reasons.get(member.incident_id, "")
        if member.echo:
            reason = f"tells no incident of its own; {reason}"
        articles.setdefault(
            member.article.article_id,
            {
                "incident_id": row["incident_id"],
                "article_id": member.article.article_id,
                "relation": "main" if member.echo else member.incident.relation,
                "reason": reason or member.incident.reason,
            },
        )
    order = {member.article.article_id: place for place, member in reversed(list(enumerate(group.members)))}
    return {
        "incidents": [row],
        "incident_articles": sorted(articles.values(), key=lambda told: order[str(told["article_id"])]),
        "facts": _facts(group, row),
        "timeline": _timeline(group, row),
    }


def record(group: Group, incident_id: str) -> Row:
    """The row of ``incidents``: one value a field."""
    told = group.told
    row: Row = {"incident_id": incident_id}
    for name in LIST_COLUMNS:
        row[name] = _union(member.incident.values.get(name) for member in told)
    row["victims"] = _standing(row["victims"], told)
    row["attack_types"] = [name for name in row["attack_types"] if name != "other"] or row["attack_types"]  # type: ignore[attr-defined]
    conflicts = []
    for name in DATE_FIELDS:
        row[name], differ = _date(told, name)
        if differ:
            conflicts.append(name)
    row |= _scalars(told) | _durations(row, told)
    row["verification"] = _verification(told, row["victims"])
    for name in ("records", "people"):
        low, high = row[f"{name}_min"], row[f"{name}_max"]
        if len(told) > 1 and low != high:
            conflicts.append(name)
    for name in _AMOUNTS:
        row |= _amount(told, name)
        if len({fact.number_max for fact, _ in _amounts(told, name)}) > 1 and len(told) > 1:
            conflicts.append(name)
    row["title"] = title(row, told[0].article.published)
    row["conflicts"] = SEPARATOR.join(conflicts)
    row |= _sources(group.members)
    return row | {name: SEPARATOR.join(row[name]) for name in LIST_COLUMNS}  # type: ignore[arg-type]


def _union(lists: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(value for values in lists if isinstance(values, list) for value in values))


def _standing(victims: object, told: Sequence[Member]) -> list[str]:
    """The victims without those that, as the best source has it, were not hit; all of them where nobody else was hit."""
    assert isinstance(victims, list)
    found: dict[str, list[Told]] = defaultdict(list)
    for member in told:
        for fact in member.incident.facts:
            if fact.field in ("victim", "unaffected"):
                found[fact.value].append((fact, member))
    hit = [name for name in victims if not found[name] or _was_hit(found[name])]
    return hit or victims


def _was_hit(told: Sequence[Told]) -> bool:
    """Whether the best kind of source says in its last article that an organization was hit."""
    best = min(TRUST.index(fact.claimant) for fact, _ in told)
    heard = [(fact, member) for fact, member in told if TRUST.index(fact.claimant) == best]
    last = max(member.article.published for _, member in heard)
    return any(
        fact.field == "victim" and fact.claim not in ("denied", "refuted")
        for fact, member in heard
        if member.article.published == last
    )


def _later(member: Member) -> tuple[int, ...]:
    """Sorts the later article first."""
    return tuple(-ord(char) for char in member.article.published.ljust(16))


def prefer(told: Sequence[Told]) -> Fact | None:
    """The fact whose value is shown: by who says it, then by the later article, then by how many papers say the same.

    What is denied or refuted is not shown while anybody still says otherwise. Of values that agree and are told by the same
    kind of source, the most precise is taken: "2024-06-04T03:10" rather than "2024-06-04".
    """
    standing = [pair for pair in told if pair[0].claim not in ("denied", "refuted")] or list(told)
    if not standing:
        return None
    papers: dict[str, set[str]] = defaultdict(set)
    for fact, member in standing:
        papers[fact.value].add(member.article.publisher or member.article.article_id)

    def rank(pair: Told) -> tuple[object, ...]:
        fact, member = pair
        return (TRUST.index(fact.claimant), _later(member), -len(papers[fact.value]), -len(fact.value), member.order, fact.start)

    best = min(standing, key=rank)[0]
    agreeing = [fact for fact, _ in standing if fact.claimant == best.claimant and fact.value.startswith(best.value)]
    return max(agreeing, key=lambda fact: len(fact.value))


def _date(told: Sequence[Member], name: str) -> tuple[str, bool]:
    """The preferred value of a date field, and whether the articles disagree (one may be more precise than another)."""
    found = [(fact, member) for member in told for fact in member.incident.facts if fact.field == name and fact.preferred]
    best = prefer(found)
    return (best.value, any(not _agree(best.value, fact.value) for fact, _ in found)) if best else ("", False)


def _agree(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    return long.startswith(short)


def _amounts(told: Sequence[Member], name: str) -> list[Told]:
    """The facts of the amounts that the articles' own records show."""
    return [
        (fact, member)
        for member in told
        for fact in member.incident.facts
        if fact.field == name and fact.number_max is not None and fact.number_max == member.incident.values.get(f"{name}_amount")
    ]


def _amount(told: Sequence[Member], name: str) -> Row:
    best = prefer(_amounts(told, name))
    return {f"{name}_amount": best.number_max if best else None, f"{name}_currency": best.currency if best else ""}


def _scalars(told: Sequence[Member]) -> Row:
    """Fields with one value: the furthest stage, the last status, the extremes of figures."""
    values = [member.incident.values for member in told]
    row: Row = {}
    for name, order in (("case_status", CASE_STATUSES), ("accused", ACCUSED)):
        row[name] = max((str(value[name]) for value in values), key=order.index)
    services = [value["service_status"] for value in values if value["service_status"] != "unknown"]
    row["service_status"] = services[-1] if services else "unknown"
    row["kind"] = _most(str(value["kind"]) for value in values)
    row["confidence"] = next(name for name in CONFIDENCES if name in {value["confidence"] for value in values})
    row["victim_people"] = next((value["victim_people"] for value in values if value["victim_people"]), "")
    for name, pick in (("records_min", min), ("people_min", min), ("records_max", max), ("people_max", max)):
        row[name] = pick((value[name] for value in values if value.get(name) is not None), default=None)  # type: ignore[type-var]
    return row


def _verification(told: Sequence[Member], victims: object) -> str:
    """Where it was confirmed or refuted, as the last article to do so says; else disputed if anybody disputes it.

    What an article calls false of others only says nothing of those who were hit.
    """
    values = [member.incident.values for member in told]
    own = [value for value in values if not value.get("victims") or set(_union([victims])) & set(_union([value["victims"]]))]
    degrees = [str(value["verification"]) for value in own or values]
    settled = [degree for degree in degrees if degree in ("confirmed", "refuted")]
    return settled[-1] if settled else "disputed" if "disputed" in degrees else "claimed"


def _durations(row: Row, told: Sequence[Member]) -> Row:
    """Days and hours of the tellings that have the very dates which the record shows."""
    found: Row = {}
    for names, ends in (
        (("days_to_made_public",), ("onset", "made_public")),
        (("days_to_recovery", "hours_to_recovery", "hours_qualifier"), ("onset", "recovered")),
    ):
        fitting = [
            member.incident.values for member in told if all((member.incident.values.get(end) or "") == row[end] for end in ends)
        ]
        found |= {name: next((value[name] for value in fitting if value.get(name) is not None), None) for name in names}
    if found["days_to_made_public"] is None:
        found["days_to_made_public"] = _days(row["onset"], row["made_public"])
    if found["days_to_recovery"] is None:
        found["days_to_recovery"] = _days(row["onset"], row["recovered"])
    return found


def _days(first: object, second: object) -> int | None:
    begun, ended = day_of(first), day_of(second)
    days = (ended - begun).days if begun and ended else -1
    return days if days >= 0 else None


def _most(values: Iterable[str]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for value in values:
        counts[value] += 1
    return max(counts, key=lambda value: counts[value])  # the first told of the most frequent


def _sources(members: Sequence[Member]) -> Row:
    """Who reports it. A copy of another article that reports it (agency copy, a revision) is no further report."""
    articles = {member.article.article_id: member.article for member in members}
    own = [article for article in articles.values() if article.copy_of not in articles]
    dates = sorted(article.published for article in articles.values() if article.published)
    return {
        "n_articles": len(own),
        "n_publishers": len({article.publisher for article in own} - {""}),
        "publishers": SEPARATOR.join(sorted({article.publisher for article in articles.values()} - {""})),
        "urls": SEPARATOR.join(sorted({article.url for article in articles.values()} - {""})),
        "first_published": dates[0] if dates else "",
        "last_published": dates[-1] if dates else "",
    }


def title(row: Mapping[str, object], published: str = "") -> str:
    """A neutral title: who – what – when – how sure."""
    victims, impersonated, types = row["victims"], row["impersonated"], row["attack_types"]
    assert isinstance(victims, list) and isinstance(impersonated, list) and isinstance(types, list)
    who = ", ".join(victims[:3]) + (" …" if len(victims) > 3 else "")
    if not who:
        who = f"mạo danh {impersonated[0]}" if impersonated else str(row["victim_people"])
    when = str(next((value for value in (row["onset"], row["made_public"], published) if value), ""))
    month = f"{when[5:7]}/{when[:4]}" if _MONTH.match(when) else when[:4] if when[:4].isdigit() else ""
    sure = "" if row["verification"] == "confirmed" else labels()[str(row["verification"])]["vi"]
    return " – ".join(part for part in (who, labels()[types[0]]["vi"], month, sure) if part)


def _facts(group: Group, row: Row) -> list[Row]:
    rows: dict[object, Row] = {}
    for member in group.told:
        for fact in member.incident.facts:
            shown = fact.preferred and _shown(fact, row)
            told = _fact(fact, member.article.article_id, str(row["incident_id"]), shown)
            rows.setdefault(told["fact_id"], told)  # the same thing told twice by one sentence is one fact
    return list(rows.values())


def _shown(fact: Fact, row: Row) -> bool:
    """Whether the record shows this value, where it shows one of several."""
    if fact.field in DATE_FIELDS:
        return fact.value == row[fact.field]
    if fact.field == "victim":
        return fact.value in several(row["victims"])
    return fact.field not in _AMOUNTS or fact.number_max == row[f"{fact.field}_amount"]


def _fact(fact: Fact, article_id: str, incident_id: str, preferred: bool) -> Row:
    names = (
        "field", "value", "value_key", "number_min", "number_max", "unit", "currency", "qualifier", "claimant", "claim", "score",
        "start", "end", "quote",
    )  # fmt: skip
    values = {name: getattr(fact, name) for name in names}
    fact_id = digest("|".join(map(str, (incident_id, article_id, fact.field, fact.value_key, fact.start, fact.end))))
    return {"fact_id": fact_id, "incident_id": incident_id, "article_id": article_id, **values, "preferred": preferred}


def _timeline(group: Group, row: Row) -> list[Row]:
    entries = [(entry, member) for member in group.told for entry in member.incident.timeline]
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
