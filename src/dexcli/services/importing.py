"""Importing what a path holds: a file, a folder, an archive, or standard input; each file through the one pipeline."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from msgspec import Struct

from dexcli.domain.compressed import HEAD, compression, is_tar
from dexcli.domain.identifiers import region_of_calling_codes
from dexcli.domain.records import Skipped
from dexcli.errors import FormatError, UsageError
from dexcli.results.report import ImportResult, Report, SkippedItem
from dexcli.services import transfer
from dexcli.services.ingest import Job, Progress, ingest_all
from dexcli.services.invocation import Invocation
from dexcli.services.tally import brought_strangers, some, total
from dexcli.services.titles import names_of
from dexcli.services.triage import told_to_triage
from dexcli.sources import archive, registry
from dexcli.sources._text import decode
from dexcli.sources.base import FileClaim, FileFormat, GatheringFormat, Input, ReadOptions, Source
from dexcli.store.connection import Connection

STDIN = "stdin"
"""What standard input is called in reports."""
SAMPLE = 1024 * 1024
"""Bytes of a file in which calling codes are looked for."""


def import_path(
    conn: Connection,
    call: Invocation,
    path: Path,
    *,
    display: str | None = None,
    format: str | None = None,  # noqa: A002 - the user's word
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    run: Callable[[Connection, Sequence[Job], str], list[Report]] | None = None,
) -> ImportResult:
    """Import everything in `path` that some format recognises; `display` names it in reports.

    `run` is told what is to be read, and what the history calls it, where that is not read as it always is.

    A lone file that nothing recognises is an error; within a folder or archive it is passed over and named. What is
    damaged or cannot be read is an error as well; within a folder or archive it is skipped, with the reason, unless
    nothing is left. Raises FormatError, UsageError.
    """
    if not os.path.exists(path):  # noqa: PTH110  # Path.exists raises where a folder on the way is closed
        raise UsageError(f"there is no file {path}", hint="check the path; - reads standard input")
    _refuse_compressed(path, display)
    if format == transfer.FORMAT or (format is None and transfer.is_everything(path)):
        if columns:
            raise UsageError("--map explains a CSV, not an export of dex", hint="leave out --map")
        return transfer.load(conn, call, path, name=display or archive.readable(path.name), progress=progress)
    options = ReadOptions(
        date_order=call.date_order,
        columns=columns or {},
        today=call.today,
        zone=call.now.tzinfo,
        names_anybody=names_of(conn),
    )
    container = path.is_dir() or archive.is_archive(archive.file_at(path))
    name = display or archive.readable(path.name)
    found: list[_Found] = []
    passed_over: list[str] = []
    skipped: list[SkippedItem] = []
    for file in _files(path, display):
        if isinstance(file, Skipped):
            skipped.append(SkippedItem(where=file.where, reason=file.reason))
            continue
        if container and (reason := _broken(file)):
            skipped.append(SkippedItem(where=file.name if path.is_dir() else file.path, reason=reason))
            continue
        try:
            found.append((file, *registry.recognise(file, options, format)))
        except FormatError as error:
            if not container or error.code == registry.AMBIGUOUS:
                raise
            passed_over.append(file.name)
    if not found and skipped and not path.is_dir():
        raise FormatError(f"{name}: {skipped[0].reason}", hint="download or export it again")
    if not found:
        what = f"no file in {name} is in a format that dex knows"
        held = [*(f"{item.where} ({item.reason})" for item in skipped), *passed_over]
        raise FormatError(what, hint=f"it holds {some(held)}; dex reads {', '.join(registry.FORMATS)}")
    found.sort(key=lambda one: not one[2].names_people)
    sources = _sources(found, call, options, name)
    jobs = _jobs(sources, call, place=display or str(path.absolute()), may_break=container)
    title = f"{jobs[0].what} from {jobs[0].name}" if len(jobs) == 1 else f"{len(found):,} files of {name}"
    if run is not None:
        parts = run(conn, jobs, title)
    else:
        parts = ingest_all(conn, jobs, now=call.now, title=title, progress=progress)
    files = "1 file" if len(found) == 1 else f"{len(found):,} files"
    report = total(parts, name, files, passed_over, skipped)
    if brought_strangers(parts):
        report = told_to_triage(conn, call, report)
    return ImportResult(report=report, parts=parts)


def _refuse_compressed(path: Path, display: str | None) -> None:
    """Refuse a file that is compressed, with the command that reads it: dex unpacks nothing of which it does not know
    the size.
    """
    if path.is_dir():
        return
    with archive.file_at(path).open() as stream:
        packed = compression(stream.read(HEAD))
    if packed is None:
        return
    name = display or str(path)
    if is_tar(name, packed):
        hint = f"mkdir unpacked; tar -xf {shlex.quote(name)} -C unpacked\ndex import unpacked"
    elif display == STDIN:
        hint = f"... | {packed.name} -dc | dex import -"
    else:
        hint = f"{packed.name} -dc {shlex.quote(name)} | dex import -"
    raise FormatError(
        f"{display or archive.readable(path.name)} is compressed with {packed.name}", hint=hint, code="compressed"
    )


_Found = tuple[Input, FileFormat, FileClaim]


class _Opened(Struct, frozen=True, kw_only=True):
    """One source: a file, or the files that are read together."""

    source: Source
    name: str
    format: str
    what: str
    head: bytes
    """By which it is known again: a hash of a file's beginning, or of the names of many."""
    region: str | None
    left_out: tuple[str, ...] = ()
    """Titles of columns that are not read."""
    notes: tuple[str, ...] = ()


