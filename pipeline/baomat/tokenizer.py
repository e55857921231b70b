"""A spaCy tokenizer whose tokens are underthesea's: syllables, numbers, addresses, signs, with exact offsets.

The spans come from underthesea's own token expression, run over the text as it stands, so ``doc.text == text`` by
construction; words of several syllables are a layer on top (:mod:`baomat.words`). Why a token is a syllable: matching
names and cues on syllables finds all of them, on words four in five (segmentation depends on the sentence).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from .errors import BaomatError


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
    """
    words: list[str] = []
    spaces: list[bool] = []
    position = 0
    for match in token_pattern().finditer(text):
        start = match.start()
        if start > position:
            _add_gap(text[position:start], words, spaces)
        words.append(match[0])
        spaces.append(False)
        position = match.end()
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
    """Turn a text in NFC into a ``Doc`` of syllable tokens. Holds nothing but the vocabulary."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

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
        doc = Doc(self.vocab, words=words, spaces=spaces)
        if doc.text != text:
            raise BaomatError("B402", detail=f"{len(text)} characters in, {len(doc.text)} out")
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
