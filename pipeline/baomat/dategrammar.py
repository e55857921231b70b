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
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from . import datetokens, lexicon
from . import text as texts
from .datetokens import Tokens, Value


@dataclass(slots=True)
class Expression:
    """One expression ``[start, end)``: the rule that read it, its parts, and for a range its other end.

    ``[first, last)`` are its tokens, ``key`` is its text in lower case. ``tail`` is where it ends without a "tới" behind
    it, which may be another word ("chiều 4/1 tới Huế").
    """

    start: int
    end: int
    rule: str
    parts: dict[str, Value]
    first: int = 0
    last: int = 0
    tail: int = 0
    until: Expression | None = None
    key: str = ""


# Classes made of other classes.
_UNIONS = {
    "DAYNAME": "DAY WORD",
    "MONTHNAME": "MONTH WORD",
    "QUARTERNAME": "QUARTER ROMAN WORD",
    "COUNTNAME": "COUNT WORD",
    "UNIT_OF_TIME": "ngày hôm tuần tháng quý năm",
    "STEP": "sau trước",
    "THAT": "đó ấy",
    "SINCE": "LÚC VÀO từ UNTIL",
    "SHORT_UNIT": "giờ phút tiếng",
    "CUE": "AT ABOUT từ UNTIL và COMMA OPEN STOP",
    "DATED": "ANY ngày tháng năm hôm quý PART WEEKDAY DEICTIC EDGE",
}

# What a rule can begin with; every other word is only looked at beside one of these.
_FIRST = (
    "ANY WORD TIME TRAP NOT_BEFORE SOME những các trong ngày hôm tuần tháng quý năm nửa mùng rằm cùng từ PART WEEKDAY DEICTIC"
    " EDGE AGO THEN PERIOD DECADE SEASON"
)

# ---------------------------------------------------------------- fragments
_LEAD = "(EDGE (?= ngày|PART))? (part:PART (và PART)? | hôm | ngày | weekday:WEEKDAY COMMA?){1,5}"
_AND = "(COMMA|và|COMMA và)"
_ZONE = "(OPEN? giờ OTHER CLOSE?)?"
_HOURS_OF = "từ? clock:TIME part:PART? TO to_clock:TIME COMMA? | từ clock:HOUR_OF_DAY TO to_clock:TIME"
_CLOCK = f"({_HOURS_OF} | clock:TIME part:PART? VÀO | clock:TIME {_ZONE} COMMA?)?"
_ALONE = "(?! (SLASH|DOT) ANY | SEP ANY (?! SEP ANY))"  # no more digits, unless "- 30/6" follows
_DATE = f"day:DAY SEP month:MONTH (SEP year:(YEAR|PAST_YEAR) | SLASH year:YY)? {_ALONE}"
_TOLD_YEAR = "năm told:THAT | cùng told:năm"
_YEAR = f"(SEP year:YEAR | COMMA? năm year:(YEAR|OLD_YEAR) | COMMA? năm year_step:REL | {_TOLD_YEAR})"
_THAT_YEAR = f"(COMMA? năm year:(YEAR|OLD_YEAR) | năm year_step:REL | {_TOLD_YEAR})?"
_ANY_YEAR = f"({_YEAR} | COMMA year:YEAR)?"
_EDGE = "(nửa? EDGE)?"
_LENGTH = "(ngày (?! DAY)|tuần|giờ|quý (?! QUARTER|ROMAN)|tháng (?! MONTH)|năm (?! YEAR))"
_COMING = "coming:(tới (?! nay|DATED) | COMING)?"
_COUNTED = "count:COUNTNAME unit:(UNIT_OF_TIME|SHORT_UNIT)"
_DEICTIC = "(part:PART? step:DEICTIC | part:PART step:SHORT)"

