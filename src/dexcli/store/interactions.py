"""Rows of interactions: writing one by hand, and reading them back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from dexcli.domain.dates import instant
from dexcli.domain.due import MESSAGE_KINDS
from dexcli.domain.policy import BY_HAND, CANCELLED, Policy
from dexcli.domain.records import BY_MAIL, Origin
from dexcli.results.interactions import (
    FirstSeen,
    Interaction,
    OriginInfo,
    ParticipantInfo,
)
from dexcli.store import judging
from dexcli.store.connection import Connection, Row
from dexcli.store.journal import Operation, typed_columns


def add(
    op: Operation,
    *,
    key: str,
    kind: str,
    on: date,
    at: datetime | None,
    direction: str | None,
    title: str | None,
    body: str | None,
    place: str | None,
    minutes: int | None,
    participants: Sequence[tuple[int, str, bool, str]],
) -> int:
    """Write one interaction; `participants` are (identifier id, role, counts, why). Returns its id."""
    interaction_id = op.insert(
        "interaction",
        key=key,
        kind=kind,
        direction=direction,
        happened_at=None if at is None else int(at.timestamp()),
        happened_on=on.isoformat(),
        minutes=minutes,
        title=title,
        body=body,
        place=place,
    )
    op.conn.executemany(
        "insert into participant(interaction_id, identifier_id, happened_on, role, counts, why)"
        " values(?, ?, ?, ?, ?, ?)",
        ((interaction_id, id_, on.isoformat(), role, int(counts), why) for id_, role, counts, why in participants),
    )
    op.touch(*people_of(op.conn, interaction_id))
    return interaction_id


def change(
    op: Operation,
    interaction_id: int,
    values: dict[str, Any],
    present: Sequence[tuple[int, str, bool, str]] | None = None,
) -> None:
    """Change columns of an interaction, and those present where they are given."""
    op.touch(*people_of(op.conn, interaction_id))
    before = op.conn.execute("select happened_on from interaction where id = ?", (interaction_id,)).fetchone()[0]
    op.update("interaction", interaction_id, **values)
    on = values.get("happened_on", before)
    if present is None and on != before:
        present = participants(op.conn, interaction_id)
    if present is not None:
        stored = op.conn.execute("select * from participant where interaction_id = ?", (interaction_id,)).fetchall()
        wanted = {(interaction_id, id_, on, role, int(counts), why) for id_, role, counts, why in present}
        for row in stored:
            if tuple(row) not in wanted:
                op.delete_one_owned("participant", dict(row))
        for row in sorted(wanted - set(map(tuple, stored))):
            op.insert_owned("participant", **dict(zip(_PARTICIPANT, row, strict=True)))
    op.touch(*people_of(op.conn, interaction_id))


_PARTICIPANT = ("interaction_id", "identifier_id", "happened_on", "role", "counts", "why")


def remove(op: Operation, interaction_id: int) -> None:
    """Delete an interaction; what was promised then stays promised. A tombstone keeps importers from repeating it."""
    from dexcli.store.people import bury

    conn = op.conn
    op.touch(*people_of(conn, interaction_id))
    for row in conn.execute("select id from commitment where interaction_id = ?", (interaction_id,)).fetchall():
        op.update("commitment", row["id"], interaction_id=None)
    if conn.execute("select 1 from interaction_origin where interaction_id = ?", (interaction_id,)).fetchone():
        bury(op, f"interaction:{row_of(conn, interaction_id)['key']}")
    _delete(op, interaction_id)


def _delete(op: Operation, interaction_id: int) -> None:
    op.touch(*people_of(op.conn, interaction_id))
    op.delete_owned("interaction_origin", interaction_id, interaction_id)
    op.delete_owned("participant", interaction_id, interaction_id)
    op.delete("interaction", interaction_id)


def take_off(op: Operation, rules: Policy, feed_id: int, ref: str, keys: Collection[str]) -> int:
    """Follow an object of a calendar that was changed or deleted: what it said before, but for `keys`, is off.

    An entry that nothing else speaks of goes, without a tombstone; one with something written by hand, or of which a
    mail speaks as well, stays as called off. Returns how many are concerned.
    """
    conn = op.conn
    found = conn.execute(
        "select o.feed_id, o.ref, o.interaction_id, i.key from interaction_origin o"
        " join interaction i on i.id = o.interaction_id"
        " where o.feed_id = ? and o.ref >= ? and o.ref < ?",
        (feed_id, f"{ref}#", f"{ref}$"),
    ).fetchall()
    concerned = 0
    for row in found:
        if row["key"] in keys:
            continue
        id_ = row["interaction_id"]
        op.delete_one_owned("interaction_origin", {"feed_id": row["feed_id"], "ref": row["ref"]})
        others = conn.execute(
            "select d.source from interaction_origin o join feed d on d.id = o.feed_id where o.interaction_id = ?",
            (id_,),
        ).fetchall()
        if any(other["source"] not in BY_MAIL for other in others):
            continue
        concerned += 1
        if others or _has_something_by_hand(conn, id_):
            change(op, id_, {"status": CANCELLED})
            judging.judge_again(conn, rules, [id_])
        else:
            _delete(op, id_)
    return concerned


def would_take_off(conn: Connection, source: str, account: str, gone: Iterable[Origin]) -> tuple[int, int]:
    """How many entries these objects of a calendar have brought, and how many all of the account's have."""
    (known,) = conn.execute(
        "select count(*) from interaction_origin o join feed d on d.id = o.feed_id"
        " where d.source = ? and d.account = ?",
        (source, account),
    ).fetchone()
    concerned = 0
    for origin in gone:
        (count,) = conn.execute(
            "select count(*) from interaction_origin o join feed d on d.id = o.feed_id"
            " where d.source = ? and d.account = ? and d.folder = ? and o.ref >= ? and o.ref < ?",
            (source, account, origin.folder, f"{origin.ref}#", f"{origin.ref}$"),
        ).fetchone()
        concerned += count
    return concerned, known


