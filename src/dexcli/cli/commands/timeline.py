"""`dex timeline`."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date
from typing import Annotated

import typer

from dexcli.cli import rest
from dexcli.cli.context import Dex
from dexcli.cli.people import person
from dexcli.errors import UsageError
from dexcli.services import timeline as service
from dexcli.services.invocation import Invocation
from dexcli.store.timeline import Wanted


def timeline(
    ctx: typer.Context,
    who: Annotated[list[str], typer.Argument(metavar="PERSON")],
    year: Annotated[int | None, typer.Option(metavar="Y", help="Only this year.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Only this kind: mail, coffee, meeting ...")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="From this day on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Up to and including this day.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, metavar="N", help="Entries; 0 is all.")] = 100,
    reverse: Annotated[bool, typer.Option("--reverse", help="Oldest first.")] = False,
    after: Annotated[str | None, typer.Option(metavar="KEY", help="Go on behind `next` of the last page.")] = None,
) -> None:
    r"""Everything with a person by year, newest first: what counts as contact, what does not, and how it began.

    What does not count as contact stands in brackets; `dex why i123` says why.

    \b
    Examples:
      dex timeline ada
      dex timeline grace hopper --year 2025 --kind mail
      dex timeline ada --reverse --limit 0       from the beginning, all of it
      dex timeline ada --jsonl --limit 0 | jq -r '[.on, .kind, .title] | @tsv'
    """
    dex = Dex.of(ctx)
    call = dex.reading_call()
    wanted = _wanted(call, year=year, kind=kind, since=since, until=until, oldest_first=reverse)
    with dex.reading() as conn:
        person_id = person(dex, conn, " ".join(who))
        if limit:
            result = service.page(conn, call, person_id, wanted, limit=limit, after=after)
            dex.show(result)
            if after is None and result.next is not None:
                rest.say(dex, ctx, len(result.items), result.total)
        else:
            dex.show_parts(service.parts(conn, call, person_id, wanted, after=after))


def _wanted(
    call: Invocation, *, year: int | None, kind: str | None, since: str | None, until: str | None, oldest_first: bool
) -> Wanted:
    """The filters together: a year and days within it are no contradiction. Raises UsageError where nothing is left."""
    if kind is not None:
        from dexcli.domain.kinds import OTHER_WORDS
        from dexcli.services.logbook import checked_kind

        kind = OTHER_WORDS.get(kind.strip().lower()) or checked_kind(kind)
    first = call.read_date(since, "past") if since is not None else None
    last = call.read_date(until, "past") if until is not None else None
    if year is not None:
        if not MINYEAR <= year <= MAXYEAR:
            raise UsageError(f"{year} is no year", hint="such as --year 2025")
        first, last = max(first or date.min, date(year, 1, 1)), min(last or date.max, date(year, 12, 31))
    if first is not None and last is not None and first > last:
        raise UsageError(f"no day lies from {first} to {last}", hint="--since comes before --until, both in --year")
    return Wanted(since=first, until=last, kind=kind, oldest_first=oldest_first)
