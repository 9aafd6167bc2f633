"""`dex due --pick`: one person after the other, each logged, snoozed or skipped with one key."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Any

from dexcli.cli.context import Dex
from dexcli.cli.keys import ESCAPE, read_key, read_line, say
from dexcli.cli.people import thing
from dexcli.cli.picker import pick
from dexcli.errors import CancelledError, DexError
from dexcli.render import due_words
from dexcli.render.text import fold, harmless
from dexcli.results.due import DueItem
from dexcli.services import logbook, page, people
from dexcli.services.logbook import Entry
from dexcli.store.connection import Connection

SNOOZE = "2w"
"""For how long, unless told."""

ENTRIES = 5
"""Of the timeline, to remember what it was about."""


def work_through(dex: Dex, conn: Connection, find: Callable[[], Sequence[DueItem]]) -> None:
    """Let the user choose one of those who are due, again and again; every answer is written at once.

    `find` says who is due now. Raises CancelledError where nobody was chosen and nothing was done.
    """
    skipped: set[int] = set()
    did_something = False
    while items := [one for one in find() if one.person.id not in skipped]:
        try:
            chosen = int(pick([_candidate(one) for one in items], f"Whom of {len(items):,}?"))
            answer = _ask(dex, conn, next(one for one in items if one.person.id == chosen))
        except CancelledError:
            if did_something or skipped:
                return
            raise
        if answer == "q":
            return
        if answer == "k":
            skipped.add(chosen)
        did_something = did_something or answer != "k"
    say(["Nobody is left."])


def _candidate(item: DueItem) -> dict[str, Any]:
    """One line of the picker: who, how late, and why."""
    person = item.person
    return {"id": person.id, "name": person.name, "handle": person.handle, "detail": due_words.in_a_line(item)}


def _ask(dex: Dex, conn: Connection, item: DueItem) -> str:
    """Ask what became of it until that is done; returns the key."""
    open_ref = next((reason.ref for reason in item.reasons if reason.ref and thing(reason.ref)[0] == "c"), None)
    keys = "[l] logged  [s] snooze  [p] page  [k] skip  [q]uit"
    if open_ref is not None:
        keys = f"[d] done {open_ref}  {keys}"
    room = max(shutil.get_terminal_size().columns - 2, 20)
    told_of = fold(f"{harmless(item.person.name)}: {due_words.in_a_line(item)}", room)
    question = [*(f" {line}" for line in told_of), f" {keys}"]
    say(question)
    told = False
    while True:
        key = read_key()
        if key == ESCAPE:
            return "q"
        try:
            match key:
                case "q" | "k":
                    return key
                case "p":
                    shown = page.show(conn, dex.call(), item.person.id, limit=ENTRIES)
                    say(dex.screen(shown))
                case "l":
                    text = _typed("What was it? Enter: nothing to remember")
                    entry = Entry(person_ids=[item.person.id], text=text or None)
                    say(dex.screen(logbook.log(conn, dex.call(), entry)))
                    return key
                case "s":
                    until = _typed(f"Until when, or for how long? Enter: {SNOOZE}") or SNOOZE
                    say(dex.screen(people.snooze(conn, dex.call(), item.person.id, until)))
                    return key
                case "d" if open_ref is not None:
                    say(dex.screen(logbook.done(conn, dex.call(), thing(open_ref)[1])))
                    return key
                case _:  # once, however much is typed that is no answer
                    if not told or key == "?":
                        say([f" {keys}"])
                    told = True
                    continue
        except CancelledError:
            raise
        except DexError as error:
            dex.complain(error.message, error.hint)
        say(question)
        told = False


def _typed(question: str) -> str:
    say([f" {question}"])
    return read_line().strip()
