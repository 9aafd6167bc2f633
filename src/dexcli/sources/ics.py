"""Calendar files (.ics, .vcs, Takeout): recognised, read event by event, and resumed where reading stopped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import repeat
from typing import BinaryIO

import msgspec

from dexcli.domain.records import Checkpoint, LeftOut, Origin, SourceItem
from dexcli.sources import _ical, _ical_cuts
from dexcli.sources._text import decode
from dexcli.sources.base import HEAD_BYTES, FileClaim, Input, ReadOptions

FORMAT = "ics"

SERIES_PER_CHECKPOINT = 10
"""A daily meeting of some years is a thousand events."""

_FIRST = re.compile(r"\s*BEGIN:VCALENDAR\s*$", re.IGNORECASE | re.MULTILINE)
_ENDS = (".ics", ".ical", ".ifb", ".icalendar", ".vcs")
_ORIGIN = Origin(source=FORMAT, ref="")
_OUR_OWN = re.compile(r"^PRODID:-//dexcli//", re.IGNORECASE | re.MULTILINE)
_OWN_NOTE = (
    "dex itself exported it: it is made for calendars, and its dates and tasks are not read;"
    " dex export --as jsonl moves everything"
)


class _Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file was read, and by what it is known again."""

    digest: str
    """SHA-256 of the file: events refer to each other, so that one which grew is another."""
    done: int
    """So many of its UIDs."""


class IcsSource:
    """The events of one calendar file that name somebody."""

    source = FORMAT
    account = ""

    def __init__(self, input: Input, options: ReadOptions) -> None:  # noqa: A002  # the name of the FileFormat protocol
        self._input = input
        self._window = _ical.window(options)

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Yield an InteractionRecord for each occurrence, as the Source protocol says."""
        with self._input.open() as stream:
            digest = _digest(stream)
            calendars = _ical_cuts.index(stream, self._window.names_anybody)
            done = _done(cursor, digest)
            if not done:
                yield from repeat(LeftOut(use="alone"), calendars.alone)
            for count, uid in enumerate(calendars.places, start=1):
                if count <= done:
                    continue
                series = _ical_cuts.cut(stream, calendars, uid)
                where = f"{self._input.name}:{series.line}"
                items: list[SourceItem] = list(
                    _ical.records(series, calendars.method, origin=_ORIGIN, where=where, window=self._window)
                )
                if not items and calendars.method in ("", "PUBLISH"):  # of a whole day, with somebody in its title
                    items = [LeftOut(use="alone")]
                yield from items
                if count % SERIES_PER_CHECKPOINT == 0:
                    yield _checkpoint(digest, count)
            yield _checkpoint(digest, len(calendars.places))


def claims(head: bytes, name: str, options: ReadOptions) -> FileClaim | None:  # noqa: ARG001  # FileFormat
    """Recognise a calendar: by its first line, or by its name (a damaged one is still meant as one)."""
    text = decode(head).removeprefix("\ufeff")
    if not _FIRST.match(text) and not name.lower().endswith(_ENDS):
        return None
    return FileClaim(what="calendar", names_people=False, notes=(_OWN_NOTE,) if _OUR_OWN.search(text) else ())


def open_file(input: Input, options: ReadOptions) -> IcsSource:  # noqa: A002  # FileFormat
    """A source over a calendar file."""
    return IcsSource(input, options)


def _digest(stream: BinaryIO) -> str:
    found = hashlib.sha256()
    while chunk := stream.read(HEAD_BYTES):
        found.update(chunk)
    return found.hexdigest()


def _done(cursor: str | None, digest: str) -> int:
    try:
        known = msgspec.json.decode(cursor or "", type=_Cursor)
    except msgspec.DecodeError:
        return 0
    return max(known.done, 0) if known.digest == digest else 0


def _checkpoint(digest: str, done: int) -> Checkpoint:
    return Checkpoint(cursor=msgspec.json.encode(_Cursor(digest=digest, done=done)).decode())
