"""One STIX 2.1 bundle for each incident, with the incident extension suite (event, impact, task) of OASIS.

Incident, who was hit, who handles it, threat actors, malware, one report for each article and one note for each passage.
Ids are hashes of what an object is, so that the same organization has one id in all bundles. Times are UTC, as precise as
``*_time_fidelity`` says. A natural person is never a threat actor: only groups that the lexicon knows, and states.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from . import lexicon
from .stixobjects import EPOCH, Object, baomat, interval, make_id, make_object, stamp
from .story import Row, Stories, Story, data_kinds, exposed, whole
from .text import fold

CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
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
    found = [baomat(), *_Incident(story, text).objects()]
    return {"type": "bundle", "id": make_id("bundle", story.incident["incident_id"]), "objects": found}


@cache
def _map() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in lexicon.read("stix_map", ("what", "value", "stix"), unique=("what", "value")):
        found.setdefault(row["what"], {})[row["value"]] = row["stix"]
    return found


@cache
def _states() -> frozenset[str]:
    """Names of states that may be said to stand behind an attack, folded."""
    rows = lexicon.read("concepts", ("concept", "terms"))
    return frozenset(fold(term) for row in rows if row["concept"] == "STATE" for term in row.several("terms"))


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
            "created": stamp(self.row.get("first_published", "")),
            "modified": stamp(self.row.get("last_published", "")),
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
        return make_object(
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
        return make_object(
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
                yield make_object("threat-actor", actor_id, created=EPOCH, name=name, threat_actor_types=[kind]), told
            elif not organization and actor_id in _states():
                yield (
                    make_object("threat-actor", "state", actor_id, created=EPOCH, name=name, threat_actor_types=["nation-state"]),
                    told,
                )
            elif organization and organization["org_type"] != "other":
                yield self._identity(actor_id, name), told

    def _malware(self) -> Iterator[Object]:
        """Malware that is told of, without a name: the press rarely gives one that can be relied on."""
        kinds = [kind for name in self.story.listed("attack_types") if (kind := _map()["malware"].get(name))]
        if kinds:
            specific = [kind for kind in kinds if kind != "unknown"] or kinds
            yield make_object("malware", self.incident_id, **self.times, malware_types=specific, is_family=False)

    # ------------------------------------------------------------ what
    def _events(self) -> Iterator[Object]:
        """The attack: one event for each time that is told, at least one."""
        told: list[Row] = [row for row in self.story.timeline if row["phase"] == "attack"] or [{}]
        types = list(dict.fromkeys(_map()["event"][name] for name in self.story.listed("attack_types")))
        for row in told:
            yield make_object(
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
        return make_object(
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
            yield make_object(
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
            stamped = stamp(article["published"])
            yield make_object(
                "report",
                self.incident_id,
                article["article_id"],
                created=stamped,
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
            yield make_object(
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
        return make_object(
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
