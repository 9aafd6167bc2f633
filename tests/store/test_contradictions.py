"""What contradicts each other is found, each by its own words; and nothing that dex does leaves such rows behind."""

from __future__ import annotations

from contextlib import closing

import pytest

from dexcli.services import people
from dexcli.services.people import Details, Removals
from dexcli.store import contradictions, mending
from dexcli.store.connection import Connection
from support.world import World, in_memory, logical


def known() -> Connection:
    """Ada, Grace and Emmy, and an operation that was taken back."""
    world = World(conn := in_memory(), 1)
    for name in ("Ada Lovelace", "Grace Hopper", "Emmy Noether"):
        address = f"{name.split()[0].lower()}@example.org"
        added = people.add(conn, world.call("add"), Details(name=name, emails=[address]))
    people.edit(conn, world.call("edit"), added.person.id, Details(company="Erlangen"), Removals())
    world.undo(None)
    return conn


@pytest.mark.parametrize("seed", range(15))
def test_nothing_that_dex_does_contradicts_itself(seed: int) -> None:
    with closing(in_memory()) as conn:
        world = World(conn, seed)
        for _ in range(60):
            world.act()
            assert contradictions.found(conn) == []
            assert contradictions.doubles(conn) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update person set state = 'merged' where id = 1", "1 person said to be merged, and into nobody"),
        ("update person set merged_into = 2 where id = 1", "1 person merged into somebody, and not said to be"),
        (
            "update person set state = 'merged', merged_into = 3 - id where id in (1, 2)",
            "2 people merged into somebody who is merged as well",
        ),
        (
            "update person set state = 'merged', merged_into = 2 where id = 1",
            "2 identifiers standing for somebody who is merged",
        ),
        ("update identifier set mine = 1 where id = 1", "1 identifier mine, and somebody else's as well"),
        (
            "update identifier set shared = 1 where kind = 'email'",
            "3 identifiers said of several people, and standing for one",
        ),
        (
            "update identifier set person_id = 2 where value = 'ada@example.org'",
            "1 identifier standing for one, and said only of others",
        ),
        ("update identifier set mine = 7 where id in (2, 4)", "2 identifiers whose marks are neither yes nor no"),
        ("update identifier set ignored = -1 where id = 1", "1 identifier whose marks are neither yes nor no"),
        (
            "insert into tag(name, cadence, operation_id) values('close', '2w', 1)",
            "1 tag with a cadence, and without the day since when",
        ),
        (
            "insert into question(person_id, other_id, reason, created_on, operation_id) values(1, 1, '', '', 1)",
            "1 question asking whether somebody is themselves",
        ),
        (
            "update operation set undone_by = 1 where undone_by is not null",
            "1 operation undone by nothing, or by what took back something else",
        ),
        (
            "update operation set state = 'undone' where id = 1",
            "1 operation undone by nothing, or by what took back something else",
        ),
    ],
)
def test_each_contradiction_has_its_words(statement: str, told: str) -> None:
    with closing(known()) as conn:
        assert (contradictions.found(conn), contradictions.first(conn)) == ([], None)
        conn.execute(statement)
        assert told in contradictions.found(conn)


def test_the_first_is_named_as_the_tables_know_it() -> None:
    with closing(known()) as conn:
        conn.execute("update person set state = 'merged' where id = 2")
        assert contradictions.first(conn) == "1 person said to be merged, and into nobody (person 2)"
        conn.execute("update person set state = 'merged' where id = 3")
        assert contradictions.first(conn) == "2 people said to be merged, and into nobody (the first is person 2)"


def test_what_stands_twice_is_taken_from_where_it_belongs() -> None:
    with closing(in_memory()) as conn:
        world = World(conn, 3)
        while not conn.execute("select 1 from participant, person").fetchone():
            world.act()
        before = logical(conn)
        conn.execute("update participant set happened_on = '1999-01-01'")
        conn.execute("update person set name_folded = 'nobody' where id = (select min(id) from person)")
        assert [one.partition(" ")[2] for one in contradictions.doubles(conn)] == [
            "who took part have another day than their entry",
            "name is folded otherwise than they are",
        ]
        mending.take_from_where_it_belongs(conn)
        assert contradictions.doubles(conn) == []
        assert logical(conn) == before
