"""Counting contact: how it stands with people, and what a period held. One pass by person over an index at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from dexcli.store.connection import Connection
from dexcli.store.due import suspects
from dexcli.store.settings import DueSettings
from dexcli.store.standing import derive

Period = tuple[date, date]
"""First and last day."""

_AMONG = "(select value from json_each(?1))"
_CONTACT = (
    "from identifier f join participant p on p.identifier_id = f.id"
    f" where f.person_id in {_AMONG} and p.counts = 1 and p.happened_on between ?2 and ?3"
)
"""Reads one range of an index for each identifier: a year costs what it holds, not what there is."""


class Cadences(Struct, frozen=True, kw_only=True):
    """How many have a cadence, and how many of them are late."""

    given: int
    late: int
    late_snoozed: int


def states(conn: Connection, person_ids: Sequence[int] | None = None) -> dict[str, int]:
    """People by state, most first: of everybody, or of these."""
    among = "" if person_ids is None else f" and id in {_AMONG}"
    rows = conn.execute(
        f"select state, count(*) as people from person where state <> 'merged'{among}"
        " group by state order by people desc, state",
        () if person_ids is None else (_list(person_ids),),
    )
    return {row[0]: row[1] for row in rows}


def cadences(conn: Connection, person_ids: Sequence[int], *, today: date, settings: DueSettings) -> Cadences:
    """From the derived rows where they hold, else from the facts."""
    unsure = set(suspects(conn, today=today, settings=settings, until=today)).intersection(person_ids)
    given, late, snoozed = conn.execute(
        "select count(*), coalesce(sum(s.next_due_on < ?2), 0),"
        " coalesce(sum(s.next_due_on < ?2 and q.snoozed_until > ?2), 0)"
        " from standing s join person q on q.id = s.person_id"
        f" where s.person_id in {_AMONG} and s.person_id not in (select value from json_each(?3))"
        " and s.cadence is not null",
        (_list(person_ids), today.isoformat(), _list(sorted(unsure))),
    ).fetchone()
    for person_id in unsure:
        derived = derive(conn, person_id, today, settings)
        if derived is None or derived.facts.cadence is None:
            continue
        given += 1
        due = derived.standing.next_due_on
        if due is not None and due < today:
            late += 1
            until = derived.facts.snoozed_until
            snoozed += until is not None and until > today
    return Cadences(given=given, late=late, late_snoozed=snoozed)


def contacted(conn: Connection, person_ids: Sequence[int], since: Sequence[date], today: date) -> list[int]:
    """How many had contact on or after each of these days, and at last how many ever, up to today."""
    days = "".join(f", coalesce(sum(last >= ?{number}), 0)" for number in range(3, 3 + len(since)))
    row = conn.execute(
        f"select count(last){days} from (select max((select p.happened_on from participant p"
        " where p.identifier_id = f.id and p.counts = 1 and p.happened_on <= ?2"
        " order by p.happened_on desc limit 1)) as last"
        f" from identifier f where f.person_id in {_AMONG} group by f.person_id)",
        (_list(person_ids), today.isoformat(), *(day.isoformat() for day in since)),
    ).fetchone()
    return [*row[1:], row[0]]


def known(conn: Connection, person_ids: Sequence[int]) -> dict[str, int]:
    """How many have an `email`, a `phone`, an `address`, a `birthday`."""
    rows = conn.execute(
        "select field, count(distinct person_id) from claim"
        f" where current = 1 and field in ('email', 'phone', 'address') and person_id in {_AMONG} group by field",
        (_list(person_ids),),
    )
    found = {"email": 0, "phone": 0, "address": 0} | {row[0]: row[1] for row in rows}
    (found["birthday"],) = conn.execute(
        f"select count(*) from occasion where kind = 'birthday' and person_id in {_AMONG}", (_list(person_ids),)
    ).fetchone()
    return found


def by_day(conn: Connection, person_ids: Sequence[int], period: Period) -> list[tuple[date, int]]:
    """Each day of contact with the number of people, oldest first."""
    rows = conn.execute(
        f"select p.happened_on, count(distinct f.person_id) {_CONTACT} group by 1 order by 1",
        _values(person_ids, period),
    )
    return [(date.fromisoformat(day), people) for day, people in rows]


def by_person(conn: Connection, person_ids: Sequence[int], period: Period) -> list[tuple[int, int]]:
    """Everybody with contact and their days of it, most first, then by name."""
    rows = conn.execute(
        "select q.id, found.days"
        f" from (select f.person_id, count(distinct p.happened_on) as days {_CONTACT} group by 1) found"
        " join person q on q.id = found.person_id order by found.days desc, q.name_folded, q.id",
        _values(person_ids, period),
    )
    return [(row[0], row[1]) for row in rows]


def totals(conn: Connection, person_ids: Sequence[int], period: Period) -> tuple[int, int]:
    """Days of contact, and with how many people."""
    days, people = conn.execute(
        f"select count(distinct p.happened_on), count(distinct f.person_id) {_CONTACT}", _values(person_ids, period)
    ).fetchone()
    return days, people


def kinds(
    conn: Connection, person_ids: Sequence[int], period: Period, before: Period
) -> list[tuple[str, str | None, int, int]]:
    """Interactions that count with any of the people by kind and direction: in the period, and in the one before."""
    # Grouped and not distinct: what is sorted by id is looked up in the order in which it is stored.
    rows = conn.execute(
        "select i.kind, i.direction, sum(i.happened_on >= ?4), sum(i.happened_on <= ?5)"
        f" from (select p.interaction_id as id {_CONTACT}"
        " and (p.happened_on >= ?4 or p.happened_on <= ?5) group by 1) found"
        " join interaction i on i.id = found.id group by i.kind, i.direction",
        (*_values(person_ids, (before[0], period[1])), period[0].isoformat(), before[1].isoformat()),
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def groups(conn: Connection, person_ids: Sequence[int], of: str) -> list[tuple[str, int]]:
    """The `tag` or the `company` of each of the people, as (name, person); who has several is there several times."""
    sql = {
        "tag": "select t.name, pt.person_id from person_tag pt join tag t on t.id = pt.tag_id"
        f" where pt.person_id in {_AMONG}",
        "company": f"select company, id from person where company <> '' and id in {_AMONG}",
    }[of]
    return [(row[0], row[1]) for row in conn.execute(sql, (_list(person_ids),))]


def _values(person_ids: Sequence[int], period: Period) -> tuple[str, str, str]:
    return _list(person_ids), period[0].isoformat(), period[1].isoformat()


def _list(person_ids: Sequence[int]) -> str:
    return json.dumps(person_ids)
