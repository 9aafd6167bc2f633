"""`dex help`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex


def help(  # noqa: A001 - the command's name
    ctx: typer.Context, topic: Annotated[str | None, typer.Argument(metavar="[COMMAND or query]")] = None
) -> None:
    r"""Help on a command, or on the query language.

    \b
    Examples:
      dex help log
      dex help query
    """
    dex = Dex.of(ctx)
    if topic == "query":
        from dexcli.domain.query import HELP

        dex.text([HELP])
        return
    if topic:
        from dexcli.cli.slips import refuse_near_query

        refuse_near_query(topic)
    words = [topic, "--help"] if topic else ["--help"]
    ctx.find_root().command.main(args=words, prog_name="dex", standalone_mode=False, obj=dex)
