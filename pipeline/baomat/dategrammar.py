"""The grammar of expressions of time: a list of rules over the words that ``datetokens`` finds.

In a rule

* a lower-case word is that word (``cùng ngày``), an upper-case one any word or number of the class (``PART``, ``MONTH``);
* ``month:MONTH`` puts the value into the part "month"; of two places with one name, the first that caught counts;
* ``« »`` bounds the expression where the rule also looks at what stands around it; the rest is regular-expression syntax.

At each place the first rule that fits wins, so the traps come before what they would be taken for, and the vaguest rules
last. What a text leaves out (the year, the month) stays out of the parts. What a rule cannot see in the symbols alone is
asked in ``datechecks``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from . import datetokens

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
    " EDGE AGO THEN PERIOD DECADE SEASON ENGLISH"
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
_NO_FILE = "(?! SEP ANY | DOT OTHER)"  # "Bonus June 4, 2024.xls"
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
    ("day", f"(month:ENGLISH day:DAY COMMA | day:DAY month:ENGLISH) year:YEAR {_NO_FILE}"),
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
    ("trap", f"(ANY|WORD) (SEP|TO|COMMA) (ANY|WORD) {_LENGTH} (REL|qua|sau|trước)?"),
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
    ("month", f"month:ENGLISH year:YEAR {_NO_FILE}"),
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


def fits(symbols: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Every place where a rule fits, in order: the name of the rule, and the match whose groups are its parts; no traps."""
    anywhere, rules = _compiled()
    for hit in anywhere.finditer(symbols):
        if hit.lastindex:
            name, pattern = rules[hit.lastindex - 1]
            if match := pattern.match(symbols, hit.start()):
                yield name, match


@cache
def _compiled() -> tuple[re.Pattern[str], list[tuple[str, re.Pattern[str]]]]:
    """One pattern that says which rule fits, and each rule that is no trap by itself, which gives the parts.

    Two things make the one pattern fast: a look at the first symbol before any rule is tried, and an empty group *behind*
    a rule to tell it by. Around a rule, a group would hide from the engine what the rule begins with.
    """
    rules = [(name, _symbols(rule)) for name, rule in RULES]
    nameless = ((name, re.sub(r"\(\?P<\w+>", "(?:", pattern)) for name, pattern in rules)
    anywhere = "|".join(f"(?:{pattern})" if name == "trap" else f"(?:{pattern})()" for name, pattern in nameless)
    told = [(name, re.compile(pattern)) for name, pattern in rules if name != "trap"]
    return re.compile(f"(?=[{datetokens.members(_FIRST)}])(?:{anywhere})"), told


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
