"""Private files, one writer at a time, and an error that names the remedy for whatever is wrong with a file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest

from dexcli.errors import ExitCode, LockedError, StoreError, UsageError
from dexcli.store import people
from dexcli.store.connection import (
    APPLICATION_ID,
    Connection,
    announced,
    begin,
    errors_of,
    open_for_reading,
    open_for_trying,
    open_for_writing,
    private_copy,
    sole_run,
    transaction,
)
from dexcli.store.journal import operation
from dexcli.store.version import SCHEMA_VERSION
from support.program import DEX, Dex
from support.world import FIRST_DAY, logical

ROOT = os.geteuid() == 0
NOBODY = 65534


def add(conn: Connection, name: str) -> int:
    with operation(conn, now=FIRST_DAY, command="add") as op:
        return people.add(op, name)


def names(conn: Connection) -> list[str]:
    return [row[0] for row in conn.execute("select name from person order by id")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one person in it."""
    path = tmp_path / "home" / "dex.db"
    with closing(open_for_writing(path)) as conn:
        add(conn, "Ada Lovelace")
    return path


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


# -- a new database ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_folder_and_files_are_private_under_every_umask(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "share" / "dexcli" / "dex.db"
    with umask(mask), closing(open_for_writing(path)) as conn:
        add(conn, "Ada Lovelace")
        files = {one.name: mode(one) for one in path.parent.iterdir()}

    assert files == {"dex.db": 0o600, "dex.db-wal": 0o600, "dex.db-shm": 0o600}
    assert (mode(path.parent), mode(path.parent.parent)) == (0o700, 0o700)


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_the_lock_of_long_runs_is_private(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "dex.db"
    with umask(mask), sole_run(path, wait=0):
        assert {one.name: mode(one) for one in tmp_path.iterdir()} == {"dex.db": 0o600, "dex.db.lock": 0o600}


def test_a_folder_that_was_there_keeps_its_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)

    open_for_writing(folder / "dex.db").close()

    assert mode(folder) == 0o755


