"""Rows of people: adding, changing, removing and reading them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from dexcli.domain.cadence import parse_cadence
from dexcli.domain.records import FIELDS
from dexcli.results.people import Candidate, ClaimInfo, Person, PersonBrief
from dexcli.store.connection import Connection, Row

if TYPE_CHECKING:  # `due` reads people and writes none: it goes without the journal, names and tags
    from dexcli.store.journal import Operation

_MANY = 500
"""Ids in one `in (...)`."""


BEST_FIRST = (
    "c.person_origin_id is null desc, c.seen_on desc,"
    " case when c.person_origin_id is null then c.id end, o.feed_id desc, o.ref, c.value, c.id"
)
"""Order of `claim c left join person_origin o`: typed before imported, then the newest; the first one wins.

What was typed stands as it was typed; of imports nothing depends on the order in which their records came.
"""


# -- writing -----------------------------------------------------------------------------------------


def add(op: Operation, name: str, *, handle: str | None = None, uid: str | None = None) -> int:
    """Add a person of that (clean) name with a unique handle; returns the id.

    `uid` is one that nobody has: that of a card, by which other address books know the person.
    """
    from dexcli.domain.names import fold, handle_for

    uid = uid or str(uuid.uuid4())
    person_id = op.insert(
        "person",
        uid=uid,
        handle=free_handle(op.conn, handle or handle_for(name)),
        name=name,
        name_folded=fold(name),
        created_at=op.stamp,
        updated_at=op.stamp,
    )
    op.insert("identifier", kind="uid", value=uid, person_id=person_id)
    op.touch(person_id)
    return person_id


def rename(op: Operation, person_id: int, name: str) -> bool:
    """Change a name; the handle stays, because scripts and habits depend on it."""
    from dexcli.domain.names import fold

    return op.update("person", person_id, name=name, name_folded=fold(name))


def change_handle(op: Operation, person_id: int, handle: str) -> bool:
    """Give a person another handle; False where somebody else has it."""
    row = op.conn.execute("select id from person where handle = ?", (handle,)).fetchone()
    if row is not None and row["id"] != person_id:
        return False
    op.update("person", person_id, handle=handle)
    return True


def free_handle(conn: Connection, wanted: str) -> str:
    """`ada-lovelace`, or `ada-lovelace-2` where that is taken.

    Numbers are given in order, so the first free one is found by halving: thousands may have one name.
    """
    from dexcli.domain.names import MAX_HANDLE

    def is_free(handle: str) -> bool:
        return conn.execute("select 1 from person where handle = ?", (handle,)).fetchone() is None

    if is_free(wanted):
        return wanted
    stem = wanted[: MAX_HANDLE - _NUMBER]
    taken, free = 1, 2
    while not is_free(f"{stem}-{free}"):
        taken, free = free, free * 2
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (taken, middle) if is_free(f"{stem}-{middle}") else (middle, free)
    return f"{stem}-{free}"


_NUMBER = 6
"""Characters kept free in a handle for a hyphen and a number."""


LASTING = frozenset({"email", "linkedin", "url", "uid"})
"""Kinds of identifiers whose tombstone keeps a removed person away; a phone may be somebody else's too."""


def remove(op: Operation, person_id: int) -> None:
    """Delete a person, leave a tombstone of what identifies them, and keep the addresses' history unclaimed."""
    from dexcli.store import claims

    conn = op.conn
    for row in conn.execute(
        "select f.ref, d.source from person_origin f join feed d on d.id = f.feed_id where f.person_id = ?",
        (person_id,),
    ).fetchall():
        bury(op, f"origin:{row['source']}:{row['ref']}")
    identifiers = conn.execute(
        "select id, kind, value, person_id from identifier where person_id = ?1"
        " or id in (select identifier_id from claim where person_id = ?1)",
        (person_id,),
    ).fetchall()
    for row in conn.execute("select id from commitment where person_id = ?", (person_id,)).fetchall():
        op.delete("commitment", row["id"])
    for table in ("claim", "person_tag", "occasion", "person_origin"):
        for row in conn.execute(f"select id from {table} where person_id = ?", (person_id,)).fetchall():
            op.delete(table, row["id"])
    for row in conn.execute("select id from question where person_id = ?1 or other_id = ?1", (person_id,)).fetchall():
        op.delete("question", row["id"])
    for row in identifiers:
        if row["kind"] in LASTING and row["person_id"] == person_id:
            bury(op, f"{row['kind']}:{row['value']}")
        if row["kind"] in ("uid", "alias") and not claims.is_said(conn, row["id"]):
            _remove_private_identifier(op, row["id"])
        else:
            claims.reown(op, row["id"], gone=person_id)
    op.delete("person", person_id)


