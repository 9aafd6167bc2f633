"""`dex restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dexcli.cli.context import PATIENCE, Dex


def restore(
    ctx: typer.Context,
    path: Annotated[Path | None, typer.Argument(metavar="FILE", help="A backup, by path or name.")] = None,
) -> None:
    r"""Put a backup in the place of the database; what it replaces is kept, and named.

    The backup is checked from end to end before anything is touched. dex and other programs may have the database open:
    they see the restored one from then on. A bare name is also looked for where backups go; without FILE those are
    listed, with what is in them; a folder lists those in it.

    \b
    Examples:
      dex restore                   which backups there are
      dex restore dex-2026-03-08T090000.db --dry-run
      dex restore /media/usb        which there are on that disk
      dex restore /media/usb/dex-2026-03-08T090000.db
    """
    from dexcli.services import copies

    dex = Dex.of(ctx)
    if path is None or path.is_dir():
        dex.show(copies.backups(dex.db, dex.call(), path))
    else:
        result = copies.restore(dex.db, dex.call(), path, wait=PATIENCE)
        if result.report.problems:
            said = f"not all in this backup is as dex leaves it: {'; '.join(result.report.problems)}"
            dex.warnings.append(said)
            if not dex.json:
                dex.complain(said, "dex doctor --fix mends what can be, and says what helps the rest")
        dex.show(result)
