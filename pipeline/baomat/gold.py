"""Annotated articles to measure against: reading them, and where in the text their annotations lie.

Gold is a folder of marked texts (:mod:`baomat.goldfile`) or a JSONL file, one article a line: ``id``, ``title``, ``text``
(the title on its first line), ``published``, ``orgs`` (surface, canon), ``dates`` (surface, value, in reading order),
``sents`` (sentence number, phases), ``spans`` (the sentences; cut anew where absent) and ``incident`` (null where the
article tells none).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from .errors import BaomatError
from .goldfile import read_folder
from .schema import Article
from .words import sentence_spans

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Gold:
    """One annotated article. Spans are half-open code points into ``article.full_text``."""

    article: Article
    sentences: list[Span]
    orgs: dict[Span, str]  # every mention -> the agreed name of its organization
    canons: dict[str, set[str]]  # agreed name -> the written forms
    dates: list[tuple[Span, str]]  # with their ISO values, in reading order
    phases: dict[int, set[str]]  # sentence number -> phases
    incident: dict[str, Any] | None

    @property
    def id(self) -> str:
        return self.article.article_id

    @property
    def text(self) -> str:
        return self.article.full_text


def side_of(group: str) -> str:
    """The side of an incident: train, validation or test (60/20/20), by a hash of its group.

    All articles of one incident stand on one side; the test side is for measuring alone.
    """
    share = int(sha256(group.encode()).hexdigest()[:8], 16) % 10
    return "test" if share < 2 else "validation" if share < 4 else "train"


def read(path: Path | str, *, side: str | None = None) -> list[Gold]:
    """Read a gold file, or a folder of marked texts, of these only one side (see :func:`side_of`) if asked for.

    Raises
    ------
    BaomatError
        B101 if there is no such file; B601 with the line number where something is no gold article.
    """
    path = Path(path)
    if path.is_dir():
        found = [from_record(record) for record in read_folder(path) if side in (None, side_of(record["group"]))]
    elif path.is_file():
        with path.open(encoding="utf-8") as lines:
            found = [_parse(line, where=f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    else:
        raise BaomatError("B101", path=path)
    if not found:
        raise BaomatError("B601", path=path, problem="it holds no gold article.")
    return found


def _parse(line: str, *, where: str) -> Gold:
    try:
        return from_record(json.loads(line))
    except (KeyError, TypeError, AttributeError) as error:
        raise BaomatError("B601", path=where, problem=f"not a gold article: {type(error).__name__} {error}.") from error
    except ValueError as error:
        raise BaomatError("B601", path=where, problem=f"{error}.") from error


def from_record(record: dict[str, Any]) -> Gold:
    """A gold article from the fields of one line.

    Raises
    ------
    ValueError
        If the program would see another text than the one that was annotated, or an annotation is not in the text.
    """
    text = record["text"]
    article = Article(text, record.get("title") or "", str(record["id"]), published=record.get("published"))
    if article.full_text != text:
        raise ValueError(f"{record['id']}: text must be in Unicode NFC and begin with the title")
    canon = {org["surface"]: org["canon"] for org in record["orgs"]}
    canons: dict[str, set[str]] = {}
    for surface, name in canon.items():
        canons.setdefault(name, set()).add(surface)
    return Gold(
        article=article,
        sentences=[(start, end) for start, end in record.get("spans") or sentence_spans(text)],
        orgs={(start, end): canon[text[start:end]] for start, end in occurrences(text, canon)},
        canons=canons,
        dates=in_order(text, [(date["surface"], date["value"]) for date in record["dates"]]),
        phases={sentence["i"]: set(sentence["phases"]) for sentence in record["sents"]},
        incident=record.get("incident"),
    )


def occurrences(text: str, surfaces: Iterable[str]) -> list[Span]:
    """Every whole-word occurrence of the surfaces, in reading order; where two overlap, the longer one."""
    taken: set[int] = set()
    spans: list[Span] = []
    for surface in sorted(set(surfaces), key=lambda surface: (-len(surface), surface)):
        start = text.find(surface)
        while start >= 0:
            place = range(start, start + len(surface))
            if _whole_word(text, place) and taken.isdisjoint(place):
                taken.update(place)
                spans.append((place.start, place.stop))
            start = text.find(surface, start + 1)
    return sorted(spans)


def _whole_word(text: str, place: range) -> bool:
    """Neither edge of the place runs through a word."""
    return not any(text[edge - 1 : edge].isalnum() and text[edge : edge + 1].isalnum() for edge in (place.start, place.stop))


def in_order(text: str, dates: Iterable[tuple[str, str]]) -> list[tuple[Span, str]]:
    """The places of (surface, value) pairs listed in reading order: each is searched for after the one before it."""
    found: list[tuple[Span, str]] = []
    position = 0
    for surface, value in dates:
        start = text.find(surface, position)
        if start < 0:
            start = text.find(surface)
        if start >= 0:
            position = start + len(surface)
            found.append(((start, position), value))
    return found
