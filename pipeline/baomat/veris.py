"""One VERIS 1.4.1 record for each incident, with the passages it stands on under ``plus``.

Besides the schema, the records keep its unwritten rules: malware comes with Software installation, ransomware with
Obscuration and Interruption, a confirmed incident with an attribute, data_total is no less than any amount. What the press
does not tell stays Unknown. ``timeline.incident`` is when the attack began; where that is not told, only the year of the
next date that is told stands there, at last that of the first report, and ``plus.baomat.incident_year_from`` says so.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from . import __version__, lexicon
from .story import Row, Stories, Story, data_kinds, exposed, whole
from .tables import SCHEMA_VERSION

Record = dict[str, Any]
VERSION = "1.4.1"
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d)?")
_DATES = ("onset", "detected", "made_public", "reported_to_authority", "contained", "recovered")
_SOCIAL = {"vector": ["Unknown"], "target": ["Unknown"]}


def write(folder: Path, stories: Stories, *, text: str = "evidence") -> list[str]:
    """Write ``<incident_id>.json`` for each incident into a folder, which is made; ``text`` as in :func:`record`.

    Returns
    -------
    left_out
        Incidents of which not even a year is told: VERIS cannot hold them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left_out: list[str] = []
    for story in stories:
        name = story.incident["incident_id"]
        found = record(story, text=text)
        if found is None:
            left_out.append(name)
            continue
        content = json.dumps(found, ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(content + "\n", encoding="utf-8", errors="replace", newline="\n")
    return left_out


@cache
def _map() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in lexicon.read("veris_map", ("what", "value", "veris"), unique=("what", "value", "veris")):
        found[row["what"]][row["value"]].append(row["veris"])
    return {what: dict(values) for what, values in found.items()}


def _mapped(what: str, values: Iterable[str]) -> list[str]:
    """What values are called in VERIS, each name once."""
    return list(dict.fromkeys(name for value in values for name in _map()[what].get(value, ())))


def record(story: Story, *, text: str = "evidence") -> Record | None:
    """The record of one incident; None where not even a year is known.

    Parameters
    ----------
    story
        The incident with its articles, facts and timeline.
    text
        Whether ``plus`` holds the quotes (evidence, full) or only their places (none).
    """
    row, types = story.incident, story.listed("attack_types")
    began, year_from = _began(story)
    if not began:
        return None
    found: Record = {
        "schema_version": VERSION,
        "incident_id": row["incident_id"],
        "source_id": "baomat",
        "security_incident": _map()["security_incident"][row["verification"]][0],
        "confidence": _map()["confidence"][row["confidence"]][0],
        "summary": f"{row['title']}. Theo báo chí: {row.get('publishers') or len(story.articles)}.",
        "reference": "; ".join(story.urls),
        "timeline": {"incident": began, **_durations(row)},
        "victim": _victim(story),
        "actor": _actor(story, types),
        "action": _action(types),
        "asset": _asset(story, types),
        "attribute": _attribute(story, types),
        "discovery_method": {"unknown": True},
        "impact": _impact(row),
        "plus": {"master_id": row["incident_id"], "baomat": _plus(story, year_from, text)},
    }
    return {name: value for name, value in found.items() if value not in ("", {}, None)}


# ---------------------------------------------------------------- when
def _began(story: Story) -> tuple[dict[str, int], str]:
    """Year, month and day of the onset as far as told, and where the year comes from: a column, or the timeline."""
    told = {name: story.incident.get(name, "") for name in _DATES}
    told["timeline"] = next((step["value"] for step in story.timeline if step.get("first_day")), "")
    told["first_published"] = story.incident.get("first_published", "")
    for name, value in told.items():
        match = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?(?![\d/]))?", value)
        if match and 1950 <= int(match[1]) <= 2050:
            parts = {unit: int(part) for unit, part in zip(("year", "month", "day"), match.groups(), strict=True) if part}
            exact = name == "onset" and "/" not in value
            return parts if exact else {"year": parts["year"]}, name
    return {}, ""


def _durations(row: Row) -> dict[str, Record]:
    """Time to discovery, and from there to containment: only between values that are known to the day or better."""
    spans = {"discovery": ("onset", "detected"), "containment": ("detected", "contained")}
    return {name: span for name, (a, b) in spans.items() if (span := _span(row.get(a, ""), row.get(b, "")))}


def _span(first: str, last: str) -> Record | None:
    if not (_DAY.fullmatch(first) and _DAY.fullmatch(last)):
        return None
    if "T" in first and "T" in last:
        minutes = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() / 60
        if minutes < 0:
            return None
        return (
            {"unit": "Hours", "value": whole(minutes / 60)} if minutes % 60 == 0 else {"unit": "Minutes", "value": int(minutes)}
        )
    days = (date.fromisoformat(last[:10]) - date.fromisoformat(first[:10])).days
    return {"unit": "Days", "value": days} if days > 0 else None  # on one day it may be minutes or hours


# ---------------------------------------------------------------- who
def _victim(story: Story) -> Record | None:
    names = story.listed("victims")
    if not names:
        return None
    hit = [story.organizations[key] for key in story.named("victim") if key in story.organizations]
    industries = _mapped("industry", (org.get("sector", "") for org in hit))
    industries += _mapped("org_industry", (org["org_type"] for org in hit))
    countries = [org["country"] for org in hit if org.get("country", "INT") != "INT"]
    government = _mapped("government", (org["org_type"] for org in hit)) or ["Unknown"]
    return {
        "victim_id": "; ".join(names),
        "country": list(dict.fromkeys(countries)) or ["Unknown"],
        "industry": industries[0] if industries else "000",
        "employee_count": "Unknown",
        "government": ["Unknown"] if len(government) > 1 else government,
    }


