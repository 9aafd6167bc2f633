"""Undo as a user sees it: which operation is taken, which are passed over, what is refused, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta

import pytest

from dexcli.domain.identifiers import Identifier
from dexcli.domain.records import SourceItem
from dexcli.errors import NotFoundError, UndoConflictError
from dexcli.results.people import PersonResult
from dexcli.services import cadence, history, logbook, people, tags
from dexcli.services.ingest import ingest
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Change, Entry, Promise
from dexcli.services.people import Details, Removals
from dexcli.store import me
from dexcli.store.connection import Connection
from dexcli.store.journal import operation
from dexcli.store.settings import due_settings
from dexcli.store.standing import derive
from support.world import FIRST_DAY, card, in_memory, job, logical, meeting

TODAY = FIRST_DAY.date()


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


def call(command: str = "test", *, days: int = 0, dry_run: bool = False) -> Invocation:
    return Invocation(now=FIRST_DAY + timedelta(days=days), command=command, region="GB", dry_run=dry_run)


def undo(conn: Connection, operation_id: str | None = None, *, days: int = 0) -> str:
    number = None if operation_id is None else int(operation_id[1:])
    return str(history.undo(conn, call("undo", days=days), number).operation_id)


@pytest.fixture
def known(conn: Connection) -> Connection:
    """Ada, with an imported past, tags, a promise and a reminder; Grace; and a file's own records."""
    ada = Details(
        name="Ada Lovelace",
        emails=["ada@example.org"],
        phones=["020 7946 0950"],
        tags=["friend"],
        every="2w",
        company="Analytical Engines",
        birthday="1815-12-10",
    )
    people.add(conn, call(), ada)
    people.add(conn, call(), Details(name="Grace Hopper", tags=["navy"]))
    ingest(conn, job(FILE), now=FIRST_DAY)
    entry = Entry(person_ids=[1, 2], text="lunch", promises=[Promise(text="the paper", by=TODAY + timedelta(days=3))])
    logbook.log(conn, call(), entry)
    logbook.remind(conn, call(), 1, "the exam", on=TODAY, every="1w")
    return conn


FILE: list[SourceItem] = [
    card("1", "A. Lovelace", ("email", "ada@example.org"), ("title", "Analyst")),
    card("2", "Alan Turing", ("phone", "+44 20 7946 0951"), tags=["maths"]),
    meeting("1", date(2026, 1, 5), ("email", "ada@example.org"), ("email", "unknown@example.org")),
]
NEWER: list[SourceItem] = [
    card("1", "A. King", ("email", "ada@example.org"), ("company", "Royal Society"), tags=["friend"]),
    card("3", "Emmy Noether", ("email", "emmy@example.org")),
    meeting("1", date(2026, 1, 6), ("email", "ada@example.org"), title="moved"),
    meeting("2", date(2026, 1, 7), ("email", "emmy@example.org")),
]


def me_add(conn: Connection, call: Invocation) -> None:
    with operation(conn, now=call.now, command="me", dry_run=call.dry_run) as op:
        me.add(op, Identifier("email", "ada@example.org"))


OPERATIONS: dict[str, Callable[[Connection, Invocation], object]] = {
    "add": lambda conn, call: people.add(conn, call, Details(name="Mary Somerville", emails=["mary@example.org"])),
    "add a namesake": lambda conn, call: people.add(
        conn, call, Details(name="Ada Lovelace", emails=["ada@example.org"], phones=["02079460950"]), force=True
    ),
    "edit": lambda conn, call: people.edit(
        conn,
        call,
        1,
        Details(name="Countess", handle="countess", company="Royal Society", note="a note", fields=["tea=green"]),
        Removals(emails=["ada@example.org"], tags=["friend"], fields=["birthday", "every"]),
    ),
    "log": lambda conn, call: logbook.log(
        conn, call, Entry(person_ids=[1], create=["Emmy Noether"], text="call", promises=[Promise(text="a book")])
    ),
    "edit an entry": lambda conn, call: logbook.edit(
        conn, call, 2, Change(text="dinner", on=date(2026, 1, 20), kind="meal", add_people=[3], remove_people=[2])
    ),
    "edit an imported entry": lambda conn, call: logbook.edit(conn, call, 1, Change(on=date(2026, 1, 8))),
    "remove an entry": lambda conn, call: logbook.remove(conn, call, 2),
    "remove an imported entry": lambda conn, call: logbook.remove(conn, call, 1),
    "import": lambda conn, call: ingest(conn, job(NEWER), now=call.now),
    "tag": lambda conn, call: tags.tag(conn, call, [1, 2, 3], give=["new"], take=["friend"]),
    "cadence": lambda conn, call: cadence.set_cadence(conn, call, [1, 2, 3], "1m"),
    "cadence by tag": lambda conn, call: tags.set_tag_rule(
        conn, call, "navy", cadence="3d", lead="2w", importance="high"
    ),
    "snooze": lambda conn, call: people.snooze(conn, call, 1, "2w"),
    "remind": lambda conn, call: logbook.remind(conn, call, 2, "the book", on=TODAY, every=None),
    "done": lambda conn, call: logbook.done(conn, call, 1),
    "done, again next week": lambda conn, call: logbook.done(conn, call, 2),
    "archive": lambda conn, call: people.set_state(conn, call, 1, "archive"),
    "death": lambda conn, call: people.set_state(conn, call, 1, "deceased", on=TODAY),
    "rm": lambda conn, call: people.remove(conn, call, 1),
    "rm of an imported person": lambda conn, call: people.remove(conn, call, 3),
    "me add": me_add,
}


