"""`dex email`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.errors import ExitCode
from dexcli.services import reach


def email(
    ctx: typer.Context,
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]...", help="Letters of a name, address ...")
    ] = None,
    strangers: Annotated[
        bool, typer.Option("--strangers", help="Also addresses you have written to that are nobody's yet.")
    ] = False,
    bare: Annotated[bool, typer.Option("--bare", help="Without the line above them, as aerc wants it.")] = False,
) -> None:
    r"""Addresses for a mail program, by a few letters of name, handle, address, company or tag. Whom you were in touch
    with last comes first.

    A program gets the form that mutt asks for: a line that tells how many there are, then address, name and company
    with tabs between them.

    \b
    Examples:
      dex email grace
      set query_command = "dex email --strangers -- %s"  in muttrc: Ctrl-T, Q
      address-book-cmd = dex email --bare -- %s          in aerc.conf
    """
    dex = Dex.of(ctx)
    wanted = " ".join(text or [])
    with dex.reading() as conn:
        found = reach.emails(conn, wanted, strangers=strangers)
    if dex.json or dex.for_a_person:
        dex.show(found)
    else:
        from dexcli.render import addresses

        dex.text(list(addresses.lines(found, bare=bare)))
    if not found.items:
        raise typer.Exit(ExitCode.NOT_FOUND)
