"""Names that only their surroundings make names: ambiguous acronyms, platforms, brands of products, unlisted foreign names.

All occurrences of one surface in an article stand or fall together, by the evidence that any of them has
(``lexicons/org_cues.tsv``): "Theo DW" makes every "DW" a paper, "trên Facebook" alone makes Facebook no organization.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from . import lexicon as lexicons
from . import text as texts
from .aliases import Node
from .marks import FOREIGN, UPPER
from .orgwords import FLIGHT, closed, enter, generic, given_names, phrase_ends
from .surface import Name, Tokens

SENSES = ("source", "quote", "credit", "title", "org", "actor", "link", "acts", "platform", "thing", "person")
Senses = tuple[frozenset[str], frozenset[str]]  # what the wording left and right of a name says of it
_NOTHING: frozenset[str] = frozenset()
_BLOCKS = frozenset("\n;,.(!?")
_STRONG = frozenset(("source", "quote", "title", "credit", "org"))
_THINGS = frozenset(("platform", "thing"))
_JOINS = frozenset((" ", "-", "&", " & "))  # between the capitals of a run
_LIST_MARKS = (", ", " - ", "-", "/")
_CODE = re.compile(r"[A-Z]{1,3}\d{1,2}[A-Z]?\Z")  # "P29"
_NO_BRANDS = frozenset(("event", "site"))  # kinds of words that end names of other things
# What a name may be said to be: "X, một trong những nền tảng …".
_NOUNS = frozenset(("nền tảng", "doanh nghiệp", "đơn vị", "nhà cung", "nhà phát", "nhà sản", "tổ chức", "đối tác"))


@cache
def _tries() -> dict[str, Node]:
    """Tries of cues by side, those of the left entered backwards; "" holds the senses."""
    sides: dict[str, Node] = {"left": {}, "right": {}}
    for row in lexicons.read("org_cues", ("cue", "side", "sense"), unique=("cue", "side", "sense")):
        side, sense = row.one_of("side", sides), row.one_of("sense", SENSES)
        keys = texts.key(row["cue"]).split()
        node = enter(sides[side], " ".join(reversed(keys) if side == "left" else keys))
        node[""] = node.get("", _NOTHING) | {sense}
    return sides


def left_senses(tokens: Tokens, first: int) -> frozenset[str]:
    """What the wording right before token ``first`` says of a name that begins there."""
    node, at, best = _tries()["left"], first - 1, _NOTHING
    while at >= 0 and ((gap := tokens.gaps[at]) == " " or (len(gap) < 4 and _BLOCKS.isdisjoint(gap))):
        if (step := node.get(tokens.keys[at])) is None:
            break
        node, best = step, step.get("", best)
        at -= 1
    return best


def said_before(tokens: Tokens, first: int) -> set[str]:
    """The one, two and three words right before token ``first``, as phrases; none where no phrase of the little words ends."""
    if not tokens.spaced(first) or tokens.keys[first - 1] not in phrase_ends():
        return set()
    *further, last = tokens.keys[max(first - 3, 0) : first]
    phrases = {last}
    for key in reversed(further):
        last = f"{key} {last}"
        phrases.add(last)
    return phrases


def senses_of(tokens: Tokens, first: int, last: int) -> frozenset[str]:
    """What the words [first, last), if they are wording of ours, say of a name that follows."""
    node = _tries()["left"]
    for key in reversed(tokens.keys[first:last]):
        node = node.get(key, {})
    senses: frozenset[str] = node.get("", _NOTHING)
    return senses


def right_senses(tokens: Tokens, last: int) -> frozenset[str]:
    """What the wording right behind a name says of it."""
    senses = tokens.walk(_tries()["right"], last)[1] if tokens.spaced(last) else None
    return senses if isinstance(senses, frozenset) else _NOTHING


# ---------------------------------------------------------------- persons
def somebody(tokens: Tokens, first: int, last: int) -> bool:
    """Whether the name over tokens [first, last) is a person's: the text gives its bearer a person's title anywhere, or it
    begins with a given name ("Micah Lee"), or is a surname that follows one elsewhere ("Mueller")."""
    if _forename(tokens, first) and tokens.foreign(last - 1):
        return True
    return _titled(tokens, tokens.words[first]) or _titled(tokens, tokens.words[last - 1])


def _titled(tokens: Tokens, word: str) -> bool:
    if word not in tokens.titled:
        tokens.titled[word] = any(
            "person" in left_senses(tokens, at) or (tokens.spaced(at) and at and _forename(tokens, at - 1))
            for at in tokens.where(word)
        )
    return tokens.titled[word]


def _forename(tokens: Tokens, at: int) -> bool:
    return tokens.caps[at] and tokens.keys[at] in given_names() and not tokens.words[at].isupper()


# ---------------------------------------------------------------- names of the lexicon
def judge(tokens: Tokens, sure: Sequence[Name], unsure: Sequence[Name], *, strict: bool = False) -> list[Name]:
    """The sure names without mere brands of products, and those of the unsure ones that the context admits.

    Parameters
    ----------
    strict
        Leave out the places where an unsure one is a platform, a product or a thing, whatever it is elsewhere in the text.
    """
    known = {org_id for name in sure for org_id in name.org_ids}
    edges = {name.last for name in sure} | {-name.first for name in sure}
    groups: dict[tuple[str, ...], list[Name]] = defaultdict(list)
    for name in (*sure, *unsure):
        groups[tuple(tokens.words[name.first : name.last])].append(name)
    senses = _inherited(tokens, (*sure, *unsure))
    admitted: list[Name] = []
    for group in map(_as_told, groups.values()):
        kinds = {name.kind for name in group}
        each = [senses[id(name)] for name in group]
        if "" in kinds:
            plain = any("platform" not in left or "actor" in right for left, right in each)
            good = plain or len(kinds) > 1 or not _sells(tokens, group[0])
        elif "~" in kinds:
            good = any(_acts(tokens, name, *both) for name, both in zip(group, each, strict=True))
        else:
            beside = sum(2 for name in group if _beside(tokens, name, edges))
            good = beside + _weight(tokens, group[0], each) >= 2 or not known.isdisjoint(group[0].org_ids)
        if good:
            admitted += [
                name
                for name in group
                if not name.kind
                or not (_of_a_person(tokens, name, senses[id(name)][0]) or (strict and is_thing(*senses[id(name)])))
            ]
    for name in admitted:
        if name.kind:
            name.score, name.method = 0.7, "lexicon:context"
    return sorted(admitted, key=lambda name: name.first)


def is_thing(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether the wording beside a name makes it a platform, a product or a place, and nothing makes it act."""
    return not left.isdisjoint(_THINGS) and "actor" not in right


