"""Letters of a terminal: which locale has only those of ASCII, and how others are written there."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.cli.letters import only_ascii, spelled
from support.program import Dex, Terminal


@given(st.text())
def test_whatever_is_spelled_is_ascii_and_ascii_stays(text: str) -> None:
    assert spelled(text).isascii()
    assert spelled(spelled(text)) == spelled(text)


def test_names_stay_readable() -> None:
    assert spelled("Émilie du Châtelet, Søren Æbelø, Łukasz, Strauß, Rózsa") == (
        "Emilie du Chatelet, Soren AEbelo, Lukasz, Strauss, Rozsa"
    )
    assert spelled("e\u0301 … \u201cx\u201d · 李 ע") == 'e ... "x" - ?? ?'


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"LANG": "C"}, True),
        ({"LANG": "POSIX"}, True),
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, True),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "C"}, False),
        ({"LC_ALL": "C.UTF-8"}, False),
        ({"LC_CTYPE": "en_GB.UTF-8", "LANG": "C"}, False),
    ],
    ids=str,
)
def test_only_a_locale_that_says_so_has_only_ascii(environment: dict[str, str], expected: bool) -> None:
    assert only_ascii(environment) == expected


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "", "LANG": "C"}], ids=str)
def test_a_terminal_that_knows_no_letters_is_written_none(
    known: Dex, terminal: Terminal, locale: dict[str, str]
) -> None:
    environment = {**locale, "PYTHONUTF8": "", "PYTHONCOERCECLOCALE": ""}
    for words in (["due"], ["show", "emilie"], ["list"], ["show", "nobodý"], ["history"]):
        assert terminal(*words, env=environment).raw.isascii(), words
    assert "Emilie du Chatelet" in terminal("list", env=environment).text
    assert "Émilie du Châtelet" in known("list", env=environment).out, "a pipe gets what is there"
    assert "Émilie" in terminal("list", env={**environment, "PYTHONIOENCODING": "utf-8"}).text
    assert "Émilie" in terminal("list", env={"LC_ALL": "", "LANG": ""}).text
    assert os.environ["LC_ALL"] == "C.UTF-8"


def test_what_a_terminal_cannot_show_is_stored_as_it_was_typed(dex: Dex, terminal: Terminal) -> None:
    shown = terminal("add", "李小龍", env={"LC_ALL": "C"})
    assert (shown.code, "added ?????? (??????)" in shown.text) == (0, True)
    (person,) = dex("list", "--json").json["data"]["items"]
    assert (person["name"], person["handle"]) == ("李小龍", "李小龍")
    assert terminal("show", "李小龍", env={"LC_ALL": "C"}).code == 0
