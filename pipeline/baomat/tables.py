"""The one codebook: every table with its columns in their order, what they mean, their allowed values, keys and references.

What a column means in English and Vietnamese is in ``lexicons/columns.tsv``.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import lexicon, schema

SCHEMA_VERSION = 1
DTYPES = {"text": "string", "int": "Int64", "float": "Float64", "bool": "boolean"}  # of pandas
# Columns of incidents that hold several; allowed values hold for each.
LIST_COLUMNS = (
    "victims", "victim_sector", "victim_country", "impersonated", "threat_actors", "responders", "authorities", "attack_types",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type (of ``DTYPES``), its meaning in English and Vietnamese, and its allowed values (empty: free)."""

    name: str
    dtype: str
    en: str
    vi: str
    values: tuple[str, ...] = ()


_VALUES: dict[tuple[str, str], tuple[str, ...]] = {
    ("articles", "published_from"): schema.PUBLISHED_FROM,
    ("organizations", "org_type"): schema.ORG_TYPES,
    ("organization_aliases", "origin"): schema.ALIAS_ORIGINS,
    ("organization_mentions", "org_type"): schema.ORG_TYPES,
    ("organization_mentions", "role"): schema.ROLES,
    ("dates", "granularity"): schema.GRANULARITIES,
    ("dates", "kind"): schema.DATE_KINDS,
    ("phases", "phase"): schema.PHASES,
    ("phases", "modality"): schema.MODALITIES,
    ("incidents", "kind"): schema.KINDS,
    ("incidents", "verification"): schema.VERIFICATIONS,
    ("incidents", "accused"): schema.ACCUSED,
    ("incidents", "attack_types"): schema.ATTACK_TYPES,
    ("incidents", "hours_qualifier"): schema.HOURS_QUALIFIERS,
    ("incidents", "service_status"): schema.SERVICE_STATUSES,
    ("incidents", "case_status"): schema.CASE_STATUSES,
    ("incidents", "confidence"): schema.CONFIDENCES,
    ("incident_articles", "relation"): schema.RELATIONS,
    ("facts", "qualifier"): schema.QUALIFIERS,
    ("facts", "claimant"): schema.CLAIMANTS,
    ("facts", "claim"): schema.CLAIMS,
    ("timeline", "phase"): schema.PHASES,
    ("timeline", "granularity"): schema.GRANULARITIES,
}


def _tables() -> dict[str, tuple[Column, ...]]:
    tables: dict[str, tuple[Column, ...]] = {}
    for row in lexicon.read("columns", ("table", "column", "type", "en", "vi"), unique=("table", "column")):
        table, name, dtype = row["table"], row["column"], row.one_of("type", DTYPES)
        tables[table] = (*tables.get(table, ()), Column(name, dtype, row["en"], row["vi"], _VALUES.get((table, name), ())))
    return tables


TABLES = _tables()
# One row of each table, in English and Vietnamese.
ROWS: dict[str, tuple[str, str]] = {
    "articles": ("an article that was read", "một bài báo đã đọc"),
    "sentences": ("a sentence of an article", "một câu của bài báo"),
    "organizations": ("an organization that the run met", "một tổ chức đã gặp"),
    "organization_aliases": ("a written form of an organization's name", "một cách viết tên tổ chức"),
    "organization_mentions": ("a place where an article names an organization", "một chỗ bài báo nêu tên tổ chức"),
    "dates": ("a date expression with its value", "một cụm từ chỉ ngày giờ và giá trị của nó"),
    "phases": ("a phase of an incident told by a sentence", "một giai đoạn của sự cố mà một câu kể"),
    "incidents": ("an incident, with one value a field", "một sự cố, mỗi cột một giá trị"),
    "incident_articles": ("an article that tells an incident", "một bài báo kể một sự cố"),
    "facts": ("a single statement about an incident, with its passage", "một điều được nói về sự cố, kèm đoạn trích"),
    "timeline": ("a step of an incident, dated or not", "một bước của sự cố, có hoặc không có ngày"),
    "id_redirects": ("an incident id that is no longer in use", "một mã sự cố không còn dùng"),
    "corrections": ("a correction by the user", "một đính chính của người dùng"),
    "rejects": ("a record that could not be used, or a note about one", "một bản ghi không dùng được, hoặc ghi chú về nó"),
}
# The field of the facts that a column of incidents is made from, where the two are not called the same.
FACT_FIELDS = {
    "victims": "victim",
    "threat_actors": "threat_actor",
    "responders": "responder",
    "authorities": "authority",
    "attack_types": "attack_type",
    "victim_people": "people",
    **{f"{name}_{end}": name for name in ("records", "people") for end in ("min", "max")},
    **{f"{name}_{part}": name for name in ("loss", "ransom") for part in ("amount", "currency")},
    "days_to_made_public": "made_public",
    **dict.fromkeys(("days_to_recovery", "hours_to_recovery", "hours_qualifier"), "recovered"),
}
# What tells one row of a table from another, and the columns that hold another table's key.
KEYS: dict[str, tuple[str, ...]] = {
    "articles": ("article_id",),
    "sentences": ("article_id", "sentence"),
    "organizations": ("org_id",),
    "organization_aliases": ("org_id", "alias"),
    "incidents": ("incident_id",),
    "id_redirects": ("old_id",),
}
REFERENCES: dict[tuple[str, str], str] = {
    ("sentences", "article_id"): "articles",
    ("organization_aliases", "org_id"): "organizations",
    ("organization_mentions", "article_id"): "articles",
    ("organization_mentions", "org_id"): "organizations",
    ("dates", "article_id"): "articles",
    ("phases", "article_id"): "articles",
    ("phases", "org_id"): "organizations",
    ("incident_articles", "incident_id"): "incidents",
    ("incident_articles", "article_id"): "articles",
    ("facts", "incident_id"): "incidents",
    ("facts", "article_id"): "articles",
    ("timeline", "incident_id"): "incidents",
    ("timeline", "article_id"): "articles",
    ("id_redirects", "new_id"): "incidents",
}
