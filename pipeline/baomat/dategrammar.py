"""Expressions of time -> their parts: what is said and where, nothing about which day that is.

The grammar is a list of rules over the words that ``datetokens`` finds. In a rule

* a lower-case word is that word (``cùng ngày``), an upper-case one any word or number of the class (``PART``, ``MONTH``);
* ``month:MONTH`` puts the value into the part "month"; of two places with one name, the first that caught counts;
* ``« »`` bounds the expression where the rule also looks at what stands around it; the rest is regular-expression syntax.

At each place the first rule that fits wins, so the traps come before what they would be taken for, and the vaguest rules
last. What a text leaves out (the year, the month) stays out of the parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from . import datetokens
from .datetokens import Tokens, Value


@dataclass(slots=True)
class Expression:
    """One expression ``[start, end)``: the rule that read it, its parts, and for a range the parts of its end.

    ``[first, last)`` are its tokens. ``tail`` is where it ends without a following "tới", which may be another word.
    """

    start: int
    end: int
    rule: str
    parts: dict[str, Value]
    first: int
    last: int
    tail: int = 0
    until: Expression | None = None


# Classes made of other classes.
_UNIONS = {
    "DAYNAME": "DAY WORD",
    "MONTHNAME": "MONTH WORD LUNARMONTH",
    "QUARTERNAME": "QUARTER ROMAN WORD",
    "COUNTNAME": "COUNT WORD",
    "STEP": "sau trước",
    "THAT": "đó ấy",
    "SINCE": "LÚC VÀO từ UNTIL",
    "UNIT_OF_TIME": "ngày tuần tháng quý năm giờ",
    "CUE": "AT ABOUT từ UNTIL và COMMA OPEN STOP",
}

# ---------------------------------------------------------------- fragments
_LEAD = "(EDGE (?= ngày|PART))? (part:PART (và PART)? | hôm | ngày | weekday:WEEKDAY COMMA?)+"
_AND = "(COMMA|và|COMMA và)"
_CLOCK = "(từ? clock:TIME part:PART? TO to_clock:TIME COMMA? | clock:TIME COMMA?)?"
_DATE = "day:DAY SEP month:MONTH (SEP year:YEAR | SLASH year:YY)? (?! SEP ANY)"
_THAT_YEAR = "(COMMA? năm year:YEAR | năm year_step:REL)?"
_ANY_YEAR = "(SEP year:YEAR | COMMA? năm year:YEAR | COMMA? năm year_step:REL | COMMA year:YEAR)?"
_COMING = "coming:(tới (?! ANY|ngày|tháng|năm|hôm|quý|PART|WEEKDAY|DEICTIC|EDGE)|COMING)?"
_DEICTIC = "(part:PART? step:DEICTIC | part:PART step:SHORT)"

RULES: tuple[tuple[str, str], ...] = (
    ("trap", "TRAP"),
    ("trap", "NOT_BEFORE (ANY|WEEKDAY) (SEP ANY)*"),
    ("trap", "TIME SLASH COUNT? (ngày|tuần|UNIT)?"),
    # Tết and lunar days: found, never valued.
    ("lunar", f"({_LEAD})? mùng? DAYNAME (TET | tháng? LUNARMONTH) LUNAR?"),
    ("lunar", "(PART|ngày)* mùng DAYNAME (tháng MONTHNAME LUNAR | SEP MONTH LUNAR | (?! SEP | tháng))"),
    ("lunar", f"({_LEAD})? (DAYNAME (tháng|SEP) MONTHNAME | rằm tháng MONTHNAME) OPEN? LUNAR"),
    ("lunar", "(PART|ngày)* rằm (tháng MONTHNAME)?"),
    ("lunar", "tháng (LUNARMONTH | MONTHNAME ((TO|COMMA|và) MONTHNAME)* LUNAR)"),
    # Several days that share a month and a year.
    ("days", f"(từ ({_LEAD})? | {_LEAD}) from_day:DAY UNTIL ({_LEAD})? {_DATE} {_THAT_YEAR} {_COMING}"),
    ("days", f"(từ? {_LEAD} | từ)? from_day:DAY DASH day:DAY (SLASH|DOT) month:MONTH (SEP year:YEAR)? (?! SEP ANY) {_THAT_YEAR} {_COMING}"),
    ("days", f"(từ? {_LEAD} | từ) from_day:DAYNAME TO (ngày|mùng)? day:DAYNAME tháng month:MONTHNAME {_ANY_YEAR} {_COMING}"),
    ("day_list", f"{_LEAD} DAY ({_AND} ({_LEAD})? DAY)* ({_AND} | (?= PART)) ({_LEAD})? {_DATE} {_THAT_YEAR} {_COMING}"),
    ("day_list", f"{_LEAD} DAY ({_AND} ({_LEAD})? DAY)* {_AND} ({_LEAD})? day:DAY tháng month:MONTHNAME {_ANY_YEAR} {_COMING}"),
    ("day_list", f"(?<= OPEN) « DAY ({_AND} DAY)* {_AND} {_DATE} »"),
    # One day.
    ("deictic_date", f"{_CLOCK} {_DEICTIC} COMMA? (weekday:WEEKDAY COMMA?)? ngày? {_DATE} {_THAT_YEAR}"),
    ("day", f"{_CLOCK} {_LEAD} {_DATE} {_THAT_YEAR} {_COMING}"),
    ("day", f"clock:TIME {_DATE} {_THAT_YEAR}"),
    ("day", f"{_CLOCK} ({_LEAD} mùng? | mùng) day:DAYNAME tháng month:MONTHNAME {_ANY_YEAR} {_COMING}"),
    ("day", "day:DAY tháng month:MONTHNAME COMMA? năm year:YEAR"),
    ("deictic", f"{_CLOCK} EDGE? {_DEICTIC}"),
    ("same_day", f"{_CLOCK} part:PART? cùng ngày (?! DAY SEP)"),
    ("same_day", f"{_CLOCK} part:PART? (ngày? hôm | ngày) THAT"),
    ("same_day", f"{_CLOCK} part:PART THAT"),
    ("next_day", f"{_CLOCK} part:PART? ngày? hôm step:STEP"),
    ("weekday", f"{_CLOCK} (part:PART | hôm | ngày)* weekday:WEEKDAY (tuần week_step:REL | step:REL | step:JUST | coming:COMING)"),
    ("weekday", f"{_CLOCK} (part:PART | hôm | ngày)+ weekday:WEEKDAY"),
    ("weekday", "(?<= AT|từ|UNTIL) « weekday:WEEKDAY »"),
    ("weekday", "weekday:WEEKDAY (?= OPEN ngày? DAY SEP MONTH)"),
    # Parts of a year.
    ("half", "count:COUNTNAME (tháng|quarters:quý) edge:EDGE năm (year:YEAR | year_step:REL)?"),
    ("half", "nửa edge:EDGE của? năm (year:YEAR | year_step:REL)?"),
    ("quarter", "EDGE? quý quarter:QUARTERNAME (SEP year:YEAR | COMMA? năm year:YEAR | COMMA? năm year_step:REL | year:YEAR | step:REL)?"),
    ("quarter", "quý edge:EDGE năm (year:YEAR | year_step:REL)?"),
    ("quarter", "EDGE? quý step:REL"),
    # So long before or after.
    ("ago", "AGO ABOUT? count:COUNTNAME unit:UNIT_OF_TIME"),
    ("offset", "step:THEN ABOUT? count:COUNTNAME unit:UNIT_OF_TIME"),
    ("offset", "step:THEN ABOUT? hours:TIME"),
    ("offset", "hours:TIME step:STEP THAT"),
    ("ago", "AGO ABOUT? hours:TIME | hours:TIME trước (?! KHI)"),
    ("offset", "count:COUNTNAME unit:UNIT_OF_TIME step:STEP THAT"),
    ("offset", "count:COUNTNAME unit:UNIT_OF_TIME step:sau (?= COMMA|STOP|CLOSE)"),
    ("ago", "count:COUNTNAME unit:UNIT_OF_TIME trước (?! KHI|ngày)"),
    ("ahead", "count:COUNTNAME unit:UNIT_OF_TIME nữa"),
    # Numbers and durations that are no dates.
    ("trap", "ANY ((SEP|TO) ANY)* UNIT"),
    ("trap", "(ANY|WORD) (SEP|TO|COMMA) (ANY|WORD) (ngày|tuần|giờ|quý|tháng (?! MONTH)|năm (?! YEAR)) (REL|qua|sau|trước)?"),
    ("trap", "(COUNTNAME|SOME) ABOUT? (ngày (?! DAY)|tuần|quý|tháng (?! MONTH)|năm (?! YEAR)|giờ) (REL|qua|COMING|JUST)?"),
    ("trap", "(những|các|SOME) (ngày|tuần|tháng|năm) (REL|qua|THAT|COMING|JUST|(?= EDGE))"),
    # Weeks.
    ("week", "EDGE? tuần step:REL"),
    ("week", "EDGE tuần (step:qua | step:JUST)"),
    ("week", "hôm EDGE tuần"),
    ("week", "(?<= SINCE) « EDGE tuần »"),
    # Months.
    ("months", "từ? EDGE? tháng from_month:MONTH TO EDGE? month:MONTH (SEP year:YEAR | COMMA? năm year:YEAR | COMMA? năm year_step:REL)"),
    ("month_list", f"EDGE? tháng MONTH ({_AND} MONTH)* {_AND} month:MONTH (SEP year:YEAR | COMMA? năm year:YEAR | COMMA? năm year_step:REL)"),
    ("month", f"EDGE? tháng month:MONTHNAME {_ANY_YEAR} (coming:tới | coming:COMING | step:REL)?"),
    ("month", "EDGE? tháng step:REL"),
    ("month", "hôm? EDGE tháng"),
    # Years and more.
    ("decade_list", "EDGE? những năm YEAR (COMMA YEAR)* và YEAR"),
    ("decade", "EDGE? (những năm | DECADE) (decade:YEAR | decade:YY) (của? thế_kỷ (trước|COUNT))?"),
    ("season", "EDGE? SEASON (năm? year:YEAR | SLASH year:YEAR | năm year_step:REL)"),
    ("years", "EDGE? PERIOD từ? năm? from_year:YEAR TO năm? year:YEAR"),
    ("years", "từ? EDGE? (các|những)? năm from_year:YEAR TO EDGE? năm? year:YEAR"),
    ("years", "từ from_year:YEAR TO EDGE? năm? year:YEAR"),
    ("years", "from_year:YEAR DASH year:YEAR (?! UNIT | SEP ANY)"),
    ("year_list", f"EDGE? năm YEAR ({_AND} YEAR)* {_AND} year:YEAR"),
    ("year", "EDGE? năm (year:YEAR | year:OLD_YEAR)"),
    ("year", "EDGE year:YEAR (?! UNIT)"),
    ("year", "EDGE? năm step:REL"),
    ("year", "(?<= SINCE) « EDGE năm »"),
    # Without a word of time of their own.
    ("day", "day:DAY SEP month:MONTH (SEP year:YEAR | SLASH year:YY) (?! SEP ANY)"),
    ("month", "month:MONTH SEP year:YEAR (?! SEP ANY | UNIT)"),
    ("bracket", "(?<= OPEN) « day:DAY SEP month:MONTH » (?= CLOSE|COMMA|OTHER|DASH|STOP)"),
    ("bare_day", f"day:DAY SLASH month:MONTH (?! SEP? ANY | UNIT) {_THAT_YEAR} {_COMING}"),
    ("bare_day", "(?<= từ|UNTIL) « day:DAY (DOT|DASH) month:MONTH » (?! SEP ANY | UNIT)"),
    ("clock", "(từ clock:TIME TO to_clock:TIME | clock:TIME) part:PART?"),
    ("trap", "ANY ((SEP|TO|COMMA|và) ANY)+"),
    ("bare_year", "(?<= CUE) « year:YEAR » (?! SEP ANY | UNIT | ANY | WORD | SOME)"),
)


# ---------------------------------------------------------------- compiling the rules
@cache
def _compiled() -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """One pattern that says which rule fits, and each rule by itself, which gives the parts."""
    rules = tuple((name, _symbols(rule)) for name, rule in RULES)
    nameless = [re.sub(r"\(\?P<\w+>", "(?:", pattern) for _, pattern in rules]
    anywhere = "|".join(f"(?P<r{number}>{pattern})" for number, pattern in enumerate(nameless))
    return re.compile(anywhere), tuple((name, re.compile(pattern)) for name, pattern in rules)


_ITEM = re.compile(r"(?:(?P<name>[a-z_]+):)?(?:(?P<terminal>[^\W\d]\w*)|\((?!\?))")


def _symbols(rule: str) -> str:
    """Translate a rule into a regular expression over symbols; a name used again gets a trailing underscore."""
    classes = dict(datetokens.alphabet().classes)
    for union, members in _UNIONS.items():
        classes[union] = "".join(classes[member] for member in members.split())
    used: set[str] = set()

    def item(match: re.Match[str]) -> str:
        opening, name = "(?:", match["name"]
        if name:
            while name in used:
                name += "_"
            used.add(name)
            opening = f"(?P<{name}>"
        if not match["terminal"]:
            return opening
        one = f"[{classes[match['terminal']]}]"
        return f"{opening}{one})" if name else one

    return _ITEM.sub(item, rule.replace("«", "span:(").replace("»", ")")).replace(" ", "")


# ---------------------------------------------------------------- reading a text
def parse(text: str) -> list[Expression]:
    """Find the expressions of time of a text, in reading order, never overlapping."""
    tokens = datetokens.tokenize(datetokens.key(text))
    anywhere, rules = _compiled()
    found: list[Expression] = []
    for hit in anywhere.finditer(tokens.symbols):
        name, pattern = rules[int((hit.lastgroup or "r0")[1:])]
        match = pattern.match(tokens.symbols, hit.start()) if name != "trap" else None
        if match is None:
            continue
        if name.endswith("_list"):
            found += _items(name, match, tokens)
        else:
            found.append(_expression(name, match, tokens))
    return _join([expression for expression in found if _plausible(expression, tokens, text)], tokens)


def _expression(name: str, match: re.Match[str], tokens: Tokens) -> Expression:
    span = "span" if "span" in match.re.groupindex else 0
    first, last = match.span(span)
    parts: dict[str, Value] = {}
    for group, index in match.re.groupindex.items():
        at = match.start(index)
        if at >= 0 and group != "span":
            parts.setdefault(group.rstrip("_"), tokens.values[at])
    if parts.get("unit") == 5:  # "năm" is a year here, not the number
        parts["unit"] = "year"
    tail = tokens.ends[match.start("coming") - 1] if "coming" in parts and "coming" in match.re.groupindex else 0
    return Expression(tokens.starts[first], tokens.ends[last - 1], name, parts, first, last, tail)


def _items(name: str, match: re.Match[str], tokens: Tokens) -> list[Expression]:
    """The members of a list: the last gives month and year to those before it."""
    classes = datetokens.alphabet().classes
    rule = name.removesuffix("_list")
    whole = _expression(rule, match, tokens)
    if rule in ("year", "decade"):
        member, shared = classes["YEAR"], {}
    else:
        member = classes["DAY"] if rule == "day" else classes["MONTH"]
        shared = {part: value for part, value in whole.parts.items() if part not in ("part", "weekday")}
    items, first = [], whole.first
    end = match.start(rule) + 1 if rule in match.re.groupindex else whole.last
    for at in range(whole.first, end):
        if tokens.symbols[at] in member:
            last = whole.last if at + 1 == end else at + 1
            parts = {**shared, rule: tokens.values[at]}
            items.append(Expression(tokens.starts[first], tokens.ends[last - 1], rule, parts, first, last, whole.tail if last == whole.last else 0))
            first = at + 1
            while first < end and tokens.symbols[first] in classes["COMMA"] + classes["và"]:
                first += 1
    return items


def _plausible(expression: Expression, tokens: Tokens, text: str) -> bool:
    """What symbols cannot say: a fraction, a range that runs backwards, an ordinal that only looks like a weekday."""
    parts, rule = expression.parts, expression.rule
    before = tokens.symbols[expression.first - 1] if expression.first else ""
    if rule in ("bare_day", "bracket"):
        day, month = parts["day"], parts["month"]
        assert isinstance(day, int) and isinstance(month, int)
        if rule == "bracket" and "/" not in text[expression.start : expression.end]:
            return True
        return before in _cues() or (day > month and (day, month) != (24, 7))
    if rule == "clock":
        return _stands_alone(expression, tokens)
    if rule == "months" and parts["from_month"] == parts["month"]:
        return False
    if rule == "years":
        return _int(parts["from_year"]) < _int(parts["year"])
    return not (rule == "month" and _int(parts.get("month") or 1) > 12)


def _stands_alone(clock: Expression, tokens: Tokens) -> bool:
    """A clock time without a date: not the length of something ("trong 3 giờ")."""
    classes = datetokens.alphabet().classes
    before, after = tokens.symbols[clock.first - 1], tokens.symbols[clock.last]
    if before in classes["LÚC"] or (before in classes["UNTIL"] + classes["ABOUT"] and clock.parts.get("part")):
        return True
    if tokens.symbols[clock.first] in classes["CLOCK"] or "to_clock" in clock.parts:
        return before not in classes["trong"] and after not in classes["SOME"]
    return (before in classes["STOP"] or before in classes["UNTIL"]) and after in classes["COMMA"]


@cache
def _cues() -> str:
    classes = datetokens.alphabet().classes
    return "".join(classes[name] for name in ("AT", "từ", "UNTIL", "và", "OPEN"))


def _int(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _join(found: list[Expression], tokens: Tokens) -> list[Expression]:
    """Make one range of "từ A đến B" where A and B are dates of their own."""
    classes = datetokens.alphabet().classes
    joined: list[Expression] = []
    for expression in found:
        previous = joined[-1] if joined else None
        if (
            previous
            and previous.until is None
            and previous.rule in _RANGED
            and expression.rule in _RANGED
            and expression.first - previous.last == 1
            and tokens.symbols[previous.last] in classes["TO"]
        ):
            first = previous.first - (tokens.symbols[previous.first - 1] in classes["từ"])
            joined[-1] = Expression(tokens.starts[first], expression.end, "range", previous.parts, first, expression.last, 0, expression)
        else:
            if previous and _shares(previous, expression, tokens):
                previous.parts["year"] = expression.parts["year"]
            joined.append(expression)
    return joined


def _shares(first: Expression, second: Expression, tokens: Tokens) -> bool:
    """Does the second lend its year to the first: "tháng 5 và tháng 6-2017"."""
    between = tokens.symbols[first.last : second.first]
    classes = datetokens.alphabet().classes
    return (
        isinstance(second.parts.get("year"), int)
        and not {"year", "year_step", "step"} & first.parts.keys()
        and ({first.rule, second.rule} <= {"day", "bare_day"} or first.rule == second.rule == "month")
        and 0 < len(between) <= 2
        and between[-1] in classes["và"] + classes["COMMA"]
    )


_RANGED = {"day", "bare_day", "month", "year", "bare_year", "quarter"}
