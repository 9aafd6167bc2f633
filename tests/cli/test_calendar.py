"""The ends of the calendar: what is typed or imported there is done or refused, and never stands in the way later."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.program import Dex

LAST, FIRST = "9999-12-31", "0001-01-01"

READING = (
    ["dates"],
    ["dates", "state:all", "--json"],
    ["due"],
    ["due", "--json", "--limit", "0"],
    ["due", "--count"],
    ["due", "--digest"],
    ["list"],
    ["list", "birthday:march"],
    ["show", "ada"],
    ["show", "ada", "--json"],
    ["show", "grace"],
    ["show", "i1"],
    ["history"],
)

WRITING = (
    ["log", "ada", "tea"],
    ["log", "ada", "tea", "--on", LAST, "--promise", "the book", "--by", LAST],
    ["log", "ada", "tea", "--on", FIRST],
    ["log", "grace", "message: hello", "--direction", "in", "--on", LAST],
    ["cadence", "ada", "100y"],
    ["cadence", "ada", "grace", "2w"],
    ["snooze", "grace", LAST],
    ["snooze", "ada", LAST],
    ["remind", "ada", "the book", "--on", LAST, "--every", "1y"],
    ["remind", "ada", "the book", "--every", "100y"],
    ["add", "Emmy Noether", "--every", "1y", "--birthday", LAST, "--anniversary", "01-01", "--met-on", FIRST],
    ["add", "Paul Dirac", "--every", "1d", "--birthday", FIRST, "--met-on", LAST],
    ["archive", "alan", "--deceased", "--on", LAST],
    ["tag", "ada", "+maths"],
    ["cadence", "--tag", "maths", "1y", "--lead", "366d"],
    ["done", "c1"],
    ["undo"],
)


@pytest.mark.parametrize("day", [f"{FIRST}T12:00:00+00:00", LAST])
def test_reading_at_the_ends_of_the_calendar_works(known: Dex, day: str) -> None:
    known("snooze", "grace", LAST, "-q")
    known("edit", "ada", "--birthday", "1815-12-10", "-q")
    for words in READING:
        ran = known(*words, now=day)
        assert ran.code == 0, (words, ran.err)
    for words in (["due"], ["list", "tag:friend"], ["show", "ada"]):
        ran = known(*words, "--as-of", day[:10])
        assert ran.code == 0, (words, ran.err)


@pytest.mark.parametrize("now", [LAST, f"{FIRST}T12:00:00+00:00", "2026-03-08"])
def test_writing_at_the_ends_of_the_calendar_works_or_is_refused(known: Dex, now: str) -> None:
    for words in WRITING:
        ran = known(*words, now=now)
        assert ran.code in (0, 2), (words, ran.err)
        assert ran.code == 0 or len(ran.err.splitlines()) == 2, (ran.err, "what is wrong, and what to do")
        for day in ("2026-03-09", LAST):
            after = known("due", "--json", "--limit", "0", now=day)
            assert after.code == 0, (words, day, after.err)
    for words in READING:
        assert known(*words, now=LAST).code == 0, words


def test_looking_ahead_beyond_the_calendar_is_refused(known: Dex) -> None:
    for words in (
        ["due", "--within", "7d"],
        ["list", "due:7d"],
        ["snooze", "ada", "1d"],
        ["snooze", "ada", "tomorrow"],
    ):
        ran = known(*words, now=LAST)
        assert ran.code == 2
        assert "calendar" in ran.err


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
@pytest.mark.parametrize("now", [LAST, FIRST, f"{LAST}T23:59:59+00:00", f"{FIRST}T00:00:00+00:00"])
def test_a_zone_in_which_now_is_beyond_the_calendar_is_told(known: Dex, now: str, zone: str) -> None:
    ran = known("due", now=now, env={"TZ": zone})
    assert ran.code in (0, 2), ran.err
    assert ran.code == 0 or "DEXCLI_NOW" in ran.err
    assert ran.code == 0 or zone != "UTC" or now == FIRST
    known("config", "set", "dates.timezone", zone, "-q")
    assert known("due", now=now).code in (0, 2)


def test_imported_days_at_the_ends_of_the_calendar_are_kept(known: Dex, home: Path) -> None:
    rows = [
        "Name,Date,Kind,Note",
        f"Ada Lovelace,{LAST}T23:59:59-10:00,call,late",
        f"Ada Lovelace,{FIRST}T00:00:00+14:00,call,early",
        f"Ada Lovelace,{LAST},mail,last",
        f"Ada Lovelace,{FIRST},mail,first",
    ]
    (home / "entries.csv").write_text("\n".join(rows))
    (home / "people.csv").write_text(
        "Name,Email,Birthday,Cadence,Met on\n"
        f"Old,old@example.org,{FIRST},1y,{FIRST}\nNew,new@example.org,{LAST},1y,{LAST}"
    )
    for file in ("entries.csv", "people.csv"):
        ran = known("import", home / file, env={"TZ": "UTC"})
        assert ran.code == 0, ran.err
    for now in ("2026-03-08", LAST, FIRST):
        for zone in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles"):
            for words in (["due"], ["show", "ada", "--json"], ["list"], ["show", "old"]):
                ran = known(*words, now=f"{now}T12:00:00+00:00", env={"TZ": zone})
                assert ran.code == 0, (now, zone, words, ran.err)


def test_a_reminder_that_cannot_come_again_is_removed_instead(known: Dex) -> None:
    made = known("remind", "ada", "the book", "--on", LAST, "--every", "1y", "--json").json["data"]["commitment"]
    ran = known("done", made["id"])
    assert (ran.code, "beyond the calendar" in ran.err, f"dex rm {made['id']}" in ran.err) == (2, True, True)
    assert known("rm", made["id"]).code == 0
