"""The tagger: decoding against brute force, valid tags, offsets, determinism, what is admitted, junk."""

from __future__ import annotations

import time
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baomat import aliases, build, orgs, tagger, tagrules, tagtrain, tagview
from baomat.linear import LinearModel
from baomat.surface import Tokens

STEPS = np.array([[0.5, -0.3, 9.0], [-0.2, -1.0, 0.9], [0.1, -0.7, 0.4]])  # 9.0: what no sequence may use


def valid(tags: tuple[int, ...]) -> bool:
    """Whether every I follows a B or an I."""
    return all(right != 2 or left in (1, 2) for left, right in pairwise((0, *tags)))


def weight(scores: np.ndarray, tags: tuple[int, ...]) -> float:
    return sum(scores[at, tag] for at, tag in enumerate(tags)) + sum(STEPS[left, right] for left, right in pairwise(tags))


def sequences(size: int) -> list[tuple[int, ...]]:
    return [tags for tags in product(range(3), repeat=size) if valid(tags)]


SCORES = st.lists(st.tuples(*[st.floats(-4, 4)] * 3), min_size=1, max_size=5).map(np.array)


@given(SCORES)
@settings(max_examples=100, deadline=None)
def test_decoding_equals_brute_force(scores: np.ndarray) -> None:
    found = tuple(tagger.decode(scores, STEPS))
    assert valid(found)
    assert weight(scores, found) == pytest.approx(max(weight(scores, tags) for tags in sequences(len(scores))))


@given(SCORES, st.data())
@settings(max_examples=100, deadline=None)
def test_probability_of_a_name_equals_brute_force(scores: np.ndarray, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(scores) - 1))
    last = data.draw(st.integers(first + 1, len(scores)))
    weights = {tags: np.exp(weight(scores, tags)) for tags in sequences(len(scores))}
    held = sum(value for tags, value in weights.items() if (first, last) in tagger.spans(tags))
    assert tagger.chance(scores, STEPS, first, last) == pytest.approx(held / sum(weights.values()), abs=1e-9)


@given(SCORES)
@settings(max_examples=30, deadline=None)
def test_training_sums_over_the_same_sequences(scores: np.ndarray) -> None:
    weights = {tags: np.exp(weight(scores, tags)) for tags in sequences(len(scores))}
    total, expected, _ = tagtrain.marginals(scores, STEPS, tagtrain._batches([len(scores)]))
    assert total == pytest.approx(np.log(sum(weights.values())))
    for at in range(len(scores)):
        for tag in range(3):
            share = sum(value for tags, value in weights.items() if tags[at] == tag) / sum(weights.values())
            assert expected[at, tag] == pytest.approx(share, abs=1e-9)


def test_spans() -> None:
    assert tagger.spans([0, 1, 2, 1, 0, 1]) == [(1, 3), (3, 4), (5, 6)]
    assert tagger.spans([]) == []


# ---------------------------------------------------------------- fitting
def test_fitting_gives_the_same_bytes_and_learns() -> None:
    pytest.importorskip("scipy", reason="needs baomat[train]")
    groups = [
        (
            f"group {number}",
            [([["bias", "a"], ["bias", "b"], ["bias", "c"]], [0, 1, 2]), ([["bias", "c"], ["bias", "a"]], [0, 0])],
        )
        for number in range(4)
    ]
    types = LinearModel(("company",), {"a": 0}, np.zeros((1, 11), np.float32), np.zeros(11, np.float32), np.zeros(11, np.float32))
    one, two = (tagtrain.fit(groups, types) for _ in range(2))
    assert one.to_bytes() == two.to_bytes()
    trained = tagger.Tagger.of(LinearModel.from_bytes(one.to_bytes()))
    assert tagger.decode(trained.scores([["bias", "a"], ["bias", "b"], ["bias", "c"]]), trained.after) == [0, 1, 2]


def test_names_fill_the_same_slots() -> None:
    fillers = {"C": ["Gió Nồm"], "surname": ["lê"], "middle": ["Văn"], "given": ["An"], "first": ["Ann"], "last": ["Lee"]}
    line = "{C} mời {P} và {F}.|Ông {p}, bà {f} vắng. {C} tiếc."
    text, spans = tagtrain._filled(line, fillers, tagtrain.random.Random(0))
    assert text == "Gió Nồm mời Lê Văn An và Ann Lee.\nÔng An, bà Lee vắng. Gió Nồm tiếc."
    assert [text[start:end] for start, end in spans] == ["Gió Nồm", "Gió Nồm"]