def where_they_stand(conn: Connection) -> dict[int, object]:
    """Everybody's facts, from scratch."""
    ids = [row[0] for row in conn.execute("select id from person order by id")]
    return {id_: derive(conn, id_, TODAY, due_settings(conn)) for id_ in ids}


@pytest.mark.parametrize("name", OPERATIONS)
def test_undo_takes_back_whatever_was_done_and_redo_does_it_again(known: Connection, name: str) -> None:
    before, stood = logical(known), where_they_stand(known)
    OPERATIONS[name](known, call(days=1))
    after, stands = logical(known), where_they_stand(known)
    assert after != before

    undoing = undo(known, days=2)
    assert (logical(known), where_they_stand(known)) == (before, stood)

    redoing = undo(known, undoing, days=3)
    assert (logical(known), where_they_stand(known)) == (after, stands)

    undo(known, redoing, days=4)
    assert logical(known) == before


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "import"])
def test_a_dry_run_changes_nothing_at_all(known: Connection, name: str) -> None:
    before = list(known.iterdump())

    OPERATIONS[name](known, call(days=1, dry_run=True))

    assert list(known.iterdump()) == before


def test_bare_undo_goes_back_one_by_one_and_then_has_nothing_left(conn: Connection) -> None:
    made = [
        people.add(conn, call(), Details(name="Ada Lovelace")).operation_id,
        tags.tag(conn, call(), [1], give=["friend"], take=[]).operation_id,
        people.snooze(conn, call(), 1, "2w").operation_id,
    ]

    taken = [history.undo(conn, call(), None).operation.id for _ in made]

    assert taken == made[::-1]
    with pytest.raises(NotFoundError):
        history.undo(conn, call(), None)


def test_bare_undo_passes_over_what_cron_did_and_names_it(conn: Connection) -> None:
    by_hand = people.add(conn, call(), Details(name="Ada Lovelace")).operation_id
    entry = meeting("1", date(2026, 1, 5), ("email", "grace@example.org"))
    synced = ingest(conn, job([entry], origin="sync", command="sync", run="work"), now=FIRST_DAY).operation_id
    undone = people.add(conn, call(), Details(name="Alan Turing")).operation_id
    undo(conn, undone)

    result = history.undo(conn, call(), None)

    assert result.operation.id == by_hand
    assert [one.id for one in result.passed_over] == [synced]
    assert conn.execute("select count(*) from interaction").fetchone()[0] == 1
    undo(conn, synced)
    assert conn.execute("select count(*) from interaction").fetchone()[0] == 0


def add_ada(conn: Connection) -> str:
    return str(people.add(conn, call(), Details(name="Ada Lovelace", emails=["ada@example.org"])).operation_id)


LATER: dict[str, Callable[[Connection], str | None]] = {
    "an entry about them": lambda conn: logbook.log(conn, call(), Entry(person_ids=[1])).operation_id,
    "a tag of theirs": lambda conn: tags.tag(conn, call(), [1], give=["friend"], take=[]).operation_id,
    "their cadence": lambda conn: cadence.set_cadence(conn, call(), [1], "2w").operation_id,
    "a reminder": lambda conn: logbook.remind(conn, call(), 1, "the exam", on=TODAY, every=None).operation_id,
    "an imported card": lambda conn: (
        ingest(conn, job([card("1", "Ada", ("email", "ada@example.org"))]), now=FIRST_DAY).operation_id
    ),
    "a namesake with the same address": lambda conn: (
        people.add(conn, call(), Details(name="Ada King", emails=["ada@example.org"]), force=True).operation_id
    ),
    "their removal": lambda conn: people.remove(conn, call(), 1).operation_id,
}


