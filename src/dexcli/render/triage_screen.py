"""Addresses that look like people, for people: a list, or one with all that helps to decide."""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.render.layout import Line, Look, Piece, paragraph, table, undo
from dexcli.render.text import ago, full_day, harmless
from dexcli.results.triage import Decision, TriageItem, TriageList, TriageResult

_NO_MAIL = "no mail or calendar was read yet: dex import ~/Mail, or dex account add ADDRESS"


def triage_list(result: TriageList, look: Look) -> Iterator[Line]:
    """One line for each address."""
    if not result.items:
        nobody = "Nobody to decide about now." if result.mail else _NO_MAIL
        yield from paragraph(nobody, look)
        return
    rows = [_row(one, look) for one in result.items]
    yield from table(("Name", "Address", "Evidence", "Last"), rows, look, yields=(2,))
    yield [(f"{len(result.items):,} of {result.total:,}     dex triage --add ADDRESS", "dim")]


def _row(item: TriageItem, look: Look) -> list[Piece]:
    return [
        (harmless(item.name), "bold"),
        (harmless(item.address), ""),
        (harmless(", ".join(item.reasons)), ""),
        (ago((look.today - item.last_on).days), ""),
    ]


def triage_item(item: TriageItem, look: Look) -> Iterator[Line]:
    """Who it may be, what there was between you, and what it was about last."""
    yield []
    yield [(harmless(item.name), "bold"), (f"  {harmless(item.address)}", "")]
    yield from paragraph(f"{harmless(', '.join(item.reasons))}, since {full_day(item.first_on)}", look)
    about = f": {harmless(item.last_title)}" if item.last_title else ""
    yield [(f"last {ago((look.today - item.last_on).days)}{about}", "")]
    if item.gathering is not None:
        others = len(item.gathering.addresses) - 1
        title = f'"{harmless(item.gathering.title)}"' if item.gathering.title else "a meeting"
        more = "1 other new person was" if others == 1 else f"{others:,} other new people were"
        when = full_day(item.gathering.on)
        yield from paragraph(f"{more} at {title} on {when} ({harmless(item.gathering.interaction_id)})", look)
    if item.namesakes:
        handles = ", ".join(harmless(one.handle) for one in item.namesakes)
        yield from paragraph(f"somebody of that name is there: {handles}", look, "yellow")


def triage_result(result: TriageResult, look: Look) -> Iterator[Line]:
    """What was decided, each with its way back."""
    for one in result.decided:
        yield from decision(one, look)
    yield [(f"{result.total:,} more to look at: dex triage" if result.total else "nobody is left to look at", "dim")]


def decision(one: Decision, look: Look) -> Iterator[Line]:
    """One decision."""
    yield from paragraph(harmless(one.done), look)
    yield from undo(one.operation_id)
