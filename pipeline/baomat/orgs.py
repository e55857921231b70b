"""Organizations of one article: the names of the lexicon, of the name grammar, and those the article itself introduces.

``find`` is pure. It reads the text once from left to right (lexicon and grammar, the longer name wins), lets the tagger add
the names that neither knows, then reads brackets ("Bộ Công Thương (MOIT)"), judges names that need a context, and finds
every other occurrence of what it has found.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from spacy.language import Language
from spacy.tokens import Doc

from . import aliases, brackets, cues, lists, tagger, tagrules
from . import text as texts
from .edges import mended
from .layers import text_of
from .linking import link
from .marks import HEAD, KNOWN
from .names import chained, name_at
from .orgwords import COMPANY, closed, heads, surnames
from .schema import Organization, OrgMention, Published
from .surface import Name, Offsets, Tokens

_POSTS = ("title", "person", "org", "quote", "source")  # wording before somebody of the organization
_THINGS = frozenset(("event", "site"))  # kinds of words that end names of other things
_FARTHEST = 5  # capitals between a name and such a word
_MODEL = re.compile(r" ?-\d{2,}(?![.,]?\d)")  # "S-400", and "S -400" of put-together corpora


def find(
    text: str,
    *,
    sentences: Sequence[tuple[int, int]],
    published: Published | None = None,
    lexicon: aliases.Lexicon | None = None,
    words: Offsets | None = None,
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
    words
        Where a word begins (underthesea's), as offsets. With it the tagger looks for the names that no list has; without
        it lexicon and grammar are alone.

    Returns
    -------
    mentions, organizations
        The mentions in reading order, none overlapping another, with role "mentioned"; and the organization of every
        org_id that occurs, learned ones included.
    """
    lexicon = lexicon or aliases.organizations()
    tokens = Tokens(text, lexicon)
    if words is not None:
        tokens.cut_at(words)
    sure, unsure = scan(tokens)
    if words is not None:
        sure, unsure = tagger.extend(tokens, sure, unsure)
    pairs = brackets.read(tokens, sure)
    strict = not tagrules.at_home(tokens)
    admitted = cues.judge(tokens, sure, unsure, strict=strict)
    kept = {id(name) for name in admitted}
    refused = {at for name in (*sure, *unsure) if id(name) not in kept for at in range(name.first, name.last)}
    listed = sorted([*admitted, *lists.listed(tokens, admitted)], key=lambda name: name.first)
    sure = _repeat(tokens, lists.acting(tokens, listed, strict=strict), refused, strict=strict)
    entities = link(tokens, sure, pairs, published=published)
    sentence_starts = [start for start, _ in sentences]
    mentions: list[OrgMention] = []
    organizations: dict[str, Organization] = {}
    for name, organization in zip(sure, entities, strict=True):
        start, end = tokens.starts[name.first], tokens.ends[name.last - 1]
        if lexicon.blocked and (organization.org_id in lexicon.blocked or texts.fold(text[start:end]) in lexicon.blocked):
            continue
        sentence = max(bisect_right(sentence_starts, start) - 1, 0)
        mentions.append(
            OrgMention(start, end, text[start:end], sentence, organization.org_id, organization.org_type, name.method, name.score)
        )
        organizations[organization.org_id] = organization
    return mentions, dict(sorted(organizations.items()))


# ---------------------------------------------------------------- one reading
def scan(tokens: Tokens) -> tuple[list[Name], list[Name]]:
    """All names by lexicon and grammar: those that are sure, and those that need a context."""
    sure: list[Name] = []
    unsure: list[Name] = []
    last = 0
    for at in _openings(tokens):
        name = _best(tokens, at) if at >= last and _free(tokens, at) else None
        if name is not None:
            last = name.last
            name = mended(tokens, name)
        if name is not None:
            (unsure if name.kind else sure).append(name)
            last = name.last
    return sure, unsure


def _openings(tokens: Tokens) -> list[int]:
    """The tokens where a head noun or a name of the lexicon may begin, in order."""
    return sorted({*tokens.opening(heads(), HEAD), *tokens.opening(tokens.lexicon.root, KNOWN)})


