"""A spaCy tokenizer whose tokens are underthesea's: syllables, numbers, addresses, signs, with exact offsets.

The spans come from underthesea's own token expression, run over the text as it stands, so ``doc.text == text`` by
construction; words of several syllables are a layer on top (:mod:`baomat.words`). Why a token is a syllable: matching
names and cues on syllables finds all of them, on words four in five (segmentation depends on the sentence).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from . import layers
from .errors import BaomatError

MEMO = 1 << 17  # pieces of text remembered
WINDOW = 100  # characters
LONG = 40  # characters; longer pieces are not remembered
_GAP = re.compile(r"(\s(?:\s+|(?<! )|(?<=\A )|\Z))")  # white space that is not one blank between tokens
_PLAIN = re.compile(r"([\"“(]?)([^\W\d_]+)([,;:?!\"”)…]?)")  # is cut just so; every other piece takes the token expression
_MASTER = re.compile(r"Th.[Ss]")  # underthesea writes "Th.S" (Thạc sĩ) with a bare dot: "Th S" and "Thôs" are tokens too
_ETH = str.maketrans("ðÐ", "đĐ")  # underthesea reads the Icelandic letters as Vietnamese ones


@cache
def token_pattern() -> re.Pattern[str]:
    """underthesea's token expression, compiled from its list of patterns.

    Its compiled form is a module global that ``word_tokenize(fixed_words=...)`` replaces, so it is not used. MULTILINE
    makes its ``$`` the end of a line: the tokens are those of underthesea on each line alone.
    """
    from underthesea.pipeline.word_tokenize import regex_tokenize

    return re.compile("(?:" + "|".join(regex_tokenize.regex_patterns) + ")", re.VERBOSE | re.MULTILINE)


def split(text: str) -> tuple[list[str], list[bool]]:
    """Cut a text into tokens: (words, spaces) as ``spacy.tokens.Doc`` takes them.

    A single blank after a token is its trailing space; any other white space is a token of its own.

    Of the pieces between blanks those of letters are one token each, and the others are cut once and remembered: no token
    reaches over white space. The one exception is in :data:`_MASTER`.
    """
    if _MASTER.search(text):
        return _cut(text)
    words: list[str] = []
    spaces: list[bool] = []
    # In turn: a stretch with single blanks only, a gap of other white space; the last stretch ends like a line.
    parts = [*_GAP.split(text), "\n"]
    for stretch, gap in zip(parts[::2], parts[1::2], strict=True):
        if stretch:
            pieces = stretch.split(" ")
            if gap[0] == "\n" and stretch[-1] == "." and stretch[-2:-1].isupper():
                pieces[-1] += "\n"  # "A." is one token, but not at the end of a line
            for piece in pieces:
                if piece.isalpha():
                    words.append(piece)
                    spaces.append(True)
                else:
                    piece_words, piece_spaces = _memo[piece]
                    words += piece_words
                    spaces += piece_spaces
            spaces[-1] = False
        _add_gap(gap, words, spaces)
    del words[-1], spaces[-1]  # the line end that the text does not have
    return words, spaces


Tokens = tuple[tuple[str, ...], tuple[bool, ...]]


class _Memo(dict[str, Tokens]):
    """The tokens of a piece with a blank, or its line end, behind it."""

    def __missing__(self, piece: str) -> Tokens:
        if match := _PLAIN.fullmatch(piece):
            words = [word for word in match.groups() if word]
            spaces = [False] * (len(words) - 1) + [True]
        elif len(piece) > 10 * WINDOW and piece.count(".") > WINDOW:
            words, spaces = _cut_in_windows(piece)
        else:
            words, spaces = _cut(piece if piece[-1] == "\n" else piece + " ")
        n = len(words) - (words[-1] == "\n")
        tokens = tuple(words[:n]), tuple(spaces[:n])
        if len(self) >= MEMO:  # keep the half that was met first: in it are the frequent pieces
            for old in list(self)[MEMO // 2 :]:
                self.pop(old, None)
        if len(piece) <= LONG:
            self[piece] = tokens
        return tokens


_memo = _Memo()


def _cut_in_windows(piece: str) -> tuple[list[str], list[bool]]:
    """For "a.a.a.a" without end, on which the token expression takes time that grows with the square of the length."""
    words: list[str] = []
    for start in range(0, len(piece), WINDOW):
        words += _cut(piece[start : start + WINDOW])[0]
    return words, [False] * (len(words) - 1) + [piece[-1] != "\n"]


def _cut(text: str) -> tuple[list[str], list[bool]]:
    """What :func:`split` gives, by the token expression alone."""
    words: list[str] = []
    spaces: list[bool] = []
    position = 0
    for match in token_pattern().finditer(text.translate(_ETH)):
        start, end = match.span()
        if start > position:
            _add_gap(text[position:start], words, spaces)
        words.append(text[start:end])
        spaces.append(False)
        position = end
    if position < len(text):
        _add_gap(text[position:], words, spaces)
    return words, spaces


def _add_gap(gap: str, words: list[str], spaces: list[bool]) -> None:
    if words and gap[0] == " ":
        spaces[-1] = True
        gap = gap[1:]
    if gap:
        words.append(gap)
        spaces.append(False)


class SyllableTokenizer:
    """Turn a text in NFC into a ``Doc`` of syllable tokens. Holds the vocabulary, and hashes of frequent words in it."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self._kept: dict[str, int] = {}

    def keep(self, words: Iterable[str]) -> None:
        """Put words into the vocabulary for good, so that no ``memory_zone`` has to make them anew; call it outside of one.

        spaCy finds them by their hash, several times as fast as by their letters.
        """
        self._kept |= {word: self.vocab[word].orth for word in words}

    def __call__(self, text: str) -> Doc:
        """Tokenize.

        Raises
        ------
        BaomatError
            B401 if the text is not NFC, B402 if the tokens do not rebuild it.
        """
        if not unicodedata.is_normalized("NFC", text):
            raise BaomatError("B401")
        words, spaces = split(text)
        known = self._kept.get
        orths: list[Any] = [known(word, word) for word in words]
        doc = Doc(self.vocab, words=orths, spaces=spaces)
        size = doc[-1].idx + len(doc[-1]) + spaces[-1] if words else 0
        if size != len(text):
            raise BaomatError("B402", detail=f"{len(text)} characters in, {size} out")
        layers.keep_text(doc, text)
        return doc

    def to_bytes(self, **_: Any) -> bytes:
        return b""

    def from_bytes(self, _data: bytes, **__: Any) -> SyllableTokenizer:
        return self

    def to_disk(self, _path: str | Path, **__: Any) -> None:
        return None

    def from_disk(self, _path: str | Path, **__: Any) -> SyllableTokenizer:
        return self


@registry.tokenizers("baomat.SyllableTokenizer.v1")
def create_tokenizer() -> Any:
    """For ``[nlp.tokenizer]`` in a spaCy config."""

    def make(nlp: Language) -> SyllableTokenizer:
        return SyllableTokenizer(nlp.vocab)

    return make
