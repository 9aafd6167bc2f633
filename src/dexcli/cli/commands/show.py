"""`dex show`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import person, thing
from dexcli.services import history, logbook, page


def show(
    ctx: typer.Context,
    what: Annotated[list[str], typer.Argument(metavar="PERSON or i123 c45 o67")],
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=0, metavar="N", help="Entries of the timeline; 0 is all.")
    ] = 20,
) -> None:
    r"""Who somebody is, where you met, what you last talked about, and when to reconnect.

    \b
    Examples:
      dex show ada
      dex show "grace hopper" --limit 0
      dex show i123                 an entry; also c45 (promise), o67 (change)
      dex show ada --json | jq -r '.data.person.emails[0]'
    """
    dex = Dex.of(ctx)
    text = " ".join(what)
    call = dex.reading_call()
    kind, number = thing(text)
    with dex.reading() as conn:
        match kind:
            case "i":
                dex.show(logbook.show(conn, call, number))
            case "c":
                dex.show(logbook.show_commitment(conn, number))
            case "o":
                dex.show(history.show(conn, number))
            case _:
                person_id = person(dex, conn, text)
                dex.show(page.show(conn, call, person_id, limit=limit or 1_000_000_000))
