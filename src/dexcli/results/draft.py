"""What an import intends, as a draft tells it."""

from __future__ import annotations

from msgspec import Struct

from dexcli.results.report import Report


class DraftRow(Struct, frozen=True, kw_only=True):
    """One intended action: about a record of a person, or about many entries."""

    row: str
    """By which the file names it: the beginning of a digest of record, action and people concerned."""
    action: str
    """`add`, `link`, `update` or `skip`; of entries `add` or `update`."""
    person: str | None
    """Who is linked or updated: a handle, or `@` and the row that adds them; null where nobody is known yet."""
    name: str
    """As the record has it; of entries their kind."""
    where: str
    """Place in the source; of entries its name."""
    confidence: str
    """`sure`, `likely`, or `unsure`: a question is asked about it."""
    reason: str
    """In words."""
    entries: int | None
    """How many entries; null for a person."""


class DraftInfo(Struct, frozen=True, kw_only=True):
    """A file to be edited and applied."""

    file: str
    """`-` where it went to standard output."""
    written: bool
    """False on a dry run."""
    rows: int
    items: list[DraftRow]


class DraftResult(Struct, frozen=True, kw_only=True):
    """What an import would do, and the draft that was made of it."""

    report: Report
    parts: list[Report]
    draft: DraftInfo
