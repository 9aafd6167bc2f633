"""The configuration file: what is in it is checked when it is read, and `dex config` tells what holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.program import Dex, Terminal


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


def test_what_is_mine_is_shown_wherever_it_is_kept(known: Dex, config: Path, terminal: Terminal, db: Path) -> None:
    config.write_text('[me]\nemails = ["file@example.org"]\nnames = ["Charles Babbage"]')
    known("me", "add", "typed@example.org", "+44 20 7946 0958", "--force", "-q")
    config.write_text(
        config.read_text().replace("[me]", '[me]\nphones = ["+44 20 7946 0958"]').replace("file@", "new@")
    )
    assert "new@example.org" in terminal("config").text, "before any command has taken it over"
    document = known("config", "--json").json["data"]
    assert document["settings"]["me.emails"] == ["new@example.org"]
    assert {"file@example.org", "typed@example.org"} <= set(document["me"]["emails"])
    assert document["me"]["phones"] == ["+442079460958"]
    screen = terminal("config").text
    assert "typed@example.org" in screen
    assert "me.phones = +442079460958" in screen
    assert "typed@example.org" in known("config", "get", "me.emails").out
    for words in (["set", "due.lead", "3"], ["unset", "due.lead"], ["set", "due.lead", "3", "--dry-run"]):
        screen = terminal("config", *words).text
        assert {"typed@example.org", "new@example.org"} <= set(re.split("[ ,\n]+", screen)), words
        assert "me.phones = +442079460958" in screen
    tried = known("config", "set", "me.emails", "other@example.org", "--dry-run", "--json").json["data"]
    assert tried["settings"]["me.emails"] == ["other@example.org"]
    assert {"typed@example.org", "other@example.org"} <= set(tried["me"]["emails"])
    assert "new@example.org" in config.read_text()
    db.write_bytes(b"no database" * 100)
    ran = known("config")
    assert (ran.code, "settings.me.emails\tnew@example.org" in ran.out) == (0, True)
    assert "is not a database of dex" in ran.err


def test_settings_need_no_database_and_create_none(dex: Dex, home: Path) -> None:
    assert dex("config", "--json").json["data"]["me"] is None
    assert dex("config", env={"HOME": "", "XDG_DATA_HOME": ""}).code == 0
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_list_says_who_is_snoozed(known: Dex, terminal: Terminal) -> None:
    known("snooze", "grace", "1y", "-q")
    known("snooze", "ada", "tomorrow", "-q")
    lines = {line.split()[0]: line for line in terminal("list").text.splitlines()}
    assert "  8 Mar 2027, sn" in lines["grace-hopper"]
    assert terminal("list", now="2027-03-09").text.count("snoozed") == 0
    item = next(one for one in known("list", "--json").json["data"]["items"] if one["handle"] == "grace-hopper")
    assert (item["snoozed_until"], item["next_due_on"]) == ("2027-03-08", item["next_due_on"])
