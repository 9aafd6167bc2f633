"""`dex rm`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import entry, person
from dexcli.services import logbook, people


def rm(ctx: typer.Context, what: Annotated[list[str], typer.Argument(metavar="PERSON or i123")]) -> None:
    r"""Remove a person, or an entry of the logbook. Importers do not bring them back; dex undo does.

    \b
    Examples:
      dex rm ada-lovelace-2
      dex rm i123
    """
    dex = Dex.of(ctx)
    text = " ".join(what)
    interaction_id = entry(text)
    with dex.writing() as conn:
        if interaction_id is not None:
            dex.show(logbook.remove(conn, dex.call(), interaction_id))
        else:
            dex.show(people.remove(conn, dex.call(), person(dex, conn, text)))
