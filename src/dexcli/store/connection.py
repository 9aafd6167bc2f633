"""Opening the database: permissions, pragmas, schema version, and errors a person can act on."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from dexcli.errors import LockedError, StoreError, UsageError
from dexcli.store.version import SCHEMA_VERSION

APPLICATION_ID = 0x64657863
"""`PRAGMA application_id`: "dexc". Tells our file from any other SQLite file."""

SECONDS_TO_WAIT = 5.0
"""How long a shell command waits for another writer."""

CACHE_KIB = 32 * 1024
"""Memory for pages that a writer may take: keys arrive in random order, and an import turns over the whole index."""

CHECKPOINT_PAGES = 8_192
"""Pages in the log before they go to the file: most are written again by the next batches of an import."""

SECONDS_BETWEEN_LOOKS = 0.001
"""How often a waiting command tries to begin."""

Connection = sqlite3.Connection
Row = sqlite3.Row


def open_for_reading(path: Path) -> Connection:
    """A connection that cannot write; an empty database in memory where there is no file yet."""
    if not path.exists():
        return in_memory()
    refuse_special(path)
    with errors_of(path):
        conn = connect_read_only(path)
        with _closed_on_error(conn):
            version = checked_version(conn, path)
    if version == SCHEMA_VERSION:
        return conn
    conn.close()
    open_for_writing(path).close()
    with errors_of(path):
        return connect_read_only(path)


def in_memory() -> Connection:
    """An empty database that is nowhere on the disk."""
    conn = _connect(":memory:", SECONDS_TO_WAIT)
    _migrate(conn)
    return conn


def is_current(path: Path) -> bool:
    """Whether there is a database of this program's own schema."""
    if not path.is_file():
        return False
    with errors_of(path), closing(connect_read_only(path)) as conn:
        return checked_version(conn, path) == SCHEMA_VERSION


def open_for_writing(path: Path, *, wait: float = SECONDS_TO_WAIT) -> Connection:
    """A connection that may write; creates folder (0700) and file (0600), migrates an older schema after a backup.

    Raises LockedError when another writer holds the file for more than `wait` seconds.
    """
    refuse_special(path)
    with errors_of(path):
        _create_private(path)
        conn = _connect(path, wait)
        with _closed_on_error(conn):
            if checked_version(conn, path) != SCHEMA_VERSION:
                conn.execute("pragma journal_mode = wal")
                _migrate(conn, path)
    return conn


def open_as_it_is(path: Path) -> Connection:
    """A connection that may write to a file that is there, whatever its schema; nothing is migrated."""
    with errors_of(path):
        conn = _connect(path, SECONDS_TO_WAIT)
        with _closed_on_error(conn):
            checked_version(conn, path)
    return conn


