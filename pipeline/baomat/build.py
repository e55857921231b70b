"""Assemble the pipeline from ``config.cfg`` and run it on one article."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from . import datevalue, incident, layers, orgs, phases, tokenizer, words  # noqa: F401  (registers the components)
from .published import parse
from .schema import Article


def load(*, organizations: Path | str | None = None, exclude: Sequence[str] = ()) -> Language:
    """The baomat pipeline: a spaCy ``Language`` with the stages words, orgs, dates, phases, incidents, spans.

    Parameters
    ----------
    organizations
        A TSV file of your own that adds, renames, merges or blocks organizations (see ``baomat.aliases``).
    exclude
        Names of stages to leave out.

    Returns
    -------
    Language
        ``nlp(text)`` gives a ``Doc`` with the layers that :mod:`baomat.layers` lists; the text must be NFC.
    """
    config = spacy.util.load_config_from_str((files("baomat") / "config.cfg").read_text(encoding="utf-8"))
    if organizations:
        config["components"]["orgs"]["organizations"] = str(organizations)
    nlp = spacy.util.load_model_from_config(config, auto_fill=True, exclude=list(exclude))
    nlp.max_length = 2**31 - 1  # nothing here grows with the square of the text
    return nlp


def annotate(article: Article, nlp: Language) -> Doc:
    """Run the pipeline on an article, with its publication date known to the date stage.

    Returns
    -------
    Doc
        ``doc.text == article.full_text``; ``doc._.published`` is set.
    """
    return nlp(document(article, nlp))


def document(article: Article, nlp: Language) -> Doc:
    """The article as tokens with its publication date, before any stage has run."""
    doc = nlp.make_doc(article.full_text)
    doc._.published = parse(article.published, origin=article.published_from)
    return doc
