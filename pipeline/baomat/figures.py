"""Figures in a text: "hơn 400 nghìn khách hàng", "1,5 triệu USD", "230 tỉ đồng" as numbers with unit and qualifier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from . import lexicon
from .text import key

QUALIFIERS = {
    "at_least": ("hơn", "trên", "ít nhất", "tối thiểu", "không dưới", "lên tới hơn"),
    "at_most": ("tối đa", "không quá", "nhiều nhất", "dưới"),
    "about": ("khoảng", "gần", "chừng", "ước tính", "xấp xỉ", "ước khoảng", "tầm", "cỡ", "ngót"),
}
SCALES = {"chục": 10, "trăm": 100, "nghìn": 10**3, "ngàn": 10**3, "vạn": 10**4, "triệu": 10**6, "tỉ": 10**9, "tỷ": 10**9}
WHATS = ("people", "records", "volume", "machines", "sites", "money")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure at ``[start, end)``; ``low`` and ``high`` differ for a range and are None for "hàng triệu"."""

    start: int
    end: int
    text: str
    what: str
    low: float | None
    high: float | None
    unit: str
    currency: str
    qualifier: str


@cache
def _units() -> dict[str, tuple[str, str, str]]:
    units = {}
    for row in lexicon.read("units", ("what", "unit", "nouns", "currency"), unique=("what", "unit")):
        for noun in row.several("nouns"):
            if key(noun) in units:
                row.fail(f"'{noun}' is given twice")
            units[key(noun)] = (row.one_of("what", WHATS), row["unit"], row["currency"])
    return units


def counted(noun: str) -> str:
    """What a noun counts ("hành khách": people), or "" where it is no unit."""
    return _units().get(key(noun), ("", "", ""))[0]


@cache
def _expression() -> re.Pattern[str]:
    qualifiers = lexicon.trie(word for words in QUALIFIERS.values() for word in words)
    scale = "|".join(SCALES)
    number = r"\d{1,3}(?:\.\d{3})+,\d{1,2}|\d{1,3}(?:[.,]\d{3})+(?!\d)|\d{1,15}(?:[.,]\d{1,3})?"
    return re.compile(
        rf"(?<![\w.,/-])(?:(?P<qualifier>{qualifiers}) )?"
        rf"(?:(?P<low>{number})(?:\s?(?:-|đến|tới)\s?(?P<high>{number}))?(?: (?P<scale>(?:{scale})(?: (?:{scale}))?))?"
        rf"|(?P<vague>hàng (?:{scale})(?: (?:{scale}))?|hàng loạt|vài (?:{scale})))"
        rf" (?P<noun>{lexicon.trie(_units())})(?!\w)"
    )


def number(text: str) -> Decimal:
    """Read a number, exactly, as Vietnamese papers write it: "1,5", "400.000", "1.234,5", "12,345" (thousands)."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):
        return Decimal(re.sub(r"[.,]", "", text))
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    return Decimal(text)


def find(text: str) -> Iterator[Figure]:
    """Every figure with a unit that ``lexicons/units.tsv`` knows, in text order."""
    for match in _expression().finditer(key(text)):
        what, unit, currency = _units()[" ".join(match["noun"].split())]
        scale = 1
        for word in (match["scale"] or "").split():
            scale *= SCALES[word]
        # A float only at the end: 16.1 * 1e6 is 16100000.000000002.
        low = float(number(match["low"]) * scale) if match["low"] else None
        high = float(number(match["high"]) * scale) if match["high"] else low
        qualifier = next((name for name, words in QUALIFIERS.items() if match["qualifier"] in words), "exact")
        if match["vague"]:
            qualifier = "about"
        start, end = match.span()
        yield Figure(start, end, text[start:end], what, low, high, unit, currency, qualifier)
