"""Words and sentences are underthesea's, with offsets, one text at a time or many."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc
from underthesea import sent_tokenize, word_tokenize

from baomat import crf, tokenizer, words

TABLES = Path(__file__).parent / "tables"


def table(name: str) -> list[tuple[str, str]]:
    """(text, expected) of every row."""
    lines = [line for line in (TABLES / f"{name}.tsv").read_text(encoding="utf-8").split("\n") if line and line[0] != "#"]
    rows = [line.split("\t") for line in lines[1:]]
    return [(text.replace(r"\n", "\n").replace(r"\u00a0", "\u00a0"), expected) for _, text, expected in rows]


def own_texts(root: Path) -> list[str]:
    paths = sorted([*root.glob("data/articles/*.txt"), *root.glob("data/gold/*.txt")])
    return [tokenizer.unicodedata.normalize("NFC", path.read_text(encoding="utf-8")) for path in paths]


def words_of(doc: Doc) -> list[str]:
    """The words as underthesea writes them: tokens normalized and parted by one blank."""
    return [" ".join(crf._as_underthesea(token.text) for token in word if not token.is_space) for word in doc._.words]


def parts_of(text: str) -> list[str]:
    return [text[start:end] for start, end in words.sentence_spans(text)]


@pytest.fixture(scope="module")
def pipeline() -> Language:
    """The tokenizer and this stage alone."""
    import spacy

    config = {"nlp": {"lang": "vi", "tokenizer": {"@tokenizers": "baomat.SyllableTokenizer.v1"}, "pipeline": ["words"]}}
    return spacy.util.load_model_from_config(config | {"components": {"words": {"factory": "baomat_words"}}}, auto_fill=True)


# ---------------------------------------------------------------- words
@pytest.mark.parametrize(("text", "expected"), table("words"))
def test_words(pipeline: Language, text: str, expected: str) -> None:
    assert " | ".join(words_of(pipeline(text))) == expected
    assert word_tokenize(text) == expected.split(" | ")


def test_words_of_own_articles_line_by_line(pipeline: Language, root: Path) -> None:
    texts = own_texts(root)
    for text, doc in zip(texts, pipeline.pipe(texts), strict=True):
        assert words_of(doc) == [word for line in text.split("\n") for word in word_tokenize(line)]


def test_words_of_real_news_line_by_line(pipeline: Language, shared: Path) -> None:
    import gzip
    import json
    import unicodedata

    with gzip.open(shared / "corpus" / "vietnews-10k.jsonl.gz", "rt", encoding="utf-8") as stream:
        records = [json.loads(line) for number, line in enumerate(stream) if number % 97 == 5]
    texts = [unicodedata.normalize("NFC", record["text"]) for record in records]
    for text, doc in zip(texts, pipeline.pipe(texts), strict=True):
        assert words_of(doc) == [word for line in text.split("\n") for word in word_tokenize(line)]


def test_word_starts_of_one_line() -> None:
    assert words.word_starts(["tấn", "công", "mạng"]) == [True, False, True]
    assert words.word_starts([]) == []


def test_white_space_takes_the_flag_of_what_follows(pipeline: Language) -> None:
    doc = pipeline("\n  an  ninh mạng \t bị\n\nlộ  ")
    assert [token.text for token in doc] == ["\n  ", "an", " ", "ninh", "mạng", "\t ", "bị", "\n\n", "lộ", " "]
    assert list(doc.user_data["words"]) == [1, 1, 0, 0, 1, 1, 1, 1, 1, 1]
    assert words.flag_words(doc) == doc.user_data["words"]


def test_word_spans_are_the_words(pipeline: Language, root: Path) -> None:
    for doc in pipeline.pipe([*own_texts(root)[:30], "\n  an  ninh mạng \t bị\n\nlộ  ", " \n"]):
        assert words.word_spans(doc) == [(word.start_char, word.end_char) for word in doc._.words]
    assert words.word_spans(pipeline("")) == []


@pytest.mark.parametrize("text", ["", " ", "\n", "\n\n \n", "a"])
def test_texts_of_next_to_nothing(pipeline: Language, text: str) -> None:
    doc = pipeline(text)
    assert doc.user_data["words"] == bytes([1]) * len(doc)
    assert len(doc._.sentences) == len(text.strip())


# ---------------------------------------------------------------- many texts
@pytest.mark.parametrize("size", [1, 3, 64])
def test_a_batch_is_its_texts_one_by_one(pipeline: Language, root: Path, size: int) -> None:
    texts = ["", *own_texts(root)[:20], "\n", "an ninh"]
    for text, doc in zip(texts, pipeline.pipe(texts, batch_size=size), strict=True):
        alone = pipeline(text)
        assert doc.text == text
        assert doc.user_data == alone.user_data
        assert [token.is_sent_start for token in doc] == [token.is_sent_start for token in alone]


def test_long_texts_bound_a_batch(monkeypatch: pytest.MonkeyPatch, pipeline: Language) -> None:
    sizes = []
    flag_all = words._flag_all
    monkeypatch.setattr(words, "MAX_TOKENS", 10)
    monkeypatch.setattr(words, "_flag_all", lambda docs: sizes.append(len(docs)) or flag_all(docs))
    assert len(list(pipeline.pipe(["một hai ba bốn"] * 7))) == 7
    assert sizes == [3, 3, 1]


def test_tokens_met_again_and_ranks_of_others_change_nothing(pipeline: Language) -> None:
    text = "Lừa đảo trực tuyến qua Zolaqua."
    expected = pipeline(text).user_data["words"]
    pipeline.vocab["đảo"].rank = 7  # the row of a word vector
    for _ in range(2):
        with pipeline.memory_zone():
            assert [pipeline(text).user_data["words"] for _ in range(2)] == [expected] * 2


def test_texts_of_several_vocabularies(pipeline: Language) -> None:
    import spacy

    other = tokenizer.SyllableTokenizer(spacy.blank("xx").vocab)
    docs = list(words.Words().pipe([pipeline.make_doc("an ninh mạng"), other("lừa đảo trực tuyến")]))
    assert [words_of(doc) for doc in docs] == [["an ninh", "mạng"], ["lừa đảo", "trực tuyến"]]


def test_a_stream_is_not_read_ahead(pipeline: Language) -> None:
    read = []

    def stream():  # type: ignore[no-untyped-def]
        for number in range(100):
            read.append(number)
            yield pipeline.make_doc("an ninh mạng")

    next(words.Words().pipe(stream(), batch_size=8))
    assert len(read) == 8


# ---------------------------------------------------------------- sentences
@pytest.mark.parametrize(("text", "expected"), table("sentences"))
def test_sentences(text: str, expected: str) -> None:
    assert " | ".join(parts_of(text)) == expected
    assert [sentence for line in text.split("\n") for sentence in sent_tokenize(line)] == [*filter(None, expected.split(" | "))]


def test_sentences_of_own_articles(root: Path) -> None:
    for text in own_texts(root):
        assert parts_of(text) == [sentence for line in text.split("\n") for sentence in sent_tokenize(line)]


def test_sentences_of_real_news(shared: Path) -> None:
    import gzip
    import json

    with gzip.open(shared / "corpus" / "vietnews-10k.jsonl.gz", "rt", encoding="utf-8") as stream:
        texts = [json.loads(line)["text"] for number, line in enumerate(stream) if number % 10 == 3]
    for text in texts:
        assert parts_of(text) == [sentence for line in text.split("\n") for sentence in sent_tokenize(line)]


def test_sentences_of_junk() -> None:
    rng = random.Random(5)
    pieces = [*".?! \t\n\raA1İ_²…\u00a0", "...", "..", "TP", "ths", "v.v", "1.5", "Ông", "a.i"]
    for _ in range(30_000):
        text = "".join(rng.choices(pieces, k=rng.randrange(12)))
        assert parts_of(text) == [sentence for line in text.split("\n") for sentence in sent_tokenize(line)], text
        spans = [0, *(offset for span in words.sentence_spans(text) for offset in span)]
        assert spans == sorted(spans)


@pytest.mark.parametrize("junk", ["a.", ".", "1.", "... ", " ", "x", "?!", "\n", ". . ", "TP.", ".\u00a0"])
def test_sentences_take_linear_time(junk: str) -> None:
    start = time.process_time()
    words.sentence_spans(junk * (1_000_000 // len(junk)))
    assert time.process_time() - start < 2


def test_spacy_knows_the_sentences(pipeline: Language) -> None:
    doc = pipeline("Một. Hai.\n\n Ba bốn!Năm")
    assert [token.text for token in doc if token.is_sent_start] == ["Một", "Hai", "Ba", "Năm"]
    assert all(token.is_sent_start is not None for token in doc)
    assert [sentence.text for sentence in doc.sents] == ["Một.", "Hai.\n\n ", "Ba bốn!", "Năm"]


@pytest.mark.parametrize("text", ["ƛ " * 30_000, "an ninh mạng\n" * 50_000, "Vuskel John Drosken " * 30_000])
def test_words_take_linear_time(pipeline: Language, text: str) -> None:
    start = time.process_time()
    pipeline(text)
    assert time.process_time() - start < 4
