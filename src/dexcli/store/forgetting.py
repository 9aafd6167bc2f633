"""Erasing a person for good: rows, what the journal remembers of them, and the bytes that were theirs in the file.

One transaction takes away all that can be known to be theirs; only then the file is written anew, without its rests.
What is left is a keyed hash of what identified them, so that no import brings them back unasked:
docs/adr/0017-copies-and-erasure.md.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from dexcli.domain.identifiers import is_role_address
from dexcli.domain.names import fold
from dexcli.store import claims, copies, judging, standing, texts, tombstones
from dexcli.store.connection import Connection, transaction
from dexcli.store.history import FORGET
from dexcli.store.journal import Operation, start
from dexcli.store.people import LASTING
from dexcli.store.settings import policy

UNFINISHED = "erasing"
"""`meta` key: somebody was erased, and the rests in the file may not be gone yet."""
_OF_PEOPLE = ("claim", "person_tag", "occasion", "commitment", "person_origin", "question")
"""Tables whose rows are about a person, in an order in which they can be deleted."""
_SECONDS_BETWEEN_LOOKS = 0.05
_SHORTEST = 3
"""Characters from which a word is looked for in texts."""


class Subject(Struct, frozen=True, kw_only=True):
    """Who is to be erased, and by what one knows them; their rows are in temporary tables."""

    words: list[str]
    """Names, handles, addresses and numbers: what a text may say of them."""
    keys: list[str]
    """What a tombstone would keep away: addresses, profiles, records of sources, entries."""


class Erased(Struct, frozen=True, kw_only=True):
    """What has gone, and what cannot be known to be theirs."""

    interactions: int
    kept_interactions: int
    """With somebody else: they stay, without this person."""
    operations: int
    """Operations of the history that were cut to what concerns others."""
    mentions: list[str]
    """What is left that names them in its text: `i12`, `c3`, a handle, an address; `o7` as it was before that."""


# -- erasing ---------------------------------------------------------------------------------------------


@contextmanager
def for_good(conn: Connection, *, now: datetime, dry_run: bool) -> Iterator[Operation]:
    """One transaction of whose operation nothing is remembered but its summary; taken back on `dry_run`."""
    with transaction(conn):
        op = start(conn, now=now, command=FORGET, origin="hand")
        yield op
        conn.execute("update operation set summary = ? where id = ?", (op.summary, op.id))
        if dry_run:
            conn.execute("rollback")
            conn.execute("begin")


def erase(op: Operation, person_id: int) -> Erased:
    """Take away all that is known to be of a person, inside a transaction of the caller.

    Nothing of it is journalled: `op` is the bare fact.
    """
    conn = op.conn
    conn.execute("pragma secure_delete = on")
    conn.execute("pragma defer_foreign_keys = on")
    subject = _subject(conn, person_id)
    kept = _ids(conn, "select id from temp.left_interaction")
    others = _ids(
        conn,
        "select distinct f.person_id from participant p join identifier f on f.id = p.identifier_id"
        " where p.interaction_id in (select id from temp.left_interaction) and f.person_id is not null"
        " and f.person_id not in (select id from temp.gone_person)",
    )
    operations = _cut_journal(conn, subject)
    feeds = _feeds(conn)
    gone = conn.execute("select count(*) from temp.gone_interaction g join interaction i using(id)").fetchone()[0]
    others += _delete_rows(conn)
    _delete_feeds(conn, feeds)
    _delete_bulk(conn, subject)
    judging.judge_again(conn, policy(conn), kept)
    tombstones.bury(conn, subject.keys, op.id, op.today.isoformat())
    conn.execute("insert or replace into meta(key, value) values(?, '1')", (UNFINISHED,))
    standing.refresh(conn, others, today=op.today)
    texts.rebuild(conn)  # an index that is told to forget a word keeps it until its segments are merged
    mentions = _mentions(conn, subject)
    for table in _TEMPORARY:
        conn.execute(f"drop table temp.{table}")
    return Erased(interactions=gone, kept_interactions=len(kept), operations=operations, mentions=mentions)


_TEMPORARY = (
    "gone_person", "gone_identifier", "gone_interaction", "left_interaction", "gone_row", "gone_change", "gone_key",
)  # fmt: skip


def _ids(conn: Connection, sql: str, values: Sequence[object] = ()) -> list[int]:
    return [row[0] for row in conn.execute(sql, values)]


def _subject(conn: Connection, person_id: int) -> Subject:
    """Find what is theirs: it stands in temporary tables, which are in memory."""
    conn.execute("pragma temp_store = memory")
    for table in _TEMPORARY:
        conn.execute(f"drop table if exists temp.{table}")
    for table in _TEMPORARY[:4]:
        conn.execute(f"create temp table {table}(id integer primary key)")
    conn.execute(
        "insert into temp.gone_person with recursive one(id) as (values(?1) union"
        " select p.id from person p join one on p.merged_into = one.id) select id from one",
        (person_id,),
    )
    # Theirs: what stands for them or is said of them, unless it is mine or was said of anybody else.
    conn.execute(
        "insert into temp.gone_identifier select f.id from identifier f where f.mine = 0"
        " and (f.person_id in (select id from temp.gone_person) or (f.person_id is null and f.id in"
        "  (select c.identifier_id from claim c where c.person_id in (select id from temp.gone_person))))"
        " and not exists(select 1 from claim c where c.identifier_id = f.id"
        "  and c.person_id not in (select id from temp.gone_person))"
    )
    # What was theirs and is no longer there: the journal has it.
    conn.execute(
        "insert or ignore into temp.gone_identifier select lo from change where tbl = 'identifier' and op = 'delete'"
        " and json_extract(image, '$.person_id') in (select id from temp.gone_person)"
        " and lo not in (select id from identifier)"
    )
    # And the same addresses under which something was read that was taken back before anybody claimed them.
    conn.execute(
        "insert or ignore into temp.gone_identifier select c.lo from change c join identifier f"
        " on f.kind = json_extract(c.image, '$.kind') and f.value = json_extract(c.image, '$.value')"
        " where c.tbl = 'identifier' and c.op = 'delete' and c.lo not in (select id from identifier)"
        " and f.id in (select id from temp.gone_identifier)"
    )
    conn.execute(
        "insert into temp.left_interaction select distinct p.interaction_id from participant p"
        " where p.identifier_id in (select id from temp.gone_identifier)"
    )
    conn.execute(
        "insert into temp.gone_interaction select g.id from temp.left_interaction g where not exists("
        "select 1 from participant p join identifier f on f.id = p.identifier_id where p.interaction_id = g.id"
        " and f.mine = 0 and f.id not in (select id from temp.gone_identifier))"
    )
    conn.execute("delete from temp.left_interaction where id in (select id from temp.gone_interaction)")
    people = conn.execute(
        "select uid, handle, name from person where id in (select id from temp.gone_person) order by id <> ?",
        (person_id,),
    ).fetchall()
    said = conn.execute(
        "select value from claim where person_id in (select id from temp.gone_person)"
        " and field in ('name', 'alias', 'email', 'phone', 'url')"
        " union select value from identifier where id in (select id from temp.gone_identifier)"
    )
    subject = Subject(
        words=sorted({text for row in people for text in (row[1], row[2])} | {row[0] for row in said}),
        keys=_keys(conn),
    )
    _find_in_journal(conn, subject)
    return subject


def _keys(conn: Connection) -> list[str]:
    """What tombstones say of what is theirs."""
    kinds = ", ".join(f"'{kind}'" for kind in sorted(LASTING))
    rows = conn.execute(
        f"select kind || ':' || value from identifier where kind in ({kinds})"
        " and id in (select id from temp.gone_identifier)"
        " union select 'origin:' || d.source || ':' || o.ref from person_origin o join feed d on d.id = o.feed_id"
        "  where o.person_id in (select id from temp.gone_person)"
        " union select 'interaction:' || key from interaction where id in (select id from temp.gone_interaction)"
        "  and key not glob 'hand:*'"
    )
    return [row[0] for row in rows]


def _find_in_journal(conn: Connection, subject: Subject) -> None:
    """Mark every row that is or was theirs or named them, and every change that says something of it."""
    conn.execute("create temp table gone_key(key text primary key)")
    conn.executemany("insert or ignore into temp.gone_key values(?)", ((key,) for key in subject.keys))
    # Entries that were removed before, with nobody else in them.
    conn.execute(
        "insert or ignore into temp.gone_interaction select c.lo from change c where c.tbl = 'participant'"
        " and c.op = 'delete' and c.lo not in (select id from interaction)"
        " and json_extract(c.image, '$.identifier_id') in (select id from temp.gone_identifier)"
        " and not exists(select 1 from change d"
        "  left join identifier f on f.id = json_extract(d.image, '$.identifier_id')"
        "  where d.tbl = 'participant' and d.lo = c.lo and d.image is not null and coalesce(f.mine, 0) = 0"
        "  and json_extract(d.image, '$.identifier_id') not in (select id from temp.gone_identifier))"
    )
    conn.execute("create temp table gone_row(tbl text, id integer, primary key(tbl, id))")
    _find_former_texts(conn, _finder(subject.words))
    conn.execute("create temp table gone_change(id integer primary key)")
    for table in _OF_PEOPLE:
        columns = ("person_id", "other_id") if table == "question" else ("person_id",)
        for column in columns:
            conn.execute(
                f"insert or ignore into temp.gone_row select '{table}', id from {table}"
                f" where {column} in (select id from temp.gone_person)"
                f" union select '{table}', lo from change where tbl = '{table}' and op = 'delete'"
                f"  and json_extract(image, '$.{column}') in (select id from temp.gone_person)"
            )
    for table, ids in (("person", "gone_person"), ("identifier", "gone_identifier")):
        conn.execute(f"insert or ignore into temp.gone_row select '{table}', id from temp.{ids}")
    for table in ("interaction", "participant", "interaction_origin"):
        conn.execute(f"insert or ignore into temp.gone_row select '{table}', id from temp.gone_interaction")
    conn.execute(
        "insert or ignore into temp.gone_row select 'tombstone', id from tombstone"
        "  where key in (select key from temp.gone_key)"
        " union select 'tombstone', lo from change where tbl = 'tombstone' and op = 'delete'"
        "  and json_extract(image, '$.key') in (select key from temp.gone_key)"
        # Titles of meetings that do not mean them.
        " union select 'tombstone', t.id from tombstone t join person p on t.key glob 'title:' || p.uid || ':*'"
        "  where p.id in (select id from temp.gone_person)"
    )
    for condition in (
        "lo = hi and exists(select 1 from temp.gone_row g where g.tbl = change.tbl and g.id = change.lo)",
        (
            "tbl in ('claim', 'identifier', 'person_origin', 'person_tag', 'occasion', 'commitment', 'question')"
            " and image is not null and json_extract(image, '$.person_id') in (select id from temp.gone_person)"
        ),
        (
            "tbl = 'question' and image is not null"
            " and json_extract(image, '$.other_id') in (select id from temp.gone_person)"
        ),
        (
            "tbl = 'participant' and image is not null"
            " and json_extract(image, '$.identifier_id') in (select id from temp.gone_identifier)"
        ),
    ):
        conn.execute(f"insert or ignore into temp.gone_change select id from change where {condition}")


_FORMER = {
    "interaction": ("title", "body", "place"),
    "commitment": ("text",),
    "claim": ("value", "label"),
    "occasion": ("kind",),
}
"""Tables with texts of which the history may have the last copy, and the columns of those."""
_OF_FREE_TEXT = (
    "json_extract(image, '$.identifier_id') is null and json_extract(image, '$.field') not in ('name', 'alias')"
)


def _find_former_texts(conn: Connection, named: Callable[[str | None], bool]) -> None:
    """Mark entries, promises and what was said of others that name them and are there no longer.

    Nobody can look into what the history alone still has, so it is not told: it goes. A name, address or number of
    somebody else is theirs, and is told.
    """
    for table, columns in _FORMER.items():
        free = f" and {_OF_FREE_TEXT}" if table == "claim" else ""
        rows = conn.execute(
            f"select lo, image from change where tbl = '{table}' and op <> 'insert' and image is not null"
            f" and lo not in (select id from {table}){free}"
        )
        for id_ in {id_ for id_, image in rows if named(_said(image, columns))}:
            conn.execute("insert or ignore into temp.gone_row values(?, ?)", (table, id_))
            if table == "interaction":
                conn.execute("insert or ignore into temp.gone_interaction values(?)", (id_,))


def _said(image: str, columns: Iterable[str]) -> str:
    """The text of these columns of a row as it was."""
    row = msgspec.json.decode(image)
    return " ".join(text for column in columns if isinstance(text := row.get(column), str))


_SUMMED_UP = ("company", "title", "location", "met_where", "notes")
"""Columns of a person that an undo derives anew from what is said of them."""


def _cut_people(conn: Connection, named: Callable[[str | None], bool]) -> set[int]:
    """Take what names them out of former states of other people; returns the operations that have lost it."""
    touched = set()
    for id_, operation, op, image in conn.execute(
        "select id, operation_id, op, image from change where tbl = 'person' and image is not null"
    ).fetchall():
        row = msgspec.json.decode(image)
        theirs = [column for column in _SUMMED_UP if named(row.get(column))]
        if not theirs:
            continue
        touched.add(operation)
        left = {name: value for name, value in row.items() if name not in theirs}
        if op == "delete":
            left.update(dict.fromkeys(theirs))
        if left.keys() <= {"updated_at"}:
            conn.execute("delete from change where id = ?", (id_,))
        else:
            conn.execute("update change set image = ? where id = ?", (msgspec.json.encode(left).decode(), id_))
    return touched


def _cut_journal(conn: Connection, subject: Subject) -> int:
    """Cut the history to what concerns others; returns how many operations have lost something."""
    touched = set(_ids(conn, "select distinct operation_id from change where id in (select id from temp.gone_change)"))
    conn.execute("delete from change where id in (select id from temp.gone_change)")
    for table in ("person", "identifier", "interaction", *_OF_PEOPLE):  # ranges of rows of which none is left
        empty = _ids(
            conn,
            f"select c.id from change c where c.tbl = '{table}' and c.op = 'insert' and c.image is null"
            f" and exists(select 1 from temp.gone_row g where g.tbl = '{table}' and g.id between c.lo and c.hi)"
            f" and not exists(select 1 from {table} t where t.id between c.lo and c.hi"
            f"  and not exists(select 1 from temp.gone_row g where g.tbl = '{table}' and g.id = t.id))"
            f" and not exists(select 1 from change d where d.tbl = '{table}' and d.op = 'delete'"
            "  and d.lo between c.lo and c.hi)",
        )
        for id_ in empty:
            touched.update(_ids(conn, "select operation_id from change where id = ?", (id_,)))
            conn.execute("delete from change where id = ?", (id_,))
    for table, column, gone in (
        ("claim", "identifier_id", "gone_identifier"),
        ("commitment", "interaction_id", "gone_interaction"),
    ):
        conn.execute(
            f"update change set image = json_set(image, '$.{column}', null) where tbl = '{table}'"
            f" and image is not null and json_extract(image, '$.{column}') in (select id from temp.{gone})"
        )
    named = _finder(subject.words)
    touched |= _cut_people(conn, named)
    for id_, origin, summary in conn.execute("select id, origin, summary from operation").fetchall():
        is_empty = conn.execute("select 1 from change where operation_id = ?", (id_,)).fetchone() is None
        theirs = id_ in touched and (is_empty or origin in ("hand", "mcp"))
        if theirs or named(summary):
            conn.execute("update operation set summary = command || ', about somebody forgotten' where id = ?", (id_,))
            touched.add(id_)
    return len(touched)


def _delete_rows(conn: Connection) -> list[int]:
    """Delete what is theirs; returns the people who now have alone what they shared."""
    shared = _ids(
        conn,
        "select distinct c.identifier_id from claim c where c.person_id in (select id from temp.gone_person)"
        " and c.identifier_id is not null and c.identifier_id not in (select id from temp.gone_identifier)",
    )
    conn.execute("delete from participant where identifier_id in (select id from temp.gone_identifier)")
    for table in ("participant", "interaction_origin"):
        conn.execute(f"delete from {table} where interaction_id in (select id from temp.gone_interaction)")
    conn.execute(
        "update commitment set interaction_id = null where interaction_id in (select id from temp.gone_interaction)"
    )
    for table in (*_OF_PEOPLE, "interaction", "identifier", "tombstone"):
        conn.execute(f"delete from {table} where id in (select id from temp.gone_row where tbl = '{table}')")
    heirs = []
    for id_ in shared:
        heirs += _settle(conn, id_)
    conn.execute("update identifier set person_id = null where person_id in (select id from temp.gone_person)")
    conn.execute("delete from standing where person_id in (select id from temp.gone_person)")
    conn.execute("delete from shown where person_id in (select id from temp.gone_person)")
    conn.execute("delete from person where id in (select id from temp.gone_person)")
    return heirs


def _settle(conn: Connection, identifier_id: int) -> list[int]:
    """Let a value that was theirs as well stand for whoever is left; returns those."""
    kind, value, mine = conn.execute(
        "select kind, value, mine from identifier where id = ?", (identifier_id,)
    ).fetchone()
    owners = claims.claimants(conn, identifier_id)
    alone = len(owners) == 1 and not mine and not (kind == "email" and is_role_address(value))
    conn.execute(
        "update identifier set person_id = ?, shared = ?, name = null where id = ?",
        (owners[0] if alone else None, int(len(owners) > 1 and not mine), identifier_id),
    )
    return owners


def _feeds(conn: Connection) -> list[int]:
    """Where what is theirs was seen: the name of a file may be theirs as well."""
    return _ids(
        conn,
        "select feed_id from person_origin where person_id in (select id from temp.gone_person)"
        " union select feed_id from interaction_origin where interaction_id in (select id from temp.gone_interaction)",
    )


def _delete_feeds(conn: Connection, feeds: Sequence[int]) -> None:
    conn.executemany(
        "delete from feed where id = ?1 and cursor is null"
        " and not exists(select 1 from person_origin where feed_id = ?1)"
        " and not exists(select 1 from interaction_origin where feed_id = ?1)"
        " and not exists(select 1 from change where tbl in ('person_origin', 'interaction_origin')"
        "  and image is not null and json_extract(image, '$.feed_id') = ?1)",
        ((id_,) for id_ in feeds),
    )


def _delete_bulk(conn: Connection, subject: Subject) -> None:
    conn.execute(
        "delete from bulk where exists(select 1 from json_each(?) one"
        " where instr(', ' || bulk.address || ', ', ', ' || one.value || ', ') > 0)",
        (msgspec.json.encode([word for word in subject.words if "@" in word]).decode(),),
    )


def _finder(words: Iterable[str]) -> Callable[[str | None], bool]:
    """Whether a text says one of these words, whatever its case and accents."""
    wanted = sorted({form for word in words if len(form := fold(word)) >= _SHORTEST}, key=len, reverse=True)
    if not wanted:
        return lambda _: False
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, wanted))})s?(?!\w)")
    return lambda text: bool(text) and pattern.search(fold(text or "")) is not None


_TEXTS = (
    "select 'i' || id, coalesce(title, '') || ' ' || coalesce(body, '') || ' ' || coalesce(place, '') from interaction",
    "select 'c' || id, text from commitment",
    "select p.handle, c.value || ' ' || coalesce(c.label, '') from claim c join person p on p.id = c.person_id",
    "select handle, name || ' ' || coalesce(notes, '') || ' ' || coalesce(met_where, '') from person",
    "select value, name || ' ' || value from identifier where name is not null and person_id is null and mine = 0",
    "select name, name from tag",
)
"""What may speak of anybody, and how one finds it."""
_IN_IMAGES = (
    "title", "body", "place", "text", "value", "label", "name", "handle", "company", "location", "met_where", "notes",
)  # fmt: skip
"""Columns of what the history remembers that may speak of anybody."""


def _mentions(conn: Connection, subject: Subject) -> list[str]:
    """What is left that names them: nobody can know whether it means them."""
    named = _finder(subject.words)
    found: dict[str, None] = {}
    for sql in _TEXTS:
        found.update((str(ref), None) for ref, text in conn.execute(sql) if named(text))
    images = conn.execute("select operation_id, image from change where image is not null order by operation_id")
    found.update((f"o{operation}", None) for operation, image in images if named(_said(image, _IN_IMAGES)))
    return list(found)


# -- the bytes -------------------------------------------------------------------------------------------


def is_unfinished(conn: Connection) -> bool:
    """Whether somebody was erased whose rests may still be in the file."""
    return conn.execute("select 1 from meta where key = ?", (UNFINISHED,)).fetchone() is not None


def scrub(conn: Connection, *, wait: float) -> bool:
    """Write the file anew, without rests of what was deleted, and empty its log; False where others keep that open.

    What has begun can be done again: the database says until the end that it is unfinished.
    """
    conn.execute("pragma secure_delete = on")
    conn.execute("vacuum")
    if not _empty_log(conn, wait):
        return False
    conn.execute("delete from meta where key = ?", (UNFINISHED,))
    return _empty_log(conn, wait)


def _empty_log(conn: Connection, wait: float) -> bool:
    deadline = time.monotonic() + wait
    while True:
        busy = conn.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        if not busy:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def holding(path: Path, uids: Sequence[str], words: Sequence[str]) -> list[Path]:
    """The copies of the database, in the places where dex puts them, that still know a person, or may."""
    return [*(one for one in copies.known(path) if _holds(one, uids, words)), *copies.unreadable(path)]


def _holds(path: Path, uids: Sequence[str], words: Sequence[str]) -> bool:
    addresses = msgspec.json.encode([word for word in words if "@" in word or word.startswith("+")]).decode()
    try:
        with closing(copies.reading(path)) as conn:
            if any(conn.execute("select 1 from person where uid = ?", (uid,)).fetchone() for uid in uids):
                return True
            known = conn.execute(
                "select 1 from identifier where value in (select value from json_each(?))", (addresses,)
            )
            if known.fetchone() is not None:
                return True
            return any(
                conn.execute("select 1 from change where instr(image, ?) > 0 limit 1", (uid,)).fetchone()
                for uid in uids
            )
    except sqlite3.Error:
        return True  # what cannot be read may well hold them


def traces(conn: Connection, person_id: int) -> tuple[list[str], list[str]]:
    """By what copies know a person: unchangeable ids, and addresses and numbers."""
    uids = [row[0] for row in conn.execute("select uid from person where id = ?1 or merged_into = ?1", (person_id,))]
    values = conn.execute(
        "select f.value from identifier f where f.mine = 0 and f.shared = 0 and f.person_id = ?"
        " and f.kind in ('email', 'phone')",
        (person_id,),
    )
    return uids, [row[0] for row in values]
