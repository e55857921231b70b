"""underthesea's words and sentences as layers on a ``Doc``, line by line (underthesea does not see line ends).

Words are one flag a token: 1 where a word starts. The tags of underthesea's CRF are aligned to the tokens by index,
never searched for in the text, so offsets cannot drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from . import layers as _layers  # noqa: F401  (defines the doc._ attributes)
from .errors import BaomatError

MODEL = "ws_crf_vlsp2013_20230727"  # the segmentation model inside underthesea's wheel


@cache
def _tagger() -> Any:
    """underthesea's segmentation CRF; it cannot be pickled, so every process loads its own."""
    from underthesea.models.fast_crf_sequence_tagger import FastCRFSequenceTagger

    tagger = FastCRFSequenceTagger()
    tagger.load(str(files("underthesea.pipeline.word_tokenize") / "models" / MODEL))
    return tagger


def word_starts(tokens: Sequence[str]) -> list[bool]:
    """For each token of one line, whether a word starts there: the decisions of ``underthesea.word_tokenize``.

    Parameters
    ----------
    tokens
        underthesea's tokens of the line, without white space.
    """
    from underthesea.pipeline.text_normalize import token_normalize

    if not tokens:
        return []
    tags = _tagger().predict([[token_normalize(token)] for token in tokens])
    return [i == 0 or tag != "I-W" for i, tag in enumerate(tags)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Sentences as [start, end): ``underthesea.sent_tokenize`` on each line, found again with a cursor."""
    from underthesea import sent_tokenize

    spans: list[tuple[int, int]] = []
    line_start = 0
    for line in text.split("\n"):
        cursor = line_start
        for sentence in sent_tokenize(line):
            start = text.find(sentence, cursor, line_start + len(line))
            if start < 0:
                raise BaomatError("B402", detail=f"sentence not found in its line: {sentence[:60]!r}")
            cursor = start + len(sentence)
            spans.append((start, cursor))
        line_start += len(line) + 1
    return spans


def flag_words(doc: Doc) -> bytes:
    """One byte a token: 1 where a word starts, 0 inside a word. A white-space token belongs to the word around it."""
    flags = bytearray(len(doc))
    line: list[int] = []
    for i, token in enumerate(doc):
        if not token.is_space:
            line.append(i)
        elif "\n" in token.text:
            _flag_line(doc, line, flags)
            line = []
    _flag_line(doc, line, flags)
    for i in range(len(doc) - 1, -1, -1):
        if doc[i].is_space:
            flags[i] = flags[i + 1] if i + 1 < len(doc) else 1
    return bytes(flags)


def _flag_line(doc: Doc, line: list[int], flags: bytearray) -> None:
    for i, starts in zip(line, word_starts([doc[i].text for i in line]), strict=True):
        flags[i] = starts


@Language.component("baomat_words")
def words(doc: Doc) -> Doc:
    """Set ``doc._.words``, ``doc._.sentences`` and spaCy's own sentence starts."""
    spans = sentence_spans(doc.text)
    doc.user_data["words"] = flag_words(doc)
    doc.user_data["sentences"] = [list(span) for span in spans]
    starts = iter([*(start for start, _ in spans), len(doc.text) + 1])
    upcoming = next(starts)
    for token in doc:
        here = False
        while upcoming < token.idx + len(token):
            here = True
            upcoming = next(starts)
        token.is_sent_start = here or token.i == 0
    return doc
