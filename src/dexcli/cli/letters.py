"""The letters that a terminal knows, by the locale; what is written instead of others."""

from __future__ import annotations

import sys
from collections.abc import Mapping

_INSTEAD = {
    "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ß": "ss",
    "Þ": "Th", "þ": "th", "ð": "d", "\u0131": "i", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
    "\u201e": '"', "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "·": "-", "…": "...", "→": "->",
    "←": "<-",
}  # fmt: skip
"""For letters and signs that Unicode does not take apart, or takes apart into nothing plainer."""

_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")


def only_ascii(environment: Mapping[str, str]) -> bool:
    """Whether the locale says that there are no letters but those of ASCII: `LANG=C`.

    Where none is set the terminal is one of today, which knows all letters. Python itself puts `LC_CTYPE` into the
    environment where the locale is that of C (PEP 538).
    """
    ctype = environment.get("LC_CTYPE")
    if ctype in _COERCED and sys.flags.utf8_mode:
        ctype = None
    return (environment.get("LC_ALL") or ctype or environment.get("LANG")) in ("C", "POSIX")


def spelled(text: str) -> str:
    """A text in ASCII: accents go, and a letter that is like none becomes a `?` for each column that it takes."""
    if text.isascii():
        return text
    import unicodedata

    def plain(character: str) -> str:
        if character in _INSTEAD:
            return _INSTEAD[character]
        parts = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
        return parts if parts.isascii() else "??" if unicodedata.east_asian_width(character) in "WF" else "?"

    return "".join(one if one.isascii() else plain(one) for one in unicodedata.normalize("NFC", text))
