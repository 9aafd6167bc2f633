"""`dex due`, and `dex` alone."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from dexcli.cli import rest
from dexcli.cli.context import PATIENCE, Dex
from dexcli.errors import ExitCode, UsageError
from dexcli.results.due import DueCount, DueItem, DueList
from dexcli.services import due as service

_NARROWEST = 20
"""Columns that a digest has on any terminal."""


def due(
    ctx: typer.Context,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=0, metavar="N", help="At most so many; 0 is all.")
    ] = None,
    within: Annotated[str | None, typer.Option(metavar="DURATION", help="Look ahead: 7d.")] = None,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only people with this tag.")] = None,
    digest: Annotated[bool, typer.Option("--digest", help="Text for a mail; nothing when nobody is due.")] = False,
    new: Annotated[bool, typer.Option("--new", help="Only what was not shown before; again after 7 days.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 9 when somebody is due.")] = False,
    count: Annotated[bool, typer.Option("--count", help="Only how many.")] = False,
    pick: Annotated[bool, typer.Option("--pick", help="One by one: logged, snoozed or skipped with a key.")] = False,
) -> None:
    r"""Whom to act on today, most urgent first.

    A person is listed when their cadence has run out, a promise or reminder is due, a message of theirs has waited for
    an answer, or a birthday is near of somebody with a cadence, an importance or contact within two years. Birthdays of
    all others are told below the list on their day; dex dates --within 30d has everybody's. Every row says why.

    \b
    Examples:
      dex due                       who is it today?
      dex due --within 7d           and during this week
      dex due --json | jq '.data.items[].person.handle'
      dex due --digest --new        for cron: mails only what is new
      dex due --pick                work through them, one key each
    """
    dex = Dex.of(ctx)
    today = dex.today
    horizon = None
    if within is not None:
        from dexcli.domain.cadence import read_duration

        horizon = read_duration(within, today)
    if tag is not None:
        from dexcli.services.typed import checked_tag

        tag = checked_tag(tag)
    if pick:
        if digest or new or count or exit_code:
            raise UsageError("--pick is a dialogue", hint="leave out --digest, --new, --count and --exit-code")
        _pick(dex, limit, horizon, tag)
        return
    with dex.reading() as conn:
        settings = dex.due_settings(conn)
        if count and tag is None and not new:
            total = service.count(conn, today=today, settings=settings, horizon=horizon)
        else:
            result = service.due(conn, today=today, settings=settings, limit=limit, horizon=horizon, tag=tag, new=new)
            total = result.total
    if count:
        dex.show(DueCount(as_of=today, total=total))
    elif digest and not dex.json:
        from dexcli.render import digest as render

        width = render.WIDTH
        if dex.for_a_person:
            import shutil

            width = max(min(width, shutil.get_terminal_size().columns), _NARROWEST)
        dex.text(list(render.lines(result, width)))
    else:
        dex.show(result)
        rest.say(dex, ctx, len(result.items), total)
    if tag is not None and not total and not count:
        from dexcli.cli import nothing

        with dex.reading() as conn:
            # An empty digest is silent: cron would send a mail about it.
            nothing.say(dex, conn, tag=tag, what="nobody is due", scripts=not digest)
    if new and not count:
        _mark(dex, result)
    if exit_code and total:
        raise typer.Exit(ExitCode.DUE)


def _pick(dex: Dex, limit: int | None, horizon: date | None, tag: str | None) -> None:
    """Work through those who are due, at a terminal."""
    if not dex.can_ask or dex.shared.as_of is not None or dex.shared.dry_run:
        raise UsageError(
            "--pick asks at a terminal, about today", hint="dex due --json lists them; dex log and dex snooze act"
        )
    from dexcli.cli.due_dialogue import work_through

    with dex.writing() as conn:
        settings = dex.due_settings(conn)

        def find() -> list[DueItem]:
            found = service.due(conn, today=dex.today, settings=settings, limit=limit, horizon=horizon, tag=tag)
            return found.items

        work_through(dex, conn, find)


def _mark(dex: Dex, result: DueList) -> None:
    """Remember what has been shown, once it has left for its reader; the digest may wait for a sync."""
    if result.items and dex.db.exists():
        with dex.writing(wait=PATIENCE) as conn:
            service.mark(conn, result, today=dex.today)


def welcome_or_due(dex: Dex, ctx: typer.Context) -> None:
    """`dex` alone: the due list, or three lines of welcome on an empty database."""
    with dex.reading() as conn:
        empty = not service.has_people(conn)
        if not empty or dex.json or dex.shared.plain:
            result = service.due(conn, today=dex.today, settings=dex.due_settings(conn))
            empty = False
    if empty:
        dex.text(
            [
                "Welcome to dex. Nobody is here yet; dex init sets it up, dex demo is a tour.",
                "  dex import contacts.vcf     or    dex add 'Ada Lovelace' --every 2w",
                "  dex log ada 'coffee, her new job'     then  dex due",
            ]
        )
    else:
        dex.show(result)
        rest.say(dex, ctx, len(result.items), result.total)
