"""Everything goes out as lines and makes the same database elsewhere, row for row; what cannot be changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dexcli.errors import FormatError, UsageError
from dexcli.services import export, history, logbook, people, transfer
from dexcli.services.importing import import_path
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Entry
from dexcli.services.people import Details
from dexcli.store import standing, texts, tombstones
from dexcli.store.connection import Connection
from dexcli.store.journal import LOGICAL, operation, typed_columns
from dexcli.store.judging import judge_again
from dexcli.store.settings import policy, store_policy
from dexcli.store.transfer import TABLES
from dexcli.store.version import SCHEMA_VERSION
from support.world import FIRST_DAY, Rows, World, in_memory, logical

SEEDS = range(12)
STEPS = 60
CALL = Invocation(now=FIRST_DAY, command="import", region="GB")


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


@pytest.fixture
def other() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


def written(conn: Connection) -> bytes:
    return b"".join(data for _, data in export.export(conn, CALL, "jsonl").pieces)


def read(conn: Connection, data: bytes, folder: Path, call: Invocation = CALL) -> Any:
    path = folder / "everything.jsonl"
    path.write_bytes(data)
    return import_path(conn, call, path).report


def without_operations(conn: Connection) -> Rows:
    """Every row of the logical tables, but not by which operation it came: that is here the import."""
    found: Rows = {}
    for table in LOGICAL:
        names = [row["name"] for row in conn.execute(f"pragma table_info({table})") if row["name"] != "operation_id"]
        found[table] = sorted(map(tuple, conn.execute(f"select {', '.join(names)} from {table}")), key=repr)
    return found


def places(conn: Connection, world: World) -> list[tuple[object, ...]]:
    standing.refresh(conn, [row[0] for row in conn.execute("select id from person")], today=world.today)
    return [tuple(row) for row in conn.execute("select * from standing order by person_id")]


def lived(conn: Connection, seed: int) -> World:
    """A database in which much has happened."""
    world = World(conn, seed)
    for step in range(STEPS):
        if world.act() is None:
            world.wait()
        if step % 20 == 19:
            world.turn()
    return world


def test_every_logical_table_is_told() -> None:
    assert set(TABLES) == {*LOGICAL, "feed"}


@pytest.mark.parametrize("seed", SEEDS)
def test_an_empty_database_becomes_the_same_row_for_row(
    conn: Connection, other: Connection, tmp_path: Path, seed: int
) -> None:
    world = lived(conn, seed)
    with operation(other, now=FIRST_DAY, command="config"):
        store_policy(other, policy(conn))
    data, before = written(conn), list(conn.iterdump())
    report = read(other, data, tmp_path)
    assert list(conn.iterdump()) == before
    assert without_operations(other) == without_operations(conn)
    assert report.people.added == len(without_operations(conn)["person"])
    assert places(other, world) == places(conn, world)
    assert other.execute("pragma foreign_key_check").fetchall() == []
    assert texts.check(other) == []
    for row in conn.execute("select id from interaction"):
        assert typed_columns(other, row[0]) == typed_columns(conn, row[0])
    assert lines_of(written(other)) == lines_of(data)
    # And life goes on there as it would have here.
    onwards = World(other, seed + 100)
    onwards.now = world.now
    for _ in range(10):
        onwards.act()
    assert other.execute("pragma foreign_key_check").fetchall() == []


@pytest.mark.parametrize("seed", SEEDS)
def test_an_undo_leaves_it_empty_and_a_redo_full(
    conn: Connection, other: Connection, tmp_path: Path, seed: int
) -> None:
    lived(conn, seed)
    report = read(other, written(conn), tmp_path)
    full = logical(other)
    undone = history.undo(other, CALL, None)
    assert undone.operation.id == report.operation_id
    assert not any(logical(other).values())
    history.undo(other, CALL, int(str(undone.operation_id)[1:]))
    assert logical(other) == full
    for row in conn.execute("select id from interaction"):
        assert typed_columns(other, row[0]) == typed_columns(conn, row[0])
    # Undone, it can be read once more.
    history.undo(other, CALL, int(str(report.operation_id)[1:]))
    assert read(other, written(conn), tmp_path).people.added == report.people.added


def test_verdicts_are_those_of_the_policy_here(conn: Connection, other: Connection, tmp_path: Path) -> None:
    lived(conn, 1)
    data = written(conn)
    for number in (1, 3):
        rules = type(policy(conn))(recipients=number, cc=True)
        with operation(conn, now=FIRST_DAY, command="config"):
            store_policy(conn, rules)
            judge_again(conn, rules)
    with operation(other, now=FIRST_DAY, command="config"):
        store_policy(other, policy(conn))
    read(other, data, tmp_path)
    verdicts = "select interaction_id, identifier_id, counts, why from participant order by 1, 2"
    assert other.execute(verdicts).fetchall() == conn.execute(verdicts).fetchall()


def test_who_was_forgotten_is_known_again_on_the_other_machine(
    conn: Connection, other: Connection, tmp_path: Path
) -> None:
    lived(conn, 2)
    with operation(conn, now=FIRST_DAY, command="forget") as op:
        tombstones.bury(conn, ["email:ada@example.org"], op.id, "2026-03-08")
        op.insert("tombstone", key="something else", created_on="2026-03-08")
    read(other, written(conn), tmp_path)
    assert without_operations(other)["tombstone"] == without_operations(conn)["tombstone"]
    here, there = tombstones.hashed(conn), tombstones.hashed(other)
    assert here is not None
    assert there is not None
    assert here("email:ada@example.org") == there("email:ada@example.org")
    broken = written(conn).replace(b'"salt":"', b'"salt":"x')
    with closing(in_memory()) as third:
        assert refused(third, broken, tmp_path).message.startswith("everything.jsonl:2: ")


def test_a_dry_run_says_it_all_and_writes_nothing(conn: Connection, other: Connection, tmp_path: Path) -> None:
    lived(conn, 2)
    report = read(other, written(conn), tmp_path, Invocation(now=FIRST_DAY, command="import", dry_run=True))
    assert (report.dry_run, report.operation_id) == (True, None)
    assert report.people.added == len(logical(conn)["person"])
    assert not any(logical(other).values())


def test_what_is_exported_is_of_one_moment(tmp_path: Path) -> None:
    from dexcli.store.connection import connect_read_only, open_for_writing

    path = tmp_path / "dex.db"
    with closing(open_for_writing(path)) as conn, closing(connect_read_only(path)) as reading:
        lived(conn, 3)
        world = World(conn, 4)
        world.now = FIRST_DAY + timedelta(days=400)
        before = logical(conn)
        pieces = export.export(reading, CALL, "jsonl").pieces
        first = next(pieces)[1]
        world.add()
        data = first + b"".join(data for _, data in pieces)
        with closing(in_memory()) as other:
            read(other, data, tmp_path)
            assert len(logical(other)["person"]) == len(before["person"])


# -- what cannot be read ------------------------------------------------------------------------------------


def lines_of(data: bytes) -> list[Any]:
    found = [json.loads(line) for line in data.splitlines()]
    del found[0]["exported_at"]
    return found


def refused(other: Connection, data: bytes, folder: Path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        read(other, data, folder)
    assert not any(logical(other).values())
    assert other.execute("select count(*) from operation").fetchone()[0] == 0
    assert not other.in_transaction
    return caught.value


def test_a_file_that_was_cut_off_anywhere_is_refused(conn: Connection, other: Connection, tmp_path: Path) -> None:
    lived(conn, 5)
    data = written(conn)
    ends = [place + 1 for place in range(len(data)) if data[place] == 10]
    for end in (*ends[:-1:7], ends[0] + 5, len(data) - 1 - 3, *range(ends[3], ends[4], 40)):
        error = refused(other, data[:end], tmp_path)
        assert f"everything.jsonl:{data[:end].count(10) + (not data[:end].endswith(bytes([10])))}: " in error.message


def test_what_is_no_row_is_named_by_its_line(conn: Connection, other: Connection, tmp_path: Path) -> None:
    world = lived(conn, 6)
    world.add()
    good = written(conn).splitlines()
    at = {
        table: next(n for n, line in enumerate(good) if f'"type":"{table}"'.encode() in line) for table in TABLES[1:4]
    }
    person = json.loads(good[at["person"]])

    def line(**changed: object) -> bytes:
        return json.dumps({**person, **changed}).encode()

    for bad, said in (
        (b"", "no line"),
        (b"[1]", "no line"),
        (b'{"type":', "no line"),
        (b"[" * 100_000, "no line"),
        (b'{"type":"person","id":{}}', "no line"),
        (b'{"type":"sqlite_master","id":1}', "no table"),
        (b'{"type":"operation","id":1}', "no table"),
        (b'{"type":"person"}', "no row of person"),
        (line(colour="red"), "no column 'colour'"),
        (line(operation_id=1), "no column 'operation_id'"),
        (line(id=-1), "no id"),
        (line(id=2**63), "no id"),
        (line(id="x"), "no id"),
        (line(id=2**70), "no"),
        (line(uid="../../x"), "uid"),
        (line(handle="i12"), "handle"),
        (line(handle="\x1b[31m"), "handle"),
        (line(name=""), "CHECK"),
        (line(name=None), "NOT NULL"),
        (line(state="king"), "CHECK"),
        (line(importance="high"), "INTEGER"),
        (line(lead=2**31 - 1), "lead is 2147483647"),
        (line(state="merged"), "merged is who"),
        (line(state="active", merged_into=1), "merged is who"),
        (
            line(id=999, uid="0f0e0d0c-0b0a-4908-8706-050403020100", handle="x", state="merged", merged_into=999),
            "nobody",
        ),
        (line(met_on="soon"), "soon"),
        (line(cadence="soon"), "soon"),
        (line(created_at="2026-01-01T00:00:00"), "offset"),
        (
            line(id=999, uid="0f0e0d0c-0b0a-4908-8706-050403020100", handle="x", state="merged", merged_into=998),
            "refers",
        ),
        (good[at["person"]], "the same came before"),
        (
            good[at["claim"] if "claim" in at else at["person_origin"]].replace(b'"person_id":', b'"person_id":9'),
            "refers",
        ),
    ):
        place = at["person"] + 1 if bad != good[0] else 0
        if b'"type":"person_origin"' in bad:
            place = at["person_origin"]
        last = json.dumps({"type": "end", "lines": len(good)}).encode()
        broken = [*good[:place], bad, *good[place:-1], last]
        error = refused(other, b"\n".join(broken) + b"\n", tmp_path)
        assert error.message.startswith(f"everything.jsonl:{place + 1}: "), (bad, error.message)
        assert said in error.message, (bad, error.message)
        assert "nothing was imported" in str(error.hint)


def test_dates_and_instants_that_would_break_later_are_refused(
    conn: Connection, other: Connection, tmp_path: Path
) -> None:
    lived(conn, 7)
    good = written(conn).splitlines()

    def with_change(table: str, **changed: object) -> bytes:
        found = [json.loads(line) for line in good]
        next(row for row in found if row["type"] == table).update(changed)
        return b"".join(json.dumps(row).encode() + b"\n" for row in found)

    for table, changed in (
        ("occasion", {"month": 2, "day": 30}),
        ("occasion", {"year": 99999}),
        ("claim", {"field": "birthday", "value": "soon"}),
        ("interaction", {"happened_at": 2**60}),
        ("interaction", {"happened_on": "2026-13-01"}),
        ("interaction", {"typed": "key colour"}),
        ("commitment", {"every": "whenever"}),
        ("commitment", {"interaction_id": 10_000_000}),
        ("tag", {"cadence": "2w", "cadence_set_on": None}),
        ("person", {"cadence": "2w", "cadence_set_on": None}),
        ("person_origin", {"feed_id": 77}),
        ("participant", {"identifier_id": 10_000_000}),
        ("participant", {"counts": 2}),
        ("identifier", {"mine": 2**63 - 1}),
        ("identifier", {"shared": -1}),
        ("identifier", {"ignored": 7}),
        ("person", {"cadence_spread": 2}),
        ("feed", {"source": None}),
    ):
        message = refused(other, with_change(table, **changed), tmp_path).message
        assert message.startswith("everything.jsonl:"), (table, changed)


def test_rows_that_contradict_each_other_are_not_taken(other: Connection, tmp_path: Path) -> None:
    with closing(in_memory()) as conn:
        for name, address in (("Ada Lovelace", "ada@example.org"), ("Grace Hopper", "grace@example.org")):
            people.add(conn, CALL, Details(name=name, emails=[address]))
        rows = [json.loads(line) for line in written(conn).splitlines()]
    hers = next(row for row in rows if row.get("value") == "ada@example.org")
    for changed, said in (
        ({"person_id": 2}, "1 identifier standing for one, and said only of others"),
        ({"shared": 1}, "1 identifier said of several people, and standing for one"),
        ({"mine": 1}, "1 identifier mine, and somebody else's as well"),
    ):
        lines = [json.dumps({**row, **changed} if row is hers else row).encode() + b"\n" for row in rows]
        error = refused(other, b"".join(lines), tmp_path)
        told = f"everything.jsonl: its rows contradict each other: {said} (identifier {hers['id']})"
        assert (error.message, error.code) == (told, "contradiction")
        assert "dex doctor, where it was exported" in str(error.hint)


def test_a_newer_version_is_refused_by_name(other: Connection, tmp_path: Path) -> None:
    for version, schema in ((2, SCHEMA_VERSION), (1, SCHEMA_VERSION + 1)):
        head = json.dumps({"type": "dex", "version": version, "schema": schema})
        error = refused(other, f'{head}\n{{"type":"future","x":1}}\n'.encode(), tmp_path)
        assert f"version {version} with schema {schema}" in error.message
        assert "upgrade" in str(error.hint)


def test_an_older_schema_has_fewer_columns(conn: Connection, other: Connection, tmp_path: Path) -> None:
    lived(conn, 8)
    found = [json.loads(line) for line in written(conn).splitlines()]
    found[0]["schema"] = 2
    for row in found:
        for column in ("lead", "revision", "named", "automatic", "ignored", "later_on"):
            row.pop(column, None)
    found = [row for row in found if row["type"] != "occasion_kind"]
    found[-1]["lines"] = len(found) - 1
    read(other, b"".join(json.dumps(row).encode() + b"\n" for row in found), tmp_path)
    assert len(logical(other)["interaction"]) == len(logical(conn)["interaction"])


def test_somebody_there_is_reason_enough_not_to_begin(conn: Connection, other: Connection, tmp_path: Path) -> None:
    lived(conn, 9)
    World(other, 1).add()
    before = list(other.iterdump())
    with pytest.raises(UsageError, match="not empty") as caught:
        read(other, written(conn), tmp_path)
    assert "--db NEW.db" in str(caught.value.hint)
    assert list(other.iterdump()) == before


def test_a_query_is_refused(conn: Connection) -> None:
    with pytest.raises(UsageError, match="takes no query"):
        export.export(conn, CALL, "jsonl", "tag:friend")


def test_memory_does_not_grow_with_history(conn: Connection) -> None:
    """One portion at a time is held, however much there is."""
    world = World(conn, 10)
    world.add()
    conn.executemany(
        "insert into interaction(key, kind, happened_on, operation_id) values(?, 'note', '2026-01-01', 1)",
        ((f"hand:{number}",) for number in range(5_000)),
    )
    sizes = [len(data.splitlines()) for _, data in export.export(conn, CALL, "jsonl").pieces]
    assert max(sizes) <= transfer._LINES + 1
    assert sum(sizes) > 5_000


def test_what_stands_twice_is_taken_from_where_it_belongs(conn: Connection, other: Connection, tmp_path: Path) -> None:
    lived(conn, 8)
    lines = [json.loads(line) for line in written(conn).splitlines()]
    for one in lines:
        if one.get("type") == "participant":
            one["happened_on"] = "2031-01-01"
    read(other, b"".join(json.dumps(one).encode() + b"\n" for one in lines), tmp_path)
    assert other.execute("select count(*) from participant").fetchone()[0]
    assert not other.execute(
        "select count(*) from participant p join interaction i on i.id = p.interaction_id"
        " where p.happened_on <> i.happened_on"
    ).fetchone()[0]


def test_numbers_far_apart_are_read_indexed_and_taken_back_one_by_one(
    conn: Connection, other: Connection, tmp_path: Path
) -> None:
    logbook.log(conn, CALL, Entry(person_ids=[], create=["Ada Lovelace"], text="looms"))
    far = {"person": 2**31 - 1, "interaction": 2**31 - 5, "identifier": 2**30}
    lines = [json.loads(line) for line in written(conn).splitlines()]
    for line in lines:
        for table, number in far.items():
            if line["type"] == table:
                line["id"] = number
            if line.get(f"{table}_id") is not None:
                line[f"{table}_id"] = number
    before = without_operations(other)
    report = read(other, "".join(f"{json.dumps(line)}\n" for line in lines).encode(), tmp_path)
    assert report.people.added == 1
    assert texts.check(other) == []
    assert logical(other)["person"][0][0] == 2**31 - 1
    history.undo(other, CALL, int(report.operation_id[1:]))
    assert without_operations(other) == before
    assert texts.check(other) == []


def test_what_was_written_behind_the_last_number_is_read_and_leaves_room(
    conn: Connection, other: Connection, tmp_path: Path
) -> None:
    """Another database is read with its greatest numbers, lives on, and is read in its turn."""
    world = lived(conn, 4)
    tables = {
        "person_id": "person", "other_id": "person", "merged_into": "person", "identifier_id": "identifier",
        "tag_id": "tag", "person_origin_id": "person_origin", "interaction_id": "interaction", "feed_id": "feed",
    }  # fmt: skip
    lines = [json.loads(line) for line in written(conn).splitlines()]
    greatest = {one["type"]: one["id"] for one in lines if "id" in one}

    def moved(table: str, number: int, last: int) -> int:
        return last if number == greatest[table] else number

    def far(last: int) -> bytes:
        rows = [
            {
                column: moved(one["type"] if column == "id" else tables[column], value, last)
                if value is not None and (column == "id" or column in tables)
                else value
                for column, value in one.items()
            }
            for one in lines
        ]
        return "".join(f"{json.dumps(row)}\n" for row in rows).encode()

    read(other, far(2**31 - 1), tmp_path)
    onwards = World(other, 104)
    onwards.now = world.now
    for _ in range(10):
        onwards.act()
    onwards.add()
    data = written(other)
    assert max(json.loads(line).get("id", 0) for line in data.splitlines()) > 2**31 - 1

    def without_numbers(data: bytes) -> list[str]:
        rows = [json.loads(line) for line in data.splitlines()[1:]]
        return sorted(repr([(k, v) for k, v in row.items() if k != "id" and k not in tables]) for row in rows)

    def who_has_what(conn: Connection) -> list[tuple[object, ...]]:
        rows = conn.execute(
            "select p.uid, c.field, c.value, f.value, d.source, o.ref from claim c join person p on p.id = c.person_id"
            " left join identifier f on f.id = c.identifier_id left join person_origin o on o.id = c.person_origin_id"
            " left join feed d on d.id = o.feed_id union all"
            " select i.key, t.role, f.kind, f.value, q.uid, m.text from interaction i"
            " join participant t on t.interaction_id = i.id join identifier f on f.id = t.identifier_id"
            " left join person q on q.id = f.person_id left join commitment m on m.interaction_id = i.id union all"
            " select a.uid, b.uid, g.name, null, null, null from person a left join person b on b.id = a.merged_into"
            " left join person_tag h on h.person_id = a.id left join tag g on g.id = h.tag_id"
        )
        return sorted(map(tuple, rows), key=repr)

    for said, source in ((data, other), (far(2**31), conn), (far(2**32), conn), (far(2**63 - 1), conn)):
        with closing(in_memory()) as third, closing(in_memory()) as fourth:
            read(third, said, tmp_path)
            again = written(third)
            assert without_numbers(again) == without_numbers(said)
            assert who_has_what(third) == who_has_what(source)
            assert max(json.loads(line).get("id", 0) for line in again.splitlines()) < 2**31 + 1000
            assert third.execute("pragma foreign_key_check").fetchall() == []
            assert texts.check(third) == []
            read(fourth, again, tmp_path)
            assert lines_of(written(fourth)) == lines_of(again)
