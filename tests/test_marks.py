"""Tokens of a text and the marks of their words: shortcuts that must say what the long way says."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baomat import aliases, cyber, marks, tagrules
from baomat import text as texts
from baomat.surface import Tokens, _glued

LEXICON = aliases.organizations()
PIECES = st.sampled_from(
    ["Bộ Công an", " ", "_", "😀", "𝐀", "2.500", "e\u0302", "ß", "\ud800", "\n", "(", "TP.HCM", "ⅷ", "²", "\u00a0", "x"]
)


@given(st.lists(PIECES | st.text(max_size=5)).map("".join))
def test_tokens_are_the_runs_of_letters_and_digits(text: str) -> None:
    shadow = texts.shadow(text)
    if not _glued(shadow):
        tokens, found = Tokens(text, LEXICON), list(re.finditer(r"[^\W_]+", shadow))
        assert [*zip(tokens.starts, tokens.ends, strict=True)] == [match.span() for match in found]
        assert tokens.words == [match[0] for match in found]
        assert tokens.gaps == [shadow[a.end() : b.start()] for a, b in pairwise(found)]
        assert tokens.capitalised == [at for at, word in enumerate(tokens.words) if word[0].isupper()]


@pytest.mark.parametrize(
    ("word", "holds", "lacks"),
    [
        ("Hòa", marks.CAPITAL | marks.CHANGED | marks.STRONG, marks.UPPER | marks.FOREIGN),
        ("hòa", marks.CHANGED, marks.CAPITAL | marks.STRONG),  # its key is "hoà"
        ("hoà", 0, marks.CHANGED),
        ("VNPT", marks.UPPER | marks.FOREIGN | marks.COINED | marks.KNOWN, marks.PLACE),
        ("iPhone", marks.STRONG | marks.COINED, marks.CAPITAL),
        ("Nguyễn", marks.SURNAME, marks.FOREIGN | marks.COINED),
        ("bộ", marks.HEAD, marks.KNOWN),
        ("Corp", marks.ENDING | marks.KIND, marks.HEAD),
        ("Cà", marks.PLACE, 0),
        ("cà", 0, marks.PLACE),
        ("ransomware", marks.TOPIC, marks.HEAD),
    ],
)
def test_what_a_word_tells_by_itself(word: str, holds: int, lacks: int) -> None:
    mark = marks.of(LEXICON)[word]
    assert mark & holds == holds
    assert not mark & lacks


def test_marks_follow_the_lexicon() -> None:
    lexicon = aliases.Lexicon()
    lexicon.add("Velmora", "a")
    assert Tokens("Velmora Kestrin", lexicon).known(1)[0] == 0
    lexicon.add("Kestrin", "b")
    assert Tokens("Velmora Kestrin", lexicon).known(1)[0] == 1


def test_the_memo_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "MOST", 10)
    memo = marks.Memo(len)
    assert [memo["x" * size] for size in range(100)] == list(range(100))
    assert len(memo) <= 10
    assert "" in memo  # the frequent words are met first


@given(st.lists(st.sampled_from([*cyber._terms()[0], "và", ",", "lợi nhuận của ngân hàng", "."]), max_size=30).map(" ".join))
def test_no_text_about_cyber_security_is_missed(text: str) -> None:
    assert tagrules.at_home(Tokens(text, LEXICON)) == (cyber.score(text) >= tagrules.HOME)
