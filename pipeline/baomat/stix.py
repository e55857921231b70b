"""One STIX 2.1 bundle for each incident, with the incident extension suite (event, impact, task) of OASIS.

Incident, who was hit, who handles it, threat actors, malware, one report for each article and one note for each passage.
Ids are hashes of what an object is, so that the same organization has one id in all bundles. Times are UTC, as precise as
``*_time_fidelity`` says. A natural person is never a threat actor: only groups that the lexicon knows, and states.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from . import __version__, lexicon
from .story import Row, Stories, Story, whole
from .tables import SCHEMA_VERSION
from .text import fold, key

Object = dict[str, Any]
CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
NEW_OBJECTS = {
    "event": "extension-definition--4ca6de00-5b0d-45ef-a1dc-ea7279ea910e",
    "impact": "extension-definition--7cc33dd6-f6a1-489b-98ea-522d351d71b9",
    "task": "extension-definition--2074a052-8be4-4932-849e-f5e7798e0030",
}
# For objects that are not bound to the time of an article (an organization), and articles without a date.
EPOCH = "2026-01-01T00:00:00.000Z"
_VIETNAM = timedelta(hours=7)
_ISO = re.compile(r"(?P<y>\d{4})(?:-(?:W(?P<w>\d\d)|Q(?P<q>[1-4])|(?P<m>\d\d)(?:-(?P<d>\d\d)(?:T(?P<h>\d\d):(?P<n>\d\d))?)?))?")
_ROLES = {"victim": "victim", "impersonated": "impersonated", "responder": "responder", "authority": "authority"}
_SUCCEEDED = ("detection", "disclosure")  # what is told of them has happened; of a recovery it may only have begun


def write(folder: Path, stories: Stories, *, text: str = "evidence") -> None:
    """Write ``<incident_id>.json`` for each incident into a folder, which is made; ``text`` as in :func:`bundle`."""
    folder.mkdir(parents=True, exist_ok=True)
    for story in stories:
        content = json.dumps(bundle(story, text=text), ensure_ascii=False, indent=1)
        path = folder / f"{story.incident['incident_id']}.json"
        path.write_text(content + "\n", encoding="utf-8", errors="replace", newline="\n")


def bundle(story: Story, *, text: str = "evidence") -> Object:
    """The bundle of one incident.

    Parameters
    ----------
    story
        The incident with its articles, facts and timeline.
    text
        What it holds of the papers' texts: none, the quotes (evidence), or the articles too (full).
    """
    found = [_baomat(), *_Incident(story, text).objects()]
    return {"type": "bundle", "id": make_id("bundle", story.incident["incident_id"]), "objects": found}


# ---------------------------------------------------------------- ids, times, maps
def make_id(kind: str, *parts: str) -> str:
    """An id of UUIDv4 form made from a hash: the validator takes UUIDv5 only for observables."""
    return f"{kind}--{UUID(bytes=sha256('|'.join(('baomat', kind, *parts)).encode()).digest()[:16], version=4)}"


def interval(value: str, *, granularity: str = "") -> Object:
    """Start, end and fidelities of an ISO value of Vietnam time; empty where the value has no known year.

    >>> interval("2024-06-04")
    {'start_time': '2024-06-03T17:00:00Z', 'start_time_fidelity': 'day'}
    """
    first, _, last = value.partition("/")
    one, other = _ends(first, granularity), _ends(last or first, granularity)
    if not one or not other:
        return {}
    (start, fidelity), (end, end_fidelity) = one[0], other[1]
    found = {"start_time": _zulu(start), "start_time_fidelity": fidelity}
    if end > start or (last and end == start):
        found |= {"end_time": _zulu(end), "end_time_fidelity": end_fidelity}
    return found


def _ends(part: str, granularity: str) -> tuple[tuple[datetime, str], tuple[datetime, str]] | None:
    """First and last unit of a value, in UTC, each with its fidelity: a quarter is told by its first and last month."""
    match = _ISO.fullmatch(part)
    if not match:
        return None
    year, week, quarter = int(match["y"]), match["w"], int(match["q"] or 0)
    try:
        if week:
            monday = datetime.combine(date.fromisocalendar(year, int(week), 1), datetime.min.time())
            return (monday - _VIETNAM, "day"), (monday + timedelta(days=6) - _VIETNAM, "day")
        if quarter:
            return (datetime(year, 3 * quarter - 2, 1) - _VIETNAM, "month"), (datetime(year, 3 * quarter, 1) - _VIETNAM, "month")
        names = [name for name in "ymdhn" if match[name]]
        when = datetime(year, int(match["m"] or 1), int(match["d"] or 1), int(match["h"] or 0), int(match["n"] or 0)) - _VIETNAM
    except (ValueError, OverflowError):
        return None
    fidelity = {"y": "year", "m": "month", "d": "day", "n": "hour" if granularity == "hour" else "minute"}[names[-1]]
    return (when, fidelity), (when, fidelity)


def _zulu(when: datetime) -> str:
    return f"{when.isoformat(timespec='seconds')}Z"


def _stamp(value: str) -> str:
    """A publication time for ``created`` and ``modified``, which want milliseconds."""
    start: str = interval(value).get("start_time", "")
    return f"{start[:-1]}.000Z" if start else EPOCH


@cache
def _map() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in lexicon.read("stix_map", ("what", "value", "stix"), unique=("what", "value")):
        found.setdefault(row["what"], {})[row["value"]] = row["stix"]
    return found


@cache
def data_kinds() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """Wordings for kinds of data, with the name of the kind in STIX and in VERIS."""
    rows = lexicon.read("data_kinds", ("words", "stix", "veris"), unique=("words",))
    return tuple(
        (re.compile(rf"(?<!\w)(?:{lexicon.trie(map(key, row.several('words')))})(?!\w)"), row["stix"], row["veris"])
        for row in rows
    )


def exposed(story: Story) -> list[str]:
    """The passages that tell what data was exposed."""
    told = [fact for fact in story.of("attack_type") if fact["value"] == "data_breach"]
    return [key(fact.get("quote", "")) for fact in [*told, *story.of("records", "volume")]]


@cache
def _states() -> frozenset[str]:
    """Names of states that may be said to stand behind an attack, folded."""
    rows = lexicon.read("concepts", ("concept", "terms"))
    return frozenset(fold(term) for row in rows if row["concept"] == "STATE" for term in row.several("terms"))


def _baomat() -> Object:
    told = f"baomat {__version__}, schema version {SCHEMA_VERSION}"
    return _object("identity", "baomat", created=EPOCH, name="baomat", description=told, identity_class="system")


def _object(kind: str, *parts: str, created: str, modified: str = "", **properties: Any) -> Object:
    """An object with its common properties; properties that are empty are left out."""
    found: Object = {"type": kind, "spec_version": "2.1", "id": make_id(kind, *parts)}
    if parts != ("baomat",):
        found["created_by_ref"] = make_id("identity", "baomat")
    found |= {"created": created, "modified": max(modified, created)}
    if kind in NEW_OBJECTS:
        properties["extensions"] = {NEW_OBJECTS[kind]: {"extension_type": "new-sdo"}, **properties.get("extensions", {})}
    return found | {name: value for name, value in properties.items() if value not in ("", None, [], {})}


# ---------------------------------------------------------------- one incident
class _Incident:
    """The objects of one incident, which share its id, times and verification."""

    def __init__(self, story: Story, text: str) -> None:
        self.story, self.text = story, text
        self.row = story.incident
        self.incident_id: str = self.row["incident_id"]
        self.id = make_id("incident", self.incident_id)
        self.verification: str = self.row["verification"]
        self.times = {
            "created": _stamp(self.row.get("first_published", "")),
            "modified": _stamp(self.row.get("last_published", "")),
        }

    def objects(self) -> list[Object]:
        parties = list(self._parties())
        actors = list(self._actors())
        malware = list(self._malware())
        events, impacts, tasks = list(self._events()), list(self._impacts(parties)), list(self._tasks())
        incident = self._incident(events, impacts, tasks)
        related = [(party, role) for party, role in [*parties, *actors] if party["id"] != self.id] + [
            (item, "malware") for item in malware
        ]
        reports = list(self._reports([item["id"] for item, _ in related]))
        links = [self._relationship(item, role) for item, role in related]
        found = [incident, *(item for item, _ in related), *events, *impacts, *tasks, *reports, *self._notes(), *links]
        return list({item["id"]: item for item in found}.values())

    def _incident(self, events: Sequence[Object], impacts: Sequence[Object], tasks: Sequence[Object]) -> Object:
        people, case = self.row.get("people_min"), self.row.get("case_status", "")
        types = self.story.listed("attack_types")
        core = {
            "extension_type": "property-extension",
            "determination": _map()["determination"][self.verification],
            "investigation_status": _map()["case"].get(case, "open" if tasks else "new"),
            "incident_types": list(dict.fromkeys(_map()["event"][name] for name in types)),
            "impacted_entity_counts": {"individual": int(people)} if people is not None else {},
            "events": [{"event_ref": event["id"]} for event in events],
            "impact_refs": [impact["id"] for impact in impacts],
            "tasks": [{"task_ref": task["id"]} for task in tasks],
        }
        return _object(
            "incident",
            self.incident_id,
            **self.times,
            name=self.row["title"],
            description=f"{self.row['kind']}; {self.verification}; {', '.join(types)}. As told by the press; see the notes.",
            confidence=int(_map()["confidence"][self.row["confidence"]]),
            labels=[self.row["kind"], f"verification-{self.verification}", *types],
            lang="vi",
            external_references=[_reference(article) for article in self.story.articles.values()],
            extensions={CORE: {name: value for name, value in core.items() if value not in ([], {})}},
        )

    # ------------------------------------------------------------ who
    def _parties(self) -> Iterator[tuple[Object, str]]:
        """Organizations that were hit, impersonated, that respond or direct; each once, in its first role here."""
        seen: set[str] = set()
        for field, role in _ROLES.items():
            for org_id, facts in self.story.named(field).items():
                if org_id not in seen:
                    seen.add(org_id)
                    yield self._identity(org_id, facts[0]["value"]), _told(role, facts, self.verification)

    def _identity(self, org_id: str, name: str) -> Object:
        organization = self.story.organizations.get(org_id, {})
        sector = _map()["sector"].get(organization.get("sector", ""), "")
        return _object(
            "identity",
            org_id,
            created=EPOCH,
            name=organization.get("name", name),
            description=organization.get("full_name", ""),
            identity_class="organization",
            sectors=[sector] if sector else [],
        )

    def _actors(self) -> Iterator[tuple[Object, str]]:
        """Groups of the lexicon and states, as threat actors; any other organization as an identity; nobody else."""
        for actor_id, facts in self.story.named("threat_actor").items():
            organization = self.story.organizations.get(actor_id, {})
            name = str(organization.get("name") or facts[0]["value"])
            told = _told("attributed to", facts, self.verification)
            if organization.get("org_type") == "threat_actor":
                kind = _map()["actor"].get(organization.get("sector", ""), "unknown")
                yield _object("threat-actor", actor_id, created=EPOCH, name=name, threat_actor_types=[kind]), told
            elif not organization and actor_id in _states():
                yield (
                    _object("threat-actor", "state", actor_id, created=EPOCH, name=name, threat_actor_types=["nation-state"]),
                    told,
                )
            elif organization and organization["org_type"] != "other":
                yield self._identity(actor_id, name), told

    def _malware(self) -> Iterator[Object]:
        """Malware that is told of, without a name: the press rarely gives one that can be relied on."""
        kinds = [kind for name in self.story.listed("attack_types") if (kind := _map()["malware"].get(name))]
        if kinds:
            specific = [kind for kind in kinds if kind != "unknown"] or kinds
            yield _object("malware", self.incident_id, **self.times, malware_types=specific, is_family=False)

    # ------------------------------------------------------------ what
    def _events(self) -> Iterator[Object]:
        """The attack: one event for each time that is told, at least one."""
        told: list[Row] = [row for row in self.story.timeline if row["phase"] == "attack"] or [{}]
        types = list(dict.fromkeys(_map()["event"][name] for name in self.story.listed("attack_types")))
        for row in told:
            yield _object(
                "event",
                self.incident_id,
                row.get("value", ""),
                **self.times,
                status=_map()["event_status"][self.verification],
                name=self.row["title"],
                description=f"Told as: {row['value']} (Vietnam time)" if row.get("value") else "",
                event_types=types,
                **interval(row.get("value", ""), granularity=row.get("granularity", "")),
            )

    def _impacts(self, parties: Sequence[tuple[Object, str]]) -> Iterator[Object]:
        if self.verification == "refuted":
            return
        hit = [party["id"] for party, role in parties if role.startswith("victim")]
        status = _map()["availability"].get(self.row.get("service_status", ""))
        if status:
            yield self._impact("availability", {"availability_impact": int(status)}, hit, **self._outage())
        if "data_breach" in self.story.listed("attack_types"):
            yield self._impact("confidentiality", self._exposure(), hit)
        yield from self._money(hit)

    def _impact(self, category: str, details: Object, hit: Sequence[str], *, part: str = "", **more: Any) -> Object:
        name = f"{category}-ext"
        return _object(
            "impact",
            *filter(None, (self.incident_id, category, part)),
            **self.times,
            impact_category=name,
            impacted_refs=list(hit),
            extensions={name: details},
            **more,
        )

    def _outage(self) -> Object:
        """When systems went down and came back, as far as told."""
        grains = {row.get("value"): row.get("granularity", "") for row in self.story.timeline}
        start, end = (
            interval(value, granularity=grains.get(value, ""))
            for value in (self.row.get("onset", ""), self.row.get("recovered", ""))
        )
        found: Object = {name: start[name] for name in ("start_time", "start_time_fidelity") if name in start}
        if end and end["start_time"] >= found.get("start_time", ""):
            found |= {"end_time": end["start_time"], "end_time_fidelity": end["start_time_fidelity"]}
        return found

    def _exposure(self) -> Object:
        quotes = exposed(self.story)
        kind = next((stix for words, stix, _ in data_kinds() if any(words.search(quote) for quote in quotes)), "unknown")
        found: Object = {"loss_type": _map()["loss"][self.verification], "information_type": kind}
        if (records := self.row.get("records_min")) is not None:
            found["record_count"] = int(records)
        sizes = [fact for fact in self.story.of("volume") if fact.get("unit") in _map()["volume"] and fact.get("number_max")]
        if sizes:
            found["record_size"] = int(sizes[0]["number_max"] * int(_map()["volume"][sizes[0]["unit"]]))
        return found

    def _money(self, hit: Sequence[str]) -> Iterator[Object]:
        """Loss and ransom asked. The specification wants a demand as ``max_amount``, with ``min_amount`` 0."""
        fraud = self.row["kind"] == "online_fraud" or "fraud" in self.story.listed("attack_types")
        for name, variety in (("loss", "asset-and-fraud" if fraud else "uncategorized"), ("ransom", "ransom-demand")):
            amount, currency = self.row.get(f"{name}_amount"), self.row.get(f"{name}_currency")
            if amount and currency:
                low = 0 if name == "ransom" else whole(amount)
                details = {"variety": variety, "currency": currency, "min_amount": low, "max_amount": whole(amount)}
                yield self._impact("monetary", details, hit, part=name)

    def _tasks(self) -> Iterator[Object]:
        for row in self.story.timeline:
            kind = _map()["task"].get(row["phase"])
            if not kind:
                continue
            done = row["phase"] in _SUCCEEDED or (row["phase"] == "recovery" and self.row.get("service_status") == "restored")
            yield _object(
                "task",
                self.incident_id,
                row["phase"],
                row.get("value", ""),
                **self.times,
                outcome="successful" if done else "unknown",
                name=row["phase"],
                task_types=[kind],
                description=f"Told as: {row['value']} (Vietnam time)" if row.get("value") else "",
                **interval(row.get("value", ""), granularity=row.get("granularity", "")),
            )

    # ------------------------------------------------------------ who says so
    def _reports(self, related: Sequence[str]) -> Iterator[Object]:
        for article in self.story.articles.values():
            published = interval(article.get("published", "")).get("start_time")
            if not published:
                continue  # a report needs its date; the incident names the article all the same
            stamp = _stamp(article["published"])
            yield _object(
                "report",
                self.incident_id,
                article["article_id"],
                created=stamp,
                name=article.get("title") or article["article_id"],
                description=article.get("text", "") if self.text == "full" else "",
                published=published,
                report_types=["threat-report"],
                lang="vi",
                external_references=[_reference(article)],
                object_refs=[self.id, *related],
            )

    def _notes(self) -> Iterator[Object]:
        """One note for each passage, with everything that it is evidence for."""
        passages: dict[tuple[str, int, int], list[Row]] = {}
        for fact in self.story.facts:
            passages.setdefault((fact["article_id"], fact["start"], fact["end"]), []).append(fact)
        for (article_id, start, end), facts in passages.items():
            article = self.story.articles[article_id]
            told = [f"{fact['field']}: {fact.get('value', '')} ({fact['claimant']}, {fact['claim']})" for fact in facts]
            place = f"{article_id} [{start}, {end})"
            yield _object(
                "note",
                self.incident_id,
                article_id,
                str(start),
                str(end),
                **self.times,
                abstract="; ".join(dict.fromkeys(told)),
                content=place if self.text == "none" else self.story.quote(facts[0]),
                authors=[article["publisher"]] if article.get("publisher") else [],
                lang="vi",
                external_references=[_reference(article, external_id=place)],
                object_refs=[self.id],
            )

    def _relationship(self, item: Object, role: str) -> Object:
        return _object(
            "relationship",
            self.incident_id,
            item["id"],
            role.partition(";")[0],
            **self.times,
            relationship_type="related-to",
            source_ref=self.id,
            target_ref=item["id"],
            description=role,
        )


def _told(role: str, facts: Sequence[Mapping[str, Any]], verification: str) -> str:
    """A role with how it is told, so that what is only claimed says so."""
    claims = list(dict.fromkeys(fact["claim"] for fact in facts))
    return f"{role}; incident {verification}; told as {', '.join(claims)}"


def _reference(article: Mapping[str, Any], *, external_id: str = "") -> Object:
    """The paper's address; the hash is that of the text that baomat read."""
    found: Object = {
        "source_name": article.get("publisher") or "article",
        "description": article.get("title", ""),
        "external_id": external_id or article["article_id"],
    }
    if article.get("url"):
        found |= {"url": article["url"], "hashes": {"SHA-256": article["sha256"]}}
    return {name: value for name, value in found.items() if value}
