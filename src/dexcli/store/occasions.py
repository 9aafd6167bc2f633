"""Reading the yearly dates of people; `claims` writes them as winners of what is said."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dexcli.domain.due import Occasion
from dexcli.store.connection import Connection, Row


def of_person(conn: Connection, person_id: int) -> tuple[Occasion, ...]:
    """A person's yearly dates, by kind."""
    rows = conn.execute("select kind, month, day, year from occasion where person_id = ? order by kind", (person_id,))
    return tuple(map(_occasion, rows))


def of_people(conn: Connection, person_ids: Iterable[int]) -> list[tuple[int, Occasion]]:
    """The yearly dates of several people, each with whose it is."""
    wanted = msgspec.json.encode(list(person_ids)).decode()
    rows = conn.execute(
        "select person_id, kind, month, day, year from occasion"
        " where person_id in (select value from json_each(?)) order by person_id, kind",
        (wanted,),
    )
    return [(row["person_id"], _occasion(row)) for row in rows]


def _occasion(row: Row) -> Occasion:
    return Occasion(kind=row["kind"], month=row["month"], day=row["day"], year=row["year"])
