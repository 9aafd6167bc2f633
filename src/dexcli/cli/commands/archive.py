"""`dex archive`, `ignore`, and back."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.people import person
from dexcli.services import people

Who = Annotated[list[str], typer.Argument(metavar="PERSON")]


def archive(
    ctx: typer.Context,
    who: Who,
    deceased: Annotated[bool, typer.Option("--deceased", help="They have died.")] = False,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="With --deceased: the day.")] = None,
) -> None:
    r"""Keep a person and their history without being reminded of them.

    \b
    Examples:
      dex archive grace
      dex archive "isaac newton" --deceased --on 1727-03-31
    """
    dex = Dex.of(ctx)
    day = None if on is None else dex.call().read_date(on, "past")
    _change(dex, who, "deceased" if deceased or day else "archive", day)


def unarchive(ctx: typer.Context, who: Who) -> None:
    r"""Bring an archived person back.

    \b
    Example:
      dex unarchive grace
    """
    _change(Dex.of(ctx), who, "unarchive")


def ignore(ctx: typer.Context, who: Who) -> None:
    r"""Never be bothered with a person: kept so that importers know them, listed nowhere.

    \b
    Example:
      dex ignore "Sales Robot"
    """
    _change(Dex.of(ctx), who, "ignore")


def unignore(ctx: typer.Context, who: Who) -> None:
    r"""Bring an ignored person back.

    \b
    Example:
      dex unignore "Sales Robot"
    """
    _change(Dex.of(ctx), who, "unignore")


def _change(dex: Dex, who: list[str], change: str, on: date | None = None) -> None:
    with dex.writing() as conn:
        dex.show(people.set_state(conn, dex.call(), person(dex, conn, " ".join(who)), change, on))
