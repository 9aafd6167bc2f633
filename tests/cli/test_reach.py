"""Reaching somebody by the programs that are there for it, and telling mail programs their address."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import letters
from support.program import Dex, Terminal


@pytest.fixture
def opener(home: Path) -> Path:
    """A program that notes with what it was called."""
    program = home / "opener"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$(dirname "$0")/called"\n')
    program.chmod(0o700)
    return program


@pytest.fixture
def known(dex: Dex) -> Dex:
    """Two people who can be reached in several ways, one in none, one dead."""
    ada = ["--url", "github.com/ada", "--url", "https://www.linkedin.com/in/ada"]
    ada += ["--email", "ada@example.org", "--email", "ada@work.example", "--phone", "+44 20 7946 0958"]
    assert dex("add", "Ada Lovelace", *ada, "--company", "Analytical Engines").code == 0
    assert dex("add", "Grace Hopper", "--email", "grace@example.org", "--tag", "navy").code == 0
    assert dex("add", "Emmy Noether").code == 0
    emilie = ["--email", "emilie@example.org", "--company", "Société Royale", "--tag", "physics"]
    assert dex("add", "Émilie du Châtelet", *emilie).code == 0
    assert dex("add", "Rózsa Péter", "--email", "rozsa@example.com").code == 0
    assert dex("archive", "rozsa", "--deceased").code == 0
    return dex


# -- open, mail, call ----------------------------------------------------------------------------------------


def test_a_page_a_mail_and_a_call_are_links(known: Dex) -> None:
    for words, link in (
        (["open", "ada"], "https://github.com/ada"),
        (["open", "ada", "--which", "LinkedIn"], "https://www.linkedin.com/in/ada"),
        (["mail", "ada"], "mailto:ada@example.org"),
        (["mail", "ada", "--which", "work"], "mailto:ada@work.example"),
        (["mail", "ada", "grace"], "mailto:ada@example.org,grace@example.org"),
        (["mail", "ada", "--subject", "Tea & cake"], "mailto:ada@example.org?subject=Tea%20%26%20cake"),
        (["call", "ada"], "tel:+442079460958"),
        (["call", "ada", "--which", "7946 09"], "tel:+442079460958"),
    ):  # fmt: skip
        ran = known(*words, "--print")
        assert (ran.code, ran.out) == (0, f"{link}\n"), ran.err


def test_a_script_gets_the_link_with_whom_it_reaches(known: Dex) -> None:
    data = known("mail", "ada", "--print", "--json").json["data"]
    assert (data["link"], data["targets"], data["others"]) == (
        "mailto:ada@example.org",
        ["ada@example.org"],
        ["ada@work.example"],
    )
    assert [one["handle"] for one in data["people"]] == ["ada-lovelace"]


def test_who_cannot_be_reached_that_way_is_told_with_the_remedy(known: Dex) -> None:
    for command, option in (("open", "--url"), ("mail", "--email"), ("call", "--phone")):
        ran = known(command, "emmy", "--print")
        assert ran.code == 4
        assert f"dex edit emmy-noether {option}" in ran.err
    ran = known("mail", "ada", "--which", "home", "--print")
    assert (ran.code, "known: ada@example.org, ada@work.example" in ran.err) == (4, True)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "-x", "https://user:pw@example.org"])
def test_what_a_card_calls_a_page_and_is_none_is_not_opened(dex: Dex, home: Path, url: str) -> None:
    (home / "a.vcf").write_text(f"BEGIN:VCARD\nVERSION:4.0\nFN:Ada Lovelace\nURL:{url}\nEND:VCARD\n")
    assert dex("import", home / "a.vcf").code == 0
    ran = dex("open", "ada", "--print")
    assert (ran.code, ran.out) == (4, "")


@pytest.mark.parametrize(
    ("command", "key", "link"),
    [
        ("open", "open.web", "https://github.com/ada"),
        ("mail", "open.mail", "mailto:ada@example.org"),
        ("call", "open.call", "tel:+442079460958"),
    ],
)
def test_the_program_of_the_user_gets_the_link(known: Dex, opener: Path, command: str, key: str, link: str) -> None:
    assert known("config", "set", key, str(opener)).code == 0
    assert known(command, "ada").code == 0
    assert (opener.parent / "called").read_text() == f"{link}\n"
    assert known("config", "set", key, f"'{opener}' -x 'a {{}} b' --end").code == 0
    assert known(command, "ada").code == 0
    assert (opener.parent / "called").read_text() == f"-x\na {link} b\n--end\n"


def test_no_program_is_started_that_somebody_else_may_have_written_down(known: Dex, opener: Path, home: Path) -> None:
    assert known("config", "set", "open.mail", str(opener)).code == 0
    config = home / ".config/dexcli/config.toml"
    config.chmod(0o666)
    ran = known("mail", "ada")
    assert (ran.code, "can be written by others" in ran.err, "chmod go-w" in ran.err) == (2, True, True)
    assert known("mail", "ada", "--print").code == 0
    assert not (opener.parent / "called").exists()
    config.chmod(0o600)
    assert known("mail", "ada").code == 0
    assert (opener.parent / "called").exists()


def test_what_the_program_prints_is_no_data(known: Dex, home: Path) -> None:
    program = home / "talkative"
    program.write_text("#!/bin/sh\necho opening\n")
    program.chmod(0o700)
    assert known("config", "set", "open.mail", str(program)).code == 0
    ran = known("mail", "ada", "--json")
    assert (ran.json["data"]["link"], ran.err) == ("mailto:ada@example.org", "opening\n")
    assert known("mail", "ada").out == "mailto:ada@example.org\n"


def test_a_browser_is_what_the_variable_says(known: Dex, opener: Path) -> None:
    assert known("open", "ada", env={"BROWSER": f"/nowhere/at-all:{opener}"}).code == 0
    assert (opener.parent / "called").read_text() == "https://github.com/ada\n"
    assert known("open", "ada", env={"BROWSER": f"{opener} --new %s"}).code == 0
    assert (opener.parent / "called").read_text() == "--new\nhttps://github.com/ada\n"


def test_a_program_that_is_not_there_or_fails_is_told(known: Dex, home: Path) -> None:
    nothing = known("call", "ada", env={"PATH": "/nowhere"})
    assert (nothing.code, "nothing on this machine opens links" in nothing.err, "--print" in nothing.err) == (
        2,
        True,
        True,
    )
    assert known("config", "set", "open.mail", "no-such-program").code == 0
    missing = known("mail", "ada")
    assert (missing.code, missing.out, "there is no program no-such-program" in missing.err) == (2, "", True)
    assert known("config", "set", "open.mail", "false").code == 0
    failed = known("mail", "ada")
    assert (failed.code, failed.out, "false ended with 1" in failed.err) == (1, "", True)
    (home / "folder").mkdir()
    assert known("config", "set", "open.mail", str(home / "folder")).code == 0
    assert known("mail", "ada").code == 2
    for value in ("", "'open"):
        refused = known("config", "set", "open.mail", value)
        assert (refused.code, "no program" in refused.err) == (2, True)


def test_at_a_terminal_it_is_told_how_to_log_it_afterwards(known: Dex, opener: Path, terminal: Terminal) -> None:
    assert known("config", "set", "open.mail", str(opener)).code == 0
    shown = terminal("mail", "ada", "grace").text
    assert " Ada Lovelace, Grace Hopper: ada@example.org, grace@example.org\n" in shown
    assert "also ada@work.example: --which TEXT" in shown
    assert "afterwards: dex log ada-lovelace --with grace-hopper --kind mail TEXT" in shown
    assert known("history", "--json").json["data"]["operations"][0]["command"].startswith("archive")


# -- email ---------------------------------------------------------------------------------------------------


def test_mutt_gets_a_line_and_then_addresses(known: Dex) -> None:
    ran = known("email", "lovelace")
    about = "Ada Lovelace\tAnalytical Engines"
    assert (ran.code, ran.out) == (0, f"2 addresses\nada@example.org\t{about}\nada@work.example\t{about}\n")
    assert known("email", "--bare", "grace").out == "grace@example.org\tGrace Hopper\tgrace-hopper\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (["LOVE"], ["ada@example.org", "ada@work.example"]),
        (["ada", "work"], ["ada@work.example"]),
        (["analytical"], ["ada@example.org", "ada@work.example"]),
        (["navy"], ["grace@example.org"]),
        (["grace@exam"], ["grace@example.org"]),
        (["grace hop"], ["grace@example.org"]),
        (["%"], []),
        (["_"], []),
        (["rozsa"], []),
        (["emmy"], []),
        (["ada", "work.ex"], ["ada@work.example"]),
        (["elet"], ["emilie@example.org"]),
        (["élet"], ["emilie@example.org"]),
        (["societe"], ["emilie@example.org"]),
        (["SOCIÉTÉ"], ["emilie@example.org"]),
        (["physics"], ["emilie@example.org"]),
    ],
)
def test_every_word_has_to_be_somewhere(known: Dex, text: list[str], found: list[str]) -> None:
    ran = known("email", *text, "--json")
    assert [one["email"] for one in ran.json["data"]["items"]] == found
    assert ran.code == (0 if found else 4)


@pytest.mark.parametrize("text", ["é" * 30_000, "ad " * 30_000, "\ufdfa" * 1_001])
def test_a_text_that_is_no_name_is_refused_at_once(known: Dex, text: str) -> None:
    for words in (["email", text], ["email", "--strangers", text]):
        ran = known(*words, "--json")
        assert (ran.code, ran.error["code"]) == (2, "usage")
        assert ran.error["message"] == f"nobody is looked for by {len(text):,} characters"


@pytest.mark.parametrize("text", ["é" * 1_000, "\ufdfa" * 1_000, "ad " * 333])
def test_the_longest_text_that_may_be_a_name_is_looked_for(known: Dex, text: str) -> None:
    assert known("email", "--strangers", text, "--json").code in (0, 4)


def test_nobody_is_a_line_and_an_exit_code(known: Dex, terminal: Terminal) -> None:
    ran = known("email", "zzz")
    assert (ran.code, ran.out, ran.err) == (4, "0 addresses\n", "")
    assert terminal("email", "zzz").text == " Nobody found.\n"


def test_whom_i_was_in_touch_with_last_comes_first(known: Dex) -> None:
    assert known("email", "--json").json["data"]["items"][0]["handle"] == "ada-lovelace"
    assert known("log", "grace", "tea", "--on", "2026-03-01").code == 0
    assert known("email", "--json").json["data"]["items"][0]["handle"] == "grace-hopper"


def test_addresses_that_i_wrote_to_come_when_asked_for(dex: Dex, home: Path) -> None:
    (home / "mail.mbox").write_text(letters.mbox())
    assert dex("me", "add", letters.ME).code == 0
    assert dex("import", home / "mail.mbox").code == 0
    assert dex("email", "emmy").code == 4
    ran = dex("email", "--strangers", "emmy")
    assert (ran.code, ran.out.splitlines()[1].split("\t")[::2]) == (0, ["emmy@example.org", "not in dex yet"])
    assert dex("triage", "--ignore", "emmy@example.org").code == 0
    assert dex("email", "--strangers", "emmy").code == 4


def test_no_name_ends_a_line_or_adds_a_column(dex: Dex) -> None:
    assert dex("add", "Ada \t Love\nlace \x1b[31m", "--email", "ada@example.org", "--company", "A\tB\nC").code == 0
    lines = dex("email", "ada").out.splitlines()
    assert len(lines) == 2
    assert lines[1].split("\t") == ["ada@example.org", "Ada Love lace", "A B C"]


def test_of_one_person_the_address_that_a_mail_would_go_to_comes_first(dex: Dex, home: Path) -> None:
    card = "BEGIN:VCARD\nVERSION:4.0\nFN:Ada Lovelace\nEMAIL:countess@example.com\nEND:VCARD\n"
    (home / "a.vcf").write_text(card)
    assert dex("import", home / "a.vcf").code == 0
    assert dex("edit", "ada", "--email", "ada@example.org").code == 0
    first = dex("mail", "ada", "--print", "--json").json["data"]["targets"]
    assert [one["email"] for one in dex("email", "ada", "--json").json["data"]["items"]][:1] == first
    assert first == ["ada@example.org"]


def test_letters_of_strangers_are_found_without_their_accents(dex: Dex, home: Path) -> None:
    to = "From: me@example.org\nTo: =?utf-8?q?R=C3=B3zsa_P=C3=A9ter?= <rp@example.com>\nSubject: Tea\n"
    (home / "a.eml").write_text(f"{to}Date: Sat, 7 Mar 2026 10:00:00 +0000\nMessage-ID: <tea@example.org>\n\nTea?\n")
    assert dex("me", "add", "me@example.org").code == 0
    assert dex("import", home / "a.eml").code == 0
    for typed in ("rozsa", "RÓZSA", "péter", "rp@ex"):
        assert dex("email", "--strangers", "--bare", typed).out == "rp@example.com\tRózsa Péter\tnot in dex yet\n"


def test_an_address_of_two_people_is_offered_once(dex: Dex) -> None:
    assert dex("add", "Ada Lovelace", "--email", "office@example.org").code == 0
    assert dex("add", "Grace Hopper", "--email", "office@example.org", "--force").code == 0
    assert dex("email", "office").out.count("office@example.org") == 1


def test_who_has_none_is_given_no_address_of_somebody_else(dex: Dex) -> None:
    dex("add", "Edsger Dijkstra")
    for command, option in (("mail", "--email ADDRESS"), ("call", "--phone +NUMBER"), ("open", "--url ADDRESS")):
        assert f"dex edit edsger-dijkstra {option}\n" in dex(command, "edsger").err
