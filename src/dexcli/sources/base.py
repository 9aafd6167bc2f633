"""What every source is: the protocol, what it reads from, and what it may be told.

Terminology
-----------
record      a person or an interaction as the source states it (`domain.records`)
where       the place of a record for a human reader, `Connections.csv:17`
key         what a record is, by whatever road it came; equal keys are the same thing
checkpoint  a promise: all records before it are complete, and reading may resume from its cursor
cursor      opaque to all but the source that wrote it
claim       (of a file) a format's statement that it can read these bytes
gathered    (of files) read as one source, because each holds but one record: the messages of a Maildir
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from typing import BinaryIO, Protocol

from msgspec import Struct

from dexcli.domain.records import SourceItem

CHECKPOINT_EVERY = 2_000
"""At least one checkpoint for so many items."""

HEAD_BYTES = 64 * 1024
"""How much of a file a format may look at to recognise it."""


class Source(Protocol):
    """Files and servers are the same thing: something that yields records and can resume."""

    source: str
    """Name of the format or protocol, as in `Origin.source`."""
    account: str
    """Name of the configured account; empty for files."""

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Yield records from `cursor` (None: from the beginning), ending with a Checkpoint.

        Reading twice yields equal records. A bad item is a `Skipped`, never an exception. A cursor that
        no longer fits (the file changed) means reading from the beginning.
        """
        ...


class AccountSource(Source, Protocol):
    """A source that is read again and again."""

    def goes_on(self, cursor: str | None) -> bool:
        """Whether reading from this cursor goes on behind what was read before."""
        ...


NamesAnybody = Callable[[str], bool]
"""Whether the title of an appointment that invites nobody names somebody who is known: others are not read."""


class Input(Struct, frozen=True, kw_only=True):
    """Bytes to read: a file, a member of an archive, or standard input spooled to disk."""

    name: str
    """For messages and `where`: the base name of the file or member, `Connections.csv`."""
    open: Callable[[], BinaryIO]
    """Opens the bytes from their beginning; may be called more than once. The caller closes."""
    path: str = ""
    """Within the folder or archive, whose own name comes first: `Maildir/.Sent/cur/1:2,S`; empty for a lone file."""


class ReadOptions(Struct, frozen=True, kw_only=True):
    """What the user or the configuration tells a file format."""

    date_order: str | None = None
    """`DMY`, `MDY` or `YMD` for dates such as 03/04/2026; None: such a date is ambiguous."""
    columns: Mapping[str, str] = {}
    """`--map COLUMN=FIELD` by the user, for CSV."""
    today: date | None = None
    """The day of reading: series of events are followed for a while beyond it. None: to their end."""
    zone: tzinfo | None = None
    """The reader's zone, for times that have none; None: UTC."""
    names_anybody: NamesAnybody | None = None
    """None: titles name nobody."""


class FileClaim(Struct, frozen=True, kw_only=True):
    """A format recognises a file."""

    what: str
    """In words: `LinkedIn connections`, `vCard 3.0 address book`."""
    generic: bool = False
    """True for a catch-all (any CSV): gives way to a specific claim."""
    left_out: tuple[str, ...] = ()
    """Titles of columns that say nothing to the format and are not kept."""
    notes: tuple[str, ...] = ()
    """What else somebody should know of it."""
    names_people: bool = True
    """False where people are only referred to: read after the files that say who they are."""
    certain: bool = False
    """True where name and content say the same: the formats behind it are not asked; there may be very many files."""
    gathered: bool = False
    """True for a file with one record, of which a folder holds many: they are read as one source (`open_files`)."""


class FileFormat(Protocol):
    """What a module in `sources/` offers for files, at module level."""

    FORMAT: str
    """The word for `--as`."""

    def claims(self, head: bytes, name: str, options: ReadOptions) -> FileClaim | None:
        """Say whether the first `HEAD_BYTES` of a file look like this format."""
        ...

    def open_file(self, input: Input, options: ReadOptions) -> Source:  # noqa: A002 - as all formats call it
        """A source over the file."""
        ...


class GatheringFormat(FileFormat, Protocol):
    """What a format offers whose claims are `gathered`."""

    def open_files(self, inputs: Sequence[Input], options: ReadOptions) -> Source:
        """A source over many files, which are in the order of their paths; none is open longer than it is read."""
        ...