RULES: tuple[tuple[str, str], ...] = (
    ("trap", "TRAP"),
    ("trap", "NOT_BEFORE (?! DAY SEP MONTH SEP YEAR | WEEKDAY ngày? DAY SEP MONTH) (ANY|WEEKDAY) (SEP ANY){0,3}"),
    ("trap", "(những|các|(?! WHOLE|EVERY) SOME) (DEICTIC | EDGE (tuần|tháng (?! MONTH)|năm (?! YEAR)) (REL|qua|JUST)?)"),
    ("trap", "ngày EDGE (tuần|tháng (?! MONTH | REL)|năm (?! YEAR | REL))"),
    ("trap", "TIME SLASH COUNT? (ngày|tuần|UNIT)?"),
    ("trap", "(WHOLE|trong) ABOUT? HOURS"),
    # Tết and lunar days: found, never valued.
    ("lunar", f"({_LEAD})? mùng? DAYNAME (({_AND}|TO) mùng? DAYNAME){{0,4}} (TET | tháng? LUNARMONTH) LUNAR?"),
    ("lunar", "(PART|ngày){0,3} mùng DAYNAME (tháng MONTHNAME LUNAR | SEP MONTH LUNAR | (?! SEP | tháng))"),
    ("lunar", f"({_LEAD})? (DAYNAME (tháng|SEP) MONTHNAME | rằm tháng MONTHNAME) OPEN? LUNAR"),
    ("lunar", "(PART|ngày){0,3} rằm (tháng (MONTHNAME|LUNARMONTH))?"),
    ("lunar", "tháng (LUNARMONTH | MONTHNAME ((TO|COMMA|và) MONTHNAME){0,8} LUNAR)"),
    # Several days that share a month and a year.
    ("days", f"(từ ({_LEAD})? | {_LEAD}) from_day:DAY UNTIL ({_LEAD})? {_DATE} {_THAT_YEAR} {_COMING}"),
    (
        "days",
        f"(từ? {_LEAD} | từ)? from_day:DAY DASH day:DAY (SLASH|DOT) month:MONTH (SEP year:YEAR)? (?! SEP ANY)"
        f"{_THAT_YEAR} {_COMING}",
    ),
    ("days", f"(từ? {_LEAD} | từ) from_day:DAYNAME TO (ngày|mùng)? day:DAYNAME tháng month:MONTHNAME {_ANY_YEAR} {_COMING}"),
    ("day_list", f"{_LEAD} DAY ({_AND} ({_LEAD})? DAY){{0,8}} ({_AND} | (?= PART)) ({_LEAD})? {_DATE} {_THAT_YEAR} {_COMING}"),
    ("day_list", f"{_LEAD} DAY ({_AND} ({_LEAD})? DAY){{0,8}} {_AND} ({_LEAD})? day:DAY tháng month:MONTHNAME {_ANY_YEAR}"),
    ("day_list", f"(?<= OPEN) « DAY ({_AND} DAY){{0,8}} {_AND} {_DATE} »"),
    # One day.
    ("day", "year:YEAR (DASH month:MONTH DASH | SLASH month:MONTH SLASH) day:DAY (?! SEP ANY)"),
    ("deictic_date", f"{_CLOCK} {_DEICTIC} COMMA? (weekday:WEEKDAY COMMA?)? ngày? {_DATE} {_THAT_YEAR}"),
    ("day", f"{_CLOCK} ({_LEAD} mùng? | mùng) {_DATE} {_THAT_YEAR} {_COMING} (?! LUNAR|TET)"),
    ("day", f"clock:TIME {_ZONE} {_DATE} {_THAT_YEAR}"),
    ("day", f"clock:TIME COMMA day:DAY (SLASH|DOT) month:MONTH (SEP year:YEAR)? {_ALONE}"),
    ("day", f"{_CLOCK} ({_LEAD} mùng? | mùng) day:DAYNAME tháng month:MONTHNAME {_ANY_YEAR} {_COMING}"),
    ("day", "day:DAY tháng month:MONTHNAME COMMA? năm year:(YEAR|OLD_YEAR)"),
    ("deictic", f"{_CLOCK} EDGE? {_DEICTIC} (weekday:WEEKDAY (?! SOME))?"),
    ("day", f"{_CLOCK} part:PART? (cùng ngày | ngày? hôm (THAT|STEP)) COMMA? ngày? {_DATE} {_THAT_YEAR}"),
    ("same_day", f"{_CLOCK} part:PART? cùng ngày (?! DAY SEP)"),
    ("that_day", f"{_CLOCK} part:PART? (ngày? hôm | ngày) THAT"),
    ("that_day", f"{_CLOCK} part:PART (THAT | step:EVE)"),
    ("that_day", f"{_CLOCK} EDGE? part:PART? ngày? hôm step:STEP"),
    (
        "weekday",
        f"{_CLOCK} (part:PART | hôm | ngày){{0,3}} weekday:WEEKDAY"
        "(tuần week_step:REL | step:(tới (?! nay|PART|WEEKDAY|ngày|hôm) | này) | step:JUST | coming:COMING"
        "| (?= OPEN ngày? DAY SEP MONTH))",
    ),
    ("weekday", f"{_CLOCK} (part:PART | hôm | ngày){{1,3}} weekday:WEEKDAY"),
    ("weekday", "clock:TIME COMMA? weekday:WEEKDAY"),
    ("weekday", "(?<= SHIFTED) « weekday:WEEKDAY »"),
    ("weekday", "(?<= VÀO|LÚC|từ|SESSION|STOP|COMMA) « weekday:WEEKDAY »"),
    # Parts of a year.
    ("half", "count:COUNTNAME (tháng|quarters:quý) edge:(EDGE|FIRST) của? năm (year:YEAR | year_step:REL)?"),
    ("half", "nửa edge:EDGE của? năm (year:YEAR | year_step:REL)?"),
    ("quarter", f"EDGE? quý quarter:QUARTERNAME ({_YEAR} | year:YEAR | step:REL)?"),
    ("quarter", "quý edge:(EDGE|FIRST) của? năm (year:YEAR | year_step:REL)?"),
    ("quarter", "EDGE? quý step:REL"),
    # So long before or after.
    ("ago", "AGO ABOUT? (count:COUNTNAME unit:UNIT_OF_TIME | hours:HOURS)"),
    ("ago", "(count:COUNTNAME unit:UNIT_OF_TIME | hours:HOURS) trước (?! EVENT|LÚC|ngày|giờ|THAT)"),
    ("ahead", "(?<! thêm) « (count:COUNTNAME unit:UNIT_OF_TIME | hours:HOURS) nữa »"),
    ("offset", f"step:THEN ABOUT? ({_COUNTED} | hours:HOURS (?! ngày|hôm|cùng|DAY|PART|DEICTIC))"),
    ("offset", f"({_COUNTED} | hours:HOURS) step:THEN"),
    ("offset", f"{_COUNTED} step:sau"),
    ("offset", "hours:HOURS step:sau (?= COMMA|STOP|CLOSE)"),
    ("offset", "unit:UNIT_OF_TIME step:THEN"),
    ("same_period", "cùng unit:(tuần|tháng (?! MONTH)|năm (?! YEAR)) THAT?"),
    ("bare_day", f"(?<= HOLIDAY|OF_DAY) « {_DATE} {_THAT_YEAR} »"),
    ("bare_day", "day:DAY SLASH month:MONTH COMMA? năm (year:YEAR | year_step:REL)"),
    ("bare_day", "(?<= từ) « day:DAY DASH month:MONTH » (?= UNIT)"),  # "kể từ 15-4 người dùng"
    ("bare_day", "(?<= DASH) « day:DAY DOT month:MONTH năm year_step:REL »"),
    ("year", "những (ngày|tuần|tháng) EDGE năm (year:YEAR | step:REL)"),
    # Numbers and lengths of time, which are no dates.
    ("trap", "(PART|năm|hôm) REL (ANY|WORD) tuổi"),
    ("trap", "ANY ((SEP|TO) ANY){0,3} UNIT"),
    (
        "trap",
        f"(ANY|WORD) (SEP|TO|COMMA) (ANY|WORD) {_LENGTH} (REL|qua|sau|trước)?",
    ),
    ("trap", f"(ANY|WORD|(?! WHOLE) SOME) ABOUT? (hôm (?! DAY SEP)|{_LENGTH}) (REL|qua|COMING|JUST)?"),
    ("trap", "(những|các|(?! WHOLE) SOME) (ngày|hôm|tuần|tháng|năm) (REL|qua|THAT|COMING|JUST|(?= EDGE))"),
    ("trap", "WHOLE (tuần|tháng|quý) nay"),
    ("trap", "nửa (ngày|tuần|tháng|năm|giờ) (REL|THEN|qua)?"),
    # Weeks.
    ("week", "EDGE? tuần step:REL (?! nay)"),
    ("week", "EDGE tuần (step:qua | step:JUST)"),
    ("week", "hôm edge:EDGE tuần"),
    ("week", "(?<= UNTIL) « EDGE tuần »"),
    ("week", "(?<= STOP) « edge:EDGE tuần » (?= COMMA)"),
    ("week", "(?<= LÚC|từ|WHOLE) « edge:EDGE tuần »"),
    # Months.
    ("months", f"từ? EDGE? tháng from_month:MONTH TO EDGE? month:MONTH {_ANY_YEAR} (?! SEP | UNIT | ANY)"),
    ("month_list", f"{_EDGE} tháng MONTH ({_AND} MONTH){{0,8}} {_AND} month:MONTH {_YEAR}"),
    (
        "month",
        f"{_EDGE} tháng month:MONTHNAME ({_YEAR} | COMMA year:YEAR | (?! MONEY))"
        "(coming:tới (?! nay|DATED) | coming:COMING | this:này | JUST)?",
    ),
    ("month", f"{_EDGE} tháng step:REL (?! nay)"),
    ("month", "hôm? EDGE tháng"),
    # Years and more.
    ("decade_list", "EDGE? những năm YEAR (COMMA YEAR){0,8} và YEAR"),
    ("decade", "EDGE? (những năm | DECADE) (decade:YEAR | decade:YY) (?! TO YEAR) (của? thế_kỷ (trước|COUNT))?"),
    ("years", "EDGE? PERIOD từ? (các|những)? năm? from_year:YEAR TO năm? year:YEAR"),
    ("years", "từ? EDGE? (các|những)? năm from_year:YEAR TO EDGE? năm? year:YEAR"),
    ("years", "từ from_year:YEAR TO EDGE? năm? year:YEAR"),
    ("years", "from_year:YEAR DASH year:YEAR (?! UNIT | SEP ANY)"),
    ("year_list", f"EDGE? năm YEAR ({_AND} YEAR){{0,8}} {_AND} year:YEAR"),
    ("year", "EDGE? năm (year:YEAR | year:OLD_YEAR)"),
    ("year", "EDGE year:YEAR (?! UNIT)"),
    ("year", "EDGE? năm (step:ngoái | step:REL (?! nay))"),
    ("year", "(?<= SINCE) « EDGE năm »"),
    # Without a word of time of their own.
    ("day", f"day:DAY SEP month:MONTH (SEP year:YEAR | SLASH year:YY) {_ALONE}"),
    ("month", "month:MONTH SEP year:YEAR (?! SEP ANY | UNIT)"),
    ("bracket", "(?<= OPEN) « day:DAY SEP month:MONTH » (?= CLOSE|COMMA|OTHER|DASH|STOP)"),
    ("bare_day", f"day:DAY SLASH month:MONTH (?! ANY | UNIT) {_ALONE} {_THAT_YEAR} {_COMING}"),
    (
        "days",
        "từ from_day:DAY (DOT|DASH) from_month:MONTH TO day:DAY (DOT|DASH) month:MONTH (SEP year:YEAR)? (?! SEP? ANY | UNIT)",
    ),
    (
        "bare_day",
        f"(?<= từ|UNTIL|HOLIDAY|OF_DAY|VÀO|trước|và|COMMA|DASH) « day:DAY (DOT|DASH) month:MONTH {_THAT_YEAR} »"
        f"(?! SEP? ANY | UNIT | {_LENGTH})",
    ),
    ("bare_day", "day:DAY (DOT|DASH) month:MONTH coming:(tới (?! nay|DATED) | COMING)"),
    ("bare_day", f"(?<= ngày (OTHER|EVENT)) « day:DAY DASH month:MONTH » (?! SEP? ANY | UNIT | {_LENGTH})"),
    ("clock", "(từ clock:TIME TO to_clock:TIME | clock:TIME) part:PART?"),
    ("clock", "từ clock:HOUR_OF_DAY TO to_clock:TIME part:PART"),
    ("bare_year", "(?<= SEASON|POLL) « year:YEAR » (?! SEP ANY | UNIT)"),
    ("trap", "ANY ((SEP|TO|COMMA|và) ANY){1,8}"),
    ("bare_year", "(?<= CUE) « year:YEAR » (?! SEP ANY | UNIT | ANY | WORD | SOME)"),
)


