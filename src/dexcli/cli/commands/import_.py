"""`dex import`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.cli.progress import Progress
from dexcli.errors import ExitCode, UsageError
from dexcli.services.importing import import_path


def import_(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file, folder or zip archive; - reads stdin.")],
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="FORMAT", help="vcard linkedin google outlook csv; found out unless told."),
    ] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=FIELD", help="Explain a column of a CSV; - ignores it.")
    ] = None,
) -> None:
    r"""Read people and interactions from a file. Reading it again changes nothing; a newer export updates.

    What you typed is never overwritten; what cannot be decided becomes a person of its own and a question.

    \b
    Examples:
      dex import contacts.vcf --dry-run
      dex import ~/Downloads/Basic_LinkedInDataExport_11-23-2026.zip
      dex import people.csv --map "Wer=name" --map "Bemerkung=note"
      ssh phone cat contacts.vcf | dex import -
    """
    dex = Dex.of(ctx)
    columns = dict(_pair(text) for text in map_ or [])
    progress = Progress(quiet=bool(dex.shared.quiet) or dex.json)
    with _spooled(path) as (place, display), dex.importing() as conn:
        try:
            result = import_path(
                conn, dex.call(), place, display=display, format=as_, columns=columns, progress=progress
            )
        finally:
            progress.close()
    dex.show(result)
    if not dex.for_a_person and not dex.json:
        for item in result.report.skipped:
            dex.note(f"skipped {item.where}: {item.reason}")
    if result.report.skipped:
        raise typer.Exit(ExitCode.PARTIAL)


def _pair(text: str) -> tuple[str, str]:
    column, equals, field = text.rpartition("=")
    if not equals or not column.strip() or not field.strip():
        raise UsageError(f"--map {text!r} is not COLUMN=FIELD", hint="--map 'E-mail=email'")
    return column.strip(), field.strip()


@contextmanager
def _spooled(path: str) -> Iterator[tuple[Path, str | None]]:
    """The path to read, and its name in reports; standard input goes through a private temporary file."""
    if path != "-":
        yield Path(path).expanduser(), None
        return
    with tempfile.NamedTemporaryFile(prefix="dexcli-") as file:
        while block := sys.stdin.buffer.read(1 << 20):
            file.write(block)
        file.flush()
        yield Path(file.name), "stdin"
