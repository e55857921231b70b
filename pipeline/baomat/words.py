"""underthesea's words and sentences as layers on a ``Doc``, line by line (underthesea does not see line ends).

Words are one flag a token: 1 where a word starts. The decisions of underthesea's CRF (:mod:`baomat.crf`) are aligned to the
tokens by index and sentences are cut where their marks stand: nothing is searched for in the text, so offsets cannot drift.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from . import crf
from .crfmodel import Ints
from .layers import text_of

MAX_TOKENS = 10_000  # decoded at once: more of them leave the cache of the processor

_MARKS = re.compile(r"[.?!](?:(?<=\.)\.*|[?!]*)")  # a run of dots, or of the others; so put, the search leaps to the next
_MORE_MARKS = re.compile(r"[.?!]*")
_BLANKS = re.compile(r"[ \t]*")
_SPACE = re.compile(r"[ \t\n\r]*")
_WORD_BORDER = re.compile(r"[^\w.]|_")


# ---------------------------------------------------------------- words
def word_starts(tokens: Sequence[str]) -> list[bool]:
    """For each token of one line, whether a word starts there: the decisions of ``underthesea.word_tokenize``.

    Parameters
    ----------
    tokens
        underthesea's tokens of the line, without white space.
    """
    codes = np.array([crf.code(token) for token in tokens], np.int64)
    starts: list[bool] = crf.word_starts(codes, np.array([len(tokens)]), token_at=tokens.__getitem__).tolist()
    return starts


def flag_words(doc: Doc) -> bytes:
    """One byte a token: 1 where a word starts, 0 inside a word. A white-space token belongs to the word around it."""
    return _flag_all([doc])[0]


def word_spans(doc: Doc) -> list[tuple[int, int]]:
    """The words of a text that went through this stage as [start, end): ``doc._.words`` without a ``Span`` for each."""
    flags = np.frombuffer(doc.user_data["words"], np.uint8)
    offsets, lengths, is_space = doc.to_array(["IDX", "LENGTH", "IS_SPACE"]).astype(np.int64).T
    first = flags.nonzero()[0]
    last = np.append(first[1:], len(flags))[: len(first)] - 1
    solid = is_space[first] == 0
    starts, ends = offsets[first][solid], (offsets + lengths)[last][solid]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def n_words(doc: Doc) -> int:
    """How many words a text that went through this stage has."""
    flags = np.frombuffer(doc.user_data["words"], np.uint8)
    return int(np.count_nonzero(flags & (doc.to_array("IS_SPACE") == 0)))


def _flag_all(docs: Sequence[Doc]) -> list[bytes]:
    """:func:`flag_words` of several texts, decoded together."""
    codes = np.concatenate([_codes(doc) for doc in docs])
    shapes = crf.shapes(codes)
    solid = shapes < crf.SPACE
    places = solid.nonzero()[0]
    counts = np.append(0, solid.cumsum())  # how many tokens stand before each, white space not counted
    ends = np.cumsum([len(doc) for doc in docs])
    lines = np.unique(np.append(counts[:-1][shapes == crf.LINE_END], counts[ends]))  # how many stand before each line end

    def token_at(place: int) -> str:
        at = int(places[place])
        number = int(ends.searchsorted(at, "right"))
        return docs[number][at - int(ends[number])].text  # counted from the end of its text

    starts = np.append(crf.word_starts(codes[places], np.diff(lines, prepend=0), token_at=token_at), True)
    # The flag of a white-space token is that of the next token in the text, and 1 at its end.
    flags = starts[counts[:-1]].tobytes()
    return [flags[end - len(doc) : end] for doc, end in zip(docs, ends.tolist(), strict=True)]


def _codes(doc: Doc) -> Ints:
    """The codes of the tokens. They are kept in the ranks of the lexemes, from where spaCy gives all of a text at once."""
    codes = doc.to_array("ID").view(np.int64)
    for i in (codes >> 61 != 1).nonzero()[0].tolist():  # -1, or the row of a vector: the token is met for the first time
        lexeme = doc[i].lex
        lexeme.rank = codes[i] = crf.code(lexeme.text)
    return codes


def keep_frequent(nlp: Language) -> None:
    """Put the tokens that the decoder knows into the vocabulary for good, with their codes; call it outside a memory zone."""
    tokens = crf.vocabulary()
    nlp.tokenizer.keep(tokens)  # type: ignore[union-attr]
    for token in tokens:
        nlp.vocab[token].rank = crf.code(token)


# ---------------------------------------------------------------- sentences
def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Sentences as [start, end): those of ``underthesea.sent_tokenize`` on each line.

    Written anew because underthesea's gives no offsets and takes time that grows with the square of a run of "a.a.a.a".
    """
    spans: list[tuple[int, int]] = []
    offset = 0
    for line in text.split("\n"):
        for start, end in _sentences(line) if line else ():
            piece = line[start:end]
            if piece[:1].isspace() or piece[-1:].isspace():
                start, end = end - len(piece.lstrip()), start + len(piece.rstrip())
            if start < end:
                spans.append((offset + start, offset + end))
        offset += len(line) + 1
    return spans