# ---------------------------------------------------------------- compiling the rules
_ITEM = re.compile(r"(?:(?P<name>[a-z_]+):)?(?:(?P<terminal>[^\W\d]\w*)|\((?!\?))")


@cache
def _compiled() -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    """One pattern that says which rule fits, and each rule by itself, which gives the parts."""
    rules = tuple((name, _symbols(rule)) for name, rule in RULES)
    nameless = [re.sub(r"\(\?P<\w+>", "(?:", pattern) for _, pattern in rules]
    anywhere = "|".join(f"(?P<r{number}>{pattern})" for number, pattern in enumerate(nameless))
    guard = f"(?=[{datetokens.members(_FIRST)}])"  # a look at the first symbol before the rules are tried saves half the time
    return re.compile(f"{guard}(?:{anywhere})"), tuple((name, re.compile(pattern)) for name, pattern in rules)


def _symbols(rule: str) -> str:
    """Translate a rule into a regular expression over symbols; a name used again gets a trailing underscore."""
    used: set[str] = set()

    def item(match: re.Match[str]) -> str:
        name, terminal = match["name"], match["terminal"]
        opening = "(?:"
        if name:
            while name in used:
                name += "_"
            used.add(name)
            opening = f"(?P<{name}>"
        if terminal is None:
            return opening
        one = f"[{datetokens.members(_UNIONS.get(terminal, terminal))}]"
        return f"{opening}{one})" if name else one

    return _ITEM.sub(item, rule.replace("«", "span:(").replace("»", ")")).replace(" ", "")


