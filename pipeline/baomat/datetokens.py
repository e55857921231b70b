"""Text -> the words of time in it, as one symbol each, so that the grammar can be written over words, not characters.

A lexer finds numbers, clock times and the words of ``lexicons/dates.tsv``; what stands between two of them becomes
punctuation or "other text". Every token has one symbol (a code point); words of the same classes share it. The grammar
is then a regular expression over the symbols, a string some thirty times shorter than the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from . import lexicon
from . import text as texts

Meaning = int | str | tuple[int, int | None] | None
Token = tuple[str, int, int, Meaning]  # its symbol, start, end, and what it means

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
_APART = 3  # characters between two words of a run, at most
_LONGEST_RUN = 200  # words of time side by side; nobody writes so many, and what follows them is not read
_LONG = 30  # characters; the name of a time zone is shorter
_MEASURES = frozenset("%‰°$€")  # "78% năm ngoái" is no length of time
_ENDS = frozenset(".!?…;:")  # these end a clause before a blank, a line or the end
_AFTER_END = ("", " ", "\n")
_MANY_MARKS = 8  # side by side; those behind say nothing
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

    words: dict[str, tuple[str, Meaning]]
    numbers: list[str]
    symbols: dict[str, str]
    classes: dict[str, str]
    anchors: frozenset[str]
    pattern: re.Pattern[str]


@dataclass(slots=True)
class Tokens:
    """The words of time in a text: ``symbols[i]`` stands for ``[starts[i], ends[i])`` and means ``values[i]``."""

    text: str
    key: str  # the text in lower case, with plain blanks and hyphens
    symbols: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    values: tuple[Meaning, ...]

    def at(self, index: int, classes: str) -> bool:
        """Is the token at the index of one of the classes (parted by blanks)."""
        return 0 <= index < len(self.symbols) and self.symbols[index] in members(classes)


@cache
def alphabet() -> Alphabet:
    """Read the lexicon and give every combination of classes its symbol."""
    symbols: dict[str, str] = {}

    def symbol(classes: str) -> str:
        return symbols.setdefault(classes, chr(0x100 + len(symbols)))

    words: dict[str, tuple[str, Meaning]] = {}
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
    pattern = rf"(?<!\w)(?:(?P<word>{lexicon.trie(words)})(?!\w)|(?=\d)(?<![^\W\d_iv][-./])(?:{_NUMBERS}))"
    return Alphabet(words, numbers, symbols, by_class, anchors, re.compile(pattern, re.VERBOSE))


@cache
def members(classes: str) -> str:
    """The symbols of the classes (parted by blanks)."""
    return "".join(alphabet().classes[name] for name in classes.split())


def tokenize(text: str) -> Tokens:
    """Find the words of time in a text.

    Words such as "trong" or "người" matter only beside a number or a unit of time, so the text is read in *runs* of
    adjacent words, and a run that holds neither is other text.
    """
    table, key = alphabet(), _key(text)
    tokens: list[Token] = [(table.symbols[_STOP], 0, 0, None)]
    told = 0
    for run in _runs(key, table):
        for word in run:
            start, end = word.span()
            if start - told > 1 or key[told:start] != " ":
                _between(key, told, start, table, tokens)
            symbol, value = _read(word, table)
            tokens.append((symbol, start, end, value))
            told = end
    _between(key, told, len(key), table, tokens)
    tokens.append((table.symbols[_STOP], len(key), len(key), None))
    symbols, starts, ends, values = zip(*tokens, strict=True)
    return Tokens(text, key, "".join(symbols), starts, ends, values)


def _key(text: str) -> str:
    """The text for matching: lower case, plain blanks and hyphens. Same length, and much cheaper than ``text.key``."""
    for odd, plain in _FOLD:
        text = text.replace(odd, plain)
    return texts.lower(text)


def _runs(key: str, table: Alphabet) -> Iterator[list[re.Match[str]]]:
    """The runs worth reading: words parted by at most three characters, none of them a letter or digit."""
    run: list[re.Match[str]] = []
    anchored, run_end = False, 0
    for word in table.pattern.finditer(key):
        start, end = word.span()
        gap = start - run_end
        if gap > _APART or (gap > 1 and _holds_a_word(key[run_end:start])):
            if anchored:
                yield run
            run, anchored = [word], word.lastgroup != "word" or word[0] in table.anchors
        elif len(run) < _LONGEST_RUN:
            run.append(word)
            anchored = anchored or word.lastgroup != "word" or word[0] in table.anchors
        run_end = end
    if anchored:
        yield run


@lru_cache(4096)
def _holds_a_word(gap: str) -> bool:
    return any(map(str.isalnum, gap))


def _read(match: re.Match[str], table: Alphabet) -> tuple[str, Meaning]:
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
    first, last = start, end
    while first < end and not text[first].isalnum():
        first += 1
    while last > first and not text[last - 1].isalnum():
        last -= 1
    if text[start:first] != " ":
        _marks(text, start, first, table, tokens)
    if last > first:
        tokens.append((table.symbols[_OTHER], first, last, None))
        if last - first > _LONG:
            tokens.append((table.symbols[_OTHER], last, last, None))
        if text[last:end] != " ":
            _marks(text, last, end, table, tokens)


def _marks(text: str, start: int, end: int, table: Alphabet, tokens: list[Token]) -> None:
    """A symbol for each mark of punctuation, of the first few."""
    for at in range(start, min(end, start + _MANY_MARKS)):
        char = text[at]
        if char == " ":
            continue
        ends = char == "\n" or (char in _ENDS and text[at + 1 : at + 2] in _AFTER_END)
        tokens.append((table.symbols[_STOP if ends else _PUNCTUATION.get(char, _OTHER)], at, at + 1, None))
