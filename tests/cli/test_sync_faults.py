"""Whatever happens to a sync, its exit code says so, and the next run leaves what an undisturbed one would have left.

Where thousands of runs are needed, or more patience than a test has, the service runs in this process; else the program
does. Between it and Dovecot stands a relay.
"""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from dexcli.config import accounts
from dexcli.config.credentials import Secret
from dexcli.errors import DexError, ExitCode
from dexcli.services import syncing
from dexcli.services.ingest import GATHER
from dexcli.services.invocation import Invocation
from dexcli.sources import imap
from dexcli.sources.imap import Patience
from dexcli.store.connection import open_for_writing
from support import importing, letters
from support.importing import integrity
from support.program import DEX, NOW, Dex
from support.relay import Answers, Relay, relay
from support.scripted import HANG_UP, SILENCE
from support.servers import GOOD_TOKEN, PASSWORD, Dovecot, free_ports

MANY = 2_000
WHO = 40

FOLDERS = {"INBOX": (1, 4, 5, 6, 7), "Sent": (2, 3)}
ENTRIES = 5
"""Of these seven letters two are by lists and machines."""


def history(database: Path) -> dict[str, list[Any]]:
    """All that a user can see, and how far syncs came, by whatever port and in whatever order."""
    found = importing.history(database)
    found["cursors"] = [(*feed, {**json.loads(cursor), "port": 0}) for *feed, cursor in found["cursors"]]
    return found


