"""The fast decoder decides as underthesea's own tagger does: on real text, on junk, on ties, in threads and in children."""

from __future__ import annotations

import multiprocessing
import pickle
import random
import sys
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baomat import crf, crfmodel, tokenizer

Lines = list[list[str]]


def tokens(line: str) -> list[str]:
    return [token for token in tokenizer.split(unicodedata.normalize("NFC", line))[0] if not token.isspace()]


def fast(lines: Lines) -> Lines:
    """The lines as words, by the decoder; tokens of a word are joined by "_"."""
    flat = [token for line in lines for token in line]
    codes, lengths = np.array([*map(crf.code, flat)], np.int64), np.array([*map(len, lines)], np.int64)
    return words(lines, crf.word_starts(codes, lengths, token_at=flat.__getitem__).tolist())


def reference(lines: Lines) -> Lines:
    """The lines as words, by underthesea's own tagger."""
    return words(lines, [start for line in lines for start in crf._reference(list(map(crf._as_underthesea, line)))])


def words(lines: Lines, starts: Sequence[bool]) -> Lines:
    flags = iter(starts)
    return ["".join((" " if next(flags) else "_") + token for token in line).split() for line in lines]


def own_lines(root: Path) -> Lines:
    """All lines of the project's articles."""
    paths = sorted([*root.glob("data/articles/*.txt"), *root.glob("data/gold/*.txt")])
    return [line for path in paths for text in path.read_text(encoding="utf-8").split("\n") if (line := tokens(text))]


@pytest.fixture
def referred(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The lines that went to underthesea's own tagger."""
    asked: list[Sequence[str]] = []
    own = crf._reference

    def watched(line: Sequence[str]) -> list[bool]:
        asked.append(line)
        return own(line)

    monkeypatch.setattr(crf, "_reference", watched)
    return asked


# ---------------------------------------------------------------- equality
def test_own_articles(root: Path) -> None:
    lines = own_lines(root)
    assert len(lines) > 300
    for start in range(0, len(lines), 200):
        assert fast(lines[start : start + 200]) == reference(lines[start : start + 200])


def test_real_news(shared: Path) -> None:
    import gzip
    import json

    for name, step in (("vietnews-10k", 80), ("rss-2026", 40), ("vietnews-cyber", 8)):
        with gzip.open(shared / "corpus" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as stream:
            records = [json.loads(line) for number, line in enumerate(stream) if number % step == 0]
        lines = [line for record in records for text in (record.get("text") or "").split("\n") if (line := tokens(text))]
        assert fast(lines) == reference(lines), name


def test_a_batch_decides_as_its_lines_alone(root: Path) -> None:
    lines = own_lines(root)[:120]
    assert fast(lines) == [fast([line])[0] for line in lines]
    assert fast([[], lines[0], [], lines[1], []]) == [[], fast([lines[0]])[0], [], fast([lines[1]])[0], []]
    assert fast([]) == fast([[]]) or fast([[]]) == [[]]


def mutated(line: list[str], rng: random.Random) -> list[str]:
    """A line as no one would write it."""
    changes: tuple[Callable[[str], str], ...] = (
        *(str.upper, str.lower, str.title, str.swapcase),
        lambda token: token[::-1],
        lambda token: token[:1],
        lambda token: token + token,
        lambda token: unicodedata.normalize("NFD", token),
        lambda token: unicodedata.normalize("NFKD", token),
        lambda token: token + rng.choice("0123456789.-ðÐ\u0301ƛß"),
        lambda token: chr(rng.randrange(33, 0xD7FF)),
        lambda token: str(rng.randrange(-(10 ** rng.randrange(1, 14)), 10**11)),
        lambda token: rng.choice(["Th S", "BOS", "EOS", "False", "a b"]),
    )
    line = [rng.choice(changes)(token) if rng.random() < 0.3 else token for token in line]
    start = rng.randrange(len(line))
    line = line[start : start + rng.randrange(1, 20)]
    if rng.random() < 0.2:
        rng.shuffle(line)
    return [token for token in line if token]


def test_junk(root: Path) -> None:
    rng = random.Random(7)
    lines = own_lines(root)
    junk = [mutated(rng.choice(lines), rng) for _ in range(6000)]
    assert fast(junk) == reference(junk)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8), max_size=12), max_size=4))
def test_any_strings(lines: Lines) -> None:
    assert fast(lines) == reference(lines)


@pytest.mark.parametrize("letters", ["aA", "bBđĐ", "1a.", "ðÐxX"])
def test_short_lines_of_few_tokens(letters: str) -> None:
    """Every length around that of the longest n-gram, with all its edges."""
    lines = [[a, b, c, d][:n] for n in range(1, 5) for a in letters for b in letters for c in letters for d in letters]
    assert fast(lines) == reference(lines)


# ---------------------------------------------------------------- what the reference is asked for
@pytest.mark.parametrize(
    "line",
    [
        "nhóm George Drosken Drosken Blemor Qunta J. Smith",
        "theo Vuskel John Vuskel Marko Trindax Reagan J. Smith",
        "tin tặc John Peter Kraken Qunta Kraken J. Smith",
    ],
)
def test_ties_are_seen(line: str, referred: list[Sequence[str]]) -> None:
    assert fast([tokens(line)]) == reference([tokens(line)])
    assert len(referred) == 2


