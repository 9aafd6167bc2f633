"""What the commands return that look after the database: `backup`, `restore`, `doctor` and `forget`."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class BackupReport(Struct, frozen=True, kw_only=True):
    """A copy of the database."""

    dry_run: bool
    file: str
    bytes: int
    """Of the copy; on a dry run of the database, of which the copy is smaller."""
    people: int
    interactions: int
    changed_at: datetime | None
    """When the latest change in it was made."""
    schema_version: int
    removed: list[str]
    """Older backups that `--keep` took away, oldest first."""


class BackupResult(Struct, frozen=True, kw_only=True):
    """`dex backup`."""

    report: BackupReport
    done: str


class RestoreReport(Struct, frozen=True, kw_only=True):
    """A backup that was put in the place of the database."""

    dry_run: bool
    file: str
    """The backup."""
    database: str
    people: int
    interactions: int
    changed_at: datetime | None
    """When the latest change in it was made: what came later is in `kept` only."""
    schema_version: int
    kept: str | None
    """Where the replaced database is; null where there was none, and on a dry run."""
    replaced_people: int | None
    """Null where there was no database, or where it could not be read."""
    replaced_interactions: int | None
    replaced_changed_at: datetime | None


class RestoreResult(Struct, frozen=True, kw_only=True):
    """`dex restore`."""

    report: RestoreReport
    done: str
    undo: list[str]
    """Commands that bring back what was replaced."""