def _actor(story: Story, types: Sequence[str]) -> Record:
    """Attackers that the press names, as external; else nothing is known of them."""
    actors = story.named("threat_actor")
    if not actors:
        return {"unknown": {}}
    known = [story.organizations.get(key, {}) for key in actors]
    countries = [org["country"] for org in known if org.get("country", "INT") != "INT"]
    return {
        "external": {
            "variety": _mapped("actor", (org.get("sector", "") for org in known)) or ["Unknown"],
            "motive": _mapped("motive", types) or ["Unknown"],
            "name": list(dict.fromkeys(facts[0]["value"] for facts in actors.values())),
            "country": list(dict.fromkeys(countries)) or ["Unknown"],
        }
    }


# ---------------------------------------------------------------- what
def _action(types: Sequence[str]) -> Record:
    found: Record = {}
    for category, _, variety in (name.partition(".") for name in _mapped("action", types)):
        if category == "unknown":
            found["unknown"] = {}
            continue
        action = found.setdefault(category, {"variety": [], "vector": ["Unknown"]} | (_SOCIAL if category == "social" else {}))
        action["variety"].append(variety)
    for category, _, vector in (name.partition(".") for name in _mapped("vector", types)):
        found[category]["vector"] = [vector]
    for action in found.values():  # what is known says more than Unknown beside it
        if len(action.get("variety", ())) > 1:
            action["variety"] = [variety for variety in action["variety"] if variety != "Unknown"]
    if len(found) > 1:
        found.pop("unknown", None)
    return found or {"unknown": {}}


def _asset(story: Story, types: Sequence[str]) -> Record:
    found: Record = {"assets": [{"variety": name} for name in _mapped("asset", types) or ["Unknown"]], "cloud": ["Unknown"]}
    machines = [fact["number_max"] for fact in story.of("machines") if fact.get("number_max")]
    return found | ({"total_amount": whole(max(machines))} if machines else {})


def _attribute(story: Story, types: Sequence[str]) -> Record:
    row = story.incident
    found: Record = {}
    if "data_breach" in types:
        found["confidentiality"] = _confidentiality(story)
    if integrity := _mapped("integrity", types):
        found["integrity"] = {"variety": integrity}
    availability = _mapped("availability", types)
    status = row.get("service_status", "unknown")
    if status != "unknown" and not availability:
        availability = ["Degradation"] if status == "degraded" else ["Interruption"]
    if availability:
        found["availability"] = {"variety": availability}
        if span := _span(row.get("onset", ""), row.get("recovered", "")):
            found["availability"]["duration"] = span
    return found or {"unknown": {}}  # a confirmed incident has an attribute, if only an unknown one


def _confidentiality(story: Story) -> Record:
    quotes = exposed(story)
    kinds = list(dict.fromkeys(veris for words, _, veris in data_kinds() if any(words.search(quote) for quote in quotes)))
    found: Record = {"data_disclosure": _map()["disclosure"][story.incident["verification"]][0]}
    data: list[Record] = [{"variety": kind} for kind in kinds or ["Unknown"]]
    records = story.incident.get("records_min")
    if records is not None and records == int(records):
        found["data_total"] = int(records)
        if len(data) == 1:
            data[0]["amount"] = int(records)
    return found | {"data": data}


def _impact(row: Row) -> Record | None:
    """Money lost, in its own currency. A ransom that was only asked for is no loss."""
    amount, currency = row.get("loss_amount"), _mapped("currency", [row.get("loss_currency", "")])
    if not amount or not currency:
        return None
    return {"overall_rating": "Unknown", "overall_amount": whole(amount), "iso_currency_code": currency[0]}


# ---------------------------------------------------------------- what it stands on
def _plus(story: Story, year_from: str, text: str) -> Record:
    row = story.incident
    found: Record = {
        "version": __version__,
        "schema_version": SCHEMA_VERSION,
        "kind": row["kind"],
        "verification": row["verification"],
        "attack_types": story.listed("attack_types"),
        "incident_year_from": year_from,
        "victim_people": row.get("victim_people", ""),
        "impersonated": story.listed("impersonated"),
        "case_status": row.get("case_status", ""),
        "conflicts": story.listed("conflicts"),
        "articles": [_source(article) for article in story.articles.values()],
        "evidence": [_evidence(story, fact, text) for fact in story.facts],
    }
    for name in ("people_min", "people_max", "records_min", "records_max", "loss_amount", "ransom_amount"):
        if row.get(name) is not None:
            found[name] = whole(row[name])
    found |= {name: row.get(name, "") for name in ("loss_currency", "ransom_currency")}
    return {name: value for name, value in found.items() if value not in ("", [])}


def _source(article: Row) -> Record:
    names = ("article_id", "publisher", "title", "published", "url", "sha256")
    return {name: article[name] for name in names if article.get(name)}


def _evidence(story: Story, fact: Row, text: str) -> Record:
    names = ("field", "value", "claimant", "claim", "qualifier", "article_id", "start", "end")
    found = {name: fact[name] for name in names if name in fact}
    return found if text == "none" else found | {"quote": story.quote(fact)}
