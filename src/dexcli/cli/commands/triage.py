"""`dex triage`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import person
from dexcli.errors import AmbiguousError, CancelledError, DexError, UsageError
from dexcli.results.triage import Decision, Gathering, TriageItem, TriageResult
from dexcli.services import triage as service
from dexcli.store.connection import Connection


def triage(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="So many addresses at most; 0 is all.")] = 20,
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
) -> None:
    r"""Addresses in your mail and calendars that look like people, best first: add, link or ignore each with one key.

    Only whom you have written to yourself, or met among few, is asked about. Whoever is added has their whole
    history at once.

    \b
    Examples:
      dex triage
      dex triage --json | jq -r '.data.items[].address'
      dex triage --add ada@example.org --ignore shop@example.net
      dex triage --link grace@example.org=grace-hopper
      dex triage --met i123         everybody new at that meeting, as met there
    """
    dex = Dex.of(ctx)
    if name and len(name) != len(add or []):
        raise UsageError(
            f"there are {len(name)} --name for {len(add or [])} --add", hint="one for each, in the same order, or none"
        )
    if add or met or link or ignore or later:
        with dex.writing() as conn:
            decided = _decide(
                dex, conn, add or [], name or [], met or [], link or [], ignore or [], later or [], force=force
            )
            left = service.candidates(conn, dex.call(), limit=limit)
        dex.show(TriageResult(total=left.total, items=left.items, decided=decided))
    elif dex.can_ask:
        _ask(dex, limit)
    else:
        with dex.reading() as conn:
            dex.show(service.candidates(conn, dex.reading_call(), limit=limit))


def _decide(
    dex: Dex,
    conn: Connection,
    add: Sequence[str],
    names: Sequence[str],
    met: Sequence[str],
    link: Sequence[str],
    ignore: Sequence[str],
    later: Sequence[str],
    *,
    force: bool,
) -> list[Decision]:
    """Every decision that was given by options, in the order of the options' names.

    What has no address to decide about is told before the first is written; where one fails later, those before it are.
    """
    call = dex.call()
    links = [_link(pair) for pair in link]
    meetings = [_entry(text) for text in met]
    service.check(conn, [*add, *(address for address, _ in links), *ignore, *later])
    decided: list[Decision] = []
    try:
        for number, address in enumerate(add):
            called = names[number] if names else None
            decided.append(service.decide_add(conn, call, address, name=called, force=force))
        for meeting in meetings:
            decided.extend(service.decide_met(conn, call, meeting, force=force))
        for address, text in links:  # perhaps to somebody just added
            decided.append(service.decide_link(conn, call, address, person(dex, conn, text)))
        decided.extend(service.decide_ignore(conn, call, address) for address in ignore)
        decided.extend(service.decide_later(conn, call, address) for address in later)
    except BaseException:
        for one in decided:
            dex.complain(one.done + (f"; undo: dex undo {one.operation_id}" if one.operation_id else ""))
        raise
    return decided


def _entry(text: str) -> int:
    """The number of an entry."""
    number = text.removeprefix("i")
    if not number.isdecimal():
        raise UsageError(f"--met {text!r} is no entry", hint="such as i123: dex triage --json names meetings")
    return int(number)


def _link(pair: str) -> tuple[str, str]:
    """The address, and whose it is."""
    address, equals, text = pair.partition("=")
    if not equals:
        raise UsageError(f"--link {pair!r} is not ADDRESS=PERSON", hint="--link ada@example.org=ada-lovelace")
    return address, text


# -- at a terminal -------------------------------------------------------------------------------------

_KEYS = "[a]dd  [u]nder a name  [l]ink  [i]gnore  [s] later  [q]uit"
_ALL = "[m] all of that meeting"
"""With ` 12,345 of 12,345` before them, they have room in 79 columns."""


def _ask(dex: Dex, limit: int) -> None:
    """Show one address after the other; every answer is written at once, so that one may stop at any time."""
    from dexcli.cli.keys import read_key

    with dex.writing() as conn:
        found = service.candidates(conn, dex.call(), limit=limit)
        if not found.items:
            dex.show(found)
            return
        done: set[str] = set()
        for number, item in enumerate(found.items, 1):
            if item.address in done:  # with all of a meeting
                continue
            _say(dex.screen(item))
            while True:  # what was no answer is asked again
                if item.gathering is not None:
                    _say([f" {_ALL}"])
                _say([f" {number:,} of {found.total:,}   {_KEYS}"])
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
        left = found.total - len(found.items)
        if left:
            _say([f" {left:,} more: dex triage"])


def _add_all(dex: Dex, conn: Connection, gathering: Gathering) -> bool:
    """Add everybody who is new at a meeting, as met there; False where one of them could not be."""
    try:
        for decision in service.decide_met(conn, dex.call(), int(gathering.interaction_id.removeprefix("i"))):
            _say(dex.screen(decision))
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
    _say(dex.screen(decision))
    return True


def _whose(item: TriageItem) -> str:
    return item.namesakes[0].handle if item.namesakes else ""


def _typed(what: str, offered: str) -> str:
    """A line from the terminal; Enter alone takes what is offered."""
    answer: str = typer.prompt(what, default=offered or None, err=True)
    return answer


def _say(lines: Iterable[str]) -> None:
    """Lines for whoever answers: on stderr, as all questions are."""
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()