# ---------------------------------------------------------------- reading a text
def parse(text: str) -> list[Expression]:
    """Find the expressions of time of a text, in reading order, never overlapping."""
    key = datetokens.key(text)
    tokens = datetokens.tokenize(key)
    anywhere, rules = _compiled()
    found: list[Expression] = []
    for hit in anywhere.finditer(tokens.symbols):
        name, pattern = rules[int((hit.lastgroup or "r0")[1:])]
        match = pattern.match(tokens.symbols, hit.start()) if name != "trap" else None
        if match is None:
            continue
        expression = _expression(name, match, tokens, key)
        for item in _items(expression, match, tokens, key) if name.endswith("_list") else (expression,):
            if tokens.at(item.last, "SOME") and tokens.at(item.last + 1, "năm"):  # "từ 1/1 đến 30/6 hằng năm" is a set
                if found and found[-1].last == item.first - 1 and tokens.at(item.first - 1, "TO"):
                    found.pop()
            elif _plausible(item, found, tokens, text):
                _join(item, found, tokens, key)
    return found


def _expression(name: str, match: re.Match[str], tokens: Tokens, key: str) -> Expression:
    first, last = match.span("span" if "span" in match.re.groupindex else 0)
    parts: dict[str, Value] = {}
    tail = 0
    for group, index in match.re.groupindex.items():
        at = match.start(index)
        if at < 0 or group == "span":
            continue
        part = group.rstrip("_")
        parts.setdefault(part, tokens.values[at])
        if part == "coming":
            tail = tokens.ends[at - 1]
    if parts.get("unit") == 5:  # "năm" is the year here, not the number five
        parts["unit"] = "year"
    start, end = tokens.starts[first], tokens.ends[last - 1]
    return Expression(start, end, name, parts, first, last, tail, key=key[start:end])


