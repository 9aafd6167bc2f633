"""Where one mail in a file ends and the next begins; constant memory, whatever is in it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from dexcli.sources import _mail_dates
from dexcli.sources._mail import MAX_BLOCK
from dexcli.sources.base import HEAD_BYTES

_CHUNK = 4 * MAX_BLOCK
"""Bytes read at a time; what is behind `MAX_BLOCK` of them is found where it stands."""

_SEPARATOR = re.compile(
    rb"From (?:"
    # ada@example.org Mon Mar  2 09:00:00 2026, with a zone before or behind the year, or without a sender
    rb"[^\n]{0,300}?[A-Z][a-z]{2} {1,2}[A-Z][a-z]{2} {1,2}\d{1,2} \d{1,2}:\d\d(?::\d\d)?"
    rb"(?: [^\n]{1,30}?)? \d{4}\b[^\n]{0,60}"
    rb"|[^\s@]{1,300}@[^\s@]{1,300}(?: [^\n]{1,60}\d:\d\d[^\n]{0,60})?"
    rb"|-?"
    rb")[ \t]*\r?\n(?=>?From |[!-9;-~]{1,100}[ \t]{0,4}:(?!//))"
)
"""A line that separates, followed by a header: `From Russia with love` in a text is none.

A blank line before it is not asked for: many programs write none, and many texts have one.
"""

_POSSIBLE = re.compile(rb"\nFrom ")
"""The same as `find`, in half its time."""

_LOOKAHEAD = 1_000
"""Bytes in which a separator and the beginning of the header behind it find room."""

_USUAL = 8 * 1024
"""Bytes of nearly all header blocks."""

_LINES = 1_000
_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]{0,4}:")
_OF_MAIL = frozenset(
    b"from to cc subject date message-id received return-path delivered-to mime-version reply-to sender references "
    b"in-reply-to content-type list-id x-mailer user-agent".split()
)
_CONTENT_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,10})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n")
_BLANK_LINES = re.compile(rb"(?:\r?\n){0,2}")
CALENDAR_PART = b"text/calendar"
"""In the headers of the part of a mail that is for calendars (RFC 6047), as every program writes it."""

MAX_INVITATION = 256 * 1024
"""Bytes of a mail in which that part is looked for."""

_COUNT = re.compile(rb"[ \t]{0,20}(\d{1,12})[ \t]{0,20}\r?\n")
_APPLE_FLAGS = re.compile(rb"<key>flags</key>\s{0,20}<integer>(\d{1,18})</integer>")
_APPLE_LEFT_OUT = ((1 << 1, "trash"), (1 << 6, "drafts"))
"""Bits, and what they say."""
_BOM = b"\xef\xbb\xbf"


class Place(Struct, frozen=True, kw_only=True, gc=False):
    """Between two mails: of the file, or of the first of them after its beginning."""

    offset: int = 0
    """Bytes before the From_ line of the next mail."""
    line: int = 1
    """Its number."""


class Cut(Struct, frozen=True, kw_only=True, gc=False):
    """One mail."""

    line: int
    """Where it begins."""
    envelope: bytes = b""
    """Its From_ line."""
    block: bytes
    """Its headers, `MAX_BLOCK` bytes at most."""
    after: Place
    invitation: bytes = b""
    """The whole mail where it has a part for calendars, up to `MAX_INVITATION`."""
    left_out: str = ""
    """What its program says it is: `trash` or `drafts`; empty: none of these."""


def is_mbox(head: bytes) -> bool:
    """Tell by its beginning whether a file holds mails behind From_ lines."""
    head = head.removeprefix(_BOM).lstrip(b"\r\n")
    return _SEPARATOR.match(head) is not None


def cut_mbox(stream: BinaryIO, place: Place) -> Iterator[Cut]:
    """Yield each mail of an mbox from a place on.

    A right Content-Length is believed (within what is read ahead), so that a separator in the text is none; one that
    does not lead to a separator or to the end is wrong, as it is after a conversion of line ends.
    """
    ahead = _Ahead(stream, place)
    start = ahead.first()
    while start is not None:
        line = ahead.line
        end_of_line = ahead.buffer.index(b"\n", start) + 1
        envelope = ahead.buffer[start:end_of_line]
        block, body = _block(ahead.buffer, end_of_line)
        first = ahead.offset_of(end_of_line)
        start = ahead.next(block, body)
        invitation = ahead.again(first) if ahead.has_calendar else b""
        yield Cut(line=line, envelope=envelope, block=block, after=ahead.place, invitation=invitation)


def _block(buffer: bytes, at: int) -> tuple[bytes, int]:
    """The header block that begins at a place, and where what follows it begins."""
    most = at + MAX_BLOCK
    if buffer[at : at + 5] == b"From " or buffer[at : at + 6] == b">From ":  # a second one, of another program
        at = buffer.find(b"\n", at, most) + 1 or at
    for limit in (at + _USUAL, at + 16 * _USUAL, most):  # as near as it is, lest very short mails cost a long search
        blank = buffer.find(b"\n\n", at, limit)
        end = blank if blank >= 0 else min(limit, len(buffer))
        other = buffer.find(b"\n\r\n", at, end)
        if other >= 0:
            blank = end = other
        separator = at
        while (separator := buffer.find(b"\nFrom ", separator, end)) >= 0:  # no blank line behind the headers
            if _SEPARATOR.match(buffer, separator + 1):
                return buffer[at : separator + 1], separator
            separator += 1
        if blank >= 0:
            break
    return buffer[at:end], end


def is_message(head: bytes, *, named: bool) -> bool:
    """Tell by its beginning whether a file is one mail: nearly all lines up to the first empty one are headers.

    Where its name says so already one header of mail will do; else there are two, and one is what only mail has: a
    Message-ID, a server's stamp, a date as mail has it, an address of the sender.
    """
    head = head.removeprefix(_BOM)
    if counted := _COUNT.match(head):
        head = head[counted.end() :]
    block = _single_block(head)
    lines = (block if block is not None else head).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    found: set[bytes] = set()
    certain, bad = False, 0
    for line in lines[:_LINES]:
        if line[:1] in b" \t" and (found or line):
            continue
        header = _HEADER.match(line)
        if header is None:
            bad += 1
            continue
        name = header[1].lower()
        if name in _OF_MAIL:
            found.add(name)
            certain = certain or _certain(name, line[header.end() :].strip())
    return bool(found) if named else len(found) > 1 and certain and bad * 2 <= len(found)


def _certain(name: bytes, value: bytes) -> bool:
    if name == b"message-id":
        return value[:1] == b"<" and value[-1:] == b">"
    if name == b"date":
        return _mail_dates.read(value[:100].decode("ascii", "replace")) is not None
    if name == b"from":
        return b"@" in value or b" at " in value
    return name == b"received" and (b"by " in value or b"from " in value)


class _Ahead:
    """The part of the file that is in memory, from the mail that is being cut on."""

    def __init__(self, stream: BinaryIO, place: Place) -> None:
        self.buffer = b""
        self.line = place.line
        """Number of the line at `_counted`."""
        self._stream = stream
        self._offset = place.offset
        """Of the buffer's first byte."""
        self._counted = 0
        self.has_calendar = False
        """The mail last returned has a part for calendars."""
        self._has_parts = False
        self._ended = False
        stream.seek(place.offset)

    @property
    def place(self) -> Place:
        """Of the mail last returned, or of the end."""
        return Place(offset=self._offset + self._counted, line=self.line)

    def first(self) -> int | None:
        """Where the first separator is."""
        self._read(0)
        start = 0
        if self._offset == 0:
            start = 3 if self.buffer.startswith(_BOM) else 0
            start += len(self.buffer[start:]) - len(self.buffer[start:].lstrip(b"\r\n"))
        if not _SEPARATOR.match(self.buffer, start):
            return None
        self._count(start)
        return self._found(start)

    def offset_of(self, at: int) -> int:
        """The place in the file of a place in memory."""
        return self._offset + at

    def again(self, first: int) -> bytes:
        """The beginning of the mail last returned, from a place in the file on, without its end where it is long."""
        at = self._stream.tell()
        self._stream.seek(first)
        data = self._stream.read(min(self.place.offset - first, MAX_INVITATION))
        self._stream.seek(at)
        return data

    def next(self, block: bytes, body: int) -> int | None:
        """Where the separator behind a mail is whose text begins at `body`; None at the end of the file."""
        self.has_calendar = False
        self._has_parts = b"ultipart/" in block or CALENDAR_PART in block
        target = self._by_length(block, body)
        if target is not None:
            at = target
        else:
            at = body
            while True:
                possible = _POSSIBLE.search(self.buffer, at)
                at = possible.start() if possible else -1
                if at >= 0 and at + _LOOKAHEAD > len(self.buffer) and not self._ended:
                    at = self._read(at)
                    continue
                if at >= 0 and _SEPARATOR.match(self.buffer, at + 1):
                    at += 1
                    break
                if at >= 0:
                    at += 1
                elif self._ended:
                    at = len(self.buffer)
                    break
                else:
                    at = self._read(max(len(self.buffer) - 6, 0))
        self._count(at)
        return None if at >= len(self.buffer) and self._ended else self._found(at)

    def _by_length(self, block: bytes, body: int) -> int | None:
        stated = _CONTENT_LENGTH.search(block) if b"ength:" in block else None
        if stated is None:
            return None
        blank = _BLANK.match(self.buffer, body)
        end = (blank.end() if blank else body) + int(stated[1])
        if end > len(self.buffer):
            return None
        spaces = _BLANK_LINES.match(self.buffer, end)
        end = spaces.end() if spaces else end
        if _SEPARATOR.match(self.buffer, end) and self.buffer[end - 1 : end] == b"\n":
            return end
        return end if end == len(self.buffer) and self._ended else None

    def _found(self, at: int) -> int:
        """See to it that the headers of the mail at this place are in memory."""
        return self._read(at) if len(self.buffer) - at < MAX_BLOCK + _LOOKAHEAD and not self._ended else at

    def _read(self, keep: int) -> int:
        """Read on, and forget what is before a place; the place in what is now in memory."""
        self._count(keep)
        more = self._stream.read(_CHUNK)
        self._ended = not more
        self.buffer = self.buffer[keep:] + more
        self._offset += keep
        self._counted -= keep
        return 0

    def _count(self, to: int) -> None:
        self.line += self.buffer.count(b"\n", self._counted, to)
        if self._has_parts and self.buffer.find(CALENDAR_PART, self._counted, to) >= 0:
            self.has_calendar = True
        self._counted = to


