"""`dex triage`."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec import Struct

from dexcli.cli import rest
from dexcli.cli.context import Dex
from dexcli.cli.people import person
from dexcli.errors import UsageError
from dexcli.results.triage import Decision, TriageResult
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
        from dexcli.cli.triage_dialogue import work_through

        work_through(dex, limit)
    else:
        with dex.reading() as conn:
            found = service.candidates(conn, dex.reading_call(), limit=limit)
        dex.show(found)
        rest.say(dex, ctx, len(found.items), found.total)
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
