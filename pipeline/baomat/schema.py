"""The records that pass between the stages, and the one codebook of tables and columns.

Offsets are half-open code points into ``articles.text``; times are Vietnam time (+07:00) without a suffix; values that
are not known are empty, never guessed or padded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from . import text as texts

SCHEMA_VERSION = 1

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
CLAIMS = ("confirmed", "claimed", "denied", "refuted", "estimated")
QUALIFIERS = ("exact", "about", "at_least", "at_most")
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
    aliases: tuple[tuple[str, str], ...] = ()  # (alias, origin), origin: lexicon, parenthesis, learned, user


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


# ---------------------------------------------------------------- the codebook
@dataclass(frozen=True, slots=True)
class Column:
    """One column: its dtype, its meaning in English and Vietnamese, and its allowed values (empty: free)."""

    name: str
    dtype: str
    en: str
    vi: str
    values: tuple[str, ...] = ()


DTYPES = {"text": "string", "int": "Int64", "float": "Float64", "bool": "boolean"}


def _columns(rows: Iterable[tuple[str, ...] | tuple[str, str, str, str, tuple[str, ...]]]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


_ARTICLE = ("article_id", "text", "the article", "bài báo")
_SENTENCE = ("sentence", "int", "sentence number from 0 (the title is 0)", "số thứ tự câu, từ 0 (tiêu đề là 0)")
_START = ("start", "int", "first code point in articles.text", "vị trí đầu trong articles.text")
_END = ("end", "int", "code point after the last", "vị trí sau ký tự cuối")
_TEXT = ("text", "text", "the wording as it stands", "nguyên văn")
_INCIDENT = ("incident_id", "text", "the incident", "sự cố")
_FIRST = ("first_day", "text", "first day the value can mean (YYYY-MM-DD)", "ngày sớm nhất (YYYY-MM-DD)")
_LAST = ("last_day", "text", "last day the value can mean (YYYY-MM-DD)", "ngày muộn nhất (YYYY-MM-DD)")
_GRANULARITY = ("granularity", "text", "how precise the value is", "độ chính xác của giá trị", GRANULARITIES)

TABLES: dict[str, tuple[Column, ...]] = {
    "articles": _columns(
        [
            ("article_id", "text", "given id, or a hash of URL or text", "mã bài: mã đã cho, hoặc băm của URL hay văn bản"),
            ("url", "text", "address of the article", "địa chỉ bài báo"),
            ("publisher", "text", "the paper, without its section", "tờ báo, không kèm chuyên mục"),
            ("source", "text", "the source as given", "nguồn như đã cho"),
            ("title", "text", "headline", "tiêu đề"),
            (
                "text",
                "text",
                "title, blank line, body; all offsets point into it",
                "tiêu đề, dòng trống, nội dung; mọi vị trí tính trên đây",
            ),
            (
                "published",
                "text",
                "publication time, as precise as known (ISO 8601, +07:00)",
                "thời điểm đăng (ISO 8601, giờ Việt Nam)",
            ),
            ("published_from", "text", "where the publication date comes from", "ngày đăng lấy từ đâu", PUBLISHED_FROM),
            ("n_sentences", "int", "number of sentences", "số câu"),
            ("n_words", "int", "number of words (underthesea)", "số từ (underthesea)"),
            (
                "cyber_score",
                "float",
                "how strongly the article is about cyber security, 0 to 1",
                "mức độ nói về an ninh mạng, 0 đến 1",
            ),
            ("is_incident", "bool", "tells a concrete incident", "có kể một sự cố cụ thể"),
            ("near_duplicate_of", "text", "the earlier article with the same body", "bài trước đó có cùng nội dung"),
            ("revision_of", "text", "the earlier version with the same id", "bản trước đó có cùng mã"),
            ("sha256", "text", "SHA-256 of the text", "SHA-256 của văn bản"),
        ]
    ),
    "sentences": _columns([_ARTICLE, _SENTENCE, _START, _END]),
    "organizations": _columns(
        [
            ("org_id", "text", "the lexicon's key, or a hash of the folded name", "mã tổ chức"),
            ("name", "text", "usual short name or acronym", "tên gọi ngắn thường dùng"),
            ("full_name", "text", "official name", "tên đầy đủ"),
            ("org_type", "text", "kind of organization", "loại tổ chức", ORG_TYPES),
            ("sector", "text", "sector", "lĩnh vực"),
            ("country", "text", "ISO 3166 code of its country", "mã quốc gia ISO 3166"),
            ("parent_org_id", "text", "the organization it belongs to", "tổ chức cấp trên"),
            ("valid_from", "text", "since when it exists", "tồn tại từ"),
            ("valid_to", "text", "until when it existed", "tồn tại đến"),
            ("successor_org_id", "text", "the organization that took over", "tổ chức kế thừa"),
            ("n_mentions", "int", "mentions in this run", "số lần nhắc đến"),
            ("n_articles", "int", "articles that mention it", "số bài nhắc đến"),
        ]
    ),
    "organization_aliases": _columns(
        [
            ("org_id", "text", "the organization", "tổ chức"),
            ("alias", "text", "another written form", "cách viết khác"),
            (
                "origin",
                "text",
                "where the form was learned",
                "nguồn của cách viết",
                ("lexicon", "parenthesis", "learned", "user"),
            ),
        ]
    ),
    "organization_mentions": _columns(
        [
            _ARTICLE,
            _SENTENCE,
            _START,
            _END,
            _TEXT,
            ("org_id", "text", "the organization meant", "tổ chức được nói đến"),
            ("org_type", "text", "kind of organization", "loại tổ chức", ORG_TYPES),
            ("role", "text", "its role in what the passage tells", "vai trò trong đoạn văn", ROLES),
            ("method", "text", "the rule or lexicon that found it", "quy tắc hoặc từ điển đã tìm ra"),
            ("score", "float", "how sure, 0 to 1", "độ tin cậy, 0 đến 1"),
        ]
    ),
    "dates": _columns(
        [
            _ARTICLE,
            _SENTENCE,
            _START,
            _END,
            _TEXT,
            ("value", "text", "ISO 8601 value, empty if it cannot be known", "giá trị ISO 8601, trống nếu không thể biết"),
            _FIRST,
            _LAST,
            _GRANULARITY,
            (
                "kind",
                "text",
                "absolute, relative to publication, or to an earlier date",
                "tuyệt đối, theo ngày đăng, theo ngày nói trước đó",
                DATE_KINDS,
            ),
            ("method", "text", "the rule that read it", "quy tắc đã đọc"),
        ]
    ),
    "phases": _columns(
        [
            _ARTICLE,
            _SENTENCE,
            _START,
            _END,
            ("phase", "text", "phase of the incident that the sentence tells", "giai đoạn của sự cố mà câu kể", PHASES),
            (
                "modality",
                "text",
                "actual, only claimed, planned, or negated",
                "đã xảy ra, được cho là, dự kiến, bị phủ định",
                MODALITIES,
            ),
            ("cue", "text", "the wording that says so", "từ ngữ làm căn cứ"),
            ("org_id", "text", "who acts", "ai hành động"),
            ("date_value", "text", "when", "khi nào"),
            ("score", "float", "how sure, 0 to 1", "độ tin cậy, 0 đến 1"),
        ]
    ),
    "incidents": _columns(
        [
            ("incident_id", "text", "hash of the founding article and the number there", "mã sự cố"),
            ("title", "text", "neutral title of ours", "tiêu đề trung tính do baomat đặt"),
            ("kind", "text", "kind of incident", "loại sự cố", KINDS),
            ("verification", "text", "how far it is verified", "mức độ xác minh", VERIFICATIONS),
            (
                "victims",
                "text",
                "organizations hit, or said to be hit (see verification)",
                "tổ chức bị hại (xem mức độ xác minh)",
            ),
            ("victim_sector", "text", "sectors of the victims", "lĩnh vực của bên bị hại"),
            ("victim_country", "text", "countries of the victims", "quốc gia của bên bị hại"),
            ("victim_people", "text", "persons hit, described, never named", "người bị hại, mô tả, không nêu tên"),
            ("impersonated", "text", "organizations whose name was misused", "tổ chức bị mạo danh"),
            ("threat_actors", "text", "to whom it is attributed or who claims it", "bên bị quy trách nhiệm hoặc tự nhận"),
            (
                "accused",
                "text",
                "furthest stage told of private persons",
                "giai đoạn tố tụng xa nhất với người bị cáo buộc",
                ACCUSED,
            ),
            (
                "responders",
                "text",
                "organizations that handle, support, warn or investigate",
                "tổ chức xử lý, hỗ trợ, cảnh báo, điều tra",
            ),
            (
                "authorities",
                "text",
                "authorities that direct, regulate or are reported to",
                "cơ quan chỉ đạo, quản lý hoặc nhận báo cáo",
            ),
            ("attack_types", "text", "types of attack", "hình thức tấn công", ATTACK_TYPES),
            ("onset", "text", "when the attack began", "thời điểm bắt đầu tấn công"),
            ("detected", "text", "when it was detected", "thời điểm phát hiện"),
            ("reported_to_authority", "text", "when it was reported to an authority", "thời điểm báo cáo cơ quan chức năng"),
            ("made_public", "text", "when it became public", "thời điểm công bố"),
            ("contained", "text", "when it was contained", "thời điểm ngăn chặn"),
            ("recovered", "text", "when systems were restored", "thời điểm khôi phục"),
            ("days_to_made_public", "int", "days from onset to publication", "số ngày từ khi tấn công đến khi công bố"),
            ("days_to_recovery", "int", "days from onset to recovery", "số ngày từ khi tấn công đến khi khôi phục"),
            (
                "hours_to_recovery",
                "float",
                "hours from onset to recovery (both with a clock time)",
                "số giờ từ khi tấn công đến khi khôi phục",
            ),
            ("hours_qualifier", "text", "how the hours are meant", "ý nghĩa của số giờ", ("exact", "at_most", "at_least")),
            (
                "service_status",
                "text",
                "the victim's systems, last told",
                "tình trạng hệ thống, theo tin mới nhất",
                SERVICE_STATUSES,
            ),
            ("case_status", "text", "the case, furthest stage told", "tình trạng vụ việc", CASE_STATUSES),
            ("records_min", "float", "records affected, lowest figure", "số bản ghi bị ảnh hưởng, thấp nhất"),
            ("records_max", "float", "records affected, highest figure", "số bản ghi bị ảnh hưởng, cao nhất"),
            ("people_min", "float", "people affected, lowest figure", "số người bị ảnh hưởng, thấp nhất"),
            ("people_max", "float", "people affected, highest figure", "số người bị ảnh hưởng, cao nhất"),
            ("loss_amount", "float", "money lost", "số tiền thiệt hại"),
            ("loss_currency", "text", "its currency (ISO 4217)", "đơn vị tiền thiệt hại"),
            ("ransom_amount", "float", "ransom asked", "số tiền chuộc bị đòi"),
            ("ransom_currency", "text", "its currency (ISO 4217)", "đơn vị tiền chuộc"),
            ("confidence", "text", "how sure the program is", "độ tin cậy của chương trình", ("high", "medium", "low")),
            ("n_articles", "int", "articles about it", "số bài nói về sự cố"),
            ("n_publishers", "int", "papers that tell it", "số báo đưa tin"),
            ("publishers", "text", "the papers", "các báo đưa tin"),
            ("urls", "text", "all addresses", "mọi địa chỉ bài"),
            ("conflicts", "text", "fields on which the sources disagree", "trường mà các nguồn không thống nhất"),
            ("first_published", "text", "earliest publication", "tin sớm nhất"),
            ("last_published", "text", "latest publication", "tin muộn nhất"),
            ("corrected", "text", "columns that a user's correction has set", "cột do người dùng đính chính"),
        ]
    ),
    "incident_articles": _columns(
        [
            _INCIDENT,
            _ARTICLE,
            (
                "relation",
                "text",
                "the article's main incident, or background",
                "sự cố chính của bài, hay bối cảnh",
                ("main", "background"),
            ),
            ("reason", "text", "why the article belongs to the incident", "lý do gắn bài với sự cố"),
        ]
    ),
    "facts": _columns(
        [
            ("fact_id", "text", "stable id", "mã dữ kiện"),
            _INCIDENT,
            _ARTICLE,
            ("field", "text", "what the fact is about", "nội dung dữ kiện"),
            ("value", "text", "the value, or the raw wording of a figure", "giá trị, hoặc nguyên văn con số"),
            ("value_key", "text", "org_id or folded value, for grouping", "khóa để gộp"),
            ("number_min", "float", "figure, lower bound", "con số, cận dưới"),
            ("number_max", "float", "figure, upper bound", "con số, cận trên"),
            ("unit", "text", "what is counted", "đơn vị đếm"),
            ("currency", "text", "ISO 4217", "đơn vị tiền"),
            ("qualifier", "text", "how the figure is meant", "ý nghĩa của con số", QUALIFIERS),
            ("claimant", "text", "who says so", "ai nói", CLAIMANTS),
            ("claim", "text", "how sure they are", "mức độ khẳng định", CLAIMS),
            ("preferred", "bool", "the value shown in incidents", "giá trị được dùng trong bảng sự cố"),
            ("score", "float", "how sure the program is, 0 to 1", "độ tin cậy, 0 đến 1"),
            _START,
            _END,
            ("quote", "text", "the passage itself: articles.text[start:end]", "nguyên văn đoạn trích"),
        ]
    ),
    "timeline": _columns(
        [
            _INCIDENT,
            ("phase", "text", "phase", "giai đoạn", PHASES),
            ("value", "text", "when (ISO 8601), empty if undated", "khi nào (ISO 8601), trống nếu không rõ"),
            _FIRST,
            _LAST,
            _GRANULARITY,
            _ARTICLE,
            _START,
            _END,
        ]
    ),
    "id_redirects": _columns(
        [
            ("old_id", "text", "an id that an incident had", "mã cũ của một sự cố"),
            ("new_id", "text", "the id of the incident it is part of now", "mã của sự cố nay chứa nó"),
            ("reason", "text", "why the id changed", "vì sao mã thay đổi"),
        ]
    ),
    "corrections": _columns(
        [
            ("target", "text", "what is corrected: an incident or an article", "đối tượng được đính chính: sự cố hoặc bài báo"),
            ("field", "text", "the column, or merge, split, withdraw", "cột được sửa, hoặc merge, split, withdraw"),
            ("value", "text", "what it shall say", "giá trị đúng"),
            ("reason", "text", "why", "lý do"),
            ("by", "text", "who says so", "người đính chính"),
            ("date", "text", "when it was said", "ngày đính chính"),
            ("incident_id", "text", "the incident that it changed; empty if none", "sự cố được sửa; trống nếu không có"),
        ]
    ),
    "rejects": _columns(
        [
            ("input", "text", "file or source", "tệp hoặc nguồn"),
            ("row", "int", "line or row, from 1", "dòng, từ 1"),
            ("article_id", "text", "the article, where known", "bài báo, nếu biết"),
            ("stage", "text", "where it failed", "khâu bị lỗi"),
            ("code", "text", "code of the message", "mã thông báo"),
            ("message", "text", "what went wrong and what to do", "lỗi gì và cách xử lý"),
        ]
    ),
}
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
# Several values in one cell, joined by "; "; allowed values hold for each.
LIST_COLUMNS = ("victims", "impersonated", "threat_actors", "responders", "authorities", "attack_types")
