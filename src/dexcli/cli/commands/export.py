"""`dex export`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.errors import UsageError


def export(
    ctx: typer.Context,
    as_: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="FORMAT", help="vcard (4.0), vcard3 (3.0), csv, ics: dates and tasks; jsonl: everything."
        ),
    ] = None,
    query: Annotated[list[str] | None, typer.Argument(metavar="[QUERY]...", help="dex help query explains it.")] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Instead of standard output; of cards a FOLDER/, too."),
    ] = None,
) -> None:
    r"""Write people, dates and tasks for other programs.

    vcard is for address books; those that do not read 4.0 yet take vcard3. In a folder each person has a file, as khard
    and vdirsyncer want it. Reading it again with dex import changes nothing. csv is for spreadsheets.

    ics is a calendar: yearly dates as all-day events, with an alarm as long before as they are listed by due; whom to
    get in touch with, and what is promised or to be reminded of, as tasks. The same thing has the same UID every time.

    jsonl is everything that dex knows, an object a line, but for secrets, settings and how far syncs have come. dex
    import reads it into an empty database.

    A file that is there stays where a query finds nobody.

    \b
    Examples:
      dex export --as vcard3 -o people.vcf
      dex export --as vcard tag:family -o ~/.contacts/family/
      dex export --as csv quiet:1y > quiet.csv
      dex export --as ics -o people.ics
      dex export --as jsonl | gzip > everything.jsonl.gz
    """
    from dexcli.services import export as service

    dex = Dex.of(ctx)
    if as_ is None:
        raise UsageError("--as says in which format", hint=service.TAKES)
    to_stdout = output in (None, "-")
    if dex.json and to_stdout:
        raise UsageError("what is exported is no JSON", hint="--output FILE, and the document tells what is in it")
    if output is not None and not to_stdout:
        service.refuse_our_own(output, dex.db, dex.places[1])
    with dex.reading() as conn:
        asked = " ".join(query or [])
        written = service.export(conn, dex.reading_call(), as_, asked)
        result = None
        if output is None or to_stdout:
            dex.data(data for _, data in written.pieces)
        else:
            if written.found_nobody:
                from dexcli.services import near_misses

                hint = "\n".join(near_misses.of_query(conn, asked)) or "dex list shows whom a query finds"
                service.refuse_to_empty(output, asked, hint)
            result = service.to_file(written, as_, output)
        if not written.people:
            from dexcli.cli import nothing

            nothing.say(dex, conn, asked, what="nothing fits")
    if result is not None:
        dex.show(result)
