"""The screens of `account`: a table of accounts; what was done with one, and what to do next; what a server has."""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.render.layout import Line, Look, Piece, joined, paragraph, table, width_of
from dexcli.render.text import ago, cells, fold, harmless
from dexcli.results.accounts import (
    HTTPS_PORT,
    IMAPS_PORT,
    AccountChange,
    AccountCheck,
    AccountInfo,
    AccountList,
    AccountTests,
)


def account_list(result: AccountList, look: Look) -> Iterator[Line]:
    """A row for each account; a few lines for each where not all of a row has room: nothing of it is cut."""
    if not result.accounts:
        yield [("No account yet: dex account add ADDRESS", "")]
        return
    rows = [_row(one, look) for one in result.accounts]
    widest = [
        max(map(cells, column)) for column in zip(_HEAD, *([shown for shown, _ in row] for row in rows), strict=True)
    ]
    if sum(widest) + 2 * (len(widest) - 1) <= look.width:
        yield from table(_HEAD, rows, look)
        for one in result.accounts:
            if one.last_error:
                yield from paragraph(f"{harmless(one.name)}: {harmless(one.last_error)}", look, "red")
        return
    indent = min(widest[0], look.width // 4) + 2  # a longer name has a line of its own
    for one, row in zip(result.accounts, rows, strict=True):
        yield from _block(one, row, look, indent)


_HEAD = ("Name", "Address", "Server", "Secret", "Synced")


def _block(one: AccountInfo, row: list[Piece], look: Look, indent: int) -> Iterator[Line]:
    """An account where a table has no room: whose and where it is, how one gets in and when, and what went wrong."""
    name, (address, _), (server, _), secret, synced = row
    margin, room = (" " * indent, ""), max(look.width - indent, 1)
    lines: list[Line] = [[(line, "")] for line in fold(f"{address} at {server}" if address else server, room)]
    when = (f"synced {synced[0]}" if one.last_synced_at else "never synced", synced[1])
    state: Line = [secret, (look.dot, "dim"), when]
    lines += [state] if width_of(state) <= room else [[(line, secret[1])] for line in fold(secret[0], room)] + [[when]]
    if cells(name[0]) + 2 > indent:
        yield [name]
    else:
        yield [name, (" " * (indent - cells(name[0])), ""), *lines.pop(0)]
    if one.last_error:
        lines += [[(line, "red")] for line in fold(harmless(one.last_error), room)]
    yield from ([margin, *line] for line in lines)


def account_change(result: AccountChange, look: Look) -> Iterator[Line]:
    """What was done, what the provider wants, what comes next, and the way back."""
    yield from paragraph(harmless(result.done), look)
    if result.hint:
        yield from paragraph(harmless(result.hint), look)
    for lead_in, commands in (("next: ", result.next), ("undo: ", result.undo)):
        shown = joined([harmless(one) for one in commands], look.dot, look.width - len(lead_in))
        for number, line in enumerate(shown):
            yield [((lead_in if number == 0 else " " * len(lead_in)) + line, "dim")]


def account_tests(result: AccountTests, look: Look) -> Iterator[Line]:
    """A block for each account: its folders, or what went wrong."""
    for number, one in enumerate(result.accounts):
        if number:
            yield []
        if one.error:
            yield from paragraph(f"{harmless(one.name)}: {harmless(one.error)}", look, "red")
            yield from paragraph(harmless(one.hint or ""), look, "dim")
            continue
        yield from paragraph(f"{harmless(one.name)} answers; the secret came from: {harmless(one.secret or '')}", look)
        if any(folder.messages is not None for folder in one.folders):
            yield from table(("Folder", "Messages", ""), [*_folders(one)], look, yields=(0,))
        else:  # calendars, address books, and folders of files are not counted
            for folder in one.folders:
                yield from paragraph(harmless(folder.name), look)


def _folders(one: AccountCheck) -> Iterator[list[Piece]]:
    for folder in one.folders:
        messages = "" if folder.messages is None else f"{folder.messages:,}"
        why = folder.why if folder.read else f"not read: {folder.why}"
        yield [(harmless(folder.name), "" if folder.read else "dim"), (messages, ""), (harmless(why), "dim")]


def _row(one: AccountInfo, look: Look) -> list[Piece]:
    port = "" if one.port in (0, IMAPS_PORT, HTTPS_PORT) else f":{one.port}"
    synced = ago((look.today - one.last_synced_at.date()).days) if one.last_synced_at else "never"
    return [
        (harmless(one.name), "bold"),
        (harmless(one.address), ""),
        (harmless(one.path or one.host) + port, ""),
        (harmless(one.secret), "yellow" if one.secret == "not logged in" else "dim"),  # noqa: S105 - it is none
        (synced, "" if one.last_synced_at else "dim"),
    ]
