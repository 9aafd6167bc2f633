"""What is said about people, and which of several statements wins.

Typed beats imported, newer beats older; losers stay. The person's own columns and the occasions are the winners.
An e-mail, phone or profile that is said of two people becomes *shared* and identifies nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct

from dexcli.domain.identifiers import Identifier, is_role_address, of_claim
from dexcli.errors import NotFoundError
from dexcli.store.connection import Connection, Row
from dexcli.store.journal import Operation
from dexcli.store.people import BEST_FIRST

COLUMNS = {
    "company": "company",
    "title": "title",
    "location": "location",
    "met_where": "met_where",
    "met_on": "met_on",
    "note": "notes",
}
"""Claim fields with one winner, which is a column of `person`."""

OCCASIONS = ("birthday", "anniversary", "date")
"""Claim fields that are yearly dates; `date` carries its kind in the label."""

Said = tuple[str, str, str | None]
"""Field, value and, of a `date`, its label: what tells one statement about a person from another."""

TAKEN_OFF = -1
"""`claim.current` of a value that the user took off: an import that repeats it does not bring it back."""


class KnownIdentifier(Struct, frozen=True, kw_only=True):
    """A row of `identifier`."""

    id: int
    kind: str
    value: str
    person_id: int | None
    shared: bool
    mine: bool


def find_identifier(conn: Connection, identifier: Identifier) -> KnownIdentifier | None:
    """The row of a normalised value, if it was ever seen."""
    row = conn.execute(
        "select id, kind, value, person_id, shared, mine from identifier where kind = ? and value = ?",
        (identifier.kind, identifier.value),
    ).fetchone()
    if row is None:
        return None
    return KnownIdentifier(
        id=row["id"],
        kind=row["kind"],
        value=row["value"],
        person_id=row["person_id"],
        shared=bool(row["shared"]),
        mine=bool(row["mine"]),
    )


def claimants(conn: Connection, identifier_id: int) -> list[int]:
    """Everybody of whom a value is said, for one that is shared."""
    rows = conn.execute(
        "select distinct person_id from claim where identifier_id = ? and current = 1 order by person_id",
        (identifier_id,),
    )
    return [row[0] for row in rows]


def is_said(conn: Connection, identifier_id: int) -> bool:
    """Whether a value was ever said of anybody who is still there."""
    return conn.execute("select 1 from claim where identifier_id = ? limit 1", (identifier_id,)).fetchone() is not None


def give_identifier(op: Operation, person_id: int, identifier: Identifier, *, absent: bool = False) -> tuple[int, bool]:
    """The id of a value that is about to be said of a person, and whether it is new: a new one is theirs, `reown`
    decides about the rest. `absent`: it is known not to be there.
    """
    known = None if absent else find_identifier(op.conn, identifier)
    if known is not None:
        return known.id, False
    owner = None if _never_links(identifier) else person_id
    return op.insert("identifier", kind=identifier.kind, value=identifier.value, person_id=owner), True


def own_identifier(op: Operation, person_id: int) -> int:
    """The identifier that stands for a person in entries written by hand: their uid."""
    row = op.conn.execute("select uid from person where id = ?", (person_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"there is no person {person_id}")
    return give_identifier(op, person_id, Identifier("uid", row["uid"]))[0]


def reown(op: Operation, identifier_id: int, *, gone: int | None = None) -> None:
    """Let a value identify the one of whom it is said, and nobody where it is said of several.

    Where it is said of nobody any more, the last one keeps it, and with it the history, unless they are `gone`.
    """
    row = op.conn.execute("select * from identifier where id = ?", (identifier_id,)).fetchone()
    if row["mine"]:
        if op.update("identifier", identifier_id, person_id=None, shared=0):
            op.touch(row["person_id"])
        return
    if _never_links(Identifier(row["kind"], row["value"])):
        return
    owners = claimants(op.conn, identifier_id) or [one for one in (row["person_id"],) if one != gone]
    owner = owners[0] if len(owners) == 1 else None
    if op.update("identifier", identifier_id, person_id=owner, shared=int(len(owners) > 1)):
        op.touch(row["person_id"], owner)


def _gained(op: Operation, identifier_id: int, person_id: int) -> None:
    """The same as `reown` for a value that was just said of one more, without a look at all who say it.

    What is said of several already stays so, and what identifies the person goes on doing so.
    """
    shared, mine, owner = op.conn.execute(
        "select shared, mine, person_id from identifier where id = ?", (identifier_id,)
    ).fetchone()
    if mine or not (shared or owner == person_id):
        reown(op, identifier_id)


def reown_all(op: Operation) -> None:
    """Decide anew about every value of which the operation has changed what is said, or whether it is mine: others may
    say it since.
    """
    for row in op.conn.execute(
        "select id from identifier where id in (select c.identifier_id from change h join claim c on c.id = h.lo"
        "  where h.operation_id = ?1 and h.tbl = 'claim'"
        " union select json_extract(image, '$.identifier_id') from change where operation_id = ?1 and tbl = 'claim'"
        " union select lo from change where operation_id = ?1 and tbl = 'identifier'"
        "  and json_extract(image, '$.mine') is not null)",
        (op.id,),
    ).fetchall():
        reown(op, row["id"])


def _never_links(identifier: Identifier) -> bool:
    return identifier.kind == "email" and is_role_address(identifier.value)


def add_claim(op: Operation, person_id: int, field: str, value: str, *, region: str | None = None) -> bool:
    """Type something about a person; False where it was typed before. `settle` decides about winners afterwards."""
    return bool(state(op, person_id, [(field, value, None)], region=region).news)


class Stated(Struct, frozen=True, kw_only=True):
    """What a statement changes, as (field, value)."""

    news: list[tuple[str, str]]
    """Said for the first time, or again."""
    ended: list[tuple[str, str]]
    """No longer said."""


def state(
    op: Operation,
    person_id: int,
    said: Iterable[tuple[str, str, str | None]],
    *,
    region: str | None = None,
    person_origin_id: int | None = None,
    ends: bool = False,
    covers: Collection[str] | None = None,
    nothing_said: bool = False,
    absent: Collection[Identifier] = (),
    off: Collection[Said] | None = None,
) -> Stated:
    """Write what an origin (None: the user) says of a person, as (field, value, label).

    `region` explains phone numbers without calling code; `ends`: what the origin said before and does not repeat is
    over, among the fields that it `covers` (None: all). What the user took off stays off, whatever an import says.
    `nothing_said` of a person who was added just now; `absent` identifiers are known not to be there; `off` is what
    `taken_off` has found, where that was asked before. `settle` decides about winners afterwards.
    """
    before = {} if nothing_said else _said_before(op.conn, person_id, person_origin_id)
    if off is None:
        off = () if nothing_said else taken_off(op.conn, person_id)
    created: set[Identifier] = set()
    repeated = set()
    gained: set[int] = set()
    lost: set[int] = set()
    rows: list[tuple[object, ...]] = []
    news, ended = [], []
    for field, text, label in said:
        identifier = of_claim(field, text, region)
        value = identifier.value if identifier is not None and field in ("email", "phone") else text
        key = _said(field, value, label)
        if key in repeated:
            continue
        repeated.add(key)
        if key not in before:
            identifier_id, is_new = None, False
            if identifier is not None:
                looked_for = identifier in absent and identifier not in created
                identifier_id, is_new = give_identifier(op, person_id, identifier, absent=looked_for)
                created.add(identifier)
            if identifier_id is not None and not is_new:
                gained.add(identifier_id)
            current = TAKEN_OFF if person_origin_id is not None and key in off else 1
            rows.append(
                (person_id, field, value, label, identifier_id, person_origin_id, op.today.isoformat(), current)
            )
        else:
            claim_id, was, identifier_id = before[key]
            current = 1 if was == 0 or person_origin_id is None else was
            if current == was:
                continue
            op.update("claim", claim_id, current=current, seen_on=op.today.isoformat())
            if identifier_id is not None:
                gained.add(identifier_id)
        if current == 1:
            news.append((field, text))
    op.insert_many("claim", _COLUMNS, rows)
    for key, (claim_id, was, identifier_id) in before.items() if ends else ():
        if key not in repeated and was == 1 and (covers is None or key[0] in covers):
            op.update("claim", claim_id, current=0)
            if identifier_id is not None:
                lost.add(identifier_id)
            ended.append(key[:2])
    for identifier_id in sorted(gained | lost):
        if identifier_id in lost:
            reown(op, identifier_id)
        else:
            _gained(op, identifier_id, person_id)
    return Stated(news=news, ended=ended)


_COLUMNS = ("person_id", "field", "value", "label", "identifier_id", "person_origin_id", "seen_on", "current")


def _said_before(
    conn: Connection, person_id: int, person_origin_id: int | None
) -> dict[Said, tuple[int, int, int | None]]:
    """Id, `current` and identifier of what one origin says of a person."""
    # By its origin: thousands of records may speak of one person. The sign keeps SQLite from the other index.
    where, values = "person_id = ? and person_origin_id is null", [person_id]
    if person_origin_id is not None:
        where, values = "+person_id = ? and person_origin_id = ?", [person_id, person_origin_id]
    return {
        _said(field, value, label): (id_, current, identifier_id)
        for id_, field, value, label, current, identifier_id in conn.execute(
            f"select id, field, value, label, current, identifier_id from claim where {where} order by id", values
        )
    }


def _said(field: str, value: str, label: str | None) -> Said:
    return field, value, label if field == "date" else None


def values_of(conn: Connection, person_id: int) -> set[tuple[str, str]]:
    """All that is said of a person, as (field, value), whoever says it."""
    rows = conn.execute("select field, value from claim where person_id = ? and current = 1", (person_id,))
    return {(row[0], row[1]) for row in rows}


def taken_off(conn: Connection, person_id: int) -> set[Said]:
    """What the user took off a person, whoever said it."""
    rows = conn.execute(
        "select field, value, label from claim where person_id = ? and current = ?", (person_id, TAKEN_OFF)
    )
    return {_said(*row) for row in rows}


def replace_typed(op: Operation, person_id: int, field: str, value: str | None) -> bool:
    """Type the one value of a field, in place of what was typed before; None takes every value off."""
    changed = False
    rows = op.conn.execute(
        "select id, value, person_origin_id from claim where person_id = ? and field = ? and current = 1",
        (person_id, field),
    ).fetchall()
    for row in rows:
        typed = row["person_origin_id"] is None
        if (value is None or typed) and not (typed and row["value"] == value):
            changed |= op.update("claim", row["id"], current=TAKEN_OFF)
    if value is not None:
        changed |= add_claim(op, person_id, field, value)
    return changed


def replace_typed_date(op: Operation, person_id: int, name: str, value: str | None) -> bool:
    """The same for the yearly date of a name, in lower case: `wedding`."""
    changed = False
    for row in op.conn.execute(
        "select id, value, label, person_origin_id from claim where person_id = ? and field = 'date' and current = 1",
        (person_id,),
    ).fetchall():
        typed = row["person_origin_id"] is None
        if date_name(row["label"]).lower() == name and (value is None or typed):
            changed |= not (typed and row["value"] == value) and op.update("claim", row["id"], current=TAKEN_OFF)
    if value is not None:
        changed |= bool(state(op, person_id, [("date", value, name)]).news)
    return changed


def date_name(label: str | None) -> str:
    """What a yearly date is called that is neither birthday nor anniversary."""
    return label or "date"


def take_off(op: Operation, person_id: int, field: str, value: str, region: str | None = None) -> bool:
    """End a claim by hand; the identifier stays, and with it the history."""
    identifier = of_claim(field, value, region)
    changed = False
    for row in op.conn.execute(
        "select c.id, c.value, c.identifier_id, f.kind, f.value as normal"
        " from claim c left join identifier f on f.id = c.identifier_id"
        " where c.person_id = ? and c.field = ? and c.current = 1",
        (person_id, field),
    ).fetchall():
        same = identifier is not None and (row["kind"], row["normal"]) == (identifier.kind, identifier.value)
        if same or row["value"].casefold() == value.casefold():
            changed |= op.update("claim", row["id"], current=TAKEN_OFF)
            if row["identifier_id"] is not None:
                reown(op, row["identifier_id"])
    return changed


def settle(op: Operation, person_id: int, fields: set[str]) -> None:
    """Write the winners of the given fields to the person's columns and occasions."""
    settled = fields & COLUMNS.keys()
    if settled:
        winners = _winners(op.conn, person_id, settled)
        values = {field: winners[field]["value"] if field in winners else None for field in settled}
        op.update("person", person_id, **{COLUMNS[field]: value for field, value in values.items()})
    if fields & set(OCCASIONS):
        _settle_occasions(op, person_id)


