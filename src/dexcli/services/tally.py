"""What is ingested, and what became of it: jobs, the growing report of each, and the totals over several."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from dexcli.domain import account_types
from dexcli.domain.records import BY_MAIL
from dexcli.results.report import Conflict, InteractionCounts, PeopleCounts, Question, Report, SkippedItem
from dexcli.sources.base import Source

_CALENDARS = frozenset({"ics", *filter(account_types.has_meetings, account_types.TYPES)})
_WITH_STRANGERS = _CALENDARS | frozenset(BY_MAIL)
"""Formats and kinds of server that name people by address who are nobody's yet."""

MOST_TITLES = 20
"""So many columns that were left out are named."""

_USES = {"drafts": ("draft", "drafts"), "junk": ("junk mail", "junk mails"), "trash": ("deleted mail", "deleted mails")}
"""What mail is that is left out, in words for one and for many."""

_STRANGERS = 3
"""Addresses that may be mine which are named."""


class Job(Struct, frozen=True, kw_only=True):
    """What to ingest and under which circumstances."""

    source: Source
    name: str
    """Of the file or account, for the report."""
    format: str
    what: str
    run: str
    """Identifies the run, so that a killed one is resumed: the path of a file, the name of an account."""
    part: str = ""
    """Identifies the source within a run over several."""
    origin: str
    """`import` or `sync`."""
    command: str
    """For the history."""
    region: str | None
    """Explains phone numbers without a calling code."""
    dry_run: bool = False
    left_out: tuple[str, ...] = ()
    """Titles of columns that are not read, for the report."""
    notes: tuple[str, ...] = ()
    """What is known of it before it is read, for the report."""
    may_break: bool = False
    """One of many in a folder: where it breaks on the way, that is skipped and the next one is read."""


class Tally:
    """The growing report of one source."""

    def __init__(self) -> None:
        self.changed = False
        self.brought: set[int] = set()
        """People."""
        self.seen: set[tuple[int, int]] = set()
        """Feed and person of every record that was there before."""
        self.read = 0
        self.read_before = 0
        """Records that a killed part of the run has read."""
        self.people = dict.fromkeys(("added", "updated", "unchanged", "kept_out", "repeated"), 0)
        self.interactions = dict.fromkeys(("added", "updated", "unchanged", "removed", "not_counting"), 0)
        self.bulk = 0
        self.strangers: Counter[str] = Counter()
        """Mail among those sent, by whom it is from, where that is no address of mine."""
        self.unnamed = 0
        """Distinct mails in which no address of mine stands."""
        self.left_out: Counter[str] = Counter()
        """What was not read, by its use: `drafts`, `junk` and `trash` of mail, `alone` of appointments."""
        self.asked: list[Question] = []
        self.conflicts: list[Conflict] = []
        self.skipped: list[SkippedItem] = []


def summary(title: str, done: Sequence[Tally]) -> str:
    """What the history says of a run: `contacts.vcf: 12 people added, 1 updated; 1 entry added`."""
    told = []
    for kind, one, many in (("people", "person", "people"), ("interactions", "entry", "entries")):
        words = ("added", "updated", "removed")
        numbers = {name: sum(getattr(counts, kind).get(name, 0) for counts in done) for name in words}
        changed = [(number, name) for name, number in numbers.items() if number]
        if changed:
            (number, name), *others = changed
            first = f"{number:,} {one if number == 1 else many} {name}"
            told.append(", ".join([first, *(f"{number:,} {name}" for number, name in others)]))
    return f"{title}: {'; '.join(told) or 'nothing new'}"