def _files(path: Path, display: str | None) -> Iterator[Input | Skipped]:
    # Standard input is spooled to a file whose name means nothing.
    spooled = display is not None and not path.is_dir()
    return archive.members(archive.file_at(path, name=display) if spooled else path)


def _broken(file: Input) -> str | None:
    """Why the beginning of a file cannot be read, if it cannot."""
    try:
        with file.open() as stream:
            stream.read(SAMPLE)
    except UsageError as error:
        return error.message
    return None


def _sources(found: Sequence[_Found], call: Invocation, options: ReadOptions, name: str) -> list[_Opened]:
    """A source for each file; several whose claim is `gathered` are one, in the place of the first of them."""
    gathered: dict[str, list[Input]] = {}
    for file, module, claim in found:
        if claim.gathered:
            gathered.setdefault(module.FORMAT, []).append(file)
    opened = []
    for file, module, claim in found:
        together = gathered.get(module.FORMAT, []) if claim.gathered else []
        if len(together) > 1 and file is not together[0]:
            continue
        if len(together) > 1:
            names = hashlib.sha256("\0".join(one.name for one in together).encode(errors="surrogateescape"))
            # A claim is gathered where the module is one that gathers.
            source = cast("GatheringFormat", module).open_files(together, options)
            what, head, region = f"{module.FORMAT} in {len(together):,} files", names.digest(), call.region
        else:
            source, what = module.open_file(file, options), claim.what
            head, region = _sample(file, call.region)
        opened.append(
            _Opened(
                source=source,
                name=name if len(together) > 1 else file.name,
                format=module.FORMAT,
                what=what,
                head=head,
                region=region,
                left_out=claim.left_out,
                notes=claim.notes,
            )
        )
    return opened


def _jobs(sources: Sequence[_Opened], call: Invocation, *, place: str, may_break: bool) -> list[Job]:
    """What to ingest, as one run that is known again by the place and the beginning of each file."""
    run = hashlib.sha256(place.encode(errors="surrogateescape"))
    for one in sources:
        run.update(f"\0{one.name}\0{one.format}\0".encode(errors="surrogateescape") + one.head)
    return [
        Job(
            source=one.source,
            name=one.name,
            format=one.format,
            what=one.what,
            run=run.hexdigest(),
            part=str(number),
            origin="import",
            command=call.command,
            region=one.region,
            dry_run=call.dry_run,
            may_break=may_break,
            left_out=one.left_out,
            notes=one.notes,
        )
        for number, one in enumerate(sources)
    ]


def _sample(file: Input, region: str | None) -> tuple[bytes, str | None]:
    """A hash of the beginning of a file, and the region of its phone numbers where the user did not say."""
    with file.open() as stream:
        data = stream.read(SAMPLE)
    return hashlib.sha256(data).digest(), region or region_of_calling_codes(decode(data))