def _best(tokens: Tokens, at: int) -> Name | None:
    """The name at token ``at``: the longer of what the lexicon and the grammar see; of equals the one that is sure."""
    size, known = tokens.known(at)
    found = name_at(tokens, at)
    if not size and found is None:
        return None
    place, _ = tokens.place(at)
    if place > size or (place == size and not tokens.words[at].isupper()):
        size, known = 0, []
    kinds = {alias.kind for alias in known}
    kind = "" if "" in kinds else "?" if "?" in kinds else "~"
    last = at + size
    while size and tokens.capital(last) and "suffix" in tokens.kinds(last)[1]:
        last += 1
    if found is not None and _bounded(tokens, found.first, found.last):
        further = not size or (found.last > last and not _overrun(tokens, last, found))
        if further or (found.last == last and (kind or _bare(tokens, at, found))):
            return found
    ids = tuple(dict.fromkeys(alias.org_id for alias in known if alias.kind == kind))
    spelled = size == 2 and tokens.gaps[at] == " " and len(tokens.words[at]) == 1 == len(tokens.words[at + 1])
    if not size or spelled or not _bounded(tokens, at, last) or _product(tokens, at, last, ids[0]):
        return None
    org_type = tokens.lexicon.organizations[ids[0]].org_type
    if not kind and org_type in ("government", "police_military"):
        last = chained(tokens, last)  # "A05 Bộ Công an"
    return Name(at, last, "lexicon", 0.95, org_type, at, last, None, ids, kind)


def _bare(tokens: Tokens, at: int, found: Name) -> bool:
    """Whether the grammar has left out the head at token ``at`` before what is a name without it: "Đài BBC"."""
    one = found.last - found.first == 1
    foreign = any(map(tokens.foreign, range(found.first, found.last)))
    paper = found.org_type == "media" and tokens.known(found.first)[0] == found.last - found.first
    return found.first > at and (one or foreign or paper)


def _overrun(tokens: Tokens, end: int, found: Name) -> bool:
    """Whether the grammar ran past a known name: over "và" or a comma, or into another known name."""
    if end >= tokens.size or found.first >= end:
        return False
    if any(at + tokens.word(at) > end for at in range(max(found.core, end - 3), end)):
        return False  # the known name ends within a word: "Bộ Giao thông - Vận tải"
    rest = range(end, found.last)
    foreign = all(tokens.capital(at) and tokens.foreign(at) and not tokens.words[at].isupper() for at in rest)
    if found.org_type == "association_intl" and foreign and len(rest) > 1 and not tokens.place(end)[0]:
        return True  # "Liên Hợp Quốc" + "Nikki Haley"
    number = tokens.keys[end] == "số" or tokens.keys[end].isdigit()
    if not any(tokens.caps[end : found.last]) and not tokens.word(end) and tokens.spaced(end) and not number:
        return True  # "Liên Hiệp Quốc hy vọng"
    if not tokens.spaced(end) or tokens.keys[end] in ("và", "về"):
        # … but "Bộ Ngoại giao và Hợp tác quốc tế Campuchia" is another ministry.
        return not any(_abroad(tokens, at, found.last) for at in range(max(found.core, found.last - 3), found.last))
    return not tokens.head(end)[0] and tokens.known(end)[0] > tokens.place(end)[0]


def _abroad(tokens: Tokens, at: int, last: int) -> bool:
    size, place = tokens.place(at)
    return place is not None and at + size == last and place.kind == "country" and place.country != "VN"


def _free(tokens: Tokens, at: int) -> bool:
    """Whether a name may begin here: not inside an address."""
    start = tokens.starts[at]
    return start == 0 or tokens.text[start - 1] not in "@/._\\"


def _bounded(tokens: Tokens, first: int, last: int) -> bool:
    """Whether a name may end here: "Booking.com", "FBI_x" and "F-16" are no names."""
    end, text = tokens.ends[last - 1], tokens.text
    after, then = text[end : end + 1], text[end + 1 : end + 2]
    if after in ("@", "_", "\\") or (after == "." and then.isalnum() and not then.isupper()):
        return False
    return last - first > 1 or not _MODEL.match(text, end)


def _event(tokens: Tokens, last: int) -> bool:
    """Whether the name goes on as that of an event or a house: "FIFA ASEAN Cup", "JW Marriott Phu Quoc Emerald Bay"."""
    if tokens.spaced(last) and tokens.keys[last] == "cup":
        return True
    for at in range(last, last + _FARTHEST):
        if not tokens.capital(at) or tokens.head(at)[0] or tokens.person(at):
            return False
        if not _THINGS.isdisjoint(tokens.kinds(at)[1]):
            return True
    return False


