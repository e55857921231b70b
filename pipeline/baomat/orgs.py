"""Organizations of one article: the names of the lexicon, of the name grammar, and those the article itself introduces.

``find`` is pure. It reads the text once from left to right (lexicon and grammar, the longer name wins), then brackets
("Bộ Công Thương (MOIT)"), then judges names that need a context, then finds every other occurrence of what it has found.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from . import text as texts
from .aliases import Alias, Lexicon, organizations
from .cues import introduced, judge, left_senses
from .linking import link
from .names import Name, Tokens, generic, head_at, heads, name_at, place_at, walk, word_kinds
from .schema import Organization, OrgMention, Published

_BRACKET = re.compile(r"\((?:(?:viết|gọi) tắt(?: là|:)?|tên (?:viết tắt|tiếng Anh)(?: là|:)?|còn gọi là|hay|tức)?\s*[\"“']?([^()\n,;:\"“”]{2,60})")
_ACRONYM = re.compile(r"[A-ZĐ][A-ZĐa-z0-9]*(?:[&./\- ]+[A-ZĐ0-9][A-ZĐa-z0-9]*){0,3}\Z")


def find(
    text: str,
    *,
    sentences: Sequence[tuple[int, int]],
    published: Published | None = None,
    lexicon: Lexicon | None = None,
) -> tuple[list[OrgMention], dict[str, Organization]]:
    """Find the organizations that a text names.

    Parameters
    ----------
    text
        The article, NFC; all offsets point into it.
    sentences
        Its sentences as half-open offsets, in order.
    published
        When it was published: decides between a body and its successor of the same name.
    lexicon
        The organizations known by name; the packaged ones if not given.

    Returns
    -------
    mentions, organizations
        The mentions in reading order, none overlapping another, with role "mentioned"; and the organization of every
        org_id that occurs, learned ones included.
    """
    lexicon = lexicon or organizations()
    tokens = Tokens(text)
    if not tokens.keys:
        return [], {}
    sure, unsure = _scan(tokens, lexicon)
    pairs = _brackets(tokens, sure, lexicon)
    sure = _repeat(tokens, _acting(tokens, judge(tokens, sure, unsure, lexicon)))
    entities = link(tokens, sure, pairs, published=published, lexicon=lexicon)
    starts = [start for start, _ in sentences]
    mentions = []
    for name, organization in zip(sure, entities, strict=True):
        start, end = tokens.starts[name.first], tokens.ends[name.last - 1]
        if organization.org_id in lexicon.blocked or texts.fold(text[start:end]) in lexicon.blocked:
            continue
        mentions.append(
            OrgMention(
                start,
                end,
                text[start:end],
                max(bisect_right(starts, start) - 1, 0),
                organization.org_id,
                organization.org_type,
                name.method,
                name.score,
            )
        )
    used = {mention.org_id for mention in mentions}
    return mentions, {entity.org_id: entity for entity in sorted(entities, key=lambda entity: entity.org_id) if entity.org_id in used}


# ---------------------------------------------------------------- one reading
def _scan(tokens: Tokens, lexicon: Lexicon) -> tuple[list[Name], list[Name]]:
    """All names by lexicon and grammar: those that are sure, and those that need a context."""
    sure: list[Name] = []
    unsure: list[Name] = []
    grammar, small, root = heads(), lexicon.small, lexicon.root
    keys, caps = tokens.keys, tokens.caps
    at = 0
    while at < len(keys):
        key = keys[at]
        if not (caps[at] or key in grammar or key in small) or (key not in root and key not in grammar):
            at += 1
            continue
        name = _best(tokens, at, lexicon) if _free(tokens, at) else None
        if name is None:
            at += 1
            continue
        (unsure if name.kind else sure).append(name)
        at = max(name.last, at + 1)
    return sure, unsure


def _best(tokens: Tokens, at: int, lexicon: Lexicon) -> Name | None:
    """The name at token ``at``: the longer of what the lexicon and the grammar see; of equals the one that is sure."""
    size, aliases = lexicon.longest(tokens.keys, tokens.words, tokens.gaps, at)
    found = name_at(tokens, at, lexicon)
    place, _ = place_at(tokens, at)
    if place > size or (place == size and not tokens.words[at].isupper()):
        size, aliases = 0, []
    kinds = {alias.kind for alias in aliases}
    kind = "" if "" in kinds else "?" if "?" in kinds else "~"
    last = at + size
    while size and last < len(tokens) and tokens.gaps[last - 1] == " " and tokens.caps[last] and "suffix" in word_kinds(tokens, last)[1]:
        last += 1
    if found is not None and _bounded(tokens, found.first, found.last):
        further = found.last > last and not _overrun(tokens, last, found)
        if not size or further or (found.last == last and (kind or found.first > at)):
            return found
    if not size or not _bounded(tokens, at, last) or _product(tokens, at, last, aliases[0], lexicon):
        return None
    ids = tuple(dict.fromkeys(alias.org_id for alias in aliases if alias.kind == kind))
    return Name(at, last, "lexicon", 0.95, lexicon.organizations[ids[0]].org_type, at, last, None, ids, kind)


def _overrun(tokens: Tokens, end: int, found: Name) -> bool:
    """Whether the grammar ran past a known name over "và" or a comma: "Bộ Công an và Truyền thông …"."""
    return end < len(tokens) and found.first < end and (tokens.gaps[end - 1] != " " or tokens.keys[end] in ("và", "về"))


def _free(tokens: Tokens, at: int) -> bool:
    """Whether a name may begin here: not inside an address, not glued to what stands before."""
    start = tokens.starts[at]
    return start == 0 or tokens.text[start - 1] not in "@/._\\"


def _bounded(tokens: Tokens, first: int, last: int) -> bool:
    """Whether a name may end here: "Booking.com", "FBI_x" and "F-16" are no names."""
    end, text = tokens.ends[last - 1], tokens.text
    after, next_one = text[end : end + 1], text[end + 1 : end + 2]
    if after in ("@", "_", "\\"):
        return False
    if after == "." and next_one.isalnum() and not next_one.isupper():
        return False
    return not (after == "-" and next_one.isdigit() and last - first == 1)


def _product(tokens: Tokens, first: int, last: int, alias: Alias, lexicon: Lexicon) -> bool:
    """Whether a brand only opens the name of a product: "Google Gemini", "Microsoft Word", "Boeing 737"."""
    organization = lexicon.organizations[alias.org_id]
    if organization.org_type not in ("company", "telecom", "security_firm") or last >= len(tokens) or tokens.gaps[last - 1] != " ":
        return False
    if tokens.keys[last].isdigit():
        return len(tokens.keys[last]) > 2 and organization.country != "VN"
    if not tokens.caps[last] or not tokens.foreign(last) or place_at(tokens, last)[0]:
        return False
    if lexicon.longest(tokens.keys, tokens.words, tokens.gaps, last)[0]:
        return False
    person = last + 1 < len(tokens) and tokens.gaps[last] == " " and tokens.caps[last + 1] and tokens.foreign(last + 1)
    return not (person and "title" in left_senses(tokens, first))


# ---------------------------------------------------------------- brackets
def _brackets(tokens: Tokens, sure: list[Name], lexicon: Lexicon) -> list[tuple[Name, Name]]:
    """Read "X (Y)": adds the names that only a bracket shows to ``sure``; returns the pairs that may be one organization."""
    pairs = []
    ends = {tokens.ends[name.last - 1]: name for name in sure}
    begins = {name.first: name for name in sure}
    for match in _BRACKET.finditer(tokens.text):
        inner_first = tokens.at_start.get(match.start(1))
        if inner_first is None:
            continue
        content = match[1].rstrip()
        before = tokens.text[: match.start()].rstrip(' "”\'')
        left = ends.get(len(before))
        right = begins.get(inner_first)
        inner_last = inner_first + len(_tokens_in(tokens, inner_first, match.start(1) + len(content)))
        if right is None and _ACRONYM.match(content) and _nameable(tokens, inner_first, inner_last, content):
            if left is None and sum(char.isupper() for char in content) > 1:
                left = _long_form(tokens, len(before), inner_first, lexicon)
                if left is not None:
                    _insert(sure, left)
            if left is not None:
                right = Name(inner_first, inner_last, "parenthesis", 0.85, left.org_type, inner_first, inner_last)
                _insert(sure, right)
        elif right is not None and left is None and right.last == inner_last and right.last - right.first == 1 and content.isupper():
            left = _long_form(tokens, len(before), inner_first, lexicon)
            if left is not None:
                _insert(sure, left)
        if left is not None and right is not None and left is not right:
            pairs.append((left, right))
    return pairs


def _tokens_in(tokens: Tokens, first: int, end: int) -> range:
    last = first
    while last < len(tokens) and tokens.ends[last] <= end:
        last += 1
    return range(first, last)


def _nameable(tokens: Tokens, first: int, last: int, content: str) -> bool:
    return (
        last > first
        and not place_at(tokens, first)[0]
        and " ".join(tokens.keys[first:last]) not in generic()
        and not head_at(tokens, first)[0]
        and any(not key.isdigit() for key in tokens.keys[first:last])
        and (content.isupper() or any(tokens.foreign(step) for step in range(first, last)))
    )


def _long_form(tokens: Tokens, end: int, limit: int, lexicon: Lexicon) -> Name | None:
    """The long form before "(ABC)" that the grammar did not take for a name: back to the nearest head noun."""
    last = tokens.at_end.get(end)
    if last is None:
        return None
    for first in range(last, max(last - 14, -1), -1):
        if first < last and tokens.gaps[first] not in (" ", "-", " - ", "/", "'") and tokens.gaps[first] != ", ":
            return None
        if tokens.keys[first] in _CLAUSE:
            return None
        size, head = walk(heads(), tokens, first)
        if size and first + size <= last and head.lower in ("keep", "no") and head.follow != "brand":  # type: ignore[attr-defined]
            return Name(first, last + 1, "parenthesis", 0.7, head.org_type, first + size, last + 1, head)  # type: ignore[attr-defined, arg-type]
    return None


_CLAUSE = frozenset("là bị đã có cho được do với tại trong khi rằng này đó những các một theo của".split())


def _insert(names: list[Name], name: Name) -> None:
    if all(name.last <= other.first or name.first >= other.last for other in names):
        names.append(name)
        names.sort(key=lambda entry: entry.first)


def _acting(tokens: Tokens, names: list[Name]) -> list[Name]:
    """Without the airports that are only a place where something happens ("bị bắt tại sân bay JFK")."""
    airports: dict[tuple[str, ...], bool] = {}
    for name in names:
        if name.head is not None and name.head.head == "sân bay":
            core = tuple(tokens.keys[name.core : name.last])
            before = tokens.keys[name.first - 1] if name.first else ""
            airports[core] = airports.get(core, False) or before not in _WHERE
    acting = [core for core, acts in airports.items() if acts]
    return [
        name
        for name in names
        if name.head is None or name.head.head != "sân bay" or tuple(tokens.keys[name.core : name.last]) in acting
    ]


_WHERE = frozenset("tại ở đến từ về vào rời gần ra tới quanh qua trong ngoài xuống".split())


# ---------------------------------------------------------------- every other occurrence
def _repeat(tokens: Tokens, names: list[Name]) -> list[Name]:
    """Add what lists and the wording introduce, then every occurrence of the found surfaces, longest first."""
    taken = [False] * len(tokens)
    found: list[Name] = []

    def take(name: Name) -> None:
        taken[name.first : name.last] = [True] * (name.last - name.first)
        found.append(name)

    for name in names:
        take(name)
    for name in (*_listed(tokens, names, taken), *introduced(tokens, taken)):
        if not any(taken[name.first : name.last]):
            take(name)
    models: dict[str, Name] = {}
    for name in found:
        for surface in _surfaces(tokens, name):
            models.setdefault(surface, name)
    for surface in sorted(models, key=lambda surface: (-len(surface), surface)):
        at = tokens.text.find(surface)
        while at >= 0:
            first, final = tokens.at_start.get(at), tokens.at_end.get(at + len(surface))
            if first is not None and final is not None and not any(taken[first : final + 1]):
                if _free(tokens, first) and _bounded(tokens, first, final + 1):
                    take(_copy(models[surface], first, final + 1))
            at = tokens.text.find(surface, at + 1)
    return sorted(found, key=lambda name: name.first)


def _copy(model: Name, first: int, last: int) -> Name:
    whole = last - first == model.last - model.first
    core = first + model.core - model.first if whole else first
    return Name(first, last, "learned", min(model.score, 0.85), model.org_type, core, last, model.head if whole else None, model.org_ids if whole else ())


def _surfaces(tokens: Tokens, name: Name) -> list[str]:
    """The surface of a name and the short forms that may stand for it: "BAE" of "BAE Systems", "Toà Trọng tài" of
    "Toà Trọng tài Thường trực"."""
    text, start = tokens.text, tokens.starts[name.first]
    surfaces = [text[start : tokens.ends[name.last - 1]]]
    if name.last - name.first > 1:
        first = tokens.words[name.first]
        suffixed = "suffix" in word_kinds(tokens, name.last - 1)[1] and name.last - name.first == 2
        if name.head is None and suffixed and len(first) > 2 and (first.isupper() or tokens.foreign(name.first)):
            surfaces.append(first)
    for last in range(name.first + 3, name.last - 1):
        if tokens.caps[last] and tokens.gaps[last - 1] == " " and name.head is None and tokens.caps[name.first] and not tokens.foreign(name.first):
            surfaces.append(text[start : tokens.ends[last - 1]])
    if name.head is not None and name.head.follow == "brand" and name.core_end - name.core > 1:
        surfaces.append(text[tokens.starts[name.core] : tokens.ends[name.core_end - 1]])
    return surfaces


def _listed(tokens: Tokens, names: list[Name], taken: Sequence[bool]) -> list[Name]:
    """Bare names after a head that covers a list: "sân bay Nội Bài, Tân Sơn Nhất", "hãng Telefónica, MegaFon và FedEx"."""
    extra = []
    for name in names:
        if name.head is None or not (name.head.head == "sân bay" or name.head.follow == "brand"):
            continue
        last = name.last
        while last < len(tokens):
            first = last + 1 if tokens.keys[last] in ("và", "hay", "hoặc") else last
            if (first == last and tokens.gaps[last - 1] != ", ") or first >= len(tokens) or not tokens.caps[first] or taken[first]:
                break
            if place_at(tokens, first)[0] and place_at(tokens, first)[1].kind != "area":  # type: ignore[union-attr]
                break
            end = first + 1
            while end < len(tokens) and tokens.caps[end] and tokens.gaps[end - 1] == " ":
                end += 1
            if name.head.follow == "brand" and not (end == first + 1 and tokens.foreign(first) and _list_goes_on(tokens, end)):
                break
            extra.append(Name(first, end, "learned:list", 0.8, name.org_type, first, end, name.head if name.head.follow != "brand" else None))
            last = end
    return extra


def _list_goes_on(tokens: Tokens, at: int) -> bool:
    return at < len(tokens) and (tokens.keys[at] in ("và", "hay", "hoặc") or (tokens.gaps[at - 1] == ", " and tokens.caps[at]))


# ---------------------------------------------------------------- spaCy
@Language.factory("baomat_orgs", default_config={"organizations": ""})
def create(nlp: Language, name: str, organizations: str) -> OrgFinder:
    """The component of the pipeline; ``organizations`` is the path of the user's file, or empty."""
    return OrgFinder(organizations)


class OrgFinder:
    """Sets ``doc._.orgs`` (mentions) and ``doc._.organizations`` (by org_id)."""

    def __init__(self, user: str = "") -> None:
        self.user = Path(user) if user else None
        for attribute in ("orgs", "organizations", "sentences", "published"):
            if not Doc.has_extension(attribute):
                Doc.set_extension(attribute, default=None)

    def __call__(self, doc: Doc) -> Doc:
        doc._.orgs, doc._.organizations = find(
            doc.text, sentences=doc._.sentences, published=doc._.published, lexicon=organizations(self.user)
        )
        return doc
