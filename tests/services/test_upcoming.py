"""What is ahead of a person: not what was called off, and nothing that a wrong clock wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from dexcli.results.interactions import PersonPage
from dexcli.services import page, people
from dexcli.services.ingest import ingest
from dexcli.services.invocation import Invocation
from dexcli.services.people import Details
from dexcli.store.connection import Connection
from support.world import in_memory, job, mail, meeting

NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)
ADA = ("email", "ada@example.org")


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        people.add(conn, Invocation(now=NOON, command="add"), Details(name="Ada Lovelace", emails=[ADA[1]]))
        yield conn


def shown(conn: Connection, now: datetime = NOON, limit: int = 20) -> PersonPage:
    return page.show(conn, Invocation(now=now, command="show"), 1, limit=limit)


def test_what_was_called_off_is_not_ahead(conn: Connection) -> None:
    for status in (None, "confirmed", "cancelled", "tentative"):
        for day in (timedelta(hours=1), timedelta(days=1)):
            ref = f"{status} {day}"
            ingest(conn, job([meeting(ref, NOON + day, ADA, title=ref, status=status)]), now=NOON)

    found = shown(conn)

    assert [entry.title for entry in found.upcoming] == [
        f"{status} 1:00:00" for status in (None, "confirmed", "tentative")
    ]
    assert (found.timeline, found.timeline_total) == ([], 0)
    assert shown(conn, NOON + timedelta(hours=1)).timeline_total == 4


def test_a_message_of_a_wrong_clock_is_not_ahead_and_that_of_today_is_there(conn: Connection) -> None:
    hour, day = NOON + timedelta(hours=1), NOON + timedelta(days=1)
    ingest(
        conn, job([mail("1", hour, ADA[1], ["me@example.org"]), mail("2", day, ADA[1], ["me@example.org"])]), now=NOON
    )

    found = shown(conn)

    assert found.upcoming == []
    assert [entry.at for entry in found.timeline] == [hour]


def test_what_has_no_hour_is_of_today_already_and_comes_before_those_that_have(conn: Connection) -> None:
    days = [date(2026, 3, 8), date(2026, 3, 9)]
    ingest(conn, job([meeting(str(day), day, ADA, title=str(day)) for day in days]), now=NOON)
    ingest(conn, job([meeting("at", NOON + timedelta(hours=30), ADA, title="at")]), now=NOON)

    found = shown(conn)

    assert [entry.title for entry in found.timeline] == ["2026-03-08"]
    assert [entry.title for entry in found.upcoming] == ["2026-03-09", "at"]


def test_who_cannot_see_all_sees_the_next_and_the_latest(conn: Connection) -> None:
    hours = range(-30, 31)
    ingest(
        conn, job([meeting(str(hour), NOON + timedelta(hours=hour), ADA, title=str(hour)) for hour in hours]), now=NOON
    )

    found = shown(conn, limit=2)

    assert [entry.title for entry in found.upcoming] == ["1", "2", "3"]
    assert [entry.title for entry in found.timeline] == ["0", "-1"]
    assert found.timeline_total == 31