@pytest.mark.parametrize("name", LATER)
def test_what_a_later_operation_depends_on_is_not_undone_before_it(conn: Connection, name: str) -> None:
    added = add_ada(conn)
    people.add(conn, call(), Details(name="Grace Hopper"))
    later = LATER[name](conn)
    before, operations = logical(conn), history.history(conn, limit=0)

    with pytest.raises(UndoConflictError) as caught:
        undo(conn, added)

    assert caught.value.message.startswith(f"{added} cannot be undone: {later} (")
    assert caught.value.message.endswith(" depends on it")
    assert caught.value.hint == f"undo the later one first: dex undo {later}"
    assert logical(conn) == before
    assert history.history(conn, limit=0) == operations
    # The remedy is one.
    undo(conn, later)
    undo(conn, added)
    assert [row["name"] for row in conn.execute("select name from person")] == ["Grace Hopper"]


def test_one_after_the_other_is_named_until_nothing_depends_on_it(conn: Connection) -> None:
    added = add_ada(conn)
    logged, snoozed = (
        logbook.log(conn, call(), Entry(person_ids=[1])).operation_id,
        people.snooze(conn, call(), 1, "2w").operation_id,
    )

    with pytest.raises(UndoConflictError, match=f"{snoozed} "):
        undo(conn, added)
    undo(conn, snoozed)
    with pytest.raises(UndoConflictError, match=f"{logged} "):
        undo(conn, added)


def test_what_touches_other_columns_is_undone_by_itself(conn: Connection) -> None:
    add_ada(conn)
    given = cadence.set_cadence(conn, call(), [1], "2w").operation_id
    people.snooze(conn, call(), 1, "1m")
    tags.tag(conn, call(), [1], give=["friend"], take=[])

    undo(conn, given)

    row = conn.execute("select cadence, snoozed_until from person").fetchone()
    assert tuple(row) == (None, "2026-02-28")
    assert conn.execute("select count(*) from person_tag").fetchone()[0] == 1


def test_two_edits_that_add_different_people_are_undone_apart(known: Connection) -> None:
    entry = logbook.log(known, call(), Entry(person_ids=[1], text="dinner"))
    number = int(entry.interaction.id[1:])
    first, _ = (logbook.edit(known, call(), number, Change(add_people=[one])).operation_id for one in (2, 3))

    undo(known, first)

    present = logbook.show(known, call(), number).interaction.participants
    assert [one.person_id for one in present] == [1, 3]


def test_an_edit_that_takes_off_whom_another_has_added_depends_on_it(known: Connection) -> None:
    number = int(logbook.log(known, call(), Entry(person_ids=[1], text="dinner")).interaction.id[1:])
    first = logbook.edit(known, call(), number, Change(add_people=[2])).operation_id
    second = logbook.edit(known, call(), number, Change(remove_people=[2])).operation_id

    with pytest.raises(UndoConflictError, match=f"{first} cannot be undone: {second} "):
        undo(known, first)


def test_an_undo_decides_nothing_before_others_are_kept_out(known: Connection) -> None:
    statements: list[str] = []
    known.set_trace_callback(statements.append)
    undo(known)
    known.set_trace_callback(None)

    begun = statements.index("begin immediate")
    looked = [number for number, one in enumerate(statements) if " operation" in one or " change " in one]
    assert min(looked) > begun


def test_an_operation_to_come_cannot_be_undone(known: Connection) -> None:
    (last,) = known.execute("select seq from sqlite_sequence where name = 'operation'").fetchone()
    with pytest.raises(NotFoundError, match=f"there is no operation o{last + 1}"):
        undo(known, f"o{last + 1}")


def test_a_removed_person_comes_back_after_others_were_added(conn: Connection) -> None:
    add_ada(conn)
    before = logical(conn)
    removed = people.remove(conn, call(), 1).operation_id
    people.add(conn, call(), Details(name="Grace Hopper", emails=["grace@example.org"], tags=["navy"]))

    undo(conn, removed)

    assert [row["name"] for row in conn.execute("select name from person order by id")] == [
        "Ada Lovelace",
        "Grace Hopper",
    ]
    assert before["person"][0] in logical(conn)["person"]
    assert set(before["claim"]) <= set(logical(conn)["claim"])


@pytest.mark.parametrize(
    "details",
    [
        Details(name="Ada Lovelace"),  # takes the handle
        Details(name="Ada King", emails=["ada@example.org"]),  # takes the address
    ],
)
def test_what_was_given_to_another_meanwhile_is_not_taken_from_them(conn: Connection, details: Details) -> None:
    undoing = undo(conn, add_ada(conn))
    other = people.add(conn, call(), details).operation_id
    before = logical(conn)

    with pytest.raises(UndoConflictError, match=rf"{undoing} cannot be undone: {other} \(added Ada"):
        undo(conn, undoing)

    assert logical(conn) == before
    undo(conn, other)
    undo(conn, undoing)
    assert [row["handle"] for row in conn.execute("select handle from person")] == ["ada-lovelace"]


