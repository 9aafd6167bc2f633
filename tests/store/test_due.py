"""What of the due list is not its order: who drifts, what was shown before, and settings that have changed since."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta

import pytest

from dexcli.services import logbook, occasions, people, tags
from dexcli.services.due import due, mark
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Entry, Promise
from dexcli.services.people import Details, Removals
from dexcli.store import standing
from dexcli.store.connection import Connection, transaction
from dexcli.store.due import DueView
from dexcli.store.settings import DueSettings, adopt, due_settings
from support.world import FIRST_DAY, in_memory

TODAY = FIRST_DAY.date()
CALL = Invocation(now=FIRST_DAY, command="test", region="GB")


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


def add(conn: Connection, name: str, *days_ago: int, **details: str) -> int:
    """Somebody with contact on these days."""
    person_id = people.add(conn, CALL, Details(name=name, **details)).person.id
    for ago in days_ago:
        logbook.log(conn, CALL, Entry(person_ids=[person_id], on=TODAY - timedelta(days=ago)))
    return person_id


def view(conn: Connection, today: date = TODAY) -> DueView:
    return DueView(conn, today=today, horizon=today, settings=due_settings(conn))


def drifting(conn: Connection, today: date = TODAY) -> list[tuple[str, int, int]]:
    return [(one.person.name, one.silent_days, one.usual_days) for one in view(conn, today).drifting()]


# -- drifting ---------------------------------------------------------------------------------------------


def test_who_is_silent_for_unusually_long_drifts(conn: Connection) -> None:
    add(conn, "Ada Lovelace", 40, 50, 60, 70, 80)
    add(conn, "Grace Hopper", 20, 30, 40, 50, 60)
    add(conn, "Alan Turing", 40, 50, 60, 70)  # too few to show a rhythm
    add(conn, "Emmy Noether", 40, 50, 60, 70, 80, every="1y")  # has a cadence
    add(conn, "Hedy Lamarr", 400, 500, 600, 700, 800, every="1m")  # is due

    assert drifting(conn) == [("Ada Lovelace", 40, 10)]
    assert drifting(conn, TODAY + timedelta(days=6)) == [("Grace Hopper", 26, 10), ("Ada Lovelace", 46, 10)]
    assert view(conn).total_and_top(0)[0] == 1


@pytest.mark.parametrize("change", ["archive", "snooze", "remind"])
def test_who_is_held_back_or_on_the_list_does_not_drift(conn: Connection, change: str) -> None:
    ada = add(conn, "Ada Lovelace", 40, 50, 60, 70, 80)
    if change == "archive":
        people.set_state(conn, CALL, ada, "archive")
    elif change == "snooze":
        people.snooze(conn, CALL, ada, "2w")
    else:
        logbook.remind(conn, CALL, ada, "the exam", on=TODAY, every=None)

    assert drifting(conn) == []


def test_a_meeting_that_has_come_ends_the_drifting_without_a_write(conn: Connection) -> None:
    add(conn, "Ada Lovelace", 40, 50, 60, 70, 80, -3)

    assert [name for name, _, _ in drifting(conn)] == ["Ada Lovelace"]
    assert drifting(conn, TODAY + timedelta(days=3)) == []


def test_a_day_in_the_past_had_its_own_drifting(conn: Connection) -> None:
    add(conn, "Ada Lovelace", 0, 40, 50, 60, 70, 80)

    assert drifting(conn) == []
    assert drifting(conn, TODAY - timedelta(days=1)) == [("Ada Lovelace", 39, 10)]


def test_who_waits_to_be_derived_drifts_all_the_same(conn: Connection) -> None:
    ada = add(conn, "Ada Lovelace", 40, 50, 60, 70, 80)
    conn.execute("update standing set drifts_on = null, stale = 1")

    assert [name for name, _, _ in drifting(conn)] == ["Ada Lovelace"]
    standing.refresh(conn, [ada], today=TODAY)
    assert [name for name, _, _ in drifting(conn)] == ["Ada Lovelace"]


def test_the_three_who_began_latest_are_shown(conn: Connection) -> None:
    for number in range(6):
        add(conn, f"Person {number}", *(40 + number + 10 * gap for gap in range(5)))

    assert [name for name, _, _ in drifting(conn)] == ["Person 0", "Person 1", "Person 2"]


# -- what was shown before -----------------------------------------------------------------------------------


def new(conn: Connection, days: int) -> list[str]:
    """What `due --new` shows so many days later; it remembers that."""
    today = TODAY + timedelta(days=days)
    shown = due(conn, today=today, settings=due_settings(conn), new=True)
    mark(conn, shown, today=today)
    return [item.person.name for item in shown.items]


def test_what_was_shown_comes_back_with_another_reason_or_after_a_week(conn: Connection) -> None:
    ada = add(conn, "Ada Lovelace", 30, every="2w")
    add(conn, "Grace Hopper", 20, every="2w")

    assert new(conn, 0) == ["Ada Lovelace", "Grace Hopper"]
    assert new(conn, 0) == []
    assert new(conn, 6) == []
    logbook.remind(conn, CALL, ada, "the exam", on=TODAY, every=None)
    assert new(conn, 6) == ["Ada Lovelace"]
    assert new(conn, 7) == ["Grace Hopper"]
    assert new(conn, 13) == ["Ada Lovelace"]


def test_a_new_contact_makes_it_a_new_reason(conn: Connection) -> None:
    ada = add(conn, "Ada Lovelace", 30, every="3d")
    assert new(conn, 0) == ["Ada Lovelace"]
    logbook.log(conn, CALL, Entry(person_ids=[ada], on=TODAY))
    assert new(conn, 2) == []
    assert new(conn, 3) == ["Ada Lovelace"]


def test_marks_of_days_to_come_do_not_count(conn: Connection) -> None:
    add(conn, "Ada Lovelace", 30, every="2w")

    assert new(conn, 5) == ["Ada Lovelace"]
    assert new(conn, 0) == ["Ada Lovelace"]


def test_the_limit_leaves_the_rest_for_next_time(conn: Connection) -> None:
    add(conn, "Ada Lovelace", 40, every="2w")
    add(conn, "Grace Hopper", 30, every="2w")

    for name in ("Ada Lovelace", "Grace Hopper"):
        shown = due(conn, today=TODAY, settings=due_settings(conn), new=True, limit=1)
        mark(conn, shown, today=TODAY)
        assert [item.person.name for item in shown.items] == [name]


@pytest.mark.parametrize(
    "what", ["reply", "promise", "occasion", "leap day", "a tag's lead", "a kind's lead", "a person's lead"]
)
def test_a_short_list_is_the_head_of_the_long_one_whatever_adds_to_a_score(conn: Connection, what: str) -> None:
    today = date(TODAY.year + 1, 2, 28) if what == "leap day" else TODAY
    assert not isleap(today.year)
    add(conn, "Grace Hopper", 30, every="2w")
    ahead = f"{today + timedelta(12):%m-%d}" if what.endswith(" lead") else ""
    birthday = {"occasion": f"{today:%m-%d}", "leap day": "02-29"}
    ada = add(conn, "Ada Lovelace", every="2w", birthday=birthday.get(what, ahead))
    written = Entry(
        person_ids=[ada],
        on=TODAY - timedelta(days=28),
        kind="mail",
        direction="in" if what == "reply" else "out",
        promises=[Promise(text="the book", by=TODAY)] if what == "promise" else [],
    )
    logbook.log(conn, CALL, written)
    if what == "a tag's lead":
        tags.tag(conn, CALL, [ada], give=["family"], take=[])
        tags.set_tag_rule(conn, CALL, "family", cadence=None, lead="60d")
    if what == "a kind's lead":
        occasions.set_lead(conn, CALL, "birthday", "60d")
    if what == "a person's lead":
        people.edit(conn, CALL, ada, Details(lead="60d"), Removals())

    def names(limit: int) -> list[str]:
        return [item.person.name for item in due(conn, today=today, settings=due_settings(conn), limit=limit).items]

    assert names(0) == ["Ada Lovelace", "Grace Hopper"]
    assert names(1) == ["Ada Lovelace"]


def test_among_equal_scores_who_has_been_due_for_longer_leads_and_a_short_list_ends_between_them(
    conn: Connection,
) -> None:
    add(conn, "Grace Hopper", 14, every="1w")
    add(conn, "Emmy Noether", 14, every="1w")
    ada = add(conn, "Ada Lovelace", every="4w", birthday=f"{TODAY:%m-%d}")
    logbook.log(conn, CALL, Entry(person_ids=[ada], on=TODAY - timedelta(days=14)))
    add(conn, "Alan Turing", 28, every="2w")

    found = view(conn).total_and_top(0)[1]

    assert [(item.score, item.due_on) for item, _ in found] == [
        (2.0, TODAY - timedelta(days=14)),
        (2.0, TODAY - timedelta(days=7)),
        (2.0, TODAY - timedelta(days=7)),
        (2.0, TODAY),
    ]
    for limit in range(1, 5):
        assert view(conn).total_and_top(limit)[1] == found[:limit]


# -- settings ------------------------------------------------------------------------------------------------


def test_settings_that_changed_hold_at_once_and_are_derived_with_the_next_write(conn: Connection) -> None:
    add(conn, "Ada Lovelace", 40)
    add(conn, "Grace Hopper", 40, every="1y", birthday=f"{TODAY + timedelta(days=20):%m-%d}")
    changed = DueSettings(lead=30, cadence="1m")

    def listed(settings: DueSettings) -> list[str]:
        found = due(conn, today=TODAY, settings=settings, limit=0)
        ids = DueView(conn, today=TODAY, horizon=TODAY, settings=settings).ids()
        assert sorted(ids) == sorted(item.person.id for item in found.items)
        return [item.person.name for item in found.items]

    assert listed(due_settings(conn)) == []
    assert listed(changed) == ["Ada Lovelace", "Grace Hopper"]
    with transaction(conn):
        adopt(conn, changed, "a newer file", None)
    assert listed(due_settings(conn)) == ["Ada Lovelace", "Grace Hopper"]
    people.add(conn, CALL, Details(name="Emmy Noether"))
    assert conn.execute("select count(*) from standing where stale = 1").fetchone()[0] == 0
    assert listed(due_settings(conn)) == ["Ada Lovelace", "Grace Hopper"]
