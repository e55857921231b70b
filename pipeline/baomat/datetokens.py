"""Text -> the words of time in it, as one symbol each, so that the grammar can be written over words, not characters.

A lexer finds numbers, clock times and the words of ``lexicons/dates.tsv``; what stands between two of them becomes
punctuation or "other text". Every token has one symbol (a code point); words of the same classes share it. The grammar
is then a regular expression over the symbols, a string some thirty times shorter than the article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from . import lexicon
from . import text as texts

Value = int | str | tuple[int, int | None] | None
Token = tuple[str, int, int, Value]  # its symbol, start, end, and what it means

# What one or two digits can be, by their range.
_SMALL = (
    (0, 0, "HOUR_OF_DAY;MINUTE;YY;ANY"),
    (1, 4, "DAY;MONTH;QUARTER;HOUR_OF_DAY;MINUTE;YY;COUNT;ANY"),
    (5, 12, "DAY;MONTH;HOUR_OF_DAY;MINUTE;YY;COUNT;ANY"),
    (13, 24, "DAY;HOUR_OF_DAY;MINUTE;YY;COUNT;ANY"),
    (25, 31, "DAY;MINUTE;YY;COUNT;ANY"),
    (32, 59, "MINUTE;YY;COUNT;ANY"),
    (60, 99, "YY;COUNT;ANY"),
)
_YEAR, _PAST_YEAR, _OLD_YEAR, _NUMBER = "YEAR;ANY", "PAST_YEAR;OLD_YEAR;ANY", "OLD_YEAR;ANY", "ANY"
_CLOCK, _HOURS = "CLOCK;TIME", "HOURS;TIME"  # "22h00", and "22 giờ", which may also be a length of time
_OTHER, _STOP = "OTHER", "STOP"
_PUNCTUATION = {"/": "SLASH;SEP", "-": "DASH;SEP;TO", ".": "DOT;SEP", ",": "COMMA", "(": "OPEN", ")": "CLOSE"}
_LONGEST_RUN = 200  # words of time side by side; nobody writes so many, and what follows them is not read
_LONG = 30  # characters; the name of a time zone is shorter
_MEASURES = frozenset("%‰°$€")  # "78% năm ngoái" is no length of time
_ENDS = frozenset(".!?…;:\n")  # before a blank, these end a clause
# A run of adjacent words counts only if it holds one of these.
_ANCHORS = "ANY TIME ngày hôm tuần tháng năm quý phút PART WEEKDAY DEICTIC SEASON TET rằm DECADE".split()
_FOLD = tuple(zip("\u00a0\u202f\u2009\t\u2010\u2011\u2012\u2013\u2014\u2212", "    ------", strict=True))

# Group names carry the value. A clock does not follow "9-" or "9/", a number not a letter and a hyphen ("covid-19").
_NUMBERS = r"""
    (?<!\d[-/.])(?P<hour>[01]?\d|2[0-4])(?:
        \ ?[hg]\ ?(?P<minute>[0-5]\d)(?:\ ?['’]|\ ?phút|\ ?p)?(?!\w)
      | :(?P<minute_after_colon>[0-5]\d)(?::[0-5]\d)?(?![:\d])(?:\ ?[hg](?!\w))?
    )
  | (?<!\d[-/.])(?P<hours>[01]?\d|2[0-4])(?:
        \ (?:giờ|h)\ ?(?P<minutes>[0-5]?\d)\ ?(?:phút|['’])(?:\ ?\d\d?\ ?giây)?(?!\w)
      | \ giờ\ (?P<bare_minutes>[0-5]\d)(?![\w/-]|[.,]\d)
      | \ ?(?:giờ|h|g)\ (?:kém\ (?P<less>[0-5]?\d)(?:\ phút)?|(?P<half>rưỡi))(?!\w)
      | \ ?(?:giờ|[hg])(?!\w)
    )
  | (?P<junk>
        \d[\d.,]{0,20}\ ?[%‰°$€]
      | (?<!ngày\ )(?<!\d,)\d+,\d[\d.,]*
      | \d{1,3}(?:\.\d{3})+(?!\d)
      | \d+(?:\.\d+){3,}
      | \d+(?:\ ?[/-]\ ?\d+){0,3}\ ?/\ ?[^\W\d_]\w*
      | \d+[^\W\d]\w*
    )
  | (?P<number>\d+)
"""


@dataclass(frozen=True, slots=True)
class Alphabet:
    """Symbols for words and numbers; ``classes`` gives, for a class, the symbols that belong to it.

    ``anchors`` are the words that make a run of words worth reading; a number does too.
    """

    words: dict[str, tuple[str, Value]]
    numbers: list[str]
    symbols: dict[str, str]
    classes: dict[str, str]
    anchors: frozenset[str]
    pattern: re.Pattern[str]


@dataclass(slots=True)
class Tokens:
    """The words of time in a text: ``symbols[i]`` stands for ``[starts[i], ends[i])`` and means ``values[i]``."""

    symbols: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    values: tuple[Value, ...]

    def at(self, index: int, classes: str) -> bool:
        """Is the token at the index of one of the classes (parted by blanks)."""
        return 0 <= index < len(self.symbols) and self.symbols[index] in members(classes)


@cache
def alphabet() -> Alphabet:
    """Read the lexicon and give every combination of classes its symbol."""
    symbols: dict[str, str] = {}

    def symbol(classes: str) -> str:
        return symbols.setdefault(classes, chr(0x100 + len(symbols)))

    words: dict[str, tuple[str, Value]] = {}
    for row in lexicon.read("dates", ("word", "class", "value"), unique=("word",)):
        value = row["value"]
        words[texts.lower(row["word"])] = symbol(row["class"]), int(value) if value.lstrip("-").isdigit() else value or None
    numbers = [symbol(classes) for first, last, classes in _SMALL for _ in range(first, last + 1)]
    for classes in (_YEAR, _PAST_YEAR, _OLD_YEAR, _NUMBER, _CLOCK, _HOURS, _OTHER, _STOP, *_PUNCTUATION.values()):
        symbol(classes)
    by_class: dict[str, str] = {}
    for classes, char in symbols.items():
        for name in classes.split(";"):
            by_class[name] = by_class.get(name, "") + char
    anchoring = frozenset("".join(by_class[name] for name in _ANCHORS))
    anchors = frozenset(word for word, (char, _) in words.items() if char in anchoring)
    pattern = rf"(?<!\w)(?:(?=\d)(?<![^\W\d_iv][-./])(?:{_NUMBERS})|(?P<word>{lexicon.trie(words)})(?!\w))"
    return Alphabet(words, numbers, symbols, by_class, anchors, re.compile(pattern, re.VERBOSE))


@cache
def members(classes: str) -> str:
    """The symbols of the classes (parted by blanks)."""
    return "".join(alphabet().classes[name] for name in classes.split())


def key(article: str) -> str:
    """The text for matching: lower case, plain blanks and hyphens. Same length, and much cheaper than ``text.key``."""
    for odd, plain in _FOLD:
        article = article.replace(odd, plain)
    return texts.lower(article)


def tokenize(matching_key: str) -> Tokens:
    """Find the words of time in a matching key.

    Words such as "trong" or "người" matter only beside a number or a unit of time, so the text is read in *runs* of
    adjacent words, and a run that holds neither is other text.
    """
    table = alphabet()
    tokens: list[Token] = [(table.symbols[_STOP], 0, 0, None)]
    told = 0

    def flush() -> None:
        nonlocal told
        for match in run:
            start, end = match.span()
            if start - told > 1 or matching_key[told:start] != " ":
                _between(matching_key, told, start, table, tokens)
            symbol, value = _read(match, table)
            tokens.append((symbol, start, end, value))
            told = end

    end_of_run = 0
    run: list[re.Match[str]] = []
    anchored = False
    for match in table.pattern.finditer(matching_key):
        start, end = match.span()
        if start - end_of_run > 1 and (start - end_of_run > 3 or not _only_marks(matching_key[end_of_run:start])):
            if anchored:
                flush()
            run, anchored = [], False
        elif len(run) >= _LONGEST_RUN:
            end_of_run = end
            continue
        run.append(match)
        anchored = anchored or match.lastgroup != "word" or match[0] in table.anchors
        end_of_run = end
    if anchored:
        flush()
    _between(matching_key, told, len(matching_key), table, tokens)
    tokens.append((table.symbols[_STOP], len(matching_key), len(matching_key), None))
    symbols, starts, ends, values = zip(*tokens, strict=True)
    return Tokens("".join(symbols), starts, ends, values)


def _only_marks(gap: str) -> bool:
    return not any(char.isalnum() for char in gap)


def _read(match: re.Match[str], table: Alphabet) -> tuple[str, Value]:
    """The symbol and the value of one match of the lexer."""
    kind, found = match.lastgroup, match[0]
    if kind == "word":
        return table.words.get(found) or table.words[" ".join(found.split())]
    if kind == "number":
        return _number(found, table), int(found[:9])
    if kind == "junk":
        return table.symbols[_OTHER if found[-1] in _MEASURES else _NUMBER], None
    if match["hour"]:
        return table.symbols[_CLOCK], (int(match["hour"]), int(match["minute"] or match["minute_after_colon"]))
    hour, minutes = int(match["hours"]), match["minutes"] or match["bare_minutes"]
    if match["less"]:
        return table.symbols[_CLOCK], ((hour - 1) % 24, (60 - int(match["less"])) % 60)
    if match["half"]:
        return table.symbols[_CLOCK], (hour, 30)
    return table.symbols[_HOURS], (hour, int(minutes) if minutes else None)


def _number(digits: str, table: Alphabet) -> str:
    if len(digits) <= 2:
        return table.numbers[int(digits)]
    if len(digits) == 4 and digits[:2] in ("19", "20"):
        return table.symbols[_YEAR]
    if len(digits) == 4 and "10" <= digits[:2] <= "18":
        return table.symbols[_PAST_YEAR]
    return table.symbols[_OLD_YEAR if len(digits) <= 4 and digits[0] in "123456789" else _NUMBER]


def _between(text: str, start: int, end: int, table: Alphabet, tokens: list[Token]) -> None:
    """Symbols for the text between two tokens: its punctuation at both ends, and one symbol for words between, two if long."""
    if end - start <= 1 and (start == end or text[start] == " "):
        return
    first, last = start, end
    while first < end and not text[first].isalnum():
        first += 1
    while last > first and not text[last - 1].isalnum():
        last -= 1
    _marks(text, start, first, table, tokens)
    if last > first:
        tokens.append((table.symbols[_OTHER], first, last, None))
        if last - first > _LONG:
            tokens.append((table.symbols[_OTHER], last, last, None))
        _marks(text, last, end, table, tokens)


def _marks(text: str, start: int, end: int, table: Alphabet, tokens: list[Token]) -> None:
    for at in range(start, min(end, start + 8)):
        char = text[at]
        if char == " ":
            continue
        if char in _ENDS and (char == "\n" or at + 1 >= len(text) or text[at + 1] in " \n"):
            tokens.append((table.symbols[_STOP], at, at + 1, None))
        else:
            tokens.append((table.symbols[_PUNCTUATION.get(char, _OTHER)], at, at + 1, None))
