"""The files of a folder or archive, within limits: nothing is extracted and no path leads out."""

from __future__ import annotations

import io
import os
import re
import stat
import weakref
import zipfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from msgspec import structs

from dexcli.domain.records import Skipped
from dexcli.errors import FormatError, UsageError
from dexcli.sources.base import Input

MAX_MEMBERS = 10_000
MAX_TOTAL = 4 * 1024**3
"""Bytes of all members together, unpacked."""
MAX_RATIO = 200
"""Bytes unpacked for one byte packed; text stays far below."""
RATIO_FROM = 10 * 1024**2
"""Bytes from which the ratio of a member matters: small files of zeros are harmless."""
MAX_NESTED = 64 * 1024**2
"""Bytes of all archives within archives together, which are held in memory."""

_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_JUNK = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_JUNK_FOLDER = "__MACOSX"
_DRIVE = re.compile(r"[A-Za-z]:")
_ENCRYPTED = 0x1
_BROKEN = Exception
"""What `zipfile` raises for damaged or unknown data: zlib, bzip2, LZMA and zstd have errors of their own each."""
_SILENT = {EOFError: "it ends too early", MemoryError: "it asks for more memory than there is"}
"""Those that come without a word, in words."""
_UNPACK = "unpack it and import the folder"
_AGAIN = "download or export it again"


def members(source: Path | Input) -> Iterator[Input | Skipped]:
    """Yield the files of a folder, of a zip archive and of the archives in it, or the one plain file.

    In the order of their paths for a folder, as stored for an archive; macOS and Windows leftovers are left
    out. An Input may be opened as long as it is held. Raises FormatError, also while a member is being read,
    for what is damaged, encrypted, larger than the limits or leads out, UsageError for what cannot be read;
    one such file or archive of a folder is Skipped, and so is a member of an archive that is found damaged here.
    """
    if isinstance(source, Path):
        if source.is_dir():
            yield from _folder(source)
            return
        source = file_at(source)
    if not is_archive(source):
        yield source
        return
    yield from _archive(source.name, source.open(), _Budget(source.name, _Memory()), nested=False)


def is_archive(file: Input) -> bool:
    """Tell a zip archive by its first bytes."""
    with file.open() as stream:
        return stream.read(4) in _SIGNATURES


def file_at(path: Path, *, name: str | None = None, within: str = "") -> Input:
    """The file at a path, under its own name or another. Opening it raises UsageError where it cannot be read.

    `within` is its path from the folder on that is read.
    """

    def opened() -> BinaryIO:
        try:
            return path.open("rb")
        except OSError as error:
            raise _unreadable(error) from error

    return Input(name=name or readable(path.name), open=opened, path=within)


