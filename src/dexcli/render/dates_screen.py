"""Yearly dates for people: when, whose and what, and how dates are put in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dexcli.render.layout import STACKED, Line, Look, Piece, stack, table
from dexcli.render.text import ago, day, full_day, harmless
from dexcli.results.dates import DateItem, DateList


def date_list(result: DateList, look: Look) -> Iterator[Line]:
    """The table of dates, one calm line where there are none."""
    until = "" if result.until is None else f" until {day(result.until, look.today)}"
    if not result.items:
        since = "" if result.as_of == look.today else f" from {full_day(result.as_of)} on"
        yield [(f"No dates{since}{until}.", "")]
        return
    names = Counter(item.person.name for item in {item.person.id: item for item in result.items}.values())
    rows = [_row(item, names, look) for item in result.items]
    if look.width < STACKED:
        yield from stack(
            ((who, soon, [[(f"{on}{look.dot}{what}", "")]]) for (on, _), soon, who, (what, _) in rows), look
        )
    else:
        yield from table(("Day", "In", "Who", "What"), rows, look, yields=(3,))
    count = "1 date" if result.total == 1 else f"{result.total:,} dates"
    if len(result.items) < result.total:
        count = f"{len(result.items):,} of {count}"
    yield [(f"{count}{until}", "dim")]


def years(kind: str, turns: int | None) -> str:
    """How many years an occasion completes: `, turns 30`, or `, 12 years` of what is no birthday; else nothing."""
    if turns is None:
        return ""
    if kind == "birthday":
        return f", turns {turns}"
    return ", 1 year" if turns == 1 else f", {turns} years"


def _row(item: DateItem, names: Counter[str], look: Look) -> list[Piece]:
    name = harmless(item.person.name)
    who = name if names[item.person.name] == 1 else f"{name} ({harmless(item.person.handle)})"
    itself = " (29 Feb)" if item.month_day else ""
    return [
        (f"{item.on:%a} {day(item.on, look.today)}", ""),
        (ago(-item.days).removeprefix("in "), "" if item.days else "yellow"),
        (who, "bold"),
        (f"{harmless(item.kind)}{itself}{years(item.kind, item.turns)}", ""),
    ]
