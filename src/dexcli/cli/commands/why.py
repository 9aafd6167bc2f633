"""`dex why`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import entry
from dexcli.services import why as service


def why(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="i123 or MESSAGE-ID", help="An entry, or a mail by its Message-ID.")],
) -> None:
    r"""Why something counts as contact or does not: the rule that decided, for each who took part.

    Mail by lists and machines is read and not kept, but not forgotten: ask with its Message-ID.

    \b
    Examples:
      dex why i123
      dex why '<20260308.1234@mail.example.org>'
    """
    dex = Dex.of(ctx)
    call = dex.reading_call()
    number = entry(what)
    with dex.reading() as conn:
        dex.show(service.of_message(conn, call, what) if number is None else service.of_interaction(conn, call, number))
