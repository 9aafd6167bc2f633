"""A stream of bytes becomes vCards: whole cards cut out, their lines unfolded, unused ones left behind.

Works on bytes, because RFC 2425 folds lines between bytes and not between characters, and because no more
than one card is held at a time. What is broken in one card stays in that card.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

LONGEST = 1_250_000
"""Bytes of a line, and of a card without its pictures, beyond which it is not read."""

MOST_LINES = 10_000
"""Properties of a card, pictures and the like left out, beyond which it is not read."""

_CHUNK = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_PROPERTY = re.compile(rb"(?:[A-Za-z0-9_-]+\.)?([A-Za-z0-9_-]+)[;:]")


class Place(Struct, frozen=True, kw_only=True):
    """A position between two lines of a stream."""

    offset: int = 0
    """Bytes before it."""
    line: int = 1
    """Number of the line that follows, from 1."""


class Cut(Struct, kw_only=True):
    """One card, or a stretch of text that is none."""

    line: int
    """Number of its first line."""
    after: Place
    """Where reading may go on after it."""
    lines: list[bytes]
    """The wanted properties, one unfolded line each, without line ends and without BEGIN and END."""
    unreadable: int = 0
    """Lines that are no property."""
    overlong: int = 0
    """Lines of more than `LONGEST` bytes."""
    fault: str | None = None
    """Why this is no card that can be read."""


class _Property(Struct):
    """One unfolded line."""

    line: int
    name: bytes
    """In upper case, without its group; empty where the line is no property."""
    wanted: bool
    parts: list[bytes]
    """What was folded; empty where the property is not wanted."""
    size: int
    after: Place
    soft_break: bool = False
    """The value goes on in the next line, as quoted-printable has it."""

    def add(self, part: bytes, length: int) -> None:
        self.size += length
        if self.wanted and self.size <= LONGEST:
            self.parts.append(part)

    def value_is(self, word: bytes) -> bool:
        return bool(self.parts) and self.parts[0].partition(b":")[2].strip().upper() == word


def cut_cards(stream: BinaryIO, place: Place, wanted: frozenset[bytes]) -> Iterator[Cut]:
    """Cut out the cards of a stream that stands at `place`, keeping the properties named in `wanted`.

    A card ends at its END, or where the next one begins. A card without an END at the end of the stream
    was cut off and is a fault; so is text outside of cards. A card nested in another (AGENT of vCard 2.1)
    is left out.
    """
    card: Cut | None = None
    agents, previous, size = 0, b"", 0
    for line in _properties(stream, place, wanted | {b"BEGIN", b"END"}):
        begins = line.name == b"BEGIN" and line.value_is(b"VCARD")
        ends = line.name == b"END" and line.value_is(b"VCARD")
        if begins and card and previous == b"AGENT":
            agents += 1
        elif begins:
            if card:
                yield card
            card = Cut(line=line.line, after=line.after, lines=[])
            agents = size = 0
        elif card is None:
            card = Cut(line=line.line, after=line.after, lines=[], fault="not a card: BEGIN:VCARD is missing")
        elif ends and agents:
            agents -= 1
        elif ends and card.fault is None:
            card.after = line.after
            yield card
            card = None
            continue
        elif not agents and card.fault is None:
            size += line.size if line.wanted else 0
            if not line.name:
                card.unreadable += 1
            elif line.wanted and line.size > LONGEST:
                card.overlong += 1
                size -= line.size
            elif size > LONGEST or len(card.lines) == MOST_LINES:
                card.fault = "the card is too large"
            elif line.wanted:
                card.lines.append(b"".join(line.parts))
        card.after = line.after
        previous = line.name
    if card:
        card.fault = card.fault or "the card is cut off: END:VCARD is missing"
        yield card


def _properties(stream: BinaryIO, place: Place, wanted: frozenset[bytes]) -> Iterator[_Property]:
    """Unfold lines (RFC 6350, 3.2; soft line breaks of RFC 2045, 6.7); blank lines are passed over."""
    current: _Property | None = None
    offset, number = place.offset, place.line
    for length, count, raw in _lines(stream):
        offset, number = offset + length, number + count
        line = raw.rstrip(b"\r\n").removeprefix(_BOM)
        after = Place(offset=offset, line=number)
        if current and current.soft_break:
            current.soft_break = line.endswith(b"=")
            current.add(line.removesuffix(b"="), length)
            current.after = after
            continue
        if not line.strip():
            continue
        if current and line[:1] in b" \t":
            current.add(line[1:], length)
            current.after = after
            continue
        match = _PROPERTY.match(line)
        if current and current.name and not current.wanted and not match:
            # Base64 text of a picture, which programs of vCard 2.1 do not always indent.
            current.after = after
            continue
        if current:
            yield current
        name = match[1].upper() if match else b""
        current = _Property(number - 1, name, name in wanted, [], 0, after)
        quoted = line.endswith(b"=") and b"QUOTED-PRINTABLE" in line.partition(b":")[0].upper()
        current.soft_break = quoted
        current.add(line[:-1] if quoted else line, length)
    if current:
        yield current


def _lines(stream: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Each line with its length in the stream and the number 1; of an overlong line only a part.

    Ends at LF, CRLF and CR alone, as one address book may have all three. Blank lines that fill a chunk are one, with
    their number: there may be millions.
    """
    rest, left_out = b"", 0
    while chunk := stream.read(_CHUNK):
        block = rest + chunk
        if not left_out and block.isspace():
            size = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
            size -= size == len(block) and block.endswith(b"\r")  # its LF may be in the next chunk
            count = block.count(b"\n", 0, size) + block.count(b"\r", 0, size) - block.count(b"\r\n", 0, size)
            if count:
                yield size, count, b""
            rest = block[size:]
        else:
            *complete, rest = block.splitlines(keepends=True)
            for line in complete:
                yield len(line) + left_out, 1, line
                left_out = 0
        if len(rest) > (_CHUNK if left_out else LONGEST):
            left_out += len(rest) - _CHUNK
            rest = rest[:_CHUNK]
    if rest:
        yield len(rest) + left_out, 1, rest
