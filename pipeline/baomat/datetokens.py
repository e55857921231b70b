"""Text -> the words of time in it, as one symbol each, so that the grammar can be written over words, not characters.

A lexer finds numbers, clock times and the words of ``lexicons/dates.tsv``; what stands between two of them becomes
punctuation or "other text". Every token has one symbol (a code point); words of the same classes share it. The grammar
then is a regular expression over the symbols, a string some fifty times shorter than the article.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from . import lexicon, text

# What one to three digits can be. The first class that names the number's range is its symbol.
_SMALL = (
    (0, 0, "HOUR_OF_DAY;MINUTE;YY;ANY"),
    (1, 4, "DAY;MONTH;QUARTER;HOUR_OF_DAY;MINUTE;YY;COUNT;ANY"),
    (5, 12, "DAY;MONTH;HOUR_OF_DAY;MINUTE;YY;COUNT;ANY"),
    (13, 24, "DAY;HOUR_OF_DAY;MINUTE;YY;COUNT;ANY"),
    (25, 31, "DAY;MINUTE;YY;COUNT;ANY"),
    (32, 59, "MINUTE;YY;COUNT;ANY"),
    (60, 99, "YY;COUNT;ANY"),
)
_YEAR, _OLD_YEAR, _NUMBER, _CLOCK, _HOURS = "YEAR;ANY", "OLD_YEAR;ANY", "ANY", "CLOCK;TIME", "HOURS;TIME"
# A run of words counts only if it holds one of these (or a number).
_ANCHORS = "ANY TIME ngày hôm tuần tháng năm quý PART WEEKDAY DEICTIC SEASON TET rằm DECADE".split()
_FOLD = tuple(zip("\u00a0\u202f\u2009\t\u2010\u2011\u2012\u2013\u2014\u2212", "    ------", strict=True))

Value = int | str | tuple[int, int | None] | None
Add = Callable[..., None]
PUNCTUATION = {"/": "SLASH;SEP", "-": "DASH;SEP;TO", ".": "DOT;SEP", ",": "COMMA", "(": "OPEN", ")": "CLOSE"}
_OTHER, _STOP = "OTHER", "STOP"
_ENDS = frozenset(".!?…;:\n")  # before a blank, these end a clause


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of time in a text: ``symbols[i]`` stands for ``[starts[i], ends[i])`` and means ``values[i]``."""

    symbols: str
    starts: list[int]
    ends: list[int]
    values: list[Value]


@dataclass(frozen=True, slots=True)
class Alphabet:
    """Symbols for words and numbers; ``classes`` gives, for a class, the symbols that belong to it."""

    words: dict[str, tuple[str, Value]]
    numbers: list[str]
    classes: dict[str, str]
    symbol: dict[str, str]
    anchors: frozenset[str]
    pattern: re.Pattern[str]


_NUMBERS = r"""
    (?<!\d[-/.])(?P<hour>[01]?\d|2[0-4])(?:
        \ ?[hg]\ ?(?P<minute>[0-5]\d)(?:\ ?['’]|\ ?phút|\ ?p)?(?!\w)
      | :(?P<minute_>[0-5]\d)(?::[0-5]\d)?(?![:\d])(?:\ ?[hg](?!\w))?
      | \ (?:giờ|h)\ ?(?P<minute__>[0-5]?\d)\ ?(?:phút|['’])(?:\ ?\d\d?\ ?giây)?(?!\w)
      | \ giờ\ (?P<minute___>[0-5]\d)(?![\w.,/-])
      | \ ?(?:giờ|h|g)\ (?:kém\ (?P<less>[0-5]?\d)(?:\ phút)?|(?P<half>rưỡi))(?!\w)
    )
  | (?<!\d[-/.])(?P<hours>[01]?\d|2[0-4])\ ?(?:giờ|[hg])(?!\w)
  | (?P<junk>
        \d[\d.,]*\ ?[%‰°$€]
      | \d+,\d[\d.,]*
      | \d{1,3}(?:\.\d{3})+(?!\d)
      | \d+(?:\.\d+){3,}
      | \d+(?:\ ?[/-]\ ?\d+)*\ ?/\ ?[^\W\d_]\w*
      | \d+[^\W\d]\w*
    )
  | (?P<number>\d+)
"""


@cache
def alphabet() -> Alphabet:
    """Read the lexicon and give every combination of classes its symbol."""
    symbol: dict[str, str] = {}

    def of(classes: str) -> str:
        return symbol.setdefault(classes, chr(0x100 + len(symbol)))

    words = {
        text.lower(row["word"]): (of(row["class"]), int(row["value"]) if row["value"].lstrip("-").isdigit() else row["value"] or None)
        for row in lexicon.read("dates", ("word", "class", "value"), unique=("word",))
    }
    numbers = [of(classes) for first, last, classes in _SMALL for _ in range(first, last + 1)]
    for classes in (_YEAR, _OLD_YEAR, _NUMBER, _CLOCK, _HOURS, _OTHER, _STOP, *PUNCTUATION.values()):
        of(classes)
    members: dict[str, str] = {}
    for classes, char in symbol.items():
        for name in classes.split(";"):
            members[name] = members.get(name, "") + char
    anchors = frozenset("".join(members[name] for name in _ANCHORS))
    pattern = rf"(?<!\w)(?:(?=\d)(?<![^\W\d_iv][-./])(?:{_NUMBERS})|(?P<word>{lexicon.trie(words)})(?!\w))"
    return Alphabet(words, numbers, members, symbol, anchors, re.compile(pattern, re.VERBOSE))


