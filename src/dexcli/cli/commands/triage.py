"""`dex triage`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from msgspec import Struct

from dexcli.cli.context import Dex
from dexcli.cli.keys import read_key, say
from dexcli.cli.people import person
from dexcli.errors import AmbiguousError, CancelledError, DexError, UsageError
from dexcli.results.triage import Decision, Gathering, TriageItem, TriageList, TriageResult
from dexcli.services import titles
from dexcli.services import triage as service
from dexcli.store.connection import Connection

MOST_DIGITS = 18
"""Of the number of an entry: beyond that SQLite has none."""


def triage(
    ctx: typer.Context,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=0, metavar="N", help="So many addresses at most; 0 is all.")
    ] = 20,
    add: Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help="Make a person of it.")] = None,
    name: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Their name; one for each --add, or none.")
    ] = None,
    met: Annotated[
        list[str] | None, typer.Option(metavar="i123", help="Add all who are new at a meeting, as met there.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Add even where somebody has that name.")] = False,
    link: Annotated[list[str] | None, typer.Option(metavar="ADDRESS=PERSON", help="It is this person's.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help="Never ask about it again.")] = None,
    later: Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help="Ask again in a month.")] = None,
    there: Annotated[
        list[str] | None, typer.Option(metavar="i123=PERSON", help="The title of that meeting means this person.")
    ] = None,
    not_there: Annotated[
        list[str] | None, typer.Option(metavar="i123=PERSON", help="It does not: never ask again.")
    ] = None,
) -> None:
    r"""Addresses in your mail and calendars that look like people, best first: add, link or ignore each with one key.

    Only whom you have written to yourself, or met among few, is asked about. Whoever is added has their whole
    history at once. Then come meetings whose titles name somebody you know who is not invited by any address.

    \b
    Examples:
      dex triage
      dex triage --json | jq -r '.data.items[].address'
      dex triage --add ada@example.org --ignore shop@example.net
      dex triage --link grace@example.org=grace-hopper
      dex triage --met i123         everybody new at that meeting, as met there
      dex triage --there i45=grace  "Dinner with Grace" was with this Grace
    """
    dex = Dex.of(ctx)
    if name and len(name) != len(add or []):
        raise UsageError(
            f"there are {len(name)} --name for {len(add or [])} --add", hint="one for each, in the same order, or none"
        )
    if add or met or link or ignore or later or there or not_there:
        asked = _Asked(
            add=add or [],
            names=name or [],
            met=[_entry(text) for text in met or []],
            link=[_pair("--link", pair) for pair in link or []],
            ignore=ignore or [],
            later=later or [],
            there=[_pair("--there", pair) for pair in there or []],
            not_there=[_pair("--not-there", pair) for pair in not_there or []],
        )
        with dex.writing() as conn:
            decided = _decide(dex, conn, asked, force=force)
            left = service.candidates(conn, dex.call(), limit=limit)
        dex.show(
            TriageResult(
                total=left.total,
                items=left.items,
                decided=decided,
                titles_total=left.titles_total,
                titles=left.titles,
            )
        )
    elif dex.can_ask:
        _ask(dex, limit)
    else:
        with dex.reading() as conn:
            found = service.candidates(conn, dex.reading_call(), limit=limit)
        dex.show(found)
        if found.titles_total and not (dex.json or dex.for_a_person):
            dex.note(f"{found.titles_total:,} titles of meetings name somebody as well: --json lists them")


class _Asked(Struct, frozen=True, kw_only=True):
    """Every decision that was given by options."""

    add: list[str]
    names: list[str]
    met: list[int]
    link: list[tuple[str, str]]
    ignore: list[str]
    later: list[str]
    there: list[tuple[str, str]]
    not_there: list[tuple[str, str]]


def _decide(dex: Dex, conn: Connection, asked: _Asked, *, force: bool) -> list[Decision]:
    """Every decision that was given by options, in the order of the options' names.

    What has no address to decide about is told before the first is written; where one fails later, those before it are.
    """
    call = dex.call()
    service.check(conn, [*asked.add, *(address for address, _ in asked.link), *asked.ignore, *asked.later])
    decided: list[Decision] = []
    try:
        for number, address in enumerate(asked.add):
            called = asked.names[number] if asked.names else None
            decided.append(service.decide_add(conn, call, address, name=called, force=force))
        for meeting in asked.met:
            decided.extend(service.decide_met(conn, call, meeting, force=force))
        for address, text in asked.link:  # perhaps to somebody just added
            decided.append(service.decide_link(conn, call, address, person(dex, conn, text)))
        decided.extend(service.decide_ignore(conn, call, address) for address in asked.ignore)
        decided.extend(service.decide_later(conn, call, address) for address in asked.later)
        for decide, pairs in ((titles.decide_there, asked.there), (titles.decide_not_there, asked.not_there)):
            decided.extend(decide(conn, call, _entry(entry), person(dex, conn, text)) for entry, text in pairs)
    except BaseException:
        for one in decided:
            dex.complain(one.done + (f"; undo: dex undo {one.operation_id}" if one.operation_id else ""))
        raise
    return decided


def _entry(text: str) -> int:
    """The number of an entry."""
    number = text.removeprefix("i")
    if not (number.isascii() and number.isdecimal()) or len(number) > MOST_DIGITS:
        raise UsageError(f"{text!r} is no entry", hint="such as i123: dex triage --json names meetings")
    return int(number)


def _pair(option: str, text: str) -> tuple[str, str]:
    """What is decided about, and who it is."""
    what, equals, who = text.partition("=")
    if not equals:
        example = "ada@example.org=ada-lovelace" if option == "--link" else "i123=ada-lovelace"
        raise UsageError(f"{option} {text!r} names nobody", hint=f"{option} {example}")
    return what, who


# -- at a terminal -------------------------------------------------------------------------------------

_KEYS = "[a]dd  [u]nder a name  [l]ink  [i]gnore  [s] later  [q]uit"
_ALL = "[m] all of that meeting"
"""With ` 12,345 of 12,345` before them, they have room in 79 columns."""


def _ask(dex: Dex, limit: int) -> None:
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
                if key == "q":
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
            if key == "q":
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
