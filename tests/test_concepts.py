"""Concepts, patterns over them, and how a wording is meant."""

from __future__ import annotations

import pytest

from baomat import BaomatError, concepts, lexicon, phaserules, rolerules
from baomat.text import key
from rows import rows


def test_the_longest_term_wins_and_offsets_hold() -> None:
    text = "Vụ tấn công mạng khiến website tê liệt"
    found = {text[hit.start : hit.end]: hit.concepts for hit in concepts.find(key(text))}
    assert "CYBERATTACK" in found["Vụ tấn công mạng"]
    assert "SYSTEM" in found["website"]
    assert "DOWN" in found["tê liệt"]


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("ACTOR ATTACK", "tin tặc đã xâm nhập", True),
        ("ATTACK ACTOR", "tin tặc đã xâm nhập", False),
        ("ACTOR ATTACK ~0", "tin tặc đã xâm nhập", False),
        ("STEAL DATA|ACCOUNT", "chúng đánh cắp mật khẩu", True),
    ],
)
def test_patterns_ask_for_order_and_nearness(pattern: str, text: str, matches: bool) -> None:
    hits = concepts.find(key(text))
    found = concepts.compile_pattern(pattern).find(hits, concepts.said(hits))
    assert bool(found) is matches


def test_an_unknown_concept_is_refused() -> None:
    with pytest.raises(KeyError):
        concepts.compile_pattern("ACTOR NOSUCH")


def test_what_stands_inside_a_name_is_silent() -> None:
    text = "Trung tâm Ứng cứu khẩn cấp vào cuộc"
    hits = concepts.with_names(concepts.find(key(text)), [(0, 26)], key(text))
    assert (hits[0].start, "ORG" in hits[0].concepts) == (0, True)
    assert all(hit.start == 0 or hit.start >= 26 for hit in hits)


@pytest.mark.parametrize(("sentence", "concept", "modality"), rows("modality"))
def test_modality(sentence: str, concept: str, modality: str) -> None:
    hits = concepts.find(key(sentence))
    hit = next(hit for hit in hits if concept in hit.concepts)
    assert phaserules.modality(hits, hit, key(sentence)) == modality


@pytest.mark.parametrize(("sentence", "false"), rows("denied"))
def test_what_a_sentence_calls_false(sentence: str, false: str) -> None:
    spans = phaserules.denials(concepts.find(key(sentence)), key(sentence), start=0, end=len(sentence))
    assert [sentence[start:end] for start, end in spans] == ([false] if false else [])


@pytest.mark.parametrize("rule", phaserules.rules(), ids=lambda rule: rule.name)
def test_every_rule_can_match(rule: phaserules.Rule) -> None:
    assert all(any(part & names for names in concepts._terms()[0].values()) for part in rule.pattern.parts)


def test_role_rules_speak_of_an_organization() -> None:
    assert all(any("ORG" in part for part in rule.pattern.parts) for rule in rolerules.rules())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a\tb\n1\t2\t3\n", "3 cells, but 2 columns"),
        ("a\tc\n", "the header must be a b"),
        ("a\tb\nx\ty\nx\ty\n", "repeats line 2"),
        ("a\tb\ne\u0301\ty\n", "not in Unicode NFC"),
    ],
)
def test_a_bad_lexicon_is_told_with_file_and_line(tmp_path, content: str, problem: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "mine.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BaomatError, match="B301") as error:
        lexicon.read(path, ("a", "b"), unique=("a", "b"))
    assert problem in str(error.value)
    assert "mine.tsv:" in str(error.value)


def test_a_trie_matches_its_words_longest_first() -> None:
    import re

    expression = re.compile(lexicon.trie(["tin", "tin tặc", "tin nhắn", "a.b"]))
    assert expression.findall("tin  tặc, tin nhắn, a.b, axb") == ["tin  tặc", "tin nhắn", "a.b"]
