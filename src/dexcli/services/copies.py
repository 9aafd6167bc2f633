"""Backups of the database, and putting one back."""

from __future__ import annotations

import os
import shlex
from datetime import datetime
from pathlib import Path

from dexcli.errors import UsageError
from dexcli.render.text import size
from dexcli.results.upkeep import (
    BackupInfo,
    BackupList,
    BackupReport,
    BackupResult,
    RestoreReport,
    RestoreResult,
    UnreadableBackup,
)
from dexcli.services.invocation import Invocation
from dexcli.store import checks, connection, mending
from dexcli.store import copies as store
from dexcli.store.copies import Contents


def place_of(text: str) -> Path:
    """Where a backup is to be. Raises UsageError for what is no place, and for a folder that is not there.

    What ends in a slash is meant as a folder: a stick that is not mounted is none.
    """
    if text == "-":
        raise UsageError(
            "a backup is a file that is checked, and no stream",
            hint="name a file or a folder; docs/encryption.md has the way to an encrypted one",
        )
    if not text.strip():
        raise UsageError(
            "there is no place without a name", hint="dex backup FILE, dex backup FOLDER, or dex backup alone"
        )
    place = Path(text)
    if text.endswith((os.sep, f"{os.sep}.")) and not place.is_dir():
        if place.exists():
            raise UsageError(f"{place} is no folder", hint="name a folder, or a file without a slash at its end")
        raise UsageError(f"there is no folder {place}", hint="mount it, make it, or name another")
    return place


def back_up(path: Path, call: Invocation, target: Path | None, keep: int | None) -> BackupResult:
    """Copy the database into a file or a folder, and take away all but the newest `keep` of its backups there."""
    place = target or store.folder_of(path)
    if keep is not None and target is not None and not target.is_dir():
        raise UsageError("--keep is for backups in a folder, which are named by their day", hint="name a folder")
    make = store.planned if call.dry_run else store.back_up
    final, held = make(path, place, at=call.now)
    removed = [] if keep is None else _take_away(path, final, held.device, keep, dry_run=call.dry_run)
    what = f"{_told(held)} to {final.name} ({size(held.size)})"
    return BackupResult(
        report=BackupReport(
            dry_run=call.dry_run,
            file=str(final),
            bytes=held.size,
            people=held.people,
            interactions=held.interactions,
            changed_at=held.changed_at,
            schema_version=held.schema_version,
            removed=[str(one) for one in removed],
            refused=held.refused,
        ),
        done=f"{'would back up' if call.dry_run else 'backed up'} {what}",
    )


def _take_away(path: Path, final: Path, device: str | None, keep: int, *, dry_run: bool) -> list[Path]:
    """The oldest of our backups, of which all but `keep` go; the one that was made just now stays."""
    others = [one for one in store.dated(path, final.parent, device) if one != final]
    removed = others[: max(len(others) - (keep - 1), 0)]
    if not dry_run:
        for one in removed:
            one.unlink(missing_ok=True)
    return removed


def backups(path: Path, call: Invocation, place: Path | None = None) -> BackupList:
    """The copies that there are in the usual places, newest first; and those of them that cannot be read.

    Where a `place` is given, those in that folder.
    """
    connection.refuse_special(path)
    folder = store.folder_of(path)
    items = []
    unreadable = []
    for one in store.listed(path, call.now.tzinfo, place):
        name = one.path.name if one.path.parent == folder else str(one.path)
        if one.held is None:
            unreadable.append(UnreadableBackup(name=name, file=str(one.path), at=one.at, bytes=one.size))
            continue
        items.append(
            BackupInfo(
                name=name,
                file=str(one.path),
                at=one.at,
                made_by=one.made_by,
                bytes=one.size,
                people=one.held.people,
                interactions=one.held.interactions,
                changed_at=one.held.changed_at,
                schema_version=one.held.schema_version,
            )
        )
    return BackupList(folder=str(place or folder), total=len(items), items=items, unreadable=unreadable)


def restore(path: Path, call: Invocation, source: Path, *, wait: float) -> RestoreResult:
    """Put a backup in the place of the database, which is kept; waits so many seconds for whoever writes."""
    source = _found(path, source)
    store.refuse_foreign(path)
    with store.unpacked(source, path) as (draft, held):
        mending.make_missing_index(draft)
        problems = checks.contents(draft)
        before = store.present(path)
        kept = None if call.dry_run else store.put_back(path, draft, at=call.now, wait=wait)
    of = f", as of {moment(held.changed_at)}" if held.changed_at else ""
    return RestoreResult(
        report=RestoreReport(
            dry_run=call.dry_run,
            file=str(source),
            database=str(path),
            people=held.people,
            interactions=held.interactions,
            changed_at=held.changed_at,
            schema_version=held.schema_version,
            kept=None if kept is None else str(kept),
            replaced_people=before.people if before else None,
            replaced_interactions=before.interactions if before else None,
            replaced_changed_at=before.changed_at if before else None,
            problems=problems,
        ),
        done=f"{'would restore' if call.dry_run else 'restored'} {_told(held)} from {source.name}{of}",
        undo=[] if kept is None else [_command(kept)],
    )


def _found(path: Path, source: Path) -> Path:
    """The backup that a path names: a bare name is also looked for where backups go."""
    usual = store.folder_of(path) / source
    return usual if source.name == str(source) and not source.exists() and usual.exists() else source


def _command(backup: Path) -> str:
    """What restores a backup from the usual place."""
    return f"dex restore {shlex.quote(backup.name)}"


def _told(held: Contents) -> str:
    people = "1 person" if held.people == 1 else f"{held.people:,} people"
    entries = "1 entry" if held.interactions == 1 else f"{held.interactions:,} entries"
    return f"{people} and {entries}"


def moment(at: datetime) -> str:
    """A moment as people write it: `Sun 8 Mar 2026 09:00`."""
    return f"{at:%a} {at.day} {at:%b %Y %H:%M}"
