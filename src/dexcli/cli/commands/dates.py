"""`dex dates`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.services import occasions


def dates(
    ctx: typer.Context,
    query: Annotated[list[str] | None, typer.Argument(metavar="[QUERY]...", help="dex help query explains it.")] = None,
    within: Annotated[str | None, typer.Option(metavar="DURATION", help="Only those until then: 30d.")] = None,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only of people with this tag.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="NAME", help="Only birthday, anniversary, wedding ...")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, metavar="N", help="At most so many; 0 is all.")] = 0,
) -> None:
    r"""Yearly dates of everybody, soonest first, whether you have a cadence for them or not.

    How old somebody turns is told where the year is known. 29 February is kept on 1 March in other years. Of the
    archived, the ignored and the dead only where the query names their state.

    \b
    Examples:
      dex dates --within 30d
      dex dates --kind birthday tag:friend
      dex dates state:all --jsonl | jq -r '[.on, .person.name, .kind] | @tsv'
    """
    dex = Dex.of(ctx)
    call = dex.reading_call()
    until = None
    if within is not None:
        from dexcli.domain.cadence import read_duration

        until = read_duration(within, call.today)
    if tag is not None:
        from dexcli.services.typed import checked_tag

        tag = checked_tag(tag)
    with dex.reading() as conn:
        asked = " ".join(query or [])
        result = occasions.dates(conn, call, asked, until=until, tag=tag, kind=kind, limit=limit)
        dex.show(result)
        if not result.items:
            from dexcli.cli import nothing

            nothing.say(dex, conn, asked, tag=tag, what="nothing fits")
