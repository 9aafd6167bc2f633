"""`dex undo`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import numbered
from dexcli.services import history as service


def undo(
    ctx: typer.Context,
    what: Annotated[str | None, typer.Argument(metavar="[o67]", help="The latest change by hand unless told.")] = None,
) -> None:
    r"""Take a change back, exactly. Undoing an undo restores it.

    \b
    Examples:
      dex undo                      the latest change that you made
      dex undo o67                  dex history tells the numbers
    """
    dex = Dex.of(ctx)
    number = None if what is None else numbered(what, "o", "operation")
    with dex.undoing() as conn:
        dex.show(service.undo(conn, dex.call(), number))