@contextmanager
def _closed_on_error(conn: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        conn.close()
        raise


@contextmanager
def open_for_trying(path: Path) -> Iterator[Connection]:
    """A connection whose user takes back in the same transaction whatever they write; the file is not touched.

    Who is the last to leave a database moves its log into it; a connection that cannot write leaves it alone.
    """
    with closing(open_for_reading(path)), closing(open_for_writing(path)) as conn:
        yield conn


@contextmanager
def private_copy(path: Path) -> Iterator[Connection]:
    """A throw-away copy of the database to try things on; the file itself is neither locked nor changed."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="dexcli-") as folder:
        place = Path(folder) / "dry-run.db"
        if path.exists():
            refuse_special(path)
            with (
                errors_of(path),
                closing(connect_read_only(path)) as original,
                closing(sqlite3.connect(place)) as copy,
            ):
                checked_version(original, path)
                original.backup(copy)
        with closing(open_for_writing(place)) as conn:
            yield conn


@contextmanager
def transaction(conn: Connection) -> Iterator[None]:
    """One write transaction: all or nothing."""
    with errors_of(path_of(conn)):
        begin(conn)
        try:
            yield
            conn.execute("commit")
        except BaseException:
            if conn.in_transaction:
                conn.execute("rollback")
            raise


def begin(conn: Connection) -> None:
    """Begin to write, or wait for whoever does.

    SQLite itself looks ten times a second, and a long run leaves the file alone for a hundredth of a second at a time.
    """
    (milliseconds,) = conn.execute("pragma busy_timeout").fetchone()
    deadline = time.monotonic() + milliseconds / 1000
    conn.execute("pragma busy_timeout = 0")
    try:
        while True:
            try:
                conn.execute("begin immediate")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() >= deadline:
                    raise
                time.sleep(SECONDS_BETWEEN_LOOKS)
            else:
                return
    finally:
        conn.execute(f"pragma busy_timeout = {milliseconds}")


@contextmanager
def sole_run(path: Path, *, wait: float, what: str = "an import") -> Iterator[None]:
    """Be the only long run on a database; a killed one leaves no lock. Raises LockedError after `wait` seconds.

    Whoever has to wait is told `what` is running.
    """
    refuse_special(path)
    _create_private(path)
    lock = os.open(_lock_of(path), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        deadline = time.monotonic() + wait
        while not _locked(lock):
            if time.monotonic() >= deadline:
                raise LockedError(f"{path} is in use by {_long_run(path)}", hint=_WAIT)
            time.sleep(0.1)
        with suppress(OSError):  # a full disk: the lock holds without the words
            os.ftruncate(lock, 0)
            os.write(lock, what.encode())
        yield
    finally:
        os.close(lock)


@contextmanager
def announced(path: Path, what: str) -> Iterator[None]:
    """Hold the lock of a long run where it is free: imports wait, and shell commands are told `what` is running.

    Where an import holds it, go on all the same: it leaves others their turn, and may be what is to be undone.
    """
    with ExitStack() as stack:
        with suppress(LockedError, OSError):  # what is wrong with the folder, the database says better
            stack.enter_context(sole_run(path, wait=0, what=what))
        yield


def _locked(lock: int) -> bool:
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _long_run(path: Path) -> str:
    """What is running on a database, for whom it keeps waiting."""
    try:
        lock = os.open(_lock_of(path), os.O_RDONLY)
    except OSError:
        return "another run of dex"
    try:
        return "another run of dex" if _locked(lock) else os.read(lock, 80).decode() or "another run of dex"
    finally:
        os.close(lock)


_WAIT = "wait for it to finish, then try again; nothing was changed"


def path_of(conn: Connection) -> Path:
    """The file behind a connection, for messages."""
    # As bytes: a file's name need not be text.
    row = conn.execute("select cast(file as blob) from pragma_database_list where name = 'main'").fetchone()
    return Path(os.fsdecode(row[0] or b":memory:"))


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ones that name the file and the remedy."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except UnicodeDecodeError as error:  # SQLite's own message may quote what a damaged file holds
        from dexcli.store import damage

        if (explained := damage.behind(error, path)) is not None:
            raise explained from error
        raise


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """What an SQLite error means to the person who owns the file."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LockedError(
            f"{path} is in use by {_long_run(path)}",
            hint=_WAIT,
        )
    if name.startswith("SQLITE_NOTADB"):
        return not_ours(path)
    if name.startswith("SQLITE_READONLY"):
        return StoreError(
            f"{path} is read-only: nothing was changed",
            hint=f"make the file and its folder writable: chmod u+w {_quoted(path)}",
            code="read_only",
        )
    if name.startswith("SQLITE_FULL") and _is_out_of_numbers(path):
        return StoreError(
            f"{path} has no number left for another row: nothing was changed",
            hint="dex doctor --fix counts on from the rows that are there",
            code="no_number",
        )
    if name.startswith("SQLITE_FULL") or (name.startswith("SQLITE_IOERR") and _is_full(path)):
        return StoreError(
            f"the disk that holds {path} is full",
            hint="free some space, then run the command again: nothing was left half done",
            code="disk_full",
        )
    if name.startswith("SQLITE_CORRUPT"):
        return damaged(path, str(error))
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH", "SQLITE_IOERR")):
        return StoreError(
            f"cannot open {path} ({error})",
            hint="check that the folder exists and that you may read and write it, or name another with --db",
            code="cannot_open",
        )
    from dexcli.store import damage

    return damage.behind(error, path) or StoreError(f"{path}: {error}", hint=None)


def _is_out_of_numbers(path: Path) -> bool:
    """Whether SQLite calls full what is not the disk: a table in which the greatest number was given."""
    from dexcli.store import numbers

    try:
        with closing(connect_read_only(path)) as conn:
            return bool(numbers.spent(conn))
    except (sqlite3.Error, UnicodeDecodeError):
        return False


def _is_full(path: Path) -> bool:
    """Whether there is no room for the memory that readers and writers share, which SQLite calls an I/O error."""
    disk = os.statvfs(path.parent)
    return disk.f_bavail * disk.f_frsize < _SHARED_MEMORY


_SHARED_MEMORY = 32 * 1024


def _quoted(path: Path) -> str:
    """A path as it stands in a command."""
    import shlex

    return shlex.quote(str(path))


