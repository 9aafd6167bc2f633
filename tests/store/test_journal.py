"""Whatever was done can be taken back, row for row, and done again; what cannot is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from dexcli.domain.identifiers import Identifier
from dexcli.errors import NotFoundError, StoreError, UndoConflictError
from dexcli.store import claims, journal, people, standing, tags
from dexcli.store.connection import Connection, transaction
from dexcli.store.journal import LOGICAL, Operation, operation
from dexcli.store.undo import take_back
from support.world import FIRST_DAY, Rows, World, in_memory, logical

SEEDS = range(16)
STEPS = 50
BOOKKEEPING = {"meta", "operation", "change", "standing", "feed", "shown", "bulk", "account_state"}
"""Tables that undo leaves alone."""


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


def places(world: World) -> list[tuple[object, ...]]:
    """Where everybody stands today, however long ago that was derived."""
    today = world.today.isoformat()
    standing.refresh(world.conn, world._ids("person"), today=world.today)
    rows = [dict(row) for row in world.conn.execute("select * from standing order by person_id")]
    for row in rows:
        row["surfaces_on"] = row["surfaces_on"] and max(row["surfaces_on"], today)
    return [tuple(row.values()) for row in rows]


def test_every_table_is_either_restored_or_left_alone(conn: Connection) -> None:
    tables = {
        row[0]
        for row in conn.execute(
            "select name from pragma_table_list where schema = 'main' and type = 'table'"
            " and substr(name, 1, 7) <> 'sqlite_'"
        )
    }

    assert tables - {"_sqlite_migrations"} == {*LOGICAL, *BOOKKEEPING}


@pytest.mark.parametrize("seed", SEEDS)
def test_undo_of_anything_restores_every_row_and_redo_brings_it_back(conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    for _ in range(4):
        world.add()
    done = 0
    for _ in range(STEPS):
        before, stood = logical(conn), places(world)
        made = world.act()
        if made is None:
            assert logical(conn) == before
            world.wait()
            continue
        after, stands = logical(conn), places(world)
        assert after != before
        undoing = world.undo(made)
        assert undoing is not None
        assert (logical(conn), places(world)) == (before, stood)
        if world.random.random() < 0.8:
            redoing = world.undo(undoing)
            assert redoing is not None
            assert (logical(conn), places(world)) == (after, stands)
            if world.random.random() < 0.3:
                world.undo(redoing)
                assert logical(conn) == before
        done += 1
    assert done > STEPS / 3


@pytest.mark.parametrize("seed", SEEDS)
def test_bare_undo_takes_the_latest_each_time_until_nothing_is_left(conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    world.actions = tuple(action for action in world.actions if action != world.take_back)
    seen: list[tuple[str, Rows]] = []
    empty = logical(conn)
    for _ in range(STEPS):
        before = logical(conn)
        made = world.act()
        if made is not None:
            seen.append((made, before))
        world.wait()

    while seen:
        made, before = seen.pop()
        assert world.in_force()[-1] == made
        world.undo(None)
        assert logical(conn) == before

    assert logical(conn) == empty
    assert not any(empty.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_undo_out_of_turn_is_exact_for_what_is_left_or_refused_without_a_trace(conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    for _ in range(STEPS):
        before = logical(conn)
        operations = conn.execute("select * from operation").fetchall()
        try:
            world.take_back()
        except UndoConflictError as refused:
            named = [word.strip("(),") for word in refused.message.split() if word[:1] == "o" and word[1:].isdigit()]
            in_force = {f"o{row[0]}" for row in conn.execute("select id from operation where state <> 'undone'")}
            assert logical(conn) == before
            assert conn.execute("select * from operation").fetchall() == operations
            assert named[0] not in named[1:]
            assert set(named[1:]) <= in_force
        except NotFoundError:
            pass
        assert conn.execute("pragma foreign_key_check").fetchall() == []
        check_winners(conn)
        check_owners(conn)
        if world.act() is None:
            world.wait()


def winner(conn: Connection, person_id: int, field: str) -> str | None:
    """What wins of all that is said, typed or imported."""
    row = conn.execute(
        "select c.value from claim c left join person_origin o on o.id = c.person_origin_id"
        f" where c.person_id = ? and c.field = ? and c.current = 1 order by {people.BEST_FIRST}",
        (person_id, field),
    ).fetchone()
    return None if row is None else str(row[0])


def check_winners(conn: Connection) -> None:
    """The columns of a person are the winners of what is said, whatever was taken back in between."""
    for row in conn.execute("select * from person").fetchall():
        for field, column in claims.COLUMNS.items():
            assert row[column] == winner(conn, row["id"], field)
        birthday = winner(conn, row["id"], "birthday")
        occasion = conn.execute(
            "select year, month, day from occasion where person_id = ? and kind = 'birthday'", (row["id"],)
        ).fetchone()
        assert (occasion and tuple(occasion)) == (birthday and claims.read_yearly(birthday))


def check_owners(conn: Connection) -> None:
    """A value identifies the one of whom it is said, and nobody where it is said of several."""
    for row in conn.execute("select * from identifier where not mine and value <> 'info@example.org'").fetchall():
        claimants = claims.claimants(conn, row["id"])
        assert row["shared"] == (len(claimants) > 1)
        if claimants:
            assert row["person_id"] == (claimants[0] if len(claimants) == 1 else None)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_id_is_never_given_to_another_thing(conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    names = {
        "person": "uid", "interaction": "key", "operation": "uid", "identifier": "kind || value", "tag": "name",
        "commitment": "person_id", "claim": "person_id || field || value", "tombstone": "key",
    }  # fmt: skip
    known: dict[tuple[str, int], object] = {}
    for _ in range(STEPS * 2):
        if world.act() is None:
            world.wait()
        for table, name in names.items():
            for id_, value in conn.execute(f"select id, {name} from {table}"):
                assert known.setdefault((table, id_), value) == value


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dry_run_of_an_undo_changes_nothing_at_all(conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    world.actions = tuple(action for action in world.actions if action != world.take_back)
    for _ in range(20):
        world.act()
    before = list(conn.iterdump())

    for made in world.in_force():
        try:
            world.undo(made, dry_run=True)
        except UndoConflictError:
            continue

    assert list(conn.iterdump()) == before


# -- single operations -------------------------------------------------------------------------------


def add(conn: Connection, name: str) -> int:
    with operation(conn, now=FIRST_DAY, command="add") as op:
        return people.add(op, name)


def test_an_operation_without_changes_leaves_no_trace(conn: Connection) -> None:
    person_id = add(conn, "Ada Lovelace")
    before = logical(conn)
    operations = conn.execute("select * from operation").fetchall()

    with operation(conn, now=FIRST_DAY + timedelta(hours=1), command="edit") as op:
        assert not op.update("person", person_id, name="Ada Lovelace", company=None)
        op.touch(person_id)

    assert op.ref is None
    assert logical(conn) == before
    assert conn.execute("select * from operation").fetchall() == operations


def test_an_operation_that_fails_leaves_no_trace(conn: Connection) -> None:
    add(conn, "Ada Lovelace")
    before = list(conn.iterdump())

    def fail() -> None:
        with operation(conn, now=FIRST_DAY, command="add") as op:
            people.add(op, "Grace Hopper")
            op.update("person", 1, importance=5)

    with pytest.raises(StoreError, match="CHECK constraint"):
        fail()

    assert list(conn.iterdump()) == before
    assert not conn.in_transaction


def test_an_operation_that_cannot_even_begin_says_why(conn: Connection) -> None:
    with (
        pytest.raises(StoreError, match="CHECK constraint"),
        operation(conn, now=FIRST_DAY, command="add", origin="nobody"),
    ):
        pass
    assert not conn.in_transaction


def test_what_an_operation_makes_and_unmakes_does_not_come_back(conn: Connection) -> None:
    ada = add(conn, "Ada Lovelace")
    before = logical(conn)

    with operation(conn, now=FIRST_DAY, command="import") as op:
        tags.give_tag(op, ada, "friend")
        tags.take_tag(op, ada, "friend")
        tags.give_tag(op, ada, "navy")
    after = logical(conn)
    undoing = undo(conn, op)
    assert logical(conn) == before
    undo(conn, undoing)
    assert logical(conn) == after


def undo(conn: Connection, done: Operation) -> Operation:
    with operation(conn, now=FIRST_DAY, command="undo") as op:
        take_back(op, done.id)
    return op


def test_neighbouring_rows_are_remembered_as_one_range(conn: Connection) -> None:
    with operation(conn, now=FIRST_DAY, command="import") as op:
        for number in range(100):
            people.add(op, f"Person {number}")

    rows = conn.execute("select tbl, lo, hi, op from change where operation_id = ? order by tbl", (op.id,)).fetchall()
    assert [tuple(row) for row in rows] == [("identifier", 1, 100, "insert"), ("person", 1, 100, "insert")]


def test_an_undo_spares_what_another_operation_put_in_between(conn: Connection) -> None:
    with operation(conn, now=FIRST_DAY, command="import") as op:
        people.add(op, "Ada Lovelace")
        op.pause()
    other = add(conn, "Grace Hopper")
    with transaction(conn):
        resumed = journal.resume(conn, op.id, FIRST_DAY)
        people.add(resumed, "Alan Turing")
        resumed.inserted("person", 1, 3)  # as if it had reserved the ids from the beginning
        journal.finish(resumed)

    undo(conn, op)

    assert [row[0] for row in conn.execute("select id from person")] == [other]


def test_the_same_operation_is_not_undone_twice(conn: Connection) -> None:
    ada = add(conn, "Ada Lovelace")
    with operation(conn, now=FIRST_DAY, command="me") as op:
        claims.give_identifier(op, ada, Identifier("email", "ada@example.org"))
    undoing = undo(conn, op)
    redoing = undo(conn, undoing)
    again = undo(conn, redoing)

    states = {row["id"]: (row["state"], row["undone_by"]) for row in conn.execute("select * from operation")}
    assert states[op.id] == ("undone", undoing.id)
    assert states[undoing.id] == ("done", None)
    assert states[redoing.id] == ("undone", again.id)
    assert conn.execute("select 1 from identifier where value = 'ada@example.org'").fetchone() is None
