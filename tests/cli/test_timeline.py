"""Everything with a person by year: what is there, in which order, page by page, and in every form."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from dexcli.render import envelope, table
from dexcli.services import importing, logbook, timeline
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Entry
from dexcli.store import connection
from dexcli.store.timeline import Wanted
from support import network
from support.program import Dex, Terminal

DAYS = (
    ("2024-05-03", "letter: an introduction"),
    ("2025-06-01", "meeting: the Royal Society"),
    ("2025-11-16", "coffee, the harp"),
    ("2025-11-16", "call: a correction"),
    ("2026-03-08", "tea in the morning"),
    ("2026-03-20", "dinner, to come"),
)
LINKEDIN = (
    "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    "Ada,Lovelace,https://www.linkedin.com/in/ada-lovelace,,,,02 Jun 2025\n"
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network, and three years with Ada: what counts, what does not, what is ahead."""
    folder = tmp_path_factory.mktemp("timeline")
    path, connections = folder / "dex.db", folder / "Connections.csv"
    network.write(path)
    connections.write_text(LINKEDIN)
    with closing(connection.open_for_writing(path)) as conn:
        for on, text in DAYS:
            logbook.log(conn, network.SUNDAY, Entry(person_ids=[network.ADA], text=text, on=date.fromisoformat(on)))
        importing.import_path(conn, network.SUNDAY, connections)
    return path


@pytest.fixture
def history(known: Dex) -> Dex:
    """The program that knows them."""
    return known


def data(dex: Dex, *words: str) -> dict[str, Any]:
    ran = dex("timeline", "ada", *words, "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = ran.json["data"]
    return found


def titles(found: dict[str, Any]) -> list[str]:
    return [item["title"] or item["kind"] for item in found["items"]]


ALL = ["tea in the morning", "her new job", "a correction", "the harp", "connection", "the Royal Society",
       "an introduction"]  # fmt: skip


def test_everything_up_to_today_is_there_newest_first(history: Dex) -> None:
    found = data(history)
    assert titles(found) == ALL
    assert (found["total"], found["next"]) == (7, None)
    assert titles(data(history, "--reverse")) == ALL[::-1]
    assert titles(data(history, "--as-of", "2025-06-01")) == ["the Royal Society", "an introduction"]
    assert "to come" not in json.dumps(found)


def test_a_year_counts_days_of_contact_and_kinds(history: Dex) -> None:
    assert data(history)["years"] == [
        {"year": 2026, "days": 2, "contacts": {"coffee": 1, "note": 1}, "others": {}},
        {"year": 2025, "days": 2, "contacts": {"call": 1, "coffee": 1, "meeting": 1}, "others": {"connection": 1}},
        {"year": 2024, "days": 1, "contacts": {"letter": 1}, "others": {}},
    ]


def test_filters_are_joined(history: Dex) -> None:
    assert titles(data(history, "--year", "2025")) == ALL[2:6]
    assert titles(data(history, "--kind", "COFFEE")) == ["her new job", "the harp"]
    assert titles(data(history, "--kind", "phone call")) == ["a correction"]
    assert titles(data(history, "--year", "2025", "--since", "2025-06-02")) == ALL[2:5]
    assert titles(data(history, "--since", "2025-06-01", "--until", "2025-06-01")) == ["the Royal Society"]
    assert titles(data(history, "--kind", "gift")) == []
    assert data(history, "--kind", "coffee")["milestones"] == []
    assert [one["year"] for one in data(history, "--kind", "coffee")["years"]] == [2026, 2025]


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "2026-01-01", "--until", "2025-01-01"],
        ["--year", "2024", "--since", "2025-01-01"],
        ["--year", "0"],
        ["--kind", "two words"],
        ["--since", "soonish"],
        ["--limit", "-1"],
        ["--after", "i12"],
        ["--after", "2025-02-30:1:1"],
        ["--after", f"2025-02-03:{2**63}:1"],
        ["--after", "2025-02-03:1"],
    ],
)
def test_what_cannot_be_is_told(history: Dex, words: list[str]) -> None:
    ran = history("timeline", "ada", *words, "--json")
    assert (ran.code, ran.out, ran.error["code"]) == (2, "", "usage")
    assert ran.error["hint"] or "--limit" in words


@pytest.mark.parametrize("order", [[], ["--reverse"]])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_pages_together_are_the_whole(history: Dex, order: list[str], size: int) -> None:
    whole = data(history, *order, "--limit", "0")
    items, milestones, after = [], [], list[str]()
    while True:
        page = data(history, *order, "--limit", str(size), *after)
        assert (page["total"], page["years"]) == (whole["total"], whole["years"])
        items += page["items"]
        milestones += page["milestones"]
        if page["next"] is None:
            break
        assert len(page["items"]) == size
        after = ["--after", page["next"]]
    assert items == whole["items"]
    assert milestones == whole["milestones"] == [{"on": "2025-06-01", "kind": "met", "text": "Royal Society"}]


def test_a_page_goes_on_where_it_was_though_its_last_entry_has_gone(history: Dex) -> None:
    page = data(history, "--limit", "2")
    history("rm", page["items"][1]["id"], "-q")
    assert titles(data(history, "--after", page["next"])) == ALL[2:]


def test_of_several_addresses_each_entry_is_there_once(known: Dex, db: Path) -> None:
    with closing(sqlite3.connect(db)) as conn, conn:
        conn.execute(
            "insert into participant select 1, id, '2026-02-01', 'to', 0, 'many' from identifier"
            " where value = 'countess@example.com'"
        )
    found = data(known, "--kind", "coffee", "--year", "2026")
    assert titles(found) == ["her new job"]
    assert found["years"] == [{"year": 2026, "days": 1, "contacts": {"coffee": 1}, "others": {}}]