def key(article: str) -> str:
    """The text for matching: lower case, plain blanks and hyphens. Same length, and much cheaper than ``text.key``."""
    for odd, plain in _FOLD:
        article = article.replace(odd, plain)
    return text.lower(article)


def tokenize(matching_key: str) -> Tokens:
    """Find the words of time in a matching key.

    Words such as "trong" or "người" matter only beside a number or a unit of time, so the text is read in *runs* of
    adjacent words, and a run that holds neither is other text.
    """
    table = alphabet()
    tokens = Tokens("", [], [], [])
    symbols: list[str] = []

    def add(symbol: str, start: int, end: int, value: Value = None) -> None:
        symbols.append(symbol)
        tokens.starts.append(start)
        tokens.ends.append(end)
        tokens.values.append(value)

    add(table.symbol[_STOP], 0, 0)
    position = end_of_run = 0
    run: list[tuple[str, int, int, Value]] = []
    anchored = False
    for match in table.pattern.finditer(matching_key):
        start, end = match.span()
        if start - end_of_run > 3 or not _only_marks(matching_key, end_of_run, start):
            if anchored:
                position = _flush(matching_key, position, run, table, add)
            run, anchored = [], False
        symbol, value = _read(match, table)
        run.append((symbol, start, end, value))
        anchored = anchored or symbol in table.anchors
        end_of_run = end
    if anchored:
        position = _flush(matching_key, position, run, table, add)
    _between(matching_key, position, len(matching_key), table, add)
    add(table.symbol[_STOP], len(matching_key), len(matching_key))
    return Tokens("".join(symbols), tokens.starts, tokens.ends, tokens.values)


def _only_marks(key: str, start: int, end: int) -> bool:
    return end - start <= 1 or not any(char.isalnum() for char in key[start:end])


def _flush(key: str, position: int, run: list[tuple[str, int, int, Value]], table: Alphabet, add: Add) -> int:
    for symbol, start, end, value in run:
        _between(key, position, start, table, add)
        add(symbol, start, end, value)
        position = end
    return position


def _read(match: re.Match[str], table: Alphabet) -> tuple[str, Value]:
    """The symbol and the value of one match of the lexer."""
    kind, found = match.lastgroup, match[0]
    if kind == "word":
        return table.words.get(found) or table.words[" ".join(found.split())]
    if kind == "number":
        return _number(found, table), int(found[:9])
    if kind == "hours":
        return table.symbol[_HOURS], (int(match["hours"]), None)
    if kind == "junk":
        return table.symbol[_NUMBER], None
    return table.symbol[_CLOCK], _clock(match)


def _number(digits: str, table: Alphabet) -> str:
    if len(digits) <= 2:
        return table.numbers[int(digits)]
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return table.symbol[_YEAR]
    return table.symbol[_OLD_YEAR if len(digits) <= 4 and digits[0] in "123456789" else _NUMBER]


def _clock(match: re.Match[str]) -> tuple[int, int]:
    hour = int(match["hour"])
    if match["less"]:
        return (hour - 1) % 24, (60 - int(match["less"])) % 60
    if match["half"]:
        return hour, 30
    return hour, int(match["minute"] or match["minute_"] or match["minute__"] or match["minute___"])


def _between(key: str, start: int, end: int, table: Alphabet, add: Add) -> None:
    """Symbols for the text between two tokens: its punctuation at both ends, and one symbol for words between."""
    if end - start <= 1 and (start == end or key[start] == " "):
        return
    first, last = start, end
    while first < end and not key[first].isalnum():
        first += 1
    while last > first and not key[last - 1].isalnum():
        last -= 1
    _marks(key, start, first, table, add)
    if last > first:
        add(table.symbol[_OTHER], first, last)
        _marks(key, last, end, table, add)


def _marks(key: str, start: int, end: int, table: Alphabet, add: Add) -> None:
    for at in range(start, end if end - start < 9 else start + 8):
        char = key[at]
        if char == " ":
            continue
        if char in _ENDS and (char == "\n" or at + 1 >= len(key) or key[at + 1] in " \n"):
            add(table.symbol[_STOP], at, at + 1)
        elif char in PUNCTUATION:
            add(table.symbol[PUNCTUATION[char]], at, at + 1)
        else:
            add(table.symbol[_OTHER], at, at + 1)
