"""What an import returns."""

from __future__ import annotations

from msgspec import Struct


class Conflict(Struct, frozen=True, kw_only=True):
    """A value that a source offered and that was not taken."""

    person: str
    """Handle."""
    field: str
    kept: str
    offered: str


class Question(Struct, frozen=True, kw_only=True):
    """Two people who may be one: nobody but you can tell."""

    person: str
    """Handle of the one that the import has brought."""
    other: str
    """Handle."""
    reason: str
    """`name`: both are called the same; `identifier`: an address, number or profile of the one is the other's too."""


class SkippedItem(Struct, frozen=True, kw_only=True):
    """Something that could not be read."""

    where: str
    """`Connections.csv:17`."""
    reason: str


class PeopleCounts(Struct, frozen=True, kw_only=True):
    """What happened to the people of a source."""

    added: int
    updated: int
    unchanged: int
    questions: int
    """Length of `asked`."""
    asked: list[Question]
    """Pairs that this import found for the first time."""
    conflicts: list[Conflict]
    kept_out: int = 0
    """Whom you have removed or forgotten, so that nothing brings them back; of `read`, besides those above."""


class InteractionCounts(Struct, frozen=True, kw_only=True):
    """What happened to the interactions of a source."""

    added: int
    updated: int
    unchanged: int
    removed: int
    """Taken off, because their calendar does not have them any more."""
    not_counting: int
    """Of those added: kept, but no contact with anybody."""
    bulk: int
    """By lists and machines, or between my own addresses: read and not kept."""
    alone: int = 0
    """Appointments of a calendar file that invite nobody, and in whose titles nobody stands who is known: not kept."""


class Report(Struct, frozen=True, kw_only=True):
    """What one source brought."""

    source: str
    """Name of the file or account."""
    account: str
    """Of totals over several accounts: empty."""
    format: str
    what: str
    """In words: `LinkedIn connections`; of totals, what they are over: `3 files`, `2 accounts`."""
    dry_run: bool
    read: int
    """Distinct records seen: what a file says twice is one, in a later run as well. A run that goes on where a killed
    one stopped counts the rest."""
    people: PeopleCounts
    interactions: InteractionCounts
    skipped: list[SkippedItem]
    notes: list[str]
    """What else is to be known, in words: columns that were left out, or that the rest of a killed run was read."""
    operation_id: str | None
    """What `dex undo` takes; null where nothing changed, and of totals where several parts have one each."""
    to_triage: int = 0
    """Of the totals, where mail was added: addresses that look like people, about whom `dex triage` asks."""
    titles_to_triage: int = 0
    """Likewise, where meetings were added: titles that may name somebody who does not take part by any address."""


class ImportResult(Struct, frozen=True, kw_only=True):
    """A whole import: totals, and one report for each file that it found."""

    report: Report
    parts: list[Report]