# ---------------------------------------------------------------- in the pipeline
CYBER = "Tin tặc tấn công mạng, mã độc tống tiền khóa máy chủ, dữ liệu bị rò rỉ. "
NLP = build.load(exclude=["orgs", "dates", "phases", "incidents"])


def found(text: str) -> list[orgs.OrgMention]:
    mentions, _ = orgs.find(text, sentences=[(0, len(text))], words=orgs.word_starts(NLP(text)))
    return mentions


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Chiều 5/6, đại diện Bông Lau Security cho biết đã cô lập máy chủ.", "Bông Lau Security"),
        ("Trong thư gửi khách hàng, Ardenta Pay thừa nhận lộ dữ liệu của 20.000 khách.", "Ardenta Pay"),
        ("Sàn tiền số Quorvex khóa nút rút tiền. Người phát ngôn của Quorvex chưa bình luận.", "Quorvex"),
        ("Khách hàng của Lúa Sớm chờ ba giờ. Đại diện Lúa Sớm xin lỗi.", "Lúa Sớm"),
    ],
)
def test_names_that_no_list_has(text: str, name: str) -> None:
    mentions = found(CYBER + text)
    assert name in {mention.text for mention in mentions if mention.method == "tagger"}
    assert all(mention.score > 0.5 for mention in mentions)


@pytest.mark.parametrize(
    "text",
    [
        "Ông Trần Văn Bình, 45 tuổi, trú tại xã Tân Lập, kể lại với bà Nguyễn Thị Hà.",
        "Tổng thống Mỹ Donald Trump gặp Thủ tướng Emmanuel Macron ở Paris.",
        "Giá Bitcoin tăng, người dùng Windows 11 và iPhone 15 nên cập nhật Chrome.",
        "Ca sĩ Thanh Hằng hát ở World Cup, còn NSND Hồng Vân đóng phim Mùa Hè Năm Ấy.",
    ],
)
def test_what_is_none(text: str) -> None:
    assert [mention.text for mention in found(text)] == []
    assert [mention.text for mention in found(CYBER + text)] == []


PIECES = [
    *"Công ty Tò He Security Ông Trần Văn Bình Velmora VCPort cho biết của Bộ Hà Nội theo 12 số và , . ( ) - &".split(" "),
    "\n",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_offsets_order_and_determinism(text: str) -> None:
    mentions = found(text)
    assert all(text[mention.start : mention.end] == mention.text for mention in mentions)
    assert all(left.end <= right.start for left, right in pairwise(mentions))
    assert mentions == found(text)


def test_without_words_the_tagger_is_not_asked() -> None:
    text = CYBER + "Đại diện Tò He Security cho biết đã cô lập máy chủ."
    mentions, _ = orgs.find(text, sentences=[(0, len(text))])
    assert "tagger" not in {mention.method for mention in mentions}


def test_chunks_lie_apart_and_hold_capitals() -> None:
    text = "Sáng 5/6, Viện Khảo sát Việc làm Thạch Hãn và Velmora Pay báo tin cho Bộ Công an."
    tokens = Tokens(text, aliases.organizations())
    sure, unsure = orgs.scan(tokens)
    tokens.cut_at(orgs.word_starts(NLP(text)))
    view = tagview.View(tokens, tagview.cover(sure), tagview.doubts(unsure))
    chunks = tagview.chunks(view)
    assert all(left.stop <= right.start for left, right in pairwise(chunks))
    assert all(any(tokens.caps[at] for at in chunk) for chunk in chunks)
    assert "Velmora Pay" in " | ".join(tokens.surface(chunk.start, chunk.stop) for chunk in chunks)
    assert tagrules.at_home(Tokens(CYBER, aliases.organizations()))


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["Velmora Pay ", "ONUS (", "A", "Xa-", "TÒ HE ", "của Tò He, "])
def test_junk_ends_soon(piece: str) -> None:
    text = (CYBER + piece) * (200_000 // len(CYBER + piece)) if piece != "A" else "A" * 200_000
    starts = orgs.word_starts(NLP(text))
    began = time.process_time()
    orgs.find(text, sentences=[], words=starts)
    orgs.find(piece * (200_000 // len(piece)), sentences=[], words=[])
    assert time.process_time() - began < 15  # linear: about 2 s; anything quadratic takes minutes