def _of_a_person(tokens: Tokens, name: Name, left: frozenset[str]) -> bool:
    """Whether it is the beginning of somebody's name: "bà [Phan Thị] Mỹ Hạnh"."""
    return "person" in left and tokens.capital(name.last)


def _as_told(group: list[Name]) -> list[Name]:
    """The occurrences of a surface; where a bracket tells what it stands for, they all stand for that."""
    if all(name.method != "parenthesis" for name in group):
        return group
    told = {name.first for name in group if name.method == "parenthesis"}
    for name in group:
        name.org_ids, name.kind = (), ""
    return [name for name in group if name.method == "parenthesis" or name.first not in told]


def _inherited(tokens: Tokens, names: Sequence[Name]) -> dict[int, Senses]:
    """The senses of every name by identity; in a list the later names have the left senses of the first."""
    senses: dict[int, Senses] = {}
    before: Name | None = None
    for name in sorted(names, key=lambda name: name.first):
        left = left_senses(tokens, name.first)
        if before is not None and next_in_list(tokens, before, name):
            left = left - {"link"} or senses[id(before)][0]
        senses[id(name)] = left, right_senses(tokens, name.last)
        before = name
    return senses


def next_in_list(tokens: Tokens, before: Name, name: Name) -> bool:
    """Whether a name follows another one in a list: "Nội Bài, Tân Sơn Nhất", "BIDV và MB"."""
    if name.first == before.last:
        return tokens.gaps[before.last - 1] in _LIST_MARKS
    return name.first == before.last + 1 and tokens.keys[before.last] in closed("or")


def _weight(tokens: Tokens, name: Name, each: Sequence[Senses]) -> float:
    """How strongly the context says that an ambiguous name is one; 2 is enough. Weak signs do not add up."""
    strong, weak = 0.0, 0.0
    speaks = tokens.words[name.first].isupper()  # "Tiffany nói" may be a person; "ACB nói" is not
    for left, right in each:
        if "platform" not in left:
            strong += 2 * (not left.isdisjoint(_STRONG)) + ("actor" in left) + (speaks and "actor" in right)
            weak = max(weak, 0.5 * ("link" in left) + 0.5 * ("acts" in right))
    return strong + weak


