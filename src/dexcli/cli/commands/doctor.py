"""`dex doctor`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from dexcli.cli.context import PATIENCE, Dex
from dexcli.config import paths
from dexcli.errors import ExitCode


def doctor(
    ctx: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is derived or safe; never what is known.")] = False,
) -> None:
    r"""Look whether everything is in order: the database, accounts and secrets, files and who may read them.

    --fix works out anew what is derived, closes files to others, and takes away leftovers and passwords of accounts
    that are gone. It changes nothing of what is known: for that, it names the backup to restore. Exit code 1: something
    is left.

    \b
    Examples:
      dex doctor
      dex doctor --fix
    """
    from dexcli.services.doctor import Places, examine

    dex = Dex.of(ctx)
    database, config = dex.places
    state = paths.state(os.environ)
    places = Places(database=database, config=config, state=None if state is None else Path(state))
    result = examine(places, dex.call(), os.environ, fix=fix, wait=PATIENCE)
    dex.show(result)
    if result.report.problems:
        raise typer.Exit(ExitCode.FAILURE)