def _notes(job: Job, counts: Tally) -> list[str]:
    """What the user should know to make more of it: addresses of their own that dex does not know, columns left out."""
    notes = [*job.notes]
    for address, number in counts.strangers.most_common(_STRANGERS):
        mails = "1 mail" if number == 1 else f"{number:,} mails"
        notes.append(f"{mails} among those sent came from {address}: if that is you, dex me add {shlex.quote(address)}")
    if counts.unnamed:
        what = "event" if job.format in _CALENDARS else "mail"
        mails, verb = (f"1 {what} names", "does") if counts.unnamed == 1 else (f"{counts.unnamed:,} {what}s name", "do")
        notes.append(f"{mails} none of your addresses and {verb} not count: dex me add ADDRESS if one is yours")
    if left_out := sorted((use, number) for use, number in counts.left_out.items() if use in _USES):
        told = ", ".join(f"{number:,} {_USES[use][number > 1]}" for use, number in left_out)
        notes.append(f"left out, by folder, flag or label: {told}")
    if kept_out := counts.people["kept_out"]:
        who = "1 person was" if kept_out == 1 else f"{kept_out:,} people were"
        notes.append(
            f"{who} removed or forgotten here, and not brought back: dex undo takes a removal back, "
            "dex add NAME --email ADDRESS takes somebody in again"
        )
    if counts.read_before:
        notes.append(f"continued: {counts.read_before:,} records had been read before")
    if job.left_out:
        columns = ", ".join(job.left_out[:MOST_TITLES]) + (", ..." if len(job.left_out) > MOST_TITLES else "")
        notes.append(f"left out: {columns}; --map '{job.left_out[0]}=note' keeps one")
    return notes


def report(job: Job, counts: Tally, operation_id: str | None) -> Report:
    """What became of every record of a source; `operation_id` takes it back."""
    return Report(
        source=job.name,
        account=job.source.account,
        format=job.format,
        what=job.what,
        dry_run=job.dry_run,
        read=counts.read,
        people=PeopleCounts(
            added=counts.people["added"],
            updated=counts.people["updated"],
            unchanged=counts.people["unchanged"],
            kept_out=counts.people["kept_out"],
            questions=len(counts.asked),
            asked=counts.asked,
            conflicts=counts.conflicts,
        ),
        interactions=InteractionCounts(**counts.interactions, bulk=counts.bulk, alone=counts.left_out["alone"]),
        skipped=counts.skipped,
        notes=_notes(job, counts),
        operation_id=operation_id if counts.changed and not job.dry_run else None,
    )


def total(
    parts: Sequence[Report],
    name: str,
    what: str,
    passed_over: Sequence[str] = (),
    skipped: Sequence[SkippedItem] = (),
) -> Report:
    """One report over several files or accounts, which `what` counts; those that are skipped whole come first."""
    if len(parts) == 1 and not passed_over and not skipped:
        return parts[0]
    people = [part.people for part in parts]
    entries = [part.interactions for part in parts]
    return Report(
        source=name,
        account=_common([part.account for part in parts]) or "",
        format=_common([part.format for part in parts]) or "several",
        what=what + (f", {len(passed_over)} passed over ({some(passed_over)})" if passed_over else ""),
        dry_run=parts[0].dry_run,
        read=sum(part.read for part in parts),
        people=PeopleCounts(
            added=sum(one.added for one in people),
            updated=sum(one.updated for one in people),
            unchanged=sum(one.unchanged for one in people),
            kept_out=sum(one.kept_out for one in people),
            questions=sum(one.questions for one in people),
            asked=[question for one in people for question in one.asked],
            conflicts=[conflict for one in people for conflict in one.conflicts],
        ),
        interactions=InteractionCounts(
            **{name: sum(getattr(one, name) for one in entries) for name in InteractionCounts.__struct_fields__}
        ),
        skipped=[*skipped, *(item for part in parts for item in part.skipped)],
        notes=[f"{part.source}: {note}" for part in parts for note in part.notes],
        operation_id=_common([part.operation_id for part in parts if part.operation_id]),
    )


def _common(values: Sequence[str]) -> str | None:
    """The one value of all; None where they differ, or there is none."""
    return values[0] if len(set(values)) == 1 else None


def brought_strangers(parts: Sequence[Report]) -> bool:
    """Whether mail or meetings were added that stay: there may be somebody new to decide about."""
    return any(part.interactions.added and part.format in _WITH_STRANGERS and not part.dry_run for part in parts)


def some(names: Sequence[str]) -> str:
    """The first of these names, and how many more there are."""
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown or "nothing"  # noqa: PLR2004 - as many as are told