def readable(name: str) -> str:
    """A file name as text: the bytes in it that are no UTF-8 cannot be shown or stored."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _unreadable(error: OSError) -> UsageError:
    return UsageError(f"cannot read {error.filename}: {error.strerror}", hint="check who may read it")


def _refuse(error: OSError) -> None:
    raise _unreadable(error) from error


def _folder(folder: Path) -> Iterator[Input | Skipped]:
    root = folder.resolve()
    memory = _Memory()
    for directory, subfolders, names in os.walk(root, onerror=_refuse):
        subfolders[:] = sorted(name for name in subfolders if name != _JUNK_FOLDER)
        for base in subfolders:
            path = Path(directory, base)
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
                where = readable(str(path.relative_to(root)))
                yield Skipped(where=where, reason="it is a link to a folder elsewhere: import that by itself")
        for base in sorted(names):
            path = Path(directory, base)
            if _is_junk(base):
                continue
            # Path.resolve raises for links that lead round in a circle, Path.is_file behind a closed folder.
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
                raise FormatError(
                    f"{folder.name}: {base!r} is a link that leads out of the folder",
                    hint="import what it points to by itself, or remove the link",
                )
            if not os.path.isfile(path):  # noqa: PTH113  # see above
                continue
            name = readable(str(path.relative_to(root)))
            yield from _file_of_folder(file_at(path, name=name, within=f"{root.name}/{name}"), memory)


def _file_of_folder(file: Input, memory: _Memory) -> Iterator[Input | Skipped]:
    """The file, or all that is in it: of an archive that is refused nothing is read, as if it stood by itself."""
    try:
        if not is_archive(file):
            yield file
            return
        found = deque(_archive(file.name, file.open(), _Budget(file.name, memory), nested=False))
    except UsageError as error:
        yield Skipped(where=file.name, reason=error.message.removeprefix(file.name).lstrip(": "))
        return
    root = file.path.partition("/")[0]
    while found:
        member = found.popleft()
        yield member if isinstance(member, Skipped) else structs.replace(member, path=f"{root}/{member.path}")


class _DamagedError(FormatError):
    """An archive or a member whose bytes are not those that were written; nothing else speaks against it."""


def _archive(name: str, stream: BinaryIO, budget: _Budget, *, nested: bool) -> Iterator[Input | Skipped]:
    try:
        archive = zipfile.ZipFile(stream)
    except _BROKEN as error:
        stream.close()
        raise _DamagedError(f"{name} is a damaged zip archive: {_told(error)}", hint=_AGAIN) from error
    # The members' Inputs hold the archive; with the last of them its file is closed.
    weakref.finalize(archive, stream.close)
    infos = archive.infolist()
    budget.count(len(infos))
    for info in infos:
        _refuse_what_leads_out(name, info)
        base = info.filename.replace("\\", "/").rpartition("/")[2]
        if info.is_dir() or _is_junk(base) or _JUNK_FOLDER in info.filename.split("/"):
            continue
        member = _member(name, archive, info, base, budget)
        try:
            if not nested and is_archive(member):
                yield from _archive(f"{name}: {base}", _in_memory(name, member, budget.memory), budget, nested=True)
            else:
                yield member
        except _DamagedError as error:
            yield Skipped(where=member.path, reason=error.message.removeprefix(name).lstrip(": "))


def _member(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, base: str, budget: _Budget) -> Input:
    if info.flag_bits & _ENCRYPTED:
        raise FormatError(f"{name}: {info.filename!r} is encrypted", hint=_UNPACK)
    budget.spend(info, info.file_size)

    def opened() -> BinaryIO:
        try:
            return io.BufferedReader(_Member(name, info, archive.open(info), budget))
        except _BROKEN as error:
            raise _damaged(name, info, error) from error

    return Input(name=base, open=opened, path=f"{name}/{info.filename}".replace("\\", "/"))


def _in_memory(name: str, member: Input, memory: _Memory) -> BinaryIO:
    with member.open() as stream:
        data = stream.read(memory.left + 1)
    if len(data) > memory.left:
        raise FormatError(
            f"{name}: the archives in it are together larger than {MAX_NESTED // 1024**2} MB, {member.name!r} included",
            hint=_UNPACK,
        )
    held = io.BytesIO(data)
    memory.left -= len(data)
    weakref.finalize(held, memory.release, len(data))
    return held


class _Memory:
    """What archives within archives may still take, all that are held at a time together."""

    def __init__(self) -> None:
        self.left = MAX_NESTED

    def release(self, size: int) -> None:
        self.left += size


class _Budget:
    """What the members of one archive may still unpack to; each counts once, however often it is read."""

    def __init__(self, name: str, memory: _Memory) -> None:
        self.memory = memory
        self._name = name
        self._members = 0
        self._total = 0
        self._spent: dict[int, int] = {}

    def count(self, members: int) -> None:
        self._members += members
        if self._members > MAX_MEMBERS:
            raise FormatError(f"{self._name}: more than {MAX_MEMBERS} files in one archive", hint=_UNPACK)

    def spend(self, info: zipfile.ZipInfo, size: int) -> None:
        """Say that a member unpacks to at least `size` bytes."""
        if size > RATIO_FROM and size > MAX_RATIO * max(info.compress_size, 1):
            raise FormatError(
                f"{self._name}: {info.filename!r} unpacks to more than {MAX_RATIO} times its size",
                hint=f"if you trust it, {_UNPACK}",
            )
        more = size - self._spent.get(id(info), 0)
        if more > 0:
            self._spent[id(info)] = size
            self._total += more
        if self._total > MAX_TOTAL:
            raise FormatError(
                f"{self._name}: unpacks to more than {MAX_TOTAL // 1024**3} GB",
                hint=f"if you trust it, {_UNPACK}",
            )


class _Member(io.RawIOBase):
    """A member while it is read: what it says about its size is not believed."""

    def __init__(self, name: str, info: zipfile.ZipInfo, stream: IO[bytes], budget: _Budget) -> None:
        self._name = name
        self._info = info
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            place = self._stream.seek(offset, whence)
        except _BROKEN as error:  # to seek is to unpack
            raise _damaged(self._name, self._info, error) from error
        self._budget.spend(self._info, place)
        return place

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        try:
            data = self._stream.read(len(buffer))
        except _BROKEN as error:
            raise _damaged(self._name, self._info, error) from error
        self._budget.spend(self._info, self._stream.tell())
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _damaged(name: str, info: zipfile.ZipInfo, error: Exception) -> FormatError:
    return _DamagedError(f"{name}: {info.filename!r} is damaged: {_told(error)}", hint=_AGAIN)


def _told(error: Exception) -> str:
    return str(error) or _SILENT.get(type(error), type(error).__name__)


def _refuse_what_leads_out(name: str, info: zipfile.ZipInfo) -> None:
    path = info.filename.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/"):
        raise FormatError(f"{name}: the path {info.filename!r} leads out of the archive", hint=f"{_UNPACK}")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise FormatError(f"{name}: {info.filename!r} is a link", hint=_UNPACK)


def _is_junk(name: str) -> bool:
    return name in _JUNK or name.startswith("._")
