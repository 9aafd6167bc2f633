"""`dex open`, `dex mail` and `dex call`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.launch import launch
from dexcli.cli.people import person, persons
from dexcli.config.settings import why_untrusted
from dexcli.errors import UsageError
from dexcli.results.reach import Reach
from dexcli.services import reach

Who = Annotated[str, typer.Argument(metavar="PERSON")]
Which = Annotated[
    str | None, typer.Option("--which", metavar="TEXT", help="Of several, the first that has this in it.")
]
Print = Annotated[bool, typer.Option("--print", help="Only print the link.")]


def open(  # noqa: A001 - the command's name
    ctx: typer.Context, who: Who, which: Which = None, only_print: Print = False
) -> None:
    r"""Open a page of somebody's: their profile, homepage or repository.

    \b
    Examples:
      dex open ada
      dex open ada --which github
      dex open ada --print | wl-copy
    """
    dex = Dex.of(ctx)
    with dex.reading() as conn:
        found = reach.page(conn, person(dex, conn, who), which)
    _hand_over(dex, found, dex.settings.open_web, "open.web", only_print=only_print)


def mail(
    ctx: typer.Context,
    who: Annotated[list[str], typer.Argument(metavar="PERSON...")],
    subject: Annotated[str | None, typer.Option(metavar="TEXT", help="What it is about.")] = None,
    which: Which = None,
    only_print: Print = False,
) -> None:
    r"""Begin a mail to somebody, or to several, in your mail program. Nothing is sent, and nothing is logged.

    \b
    Examples:
      dex mail ada --subject "The paper"
      dex mail ada grace --which work.example
      dex config set open.mail neomutt
    """
    dex = Dex.of(ctx)
    with dex.reading() as conn:
        found = reach.mail(conn, persons(dex, conn, who), which, subject=subject)
    _hand_over(dex, found, dex.settings.open_mail, "open.mail", only_print=only_print)


def call(ctx: typer.Context, who: Who, which: Which = None, only_print: Print = False) -> None:
    r"""Call somebody with the program that your system has for telephone links.

    \b
    Examples:
      dex call ada
      dex call ada --which +44
      dex call ada --print | qrencode -t UTF8     scan it with your phone
    """
    dex = Dex.of(ctx)
    with dex.reading() as conn:
        found = reach.call(conn, person(dex, conn, who), which)
    _hand_over(dex, found, dex.settings.open_call, "open.call", only_print=only_print)


def _hand_over(dex: Dex, found: Reach, chosen: str | None, key: str, *, only_print: bool) -> None:
    """Show the link, or what was opened, once a program has it."""
    if not only_print:
        if chosen is not None and (untrusted := why_untrusted(dex.config)):
            raise UsageError(untrusted[0], hint=untrusted[1])
        launch(found.link, chosen, key=key)
    if dex.json or (dex.for_a_person and not only_print):
        dex.show(found)
    else:
        dex.text([found.link])
