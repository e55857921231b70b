"""Names that only their surroundings make names: ambiguous acronyms, platforms, brands of products, unlisted foreign names.

All occurrences of one surface in an article stand or fall together, by the evidence that any of them has
(``lexicons/org_cues.tsv``): "Theo DW" makes every "DW" a paper, "trên Facebook" alone makes Facebook no organization.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from . import lexicon as lexicons
from . import text as texts
from .aliases import Lexicon, Node
from .names import Name, Tokens, enter, generic, head_at, place_at, walk, word_at

SENSES = ("source", "title", "actor", "link", "acts", "platform")
_BLOCKS = frozenset("\n;.()!?")
_OR = ("và", "hay", "hoặc", "&")


@cache
def _tries() -> dict[str, Node]:
    """Tries of cues by side, those of the left entered backwards; "" holds the senses."""
    sides: dict[str, Node] = {"left": {}, "right": {}}
    for row in lexicons.read("org_cues", ("cue", "side", "sense"), unique=("cue", "side", "sense")):
        side, sense = row.one_of("side", sides), row.one_of("sense", SENSES)
        words = texts.key(row["cue"]).split()
        node = enter(sides[side], " ".join(reversed(words) if side == "left" else words), None)
        node.setdefault("", set()).add(sense)
    return sides


def left_senses(tokens: Tokens, first: int) -> set[str]:
    """What the wording right before token ``first`` says of a name that begins there."""
    node, at = _tries()["left"], first - 1
    best: set[str] = set()
    while at >= 0 and len(tokens.gaps[at]) < 4 and not _BLOCKS & set(tokens.gaps[at]) and "," not in tokens.gaps[at]:
        node = node.get(tokens.keys[at], {})
        if not node:
            break
        best = node.get("", best)
        at -= 1
    return best


def right_senses(tokens: Tokens, last: int) -> set[str]:
    """What the wording right behind a name says of it."""
    if last >= len(tokens) or tokens.gaps[last - 1] != " ":
        return set()
    _, senses = walk(_tries()["right"], tokens, last)
    return senses if isinstance(senses, set) else set()


def judge(tokens: Tokens, sure: Sequence[Name], unsure: Sequence[Name], lexicon: Lexicon) -> list[Name]:
    """The sure names without mere brands of products, and those of the unsure ones that the context admits."""
    known = {org_id for name in sure for org_id in name.org_ids}
    edges = {name.last for name in sure} | {-name.first for name in sure}
    groups: dict[tuple[str, ...], list[Name]] = defaultdict(list)
    for name in (*sure, *unsure):
        groups[tuple(tokens.words[name.first : name.last])].append(name)
    senses = _inherited(tokens, (*sure, *unsure))
    admitted: list[Name] = []
    for group in groups.values():
        kinds = {name.kind for name in group}
        each = [senses[id(name)] for name in group]
        if "~" in kinds:
            good = any(_acts(tokens, name, left, right) for name, (left, right) in zip(group, each, strict=True))
        elif "?" in kinds:
            weight = sum(map(_weight, each)) + sum(2 * _beside(tokens, name, edges) for name in group)
            good = weight >= 2 or bool(known & set(group[0].org_ids))
        elif _sells(group[0], lexicon):
            good = not all("platform" in left and not right & {"actor"} for left, right in each)
        else:
            good = True
        if good:
            admitted += group
    for name in admitted:
        if name.kind:
            name.score, name.method = 0.7, "lexicon:context"
    return sorted(admitted, key=lambda name: name.first)


def _inherited(tokens: Tokens, names: Sequence[Name]) -> dict[int, tuple[set[str], set[str]]]:
    """The senses left and right of every name; in a list the later names have the left senses of the first."""
    senses: dict[int, tuple[set[str], set[str]]] = {}
    before: Name | None = None
    for name in sorted(names, key=lambda name: name.first):
        left = left_senses(tokens, name.first)
        if before is not None and (
            (name.first == before.last and tokens.gaps[before.last - 1] in (", ", "/", " - "))
            or (name.first == before.last + 1 and tokens.keys[before.last] in _OR)
        ):
            left = left - {"link"} or senses[id(before)][0]
        senses[id(name)] = left, right_senses(tokens, name.last)
        before = name
    return senses


def _weight(senses: tuple[set[str], set[str]]) -> float:
    left, right = senses
    if "platform" in left:
        return 0
    return 2 * bool(left & {"source", "title"}) + ("actor" in left) + 0.5 * ("link" in left) + ("actor" in right) + 0.5 * ("acts" in right)


def _acts(tokens: Tokens, name: Name, left: set[str], right: set[str]) -> bool:
    """Whether a platform is spoken of as a company here."""
    if left & {"title", "source"}:
        return True
    if "platform" in left or "platform" in right:
        return False
    subject = not left and (name.first == 0 or tokens.initial(name.first) or "," in tokens.gaps[name.first - 1])
    return "actor" in left or "actor" in right or (subject and "acts" in right)


def _sells(name: Name, lexicon: Lexicon) -> bool:
    """Whether the name is that of a foreign company, whose products bear it too."""
    if not name.org_ids or name.head is not None:
        return False
    organization = lexicon.organizations[name.org_ids[0]]
    return organization.org_type == "company" and organization.country != "VN" and name.last - name.first == 1


def _beside(tokens: Tokens, name: Name, edges: set[int]) -> bool:
    """Whether the name stands in a list with a sure one: "Vietcombank, ACB", "BIDV và MB"."""
    before, after = name.first, name.last
    if before and tokens.keys[before - 1] in _OR:
        before -= 1
    if after < len(tokens) and tokens.keys[after] in _OR:
        after += 1
    marks = (", ", " - ", "-", "/")
    listed_before = 0 < before < name.first or (before > 0 and tokens.gaps[before - 1] in marks)
    listed_after = after > name.last or (after < len(tokens) and tokens.gaps[after - 1] in marks)
    return (listed_before and before in edges) or (listed_after and -after in edges)


# ---------------------------------------------------------------- unlisted foreign names
_APPOSED = frozenset("công hãng tập nền sàn startup nhà đối doanh đơn nhóm tổ ngân".split())


def introduced(tokens: Tokens, taken: Sequence[bool]) -> list[Name]:
    """Foreign names that the wording beside them makes organizations: "theo StatCounter", "chuyên gia tại Secureworks".

    A name that is part of a longer run of capitals elsewhere, or follows "ông", "bà", is a person's and does not count.
    """
    found: list[Name] = []
    persons: set[str] = set()
    at = 0
    while at < len(tokens):
        if not tokens.caps[at] or taken[at]:
            at += 1
            continue
        last = at + 1
        while last < len(tokens) and not taken[last] and tokens.gaps[last - 1] in (" ", "-", "&", " & ") and tokens.caps[last]:
            last += 1
        if _brandlike(tokens, at, last) and (org_type := _evidence(tokens, at, last)):
            found.append(Name(at, last, "context", 0.6, org_type, at, last))
        if last - at > 1 or (at and tokens.keys[at - 1] in ("ông", "bà", "anh", "chị", "cô", "luật", "em")):
            persons.update(tokens.words[at:last])
        at = last
    return [name for name in found if name.last - name.first > 1 or tokens.words[name.first] not in persons]


def _brandlike(tokens: Tokens, first: int, last: int) -> bool:
    if last - first > 3 or place_at(tokens, first)[0] or head_at(tokens, first)[0] or " ".join(tokens.keys[first:last]) in generic():
        return False
    word = tokens.words[first]
    return all(tokens.foreign(step) or tokens.words[step].isupper() for step in range(first, last)) and len(word) > 2 and not word_at(tokens, first)


def _evidence(tokens: Tokens, first: int, last: int) -> str:
    """The type of organization that the context shows, empty if none."""
    left = left_senses(tokens, first)
    if "platform" in left:
        return ""
    one = last - first == 1
    camel = any(char.isupper() for char in tokens.words[first][1:])
    apposed = last + 1 < len(tokens) and tokens.gaps[last - 1] in (", ", " - ") and (
        tokens.keys[last] in _APPOSED and head_at(tokens, last)[0] > 0
        or tokens.keys[last] in ("một", "đối") and (head_at(tokens, last + 1)[0] > 0 or tokens.keys[last + 1] in ("trong", "nền", "tác"))
    )  # fmt: skip
    if apposed:
        return "company"
    if "source" in left and (camel or (one and tokens.keys[first - 1] != "theo")):
        return "company"
    if "title" in left and one and camel:
        return "company"
    return ""
