"""`dex sync`."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.progress import Progress
from dexcli.config import accounts
from dexcli.config.accounts import Account
from dexcli.errors import ExitCode, UsageError
from dexcli.services import syncing
from dexcli.services.secrets import Secrets


def sync(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[ACCOUNT]...", help="All unless told.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again; nothing is doubled.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="How far back a first sync reads; a later one with --full.")
    ] = None,
    accept_many: Annotated[
        bool, typer.Option("--accept-many", help="Take changes to most people of an address book at once.")
    ] = False,
    tolerate: Annotated[
        str | None, typer.Option(metavar="24h", help="Say nothing of a network that has failed for less than this.")
    ] = None,
) -> None:
    r"""Read what is new in your accounts; nothing is changed or sent there. dex account add makes one.

    Reading goes on where the last run stopped. Each sync can be taken back with dex undo and its number.

    \b
    Examples:
      dex sync
      dex sync fastmail --since 2020-01-01
      dex sync fastmail --full --since 2015-01-01   reads older mail after that
      dex sync -q --tolerate 24h   in a crontab: silent unless you are needed
    """
    dex = Dex.of(ctx)
    patience = None if tolerate is None else _duration(tolerate)
    call = dex.call()
    first = None if since is None else call.read_date(since, "past")
    chosen = _chosen(dex, names or [])
    secrets = Secrets(dex.config, os.environ, dex.ask_secret)
    progress = Progress(quiet=bool(dex.shared.quiet) or dex.json)
    with dex.importing() as conn:
        try:
            result = syncing.sync(
                conn,
                call,
                chosen,
                secrets,
                full=full,
                since=first,
                tolerate=patience,
                accept_many=accept_many,
                progress=progress,
                check=secrets.check,
            )
        finally:
            progress.close()
    shown = dex.json or dex.shared.plain or not dex.shared.quiet
    if shown:
        dex.show(result)
    failed = [run for run in result.accounts if not run.ok and not run.tolerated]
    if not dex.json and not dex.for_a_person:
        for item in result.report.skipped:
            dex.note(f"skipped {item.where}: {item.reason}")
    if not (shown and dex.for_a_person):  # the screen has said so
        for run in failed:
            dex.complain(f"{run.name}: {run.error}", run.hint)
    if failed or result.report.skipped:
        raise typer.Exit(ExitCode.PARTIAL)


def _chosen(dex: Dex, names: list[str]) -> list[Account]:
    """The accounts that are named, in this order, or all of them; those that are gone are forgotten."""
    configured = accounts.load(dex.config)
    with dex.writing() as conn:
        syncing.keep_only(conn, configured)
    if names:
        return [accounts.find(dex.config, name) for name in dict.fromkeys(names)]
    if not configured:
        raise UsageError("there is no account to sync", hint="dex account add ada@example.org")
    return configured


_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DURATION = re.compile("([0-9]{1,4}) ?([hdw])")


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(f"--tolerate {text!r} is no duration", hint="such as 24h or 3d")
    return int(found[1]) * _UNITS[found[2]]
