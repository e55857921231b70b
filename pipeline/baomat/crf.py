"""underthesea's word segmentation, decision for decision, from its own model files with numpy, many times faster.

A conditional random field (CRF) labels the tokens of a line: a token begins a word (label B) or stands inside one (I). The
model gives every sequence of labels a score, and the best sequence wins::

    score = sum over the tokens t of  emission[t, label t] + transition[label t-1, label t]

*Emissions.* The model looks at *attributes* such as ``T[-1,0].lower=an ninh``: "the token before and this one, lowered, are
*an ninh*". Each attribute has a trained weight for B and one for I; the emission is the sum of the weights of those that
hold at t. With two labels only the difference ``d = score of I - score of B`` matters, so one weight is kept, I minus B.
Every attribute is about an *n-gram* of one to three tokens that starts 2 before t to 2 after t, and about one view of it: as
written; lowered (with the question "is it in underthesea's dictionary?"); or its shape (title case, number). So every n-gram
that the model or the dictionary knows has a number (0: not known), and a row of weights, one for each distance from t::

    d[t] = sum over n, view, distance of  rows[n, view][number of the n-gram that starts at t + distance][distance]

The number of an n-gram is looked up by the number of its head (all tokens but the last) and the number of its last token,
for all tokens of many lines at once (:mod:`baomat.crfmodel` lays out these tables). An n-gram that reaches over an end of
the line reads BOS or EOS, whatever is asked.

*The best sequence* (Viterbi's algorithm). For the best sequences that end in token t, d is ``d[t] + step``, where the step
depends on the d of token t-1 alone and is bounded. So nine tokens in ten are settled by their own d[t]; only the others
are visited one by one.

*Exact.* The sums are made in another order than underthesea makes them and may differ by 1e-13. Where a decision hangs on
less than ``GUARD`` (ties are real: two unknown names in a row), or where a token holds a character whose case other Unicode
tables may see otherwise, the line goes to underthesea's own tagger. So does everything, with one warning, when the
installed model is not the one that this was checked with.
"""

from __future__ import annotations

import pickle
import re
import unicodedata
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .crfmodel import LENGTHS, Floats, Ints, Rows, UnknownModel, by_view, index_of, numbered, read_crfsuite

MODEL = "ws_crf_vlsp2013_20230727"  # the segmentation model inside underthesea's wheel
CHECKED = {  # SHA-256 of its files
    "models.bin": "c3a64c64349f1d73304f89babacaa8f8cd6078b1ec1a1b2c104e9e411ac1d2c3",
    "features.bin": "cf93263c7c7973bf50122b0be76a394443ff61be00c1368713dee1b7d5b8a435",
    "dictionary.bin": "ec8c62b3881c6682c18959988e1fe08800cc835777778845bded470ca02745d9",
}
GUARD = 1e-7  # a decision by less than this may be a tie, which rounding decides
MEMO = 1 << 17  # tokens whose codes are remembered

Bools = NDArray[np.bool_]

NUMBER = re.compile(r"([+-]?)0*([0-9]{1,10})")
PLAIN, TITLE, DIGITS, UNSURE, SPACE, LINE_END = range(6)  # shapes of a token; the last two stand between tokens
CODED = 1 << 61  # tells a code from other integers


# ---------------------------------------------------------------- what the rest of the program calls
def word_starts(codes: Ints, lengths: Ints, *, token_at: Callable[[int], str]) -> Bools:
    """For each token of some lines, whether a word starts there: the decisions of ``underthesea.word_tokenize``.

    Parameters
    ----------
    codes
        The :func:`code` of every token, all lines one after the other.
    lengths
        How many tokens each line has.
    token_at
        Gives the token at a place; called for the few lines that underthesea itself has to decide.
    """
    decoder = _decoder()
    starts, referred = decoder.word_starts(codes, lengths) if decoder else (np.ones(len(codes), bool), range(len(lengths)))
    ends = lengths.cumsum()
    for line in referred:
        here = range(ends[line] - lengths[line], ends[line])
        starts[here.start : here.stop] = _reference([_as_underthesea(token_at(place)) for place in here])
    return starts