def _product(tokens: Tokens, first: int, last: int, org_id: str) -> bool:
    """Whether a brand only opens the name of an event or product: "Google Gemini", "Microsoft Word", "Boeing 737"."""
    if _event(tokens, last):
        return True
    organization = tokens.lexicon.organizations[org_id]
    if organization.org_type not in ("company", "telecom", "security_firm", "bank", "media") or not tokens.spaced(last):
        return False
    if tokens.keys[last].isdigit():
        return len(tokens.keys[last]) > 2 and organization.country != "VN" and organization.org_type != "media"
    if not tokens.caps[last] or not tokens.foreign(last) or tokens.place(last)[0] or _surely_known(tokens, last):
        return False
    person = tokens.capital(last + 1) and tokens.foreign(last + 1)
    if organization.org_type == "media" and (not person or cues.somebody(tokens, last, last + 2)):
        return False
    return not (person and not cues.left_senses(tokens, first).isdisjoint(_POSTS))


def _surely_known(tokens: Tokens, at: int) -> bool:
    """Whether a name of the lexicon begins here that needs no context: not the "Play" of "Google Play"."""
    return any(not alias.kind for alias in tokens.known(at)[1])


# ---------------------------------------------------------------- every other occurrence
def _repeat(tokens: Tokens, names: list[Name], refused: set[int], *, strict: bool) -> list[Name]:
    """Add what the wording introduces, then every occurrence of the found surfaces and their short forms, longest first.

    At ``refused`` tokens stand names that the context did not admit; ``strict`` as for :func:`baomat.cues.judge`.
    """
    taken = [False] * tokens.size
    found: list[Name] = []

    def take(name: Name) -> None:
        taken[name.first : name.last] = [True] * (name.last - name.first)
        found.append(name)

    for name in names:
        if name.org_ids or name.last - name.first > 1 or tokens.foreign(name.first) or tokens.words[name.first].isupper():
            take(name)  # a single Vietnamese syllable is no name by itself
    closed_to = taken.copy()
    for at in refused:
        closed_to[at] = True
    for name in cues.introduced(tokens, closed_to, strict=strict):
        take(name)
    models: dict[str, Name] = {}
    for name in found:
        for surface in _surfaces(tokens, name):
            models.setdefault(surface, name)
    for surface in sorted(models, key=lambda surface: (-len(surface), surface)):
        for first, last in _occurrences(tokens, surface):
            if any(taken[first:last]) or not _free(tokens, first) or not _bounded(tokens, first, last):
                continue
            copy = _copy(models[surface], first, last)
            product = copy.org_ids and _product(tokens, first, last, copy.org_ids[0])
            if (
                product
                or (strict and _thing(tokens, copy))
                or not (copy.org_ids or _alone(tokens, first, last))
                or mended(tokens, copy) is None
            ):
                continue
            if not models[surface].org_ids:
                while tokens.capital(last) and not taken[last] and _ends_companies(tokens, last):
                    last += 1  # "Tốc Mã Express", where "Tốc Mã" is known
                copy = _copy(models[surface], first, last)
            take(copy)
    return sorted(found, key=lambda name: name.first)


def _thing(tokens: Tokens, name: Name) -> bool:
    """Whether it names a product or somebody here ("thương hiệu [Honda]", "ông [Kratos]")."""
    left = cues.left_senses(tokens, name.first)
    return name.head is None and ("person" in left or cues.is_thing(left, cues.right_senses(tokens, name.last)))


def _ends_companies(tokens: Tokens, at: int) -> bool:
    return not COMPANY.isdisjoint(tokens.kinds(at)[1])


def _occurrences(tokens: Tokens, surface: str) -> Iterator[tuple[int, int]]:
    """The tokens of every occurrence of a surface, whole words only."""
    at = tokens.text.find(surface)
    while at >= 0:
        first, final = tokens.starting(at), tokens.ending(at + len(surface))
        if first is not None and final is not None:
            yield first, final + 1
        at = tokens.text.find(surface, at + 1)


