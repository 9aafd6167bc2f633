"""Addresses become people only when somebody says so: by one key at a terminal, by options in a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support import letters
from support.calendars import ME, calendar, event
from support.program import Dex, Terminal


@pytest.fixture
def read(dex: Dex, tmp_path: Path) -> Dex:
    """A database into which the mailbox was read."""
    (tmp_path / "mail.mbox").write_text(letters.mbox())
    assert dex("me", "add", letters.ME).code == 0
    assert dex("import", tmp_path / "mail.mbox").code == 0
    return dex


def items(dex: Dex) -> list[Any]:
    found: list[Any] = dex("triage", "--json").json["data"]["items"]
    return found


def test_an_import_of_mail_tells_how_many_are_to_be_decided_about(dex: Dex, tmp_path: Path, terminal: Terminal) -> None:
    (tmp_path / "mail.mbox").write_text(letters.mbox())
    (tmp_path / "card.vcf").write_text("BEGIN:VCARD\nVERSION:4.0\nFN:Ada Lovelace\nEND:VCARD\n")
    assert dex("me", "add", letters.ME).code == 0
    tried = dex("import", tmp_path / "mail.mbox", "--dry-run", "--json").json["data"]["report"]
    assert tried["to_triage"] == 0
    assert " 2 addresses look like people: dex triage\n" in terminal("import", tmp_path / "mail.mbox").text
    again = dex("import", tmp_path / "mail.mbox", "--json").json["data"]["report"]
    assert again["to_triage"] == 0, "nothing was added"
    assert dex("import", tmp_path / "card.vcf", "--json").json["data"]["report"]["to_triage"] == 0


def test_only_whom_i_have_written_to_is_asked_about_best_first(read: Dex) -> None:
    assert [(one["address"], one["name"], one["sent"], one["received"]) for one in items(read)] == [
        ("emmy@example.org", "Emmy Noether", 1, 2),
        ("kurt@example.org", "Kurt Goedel", 1, 0),
    ]
    assert items(read)[0]["reasons"] == ["you wrote once", "they wrote twice"]
    assert items(read)[0]["last_title"] == "Ideals"


def test_whoever_is_added_has_their_history_at_once(read: Dex) -> None:
    ran = read("triage", "--add", "emmy@example.org", "--json")

    (decided,) = ran.json["data"]["decided"]
    assert (decided["decision"], decided["person"]["handle"], decided["interactions"]) == ("add", "emmy-noether", 3)
    assert ran.json["data"]["total"] == 1
    shown = read("show", "emmy", "--json").json["data"]
    assert (shown["timeline_total"], shown["person"]["last_contact_on"]) == (3, "2026-02-08")
    assert shown["first_seen"]["title"] == "Rings"
    (due,) = read("due", "--json").json["data"]["items"]
    assert [reason["code"] for reason in due["reasons"]] == ["reply_owed"]
    assert read("undo").code == 0
    assert len(items(read)) == 2


def test_a_script_decides_by_options(read: Dex) -> None:
    read("add", "Kurt Gödel")
    ran = read("triage", "--link", "kurt@example.org=kurt", "--ignore", "emmy@example.org", "--json")

    assert [one["decision"] for one in ran.json["data"]["decided"]] == ["link", "ignore"]
    assert items(read) == []
    assert read("show", "kurt", "--json").json["data"]["timeline_total"] == 1


def test_what_is_put_off_comes_again_in_a_month(read: Dex) -> None:
    assert "7 Apr 2026" in read("triage", "--later", "emmy@example.org").err + read("history").out

    assert [one["address"] for one in items(read)] == ["kurt@example.org"]
    later = read("triage", "--json", now="2026-04-08T09:00:00+00:00").json["data"]["items"]
    assert len(later) == 2


def test_a_name_that_somebody_has_is_asked_about_and_never_taken(read: Dex) -> None:
    read("add", "Emmy Noether")

    ran = read("triage", "--add", "emmy@example.org", "--json")
    assert (ran.code, ran.out) == (5, "")
    assert ran.error["candidates"][0]["handle"] == "emmy-noether"
    assert [one["handle"] for one in items(read)[0]["namesakes"]] == ["emmy-noether"]
    assert read("triage", "--add", "emmy@example.org", "--force").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--add", "nobody@example.org"), 4),
        (("--add", "not an address"), 2),
        (("--ignore", letters.ME), 2),
        (("--link", "emmy@example.org"), 2),
        (("--link", "emmy@example.org=nobody"), 4),
        (("--add", "emmy@example.org", "--name", "A", "--name", "B"), 2),
    ],
)
def test_what_cannot_be_decided_is_an_error_that_says_so(read: Dex, words: tuple[str, ...], code: int) -> None:
    ran = read("triage", *words)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("dex: ")
    assert len(items(read)) == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--add", "nobody@example.org"), 4),
        (("--ignore", "nobody@example.org"), 4),
        (("--later", "not an address"), 2),
        (("--link", "kurt@example.org"), 2),
        (("--ignore", "Emmy@example.org"), 2),
    ],
)
def test_every_address_is_looked_at_before_the_first_is_decided(read: Dex, words: tuple[str, ...], code: int) -> None:
    history = read("history").out
    ran = read("triage", "--add", "emmy@example.org", *words)
    assert (ran.code, ran.out) == (code, "")
    assert read("history").out == history


def test_what_was_decided_before_another_failed_is_told(read: Dex) -> None:
    read("add", "Kurt Goedel")
    ran = read("triage", "--add", "emmy@example.org", "--add", "kurt@example.org", "-q", "--json")
    assert (ran.code, ran.out, ran.error["code"]) == (5, "", "exists")
    assert ran.err.startswith(
        "dex: added Emmy Noether (emmy-noether): 3 entries of history by emmy@example.org; undo: dex undo o4\n"
    )
    assert read("undo", "o4").code == 0
    assert len(items(read)) == 2


def test_an_address_may_be_linked_to_whom_another_brings(read: Dex) -> None:
    ran = read("triage", "--add", "emmy@example.org", "--link", "kurt@example.org=emmy-noether", "--json")
    assert [one["person"]["handle"] for one in ran.json["data"]["decided"]] == ["emmy-noether", "emmy-noether"]


def test_one_key_each_at_a_terminal(read: Dex, terminal: Terminal) -> None:
    shown = terminal("triage", keys="ai", after="[q]uit")

    assert shown.code == 0
    assert "Emmy Noether  emmy@example.org" in shown.text
    assert "you wrote once, they wrote twice, since 2 Feb 2026" in shown.text
    assert "added Emmy Noether (emmy-noether): 3 entries of history by emmy@example.org" in shown.text
    assert "will not ask about kurt@example.org again" in shown.text
    assert items(read) == []


def test_whoever_stops_has_decided_what_was_decided(read: Dex, terminal: Terminal) -> None:
    assert terminal("triage", keys="sq", after="[q]uit").code == 0

    assert [one["address"] for one in items(read)] == ["kurt@example.org"]
    assert "Nobody to decide about" not in terminal("triage", keys="q", after="[q]uit").text


def test_a_key_that_means_nothing_shows_the_keys_again(read: Dex, terminal: Terminal) -> None:
    shown = terminal("triage", keys="xziq", after="[q]uit")
    assert shown.code == 0
    asked = [line for line in shown.text.splitlines() if line.endswith("[q]uit")]
    counters = [line.split("   ")[0][-len("1 of 2") :] for line in asked]  # the keys may be echoed before the first
    assert counters == ["1 of 2", "1 of 2", "1 of 2", "2 of 2"]
    assert max(map(len, shown.text.splitlines())) <= 79
    assert [one["address"] for one in items(read)] == ["kurt@example.org"]


def test_an_answer_that_fails_shows_the_keys_again(read: Dex, terminal: Terminal) -> None:
    read("add", "Emmy Noether")
    shown = terminal("triage", keys="aq", after="[q]uit").text
    assert shown.count("[q]uit") == 2
    assert "A adds\n     somebody else of that name\n" in shown.partition("[q]uit")[2]


def test_where_no_mail_was_read_the_way_to_it_is_told(dex: Dex, terminal: Terminal) -> None:
    assert dex("triage", "--json").json["data"] == {
        "total": 0,
        "items": [],
        "mail": False,
        "titles_total": 0,
        "titles": [],
    }
    dex("add", "Ada Lovelace")
    shown = terminal("triage").text
    assert shown == " no mail or calendar was read yet: dex import ~/Mail, or dex account add ADDRESS\n"


def test_where_all_are_put_off_nobody_is_to_be_decided_about_now(read: Dex, terminal: Terminal) -> None:
    assert read("triage", "--later", "emmy@example.org", "--ignore", "kurt@example.org").code == 0
    assert read("triage", "--json").json["data"] == {
        "total": 0,
        "items": [],
        "mail": True,
        "titles_total": 0,
        "titles": [],
    }
    assert terminal("triage").text == " Nobody to decide about now.\n"


# -- whom one met --------------------------------------------------------------------------------------------


@pytest.fixture
def met(dex: Dex, home: Path) -> Dex:
    """A calendar with a meeting of four, of whom I know one, and one with a single stranger."""
    four = ["ada@example.org", "ATTENDEE;CN=Emmy Noether:mailto:emmy@example.org", "kurt.goedel@example.org"]
    (home / "home.ics").write_text(
        calendar(
            event("a@x", title="Offsite", people=four),
            event("b@x", title="Tea", people=["alan@example.org"], start="DTSTART:20260220T150000Z"),
        ),
        newline="",
    )
    assert dex("me", "add", ME).code == 0
    assert dex("add", "Ada Lovelace", "--email", "ada@example.org").code == 0
    assert dex("import", home / "home.ics").code == 0
    return dex


def test_after_a_meeting_with_several_new_people_all_are_offered_together(met: Dex) -> None:
    found = {one["address"]: one for one in items(met)}
    assert sorted(found) == ["alan@example.org", "emmy@example.org", "kurt.goedel@example.org"]
    assert found["alan@example.org"]["gathering"] is None
    gathering = found["emmy@example.org"]["gathering"]
    assert (gathering["title"], gathering["on"]) == ("Offsite", "2026-03-05")
    assert gathering["addresses"] == ["emmy@example.org", "kurt.goedel@example.org"]

    decided = met("triage", "--met", gathering["interaction_id"], "--json").json["data"]["decided"]

    assert [one["person"]["name"] for one in decided] == ["Emmy Noether", "Kurt Goedel"]
    for handle in ("emmy-noether", "kurt-goedel"):
        page = met("show", handle, "--json").json["data"]
        assert (page["person"]["met_where"], page["person"]["met_on"]) == ("Offsite", "2026-03-05")
        assert page["person"]["last_contact_on"] == "2026-03-05"
    assert [one["address"] for one in items(met)] == ["alan@example.org"]
    refused = met("triage", "--met", gathering["interaction_id"])
    assert (refused.code, "nobody new was at" in refused.err) == (4, True)
    assert met("triage", "--met", "ada").code == 2


def test_one_key_adds_all_of_a_meeting(met: Dex, terminal: Terminal) -> None:
    shown = terminal("triage", keys="mq").text

    assert '1 other new person was at "Offsite" on' in shown
    assert "[m] all of that meeting" in shown
    assert [person["name"] for person in met("list", "--json").json["data"]["items"]] == [
        "Ada Lovelace", "Emmy Noether", "Kurt Goedel",
    ]  # fmt: skip
