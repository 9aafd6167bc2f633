"""Addresses that look like people, for people: a list, or one with all that helps to decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dexcli.render.layout import STACKED, Line, Look, Piece, paragraph, stack, table, undo
from dexcli.render.text import ago, day, full_day, harmless
from dexcli.results.triage import Decision, NamedInTitle, TriageItem, TriageList, TriageResult

_NO_MAIL = "no mail or calendar was read yet: dex import ~/Mail, or dex account add ADDRESS"


def triage_list(result: TriageList, look: Look) -> Iterator[Line]:
    """One line for each address."""
    if not result.items and not result.titles:
        nobody = "Nobody to decide about now." if result.mail else _NO_MAIL
        yield from paragraph(nobody, look)
        return
    if result.items:
        rows = [_row(one, look) for one in result.items]
        if look.width < STACKED:
            yield from stack(((name, last, [[address], [evidence]]) for name, address, evidence, last in rows), look)
        else:
            yield from table(("Name", "Address", "Evidence", "Last"), rows, look, yields=(2,))
        yield [(f"{len(result.items):,} of {result.total:,}     dex triage --add ADDRESS", "dim")]
    if result.items and result.titles:
        yield []
    if result.titles:
        rows = _title_rows(result.titles, look)
        if look.width < STACKED:
            for id_, title, when, may_be in rows:
                head: list[Line] = [[id_, ("  ", ""), title], [("  ", ""), when]] if id_[0] else []
                yield from (look.cut(line) for line in head)
                yield [("  ", ""), may_be]
        else:
            yield from table(("Id", "Title", "When", "May be"), rows, look, yields=(3, 1))
        shown = f"{len(result.titles):,} of {result.titles_total:,}"
        yield [(f"{shown}     dex triage --there ID=PERSON, or --not-there", "dim")]


def _row(item: TriageItem, look: Look) -> list[Piece]:
    return [
        (harmless(item.name), "bold"),
        (harmless(item.address), ""),
        (harmless(", ".join(item.reasons)), ""),
        (ago((look.today - item.last_on).days), ""),
    ]


def _title_rows(items: Sequence[NamedInTitle], look: Look) -> list[list[Piece]]:
    """A line for each whom a title names; the title itself stands once, before the first of them."""
    rows: list[list[Piece]] = []
    before = ""
    for item in items:
        times = f" ({item.times:,} times)" if item.times > 1 else ""
        ahead = ", ahead" if item.first_on > look.today else ""
        again = item.interaction_id == before
        before = item.interaction_id
        rows.append([
            ("" if again else harmless(item.interaction_id), "dim"),
            ("" if again else harmless(item.title), "bold"),
            ("" if again else day(item.last_on, look.today) + ahead + times, ""),
            (" or ".join(harmless(one.handle) for one in item.candidates), ""),
        ])  # fmt: skip
    return rows


def title_item(item: NamedInTitle, look: Look) -> Iterator[Line]:
    """A title, when that was, and whether those were there whom it may mean, by number."""
    yield []
    yield [(f'"{harmless(item.title)}"', "bold"), (f"  {harmless(item.interaction_id)}", "dim")]
    if item.times > 1:
        when = f"{item.times:,} times, from {full_day(item.first_on)} to {full_day(item.last_on)}"
    else:
        when = f"on {full_day(item.last_on)}" + (", which is ahead" if item.last_on > look.today else "")
    if len(item.candidates) == 1:
        (one,) = item.candidates
        verb = "Will {} be there?" if item.first_on > look.today else "Was {} there?"
        yield from paragraph(f"{when}; {verb.format(f'{harmless(one.name)} ({harmless(one.handle)})')}", look)
        return
    yield from paragraph(f"{when}; who of these was there?", look)
    for number, one in enumerate(item.candidates, 1):
        yield [(f"  {number}  {harmless(one.name)}", "bold"), (f"  {harmless(one.handle)}", "dim")]


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
    left = result.total + result.titles_total
    yield [(f"{left:,} more to look at: dex triage" if left else "nobody is left to look at", "dim")]


def decision(one: Decision, look: Look) -> Iterator[Line]:
    """One decision."""
    yield from paragraph(harmless(one.done), look)
    yield from undo(one.operation_id)
