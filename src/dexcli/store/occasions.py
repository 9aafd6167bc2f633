"""Reading the yearly dates of people; `claims` writes them as winners of what is said."""

from __future__ import annotations

from dexcli.domain.due import Occasion
from dexcli.store.connection import Connection


def of_person(conn: Connection, person_id: int) -> tuple[Occasion, ...]:
    """A person's yearly dates, by kind."""
    rows = conn.execute("select kind, month, day, year from occasion where person_id = ? order by kind", (person_id,))
    return tuple(Occasion(kind=row["kind"], month=row["month"], day=row["day"], year=row["year"]) for row in rows)
