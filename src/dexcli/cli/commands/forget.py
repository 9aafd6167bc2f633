"""`dex forget`."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated

import typer

from dexcli.cli.context import PATIENCE, Dex
from dexcli.cli.people import person
from dexcli.domain.names import fold
from dexcli.errors import CancelledError, UsageError
from dexcli.render.text import harmless


def forget(
    ctx: typer.Context,
    who: Annotated[list[str], typer.Argument(metavar="PERSON")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; PERSON has to be the whole name, or a handle.")
    ] = False,
) -> None:
    r"""Erase a person for good: what is known of them, entries with nobody else, and what the history has of it.

    This is the one command that cannot be taken back, and so the one that asks: type the name. Entries with others stay
    without them, and what names them in a text is told. No file or address book that is read again brings them back;
    for that a hash of their addresses is kept, and nothing else. Copies of the database that still hold them are named.

    \b
    Examples:
      dex forget grace --dry-run
      dex forget grace-hopper --yes
    """
    from dexcli.services import forgetting as service

    dex = Dex.of(ctx)
    text = " ".join(who)
    asks = not (yes or dex.shared.dry_run)
    if asks and not dex.can_ask:
        raise UsageError(
            "forgetting is for good, and nobody can be asked here", hint=f"dex forget {shlex.quote(text)} --yes"
        )
    with dex.reading() as conn:
        person_id = person(dex, conn, text)
        if yes:
            service.refuse_inexact(conn, dex.call(), person_id, text)
        one = service.who(conn, person_id)
    if asks:
        _confirm(one.name, one.handle)
    with dex.erasing() as conn:
        dex.show(service.forget(conn, dex.call(), dex.db, one, wait=PATIENCE))


def _confirm(name: str, handle: str) -> None:
    """Have the name typed; raises CancelledError where it is another."""
    sys.stderr.write(f"This cannot be taken back. To forget {harmless(name)} for good, type the name: ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        sys.stderr.write("\n")
    if fold(answer.strip()) not in (fold(name), handle):
        raise CancelledError("that is not the name: nothing was changed")