def settle_new(op: Operation, person_id: int, said: Iterable[tuple[str, str, str | None]]) -> None:
    """The same for a person whom the operation has just added, of whom this is all that was said.

    Of several values the smallest wins, as `BEST_FIRST` has it for those of one origin.
    """
    winners: dict[str, str] = {}
    occasions: dict[str, str] = {}
    for field, value, label in sorted(said, key=lambda one: one[1]):
        if field in COLUMNS:
            winners.setdefault(COLUMNS[field], value)
        elif field in OCCASIONS:
            occasions.setdefault(date_name(label) if field == "date" else field, value)
    op.complete("person", person_id, **winners)
    for kind, value in occasions.items():
        year, month, day = read_yearly(value)
        op.insert("occasion", person_id=person_id, kind=kind, month=month, day=day, year=year)


def settle_all(op: Operation, person_id: int) -> None:
    """Write the winners of every field of a person."""
    settle(op, person_id, {*COLUMNS, *OCCASIONS})


def typed(conn: Connection, person_id: int, field: str) -> str | None:
    """What the user typed for a field, which no import may overwrite."""
    row = conn.execute(
        "select value from claim where person_id = ? and field = ? and current = 1 and person_origin_id is null"
        " order by seen_on desc, id limit 1",
        (person_id, field),
    ).fetchone()
    return None if row is None else str(row[0])