def damaged(path: Path, why: str) -> StoreError:
    """The error for a file that does not hold what dex wrote."""
    return StoreError(
        f"{path} is damaged ({why})",
        hint=f"dex restore lists the backups; else {saving(path)}",
        code="damaged",
    )


def saving(path: Path) -> str:
    """How what can be read of a damaged file is saved, in words."""
    import shlex

    return f"save what can be read: sqlite3 {shlex.quote(str(path))} .recover | sqlite3 saved.db"


def not_ours(path: Path) -> StoreError:
    """The error for a file that dex did not write."""
    error = StoreError(
        f"{path} is not a database of dex",
        hint="name another file with --db or DEXCLI_DB; this one was not touched",
        code="not_a_database",
    )
    error.exit_code = UsageError.exit_code
    return error


def _connect(path: Path | str, wait: float) -> Connection:
    conn = sqlite3.connect(path, timeout=wait, isolation_level=None, cached_statements=512)
    conn.row_factory = sqlite3.Row
    distrust(conn)
    conn.execute("pragma foreign_keys = on")
    conn.execute("pragma synchronous = normal")
    conn.execute(f"pragma cache_size = -{CACHE_KIB}")
    conn.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return conn


def connect_read_only(path: Path) -> Connection:
    """A connection that cannot write to a file that is there, without a look at what it is."""
    uri = path.absolute().as_uri() + "?mode=ro"
    try:
        conn = sqlite3.connect(uri, uri=True, timeout=SECONDS_TO_WAIT, isolation_level=None)
        conn.execute("select 1 from sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        log = path.with_name(f"{path.name}-wal")
        no_memory = error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR"))
        if not no_memory or not os.access(path, os.R_OK) or (log.exists() and log.stat().st_size):
            raise
        # A full disk, or a folder that we may not write to, has no room for the shared memory of WAL mode; where the
        # log is empty, nothing is missed without it.
        conn = sqlite3.connect(uri + "&immutable=1", uri=True, isolation_level=None)
    conn.row_factory = sqlite3.Row
    distrust(conn)
    return conn


def distrust(conn: Connection) -> None:
    """Take a file for one that somebody else may have written: what its schema says may do no more than compute.

    https://sqlite.org/security.html
    """
    conn.execute("pragma trusted_schema = off")


def checked_version(conn: Connection, path: Path) -> int:
    """The schema version, 0 for an empty file; raises for a foreign database and for a newer schema."""
    version = int(conn.execute("pragma user_version").fetchone()[0])
    application = int(conn.execute("pragma application_id").fetchone()[0])
    empty = conn.execute("select count(*) from sqlite_master").fetchone()[0] == 0
    if not empty and application != APPLICATION_ID:
        raise not_ours(path)
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} has schema version {version}, this dex knows {SCHEMA_VERSION}",
            hint="it was written by a newer dex: upgrade with pipx upgrade dexcli (or uv tool upgrade dexcli)",
            code="newer_schema",
        )
    return version


def refuse_special(path: Path) -> None:
    """Refuse what is no regular file before anything opens it: a pipe would wait for ever, a device take anything."""
    if path.is_dir():
        raise UsageError(
            f"{path} is a folder, not a database file",
            hint=f"name a file: --db {_quoted(path / 'dex.db')}",
            code="not_a_database",
        )
    if path.exists() and not path.is_file():
        raise UsageError(
            f"{path} is a pipe, device or socket, not a database file",
            hint="name a file with --db or DEXCLI_DB",
            code="not_a_database",
        )


def _create_private(path: Path) -> None:
    """Create folder and file with permissions that no umask can widen."""
    if path.exists():
        return
    try:
        for folder in reversed([one for one in path.parents if not one.exists()]):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"cannot create {path}: {error.strerror}",
            hint="name a place that you may write to with --db FILE or DEXCLI_DB",
            code="cannot_open",
        ) from error


def _migrate(conn: Connection, path: Path | None = None) -> None:
    """Bring the schema up to date, after a backup of what there is."""
    from dexcli.store import migrations

    begin(conn)
    try:
        version = conn.execute("pragma user_version").fetchone()[0]
        if version != SCHEMA_VERSION:  # another run may have been first
            if version and path is not None:
                from dexcli.store import copies

                copies.keep_before_migration(path, SCHEMA_VERSION)
            migrations.apply(conn)
            conn.execute(f"pragma application_id = {APPLICATION_ID}")
        conn.execute("commit")
    except BaseException:
        if conn.in_transaction:
            conn.execute("rollback")
        raise
