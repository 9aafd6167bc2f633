"""Numbers about a network equal those that are counted row by row, whatever has happened in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta

import msgspec
import pytest

from dexcli.domain.dates import add_months
from dexcli.services.invocation import Invocation
from dexcli.services.stats import stats
from dexcli.store.connection import Connection
from dexcli.store.settings import DueSettings
from dexcli.store.standing import derive
from support.world import World, in_memory


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


def contacts(conn: Connection, ids: set[int]) -> list[tuple[date, int, int, str, str | None]]:
    """Every contact with these, as (day, person, interaction, kind, direction); twice by two addresses."""
    rows = conn.execute(
        "select i.happened_on, f.person_id, i.id, i.kind, i.direction from interaction i"
        " join participant p on p.interaction_id = i.id join identifier f on f.id = p.identifier_id where p.counts"
    )
    return [(date.fromisoformat(row[0]), *row[1:]) for row in rows if row[1] in ids]


@pytest.mark.parametrize("seed", range(6))
def test_every_number_is_what_the_rows_say(conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    for step in range(120):
        world.wait()
        world.act()
        if step % 40 == 39:
            for back, query, state in ((0, "", "active"), (45, "state:all", None), (0, "tag:friend", "active")):
                check(conn, world.call("stats"), back, query, state)


def check(conn: Connection, call: Invocation, back: int, query: str, state: str | None) -> None:
    call = msgspec.structs.replace(call, now=call.now - timedelta(days=back))
    today = call.today
    found = stats(conn, call, query)
    ids = {
        row[0]
        for row in conn.execute(
            "select id from person where state <> 'merged' and (?1 is null or state = ?1)", (state,)
        )
    }
    if query == "tag:friend":
        ids &= {
            row[0]
            for row in conn.execute(
                "select pt.person_id from person_tag pt join tag t on t.id = pt.tag_id where t.name = 'friend'"
            )
        }
    assert found.found == len(ids)
    year_ago = add_months(today, -12)
    rows = contacts(conn, ids)
    inside = [row for row in rows if year_ago < row[0] <= today]
    before = [row for row in rows if add_months(year_ago + timedelta(days=1), -12) <= row[0] <= year_ago]

    by_day, by_person = defaultdict(set), defaultdict(set)
    for day, person, *_ in inside:
        by_day[day].add(person)
        by_person[person].add(day)
    assert {one.on: one.people for one in found.calendar} == {day: len(who) for day, who in by_day.items()}
    assert (found.days, found.people) == (len(by_day), len(by_person))
    assert (found.before_days, found.before_people) == (
        len({row[0] for row in before}),
        len({row[1] for row in before}),
    )
    assert [one.days for one in found.top] == sorted((len(days) for days in by_person.values()), reverse=True)[:5]
    assert all(len(by_person[one.person.id]) == one.days for one in found.top)
    assert sum(found.weekdays) == sum(one.contacts for one in found.months) == sum(map(len, by_day.values()))

    kinds = Counter(kind for _, kind in {(row[2], row[3]) for row in inside})
    earlier = Counter(kind for _, kind in {(row[2], row[3]) for row in before})
    assert {one.kind: (one.count, one.before) for one in found.kinds} == {
        kind: (kinds[kind], earlier[kind]) for kind in kinds | earlier
    }
    directions = Counter(direction or "none" for _, direction in {(row[2], row[4]) for row in inside})
    assert {key: count for key, count in found.directions.items() if count} == directions

    last = {person: max(row[0] for row in rows if row[1] == person and row[0] <= today)
            for person in {row[1] for row in rows if row[0] <= today}}  # fmt: skip
    covered = found.coverage
    assert covered.never == len(ids) - len(last)
    for days, count in ((30, covered.contacted_30), (90, covered.contacted_90), (365, covered.contacted_365)):
        assert count == sum((today - day).days < days for day in last.values())

    derived = [one for id_ in ids if (one := derive(conn, id_, today, DueSettings())) and one.facts.cadence]
    late = [one for one in derived if one.standing.next_due_on is not None and one.standing.next_due_on < today]
    assert (covered.with_cadence, covered.late) == (len(derived), len(late))
    assert covered.in_time == len(derived) - len(late)
    snoozed = [one.facts.snoozed_until for one in late]
    assert covered.late_snoozed == sum(day is not None and day > today for day in snoozed)
