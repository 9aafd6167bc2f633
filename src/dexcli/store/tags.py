"""Rows of tags: who has one, and what it says about everybody who has it."""

from __future__ import annotations

from collections.abc import Iterable

from dexcli.results.people import TagRule
from dexcli.store import claims
from dexcli.store.connection import Connection
from dexcli.store.journal import Operation

IMPORTANCE = {-1: "low", 0: "normal", 1: "high"}
"""`person.importance` and `tag.importance` in words."""


def tag_id(op: Operation, name: str) -> int:
    """The id of a tag, which is created where it is new."""
    row = op.conn.execute("select id from tag where name = ?", (name,)).fetchone()
    return int(row["id"]) if row else op.insert("tag", name=name)


def give_tag(op: Operation, person_id: int, name: str) -> bool:
    """Tag a person by hand: no import takes it away again. False where they had the tag."""
    claims.add_claim(op, person_id, "tag", name)
    return settle(op, person_id)


def take_tag(op: Operation, person_id: int, name: str) -> bool:
    """Take a tag off a person, for good: an import that repeats it is not heard. False where they did not have it."""
    claims.take_off(op, person_id, "tag", name)
    return settle(op, person_id)


def settle(op: Operation, person_id: int) -> bool:
    """Let a person have the tags that somebody gives them, and no others; False where they had just these."""
    given = {
        row[0]
        for row in op.conn.execute(
            "select value from claim where person_id = ? and field = 'tag' and current = 1", (person_id,)
        )
    }
    had = {
        row["name"]: row["id"]
        for row in op.conn.execute(
            "select pt.id, t.name from person_tag pt join tag t on t.id = pt.tag_id where pt.person_id = ?",
            (person_id,),
        )
    }
    for name in sorted(given - had.keys()):
        op.insert("person_tag", person_id=person_id, tag_id=tag_id(op, name), given_on=op.today.isoformat())
    for name in sorted(had.keys() - given):
        op.delete("person_tag", had[name])
    if given == had.keys():
        return False
    op.touch(person_id)
    return True


def give_new(op: Operation, person_id: int, names: Iterable[str]) -> None:
    """Let a person whom the operation has just added have tags."""
    for name in sorted(names):
        op.insert("person_tag", person_id=person_id, tag_id=tag_id(op, name), given_on=op.today.isoformat())


def members(conn: Connection, name: str) -> list[int]:
    """Everybody who has a tag."""
    rows = conn.execute(
        "select pt.person_id from person_tag pt join tag t on t.id = pt.tag_id where t.name = ? order by 1", (name,)
    )
    return [row[0] for row in rows]


def rule(conn: Connection, name: str) -> TagRule:
    """What a tag that is known to be there says; the cadence is in the store's form."""
    row = conn.execute("select * from tag where name = ?", (name,)).fetchone()
    return TagRule(
        name=name,
        cadence=row["cadence"],
        lead_days=row["lead"],
        importance=None if row["importance"] is None else IMPORTANCE[row["importance"]],
        people=len(members(conn, name)),
    )
