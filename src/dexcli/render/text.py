"""Words for a terminal: foreign text made harmless, cell widths, spans of time and days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

# Every alternative begins with a control character and runs through none: linear on any input.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"  # CSI: colours, cursor, modes
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x00-\x1f\x7f-\x9f]*+(?:\x07|\x1b\\|\x9c)"  # OSC, DCS ...
    r"|\x1b[ -/]*+[0-~]"  # all others (ECMA-35)
)
_BREAK = re.compile("\r\n|[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]")
_NEWLINE = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"  # controls but newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidirectional marks, overrides and isolates
    # Blanks, fillers and marks that take no room.
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"  # musical marks, tags
)
_SURROGATE = re.compile("[\ud800-\udfff]")

_JOINERS = "\u200c\u200d"
_EMOJI_STYLE = "\ufe0f"
_WIDE_SINCE_UNICODE_16 = ((0x2630, 0x2637), (0x268A, 0x268F), (0x4DC0, 0x4DFF), (0x1D300, 0x1D376))
"""Python's own tables call them narrow."""

_SOME_WEEKS = 14
_SOME_MONTHS = 70
_SOME_YEARS = 730
"""Days from which on a span is told in weeks, months, years: two of each at least."""
_MONTH_DAYS = 365.25 / 12
_YEAR_DAYS = 365.25
_WEEK_DAYS = 7
_ELEVEN_MONTHS = 334
_ROUNDS = (("year", _YEAR_DAYS, _SOME_YEARS), ("month", _MONTH_DAYS, _SOME_MONTHS), ("week", 7, _SOME_WEEKS))
"""Units that `every` rounds to, with the days of one and those from which on it is used."""


def harmless(text: str, *, multiline: bool = False) -> str:
    """Make foreign text safe to write to a terminal, in one line unless `multiline`.

    Well-formed escape sequences (ECMA-48, so OSC 8 links too) go as a whole; of what is left, control
    characters, bidirectional controls and invisible characters go; tabs and line ends become spaces.
    Joiners of emoji and letters and combining marks stay. Linear in the length of the text.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _SEQUENCE.sub("", text)
    text = _NEWLINE.sub("\n", text).replace("\t", " ") if multiline else _BREAK.sub(" ", text)
    return _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text))


def cells(text: str) -> int:
    """How many columns of a terminal a harmless text may take.

    Terminals disagree about joined emoji: each part counts, so that no line is ever longer than told.
    """
    return len(text) if text.isascii() else sum(_widths(text))


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """Shorten a harmless line to at most `width` columns, the ellipsis included."""
    if cells(text) <= width:
        return text
    return _head(text, max(width - len(ellipsis), 0)).rstrip() + ellipsis[: max(width, 0)]


def fold(text: str, width: int) -> Iterator[str]:
    """Break a harmless text into lines of at most `width` columns, between words where it can be."""
    for paragraph in text.split("\n"):
        line, used = "", 0
        for word in paragraph.split(" "):
            needed = cells(word)
            if line and used + 1 + needed <= width:
                line, used = f"{line} {word}", used + 1 + needed
                continue
            if line:
                yield line
            *whole, line = _chop(word, width)
            yield from whole
            used = cells(line)
        yield line


def span(days: int) -> str:
    """A length of time as people say it: `10 days`, `3 weeks`, `2 months`, `3 years`."""
    if days < _SOME_WEEKS:
        return "1 day" if days == 1 else f"{days} days"
    if days < _SOME_MONTHS:
        return f"{days // 7} weeks"
    if days < _SOME_YEARS:
        return f"{int(days / _MONTH_DAYS)} months"
    return f"{max(2, int(days / _YEAR_DAYS))} years"


def every(days: int) -> str:
    """How often something comes round, as people say it: `every 3 days`, `every week`, `every 2 months`.

    To the nearest, unlike `span`, which tells what has passed: 27 days are about four weeks.
    """
    for unit, length, least in _ROUNDS:
        if days >= least:
            number = round(days / length)
            return f"every {unit}" if number == 1 else f"every {number} {unit}s"
    return "every day" if days <= 1 else "every week" if days == _WEEK_DAYS else f"every {days} days"


def ago(days: int) -> str:
    """How long ago: `today`, `yesterday`, `6 weeks ago`; negative days are ahead: `tomorrow`, `in 3 days`."""
    if days == 0:
        return "today"
    if days in (1, -1):
        return "yesterday" if days == 1 else "tomorrow"
    return f"{span(days)} ago" if days > 0 else f"in {span(-days)}"


def short_ago(days: int) -> str:
    """How long ago in few columns: `today`, `5w ago`, `2mo ago`, `3y ago`."""
    if days <= 1:
        return ago(days)
    number, unit = span(days).split()
    return f"{number}{'mo' if unit.startswith('month') else unit[0]} ago"


def day(on: date, today: date) -> str:
    """A day near today: `1 Feb` in the same year or within eleven months, else `1 Jun 2025`."""
    near = on.year == today.year or abs((on - today).days) <= _ELEVEN_MONTHS
    return f"{on.day} {on:%b}" if near else full_day(on)


def size(number: int) -> str:
    """So many bytes, in words."""
    amount, unit = float(number), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < 1000:  # noqa: PLR2004 - units of ten
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"  # noqa: PLR2004 - digits


def full_day(on: date) -> str:
    """A day with its year: `1 Jun 2025`."""
    return f"{on.day} {on:%b} {on.year}"


def _widths(text: str) -> Iterator[int]:
    """Columns of each character."""
    for before, character in pairwise("\n" + text):
        if character == _EMOJI_STYLE:  # turns a narrow symbol into a wide one
            yield 1 if _width(before) == 1 else 0
        else:
            yield _width(character)


def _width(character: str) -> int:
    if character in _JOINERS or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    code = ord(character)
    wide = unicodedata.east_asian_width(character) in "WF"
    return 2 if wide or any(first <= code <= last for first, last in _WIDE_SINCE_UNICODE_16) else 1


def _chop(word: str, width: int) -> Iterator[str]:
    """The word in parts that fit, at least one character in each."""
    start = used = 0
    for index, columns in enumerate(_widths(word)):
        if used + columns > width and index > start:
            yield word[start:index]
            start, used = index, 0
        used += columns
    yield word[start:]


def _head(text: str, width: int) -> str:
    """As many characters from the beginning as fit, combining marks with the last of them."""
    used = 0
    for index, columns in enumerate(_widths(text)):
        used += columns
        if used > width:
            return text[:index].rstrip(_JOINERS)
    return text
