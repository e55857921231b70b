"""Text at the door: Unicode NFC, line ends, the metadata mark, and the shadows used for matching.

Stored text is NFC with LF line ends and nothing else changed; offsets are code points into it. What has to be ignored
when matching (case, non-breaking spaces, tone-mark style) is folded in a *shadow of the same length*, never in the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

# A mark that some collections put before the text: " date 2024-06 Như VietNamNet đã thông tin".
DATE_MARK = re.compile(r"\A\s*date\s+(?P<date>\d{4}(?:-\d{2}(?:-\d{2})?)?)(?:\s+|\Z)")
HTML_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

# Same-length folding for matching: odd spaces, hyphens, the Icelandic eth typed for đ, curly quotes.
_SHADOW = {
    " ": "\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\t",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2212",
    "đ": "ð",
    "Đ": "Ð",
    "'": "’‘",
    '"': "“”",
}

# Old and new placement of the tone mark in open syllables: "hoà" = "hòa", "uỷ" = "ủy", "khoẻ" = "khỏe".
NEW_TO_OLD = {
    new: old
    for first, second, tones in (("o", "a", ("òóỏõọ", "àáảãạ")), ("o", "e", ("òóỏõọ", "èéẻẽẹ")), ("u", "y", ("ùúủũụ", "ỳýỷỹỵ")))
    for new, old in ((f"{o}{second}", f"{first}{a}") for o, a in zip(*tones, strict=True))
}
# Not behind "q". The expression begins with letters, not with a choice, so that the search leaps from one to the next.
_TONE_STYLE = re.compile(r"[òóỏõọùúủũụ](?<!q.)(?:[ae](?<=[òóỏõọ].)|y(?<=[ùúủũụ].))(?![a-zà-ỹđ])")


def normalize(text: str) -> str:
    """NFC with LF line ends; a byte-order mark at the start is dropped, nothing else changes."""
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)


def decode_entities(text: str) -> str:
    """Decode HTML entities (``&quot;``, ``&#243;``), once; a bare ampersand ("TT&TT") stays as it is."""
    return HTML_ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def split_date_mark(text: str) -> tuple[str | None, str]:
    """Take a leading `` date YYYY[-MM[-DD]] `` mark off the text: (date or None, the rest)."""
    match = DATE_MARK.match(text)
    return (match["date"], text[match.end() :]) if match else (None, text)


def compose(title: str, text: str) -> str:
    """The text that all offsets point into: title, blank line, body; the body alone where it opens with the title."""
    title, text = title.strip(), text.strip("\n")
    if not title or text == title or text.startswith(title + "\n"):
        return text
    return f"{title}\n\n{text}" if text.strip() else title


def shadow(text: str) -> str:
    """The text for matching: same length, odd spaces and hyphens made plain. Offsets carry over unchanged."""
    for plain, odd in _SHADOW.items():
        for char in odd:
            text = text.replace(char, plain)  # ten times as fast as str.translate
    return text


def lower(text: str) -> str:
    """Lower case with the same length ("İ" and the like, which grow when lowered, stay as they are)."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def tone_style(text: str) -> str:
    """One style of tone marks for lower-case text: "hòa" becomes "hoà", "ủy" becomes "uỷ". Same length."""
    return _TONE_STYLE.sub(lambda match: NEW_TO_OLD[match[0]], text)


@lru_cache(maxsize=8)  # the stages ask for the same article, one after the other
def key(text: str) -> str:
    """A same-length matching key: shadow, lower case, one tone-mark style. Two spellings of one name agree on it."""
    return tone_style(lower(shadow(text)))


def fold(text: str) -> str:
    """Lower case, no diacritics, đ as d, only letters and digits parted by single spaces: for search and for ids."""
    text = unicodedata.normalize("NFD", text.casefold().replace("đ", "d").replace("ð", "d"))
    return " ".join("".join(char if char.isalnum() else " " for char in text if not unicodedata.combining(char)).split())


fold_word = lru_cache(maxsize=1 << 16)(fold)  # the same of single words and short names, which come again and again
