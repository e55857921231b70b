"""The tables of the sample articles, extracted once for the tests of outputs and search."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from baomat import Article, extract, reader
from baomat.frames import Tables

FOLDER = Path(__file__).parents[1] / "data" / "articles"


@cache
def tables() -> Tables:
    """All tables of ``data/articles``; treat them as read-only."""
    return extract(item for item in reader.read([FOLDER]) if isinstance(item, Article))


@cache
def names() -> dict[str, str]:
    """Name of the file of every article, by article_id."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        found |= {item.article_id: path.stem for item in reader.read([path]) if isinstance(item, Article)}
    return found
