"""What may reach a terminal: text, and the colours that we send ourselves."""

from __future__ import annotations

import re
import unicodedata

STYLE = re.compile(r"\x1b\[[0-9;]*m")
"""The only sequences that we send ourselves: colours."""

_DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def assert_harmless(text: str) -> None:
    """Nothing in the text is obeyed by a terminal but the colours that we send ourselves."""
    for character in STYLE.sub("", text):
        assert character in "\n\t" or unicodedata.category(character) != "Cc", ascii(character)
        assert character not in _DIRECTIONS, ascii(character)
