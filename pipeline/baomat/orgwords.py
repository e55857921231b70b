"""What the name grammar knows: the lexicons of heads, places, words and things as tries over matching keys, read once a process.

A trie is a dict: key of a token -> node; "" -> what ends there. Little words by sense are in ``org_closed.tsv``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from . import lexicon as lexicons
from . import text as texts
from .aliases import WORD, Node
from .schema import ORG_TYPES

LOWER = ("keep", "drop", "out", "no")
FOLLOW = ("unit", "place", "state", "brand", "foreign", "none")
FLAGS = ("alone", "field", "numbered", "placed", "legal", "long", "list", "inside", "upper")
PLACE_KINDS = ("province", "municipality", "country", "region", "city", "area")
COMPANY = frozenset(("suffix", "corporate", "trade"))  # kinds of words that end names of foreign organizations
JOINED = frozenset("-&.'/+")  # what may stand between two parts of one word
CODE = re.compile(r"[A-ZĐ]{1,4}\d{1,3}\Z")  # "PC02", "A05"
FLIGHT = re.compile(r"[A-Z]{1,3}\d{3,}")  # "MH370", "H200"

# How a Vietnamese syllable is spelled; anything else is a foreign word, an acronym or a code.
_SYLLABLE = re.compile(
    r"(?:ngh?|gh|[ckpt]h|nh|tr|gi|qu|[bcdđghklmnpqrstvx])?"
    r"[aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵ]{1,3}(?:ch|n[gh]|[cmnpt])?\Z"
)


@dataclass(frozen=True, slots=True)
class Head:
    """One row of ``org_heads.tsv``."""

    head: str
    short: str
    org_type: str
    lower: str
    follow: str
    flags: frozenset[str]
    not_after: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """One row of ``places.tsv``."""

    name: str
    kind: str
    country: str
    valid_to: str
    successor: str


def enter(root: Node, name: str) -> Node:
    """The node of a trie where a name ends, made if need be."""
    node = root
    for key in WORD.findall(texts.key(name)):
        node = node.setdefault(key, {})
    return node


@cache
def heads() -> Node:
    """A trie of head nouns; "" holds the :class:`Head`."""
    root: Node = {}
    columns = ("head", "short", "org_type", "lower", "follow", "flags", "not_after")
    for row in lexicons.read("org_heads", columns, unique=("head",)):
        flags = frozenset(row["flags"].split())
        if not flags <= set(FLAGS):
            row.fail(f"flags are {row['flags']}; allowed: {' '.join(FLAGS)}")
        enter(root, row["head"])[""] = Head(
            texts.key(row["head"]),
            row["short"],
            row.one_of("org_type", ORG_TYPES),
            row.one_of("lower", LOWER),
            row.one_of("follow", FOLLOW),
            flags,
            frozenset(texts.key(row["not_after"]).split()),
        )
    return root


@cache
def _place_rows() -> list[tuple[Place, list[str]]]:
    rows = lexicons.read("places", ("name", "kind", "country", "valid_to", "successor", "aliases"), unique=("name",))
    return [
        (
            Place(row["name"], row.one_of("kind", PLACE_KINDS), row["country"], row["valid_to"], row["successor"]),
            [row["name"], *row.several("aliases")],
        )
        for row in rows
    ]


@cache
def places() -> Node:
    """A trie of place names; "" holds the :class:`Place`."""
    root: Node = {}
    for place, names in _place_rows():
        for name in names:
            enter(root, name).setdefault("", place)
    return root


@cache
def words() -> Node:
    """A trie of the words that names are made of; "" holds their kinds."""
    root: Node = {}
    for row in lexicons.read("org_words", ("word", "kind"), unique=("word", "kind")):
        node = enter(root, row["word"])
        node[""] = (*node.get("", ()), row["kind"])
    return root


@cache
def endings() -> frozenset[str]:
    """The first keys of the words that end names of companies."""
    return frozenset(key for key, node in words().items() if not COMPANY.isdisjoint(_kinds_below(node)))


def _kinds_below(node: Node) -> Iterator[str]:
    for key, child in node.items():
        yield from _kinds_below(child) if key else child


@cache
def things() -> Node:
    """A trie of products, events and acronyms that are no organizations."""
    root: Node = {}
    for row in lexicons.read("org_things", ("name",), unique=("name",)):
        enter(root, row["name"])[""] = True
    return root


@cache
def _senses() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in lexicons.read("org_closed", ("word", "sense"), unique=("word", "sense")):
        found[row["sense"]].add(texts.key(row["word"]))
    return {sense: frozenset(keys) for sense, keys in found.items()}


@cache
def closed(sense: str) -> frozenset[str]:
    """The little words of one sense (``org_closed.tsv``), as keys."""
    return _senses()[sense]


@cache
def phrase_ends() -> frozenset[str]:
    """The last keys of all the little words."""
    return frozenset(key.rpartition(" ")[2] for keys in _senses().values() for key in keys)


@cache
def surnames() -> frozenset[str]:
    """Vietnamese family names, as keys."""
    return frozenset(texts.key(row["surname"]) for row in lexicons.read("org_surnames", ("surname",), unique=("surname",)))


@cache
def given_names() -> frozenset[str]:
    """Given names of foreign persons, as keys."""
    return frozenset(texts.key(row["name"]) for row in lexicons.read("given_names", ("name",), unique=("name",)))


@cache
def generic() -> frozenset[str]:
    """Units that every organization has ("hội đồng quản trị") and acronyms of no organization, as keys."""
    return frozenset(texts.key(row["name"]) for row in lexicons.read("org_generic", ("name",), unique=("name",)))


@cache
def dateline() -> re.Pattern[str]:
    """A place at the head of a line that a letter follows at once ("Hà NộiBộ Công an")."""
    names = [name for _, names in _place_rows() for name in names]
    return re.compile("(?m)^(?:" + lexicons.trie([*names, "TP HCM"]) + r")(?=[^\W\d_])")


@lru_cache(maxsize=65536)
def foreign_word(key: str) -> bool:
    """Whether a word is not spelled like a Vietnamese syllable."""
    return _SYLLABLE.match(key) is None
