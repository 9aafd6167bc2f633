"""Working through those who are due, with one key each."""

from __future__ import annotations

import shutil

import pytest

from support.program import Dex, Terminal

WITHOUT_FZF = {"PATH": "/nowhere"}


@pytest.fixture
def waiting(dex: Dex) -> Dex:
    """Ada is late since February, Alan is to be reminded of today."""
    assert dex("add", "Ada Lovelace", "--every", "2w").code == 0
    assert dex("add", "Alan Turing").code == 0
    assert dex("add", "Grace Hopper").code == 0
    assert dex("log", "ada", "coffee", "--on", "2026-02-01").code == 0
    assert dex("remind", "alan", "ask about the chess machine", "--on", "2026-03-08").code == 0
    return dex


def due(dex: Dex) -> list[str]:
    return [one["person"]["handle"] for one in dex("due", "--json").json["data"]["items"]]


def test_everybody_is_worked_through_with_a_key_each(waiting: Dex, terminal: Terminal) -> None:
    shown = terminal("due", "--pick", keys="1\nltea, her new job\n1\nd", env=WITHOUT_FZF)

    assert shown.code == 0
    assert "  1  Ada Lovelace  (ada-lovelace)  3 weeks late: every 2 weeks" in shown.text
    assert "  2  Alan Turing  (alan-turing)  today: ask about the chess machine" in shown.text
    assert "[l] logged  [s] snooze  [p] page  [k] skip  [q]uit" in shown.text
    assert "[d] done c1" in shown.text
    assert "logged note with Ada Lovelace on Sun 8 Mar 2026" in shown.text
    assert "done c1: ask about the chess machine" in shown.text
    assert "Nobody is left." in shown.text
    assert max(map(len, shown.text.splitlines())) <= 80
    assert due(waiting) == []
    assert waiting("undo").code == 0
    assert due(waiting) == ["alan-turing"]


def test_a_contact_without_words_is_logged_and_a_page_helps_to_remember(waiting: Dex, terminal: Terminal) -> None:
    shown = terminal("due", "--pick", keys="1\npl\n1\nq", env=WITHOUT_FZF)
    assert shown.code == 0
    assert "── 1 Feb  coffee" in shown.text
    assert due(waiting) == ["alan-turing"]


def test_a_snooze_is_two_weeks_or_what_is_said(waiting: Dex, terminal: Terminal) -> None:
    shown = terminal("due", "--pick", keys="1\ns\n1\ns3 moons\ns2026-04-01\n", env=WITHOUT_FZF)
    assert "snoozed Ada Lovelace until Sun 22 Mar 2026" in shown.text
    assert "'3 moons'" in shown.text
    assert "snoozed Alan Turing until Wed 1 Apr 2026" in shown.text
    assert due(waiting) == []


def test_who_is_skipped_comes_again_the_next_time(waiting: Dex, terminal: Terminal) -> None:
    shown = terminal("due", "--pick", keys="1\nk1\nk", env=WITHOUT_FZF)
    assert (shown.code, "Nobody is left." in shown.text) == (0, True)
    assert due(waiting) == ["ada-lovelace", "alan-turing"]
    assert len(waiting("history", "--json").json["data"]["operations"]) == 5


def test_keys_that_mean_nothing_ask_again(waiting: Dex, terminal: Terminal) -> None:
    """The keys are told once more, however much is typed: arrows and letters of two bytes are a key each."""
    shown = terminal("due", "--pick", keys="1\nx\x1b[B\x1bOA\x1b[1;5Cé\n xdq", env=WITHOUT_FZF)
    assert shown.text.count("[q]uit") == 2
    assert shown.text.count("Ada Lovelace: 3 weeks late: every 2 weeks") == 1
    assert shown.code == 0
    assert due(waiting) == ["ada-lovelace", "alan-turing"]


@pytest.mark.usefixtures("waiting")
def test_escape_leaves_and_an_arrow_takes_no_key_with_it(terminal: Terminal) -> None:
    left = terminal("due", "--pick", keys="1\n\x1b", env=WITHOUT_FZF)
    assert (left.code, left.text.count("[q]uit")) == (0, 1)
    skipped = terminal("due", "--pick", keys="1\n\x1b[Bk1\n\x1b[Ak", env=WITHOUT_FZF)
    assert (skipped.code, "Nobody is left." in skipped.text) == (0, True)


@pytest.mark.usefixtures("waiting")
def test_a_wrong_number_is_asked_again(terminal: Terminal) -> None:
    shown = terminal("due", "--pick", keys="99\nada\n0\n1\nk99\n1\nk", env=WITHOUT_FZF)
    assert (shown.code, "Nobody is left." in shown.text) == (0, True)
    assert shown.text.count(" 1 to 2, please; Enter leaves") == 3
    assert shown.text.count(" 1, please; Enter leaves") == 1
    assert shown.text.count("Whom of 2? [1-2]") == 4


