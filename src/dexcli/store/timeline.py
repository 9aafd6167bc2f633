"""The history of one person: entry by entry from any place on, and what each year of it holds."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby

from msgspec import Struct

from dexcli.store.connection import Connection
from dexcli.store.interactions import LATER_TODAY, seconds

Place = tuple[str, int, int]
"""Of an entry in the order of all: its day, its instant (the smallest integer where only the day is known), its id."""

Counts = tuple[int, str, int, int]
"""A year, a kind, how many count, how many there are."""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which entries, and in which order."""

    since: date | None = None
    until: date | None = None
    kind: str | None = None
    oldest_first: bool = False


def places(
    conn: Connection, person_id: int, wanted: Wanted, *, now: datetime, after: Place | None = None
) -> Iterator[Place]:
    """The entries up to now in order, from behind `after` on; each once.

    One seek per identifier, merged day by day: nothing is read before it is asked for, and no more than a day kept.
    """
    order = "asc" if wanted.oldest_first else "desc"
    where, values = _condition(wanted, now)
    if after is not None:
        where += f" and p.happened_on {'>=' if wanted.oldest_first else '<='} :after"
        values["after"] = after[0]
    histories = [
        conn.execute(
            "select p.happened_on, coalesce(i.happened_at, -9223372036854775808), i.id"
            " from participant p join interaction i on i.id = p.interaction_id"
            f" where p.identifier_id = :identifier and {where}"
            f" order by p.happened_on {order}, p.interaction_id {order}",
            values | {"identifier": identifier_id},
        )
        for (identifier_id,) in conn.execute("select id from identifier where person_id = ?", (person_id,)).fetchall()
    ]
    merged = heapq.merge(*histories, key=lambda row: row[0], reverse=not wanted.oldest_first)
    for _, of_day in groupby(merged, key=lambda row: row[0]):
        for place in sorted({(row[0], row[1], row[2]) for row in of_day}, reverse=not wanted.oldest_first):
            if after is None or (place > after if wanted.oldest_first else place < after):
                yield place


def counts(conn: Connection, person_id: int, wanted: Wanted, *, now: datetime) -> list[Counts]:
    """What each year holds by kind: the latest year first, the kind of most contact first."""
    where, values = _condition(wanted, now)
    rows = conn.execute(
        "select substr(p.happened_on, 1, 4) as year, i.kind,"
        " count(distinct case when p.counts then i.id end) as counting, count(distinct i.id) as entries"
        " from identifier f join participant p on p.identifier_id = f.id join interaction i on i.id = p.interaction_id"
        f" where f.person_id = :person and {where}"
        " group by year, i.kind order by year desc, counting desc, entries desc, i.kind",
        values | {"person": person_id},
    )
    return [(int(row[0]), row[1], row[2], row[3]) for row in rows]


def days(conn: Connection, person_id: int, wanted: Wanted, *, now: datetime) -> dict[int, int]:
    """Days of contact by year."""
    where, values = _condition(wanted, now)
    rows = conn.execute(
        "select substr(p.happened_on, 1, 4), count(distinct p.happened_on)"
        " from identifier f join participant p on p.identifier_id = f.id join interaction i on i.id = p.interaction_id"
        f" where f.person_id = :person and p.counts = 1 and {where} group by 1",
        values | {"person": person_id},
    )
    return {int(year): count for year, count in rows}


_LATER = LATER_TODAY.replace("?1", ":today").replace("?2", ":now")


def _condition(wanted: Wanted, now: datetime) -> tuple[str, dict[str, object]]:
    until = min(wanted.until or date.max, now.date())
    values: dict[str, object] = {"today": now.date().isoformat(), "now": seconds(now), "until": until.isoformat()}
    where = f"p.happened_on <= :until and not {_LATER}"
    if wanted.since is not None:
        where += " and p.happened_on >= :since"
        values["since"] = wanted.since.isoformat()
    if wanted.kind is not None:
        where += " and i.kind = :kind"
        values["kind"] = wanted.kind
    return where, values
