"""The guards of conftest.py hold: no test can hurt or depend on the developer's machine."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from pathlib import Path

import pytest

from support.program import Dex, Terminal

python = Dex((sys.executable, "-c"))
python_on_a_terminal = Terminal((sys.executable, "-c"))

REACHES_OUT = """
import socket
try:
    {call}
except ConnectionRefusedError as error:
    print(error)
"""


def test_home_is_empty_and_temporary(home: Path) -> None:
    assert Path.home() == home
    assert list(home.iterdir()) == []
    assert home.parent == Path(tempfile.gettempdir())
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []


def test_every_place_that_dex_keeps_something_in_is_under_home(home: Path) -> None:
    folders = {name: folder for name, folder in os.environ.items() if name.startswith("XDG_")}
    assert len(folders) == 5
    assert all(Path(folder).is_relative_to(home) for folder in folders.values())
    assert [name for name in os.environ if name.startswith("DEXCLI_") and name != "DEXCLI_CORPUS"] == []


def test_the_zone_is_utc() -> None:
    assert time.strftime("%Z", time.localtime(1_780_000_000)) == "UTC"
    assert python("import time; print(time.strftime('%Z'))").out == "UTC\n"


def test_a_test_cannot_connect_to_another_machine() -> None:
    # pytest-socket warns as well as it raises, and warnings are errors.
    with socket.socket() as connection, pytest.raises((RuntimeError, UserWarning), match=r"192\.0\.2\.1"):
        connection.connect(("192.0.2.1", 80))


@pytest.mark.parametrize(
    "call",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=5)",
        "socket.getaddrinfo('www.example.org', 443)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ],
)
def test_a_program_under_test_cannot_reach_another_machine(call: str) -> None:
    ran = python(REACHES_OUT.format(call=call))
    assert ran.out.startswith("a program under test tried to reach "), ran.err


def test_a_program_under_test_can_reach_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ran = python(f"import socket; socket.create_connection(('localhost', {port})); print('connected')")
    assert (ran.out, ran.err) == ("connected\n", "")


def test_a_program_gets_its_input_and_its_day() -> None:
    ran = python("import os, sys; print(sys.stdin.read(), os.environ['DEXCLI_NOW'])", input="text", now="2026-01-01")
    assert ran.out == "text 2026-01-01\n"
    assert python("import sys; print(sys.stdin.read() == '', sys.stdout.isatty())").out == "True False\n"


def test_a_terminal_is_one_and_has_80_columns() -> None:
    shown = python_on_a_terminal(
        "import os, sys\n"
        "print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), *os.get_terminal_size())\n"
        "print('\\x1b[1;31m' + input() + '\\x1b[0m')\n"
        "sys.exit(5)",
        keys="ada\n",
    )
    assert shown.code == 5
    lines = shown.text.splitlines()
    assert "True True True 80 24" in lines
    assert lines[-1] == "ada"
    assert "\x1b[1;31mada\x1b[0m\n" in shown.raw
