"""Naming a person, through every level of the contract, and the question that a terminal is asked."""

from __future__ import annotations

import shutil

import pytest

from support.network import ADA, ALAN, BACKUS, EMILIE, MARY, ROBOT, VON_NEUMANN
from support.program import Dex, Terminal


@pytest.mark.parametrize(
    ("text", "number"),
    [
        # number, uid
        ("1", ADA),
        (" 1 ", ADA),
        # handle, alias
        ("ada-lovelace", ADA),
        ("Ada-Lovelace", ADA),
        ("enchantress", ADA),
        # e-mail, phone in any form, profile
        ("ada@example.org", ADA),
        ("ADA@Example.ORG", ADA),
        ("countess@example.com", ADA),
        ("mailto:ada@example.org", ADA),
        ("+44 20 7946 0958", ADA),
        ("+442079460958", ADA),
        ("0044 20 7946 0958", ADA),
        ("+44 (0)20 7946-0958", ADA),
        ("tel:+44-20-7946-0958", ADA),
        ("https://www.linkedin.com/in/ada-lovelace/", ADA),
        ("linkedin.com/in/Ada-Lovelace?trk=x", ADA),
        # full name
        ("Ada Lovelace", ADA),
        ("ADA LOVELACE", ADA),
        ("emilie du chatelet", EMILIE),
        ("ÉMILIE DU CHÂTELET", EMILIE),
        ("Émilie du Châtelet", EMILIE),
        # every word begins a word of the name
        ("ada", ADA),
        ("lov ada", ADA),
        ("émi ch", EMILIE),
        ("neumann", VON_NEUMANN),
        ("john b", BACKUS),
        # whoever is archived or ignored has a name, too
        ("mary", MARY),
        ("sales-robot", ROBOT),
    ],
)
def test_a_person_is_found(known: Dex, text: str, number: int) -> None:
    assert known("show", text, "--json").json["data"]["person"]["id"] == number


def test_a_number_without_calling_code_is_of_the_own_region(known: Dex) -> None:
    assert known("show", "020 7946 0958").code == 4
    known("config", "set", "phone.region", "GB")
    assert known("show", "020 7946 0958", "--json").json["data"]["person"]["id"] == ADA
    assert known("show", "(020) 7946.0958", "--json").json["data"]["person"]["id"] == ADA


def test_a_uid_is_a_name(known: Dex) -> None:
    uid = known("show", "alan", "--json").json["data"]["person"]["uid"]
    assert known("show", uid, "--json").json["data"]["person"]["id"] == ALAN
    assert known("show", uid.upper(), "--json").json["data"]["person"]["id"] == ALAN


def test_the_first_level_with_a_match_wins(known: Dex) -> None:
    """A person whose handle, alias, or name is what stands at a later level of somebody else."""

    def named(text: str) -> str:
        return str(known("show", text, "--json").json["data"]["person"]["name"])

    known("add", "Number One", "--handle", "john", "-q")
    assert named("john") == "Number One", "a handle before the words of names"
    known("add", "Number Two", "--alias", "Alan Turing", "-q")
    assert named("alan turing") == "Number Two", "an alias before a full name"
    known("add", "Grace Hopper Junior", "-q")
    assert named("grace hopper") == "Grace Hopper", "a full name before the beginnings of words"
    assert known("add", "Number Three", "--handle", "2").code == 2, "a handle is never a number"


def test_several_at_one_level_are_candidates(known: Dex) -> None:
    ran = known("show", "john")
    assert (ran.code, ran.out) == (5, "")
    assert "2 people answer to 'john'" in ran.err
    assert "john-von-neumann" in ran.err
    assert "john-backus" in ran.err
    assert "Speedcoding" in ran.err, "what tells them apart"
    known("add", "Ada Lovelace", "--force", "-q")
    ran = known("show", "Ada Lovelace", "--json")
    assert ran.code == 5
    assert [one["handle"] for one in ran.error["candidates"]] == ["ada-lovelace", "ada-lovelace-2"]


def test_an_address_of_two_people_names_neither(known: Dex) -> None:
    for name in ("Edsger Dijkstra", "Donald Knuth"):
        known("add", name, "--phone", "+44 20 7946 0100", "--force", "-q")
    ran = known("show", "+44 20 7946 0100", "--json")
    assert ran.code == 5
    assert [one["handle"] for one in ran.error["candidates"]] == ["edsger-dijkstra", "donald-knuth"]


@pytest.mark.parametrize("command", [("show",), ("log",), ("rm",), ("archive",), ("edit", "--title", "x")])
def test_a_part_of_a_name_is_offered_and_never_acted_on(known: Dex, command: tuple[str, ...]) -> None:
    word, *options = command
    ran = known(word, "ovelac", *options, "--json")
    assert (ran.code, ran.out) == (5, "")
    assert [one["id"] for one in ran.error["candidates"]] == [ADA]
    assert known("list", "ada", "--fields", "state,title").out == "active\t\n"


@pytest.mark.parametrize("text", ["Ada Lovelance", "adda", "lovelase", "Ava Lovelace"])
def test_nobody_is_told_who_is_near(known: Dex, text: str) -> None:
    ran = known("show", text, "--json")
    assert (ran.code, ran.out) == (4, "")
    assert "ada-lovelace" in ran.error["hint"]
    assert "ada-lovelace" in [one["handle"] for one in ran.error["candidates"]]
    assert "did you mean" in known("show", text).err


