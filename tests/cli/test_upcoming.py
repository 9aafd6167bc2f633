"""Next meetings: what is ahead, at the hour of the user's clock; it becomes contact by time passing alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.network import dump
from support.program import Dex, Terminal

MEETINGS = """Date,With,Kind,Subject
2026-03-08T08:00:00Z,ada@example.org,meeting,Stand-up
2026-03-08T16:30:00Z,ada@example.org,meeting,Engine review
2026-03-08,ada@example.org,call,Some time today
2026-03-12T10:00:00Z,ada@example.org,meeting,Loom cards
2026-07-01T22:30:00Z,ada@example.org,meeting,Summer school
2026-03-20,ada@example.org,event,An outing to a place of which the name is longer than a screen that we know is wide
2027-03-20,ada@example.org,event,Another
2026-03-10T10:00:00Z,ada@example.org,mail,From the future
"""


@pytest.fixture
def meetings(dex: Dex, tmp_path: Path) -> Dex:
    """Ada, to be met every two weeks, and a calendar full of her."""
    file = tmp_path / "meetings.csv"
    file.write_text(MEETINGS)
    dex("add", "Ada Lovelace", "--email", "ada@example.org", "--every", "2w", "-q", now="2026-01-01T09:00:00")
    dex("log", "ada", "tea", "--on", "2026-02-01", "-q", now="2026-02-01T09:00:00")
    ran = dex("import", file, now="2026-02-02T09:00:00")
    assert ran.code == 0, ran.err
    return dex


def page(dex: Dex, **given: Any) -> Any:
    ran = dex("show", "ada", "--json", **given)
    assert ran.code == 0, ran.err
    return ran.json["data"]


def titles(entries: list[Any]) -> list[str]:
    return [entry["title"].partition(" ")[0] for entry in entries]


def test_what_is_ahead_stands_under_next_and_nowhere_else(meetings: Dex) -> None:
    told = page(meetings, now="2026-03-08T09:00:00")
    assert titles(told["upcoming"]) == ["Engine", "Loom", "An"]
    assert titles(told["timeline"]) == ["Stand-up", "Some", "tea"]
    assert told["timeline_total"] == 3
    later = page(meetings, now="2026-03-08T16:30:00")
    assert titles(later["upcoming"]) == ["Loom", "An", "Summer"]
    assert titles(later["timeline"]) == ["Engine", "Stand-up", "Some", "tea"]
    assert later["timeline_total"] == 4


@pytest.mark.usefixtures("meetings")
def test_the_screen_at_80_columns(terminal: Terminal) -> None:
    lines = terminal("show", "ada", now="2026-03-08T09:00:00").text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(" Next"))
    assert lines[at : at + 4] == [
        ' Next     Sun 8 Mar 16:30 "Engine review"',
        '          Thu 12 Mar 10:00 "Loom cards"',
        '          Fri 20 Mar "An outing to a place of which the name is longer than a',
        '          screen that we know is wide"',
    ]
    assert max(map(len, lines)) <= 80
    far = terminal("show", "ada", now="2026-07-02T09:00:00").text
    assert ' Next     Sat 20 Mar "Another"' in far
    assert '          Sat 20 Mar 2027 "Another"' in terminal("show", "ada", now="2026-03-21T09:00:00").text


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("UTC", "2026-03-12T10:00:00Z", "2026-07-01T22:30:00Z"),
        ("Europe/Berlin", "2026-03-12T11:00:00+01:00", "2026-07-02T00:30:00+02:00"),
        ("America/Los_Angeles", "2026-03-12T03:00:00-07:00", "2026-07-01T15:30:00-07:00"),
        ("Asia/Kathmandu", "2026-03-12T15:45:00+05:45", "2026-07-02T04:15:00+05:45"),
    ],
)
def test_the_hour_is_that_of_the_users_clock_on_that_day(
    meetings: Dex, terminal: Terminal, home: Path, zone: str, winter: str, summer: str
) -> None:
    """Whether the zone is the machine's or a setting, and on whichever side of a change of the clock one looks."""
    for now in ("2026-03-11T00:00:00", "2026-03-11T00:00:00Z"):
        config = home / ".config/dexcli/config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(f'[dates]\ntimezone = "{zone}"\n' if now.endswith("Z") else "")
        told = page(meetings, now=now, env={"TZ": zone if not now.endswith("Z") else "UTC"})
        at = {entry["title"]: entry["at"] for entry in told["upcoming"]}
        assert (at["Loom cards"], at["Summer school"]) == (winter, summer)
    screen = terminal("show", "ada", now="2026-03-11T00:00:00", env={"TZ": zone}).text
    assert f'{summer[11:16]} "Summer school"' in screen
    assert f" {int(summer[8:10])} Jul {summer[11:16]}" in screen


def test_a_meeting_becomes_contact_when_its_day_has_come_without_any_write(meetings: Dex, home: Path) -> None:
    db = home / ".local/share/dexcli/dex.db"
    before = dump(db)

    def due(day: str) -> tuple[list[str], str, str | None]:
        """Who is due, the last contact and the next due day."""
        now = f"{day}T09:00:00"
        listed = meetings("due", "--json", now=now).json["data"]["items"]
        person = page(meetings, now=now)["person"]
        (found,) = meetings("list", "--json", now=now).json["data"]["items"]
        assert (found["last_contact_on"], found["next_due_on"]) == (person["last_contact_on"], person["next_due_on"])
        assert meetings("due", "--count", now=now).out == f"{len(listed)}\n"
        return [one["person"]["handle"] for one in listed], person["last_contact_on"], person["next_due_on"]

    assert due("2026-03-07") == (["ada-lovelace"], "2026-02-01", "2026-02-15")
    assert due("2026-03-08") == ([], "2026-03-08", "2026-03-22")
    assert due("2026-03-11") == ([], "2026-03-10", "2026-03-24")
    assert due("2026-03-12") == ([], "2026-03-12", "2026-03-26")
    # An outing is an event, which is no contact by itself.
    assert due("2026-03-25") == ([], "2026-03-12", "2026-03-26")
    assert due("2026-03-26") == (["ada-lovelace"], "2026-03-12", "2026-03-26")
    assert due("2026-07-02") == ([], "2026-07-01", "2026-07-15")
    assert dump(db) == before
