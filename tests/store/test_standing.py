"""Two roads lead to the due list, by derived rows and by the facts: they are equal after anything that can happen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from dexcli.domain import due
from dexcli.domain.due import Assessment
from dexcli.services import logbook, page, people
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Entry
from dexcli.services.people import Details
from dexcli.store import standing
from dexcli.store.connection import Connection, open_for_writing
from dexcli.store.due import DueView
from dexcli.store.quick import due_count
from dexcli.store.settings import due_settings
from support.world import FIRST_DAY, TAGS, World

STEPS, SEEDS = 60, range(16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dex.db"


@pytest.fixture
def conn(path: Path) -> Iterator[Connection]:
    conn = open_for_writing(path)
    yield conn
    conn.close()


def worked_out(conn: Connection, today: date, horizon: date, tag: str | None = None) -> list[Assessment]:
    """The due list without any derived row: everybody is looked at."""
    settings = due_settings(conn)
    sql, values = "select id from person", ()
    if tag is not None:
        sql, values = (
            "select p.person_id from person_tag p join tag t on t.id = p.tag_id where t.name = ?",
            (tag,),  # type: ignore[assignment] # one value here, none there
        )
    people = (standing.derive(conn, row[0], today, settings) for row in conn.execute(sql, values).fetchall())
    found = (due.assess(one.facts, today, horizon) for one in people if one is not None)
    return sorted((item for item in found if item is not None), key=due.order)


def view(conn: Connection, today: date, horizon: date, tag: str | None = None) -> DueView:
    return DueView(conn, today=today, horizon=horizon, settings=due_settings(conn), tag=tag)


def check_lists(conn: Connection, today: date, horizon: date) -> None:
    for tag in (None, *TAGS):
        expected = worked_out(conn, today, horizon, tag)
        total, found = view(conn, today, horizon, tag).total_and_top(0)
        assert [item for item, _ in found] == expected
        assert total == len(expected)
        for limit in (1, 3):
            total, found = view(conn, today, horizon, tag).total_and_top(limit)
            assert (total, [item for item, _ in found]) == (len(expected), expected[:limit])
        assert sorted(view(conn, today, horizon, tag).ids()) == sorted(item.person_id for item in expected)


def check_rows(conn: Connection, today: date) -> None:
    """Every row that claims to hold today says what a recomputation says."""
    people = [row[0] for row in conn.execute("select id from person order by id")]
    assert [row[0] for row in conn.execute("select person_id from standing order by person_id")] == people
    settings = due_settings(conn)
    fields = standing._FIELDS
    for row in conn.execute("select * from standing where stale = 0").fetchall():
        if row["recheck_on"] is not None and row["recheck_on"] <= today.isoformat():
            continue
        expected = dict(zip(fields, standing._row(conn, row["person_id"], today, settings), strict=True))
        stored = {name: row[name] for name in fields}
        for one in (expected, stored):
            # A day that has passed is as good as today: one is on the list, and stays.
            surfaces_on = one["surfaces_on"]
            one["surfaces_on"] = surfaces_on and max(str(surfaces_on), today.isoformat())
        assert stored == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_derived_rows_equal_a_recomputation_after_anything_on_any_day(conn: Connection, path: Path, seed: int) -> None:
    world = World(conn, seed)
    answered = 0
    for step in range(STEPS):
        if world.act() is None:
            world.wait()
        check_rows(conn, world.today)
        assert conn.execute("select count(*) from standing where stale = 1").fetchone()[0] == 0
        if step % 6 == 0:
            ahead = [timedelta(days=world.random.choice([0, 1, 7, 30, 300])) for _ in range(2)]
            for today, horizon in (
                (world.today, ahead[0]),
                (world.today + ahead[0], timedelta()),
                (world.today + ahead[0], ahead[1]),
            ):
                check_lists(conn, today, today + horizon)
            for today in (world.today - timedelta(days=20), world.today, world.today + ahead[0]):
                quick = due_count(str(path), today.isoformat(), "")
                answered += quick is not None
                assert quick in (None, len(worked_out(conn, today, today)))
    assert answered > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_right_after_a_change_the_quick_answer_is_always_there(conn: Connection, path: Path, seed: int) -> None:
    world = World(conn, seed)
    for _ in range(STEPS):
        if world.act() is not None:
            expected = len(worked_out(conn, world.today, world.today))
            assert due_count(str(path), world.today.isoformat(), "") == expected
        else:
            world.wait()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_in_the_past_knows_nothing_of_contact_that_came_later(
    conn: Connection, tmp_path: Path, seed: int
) -> None:
    world = World(conn, seed)
    for _ in range(STEPS):
        if world.act() is None:
            world.wait()
    past = world.today - timedelta(days=world.random.choice([1, 10, 40]))
    before = open_for_writing(tmp_path / "before.db")
    conn.backup(before)
    before.execute("delete from participant where happened_on > ?", (past.isoformat(),))
    before.execute("delete from meta where key = ?", (standing.DERIVED_ON,))
    before.execute("update standing set stale = 1")
    standing.refresh(before, [], today=past)

    for ahead in (0, 14):
        horizon = past + timedelta(days=ahead)
        expected = worked_out(before, past, horizon)
        assert [item for item, _ in view(conn, past, horizon).total_and_top(0)[1]] == expected
        assert [item for item, _ in view(before, past, horizon).total_and_top(0)[1]] == expected
        assert sorted(view(conn, past, horizon).ids()) == sorted(view(before, past, horizon).ids())
    before.close()


@pytest.mark.parametrize("change", ["archive", "ignore", "deceased"])
def test_who_is_let_go_keeps_what_is_known_and_is_never_due(conn: Connection, path: Path, change: str) -> None:
    def call(days: int) -> Invocation:
        return Invocation(now=FIRST_DAY + timedelta(days=days), command="test", region="GB")

    people.add(conn, call(0), Details(name="Ada Lovelace", every="1w", birthday="1815-12-10"))
    logbook.log(conn, call(0), Entry(person_ids=[1], text="lunch"))
    people.set_state(conn, call(30), 1, change)
    today = (FIRST_DAY + timedelta(days=60)).date()

    for person in (page.find(conn, call(60), "state:all").items[0], page.show(conn, call(60), 1).person):
        assert (person.last_contact_on, person.cadence) == (FIRST_DAY.date(), "P1W")
        assert person.next_due_on is None
    assert page.find_ids(conn, call(60), "state:all every:1w") == [1]
    for stale in (0, 1):
        conn.execute("update standing set stale = ?", (stale,))
        listed = view(conn, today, today + timedelta(days=900))
        assert (listed.total_and_top(0), listed.ids(), listed.drifting()) == ((0, []), [], [])
        assert page.find_ids(conn, call(60), "state:all due:90d") == []
        assert due_count(str(path), today.isoformat(), "") in ((0,) if not stale else (None,))
