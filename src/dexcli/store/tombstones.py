"""Tombstones of the forgotten: a keyed hash of what identified them, which nobody reads a name or address from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from dexcli.store.connection import Connection

_SALT = "forgotten"
"""`meta` key of the random number by which the keys are hashed."""
_SALT_BYTES = 16


def hashed(conn: Connection) -> Callable[[str], str] | None:
    """What makes the tombstone of a forgotten key; None in a database in which nobody was forgotten."""
    row = conn.execute("select value from meta where key = ?", (_SALT,)).fetchone()
    if row is None:
        return None
    from hashlib import blake2b

    salt = bytes.fromhex(row[0])

    def tombstone(key: str) -> str:
        return "forgotten:" + blake2b(key.encode(errors="replace"), key=salt, digest_size=16).hexdigest()

    return tombstone


def salt(conn: Connection) -> str | None:
    """The random number itself, without which the tombstones mean nothing in another database."""
    row = conn.execute("select value from meta where key = ?", (_SALT,)).fetchone()
    return None if row is None else str(row[0])


def without_salt(conn: Connection) -> int:
    """How many tombstones of the forgotten there are without the random number by which they are hashed."""
    with suppress(ValueError):
        if len(bytes.fromhex(salt(conn) or "")) == _SALT_BYTES:
            return 0
    return int(conn.execute("select count(*) from tombstone where key glob 'forgotten:*'").fetchone()[0])


def take_salt(conn: Connection, text: str) -> None:
    """Take over that of another database, whose tombstones come as well. Raises ValueError where it is none."""
    if len(bytes.fromhex(text)) != _SALT_BYTES:
        raise ValueError("not a key of tombstones")
    conn.execute("insert or replace into meta(key, value) values(?, ?)", (_SALT, text))


def bury(conn: Connection, keys: Iterable[str], operation_id: int, today: str) -> None:
    """Leave tombstones of forgotten keys; no part of the journal."""
    if conn.execute("select 1 from meta where key = ?", (_SALT,)).fetchone() is None:
        import secrets

        conn.execute("insert into meta(key, value) values(?, ?)", (_SALT, secrets.token_hex(_SALT_BYTES)))
    tombstone = hashed(conn)
    if tombstone is not None:
        conn.executemany(
            "insert into tombstone(key, created_on, operation_id) values(?, ?, ?) on conflict do nothing",
            ((tombstone(key), today, operation_id) for key in keys),
        )


def without_forgotten(conn: Connection, texts: Iterable[str], between: str) -> dict[str, str]:
    """Each of these texts of addresses with what is left of it without those of the forgotten."""
    tombstone = hashed(conn)
    if tombstone is None:
        return {text: text for text in texts}

    def is_forgotten(address: str) -> bool:
        key = tombstone(f"email:{address}")
        return conn.execute("select 1 from tombstone where key = ?", (key,)).fetchone() is not None

    return {text: between.join(one for one in text.split(between) if not is_forgotten(one)) for text in texts}
