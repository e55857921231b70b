"""The neural net of sentences: what it gives for every article, how it is kept, and how it is trained."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from baomat import nettrain, sentencenet, vectors
from baomat.schema import PHASES
from baomat.sentencenet import SentenceNet, probabilities

TOKENS = [["tin tặc", "tấn công", "<bank>"], [], ["hệ thống", "đã", "khôi phục"], ["zzzz"]]
FEATURES = [{"c:ATTACK": 1.0, "title": 1.0}, {}, {"c:RESTORE": 1.0}, {"no such feature": 1.0}]
TRAINING = [
    nettrain.Example([["tin tặc", "tấn công"], ["hệ thống", "khôi phục"]], [{"title": 1.0}, {}], [{"attack"}, {"recovery"}]),
    nettrain.Example([["hệ thống", "khôi phục", "xong"]], [{"title": 1.0}], [{"recovery"}]),
    nettrain.Example([["mã độc", "tấn công"]], [{"title": 1.0}], [{"attack"}]),
] * 20


@pytest.fixture(scope="module")
def net() -> Iterator[SentenceNet]:
    return sentencenet.load()


def test_every_sentence_has_a_probability_for_every_phase(net: SentenceNet) -> None:
    found = probabilities(net, TOKENS, FEATURES)
    assert found.shape == (4, len(PHASES))
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    assert (probabilities(net, TOKENS, FEATURES) == found).all()


@pytest.mark.parametrize(
    "tokens", [[], [[]], [["tin"]], [["tin"] * 500]], ids=["no sentence", "no word", "one word", "many words"]
)
def test_no_article_is_too_short_or_too_long(net: SentenceNet, tokens: list[list[str]]) -> None:
    assert probabilities(net, tokens, [{} for _ in tokens]).shape == (len(tokens), len(PHASES))


def test_what_is_not_known_counts_for_nothing(net: SentenceNet) -> None:
    with_it = probabilities(net, [["zzzz", "qqqq"]], [{"no such feature": 3.0}])
    assert with_it == pytest.approx(probabilities(net, [[]], [{}]), abs=1e-6)


def test_the_longest_sentence_does_not_change_what_is_seen_of_the_others(net: SentenceNet) -> None:
    short, long = ([["tin tặc", "tấn công"], ["tin"] * n] for n in (2, 40))
    seen = [sentencenet.seen_of(net, tokens, [{}, {}])[0] for tokens in (short, long)]
    assert seen[0] == pytest.approx(seen[1], abs=1e-5)


def test_the_order_of_words_and_of_sentences_counts(net: SentenceNet) -> None:
    found = probabilities(net, TOKENS, FEATURES)
    assert not np.allclose(found[::-1], probabilities(net, TOKENS[::-1], FEATURES[::-1]), atol=1e-3)
    turned = [tokens[::-1] for tokens in TOKENS]
    assert not np.allclose(found, probabilities(net, turned, FEATURES), atol=1e-3)


def test_the_net_comes_back_and_has_the_same_bytes(net: SentenceNet) -> None:
    data = net.to_bytes()
    again = SentenceNet.from_bytes(data)
    assert again.to_bytes() == data
    assert (probabilities(again, TOKENS, FEATURES) == probabilities(net, TOKENS, FEATURES)).all()
    assert len(data) < 1_500_000


def test_words_that_mean_alike_have_like_vectors() -> None:
    table = vectors.table()
    attack, seize, garden = table[vectors.rows(["mã độc", "hacker", "vườn"])]
    assert attack @ seize > 2 * attack @ garden
    assert not table[vectors.rows(["zzzz"])].any()


def test_training_finds_what_tells_the_phase_and_gives_the_same_bytes() -> None:
    pytest.importorskip("torch", reason="needs baomat[train]")
    trained = nettrain.fit(TRAINING)  # checks that numpy and PyTorch agree
    attack, recovery = PHASES.index("attack"), PHASES.index("recovery")
    found = probabilities(trained, [["mã độc", "tấn công"], ["khôi phục"]], [{}, {}])
    assert found[0, attack] > 0.5 > found[1, attack]
    assert found[1, recovery] > 0.5 > found[0, recovery]
    assert trained.to_bytes() == nettrain.fit(TRAINING).to_bytes()
