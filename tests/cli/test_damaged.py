"""A damaged database: every command says so, whatever it stumbles over, and none takes it for a defect of its own."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dexcli.cli.app import run
from dexcli.config import paths
from dexcli.errors import ExitCode
from dexcli.store import damage, quick
from support.program import NOW, Dex

COMMANDS = (
    *(["due"], ["due", "--json"], ["list", "state:all"], ["show", "ada"], ["history"], ["triage"]),
    *(["why", "i1"], ["log", "grace", "tea"], ["edit", "ada", "--company", "Engines"], ["undo"]),
)


def strewn(data: bytes, seed: int, number: int) -> bytes:
    """A file with so many of its bytes overwritten, none of them among those that say whose it is."""
    chance = random.Random(seed)  # noqa: S311 - repeated by its seed
    damaged = bytearray(data)
    for _ in range(number):
        damaged[chance.randrange(100, len(damaged))] = chance.randrange(256)
    return bytes(damaged)


@pytest.fixture
def sound(db: Path) -> bytes:
    """The bytes of a sound database, all of which are in the one file."""
    with closing(sqlite3.connect(db)) as conn:
        conn.execute("pragma wal_checkpoint(truncate)")
    return db.read_bytes()


def ran(path: Path, data: bytes, command: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and message of a command on a file of these bytes."""
    for one in path.parent.glob(f"{path.name}*"):
        one.unlink()
    path.write_bytes(data)
    code = run(["--db", str(path), *command])
    return code, capsys.readouterr().err


@pytest.mark.parametrize("number", [200, 10, 2])
def test_no_damage_is_taken_for_a_defect(
    number: int, sound: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEXCLI_NOW", NOW)
    path = tmp_path / "damaged.db"
    told = 0
    for seed in range(100):
        data = strewn(sound, seed, number)
        for command in COMMANDS if number < 200 else COMMANDS[seed % 5 :: 5]:
            code, message = ran(path, data, command, capsys)
            assert code != ExitCode.UNEXPECTED, (seed, command, message)
            assert code != ExitCode.FAILURE or "is damaged" in message, (seed, command, message)
            told += code == ExitCode.FAILURE
        quick.due_count(str(path), "2026-03-08", paths.stamp(None))
        quick.people(str(path), "a", ("active",))
        quick.tags(str(path), "")
        quick.values(str(path), "company", "")
        quick.commitments(str(path))
        quick.operations(str(path))
    assert told > 50


@pytest.mark.parametrize(
    ("statement", "command", "why"),
    [
        ("update operation set at = 'yesterday'", ["history"], "operation.at cannot be read"),
        ("update operation set at = cast(x'ff' as text)", ["history"], "operation.at cannot be read"),
        ("update person set created_at = ''", ["show", "ada"], "person.created_at cannot be read"),
        (
            "update claim set value = '1815-1x-10' where field = 'birthday'",
            ["show", "ada"],
            "a date of claim cannot be read",
        ),
        ("update change set image = '{' where image is not null", ["undo"], "change.image cannot be read"),
        ("pragma foreign_keys = off; delete from identifier", ["show", "i1"], "belongs to none"),
    ],
)
def test_what_nobody_wrote_is_called_damage(statement: str, command: list[str], why: str, dex: Dex, db: Path) -> None:
    with closing(sqlite3.connect(db)) as conn:
        conn.executescript(statement)
    done = dex(*command)
    if done.code != ExitCode.OK:
        assert (done.code, "is damaged" in done.err) == (1, True), done.err
    assert why in (damage.what_is_wrong(db) or "")


def test_a_sound_database_is_not_called_damaged(db: Path) -> None:
    assert damage.what_is_wrong(db) is None
    assert damage.behind(ValueError(), db) is None
    assert damage.behind(ValueError(), db.with_name("not there")) is None
