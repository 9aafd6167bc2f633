"""`dex remind`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import person
from dexcli.services import logbook


def remind(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(metavar="PERSON")],
    text: Annotated[list[str], typer.Argument(metavar="TEXT...")],
    on: Annotated[str | None, typer.Option(metavar="DATE", help="On that day.")] = None,
    every: Annotated[str | None, typer.Option(metavar="CADENCE", help="Again and again.")] = None,
) -> None:
    r"""Be reminded of something about a person; it stands in the due list from its day until it is done.

    \b
    Examples:
      dex remind ada "ask how the exam went" --on "next friday"
      dex remind grace "send the holiday card" --on 12-10 --every yearly
    """
    dex = Dex.of(ctx)
    call = dex.call()
    with dex.writing() as conn:
        day = None if on is None else call.read_date(on, "future")
        dex.show(logbook.remind(conn, call, person(dex, conn, who), " ".join(text), on=day, every=every))
