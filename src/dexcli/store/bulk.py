"""Mail by lists and machines, and to oneself: seen and not kept, but for a hash, the reason and whose it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from dexcli.store import tombstones
from dexcli.store.connection import Connection


class Bulk(Struct, frozen=True, kw_only=True):
    """Something that was not kept."""

    key: int
    """`key_of` the interaction's key."""
    reason: str
    """Code of the policy."""
    address: str
    """Whose it is: the sender's or the list's; of mail between my own addresses all of them (`joined`).

    Empty where nobody knows, and where it is somebody's who was forgotten.
    """


def key_of(key: str) -> int:
    """63 bits of a hash of an interaction's key: two of ten million are the same with a chance of one in 200,000."""
    return int.from_bytes(hashlib.blake2b(key.encode(errors="replace"), digest_size=8).digest(), "big") >> 1


def add(conn: Connection, rows: Sequence[Bulk], run: int) -> int:
    """Remember these, in a transaction of the caller; returns how many this very run has not seen before.

    Addresses of the forgotten are left out: what they sent is read again with every mailbox that has it.
    """
    keys = msgspec.json.encode([one.key for one in rows]).decode()
    (again,) = conn.execute(
        "select count(*) from bulk where key in (select value from json_each(?)) and run = ?", (keys, run)
    ).fetchone()
    told = tombstones.without_forgotten(conn, {one.address for one in rows}, _BETWEEN)
    conn.executemany(
        "insert into bulk(key, reason, address, run) values(?, ?, ?, ?) on conflict do nothing",
        ((one.key, one.reason, told[one.address], run) for one in rows),
    )
    return len({one.key for one in rows}) - int(again)


def find(conn: Connection, key: str) -> Bulk | None:
    """What is remembered of the interaction with that key."""
    row = conn.execute("select key, reason, address from bulk where key = ?", (key_of(key),)).fetchone()
    return Bulk(key=row[0], reason=row[1], address=row[2]) if row else None


def joined(addresses: Iterable[str]) -> str:
    """Several addresses as one value."""
    return _BETWEEN.join(addresses)


_BETWEEN = ", "


def between_mine(conn: Connection, addresses: Sequence[str]) -> int:
    """How much was not kept because nobody but me stood in it, in which one of these addresses stands."""
    row = conn.execute(
        "select count(*) from bulk where reason = 'self' and exists(select 1 from json_each(?) mine"
        " where instr(', ' || bulk.address || ', ', ', ' || mine.value || ', ') > 0)",
        (msgspec.json.encode(addresses).decode(),),
    ).fetchone()
    return int(row[0])


def forget(conn: Connection, keys: Sequence[str]) -> None:
    """Forget what has come by another road and is kept now."""
    if conn.execute("select 1 from bulk limit 1").fetchone() is None:
        return
    hashes = msgspec.json.encode([key_of(key) for key in keys]).decode()
    conn.execute("delete from bulk where key in (select value from json_each(?))", (hashes,))