def test_a_writer_has_wal_foreign_keys_and_a_busy_timeout(path: Path) -> None:
    with closing(open_for_writing(path, wait=1.5)) as conn:
        settings = {
            name: conn.execute(f"pragma {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }

        assert settings == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 1500}
        with pytest.raises(sqlite3.IntegrityError):
            conn.execute(
                "insert into person_tag(person_id, tag_id, given_on, operation_id) values(1, 99, '2026-01-01', 1)"
            )


def test_a_reader_cannot_write_and_makes_no_file(path: Path, tmp_path: Path) -> None:
    with closing(open_for_reading(path)) as conn, pytest.raises(sqlite3.OperationalError, match="readonly"):
        conn.execute("delete from person")
    with closing(open_for_reading(tmp_path / "none.db")) as conn:
        assert names(conn) == []

    assert not (tmp_path / "none.db").exists()


def test_a_path_with_odd_characters_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "50% of #1?mode=memory" / "ünï cödé.db"
    with closing(open_for_writing(path)) as conn:
        add(conn, "Ada Lovelace")

    with closing(open_for_reading(path)) as conn:
        assert names(conn) == ["Ada Lovelace"]


def test_a_copy_to_try_things_on_leaves_the_file_alone(path: Path) -> None:
    before = path.read_bytes()
    with private_copy(path) as copy:
        add(copy, "Grace Hopper")
        assert names(copy) == ["Ada Lovelace", "Grace Hopper"]

    assert path.read_bytes() == before


def test_a_trial_moves_nothing_of_what_a_killed_run_left_in_the_log(path: Path, tmp_path: Path) -> None:
    left = tmp_path / "left.db"
    with closing(open_for_writing(path)) as conn:
        add(conn, "Grace Hopper")
        for end in ("", "-wal"):
            copyfile(f"{path}{end}", f"{left}{end}")
    log = left.with_name("left.db-wal")
    before = (left.read_bytes(), left.stat().st_mtime_ns, log.read_bytes())
    assert log.stat().st_size > 0

    with open_for_trying(left) as conn, operation(conn, now=FIRST_DAY, command="add", dry_run=True) as op:
        people.add(op, "Alan Turing")

    assert (left.read_bytes(), left.stat().st_mtime_ns, log.read_bytes()) == before
    with closing(open_for_reading(left)) as conn:
        assert names(conn) == ["Ada Lovelace", "Grace Hopper"]


# -- files that are something else ------------------------------------------------------------------------


def write_text(path: Path) -> None:
    path.write_text("Name,E-mail\nAda Lovelace,ada@example.org\n" * 100)


def write_foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("create table person(id integer primary key, name text)")
        conn.execute("insert into person(name) values('Ada Lovelace')")
        conn.commit()


def write_foreign_wal(path: Path) -> None:
    write_foreign(path)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("pragma journal_mode = wal")
        conn.execute("pragma user_version = 1")


def write_newer(path: Path) -> None:
    with closing(open_for_writing(path)) as conn:
        conn.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")


def write_cut(path: Path) -> None:
    with closing(open_for_writing(path)) as conn:
        add(conn, "Ada Lovelace")
        conn.execute("pragma wal_checkpoint(truncate)")
    os.truncate(path, path.stat().st_size // 2 + 100)


@pytest.mark.parametrize(
    ("write", "code", "exit_code", "words"),
    [
        (write_text, "not_a_database", ExitCode.USAGE, "is not a database of dex"),
        (write_foreign, "not_a_database", ExitCode.USAGE, "is not a database of dex"),
        (write_foreign_wal, "not_a_database", ExitCode.USAGE, "is not a database of dex"),
        (write_newer, "newer_schema", ExitCode.FAILURE, f"schema version {SCHEMA_VERSION + 1}"),
        (write_cut, "damaged", ExitCode.FAILURE, "is damaged"),
        (Path.mkdir, "not_a_database", ExitCode.USAGE, "is a folder"),
    ],
)
@pytest.mark.parametrize("opening", [open_for_reading, open_for_writing])
def test_what_is_no_database_of_ours_is_refused_and_left_as_it_was(
    tmp_path: Path,
    write: Callable[[Path], None],
    code: str,
    exit_code: ExitCode,
    words: str,
    opening: Callable[[Path], Connection],
) -> None:
    path = tmp_path / "some file"
    write(path)
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises((StoreError, UsageError)) as caught, errors_of(path), closing(opening(path)) as conn:
        conn.execute("select * from person").fetchall()

    assert (caught.value.code, caught.value.exit_code) == (code, exit_code)
    assert words in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert (path.read_bytes() if path.is_file() else None) == before
    # Reading a file in WAL mode leaves an empty log beside it.
    assert {one.name for one in tmp_path.iterdir()} <= {"some file", "some file-wal", "some file-shm"}
    assert not any(one.stat().st_size for one in tmp_path.glob("*-wal"))


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "dex.db"
    path.touch()

    with closing(open_for_writing(path)) as conn:
        assert conn.execute("pragma application_id").fetchone()[0] == APPLICATION_ID
        assert names(conn) == []


# -- files that may not be read or written ------------------------------------------------------------------

TRY = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from dexcli.errors import DexError
from dexcli.store import migrations, people
from dexcli.store.connection import errors_of, open_for_reading, open_for_writing
from dexcli.store.journal import operation

what, path, user = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
try:
    with errors_of(path):
        if what == "read":
            print(*(row[0] for row in open_for_reading(path).execute("select name from person")))
        else:
            with operation(open_for_writing(path), now=datetime(2026, 1, 31, tzinfo=UTC), command="add") as op:
                people.add(op, "Grace Hopper")
            print("written")
except DexError as error:
    print(error.code, int(error.exit_code), error.message, error.hint, sep="|")
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter: root's temporary folders are closed to the user that the tests become."""
    with TemporaryDirectory(prefix="dexcli-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        for one in Path(folder).rglob("*"):
            one.chmod(0o700)


def try_to(what: str, path: Path) -> list[str]:
    """Read or write in a process without privileges; returns what was read, or code, exit code, message and hint."""
    user = str(NOBODY if ROOT else 0)
    done = subprocess.run([sys.executable, "-c", TRY, what, path, user], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.strip().split("|")


@pytest.mark.parametrize(("file", "folder"), [(0o444, 0o777), (0o444, 0o555), (0o666, 0o555)])
def test_a_database_that_may_not_be_written_can_be_read_and_says_how_to_mend_it(
    open_folder: Path, file: int, folder: int
) -> None:
    path = open_folder / "share" / "dex.db"
    with closing(open_for_writing(path)) as conn:
        add(conn, "Ada Lovelace")
    before = path.read_bytes()
    path.chmod(file)
    path.parent.chmod(folder)

    assert try_to("read", path) == ["Ada Lovelace"]
    code, exit_code, message, hint = try_to("write", path)

    assert (code, exit_code) == ("read_only", "1")
    assert str(path) in message
    assert "writable" in hint
    assert path.read_bytes() == before


def test_a_database_that_may_not_be_read_says_so(open_folder: Path) -> None:
    path = open_folder / "dex.db"
    open_for_writing(path).close()
    path.chmod(0o000)

    for what in ("read", "write"):
        code, exit_code, message, _ = try_to(what, path)
        assert (code, exit_code) == ("cannot_open", "1")
        assert str(path) in message


def test_a_place_where_nothing_may_be_created_says_so(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    for path in (open_folder / "dex.db", open_folder / "new" / "dex.db"):
        code, exit_code, message, hint = try_to("write", path)
        assert (code, exit_code) == ("cannot_open", "1")
        assert str(path) in message
        assert "--db" in hint


# -- two programs at once -----------------------------------------------------------------------------------

HOLD = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("begin immediate")
print("held", flush=True)
sys.stdin.read()
conn.execute("rollback")
"""


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program that is writing, until its standard input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other
        if other.stdin is not None and not other.stdin.closed:
            other.stdin.close()


def test_a_writer_waits_for_another_and_then_gives_up_with_nothing_changed(path: Path) -> None:
    with closing(open_for_writing(path, wait=0.3)) as conn, held(path):
        before = list(conn.iterdump())
        began = time.monotonic()
        with pytest.raises(LockedError) as caught:
            add(conn, "Grace Hopper")
        assert 0.3 <= time.monotonic() - began < 3
        assert caught.value.exit_code == ExitCode.LOCKED
        assert str(path) in caught.value.message
        assert not conn.in_transaction
        with pytest.raises(LockedError), transaction(conn):
            pass
        with closing(open_for_reading(path)) as reader:
            assert names(reader) == ["Ada Lovelace"]
        assert list(conn.iterdump()) == before

    with closing(open_for_writing(path)) as conn:
        add(conn, "Grace Hopper")
        assert names(conn) == ["Ada Lovelace", "Grace Hopper"]


def test_a_command_gets_its_turn_when_the_other_is_done(path: Path) -> None:
    with held(path) as other, subprocess.Popen([DEX, "--db", path, "add", "Grace Hopper"]) as command:
        time.sleep(1)
        assert command.poll() is None
        assert other.stdin is not None
        other.stdin.close()
        assert command.wait(20) == 0

    with closing(open_for_reading(path)) as conn:
        assert names(conn) == ["Ada Lovelace", "Grace Hopper"]


def test_there_is_one_long_run_at_a_time(path: Path) -> None:
    with sole_run(path, wait=0):
        with pytest.raises(LockedError), sole_run(path, wait=0.2):
            pass
        with closing(open_for_writing(path)) as conn:
            add(conn, "Grace Hopper")
    with sole_run(path, wait=0):
        pass


def test_whoever_waits_in_vain_is_told_for_what(path: Path) -> None:
    with closing(open_for_writing(path)) as conn, closing(open_for_writing(path, wait=0.1)) as other:
        begin(conn)
        with pytest.raises(LockedError, match="in use by another run of dex"):
            add(other, "Grace Hopper")
        with announced(path, "an undo"):
            with pytest.raises(LockedError, match="in use by an undo"):
                add(other, "Grace Hopper")
            with pytest.raises(LockedError, match="in use by an undo"), sole_run(path, wait=0):
                pass
        with pytest.raises(LockedError, match="in use by another run of dex"):
            add(other, "Grace Hopper")
        conn.execute("rollback")


def test_an_undo_goes_on_beside_an_import(path: Path) -> None:
    with sole_run(path, wait=0):
        with announced(path, "an undo"):
            pass
        with pytest.raises(LockedError, match="in use by an import"), sole_run(path, wait=0):
            pass


# -- a full disk --------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for little more than a new database."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "dexcli-test", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("only who may mount a file system can fill one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def occupy(folder: Path) -> None:
    """Leave not a byte of a disk free."""
    with (folder / "other").open("wb", buffering=0) as other, suppress(OSError):
        while other.write(b"x" * 4096):
            pass


def fill(path: Path) -> None:
    """Write ever more into a database, until it is refused: then all that was accepted is there, and nothing else."""
    with closing(open_for_writing(path)) as conn:
        add(conn, "Ada Lovelace")
    accepted = 1
    with closing(open_for_writing(path)) as conn:
        if path.parent.name != "disk":
            conn.execute(f"pragma max_page_count = {conn.execute('pragma page_count').fetchone()[0] + 10}")
        refused = None
        while refused is None and accepted < 1_000:
            try:
                with operation(conn, now=FIRST_DAY, command="add") as op:
                    person_id = people.add(op, f"Person {accepted}")
                    op.update("person", person_id, notes="x" * 20_000)
                accepted += 1
            except StoreError as error:
                refused = error
        assert refused is not None
        assert refused.code == "disk_full"
        assert str(path) in refused.message
        assert refused.hint
        assert not conn.in_transaction
    assert accepted > 1
    with closing(open_for_reading(path)) as conn:
        assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"
        assert len(names(conn)) == accepted == len(logical(conn)["identifier"])
        assert conn.execute("select count(*) from operation").fetchone()[0] == accepted


def test_a_full_disk_is_an_error_that_loses_nothing(small_disk: Path) -> None:
    fill(small_disk / "dex.db")


def test_a_database_that_may_not_grow_is_an_error_that_loses_nothing(tmp_path: Path) -> None:
    fill(tmp_path / "dex.db")


def test_a_new_database_on_a_full_disk_is_an_error(small_disk: Path) -> None:
    occupy(small_disk)

    with pytest.raises(StoreError) as caught:
        open_for_writing(small_disk / "dex.db")

    assert caught.value.code == "disk_full"
    (small_disk / "other").unlink()
    with closing(open_for_writing(small_disk / "dex.db")) as conn:
        assert names(conn) == []


def test_the_program_says_that_the_disk_is_full(small_disk: Path, dex: Dex) -> None:
    path = small_disk / "dex.db"
    dex("--db", path, "add", "Ada Lovelace")
    occupy(small_disk)

    refused = dex("--db", path, "--json", "add", "Grace Hopper", "--note", "x" * 100_000)

    assert (refused.code, refused.error["code"]) == (1, "disk_full")
    assert [one["name"] for one in dex("--db", path, "list", "--json").json["data"]["items"]] == ["Ada Lovelace"]
