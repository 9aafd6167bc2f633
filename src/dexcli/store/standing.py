"""Derived rows: where each person stands, kept equal to a recomputation from scratch (a property test proves it).

Writers mark people and `refresh` them before the transaction ends. The clock changes things too: readers look at
`recheck_on` and derive those people again in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from dexcli.domain import due
from dexcli.domain.cadence import NEVER, Cadence, parse_cadence
from dexcli.domain.due import Commitment, Contact, Facts
from dexcli.domain.rhythm import LATEST_DAYS, usual_gap
from dexcli.store import occasions
from dexcli.store.connection import Connection, Row
from dexcli.store.settings import DueSettings, due_settings

DERIVED_ON = "derived_on"
"""`meta` key: the latest day on which anything was derived. Before that day the rows do not hold."""


class Derived(Struct, frozen=True, kw_only=True):
    """A recomputed row of `standing` with the facts behind it."""

    facts: Facts
    standing: due.Standing
    last_interaction_id: int | None
    contact_days: tuple[date, ...]
    """Of the latest contacts, newest first; a day of several is there several times."""


def refresh(conn: Connection, person_ids: Iterable[int], *, today: date) -> None:
    """Derive and store the given people, those left stale, and those whose day of recheck has come."""
    ids = set(person_ids)
    ids.update(row[0] for row in conn.execute("select person_id from standing where stale = 1"))
    ids.update(
        row[0] for row in conn.execute("select person_id from standing where recheck_on <= ?", (today.isoformat(),))
    )
    _store(conn, ids, today)


def refresh_stale(conn: Connection, limit: int, *, today: date) -> bool:
    """Derive and store at most so many of those left stale; False when nobody is left."""
    ids = [row[0] for row in conn.execute("select person_id from standing where stale = 1 limit ?", (limit,))]
    _store(conn, ids, today)
    return len(ids) == limit


def _store(conn: Connection, person_ids: Iterable[int], today: date) -> None:
    settings = due_settings(conn)
    rows = [_row(conn, person_id, today, settings) for person_id in _still_there(conn, person_ids)]
    conn.executemany(_UPSERT, rows)
    conn.execute(
        "insert into meta(key, value) values(?, ?) on conflict(key) do update set value = excluded.value"
        " where excluded.value > value",
        (DERIVED_ON, today.isoformat()),
    )


def _still_there(conn: Connection, person_ids: Iterable[int]) -> list[int]:
    """Those who have not been removed, in order."""
    wanted = msgspec.json.encode(list(person_ids)).decode()
    return [
        row[0]
        for row in conn.execute(
            "select id from person where id in (select value from json_each(?)) order by id", (wanted,)
        )
    ]


def mark_stale(conn: Connection, person_ids: Iterable[int]) -> None:
    """Leave people to be derived later: readers meanwhile derive them in memory."""
    conn.executemany(
        "insert into standing(person_id, stale) values(?, 1) on conflict(person_id) do update set stale = 1",
        ((person_id,) for person_id in _still_there(conn, person_ids)),
    )


def disagreeing(conn: Connection, today: date) -> list[int]:
    """The people whose row is missing, or claims to hold today and says something else than a recomputation."""
    settings = due_settings(conn)
    found = [row[0] for row in conn.execute("select id from person where id not in (select person_id from standing)")]
    for stored in conn.execute(
        f"select {', '.join(_FIELDS)} from standing where stale = 0 and (recheck_on is null or recheck_on > ?)",
        (today.isoformat(),),
    ).fetchall():
        expected = _row(conn, stored["person_id"], today, settings)
        if _as_of(stored, today) != _as_of(expected, today):
            found.append(stored["person_id"])
    return sorted(found)


def _as_of(row: Sequence[object], today: date) -> tuple[object, ...]:
    """A row whose day of surfacing is at the earliest today: one that has passed says the same."""
    return tuple(
        max(str(value), today.isoformat()) if name == "surfaces_on" and value is not None else value
        for name, value in zip(_FIELDS, row, strict=True)
    )


def derived_on(conn: Connection) -> date | None:
    """The latest day on which anything was derived."""
    row = conn.execute("select value from meta where key = ?", (DERIVED_ON,)).fetchone()
    return date.fromisoformat(row[0]) if row else None


def derive_all(conn: Connection, today: date) -> None:
    """Derive everybody anew, also where that was done on a day that is to come, inside a transaction of the caller."""
    conn.execute("delete from meta where key = ?", (DERIVED_ON,))
    _store(conn, [row[0] for row in conn.execute("select id from person")], today)


def derive(conn: Connection, person_id: int, today: date, settings: DueSettings) -> Derived | None:
    """Recompute one person from what is stored, as known on `today`; None for one who is merged."""
    person = conn.execute(
        "select uid, state, cadence, cadence_set_on, cadence_spread, importance, lead, snoozed_until, created_at"
        " from person"
        " where id = ? and state <> 'merged'",
        (person_id,),
    ).fetchone()
    if person is None:
        return None
    contacts, last_id = _contacts(conn, person_id, today)
    rules = _rules(conn, person_id, person, settings)
    facts = Facts(
        person_id=person_id,
        uid=person["uid"],
        active=person["state"] == "active",
        cadence=rules.cadence,
        cadence_source=rules.source,
        cadence_since=rules.since,
        cadence_spread=rules.spread,
        importance=rules.importance,
        lead=rules.lead,
        default_lead=settings.lead,
        snoozed_until=date.fromisoformat(person["snoozed_until"]) if person["snoozed_until"] else None,
        last_contact_on=contacts[0].on if contacts else None,
        next_contact_on=_next_contact_on(conn, person_id, today),
        reply_owed_on=due.reply_owed(contacts),
        rhythm_days=usual_gap(contact.on for contact in contacts),
        occasions=occasions.of_person(conn, person_id),
        commitments=tuple(
            Commitment(
                id=row["id"],
                kind=row["kind"],
                direction=row["direction"],
                text=row["text"],
                due_on=date.fromisoformat(row["due_on"]),
            )
            for row in conn.execute(
                "select * from commitment where person_id = ? and state = 'open' and due_on is not null order by id",
                (person_id,),
            )
        ),
    )
    return Derived(
        facts=facts,
        standing=due.standing(facts, today),
        last_interaction_id=last_id,
        contact_days=tuple(contact.on for contact in contacts),
    )


_FIELDS = (
    "person_id", "last_contact_on", "last_interaction_id", "reply_owed_on", "rhythm_days", "drifts_on", "cadence",
    "cadence_source", "cadence_days", "next_due_on", "weight", "extra", "surfaces_on", "recheck_on",
)  # fmt: skip
_UPSERT = f"insert or replace into standing({', '.join(_FIELDS)}) values({', '.join('?' * len(_FIELDS))})"


def _row(conn: Connection, person_id: int, today: date, settings: DueSettings) -> tuple[object, ...]:
    derived = derive(conn, person_id, today, settings)
    if derived is None:
        return (person_id, *(None,) * 9, 1, 0, None, None)
    facts, standing = derived.facts, derived.standing
    return (
        person_id,
        _iso(facts.last_contact_on),
        derived.last_interaction_id,
        _iso(facts.reply_owed_on),
        facts.rhythm_days,
        _iso(standing.drifts_on),
        facts.cadence.text if facts.cadence else None,
        facts.cadence_source,
        standing.cadence_days,
        _iso(standing.next_due_on),
        standing.weight,
        int(standing.extra),
        _iso(standing.surfaces_on),
        _iso(standing.recheck_on),
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _contacts(conn: Connection, person_id: int, today: date) -> tuple[list[Contact], int | None]:
    """The latest qualifying contacts up to `today`, newest first, and the id of the newest.

    One limited seek per identifier, merged: the cost does not grow with the length of a history.
    """
    rows: dict[int, tuple[str, int, int, str, str | None]] = {}
    for (identifier_id,) in conn.execute(
        "select f.id from identifier f where f.person_id = ?"
        " and exists(select 1 from participant p where p.identifier_id = f.id)",
        (person_id,),
    ).fetchall():
        for row in conn.execute(
            "select i.happened_on, coalesce(i.happened_at, -9223372036854775808), i.id, i.kind, i.direction"
            " from participant p join interaction i on i.id = p.interaction_id"
            " where p.identifier_id = ? and p.counts = 1 and p.happened_on <= ?"
            " order by p.happened_on desc, p.interaction_id desc limit ?",
            (identifier_id, today.isoformat(), LATEST_DAYS * 2),
        ):
            rows[row[2]] = tuple(row)
    newest = sorted(rows.values(), key=lambda row: row[:3], reverse=True)
    contacts = [Contact(date.fromisoformat(row[0]), row[3], row[4]) for row in newest]
    return contacts, newest[0][2] if newest else None


def _next_contact_on(conn: Connection, person_id: int, today: date) -> date | None:
    row = conn.execute(
        "select min((select min(p.happened_on) from participant p"
        "   where p.identifier_id = f.id and p.counts = 1 and p.happened_on > ?))"
        " from identifier f where f.person_id = ?",
        (today.isoformat(), person_id),
    ).fetchone()
    return date.fromisoformat(row[0]) if row[0] else None


class _Rules(Struct, frozen=True, kw_only=True):
    cadence: Cadence | None
    source: str | None
    since: date | None
    spread: bool
    importance: int | None
    lead: int | None


def _rules(conn: Connection, person_id: int, person: Row, settings: DueSettings) -> _Rules:
    """Cadence, importance, lead: from the person, else the tags (shortest, highest, longest), else the default.

    Of a lead kinds come between tags and default: None leaves it to them.
    """
    tags = conn.execute(
        "select t.name, t.cadence, t.cadence_set_on, t.importance, t.lead, pt.given_on"
        " from person_tag pt join tag t on t.id = pt.tag_id where pt.person_id = ?",
        (person_id,),
    ).fetchall()
    importance = person["importance"]
    if importance is None:
        importance = max((tag["importance"] for tag in tags if tag["importance"] is not None), default=None)
    lead = person["lead"]
    if lead is None:
        lead = max((tag["lead"] for tag in tags if tag["lead"] is not None), default=None)
    cadence, source, since, spread = None, None, None, False
    by_tag = [(parse_cadence(tag["cadence"]), tag) for tag in tags if tag["cadence"]]
    if person["cadence"]:
        cadence, source = parse_cadence(person["cadence"]), "person"
        since, spread = person["cadence_set_on"], bool(person["cadence_spread"])
    elif by_tag:
        cadence, tag = min(by_tag, key=lambda pair: (pair[0].approx_days, pair[1]["name"]))
        source = f"tag:{tag['name']}"
        since, spread = max(tag["cadence_set_on"], tag["given_on"]), True
    elif settings.cadence:
        cadence, source = parse_cadence(settings.cadence), "default"
        since, spread = person["created_at"][:10], True
    return _Rules(
        cadence=None if cadence == NEVER else cadence,
        source=source,
        since=date.fromisoformat(since) if since else None,
        spread=spread,
        importance=importance,
        lead=lead,
    )
