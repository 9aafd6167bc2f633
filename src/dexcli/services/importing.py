"""Importing what a path holds: a file, a folder, an archive, or standard input; each file through the one pipeline."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dexcli.domain.identifiers import region_of_calling_codes
from dexcli.errors import FormatError, UsageError
from dexcli.results.report import ImportResult, InteractionCounts, PeopleCounts, Report
from dexcli.services.ingest import Job, ingest
from dexcli.services.invocation import Invocation
from dexcli.sources import archive, registry
from dexcli.sources._text import decode
from dexcli.sources.base import FileClaim, FileFormat, Input, ReadOptions
from dexcli.store.connection import Connection

SAMPLE = 1024 * 1024
"""Bytes of a file in which calling codes are looked for."""

Progress = Callable[[str, int], None]
"""Told the name of the file and how many of its records were read."""


def import_path(
    conn: Connection,
    call: Invocation,
    path: Path,
    *,
    display: str | None = None,
    format: str | None = None,  # noqa: A002 - the user's word
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import everything in `path` that some format recognises; `display` names it in reports.

    A lone file that nothing recognises is an error; within a folder or archive it is passed over and named. Raises
    FormatError, UsageError.
    """
    if not path.exists():
        raise UsageError(f"there is no file {path}", hint="check the path; - reads standard input")
    options = ReadOptions(date_order=call.date_order, columns=columns or {})
    parts: list[Report] = []
    passed_over: list[str] = []
    container = path.is_dir() or archive.is_archive(Input(name=path.name, open=lambda: path.open("rb")))
    for file in _files(path, display):
        try:
            module, claim = registry.recognise(file, options, format)
        except FormatError as error:
            if not container or "could be" in error.message:
                raise
            passed_over.append(file.name)
            continue
        told = None if progress is None else _Told(progress, file.name)
        parts.append(_import_file(conn, call, file, module, claim, options, place=str(path.absolute()), progress=told))
    if not parts:
        what = f"no file in {display or path} is in a format that dex knows"
        raise FormatError(what, hint=f"it holds {_some(passed_over)}; dex reads {', '.join(registry.FORMATS)}")
    total = _total(parts, display or path.name, passed_over if container else [])
    return ImportResult(report=total, parts=parts)


class _Told:
    """Progress of one file."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name

    def __call__(self, read: int) -> None:
        self._progress(self._name, read)


def _files(path: Path, display: str | None) -> Sequence[Input]:
    try:
        # Standard input is spooled to a file whose name means nothing.
        if display is not None and not path.is_dir():
            file = Input(name=display, open=lambda: path.open("rb"))
            return list(archive.members(file))
        return list(archive.members(path))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="check who may read it") from error


def _import_file(
    conn: Connection,
    call: Invocation,
    file: Input,
    module: FileFormat,
    claim: FileClaim,
    options: ReadOptions,
    *,
    place: str,
    progress: Callable[[int], None] | None,
) -> Report:
    head, region = _sample(file, call.region)
    run = hashlib.sha256(f"{place}\0{file.name}\0{module.FORMAT}\0".encode() + head).hexdigest()
    job = Job(
        source=module.open_file(file, options),
        name=file.name,
        format=module.FORMAT,
        what=claim.what,
        run=run,
        origin="import",
        command=call.command,
        region=region,
        dry_run=call.dry_run,
    )
    return ingest(conn, job, now=call.now, progress=progress)


def _sample(file: Input, region: str | None) -> tuple[bytes, str | None]:
    """A hash of the beginning of a file, and the region of its phone numbers where the user did not say."""
    with file.open() as stream:
        data = stream.read(SAMPLE)
    return hashlib.sha256(data).digest(), region or region_of_calling_codes(decode(data))


def _total(parts: Sequence[Report], name: str, passed_over: Sequence[str]) -> Report:
    """One report over all files."""
    if len(parts) == 1 and not passed_over:
        return parts[0]
    people = [part.people for part in parts]
    entries = [part.interactions for part in parts]
    return Report(
        source=name,
        account=parts[0].account,
        format=parts[0].format if len({part.format for part in parts}) == 1 else "several",
        what=f"{len(parts)} files"
        + (f", {len(passed_over)} passed over ({_some(passed_over)})" if passed_over else ""),
        dry_run=parts[0].dry_run,
        read=sum(part.read for part in parts),
        people=PeopleCounts(
            added=sum(one.added for one in people),
            updated=sum(one.updated for one in people),
            unchanged=sum(one.unchanged for one in people),
            questions=sum(one.questions for one in people),
            conflicts=[conflict for one in people for conflict in one.conflicts],
        ),
        interactions=InteractionCounts(
            **{name: sum(getattr(one, name) for one in entries) for name in InteractionCounts.__struct_fields__}
        ),
        skipped=[item for part in parts for item in part.skipped],
        operation_id=next((part.operation_id for part in reversed(parts) if part.operation_id), None),
    )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown or "nothing"  # noqa: PLR2004