def test_a_handle_that_moved_on_by_an_edit_names_that_edit(conn: Connection) -> None:
    add_ada(conn)
    people.add(conn, call(), Details(name="Grace Hopper"))
    first = people.edit(conn, call(), 1, Details(handle="countess"), Removals()).operation_id
    second = people.edit(conn, call(), 2, Details(handle="ada-lovelace"), Removals()).operation_id

    with pytest.raises(UndoConflictError, match=f"{first} cannot be undone: {second} "):
        undo(conn, first)


def test_redo_waits_for_what_was_undone_after_it(conn: Connection) -> None:
    add_ada(conn)
    first = cadence.set_cadence(conn, call(), [1], "2w").operation_id
    second = cadence.set_cadence(conn, call(), [1], "1m").operation_id
    undo_second, undo_first = undo(conn, second), undo(conn, first)

    with pytest.raises(UndoConflictError, match=f"{undo_second} cannot be undone: {undo_first} "):
        undo(conn, undo_second)

    undo(conn, undo_first)
    undo(conn, undo_second)
    assert conn.execute("select cadence from person").fetchone()[0] == "1m"


def test_a_typed_value_taken_back_gives_way_to_what_was_imported_since(conn: Connection) -> None:
    ingest(conn, job([card("1", "Ada Lovelace", ("company", "Babbage & Co"))]), now=FIRST_DAY)
    typed = people.edit(conn, call(), 1, Details(company="Analytical Engines"), Removals()).operation_id
    ingest(conn, job([card("1", "Ada Lovelace", ("company", "Royal Society"))]), now=FIRST_DAY + timedelta(days=9))

    undo(conn, typed)

    assert conn.execute("select company from person").fetchone()[0] == "Royal Society"


def test_an_operation_is_undone_once_and_an_unknown_one_never(conn: Connection) -> None:
    added = add_ada(conn)
    undoing = undo(conn, added)

    with pytest.raises(UndoConflictError, match=f"{added} is undone already") as caught:
        undo(conn, added)
    assert caught.value.hint == f"dex undo {undoing} would restore it"
    with pytest.raises(NotFoundError, match="o99"):
        undo(conn, "o99")


def test_what_is_said_to_be_undone_by_nothing_is_refused_as_well(conn: Connection) -> None:
    added = add_ada(conn)
    conn.execute("update operation set state = 'undone'")

    with pytest.raises(UndoConflictError, match=f"{added} is undone already$") as caught:
        undo(conn, added)
    assert caught.value.hint == "dex history lists what can be undone"


def test_history_tells_newest_first_what_was_done_and_undone(conn: Connection) -> None:
    added = add_ada(conn)
    undoing = undo(conn, added, days=1)

    told = history.history(conn, limit=1)
    whole = history.history(conn, limit=0)

    assert (told.total, [one.id for one in told.operations]) == (2, [undoing])
    assert [(one.id, one.state, one.undoes, one.undone_by) for one in whole.operations] == [
        (undoing, "done", added, None),
        (added, "undone", None, undoing),
    ]
    assert [one.summary for one in whole.operations] == [
        f"undid {added}: added Ada Lovelace (ada-lovelace)",
        "added Ada Lovelace (ada-lovelace)",
    ]


@pytest.mark.parametrize(
    "nothing",
    [
        lambda conn: people.edit(conn, call(), 1, Details(name="Ada Lovelace"), Removals()),
        lambda conn: tags.tag(conn, call(), [1], give=["friend"], take=["navy"]),
        lambda conn: cadence.set_cadence(conn, call(days=5), [1], "2w"),
        lambda conn: people.set_state(conn, call(), 1, "unarchive"),
        lambda conn: people.snooze(conn, call(), 1, None),
        lambda conn: logbook.edit(conn, call(), 1, Change(text="lunch", on=TODAY, add_people=[1])),
    ],
)
def test_what_changes_nothing_is_no_operation(conn: Connection, nothing: Callable[[Connection], PersonResult]) -> None:
    people.add(conn, call(), Details(name="Ada Lovelace", tags=["friend"], every="2w"))
    logbook.log(conn, call(), Entry(person_ids=[1], text="lunch"))
    before, told = logical(conn), history.history(conn, limit=0)

    assert nothing(conn).operation_id is None

    assert logical(conn) == before
    assert history.history(conn, limit=0) == told
