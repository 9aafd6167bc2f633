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
    refused: list[str] = []
    """What is in it that dex did not make, for which `dex restore` would refuse it."""


class BackupResult(Struct, frozen=True, kw_only=True):
    """`dex backup`."""

    report: BackupReport
    done: str


class BackupInfo(Struct, frozen=True, kw_only=True):
    """A copy of the database that can be put back."""

    name: str
    """What `dex restore` takes: the name of a file in the usual folder, else its path."""
    file: str
    at: datetime
    """When it was made."""
    made_by: str
    """`backup`; `restore`, which kept what it replaced; `migration`, which kept what was before a newer schema."""
    bytes: int
    people: int
    interactions: int
    changed_at: datetime | None
    """When the latest change in it was made."""
    schema_version: int


class UnreadableBackup(Struct, frozen=True, kw_only=True):
    """A file among the backups that cannot be put back: damaged, of a newer dex, or not of dex."""

    name: str
    file: str
    at: datetime
    """When it was made."""
    bytes: int


class BackupList(Struct, frozen=True, kw_only=True):
    """`dex restore` without a file: what there is, newest first."""

    folder: str
    """Where backups are, unless another place was named for them."""
    total: int
    items: list[BackupInfo]
    unreadable: list[UnreadableBackup] = []
    """What is there as well and cannot be put back, newest first."""


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
    problems: list[str] = []
    """What in it is not as dex leaves it, all of which `doctor` tells; the file is whole even so."""


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    code: str
    """`integrity`, `permissions`, ..."""
    state: str
    """`ok`, `problem` or `fixed`."""
    text: str
    found: list[str]
    """What is wrong, or was until now, one by one."""
    remedy: str | None
    """What helps, or may be done even so."""
    fixable: bool
    """Whether `--fix` mends it."""


class DoctorReport(Struct, frozen=True, kw_only=True):
    """How the database and what belongs to it fare."""

    dry_run: bool
    database: str
    problems: int
    """That are left."""
    fixed: int
    checks: list[Check]


class DoctorResult(Struct, frozen=True, kw_only=True):
    """`dex doctor`."""

    report: DoctorReport


class ForgetReport(Struct, frozen=True, kw_only=True):
    """What was erased, and what may still be somewhere."""

    dry_run: bool
    person: str
    """Their name; it stands nowhere else any more."""
    interactions: int
    """Entries with nobody else, erased."""
    kept_interactions: int
    """Entries with somebody else: they stay, without this person."""
    operations: int
    """Operations of the history that were cut to what concerns others."""
    mentions: list[str]
    """What names them in a text of somebody else: `i12`, `c3`, a handle, an address, or `o7` for what the history has
    of a text that says otherwise now. It stays."""
    backups: list[str]
    """Copies of the database that still hold them."""
    searches: list[str] = []
    """What finds texts with one word of their name alone: those are not looked into."""
    erased_bytes: bool
    """Whether nothing of it is left in the file and its log; false where another program keeps the log open."""


class ForgetResult(Struct, frozen=True, kw_only=True):
    """`dex forget`."""

    report: ForgetReport
    done: str


class RestoreResult(Struct, frozen=True, kw_only=True):
    """`dex restore`."""

    report: RestoreReport
    done: str
    undo: list[str]
    """Commands that bring back what was replaced."""
