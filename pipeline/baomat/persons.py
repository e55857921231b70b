"""Names of natural persons, for those who ask for them (``--keep-names``): Vietnamese names that a word before or an age
behind shows to be a person's.

Nothing of baomat names a person otherwise. With the option, ``facts`` has rows of the fields ``person_accused``,
``person_victim`` and ``person`` (named, in whatever part), each with its sentence. An accusation is always ``claimed``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from . import lexicon
from .likeness import ECHO
from .results import ArticleResult
from .schema import Fact, Incident
from .text import fold, key

FIELDS = {"accused": "person_accused", "victim": "person_victim", "person": "person"}  # of facts, by kind
MOST_SYLLABLES = 5
_SYLLABLE = re.compile(r"[^\W\d_]+")
_INITIAL = re.compile(r" [^\W\d_a-z](?:\.[^\W\d_a-z])*\.(?!\w)")  # "Nguyễn Thị H."
_AGE = re.compile(r"\s?(?:\(|,\s?)(?:sn|sinh năm|sinh ngày|\d{1,2} tuổi)")  # of a text's key
_NEXT = re.compile(r"(?:\s?\([^()]{0,80}\))?(?:,|;|\s?và|\s?cùng(?: với)?)\s?(?:\d+ (?:đối tượng|bị can)\s?)?")
_REACH = 40  # characters before a name that are looked at


@dataclass(frozen=True, slots=True)
class Person:
    """A person named at ``[start, end)``; ``kind`` is one of ``FIELDS``."""

    start: int
    end: int
    name: str
    kind: str


def added(item: ArticleResult) -> ArticleResult:
    """The result of an article with the persons that its incidents name; where the text is not kept, as it is."""
    text = item.rows["articles"][0]["text"]
    if not text or all(incident.relation == ECHO for incident in item.incidents):
        return item
    orgs = [(org["start"], org["end"]) for org in item.rows["organization_mentions"]]
    told = {phase["sentence"] for phase in item.rows["phases"]}
    incidents = [replace(incident, facts=list(incident.facts)) for incident in _without(item.incidents)]
    for sentence in item.rows["sentences"]:
        start, end = sentence["start"], sentence["end"]
        for person in find(text[start:end], taken=[(first - start, last - start) for first, last in orgs]):
            for incident in _telling(incidents, start, end, main=sentence["sentence"] in told):
                incident.facts.append(_fact(person, text, start, end))
    return replace(item, incidents=[replace(incident, facts=_distinct(incident.facts)) for incident in incidents])


def without(item: ArticleResult) -> ArticleResult:
    """The result of an article without persons: for a run that was not asked to keep them, from a file that has them."""
    return replace(item, incidents=_without(item.incidents))


def _without(incidents: Iterable[Incident]) -> list[Incident]:
    named = set(FIELDS.values())
    return [replace(incident, facts=[fact for fact in incident.facts if fact.field not in named]) for incident in incidents]


def _telling(incidents: Sequence[Incident], start: int, end: int, *, main: bool) -> list[Incident]:
    """The incidents that a sentence tells of: those it gives evidence for, else the main one if it tells a phase at all."""
    found = []
    for incident in incidents:
        starts = [fact.start for fact in incident.facts] + [step.start for step in incident.timeline]
        if any(start <= place < end for place in starts):
            found.append(incident)
    return found or [incident for incident in incidents if main and incident.number == 0]


def _fact(person: Person, text: str, start: int, end: int) -> Fact:
    claim = "claimed" if person.kind == "accused" else "confirmed"
    quote, name = text[start:end], person.name
    return Fact(FIELDS[person.kind], name, start, end, quote, value_key=fold(name), claim=claim, preferred=True)


def _distinct(facts: Iterable[Fact]) -> list[Fact]:
    """Of a person the first passage of each field; none as merely named who is accused or a victim as well."""
    facts = list(facts)
    roles = {fact.value_key for fact in facts if fact.field in ("person_accused", "person_victim")}
    kept: dict[object, Fact] = {}
    for number, fact in enumerate(facts):
        if fact.field not in FIELDS.values():
            kept[number] = fact
        elif fact.field != "person" or fact.value_key not in roles:
            kept.setdefault((fact.field, fact.value_key), fact)
    return list(kept.values())


# ---------------------------------------------------------------- names in a sentence
def find(sentence: str, *, taken: Iterable[tuple[int, int]] = ()) -> list[Person]:
    """The persons that a sentence names.

    Parameters
    ----------
    sentence
        The text, in NFC.
    taken
        Spans of organizations: no person is named there.
    """
    keyed, spans = key(sentence), list(taken)
    found: list[Person] = []
    for start, end in _names(sentence, keyed):
        if any(start < last and first < end for first, last in spans):
            continue
        if kind := _kind(keyed, start, end, found[-1] if found else None):
            found.append(Person(start, end, sentence[start:end], kind))
    return found


def _names(sentence: str, keyed: str) -> Iterator[tuple[int, int]]:
    """A family name and the capitalised syllables behind it."""
    words = [(match.start(), match.end()) for match in _SYLLABLE.finditer(sentence)]
    reached = 0
    for i, (start, end) in enumerate(words):
        if start < reached or keyed[start:end] not in _surnames() or not _capital(sentence[start:end]):
            continue
        last = end
        for after, until in words[i + 1 : i + MOST_SYLLABLES]:
            initial = until == after + 1 and sentence[until : until + 1] == "."
            if sentence[last:after] != " " or not _capital(sentence[after:until]) or initial:
                break
            last = until
        if letter := _INITIAL.match(sentence, last):
            last = letter.end()
        if last > end:
            yield start, last
            reached = last


def _capital(word: str) -> bool:
    return word[0].isupper() and (word[1:].islower() or len(word) == 1)


def _kind(keyed: str, start: int, end: int, before: Person | None) -> str:
    """What is said of a name right before it, or behind it, or of the one it is listed with; empty where it may be none."""
    near = keyed[max(0, start - _REACH) : start]
    cue = _cues()[0].search(near)
    kind = _cues()[1][" ".join(cue[1].split())] if cue else ""
    aged = bool(_AGE.match(keyed, end))
    if before and _NEXT.fullmatch(keyed, before.end, start):
        kind = kind or before.kind
    if aged and not kind:  # "… đã bắt giữ hình sự đối với Phan Chí T. (23 tuổi)"
        accused = _accusing().search(keyed, before.end if before else 0, start)
        return "accused" if accused else "person"
    return kind


@cache
def _surnames() -> frozenset[str]:
    """Family names but those that are words before a name far more often ("Ông")."""
    rows = lexicon.read("org_surnames", ("surname",), unique=("surname",))
    return frozenset(key(row["surname"]) for row in rows) - _cues()[1].keys()


@cache
def _cues() -> tuple[re.Pattern[str], dict[str, str]]:
    """Cues at the end of a text, longest first, and the kind of each."""
    rows = lexicon.read("person_cues", ("kind", "words"))
    kinds = {key(word): row.one_of("kind", FIELDS) for row in rows for word in row.several("words")}
    words = "|".join(re.escape(word) for word in sorted(kinds, key=len, reverse=True))
    return re.compile(rf"(?<!\w)({words})(?: là)?:?[ \u00a0][“\"]?$"), kinds


@cache
def _accusing() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word, kind in _cues()[1].items() if kind == "accused" and " " not in word)
    return re.compile(rf"(?<!\w)(?:{words}|khởi tố|bắt giữ|bắt giam|tạm giam|tạm giữ|truy tố|bị cáo|bị can|đối tượng)(?!\w)")
