"""Reading the yearly dates of people, which `claims` writes as winners of what is said; and what holds for a kind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from dexcli.domain.due import Occasion
from dexcli.store.connection import Connection, Row

if TYPE_CHECKING:  # `due` reads dates and writes none: it goes without the journal
    from dexcli.store.journal import Operation


def of_person(conn: Connection, person_id: int) -> tuple[Occasion, ...]:
    """A person's yearly dates, by kind."""
    return tuple(
        _occasion(row) for row in conn.execute(f"{_SELECT} where o.person_id = ? order by o.kind", (person_id,))
    )


def of_people(conn: Connection, person_ids: Iterable[int]) -> list[tuple[int, Occasion]]:
    """The yearly dates of several people, each with whose it is."""
    wanted = msgspec.json.encode(list(person_ids)).decode()
    rows = conn.execute(
        f"{_SELECT} where o.person_id in (select value from json_each(?)) order by o.person_id, o.kind", (wanted,)
    )
    return [(row["person_id"], _occasion(row)) for row in rows]


def of_the_unlisted(
    conn: Connection, today: date, days: Iterable[tuple[int, int]], most: int
) -> list[tuple[int, Occasion]]:
    """Yearly dates on these days, as (month, day), of the active who are neither due by `today` nor snoozed."""
    wanted = msgspec.json.encode([month * 100 + day for month, day in days]).decode()
    rows = conn.execute(
        # cross: dates of a day are few, and found first; by the names of people all of them would be looked at.
        f"{_SELECT} cross join person p on p.id = o.person_id left join standing s on s.person_id = p.id"
        " where o.month * 100 + o.day in (select value from json_each(?1)) and p.state = 'active'"
        " and (p.snoozed_until is null or p.snoozed_until <= ?2) and (s.surfaces_on is null or s.surfaces_on > ?2)"
        " order by p.name_folded, p.id, o.kind limit ?3",
        (wanted, today.isoformat(), most),
    )
    return [(row["person_id"], _occasion(row)) for row in rows]


def set_lead(op: Operation, kind: str, lead: int | None) -> list[int]:
    """Give dates of a kind their notice in days, or take it off; returns the people who have such a date."""
    row = op.conn.execute("select id from occasion_kind where name = ?", (kind,)).fetchone()
    if row is not None:
        op.update("occasion_kind", row["id"], lead=lead)
    elif lead is not None:
        op.insert("occasion_kind", name=kind, lead=lead)
    people = [row[0] for row in op.conn.execute("select person_id from occasion where kind = ? order by 1", (kind,))]
    op.touch(*people)
    return people


_SELECT = (
    "select o.person_id, o.kind, o.month, o.day, o.year, k.lead"
    " from occasion o left join occasion_kind k on k.name = o.kind"
)


def _occasion(row: Row) -> Occasion:
    return Occasion(kind=row["kind"], month=row["month"], day=row["day"], year=row["year"], lead=row["lead"])