def _items(whole: Expression, match: re.Match[str], tokens: Tokens, key: str) -> list[Expression]:
    """The members of a list; what the last one says of month and year holds for those before it."""
    rule = whole.rule.removesuffix("_list")
    shared = {part: value for part, value in whole.parts.items() if part in ("month", "year", "year_step", "coming")}
    if rule in ("year", "decade"):
        shared = {}
    last_value = match.start(rule) if rule in match.re.groupindex else whole.last - 1
    items, first = [], whole.first
    for at in range(whole.first, last_value + 1):
        if not tokens.at(at, "DAY" if rule == "day" else "MONTH" if rule == "month" else "YEAR"):
            continue
        last, tail = (at + 1, 0) if at < last_value else (whole.last, whole.tail)
        start, end = tokens.starts[first], tokens.ends[last - 1]
        items.append(Expression(start, end, rule, {**shared, rule: tokens.values[at]}, first, last, tail, key=key[start:end]))
        if rule == "day" and at < last_value and tokens.at(at + 1, "PART"):
            items[-1].parts |= _night_before(items[-1].parts, whole.parts)
        first = at + 1
        while tokens.at(first, "COMMA và"):
            first += 1
    if rule in ("day", "month") and _is_counted(whole, items, rule, tokens):
        return [_as_range(whole, items, rule)]
    return items


