"""What a person sees of long, narrow, colourless and letterless output, at a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support import shells
from support.program import Dex
from support.tmux import Screen

Session = Callable[..., None]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pager is the one that comes with nothing set."""
    for name in ("PAGER", "LESS", "DEXCLI_PAGER", "MORE"):
        monkeypatch.delenv(name, raising=False)


def test_what_is_longer_than_the_screen_is_shown_in_a_pager(session: Session) -> None:
    session("pager", "bash", lines=8)


@pytest.mark.parametrize("columns", [60, 40])
def test_a_narrow_window_shows_all_that_matters(session: Session, columns: int) -> None:
    session(f"narrow-{columns}", "bash", columns=columns, lines=30)


def test_nothing_is_lost_without_colours(session: Session) -> None:
    session("no-colour", "bash", env={"NO_COLOR": "1"})


def test_a_terminal_without_letters_is_written_ascii(session: Session) -> None:
    session("ascii", "bash", env={"LC_ALL": "C"})
    told = (Path(__file__).parent / "goldens/ascii.txt").read_text()
    assert "".join(line for line in told.splitlines() if not line.startswith("»")).isascii()


def test_the_reader_of_ten_thousand_rows_may_leave(session: Session, dex: Dex, home: Path, db: Path) -> None:
    rows = (f"Person {number:05},person{number}@example.org" for number in range(10_000))
    (home / "people.csv").write_text("Name,Email\n" + "\n".join(rows))
    assert dex("import", home / "people.csv", "-q", "--db", db).code == 0
    session("head", "bash")


# -- what a golden cannot tell -------------------------------------------------------------------------------

NEEDS = pytest.mark.skipif(bool(shells.why_not("bash")), reason=str(shells.why_not("bash")))


@NEEDS
@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("environment", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], ids=str
)
def test_colours_are_for_terminals_that_have_them(home: Path, environment: dict[str, str], colored: bool) -> None:
    with shells.at("bash", home, env=environment) as screen:
        finished(screen, "dex due")
        assert ("\x1b[" in screen.colored) == colored


@NEEDS
@pytest.mark.usefixtures("db")
def test_colours_are_kept_in_the_pager(home: Path) -> None:
    with shells.at("bash", home, lines=8) as screen:
        screen.type("dex due")
        screen.press("Enter")
        screen.wait(lambda text: text.endswith("\n:"))
        assert "\x1b[" in screen.colored
        screen.press("q")
        screen.wait(lambda text: text.endswith("$"))


@NEEDS
@pytest.mark.usefixtures("db")
def test_an_interrupt_is_the_pagers_until_it_is_left(home: Path) -> None:
    with shells.at("bash", home, lines=8) as screen:
        screen.type("dex list; echo left: $?")
        screen.press("Enter")
        screen.wait(lambda text: text.endswith("\n:"))
        screen.press("C-c")
        screen.press("C-c")
        screen.press_until("G", "(END)")  # less drops what is typed while it is interrupted
        screen.press("q")
        assert "interrupted" not in screen.wait("left: 0")


@NEEDS
@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("pager", "shown"),
    [
        ({"PAGER": "cat"}, "left: 0"),
        ({"PAGER": ""}, "left: 0"),
        ({"PAGER": "no-such-pager"}, "left: 0"),
        ({"PAGER": "'open"}, "left: 0"),
        ({"PAGER": "no-such-pager", "DEXCLI_PAGER": "head -n 1"}, "left: 0"),
        ({"DEXCLI_PAGER": "false"}, "left: 0"),
        ({"DEXCLI_PAGER": "/dev/null"}, "left: 0"),
        ({"TERM": "dumb"}, "left: 0"),
        ({"PAGER": "sh -c 'printf %s:%s $LESS $LV; cat >/dev/null'"}, "FRX:-cleft: 0"),
    ],
    ids=str,
)
def test_the_pager_is_chosen_as_git_chooses_its_own(home: Path, pager: dict[str, str], shown: str) -> None:
    with shells.at("bash", home, env=pager, lines=8) as screen:
        screen.type("dex list; echo left: $?")
        screen.press("Enter")
        text = screen.wait(lambda text: shown in text.replace("echo left: $?", "") and text.endswith("$"))
        assert "Traceback" not in text
        assert "Broken" not in text


def finished(screen: Screen, command: str) -> str:
    """Run a command to its end; returns what is shown then."""
    screen.type(f"clear; {command}; echo done.")
    screen.press("Enter")
    return screen.wait(lambda text: text.endswith("done.\n$"))
