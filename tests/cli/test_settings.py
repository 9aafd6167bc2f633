"""The configuration file: what is in it is checked when it is read, and `dex config` tells what holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.program import Dex


@pytest.fixture
def config(home: Path) -> Path:
    """The file at its place, empty."""
    path = home / ".config/dexcli/config.toml"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[me]\nemails = ["nonsense"]', "me.emails: 'nonsense' is no e-mail address"),
        ('[me]\nphones = ["nonsense"]', "me.phones: 'nonsense' is no phone number"),
        ('[me]\nphones = ["+"]', "me.phones: '+' is no phone number"),
        ("[due]\nlead = 367", "due.lead is 367, not a number from 0 to 366"),
    ],
)
@pytest.mark.parametrize("words", [["due"], ["log", "ada", "tea"], ["config"]], ids=" ".join)
def test_a_value_that_is_none_is_told_with_file_and_key(
    known: Dex, config: Path, text: str, said: str, words: list[str]
) -> None:
    config.write_text(text)
    ran = known(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"dex: {config}: {said}\n")
    assert len(ran.err.splitlines()) == 2


def test_a_number_that_does_not_exist_is_told_with_file_and_key(known: Dex, config: Path) -> None:
    config.write_text('[me]\nphones = ["12"]')
    ran = known("log", "ada", "tea")
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"dex: {config}: me.phones: cannot read '12'")


def test_notice_is_a_year_at_most(known: Dex) -> None:
    assert known("config", "set", "due.lead", "366").code == 0
    assert "366" in known("config", "set", "due.lead", "999999999").err
    assert known("cadence", "--tag", "friend", "--lead", "1y").code == 0
    ran = known("cadence", "--tag", "friend", "--lead", "2y")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "dex: '2y' before a yearly date is more than 366 days")


def test_addresses_typed_into_the_configuration_are_checked(known: Dex) -> None:
    assert known("config", "set", "me.emails", "nonsense").code == 2
    assert known("config", "set", "me.phones", "nonsense").code == 2
    assert known("config", "set", "me.phones", "+44 20 7946 0958").code == 0