@lru_cache(MEMO)
def code(token: str) -> int:
    """All that is to be known of a token, in one integer: :data:`CODED`, its shape, its numbers as lowered and as written."""
    if token.isspace():
        return CODED | (LINE_END if "\n" in token else SPACE) << 40
    token = _as_underthesea(token)
    decoder = _decoder()
    numbers = decoder.words if decoder else {}
    return CODED | _shape(token) << 40 | numbers.get(token.lower(), 0) << 20 | numbers.get(token, 0)


def shapes(codes: Ints) -> Ints:
    """The shapes of tokens."""
    return codes >> 40 & 7


def vocabulary() -> Sequence[str]:
    """The tokens that the model knows, as written and lowered: nine in ten of those of any news."""
    decoder = _decoder()
    return [word for word in decoder.words if word] if decoder else ()


@cache
def _decoder() -> Decoder | None:
    folder = _folder()
    try:
        data = {name: (folder / name).read_bytes() for name in CHECKED}
        for name, digest in CHECKED.items():
            if sha256(data[name]).hexdigest() != digest:
                raise UnknownModel(f"{name} has changed")
        return Decoder(data["models.bin"], pickle.loads(data["dictionary.bin"]))
    except (UnknownModel, OSError) as error:
        told = f"Words come from underthesea's own tagger, which is slow: its model is not the known one ({error})."
        warnings.warn(told, RuntimeWarning, stacklevel=2)
        return None


@cache
def _tagger() -> Any:
    """underthesea's own tagger; it cannot be pickled, so every process loads its own."""
    from underthesea.models.fast_crf_sequence_tagger import FastCRFSequenceTagger

    tagger = FastCRFSequenceTagger()
    tagger.load(str(_folder()))
    return tagger


def _folder() -> Traversable:
    return files("underthesea.pipeline.word_tokenize") / "models" / MODEL


def _reference(line: Sequence[str]) -> list[bool]:
    """The word starts of one line as underthesea finds them."""
    return [i == 0 or tag != "I-W" for i, tag in enumerate(_tagger().predict([[token] for token in line]) if line else ())]


def _as_underthesea(token: str) -> str:
    """The token as ``word_tokenize`` shows it to its tagger: đ for the Icelandic ð, common misspellings mended."""
    token_normalize, normalize_characters_in_text = _normalizers()
    return str(token_normalize(normalize_characters_in_text(token), use_character_normalize=False))


@cache
def _normalizers() -> tuple[Callable[..., str], Callable[[str], str]]:
    from underthesea.pipeline.text_normalize import token_normalize
    from underthesea.pipeline.text_normalize.character_normalize import normalize_characters_in_text

    return token_normalize, normalize_characters_in_text