def _night_before(parts: dict[str, Value], morning: dict[str, Value]) -> dict[str, Value]:
    """The month of the night in "đêm 31 rạng sáng 1/3", which is the one before; no month where that has no such last day."""
    day, month = _number(parts["day"]), _number(morning["month"])
    if day < _number(morning["day"]):
        return {}
    last = {2: (28, 29), 4: (30,), 6: (30,), 9: (30,), 11: (30,)}.get(month - 1, (31,))
    if day not in last:
        return {"month": None}
    year = morning.get("year")
    return {"month": (month + 10) % 12 + 1, **({"year": year - 1} if month == 1 and isinstance(year, int) else {})}


def _is_counted(whole: Expression, items: list[Expression], rule: str, tokens: Tokens) -> bool:
    """Are the days or months of a list said to be so many, one after the other ("hai đêm 3 và 4/3", "các tối 5, 6 và 7-12")."""
    numbers = [_number(item.parts[rule]) for item in items]
    before, count = whole.first - 1, tokens.values[whole.first - 1]
    if not all(tokens.at(item.first, "DAY MONTH") for item in items[1:]):  # "các ngày 5, ngày 6 và ngày 7/5"
        return False
    told = tokens.at(before, "các trong") or (tokens.at(before, "ANY WORD") and count == len(items))
    return told and numbers == list(range(numbers[0], numbers[0] + len(items)))


def _as_range(whole: Expression, items: list[Expression], rule: str) -> Expression:
    return replace(whole, rule=f"{rule}s", parts={**items[-1].parts, f"from_{rule}": items[0].parts[rule]})


