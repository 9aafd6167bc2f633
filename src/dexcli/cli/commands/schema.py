"""`dex schema`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dexcli.cli.context import Dex


def schema(ctx: typer.Context, command: Annotated[str | None, typer.Argument(metavar="[COMMAND]")] = None) -> None:
    r"""JSON Schemas of what the commands print with --json: of one command, or of all by name.

    \b
    Example:
      dex schema due > due.schema.json
    """
    from dexcli.render import envelope
    from dexcli.results.setup import SchemaResult

    dex = Dex.of(ctx)
    document = envelope.schema(command) if command else envelope.schemas()
    if dex.json:
        dex.show(SchemaResult(schemas={command: document} if command else document))
    else:
        dex.text([json.dumps(document, indent=2, ensure_ascii=False)])
