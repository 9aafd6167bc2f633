"""`dex me`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.errors import UsageError
from dexcli.services import setup


def me(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="[add/remove ADDRESS...]")] = None,
    name: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A name under which exports know you.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Even if somebody has the address.")] = False,
) -> None:
    r"""Your own addresses and numbers: they are never a person in the list.

    \b
    Examples:
      dex me
      dex me add ada@example.org "+44 20 7946 0958"
      dex me add --name "Ada Lovelace"
      dex me remove old@example.org
    """
    dex = Dex.of(ctx)
    call = dex.call()
    verb, *values = words or [""]
    if not verb and not name:
        with dex.reading() as conn:
            dex.show(setup.who_am_i(conn, call, dex.places))
        return
    if verb not in ("", "add", "remove") or (verb == "remove" and not values) or not (values or name):
        raise UsageError(
            f"dex me does not know {verb or 'that'!r}", hint="dex me add ADDRESS..., dex me remove ADDRESS..."
        )
    with dex.writing() as conn:
        if verb == "remove":
            dex.show(setup.take_from_me(conn, call, dex.places, values))
        else:
            dex.show(setup.add_to_me(conn, call, dex.places, values, name or (), force=force))
