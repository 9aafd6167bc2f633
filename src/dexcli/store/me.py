"""My own addresses and numbers: identifiers marked as mine, never anybody's.

History in which they stand is judged again when they change.
"""

from __future__ import annotations

from dexcli.domain.identifiers import Identifier
from dexcli.store.claims import claimants, find_identifier, reown
from dexcli.store.connection import Connection
from dexcli.store.journal import Operation
from dexcli.store.judging import judge_again, with_identifiers
from dexcli.store.settings import policy

NAME = "my-name"
"""Kind of the identifiers that hold my names, for exports that know me by nothing else."""


def values(conn: Connection, kind: str) -> list[str]:
    """My e-mail addresses, phone numbers or names, in the order in which they were added."""
    return [
        row[0] for row in conn.execute("select value from identifier where mine = 1 and kind = ? order by id", (kind,))
    ]


def add(op: Operation, identifier: Identifier) -> bool:
    """Mark a value as mine; somebody who had it loses it. False where it was mine before."""
    known = find_identifier(op.conn, identifier)
    if known is None:
        op.insert("identifier", kind=identifier.kind, value=identifier.value, mine=1)
        return True
    op.touch(known.person_id)
    changed = op.update("identifier", known.id, mine=1, person_id=None, shared=0)
    if changed:
        judge_again(op.conn, policy(op.conn), with_identifiers(op.conn, [known.id]))
    return changed


def owners(conn: Connection, identifier: Identifier) -> list[int]:
    """The people who would lose a value if it became mine; nobody where it is mine already."""
    known = find_identifier(conn, identifier)
    if known is None or known.mine:
        return []
    return [known.person_id] if known.person_id is not None else claimants(conn, known.id)


def remove(op: Operation, identifier: Identifier) -> bool:
    """Take a value off the list of mine: it is theirs of whom it is said. False where it was not on it."""
    known = find_identifier(op.conn, identifier)
    if known is None or not known.mine:
        return False
    op.update("identifier", known.id, mine=0)
    reown(op, known.id)
    judge_again(op.conn, policy(op.conn), with_identifiers(op.conn, [known.id]))
    return True
