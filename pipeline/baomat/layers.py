"""What the stages write on a spaCy ``Doc``: one home for every ``doc._`` attribute.

Records are the frozen dataclasses of :mod:`baomat.schema`, kept as they are in ``doc.user_data``. ``Doc.to_bytes`` and
``DocBin`` carry them too: srsly, with which spaCy writes, is told here how.

==================  ==========================================================================================
``doc._.published``      :class:`Published` or None; set it before the pipes run (``baomat.annotate`` does)
``doc._.sentences``      list of (start, end), half-open code points
``doc._.words``          list of ``Span``: underthesea's words
``doc._.orgs``           list of :class:`OrgMention`; the last stage puts them into ``doc.spans["orgs"]`` as token spans
``doc._.organizations``  dict of org_id to :class:`Organization`, of those that the text mentions
``doc._.dates``          list of :class:`DateMention`; likewise in ``doc.spans["dates"]``
``doc._.cyber_score``    how strongly the text is about cyber security, 0 to 1
``doc._.phases``         list of :class:`PhaseMention`
``doc._.incidents``      list of :class:`Incident`, the main one first
==================  ==========================================================================================
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import srsly
from spacy.language import Language
from spacy.tokens import Doc, Span

from .schema import DateMention, Fact, Incident, Organization, OrgMention, PhaseMention, Published, TimelineEntry

# ---------------------------------------------------------------- on the way to bytes and back
_KINDS: dict[str, Any] = {}


def packable(*kinds: type) -> None:
    """Tell srsly of dataclasses: what is of these kinds can be written in msgpack and comes back equal."""
    _KINDS.update((kind.__name__, kind) for kind in kinds)


packable(DateMention, Fact, Incident, Organization, OrgMention, PhaseMention, Published, TimelineEntry)


def pack(value: Any, chain: Callable[[Any], Any] | None = None) -> Any:
    """For msgpack: a record as ``{"baomat": name of its kind, "values": its fields}``, a day as ``{"baomat": "date", …}``."""
    if type(value).__name__ in _KINDS:
        return {"baomat": type(value).__name__, "values": [getattr(value, field.name) for field in dataclasses.fields(value)]}
    if isinstance(value, date):
        return {"baomat": "date", "values": value.isoformat()}
    return chain(value) if chain else value


def unpack(value: Any, chain: Callable[[Any], Any] | None = None) -> Any:
    """What :func:`pack` was given."""
    if isinstance(value, dict) and "baomat" in value:
        name, values = value["baomat"], value["values"]
        if name == "date":
            return date.fromisoformat(values)
        kinds = (str(field.type) for field in dataclasses.fields(_KINDS[name]))
        return _KINDS[name](*(_frozen(v) if kind.startswith("tuple") else v for v, kind in zip(values, kinds, strict=True)))
    return chain(value) if chain else value


def _frozen(value: Any) -> Any:
    """A list as the tuple that it was: msgpack knows no tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


srsly.msgpack_encoders.register("baomat", func=pack)
srsly.msgpack_decoders.register("baomat", func=unpack)


# ---------------------------------------------------------------- the attributes
_texts: WeakKeyDictionary[Doc, str] = WeakKeyDictionary()


def keep_text(doc: Doc, text: str) -> None:
    """Tell :func:`text_of` what the tokens were cut from."""
    _texts[doc] = text


def text_of(doc: Doc) -> str:
    """``doc.text``, which spaCy puts together from the tokens at every call: as it was cut, or put together once."""
    text = _texts.get(doc)
    if text is None:
        text = _texts[doc] = doc.text
    return text


def _kept(name: str, empty: Callable[[], Any], of: Callable[[Any], Any] = lambda value: value) -> dict[str, Callable[..., Any]]:
    """An attribute that is kept in ``doc.user_data`` under its name."""

    def get(doc: Doc) -> Any:
        return of(doc.user_data[name]) if name in doc.user_data else empty()

    def put(doc: Doc, value: Any) -> None:
        doc.user_data[name] = value

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


@Language.component("baomat_spans")
def spans(doc: Doc) -> Doc:
    """Set ``doc.spans["orgs"]`` and ``doc.spans["dates"]``, for whoever works on with spaCy; no other stage reads them."""
    for name, records in (("orgs", doc._.orgs), ("dates", doc._.dates)):
        doc.spans[name] = [_span(doc, record) for record in records]
    return doc


def _words(doc: Doc) -> list[Span]:
    starts = [i for i, flag in enumerate(doc.user_data.get("words", b"")) if flag]
    spans = (doc[start:end] for start, end in zip(starts, [*starts[1:], len(doc)], strict=False))
    return [span for span in spans if not span[0].is_space]


def register() -> None:
    """Define the ``doc._`` attributes; safe to call again."""
    attributes: dict[str, dict[str, Callable[..., Any]]] = {
        "published": _kept("published", lambda: None),
        "sentences": _kept("sentences", list, lambda spans: [(start, end) for start, end in spans]),
        "words": {"getter": _words},
        "cyber_score": _kept("cyber_score", float),
        "orgs": _kept("orgs", list),
        "organizations": _kept("organizations", dict),
        "dates": _kept("dates", list),
        "phases": _kept("phases", list),
        "incidents": _kept("incidents", list),
    }
    for name, functions in attributes.items():
        Doc.set_extension(name, force=True, **functions)


register()
