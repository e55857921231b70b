"""Which organization a name means: the lexicon in memory, its spelling variants, the user's changes.

Names are matched token by token (a token is a run of letters and digits), so "FPT-IS" meets "FPT IS" and "Bộ TT-TT"
meets "Bộ TT&TT"; what may stand between two tokens is decided pair by pair, and capitals decide what is a name at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from . import lexicon as lexicons
from . import text as texts
from .schema import ORG_TYPES, Organization, Published, digest

COLUMNS = (
    "org_id",
    "name",
    "full_name",
    "org_type",
    "sector",
    "country",
    "parent",
    "valid_from",
    "valid_to",
    "successor",
    "aliases",
)
USER_COLUMNS = ("action", "organization", "value")
ACTIONS = ("add", "alias", "rename", "merge", "split", "block")

WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"([A-ZĐ]{1,4})(\d{2,4})\Z")
Node = dict[str, Any]  # a trie: token -> node; "" -> the aliases that end here

# What may stand in the text where the alias has the first character.
_GAPS = {
    " ": (" ", "-"),
    "-": ("-", " ", " - ", "&", " & ", ""),
    "&": ("&", " & ", "-", " - ", " ", ""),
    ",": (", ", ",", " ", " - "),
    ".": (".", ". ", " "),
    "/": ("/", "-", " "),
    "+": ("+", " "),
    "'": ("'", " "),
}


@dataclass(frozen=True, slots=True)
class Alias:
    """One written form of one organization. ``kind``: "" sure, "?" only in a supporting context, "~" mostly a platform."""

    org_id: str
    text: str
    kind: str = ""
    words: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()

    def fits(self, words: Sequence[str], gaps: Sequence[str]) -> bool:
        """Whether these words of a text, with what stands between them, are this alias: punctuation and capitals."""
        return all(map(_gap_fits, self.gaps, gaps)) and _case_fits(self.words, words)


def _gap_fits(alias: str, text: str) -> bool:
    if alias == text:
        return True
    allowed = _GAPS.get(alias.strip()[:1] or " ")
    return allowed is not None and (text if "  " not in text else " ".join(text.replace("  ", " ").split("  "))) in allowed


def _case_fits(alias: Sequence[str], text: Sequence[str]) -> bool:
    if alias == text:
        return True
    if len(alias) == 1:
        own, other = alias[0], text[0]
        if own.isupper():
            return other == own
        return len(own) > 3 and (other.isupper() or other[0].isupper() == own[0].isupper())
    # A name of one or two capitalised words ("Tuổi Trẻ") is common words without its capitals ("tuổi trẻ").
    strict = len(alias) == 2
    for position, (own, other) in enumerate(zip(alias, text, strict=True)):
        if own[0].isupper() and not other[0].isupper() and (position == 0 or strict or own.isupper()):
            return False
    return True


@dataclass(slots=True)
class Lexicon:
    """The organizations that are known by name, and a trie of their aliases over matching keys."""

    organizations: dict[str, Organization] = field(default_factory=dict)
    root: Node = field(default_factory=dict)
    small: set[str] = field(default_factory=set)  # first tokens of aliases that do not begin with a capital
    blocked: set[str] = field(default_factory=set)  # folded names and org_ids that are never mentions
    redirects: dict[str, str] = field(default_factory=dict)  # merged org_id -> org_id
    renamed: dict[str, str] = field(default_factory=dict)  # org_id -> the user's name
    marks: Any = None  # what is remembered of words (:mod:`baomat.marks`)

    def longest(self, keys: Sequence[str], words: Sequence[str], gaps: Sequence[str], at: int) -> tuple[int, list[Alias]]:
        """The longest alias that begins at token ``at``: how many tokens it has, and the aliases that fit (0, [] if none)."""
        node: Node | None = self.root.get(keys[at])
        best: tuple[int, list[Alias]] = (0, [])
        end = at + 1
        while node is not None:
            if "" in node:
                fitting = [alias for alias in node[""] if alias.fits(words[at:end], gaps[at : end - 1])]
                if fitting:
                    best = end - at, fitting
            if end == len(keys) or "\n" in gaps[end - 1]:
                break
            node = node.get(keys[end])
            end += 1
        return best

    def exact(self, keys: Sequence[str]) -> list[Alias]:
        """The aliases that are these words, whatever their capitals and what stands between them."""
        node = self._node(keys)
        return list(node.get("", ())) if node else []

    def _node(self, keys: Sequence[str]) -> Node | None:
        node: Node | None = self.root
        for key in keys:
            node = node.get(key) if node else None
        return node

    def begun(self, keys: Sequence[str]) -> set[str]:
        """The organizations of which some alias begins with these words ("Bộ Thông tin")."""
        node = self._node(keys)
        return {alias.org_id for alias in below(node)} if node else set()

    def choose(self, org_ids: Iterable[str], published: Published | None) -> str:
        """Of several organizations with one name the one that existed when the article was published.

        Without a date, or where all or none existed, one that still exists is preferred, then the first.
        """
        candidates = list(dict.fromkeys(org_ids))
        if len(candidates) > 1 and published is not None:
            alive = [org_id for org_id in candidates if self._existed(org_id, published)]
            candidates = alive or candidates
        if len(candidates) > 1:
            candidates = [org_id for org_id in candidates if not self.organizations[org_id].valid_to] or candidates
        return candidates[0]

    def _existed(self, org_id: str, published: Published) -> bool:
        organization = self.organizations[org_id]
        first, last = published.first_day.isoformat(), published.last_day.isoformat()
        return (organization.valid_from or "0") <= last and first <= (organization.valid_to or "9")

    def add(self, alias: str, org_id: str, kind: str = "") -> None:
        """Enter one written form and its variants."""
        self.marks = None
        for words, gaps in _variants(alias):
            if sum(map(len, words)) < 2:
                continue  # "K+" would be every K
            node = self.root
            for word in words:
                node = node.setdefault(texts.key(word), {})
            entry = Alias(org_id, alias, kind, tuple(words), tuple(gaps))
            known: list[Alias] = node.setdefault("", [])
            if not any((other.org_id, other.words, other.gaps) == (org_id, entry.words, entry.gaps) for other in known):
                known.append(entry)
            if not words[0][0].isupper():
                self.small.add(texts.key(words[0]))

    def remove(self, alias: str, org_id: str | None = None) -> None:
        """Take a written form away, from one organization or from all."""
        for words, _ in _variants(alias):
            node: Node | None = self.root
            for word in words:
                node = node.get(texts.key(word)) if node else None
            if node and "" in node:
                node[""] = [entry for entry in node[""] if org_id is not None and entry.org_id != org_id]


def below(node: Node) -> Iterator[Alias]:
    for key, child in node.items():
        if key:
            yield from below(child)
        else:
            yield from child


def _variants(alias: str) -> Iterator[tuple[list[str], list[str]]]:
    """The alias as words with what stands between them, and once more with its abbreviations written as one word."""
    spans = [match.span() for match in WORD.finditer(alias)]
    words = [alias[start:end] for start, end in spans]
    gaps = [alias[left:right] for (_, left), (right, _) in pairwise(spans)]
    if not words:
        return
    yield words, gaps
    glued, kept = [words[0]], list[str]()
    for gap, word in zip(gaps, words[1:], strict=True):
        if gap.strip() and gap.strip() in "&-./" and word.isupper() and glued[-1].isupper():
            glued[-1] += word
        else:
            glued.append(word)
            kept.append(gap)
    if len(glued) < len(words) and (len(glued) > 1 or len(glued[0]) > 2):  # "T&T" is not every "TT"
        yield glued, kept
    if len(words) == 1 and (code := _CODE.match(words[0])):
        yield [code[1], code[2]], ["-"]  # "APT 28", "APT-28"


@lru_cache(maxsize=8)
def organizations(user: Path | None = None) -> Lexicon:
    """The packaged lexicon with a user's changes.

    Parameters
    ----------
    user
        A tab-separated file with the columns ``action organization value``. Actions: ``add`` (value: org_type), ``alias``
        (value: written forms joined by ``; ``), ``rename`` (value: the new name), ``merge`` (value: the organization that
        stays), ``split`` (value: written forms that become an organization of their own), ``block`` (a name or org_id that
        is never a mention). An organization is given by org_id or by any of its names.

    Raises
    ------
    BaomatError
        B301 with file and line for anything that cannot be read.
    """
    lexicon = Lexicon()
    for row in lexicons.read("organizations", COLUMNS, unique=("org_id",)):
        marked = row.several("aliases")
        names = [(name.lstrip("~").rstrip("?"), "~" if name[0] == "~" else "?" if name[-1] == "?" else "") for name in marked]
        known = {name for name, _ in names}
        names += [(name, "") for name in dict.fromkeys((row["name"], row["full_name"])) if name and name not in known]
        lexicon.organizations[row["org_id"]] = Organization(
            org_id=row["org_id"],
            name=row["name"],
            org_type=row.one_of("org_type", ORG_TYPES),
            full_name=row["full_name"],
            sector=row["sector"],
            country=row["country"],
            parent=row["parent"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            successor=row["successor"],
            aliases=tuple((name, "lexicon") for name in dict.fromkeys(name for name, _ in names)),
        )
        for name, kind in names:
            lexicon.add(name, row["org_id"], kind)
    if user is not None:
        for row in lexicons.read(user, USER_COLUMNS):
            _apply(lexicon, row)
    return lexicon


@lru_cache(maxsize=4096)
def learned_id(name: str) -> str:
    """The org_id of an organization that the lexicon does not list."""
    return "org-" + digest(texts.fold(name), length=12)


def _apply(lexicon: Lexicon, row: lexicons.Row) -> None:
    """Carry out one row of a user's file."""
    action, name, value = row.one_of("action", ACTIONS), row["organization"].strip(), row["value"].strip()
    if not name or (not value and action != "block"):
        row.fail(f"{action} needs an organization{'' if action == 'block' else ' and a value'}")
    org_id = _find(lexicon, name)
    if action == "block":
        lexicon.blocked.add(name if name in lexicon.organizations else texts.fold(name))
    elif action == "add":
        _put(lexicon, org_id or learned_id(name), name, [name], org_type=row.one_of("value", ORG_TYPES))
    elif action == "alias":
        _put(lexicon, org_id or learned_id(name), name, [name, *row.several("value")])
    elif action == "rename":
        org_id = org_id or learned_id(name)
        lexicon.renamed[org_id] = value
        if not org_id.startswith("org-") or not name.startswith("org-"):
            _put(lexicon, org_id, value, [name, value])
            lexicon.organizations[org_id] = replace(lexicon.organizations[org_id], name=value)
    elif action == "merge":
        target = _find(lexicon, value) or learned_id(value)
        _put(lexicon, target, value, [])
        lexicon.redirects[org_id or learned_id(name)] = target
        if not name.startswith("org-"):
            _put(lexicon, target, value, [name])
    else:
        forms = row.several("value")
        for form in forms:
            lexicon.remove(form)
        old = lexicon.organizations.get(org_id)
        _put(lexicon, learned_id(forms[0]), forms[0], forms, org_type=old.org_type if old else "other")


def _find(lexicon: Lexicon, name: str) -> str:
    """The org_id that a user means: an id, or any name; empty if unknown."""
    if name in lexicon.organizations or name.startswith("org-"):
        return name
    found = lexicon.exact(WORD.findall(texts.key(name)))
    return found[0].org_id if found else ""


def _put(lexicon: Lexicon, org_id: str, name: str, forms: Iterable[str], *, org_type: str = "") -> None:
    """Enter an organization if it is new, and more written forms of it."""
    old = lexicon.organizations.get(org_id) or Organization(org_id=org_id, name=name, org_type=org_type or "other")
    known = {form for form, _ in old.aliases}
    new = [form for form in dict.fromkeys(forms) if form not in known and form not in lexicon.organizations]
    lexicon.organizations[org_id] = replace(
        old, org_type=org_type or old.org_type, aliases=(*old.aliases, *((form, "user") for form in new))
    )
    for form in new:
        lexicon.add(form, org_id)
