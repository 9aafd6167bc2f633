"""Pipes, devices and sockets where a file belongs: a clear error at once, and nothing is touched."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from support.program import Dex

READING = (["due"], ["due", "--count"], ["list"], ["show", "ada"], ["me"], ["history"])
WRITING = (["add", "Emmy Noether"], ["log", "ada", "tea"], ["log", "ada", "tea", "--dry-run"], ["due", "--new"])


@pytest.fixture(params=["/dev/null", "/dev/zero", "/dev/stdin", "fifo", "socket"])
def special(request: pytest.FixtureRequest, home: Path) -> Path:
    """What is there, and is no file; standard input is a pipe."""
    path = Path(str(request.param))
    if path.is_absolute():
        return path
    path = home / path
    if path.name == "fifo":
        os.mkfifo(path)
    else:
        with socket.socket(socket.AF_UNIX) as open_socket:
            open_socket.bind(str(path))
    return path


def test_a_database_is_a_file(dex: Dex, special: Path, home: Path) -> None:
    (home / "people.csv").write_text("Name\nEmmy Noether\n")
    before = (special.stat().st_mode, special.stat().st_rdev, sorted(home.rglob("*")))
    for words in (*READING, *WRITING, ["import", str(home / "people.csv")]):
        ran = dex(*words, "--db", special)
        assert (ran.code, ran.out) == (2, ""), words
        assert ran.err.startswith(f"dex: {special} is a pipe, device or socket, not a database file\n")
    assert dex(env={"_DEX_COMPLETE": f"--db\t{special}\tshow\t"}).out == ""
    assert dex("due", "--count", env={"DEXCLI_DB": str(special)}).code == 2
    assert (special.stat().st_mode, special.stat().st_rdev, sorted(home.rglob("*"))) == before


def test_a_configuration_is_a_file_or_nothing(known: Dex, special: Path) -> None:
    before = (special.stat().st_mode, special.stat().st_rdev)
    for words in (*READING[:-1], *WRITING, ["config"]):  # the history depends on no setting
        ran = known(*words, "--config", special)
        if special == Path(os.devnull):
            assert ran.code == 0, (words, ran.err)
        else:
            assert ran.code == 2, words
            assert ran.err.startswith(f"dex: {special} is a pipe, device or socket, not a configuration file\n")
    for words in (["config", "set", "due.lead", "3"], ["account", "add", "ada@gmail.com"]):
        assert known(*words, "--config", special).code == 2, words
    assert (special.stat().st_mode, special.stat().st_rdev) == before
