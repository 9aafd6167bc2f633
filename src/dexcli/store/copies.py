"""Whole copies of the database: backups beside it, and one of them put back in its place.

A copy is written under a temporary name, checked, and only then gets its own: docs/adr/0017-copies-and-erasure.md.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, tzinfo
from itertools import count
from pathlib import Path

from msgspec import Struct, structs

from dexcli.domain.compressed import compression, unpacked_name
from dexcli.errors import FormatError, LockedError, StoreError, UsageError
from dexcli.store import connection, schema
from dexcli.store.connection import Connection
from dexcli.store.schema import Strange

FOLDER = "backups"
"""Beside the database: where every copy goes for which no other place was named."""
_PART = ".part"
_COMPANIONS = ("-wal", "-shm", "-journal", ".lock")
_OF_ANOTHER = ".of-another"
_REPLACED = "replaced"
"""In the name of what a restore has kept."""
_STAMP = "%Y-%m-%dT%H%M%S"
_NAME = re.compile(
    r"(?P<stem>.+?)(?:"
    rf"-(?P<moment>\d{{4}}-\d\d-\d\dT\d{{6}})(?:-(?P<number>\d{{1,9}}))?(?P<replaced>-{_REPLACED})?\.db"
    r"|(?P<migrated>-before-v\d+\.db)"
    r"|(?P<beside>\.before-v\d+))",
    re.DOTALL,
)
"""What copies are called, behind the name of their database, which may be any; `beside` it until there was a folder."""
_STEM = 100
"""Characters of a file's name that its temporary file shares, so that both are short enough for any file system."""
_HEAD = b"SQLite format 3\0"
_DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a damaged file raises: SQLite's own message may quote what is no text."""
_STEPS_BETWEEN_LOOKS = 0.01
"""Seconds between two attempts to begin where another program writes."""


class Contents(Struct, frozen=True, kw_only=True):
    """What a database holds, as far as one tells two copies apart by it."""

    schema_version: int
    device: str | None
    """The database's own name; None in one in which nothing was ever changed."""
    people: int
    interactions: int
    changed_at: datetime | None
    """When the latest operation was."""
    size: int
    """Bytes of the file."""
    refused: list[str] = []
    """For what in it nobody could restore a copy, in words; looked for only where one is made."""


class Copy(Struct, frozen=True, kw_only=True):
    """A copy, in one of the places where dex puts them."""

    path: Path
    made_by: str
    """`backup`, `restore` (what it replaced) or `migration` (as it was before)."""
    at: datetime
    size: int
    """Bytes of the file."""
    held: Contents | None
    """None: it cannot be read, damaged or of a newer dex, and cannot be put back."""


# -- where copies are ------------------------------------------------------------------------------------


def folder_of(path: Path) -> Path:
    """Where the copies of a database are."""
    return path.parent / FOLDER


def name_of(path: Path, at: datetime, *, mark: str = "", number: int = 1) -> str:
    """What a copy is called: by the moment, and by a number where that second has one already."""
    behind = f"-{number}" if number > 1 else ""
    return f"{path.stem}-{at:{_STAMP}}{behind}{f'-{mark}' if mark else ''}.db"


def dated(path: Path, folder: Path, device: str | None) -> list[Path]:
    """The backups of this very database in a folder, oldest first: by their names, and by what is in them."""
    found = []
    for one in _files(folder):
        told = _NAME.fullmatch(one.name)
        if told is None or told["stem"] != path.stem or told["moment"] is None or told["replaced"]:
            continue
        if _device(one) == device is not None:
            found.append((told["moment"], int(told["number"] or 1), one))
    return [one for _, _, one in sorted(found)]


def known(path: Path, zone: tzinfo | None = None) -> list[Path]:
    """Every copy of databases of dex in the places where dex puts them, oldest first; names tell times of `zone`."""
    beside = (one for one in _files(path.parent) if (told := _NAME.fullmatch(one.name)) and told["beside"])
    places = [*_files(folder_of(path)), *(one for one in beside if one.name != path.name)]
    found = [one for one in places if one.suffix != _PART and _device(one) is not None]
    return _in_order(found, zone)


