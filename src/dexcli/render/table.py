"""Results for people at a terminal: finds the screen of a result and writes it out, in colour or without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.text import Text

from dexcli.render.layout import Line, Look
from dexcli.results.setup import SchemaResult

if TYPE_CHECKING:
    from dexcli.results.timeline import Timeline

_MARGIN = 1
"""Columns before every line."""
_NARROWEST = 20
"""Columns that are drawn for at least: in less nothing can be told."""

_SCREENS = {
    "AccountChange": "account_screen.account_change",
    "AccountList": "account_screen.account_list",
    "AccountTests": "account_screen.account_tests",
    "BackupList": "upkeep_screen.backup_list",
    "BackupResult": "upkeep_screen.backup_result",
    "CommitmentResult": "done_screen.done",
    "ConfigInfo": "setup_screen.config",
    "DateList": "dates_screen.date_list",
    "Decision": "triage_screen.decision",
    "DoctorResult": "upkeep_screen.doctor_result",
    "DraftResult": "import_screen.draft_result",
    "DueCount": "done_screen.count",
    "DueList": "due_screen.due_list",
    "EmailList": "people_screen.email_list",
    "ExportResult": "done_screen.exported",
    "ForgetResult": "upkeep_screen.forget_result",
    "History": "history_screen.history",
    "ImportResult": "import_screen.import_result",
    "InteractionResult": "entry_screen.entry",
    "KindResult": "done_screen.done",
    "LogResult": "entry_screen.logged",
    "MeResult": "setup_screen.me_result",
    "NamedInTitle": "triage_screen.title_item",
    "PeopleResult": "done_screen.done",
    "PersonFields": "people_screen.person_fields",
    "PersonList": "people_screen.person_list",
    "PersonPage": "person_page.person_page",
    "PersonResult": "done_screen.done",
    "Reach": "people_screen.reach",
    "RestoreResult": "upkeep_screen.restore_result",
    "SearchList": "search_screen.search_list",
    "Stats": "stats_screen.stats",
    "SyncResult": "import_screen.sync_result",
    "TagResult": "done_screen.done",
    "Timeline": "timeline_screen.whole",
    "TriageItem": "triage_screen.triage_item",
    "TriageList": "triage_screen.triage_list",
    "TriageResult": "triage_screen.triage_result",
    "UndoResult": "history_screen.undone",
    "WhyResult": "entry_screen.why",
}
"""The screen of each type of result: a function of `(result, look)` in a module here, loaded when it is needed."""


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
    """The lines of a result by its type."""
    where = _SCREENS.get(type(result).__name__)
    if where is None:
        raise TypeError(f"no screen for a {type(result).__name__}")
    module, _, function = where.partition(".")
    screen: Iterator[Line] = getattr(import_module(f"dexcli.render.{module}"), function)(result, look)
    return screen
