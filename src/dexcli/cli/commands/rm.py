"""`dex rm`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import person, thing
from dexcli.errors import UsageError
from dexcli.services import logbook, people


def rm(ctx: typer.Context, what: Annotated[list[str], typer.Argument(metavar="PERSON or i123 c45")]) -> None:
    r"""Remove a person, or an entry of the logbook. Importers do not bring them back; dex undo does.

    \b
    Examples:
      dex rm ada-lovelace-2
      dex rm i123                   an entry; so c45, a promise or reminder
    """
    dex = Dex.of(ctx)
    text = " ".join(what)
    kind, number = thing(text)
    if kind == "o":
        raise UsageError("a change is taken back, not removed", hint=f"dex undo {text}")
    with dex.writing() as conn:
        match kind:
            case "i":
                dex.show(logbook.remove(conn, dex.call(), number))
            case "c":
                dex.show(logbook.remove_commitment(conn, dex.call(), number))
            case _:
                dex.show(people.remove(conn, dex.call(), person(dex, conn, text)))
