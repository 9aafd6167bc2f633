"""The screens of `backup`, `restore`, `doctor` and `forget`: what was done, what is wrong, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from dexcli.render.layout import Line, Look, paragraph, table
from dexcli.render.text import day, fold, harmless, size
from dexcli.results.upkeep import (
    BackupInfo,
    BackupList,
    BackupResult,
    DoctorResult,
    ForgetResult,
    RestoreResult,
    UnreadableBackup,
)


def backup_result(result: BackupResult, look: Look) -> Iterator[Line]:
    """Where the copy is, and which older ones went."""
    yield from paragraph(harmless(result.done), look)
    yield from paragraph(f"in {harmless(str(PurePath(result.report.file).parent))}", look, "dim")
    verb = "would remove" if result.report.dry_run else "removed"
    for one in result.report.removed:
        yield from paragraph(f"{verb} {harmless(PurePath(one).name)}", look, "dim")
    yield from _dry(dry_run=result.report.dry_run)


def backup_list(result: BackupList, look: Look) -> Iterator[Line]:
    """A line for each, by the name that one types; where they are, and what puts one back."""
    where = harmless(result.folder)
    if not result.items:
        which = "backup that can be read" if result.unreadable else "backup"
        yield from paragraph(f"There is no {which} in {where}.", look)
        yield [("dex backup makes one; dex restore FILE takes one from elsewhere", "dim")]
        if not result.unreadable:
            return
    rows = []
    both: list[BackupInfo | UnreadableBackup] = [*result.items, *result.unreadable]
    for one in sorted(both, key=lambda one: one.at, reverse=True):
        on = one.at.date()
        head = (harmless(one.name), "")
        made = (day(on, look.today) + (f" {one.at:%H:%M}" if on.year == look.today.year else ""), "dim")
        if isinstance(one, UnreadableBackup):
            rows.append([head, made, ("", ""), (size(one.bytes), ""), ("unreadable", "red")])
        else:
            rows.append([head, made, (f"{one.people:,}", ""), (size(one.bytes), ""), (harmless(one.made_by), "dim")])
    yield from table(("Backup", "Made", "People", "Size", "By"), rows, look, keeps=0)
    if result.unreadable:
        yield from paragraph(
            "unreadable: damaged, of a newer dex, or not of dex; dex restore refuses it", look, "yellow"
        )
    if not result.items:
        return
    yield from paragraph(f"in {where}; dex restore NAME puts one back, and keeps what it replaces", look, "dim")


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


_MOST = 12
"""Things of one kind that are named."""
_STATES = {"ok": "", "problem": "red", "fixed": "yellow"}
_STATE, _CODE = 9, 13
"""Columns."""


def doctor_result(result: DoctorResult, look: Look) -> Iterator[Line]:
    """A line for each check, and below it what helps; at the end how many problems are left."""
    report = result.report
    room = max(look.width - _STATE - _CODE, 20)
    for check in report.checks:
        style = _STATES.get(check.state, "")
        told = check.found[:_MOST] if len(check.found) > 1 else [check.text]
        shown = [folded for one in told for folded in fold(harmless(one), room)]
        for number, folded in enumerate(shown):
            head: Line = [(" " * (_STATE + _CODE), "")]
            if number == 0:
                head = [(harmless(check.state).ljust(_STATE), style or "dim"), (harmless(check.code).ljust(_CODE), "")]
            yield [*head, (folded, style if check.state == "problem" else "")]
        for folded in fold(harmless(check.remedy), room) if check.remedy else ():
            yield [(" " * (_STATE + _CODE), ""), (folded, "dim")]
    if report.problems:
        verb = "is" if report.problems == 1 else "are"
        yield [(f"{report.problems} problem{'' if report.problems == 1 else 's'} {verb} left", "red")]
    else:
        yield [("all is in order", "dim")]
    yield from _dry(dry_run=report.dry_run)


def forget_result(result: ForgetResult, look: Look) -> Iterator[Line]:
    """What has gone, what stays because it is somebody else's, and where they still are."""
    report = result.report
    yield from paragraph(harmless(result.done), look)
    if report.kept_interactions:
        entries = "1 entry" if report.kept_interactions == 1 else f"{report.kept_interactions:,} entries"
        verb = "stays" if report.kept_interactions == 1 else "stay"
        yield from paragraph(f"{entries} with others {verb}, without {harmless(report.person)}", look)
    if report.mentions:
        told = ", ".join(harmless(one) for one in report.mentions[:_MOST])
        more = f" and {len(report.mentions) - _MOST:,} more" if len(report.mentions) > _MOST else ""
        yield from paragraph(f"still named in the text of: {told}{more}", look, "yellow")
        kinds = {one[0] if one[1:].isdecimal() else "" for one in report.mentions}
        if kinds != {"o"}:
            yield [("dex show, edit or rm them: whom a text means, only you can tell", "dim")]
        if "o" in kinds:
            yield [("o: what the history keeps of texts that say otherwise now", "dim")]
        if report.dry_run and kinds & {"i", "c"}:
            yield [("entries that you dex rm before go for good, from the history as well", "dim")]
    if report.searches:
        told = ", ".join(harmless(one) for one in report.searches)
        yield from paragraph(f"texts with one of the names alone are not looked into: {told}", look, "dim")
    if report.backups:
        yield from paragraph("copies of the database that still hold them, for you to delete:", look, "yellow")
        for one in report.backups:
            yield from paragraph(f"  {harmless(one)}", look)
    if not (report.erased_bytes or report.dry_run):
        yield from paragraph("another program has the database open: rests of it may be in its log", look, "yellow")
        yield [("close it, then: dex doctor --fix", "dim")]
    yield from _dry(dry_run=report.dry_run)


def _dry(*, dry_run: bool) -> Iterator[Line]:
    if dry_run:
        yield [("dry run: nothing was changed", "dim")]
