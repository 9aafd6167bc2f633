"""`dex done`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import numbered
from dexcli.services import logbook


def done(ctx: typer.Context, what: Annotated[str, typer.Argument(metavar="c45")]) -> None:
    r"""Close a promise or a reminder; a repeated reminder moves on to its next day.

    \b
    Example:
      dex done c45                  dex show PERSON tells the numbers
    """
    dex = Dex.of(ctx)
    with dex.writing() as conn:
        dex.show(logbook.done(conn, dex.call(), numbered(what, "c", "promise or reminder")))