def test_all_of_a_long_history_comes_in_parts_and_is_the_same(history: Dex) -> None:
    whole = history("timeline", "ada", "--json").out
    assert history("timeline", "ada", "--json", "--limit", "0").out == whole
    assert history("timeline", "grace", "--kind", "gift", "--json", "--limit", "0").out == (
        history("timeline", "grace", "--kind", "gift", "--json").out
    )
    for form in ("--jsonl", "--plain"):
        assert history("timeline", "ada", form, "--limit", "0").out == history("timeline", "ada", form).out


def test_parts_meet_without_a_seam(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Invocation(now=datetime(2026, 3, 8, 9, tzinfo=UTC), command="timeline")
    look: Any = {"today": date(2026, 3, 8), "width": 80, "color": False, "ascii": False}
    monkeypatch.setattr(timeline, "PART", 2)
    with closing(connection.open_for_reading(written)) as conn:
        for wanted in (Wanted(), Wanted(oldest_first=True), Wanted(kind="gift")):
            page = timeline.page(conn, call, 1, wanted, limit=100)
            parts = list(timeline.parts(conn, call, 1, wanted))
            assert [item for part in parts for item in part.items] == page.items
            assert "".join(envelope.document_of_parts("timeline", iter(parts), ["w"])) == (
                envelope.document("timeline", page, ["w"]) + "\n"
            )
            assert list(table.lines_of_parts(iter(parts), **look)) == list(table.lines(page, **look))


def test_in_plain_columns(history: Dex) -> None:
    rows = [line.split("\t") for line in history("timeline", "ada", "--plain").out.splitlines()]
    assert [row[1:] for row in rows][2:5] == [
        ["2025-11-16", "call", "", "true", "a correction"],
        ["2025-11-16", "coffee", "", "true", "the harp"],
        ["2025-06-02", "connection", "", "false", ""],
    ]


@pytest.mark.usefixtures("history")
def test_on_a_terminal_what_does_not_count_stands_in_brackets(terminal: Terminal) -> None:
    assert terminal("timeline", "ada").text.splitlines() == [
        " Ada Lovelace (ada-lovelace)                                           7 entries",
        "",
        " 2026   2 days of contact: coffee 1, note 1",
        " Mar  8  note            tea in the morning                                   i8",
        " Feb  1  coffee          her new job; asked about the loom cards              i1",
        "",
        " 2025   2 days of contact: call 1, coffee 1, meeting 1 · 1 that does not count",
        " Nov 16  call            a correction                                         i7",
        "         coffee          the harp                                             i6",
        " Jun  2  (connection)                                                        i10",
        "      1  meeting         the Royal Society                                    i5",
        "         * met: Royal Society",
        "",
        " 2024   1 day of contact: letter 1",
        " May  3  letter          an introduction                                      i4",
        "",
        " (in brackets) is no contact",
    ]


@pytest.fixture
def long(known: Dex, db: Path) -> Dex:
    """The program that knows of three thousand letters to Ada."""
    with closing(sqlite3.connect(db)) as conn, conn:
        rows = [(10_000 + number, f"hand:x{number}", f"{2000 + number // 360}-03-08") for number in range(3000)]
        conn.executemany(
            "insert into interaction(id, key, kind, happened_on, title, operation_id)"
            " values(?, ?, 'letter', ?, 'x', 1)",
            rows,
        )
        conn.executemany(
            "insert into participant select ?, id, ?, 'with', 1, 'logged' from identifier"
            " where kind = 'email' and value = 'ada@example.org'",
            [(id_, on) for id_, _, on in rows],
        )
    return known


@pytest.mark.usefixtures("long")
def test_whoever_leaves_the_pager_early_is_told_nothing_more(terminal: Terminal) -> None:
    ran = terminal("timeline", "ada", "--limit", "0", env={"PAGER": "head -n 2"})
    assert (ran.code, ran.text) == (
        0,
        " Ada Lovelace (ada-lovelace)                                       3,007 entries\n\n",
    )
    whole = terminal("timeline", "ada", "--limit", "0", env={"PAGER": "tail -n 3"}).text
    assert whole.splitlines()[0].startswith("         letter "), "to the end"


def test_all_of_three_thousand_is_there(long: Dex) -> None:
    assert len(long("timeline", "ada", "--limit", "0", "--plain").out.splitlines()) == 3007
    assert len(long("timeline", "ada", "--limit", "0", "--json").json["data"]["items"]) == 3007
    page = data(long, "--limit", "2999")
    assert len(data(long, "--limit", "0", "--after", page["next"])["items"]) == 8


def test_nobody_without_a_history_is_an_error(known: Dex, terminal: Terminal) -> None:
    assert terminal("timeline", "neumann").text.splitlines() == [
        " John von Neumann (john-von-neumann)                                   0 entries",
        " Nothing, as far as is known.",
    ]
    assert known("timeline", "nobody").code == 4
    assert known("timeline", "john").code == 5


def test_the_dead_have_their_day(known: Dex) -> None:
    known("archive", "ada", "--deceased", "--on", "2026-02-20", "-q")
    assert [one["kind"] for one in data(known)["milestones"]] == ["deceased", "met"]
    assert [one["kind"] for one in data(known, "--as-of", "2026-02-19")["milestones"]] == ["met"]


def test_who_was_met_nobody_knows_where_is_first_seen(known: Dex) -> None:
    ran = known("timeline", "grace", "--json").json["data"]
    assert ran["milestones"] == [{"on": "2026-01-28", "kind": "first", "text": None}]
