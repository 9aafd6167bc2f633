"""`dex demo`."""

from __future__ import annotations

import tempfile
from datetime import datetime, time
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from dexcli import samples
from dexcli.cli.context import Dex
from dexcli.errors import UsageError
from dexcli.services import due, importing, setup, tags
from dexcli.services.invocation import Invocation
from dexcli.store import connection
from dexcli.store.settings import DueSettings


def demo(
    ctx: typer.Context,
    keep: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the database, to play with: dex --db FILE.")
    ] = None,
) -> None:
    r"""Try dex on a bundled sample network, in a throw-away database. It is the 8th of March 2026 there.

    \b
    Examples:
      dex demo
      dex demo --keep demo.db
      DEXCLI_NOW=2026-03-08T09:00 dex --db demo.db show ada
    """
    dex = Dex.of(ctx)
    if keep is not None and keep.exists():
        raise UsageError(f"{keep} is there already", hint="name a new file")
    now = datetime.combine(datetime.fromisoformat(samples.TODAY), time(9)).astimezone()
    call = Invocation(now=now, command="demo", region="GB", date_order="DMY")
    with tempfile.TemporaryDirectory(prefix="dexcli-demo-") as folder:
        conn = connection.open_for_writing(keep or Path(folder) / "demo.db")
        try:
            setup.add_to_me(conn, call, (Path("demo.db"), Path("config.toml")), ["me@example.org"])
            for name in samples.FILES:
                with as_file(files(samples) / name) as path:
                    report = importing.import_path(conn, call, path).report
                dex.note(
                    f"imported {report.what}: {report.people.added} people added, {report.people.updated} updated,"
                    f" {report.interactions.added} interactions, {report.people.questions} questions"
                )
            for tag, cadence in samples.TAG_CADENCES.items():
                tags.set_tag_rule(conn, call, tag, cadence=cadence)
            result = due.due(conn, today=now.date(), settings=DueSettings())
        finally:
            conn.close()
    dex.day = now.date()
    dex.show(result)
    if keep is None:
        dex.note("that database is gone; keep one to play with: dex demo --keep demo.db")
    else:
        dex.note(f"play with it: export DEXCLI_DB={keep} DEXCLI_NOW={now:%Y-%m-%dT%H:%M}; dex show ada; dex triage")
