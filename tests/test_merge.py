"""The same incident over articles."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from baomat import Article, annotate, extract, gold, goldfile, likeness, reader
from baomat.consensus import prefer
from baomat.frames import Tables
from baomat.incidents import incident_tables
from baomat.merge import Member
from baomat.results import ArticleResult, article_result
from baomat.schema import CLAIMANTS, TRUST, Fact, Incident

ARTICLES = Path(__file__).parents[1] / "data" / "articles"


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return [article for article in reader.read([ARTICLES]) if isinstance(article, Article)]


@pytest.fixture(scope="module")
def tables(articles: list[Article]) -> Tables:
    return extract(articles)


def test_three_papers_tell_one_incident(tables: Tables) -> None:
    told = tables.articles[tables.articles["title"].str.contains("DongGiangBank")]["article_id"]
    joined = tables.incident_articles[tables.incident_articles["article_id"].isin(told)]
    assert len(joined) == 3
    assert joined["incident_id"].nunique() == 1
    (row,) = tables.incidents[tables.incidents["incident_id"] == joined["incident_id"].iloc[0]].to_dict("records")
    assert row["n_articles"] == 3
    assert row["people_min"] < row["people_max"]  # the papers disagree, and both figures stay
    assert "onset" in row["conflicts"]


def test_the_result_does_not_depend_on_the_order(articles: list[Article], tables: Tables) -> None:
    shuffled = random.Random(3).sample(articles, len(articles))
    again = extract(shuffled)
    for name in ("incidents", "facts", "timeline"):
        first, second = getattr(tables, name), getattr(again, name)
        pd.testing.assert_frame_equal(first, second)


def test_without_merging_every_article_has_its_own(articles: list[Article]) -> None:
    apart = extract(articles, merge=False)
    assert apart.incident_articles["incident_id"].is_unique


def test_facts_keep_their_article_and_evidence(tables: Tables) -> None:
    texts = tables.articles.set_index("article_id")["text"]
    for row in tables.facts.to_dict("records"):
        assert texts[row["article_id"]][row["start"] : row["end"]] == row["quote"]
    assert set(tables.facts["incident_id"]) <= set(tables.incidents["incident_id"])
    assert tables.facts["fact_id"].is_unique


def test_titles_say_when_nothing_is_confirmed(tables: Tables) -> None:
    claimed = tables.incidents[tables.incidents["verification"] == "claimed"]
    assert claimed["title"].str.contains("chưa xác minh").all()


# ---------------------------------------------------------------- evidence
def trace(text: str) -> likeness.Trace:
    (told,) = likeness.traced(text, [], {}, [])
    return likeness.read(str(told.values["trace"]))


@pytest.mark.parametrize(
    ("first", "second", "least", "most"),
    [
        ("Hãng Vexa Post bị mã hóa dữ liệu", "Dữ liệu của Vexa Post bị khóa", 0.6, 1.0),
        ("Hãng tàu Lam Sơn Trà bị tấn công", "Ngân hàng Đông Giang Phú bị tấn công", 0.0, 0.1),
        ("Đường dây ở Campuchia bị triệt phá", "Một ổ lừa đảo ở Campuchia bị bắt", 0.0, 0.2),  # a common name says little
    ],
)
def test_names(first: str, second: str, least: float, most: float) -> None:
    assert least <= likeness.like_names(trace(first), trace(second)) <= most


@pytest.mark.parametrize(
    ("text", "kind", "term"),
    [
        ("Ổ nhóm ở Đồng Nai lừa 343 người, chiếm 36 tỷ đồng", "number", "people:343"),
        ("Ổ nhóm ở Đồng Nai lừa 343 người, chiếm 36 tỷ đồng", "number", "VND:36000000000"),
        ("Ổ nhóm ở Đồng Nai lừa 343 người, chiếm 36 tỷ đồng", "place", "dong nai"),
        ("Ổ nhóm ở Đồng Nai lừa 343 người, chiếm 36 tỷ đồng", "name", "dong nai"),
        ("Sàn tiền số ZYNUS ngừng rút tiền", "name", "zynus"),
    ],
)
def test_a_trace_holds(text: str, kind: str, term: str) -> None:
    assert term in trace(text).of(kind)


def test_dates_are_no_figures() -> None:
    assert trace("Ngày 14/8/2023, lúc 9h40, tháng 12").of("digits") == frozenset()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("wirrabong", "wirrabong power", True),
        ("toc ma express", "toc ma", True),
        ("cong an", "cong an quang ngai", False),  # a name that many bear
        ("lam ha", "dong giang", False),
    ],
)
def test_a_name_inside_a_longer_one(first: str, second: str, same: bool) -> None:
    a, b = (likeness.Trace({"victim": frozenset((name,))}) for name in (first, second))
    assert bool(likeness.alike(a, b, "victim")) is same


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Kẻ lập sàn ZYNUS bị bắt", "Hai tháng sau, sàn ZYNUS vẫn đóng cửa", True),
        ("Lừa đảo qua Facebook ở Campuchia", "Campuchia bắt nhóm lừa đảo qua Facebook", False),  # names that all news have
    ],
)
def test_a_rare_name_in_both_headlines(first: str, second: str, same: bool) -> None:
    assert (likeness.same_name(trace(first), trace(second)) >= 0.5) is same


def test_what_all_news_name_ties_nothing() -> None:
    facebook, port = (likeness.Trace({"victim": frozenset((name,))}) for name in ("facebook", "cang vung cham"))
    assert likeness.alike(facebook, facebook, "victim") < 0.3 < likeness.alike(port, port, "victim")


# ---------------------------------------------------------------- grouping
def telling(
    name: str, title: str, text: str, *, published: str = "2025-05-04", number: int = 0, **values: object
) -> ArticleResult:
    """A made article that tells one incident without facts."""
    whole = {"kind": "online_fraud", "attack_types": ["fraud"], "verification": "confirmed", "confidence": "low"}
    whole |= {"case_status": "none_told", "service_status": "unknown", "accused": "none", "victim_people": ""}
    told = Incident(number, "main", whole | values, reason="main incident of the article")
    incidents = likeness.traced(f"{title}\n\n{text}", [], {}, [told])
    return ArticleResult(name, f"https://bao.example/{name}", f"Báo {name}", published, {}, (), incidents)


def echo(name: str, title: str, text: str, *, published: str = "2025-05-04") -> ArticleResult:
    """A made article without an incident of its own."""
    return ArticleResult(name, "", "Báo", published, {}, (), likeness.traced(f"{title}\n\n{text}", [], {}, []))


RING = (
    "Triệt phá nhóm 'Thuyền Nan' lừa 343 người ở Đồng Nai",
    "Nhóm Thuyền Nan giả làm sàn tiền số ZYNUS, lừa 343 người lấy 36 tỷ đồng.",
)
AGAIN = (
    "343 người sập bẫy sàn ZYNUS của nhóm Thuyền Nan",
    "Công an Đồng Nai bắt nhóm Thuyền Nan, kẻ lập sàn ZYNUS lừa 343 người.",
)
OTHER = (
    "Bắt nhóm giả danh công an lừa tiền ở Cà Mau",
    "Công an Cà Mau bắt nhóm giả danh công an, lừa nhiều người lấy 2 tỷ đồng.",
)
ANOTHER = (
    "Giả danh công an, một nhóm lừa tiền nhiều người ở Bạc Liêu",
    "Công an Bạc Liêu bắt nhóm giả danh công an, lừa nhiều người lấy 5 tỷ đồng.",
)
ABOUT = (
    "Sàn ZYNUS của nhóm Thuyền Nan đã hoạt động ra sao",
    "Chuyên gia nói về sàn ZYNUS mà nhóm Thuyền Nan dựng để lừa 343 người.",
)


def grouped(results: Sequence[ArticleResult], **options: Any) -> list[list[str]]:
    tables, _ = incident_tables(results, join=True, **options)
    found: dict[str, list[str]] = {}
    for row in tables["incident_articles"]:
        found.setdefault(row["incident_id"], []).append(row["article_id"])
    return sorted(found.values())


def test_names_and_figures_bring_scams_together() -> None:
    results = [telling("a", *RING), telling("b", *AGAIN, published="2025-05-05"), telling("c", *OTHER)]
    assert grouped(results) == [["a", "b"], ["c"]]


def test_an_article_without_an_incident_echoes_one() -> None:
    results = [telling("a", *RING), echo("b", *ABOUT), echo("c", *OTHER)]
    tables, _ = incident_tables(results, join=True)
    rows = {row["article_id"]: row for row in tables["incident_articles"]}
    assert sorted(rows) == ["a", "b"]
    assert rows["b"]["relation"] == "main"
    assert rows["b"]["reason"].startswith("tells no incident of its own; ")
    assert tables["incidents"][0]["n_articles"] == 2
    apart, _ = incident_tables(results, join=False)
    assert [row["article_id"] for row in apart["incident_articles"]] == ["a"]


def test_copies_count_once() -> None:
    copy = replace(telling("b", *RING), copy_of="a")
    tables, _ = incident_tables([telling("a", *RING), copy], join=True)
    (row,) = tables["incidents"]
    assert (row["n_articles"], row["n_publishers"], row["publishers"]) == (1, 1, "Báo a; Báo b")
    assert row["urls"].count("https") == 2


@pytest.mark.parametrize(("first", "second"), [("11", "4"), ("75", "6")])
def test_headlines_that_count_differently_are_two(first: str, second: str) -> None:
    """Arrests are told in the same words every week."""
    text = "Cảnh sát Campuchia đột kích một ổ lừa đảo trực tuyến và bắt nhiều nghi phạm."
    results = [
        telling(name, f"Campuchia bắt {n} người trong ổ lừa đảo trực tuyến", text) for name, n in (("a", first), ("b", second))
    ]
    assert grouped(results) == [["a"], ["b"]]


def test_reasons_are_written_down() -> None:
    tables, _ = incident_tables([telling("a", *RING), telling("b", *AGAIN, published="2025-05-05")], join=True)
    first, second = (row["reason"] for row in tables["incident_articles"])
    assert first == "main incident of the article"
    assert "same number" in second
    assert "thuyen nan" not in second  # it may be a person's name


def test_refuted_incidents_only_if_asked_for() -> None:
    results = [telling("a", *RING, verification="refuted")]
    tables, _ = incident_tables(results, join=True)
    assert not any(tables.values())
    tables, _ = incident_tables(results, join=True, refuted=True)
    assert tables["incidents"][0]["title"].endswith("đã bị bác bỏ")


MIXED = [
    telling("a", *RING),
    telling("b", *AGAIN, published="2025-05-05"),
    telling("c", *OTHER, published=""),
    telling("d", *OTHER, published="2025-05"),
    echo("e", *ABOUT),
    replace(telling("f", *RING, published="2025-05-06"), copy_of="a"),
]


@pytest.mark.parametrize("published", ["", "2025", "2025-05"])
def test_without_days_scams_of_one_kind_stay_apart(published: str) -> None:
    first, again, other, another = (
        telling(name, *told, published=published) for name, told in zip("abcd", (RING, AGAIN, OTHER, ANOTHER), strict=True)
    )
    assert grouped([first, again, other, another]) == [["a", "b"], ["c"], ["d"]]


PORT = Article(
    id="a",
    title="Cảng Vụng Chàm bị mã hóa dữ liệu, tàu nằm chờ",
    text="Cảng Vụng Chàm sáng nay xác nhận hệ thống điều độ của cảng bị tấn công mạng, dữ liệu bị mã hóa. "
    "Nhóm tin tặc Iron Stork đòi Cảng Vụng Chàm trả 3,4 triệu USD. 27 tàu phải nằm chờ ngoài phao số 0.",
)
PORT_AGAIN = Article(
    id="b",
    title="Tin tặc đòi Cảng Vụng Chàm 3,4 triệu USD tiền chuộc",
    text="Sau khi mã hóa dữ liệu của Cảng Vụng Chàm, nhóm tin tặc Iron Stork đòi 3,4 triệu USD. "
    "Hệ thống điều độ của Cảng Vụng Chàm bị tấn công khiến 27 tàu nằm chờ.",
)
DAIRY = Article(
    id="c",
    title="Sữa Mộc Lĩnh bị mã hóa dữ liệu, ngừng giao hàng",
    text="Công ty Sữa Mộc Lĩnh xác nhận hệ thống giao hàng bị tấn công mạng, dữ liệu bị mã hóa. "
    "Nhóm tin tặc Iron Stork đòi Công ty Sữa Mộc Lĩnh trả 1,1 triệu USD. Xe tải phải nằm chờ ở kho. "
    "Trước đó, Cảng Vụng Chàm cũng bị nhóm Iron Stork tấn công.",
)


@pytest.mark.parametrize("published", [None, "2025", "2025-05"])
def test_without_days_what_is_background_does_not_join(published: str | None) -> None:
    """The same attacker, the same kind of attack, and the one victim named in passing: two incidents."""
    told = extract([replace(article, published=published) for article in (PORT, PORT_AGAIN, DAIRY)]).incident_articles
    main = told[told["relation"] == "main"].groupby("incident_id")["article_id"].apply(sorted)
    assert sorted(main) == [["a", "b"], ["c"]]


@given(st.permutations(MIXED))
def test_any_order_gives_the_same_tables(results: list[ArticleResult]) -> None:
    assert incident_tables(results, join=True) == incident_tables(MIXED, join=True)


def test_the_groups_of_the_corpus(root: Path, nlp: Language) -> None:
    """Pairs of articles of the test side that tell one incident: what is joined, is joined rightly."""
    records = [record for record in goldfile.read_folder(root / "data" / "gold") if gold.side_of(record["group"]) == "test"]
    articles = [Article(record["text"], record["title"], record["id"], published=record["published"]) for record in records]
    groups = {record["id"]: record["group"] if record["incident"] else record["id"] for record in records}
    pairs = {
        pair for one in grouped([article_result(a, annotate(a, nlp)) for a in articles]) for pair in combinations(sorted(one), 2)
    }
    wanted = {pair for pair in combinations(sorted(groups), 2) if groups[pair[0]] == groups[pair[1]]}
    assert pairs <= wanted
    assert len(pairs) >= 0.8 * len(wanted)


# ---------------------------------------------------------------- the value that is shown
def test_every_claimant_has_its_rank() -> None:
    assert sorted(TRUST) == sorted(CLAIMANTS)


def said(value: str, claimant: str, published: str, *, claim: str = "claimed", name: str = "") -> tuple[Fact, Member]:
    fact = Fact("onset", value, 0, 1, "x", claimant=claimant, claim=claim)
    result = ArticleResult(name or published, "", name, published, {})
    return fact, Member(result, Incident(0, "main", {}))


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([("2024-06-04", "media", "2024-06-09"), ("2024-06-05", "authority", "2024-06-06")], "2024-06-05"),
        ([("2024-06-04", "attacker", "2024-06-09"), ("2024-06-05", "media", "2024-06-06")], "2024-06-05"),
        ([("2024-06-04", "security_firm", "2024-06-09"), ("2024-06-05", "victim", "2024-06-06")], "2024-06-05"),
        ([("2024-06-04", "media", "2024-06-06"), ("2024-06-05", "media", "2024-06-09")], "2024-06-05"),  # the later one
        ([("2024-06-04T03:10", "media", "2024-06-06"), ("2024-06-04", "media", "2024-06-09")], "2024-06-04T03:10"),  # no conflict
        ([], ""),
    ],
)
def test_the_preferred_value(told: list[tuple[str, str, str]], shown: str) -> None:
    best = prefer([said(*one) for one in told])
    assert (best.value if best else "") == shown


def test_more_papers_decide_a_tie() -> None:
    papers = [("2024-06-04", "A"), ("2024-06-05", "B"), ("2024-06-05", "C")]
    best = prefer([said(value, "media", "2024-06-09", name=name) for value, name in papers])
    assert best is not None
    assert best.value == "2024-06-05"


def test_what_is_denied_is_not_shown_while_somebody_says_otherwise() -> None:
    best = prefer([said("2024-06-04", "authority", "2024-06-09", claim="denied"), said("2024-06-05", "media", "2024-06-06")])
    assert best is not None
    assert best.value == "2024-06-05"
