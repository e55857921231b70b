"""After the shape of a real leak, with invented names: who was hit, who was not, and what nobody has verified."""

from __future__ import annotations

import pytest

import baomat
from baomat import Article
from baomat.frames import Tables

VICTIM = "Trung tâm Tín dụng Hải Vân"
BANKS = ("Đông Giang", "Thạch Lam", "Mỹ Tuyền", "Cửu Vân")
RUMOURED = ("Bảo hiểm Trúc Bạch", "Viễn thông Sao Khuê")
ARTICLES = [
    Article(
        id="1",
        source="Báo Sông Lam",
        published="2025-09-11",
        title=f"{VICTIM} bị tấn công mạng, có dấu hiệu lộ dữ liệu cá nhân",
        text=f"{VICTIM} chiều 11/9 xác nhận hệ thống của đơn vị bị tấn công mạng, "
        "có dấu hiệu dữ liệu cá nhân bị xâm nhập trái phép. "
        "Trung tâm đã báo cáo Cục An ninh mạng và phòng, chống tội phạm sử dụng công nghệ cao (A05). "
        "VNCERT đang phối hợp xác minh và ứng cứu.",
    ),
    Article(
        id="2",
        source="Tin Chiều",
        published="2025-09-12",
        title=f'Hacker rao bán "160 triệu hồ sơ" của {VICTIM}',
        text=f"Một nhóm tin tặc tự xưng là Velvet Heron tuyên bố nắm 160 triệu bản ghi lấy từ {VICTIM}. "
        "Con số này chưa được kiểm chứng. "
        f"{VICTIM} cho biết đang phối hợp với A05 làm rõ vụ tấn công xảy ra hôm 10/9.",
    ),
    Article(
        id="3",
        source="Báo Sông Lam",
        published="2025-09-12",
        title=f"Bốn ngân hàng khẳng định không bị ảnh hưởng sau vụ {VICTIM}",
        text=f"Sau khi {VICTIM} bị tấn công mạng, Ngân hàng Đông Giang khẳng định hệ thống vẫn an toàn, không bị ảnh hưởng. "
        "Ngân hàng Thạch Lam cho biết dữ liệu khách hàng không bị xâm nhập. "
        "Ngân hàng Mỹ Tuyền thông báo mọi giao dịch hoạt động bình thường. "
        "Ngân hàng Cửu Vân cũng khẳng định không bị ảnh hưởng bởi sự cố.",
    ),
    Article(
        id="4",
        source="Tin Chiều",
        published="2025-09-15",
        title="A05 bác tin đồn Bảo hiểm Trúc Bạch và Viễn thông Sao Khuê lộ dữ liệu",
        text="Cục An ninh mạng và phòng, chống tội phạm sử dụng công nghệ cao (A05) ngày 15/9 "
        "khẳng định thông tin Bảo hiểm Trúc Bạch và "
        f"Viễn thông Sao Khuê bị lộ dữ liệu là sai sự thật. Theo A05, chỉ có {VICTIM} bị tấn công trong vụ việc ngày 10/9.",
    ),
]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return baomat.extract(ARTICLES)


def test_one_incident_with_one_confirmed_victim(tables: Tables) -> None:
    (row,) = tables.incidents.to_dict("records")
    assert (row["victims"], row["verification"], row["n_articles"]) == (VICTIM, "confirmed", 4)


@pytest.mark.parametrize("bank", BANKS)
def test_who_says_that_it_was_not_hit_is_unaffected(tables: Tables, bank: str) -> None:
    told = tables.facts[tables.facts["value"] == bank]
    assert "unaffected" in set(told["field"])
    assert "victim" not in set(told["field"])
    roles = tables.organization_mentions[tables.organization_mentions["text"].str.contains(bank)]["role"]
    assert set(roles) == {"unaffected"}


@pytest.mark.parametrize("name", RUMOURED)
def test_what_an_authority_calls_false_is_refuted(tables: Tables, name: str) -> None:
    told = tables.facts[tables.facts["value"] == name]
    assert set(told[told["field"] == "victim"]["claim"]) <= {"refuted"}
    assert not told[told["field"] == "victim"]["preferred"].any()


def test_the_count_is_only_claimed(tables: Tables) -> None:
    counts = tables.facts[tables.facts["field"] == "records"]
    assert set(counts["number_max"]) == {160e6}
    assert set(counts["claim"]) == {"claimed"}
    assert set(counts["claimant"]) == {"attacker"}
