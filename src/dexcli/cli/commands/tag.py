"""`dex tag`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import persons_or_found
from dexcli.errors import UsageError
from dexcli.services import tags


def tag(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="PERSON... +TAG...")] = None,
    remove: Annotated[list[str] | None, typer.Option(metavar="TAG", help="Take this tag off.")] = None,
    query: Annotated[str | None, typer.Option(metavar="QUERY", help="Everybody whom it finds: dex help query.")] = None,
) -> None:
    r"""Give tags to people, or take them off.

    \b
    Examples:
      dex tag ada grace +maths +friend
      dex tag ada --remove friend
      dex tag --query 'company:acme' +work
    """
    dex = Dex.of(ctx)
    call = dex.call()
    give = [word for word in words or [] if word.startswith("+")]
    names = [word for word in words or [] if not word.startswith("+")]
    if not give and not remove:
        raise UsageError("no tag is named", hint="dex tag ada +friend, or --remove friend")
    if not names and query is None:
        raise UsageError("nobody is named", hint="dex tag ada +friend, or --query QUERY")
    with dex.writing() as conn:
        ids = persons_or_found(dex, conn, names, query)
        dex.show(tags.tag(conn, call, ids, give=give, take=remove or []))