def test_nobody_near_is_told_how_to_add(known: Dex) -> None:
    ran = known("show", "Xqzw O'Hara")
    assert ran.code == 4
    assert "dex add 'Xqzw O'\"'\"'Hara'" in ran.err


def test_all_bad_names_are_reported_together(known: Dex) -> None:
    ran = known("log", "nobody-one", "tea", "--with", "john,grace", "--with", "nobody-two")
    assert (ran.code, ran.out) == (5, "")
    for word in ("'nobody-one'", "'john'", "'nobody-two'"):
        assert word in ran.err
    assert "grace" not in ran.err
    assert known("show", "grace", "--json").json["data"]["timeline_total"] == 1
    assert known("log", "nobody-one", "tea", "--with", "nobody-two").code == 4
    assert known("tag", "nobody-one", "nobody-two", "+x").err.count("nobody is called") == 2


def test_everybody_has_a_handle_that_is_unique_stable_and_editable(known: Dex) -> None:
    assert known("add", "Ada Lovelace", "--force", "--json").json["data"]["person"]["handle"] == "ada-lovelace-2"
    assert known("add", "李 小龍", "--json").json["data"]["person"]["handle"] != ""
    renamed = known("edit", "ada-lovelace", "--name", "Augusta King", "--json").json["data"]["person"]
    assert (renamed["name"], renamed["handle"]) == ("Augusta King", "ada-lovelace")
    assert known("edit", "ada-lovelace", "--handle", "augusta", "--json").json["data"]["person"]["handle"] == "augusta"
    taken = known("edit", "augusta", "--handle", "grace-hopper", "--json")
    assert (taken.code, taken.out) == (2, "")
    assert known("edit", "augusta", "--handle", "two words").code == 2


def test_a_removed_person_has_no_name(known: Dex) -> None:
    known("rm", "ada", "-q")
    for text in ("1", "ada", "ada-lovelace", "ada@example.org"):
        assert known("show", text).code == 4, text


def test_my_own_address_is_nobody(known: Dex) -> None:
    known("me", "add", "me@example.org", "-q")
    ran = known("show", "me@example.org", "--json")
    assert ran.code == 4
    assert ran.error["hint"] == "dex me shows them"


def test_nobody_is_added_to_be_taken_away(known: Dex) -> None:
    assert "dex add nobodyy adds them" in known("log", "nobodyy").err
    for command in (["forget", "--yes"], ["rm"], ["archive"], ["unarchive"], ["ignore"], ["unignore"], ["unsnooze"]):
        ran = known(*command, "nobodyy")
        assert (ran.code, "adds them" in ran.err, "dex list shows everybody" in ran.err) == (4, False, True), command


@pytest.mark.usefixtures("known")
def test_a_terminal_without_fzf_gets_a_numbered_list(terminal: Terminal) -> None:
    without = {"PATH": "/nowhere"}
    shown = terminal("show", "john", keys="2\n", env=without)
    assert shown.code == 0
    assert "  1  John von Neumann  (john-von-neumann)" in shown.text
    assert "Which john? [1-2]" in shown.text
    assert " John Backus (john-backus)" in shown.text
    both = terminal("log", "john", "a talk", "--with", "john", keys="2\n1\n", env=without)
    assert both.code == 0
    assert "John Backus and John von Neumann" in both.text
    wrong = terminal("log", "john", "a talk", keys="9\nbackus\n1\n", env=without)
    assert (wrong.code, wrong.text.count(" 1 to 2, please; Enter leaves")) == (0, 2)
    assert "logged note with John von Neumann" in wrong.text
    assert terminal("show", "john", keys="9\n\n", env=without).code == 130


@pytest.mark.usefixtures("known")
def test_nobody_is_asked_where_the_answer_is_for_a_program(terminal: Terminal) -> None:
    for form in ("--json", "--jsonl", "--plain"):
        assert terminal("show", "john", form).code == 5


@pytest.mark.usefixtures("known")
@pytest.mark.skipif(shutil.which("fzf") is None, reason="fzf is not installed (apt install fzf)")
def test_a_terminal_with_fzf_gets_fzf(terminal: Terminal) -> None:
    shown = terminal("show", "john", keys="\x1b[B\r", after="2/2")
    assert shown.code == 0
    assert " John Backus (john-backus)" in shown.text
    assert terminal("show", "john", keys="\x1b", after="Which john?").code == 130


@pytest.mark.parametrize("text", ["x" * 51_000, "x " * 25_000 + "x", "%" * 51_000, "\ufdfa" * 900, "@" * 51_000])
def test_a_name_longer_than_any_is_nobodys(known: Dex, text: str) -> None:
    for words in (["show", text], ["log", text, "tea"], ["tag", text, "+friend"], ["snooze", text]):
        ran = known(*words)
        assert (ran.code, ran.out) == (4, "")
        assert "nobody" in ran.err
        assert "LIKE" not in ran.err
        assert len(ran.err) < 10_000
    assert known("list", text).code in (0, 2)


def test_a_short_name_has_no_far_fetched_neighbours(dex: Dex) -> None:
    dex("add", "Ole-Johan Dahl")
    assert "did you mean" not in dex("show", "zoe").err
    assert "did you mean ole-johan-dahl?" in dex("show", "olle").err