def _sentences(line: str) -> Iterator[tuple[int, int]]:
    """A line cut behind the marks that end a sentence; a piece may have white space at its edges."""
    start = 0
    for marks in _MARKS.finditer(line):
        at, end = marks.span()
        if at < start:  # more marks behind a sentence that has ended
            continue
        if end - at > 2 and line[at] == ".":
            after = _skip(_BLANKS, line, end)
            ends = after == len(line) or line[after].isupper()
        else:
            ends = line[at] != "." or not _is_inner_dot(line, at) or (end - at == 2 and not _is_inner_dot(line, at + 1))
            if ends:
                end = _skip(_MORE_MARKS, line, end)
        if ends:
            yield start, end
            start = _skip(_SPACE, line, end)
    yield start, len(line)


def _skip(pattern: re.Pattern[str], line: str, at: int) -> int:
    match = pattern.match(line, at)
    return match.end() if match else at


def _is_inner_dot(line: str, dot: int) -> bool:
    """A dot between digits ("1.500") or after an abbreviation ("TP.")."""
    before = line[max(dot - 1, 0) : dot]
    if before.isdigit() and line[dot + 1 : dot + 2].isdigit():
        return True
    if not before.isalnum() and before != ".":
        return False
    abbreviations, longest = _abbreviations()
    low = max(dot - longest - 1, 0)
    word = line[line.rfind(" ", low, dot) + 1 or low : dot]
    if not word.isalnum():
        word = _WORD_BORDER.split(word)[-1]
    return word.lower() in abbreviations


@cache
def _abbreviations() -> tuple[frozenset[str], int]:
    """underthesea's abbreviations, and how long the longest is."""
    punkt = import_module("underthesea.pipeline.sent_tokenize")
    punkt._load_model()
    abbreviations = frozenset(punkt.sentence_tokenizer.abbrev_types) - {""}
    return abbreviations, max(map(len, abbreviations))


# ---------------------------------------------------------------- the stage
class Words:
    """Sets ``doc._.words``, ``doc._.sentences`` and spaCy's own sentence starts; many texts at a time in ``nlp.pipe``."""

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], batch_size: int = 64) -> Iterator[Doc]:
        for docs in _batches(stream, batch_size):
            for doc, flags in zip(docs, _flag_all(docs), strict=True):
                spans = sentence_spans(text_of(doc))
                doc.user_data["words"] = flags
                doc.user_data["sentences"] = spans
                _mark_sentences(doc, [start for start, _ in spans])
                yield doc


def _batches(stream: Iterable[Doc], size: int) -> Iterator[list[Doc]]:
    batch: list[Doc] = []
    for doc in stream:
        batch.append(doc)
        if len(batch) >= size or sum(map(len, batch)) >= MAX_TOKENS:
            yield batch
            batch = []
    if batch:
        yield batch


def _mark_sentences(doc: Doc, starts: Sequence[int]) -> None:
    """Tell spaCy: a sentence starts at the token that holds its first character, and at the first token."""
    if len(doc):
        marks = np.full(len(doc), -1)  # -1: no sentence starts here
        marks[doc.to_array("IDX").view(np.int64).searchsorted(starts, "right") - 1] = marks[0] = 1
        doc.from_array(["SENT_START"], marks.view(np.uint64))  # type: ignore[arg-type]  # spaCy wants unsigned integers


@Language.factory("baomat_words")
def words(nlp: Language, name: str) -> Words:
    """The stage, for spaCy's config."""
    return Words()
