"""`dex add`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.services import people
from dexcli.services.people import Details

Texts = list[str] | None


def add(
    ctx: typer.Context,
    name: Annotated[list[str], typer.Argument(metavar="NAME...", help="The full name.")],
    email: Annotated[
        Texts, typer.Option(metavar="ADDRESS", help="May be repeated, as all that follow in plural.")
    ] = None,
    phone: Annotated[Texts, typer.Option(metavar="NUMBER", help="In any form.")] = None,
    url: Annotated[Texts, typer.Option(metavar="LINK", help="A profile (LinkedIn, GitHub ...) or any page.")] = None,
    alias: Annotated[Texts, typer.Option(metavar="NAME", help="Another name.")] = None,
    company: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Job title.")] = None,
    location: Annotated[str | None, typer.Option(metavar="PLACE")] = None,
    address: Annotated[Texts, typer.Option(metavar="TEXT", help="Postal address.")] = None,
    tag: Annotated[Texts, typer.Option(metavar="TAG")] = None,
    met: Annotated[str | None, typer.Option(metavar="WHERE", help="Where you met.")] = None,
    met_on: Annotated[str | None, typer.Option(metavar="DATE", help="When you met.")] = None,
    every: Annotated[str | None, typer.Option(metavar="CADENCE", help="2w, monthly, 'every 10 days', never.")] = None,
    importance: Annotated[str | None, typer.Option(metavar="low/normal/high")] = None,
    lead: Annotated[str | None, typer.Option(metavar="DURATION", help="Notice of yearly dates: 14d.")] = None,
    birthday: Annotated[str | None, typer.Option(metavar="[YYYY-]MM-DD")] = None,
    anniversary: Annotated[str | None, typer.Option(metavar="[YYYY-]MM-DD")] = None,
    date: Annotated[Texts, typer.Option(metavar="NAME=[YYYY-]MM-DD", help="Yearly, of any name.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT")] = None,
    set_: Annotated[Texts, typer.Option("--set", metavar="KEY=VALUE", help="A field of your own.")] = None,
    handle: Annotated[
        str | None, typer.Option(metavar="WORD", help="Short name for typing; made from the name unless told.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Even if the name or an address is known.")] = False,
) -> None:
    r"""Add a person. A name or address that is known already is a question, not a second person.

    \b
    Examples:
      dex add "Ada Lovelace" --email ada@example.org --every 2w --tag friend
      dex add "Grace Hopper" --phone "+1 202 555 0134" --birthday 12-09
      dex add "Mary Somerville" --date wedding=1812-05-09 --date "name day=09-12"
    """
    dex = Dex.of(ctx)
    details = Details(
        name=" ".join(name),
        handle=handle,
        emails=email or (),
        phones=phone or (),
        urls=url or (),
        aliases=alias or (),
        tags=tag or (),
        company=company,
        title=title,
        location=location,
        addresses=address or (),
        met_where=met,
        met_on=met_on,
        every=every,
        importance=importance,
        lead=lead,
        birthday=birthday,
        anniversary=anniversary,
        dates=date or (),
        note=note,
        fields=set_ or (),
    )
    with dex.writing() as conn:
        result = people.add(conn, dex.call(), details, force=force)
    dex.show(result)
