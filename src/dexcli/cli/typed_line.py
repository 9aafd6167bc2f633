"""A command line of a shell as somebody types it: the words in it, and a word as the shell reads it."""

from __future__ import annotations

_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:,@%+=")
"""What no shell takes for anything but itself, wherever in a word it stands."""


def read(line: str) -> tuple[list[str], str, str]:
    """The whole words of a line, the one at its end (empty behind a space), and the quote that is open there.

    Quotes and backslashes are those of POSIX; nothing is expanded.
    """
    words: list[str] = []
    word = quote = ""
    begun = escaped = False
    for character in line:
        if escaped:
            word += character if quote != '"' or character in '"\\$`' else f"\\{character}"
            escaped = False
        elif character == "\\" and quote != "'":
            begun = escaped = True
        elif quote:
            if character == quote:
                quote = ""
            else:
                word += character
        elif character in "'\"":
            quote, begun = character, True
        elif character in " \t\n":
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + character, True
    return words, word, quote


def quoted(text: str, quote: str) -> str:
    """A text as bash reads it, behind an open quote (`'`, `"`) or behind none.

    bash closes the quote by itself, unless the text ends with one.
    """
    if quote == "'":
        inside = text.replace("'", "'\\''")
    elif quote:  # history is looked up within ", and no backslash keeps it from that
        inside = "".join(f"\\{one}" if one in '"\\$`' else "\"'!'\"" if one == "!" else one for one in text)
    if quote:
        return inside + quote if inside.endswith(quote) else inside
    return "".join(one if one in _SAFE or not one.isascii() else f"\\{one}" for one in text)
