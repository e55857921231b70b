"""Incidents for the tests of outputs that tell them one by one: those of the sample articles, and some made by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import baomat
from baomat import reader
from baomat.cells import columns
from baomat.reader import Record
from baomat.story import Stories, Story
from baomat.tables import TABLES

ARTICLES = Path(__file__).parents[1] / "data" / "articles"
QUOTE = "Hệ thống của Cảng Sao Bắc bị mã hóa, kẻ gian đòi 2 triệu USD."


@cache
def sample() -> Stories:
    """The incidents of ``data/articles``."""
    records = reader.from_sources(reader.sources([ARTICLES]))
    tables = baomat.extract([record.article for record in records if isinstance(record, Record)])
    found = Stories()
    for table in TABLES:
        frame = getattr(tables, table)
        found.append(
            table, {name: frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns}
        )
    return found


def fact(field: str, value: str, **more: Any) -> dict[str, Any]:
    """A fact of the made incident, told by its one sentence."""
    row = {"field": field, "value": value, "claimant": "media", "claim": "confirmed", "preferred": True, "qualifier": "exact"}
    return row | {"fact_id": f"{field}-{value}", "article_id": "a1", "start": 0, "end": len(QUOTE), "quote": QUOTE} | more


def made(
    *, n: int = 1, facts: list[dict[str, Any]] | None = None, article: dict[str, Any] | None = None, **incident: Any
) -> Stories:
    """``n`` incidents of one article, with their columns as given."""
    facts = [fact("victim", "Cảng Sao Bắc", value_key="org-1")] if facts is None else facts
    row = {"title": "Cảng Sao Bắc – mã độc tống tiền – 06/2024", "kind": "attack_on_organization", "verification": "confirmed"}
    row |= {"victims": "Cảng Sao Bắc", "attack_types": "ransomware", "confidence": "high", "case_status": "none_told", **incident}
    told = {
        "article_id": "a1",
        "url": "https://bao.example/1",
        "publisher": "Báo Mẫu",
        "title": "Cảng Sao Bắc bị tấn công",
        "text": QUOTE,
    }
    told |= {"published": "2024-06-05T08:30", "sha256": "0" * 64, "is_incident": True, **(article or {})}
    row |= {
        "first_published": told["published"],
        "last_published": told["published"],
        "urls": told["url"],
        "publishers": "Báo Mẫu",
    }
    row |= incident
    port = {
        "org_id": "org-1",
        "name": "Cảng Sao Bắc",
        "full_name": "Công ty cổ phần Cảng Sao Bắc",
        "org_type": "company",
        "country": "VN",
    }
    gang = {"org_id": "org-2", "name": "PolarMoth", "org_type": "threat_actor", "sector": "crime"}
    step = {"phase": "attack", "value": "2024-06-04", "granularity": "day", "article_id": "a1", "start": 0, "end": len(QUOTE)}
    ids = [f"{number:016x}" for number in range(n)]
    tables: dict[str, list[dict[str, Any]]] = {
        "articles": [told],
        "organizations": [port, gang],
        "organization_aliases": [{"org_id": "org-1", "alias": "Bưu cảng Hòa Thuận", "origin": "lexicon"}],
        "incidents": [row | {"incident_id": key} for key in ids],
        "incident_articles": [{"incident_id": key, "article_id": "a1", "relation": "main"} for key in ids],
        "facts": [item | {"incident_id": key} for key in ids for item in facts],
        "timeline": [step | {"incident_id": key} for key in ids],
    }
    found = Stories()
    for table, rows in tables.items():
        found.append(table, columns(table, rows))
    return found


def one(**options: Any) -> Story:
    """One made incident."""
    (story,) = made(**options)
    return story
