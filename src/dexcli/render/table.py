"""Results for people at a terminal: finds the screen of a result and writes it out, in colour or without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import StringIO

import msgspec
from rich.console import Console
from rich.text import Text

from dexcli.render.layout import STACKED, Line, Look, Piece, labelled, paragraph, stack, table, undo
from dexcli.render.plain import cell
from dexcli.render.text import ago, day, harmless
from dexcli.results.accounts import AccountChange, AccountList, AccountTests
from dexcli.results.dates import DateList
from dexcli.results.due import DueCount, DueList
from dexcli.results.export import ExportResult
from dexcli.results.history import History, OperationInfo, UndoResult
from dexcli.results.interactions import CommitmentResult, InteractionResult, LogResult, PersonPage
from dexcli.results.people import KindResult, PeopleResult, Person, PersonFields, PersonList, PersonResult, TagResult
from dexcli.results.reach import EmailList, Reach
from dexcli.results.report import ImportResult
from dexcli.results.search import SearchList
from dexcli.results.setup import ConfigInfo, MeResult, SchemaResult
from dexcli.results.stats import Stats
from dexcli.results.sync import SyncResult
from dexcli.results.timeline import Timeline
from dexcli.results.triage import Decision, NamedInTitle, TriageItem, TriageList, TriageResult
from dexcli.results.upkeep import BackupResult, DoctorResult, ForgetResult, RestoreResult
from dexcli.results.why import WhyResult

_MARGIN = 1
"""Columns before every line."""
_NARROWEST = 20
"""Columns that are drawn for at least: in less nothing can be told."""


def lines(result: object, *, today: date, width: int, color: bool, ascii: bool) -> Iterator[str]:  # noqa: A002  # what it is
    """The lines of a result, none wider than `width` columns (20 at least).

    `color` allows escape sequences; `ascii` keeps our own signs within ASCII, not names and titles.
    JSON Schemas are never broken. Raises TypeError for what is no result.
    """
    if isinstance(result, SchemaResult):
        schemas = msgspec.json.format(msgspec.json.encode(result.schemas), indent=2)
        yield from schemas.decode().split("\n")
        return
    look = Look(today=today, width=max(width, _NARROWEST) - _MARGIN, ascii=ascii)
    yield from _written(_screen(result, look), look, width=width, color=color)


def lines_of_parts(parts: Iterator[Timeline], *, today: date, width: int, color: bool, ascii: bool) -> Iterator[str]:  # noqa: A002  # what it is
    """The lines of a timeline that comes in parts, as if it were one."""
    from dexcli.render.timeline_screen import timeline

    look = Look(today=today, width=max(width, _NARROWEST) - _MARGIN, ascii=ascii)
    yield from _written(timeline(parts, look), look, width=width, color=color)


def _written(screen: Iterator[Line], look: Look, *, width: int, color: bool) -> Iterator[str]:
    """The lines of a screen as text."""
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        _environ={},
    )
    for line in screen:
        cut: Line = [(" " * _MARGIN, ""), *look.cut(line)]
        if not color:
            yield "".join(shown for shown, _ in cut).rstrip()
            continue
        with console.capture() as written:
            console.print(Text.assemble(*cut), soft_wrap=True, end="")
        yield written.get()


def _screen(result: object, look: Look) -> Iterator[Line]:
    """The lines of a result by its type; the larger screens are loaded when they are needed."""
    if isinstance(result, DueList):
        from dexcli.render.due_screen import due_list

        return due_list(result, look)
    if isinstance(result, DueCount):
        return iter([[(str(result.total), "")]])
    if isinstance(result, DateList):
        from dexcli.render.dates_screen import date_list

        return date_list(result, look)
    if isinstance(result, Stats):
        from dexcli.render.stats_screen import stats

        return stats(result, look)
    if isinstance(result, Timeline):
        from dexcli.render.timeline_screen import timeline

        return timeline([result], look)
    if isinstance(result, PersonList):
        return _people(result, look)
    if isinstance(result, SearchList):
        from dexcli.render.search_screen import search_list

        return search_list(result, look)
    if isinstance(result, PersonFields):
        return _fields(result, look)
    if isinstance(result, PersonResult | PeopleResult | TagResult | KindResult):
        return _done(result.done, result.operation_id, look)
    if isinstance(result, History):
        return _history(result, look)
    if isinstance(result, UndoResult):
        return _undone(result, look)
    if isinstance(result, PersonPage):
        from dexcli.render.person_page import person_page

        return person_page(result, look)
    if isinstance(result, LogResult):
        return _logged(result, look)
    if isinstance(result, InteractionResult):
        return _entry(result, look)
    if isinstance(result, CommitmentResult):
        return _done(result.done, result.operation_id, look)
    if isinstance(result, ImportResult | SyncResult):
        from dexcli.render import import_screen

        if isinstance(result, SyncResult):
            return import_screen.sync_result(result, look)
        return import_screen.import_result(result, look)
    if isinstance(result, TriageList | TriageItem | NamedInTitle | TriageResult | Decision):
        return _triage(result, look)
    if isinstance(result, WhyResult):
        return _why(result, look)
    if isinstance(result, ExportResult):
        return paragraph(harmless(result.done), look)
    if isinstance(result, AccountList):
        from dexcli.render.account_screen import account_list

        return account_list(result, look)
    if isinstance(result, AccountTests):
        from dexcli.render.account_screen import account_tests

        return account_tests(result, look)
    if isinstance(result, AccountChange):
        from dexcli.render.account_screen import account_change

        return account_change(result, look)
    if isinstance(result, EmailList):
        return _emails(result, look)
    if isinstance(result, Reach):
        return _reach(result, look)
    if isinstance(result, BackupResult | DoctorResult | ForgetResult | RestoreResult):
        from dexcli.render import upkeep_screen

        if isinstance(result, DoctorResult):
            return upkeep_screen.doctor_result(result, look)
        if isinstance(result, ForgetResult):
            return upkeep_screen.forget_result(result, look)
        if isinstance(result, BackupResult):
            return upkeep_screen.backup_result(result, look)
        return upkeep_screen.restore_result(result, look)
    if isinstance(result, MeResult):
        return _me(result, look)
    if isinstance(result, ConfigInfo):
        return _config(result, look)
    raise TypeError(f"no screen for a {type(result).__name__}")


def _done(done: str, operation_id: str | None, look: Look) -> Iterator[Line]:
    yield from paragraph(harmless(done), look)
    yield from undo(operation_id)


def _people(result: PersonList, look: Look) -> Iterator[Line]:
    if not result.items:
        yield [("Nobody found.", "")]
        return
    rows = [_person(one, look) for one in result.items]
    if look.width < STACKED:
        yield from stack(
            (
                (
                    (handle, "bold"),
                    due,
                    [
                        [
                            (
                                look.dot.join(
                                    filter(None, (name, company, last if last == "never" else f"last {last}"))
                                ),
                                "dim",
                            )
                        ]
                    ],
                )
                for (handle, _), (name, _), (company, _), (last, _), due in rows
            ),
            look,
            keeps=True,
        )
    else:
        yield from table(("Handle", "Name", "Company", "Last", "Due"), rows, look, yields=(2, 1), keeps=0)
    total = "1 person" if result.total == 1 else f"{result.total:,} people"
    shown = total if len(result.items) == result.total else f"{len(result.items):,} of {total}"
    yield [(shown, "dim")]


def _fields(result: PersonFields, look: Look) -> Iterator[Line]:
    if not result.items:
        yield [("Nobody found.", "")]
        return
    rows = [[(harmless(cell(value)), "") for value in fields.values()] for fields in result.items]
    yield from table([harmless(name) for name in result.items[0]], rows, look)
    if len(result.items) < result.total:
        yield [(f"{len(result.items):,} of {result.total:,} people", "dim")]


def _person(person: Person, look: Look) -> list[Piece]:
    last = person.last_contact_on
    return [
        (harmless(person.handle), "dim"),
        (harmless(person.name), "bold"),
        (harmless(person.company or ""), ""),
        (ago((look.today - last).days) if last else "never", ""),
        _due(person, look.today),
    ]


def _emails(result: EmailList, look: Look) -> Iterator[Line]:
    if not result.items:
        yield [("Nobody found.", "")]
        return
    rows = [
        [(harmless(one.email), ""), (harmless(one.name), "bold"), (harmless(one.company or one.handle or ""), "dim")]
        for one in result.items
    ]
    yield from table(("Address", "Name", "About"), rows, look, yields=(2, 1), keeps=0)
    if len(result.items) < result.total:
        yield [(f"{len(result.items):,} of {result.total:,}", "dim")]


def _reach(result: Reach, look: Look) -> Iterator[Line]:
    """Whom, and how; what to do when it is over."""
    names = ", ".join(harmless(one.name) for one in result.people)
    yield from paragraph(f"{names}: {', '.join(harmless(one) for one in result.targets)}", look)
    if result.others:
        yield from paragraph(f"also {', '.join(harmless(one) for one in result.others)}: --which TEXT", look, "dim")
    if not result.link.startswith("http"):
        kind = "call" if result.link.startswith("tel:") else "mail"
        others = "".join(f" --with {harmless(one.handle)}" for one in result.people[1:])
        yield [(f"afterwards: dex log {harmless(result.people[0].handle)}{others} --kind {kind} TEXT", "dim")]


def _due(person: Person, today: date) -> Piece:
    """When it is time: who is snoozed for longer is not due before that ends."""
    due, snoozed = person.next_due_on, person.snoozed_until
    if snoozed is not None and snoozed > max(today, due or today):
        return f"{day(snoozed, today)}, snoozed", "dim"
    return day(due, today) if due else "", "yellow" if due and due < today else ""


def _history(result: History, look: Look) -> Iterator[Line]:
    if not result.operations:
        yield [("Nothing has been changed yet.", "")]
        return
    if result.total == 1:
        (id_, when, (what, _), (state, _)) = _operation(result.operations[0], look)
        yield [id_, ("  ", ""), when, (f"  {state}" if state else "", "dim")]
        yield from paragraph(what, look)
        return
    rows = [_operation(one, look) for one in result.operations]
    if look.width < STACKED:
        yield from stack(
            (((f"{id_}  {when}", "dim"), state, [[what]]) for (id_, _), (when, _), what, state in rows),
            look,
        )
    else:
        yield from table(("Id", "When", "What", ""), rows, look)
    earlier = result.total - len(result.operations)
    if earlier > 0:
        yield [(f"and {earlier:,} earlier", "dim")]


def _operation(operation: OperationInfo, look: Look) -> list[Piece]:
    state = "" if operation.state == "done" else harmless(operation.state)
    if operation.undone_by is not None:
        state += f" by {harmless(operation.undone_by)}"
    elif not operation.undoable:
        state = "for good"
    return [
        (harmless(operation.id), ""),
        (f"{day(operation.at.date(), look.today)} {operation.at:%H:%M}", "dim"),
        (harmless(operation.summary or operation.command), "dim" if state else ""),
        (state, "dim"),
    ]


def _undone(result: UndoResult, look: Look) -> Iterator[Line]:
    yield from paragraph(harmless(result.done), look)
    for newer in result.passed_over:
        yield from paragraph(f"left alone: {harmless(newer.id)} {harmless(newer.summary)}", look, "dim")
    if result.hint:
        yield from paragraph(harmless(result.hint), look, "dim")
    yield from undo(result.operation_id)


def _logged(result: LogResult, look: Look) -> Iterator[Line]:
    """What was written, when to reconnect with each, what was promised."""
    yield from paragraph(harmless(result.done), look)
    for one in result.people:
        lead_in = f"{harmless(one.person.name)}: next" if len(result.people) > 1 else "next:"
        if one.due is not None:
            yield from paragraph(f"{lead_in} {day(one.due, look.today)}", look)
    for commitment in result.commitments:
        whose = "you owe" if commitment.direction == "mine" else "they owe"
        by = f" (by {day(commitment.due_on, look.today)})" if commitment.due_on else ""
        yield from paragraph(f"{harmless(commitment.id)} {whose}: {harmless(commitment.text)}{by}", look)
    yield from undo(result.operation_id)


def _triage(result: TriageList | TriageItem | NamedInTitle | TriageResult | Decision, look: Look) -> Iterator[Line]:
    from dexcli.render import triage_screen

    if isinstance(result, TriageItem):
        return triage_screen.triage_item(result, look)
    if isinstance(result, NamedInTitle):
        return triage_screen.title_item(result, look)
    if isinstance(result, Decision):
        return triage_screen.decision(result, look)
    if isinstance(result, TriageResult):
        return triage_screen.triage_result(result, look)
    return triage_screen.triage_list(result, look)


def _why(result: WhyResult, look: Look) -> Iterator[Line]:
    """What it is, then the verdict and the rule for each who took part."""
    if result.on is not None:
        said = f"{look.arrow(result.direction)} {harmless(result.title or '')}".strip()
        yield [
            (harmless(result.id or ""), "bold"),
            (f"  {day(result.on, look.today)}  {harmless(result.kind or '')} ", ""),
            (said, "dim"),
        ]
    else:
        yield from paragraph(f"{harmless(result.key)}: read, and not kept", look)
    rules: dict[tuple[str, str, bool], list[str]] = {}
    for one in result.reasons:
        who = harmless(one.name or one.identifier or "")
        role = f" ({harmless(one.role)})" if one.role else ""
        rules.setdefault((one.code, one.text, one.counts), []).extend([f"{who}{role}"] if who else [])
    for (code, text, counts), concerned in rules.items():
        verdict = "counts" if counts else "does not count"
        lead_in = f"{', '.join(concerned)}: {verdict}, " if concerned else ""
        yield from paragraph(f"{lead_in}{harmless(text)} [{harmless(code)}]", look)


def _entry(result: InteractionResult, look: Look) -> Iterator[Line]:
    from dexcli.render.person_page import full_entry

    if result.done:
        yield from paragraph(harmless(result.done), look)
    yield from full_entry(result.interaction, look)
    yield from undo(result.operation_id)


def _me(result: MeResult, look: Look) -> Iterator[Line]:
    from dexcli.domain.identifiers import phone_display

    if result.done:
        yield from paragraph(harmless(result.done), look)
    me = result.me
    yield from labelled("Names", ", ".join(map(harmless, me.names)), look)
    yield from labelled("Emails", look.dot.join(map(harmless, me.emails)), look)
    yield from labelled("Phones", look.dot.join(harmless(phone_display(phone)) for phone in me.phones), look)
    yield from labelled("Region", harmless(me.region or ""), look)
    yield from labelled("Dates", harmless(me.date_order or "03/04/2026 is refused"), look)
    yield from labelled("Data", harmless(result.database), look)
    yield from labelled("Config", harmless(result.config or "none without a home directory"), look)
    yield from undo(result.operation_id)


def _config(result: ConfigInfo, look: Look) -> Iterator[Line]:
    missing = "" if result.exists else " (no such file: defaults)"
    yield from paragraph(f"{harmless(result.path)}{missing}", look, "dim")
    for key, value in result.told.items():
        yield from paragraph(f"{harmless(key)} = {harmless(cell(value)) or '(not set)'}", look)
