"""Dates: marked sentences, counter-examples, kinds and granularities, and properties of ``find``."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from baomat import datevalue, published
from baomat.dategrammar import RULES
from baomat.schema import DATE_KINDS, GRANULARITIES, DateMention

TABLES = Path(__file__).parent / "tables"
MARK = re.compile(r"\[([^|\]]+)\|([^\]]*)\]")
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
MONTHS = ("", "Một", "Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Mười Một", "Mười Hai")
DAYS = st.dates(date(1990, 1, 1), date(2049, 12, 31))


def rows(name: str, columns: int) -> list[list[str]]:
    """The rows of a table of sentences, without comments and header."""
    lines = [line for line in (TABLES / f"{name}.tsv").read_text(encoding="utf-8").split("\n") if line and line[0] != "#"]
    table = [line.split("\t") for line in lines[1:]]
    assert all(len(row) == columns for row in table)
    return table


def find(text: str, when: str | date | None = None) -> list[DateMention]:
    """The dates of a text that is one sentence a line."""
    sentences = [(match.start(), match.end()) for match in re.finditer(r"[^\n]+", text)]
    return datevalue.find(text, sentences=sentences, published=published.parse(when))


def values(text: str, when: str | date | None = None) -> list[tuple[str, str]]:
    return [(mention.text, mention.value) for mention in find(text, when)]


def unmark(marked: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Plain text, and the marks as (start, end, value)."""
    marked, text, spans, position = marked.replace("\\n", "\n"), "", [], 0
    for match in MARK.finditer(marked):
        text += marked[position : match.start()]
        spans.append((len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        position = match.end()
    return text + marked[position:], spans


# ---------------------------------------------------------------- tables
@pytest.mark.parametrize(("why", "when", "marked"), rows("dates", 3))
def test_marked_sentence(why: str, when: str, marked: str) -> None:
    text, expected = unmark(marked)
    mentions = find(text, when)
    assert [(text[start:end], value) for start, end, value in expected] == [(m.text, m.value) for m in mentions], why
    assert [(start, end) for start, end, _ in expected] == [(m.start, m.end) for m in mentions]


@pytest.mark.parametrize("when", ["2024-06-05", ""])
@pytest.mark.parametrize(("why", "text"), rows("dates_negative", 2))
def test_no_date(why: str, text: str, when: str) -> None:
    assert values(text, when) == [], why


def test_tables_are_large_enough() -> None:
    assert len(rows("dates", 3)) >= 400
    assert len(rows("dates_negative", 2)) >= 150


# ---------------------------------------------------------------- what a mention says besides its value
@pytest.mark.parametrize(
    ("text", "kind", "granularity", "first", "last"),
    [
        ("ngày 4/6/2024", "absolute", "day", "2024-06-04", "2024-06-04"),
        ("ngày 4/6", "absolute", "day", "2024-06-04", "2024-06-04"),
        ("22h30 ngày 4/6", "absolute", "minute", "2024-06-04", "2024-06-04"),
        ("22h ngày 4/6", "absolute", "hour", "2024-06-04", "2024-06-04"),
        ("24h ngày 4/6", "absolute", "hour", "2024-06-05", "2024-06-05"),
        ("tháng 2/2024", "absolute", "month", "2024-02-01", "2024-02-29"),
        ("quý I/2024", "absolute", "quarter", "2024-01-01", "2024-03-31"),
        ("6 tháng đầu năm 2024", "absolute", "half", "2024-01-01", "2024-06-30"),
        ("9 tháng đầu năm 2023", "absolute", "range", "2023-01-01", "2023-09-30"),
        ("năm 2023", "absolute", "year", "2023-01-01", "2023-12-31"),
        ("từ 18 đến 20/5", "absolute", "range", "2024-05-18", "2024-05-20"),
        ("giai đoạn 2012 - 2015", "absolute", "range", "2012-01-01", "2015-12-31"),
        ("những năm 1990", "absolute", "range", "1990-01-01", "1999-12-31"),
        ("hôm qua", "relative", "day", "2024-06-04", "2024-06-04"),
        ("tuần trước", "relative", "week", "2024-05-27", "2024-06-02"),
        ("tháng trước", "relative", "month", "2024-05-01", "2024-05-31"),
        ("năm ngoái", "relative", "year", "2023-01-01", "2023-12-31"),
        ("thứ Sáu tuần trước", "relative", "day", "2024-05-31", "2024-05-31"),
        ("3 ngày trước", "relative", "day", "2024-06-02", "2024-06-02"),
        ("tháng Chín năm ngoái", "relative", "month", "2023-09-01", "2023-09-30"),
        ("mùng 1 Tết", "absolute", "day", "None", "None"),
    ],
)
def test_kind_and_granularity(text: str, kind: str, granularity: str, first: str, last: str) -> None:
    (mention,) = find(f"Sự việc xảy ra {text}.", "2024-06-05")
    assert (mention.text, mention.kind, mention.granularity) == (text, kind, granularity)
    assert (str(mention.first_day), str(mention.last_day)) == (first, last)


def test_anaphoric_kind() -> None:
    text = "Ngày 2/6 mạng sập.\nCùng ngày, công ty báo tin.\nĐến 17h10, mạng chạy lại.\nHai ngày sau đó, họ xin lỗi."
    mentions = find(text, "2024-06-05")
    assert [m.kind for m in mentions] == ["absolute", "anaphoric", "anaphoric", "anaphoric"]
    assert [m.sentence for m in mentions] == [0, 1, 2, 3]
    assert [m.value for m in mentions] == ["2024-06-02", "2024-06-02", "2024-06-02T17:10", "2024-06-04"]


def test_unknown_day_is_not_taken_for_an_older_one() -> None:
    assert values("Ngày 2/6/2024 mạng sập. Hôm qua họ im lặng. Tối cùng ngày có tin mới.")[-1] == ("Tối cùng ngày", "")


def test_a_clock_time_belongs_to_a_day_told_near() -> None:
    assert values("Đến 17h10, trang web mở lại.", "2024-06-05") == []
    assert values("Ngày 2/6 mạng sập. " + "Chuyên gia phân tích thêm. " * 100 + "Đến 17h10, mạng mở.", "2024-06-05") == [
        ("Ngày 2/6", "2024-06-02")
    ]


def test_mentions_keep_case_and_spaces_of_the_text() -> None:
    text = "NGÀY 4/6/2024, hệ thống sập; Sáng\u00a0nay mở lại; ngày 5\u20136\u20132024 báo cáo."
    assert values(text, "2024-06-06") == [
        ("NGÀY 4/6/2024", "2024-06-04"),
        ("Sáng\u00a0nay", "2024-06-06"),
        ("ngày 5\u20136\u20132024", "2024-06-05"),
    ]


@pytest.mark.parametrize("text", ["", "\n", "Không có gì.", "ngày", "tháng năm", "từ đến", "(", "/", "1/1/1/1/1"])
def test_nothing_to_find(text: str) -> None:
    assert find(text, "2024-06-05") == find(text, "2024-06-05")
    assert all(mention.value for mention in find(text, "2024-06-05"))


@pytest.mark.parametrize("text", ["ngày 31/2", "ngày 30/2/2024", "ngày 32/1", "ngày 5/13", "ngày 29/2/2023"])
def test_days_that_no_calendar_has_get_no_value(text: str) -> None:
    assert all(value == "" for _, value in values(f"Vụ việc {text}.", "2024-06-05"))


# ---------------------------------------------------------------- properties
FORMS: dict[str, Callable[[date], str]] = {
    "d/m/y": lambda day: f"ngày {day.day}/{day.month}/{day.year}",
    "d-m-y": lambda day: f"hôm {day.day}-{day.month}-{day.year}",
    "d.m.y": lambda day: f"sáng {day.day}.{day.month}.{day.year}",
    "dd/mm/y": lambda day: f"ngày {day:%d/%m/%Y}",
    "bare": lambda day: f"{day.day}/{day.month}/{day.year}",
    "words": lambda day: f"ngày {day.day} tháng {day.month} năm {day.year}",
    "words and slash": lambda day: f"ngày {day.day} tháng {day.month}/{day.year}",
    "weekday": lambda day: f"{WEEKDAYS[day.weekday()]}, ngày {day.day}/{day.month}/{day.year}",
    "hour": lambda day: f"22h ngày {day.day}/{day.month}/{day.year}",
    "minutes": lambda day: f"8 giờ 43 phút sáng {day.day}-{day.month}-{day.year}",
    "half past": lambda day: f"8 giờ rưỡi sáng ngày {day.day}/{day.month}/{day.year}",
    "mùng": lambda day: f"ngày mùng {day.day} tháng {day.month} năm {day.year}",
    "month in words": lambda day: f"ngày {day.day} tháng {MONTHS[day.month]} năm {day.year}",
    "year after a comma": lambda day: f"ngày {day.day} tháng {day.month}, {day.year}",
    "two digits for the year": lambda day: f"ngày {day.day}/{day.month}/{day:%y}",
    "ISO": lambda day: day.isoformat(),
    "English": lambda day: f"{day:%B} {day.day}, {day.year}",
}


@pytest.mark.parametrize("form", FORMS)
@given(day=DAYS)
@settings(max_examples=60, deadline=None)
def test_any_calendar_day_is_read_back(form: str, day: date) -> None:
    assume(form != "mùng" or (day.day, day.month) != (10, 3))  # a festival by the moon: it has no value
    surface = FORMS[form](day)
    (mention,) = find(f"Vụ việc xảy ra {surface}, theo báo cáo.", "2024-06-05")
    assert mention.text == surface
    assert mention.value[:10] == day.isoformat()
    assert mention.first_day == mention.last_day == day


@given(now=DAYS, back=st.integers(0, 240))
@settings(deadline=None)
def test_a_day_without_a_year_is_the_latest_one(now: date, back: int) -> None:
    day = now - timedelta(days=back)
    assume((day.day, day.month) != (29, 2))
    assert values(f"Mạng sập hôm {day.day}/{day.month}.", now) == [(f"hôm {day.day}/{day.month}", day.isoformat())]


@given(first=st.dates(date(2000, 1, 1), date(2030, 1, 1)), length=st.integers(1, 300))
@settings(deadline=None)
def test_any_range_is_read_back(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    text = f"từ {first.day}/{first.month}/{first.year} đến {last.day}/{last.month}/{last.year}"
    assert values(f"Dịch vụ ngừng {text}.") == [(text, f"{first.isoformat()}/{last.isoformat()}")]


@given(first=st.dates(date(2000, 1, 1), date(2030, 1, 1)), length=st.integers(1, 27))
@settings(deadline=None)
def test_any_range_with_one_month_is_read_back(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    assume(first.month == last.month)
    iso = f"{first.isoformat()}/{last.isoformat()}"
    for text in (
        f"từ {first.day} đến {last.day}/{last.month}/{last.year}",
        f"từ {first.day} tới {last.day}-{last.month}-{last.year}",
        f"{first.day}-{last.day}/{last.month}/{last.year}",
        f"từ ngày {first.day} đến ngày {last.day} tháng {last.month} năm {last.year}",
    ):
        assert values(f"Dịch vụ ngừng {text}, theo báo cáo.") == [(text, iso)]


@given(hour=st.integers(0, 23), minute=st.integers(0, 59), day=DAYS)
@settings(deadline=None)
def test_any_clock_time_is_read_back(hour: int, minute: int, day: date) -> None:
    when = f"ngày {day.day}/{day.month}/{day.year}"
    for clock in (f"{hour}h{minute:02d}", f"{hour:02d}:{minute:02d}", f"{hour}g{minute:02d}", f"{hour} giờ {minute} phút"):
        assert values(f"Mạng sập lúc {clock} {when}.") == [(f"{clock} {when}", f"{day.isoformat()}T{hour:02d}:{minute:02d}")]


@given(year=st.integers(1990, 2049), month=st.integers(1, 12))
@settings(deadline=None)
def test_any_month_quarter_and_half_is_read_back(year: int, month: int) -> None:
    quarter, half = (month + 2) // 3, ("đầu", "01", "06") if month <= 6 else ("cuối", "07", "12")
    expected = {
        f"tháng {month}/{year}": f"{year}-{month:02d}",
        f"tháng {month} năm {year}": f"{year}-{month:02d}",
        f"quý {('I', 'II', 'III', 'IV')[quarter - 1]}/{year}": f"{year}-Q{quarter}",
        f"nửa {half[0]} năm {year}": f"{year}-{half[1]}/{year}-{half[2]}",
        f"năm {year}": f"{year}",
    }
    assert values(". ".join(f"Số liệu của {text} tăng" for text in expected)) == list(expected.items())


DEICTIC = {
    "hôm nay": 0,
    "hôm qua": -1,
    "hôm kia": -2,
    "ngày mai": 1,
    "sáng nay": 0,
    "đêm qua": -1,
    "3 ngày trước": -3,
    "2 ngày nữa": 2,
    "chiều qua": -1,
    "trưa mai": 1,
    "ngày kia": 2,
    "cách đây 5 ngày": -5,
    "một ngày trước": -1,
}


@given(now=DAYS, step=st.integers(-400, 400))
@settings(deadline=None)
def test_shifting_the_publication_shifts_deictic_days(now: date, step: int) -> None:
    text = ". ".join(f"Mạng sập {words}, theo báo" for words in DEICTIC)
    for when in (now, now + timedelta(days=step)):
        assert values(text, when) == [(words, (when + timedelta(days=shift)).isoformat()) for words, shift in DEICTIC.items()]


@given(now=DAYS, weeks=st.integers(-60, 60))
@settings(deadline=None)
def test_shifting_the_publication_by_weeks_shifts_weekdays_and_weeks(now: date, weeks: int) -> None:
    text = "Mạng sập hôm thứ Hai. Mạng sập thứ Sáu tuần trước, theo báo. Mạng mở tối Chủ nhật tới, theo báo. Tuần trước mưa."
    here, there = ([mention.first_day for mention in find(text, when)] for when in (now, now + timedelta(weeks=weeks)))
    assert len(here) == 4
    assert there == [day + timedelta(weeks=weeks) for day in here if day]


SENTENCES = [unmark(marked)[0] for _, when, marked in rows("dates", 3) if when == "2024-06-05"]


@given(st.lists(st.sampled_from(SENTENCES), min_size=2, max_size=6), st.integers(1, 5))
@settings(deadline=None)
def test_nothing_told_later_changes_a_value(lines: list[str], kept: int) -> None:
    whole, part = "\n".join(lines), "\n".join(lines[:kept])
    assert find(whole, "2024-06-05")[: len(find(part, "2024-06-05"))] == find(part, "2024-06-05")


WORDS = [
    *"ngày tháng năm hôm nay qua sáng từ đến và tuần trước cùng thứ hai quý tới nửa đầu sau đó".split(),
    *"1 3 4/6 12-3 2024 7h10 I , . ( ) - /".split(),
    "\n",
]


@given(
    st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from([None, "2024", "2024-06", "2024-06-05", "2024-06-05T10:30"])
)
@settings(max_examples=300, deadline=None)
def test_mentions_are_sorted_apart_and_exact(words: list[str], when: str | None) -> None:
    text = " ".join(words)
    mentions = find(text, when)
    assert all(text[m.start : m.end] == m.text and m.text for m in mentions)
    assert all(first.end <= second.start for first, second in pairwise(mentions))
    assert all(m.kind in DATE_KINDS and m.granularity in GRANULARITIES for m in mentions)
    assert all((m.first_day is None) == (m.last_day is None) for m in mentions)
    assert all(m.first_day is None or m.first_day <= m.last_day for m in mentions if m.last_day)
    assert mentions == find(text, when)


JUNK = [
    *(
        "1/",
        "1/1/",
        "1/1, ",
        "1.",
        "1 ",
        "1:",
        "1-",
        "(",
        "\n",
        "a1",
        "h1",
        "1h1",
        "9",
        "1.000",
        "1 giờ ",
        "1h - ",
        "12:00 ",
        "22h ",
    ),
    *("ngày ", "tháng ", "năm ", "sáng ", "rằm ", "tết ", "thứ hai, ", "ngày ngày hôm ", "sáng và chiều ", "quý I ", "1 quý "),
    *("từ ngày 1, ", "từ 1 đến 1 đến ", "18-20/", "tháng 1 - ", "tháng 1, ", "và 1 ", "1/1 và ", "ngày 1/1, ", "mùng 1, "),
    *(
        "giờ kém ",
        "1 giờ kém ",
        "từ 1h đến ",
        "1h (giờ ",
        "2000, ",
        "những năm 2000, ",
        "hôm qua ",
        "1 phút sau ",
        "năm năm sau ",
    ),
    *("June 4, 2024 ", "May ", "1 May ", "cùng ngày 1/1, ", "vào lúc 1/1 ", "sẽ 1/9 ", "niên khóa hòa tính tới ngay tối tân "),
]


@pytest.mark.parametrize("junk", JUNK)
def test_no_input_is_slow(junk: str) -> None:
    """On a quiet machine a megabyte takes at most two seconds; here a quarter of one, and a machine that others use too."""
    assert _cost(junk, 250_000) < 1.5


@pytest.mark.parametrize("junk", ["1/", "1/1 ab ", "ngày 1, 2/1 ab ", "từ 1 đến 1 đến ", "1 giờ kém ", "June 4, 2024 "])
def test_the_cost_grows_with_the_length_and_no_faster(junk: str) -> None:
    _cost(junk, 1000)
    short, long = (min(_cost(junk, length) for _ in range(3)) for length in (40_000, 160_000))
    assert long < 10 * max(short, 0.01)  # a linear one takes 4 times as long (more out of the cache), a quadratic one 16 times


def _cost(junk: str, length: int) -> float:
    """CPU seconds."""
    text = junk * (length // len(junk))
    start = time.process_time()
    datevalue.find(text, sentences=[(0, len(text))], published=published.parse("2024-06-05"))
    return time.process_time() - start


def test_every_rule_that_is_no_trap_has_a_value() -> None:
    names = {name.removesuffix("_list") for name, _ in RULES} - {"trap"}
    assert names == set(datevalue.VALUES)
