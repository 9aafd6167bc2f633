"""Numbers about a network on the command line: the period, the query, every form, and how the calendar is drawn."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dexcli.services import logbook
from dexcli.services.logbook import Entry
from dexcli.store import connection
from support import network
from support.program import Dex, Terminal

DAYS = (
    ("2024-03-10", network.GRACE, "call: the year before"),
    ("2024-12-30", network.GRACE, "call: at the end of a year"),
    ("2025-03-08", network.ADA, "coffee: a year ago to the day"),
    ("2025-03-09", network.ADA, "coffee: the first day"),
    ("2026-02-01", network.EMILIE, "call: on the same day"),
    ("2026-03-08", network.EMILIE, "letter: today"),
    ("2026-03-09", network.EMILIE, "letter: to come"),
)


CALENDAR = (
    (date(2025, 3, 9), 1),
    (date(2026, 1, 5), 1),
    (date(2026, 1, 28), 2),
    (date(2026, 2, 1), 2),
    (date(2026, 3, 8), 1),
)
"""Days of contact in the last twelve months, and with how many people."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network, and two years with some of it."""
    path = tmp_path_factory.mktemp("stats") / "dex.db"
    network.write(path)
    with closing(connection.open_for_writing(path)) as conn:
        for on, who, text in DAYS:
            logbook.log(conn, network.SUNDAY, Entry(person_ids=[who], text=text, on=date.fromisoformat(on)))
    return path


