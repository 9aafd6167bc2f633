"""What tests of imports write, and what they read afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dexcli.store.journal import LOGICAL
from support.program import Dex

DATABASE = ".local/share/dexcli/dex.db"
"""Below the home directory of a test."""


def card(name: str, *lines: str, uid: str | None = None) -> str:
    """A vCard 3.0 of that name with further lines."""
    said = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid or name}", f"FN:{name}", *lines, "END:VCARD"]
    return "".join(f"{line}\r\n" for line in said)


def address_book(size: int) -> str:
    """So many cards of people who have nothing in common."""
    return "".join(
        card(f"Ada {number}", f"EMAIL:ada{number}@example.org", f"ORG:Engine {number % 50}", uid=f"card-{number}")
        for number in range(size)
    )


def imported(dex: Dex, *arguments: str | Path, code: int = 0, **options: Any) -> Any:
    """The report of an import that ends with that code."""
    ran = dex("import", *arguments, "--json", **options)
    assert ran.code == code, ran.err
    return ran.json["data"]["report"]


def refused(dex: Dex, *arguments: str | Path, **options: Any) -> Any:
    """The error of an import that cannot be done, and that has changed nothing."""
    before = operations(dex)
    ran = dex("import", *arguments, "--json", **options)
    assert (ran.code, ran.out) == (2, "")
    assert operations(dex) == before
    return ran.error


def everybody(dex: Dex) -> list[Any]:
    """Everybody, by name."""
    people: list[Any] = dex("list", "state:all", "--json").json["data"]["items"]
    return sorted(people, key=lambda person: (person["name"], person["id"]))


def names(dex: Dex) -> list[str]:
    return [person["name"] for person in everybody(dex)]


def operations(dex: Dex) -> list[Any]:
    """What was done, latest first."""
    found: list[Any] = dex("history", "--json").json["data"]["operations"]
    return found


def logical_tables(database: Path) -> dict[str, list[Any]]:
    """Every row that undo speaks of, but for what is random in every run: the uid of a person."""
    conn = sqlite3.connect(database)
    conn.row_factory = sqlite3.Row
    try:
        uids = {row["uid"]: f"person {row['id']}" for row in conn.execute("select id, uid from person")}
        return {table: _rows(conn.execute(f"select * from {table}"), uids) for table in LOGICAL}
    finally:
        conn.close()


_NAMES = {
    "person": "handle",
    "identifier": "kind || ':' || value",
    "tag": "name",
    "interaction": "key",
    "feed": "source || ' ' || account || ' ' || folder || ' ' || epoch",
    "person_origin": "ref",
}
"""By what a row of each table is known, whatever its id."""


def said(database: Path) -> dict[str, list[Any]]:
    """Every row that undo speaks of, by what it refers to and not by ids: equal in whatever order and by whatever
    operations it was written.
    """
    conn = sqlite3.connect(database)
    try:
        uids = dict(conn.execute("select uid, handle from person"))
        found = {}
        for table in LOGICAL:
            names = {row[3]: row[2] for row in conn.execute(f"pragma foreign_key_list({table})")}
            columns = [
                f"(select {_NAMES[names[name]]} from {names[name]} where id = t.{name})" if name in names else name
                for _, name, *_ in conn.execute(f"pragma table_info({table})")
                if name not in ("id", "uid", "operation_id")
            ]
            told = conn.execute(f"select {', '.join(columns)} from {table} t")
            found[table] = sorted(([uids.get(value, value) for value in row] for row in told), key=repr)
        return found
    finally:
        conn.close()


def _rows(rows: Iterable[sqlite3.Row], uids: dict[str, str]) -> list[Any]:
    return sorted(([uids.get(value, value) for value in row] for row in rows), key=repr)


def integrity(database: Path) -> str:
    """`ok`, or what is wrong with a database file."""
    conn = sqlite3.connect(database)
    try:
        (found,) = conn.execute("pragma integrity_check").fetchone()
        orphans = conn.execute("pragma foreign_key_check").fetchall()
        return str(found) if not orphans else f"orphans: {orphans}"
    finally:
        conn.close()


def history(database: Path) -> dict[str, list[Any]]:
    """All that a user can see of what happened, whatever the order in which it was written, and how far syncs came.

    A run that is left unfinished is there as well.
    """
    queries = {
        "interactions": "select key, kind, direction, happened_at, happened_on, minutes, title, body, place, thread,"
        " status, named, automatic from interaction",
        "participants": "select i.key, f.kind, f.value, p.happened_on, p.role, p.counts, p.why from participant p"
        " join interaction i on i.id = p.interaction_id join identifier f on f.id = p.identifier_id",
        "identifiers": "select f.kind, f.value, f.shared, f.mine, f.name, f.ignored, f.later_on, p.handle"
        " from identifier f left join person p on p.id = f.person_id",
        "people": "select p.handle, p.name, p.state, s.last_contact_on, s.reply_owed_on, s.next_due_on, s.stale"
        " from person p left join standing s on s.person_id = p.id",
        "dropped": "select key, reason, address from bulk",
        "cursors": "select source, account, folder, cursor from feed where cursor is not null",
        "unfinished": "select summary from operation where state = 'running' union all"
        " select key from meta where key glob 'run:*'",
    }
    conn = sqlite3.connect(database)
    try:
        return {name: sorted(conn.execute(query).fetchall(), key=repr) for name, query in queries.items()}
    finally:
        conn.close()
