"""Over the articles of one run: repeated ones left out, revisions numbered, copies marked, papers named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import count
from urllib.parse import urlsplit

from . import lexicon
from . import text as texts
from .reader import Record, reject
from .schema import Article, Reject, digest

SHORTEST_BODY = 40  # folded characters: two shorter bodies that agree ("Ảnh: TTXVN") are not copies of one article
_SECTION = re.compile(r"\s+[-–|]\s+")


def distinct(items: Iterable[Record | Reject]) -> Iterator[Record | Reject]:
    """Leave out repeated articles, number revisions, mark copies.

    The same id with the same text again becomes a reject (B205). With another text it is a revision: it gets the id
    with ``#2``, ``#3`` … and ``revision_of`` names the version before it. ``near_duplicate_of`` names the first article
    with the same body, compared without case, diacritics and punctuation. Keeps some 300 bytes an article.
    """
    seen: set[int] = set()  # ids with texts
    newest: dict[str, str] = {}  # given id -> article_id of its newest version
    revisions: set[str] = set()
    bodies: dict[int, str] = {}  # body -> article_id of the first article with it
    for item in items:
        if isinstance(item, Reject):
            yield item
            continue
        article = item.article
        given = article_id = article.article_id
        version = _hash(f"{given}\0{article.full_text}")
        if version in seen:
            yield reject(item.input, item.row, "B205", article_id=given, stage="duplicate", id=given)
            continue
        seen.add(version)
        if given in newest or given in revisions:
            names = (f"{given}#{n}" for n in count(2))
            article_id = next(name for name in names if name not in newest and name not in revisions)
            revisions.add(article_id)
        revision_of = newest.get(given, "")
        newest[given] = article_id
        body = texts.fold(_body(article))
        first = bodies.setdefault(_hash(body), article_id) if len(body) >= SHORTEST_BODY else article_id
        yield replace(
            item,
            article_id=article_id,
            publisher=publisher_of(article),
            near_duplicate_of=first if first != article_id else "",
            revision_of=revision_of,
        )


def _body(article: Article) -> str:
    return article.text.removeprefix(article.title) if article.title else article.text


def _hash(text: str) -> int:
    return int(digest(text), 16)


def publisher_of(article: Article) -> str:
    """The paper: the source without its section ("VnExpress - Công Nghệ"), else the paper of the URL's host, else empty."""
    source = _SECTION.split(article.source.strip(), maxsplit=1)[0]
    return _by_host(source, source) if source else _by_host(_host(article.url), "")


def _host(url: str) -> str:
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


def _by_host(host: str, default: str) -> str:
    """The paper of a host or of the domain above it: "sohoa.vnexpress.net" is VnExpress."""
    labels = host.lower().split(".")
    for i in range(len(labels) - 1):
        if publisher := _publishers().get(".".join(labels[i:])):
            return publisher
    return default


@cache
def _publishers() -> dict[str, str]:
    rows = lexicon.read("publishers", ("host", "publisher"), unique=("host",))
    return {row["host"]: row["publisher"] for row in rows}
