"""Ended from outside, by real signals: no temporary file stays, nothing is half written, no text is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.program import DEX, NOW, Dex, Terminal

ENDS = [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
SECONDS = 30


def until(what: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Hang-ups reach the programs started here, though whoever started the tests ignores them, as nohup does."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The folder in which the program puts its temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def started(*words: str | Path, temporary: Path, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [DEX, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "DEXCLI_NOW": NOW, "TMPDIR": str(temporary), **environment},
    )


def ended(process: subprocess.Popen[bytes], number: int) -> tuple[int, str]:
    """The exit code and standard error of a program that is sent a signal."""
    process.send_signal(number)
    out, err = process.communicate(timeout=SECONDS)
    assert out == b""
    assert b"Traceback" not in err
    return process.returncode, err.decode()


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_what_came_from_a_pipe_does_not_stay(known: Dex, temporary: Path, number: int, code: int) -> None:
    with started("import", "-", temporary=temporary) as process:
        assert process.stdin is not None
        process.stdin.write(b"Name,Email\n" + b"Emmy Noether,emmy@example.org\n" * 100_000)
        process.stdin.flush()
        until(lambda: any(path.stat().st_size for path in temporary.iterdir()))
        assert ended(process, number)[0] == code
    assert list(temporary.iterdir()) == []
    assert known("show", "emmy").code == 4


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_the_copy_of_a_dry_run_does_not_stay(known: Dex, temporary: Path, number: int, code: int, home: Path) -> None:
    rows = "".join(f"Person {count},person{count}@example.org\n" for count in range(50_000))
    (home / "people.csv").write_text("Name,Email\n" + rows)
    with started("import", home / "people.csv", "--dry-run", temporary=temporary) as process:
        until(lambda: any(temporary.glob("*/dry-run.db-wal")))
        assert ended(process, number)[0] == code
    assert list(temporary.iterdir()) == []
    assert known("list", "person 1").out == ""


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_an_import_that_is_ended_leaves_whole_batches(
    known: Dex, temporary: Path, number: int, code: int, home: Path, db: Path
) -> None:
    rows = "".join(f"Person {count},person{count}@example.org\n" for count in range(50_000))
    (home / "people.csv").write_text("Name,Email\n" + rows)
    with started("import", home / "people.csv", temporary=temporary) as process:
        until(lambda: db.with_name("dex.db-wal").exists() and db.with_name("dex.db-wal").stat().st_size > 1_000_000)
        assert ended(process, number)[0] == code
    assert known("log", "ada", "tea").code == 0, "nothing is locked"
    assert known("import", home / "people.csv").code == 0


@pytest.mark.parametrize(("number", "code"), ENDS)
@pytest.mark.parametrize("typed", ["a text that took an hour", ""])
def test_a_text_in_the_editor_is_kept_and_its_file_goes(
    known: Dex, temporary: Path, number: int, code: int, home: Path, tmp_path: Path, typed: str
) -> None:
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\nprintf %s '{typed}' >> \"$1\"\necho $$ > {tmp_path}/pid.new\n"
                      f"mv {tmp_path}/pid.new {tmp_path}/pid\nexec sleep 60\n")  # fmt: skip
    editor.chmod(0o755)
    with started("log", "ada", "-e", temporary=temporary, EDITOR=str(editor)) as process:
        until((tmp_path / "pid").exists)
        ended_with, err = ended(process, number)
    assert ended_with == code
    assert list(temporary.iterdir()) == []
    kept = [path.read_text() for path in (home / ".local/state/dexcli").glob("text-*")]
    assert kept == ([typed] if typed else [])
    assert ("your text is safe in" in err) == bool(typed)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert known("show", "ada", "--json").json["data"]["timeline_total"] == 1


def test_the_end_is_told_to_programs_too(known: Dex, temporary: Path) -> None:
    with started("log", "ada", "-", "--json", temporary=temporary) as process:
        time.sleep(1.0)
        code, err = ended(process, signal.SIGTERM)
    assert (code, err.count('"code":"interrupted"') + err.count('"code": "interrupted"')) == (143, 1)
    assert known("show", "ada", "--json").json["data"]["timeline_total"] == 1


def test_a_program_without_a_terminal_outlives_it(known: Dex, temporary: Path) -> None:
    process = subprocess.Popen(
        ["nohup", DEX, "log", "ada", "-", "-q"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "DEXCLI_NOW": NOW, "TMPDIR": str(temporary)},
    )
    with process:
        time.sleep(1.0)
        process.send_signal(signal.SIGHUP)
        process.communicate(b"tea", timeout=SECONDS)
    assert process.returncode == 0
    assert known("show", "ada", "--json").json["data"]["timeline_total"] == 2


# -- a program that prints a password ----------------------------------------------------------------------

AT_ITS_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Runs a program in the foreground of its terminal, as a shell does."""


class Alive:
    """Tells whether anything runs that a command has started: all of it holds a pipe open."""

    def __init__(self, pipe: Path) -> None:
        os.mkfifo(pipe)
        self.reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.begin = f"exec 9>{pipe}; sleep 0.5; echo begun >&9"
        """To be said by the command, in a shell: when it is heard, whoever has started it waits for it."""

    def begun(self) -> bool:
        try:
            return os.read(self.reader, 80) == b"begun\n"
        except BlockingIOError:
            return False

    def gone(self) -> bool:
        try:
            return os.read(self.reader, 80) == b""
        except BlockingIOError:
            return False


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[Alive]:
    found = Alive(tmp_path / "alive")
    yield found
    os.close(found.reader)


def account(dex: Dex, script: str) -> None:
    """An account whose password a shell prints."""
    server = ("--host", "127.0.0.1", "--port", "1", "--security", "none")
    assert dex("account", "add", "home", "me@example.org", *server, "--password-command", f"sh -c '{script}'").code == 0


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_nothing_outlives_it_of_a_command_that_was_to_print_a_password(
    dex: Dex, temporary: Path, number: int, code: int, alive: Alive
) -> None:
    account(dex, f"{alive.begin}; sleep 301 & sleep 302")
    with started("account", "test", temporary=temporary) as process:
        until(alive.begun)
        assert ended(process, number)[0] == code
    until(alive.gone)


def test_what_printed_a_password_may_leave_something_running(dex: Dex, alive: Alive) -> None:
    account(dex, f"{alive.begin}; sleep 3 >/dev/null 2>&1 & echo secret")
    assert "Connection refused" in dex("account", "test").err
    assert alive.begun()
    assert not alive.gone()


def test_a_command_may_ask_at_the_terminal(dex: Dex, alive: Alive) -> None:
    account(dex, f"{alive.begin}; printf PIN: >/dev/tty; read -r pin </dev/tty; echo $pin")
    terminal = Terminal((sys.executable, "-c", AT_ITS_TERMINAL, DEX))
    shown = terminal("account", "test", keys="\x03", after="PIN:")
    assert (shown.code, shown.text) == (130, "PIN:^Cdex: interrupted\n")
    assert alive.begun()
    until(alive.gone)
    assert "Connection refused" in terminal("account", "test", keys="1234\n", after="PIN:").text