def _remove_private_identifier(op: Operation, identifier_id: int) -> None:
    """Delete an identifier that means nothing without its person; entries with nobody else go with it."""
    conn = op.conn
    entries = [
        row[0]
        for row in conn.execute("select interaction_id from participant where identifier_id = ?", (identifier_id,))
    ]
    for entry in entries:
        others = conn.execute(
            "select f.person_id from participant p join identifier f on f.id = p.identifier_id"
            " where p.interaction_id = ? and p.identifier_id <> ?",
            (entry, identifier_id),
        ).fetchall()
        if not others:
            for commitment in conn.execute("select id from commitment where interaction_id = ?", (entry,)).fetchall():
                op.update("commitment", commitment["id"], interaction_id=None)
            op.delete_owned("participant", entry, entry)
            op.delete_owned("interaction_origin", entry, entry)
            op.delete("interaction", entry)
        else:
            op.delete_one_owned("participant", {"interaction_id": entry, "identifier_id": identifier_id})
    op.delete("identifier", identifier_id)


def bury(op: Operation, key: str) -> None:
    """Leave a tombstone, so that no importer brings this key back unasked."""
    if op.conn.execute("select 1 from tombstone where key = ?", (key,)).fetchone() is None:
        op.insert("tombstone", key=key, created_on=op.today.isoformat())


def exhume(op: Operation, keys: Iterable[str]) -> None:
    """Take tombstones away: the user has added the person again."""
    from dexcli.store.tombstones import hashed

    wanted = list(keys)
    if (forgotten := hashed(op.conn)) is not None:
        wanted += map(forgotten, list(wanted))
    for key in wanted:
        row = op.conn.execute("select id from tombstone where key = ?", (key,)).fetchone()
        if row is not None:
            op.delete("tombstone", row["id"])


def has_uid(conn: Connection, uid: str) -> bool:
    """Whether that uid is somebody's, or was before two people were merged."""
    return conn.execute("select 1 from person where uid = ?", (uid,)).fetchone() is not None


# -- reading -----------------------------------------------------------------------------------------


def anybody(conn: Connection) -> bool:
    """Whether there is anybody at all."""
    return conn.execute("select 1 from person limit 1").fetchone() is not None


def row_of(conn: Connection, person_id: int) -> Row | None:
    """The bare row of a person."""
    row: Row | None = conn.execute("select * from person where id = ?", (person_id,)).fetchone()
    return row


def handle_of(conn: Connection, person_id: int) -> str:
    """The handle of a person who is known to be there."""
    return str(conn.execute("select handle from person where id = ?", (person_id,)).fetchone()[0])


def names_of(conn: Connection, person_id: int) -> tuple[str, ...]:
    """Every name that was ever said of a person, theirs first."""
    rows = conn.execute(
        "select name from person where id = ?1 union all"
        " select value from claim where person_id = ?1 and field = 'name'",
        (person_id,),
    )
    return tuple(row[0] for row in rows)


def brief(conn: Connection, person_id: int) -> PersonBrief:
    """One person as other results refer to them."""
    return briefs(conn, [person_id])[person_id]


def briefs(conn: Connection, person_ids: Sequence[int]) -> dict[int, PersonBrief]:
    """People by id, as other results refer to them."""
    values = _values(conn, person_ids, ("email", "phone"))
    tagged = _tags(conn, person_ids)
    return {
        row["id"]: PersonBrief(
            id=row["id"],
            uid=row["uid"],
            handle=row["handle"],
            name=row["name"],
            emails=values.get((row["id"], "email"), []),
            phones=values.get((row["id"], "phone"), []),
            tags=tagged.get(row["id"], []),
            state=row["state"],
        )
        for row in _in(conn, "select id, uid, handle, name, state from person where id in ({})", person_ids)
    }


def changed_at(conn: Connection, person_ids: Sequence[int]) -> dict[int, datetime]:
    """When the row of each of these people was last changed."""
    rows = _in(conn, "select id, updated_at from person where id in ({})", person_ids)
    return {row["id"]: datetime.fromisoformat(row["updated_at"]) for row in rows}


def said_at(conn: Connection, person_ids: Sequence[int]) -> dict[int, datetime]:
    """When anything about each of these people was last changed: their row, or what is said of them."""
    latest = changed_at(conn, person_ids)
    for row in _in(
        conn,
        "select c.person_id, max(coalesce(h.operation_id, 0), c.operation_id) as last, o.at"
        " from claim c left join change h on h.tbl = 'claim' and h.lo = c.id and h.op = 'update'"
        " join operation o on o.id = max(coalesce(h.operation_id, 0), c.operation_id)"
        " where c.person_id in ({})",
        person_ids,
    ):
        latest[row["person_id"]] = max(latest[row["person_id"]], datetime.fromisoformat(row["at"]))
    return latest


def own_cadences(conn: Connection, person_ids: Sequence[int]) -> dict[int, str]:
    """The cadence of each of these people who have one of their own, as it was written."""
    rows = _in(conn, "select id, cadence from person where cadence is not null and id in ({})", person_ids)
    return {row["id"]: row["cadence"] for row in rows}


