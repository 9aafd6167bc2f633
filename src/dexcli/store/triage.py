"""Addresses that nobody has claimed: what history knows of them, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dexcli.domain.triage import Evidence
from dexcli.store.connection import Connection, Row
from dexcli.store.journal import Operation

_NEW = (
    "q.counts and q.role in ('organizer', 'attendee') and g.kind = 'email' and g.person_id is null"
    " and g.mine = 0 and g.shared = 0 and g.ignored = 0"
)


def unclaimed(conn: Connection, today: date) -> Iterator[Evidence]:
    """Every address with the two-way proof: I have written to it, or we met among few people.

    Not those ignored, those put off until later, and those of lists and machines. By whose address lists or machines
    write as well (an answer while away, a newsletter in one's name) is asked about once they have written directly.
    """
    rows = conn.execute(
        "select f.value, f.name,"
        " sum(p.counts and i.direction = 'out' and p.role <> 'from') as sent,"
        " sum(p.counts and i.direction = 'in' and p.role = 'from') as received,"
        " sum(p.counts and p.role in ('organizer', 'attendee')) as met,"
        " min(p.happened_on) as first_on, max(p.happened_on) as last_on"
        " from identifier f join participant p on p.identifier_id = f.id join interaction i on i.id = p.interaction_id"
        " where f.kind = 'email' and f.person_id is null and f.mine = 0 and f.shared = 0 and f.ignored = 0"
        " and (f.later_on is null or f.later_on <= ?1) and p.happened_on <= ?1"
        " group by f.id having (sent > 0 or met > 0)"
        " and (received > 0 or (sum(i.automatic is not null) = 0 and f.value not in"
        " (select address from bulk where reason <> 'self')))",
        (today.isoformat(),),
    )
    for row in rows:
        yield _evidence(row)


def _evidence(row: Row) -> Evidence:
    return Evidence(
        address=row["value"],
        name=row["name"],
        sent=row["sent"] or 0,
        received=row["received"] or 0,
        met=row["met"] or 0,
        first_on=date.fromisoformat(row["first_on"]),
        last_on=date.fromisoformat(row["last_on"]),
    )


def any_mail(conn: Connection) -> bool:
    """Whether any mail or calendar was read, be it one that was not kept."""
    row = conn.execute(
        "select exists(select 1 from interaction where kind in ('mail', 'meeting') and exists("
        "select 1 from interaction_origin o where o.interaction_id = interaction.id)) or exists(select 1 from bulk)"
    ).fetchone()
    return bool(row[0])


def last_title(conn: Connection, address: str, today: date) -> str | None:
    """What the latest mail or meeting with an address was about."""
    row = conn.execute(
        "select i.title from identifier f join participant p on p.identifier_id = f.id"
        " join interaction i on i.id = p.interaction_id"
        " where f.kind = 'email' and f.value = ? and p.happened_on <= ?"
        " order by p.happened_on desc, p.interaction_id desc limit 1",
        (address, today.isoformat()),
    ).fetchone()
    return row[0] if row else None


def gathering_of(conn: Connection, address: str, today: date) -> tuple[int, str | None, date] | None:
    """The latest meeting that counts as contact with an address and with others whom nobody has claimed."""
    row = conn.execute(
        "select i.id, i.title, i.happened_on from identifier f join participant p on p.identifier_id = f.id"
        " join interaction i on i.id = p.interaction_id"
        " where f.kind = 'email' and f.value = ? and p.counts and p.role in ('organizer', 'attendee')"
        f" and p.happened_on <= ? and (select count(*) from participant q join identifier g on g.id = q.identifier_id"
        f"   where q.interaction_id = i.id and {_NEW}) > 1"
        " order by p.happened_on desc, i.id desc limit 1",
        (address, today.isoformat()),
    ).fetchone()
    return (row[0], row[1], date.fromisoformat(row[2])) if row else None


def new_at(conn: Connection, interaction_id: int) -> list[str]:
    """The addresses of those who met and whom nobody has claimed."""
    rows = conn.execute(
        "select g.value from participant q join identifier g on g.id = q.identifier_id"
        f" where q.interaction_id = ? and {_NEW} order by g.value",
        (interaction_id,),
    )
    return [row[0] for row in rows]


def seen_name(conn: Connection, identifier_id: int) -> str | None:
    """The name under which an address was seen."""
    row = conn.execute("select name from identifier where id = ?", (identifier_id,)).fetchone()
    return row[0] if row else None


def entries(conn: Connection, identifier_id: int) -> int:
    """How many entries of history name an address."""
    row = conn.execute("select count(*) from participant where identifier_id = ?", (identifier_id,)).fetchone()
    return int(row[0])


def ignore(op: Operation, identifier_id: int) -> bool:
    """Never ask about an address again."""
    return op.update("identifier", identifier_id, ignored=1, later_on=None)


def put_off(op: Operation, identifier_id: int, until: date) -> bool:
    """Ask about an address again from a day on."""
    return op.update("identifier", identifier_id, later_on=until.isoformat())
