"""`dex triage` at a terminal: one address, then one title, after the other, each settled with a key."""

from __future__ import annotations

from collections.abc import Callable

import typer

from dexcli.cli.context import Dex
from dexcli.cli.keys import ESCAPE, read_key, say
from dexcli.cli.people import person
from dexcli.errors import AmbiguousError, CancelledError, DexError
from dexcli.results.triage import Decision, Gathering, TriageItem, TriageList
from dexcli.services import titles
from dexcli.services import triage as service
from dexcli.store.connection import Connection

_KEYS = "[a]dd  [u]nder a name  [l]ink  [i]gnore  [s] later  [q]uit"
_ALL = "[m] all of that meeting"
"""With ` 12,345 of 12,345` before them, they have room in 79 columns."""


def work_through(dex: Dex, limit: int) -> None:
    """Show one address after the other; every answer is written at once, so that one may stop at any time."""
    with dex.writing() as conn:
        found = service.candidates(conn, dex.call(), limit=limit)
        if not found.items and not found.titles:
            dex.show(found)
            return
        done: set[str] = set()
        for number, item in enumerate(found.items, 1):
            if item.address in done:  # with all of a meeting
                continue
            say(dex.screen(item))
            while True:  # what was no answer is asked again
                if item.gathering is not None:
                    say([f" {_ALL}"])
                say([f" {number:,} of {found.total:,}   {_KEYS}"])
                key = read_key()
                if key in ("q", ESCAPE):
                    return
                if key == "m" and item.gathering is not None:
                    if _add_all(dex, conn, item.gathering):
                        done.update(item.gathering.addresses)
                        break
                    continue
                if _answer(dex, conn, item, key):
                    break
        if not _ask_about_titles(dex, conn, found):
            return
        left = found.total - len(found.items) + found.titles_total - len(found.titles)
        if left:
            say([f" {left:,} more: dex triage"])


def _ask_about_titles(dex: Dex, conn: Connection, found: TriageList) -> bool:
    """Show one title after the other; False where the user has stopped."""
    for number, item in enumerate(found.titles, 1):
        say(dex.screen(item))
        keys = {str(place): one for place, one in enumerate(item.candidates, 1)}
        if len(keys) == 1:
            keys["y"] = item.candidates[0]
            offered = "[y]es  [n]o"
        else:
            offered = f"[1-{len(keys)}] that one  [n] none of them"
        while True:
            say([f" {number:,} of {found.titles_total:,}   {offered}  [s] later  [q]uit"])
            key = read_key()
            if key in ("q", ESCAPE):
                return False
            if key == "s":
                break
            entry = int(item.interaction_id.removeprefix("i"))
            if key in keys:
                say(dex.screen(titles.decide_there(conn, dex.call(), entry, keys[key].id)))
                break
            if key == "n":
                for one in item.candidates:
                    say(dex.screen(titles.decide_not_there(conn, dex.call(), entry, one.id)))
                break
    return True


def _add_all(dex: Dex, conn: Connection, gathering: Gathering) -> bool:
    """Add everybody who is new at a meeting, as met there; False where one of them could not be."""
    try:
        for decision in service.decide_met(conn, dex.call(), int(gathering.interaction_id.removeprefix("i"))):
            say(dex.screen(decision))
    except DexError as error:
        dex.note(error.message)
        return False
    return True


def _answer(dex: Dex, conn: Connection, item: TriageItem, key: str) -> bool:
    """Do what a key stands for; False where it stands for nothing, or could not be done."""
    call = dex.call()
    answers: dict[str, Callable[[], Decision]] = {
        "a": lambda: service.decide_add(conn, call, item.address),
        "A": lambda: service.decide_add(conn, call, item.address, force=True),
        "u": lambda: service.decide_add(conn, call, item.address, name=_typed("Name", item.name)),
        "l": lambda: service.decide_link(conn, call, item.address, person(dex, conn, _typed("Whose", _whose(item)))),
        "i": lambda: service.decide_ignore(conn, call, item.address),
        "s": lambda: service.decide_later(conn, call, item.address),
    }
    if key not in answers:
        return False
    try:
        decision = answers[key]()
    except CancelledError:
        raise
    except AmbiguousError as error:
        handles = ", ".join(candidate["handle"] for candidate in error.candidates)
        dex.note(f"{error.message} ({handles}): l links it to them, A adds somebody else of that name")
        return False
    except DexError as error:
        dex.note(error.message)
        return False
    say(dex.screen(decision))
    return True


def _whose(item: TriageItem) -> str:
    return item.namesakes[0].handle if item.namesakes else ""


def _typed(what: str, offered: str) -> str:
    """A line from the terminal; Enter alone takes what is offered."""
    answer: str = typer.prompt(what, default=offered or None, err=True)
    return answer
