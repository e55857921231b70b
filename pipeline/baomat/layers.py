"""What the stages write on a spaCy ``Doc``: one home for every ``doc._`` attribute.

Records are kept in ``doc.user_data`` as plain lists, so that ``Doc.to_bytes`` and ``DocBin`` carry them, and come out as
the frozen dataclasses of :mod:`baomat.schema`.

==================  ==========================================================================================
``doc._.published``      :class:`Published` or None; set it before the pipes run (``baomat.annotate`` does)
``doc._.sentences``      list of (start, end), half-open code points
``doc._.words``          list of ``Span``: underthesea's words
``doc._.orgs``           list of :class:`OrgMention`; ``doc.spans["orgs"]`` holds the same as token spans
``doc._.organizations``  dict of org_id to :class:`Organization`, of those that the text mentions
``doc._.dates``          list of :class:`DateMention`; ``doc.spans["dates"]`` holds the same as token spans
``doc._.cyber_score``    how strongly the text is about cyber security, 0 to 1
``doc._.phases``         list of :class:`PhaseMention`
``doc._.incidents``      list of :class:`Incident`, the main one first
==================  ==========================================================================================
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from spacy.tokens import Doc, Span

from .schema import DateMention, Fact, Incident, Organization, OrgMention, PhaseMention, Published, TimelineEntry

_DAYS = ("first_day", "last_day")


def encode(record: Any) -> list[Any]:
    """A record as a list of plain values, in the order of its fields."""
    return [_plain(getattr(record, name)) for name in _names(type(record))]


_FIELDS: dict[type[Any], tuple[str, ...]] = {}  # names of the fields of every kind of record


def _names(kind: type[Any]) -> tuple[str, ...]:
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in dataclasses.fields(kind))
    return _FIELDS[kind]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        return encode(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def decode(kind: type[Any], values: Iterable[Any]) -> Any:
    """The record that :func:`encode` wrote."""
    record = dict(zip(_names(kind), values, strict=True))
    for name in _DAYS:
        if record.get(name):
            record[name] = date.fromisoformat(record[name])
    if kind is Organization:
        record["aliases"] = tuple((alias, origin) for alias, origin in record["aliases"])
    if kind is Incident:
        record["facts"] = [decode(Fact, fact) for fact in record["facts"]]
        record["timeline"] = [decode(TimelineEntry, entry) for entry in record["timeline"]]
    return kind(**record)


def _list_of(kind: type[Any], name: str, *, group: bool = False) -> dict[str, Callable[..., Any]]:
    def get(doc: Doc) -> list[Any]:
        return [decode(kind, values) for values in doc.user_data.get(name, ())]

    def put(doc: Doc, records: list[Any]) -> None:
        doc.user_data[name] = [encode(record) for record in records]
        if group:
            doc.spans[name] = [_span(doc, record) for record in records]

    return {"getter": get, "setter": put}


def _span(doc: Doc, record: OrgMention | DateMention) -> Span:
    """The token span of a mention; a mention inside a token ("NộiBộ Công an") takes the whole token."""
    if isinstance(record, OrgMention):
        label, key = record.org_type, record.org_id
    else:
        label, key = "DATE", record.value
    span = doc.char_span(record.start, record.end, label=label, span_id=key, alignment_mode="expand")
    assert span is not None
    return span


def _published(doc: Doc) -> Published | None:
    values = doc.user_data.get("published")
    return decode(Published, values) if values else None


def _set_published(doc: Doc, published: Published | None) -> None:
    doc.user_data["published"] = encode(published) if published else None


def _organizations(doc: Doc) -> dict[str, Organization]:
    return {values[0]: decode(Organization, values) for values in doc.user_data.get("organizations", ())}


def _set_organizations(doc: Doc, organizations: dict[str, Organization]) -> None:
    doc.user_data["organizations"] = [encode(organization) for organization in organizations.values()]


def _sentences(doc: Doc) -> list[tuple[int, int]]:
    return [(start, end) for start, end in doc.user_data.get("sentences", ())]


def _words(doc: Doc) -> list[Span]:
    starts = [i for i, flag in enumerate(doc.user_data.get("words", b"")) if flag]
    spans = (doc[start:end] for start, end in zip(starts, [*starts[1:], len(doc)], strict=False))
    return [span for span in spans if not span[0].is_space]


def _cyber_score(doc: Doc) -> float:
    return float(doc.user_data.get("cyber_score", 0.0))


def _set_cyber_score(doc: Doc, score: float) -> None:
    doc.user_data["cyber_score"] = score


def register() -> None:
    """Define the ``doc._`` attributes; safe to call again."""
    attributes: dict[str, dict[str, Callable[..., Any]]] = {
        "published": {"getter": _published, "setter": _set_published},
        "sentences": {"getter": _sentences},
        "words": {"getter": _words},
        "cyber_score": {"getter": _cyber_score, "setter": _set_cyber_score},
        "orgs": _list_of(OrgMention, "orgs", group=True),
        "organizations": {"getter": _organizations, "setter": _set_organizations},
        "dates": _list_of(DateMention, "dates", group=True),
        "phases": _list_of(PhaseMention, "phases"),
        "incidents": _list_of(Incident, "incidents"),
    }
    for name, functions in attributes.items():
        Doc.set_extension(name, force=True, **functions)


register()