class Box:
    """A mailbox, and databases that are filled from it in this process."""

    def __init__(self, server: Dovecot, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.user = server.user()
        self._numbers = count()
        self._empty = folder / "empty.db"
        open_for_writing(self._empty).close()
        for name, numbers in FOLDERS.items():
            server.fill(self.user, name, [mail(number) for number in numbers])

    def database(self) -> Path:
        """An empty one."""
        path = self.folder / f"{next(self._numbers)}.db"
        copyfile(self._empty, path)
        return path

    def sync(self, database: Path, port: int) -> ExitCode:
        """The exit code that such a sync has."""
        reached = {"host": "127.0.0.1", "port": port, "security": "none", "user": self.user}
        account = accounts.read("home", {"type": "imap", "address": letters.ME, **reached})
        call = Invocation(now=datetime.fromisoformat(NOW), command="sync")
        with closing(open_for_writing(database)) as conn:
            try:
                secret = Secret(kind="password", value=PASSWORD, source="typed")
                result = syncing.sync(conn, call, [account], lambda _: secret)
            except DexError as error:
                return error.exit_code
        return ExitCode.PARTIAL if result.report.skipped else ExitCode.OK

    def undisturbed(self) -> dict[str, list[Any]]:
        database = self.database()
        assert self.sync(database, self.server.port) == ExitCode.OK
        return history(database)

    def disturbed(
        self, expected: dict[str, list[Any]], codes: Sequence[ExitCode], what: object = "", **said: Any
    ) -> Relay:
        """Sync over a relay that does as is said, then again without it, and look at what is there."""
        database = self.database()
        with relay(self.server.port, **said) as between:
            code = self.sync(database, between.port)
            assert code in codes, f"{what}: {code!r}"
            between.calm()
            assert self.sync(database, between.port) == ExitCode.OK, what
        assert history(database) == expected, what
        assert integrity(database) == "ok", what
        database.unlink()
        return between


@pytest.fixture
def box(dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setattr(imap, "Patience", lambda: Patience(connect=5, read=5, pauses=(0.0,), wait=lambda _: None))
    return Box(dovecot, tmp_path)


@pytest.fixture
def impatient(box: Box, monkeypatch: pytest.MonkeyPatch) -> Box:
    """It does not wait for long, and does not try again but for messages."""
    monkeypatch.setattr(imap, "Patience", lambda: Patience(connect=0.5, read=0.25, pauses=()))
    return box


def mail(number: int) -> bytes:
    return letters.message(number).replace("\n", "\r\n").encode()


FINE_OR_FAILED = (ExitCode.OK, ExitCode.SERVER)


# -- connections --------------------------------------------------------------------------------------------


class Cut:
    """Ends the first connections when so many bytes came from the server."""

    def __init__(self, after: int, connections: int) -> None:
        self.left = dict.fromkeys(range(1, connections + 1), after)

    def __call__(self, connection: int, data: bytes) -> bytes:
        left = self.left.get(connection)
        if left is None:
            return data
        self.left[connection] = left - len(data)
        return data if len(data) < left else data[: max(0, left)] + HANG_UP


def test_a_connection_cut_after_any_byte_from_the_server(box: Box) -> None:
    expected = box.undisturbed()
    assert len(expected["interactions"]) == ENTRIES
    length = box.disturbed(expected, [ExitCode.OK]).received
    assert length > 2_000
    for after in range(0, length, 29):
        box.disturbed(expected, [ExitCode.OK], after, answers=Cut(after, 1))


def test_connections_that_are_all_cut_after_some_byte(box: Box) -> None:
    expected = box.undisturbed()
    length = box.disturbed(expected, [ExitCode.OK]).received
    for after in range(0, length, 211):
        box.disturbed(expected, (*FINE_OR_FAILED, ExitCode.PARTIAL), after, answers=Cut(after, 1_000))


def test_a_connection_cut_after_any_byte_to_the_server(box: Box) -> None:
    expected = box.undisturbed()
    length = box.disturbed(expected, [ExitCode.OK]).sent
    assert length > 500
    for after in range(1, length, 17):
        box.disturbed(expected, [ExitCode.OK], after, questions=after)


def test_a_server_that_falls_silent(impatient: Box) -> None:
    box, expected = impatient, impatient.undisturbed()
    length = box.disturbed(expected, [ExitCode.OK]).received

    def silent(after: int) -> Answers:
        cut = Cut(after, 1_000)
        return lambda connection, data: cut(connection, data).replace(HANG_UP, SILENCE)

    for after in range(0, length, 430):
        box.disturbed(expected, (*FINE_OR_FAILED, ExitCode.PARTIAL), after, answers=silent(after))


# -- nonsense and lies ---------------------------------------------------------------------------------------

GARBAGE = (
    b"\xff\xfe\x00 nonsense\r\n",
    b"* LIST (((\r\n* STATUS x (UIDNEXT x\r\n* SEARCH one two\r\n* OK [UIDNEXT no] x\r\n<tag> OK done\r\n",
    b"* 1 FETCH (UID ((((((\r\n<tag> OK done\r\n",
    b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (FROM)] {99999999999999}\r\n",
    b"<tag> OK done\r\n",
    b"<tag> BAD internal error\r\n",
    b"<tag> NO [SERVERBUG] not today\r\n",
)


@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN", "LIST", "STATUS", "EXAMINE", "UID SEARCH", "UID FETCH"])
def test_a_server_that_answers_garbage(impatient: Box, command: str) -> None:
    box, expected = impatient, impatient.undisturbed()
    for garbage in GARBAGE:
        asked = garbled(command, garbage)
        box.disturbed(expected, (*FINE_OR_FAILED, ExitCode.PARTIAL), garbage, asked=asked)


def garbled(command: str, garbage: bytes) -> Callable[[int, str], bytes | None]:
    return lambda _, said: garbage if said.upper().startswith(command) else None


@pytest.mark.parametrize("by", [-30, -1, 1, 30, 20_000, 10**12])
@pytest.mark.parametrize("uid", [b"1", b"3", b"5"])
def test_a_server_that_lies_about_the_size_of_a_message(impatient: Box, uid: bytes, by: int) -> None:
    box, expected = impatient, impatient.undisturbed()
    size = re.compile(rb"(\(UID " + uid + rb" INTERNALDATE [^{]*\{)([0-9]+)\}")

    def lie(_: int, data: bytes) -> bytes:
        return size.sub(lambda found: b"%b%d}" % (found[1], int(found[2]) + by), data)

    box.disturbed(expected, (*FINE_OR_FAILED, ExitCode.PARTIAL), by, answers=lie)


# -- another UIDVALIDITY -------------------------------------------------------------------------------------


def replaced(box: Box, *numbers: int) -> None:
    """The folder is made anew, with these letters in another order."""
    with box.server.client(box.user) as client:
        client.delete_folder("Friends")
        # Dovecot counts up from the time in seconds: one more in between makes sure that it is another.
        client.create_folder("Passing")
        client.delete_folder("Passing")
    box.server.fill(box.user, "Friends", [mail(number) for number in numbers])


def test_a_folder_that_has_another_uidvalidity_the_next_time(box: Box) -> None:
    box.server.fill(box.user, "Friends", [mail(1), mail(6)])
    database = box.database()
    assert box.sync(database, box.server.port) == ExitCode.OK
    before = history(database)
    replaced(box, 7, 6, 1)

    assert box.sync(database, box.server.port) == ExitCode.OK

    assert history(database)["cursors"] != before["cursors"]
    assert history(database) == box.undisturbed()


def test_a_folder_that_gets_another_uidvalidity_while_it_is_read(box: Box) -> None:
    box.server.fill(box.user, "Friends", [mail(1), mail(6)])
    database = box.database()
    done: list[str] = []

    def asked(_: int, command: str) -> bytes | None:
        if "FETCH" in command and not done:
            done.append(command)
            replaced(box, 7, 6, 1)
            return HANG_UP
        return None

    with relay(box.server.port, asked=asked) as between:
        assert box.sync(database, between.port) == ExitCode.OK
        assert box.sync(database, between.port) == ExitCode.OK
    assert history(database) == box.undisturbed()


# -- the program ---------------------------------------------------------------------------------------------


class Program:
    """`dex sync` of an account with many letters."""

    def __init__(self, dex: Dex, home: Path, server: Dovecot, user: str) -> None:
        self.dex, self.home, self.server, self.user = dex, home, server, user
        (self.port,) = free_ports(1)
        """Of every relay: a mailbox at another one is another mailbox."""

    @contextmanager
    def relay(self, **said: Any) -> Iterator[Relay]:
        """The account is behind a relay that does as is said."""
        with relay(self.server.port, port=self.port, **said) as between:
            self.account(between.port)
            yield between

    def account(self, port: int, **options: str) -> None:
        """The account as it is from now on."""
        said = {"security": "none", "user": self.user, **options}
        config = self.home / ".config/dexcli/config.toml"
        config.unlink(missing_ok=True)
        words = [word for key, value in said.items() for word in (f"--{key.replace('_', '-')}", value)]
        added = self.dex("account", "add", "home", letters.ME, "--host", "127.0.0.1", "--port", str(port), *words)
        assert added.code == 0, added.err

    def begin(self, database: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [DEX, "sync", "-q", "--db", database],
            env={**os.environ, "DEXCLI_NOW": NOW, "DEXCLI_PASSWORD_HOME": PASSWORD},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def sync(self, database: Path, code: int = 0, password: str = PASSWORD) -> Any:
        """The error, where there is one."""
        ran = self.dex("sync", "--json", "--db", database, env={"DEXCLI_PASSWORD_HOME": password})
        assert ran.code == code, ran.err
        return ran.json["data"] if ran.out else ran.error


@pytest.fixture(scope="module")
def full(dovecot: Dovecot) -> str:
    """A user with many letters, whom no test changes."""
    user = dovecot.user()
    dovecot.deliver(
        user,
        "Large",
        (
            f"From: Ada {one % WHO} <ada{one % WHO}@example.org>\r\nTo: {letters.ME}\r\nSubject: Letter {one}\r\n"
            f"Date: Mon, 2 Feb 2026 {one // 60 % 24:02}:{one % 60:02} +0000\r\nMessage-ID: <m{one}@example.org>\r\n"
            "\r\nHello.\r\n".encode()
            for one in range(MANY)
        ),
    )
    return user


@pytest.fixture
def program(dex: Dex, home: Path, dovecot: Dovecot, full: str) -> Program:
    return Program(dex, home, dovecot, full)


@pytest.fixture
def undisturbed(program: Program, tmp_path: Path) -> dict[str, list[Any]]:
    program.account(program.server.port)
    program.sync(tmp_path / "undisturbed.db")
    found = history(tmp_path / "undisturbed.db")
    assert len(found["interactions"]) == MANY
    return found


class Killer:
    """Kills the program when it asks for a batch, and half of the answer to that has come."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.process: subprocess.Popen[bytes] | None = None
        self.armed = False

    def asked(self, _: int, command: str) -> None:
        if command.startswith("UID FETCH"):
            time.sleep(GATHER)  # each checkpoint is committed by itself
            self.left -= 1
            self.armed = not self.left

    def answers(self, _: int, data: bytes) -> bytes:
        if not self.armed or self.process is None:
            return data
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)
        return data[: len(data) // 2] + HANG_UP

    def run(self, program: Program, database: Path) -> int:
        """The exit code of a run that may be killed."""
        with program.relay(answers=self.answers, asked=self.asked):
            self.process = program.begin(database)
            with self.process as process:
                process.communicate(timeout=60)
        return process.returncode


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 5])
def test_a_sync_killed_between_two_checkpoints(
    program: Program, undisturbed: dict[str, list[Any]], tmp_path: Path, batch: int
) -> None:
    database = tmp_path / "killed.db"
    assert Killer(batch).run(program, database) == -signal.SIGKILL
    assert integrity(database) == "ok"
    with program.relay():
        program.sync(database)
    assert history(database) == undisturbed


def test_a_sync_killed_again_and_again(program: Program, undisturbed: dict[str, list[Any]], tmp_path: Path) -> None:
    database = tmp_path / "killed.db"
    codes = [Killer(3).run(program, database) for _ in range(5)]
    assert codes[0] == -signal.SIGKILL
    assert codes[-1] == 0, "each run comes further"
    assert history(database) == undisturbed


def undone(program: Program, database: Path) -> Any:
    """What undoing the latest operation says, which is under way."""
    (latest,) = program.dex("history", "--limit", "1", "--json", "--db", database).json["data"]["operations"]
    assert latest["state"] == "running"
    return program.dex("undo", latest["id"], "--json", "--db", database).json["data"]


def test_a_sync_that_was_killed_and_undone_is_read_again(
    program: Program, undisturbed: dict[str, list[Any]], tmp_path: Path
) -> None:
    database = tmp_path / "killed.db"
    assert Killer(4).run(program, database) == -signal.SIGKILL
    assert history(database)["interactions"]
    assert undone(program, database)["hint"] == "it was not finished: the next dex sync reads this mail again"
    assert history(database)["interactions"] == []
    with program.relay():
        program.sync(database)
    assert history(database) == undisturbed


def test_a_sync_that_is_undone_while_it_runs_is_read_again(
    program: Program, undisturbed: dict[str, list[Any]], tmp_path: Path
) -> None:
    database = tmp_path / "undone.db"
    fetches: list[str] = []

    def asked(_: int, command: str) -> None:
        if command.startswith("UID FETCH"):
            time.sleep(GATHER)  # each checkpoint is committed by itself
            fetches.append(command)
            if len(fetches) == 4:
                assert history(database)["interactions"]
                undone(program, database)

    with program.relay(asked=asked) as between:
        error = program.sync(database, ExitCode.FAILURE)
        assert (error["code"], error["hint"]) == ("undo_conflict", "run it again to have it")
        assert history(database)["interactions"] == []
        between.calm()
        program.sync(database)
    assert history(database) == undisturbed


def test_two_syncs_at_once(program: Program, undisturbed: dict[str, list[Any]], tmp_path: Path) -> None:
    database = tmp_path / "both.db"
    second: list[subprocess.Popen[bytes]] = []

    def asked(_: int, command: str) -> None:
        if command.startswith("UID FETCH") and not second:
            second.append(program.begin(database))
            time.sleep(1)  # it starts, and waits for the first

    with relay(program.server.port, asked=asked) as between:
        program.account(between.port)
        with program.begin(database) as first:
            assert first.communicate(timeout=60)[1] == b""
        with second[0] as other:
            assert other.communicate(timeout=60)[1] == b""
    assert (first.returncode, other.returncode) == (0, 0)
    assert history(database) == undisturbed


def test_a_wrong_password(program: Program, undisturbed: dict[str, list[Any]], tmp_path: Path) -> None:
    database = tmp_path / "wrong.db"
    error = program.sync(database, ExitCode.SERVER, password="wrong")  # noqa: S106  # of nobody
    assert error["code"] == "credentials"
    assert "account home" in error["message"]
    program.sync(database)
    assert history(database) == undisturbed


@pytest.mark.parametrize("later", [False, True], ids=["at-once", "on-the-way"])
def test_a_token_that_has_expired(
    program: Program, undisturbed: dict[str, list[Any]], tmp_path: Path, later: bool
) -> None:
    """On the way: the connection breaks, and the next login takes a token that is old by then."""
    database, tokens, command = tmp_path / "expired.db", tmp_path / "tokens", tmp_path / "token"
    good = GOOD_TOKEN + program.user
    tokens.write_text("\n".join([*([good] if later else []), "expired", *[good] * 9]) + "\n")
    command.write_text(f"#!/bin/sh\nhead -n 1 '{tokens}'\nsed -i 1d '{tokens}'\n")
    command.chmod(stat.S_IRWXU)

    def asked(connection: int, said: str) -> bytes | None:
        third = said.startswith("UID FETCH") and ",1000," in said
        return HANG_UP if later and connection == 1 and third else None

    with relay(program.server.port, asked=asked) as between:
        program.account(between.port, auth="xoauth2", token_command=str(command))
        error = program.sync(database, ExitCode.SERVER)
        assert error["code"] == "credentials"
        assert "token_command of account home" in error["hint"]
        assert 0 < len(history(database)["interactions"]) < MANY or not later
        program.sync(database)
    assert history(database) == undisturbed


def test_a_certificate_that_is_not_to_be_trusted(
    program: Program, undisturbed: dict[str, list[Any]], tmp_path: Path
) -> None:
    database = tmp_path / "untrusted.db"
    program.account(program.server.tls_port, security="tls")
    error = program.sync(database, ExitCode.SERVER)
    assert "certificate" in error["message"]
    assert "ca_file" in error["hint"]
    assert history(database)["interactions"] == []
    program.account(program.server.tls_port, security="tls", ca_file=program.server.ca_file)
    program.sync(database)
    assert history(database) == undisturbed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=700k", "dexcli-test", folder]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may make a small disk, and not in every container")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_disk_that_is_full(program: Program, undisturbed: dict[str, list[Any]], small_disk: Path) -> None:
    database = small_disk / "dex.db"
    error = program.sync(database, ExitCode.FAILURE)
    assert error["code"] == "disk_full"
    assert integrity(database) == "ok"
    subprocess.run(["mount", "-o", "remount,size=60m", small_disk], check=True)
    program.sync(database)
    assert history(database) == undisturbed
