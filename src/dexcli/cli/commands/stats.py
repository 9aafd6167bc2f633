"""`dex stats`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.services import stats as service


def stats(
    ctx: typer.Context,
    query: Annotated[list[str] | None, typer.Argument(metavar="[QUERY]...", help="dex help query explains it.")] = None,
    year: Annotated[int | None, typer.Option(metavar="Y", help="A year, not the last twelve months.")] = None,
) -> None:
    r"""How it stands with your people, and a year of contact: kinds, a calendar of days, whom you meet most.

    Only what counts as contact is counted; docs/numbers.md explains every number.

    \b
    Examples:
      dex stats
      dex stats tag:friend --year 2025
      dex stats --json | jq '.data.coverage'
    """
    dex = Dex.of(ctx)
    with dex.reading() as conn:
        asked = " ".join(query or [])
        result = service.stats(conn, dex.reading_call(), asked, year=year)
        dex.show(result)
        if asked and not result.found:
            from dexcli.cli import nothing

            nothing.say(dex, conn, asked)
