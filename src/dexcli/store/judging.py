"""Verdicts of the contact policy: derived from what is stored, and derived again when the policy or `me` changes.

`participant.counts` and `why`, and the direction of a mail, are no part of the journal: they follow from the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import msgspec

from dexcli.domain.policy import (
    BY_HAND,
    EVENT_ROLES,
    MAIL_ROLES,
    MINE,
    SENT,
    Circumstances,
    Policy,
    Verdict,
    judge,
    part_of_mine,
)
from dexcli.store.connection import Connection, Row
from dexcli.store.journal import typed_columns
from dexcli.store.settings import policy


def judge_again(conn: Connection, rules: Policy, interaction_ids: Sequence[int] | None = None) -> int:
    """Judge interactions again, all of them unless told, and write the verdicts that changed; returns how many.

    Whoever is concerned is left stale: `standing` is derived before the transaction ends, or by the next writer.
    """
    verdicts, directions, people = _differing(conn, rules, interaction_ids)
    conn.executemany(
        "update participant set counts = ?, why = ? where interaction_id = ? and identifier_id = ?", verdicts
    )
    conn.executemany("update interaction set direction = ? where id = ?", directions)
    conn.executemany("update standing set stale = 1 where person_id = ?", ((id_,) for id_ in people))
    return len(verdicts)


def disagreeing(conn: Connection) -> int:
    """How many verdicts and directions are not what the policy says of what is stored."""
    verdicts, directions, _ = _differing(conn, policy(conn), None)
    return len(verdicts) + len(directions)


def _differing(
    conn: Connection, rules: Policy, interaction_ids: Sequence[int] | None
) -> tuple[list[tuple[bool, str, int, int]], list[tuple[str, int]], set[int]]:
    """The verdicts and the directions that are to be written, and the people whom they concern."""
    verdicts: list[tuple[bool, str, int, int]] = []
    directions: list[tuple[str, int]] = []
    people: set[int] = set()
    for rows in _interactions(conn, interaction_ids):
        direction, judged = _judged(rows, rules)
        if direction != rows[0]["direction"] and direction is not None and _may_turn(conn, rows[0]["id"]):
            directions.append((direction, rows[0]["id"]))
            people.update(row["person_id"] for row in rows if row["person_id"] is not None)
        for row, verdict in zip(rows, judged, strict=True):
            if row["why"] != BY_HAND.why and (bool(row["counts"]), row["why"]) != (verdict.counts, verdict.why):
                verdicts.append((verdict.counts, verdict.why, row["id"], row["identifier_id"]))
                if row["person_id"] is not None:
                    people.add(row["person_id"])
    return verdicts, directions, people


def others(conn: Connection, interaction_id: int) -> int:
    """With how many people besides me it was, as the policy counts them."""
    return sum(_others(rows) for rows in _interactions(conn, [interaction_id]))


def with_identifiers(conn: Connection, identifier_ids: Iterable[int]) -> list[int]:
    """The interactions in which any of these identifiers takes part."""
    wanted = msgspec.json.encode(list(identifier_ids)).decode()
    rows = conn.execute(
        "select distinct interaction_id from participant where identifier_id in (select value from json_each(?))",
        (wanted,),
    )
    return [row[0] for row in rows]


def judge_restored(conn: Connection, operation_id: int) -> None:
    """Judge again what an undo has brought back, and where one of my addresses has come or gone."""
    restored = [
        row[0]
        for row in conn.execute(
            "select distinct lo from change where operation_id = ?"
            " and (tbl = 'interaction' or tbl = 'participant' and op = 'insert')",
            (operation_id,),
        )
    ]
    turned = [
        row[0]
        for row in conn.execute(
            "select distinct lo from change where operation_id = ? and tbl = 'identifier'"
            " and (image is null or json_extract(image, '$.mine') is not null)",
            (operation_id,),
        )
    ]
    found = {*restored, *with_identifiers(conn, turned)}
    if found:
        judge_again(conn, policy(conn), sorted(found))


_SELECT = (
    "select i.id, i.kind, i.direction, i.status, i.automatic, i.named,"
    " p.identifier_id, p.role, p.counts, p.why, f.mine, f.person_id"
    " from interaction i join participant p on p.interaction_id = i.id join identifier f on f.id = p.identifier_id"
)


def _interactions(conn: Connection, interaction_ids: Sequence[int] | None) -> Iterator[list[Row]]:
    """The rows of each interaction, one for every participant."""
    if interaction_ids is None:
        found = conn.execute(f"{_SELECT} order by i.id")
    else:
        wanted = msgspec.json.encode(list(interaction_ids)).decode()
        found = conn.execute(f"{_SELECT} where i.id in (select value from json_each(?)) order by i.id", (wanted,))
    for _, rows in groupby(found, key=itemgetter("id")):
        yield list(rows)


def _judged(rows: Sequence[Row], rules: Policy) -> tuple[str | None, list[Verdict]]:
    """The direction of an interaction, where that is judged, and the verdict on each of its participants."""
    first = rows[0]
    mine = [row["role"] for row in rows if row["mine"]]
    is_mail = any(row["role"] in MAIL_ROLES for row in rows)
    is_event = any(row["role"] in EVENT_ROLES for row in rows)
    part = part_of_mine(mine, sent=first["status"] == SENT) if is_mail or is_event else None
    about = Circumstances(
        kind=first["kind"],
        others=_others(rows),
        mine=part,
        status=first["status"],
        automatic=first["automatic"],
    )
    direction = ("out" if part == "from" else "in") if is_mail else None
    return direction, [MINE if row["mine"] else judge(about, row["role"], rules) for row in rows]


def _others(rows: Sequence[Row]) -> int:
    named: int | None = rows[0]["named"]
    mine = len([row for row in rows if row["mine"] and row["role"] != "from"])
    return (len(rows) if named is None else named) - mine


def _may_turn(conn: Connection, interaction_id: int) -> bool:
    """Whether the user has not said themselves which way it went."""
    return "direction" not in typed_columns(conn, interaction_id)
