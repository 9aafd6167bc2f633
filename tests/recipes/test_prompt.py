"""The segment for prompts: the last known number at once, a new one in the background, and never a word besides."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from support import shells
from support.program import DEX, Dex
from support.recipes import ROOT
from support.tmux import Screen

PROMPT = ROOT / "contrib/prompt"
SECONDS = 60.0


@pytest.fixture(autouse=True)
def counts(home: Path, path: None, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 - comes first
    """A `dex` before the real one in the path, which notes that it was asked."""
    folder = home / "bin"
    folder.mkdir()
    program = folder / "dex"
    program.write_text(f'#!/bin/sh\necho "$@" >>"{home}/counts"\nexec "{DEX}" "$@"\n')
    program.chmod(0o700)
    (folder / "dex-due").symlink_to(PROMPT / "dex-due")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    (home / "counts").touch()
    return home / "counts"


def segment() -> str:
    """What a prompt is told; nothing is said on standard error, and it always ends well."""
    ran = subprocess.run(["dex-due"], capture_output=True, text=True, check=False, timeout=SECONDS)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def known() -> Path:
    return Path(os.environ["XDG_CACHE_HOME"]) / "dexcli/due"


def wait(for_what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not for_what():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def counted(number: str) -> None:
    """Wait until the background has written a number down, and is done."""
    wait(lambda: known().exists() and known().read_text().split("\n")[0] == number)
    wait(lambda: not known().with_name("due.begun").exists())


def test_the_number_comes_from_the_background(sample: Path) -> None:
    assert segment() == ""
    counted("8")
    assert segment() == "8\n"
    assert known().read_text() == f"8\n{sample}\n"


def test_it_is_counted_again_only_after_a_change_or_a_while(sample: Path, counts: Path, dex: Dex) -> None:
    segment()
    counted("8")
    for _ in range(5):
        assert segment() == "8\n"
    assert counts.read_text().count("due --count") == 1
    assert dex("log", "ada", "tea").code == 0
    assert segment() == "8\n"
    counted("7")
    assert segment() == "7\n"
    assert counts.read_text().count("due --count") == 2
    os.utime(sample, (1, 1))
    os.utime(known(), (2, 2))
    assert segment() == "7\n"
    wait(lambda: counts.read_text().count("due --count") == 3)


def test_nothing_is_shown_where_nobody_is_due(dex: Dex) -> None:
    assert dex("add", "Ada Lovelace").code == 0
    segment()
    counted("0")
    assert segment() == ""


def test_without_a_database_nothing_is_asked_or_made(home: Path, counts: Path) -> None:
    assert segment() == ""
    assert counts.read_text() == ""
    assert not known().parent.exists()
    assert not (home / ".local").exists()


def test_another_database_has_another_number(
    sample: Path, home: Path, dex: Dex, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment()
    counted("8")
    monkeypatch.setenv("DEXCLI_DB", str(home / "other.db"))
    assert dex("add", "Ada Lovelace").code == 0
    assert segment() == ""
    counted("0")
    assert sample.exists()


def test_a_locked_database_holds_no_prompt_up(sample: Path) -> None:
    segment()
    counted("8")
    holder = sqlite3.connect(sample)
    holder.execute("pragma locking_mode = exclusive")
    holder.execute("begin exclusive")
    os.utime(known(), (1, 1))
    assert segment() == "8\n"
    holder.rollback()
    holder.close()


def test_of_a_damaged_database_nothing_is_said(sample: Path) -> None:
    sample.write_bytes(b"no database at all" * 1000)
    assert segment() == ""
    counted("")
    assert segment() == ""


def test_what_a_killed_run_left_behind_is_passed_over(sample: Path) -> None:
    known().parent.mkdir(parents=True)
    mark = known().with_name("due.begun")
    mark.touch()
    os.utime(mark, (1, 1))
    assert segment() == ""
    counted("8")
    known().write_text("$(touch pwned)\n" + f"{sample}\n")
    assert segment() == ""


def test_where_nothing_can_be_kept_nothing_is_shown(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    assert segment() == ""
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    assert segment() == ""
    assert sample.exists()


PROMPTS = {
    "bash": "PS1='$(dex_prompt) $? $ '",
    "zsh": "setopt prompt_subst; PROMPT='$(dex_prompt) %? $ '",
    "fish": "function fish_prompt; set -l before $status; printf '%s%s $ ' $before (dex_prompt); end",
}


@pytest.mark.parametrize("shell", sorted(PROMPTS))
def test_a_shell_shows_it_in_its_prompt(sample: Path, home: Path, shell: str) -> None:
    if reason := shells.why_not(shell):
        pytest.skip(reason)
    environment = {"DEXCLI_DB": str(sample), "PATH": os.environ["PATH"]}
    with shells.at(shell, home, env=environment) as screen:
        screen.type(f"source {PROMPT}/dex.{shell}; {PROMPTS[shell]}; clear")
        screen.press("Enter")
        shows(screen, "0 $")
        counted("8")
        screen.press("Enter")
        shows(screen, "(8 due) 0 $")
        screen.type("false")
        screen.press("Enter")
        shows(screen, "(8 due) 1 $")  # the status of the last command is still told
        sample.write_bytes(b"no database at all" * 1000)
        screen.press("Enter")
        counted("")
        screen.type("clear")
        screen.press("Enter")
        screen.wait(lambda text: len(text.splitlines()) == 1)
        shows(screen, "0 $")


def shows(screen: Screen, prompt: str) -> None:
    """Wait for a prompt with these words, in whatever order the shell has them."""
    words = sorted(prompt.split())
    screen.wait(lambda text: sorted((text.splitlines() or [""])[-1].split()) == words)


@pytest.mark.usefixtures("sample")
def test_starship_takes_the_segment() -> None:
    config = PROMPT / "starship.toml"
    custom = tomllib.loads(config.read_text())["custom"]["dex"]
    assert custom["command"] == "dex-due"
    if shutil.which("starship") is None:
        pytest.skip("starship is not installed (its installer, or apt install starship)")
    segment()
    counted("8")
    ran = subprocess.run(
        ["starship", "module", "custom.dex"],
        env={**os.environ, "STARSHIP_CONFIG": str(config), "STARSHIP_SHELL": "sh"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "8 due" in ran.stdout