def listed(path: Path, zone: tzinfo | None, folder: Path | None = None) -> list[Copy]:
    """Every copy in the places where dex puts them, or in a folder, newest first, also those that cannot be read."""
    if folder is None or (folder.exists() and folder_of(path).exists() and folder.samefile(folder_of(path))):
        found = known(path, zone)
        unread = [one for one in _files(folder_of(path)) if one.suffix == ".db" and one not in found]
    else:
        there = [one for one in _files(folder) if one.suffix != _PART and not (path.exists() and one.samefile(path))]
        found = [one for one in there if _device(one) is not None]
        unread = [one for one in there if _NAME.fullmatch(one.name) and one not in found]  # others' are none of ours
    return [
        Copy(
            path=one,
            made_by=_maker(one),
            at=made_at(one, zone),
            size=one.stat().st_size,
            held=present(one),
        )
        for one in reversed(_in_order([*found, *unread], zone))
    ]


def _in_order(copies: Iterable[Path], zone: tzinfo | None) -> list[Path]:
    """By when they were made."""
    return sorted(copies, key=lambda one: (made_at(one, zone), _number(one), one.name))


def _maker(copy: Path) -> str:
    told = _NAME.fullmatch(copy.name)
    if told is None:
        return "backup"
    if told["moment"] is None:
        return "migration"
    return "restore" if told["replaced"] else "backup"


def made_at(copy: Path, zone: tzinfo | None) -> datetime:
    """When a copy was made: its name says so, which stays when it is copied; else the file does."""
    told = _NAME.fullmatch(copy.name)
    with suppress(ValueError):
        if told is not None and told["moment"] is not None:
            return datetime.strptime(told["moment"], _STAMP).replace(tzinfo=zone)
    return datetime.fromtimestamp(copy.stat().st_mtime, zone)


def _number(copy: Path) -> int:
    """Which one of its second a copy is."""
    told = _NAME.fullmatch(copy.name)
    return int(told["number"] or 1) if told else 1


def unreadable(path: Path) -> list[Path]:
    """Files that dex has put aside and that cannot be asked whom they hold.

    Drafts of killed runs, the log of a database that was not there, copies of damaged ones.
    """
    kept = set(known(path))
    aside = [one for one in _files(path.parent) if one.name == f"{path.name}-wal{_OF_ANOTHER}"]
    return sorted({*leftovers(path), *aside, *(one for one in _files(folder_of(path)) if one not in kept)})


def leftovers(path: Path) -> list[Path]:
    """Temporary files that killed runs have left: nobody holds their lock any more."""
    found = []
    unpacked_in = Path(tempfile.gettempdir())
    for folder in {path.parent, folder_of(path), unpacked_in}:
        beginning = f".dexcli-{path.stem}" if folder == unpacked_in else f".{path.stem}"
        for one in _files(folder):
            if not one.name.startswith(f"{beginning[:_STEM]}.") or _PART not in one.name:
                continue
            base = one.with_name(one.name.partition(_PART)[0] + _PART)
            with suppress(FileNotFoundError):  # whoever wrote it has just finished
                if one.stat().st_uid == os.getuid() and not (base.exists() and _is_held(base)):
                    found.append(one)
    return sorted(found)


def _files(folder: Path) -> list[Path]:
    try:
        return [one for one in folder.iterdir() if one.is_file() and not one.is_symlink()]
    except OSError:
        return []


