"""Meetings whose titles may name people who do not take part by any address: what is known, and what was decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from dexcli.domain.policy import BY_HAND
from dexcli.store import claims, interactions, people
from dexcli.store.connection import Connection
from dexcli.store.journal import Operation

_OCCURRENCE = re.compile(r"/[0-9]{8}(?:T[0-9]{6}Z?)?$")


class Titled(Struct, frozen=True, kw_only=True):
    """One occurrence of a meeting, with the name that a calendar gave it."""

    id: int
    series: str
    """The key without the occurrence: the same for all that repeats."""
    title: str
    on: date


def names(conn: Connection) -> Iterator[tuple[int, str]]:
    """Folded names and aliases of everybody who may be asked about: nobody ignored, and nobody dead."""
    yield from conn.execute(
        "select id, name_folded from person where state in ('active', 'archived')"
        " union all select p.id, f.value from identifier f join person p on p.id = f.person_id"
        " where f.kind = 'alias' and p.state in ('active', 'archived') order by 1, 2"
    )


def meetings(conn: Connection) -> Iterator[Titled]:
    """Every meeting at an hour that was not called off, newest first."""
    rows = conn.execute(
        "select id, key, title, happened_on from interaction where key >= 'event:' and key < 'event;'"
        " and title is not null and happened_at is not null and status is not 'cancelled'"
        " order by happened_on desc, id desc"
    )
    for row in rows:
        series = _OCCURRENCE.sub("", row["key"])
        yield Titled(id=row["id"], series=series, title=row["title"], on=date.fromisoformat(row["happened_on"]))


def are_there(conn: Connection, interaction_id: int) -> set[int]:
    """The people who take part by any of their identifiers."""
    return set(interactions.people_of(conn, interaction_id))


def is_there_by_hand(conn: Connection, interaction_id: int, person_id: int) -> bool:
    """Whether a person takes part because somebody wrote so, and not by an address."""
    sql = (
        "select 1 from participant p join identifier f on f.id = p.identifier_id"
        " where p.interaction_id = ? and f.person_id = ? and f.kind = 'uid'"
    )
    return conn.execute(sql, (interaction_id, person_id)).fetchone() is not None


def was_denied(conn: Connection, series: str, person_id: int) -> bool:
    """Whether the user has said that this is not whom the title means."""
    key = _denied(conn, series, person_id)
    return conn.execute("select 1 from tombstone where key = ?", (key,)).fetchone() is not None


def deny(op: Operation, series: str, person_id: int) -> None:
    """Never ask again whether a person is meant by the title of a meeting, or of any in a series."""
    people.bury(op, _denied(op.conn, series, person_id))


def allow(op: Operation, series: str, person_id: int) -> None:
    """Take back that a person is not meant."""
    people.exhume(op, [_denied(op.conn, series, person_id)])


def _denied(conn: Connection, series: str, person_id: int) -> str:
    (uid,) = conn.execute("select uid from person where id = ?", (person_id,)).fetchone()
    return f"title:{uid}:{series}"


def take_part(op: Operation, interaction_id: int, person_id: int) -> None:
    """Write down that a person was there: by hand, so that it counts and no copy of the calendar takes it off."""
    present = interactions.participants(op.conn, interaction_id)
    own = claims.own_identifier(op, person_id)
    if own not in {one[0] for one in present}:
        present.append((own, "with", BY_HAND.counts, BY_HAND.why))
        interactions.change(op, interaction_id, {}, present)


def take_off(op: Operation, interaction_id: int, person_id: int) -> None:
    """Take back that a person was there, where that was written by hand."""
    present = interactions.participants(op.conn, interaction_id)
    own = claims.own_identifier(op, person_id)
    left = [one for one in present if one[0] != own]
    if len(left) < len(present):
        interactions.change(op, interaction_id, {}, left)
