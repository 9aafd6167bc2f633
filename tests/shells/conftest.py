"""People whose names a shell could misread, and sessions at a terminal that a file tells key by key."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dexcli.services import people
from dexcli.services.people import Details
from dexcli.store import connection
from support import network, shells
from support.tmux import Screen

GOLDENS = Path(__file__).parent / "goldens"
HOSTILE = (
    Details(name="Grace O'Malley", company="Gráinne & Sons"),
    Details(
        name='Eve $(touch pwned) `touch pwned` "Quote" \\ * ? [a] {b,c} ~',
        handle="eve",
        company='"$HOME" & $(touch pwned)',
    ),
    Details(name="Zoë --help", tags=["$(touch${ifs}pwned)", "`id`", "-rf", "a'b\"c", "naïve"]),
    Details(name="Bobby; touch pwned", company="Little & Tables; touch pwned"),
    Details(name="עדה לאבלייס"),
    Details(name="李 小龍"),
    Details(name="100% : sure"),
)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with everybody."""
    path = tmp_path_factory.mktemp("people") / "dex.db"
    network.write(path)
    conn = connection.open_for_writing(path)
    for details in HOSTILE:
        people.add(conn, network.SUNDAY, details)
    conn.close()
    return path


@pytest.fixture
def db(home: Path, written: Path) -> Path:
    """The same, where the program looks for it."""
    path = home / ".local/share/dexcli/dex.db"
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_bytes(written.read_bytes())
    return path


Session = Callable[..., None]

_KEYS = {"⇥": "Tab", "⏎": "Enter", "⎋": "Escape", "⌃C": "C-c", "␣": "Space"}
_STEP, _FURTHER = "» ", "»» "
_QUIET = 3.0
"""Seconds in which nothing changes before a screen is written down."""


@pytest.fixture
def session(home: Path, db: Path) -> Session:
    """Plays a file of `goldens/`: types what stands behind `»` at an empty prompt, or further behind `»»`, and waits
    until the screen is as told below it. UPDATE_GOLDENS=1 writes down what is shown instead.
    """
    assert db.exists()

    def play(name: str, shell: str, **options: Any) -> None:
        if reason := shells.why_not(shell):
            pytest.skip(reason)
        path = GOLDENS / f"{name}.txt"
        told = _steps(path.read_text())
        with shells.at(shell, home, **options) as screen:
            shown = [(step, _done(screen, step, expected)) for step, expected in told]
        if _updates():
            path.write_text("".join(f"{step}\n{text}\n" for step, text in shown))

    return play


def _updates() -> bool:
    return os.environ.get("UPDATE_GOLDENS") == "1"


def _steps(text: str) -> list[tuple[str, str]]:
    steps: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith((_STEP, _FURTHER)):
            steps.append((line, []))
        else:
            steps[-1][1].append(line)
    return [(step, "\n".join(lines)) for step, lines in steps]


def _done(screen: Screen, step: str, expected: str) -> str:
    """Do a step; returns what is shown then."""
    if step.startswith(_STEP):
        screen.press("C-u")
        screen.press("C-l")
        screen.wait(lambda text: text == shells.PROMPT.rstrip())
        keys = step.removeprefix(_STEP)
    else:
        keys = step.removeprefix(_FURTHER)
    _press(screen, keys)
    if _updates():
        return _settled(screen)
    return screen.wait_for_all_of(expected)


def _press(screen: Screen, keys: str) -> None:
    text = ""
    while keys:
        special = next((sign for sign in _KEYS if keys.startswith(sign)), None)
        if special is None:
            text, keys = text + keys[0], keys[1:]
            continue
        if text:
            screen.type(text)
        screen.press(_KEYS[special])
        text, keys = "", keys.removeprefix(special)
    if text:
        screen.type(text)


def _settled(screen: Screen) -> str:
    before, since = screen.text, time.monotonic()
    while time.monotonic() - since < _QUIET:
        time.sleep(_QUIET / 20)
        text = screen.text
        if text != before:
            before, since = text, time.monotonic()
    return before