def _is_held(path: Path) -> bool:
    """Whether a run still writes a temporary file."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _device(path: Path) -> str | None:
    """Whose copy a file is; None where it is no database of dex, or one in which nothing was ever changed."""
    try:
        with closing(reading(path)) as conn:
            if conn.execute("pragma application_id").fetchone()[0] != connection.APPLICATION_ID:
                return None
            row = conn.execute("select value from meta where key = 'device'").fetchone()
            return str(row[0]) if row else None
    except (sqlite3.Error, UnicodeDecodeError, OSError):
        return None


# -- making one ------------------------------------------------------------------------------------------


def back_up(path: Path, target: Path, *, at: datetime) -> tuple[Path, Contents]:
    """Copy the database as it stands, while others write; returns where the copy is, and what is in it.

    A folder as `target` gets a file with a name by the moment; a file that is there is replaced only if it is an
    earlier copy of the same database. Raises StoreError where the database is damaged or the copy cannot be written,
    UsageError where `target` is no place for it.
    """
    refuse_missing(path)
    if target == folder_of(path):
        _create_folder(target)
    _refuse_target(path, target)
    target = target.resolve()  # a link to a file kept elsewhere stays one
    folder = target if target.is_dir() else target.parent
    with _draft(folder, path.stem) as (draft, file):
        _vacuum(path, draft)
        held = _checked(draft, of=path)
        if not target.is_dir():
            _refuse_others(target, held)
            _publish(file, draft, target, replaces=True)
            return target, held
        for number in count(1):
            final = folder / name_of(path, at, number=number)
            with suppress(FileExistsError):
                _publish(file, draft, final)
                return final, held
    raise AssertionError(folder)


def planned(path: Path, target: Path, *, at: datetime) -> tuple[Path, Contents]:
    """Where a backup would be, and what would be in it; nothing is written."""
    refuse_missing(path)
    if target == folder_of(path) and not target.exists():
        final = target / name_of(path, at)
    else:
        _refuse_target(path, target)
        final = target.resolve()
        if final.is_dir():
            final = next(one for number in count(1) if not (one := final / name_of(path, at, number=number)).exists())
    with connection.errors_of(path), closing(reading(path)) as conn:
        held = structs.replace(_contents(conn, path, path.stat().st_size), refused=list(map(str, _refused(conn))))
    if final.exists():
        _refuse_others(final, held)
    return final, held


def refuse_missing(path: Path) -> None:
    """Raise StoreError where there is no database to copy."""
    connection.refuse_special(path)
    if not path.exists() or not path.stat().st_size:
        raise StoreError(f"there is no database yet: {path}", hint="dex add, or dex import, begins one")


def keep_before_migration(path: Path, version: int) -> None:
    """Copy a database before it gets the schema of that version, while this program holds it."""
    target = folder_of(path) / f"{path.stem}-before-v{version}.db"
    _create_folder(target.parent)
    with _draft(target.parent, path.stem) as (draft, file):
        _vacuum(path, draft)
        _publish(file, draft, target, replaces=True)


def _refuse_target(path: Path, target: Path) -> None:
    """Refuse what is no place for a copy, before anything is written."""
    if not target.exists():
        if not target.parent.is_dir():
            raise UsageError(f"there is no folder {target.parent}", hint="make it, or name a file elsewhere")
    elif not target.is_file() and not target.is_dir():
        raise UsageError(f"{target} is a pipe, device or socket", hint="a backup is a file: name one, or a folder")
    real, database = target.resolve(), path.resolve()
    own = [database, *(database.with_name(database.name + one) for one in _COMPANIONS)]
    if real in own or (target.exists() and any(one.exists() and target.samefile(one) for one in own)):
        raise UsageError(f"{target} is the database itself, or belongs to it", hint="name another file, or a folder")


def _refuse_others(target: Path, held: Contents) -> None:
    """Refuse to replace anything but an earlier copy of the same database."""
    if target.exists() and (held.device is None or _device(target) != held.device):
        raise UsageError(
            f"{target} is there already, and is no backup of this database",
            hint="name another file, or a folder; it was not touched",
            code="exists",
        )


@contextmanager
def _draft(folder: Path, stem: str) -> Iterator[tuple[Path, int]]:
    """A private file with a temporary name and its descriptor, locked as long as it is written; it goes at the end."""
    try:
        file, name = tempfile.mkstemp(prefix=f"{f'.{stem}'[:_STEM]}.", suffix=_PART, dir=folder)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    draft = Path(name)
    try:
        with suppress(OSError):  # FAT has no permissions
            os.fchmod(file, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield draft, file
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        for one in (draft, *(draft.with_name(draft.name + behind) for behind in _COMPANIONS)):
            one.unlink(missing_ok=True)
        os.close(file)


def _cannot_write(place: Path, error: OSError) -> StoreError:
    return StoreError(
        f"cannot write in {place}: {error.strerror}",
        hint="make room there, or name another place; nothing was left half done",
        code="cannot_write",
    )


def _vacuum(path: Path, draft: Path) -> None:
    """Write all that a database holds into an empty file: one state of it, without rests of what was deleted."""
    try:
        with closing(reading(path)) as conn:
            conn.execute("vacuum into ?", (os.fsencode(draft).decode(errors="surrogateescape"),))
    except sqlite3.Error as error:
        name = str(getattr(error, "sqlite_errorname", ""))
        of_source = name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_BUSY", "SQLITE_LOCKED"))
        raise connection.explain(error, path if of_source else draft) from error


def reading(path: Path) -> Connection:
    """A connection to a file that is read only; where nobody has it open, nothing appears beside it."""
    if path.with_name(f"{path.name}-wal").exists():
        conn = connection.connect_read_only(path)
    else:
        conn = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None)
        conn.row_factory = sqlite3.Row
        connection.distrust(conn)
    conn.execute("pragma cell_size_check = on")  # it may have come from anywhere
    return conn


def _checked(draft: Path, *, of: Path) -> Contents:
    """What is in a copy that is whole and ours; raises StoreError where it is not."""
    with connection.errors_of(of), closing(reading(draft)) as conn:
        connection.checked_version(conn, of)
        found = conn.execute("pragma quick_check(1)").fetchone()[0]
        if found != "ok":
            raise connection.damaged(of, found)
        held = _contents(conn, of, draft.stat().st_size)
        return structs.replace(held, refused=list(map(str, _refused(conn))))


def _contents(conn: Connection, path: Path, size: int) -> Contents:
    version = connection.checked_version(conn, path)
    if not version:
        raise StoreError(f"{path} holds nothing yet", hint="dex add, or dex import, begins one", code="empty")
    device = conn.execute("select value from meta where key = 'device'").fetchone()
    at = conn.execute("select at from operation order by id desc limit 1").fetchone()
    return Contents(
        schema_version=version,
        device=str(device[0]) if device else None,
        people=conn.execute("select count(*) from person where state <> 'merged'").fetchone()[0],
        interactions=conn.execute("select count(*) from interaction").fetchone()[0],
        changed_at=datetime.fromisoformat(at[0]) if at else None,
        size=size,
    )


def _publish(file: int, draft: Path, final: Path, *, replaces: bool = False) -> None:
    """Give a whole file its name, on the disk. Raises FileExistsError where something has the name, unless it
    `replaces` that.
    """
    os.fsync(file)
    if replaces:
        draft.replace(final)
    else:
        try:
            final.hardlink_to(draft)
        except FileExistsError:
            raise
        except OSError:  # a file system without links: FAT, some shares
            if final.exists():
                raise FileExistsError(final) from None
            draft.rename(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # not every file system can
            os.fsync(folder)
    finally:
        os.close(folder)


def _create_folder(folder: Path) -> None:
    try:
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
    except OSError as error:
        raise _cannot_write(folder, error) from error


# -- putting one back ------------------------------------------------------------------------------------


@contextmanager
def unpacked(source: Path, path: Path) -> Iterator[tuple[Path, Contents]]:
    """A private copy of a backup in the temporary folder, checked from end to end, and what is in it.

    What was checked is what is put in place. Raises StoreError where it is damaged or of a newer dex, UsageError where
    it is no database of dex or the present one.
    """
    with _as_named(source):
        _refuse_source(source, path)
    with _draft(Path(tempfile.gettempdir()), f"dexcli-{path.stem}") as (draft, _):
        with _as_named(source):
            held = _unpack(source, draft)
        yield draft, held


def _unpack(source: Path, draft: Path) -> Contents:
    """Copy a backup, and check the copy from end to end."""
    with connection.errors_of(source), closing(reading(source)) as conn:
        connection.checked_version(conn, source)
        _refuse_strange(conn, source)
        _vacuum(source, draft)
    held = _checked(draft, of=source)
    with connection.errors_of(source), closing(reading(draft)) as conn:
        broken = conn.execute("pragma integrity_check(1)").fetchone()[0]
        if broken != "ok":
            raise connection.damaged(source, broken)
        orphan = conn.execute("pragma foreign_key_check").fetchone()
        if orphan is not None:
            raise connection.damaged(source, f"a row of {orphan[0]} belongs to none")
    return held


@contextmanager
def _as_named(source: Path) -> Iterator[None]:
    """Let errors speak of a backup that was named, not of the database: what helps is another backup."""
    try:
        yield
    except StoreError as error:
        if error.code == "not_a_database":
            error.hint = "dex restore lists the backups; this file was not touched"
        elif error.code == "damaged":
            error.hint = f"take another backup: dex restore lists them; else {connection.saving(source)}"
        elif error.code == "cannot_open":
            error.hint = "check that you may read it, or take another backup: dex restore lists them"
        raise


def _refuse_strange(conn: Connection, source: Path) -> None:
    """Refuse a file whose schema is not that of dex; what is missing and can be made anew is no hindrance."""
    for one in _refused(conn):
        raise StoreError(f"{source}: {one}; nothing was restored", hint=_remedy(one, source), code="foreign_schema")


def _refused(conn: Connection) -> list[Strange]:
    return [one for one in schema.strange(conn) if not (one.what == "missing" and one.can_be_mended)]


def _remedy(one: Strange, source: Path) -> str:
    if one.what != "foreign" or not one.name.isprintable():
        return "take another backup: dex restore lists them"
    name = one.name.replace('"', '""')
    drop = f'drop {one.kind} "{name}"'
    return (
        f"if you made it, take it away there first: sqlite3 {shlex.quote(str(source))} {shlex.quote(drop)}"
        "\nif not, the file was changed by somebody else: take another backup"
    )


def _refuse_source(source: Path, path: Path) -> None:
    if not source.exists():
        raise UsageError(f"there is no file {source}", hint="dex restore lists the backups", code="not_found")
    if not source.is_file():
        kind = "a folder" if source.is_dir() else "a pipe, device or socket"
        raise UsageError(f"{source} is {kind}, not a backup", hint="name a file")
    if path.exists() and source.samefile(path):
        raise UsageError(f"{source} is the present database", hint="name a backup of it")
    with source.open("rb") as file:
        head = file.read(len(_HEAD))
    if head != _HEAD:
        _refuse_compressed(source, head)
        raise connection.not_ours(source)


def _refuse_compressed(source: Path, head: bytes) -> None:
    """Refuse what is compressed, with the commands that restore it."""
    packed = compression(head)
    if packed is None:
        return
    name = unpacked_name(source.name, packed)
    unpack = f"{packed.name} -dc {shlex.quote(str(source))} > {shlex.quote(name)}"
    raise FormatError(
        f"{source} is compressed with {packed.name}",
        hint=f"{unpack}\ndex restore {shlex.quote(f'./{name}')}",
        code="compressed",
    )


def present(path: Path) -> Contents | None:
    """What is in a database or a copy; None where there is no such file, or where nobody can tell."""
    if not path.exists():
        return None
    try:
        with closing(reading(path)) as conn:
            return _contents(conn, path, path.stat().st_size)
    except (sqlite3.Error, StoreError, ValueError):
        return None


def refuse_foreign(path: Path) -> None:
    """Refuse to replace what dex did not write; a damaged database of ours may be."""
    connection.refuse_special(path)
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        head = file.read(_OUR_NUMBER + 4)
    number = int.from_bytes(head[_OUR_NUMBER:], "big")
    if not head.startswith(_HEAD) or number not in (connection.APPLICATION_ID, 0):
        error = connection.not_ours(path)
        error.hint = f"if it was one, move it away first: mv {shlex.quote(str(path))} {shlex.quote(f'{path}.damaged')}"
        raise error


_OUR_NUMBER = 68
"""Where the application id stands in an SQLite file."""


def put_back(path: Path, draft: Path, *, at: datetime, wait: float) -> Path | None:
    """Put an unpacked backup in the place of the database, in one transaction of it; returns where that was kept.

    Whoever has the database open sees the other state from then on, as after any change. What is replaced is copied
    while nobody can write, so that not even the last change is lost; a run that is killed leaves the old state.
    """
    connection.refuse_special(path)
    stray = path.with_name(f"{path.name}-wal")
    if not path.exists() and stray.exists():  # of a database that was moved away: it is not to be mixed with this one
        stray.rename(path.with_name(f"{path.name}-wal{_OF_ANOTHER}"))
    with connection.sole_run(path, wait=wait, what="a restore"), connection.errors_of(path):
        kept: list[Path | None] = []
        with closing(_replaceable(path)) as live, closing(_paged_like(draft, live)) as copy:
            deadline = time.monotonic() + wait
            if not _is_logged(live):  # on a disk without shared memory nobody can read while it is replaced
                kept.append(_keep(path, at))

            def step(status: int, _remaining: int, _total: int) -> None:
                if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    if time.monotonic() > deadline:
                        raise LockedError(f"{path} is in use by another run of dex", hint="try again")
                elif not kept:  # from the first page on nobody else can write
                    kept.append(_keep(path, at))

            copy.backup(live, pages=1, progress=step, sleep=_STEPS_BETWEEN_LOOKS)
            live.execute("pragma wal_checkpoint(truncate)")
    return kept[0] if kept else None


def _replaceable(path: Path) -> Connection:
    """A connection to whatever is there, damaged as it may be, whose every page is about to be replaced."""
    conn = sqlite3.connect(path, isolation_level=None)
    with suppress(*_DAMAGE):
        conn.execute("pragma writable_schema = on")  # else a file with pages missing is refused
        conn.execute("pragma journal_mode = wal")
    return conn


def _is_logged(live: Connection) -> bool:
    try:
        return bool(live.execute("pragma journal_mode").fetchone()[0] == "wal")
    except _DAMAGE:  # too damaged to say so
        return False


def _paged_like(draft: Path, live: Connection) -> Connection:
    """A connection to a copy with pages as long as those that they replace: a log has pages of one length."""
    try:
        (length,) = live.execute("pragma page_size").fetchone()
    except _DAMAGE:
        length = None
    conn = sqlite3.connect(draft, isolation_level=None)
    if length is not None and conn.execute("pragma page_size").fetchone()[0] != length:
        conn.execute(f"pragma page_size = {length}")
        conn.execute("vacuum")
    return conn


def _keep(path: Path, at: datetime) -> Path | None:
    """Keep the present database, page by page, so that a damaged one is kept as well; None where it is empty."""
    folder = folder_of(path)
    log = path.with_name(f"{path.name}-wal")
    if not path.stat().st_size and not (log.exists() and log.stat().st_size):
        return None
    _create_folder(folder)
    with _draft(folder, path.stem) as (draft, file):
        try:
            with closing(connection.connect_read_only(path)) as conn, closing(sqlite3.connect(draft)) as copy:
                if not conn.execute("select count(*) from sqlite_master").fetchone()[0]:
                    return None
                conn.backup(copy)
                copy.execute("pragma journal_mode = delete")
        except _DAMAGE:
            shutil.copyfile(path, draft)  # with what of it cannot be read
        for number in count(1):
            kept = folder / name_of(path, at, mark=_REPLACED, number=number)
            with suppress(FileExistsError):
                _publish(file, draft, kept)
                return kept
    raise AssertionError(folder)
