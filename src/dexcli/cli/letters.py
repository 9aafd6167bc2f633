"""The letters that a terminal knows, by the locale; what is written instead of others."""

from __future__ import annotations

from collections.abc import Mapping

_INSTEAD = {
    "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ß": "ss",
    "Þ": "Th", "þ": "th", "ð": "d", "\u0131": "i", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
    "\u201e": '"', "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "·": "-", "…": "...", "→": "->",
    "←": "<-",
}  # fmt: skip
"""For letters and signs that Unicode does not take apart, or takes apart into nothing plainer."""


def only_ascii(environment: Mapping[str, str]) -> bool:
    """Whether the locale is that of no country, whose letters are those of ASCII."""
    named = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or "C"
    return named in ("C", "POSIX")


def spelled(text: str) -> str:
    """A text in ASCII: accents go, a letter without anything like it is written by its number."""
    if text.isascii():
        return text
    import unicodedata

    def plain(character: str) -> str:
        if character in _INSTEAD:
            return _INSTEAD[character]
        parts = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
        return parts if parts.isascii() else character.encode("ascii", "backslashreplace").decode()

    return "".join(one if one.isascii() else plain(one) for one in unicodedata.normalize("NFC", text))
