"""`dex apply`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.progress import Progress
from dexcli.cli.reports import show_import
from dexcli.errors import UsageError

LONGEST = 256 * 1024 * 1024
"""Bytes of a draft; one of a million people has 150 MB."""


def apply(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Written by dex import --draft; - reads stdin.")],
) -> None:
    r"""Do what a draft of an import says, and nothing else.

    It is done as a whole or not at all, and is one operation that dex undo takes back. A draft is refused, with the
    lines in the way, where its source or somebody of whom it speaks was changed since; what else was written meanwhile
    does not matter.

    \b
    Examples:
      dex apply contacts.draft --dry-run
      dex import contacts.vcf --draft - | grep -v unsure | dex apply -
    """
    from dexcli.services import drafts

    dex = Dex.of(ctx)
    text = _text(file)
    progress = Progress(quiet=bool(dex.shared.quiet) or dex.json)
    with dex.importing() as conn:
        try:
            result = drafts.apply(conn, dex.call(), text, name="stdin" if file == "-" else file, progress=progress)
        finally:
            progress.close()
    show_import(dex, result)


def _text(file: str) -> str:
    """A draft in whatever encoding an editor has saved it: what matters in it is ASCII."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read(LONGEST + 1)
        else:
            with Path(file).open("rb") as stream:
                data = stream.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot read {file}: {why}", hint="dex import SOURCE --draft FILE makes a draft") from error
    if len(data) > LONGEST:
        raise UsageError(f"{file} is longer than {LONGEST // 1024 // 1024} MB, and no draft", hint="name another file")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8", errors="replace")