def _has_something_by_hand(conn: Connection, interaction_id: int) -> bool:
    if typed_columns(conn, interaction_id) or any(
        part[3] == BY_HAND.why for part in participants(conn, interaction_id)
    ):
        return True
    promised = conn.execute("select 1 from commitment where interaction_id = ?", (interaction_id,)).fetchone()
    return promised is not None


def row_of(conn: Connection, interaction_id: int) -> Any:
    """The bare row of an interaction, None where there is none."""
    return conn.execute("select * from interaction where id = ?", (interaction_id,)).fetchone()


def id_of_key(conn: Connection, key: str) -> int | None:
    """The id of the interaction with a key."""
    row = conn.execute("select id from interaction where key = ?", (key,)).fetchone()
    return row[0] if row else None


def people_of(conn: Connection, interaction_id: int) -> list[int]:
    """The people who took part."""
    rows = conn.execute(
        "select distinct f.person_id from participant p join identifier f on f.id = p.identifier_id"
        " where p.interaction_id = ? and f.person_id is not null order by f.person_id",
        (interaction_id,),
    )
    return [row[0] for row in rows]


def participants(conn: Connection, interaction_id: int) -> list[tuple[int, str, bool, str]]:
    """Who took part, as (identifier id, role, counts, why)."""
    rows = conn.execute("select * from participant where interaction_id = ?", (interaction_id,))
    return [(row["identifier_id"], row["role"], bool(row["counts"]), row["why"]) for row in rows]


def identifiers_of(conn: Connection, person_id: int) -> set[int]:
    """The ids of a person's identifiers."""
    return {row[0] for row in conn.execute("select id from identifier where person_id = ?", (person_id,))}


def read(conn: Connection, interaction_ids: Sequence[int], *, now: datetime) -> list[Interaction]:
    """Interactions in the given order; instants are told in the zone of `now`."""
    rows = (row_of(conn, id_) for id_ in interaction_ids)
    return [_interaction(conn, row, now) for row in rows if row]


_MESSAGES = ", ".join(f"'{kind}'" for kind in sorted(MESSAGE_KINDS))
LATER_TODAY = (
    f"(p.happened_on = ?1 and i.happened_at is not null and i.happened_at > ?2 and i.kind not in ({_MESSAGES}))"
)
"""A message has come, whatever its clock says; what has no hour is today's already."""


def timeline(conn: Connection, person_id: int, *, now: datetime, limit: int) -> list[int]:
    """The latest interactions up to now, newest first: one limited seek per identifier, merged."""
    return _merged(conn, person_id, f"p.happened_on <= ?1 and not {LATER_TODAY}", "desc", now, limit)


def upcoming(conn: Connection, person_id: int, *, now: datetime, limit: int) -> list[int]:
    """What is ahead, was not called off and declined by neither, soonest first."""
    ahead = (
        f"p.happened_on >= ?1 and (p.happened_on > ?1 or {LATER_TODAY}) and i.status is not 'cancelled'"
        " and p.why not in ('declined', 'i_declined')"
        f" and i.kind not in ({_MESSAGES})"
    )
    return _merged(conn, person_id, ahead, "asc", now, limit)


