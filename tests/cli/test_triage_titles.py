"""Whoever is only named in the title of a meeting is asked about, and never taken to have been there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from support.calendars import ME, calendar, event
from support.program import Dex, Terminal

NOBODY: list[str] = []


def alone(uid: str, title: str, start: str = "DTSTART:20260301T180000Z", *lines: str) -> str:
    """An appointment of mine that invites nobody."""
    return event(uid, *lines, title=title, start=start, people=NOBODY, organizer=None)


@pytest.fixture
def known(dex: Dex) -> Dex:
    """Four people, two of one given name."""
    assert dex("me", "add", ME).code == 0
    for name in ("Grace Hopper", "Grace Kelly", "Alan Turing"):
        assert dex("add", name).code == 0
    assert dex("add", "Ada Lovelace", "--email", "ada@example.org", "--every", "2w").code == 0
    return dex


def read(dex: Dex, home: Path, *events: str) -> Any:
    (home / "home.ics").write_text(calendar(*events), newline="")
    ran = dex("import", home / "home.ics", "--json")
    assert ran.code == 0, ran.err
    return ran.json["data"]["report"]


def titles(dex: Dex) -> list[tuple[str, int, list[str]]]:
    """Title, how often, and handles of whom it may mean."""
    asked = dex("triage", "--json").json["data"]
    assert asked["titles_total"] == len(asked["titles"])
    return [(one["title"], one["times"], [who["handle"] for who in one["candidates"]]) for one in asked["titles"]]


def test_titles_that_name_somebody_are_asked_about_and_count_for_nobody_before(known: Dex, home: Path) -> None:
    report = read(
        known,
        home,
        alone("a", "Dinner with Grace Hopper"),
        alone("b", "A long walk along the river with Grace", "DTSTART:20260302T180000Z"),
        event("c", title="Ada / Alan", start="DTSTART:20260303T180000Z"),
        event("d", title="Alan Turing: reading", people=NOBODY, start="DTSTART:20260304T180000Z"),
    )
    assert (report["interactions"]["added"], report["titles_to_triage"]) == (4, 4)
    assert titles(known) == [
        ("Alan Turing: reading", 1, ["alan-turing"]),
        ("Ada / Alan", 1, ["alan-turing"]),
        ("A long walk along the river with Grace", 1, ["grace-hopper", "grace-kelly"]),
        ("Dinner with Grace Hopper", 1, ["grace-hopper"]),
    ]
    for handle in ("grace-hopper", "grace-kelly", "alan-turing"):
        page = known("show", handle, "--json").json["data"]
        assert (page["timeline_total"], page["person"]["last_contact_on"]) == (0, None)


def test_why_it_is_no_contact_yet_is_told(known: Dex, home: Path) -> None:
    read(known, home, alone("a", "Dinner with Grace"))
    (reason,) = known("why", "i1", "--json").json["data"]["reasons"]
    assert (reason["code"], reason["counts"]) == ("nobody", False)
    assert "dex triage asks" in reason["text"]


def test_what_names_nobody_known_and_whole_days_are_not_kept(known: Dex, home: Path) -> None:
    report = read(
        known,
        home,
        alone("a", "Dentist"),
        alone("b", "Dinner with Zoe Smith"),
        alone("c", "Grace Hopper visits", "DTSTART;VALUE=DATE:20260107"),
        event("d", title="Grace Hopper's birthday", start="DTSTART;VALUE=DATE:20260107", people=NOBODY),
        event("e", title=None, people=NOBODY),
    )
    entries = report["interactions"]
    assert (entries["added"], entries["alone"], entries["bulk"]) == (0, 3, 2)  # in the last two I stand alone
    assert titles(known) == []


def test_what_was_not_kept_is_told_with_the_reason(terminal: Terminal, home: Path) -> None:
    (home / "home.ics").write_text(calendar(alone("a", "Dentist"), alone("b", "Haircut")), newline="")
    assert terminal("import", home / "home.ics").text.splitlines() == [
        " calendar  home.ics",
        " interactions       2 invite nobody, not kept",
    ]


def test_a_calendar_that_dex_exported_says_why_it_brings_nothing(known: Dex, terminal: Terminal, home: Path) -> None:
    known("edit", "ada", "--birthday", "1815-12-10")
    known("export", "--as", "ics", "-o", home / "own.ics")
    report = known("import", home / "own.ics", "--json").json["data"]["report"]
    assert report["interactions"]["added"] == 0
    assert "it is made for calendars, and its dates and tasks are not read" in report["notes"][0]
    elsewhere = known("--db", home / "empty.db", "import", home / "own.ics", "--json").json["data"]["report"]
    assert elsewhere["notes"] == report["notes"]
    assert "dex itself exported it" in terminal("import", home / "own.ics").text


def test_whoever_was_there_has_the_contact_and_a_newer_copy_keeps_it(known: Dex, home: Path) -> None:
    read(known, home, alone("a", "Dinner with Grace"))
    (asked,) = known("triage", "--json").json["data"]["titles"]

    ran = known("triage", "--there", f"{asked['interaction_id']}=grace-kelly", "--json").json["data"]

    assert [(one["decision"], one["person"]["handle"], one["interactions"]) for one in ran["decided"]] == [
        ("there", "grace-kelly", 1)
    ]
    assert titles(known) == []
    assert known("show", "grace-kelly", "--json").json["data"]["person"]["last_contact_on"] == "2026-03-01"
    assert known("show", "grace-hopper", "--json").json["data"]["timeline_total"] == 0

    read(known, home, alone("a", "Dinner with Grace", "DTSTART:20260302T180000Z", "SEQUENCE:1"))
    assert known("show", "grace-kelly", "--json").json["data"]["person"]["last_contact_on"] == "2026-03-02"
    assert titles(known) == []

    assert known("undo", ran["decided"][0]["operation_id"]).code in (0, 1)


def test_a_title_stands_once_in_the_list_however_many_it_names(known: Dex, home: Path) -> None:
    read(known, home, alone("a", "Dinner with Grace and Alan"))
    shown = known("triage", "--color", "always", env={"COLUMNS": "80"}).out
    assert shown.count("Dinner with Grace and Alan") == 1
    assert "grace-hopper or grace-kelly" in shown
    assert "alan-turing" in shown
    assert len(titles(known)) == 2


def test_a_renamed_meeting_keeps_who_was_there_and_asks_about_a_new_name(known: Dex, home: Path) -> None:
    read(known, home, alone("a", "Dinner with Grace Hopper"))
    (asked,) = known("triage", "--json").json["data"]["titles"]
    assert known("triage", "--there", f"{asked['interaction_id']}=grace-hopper").code == 0
    read(known, home, alone("a", "Dinner with Alan Turing", "DTSTART:20260301T180000Z", "SEQUENCE:1"))
    assert titles(known) == [("Dinner with Alan Turing", 1, ["alan-turing"])]
    entry = asked["interaction_id"]
    assert known("show", "grace-hopper", "--json").json["data"]["timeline"][0]["id"] == entry
    assert known("triage", "--not-there", f"{entry}=grace-kelly").code == 4
    assert known("triage", "--not-there", f"{entry}=grace-hopper").code == 0
    assert known("show", "grace-hopper", "--json").json["data"]["timeline_total"] == 0


def test_a_decision_can_be_taken_back(known: Dex, home: Path) -> None:
    read(known, home, alone("a", "Dinner with Grace"), alone("b", "Call Alan"))
    before = titles(known)
    ids = {one["title"]: one["interaction_id"] for one in known("triage", "--json").json["data"]["titles"]}
    assert known("triage", "--there", f"{ids['Dinner with Grace']}=grace-kelly").code == 0
    assert known("triage", "--not-there", f"{ids['Call Alan']}=alan").code == 0
    assert titles(known) == []
    assert known("undo").code == 0
    assert known("undo").code == 0
    assert titles(known) == before
    assert known("show", "grace-kelly", "--json").json["data"]["person"]["last_contact_on"] is None


def test_a_series_is_one_question_and_one_answer(known: Dex, home: Path) -> None:
    weekly = alone("w", "1:1 Alan", "DTSTART:20260202T090000Z", "RRULE:FREQ=WEEKLY;COUNT=10")
    read(known, home, weekly)
    assert titles(known) == [("1:1 Alan", 10, ["alan-turing"])]
    (asked,) = known("triage", "--json").json["data"]["titles"]
    assert (asked["first_on"], asked["last_on"]) == ("2026-02-02", "2026-04-06")

    assert known("triage", "--there", f"{asked['interaction_id']}=alan").code == 0

    page = known("show", "alan", "--json").json["data"]
    assert (page["person"]["last_contact_on"], page["timeline_total"]) == ("2026-03-02", 5)
    assert page["upcoming"][0]["on"] == "2026-03-09"


def test_who_was_not_meant_is_never_asked_about_again_not_of_the_series_either(known: Dex, home: Path) -> None:
    weekly = alone("w", "Run with Alan", "DTSTART:20260202T090000Z", "RRULE:FREQ=WEEKLY;COUNT=3")
    read(known, home, weekly, alone("a", "Dinner with Grace"))
    ids = {one["title"]: one["interaction_id"] for one in known("triage", "--json").json["data"]["titles"]}
    assert known("triage", "--not-there", f"{ids['Run with Alan']}=alan").code == 0
    assert known("triage", "--not-there", f"{ids['Dinner with Grace']}=grace-hopper").code == 0
    assert titles(known) == [("Dinner with Grace", 1, ["grace-kelly"])]

    read(known, home, weekly.replace("COUNT=3", "COUNT=4"), alone("a", "Dinner with Grace"))

    assert titles(known) == [("Dinner with Grace", 1, ["grace-kelly"])]


def test_a_title_that_is_changed_takes_the_appointment_off(known: Dex, home: Path) -> None:
    folder = home / "calendars" / "private"
    folder.mkdir(parents=True)
    (folder / "a.ics").write_text(calendar(alone("a", "Dinner with Grace")), newline="")
    assert known("account", "add", "home", "--type", "vdir", "--path", str(home / "calendars")).code == 0
    assert known("sync").code == 0
    assert titles(known) == [("Dinner with Grace", 1, ["grace-hopper", "grace-kelly"])]
    (folder / "a.ics").write_text(calendar(alone("a", "Dentist")), newline="")
    report = known("sync", "--json").json["data"]["report"]
    assert report["interactions"]["removed"] == 1
    assert titles(known) == []
    shutil.rmtree(folder)


def test_a_decision_is_changed_by_the_other_one(known: Dex, home: Path) -> None:
    weekly = alone("w", "Run with Alan", "DTSTART:20260202T090000Z", "RRULE:FREQ=WEEKLY;COUNT=3")
    read(known, home, weekly)
    assert known("triage", "--there", "i1=alan").code == 0
    assert known("show", "alan", "--json").json["data"]["timeline_total"] == 3
    assert known("triage", "--there", "i1=alan").code == 0, "said twice is said once"
    assert known("triage", "--not-there", "i1=alan").code == 0
    page = known("show", "alan", "--json").json["data"]
    assert (page["timeline_total"], page["person"]["last_contact_on"]) == (0, None)
    assert titles(known) == []
    assert known("triage", "--there", "i3=alan").code == 0
    assert known("show", "alan", "--json").json["data"]["timeline_total"] == 3


def test_a_pipe_is_told_that_there_are_titles(known: Dex, home: Path) -> None:
    read(known, home, alone("a", "Dinner with Grace"))
    ran = known("triage")
    assert (ran.code, ran.out) == (0, "")
    assert "1 titles of meetings name somebody as well: --json lists them" in ran.err


def test_two_of_one_name_in_one_title_are_two_questions_that_do_not_meet(
    known: Dex, home: Path, terminal: Terminal
) -> None:
    for _ in range(2):
        assert known("add", "Alex Kim", "--force").code == 0
    assert known("add", "Alex Lee").code == 0
    read(known, home, alone("a", "Alex Kim with Alex"), alone("b", "Call Alan", "DTSTART:20260201T180000Z"))
    shown = terminal("triage", keys="11y", after="[q]uit")
    assert shown.code == 0, shown.text
    assert known("show", "alan", "--json").json["data"]["timeline_total"] == 1


def test_what_cannot_be_decided_is_refused(known: Dex, home: Path) -> None:
    read(known, home, alone("a", "Dinner with Grace"))
    for words, code, told in (
        (["--there", "i1=ada"], 4, "does not name Ada Lovelace"),
        (["--not-there", "i1=ada"], 4, "does not name Ada Lovelace"),
        (["--there", "i99=grace-kelly"], 4, "does not name Grace Kelly"),
        (["--there", "i1"], 2, "names nobody"),
        (["--there", "x=ada"], 2, "is no entry"),
        (["--there", "i²=ada"], 2, "is no entry"),
        (["--there", f"i{'9' * 30}=ada"], 2, "is no entry"),
        (["--there", "i1=nobody"], 4, "nobody is called"),
    ):
        ran = known("triage", *words)
        assert (ran.code, told in ran.err) == (code, True), (words, ran.err)
    assert len(titles(known)) == 1
    assert known("triage", "--there", "i1=grace-kelly", "--dry-run").code == 0
    assert len(titles(known)) == 1


def test_whoever_is_ignored_or_dead_is_not_asked_about(known: Dex, home: Path) -> None:
    read(known, home, alone("a", "Dinner with Grace"))
    assert known("ignore", "grace-kelly").code == 0
    assert titles(known) == [("Dinner with Grace", 1, ["grace-hopper"])]
    assert known("archive", "grace-hopper", "--deceased").code == 0
    assert titles(known) == []


def test_a_mail_cannot_bring_a_meeting_by_its_title(known: Dex, home: Path) -> None:
    part = calendar(alone("a", "Dinner with Grace Hopper"), lines=["METHOD:REQUEST"])
    (home / "a.eml").write_text(
        "From: Mallory <mallory@example.net>\r\nTo: me@example.org\r\nDate: Thu, 5 Mar 2026 09:00:00 +0000\r\n"
        "Message-ID: <a@example.net>\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n{part}",
        newline="",
    )
    assert known("import", home / "a.eml").code == 0
    assert titles(known) == []


def test_one_key_decides_at_a_terminal(known: Dex, home: Path, terminal: Terminal) -> None:
    read(known, home, alone("a", "Dinner with Grace"), alone("b", "Call Alan", "DTSTART:20260302T180000Z"))
    shown = terminal("triage", keys="xyn", after="[q]uit").text
    assert '"Call Alan"  i2' in shown
    assert "on 2 Mar 2026; Was Alan Turing (alan-turing) there?" in shown
    assert "[y]es  [n]o  [s] later  [q]uit" in shown
    assert "2  Grace Kelly  grace-kelly" in shown
    assert "[1-2] that one  [n] none of them" in shown
    assert max(map(len, shown.splitlines())) <= 79
    assert titles(known) == []
    assert known("show", "alan", "--json").json["data"]["person"]["last_contact_on"] == "2026-03-02"
    for handle in ("grace-hopper", "grace-kelly"):
        assert known("show", handle, "--json").json["data"]["timeline_total"] == 0


def test_skipping_and_stopping_decide_nothing(known: Dex, home: Path, terminal: Terminal) -> None:
    read(known, home, alone("a", "Dinner with Grace"), alone("b", "Call Alan"))
    assert terminal("triage", keys="sq", after="[q]uit").code == 0
    assert len(titles(known)) == 2