def full(conn: Connection, person_ids: Sequence[int]) -> list[Person]:
    """People with everything that is known about them, in the given order."""
    said: dict[int, list[ClaimInfo]] = {}
    custom: dict[int, dict[str, str]] = {}
    for row in _in(
        conn,
        "select c.*, d.source, f.shared from claim c left join person_origin o on o.id = c.person_origin_id"
        " left join feed d on d.id = o.feed_id left join identifier f on f.id = c.identifier_id"
        " where c.person_id in ({})"
        f" order by c.person_id, c.field, {BEST_FIRST}",
        person_ids,
    ):
        said.setdefault(row["person_id"], []).append(
            ClaimInfo(
                field=row["field"],
                value=row["value"],
                label=row["label"],
                source=row["source"],
                seen_on=date.fromisoformat(row["seen_on"]),
                current=row["current"] == 1,
                shared=bool(row["shared"]),
            )
        )
        if row["current"] == 1 and row["field"] not in FIELDS:
            custom.setdefault(row["person_id"], {}).setdefault(row["field"], row["value"])
    values = _values(conn, person_ids, ("email", "phone", "alias", "url", "address"))
    tagged = _tags(conn, person_ids)
    dates: dict[int, dict[str, str]] = {}
    for row in _in(conn, "select * from occasion where person_id in ({}) order by kind", person_ids):
        dates.setdefault(row["person_id"], {})[row["kind"]] = _yearly(row)
    rows = {
        row["id"]: row
        for row in _in(
            conn,
            "select p.*, s.cadence as rule, s.cadence_source, s.last_contact_on, s.next_due_on"
            " from person p left join standing s on s.person_id = p.id where p.id in ({})",
            person_ids,
        )
    }
    return [
        _person(rows[id_], values, tagged, said.get(id_, []), custom.get(id_, {}), dates.get(id_, {}))
        for id_ in person_ids
        if id_ in rows
    ]


def _person(
    row: Row,
    values: dict[tuple[int, str], list[str]],
    tagged: dict[int, list[str]],
    said: list[ClaimInfo],
    custom: dict[str, str],
    dates: dict[str, str],
) -> Person:
    from dexcli.store import tags

    id_ = row["id"]
    return Person(
        id=id_,
        uid=row["uid"],
        handle=row["handle"],
        name=row["name"],
        emails=values.get((id_, "email"), []),
        phones=values.get((id_, "phone"), []),
        tags=tagged.get(id_, []),
        state=row["state"],
        state_on=_date(row["state_on"]),
        aliases=values.get((id_, "alias"), []),
        urls=values.get((id_, "url"), []),
        company=row["company"],
        title=row["title"],
        location=row["location"],
        addresses=values.get((id_, "address"), []),
        met_where=row["met_where"],
        met_on=_date(row["met_on"]),
        birthday=dates.get("birthday"),
        dates={name: day for name, day in dates.items() if name != "birthday"},
        cadence=parse_cadence(row["rule"]).iso if row["rule"] else None,
        cadence_source=row["cadence_source"],
        importance=None if row["importance"] is None else tags.IMPORTANCE[row["importance"]],
        lead_days=row["lead"],
        snoozed_until=_date(row["snoozed_until"]),
        notes=row["notes"],
        fields=custom,
        last_contact_on=_date(row["last_contact_on"]),
        next_due_on=_date(row["next_due_on"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        claims=said,
    )


def candidates(conn: Connection, person_ids: Sequence[int]) -> list[Candidate]:
    """People to choose from, each with what tells them from the others."""
    rows = {row["id"]: row for row in _in(conn, "select * from person where id in ({})", person_ids)}
    emails = _values(conn, person_ids, ("email",))
    return [
        Candidate(
            id=id_,
            handle=rows[id_]["handle"],
            name=rows[id_]["name"],
            detail=rows[id_]["company"] or next(iter(emails.get((id_, "email"), [])), None) or rows[id_]["location"],
        )
        for id_ in person_ids
        if id_ in rows
    ]


def _values(conn: Connection, person_ids: Sequence[int], fields: Sequence[str]) -> dict[tuple[int, str], list[str]]:
    """Current values by person and field: typed first, then newest, each once."""
    names = ", ".join(f"'{field}'" for field in fields)
    found: dict[tuple[int, str], list[str]] = {}
    for row in _in(
        conn,
        "select c.person_id, c.field, c.value from claim c left join person_origin o on o.id = c.person_origin_id"
        f" where c.person_id in ({{}}) and c.current = 1 and c.field in ({names})"
        f" order by {BEST_FIRST}",
        person_ids,
    ):
        values = found.setdefault((row["person_id"], row["field"]), [])
        if row["value"] not in values:
            values.append(row["value"])
    return found


def _tags(conn: Connection, person_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in _in(
        conn,
        "select pt.person_id, t.name from person_tag pt join tag t on t.id = pt.tag_id"
        " where pt.person_id in ({}) order by t.name",
        person_ids,
    ):
        found.setdefault(row["person_id"], []).append(row["name"])
    return found


def _in(conn: Connection, sql: str, ids: Sequence[int]) -> Iterable[Any]:
    """Rows of a query with `in ({})` over any number of ids."""
    for start in range(0, len(ids), _MANY):
        part = ids[start : start + _MANY]
        yield from conn.execute(sql.format(", ".join("?" * len(part))), tuple(part))


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _yearly(row: Row) -> str:
    year = "-" if row["year"] is None else f"{row['year']:04}"
    return f"{year}-{row['month']:02}-{row['day']:02}"
