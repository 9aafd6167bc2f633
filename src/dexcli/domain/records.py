"""What a source says, before we know whom it is about: the only types that cross from sources to ingest."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

BY_MAIL = ("imap", "mail")
"""The sources of mail, which carries invitations to events that a calendar has as well."""


class Origin(Struct, frozen=True, kw_only=True, gc=False):
    """Where a record was seen."""

    source: str
    """Format or protocol: `vcard`, `linkedin`, `csv`, `imap`."""
    account: str = ""
    """Name of the configured account; empty for files."""
    folder: str = ""
    """Mailbox or calendar on a server; empty for files."""
    epoch: str = ""
    """What makes `ref` unambiguous over time: UIDVALIDITY of an IMAP mailbox."""
    ref: str
    """Place within the source that is stable across reads: a UID, a row's natural key, an href."""


class Claim(Struct, frozen=True, kw_only=True, gc=False):
    """One thing said about a person: `email`, `phone`, `url`, `alias`, `company`, `title`, `location`,
    `address`, `birthday`, `anniversary`, `date` (with its label), `met_on`, `met_where`, `note`, `cadence`,
    `importance`, `lead_days`, or any custom key.

    Values are as the source has them, trimmed and never empty; dates are ISO (`2001-02-28`, or `--02-28`
    where the year is unknown).
    """

    field: str
    value: str
    label: str | None = None
    """The source's word for it in lower case: `home`, `work`, `cell`."""


FIELDS = frozenset({
    "name", "email", "phone", "url", "alias", "company", "title", "location", "address", "birthday", "anniversary",
    "date", "met_on", "met_where", "note", "tag", "cadence", "importance", "lead_days",
})  # fmt: skip
"""Claim fields with a meaning of their own; any other is a custom field."""


class PersonRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A card, row or profile that describes one person."""

    key: str
    """What the thing is, by whatever road it came: `card:UID`, `linkedin:slug`, `csv:hash`."""
    origin: Origin
    where: str
    """For messages: `contacts.vcf:12`."""
    name: str
    claims: tuple[Claim, ...] = ()
    tags: tuple[str, ...] = ()
    covers: frozenset[str] | None = None
    """Fields about which silence means that there is no such value: those of a table's columns; None is all."""
    mine: bool = False
    """The export's own owner: feeds `me`, never becomes a person."""


class ParticipantRecord(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody named by an interaction."""

    kind: str
    """`email`, `phone`, `linkedin`, `url`, or `name`: a bare name or handle, which must match exactly one person."""
    value: str
    role: str = "with"
    """`from`, `to`, `cc`, `organizer`, `attendee`, `declined` or `with`; of somebody named several times the first."""
    name: str | None = None
    """As the source writes it; may be wrong, an address, or somebody's nickname."""


class InteractionRecord(Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened between me and others."""

    key: str
    """What the thing is: `mail:<Message-ID>`, `event:UID/RECURRENCE-ID`, `csv:hash`."""
    origin: Origin
    where: str
    when: datetime | date
    """An aware datetime, or a date; a date stays a date."""
    kind: str
    direction: str | None = None
    """`in` (they to me), `out` (I to them), `both`, or None where the source does not say.

    Of a mail `out` says that it lay among those sent, whatever address it is from; else my addresses decide.
    """
    participants: tuple[ParticipantRecord, ...]
    title: str | None = None
    body: str | None = None
    place: str | None = None
    minutes: int | None = None
    thread: str | None = None
    """What belongs to one conversation has the same: `mail:` and the Message-ID with which it began."""
    status: str | None = None
    """`cancelled`, or None."""
    revision: str | None = None
    """Of an event that can change: text that is greater the newer the copy is."""
    automatic: str | None = None
    """Why nobody wrote it to me: a reason of `machines.automatic`; None: somebody did."""
    automatic_address: str | None = None
    """Whose address that is: the sender's, or the list's; it is no person's."""


class Skipped(Struct, frozen=True, kw_only=True, gc=False):
    """An item that could not be read: a value, never an exception and never silence."""

    where: str
    reason: str


class LeftOut(Struct, frozen=True, kw_only=True, gc=False):
    """A mail that its folder, flags or labels call a draft, junk or deleted, or an appointment that invites nobody: not
    read, but counted.
    """

    use: str
    """`drafts`, `junk` or `trash`; of an appointment `alone`."""


class Checkpoint(Struct, frozen=True, kw_only=True, gc=False):
    """Everything before me may be committed. The cursor is opaque to all but its source."""

    cursor: str


class Gone(Struct, frozen=True, kw_only=True, gc=False):
    """An object of a calendar was changed or deleted: what it said before is off, but for the keys that it still says.

    It comes behind what the object says now.
    """

    origin: Origin
    """That of the object, whose `ref` the origins of its events begin with, up to a `#`."""
    keys: frozenset[str] = frozenset()


SourceItem = PersonRecord | InteractionRecord | Gone | Skipped | LeftOut | Checkpoint
