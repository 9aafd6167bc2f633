"""`dex show`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import entry, person
from dexcli.services import logbook, people


def show(
    ctx: typer.Context,
    what: Annotated[list[str], typer.Argument(metavar="PERSON or i123")],
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Entries of the timeline; 0 is all.")] = 20,
) -> None:
    r"""Who somebody is, where you met, what you last talked about, and when to reconnect.

    \b
    Examples:
      dex show ada
      dex show "grace hopper" --limit 0
      dex show i123                 one entry, in full
      dex show ada --json | jq -r '.data.person.emails[0]'
    """
    dex = Dex.of(ctx)
    text = " ".join(what)
    call = dex.reading_call()
    interaction_id = entry(text)
    with dex.reading() as conn:
        if interaction_id is not None:
            dex.show(logbook.show(conn, call, interaction_id))
        else:
            person_id = person(dex, conn, text)
            dex.show(people.show(conn, call, person_id, limit=limit or 1_000_000_000))
