"""What is wrong with a database, each question for itself, none of them mended; a damaged one is an answer."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

from msgspec import Struct

from dexcli.errors import StoreError
from dexcli.store import (
    connection,
    contradictions,
    copies,
    damage,
    forgetting,
    judging,
    numbers,
    schema,
    standing,
    texts,
    tombstones,
)
from dexcli.store.connection import Connection
from dexcli.store.schema import Strange
from dexcli.store.version import SCHEMA_VERSION

MOST = 20
"""Faults that are told of one kind."""
FEW = 5
"""Moments that are told: a clock that was wrong once was wrong for a while."""
AHEAD = timedelta(minutes=5)
"""By which the clocks of two machines may differ."""


@contextmanager
def opened(path: Path) -> Iterator[tuple[Connection | None, list[str]]]:
    """A connection that cannot write, whatever state the file is in; or what keeps it from being read."""
    try:
        conn = connection.connect_read_only(path)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        yield None, [_told(error)]
        return
    with closing(conn):
        try:
            version = connection.checked_version(conn, path)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            yield None, [_told(error)]
            return
        yield conn, [] if version else ["it is empty"]


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, sqlite3.Error) else "SQLite cannot read it"


def found(check: Callable[[], list[str]]) -> list[str]:
    """What a check finds; where it fails, that is what is wrong."""
    try:
        return check()
    except damage.MAKES_NO_SENSE as error:
        return [_told(error) if isinstance(error, sqlite3.Error) else f"it cannot be read ({type(error).__name__})"]
    except StoreError as error:
        return [error.message]


def is_current(conn: Connection) -> bool:
    """Whether the file has the schema of this program."""
    return schema.version_of(conn) == SCHEMA_VERSION


def strange(conn: Connection) -> list[Strange]:
    """What dex did not make, made otherwise, or misses; a missing index of words is told by `words`."""
    return [one for one in schema.strange(conn) if not (one.is_of_words and one.what == "missing")]


def sqlite_version() -> str:
    """The version of SQLite."""
    return sqlite3.sqlite_version


def pages(conn: Connection) -> list[str]:
    """Pages, tables and indexes that contradict each other."""
    rows = conn.execute(f"select cast(integrity_check as blob) from pragma_integrity_check({MOST})")
    return [told for row in rows if (told := row[0].decode(errors="replace")) != "ok"]


def references(conn: Connection) -> list[str]:
    """Rows that belong to rows that are not there."""
    broken = Counter((row[0], row[2]) for row in conn.execute("pragma foreign_key_check"))
    return [f"{number:,} in {table} without their {parent}" for (table, parent), number in broken.items()]


def values(path: Path) -> list[str]:
    """Values that dex cannot have written."""
    return damage.strange(path, without=tuple(index.table for index in texts.INDEXES))


def derived(conn: Connection, now: datetime) -> list[str]:
    """Where people stand, as it is stored and as it is worked out anew."""
    told = []
    on = standing.derived_on(conn)
    if on is not None and on > now.date():
        told.append(f"worked out for {on.isoformat()}, a day to come")
    elif wrong := standing.disagreeing(conn, now.date()):
        told.append(f"of {len(wrong):,} people it is not what follows from their history")
    return told


def verdicts(conn: Connection) -> list[str]:
    """What counts as contact, as it is stored and as the policy says."""
    wrong = judging.disagreeing(conn)
    return [f"{wrong:,} are not what the policy says"] if wrong else []


def words(conn: Connection) -> list[str]:
    """The index of words, as it is stored and as the rows say."""
    return texts.check(conn)


def rests(conn: Connection) -> list[str]:
    """Whether somebody was forgotten whose rests may still be in the file."""
    return ["somebody was forgotten, and rests of it may still be there"] if forgetting.is_unfinished(conn) else []


def kept_out(conn: Connection) -> list[str]:
    """Whether those who were forgotten are known again."""
    number = tombstones.without_salt(conn)
    return [f"{number:,} {'mark' if number == 1 else 'marks'} of whom you forgot cannot be read"] if number else []


def clock(conn: Connection, now: datetime) -> list[str]:
    """Moments that are to come, and were written down as past: whenever the clock was wrong, not only the last time."""
    moments = {
        "change o": "select id, at from operation order by id desc",
        "the latest sync of ": "select account, ran_at from account_state where ran_at is not null order by account",
    }
    told = []
    for what, sql in moments.items():
        ahead = [(one, at) for one, at in conn.execute(sql) if datetime.fromisoformat(at) > now + AHEAD]
        told += [f"{what}{one} is of {at[:16].replace('T', ' ')}, which is to come" for one, at in ahead[:FEW]]
        if len(ahead) > FEW:
            told.append(f"and {len(ahead) - FEW:,} more")
    return told


def accounts(conn: Connection) -> list[str]:
    """Names of accounts from which something was ever read."""
    rows = conn.execute(
        "select account from feed where account <> '' and source in ('imap', 'caldav', 'carddav', 'vdir')"
        " union select account from account_state"
    )
    return [row[0] for row in rows]


def contents(path: Path) -> list[str]:
    """What of a whole file's rows is not as dex leaves it, in words; of an older schema nothing is known.

    Not what follows from the day and the settings: that is worked out anew as days pass.
    """
    with closing(copies.reading(path)) as conn:
        if not is_current(conn):
            return []
        questions = (contradictions.found, contradictions.doubles, numbers.spent, kept_out, words)
        return [told for ask in questions for told in found(partial(ask, conn))]


class Space(Struct, frozen=True, kw_only=True):
    """Bytes of a file."""

    free: int
    total: int


def space(conn: Connection) -> Space:
    """How much of the file is free."""
    free, total, size = (
        conn.execute(f"pragma {name}").fetchone()[0] for name in ("freelist_count", "page_count", "page_size")
    )
    return Space(free=free * size, total=total * size)


def agreeing_copy(path: Path, zone: tzinfo | None) -> Path | None:
    """The newest copy of a database that is whole, and in which no two rows contradict each other."""
    return sound_copy(path, zone, lambda conn: not contradictions.found(conn))


def sound_copy(path: Path, zone: tzinfo | None, fits: Callable[[Connection], bool] = lambda _: True) -> Path | None:
    """The newest copy of a database that is whole, of those that fit."""
    for one in reversed(copies.known(path, zone)):
        try:
            with closing(copies.reading(one)) as conn:
                if conn.execute("pragma quick_check(1)").fetchone()[0] == "ok" and fits(conn):
                    return one
        except (sqlite3.Error, UnicodeDecodeError):
            continue
    return None
