"""`dex list`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.fields import chosen
from dexcli.services import page

Texts = list[str] | None


def list(  # noqa: A001 - the command's name
    ctx: typer.Context,
    query: Annotated[Texts, typer.Argument(metavar="[QUERY]...", help="dex help query explains it.")] = None,
    fields: Annotated[str | None, typer.Option(metavar="A,B", help="Only these, in this order.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, metavar="N", help="At most so many; 0 is all.")] = 0,
) -> None:
    r"""The people whom a query finds; everybody active without one.

    \b
    Examples:
      dex list tag:friend quiet:90d
      dex list 'company:acme or met:berlin'
      dex list --fields handle,emails --limit 10
      dex list has:birthday --jsonl | jq -r '[.name, .birthday] | @tsv'
    """
    dex = Dex.of(ctx)
    asked = " ".join(query or [])
    with dex.reading() as conn:
        result = page.find(conn, dex.reading_call(), asked, limit=limit)
        dex.show(result if fields is None else chosen(result, fields))
        if not result.items:
            from dexcli.cli import nothing

            nothing.say(dex, conn, asked)
