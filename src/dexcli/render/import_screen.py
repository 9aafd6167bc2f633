"""What an import did, for people: one calm block for each file."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from dexcli.domain.account_types import TYPES
from dexcli.render.layout import Line, Look, paragraph, undo
from dexcli.render.text import fold, harmless
from dexcli.results.draft import DraftResult
from dexcli.results.report import (
    Conflict,
    ImportResult,
    InteractionCounts,
    PeopleCounts,
    Question,
    Report,
    SkippedItem,
)
from dexcli.results.sync import AccountRun, SyncResult

_LISTED = 20
"""So many conflicts, skipped records and files are listed; JSON has them all."""
_ASKED = 5
"""So many questions are listed: each is settled on its own, later."""
_REASONS = {"name": "same name", "identifier": "an address or number in common"}
_SERVERS = frozenset(TYPES)
"""Formats that are read on from where the last run stopped."""
_LABEL = len("interactions") + 2


def import_result(result: ImportResult, look: Look) -> Iterator[Line]:
    """One block for each file, and the totals where there are several; then what to do next."""
    total = result.report
    several = len(result.parts) > 1
    if several:
        for part in result.parts[:_LISTED]:
            yield from _block(part)
            yield []
        if len(result.parts) > _LISTED:
            yield from [_more(len(result.parts) - _LISTED), []]
    yield from _block(total)
    yield from _listed("to be known", [harmless(note) for note in total.notes[:_LISTED]], look)
    if len(total.notes) > _LISTED:
        yield _more(len(total.notes) - _LISTED)
    yield from _listed("kept as it was", [_conflict(one) for one in total.people.conflicts[:_LISTED]], look)
    if len(total.people.conflicts) > _LISTED:
        yield _more(len(total.people.conflicts) - _LISTED)
    yield from _listed("skipped", [_skipped(one) for one in total.skipped[:_LISTED]], look)
    if len(total.skipped) > _LISTED:
        yield _more(len(total.skipped) - _LISTED)
    yield from _asked(total.people.asked, look)
    if total.dry_run:
        yield [("dry run: nothing was changed", "")]
    yield from _to_triage(total)
    yield from undo(total.operation_id)


def draft_result(result: DraftResult, look: Look) -> Iterator[Line]:
    """What an import would do, and where that can be edited."""
    yield from import_result(ImportResult(report=result.report, parts=result.parts), look)
    draft = result.draft
    if draft.written:
        rows = "1 row" if draft.rows == 1 else f"{draft.rows:,} rows"
        told = f"wrote {rows} to {harmless(draft.file)}: edit it, then"
        yield from paragraph(f"{told} dex apply {shlex.quote(harmless(draft.file))}", look, "dim")


def sync_result(result: SyncResult, look: Look) -> Iterator[Line]:
    """One block for each account, then how to take each back; an account that failed says why."""
    states = {run.name: run for run in result.accounts}
    for part in result.parts:
        run = states[part.source]
        yield from _block(part, ok=run.ok)
        if run.error is not None:
            lead_in = "stopped" if part.read else "not read"
            yield from paragraph(f"{lead_in}: {harmless(run.error)}", look, "yellow" if run.tolerated else "red")
            yield from _remedy(run, look)
        for note in part.notes:
            yield from paragraph(harmless(note), look)
        yield from undo(part.operation_id)
    conflicts = result.report.people.conflicts
    yield from _listed("kept as it was", [_conflict(one) for one in conflicts[:_LISTED]], look)
    if len(conflicts) > _LISTED:
        yield _more(len(conflicts) - _LISTED)
    yield from _asked(result.report.people.asked, look)
    yield from _listed("skipped", [_skipped(one) for one in result.report.skipped[:_LISTED]], look)
    if len(result.report.skipped) > _LISTED:
        yield _more(len(result.report.skipped) - _LISTED)
    if result.report.dry_run:
        yield [("dry run: nothing was changed", "")]
    yield from _to_triage(result.report)


def _remedy(run: AccountRun, look: Look) -> Iterator[Line]:
    """What helps, where somebody has to."""
    if not run.tolerated:
        for told in (run.hint or "").splitlines():
            yield from paragraph(harmless(told), look, "dim")


def _to_triage(report: Report) -> Iterator[Line]:
    if report.to_triage:
        told = (
            "1 address looks like a person"
            if report.to_triage == 1
            else f"{report.to_triage:,} addresses look like people"
        )
        yield [(f"{told}: dex triage", "dim")]
    if report.titles_to_triage:
        told = (
            "1 title of a meeting names somebody who is not invited"
            if report.titles_to_triage == 1
            else f"{report.titles_to_triage:,} titles of meetings name somebody who is not invited"
        )
        yield [(f"{told}: dex triage", "dim")]


def _block(report: Report, *, ok: bool = True) -> Iterator[Line]:
    """What it was, then the counts, aligned; a row of nothing but zeros stays out.

    Of what could not be read to its end nobody knows whether there was anything.
    """
    yield [(harmless(report.what), "bold"), ("  ", ""), (harmless(report.source), "dim")]
    yield from _labelled("people", _counts(report.people))
    yield from _labelled("interactions", [*_counts(report.interactions), *_left_out(report.interactions)])
    if not report.read and not report.interactions.alone and ok:
        yield [("nothing new" if report.format in _SERVERS else "nothing to read in it", "")]


def _labelled(label: str, told: Iterable[str]) -> Iterator[Line]:
    """Counts, the first of them behind the label."""
    for line in told:
        yield [(label.ljust(_LABEL), "dim"), (line, "")]
        label = ""


def _counts(counts: PeopleCounts | InteractionCounts) -> Iterator[str]:
    if counts.added or counts.updated or counts.unchanged:
        yield f"{counts.added:>6,} added  {counts.updated:>6,} updated  {counts.unchanged:>6,} unchanged"


def _left_out(counts: InteractionCounts) -> Iterator[str]:
    """What does not count as contact, kept or not, and what was taken off."""
    if counts.not_counting:
        yield f"{counts.not_counting:>6,} of those added are no contact"
    if counts.removed:
        yield f"{counts.removed:>6,} taken off, as their calendar has them no more"
    if counts.bulk:
        yield f"{counts.bulk:>6,} by lists, machines or yourself, not kept"
    if counts.alone:
        yield f"{counts.alone:>6,} {'invites' if counts.alone == 1 else 'invite'} nobody, not kept"


def _listed(title: str, entries: Sequence[str], look: Look) -> Iterator[Line]:
    """Entries below a title, folded: the remedy stands at their end."""
    if entries:
        yield from paragraph(title, look, "dim")
    for entry in entries:
        indent = "  "
        for folded in fold(entry, max(look.width - 4, 1)):
            yield [(indent + folded, "")]
            indent = " " * 4


def _asked(asked: Sequence[Question], look: Look) -> Iterator[Line]:
    """Whom somebody has to decide about: how many pairs, and the first of them."""
    number = "1 question" if len(asked) == 1 else f"{len(asked):,} questions"
    pairs = [_question(one) for one in asked[:_ASKED]]
    yield from _listed(f"{number}: may be the same person; until you say so they stay two", pairs, look)
    if len(asked) > _ASKED:
        yield _more(len(asked) - _ASKED)


def _more(number: int) -> Line:
    return [(f"  and {number:,} more: see --json", "dim")]


def _conflict(conflict: Conflict) -> str:
    person, field = harmless(conflict.person), harmless(conflict.field)
    return f'{person}: {field} "{harmless(conflict.kept)}", offered "{harmless(conflict.offered)}"'


def _question(question: Question) -> str:
    reason = _REASONS.get(question.reason, harmless(question.reason))
    return f"{harmless(question.person)} may be {harmless(question.other)}: {reason}"


def _skipped(item: SkippedItem) -> str:
    return f"{harmless(item.where)}: {harmless(item.reason)}"