def data(dex: Dex, *words: str) -> dict[str, Any]:
    ran = dex("stats", *words, "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = ran.json["data"]
    return found


def test_twelve_months_end_today_and_are_seen_beside_the_twelve_before(known: Dex) -> None:
    found = data(known)
    assert (found["since"], found["until"]) == ("2025-03-09", "2026-03-08")
    assert (found["before_since"], found["before_until"]) == ("2024-03-09", "2025-03-08")
    assert found["calendar"] == [{"on": on.isoformat(), "people": people} for on, people in CALENDAR]
    assert (found["days"], found["people"], found["before_days"], found["before_people"]) == (5, 5, 3, 2)
    assert found["kinds"] == [
        {"kind": "call", "count": 2, "before": 2},
        {"kind": "coffee", "count": 2, "before": 1},
        {"kind": "letter", "count": 2, "before": 0},
    ]
    assert found["directions"] == {"in": 1, "out": 0, "both": 0, "none": 5}
    assert found["levels"] == [1, 2]
    assert found["weekdays"] == [1, 0, 2, 0, 0, 0, 4]
    assert len(found["months"]) == 13
    assert (found["weeks"], found["weeks_with_contact"], found["weeks_in_a_row"]) == (53, 4, 1)


def test_people_are_covered_or_not_today(known: Dex) -> None:
    found = data(known)
    assert (found["found"], found["states"]) == (6, {"active": 6, "archived": 1, "ignored": 1})
    assert found["coverage"] == {
        "with_cadence": 2,
        "without_cadence": 4,
        "in_time": 0,
        "late": 2,
        "late_snoozed": 0,
        "contacted_30": 1,
        "contacted_90": 5,
        "contacted_365": 5,
        "never": 1,
        "email": 4,
        "phone": 1,
        "address": 0,
        "birthday": 2,
    }
    known("snooze", "grace", "1m", "-q")
    known("log", "ada", "tea", "-q")
    covered = data(known)["coverage"]
    assert (covered["in_time"], covered["late"], covered["late_snoozed"]) == (1, 1, 1)


def test_a_year_of_the_calendar_ends_with_it_or_today(known: Dex) -> None:
    found = data(known, "--year", "2025")
    assert (found["since"], found["until"], found["before_since"]) == ("2025-01-01", "2025-12-31", "2024-01-01")
    assert [one["on"] for one in found["calendar"]] == ["2025-03-08", "2025-03-09"]
    assert (found["before_days"], len(found["months"])) == (2, 12)
    now = data(known, "--year", "2026")
    assert (now["until"], now["before_until"], len(now["months"])) == ("2026-03-08", "2025-03-08", 3)


@pytest.mark.parametrize("year", ["2027", "0", "1", "10000", "-5", "soon"])
def test_a_year_that_is_none_or_ahead_is_refused(known: Dex, year: str) -> None:
    ran = known("stats", f"--year={year}", "--json")
    assert (ran.code, ran.out, ran.error["code"]) == (2, "", "usage")


def test_a_query_says_about_whom(known: Dex) -> None:
    found = data(known, "tag:friend")
    assert (found["query"], found["found"], found["days"]) == ("tag:friend", 1, 2)
    assert [one["name"] for one in found["tags"]] == ["friend", "maths"]
    assert found["tags"][0] == {"name": "friend", "people": 1, "contacted": 1, "contacts": 2}
    everybody = data(known, "state:all")
    assert (everybody["found"], everybody["coverage"]["never"]) == (8, 3)
    assert data(known, "name:nobody")["found"] == 0
    assert known("stats", "nonsense:").code == 2


def test_companies_of_one_person_are_left_out(known: Dex) -> None:
    assert data(known)["companies"] == []
    known("edit", "grace", "--company", "Analytical Engines", "-q")
    assert data(known)["companies"] == [{"name": "Analytical Engines", "people": 2, "contacted": 2, "contacts": 3}]


def test_another_day_sees_what_was_known_to_have_happened(known: Dex) -> None:
    found = data(known, "--as-of", "2026-01-10")
    assert [one["on"] for one in found["calendar"]] == ["2025-03-08", "2025-03-09", "2026-01-05"]
    assert (found["as_of"], found["coverage"]["contacted_30"]) == ("2026-01-10", 1)
    assert data(known, "--as-of", "2026-03-09")["coverage"]["contacted_30"] == 1


@pytest.mark.parametrize("day", ["0001-01-01", "0002-03-01", "9999-12-31"])
def test_at_the_ends_of_the_calendar_nothing_breaks(known: Dex, terminal: Terminal, day: str) -> None:
    known("log", "ada", "tea", "--on", "0001-01-02", "-q")
    assert known("stats", "--as-of", day, "--json").code == 0
    assert terminal("stats", "--as-of", day).code == 0


def test_an_empty_database_has_nobody(dex: Dex, terminal: Terminal, home: Path) -> None:
    found = data(dex)
    assert (found["found"], found["states"], found["calendar"], found["kinds"]) == (0, {}, [], [])
    assert len(found["months"]) == 13
    assert terminal("stats").text == " People   nobody yet\n"
    assert list(home.iterdir()) == []


def test_in_plain_rows(known: Dex) -> None:
    rows = dict(line.split("\t", 1) for line in known("stats", "--plain").out.splitlines())
    assert rows["found"] == "6"
    assert rows["coverage.late"] == "2"
    assert rows["kind.coffee"] == "2\t1"
    assert rows["day.2026-02-01"] == "2"
    assert rows["month.2026-02"] == "2"
    assert rows["weekday.7"] == "4"
    assert rows["person.ada-lovelace"] == "2"
    assert rows["tag.friend"] == "2"


@pytest.mark.usefixtures("known")
def test_on_a_terminal(terminal: Terminal) -> None:
    shown = terminal("stats").text.splitlines()
    assert shown[:10] == [
        " People   8 · 6 active, 1 archived, 1 ignored",
        " Cadence  2 with one: 0 in time, 2 late · 4 without",
        " In touch 1 within 30 days · 5 within 90 days · 5 within 365 days · 1 never",
        " Known    4 e-mail · 1 phone · 0 address · 2 birthday",
        "",
        " 9 Mar 2025 to 8 Mar 2026",
        " Contact  5 people on 5 days · the year before: 2 people on 3 days",
        " By whom  by them 1 · by you 0 · together 5",
        "         Times  Before",
        " call        2       2  ████████████████████",
    ]
    assert shown[13] == "     Mar Apr May Jun  Jul Aug  Sep Oct Nov  Dec Jan Feb Mar"
    first = date(2025, 3, 3)
    drawn = {(on - first).days: "▒█"[people - 1] for on, people in CALENDAR}
    assert shown[14:21] == [
        f" {name} " + "".join(drawn.get(week * 7 + weekday, "·" if week or weekday == 6 else " ") for week in range(53))
        for weekday, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
    ]
    assert shown[21] == "     ▒ 1  █ 2 or more people a day"
    assert shown[-3:] == [
        " Weekdays Mon 1 · Tue 0 · Wed 2 · Thu 0 · Fri 0 · Sat 0 · Sun 4",
        " Months   busiest January 2026: 3",
        " Weeks    in touch in 4 of 53",
    ]
