"""Figures as papers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baomat import figures
from rows import rows


@pytest.mark.parametrize(("sentence", "wording", "what", "low", "high", "currency", "qualifier"), rows("figures"))
def test_figure(sentence: str, wording: str, what: str, low: str, high: str, currency: str, qualifier: str) -> None:
    (figure,) = figures.find(sentence)
    assert sentence[figure.start : figure.end] == figure.text == wording
    assert (figure.what, figure.currency, figure.qualifier) == (what, currency.strip(), qualifier)
    assert (figure.low, figure.high) == (float(low) if low else None, float(high) if high else None)


@pytest.mark.parametrize(
    "sentence",
    ["Nghị định 13/2023/NĐ-CP", "lúc 8 giờ 30", "ngày 4/6", "CVE-2024-3094", "đạt 38,5%", "tỉ số 2-1"],
)
def test_no_figure(sentence: str) -> None:
    assert list(figures.find(sentence)) == []


@given(st.integers(min_value=1, max_value=10**9))
def test_whole_numbers_are_read_back(value: int) -> None:
    assert figures.number(f"{value:,}".replace(",", ".")) == value
    assert figures.number(str(value)) == value


def test_what_a_noun_counts() -> None:
    assert figures.counted("hành khách") == "people"
    assert figures.counted("cái bàn") == ""
