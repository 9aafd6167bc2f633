"""`dex list`: how many, and what is said where there is nobody."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress

import pytest

from support.program import DEX, NOW, SECONDS, Dex, Terminal


@pytest.mark.parametrize("command", [("list",), ("list", "--fields", "handle"), ("dates",)])
def test_no_more_are_listed_than_were_asked_for(known: Dex, terminal: Terminal, command: tuple[str, ...]) -> None:
    everybody = known(*command, "--json").json["data"]
    first = known(*command, "--limit", "1", "--json").json["data"]
    assert everybody["total"] > 1
    assert (first["items"], first["total"]) == (everybody["items"][:1], everybody["total"])
    assert known(*command, "-n", "1").out == known(*command).out.splitlines(keepends=True)[0]
    assert known(*command, "--limit", "0").out == known(*command).out
    assert terminal(*command, "-n", "1").text.splitlines()[-1].startswith(f" 1 of {everybody['total']} ")


def at_a_terminal_with_a_pipe(*args: str) -> tuple[int, str, str]:
    """Exit code, standard output as a pipe has it, and standard error as a terminal shows it."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [DEX, *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "DEXCLI_NOW": NOW},
    ) as ran:
        os.close(theirs)
        out, _ = ran.communicate(timeout=SECONDS)
    told = b""
    with suppress(OSError):  # Linux: the other side is closed
        while part := os.read(ours, 65_536):
            told += part
    os.close(ours)
    return ran.returncode, out.decode(), told.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("list", "tag:frend"), "nobody fits|nobody has the tag frend; did you mean tag:friend?"),
        (
            ("list", "company:analitical"),
            'nobody fits|nobody works at analitical; did you mean company:"Analytical Engines"?',
        ),
        (("list", "tag:nautical"), "nobody fits|nobody has the tag nautical"),
        (("list", "tag:friend", "tag:navy"), "nobody fits"),
        (("list", "!tag:frend", "quux"), "nobody fits"),
        (("export", "--as", "vcard", "tag:frend"), "nothing fits|nobody has the tag frend; did you mean tag:friend?"),
        (("search", "quux"), "nothing fits"),
        (("search", "quux", "tag:frend"), "nothing fits|nobody has the tag frend; did you mean tag:friend?"),
        (("dates", "--tag", "frend"), "nothing fits|nobody has the tag frend; did you mean friend?"),
        (("due", "--tag", "frend"), "nobody is due|nobody has the tag frend; did you mean friend?"),
        (("list", "tag:frend", "-q"), ""),
        (("list", "tag:frend", "--json"), ""),
        (("list", "tag:friend"), ""),
    ],
)
def test_somebody_at_a_terminal_is_told_that_nothing_fits(known: Dex, command: tuple[str, ...], told: str) -> None:
    code, out, err = at_a_terminal_with_a_pipe(*command)
    ran = known(*command)
    assert (code, out) == (0, ran.out)
    assert [line.removeprefix("dex: ") for line in err.splitlines()] == (told.split("|") if told else [])
    slips = [line for line in err.splitlines() if "nobody has" in line or "nobody works" in line]
    assert ran.err.splitlines() == slips


def test_a_screen_says_once_that_nobody_fits(known: Dex, terminal: Terminal) -> None:
    assert known("list", "tag:frend").code == 0
    assert terminal("list", "tag:frend").text == (
        " Nobody found.\ndex: nobody has the tag frend; did you mean tag:friend?\n"
    )