def _surfaces(tokens: Tokens, name: Name) -> Iterator[str]:
    """The surface of a name and the short forms that may stand for it."""
    yield tokens.surface(name.first, name.last)
    size = name.last - name.first
    if name.head is None and size == 2 and not COMPANY.isdisjoint(tokens.kinds(name.last - 1)[1]):
        word = tokens.words[name.first]
        if len(word) > 2 and tokens.foreign(name.first) and not tokens.place(name.first)[0]:
            yield word  # "BAE" of "BAE Systems"
    if name.head is None and tokens.caps[name.first] and not tokens.foreign(name.first):
        for last in range(name.first + 3, name.last - 1):
            if tokens.capital(last) and tokens.head(name.first)[0] < last - name.first and not tokens.generic(name.first, last):
                yield tokens.surface(name.first, last)  # "Toà Trọng tài" of "Toà Trọng tài Thường trực"
    own = name.head is not None and name.head.follow == "brand" and not tokens.word(name.core)
    own = own and not any(tokens.place(at)[0] for at in (name.core, name.core + 1))
    if own and name.core_end - name.core > 1:
        yield tokens.surface(name.core, name.core_end)  # "Hải Vân Xanh" of "Công ty cổ phần Vận tải Hải Vân Xanh"
        for at in range(name.first + 1, name.core):
            if tokens.caps[at] and tokens.word(at) and "legal" not in tokens.kinds(at)[1]:
                yield tokens.surface(at, name.core_end)  # "Vận tải Hải Vân Xanh"


def _alone(tokens: Tokens, first: int, last: int) -> bool:
    """Whether nothing beside it makes it a part of another name: "bà Huỳnh [Bích Hợp]", "[Đại Việt] Cổ", "xã [Vĩnh Tân]"."""
    if _event(tokens, last) or tokens.word(first) == last - first > 1:
        return False  # "[Xuân Mai] Riverside"; "[Máy bay]" of "Tập đoàn Máy bay …" is no name
    if tokens.place(first)[0] >= last - first or cues.somebody(tokens, first, last):
        return False
    if first and cues.said_before(tokens, first) & closed("site"):
        return False
    if tokens.spaced(first):
        before = first - 1
        if tokens.caps[before] and (tokens.keys[before] in surnames() or tokens.foreign(before)) and not tokens.initial(before):
            return False
        if "level" in tokens.kinds(before)[1] and tokens.caps[first]:
            return False
    if last < tokens.size and "'" in tokens.gaps[last - 1] and tokens.keys[last] == "s":
        return False  # "[Victoria]'s Secret"
    if last < tokens.size and tokens.gaps[last - 1] == " - " and tokens.words[last].isupper() and len(tokens.words[last]) < 4:
        return False  # "[Voronezh] - SM"
    if tokens.capital(last) and tokens.foreign(last):
        # "[TMS] Grand City" is another thing; "chủ tịch [IPU] Saber Chowdhury" is not.
        return "title" in cues.left_senses(tokens, first) or tokens.known(last)[0] > 0
    return not tokens.capital(last) or tokens.person(last)


def _copy(model: Name, first: int, last: int) -> Name:
    whole = last - first == model.last - model.first
    return Name(
        first,
        last,
        "learned",
        min(model.score, 0.85),
        model.org_type,
        first + model.core - model.first if whole else first,
        last,
        model.head if whole else None,
        model.org_ids if whole else (),
    )


# ---------------------------------------------------------------- spaCy
class OrgFinder:
    """Sets ``doc._.orgs`` (mentions) and ``doc._.organizations`` (by org_id) from ``doc.text`` and ``doc._.sentences``."""

    def __init__(self, user: str = "") -> None:
        self.user = Path(user) if user else None
        for attribute in ("orgs", "organizations", "sentences", "published"):
            if not Doc.has_extension(attribute):
                Doc.set_extension(attribute, default=None)

    def __call__(self, doc: Doc) -> Doc:
        lexicon, layers = aliases.organizations(self.user), doc._
        layers.orgs, layers.organizations = find(
            text_of(doc), sentences=layers.sentences or [], published=layers.published, lexicon=lexicon, words=word_starts(doc)
        )
        return doc


def word_starts(doc: Doc) -> npt.NDArray[np.int64] | None:
    """The offsets where underthesea's words begin; None if no stage has cut the words."""
    flags = np.frombuffer(doc.user_data.get("words", b""), np.uint8)
    offsets: npt.NDArray[np.int64] = doc.to_array("IDX").astype(np.int64)
    return offsets[flags != 0] if len(flags) == len(doc) > 0 else None


@Language.factory("baomat_orgs", default_config={"organizations": ""})
def create(nlp: Language, name: str, organizations: str) -> OrgFinder:
    """The component of the pipeline; ``organizations`` is the path of the user's file, or empty."""
    return OrgFinder(organizations)
