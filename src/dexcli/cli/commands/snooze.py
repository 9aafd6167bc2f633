"""`dex snooze` and `dex unsnooze`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import person
from dexcli.services import people


def snooze(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(metavar="PERSON")],
    until: Annotated[list[str] | None, typer.Argument(metavar="DURATION or DATE", help="2w unless told.")] = None,
) -> None:
    r"""Hold a person back for a while: they are not listed as due before that day.

    \b
    Examples:
      dex snooze grace              for 2 weeks
      dex snooze grace 3m
      dex snooze grace next monday
    """
    dex = Dex.of(ctx)
    with dex.writing() as conn:
        dex.show(people.snooze(conn, dex.call(), person(dex, conn, who), " ".join(until or ["2w"])))


def unsnooze(ctx: typer.Context, who: Annotated[str, typer.Argument(metavar="PERSON")]) -> None:
    r"""End a snooze.

    \b
    Example:
      dex unsnooze grace
    """
    dex = Dex.of(ctx)
    with dex.writing() as conn:
        dex.show(people.snooze(conn, dex.call(), person(dex, conn, who), None))