@pytest.mark.parametrize("line", ["Ông Th S. Trần Bình nói", "chữ ƛ ở đầu", "chữ \u0378 không tên"])
def test_what_other_tables_may_see_otherwise(line: str, referred: list[Sequence[str]]) -> None:
    assert fast([tokens("một dòng thường"), tokens(line)])[1:] == reference([tokens(line)])
    assert len(referred) == 2


def test_news_seldom_needs_the_reference(root: Path, referred: list[Sequence[str]]) -> None:
    lines = own_lines(root)
    fast(lines)
    assert len(referred) <= len(lines) / 200


def test_every_character_is_read_as_underthesea_reads_it() -> None:
    from underthesea_core import CRFFeaturizer

    featurizer = CRFFeaturizer(["T[0].istitle", "T[0].lower", "T[0].isdigit"], set())
    characters = [chr(i) for i in range(33, sys.maxunicode + 1) if not 0xD800 <= i < 0xE000]
    certain = [char for char in characters if crf._shape(char) != crf.UNSURE]
    assert len(certain) > 100_000
    seen = featurizer.process([[[char] for char in certain]])[0]
    for char, (title, lowered, digits) in zip(certain, seen, strict=True):
        assert lowered == f"T[0].lower={char.lower()}"
        assert title == f"T[0].istitle={crf._shape(char) != crf.PLAIN}"
        assert digits == f"T[0].isdigit={crf._shape(char) == crf.DIGITS}"


@pytest.mark.parametrize(
    "token",
    [*"0 +5 -0 +-5 5- 2147483647 2147483648 -2147483648 -2147483649 000000000000012 1.5 1_0 ٣ ５ ² +".split(), "9" * 5000],
)
def test_numbers_are_those_of_rust(token: str) -> None:
    from underthesea_core import CRFFeaturizer

    ((seen,),) = CRFFeaturizer(["T[0].isdigit"], set()).process([[[token]]])[0]
    assert seen == f"T[0].isdigit={crf._shape(token) == crf.DIGITS}"


# ---------------------------------------------------------------- the model
def test_the_installed_model_is_the_known_one() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert crf._decoder()


def test_another_model_is_left_to_underthesea_with_one_warning(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = own_lines(root)[:20]
    expected = fast(lines)
    monkeypatch.setitem(crf.CHECKED, "models.bin", "0" * 64)
    crf._decoder.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match=r"models\.bin has changed"):
            assert fast(lines) == expected
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert fast(lines) == expected
    finally:
        crf._decoder.cache_clear()
        crf.code.cache_clear()


def test_a_model_built_otherwise_is_refused() -> None:
    data = bytearray((crf._folder() / "models.bin").read_bytes())
    for at, changed in ((0, b"x"), (8, b"x"), (20, b"\x03")):  # magic, type, number of labels
        with pytest.raises(crfmodel.UnknownModel):
            crfmodel.read_crfsuite(bytes(data[:at] + changed + data[at + 1 :]))
    with pytest.raises(crfmodel.UnknownModel, match="template"):
        crfmodel.by_view({"T[3]=a": [0.0, 1.0]})
    with pytest.raises(crfmodel.UnknownModel, match="labels"):
        crf.Decoder(bytes(data).replace(b"I-W", b"X-W"), ["a", "a b", "a b c"])


def test_the_dictionary_is_data_only() -> None:
    """It is unpickled, after its hash was checked; it names nothing to call."""
    import pickletools

    data = (crf._folder() / "dictionary.bin").read_bytes()
    calls = {code.name for code, _, _ in pickletools.genops(data)} & {"GLOBAL", "STACK_GLOBAL", "REDUCE", "INST", "OBJ", "NEWOBJ"}
    assert not calls or isinstance(pickle.loads(data), set)


def test_the_index_finds_what_it_was_given() -> None:
    rng = np.random.default_rng(3)
    heads, lasts = np.unique(rng.integers(1, 300, (2, 5000)), axis=1)
    index = crfmodel.Index(heads, lasts, np.arange(1, len(heads) + 1))
    known = {pair: number for number, pair in enumerate(zip(heads.tolist(), lasts.tolist(), strict=True), 1)}
    asked = rng.integers(0, 320, (2, 30_000))
    expected = [known.get(pair, 0) for pair in zip(*asked.tolist(), strict=True)]
    assert index.find(asked[0], asked[1]).tolist() == expected


# ---------------------------------------------------------------- memory, threads, processes
def test_codes_are_remembered_up_to_a_number() -> None:
    assert crf.code.cache_info().maxsize == crf.MEMO


def test_threads_share_the_decoder(root: Path) -> None:
    lines = own_lines(root)[:300]
    expected = fast(lines)
    crf.code.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        for start in range(0, 300, 20):
            parts = [lines[start : start + 20]] * 8
            assert list(pool.map(fast, parts)) == [expected[start : start + 20]] * 8


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded")
def test_a_forked_child_decides_the_same(root: Path) -> None:
    lines = own_lines(root)[:100]
    expected = fast(lines)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(fast, [lines, lines], chunksize=1) == [expected, expected]
