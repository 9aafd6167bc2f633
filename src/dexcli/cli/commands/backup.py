"""`dex backup`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex


def backup(
    ctx: typer.Context,
    path: Annotated[str | None, typer.Argument(metavar="[FILE or FOLDER]", help="Else backups/ beside it.")] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Take older backups away: the newest N stay.")
    ] = None,
) -> None:
    r"""Copy the database, whole and checked, while others go on writing.

    In a folder the copy is named by the moment, as dex-2026-03-08T090000.db. A file that is there already is replaced
    only if it is an earlier backup of the same database. --keep removes nothing but backups of this database.

    \b
    Examples:
      dex backup
      dex backup -q --keep 14       in a crontab: the last two weeks
      dex backup /media/usb/        the slash: an error while nothing is there
    """
    from dexcli.services import copies

    dex = Dex.of(ctx)
    target = None if path is None else copies.place_of(path)
    result = copies.back_up(dex.db, dex.call(), target, keep)
    if result.report.refused:
        said = f"dex restore would refuse this backup: {'; '.join(result.report.refused)}"
        dex.warnings.append(said)
        if not dex.json:  # also where it is told to be quiet: a backup is for the day on which it is needed
            dex.complain(said, "dex doctor says what helps")
    if dex.json or dex.shared.plain or not dex.shared.quiet:
        dex.show(result)