# ---------------------------------------------------------------- the decoder
class Decoder:
    """The model as tables, which never change."""

    def __init__(self, data: bytes, dictionary: Iterable[str]) -> None:
        labels, attributes, transitions = read_crfsuite(data)
        if labels != ["B-W", "I-W"]:
            raise UnknownModel(f"its labels are {labels}")
        self._set_steps(transitions)
        weights = by_view(attributes)
        entries = {n: sorted(entry for entry in dictionary if entry.count(" ") == n - 1) for n in LENGTHS}
        # Long n-grams first: then heads have the lowest numbers, and most n-grams are seen to be no head at a glance.
        known = [
            gram
            for n in reversed(LENGTHS)
            for gram in (*weights[None, n], *weights["lower", n], *entries[n])
            if gram.count(" ") == n - 1
        ]  # BOS and EOS are no n-grams of 2 or 3 tokens
        numbers = numbered(known)
        self.words = numbers[1]
        self.index = {n: index_of(numbers, n) for n in LENGTHS[1:]}
        self.rows = {n: Rows(n, weights, numbers[n], entries[n]) for n in LENGTHS}

    def _set_steps(self, transitions: list[list[float]]) -> None:
        """What the transitions do to d. The best label before a B is I if d > low, before an I if d > high."""
        (bb, bi), (ib, ii) = transitions
        self.low, self.high = bb - ib, bi - ii
        self.step_from_b, self.step_from_i, self.crossed = bi - bb, ii - ib, bi - ib
        if not (self.low < 0 < self.high and self.step_from_i < 0 < self.step_from_b):
            raise UnknownModel("its transitions do not fit")

    def word_starts(self, codes: Ints, lengths: Ints) -> tuple[Bools, Collection[int]]:
        """See the function of this name; also gives the lines whose decisions are not sure."""
        if not len(codes):
            return np.zeros(0, bool), ()
        gaps = 4 * np.arange(len(lengths)) + 2  # two places before and behind each line stand for BOS and EOS
        places = np.arange(len(codes)) + np.repeat(gaps, lengths)
        ends = lengths.cumsum() + gaps
        begins = ends - lengths
        spread = np.zeros(ends[-1] + 2, np.int64)
        spread[places] = codes
        is_token = spread != 0
        inside, narrow = self._best(self._emissions(spread, begins, ends), is_token)
        inside[begins] = False  # a line begins a word, whatever its tag
        unsure = [*narrow, *places[shapes(codes) == UNSURE].tolist()]
        return ~inside[places], set((begins.searchsorted(unsure, "right") - 1).tolist())

    def _emissions(self, codes: Ints, begins: Ints, ends: Ints) -> Floats:
        """d of every place, without the transitions."""
        d = np.zeros(len(codes))
        tokens = grams = np.stack((codes & 0xFFFFF, codes >> 20 & 0xFFFFF))  # numbers as written, lowered
        shape = single = shapes(codes)
        shape[shape == UNSURE] = PLAIN
        for n in LENGTHS:
            if n > 1:
                grams = self.index[n].find(grams[:, :-1], tokens[:, n - 1 :]).reshape(2, -1)
                shape = ((shape[:-1] != PLAIN) & (single[n - 1 :] != PLAIN)).astype(np.int64)  # TITLE: every token is
            rows = self.rows[n].take(grams, shape)
            rows[ends + 1 - n] = rows[ends + 2 - n] = self.rows[n].end
            rows[begins - 2] = rows[begins - 1] = self.rows[n].begin  # after EOS: a line of one token reads BOS in T[-1,1]
            for column in range(6 - n):  # the n-gram starts at t - 2 + column
                d[2:-2] += rows[column : column + len(d) - 4, column]
        return d

    def _best(self, d: Floats, is_token: Bools) -> tuple[Bools, list[int]]:
        """Which places are inside a word in the best sequence, and which of these decisions were narrow."""
        inside = d > self.high - self.step_from_i + GUARD  # surely I, whatever came before
        open_ = (d >= self.low - self.step_from_b - GUARD) & ~inside & is_token  # neither surely I nor surely B
        steps = np.where(inside, self.step_from_i, self.step_from_b)
        steps[~is_token] = 0.0
        places = open_.nonzero()[0]
        crossed, narrow = [], []
        previous, step = -1, 0.0
        for t, own, step_before in zip(places.tolist(), d[places].tolist(), steps[places - 1].tolist(), strict=True):
            now = own + (step if t - 1 == previous else step_before)
            if now > self.high:
                inside[t], step = True, self.step_from_i
            elif now <= self.low:
                step = self.step_from_b
            elif is_token[t + 1]:  # the best label before a B is I, before an I it is B: known when t + 1 is
                crossed.append(t)
                step = self.crossed - now
            else:
                inside[t] = now > 0
            if abs(now - self.low) < GUARD or abs(now - self.high) < GUARD or abs(now) < GUARD:
                narrow.append(t)
            previous = t
        for t in reversed(crossed):
            inside[t] = not inside[t + 1]
        return inside, narrow


# ---------------------------------------------------------------- what underthesea sees in a token
def _shape(token: str) -> int:
    if not token or any(map(_is_unsure, token)):
        return UNSURE
    number = NUMBER.fullmatch(token)
    if number and -(2**31) <= int(number[1] + number[2]) < 2**31:
        return DIGITS
    return TITLE if token[0] == token[0].upper() else PLAIN


@lru_cache(4096)
def _is_unsure(char: str) -> bool:
    """White space (it would part an n-gram), a character without a name or a letter without its other case: newer Unicode
    tables than Python's may know them."""
    category = unicodedata.category(char)
    return char.isspace() or category == "Cn" or (category in ("Lu", "Ll", "Lt") and char.lower() == char.upper())
