"""`dex history`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli import rest
from dexcli.cli.context import Dex
from dexcli.services import history as service


def history(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, metavar="N", help="At most so many; 0 is all.")] = 20,
) -> None:
    r"""What was changed, newest first; each line can be undone, but for those that say `for good`.

    That is what dex forget did, and what changed nothing but what was forgotten.

    \b
    Examples:
      dex history
      dex history --limit 0 --jsonl
    """
    dex = Dex.of(ctx)
    with dex.reading() as conn:
        result = service.history(conn, limit=limit)
        dex.show(result)
        rest.say(dex, ctx, len(result.operations), result.total)
