"""Over the articles of one run: repeated ones left out, revisions numbered, copies marked, papers named."""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from itertools import count
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from . import lexicon
from . import text as texts
from .reader import Record, reject
from .schema import Article, Reject, digest

SHORTEST_BODY = 10  # syllables: two shorter bodies that agree ("Ảnh: TTXVN") are not copies of one article
SHINGLE = 5  # syllables in a row that are compared
BANDS, BAND = 10, 4  # parts of a sketch, each of so many minima; bodies that share a part are compared
SAME = 0.7  # share of its runs of syllables that a body has in common with the one that it is a copy of
_STEP = np.uint64(0x9E3779B97F4A7C15)  # an odd number of many bits: the order of the syllables counts
_SYLLABLE = re.compile(r"\w+")
_SECTION = re.compile(r"\s+[-–|]\s+")


def distinct(items: Iterable[Record | Reject]) -> Iterator[Record | Reject]:
    """Leave out repeated articles, number revisions, mark copies.

    The same id with the same text again becomes a reject (B205). With another text it is a revision: it gets the id
    with ``#2``, ``#3`` … and ``revision_of`` names the version before it. ``near_duplicate_of`` names the first article
    with nearly the same body (agency copy, several feeds of one paper), compared without case, diacritics and
    punctuation. Keeps some 530 bytes an article.
    """
    seen: set[int] = set()  # ids with texts
    newest: dict[str, str] = {}  # given id -> article_id of its newest version
    revisions: set[str] = set()
    copies = Copies()
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
        sketched = sketch(_body(article))
        first = copies.first(article_id, sketched)
        yield replace(
            item,
            article_id=article_id,
            publisher=publisher_of(article),
            near_duplicate_of=first if first != article_id else "",
            revision_of=revision_of,
            sketch=sketched,
        )


# ---------------------------------------------------------------- near-duplicates
@cache
def _masks() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    draw = np.random.Generator(np.random.PCG64(1))
    masks, factors = draw.integers(0, 2**64, (2, BANDS * BAND), dtype=np.uint64, endpoint=False)
    return masks, factors | np.uint64(1)


@lru_cache(maxsize=1 << 16)  # most come again and again
def _syllable(word: str) -> int:
    return zlib.crc32(texts.fold(word).encode())


def sketch(body: str) -> str:
    """What a body is compared by: the least hashes of its runs of syllables (MinHash), in hexadecimal; empty if it is short."""
    syllables = np.fromiter(map(_syllable, _SYLLABLE.findall(body.lower())), np.uint64)
    n = len(syllables) - SHINGLE + 1
    if len(syllables) < SHORTEST_BODY:
        return ""
    runs = np.zeros(n, np.uint64)
    for i in range(SHINGLE):
        runs = runs * _STEP + syllables[i : i + n]
    masks, factors = _masks()
    least = np.full(BANDS * BAND, 2**64 - 1, np.uint64)
    for start in range(0, n, 1024):
        part = (runs[start : start + 1024, None] ^ masks) * factors
        least = np.minimum(least, part.min(axis=0))
    return (least >> np.uint64(32)).astype(">u4").tobytes().hex()


class Copies:
    """The bodies of the articles so far, but for copies of one before. Some 350 bytes each, and their ids."""

    def __init__(self) -> None:
        self._parts = [_Places() for _ in range(BANDS)]  # part of a sketch -> its first article
        self._ids: list[str] = []
        self._sketches = bytearray()

    def first(self, article_id: str, sketched: str) -> str:
        """The id of the first article with nearly the same body; its own id if there is none."""
        if not sketched:
            return article_id
        data = bytes.fromhex(sketched)
        width = 4 * BAND
        keys = [zlib.crc32(data[i * width : (i + 1) * width]) for i in range(BANDS)]
        found = (part.get(key) for part, key in zip(self._parts, keys, strict=True))
        for place in sorted({place for place in found if place is not None}):
            if _agreement(data, self._sketches[place * len(data) : (place + 1) * len(data)]) >= SAME:
                return self._ids[place]
        for part, key in zip(self._parts, keys, strict=True):
            part.setdefault(key, len(self._ids))
        self._ids.append(article_id)
        self._sketches += data
        return article_id


class _Places:
    """A dict of 32-bit numbers in a fifth of the memory: open addressing in two arrays, at most two thirds full."""

    def __init__(self) -> None:
        self._n = 0
        self._keys, self._values = _zeros(1024), _zeros(1024)  # a value is kept as one more: 0 is free

    def get(self, key: int) -> int | None:
        """The value of a key, if it has one."""
        value = self._values[self._slot(key)]
        return value - 1 if value else None

    def setdefault(self, key: int, value: int) -> None:
        """Give a key a value, if it has none."""
        slot = self._slot(key)
        if self._values[slot]:
            return
        self._keys[slot], self._values[slot] = key, value + 1
        self._n += 1
        if 3 * self._n > 2 * len(self._keys):
            self._grow()

    def _slot(self, key: int) -> int:
        """Where a key is, or would be."""
        last = len(self._keys) - 1
        slot = key & last
        while self._values[slot] and self._keys[slot] != key:
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        old = zip(self._keys, self._values, strict=True)
        size = 2 * len(self._keys)
        self._keys, self._values = _zeros(size), _zeros(size)
        for key, value in old:
            if value:
                slot = self._slot(key)
                self._keys[slot], self._values[slot] = key, value


def _zeros(n: int) -> array[int]:
    return array("I", bytes(4 * n))


def _agreement(first: bytes, second: bytes | bytearray) -> float:
    """The share of minima that two sketches have in common: about the share of runs that the bodies have."""
    return float((np.frombuffer(first, ">u4") == np.frombuffer(second, ">u4")).mean())


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
