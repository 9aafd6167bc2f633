"""Rows that each make sense and do not make sense together: what no operation of dex leaves behind.

Said in one place each: what SQLite itself holds to (keys, references, checks of columns) is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from dexcli.domain.names import fold
from dexcli.store.connection import Connection

_MERGED = "select id from person where state = 'merged'"


class Contradiction(Struct, frozen=True, kw_only=True):
    """Rows that there should not be."""

    table: str
    """Whose rows they are."""
    words: str
    """What is wrong with them, behind how many there are."""
    sql: str
    """Which of the table they are, behind its name."""

    @property
    def id_(self) -> str:
        """What the number of such a row is called in `sql`."""
        return "id" if self.sql.startswith("where") else f"{self.sql.split()[0]}.id"


CONTRADICTIONS = (
    Contradiction(
        table="person",
        words="said to be merged, and into nobody",
        sql="where state = 'merged' and merged_into is null",
    ),
    Contradiction(
        table="person",
        words="merged into somebody, and not said to be",
        sql="where state <> 'merged' and merged_into is not null",
    ),
    Contradiction(
        table="person",
        words="merged into somebody who is merged as well",
        sql=f"where state = 'merged' and merged_into in ({_MERGED})",
    ),
    Contradiction(
        table="identifier",
        words="standing for somebody who is merged",
        sql=f"where person_id in ({_MERGED})",
    ),
    Contradiction(
        table="identifier",
        words="mine, and somebody else's as well",
        sql="where mine <> 0 and (person_id is not null or shared <> 0)",
    ),
    Contradiction(
        table="identifier",
        words="said of several people, and standing for one",
        sql="where shared <> 0 and person_id is not null",
    ),
    Contradiction(
        table="identifier",
        words="standing for one, and said only of others",
        sql=(
            "f where f.person_id is not null and f.kind <> 'uid'"
            " and exists(select 1 from claim c where c.identifier_id = f.id and c.current = 1)"
            " and not exists(select 1 from claim c where c.identifier_id = f.id and c.current = 1"
            f"  and (c.person_id = f.person_id or c.person_id in ({_MERGED})))"
        ),
    ),
    Contradiction(
        table="identifier",
        words="whose marks are neither yes nor no",
        sql="where max(mine, shared, ignored) > 1 or min(mine, shared, ignored) < 0",
    ),
    Contradiction(
        table="tag",
        words="with a cadence, and without the day since when",
        sql="where cadence is not null and cadence_set_on is null",
    ),
    Contradiction(
        table="question",
        words="asking whether somebody is themselves",
        sql="where person_id = other_id",
    ),
    Contradiction(
        table="operation",
        words="undone by nothing, or by what took back something else",
        sql=(
            "o left join operation u on u.id = o.undone_by"
            " where (o.state = 'undone') <> (o.undone_by is not null) or (u.id is not null and u.undoes is not o.id)"
        ),
    ),
)

_PLURALS = {"person": "people"}


def found(conn: Connection) -> list[str]:
    """What contradicts each other, in words; nothing of it follows from anything, so nothing mends it."""
    return [f"{_counted(number, one.table)} {one.words}" for one, number, _ in _found(conn)]


def first(conn: Connection) -> str | None:
    """The first of it, with the row that it is about as the tables know it; None where everything agrees."""
    for one, number, id_ in _found(conn):
        about = f"{one.table} {id_}"
        return f"{_counted(number, one.table)} {one.words} ({about if number == 1 else f'the first is {about}'})"
    return None


def _found(conn: Connection) -> Iterator[tuple[Contradiction, int, int]]:
    """Each with the number of such rows, and the first of them."""
    for one in CONTRADICTIONS:
        number, id_ = conn.execute(f"select count(*), min({one.id_}) from {one.table} {one.sql}").fetchone()
        if number:
            yield one, number, id_


def _counted(number: int, table: str) -> str:
    return f"{number:,} {table if number == 1 else _PLURALS.get(table, f'{table}s')}"


def doubles(conn: Connection) -> list[str]:
    """What stands twice and is not the same in both places, in words."""
    (days,) = conn.execute(f"select count(*) from participant p {_OTHER_DAY}").fetchone()
    names = misfolded(conn)
    told = []
    if days:
        told.append(f"{days:,} who took part have another day than their entry")
    if names:
        told.append(f"{len(names):,} {'name is' if len(names) == 1 else 'names are'} folded otherwise than they are")
    return told


_OTHER_DAY = "join interaction i on i.id = p.interaction_id where p.happened_on <> i.happened_on"


def misfolded(conn: Connection) -> list[tuple[str, int]]:
    """The folded names that are not those of the names, as they should be, with the people's ids."""
    rows = conn.execute("select id, name, name_folded from person")
    return [(folded, id_) for id_, name, stored in rows if (folded := fold(name)) != stored]