def _winners(conn: Connection, person_id: int, fields: Collection[str]) -> dict[str, Row]:
    """The first claim of each of these fields in the order of winning."""
    found: dict[str, Row] = {}
    for row in conn.execute(
        "select c.field, c.value, c.person_origin_id from claim c"
        " left join person_origin o on o.id = c.person_origin_id"
        f" where c.person_id = ? and c.field in ({', '.join('?' * len(fields))}) and c.current = 1"
        f" order by {BEST_FIRST}",
        (person_id, *fields),
    ):
        found.setdefault(row["field"], row)
    return found


def _settle_occasions(op: Operation, person_id: int) -> None:
    wanted: dict[str, str] = {}
    for row in op.conn.execute(
        "select c.field, c.label, c.value from claim c left join person_origin o on o.id = c.person_origin_id"
        " where c.person_id = ? and c.field in ('birthday', 'anniversary', 'date') and c.current = 1"
        f" order by {BEST_FIRST}",
        (person_id,),
    ):
        kind = date_name(row["label"]) if row["field"] == "date" else row["field"]
        wanted.setdefault(kind, row["value"])
    stored = {
        row["kind"]: row
        for row in op.conn.execute("select * from occasion where person_id = ?", (person_id,)).fetchall()
    }
    for kind, value in wanted.items():
        year, month, day = read_yearly(value)
        if kind in stored:
            op.update("occasion", stored[kind]["id"], month=month, day=day, year=year)
        else:
            op.insert("occasion", person_id=person_id, kind=kind, month=month, day=day, year=year)
    for kind, row in stored.items():
        if kind not in wanted:
            op.delete("occasion", row["id"])
    op.touch(person_id)


def read_yearly(value: str) -> tuple[int | None, int, int]:
    """Split `1815-12-10` or `--12-10` into year (None: unknown), month and day."""
    year, month, day = value[:-6], value[-5:-3], value[-2:]
    return (int(year) if year.strip("-") else None), int(month), int(day)
