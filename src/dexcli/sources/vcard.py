"""vCard files (2.1, 3.0, 4.0): recognised, read card by card, and resumed where reading stopped."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO

import msgspec

from dexcli.domain.records import Checkpoint, Skipped, SourceItem
from dexcli.sources._card_lines import Cut, Place, cut_cards
from dexcli.sources._card_person import GROUP_PROPERTIES, USED, Group, read_card, read_group
from dexcli.sources._text import BYTE_FALLBACK, CHUNK, decode, sniff_encoding
from dexcli.sources.base import HEAD_BYTES, FileClaim, Input, ReadOptions

FORMAT = "vcard"

CARDS_PER_CHECKPOINT = 250
"""A fifth of a second of work, which ingest may commit at once; a card yields at most three items."""

_FIRST_CARD = re.compile(r"\s*BEGIN:VCARD\s*$", re.IGNORECASE | re.MULTILINE)
_GROUP = re.compile(rb"KIND[^:\r\n]{0,40}:\s{0,4}group", re.IGNORECASE)
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
            groups, understood = _groups(stream)
            place = _place(cursor, start)
            stream.seek(place.offset)
            for count, cut in enumerate(cut_cards(stream, place, USED), start=1):
                if cut.line not in understood:
                    yield from self._items(cut, groups)
                place = cut.after
                if count % CARDS_PER_CHECKPOINT == 0:
                    yield _checkpoint(start, place)
            yield _checkpoint(start, place)

    def _items(self, cut: Cut, groups: Mapping[str, Sequence[str]]) -> Iterator[SourceItem]:
        where = f"{self._input.name}:{cut.line}"
        if cut.fault:
            yield Skipped(where=where, reason=cut.fault)
            return
        yield from read_card(
            cut.lines,
            unreadable=cut.unreadable,
            overlong=cut.overlong,
            source=self.source,
            where=where,
            groups=groups,
        )


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


def _groups(stream: BinaryIO) -> tuple[dict[str, list[str]], set[int]]:
    """The groups of each UID by name, and the first lines of the cards that say so.

    A group may come before its members, so the file is read twice, unless it speaks of none. A group none of whose
    members is in this file stays what it was: something that could not be read.
    """
    if not _speaks_of_groups(stream):
        return {}, set()
    stream.seek(0)
    found: list[tuple[int, Group]] = []
    uids: set[str] = set()
    for cut in cut_cards(stream, Place(), GROUP_PROPERTIES):
        card = None if cut.fault else read_group(cut.lines)
        if isinstance(card, Group):
            found.append((cut.line, card))
        elif card:
            uids.add(card)
    groups: dict[str, list[str]] = {}
    for _, group in found:
        for uid in sorted(group.members):
            groups.setdefault(uid, []).append(group.name)
    return groups, {line for line, group in found if group.name and group.members & uids}


def _speaks_of_groups(stream: BinaryIO) -> bool:
    stream.seek(0)
    tail = b""
    while chunk := stream.read(HEAD_BYTES):
        text = tail + chunk
        if b"GROUP" in text.upper() and _GROUP.search(text):
            return True
        tail = chunk[-64:]
    return False


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
