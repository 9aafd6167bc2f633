"""What a person sees who presses Tab: bash, zsh and fish at a terminal, with names that a shell could misread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Session = Callable[..., None]

SHELLS = ("bash", "zsh", "fish")


@pytest.fixture(autouse=True)
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to be in, in which there is nothing more when all is done: no name was run as a command."""
    folder = home / "here"
    folder.mkdir()
    (folder / "bashful friends.csv").touch()
    monkeypatch.chdir(folder)
    yield folder
    assert [path.name for path in folder.iterdir()] == ["bashful friends.csv"]
    assert not list(home.rglob("*pwned*"))


@pytest.mark.parametrize("shell", SHELLS)
def test_people_are_completed_by_names_with_spaces_accents_and_quotes(session: Session, shell: str) -> None:
    session(f"{shell}-names", shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_values_are_completed_as_the_words_that_they_are(session: Session, shell: str) -> None:
    session(f"{shell}-values", shell)


@pytest.mark.parametrize("shell", ["bash-completion", "zsh", "fish"])
def test_the_other_name_of_the_program_is_completed_first_of_all(session: Session, shell: str) -> None:
    session("alias", shell)


@pytest.mark.parametrize("work", ["names", "values"])
def test_bash_completion_finds_the_script_by_itself(session: Session, work: str) -> None:
    session(f"bash-{work}", "bash-completion")