# ---------------------------------------------------------------- what symbols alone cannot say
def _plausible(expression: Expression, before: Sequence[Expression], tokens: Tokens, text: str) -> bool:
    parts = expression.parts
    match expression.rule:
        case "bare_day" | "bracket":
            return _is_day(expression, before, tokens)
        case "clock":
            return _is_clock(expression, tokens, text)
        case "weekday":
            return _is_weekday(expression, tokens, text)
        case "ago" | "ahead" | "offset":
            if tokens.at(expression.first - 1, "ANY WORD trong SOME những các"):  # "trong hai tuần trước"
                return False
            return not tokens.at(expression.last - 1, "sau") or _ends_here(expression, tokens, text)
        case "months":
            return parts["from_month"] != parts["month"]
        case "years":
            named = tokens.at(expression.first, "YEAR") and _follows_a_name(text, expression.start)
            return _number(parts["from_year"]) < _number(parts["year"]) and not named
        case "day" | "month" | "days":
            named = tokens.at(expression.last - 1, "WORD") and _is_name(text, expression.start)
            return _number(parts.get("month", 1)) <= 12 and _number(parts.get("day", 1)) <= 31 and not named
    return True


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _is_day(expression: Expression, before: Sequence[Expression], tokens: Tokens) -> bool:
    """A day and month with no word of time: not a score ("(6-3)"), a mark ("từ 5.5"), a fraction, a house, "24/7"."""
    day, month, first = _number(expression.parts["day"]), _number(expression.parts["month"]), expression.first
    follows_a_day = bool(before) and before[-1].last == first - 1 and before[-1].rule in ("day", "bare_day", "days")
    every_year = tokens.at(first - 1, "HOLIDAY") and tokens.at(first - 2, "SOME")  # "mỗi dịp 8-3"
    if tokens.at(first - 1, "ANY") or (day, month) == (24, 7) or every_year:
        return False
    named = tokens.at(first - 1, "OTHER EVENT") and tokens.at(first - 2, "ngày")  # "ngày bầu cử 8/11", not "10 ngày ở mức 9-10"
    named = named and not tokens.at(first - 3, "ANY WORD SOME")
    if follows_a_day or tokens.at(first - 1, "HOLIDAY OF_DAY"):
        return True
    if "/" not in expression.key:
        if expression.rule == "bracket":
            return tokens.at(first - 2, "DEICTIC SHORT WEEKDAY REL JUST TET HOLIDAY ngày đó ấy")
        closed = "-" in expression.key and tokens.at(expression.last, "COMMA STOP CLOSE")
        if tokens.at(expression.last, "UNIT"):
            return day > month  # not "từ 3-4 người"
        if "coming" in expression.parts:
            return day > 12 or closed  # "cuộc bầu cử 29-7 tới"
        surely = named or day > 9 or tokens.at(first - 2, "STOP") or tokens.at(first - 1, "VÀO") or closed
        return surely and not tokens.at(first - 1, "và COMMA DASH")
    if tokens.at(first - 1, "STOP") and tokens.at(expression.last, "STOP COMMA"):  # "7/12: mở lại cổng hội chẩn"
        return True
    if day < month <= 10 and not tokens.at(expression.last, "COMMA STOP CLOSE UNTIL"):
        return tokens.at(first - 1, "từ VÀO LÚC")  # else as likely a fraction: "tới 2/3 khách hàng"
    return named or day > month or tokens.at(first - 1, "AT từ UNTIL và OPEN")


def _is_clock(clock: Expression, tokens: Tokens, text: str) -> bool:
    """A clock time without a date: not a length of time ("trong 3 giờ"), not a habit ("7h mỗi ngày")."""
    first, last = clock.first, clock.last
    if tokens.at(first - 1, "trong SOME") or tokens.at(last, "SLASH"):
        return False
    if tokens.at(last, "SOME") and tokens.at(last + 1, "ngày hôm tuần tháng năm PART"):
        return False
    before = first - 2 if tokens.at(first - 1, "ABOUT") else first - 1
    if tokens.at(before, "LÚC") or tokens.at(first, "CLOCK") or "to_clock" in clock.parts or "part" in clock.parts:
        return True
    if tokens.at(before, "từ"):
        return tokens.at(last, "COMMA STOP CLOSE")
    return tokens.at(before, "STOP UNTIL") and (tokens.at(last, "COMMA") or _opens_a_clause(text, clock.end))


def _ends_here(offset: Expression, tokens: Tokens, text: str) -> bool:
    """Does "hai ngày sau" end with itself, and not go on with what it counts from ("hai ngày sau vụ cướp")?"""
    begins = tokens.at(offset.first - 1, "STOP COMMA ABOUT")
    return tokens.at(offset.last, "COMMA STOP CLOSE") or (begins and _opens_a_clause(text, offset.end))


@cache
def _clause_words() -> re.Pattern[str]:
    rows = lexicon.read("date_clause", ("word",), unique=("word",))
    return re.compile(rf" (?:{lexicon.trie(row['word'] for row in rows)})(?!\w)")


def _opens_a_clause(text: str, end: int) -> bool:
    """Does a word follow that begins a clause or its predicate ("hai ngày sau họ mới biết")."""
    return bool(_clause_words().match(texts.lower(text[end : end + 12])))


