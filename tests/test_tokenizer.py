"""The tokens are those of underthesea's token expression, however the text is cut into pieces."""

from __future__ import annotations

import random
import time

import pytest
import spacy
from underthesea.pipeline.word_tokenize.regex_tokenize import tokenize

from baomat import layers, tokenizer

PIECES = (
    *[" ", "  ", "\n", "\t", "\u00a0", "\r", "\x0b", "\u2028", ".", ",", "-", "/", "@", "&", "'", "_", "%", ":", ":D", "D", "=>"],
    *["A", "S", "s", "Th", "h", "x", "a", "Đ", "é", "1", "2/3", "TP", "ThS.", "a.vn", "http://", "(", ")", "😀", "\u0301"],
)


def texts(n: int) -> list[str]:
    rng = random.Random(4)
    return ["".join(rng.choices(PIECES, k=rng.randrange(13))) for _ in range(n)]


def test_pieces_are_cut_as_the_whole_text() -> None:
    for text in texts(30_000):
        words, spaces = tokenizer.split(text)
        assert (words, spaces) == tokenizer._cut(text)
        assert "".join(word + " " * space for word, space in zip(words, spaces, strict=True)) == text


def test_tokens_are_those_of_underthesea_on_each_line() -> None:
    for text in texts(10_000):
        tokens = [token for token in tokenizer.split(text)[0] if not token.isspace()]
        assert tokens == [
            token
            for line in text.split("\n")
            for token in tokenize(line, use_character_normalize=False, use_token_normalize=False)
        ]


@pytest.mark.parametrize("letters", ["ð", "Ð"])
def test_icelandic_letters_are_read_as_vietnamese(letters: str) -> None:
    text = f"{letters}. và H{letters}ND&{letters}A tại a{letters}b."
    assert [token.translate(tokenizer._ETH) for token in tokenizer.split(text)[0]] == tokenize(text, use_token_normalize=False)


def test_the_memo_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer, "MEMO", 20)
    tokenizer._memo.clear()
    for text in texts(300):
        assert tokenizer.split(text) == tokenizer._cut(text)
    for number in range(100):
        tokenizer.split(f"{number}, {number}.")
    assert len(tokenizer._memo) <= 20


@pytest.mark.parametrize("junk", ["a", ". ", " ", "\n", "\t ", "A.", "Th S", "Thxs ", "a.", "1.", "Aa.", "-", "a.\n"])
def test_junk_takes_linear_time(junk: str) -> None:
    start = time.process_time()
    tokenizer.split(junk * (1_000_000 // len(junk)))
    assert time.process_time() - start < 2


def test_kept_words_change_nothing() -> None:
    text = "Sáng 4/6, cục an toàn thông tin\n\ncảnh báo  lừa đảo."
    plain, kept = (tokenizer.SyllableTokenizer(spacy.blank("xx").vocab) for _ in range(2))
    kept.keep(["an", "toàn", "lừa", ",", "chưa"])
    expected = plain(text)
    assert "chưa" in kept.vocab
    for _ in range(2):
        with kept.vocab.memory_zone():
            doc = kept(text)
            assert doc.text == layers.text_of(doc) == text
            assert doc.to_bytes() == expected.to_bytes()
        assert "an" in kept.vocab
        assert "đảo" not in kept.vocab
