"""vCard files (2.1, 3.0, 4.0): recognised, read card by card, and resumed where reading stopped."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import msgspec

from dexcli.domain.records import Checkpoint, Skipped, SourceItem
from dexcli.sources._card_lines import Cut, Place, cut_cards
from dexcli.sources._card_person import USED, read_card
from dexcli.sources._text import BYTE_FALLBACK, CHUNK, decode, sniff_encoding
from dexcli.sources.base import HEAD_BYTES, FileClaim, Input, ReadOptions

FORMAT = "vcard"

CARDS_PER_CHECKPOINT = 250
"""A fifth of a second of work, which ingest may commit at once; a card yields at most two items."""

_FIRST_CARD = re.compile(r"\s*BEGIN:VCARD\s*$", re.IGNORECASE | re.MULTILINE)
_VERSION = re.compile(r"^VERSION:\s*([234]\.[01])\s*$", re.IGNORECASE | re.MULTILINE)


class _Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file was read, and by what it is known again."""

    head: str
    """SHA-256 of its first `HEAD_BYTES`."""
    size: int
    """In bytes: a file that only grew or shrank behind its head is another file."""
    place: Place


class VcardSource:
    """The people of one vCard file."""

    source = FORMAT
    account = ""

    def __init__(self, input: Input) -> None:  # noqa: A002  # the name that the FileFormat protocol gives it
        self._input = input

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Yield a PersonRecord for each card from `cursor` on, as the Source protocol says."""
        with _utf8(self._input) as stream:
            start = _Cursor(head=_digest(stream), size=stream.seek(0, io.SEEK_END), place=Place())
            place = _place(cursor, start)
            stream.seek(place.offset)
            for count, cut in enumerate(cut_cards(stream, place, USED), start=1):
                yield from self._items(cut)
                place = cut.after
                if count % CARDS_PER_CHECKPOINT == 0:
                    yield _checkpoint(start, place)
            yield _checkpoint(start, place)

    def _items(self, cut: Cut) -> Iterator[SourceItem]:
        where = f"{self._input.name}:{cut.line}"
        if cut.fault:
            yield Skipped(where=where, reason=cut.fault)
            return
        yield from read_card(cut.lines, unreadable=cut.unreadable, source=self.source, where=where)


def claims(head: bytes, name: str, options: ReadOptions) -> FileClaim | None:  # noqa: ARG001  # FileFormat
    """Recognise a vCard file: by its first line, or by its name (a damaged one is still meant as one)."""
    text = decode(head)
    if not _FIRST_CARD.match(text.removeprefix("\ufeff")) and not name.lower().endswith((".vcf", ".vcard")):
        return None
    version = _VERSION.search(text)
    return FileClaim(what=f"vCard {version[1]} address book" if version else "vCard address book")


def open_file(input: Input, options: ReadOptions) -> VcardSource:  # noqa: A002, ARG001  # FileFormat
    """A source over a vCard file."""
    return VcardSource(input)


@contextmanager
def _utf8(input: Input) -> Iterator[BinaryIO]:  # noqa: A002  # as above
    """The bytes of the file; UTF-16 is rewritten to UTF-8 first, as its lines cannot be cut as bytes."""
    with input.open() as stream:
        encoding = sniff_encoding(stream.read(HEAD_BYTES))
        stream.seek(0)
        if not encoding.startswith("utf-16"):
            yield stream
            return
        import tempfile

        with tempfile.TemporaryFile() as spool, io.TextIOWrapper(stream, encoding, BYTE_FALLBACK) as text:
            while chunk := text.read(CHUNK):
                spool.write(chunk.encode())
            spool.seek(0)
            yield spool


def _digest(stream: BinaryIO) -> str:
    return hashlib.sha256(stream.read(HEAD_BYTES)).hexdigest()


def _place(cursor: str | None, start: _Cursor) -> Place:
    """Where to begin: the place of a cursor that was written for this very file, else the beginning."""
    try:
        known = msgspec.json.decode(cursor or "", type=_Cursor)
    except msgspec.DecodeError:
        return start.place
    fits = (known.head, known.size) == (start.head, start.size) and 0 <= known.place.offset <= known.size
    return known.place if fits else start.place


def _checkpoint(start: _Cursor, place: Place) -> Checkpoint:
    cursor = _Cursor(head=start.head, size=start.size, place=place)
    return Checkpoint(cursor=msgspec.json.encode(cursor).decode())