def _acts(tokens: Tokens, name: Name, left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether a platform is spoken of as a company here."""
    if not left.isdisjoint(("title", "source", "quote", "org")):
        return True
    if "platform" in left or "platform" in right:
        return False
    subject = not left and (name.first == 0 or tokens.initial(name.first) or "," in tokens.gaps[name.first - 1])
    return "actor" in left or "actor" in right or (subject and "acts" in right)


def _sells(tokens: Tokens, name: Name) -> bool:
    """Whether the name is that of a foreign company, whose products bear it too."""
    if not name.org_ids or name.head is not None or name.last - name.first > 1:
        return False
    organization = tokens.lexicon.organizations[name.org_ids[0]]
    return organization.org_type == "company" and organization.country != "VN"


def _beside(tokens: Tokens, name: Name, edges: set[int]) -> bool:
    """Whether the name stands in a list with a sure one: "Vietcombank, ACB", "BIDV và MB"."""
    before, after = name.first, name.last
    if before and tokens.keys[before - 1] in closed("or"):
        before -= 1
    if after < tokens.size and tokens.keys[after] in closed("or"):
        after += 1
    listed_before = before > 0 and (before < name.first or tokens.gaps[before - 1] in _LIST_MARKS)
    listed_after = after < tokens.size and (after > name.last or tokens.gaps[after - 1] in _LIST_MARKS)
    return (listed_before and before in edges) or (listed_after and -after in edges)


# ---------------------------------------------------------------- unlisted foreign names
# How much a sense says for an organization where nothing else is known; 2 is enough.
_WEIGHTS = {"org": 2.5, "source": 1.5, "quote": 1.5, "credit": 1.5, "title": 1.0, "actor": 1.0}
_WEIGHTS |= {"platform": -2.0, "thing": -3.0, "person": -5.0}


def introduced(tokens: Tokens, taken: Sequence[bool], *, strict: bool = False) -> list[Name]:
    """Foreign names that the wording beside them makes organizations: "theo StatCounter", "chuyên gia tại Secureworks".

    A name that is part of a longer run of capitals elsewhere, or follows "ông", "bà", is a person's and does not count. Nor
    does an acronym that a bracket makes short for something else: whatever is an organization's has been read before.

    Parameters
    ----------
    taken
        Whether a token belongs to a name found before, or to one that was refused.
    strict
        Ask more of a single plain word, where most of them are persons.
    """
    runs = _runs(tokens, taken)
    groups: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for first, last in runs:
        if tokens.marks[first] & (FOREIGN | UPPER) and _brandlike(tokens, first, last):
            groups[tuple(tokens.words[first:last])].append((first, last))
    found = []
    for words, places in groups.items():
        whole = len(words) > 1 or words[0].isupper() or not _part_of_longer(tokens, words[0], runs)
        plain = len(words) == 1 and not any(map(str.isupper, words[0][1:]))
        if any(first and tokens.gaps[first - 1].endswith("(") and words[0].isupper() for first, _ in places):
            continue
        sure = whole and _evidence(tokens, places) >= (2.5 if strict and plain else 2)
        if sure and not somebody(tokens, *places[0]):
            found += [Name(first, last, "context", 0.6, "company", first, last) for first, last in places]
    return found


def _part_of_longer(tokens: Tokens, word: str, runs: Sequence[tuple[int, int]]) -> bool:
    """Whether a word is elsewhere a part of a longer run, which is not a company's name as its last word tells."""
    words = tokens.words
    return any(
        last - first > 1 and word in words[first:last] and "corporate" not in tokens.kinds(last - 1)[1] for first, last in runs
    )


def _runs(tokens: Tokens, taken: Sequence[bool]) -> list[tuple[int, int]]:
    """The free capitals side by side."""
    caps, gaps, size = tokens.caps, tokens.gaps, tokens.size
    runs = []
    last = 0
    for at in tokens.capitalised:
        # "Theo BBC": the capital of a Vietnamese word that begins the sentence belongs to no name.
        if at < last or taken[at] or not ((at and gaps[at - 1] == " ") or tokens.foreign(at) or not tokens.initial(at)):
            continue
        last = at + 1
        while last < size and not taken[last]:
            gap = gaps[last - 1]
            if not (caps[last] and gap in _JOINS) and not ("'" in gap and tokens.keys[last] == "s" and len(gap) < 4):
                break  # "s": as in "People's Daily"
            last += 1
        runs.append((at, last))
    return runs


def _brandlike(tokens: Tokens, first: int, last: int) -> bool:
    """Whether capitals could be an unlisted foreign name or an acronym. What costs least is asked first."""
    word, one = tokens.words[first], last - first == 1
    if not tokens.foreign(first) and not (one and word.isupper()):
        return False
    if last - first > 3 or len(word) < 3 or not all(map(tokens.foreign, range(first + 1, last))):
        return False
    size, known = tokens.known(first)
    if size == last - first and any(not alias.kind for alias in known):
        return False  # judged before, and refused: "APEC 2017"
    if last < tokens.size and tokens.gaps[last - 1] == ".":
        return False  # an address
    if FLIGHT.match(word) or _CODE.match(word) or not _NO_BRANDS.isdisjoint(tokens.kinds(last - 1)[1]):
        return False
    if tokens.head(first)[0] or tokens.word(first) or (one and tokens.kinds(first)[0]):
        return False  # "GmbH"
    if tokens.place(first)[0] and (one or "corporate" not in tokens.kinds(last - 1)[1]):
        return False
    if not generic().isdisjoint(tokens.keys[first:last]):
        return False
    return first == 0 or not _led_to(tokens, first)


def _led_to(tokens: Tokens, first: int) -> bool:
    """Whether the token before makes capitals a piece of something else."""
    before = first - 1
    gap, word = tokens.gaps[before], tokens.words[before]
    if tokens.keys[before].isdigit() or (gap == " " and _field_head(tokens, before)):
        return True  # "ban [BTGPMB] quận"
    if gap in ("-", " - ") and (word.isupper() or not tokens.initial(first)):
        return True  # the number of a document: "05/QĐ-STC"; a piece of a name: "Tahrir al-Sham", "Seven - Eleven"
    if (len(word) == 1 and tokens.caps[before]) or "'" in gap:
        return True  # "George W. Bush", "O'Neill"
    return not said_before(tokens, first).isdisjoint(closed("venue"))


def _field_head(tokens: Tokens, at: int) -> bool:
    """Whether the word is the head of an office."""
    size, head = tokens.head(at)
    return size == 1 and head is not None and "field" in head.flags


def _evidence(tokens: Tokens, places: Sequence[tuple[int, int]]) -> float:
    """How strongly all occurrences together show an organization; weak signs count once."""
    first, last = places[0]
    word, one = tokens.words[first], last - first == 1
    if not one and "corporate" in tokens.kinds(last - 1)[1]:
        return 3.0
    coined = one and any(map(str.isupper, word[1:]))  # an acronym, or "StatCounter"
    total = 0.5 if coined else -0.5 if one else 0.0
    for first, last in places:
        left, right = left_senses(tokens, first), right_senses(tokens, last)
        senses = left | right
        if not coined:
            senses = left & ({"source", "org", "credit"} if one else {"source", "org"})  # the rest persons do and have as well
        against = min((_WEIGHTS[sense] for sense in left if _WEIGHTS.get(sense, 0) < 0), default=0.0)
        support = sum(max((_WEIGHTS.get(sense, 0.0) for sense in side & senses), default=0.0) for side in (left, right))
        if coined and word.isupper() and "actor" in right:
            support += 0.5
        total += against or max(support, 0) + 3 * _apposed(tokens, last)
    return total


def _apposed(tokens: Tokens, last: int) -> bool:
    """Whether the name is said to be an organization: "X, một hãng bảo mật", "X - doanh nghiệp …"."""
    if last + 3 >= tokens.size or tokens.gaps[last - 1].strip("\" '") not in (",", "-"):
        return False
    if "này" in tokens.keys[last + 1 : last + 3]:
        return False
    noun = last
    while noun < last + 3 and noun + 1 < tokens.size and tokens.keys[noun] in ("một", "trong", "những", "các", "số"):
        noun += 1
    if tokens.phrase(noun, noun + 2) in _NOUNS:
        return True
    size, head = tokens.head(noun)
    after = noun + size
    if head is None or head.follow != "brand" or after >= tokens.size:
        return False
    # "X, công ty Mazda …" goes on with another name.
    return (
        not tokens.caps[noun]
        and tokens.keys[after] not in ("trưởng", "phó", "viên")
        and (not tokens.caps[after] or tokens.place(after)[0] > 0)
    )
