"""The screens of `backup` and `restore`: what was done, what went, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from dexcli.render.layout import Line, Look, paragraph
from dexcli.render.text import day, harmless
from dexcli.results.upkeep import BackupResult, RestoreResult


def backup_result(result: BackupResult, look: Look) -> Iterator[Line]:
    """Where the copy is, and which older ones went."""
    yield from paragraph(harmless(result.done), look)
    yield from paragraph(f"in {harmless(str(PurePath(result.report.file).parent))}", look, "dim")
    verb = "would remove" if result.report.dry_run else "removed"
    for one in result.report.removed:
        yield from paragraph(f"{verb} {harmless(PurePath(one).name)}", look, "dim")
    yield from _dry(dry_run=result.report.dry_run)


def restore_result(result: RestoreResult, look: Look) -> Iterator[Line]:
    """What is there now, what is only in the kept one, and how to have that back."""
    report = result.report
    yield from paragraph(harmless(result.done), look)
    if report.replaced_people is not None:
        people = "1 person" if report.replaced_people == 1 else f"{report.replaced_people:,} people"
        entries = "1 entry" if report.replaced_interactions == 1 else f"{report.replaced_interactions:,} entries"
        at = report.replaced_changed_at
        changed = f", changed {day(at.date(), look.today)} {at:%H:%M}" if at else ""
        yield from paragraph(f"in place of {people} and {entries}{changed}", look, "dim")
    for command in result.undo:
        yield from paragraph(f"undo: {harmless(command)}", look, "dim")
    yield from _dry(dry_run=report.dry_run)


def _dry(*, dry_run: bool) -> Iterator[Line]:
    if dry_run:
        yield [("dry run: nothing was changed", "dim")]
