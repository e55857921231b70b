"""Text at the door, and publication dates."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baomat import Article, published, text
from rows import rows


@pytest.mark.parametrize(
    ("given_text", "key"), [("Bộ Văn Hóa", "bộ văn hoá"), ("ỦY BAN", "uỷ ban"), ("quý khách", "quý khách"), ("hoàn", "hoàn")]
)
def test_two_tone_mark_styles_have_one_key(given_text: str, key: str) -> None:
    assert text.key(given_text) == key


@given(st.text())
def test_matching_keys_keep_the_length(given_text: str) -> None:
    assert len(text.key(given_text)) == len(given_text)
    assert len(text.shadow(given_text)) == len(given_text)


@given(st.text())
def test_normalized_text_is_nfc_with_line_feeds(given_text: str) -> None:
    normal = text.normalize(given_text)
    assert unicodedata.is_normalized("NFC", normal)
    assert "\r" not in normal


@pytest.mark.parametrize(
    ("given_text", "folded"),
    [("Bưu điện Việt Nam", "buu dien viet nam"), ("Đắk Lắk – 1.000", "dak lak 1 000"), ("hòa/hoà", "hoa hoa")],
)
def test_fold(given_text: str, folded: str) -> None:
    assert text.fold(given_text) == folded == text.fold(unicodedata.normalize("NFD", given_text))


def test_entities_are_decoded_once_and_ampersands_stay() -> None:
    assert text.decode_entities("Bộ TT&TT &quot;&#243;&amp;lt;") == 'Bộ TT&TT "ó&lt;'


@pytest.mark.parametrize(
    ("title", "body", "full"),
    [
        ("Tiêu đề", "Nội dung.", "Tiêu đề\n\nNội dung."),
        ("Tiêu đề", "Tiêu đề\nNội dung.", "Tiêu đề\nNội dung."),
        ("Tiêu đề", "", "Tiêu đề"),
    ],
)
def test_the_text_that_offsets_point_into(title: str, body: str, full: str) -> None:
    assert Article(body, title).full_text == full


def test_a_date_mark_is_metadata() -> None:
    article = Article(" date 2024-06 Hôm nay có tin.")
    assert (article.text, article.published, article.published_from) == ("Hôm nay có tin.", "2024-06", "header")
    assert Article(" date 2024-06 Hôm nay.", published="2025-01-02").published == "2025-01-02"


@pytest.mark.parametrize(("metadata", "value", "granularity"), rows("published"))
def test_publication_dates(metadata: str, value: str, granularity: str) -> None:
    found = published.parse(metadata)
    assert (found.value, found.granularity) == (value, granularity) if value else found is None