def cut_single(stream: BinaryIO) -> Iterator[Cut]:
    """Yield the one mail of a file that is no mbox; Apple's has the number of its bytes in front and flags behind."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES).removeprefix(_BOM)
    counted = _COUNT.match(head)
    block = _single_block(head[counted.end() :] if counted else head)
    if block is None:  # very many headers
        head += stream.read(MAX_BLOCK)
        head = (head[counted.end() :] if counted else head).lstrip(b"\r\n")
        block = _single_block(head) or head
    if not block.strip():
        return
    left_out = ""
    if counted:
        stream.seek(counted.end() + int(counted[1]))
        flags = _APPLE_FLAGS.search(stream.read(HEAD_BYTES))
        bits = int(flags[1]) if flags else 0
        left_out = next((use for bit, use in _APPLE_LEFT_OUT if bits & bit), "")
    stream.seek(counted.end() if counted else 0)
    whole = stream.read(MAX_INVITATION)
    yield Cut(
        line=1,
        block=block,
        after=Place(offset=stream.seek(0, io.SEEK_END)),
        invitation=whole if CALENDAR_PART in whole else b"",
        left_out=left_out,
    )


def _single_block(head: bytes) -> bytes | None:
    """What is before the first empty line; None: there is none so far."""
    head = head.lstrip(b"\r\n")
    blank = _BLANK.search(head)
    return head[: blank.start()] if blank else None
