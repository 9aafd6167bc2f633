"""`dex search`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli import rest
from dexcli.cli.context import Dex
from dexcli.services import search as service


def search(
    ctx: typer.Context,
    text: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words, and keys of dex help query.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, metavar="N", help="So many; 0 for all.")] = 20,
    sort: Annotated[
        service.Order, typer.Option(metavar="newest|oldest|best", help="Of the history; best: among the newest 1,000.")
    ] = "newest",
) -> None:
    r"""People and history in which words stand: names, notes, titles, mail; people first, then the newest.

    A word begins a word of the text or of the name of somebody who took part; all words must fit. "Quotes" keep words
    together, a or b is either, !a leaves out. Accents and case do not matter. Keys narrow it down: tag: company: ...
    say who took part, kind: on: since: until: ask for entries. Without a word all that fits them is listed.

    \b
    Examples:
      dex search restaurant grace
      dex search '"compiler course" or lecture' since:2026-01-01
      dex search invoice kind:mail tag:work '!draft'
      dex search kind:meeting since:2026-01
      dex search restaurant --json | jq -r '.data.items[].id'
    """
    dex = Dex.of(ctx)
    call = dex.reading_call()
    until = call.today if dex.shared.as_of is not None else None
    with dex.reading() as conn:
        line = " ".join(text)
        result = service.search(conn, call, line, limit=limit, order=sort, until=until)
        dex.show(result)
        rest.say(dex, ctx, len(result.items), result.total, exact=result.total_exact)
        if not result.items:
            from dexcli.cli import nothing

            nothing.say(dex, conn, line, what="nothing fits")
