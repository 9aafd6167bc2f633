"""Yearly dates: whose, in which order, how old, on which day, and from where they come."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.program import Dex, Terminal

SUNDAY = "2026-03-08T09:00:00+00:00"


def items(dex: Dex, *words: str, now: str = SUNDAY) -> list[tuple[Any, ...]]:
    """The dates that are listed, as (handle, kind, day, years)."""
    ran = dex("dates", *words, "--json", now=now)
    assert ran.code == 0, ran.err
    data = ran.json["data"]
    assert data["total"] == len(data["items"])
    return [(one["person"]["handle"], one["kind"], one["on"], one["turns"]) for one in data["items"]]


def test_dates_of_everybody_are_listed_soonest_first_and_once(known: Dex) -> None:
    known("edit", "john-backus", "--birthday", "1924-03-07", "--anniversary", "03-08", "-q")
    assert items(known) == [
        ("john-backus", "anniversary", "2026-03-08", None),
        ("alan-turing", "birthday", "2026-03-12", None),
        ("ada-lovelace", "birthday", "2026-12-10", 211),
        ("john-backus", "birthday", "2027-03-07", 103),
    ]


@pytest.mark.parametrize(("within", "count"), [("0d", 0), ("3d", 0), ("4d", 1), ("1y", 2)])
def test_the_last_day_of_a_look_ahead_is_part_of_it(known: Dex, within: str, count: int) -> None:
    assert len(items(known, "--within", within)) == count


def test_only_those_whom_a_query_a_tag_or_a_kind_finds(known: Dex) -> None:
    known("edit", "ada", "--anniversary", "1835-07-08", "-q")
    assert {kind for _, kind, *_ in items(known, "--kind", "Anniversary")} == {"anniversary"}
    assert {who for who, *_ in items(known, "--tag", "+friend")} == {"ada-lovelace"}
    assert {who for who, *_ in items(known, "!tag:friend")} == {"alan-turing"}
    assert items(known, "--tag", "nobody") == []
    assert known("dates", "tag:(").code == 2
    assert known("dates", "--within", "soon").code == 2


def test_who_was_let_go_is_left_out_unless_asked_for_and_the_dead_grow_no_older(known: Dex) -> None:
    known("archive", "ada", "--deceased", "-q")
    known("edit", "mary", "--birthday", "1780-12-26", "-q")
    known("edit", "sales-robot", "--birthday", "01-01", "-q")
    assert [who for who, *_ in items(known)] == ["alan-turing"]
    assert items(known, "state:archived") == [("mary-somerville", "birthday", "2026-12-26", 246)]
    assert items(known, "state:deceased") == [("ada-lovelace", "birthday", "2026-12-10", None)]
    assert len(items(known, "state:all")) == 4
    assert "turns" not in known("show", "ada", "--color", "always").out


@pytest.mark.parametrize(
    ("today", "day", "turns", "itself"),
    [
        ("2026-02-28", "2026-03-01", 30, "02-29"),
        ("2026-03-01", "2026-03-01", 30, "02-29"),
        ("2026-03-02", "2027-03-01", 31, "02-29"),
        ("2028-02-28", "2028-02-29", 32, ""),
        ("2028-03-01", "2029-03-01", 33, "02-29"),
    ],
)
def test_29_february_is_the_first_of_march_in_other_years(
    dex: Dex, today: str, day: str, turns: int, itself: str
) -> None:
    dex("add", "Leap Day", "--birthday", "1996-02-29", "-q", now="2020-01-01")
    (one,) = dex("dates", "--json", now=today).json["data"]["items"]
    assert (one["on"], one["turns"], one["month_day"]) == (day, turns, itself)
    assert dex("dates", "--as-of", today, "--json", now="2026-12-01").json["data"]["items"] == [one]


def test_at_the_end_of_the_calendar_what_does_not_come_again_is_left_out(known: Dex) -> None:
    last = "9999-12-31T12:00:00+00:00"
    assert items(known, now=last) == []
    known("edit", "ada", "--birthday", "12-31", "-q")
    assert items(known, now=last) == [("ada-lovelace", "birthday", "9999-12-31", None)]
    assert known("dates", "--within", "1d", now=last).code == 2


def test_who_is_not_born_yet_has_no_age(known: Dex) -> None:
    known("edit", "alan", "--birthday", "2027-03-12", "-q")
    assert items(known, "--within", "7d") == [("alan-turing", "birthday", "2026-03-12", None)]


def test_in_every_form(known: Dex, terminal: Terminal) -> None:
    assert known("dates", "--plain").out == (
        "3\talan-turing\tAlan Turing\t2026-03-12\t4\tbirthday\t\n"
        "1\tada-lovelace\tAda Lovelace\t2026-12-10\t277\tbirthday\t211\n"
    )
    assert len(known("dates", "--jsonl").out.splitlines()) == 2
    assert terminal("dates", "--within", "1y").text.splitlines() == [
        " Day         In        Who           What",
        " Thu 12 Mar  4 days    Alan Turing   birthday",
        " Thu 10 Dec  9 months  Ada Lovelace  birthday, turns 211",
        " 2 dates until 8 Mar 2027",
    ]
    assert terminal("dates", "--kind", "wedding").text == " No dates.\n"
    assert terminal("dates", "--within", "3d").text == " No dates until 11 Mar.\n"


def test_an_empty_database_has_no_dates(dex: Dex, home: Path) -> None:
    assert items(dex) == []
    assert list(home.iterdir()) == []


# -- dates of any name ---------------------------------------------------------------------------------------


def test_a_date_of_any_name_is_shown_listed_and_due(known: Dex, terminal: Terminal) -> None:
    added = known("add", "Kurt Gödel", "--every", "1y", "--date", "Wedding=1938-09-20", "--date", "name day = 03-10")
    assert added.code == 0
    assert items(known, "kurt") == [
        ("kurt-godel", "name day", "2026-03-10", None),
        ("kurt-godel", "wedding", "2026-09-20", 88),
    ]
    assert known("show", "kurt", "--json").json["data"]["person"]["dates"] == {
        "name day": "--03-10",
        "wedding": "1938-09-20",
    }
    assert " Dates    name day 10 Mar · wedding 20 Sep, 88 years" in terminal("show", "kurt").text
    (due,) = (one for one in known("due", "--json").json["data"]["items"] if one["person"]["handle"] == "kurt-godel")
    assert [reason["text"] for reason in due["reasons"]] == ["name day on Tuesday"]


def test_a_date_is_replaced_taken_off_and_brought_back(known: Dex) -> None:
    known("edit", "ada", "--date", "wedding=07-08", "-q")
    done = known("edit", "ada", "--date", "WEDDING=1835-07-08", "--json").json["data"]["done"]
    assert done == 'changed Ada Lovelace: wedding: "--07-08" → "1835-07-08"'
    assert items(known, "ada", "--kind", "wedding") == [("ada-lovelace", "wedding", "2026-07-08", 191)]
    for off in (["--remove-date", "Wedding"], ["--date", "wedding="]):
        known("edit", "ada", *off, "-q")
        assert items(known, "ada", "--kind", "wedding") == []
        known("undo", "-q")
        assert items(known, "ada", "--kind", "wedding") == [("ada-lovelace", "wedding", "2026-07-08", 191)]
    known("edit", "ada", "--remove-date", "birthday", "--remove-date", "wedding", "-q")
    assert items(known, "ada") == []


def test_a_birthday_by_its_name_is_the_birthday(known: Dex) -> None:
    known("edit", "ada", "--date", "Birthday=12-11", "--date", "anniversary=1835-07-08", "-q")
    person = known("show", "ada", "--json").json["data"]["person"]
    assert (person["birthday"], person["dates"]) == ("--12-11", {"anniversary": "1835-07-08"})


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--date", "wedding"], 2, "is not NAME=DATE"),
        (["--date", "=06-12"], 2, "cannot be the name of a date"),
        (["--date", "wedding=31 June"], 2, "cannot read the yearly date"),
        (["--date", f"{'x' * 301}=06-12"], 2, "cannot be the name of a date"),
        (["--remove-date", "wedding"], 4, "there is no date 'wedding'"),
        (["--set", "date=06-12"], 2, "--date"),
    ],
)
def test_what_is_no_date_is_refused(known: Dex, words: list[str], code: int, said: str) -> None:
    ran = known("edit", "ada", *words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_what_is_typed_wins_over_what_is_imported_and_what_is_taken_off_stays_off(dex: Dex) -> None:
    card = (
        "BEGIN:VCARD\nVERSION:3.0\nUID:1\nFN:Ada Lovelace\nitem1.X-ABDATE:2015-06-12\nitem1.X-ABLabel:Wedding\n"
        "item2.X-ABDATE:2015-06-12\nitem2.X-ABLabel:Moved in\nNOTE:{}\nEND:VCARD\n"
    )
    assert dex("import", "-", input=card.format(1)).code == 0
    assert [one[1:] for one in items(dex)] == [("moved in", "2026-06-12", 11), ("wedding", "2026-06-12", 11)]
    dex("edit", "ada", "--date", "wedding=2015-06-13", "-q")
    dex("import", "-", input=card.format(2))
    assert [one[1:] for one in items(dex)] == [("moved in", "2026-06-12", 11), ("wedding", "2026-06-13", 11)]
    dex("edit", "ada", "--remove-date", "wedding", "-q")
    assert [one[1:] for one in items(dex)] == [("moved in", "2026-06-12", 11)]
    dex("import", "-", input=card.format(3))
    assert [one[1:] for one in items(dex)] == [("moved in", "2026-06-12", 11)]


def test_what_is_taken_off_takes_no_other_date_of_that_day_with_it(dex: Dex) -> None:
    dex("add", "Ada Lovelace", "--email", "ada@example.org", "--date", "wedding=2015-06-12", "-q")
    dex("edit", "ada", "--remove-date", "wedding", "-q")
    card = (
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ada Lovelace\nEMAIL:ada@example.org\nitem1.X-ABDATE:2015-06-12\n"
        "item1.X-ABLabel:Moved in\nEND:VCARD\n"
    )
    assert dex("import", "-", input=card).code == 0
    assert [one[1:] for one in items(dex)] == [("moved in", "2026-06-12", 11)]


def test_dates_are_edited_in_the_editor(known: Dex, tmp_path: Path) -> None:
    known("edit", "ada", "--date", "wedding=1835-07-08", "--date", "name day=09-12", "-q")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i -e "s/^wedding = .*/\\"first ball\\" = \\"--06-05\\"/" "$1"\n')
    editor.chmod(0o755)
    assert known("edit", "ada", "-e", env={"EDITOR": str(editor)}).code == 0
    person = known("show", "ada", "--json").json["data"]["person"]
    assert person["dates"] == {"first ball": "--06-05", "name day": "--09-12"}


# -- notice --------------------------------------------------------------------------------------------------


def test_the_notice_of_a_person_beats_that_of_tags_which_beats_that_of_the_kind_and_the_setting(dex: Dex) -> None:
    dex("add", "Ada Lovelace", "--every", "1y", "--birthday", "04-20", "--date", "wedding=04-20", "--tag", "family")
    dex("tag", "ada", "+friend", "-q")

    def starts() -> tuple[int, int]:
        """Days of notice of the birthday and of the wedding."""
        export = dex("export", "--as", "ics").out
        triggers = [line for line in export.splitlines() if line.startswith("TRIGGER")]
        told = dict(zip(("birthday", "wedding"), triggers, strict=True))
        days = {}
        for kind, trigger in told.items():
            lead = int(trigger.partition("-P")[2].partition("D")[0]) + 1
            days[kind] = lead
            for ahead, listed in ((lead, True), (lead + 1, False)):
                today = date(2026, 4, 20) - timedelta(days=ahead)
                due = dex("due", "--json", now=f"{today}T09:00:00+00:00").json["data"]["items"]
                assert (kind in {reason["code"] for one in due for reason in one["reasons"]}) == listed
        return days["birthday"], days["wedding"]

    assert starts() == (7, 7)
    assert dex("config", "set", "due.lead", "5").code == 0
    assert starts() == (5, 5)
    assert dex("cadence", "--kind", "Wedding", "--lead", "3w", "--json").json["data"] == {
        "kind": {"name": "wedding", "lead_days": 21, "people": 1},
        "done": "wedding: notice of 21 days, for 1 person",
        "operation_id": "o3",
    }
    assert starts() == (5, 21)
    dex("cadence", "--tag", "family", "--lead", "10d", "-q")
    dex("cadence", "--tag", "friend", "--lead", "12d", "-q")
    assert starts() == (12, 12)
    dex("edit", "ada", "--lead", "2d", "-q")
    assert starts() == (2, 2)
    for words, expected in (
        (["edit", "ada", "--remove", "lead"], (12, 12)),
        (["cadence", "--tag", "friend", "--lead", ""], (10, 10)),
        (["cadence", "--tag", "family", "--lead", ""], (5, 21)),
        (["cadence", "--kind", "wedding", "--lead", ""], (5, 5)),
    ):
        assert dex(*words, "-q").code == 0
        assert starts() == expected
    for expected in ((5, 21), (10, 10), (12, 12), (2, 2)):
        assert dex("undo", "-q").code == 0
        assert starts() == expected


def test_the_notice_of_a_person_is_told_and_edited(known: Dex, terminal: Terminal, tmp_path: Path) -> None:
    done = known("edit", "ada", "--lead", "14d", "--json").json["data"]
    assert (done["person"]["lead_days"], done["done"]) == (14, "changed Ada Lovelace: lead")
    assert "notice of dates 2 weeks" in terminal("show", "ada").text
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i \'s/^lead = "14d"/lead = "3d"/\' "$1"\n')
    editor.chmod(0o755)
    edited = known("edit", "ada", "-e", "--json", env={"EDITOR": str(editor)}).json["data"]["person"]
    assert edited["lead_days"] == 3
    assert known("add", "Kurt Gödel", "--lead", "0d", "--json").json["data"]["person"]["lead_days"] == 0


@pytest.mark.parametrize(
    "words",
    [
        ["edit", "ada", "--lead", "soon"],
        ["edit", "ada", "--lead", "367d"],
        ["cadence", "--kind", "birthday"],
        ["cadence", "--kind", "birthday", "weekly"],
        ["cadence", "--kind", "birthday", "--lead", "14d", "--tag", "friend"],
        ["cadence", "--kind", "", "--lead", "14d"],
        ["cadence", "ada", "--lead", "14d"],
    ],
)
def test_a_notice_that_cannot_be_is_refused(known: Dex, words: list[str]) -> None:
    ran = known(*words)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 2)
