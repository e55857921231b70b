"""The records that pass between the stages, and the values that their fields may have.

Offsets are half-open code points into ``articles.text``; times are Vietnam time (+07:00) without a suffix; values that
are not known are empty, never guessed or padded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime

from . import text as texts

PHASES = (
    "attack",
    "impact",
    "detection",
    "disclosure",
    "response",
    "containment",
    "eradication",
    "recovery",
    "investigation",
    "post_incident",
)
MODALITIES = ("actual", "claimed", "planned", "negated")
ORG_TYPES = (
    "government",
    "police_military",
    "company",
    "bank",
    "telecom",
    "security_firm",
    "media",
    "education_research",
    "association_intl",
    "threat_actor",
    "other",
)
ROLES = ("victim", "impersonated", "attacker", "responder", "authority", "supplier", "unaffected", "source", "mentioned")
GRANULARITIES = ("minute", "hour", "day", "week", "month", "quarter", "half", "year", "range")
DATE_KINDS = ("absolute", "relative", "anaphoric")
PUBLISHED_FROM = ("given", "meta", "jsonld", "rss", "url", "header", "text", "none")
KINDS = ("attack_on_organization", "attack_on_individuals", "online_fraud", "campaign")
VERIFICATIONS = ("confirmed", "claimed", "disputed", "refuted")
ATTACK_TYPES = (
    "ransomware",
    "malware",
    "ddos",
    "data_breach",
    "defacement",
    "phishing",
    "fraud",
    "account_takeover",
    "espionage",
    "supply_chain",
    "vulnerability",
    "other",
)
ACCUSED = ("none", "suspected", "arrested", "charged", "convicted")
SERVICE_STATUSES = ("down", "degraded", "restored", "unknown")
CASE_STATUSES = ("none_told", "under_investigation", "arrested", "charged", "convicted", "closed")
CLAIMANTS = ("victim", "authority", "security_firm", "media", "attacker")
TRUST = ("authority", "victim", "security_firm", "media", "attacker")  # CLAIMANTS, the most trusted first
CLAIMS = ("confirmed", "claimed", "denied", "refuted", "estimated")
QUALIFIERS = ("exact", "about", "at_least", "at_most")
HOURS_QUALIFIERS = ("exact", "at_most", "at_least")
CONFIDENCES = ("high", "medium", "low")
RELATIONS = ("main", "background")  # of an incident to an article that tells it
ALIAS_ORIGINS = ("lexicon", "parenthesis", "learned", "user")
DATE_FIELDS = ("onset", "detected", "reported_to_authority", "made_public", "contained", "recovered")  # of an incident
TEXT_MODES = ("none", "evidence", "full")  # what an output holds of the papers' texts
LANGUAGES = ("vi", "en")


# ---------------------------------------------------------------- what goes in
@dataclass(frozen=True, slots=True)
class Article:
    """One news article as it was given.

    ``title`` and ``text`` are brought to NFC with LF line ends. A leading `` date 2024-06 `` mark is taken off the text
    and used as the publication date when none is given. ``published`` may be ISO text, a ``date``, a ``datetime`` or
    None; it is read by :mod:`baomat.published`.
    """

    text: str = ""
    title: str = ""
    id: str = ""
    url: str = ""
    source: str = ""
    published: str | date | datetime | None = None
    published_from: str = "given"

    def __post_init__(self) -> None:
        mark, body = texts.split_date_mark(texts.normalize(self.text))
        put = object.__setattr__
        put(self, "text", body)
        put(self, "title", " ".join(texts.normalize(self.title).split()))
        if mark and self.published in (None, ""):
            put(self, "published", mark)
            put(self, "published_from", "header")

    @property
    def full_text(self) -> str:
        """The text that all offsets point into (``articles.text``)."""
        return texts.compose(self.title, self.text)

    @property
    def article_id(self) -> str:
        """The given id, else the first 16 hexadecimal digits of the SHA-256 of the URL or, without one, the text."""
        return self.id or digest(self.url or self.full_text)


@dataclass(frozen=True, slots=True)
class Published:
    """When an article was published, as precisely as it is known: an ISO value with its first and last day."""

    value: str
    granularity: str
    first_day: date
    last_day: date
    origin: str = "given"


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that could not be used, with the reason."""

    input: str
    row: int | None
    article_id: str
    stage: str
    code: str
    message: str


# ---------------------------------------------------------------- what the stages find
@dataclass(frozen=True, slots=True)
class OrgMention:
    """One organization named at ``[start, end)``. ``method`` is the rule or lexicon that found it."""

    start: int
    end: int
    text: str
    sentence: int
    org_id: str
    org_type: str
    method: str
    score: float = 1.0
    role: str = "mentioned"


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization of the lexicon, or one learned from an article (then only the names and the type are known)."""

    org_id: str
    name: str
    org_type: str
    full_name: str = ""
    sector: str = ""
    country: str = ""
    parent: str = ""
    valid_from: str = ""
    valid_to: str = ""
    successor: str = ""
    aliases: tuple[tuple[str, str], ...] = ()  # (alias, one of ALIAS_ORIGINS)


@dataclass(frozen=True, slots=True)
class DateMention:
    """One expression of calendar time. ``value`` is ISO 8601 or empty where it cannot be known."""

    start: int
    end: int
    text: str
    sentence: int
    value: str
    first_day: date | None
    last_day: date | None
    granularity: str
    kind: str
    method: str


@dataclass(frozen=True, slots=True)
class PhaseMention:
    """One phase told by one sentence ``[start, end)``; ``cue`` is the wording that says so."""

    start: int
    end: int
    sentence: int
    phase: str
    modality: str
    cue: str
    cue_start: int
    score: float = 1.0
    org_id: str = ""
    date_value: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that one passage says of an incident, with that passage as its evidence."""

    field: str
    value: str
    start: int
    end: int
    quote: str
    value_key: str = ""
    number_min: float | None = None
    number_max: float | None = None
    unit: str = ""
    currency: str = ""
    qualifier: str = "exact"
    claimant: str = "media"
    claim: str = "confirmed"
    preferred: bool = False
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One step of an incident: a phase with its date, or undated, in the order of time and text."""

    phase: str
    value: str
    first_day: date | None
    last_day: date | None
    granularity: str
    start: int
    end: int


@dataclass(slots=True)
class Incident:
    """What one article (or, after merging, several) says about one incident. ``values`` holds the flat columns."""

    number: int
    relation: str
    values: dict[str, object]
    facts: list[Fact] = field(default_factory=list)
    timeline: list[TimelineEntry] = field(default_factory=list)
    reason: str = ""


def digest(text: str, *, length: int = 16) -> str:
    """The first ``length`` hexadecimal digits of the SHA-256 of a text: a stable id."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
