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
    """Pairs that may be one person and that nobody but you can decide."""
    conflicts: list[Conflict]


class InteractionCounts(Struct, frozen=True, kw_only=True):
    """What happened to the interactions of a source."""

    added: int
    updated: int
    unchanged: int
    not_counting: int
    """Of those added: kept, but no contact with anybody."""
    bulk: int
    """Written by lists and machines: read and not kept."""


class Report(Struct, frozen=True, kw_only=True):
    """What one source brought."""

    source: str
    """Name of the file or account."""
    account: str
    format: str
    what: str
    """In words: `LinkedIn connections`."""
    dry_run: bool
    read: int
    """Distinct records seen."""
    people: PeopleCounts
    interactions: InteractionCounts
    skipped: list[SkippedItem]
    operation_id: str | None


class ImportResult(Struct, frozen=True, kw_only=True):
    """A whole import: totals, and one report for each file that it found."""

    report: Report
    parts: list[Report]