def test_a_birthday_is_told_once_and_long_reasons_break_between_words(waiting: Dex, terminal: Terminal) -> None:
    waiting("add", "Emmy Noether", "--every", "1y", "--birthday", "03-08")
    waiting("add", "Mary Somerville", "--every", "1y", "--birthday", "03-09")
    promise = "bring the annotated edition of the Mechanism of the Heavens to the lecture"
    waiting("remind", "grace", promise, "--on", "2026-03-08")
    shown = terminal("due", "--pick", keys="\n", env=WITHOUT_FZF).text
    assert "Emmy Noether  (emmy-noether)  birthday today\n" in shown
    assert "Mary Somerville  (mary-somerville)  birthday tomorrow\n" in shown
    assert max(map(len, shown.splitlines())) <= 80
    listed = [line[5:] for line in shown.splitlines()]
    assert f"Grace Hopper  (grace-hopper)  today: {promise}" in " ".join(listed)
    waiting("remind", "ada", promise, "--on", "2026-03-08")
    asked = terminal("due", "--pick", keys="1\nq", env=WITHOUT_FZF).text.partition("[1-5] ")[2]
    assert f"Ada Lovelace: 3 weeks late: every 2 weeks, {promise}" in " ".join(asked.split())
    assert max(map(len, asked.splitlines())) <= 80


def test_whoever_chooses_nobody_has_done_nothing(waiting: Dex, terminal: Terminal) -> None:
    assert terminal("due", "--pick", keys="\n", env=WITHOUT_FZF).code == 130
    assert terminal("due", "--pick", keys="1\nk\n", env=WITHOUT_FZF).code == 0
    assert due(waiting) == ["ada-lovelace", "alan-turing"]


def test_where_nobody_is_due_nobody_is_asked(dex: Dex, terminal: Terminal) -> None:
    dex("add", "Ada Lovelace")
    shown = terminal("due", "--pick", env=WITHOUT_FZF)
    assert (shown.code, shown.text.strip()) == (0, "Nobody is left.")


def test_only_a_terminal_is_asked_about_today(waiting: Dex, terminal: Terminal) -> None:
    for ran in (waiting("due", "--pick"), waiting("due", "--pick", "--json")):
        assert (ran.code, ran.out) == (2, "")
        assert "at a terminal" in ran.err
    assert terminal("due", "--pick", "--as-of", "2026-03-09").code == 2


@pytest.mark.skipif(shutil.which("fzf") is None, reason="fzf is not installed (apt install fzf)")
def test_fzf_chooses_where_it_is_installed(waiting: Dex, terminal: Terminal) -> None:
    shown = terminal("due", "--pick", "--tag", "nobody")
    assert "Nobody is left." in shown.text
    assert terminal("due", "--pick", keys="\x1b", after="Whom of 2?").code == 130
    assert due(waiting) == ["ada-lovelace", "alan-turing"]


@pytest.mark.skipif(shutil.which("fzf") is None, reason="fzf is not installed (apt install fzf)")
def test_options_of_the_users_own_for_fzf_are_no_obstacle(waiting: Dex, terminal: Terminal) -> None:
    refused = terminal("due", "--pick", keys="1\nq", env={"FZF_DEFAULT_OPTS": "--no-such-option"})
    assert (refused.code, "Whom of 2? [1-2]" in refused.text, "[q]uit" in refused.text) == (0, True, True)
    more = {"FZF_DEFAULT_OPTS": "--multi --print-query --expect=ctrl-x --query=alan --bind=start:accept"}
    chosen = terminal("due", "--pick", keys="q", after="[q]uit", env=more)
    assert "[d] done c1" in chosen.text
    assert due(waiting) == ["ada-lovelace", "alan-turing"]


def test_a_dialogue_takes_no_options_for_programs(waiting: Dex, terminal: Terminal) -> None:
    for option in ("--digest", "--new", "--count", "--exit-code"):
        shown = terminal("due", "--pick", option, env=WITHOUT_FZF)
        assert (shown.code, "--pick is a dialogue" in shown.text) == (2, True)
    assert due(waiting) == ["ada-lovelace", "alan-turing"]


def test_whoever_leaves_in_the_middle_keeps_what_was_done(waiting: Dex, terminal: Terminal) -> None:
    shown = terminal("due", "--pick", keys="1\nltea\n\n", env=WITHOUT_FZF)
    assert shown.code == 0
    assert due(waiting) == ["alan-turing"]