def _is_weekday(expression: Expression, tokens: Tokens, text: str) -> bool:
    """Not a set ("các ngày thứ ba", "thứ hai đến thứ sáu"), not the third day of something ("ngày thứ ba")."""
    first, last = expression.first, expression.last
    if tokens.at(first - 1, "các những SOME") or tokens.at(last, "SOME WEEKDAY"):
        return False
    if any(tokens.at(at, "SOME") and tokens.at(at + 1, "tuần") for at in range(last, last + 5)):
        return False  # "20h thứ Bảy và Chủ nhật hằng tuần"
    if {"week_step", "part", "clock"} & expression.parts.keys() or tokens.at(last, "OPEN"):
        return True
    if {"coming", "step"} & expression.parts.keys() and tokens.at(first - 1, "STOP COMMA AT ABOUT từ UNTIL EDGE"):
        return True  # not "người thứ hai tới đây"
    if tokens.at(last, "UNTIL") or tokens.at(first - 1, "UNTIL") or tokens.at(last + 1, "WEEKDAY"):
        return False
    name = re.search(r"(?:[Tt]hứ|[Cc]h[ủú]a?) *(\w)", text[expression.start : expression.end])
    return (
        tokens.at(first, "hôm")
        or bool(name and name[1].isupper())
        or (expression.parts["weekday"] == 7 and tokens.at(first, "ngày"))
    )


_COMPETITION = re.compile(r"\b(?:cúp|cup|giải (?:hạng|vô địch|bóng|trẻ|u\d+))\b[^,.;:]*\Z")  # the year belongs to its name


def _follows_a_name(text: str, start: int) -> bool:
    """Is the word before it part of a name ("V-League 2025-2026", "Phạm Văn Đồng (1906-2000)", "cúp quốc gia 2025-2026")."""
    before = text[max(0, start - 40) : start].rsplit("\n", 1)[-1].rstrip("( ")
    word = before[before.rfind(" ") + 1 :]
    return word[:1].isupper() or bool(_COMPETITION.search(texts.lower(before)))


def _is_name(text: str, start: int) -> bool:
    """Is it written as part of a name ("Công ty Hoa Tháng Năm")."""
    return (
        text[start].isupper()
        and bool(re.search(r"[^\W\d_] \Z", text[max(0, start - 2) : start]))
        and _follows_a_name(text, start)
    )


# ---------------------------------------------------------------- expressions that belong together
_ENDS_OF_RANGE = {"day", "bare_day", "month", "year", "bare_year", "quarter"}
_DAYS = {"day", "bare_day"}
_SAID_OF_A_DAY = {"same_day", "that_day"}  # "từ 22h ngày 7/6 đến 4h hôm sau"
_PARTS_OF_YEAR = {"month", "quarter", "half"}


def _join(expression: Expression, found: list[Expression], tokens: Tokens, key: str) -> None:
    """Append to those found: as the end of a range ("từ A đến B"), lending to its neighbour what that leaves out, or alone."""
    previous = found[-1] if found else None
    if previous is None or previous.until is not None or not 0 < expression.first - previous.last <= 2:
        found.append(expression)
        return
    both = {previous.rule, expression.rule}
    follows = both <= _ENDS_OF_RANGE or (
        "clock" in expression.parts and previous.rule in _DAYS and expression.rule in _SAID_OF_A_DAY
    )
    if expression.first - previous.last == 1 and follows and tokens.at(previous.last, "TO"):
        first = previous.first - tokens.at(previous.first - 1, "từ")
        start, end = tokens.starts[first], expression.end
        found[-1] = Expression(start, end, "range", previous.parts, first, expression.last, 0, expression, key[start:end])
        return
    if tokens.at(expression.first - 1, "và") or (tokens.at(expression.first - 1, "COMMA") and tokens.at(expression.first, "ANY")):
        missing = not {"year", "year_step", "step"} & previous.parts.keys()
        if missing and (both <= _DAYS or both <= _PARTS_OF_YEAR):  # "tháng 5 và tháng 6-2017", "tháng 6 và tháng 11 năm ngoái"
            previous.parts |= {part: expression.parts[part] for part in ("year", "year_step") if part in expression.parts}
        elif previous.rule == "clock" and "clock" in expression.parts and tokens.at(expression.first - 1, "và"):
            previous.parts = {**expression.parts, **previous.parts}  # "6h13 và 6h40 ngày 9/12"
            previous.rule = expression.rule
    found.append(expression)
