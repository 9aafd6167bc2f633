"""`dex init`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.domain.dates import order_of_region
from dexcli.services import setup


def init(
    ctx: typer.Context,
    email: Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help="Your own; may be repeated.")] = None,
    phone: Annotated[list[str] | None, typer.Option(metavar="NUMBER", help="Your own.")] = None,
    name: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Your own, as exports write it.")] = None,
    region: Annotated[str | None, typer.Option(metavar="GB", help="Of numbers without a calling code.")] = None,
    date_order: Annotated[str | None, typer.Option(metavar="DMY/MDY/YMD", help="How 03/04/2026 is read.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Even if somebody has the address.")] = False,
) -> None:
    r"""Set dex up: who you are, where phone numbers are from, how dates are written. May be run again.

    At a terminal it asks; the locale answers what you leave empty. With options it asks nothing.

    \b
    Examples:
      dex init
      dex init --email ada@example.org --region GB --date-order DMY
    """
    dex = Dex.of(ctx)
    if not (email or phone or name or region or date_order) and dex.can_ask:
        email, region, date_order = _ask(dex)
    call = dex.call()
    region = region or (None if dex.settings.phone_region else call.region)
    if date_order is None and region and not dex.settings.dates_order:
        date_order = order_of_region(region)
    changes = {"phone.region": region, "dates.order": date_order}
    places = (dex.db, dex.config) if any(changes.values()) else dex.places
    mine = [*(email or []), *(phone or [])]
    result = setup.set_up(dex.writing, call, places, mine, name or [], changes, force=force)
    dex.show(result)


def _ask(dex: Dex) -> tuple[list[str], str | None, str | None]:
    """Ask for what an import needs to know."""
    call = dex.call()
    typer.echo("Your own e-mail addresses keep you out of your own list.", err=True)
    addresses = typer.prompt("Your e-mail addresses, with spaces between", default="", show_default=False, err=True)
    region = typer.prompt("Country of phone numbers without a calling code", default=call.region or "", err=True)
    order = typer.prompt(
        "03/04/2026 is (DMY: 3 April, MDY: March 4)",
        default=call.date_order or order_of_region(region.upper()) if region else "",
        err=True,
    )
    return addresses.replace(",", " ").split(), region.upper() or None, order.upper() or None
