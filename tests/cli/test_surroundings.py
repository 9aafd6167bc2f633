"""The program where things are missing: readers, homes, streams, room, a locale, columns."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import stat
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from dexcli.render.text import cells
from support.program import DEX, NOW, Dex, Ran, Terminal

EVERYDAY = (
    ["due"],
    ["due", "--json"],
    ["due", "--count"],
    ["due", "--digest"],
    ["list"],
    ["list", "--jsonl"],
    ["show", "ada"],
    ["history"],
    ["--help"],
    ["log", "--help"],
    ["--version"],
    ["schema"],
    ["completions", "bash"],
)


def shell(line: str, **environment: str) -> Ran:
    """Run a line of bash in which `dex` is the program."""
    done = subprocess.run(
        ["bash", "-c", f'dex() {{ {shlex.quote(str(DEX))} "$@"; }}\n{line}'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, "DEXCLI_NOW": NOW, **environment},
        timeout=60,
        check=False,
    )
    return Ran(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


@pytest.fixture
def crowd(dex: Dex, home: Path) -> Dex:
    """The program that knows 10,000 people."""
    file = home / "people.csv"
    rows = (f"Person {number},person{number}@example.org,2w" for number in range(10_000))
    file.write_text("Name,Email,Cadence\n" + "\n".join(rows))
    assert dex("import", file, "-q").code == 0
    return dex


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("words", ["list", "list --jsonl", "list --json", "list --fields name", "list --color always"])
def test_a_reader_may_leave(words: str) -> None:
    ran = shell(f"set -o pipefail; dex {words} | head -1")
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.out.splitlines()) == 1


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("words", EVERYDAY, ids=" ".join)
def test_a_reader_may_never_come(words: list[str]) -> None:
    ran = shell(f"set -o pipefail; dex {shlex.join(words)} | :")
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.usefixtures("known")
def test_what_nobody_read_is_still_new() -> None:
    shell("dex due --digest --new >/dev/full")
    assert "Ada Lovelace" in shell("dex due --digest --new").out
    assert shell("dex due --digest --new").out == ""


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("words", EVERYDAY, ids=" ".join)
def test_a_full_disk_is_an_error(words: list[str]) -> None:
    ran = shell(f"dex {shlex.join(words)} >/dev/full")
    assert ran.code == 1
    assert "No space left on device" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", [*EVERYDAY, ["log", "ada", "tea"]], ids=" ".join)
def test_streams_may_be_closed(known: Dex, db: Path, words: list[str], closed: str) -> None:
    before = db.read_bytes()[:16]
    ran = shell(f"dex {shlex.join(words)} {closed}")
    assert ran.code == 0
    assert "Traceback" not in ran.err
    assert bool(ran.out) == (">&-" not in closed.replace("2>&-", ""))
    assert db.read_bytes()[:16] == before
    assert known("show", "ada").code == 0


@pytest.mark.usefixtures("known")
def test_a_text_from_a_closed_stream_is_empty() -> None:
    ran = shell("dex log ada - <&-")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "dex: the text is empty: nothing was logged")


@pytest.mark.usefixtures("known")
def test_errors_are_told_by_the_code_alone_where_nobody_listens() -> None:
    assert shell("dex show nobody 2>&-").code == 4
    assert shell("dex import - <&-").code == 2


@pytest.mark.usefixtures("known")
def test_a_home_is_not_needed_beyond_the_database(db: Path) -> None:
    without = "unset HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME; dex "
    for words in (
        "due",
        "due --count",
        "due --digest --new",
        "log ada tea",
        "me",
        "show ada",
        "list -v",
        "init",
        "undo",
    ):
        ran = shell(without + words, DEXCLI_DB=str(db))
        assert ran.code == 0, (words, ran.err)
    ran = shell(without + "due")
    assert ran.code == 2
    assert "set DEXCLI_DB" in ran.err
    assert "set DEXCLI_CONFIG" in shell(without + "config set due.lead 3", DEXCLI_DB=str(db)).err


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "", "LANG": ""}])
def test_names_survive_a_locale_without_letters(known: Dex, locale: dict[str, str]) -> None:
    assert "Émilie du Châtelet" in known("list", env=locale).out
    assert known("add", "Søren Kierkegaard", "--json", env=locale).json["data"]["person"]["name"] == "Søren Kierkegaard"


def test_letters_that_the_terminal_does_not_know_are_escaped(known: Dex) -> None:
    known("add", "李 小龍", "-q")
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    for words in (["list"], ["list", "--json"], ["list", "--color", "always"], ["show", "小龍"], ["show", "nobody-李"]):
        ran = known(*words, env=ascii_only)
        assert ran.code in (0, 4)
        assert (ran.out + ran.err).isascii()
    assert "\\u674e" in known("list", env=ascii_only).out


@pytest.mark.usefixtures("known")
def test_an_argument_that_is_no_text_is_refused() -> None:
    for words in (
        *(r"show $'\xff'", r"log ada $'\xff'", r"remind ada $'\xff' --on friday", r"add $'Zo\xff'", r"add $'\xff\xfe'"),
        *(r"edit ada --note $'caf\xe9'", r"tag ada $'+caf\xe9'", r"log ada tea --create $'Zo\xeb'", r"list $'\xff'"),
    ):
        ran = shell(f"dex {words}")
        assert ran.code == 2, words
        assert "no text" in ran.err


@pytest.mark.usefixtures("known")
def test_a_file_name_that_is_no_text_is_a_file_name(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Name,Email\nEmmy Noether,emmy@example.org\n")
    ran = shell(f"cd {tmp_path}; mv people.csv $'\\xff.csv'; dex import $'\\xff.csv' --json")
    assert ran.code == 0, ran.err
    assert ran.json["data"]["report"]["people"]["added"] == 1


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("form", ["", "--json"])
def test_a_database_may_have_a_name_that_is_no_text(tmp_path: Path, form: str) -> None:
    name = rf"{tmp_path}/$'\xff\xfe'.db"
    for words in ("add Bob", "log bob tea", "list", "due", "me", "show bob", "snooze bob --dry-run", "undo"):
        ran = shell(f"dex {words} --db {name} {form}")
        assert ran.code == 0, (words, ran.err)
    ran = shell(f"dex add Bob --db {tmp_path}/$'\xff'/x/$'\xfe' {form}")
    assert ran.code == 0, ran.err
    ran = shell(f"dex import {tmp_path}/$'\xff\xfe'.csv {form}")
    assert (ran.code, "there is no file" in ran.err) == (2, True)


@pytest.mark.parametrize("mode", [{}, {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_letters_that_the_locale_does_not_know_are_read_refused_or_replaced(known: Dex, mode: dict[str, str]) -> None:
    locale = {"LC_ALL": "C", **mode}
    for words in (
        ["list"],
        ["show", "emilie"],
        ["show", "emilie", "--json"],
        ["list", "--color", "always"],
        ["history"],
    ):
        assert known(*words, env=locale).code == 0
    ran = known("add", "Zoë", env=locale)
    assert ran.code == (2 if mode else 0)
    names = known("list", "--fields", "name").out.splitlines()
    assert ("Zoë" in names) == (not mode)
    assert "Zo" not in names


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("columns", [30, 60, 300])
@pytest.mark.parametrize("words", [["due"], ["due", "--digest"], ["list"], ["show", "ada"], ["history"]], ids=" ".join)
def test_no_line_is_wider_than_the_terminal(columns: int, words: list[str]) -> None:
    lines = on_a_terminal_of(columns, *words)
    assert max(map(cells, lines)) <= columns
    assert any("Ada" in line for line in lines)


@pytest.mark.usefixtures("known")
def test_an_interpreter_with_warnings_as_errors_has_nothing_to_complain_of() -> None:
    for words in (["due", "--json"], ["log", "ada", "tea"], ["list"]):
        ran = Dex((sys.executable, "-W", "error", "-m", "dexcli"))(*words, "-q")
        assert (ran.code, ran.err) == (0, "")


def on_a_terminal_of(columns: int, *words: str) -> list[str]:
    """The lines that the program shows on a terminal of so many columns."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {**os.environ, "DEXCLI_NOW": NOW, "TERM": "dumb", "PAGER": ""}
    del environment["COLUMNS"], environment["LINES"]
    assert stat.S_ISCHR(os.fstat(theirs).st_mode)
    process = subprocess.Popen([DEX, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    sent = bytearray()
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # the program has ended
            break
        sent += part
    os.close(ours)
    assert process.wait(60) == 0
    return sent.decode().replace("\r\n", "\n").splitlines()


def test_an_error_that_is_folded_names_the_program_once(dex: Dex, terminal: Terminal) -> None:
    dex("add", "Ada Lovelace")
    first, second, *others = terminal("show", "somebody whom nobody knows " * 5).text.splitlines()
    assert first.startswith("dex: ")
    assert all(re.match(r" {5}\S", line) for line in (second, *others))
