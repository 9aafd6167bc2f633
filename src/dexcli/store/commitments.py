"""Rows of promises and reminders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from dexcli.domain.cadence import parse_cadence
from dexcli.results.interactions import CommitmentInfo
from dexcli.store.connection import Connection, Row
from dexcli.store.journal import Operation


def add(
    op: Operation,
    person_id: int,
    *,
    kind: str,
    text: str,
    due_on: date | None,
    direction: str = "mine",
    every: str | None = None,
    interaction_id: int | None = None,
    made_on: date | None = None,
) -> int:
    """Write a promise or a reminder, made today unless told; returns its id."""
    op.touch(person_id)
    return op.insert(
        "commitment",
        person_id=person_id,
        kind=kind,
        direction=direction,
        text=text,
        due_on=None if due_on is None else due_on.isoformat(),
        every=every,
        first_on=None if due_on is None or every is None else due_on.isoformat(),
        interaction_id=interaction_id,
        created_on=(made_on or op.today).isoformat(),
    )


def row_of(conn: Connection, commitment_id: int) -> Row | None:
    """The bare row of a commitment."""
    row: Row | None = conn.execute("select * from commitment where id = ?", (commitment_id,)).fetchone()
    return row


def read(conn: Connection, commitment_id: int) -> CommitmentInfo:
    """A commitment that is known to be there."""
    return info(conn.execute("select * from commitment where id = ?", (commitment_id,)).fetchone())


def of_person(conn: Connection, person_id: int) -> list[CommitmentInfo]:
    """What is open with a person: with a date first, soonest first."""
    rows = conn.execute(
        "select * from commitment where person_id = ? and state = 'open' order by due_on is null, due_on, id",
        (person_id,),
    )
    return [info(row) for row in rows]


def open_of(conn: Connection, person_ids: Iterable[int]) -> list[CommitmentInfo]:
    """What is open with several people, by person and in the order that it was written."""
    rows = conn.execute(
        "select * from commitment where state = 'open' and person_id in (select value from json_each(?))"
        " order by person_id, id",
        (msgspec.json.encode(list(person_ids)).decode(),),
    )
    return [info(row) for row in rows]


def of_interaction(conn: Connection, interaction_id: int) -> list[CommitmentInfo]:
    """What was promised on an occasion."""
    rows = conn.execute("select * from commitment where interaction_id = ? order by id", (interaction_id,))
    return [info(row) for row in rows]


def info(row: Row) -> CommitmentInfo:
    """A commitment as results show it."""
    return CommitmentInfo(
        id=f"c{row['id']}",
        kind=row["kind"],
        direction=row["direction"],
        text=row["text"],
        due_on=None if row["due_on"] is None else date.fromisoformat(row["due_on"]),
        every=None if row["every"] is None else parse_cadence(row["every"]).iso,
        state=row["state"],
        done_on=None if row["done_on"] is None else date.fromisoformat(row["done_on"]),
        created_on=date.fromisoformat(row["created_on"]),
        person_id=row["person_id"],
        interaction_id=None if row["interaction_id"] is None else f"i{row['interaction_id']}",
    )
