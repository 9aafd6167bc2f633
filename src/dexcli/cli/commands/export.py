"""`dex export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.errors import UsageError


def export(
    ctx: typer.Context,
    as_: Annotated[str, typer.Option("--as", metavar="FORMAT", help="ics: dates and tasks for calendars.")],
    query: Annotated[list[str] | None, typer.Argument(metavar="[QUERY]...", help="dex help query explains it.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Instead of standard output.")
    ] = None,
) -> None:
    r"""Write people, dates and tasks for other programs.

    ics is a calendar: yearly dates as all-day events, with an alarm as long before as they are listed by due; whom to
    get in touch with, and what is promised or to be reminded of, as tasks. The same thing has the same UID every time.

    \b
    Examples:
      dex export --as ics -o people.ics
      dex export --as ics tag:family > family.ics
      khal import --batch people.ics
    """
    from dexcli.services import export as service

    dex = Dex.of(ctx)
    path = None if output is None or output == Path("-") else output
    if dex.json and path is None:
        raise UsageError("what is exported is no JSON", hint="--output FILE, and the document tells what is in it")
    with dex.reading() as conn:
        written = service.export(conn, dex.reading_call(), as_, " ".join(query or []))
    if path is None:
        dex.data(written.data)
    else:
        dex.show(service.to_file(written, as_, path))