def count(conn: Connection, person_id: int, *, now: datetime) -> int:
    """How many interactions a person has up to now."""
    row = conn.execute(
        "select count(distinct p.interaction_id) from identifier f join participant p on p.identifier_id = f.id"
        " join interaction i on i.id = p.interaction_id"
        f" where f.person_id = ?3 and p.happened_on <= ?1 and not {LATER_TODAY}",
        (now.date().isoformat(), seconds(now), person_id),
    ).fetchone()
    return int(row[0])


def first_seen(conn: Connection, person_id: int, *, today: date) -> FirstSeen | None:
    """The earliest trace of a person up to today."""
    row = conn.execute(
        "select i.id, i.happened_on, i.kind, i.title from identifier f join participant p on p.identifier_id = f.id"
        " join interaction i on i.id = p.interaction_id where f.person_id = ? and p.happened_on <= ?"
        " order by p.happened_on, p.interaction_id limit 1",
        (person_id, today.isoformat()),
    ).fetchone()
    if row is None:
        return None
    on = date.fromisoformat(row["happened_on"])
    return FirstSeen(on=on, kind=row["kind"], title=row["title"], interaction_id=f"i{row['id']}")


def contact_days(conn: Connection, person_id: int, *, since: date, today: date) -> list[date]:
    """The days of qualifying contact from `since` to today, oldest first."""
    rows = conn.execute(
        "select distinct p.happened_on from identifier f join participant p on p.identifier_id = f.id"
        " where f.person_id = ? and p.counts = 1 and p.happened_on between ? and ? order by 1",
        (person_id, since.isoformat(), today.isoformat()),
    )
    return [date.fromisoformat(row[0]) for row in rows]


def _merged(conn: Connection, person_id: int, when: str, direction: str, now: datetime, limit: int) -> list[int]:
    found: dict[int, tuple[str, int, int]] = {}
    for (identifier_id,) in conn.execute("select id from identifier where person_id = ?", (person_id,)).fetchall():
        for row in conn.execute(
            "select p.happened_on, coalesce(i.happened_at, -9223372036854775808), i.id"
            " from participant p join interaction i on i.id = p.interaction_id"
            f" where p.identifier_id = ?3 and {when}"
            f" order by p.happened_on {direction}, p.interaction_id {direction} limit ?4",
            (now.date().isoformat(), seconds(now), identifier_id, limit),
        ):
            found[row[2]] = tuple(row)
    ordered = sorted(found.values(), reverse=direction == "desc")
    return [row[2] for row in ordered[:limit]]


def seconds(now: datetime) -> int:
    """Seconds since 1970, as `interaction.happened_at` has them."""
    try:
        return int(now.timestamp())
    except (OverflowError, ValueError):  # beyond the calendar in UTC: all of that day has an hour to come
        return 0


def _interaction(conn: Connection, row: Row, now: datetime) -> Interaction:
    participants = conn.execute(
        "select p.role, p.counts, p.why, f.kind, f.value, f.person_id, coalesce(q.name, f.name) as name"
        " from participant p join identifier f on f.id = p.identifier_id left join person q on q.id = f.person_id"
        " where p.interaction_id = ? and f.mine = 0 order by f.person_id is null, f.person_id, f.value",
        (row["id"],),
    )
    origins = conn.execute(
        "select d.source, d.account, d.folder, o.ref from interaction_origin o join feed d on d.id = o.feed_id"
        " where o.interaction_id = ? order by d.source, d.account, o.ref, d.folder",
        (row["id"],),
    )
    return Interaction(
        id=f"i{row['id']}",
        kind=row["kind"],
        direction=row["direction"],
        on=date.fromisoformat(row["happened_on"]),
        at=instant(row["happened_at"], now.tzinfo),
        title=row["title"],
        body=row["body"],
        place=row["place"],
        minutes=row["minutes"],
        participants=[
            ParticipantInfo(
                person_id=who["person_id"],
                name=who["name"],
                role=who["role"],
                identifier=who["value"] if who["kind"] != "uid" else "",
                counts=bool(who["counts"]),
                why=who["why"],
            )
            for who in participants
        ],
        key=row["key"],
        origins=[
            OriginInfo(source=one["source"], account=one["account"], ref=one["ref"], folder=one["folder"])
            for one in origins
        ],
    )
