"""Copies are found though a few words differ, whatever their length, in time that grows with the number of articles."""

from __future__ import annotations

import time

import pytest

from baomat import Article, duplicates, reader
from baomat.reader import Record

BODY = (
    "Rạng sáng 4/6, hệ thống của Cảng Sao Bắc bị tin tặc tấn công, toàn bộ dữ liệu điều hành bãi bị mã hóa. "
    "Ban quản lý cảng cho biết đã ngắt máy chủ khỏi mạng và mời chuyên gia đến ứng cứu ngay trong đêm. "
    "Đến chiều cùng ngày, hai trong ba cổng ra vào đã hoạt động trở lại, xe container vẫn phải ghi phiếu giấy."
)
ELSE = (
    "Chiều 9/6, Trường Đại học Hải Lam thông báo trang tuyển sinh bị thay đổi giao diện trong gần hai giờ. "
    "Nhà trường khẳng định dữ liệu thí sinh vẫn an toàn và đã gỡ bỏ nội dung lạ."
)


def copies(*bodies: str) -> list[str]:
    articles = [Article(body, f"Tiêu đề số {n}", str(n)) for n, body in enumerate(bodies)]
    return [item.near_duplicate_of for item in duplicates.distinct(reader.from_articles(articles)) if isinstance(item, Record)]


@pytest.mark.parametrize(
    "copy",
    [
        BODY,
        BODY.upper(),
        BODY.replace("bị mã hóa", "bị mã hoá"),
        f"(TTXVN) - {BODY}",
        f"{BODY} Ảnh: Hoàng Nam",
        BODY.replace("ngay trong đêm", "trong đêm 4/6"),
    ],
)
def test_a_copy(copy: str) -> None:
    assert copies(ELSE, BODY, copy) == ["", "", "1"]


@pytest.mark.parametrize("body", [ELSE, BODY[:90], BODY.partition(". ")[2] + ELSE * 2, "Ảnh: TTXVN", ""])
def test_no_copy(body: str) -> None:
    assert copies(BODY, body)[1] == ""


def test_a_copy_of_a_copy_names_the_first() -> None:
    assert copies(BODY, f"(TTXVN) - {BODY}", f"{BODY} Ảnh: Hoàng Nam") == ["", "0", "0"]


@pytest.mark.parametrize("junk", ["a b " * 250_000, "x" * 1_000_000, " ".join(map(str, range(150_000)))])
def test_junk_takes_little_time(junk: str) -> None:
    started = time.perf_counter()
    duplicates.sketch(junk)
    assert time.perf_counter() - started < 2


def test_time_grows_with_the_number() -> None:
    articles = [Article(f"{ELSE} Vụ việc mang số {n} {n * 7} {n * 13} tại cơ sở {n * 17}.", id=str(n)) for n in range(3000)]
    started = time.perf_counter()
    for _ in duplicates.distinct(reader.from_articles(articles)):
        pass
    assert time.perf_counter() - started < 5


def test_places_are_kept_like_in_a_dict() -> None:
    places, wanted = duplicates._Places(), dict[int, int]()
    for n in range(5000):
        key = n * n * 2_654_435_761 % 2**32 if n % 3 else n
        places.setdefault(key, n)
        wanted.setdefault(key, n)
    assert {key: places.get(key) for key in wanted} == wanted
    assert places.get(2**32 - 1) is None
