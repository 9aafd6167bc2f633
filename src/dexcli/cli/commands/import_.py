"""`dex import`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from dexcli.cli.context import Dex
from dexcli.cli.progress import Progress
from dexcli.cli.reports import end_import, show_import
from dexcli.errors import DexError, UsageError
from dexcli.services.importing import STDIN, import_path

if TYPE_CHECKING:
    from tempfile import _TemporaryFileWrapper


def import_(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file, folder or zip archive; - reads stdin.")],
    as_: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="FORMAT", help="vcard mail linkedin google outlook csv jsonl; found out unless told."
        ),
    ] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=FIELD", help="Explain a column of a CSV; - ignores it.")
    ] = None,
    draft: Annotated[
        str | None,
        typer.Option("--draft", metavar="FILE", help="Import nothing yet: write what would be done, to be edited."),
    ] = None,
) -> None:
    r"""Read people and interactions from a file. Reading it again changes nothing; a newer export updates.

    What you typed is never overwritten; what cannot be decided becomes a person of its own and a question. What was
    written by dex export --as jsonl goes into an empty database, and is all that there was.

    With --draft a line for each person says what would become of them, and why: added, linked to somebody who is here,
    updated or skipped. Change them in your editor, and dex apply does what they say.

    \b
    Examples:
      dex import contacts.vcf --dry-run
      dex import ~/Downloads/Basic_LinkedInDataExport_11-23-2026.zip
      dex import people.csv --map "Wer=name" --map "Bemerkung=note"
      dex import contacts.vcf --draft contacts.draft
      ssh phone cat contacts.vcf | dex import -
      dex import "Takeout/Mail/All mail Including Spam and Trash.mbox"
    """
    dex = Dex.of(ctx)
    if not path:
        raise UsageError("PATH is empty", hint="name a file, a folder, or - for standard input")
    columns = dict(_pair(text) for text in map_ or [])
    if draft is not None:
        _draft(dex, path, draft, as_, columns)
        return
    progress = Progress(quiet=bool(dex.shared.quiet) or dex.json)
    with _spooled(path) as (place, display), dex.importing() as conn:
        try:
            result = import_path(
                conn, dex.call(), place, display=display, format=as_, columns=columns, progress=progress
            )
        finally:
            progress.close()
    show_import(dex, result)


def _draft(dex: Dex, path: str, file: str, as_: str | None, columns: dict[str, str]) -> None:
    """Write what an import would do to a file that is not there yet, or to standard output."""
    from dexcli.services import drafts
    from dexcli.services.export import refuse_our_own

    to_stdout = file == "-"
    if dex.json and to_stdout:
        raise UsageError("a draft is no JSON", hint="--draft FILE, and the document tells what is in it")
    if not to_stdout:
        refuse_our_own(file, dex.db, dex.places[1])
        drafts.refuse_file(file)
    with _spooled(path) as (place, display):
        if display is not None:
            raise UsageError(
                f"{display} can be read only once, and a draft is applied later", hint="save it as a file first"
            )
        progress = Progress(quiet=bool(dex.shared.quiet) or dex.json)
        with dex.drafting() as conn:
            try:
                result, text = drafts.draft(
                    conn, dex.call(), place, file=file, format=as_, columns=columns, progress=progress
                )
            finally:
                progress.close()
    if to_stdout:
        dex.data([text.encode()])
        end_import(dex, result)
    else:
        if not dex.shared.dry_run:
            drafts.write(file, text)
        show_import(dex, result)


def _pair(text: str) -> tuple[str, str]:
    column, equals, field = text.rpartition("=")
    if not equals or not column.strip() or not field.strip():
        raise UsageError(f"--map {text!r} is not COLUMN=FIELD", hint="--map 'E-mail=email'")
    return column.strip(), field.strip()


@contextmanager
def _spooled(text: str) -> Iterator[tuple[Path, str | None]]:
    """The path to read, and its name in reports; what can be read only once goes through a private temporary file."""
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # ~somebody who has no home
        path = Path(text)
    if text != "-" and not (os.path.exists(path) and path.is_fifo()):  # noqa: PTH110  # Path.exists may raise
        yield path, None
        return
    name = STDIN if text == "-" else text
    with _temporary_file(name) as file, _stream(text, path) as stream:
        while block := stream.read(1 << 20):
            with _room_for(name):
                rest = memoryview(block)
                while rest:
                    rest = rest[file.write(rest) :]
        yield Path(file.name), name


def _temporary_file(name: str) -> _TemporaryFileWrapper[bytes]:
    """A private file without a buffer: what could not be written is not tried again when it is closed."""
    with _room_for(name):
        return tempfile.NamedTemporaryFile(prefix="dexcli-", buffering=0)


@contextmanager
def _room_for(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DexError(
            f"cannot keep {name} in a temporary file in {tempfile.tempdir or 'any folder'}: {error.strerror or error}",
            hint="make room there, or name another folder: TMPDIR=/var/tmp dex import ...",
            code="system",
        ) from error


def _stream(text: str, path: Path) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if text == "-" else path.open("rb")
