"""Whoever is forgotten is nowhere in the files, whatever was done before; and nothing that follows brings them back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from dexcli.domain.identifiers import Identifier
from dexcli.domain.records import SourceItem
from dexcli.errors import NotFoundError, UndoConflictError, UsageError
from dexcli.results.upkeep import ForgetResult
from dexcli.services import forgetting, history, logbook, people
from dexcli.services.ingest import ingest
from dexcli.services.logbook import Change, Entry, Promise
from dexcli.services.people import Details, Removals
from dexcli.store import bulk, claims, contradictions, copies, judging, naming, standing, texts, tombstones
from dexcli.store import forgetting as erasing
from dexcli.store.bulk import Bulk
from dexcli.store.connection import Connection, open_for_writing, transaction
from support.world import FIRST_DAY, World, card, job, logical, mail, meeting

SEEDS = range(12)
HERS = (
    # A word alone, as the index has it.
    "zenobia", "quirke",
    "Zenobia Quirke", "zenobia-quirke", "zenobia@example.org", "zq-old@example.org", "zq-note", "zq-company",
    "zq-alone", "zq-promise", "zq-removed", "zq-edited", "Zq Alias", "+442079460999", "zq-wedding", "zq-field",
    "zq-card", "zenobia", "quirke", "zq-cards", "zq-loom", "zq-met", "zq-day", "zq-reworded",
)  # fmt: skip
"""What is said of nobody else."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dex.db"


@pytest.fixture
def conn(path: Path) -> Iterator[Connection]:
    with closing(open_for_writing(path)) as conn:
        yield conn


def add_her(world: World) -> int:
    """Somebody with whom everything happens that leaves a trace."""
    conn, call = world.conn, world.call
    added = people.add(
        conn,
        call("add"),
        Details(
            name="Zenobia Quirke", emails=["zenobia@example.org", "zq-old@example.org"], phones=["+44 20 7946 0999"],
            aliases=["Zq Alias"], company="zq-company", note="zq-note", tags=["friend"], dates=["zq-wedding=06-12"],
            fields=["coffee=zq-field"], birthday="12-10",
        ),
        force=True,
    )  # fmt: skip
    her = added.person.id
    ingest(
        conn, job([card("zq", "Zenobia Quirke", ("email", "zenobia@example.org"), ("note", "zq-card"))]), now=world.now
    )
    entry = logbook.log(
        conn, call("log"), Entry(person_ids=[her], text="zq-alone", promises=[Promise(text="zq-promise")])
    )
    edited = logbook.log(conn, call("log"), Entry(person_ids=[her], text="zq-edited"))
    logbook.edit(conn, call("edit"), int(edited.interaction.id[1:]), Change(text="something else"))
    removed = logbook.log(conn, call("log"), Entry(person_ids=[her], text="zq-removed"))
    logbook.remove(conn, call("rm"), int(removed.interaction.id[1:]))
    people.edit(conn, call("edit"), her, Details(company="Engines"), Removals(emails=["zq-old@example.org"]))
    people.remove(conn, call("rm"), her)
    world.undo(None)
    assert entry.interaction.title is not None
    return her


def say_of_her_elsewhere(world: World) -> None:
    """Speak of her in what is of others, and take it back, so that the history alone has it."""
    conn, call = world.conn, world.call
    added = people.add(conn, call("add"), Details(name="Zq Other"), force=True)
    other = added.person.id
    promise = Promise(text="send Zenobia Quirke the zq-cards")
    of_her = Entry(person_ids=[other], text="tea with Zenobia Quirke, zq-loom", promises=[promise])
    logged = logbook.log(conn, call("log"), of_her)
    world.undo(logged.operation_id)
    again = logbook.log(conn, call("log"), of_her)
    logbook.edit(conn, call("edit"), int(again.interaction.id[1:]), Change(text="zq-reworded, by ZENOBIA QUIRKE"))
    logbook.remove(conn, call("rm"), int(again.interaction.id[1:]))
    said = Details(note="zq-met, by Zenobia Quirke", dates=["zq-day of Zenobia Quirke=06-12"])
    world.undo(people.edit(conn, call("edit"), other, said, Removals()).operation_id)
    people.edit(conn, call("edit"), other, said, Removals())
    world.undo(None)
    people.remove(conn, call("rm"), other)


def forget(world: World, person_id: int, path: Path) -> ForgetResult:
    one = forgetting.who(world.conn, person_id)
    return forgetting.forget(world.conn, world.call("forget"), path, one, wait=1)


def found_in(path: Path) -> set[tuple[str, str]]:
    """Which of her words stand in which of the files."""
    return {
        (one.name, word)
        for one in path.parent.glob(f"{path.name}*")
        for word in HERS
        if word.lower().encode() in one.read_bytes().lower()
    }


def check(conn: Connection) -> None:
    assert conn.execute("pragma foreign_key_check").fetchall() == []
    assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"
    assert texts.check(conn) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_left_in_any_file_whatever_was_done_and_is_undone(conn: Connection, path: Path, seed: int) -> None:
    world = World(conn, seed)

    def live(steps: int) -> None:
        for _ in range(steps):
            if world.act() is None:
                world.wait()

    live(15)
    letter = mail("zq", date(2025, 1, 3), "zenobia@example.org", ["me@example.org"])
    world.undo(ingest(conn, job([letter], run="letters"), now=world.now).operation_id)
    her = add_her(world)
    say_of_her_elsewhere(world)
    for number in range(3):
        who = [her, *[one for one in world._ids("person") if one != her][:number]]
        logbook.log(conn, world.call("log"), Entry(person_ids=who, text=f"a talk of {number}"))
    live(25)
    if conn.execute("select 1 from person where id = ?", (her,)).fetchone() is None:
        return  # it happened that she was removed, or her adding undone
    assert found_in(path)
    before = {table: len(rows) for table, rows in logical(conn).items()}

    result = forget(world, her, path)

    assert result.report.erased_bytes
    assert found_in(path) == set()
    check(conn)
    after = logical(conn)
    assert her not in [row[0] for row in after["person"]]
    assert len(after["interaction"]) == before["interaction"] - result.report.interactions
    live(10)
    numbers = [row[0] for row in conn.execute("select id from operation order by id desc")]
    for number in numbers:
        with_conflict = None
        try:
            history.undo(conn, world.call("undo"), number)
        except (UndoConflictError, NotFoundError) as error:
            with_conflict = error
        assert with_conflict is None or with_conflict.hint
        assert contradictions.doubles(conn) == []
    check(conn)
    assert found_in(path) == set()
    assert conn.execute("select 1 from person where id = ?", (her,)).fetchone() is None


@pytest.mark.parametrize("seed", range(6))
def test_what_is_derived_of_others_is_as_if_made_anew(conn: Connection, path: Path, seed: int) -> None:
    world = World(conn, seed)
    for _ in range(40):
        if world.act() is None:
            world.wait()
    for person_id in world._ids("person")[:3]:
        forget(world, person_id, path)
        assert standing.disagreeing(conn, world.today) == []
        assert judging.disagreeing(conn) == 0
        assert texts.check(conn) == []
        check(conn)


def with_her(conn: Connection) -> tuple[World, int]:
    world = World(conn, 1)
    return world, add_her(world)


def names(conn: Connection) -> set[str]:
    return {row[0] for row in conn.execute("select name from person")}


def test_no_source_brings_them_back_but_the_user_does(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    items: list[SourceItem] = [
        card("zq", "Zenobia Quirke", ("email", "zenobia@example.org")),
        card("other", "Zenobia Q.", ("email", "zenobia@example.org")),
        card("1", "Emmy Noether", ("email", "emmy@example.org")),
        mail("1", date(2026, 1, 3), "zenobia@example.org", ["me@example.org"]),
        mail("2", date(2026, 1, 4), "zenobia@example.org", ["me@example.org", "emmy@example.org"]),
        meeting("3", date(2026, 1, 5), ("email", "zenobia@example.org"), ("email", "emmy@example.org")),
    ]
    people.add(conn, world.call("add"), Details(name="Me"), force=True)
    ingest(conn, job(items), now=world.now)
    forget(world, her, path)
    assert found_in(path) == set()

    ingest(conn, job(items, run="again"), now=world.now)
    assert "Emmy Noether" in names(conn)
    assert names(conn).isdisjoint({"Zenobia Quirke", "Zenobia Q."})
    assert found_in(path) == set()

    ingest(conn, job([mail("9", date(2026, 2, 1), "zenobia@example.org", ["me@example.org"])]), now=world.now)
    assert conn.execute("select person_id from identifier where value = 'zenobia@example.org'").fetchone()[0] is None

    people.add(conn, world.call("add"), Details(name="Zenobia Quirke", emails=["zenobia@example.org"]))
    ingest(conn, job([items[1]], run="a third time"), now=world.now)
    assert "Zenobia Quirke" in names(conn)


def test_a_calendar_that_is_read_again_does_not_put_them_back_into_what_stays(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    people.add(conn, world.call("add"), Details(name="Emmy Noether", emails=["emmy@example.org"]))
    event = meeting(
        "1", date(2026, 1, 5), ("email", "zenobia@example.org"), ("email", "emmy@example.org"), title="Algebra"
    )
    ingest(conn, job([event]), now=world.now)
    assert forget(world, her, path).report.kept_interactions == 1
    ingest(conn, job([event], run="again"), now=world.now)
    assert found_in(path) == set()
    assert conn.execute("select count(*) from interaction where title = 'Algebra'").fetchone()[0] == 1


def test_what_was_shared_is_the_others_alone(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    call = world.call("add")
    other = people.add(
        conn, call, Details(name="Emmy Noether", phones=["+44 20 7946 0000"], emails=["we@example.org"]), force=True
    ).person.id
    people.edit(conn, call, her, Details(phones=["+44 20 7946 0000"], emails=["we@example.org"]), Removals())
    assert naming.by_identifier(conn, Identifier("email", "we@example.org")) == [her, other]
    forget(world, her, path)
    for one in (Identifier("phone", "+442079460000"), Identifier("email", "we@example.org")):
        known = claims.find_identifier(conn, one)
        assert known is not None
        assert (known.person_id, known.shared) == (other, False)
    check(conn)


def test_mail_that_was_not_kept_and_their_mark_go_as_well(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    with transaction(conn):
        rows = [("a@lists.example.org", 1), ("zenobia@example.org", 2), ("x@example.org, zenobia@example.org", 3)]
        bulk.add(conn, [Bulk(key=key, reason="list", address=address) for address, key in rows], 1)
        conn.execute("insert into shown(person_id, reason, shown_on) values(?, 'cadence', '2026-01-01')", (her,))
    forget(world, her, path)
    assert [row[0] for row in conn.execute("select address from bulk")] == ["a@lists.example.org"]
    assert conn.execute("select count(*) from shown").fetchone()[0] == 0


def test_mail_that_is_not_kept_and_read_again_does_not_say_whose_it_was(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    rows = [("a@lists.example.org", 1), ("zenobia@example.org", 2), ("x@example.org, zenobia@example.org", 3)]
    read = [Bulk(key=key, reason="list", address=address) for address, key in rows]
    forget(world, her, path)
    for _ in range(2):
        with transaction(conn):
            bulk.add(conn, read, 1)
    told = [tuple(row) for row in conn.execute("select key, reason, address from bulk order by key")]
    assert told == [(1, "list", "a@lists.example.org"), (2, "list", ""), (3, "list", "x@example.org")]
    people.add(conn, world.call("add"), Details(name="Zenobia", emails=["zenobia@example.org"]))
    with transaction(conn):
        bulk.add(conn, [Bulk(key=4, reason="list", address="zenobia@example.org")], 2)
    again = conn.execute("select address from bulk where key = 4").fetchone()
    assert again[0] == "zenobia@example.org"


def test_what_names_them_in_a_text_of_others_is_told(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    call = world.call("add")
    emmy = people.add(conn, call, Details(name="Emmy Noether", note="met by ZENOBIA QUIRKE")).person.id
    entry = logbook.log(conn, call, Entry(person_ids=[emmy], text="zenobia quirke's paper", promises=[]))
    logbook.log(conn, call, Entry(person_ids=[emmy], text="Zenobia Quirkeson is somebody else"))
    assert forget(world, her, path).report.mentions == [entry.interaction.id, "emmy-noether"]


def test_what_was_undone_or_removed_and_names_them_goes_with_its_way_back(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    call = world.call("add")
    emmy = people.add(conn, call, Details(name="Emmy Noether")).person.id
    undone = logbook.log(conn, call, Entry(person_ids=[emmy], text="coffee with Zenobia Quirke, zq-cards"))
    world.undo(undone.operation_id)
    other = logbook.log(conn, call, Entry(person_ids=[emmy], text="rings and ideals"))
    undo_of_other = world.undo(other.operation_id)
    (undoing,) = (one for one in history.history(conn, limit=0).operations if one.undoes == undone.operation_id)
    assert forget(world, her, path).report.mentions == []
    assert found_in(path) == set()
    for operation_id in (undone.operation_id, undoing.id):
        with pytest.raises(UndoConflictError, match="forgotten"):
            world.undo(operation_id)
    world.undo(undo_of_other)
    assert [row[0] for row in conn.execute("select title from interaction")].count("rings and ideals") == 1


def test_former_texts_of_what_is_still_there_are_told_by_the_operation_that_remembers_them(
    conn: Connection, path: Path
) -> None:
    world, her = with_her(conn)
    call = world.call("add")
    emmy = people.add(conn, call, Details(name="Emmy Noether")).person.id
    entry = logbook.log(conn, call, Entry(person_ids=[emmy], text="coffee with Zenobia Quirke"))
    edited = logbook.edit(conn, call, int(entry.interaction.id[1:]), Change(text="coffee"))
    namesake = people.add(conn, call, Details(name="Zenobia Quirke"), force=True).person.id
    removed = people.remove(conn, call, namesake)
    assert forget(world, her, path).report.mentions == [edited.operation_id, removed.operation_id]
    world.undo(edited.operation_id)
    assert conn.execute("select 1 from interaction where title = 'coffee with Zenobia Quirke'").fetchone()


def test_copies_that_still_hold_them_are_named(conn: Connection, path: Path) -> None:
    world = World(conn, 1)
    world.add()
    copies.back_up(path, copies.folder_of(path), at=FIRST_DAY)
    her = add_her(world)
    after, _ = copies.back_up(path, copies.folder_of(path), at=FIRST_DAY + timedelta(days=1))
    people.remove(conn, world.call("rm"), her)
    removed, _ = copies.back_up(path, copies.folder_of(path), at=FIRST_DAY + timedelta(days=2))
    world.undo(None)
    earlier = path.with_name("dex.db.before-v4")
    earlier.write_bytes(after.read_bytes())
    assert set(forget(world, her, path).report.backups) == {str(after), str(removed), str(earlier)}


def test_what_another_program_keeps_open_is_told_and_finished_later(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    with closing(open_for_writing(path)) as reader:
        reader.execute("begin")
        reader.execute("select * from person").fetchall()
        assert not forgetting.forget(
            world.conn, world.call("forget"), path, forgetting.who(conn, her), wait=0
        ).report.erased_bytes
        assert "Zenobia Quirke" not in names(conn)
        assert erasing.is_unfinished(conn)
    assert erasing.scrub(conn, wait=1)
    assert found_in(path) == set()
    assert not erasing.is_unfinished(conn)


def test_a_try_changes_nothing(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    before = logical(conn)
    one = forgetting.who(conn, her)
    tried = forgetting.forget(conn, world.call("forget", dry_run=True), path, one, wait=1).report
    assert logical(conn) == before
    assert not erasing.is_unfinished(conn)
    did = forgetting.forget(conn, world.call("forget"), path, one, wait=1).report
    assert (tried.interactions, tried.operations, tried.mentions) == (did.interactions, did.operations, did.mentions)


def test_forgetting_is_in_the_history_and_cannot_be_undone(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    forget(world, her, path)
    with pytest.raises(UndoConflictError, match="for good"):
        world.undo(None)
    assert history.history(conn, limit=1).operations[0].summary.startswith("forgot a person for good, and ")
    nothing_left = [
        operation.id
        for operation in history.history(conn, limit=0).operations
        if operation.summary in ("log, about somebody forgotten", "edit, about somebody forgotten")
    ]
    assert len(nothing_left) == 5
    for operation_id in nothing_left:
        with pytest.raises(UndoConflictError, match="all that it changed was forgotten"):
            world.undo(operation_id)


def test_an_undo_behind_a_forgetting_names_what_cannot_be_taken_back_and_offers_what_can(
    conn: Connection, path: Path
) -> None:
    world = World(conn, 1)
    call = world.call("add")
    kept = people.add(conn, call, Details(name="Emmy Noether"))
    first, second = (people.add(conn, call, Details(name=name)).person.id for name in ("Ada Lovelace", "Grace Hopper"))
    forget(world, first, path)
    forget(world, second, path)
    latest, before, hers, theirs, offered = history.history(conn, limit=5).operations
    assert [one.undoable for one in (latest, before, hers, theirs, offered)] == [False, False, False, False, True]
    with pytest.raises(UndoConflictError, match=f"{latest.id} cannot be undone: .* for good") as refused:
        world.undo(None)
    assert refused.value.hint == (
        f"nor can {before.id}, {hers.id} and {theirs.id}: dex history tells what is for good\n"
        f"dex undo {kept.operation_id} takes back the change before: added Emmy Noether (emmy-noether)"
    )
    world.undo(kept.operation_id)
    with pytest.raises(UndoConflictError) as nothing_left:
        world.undo(None)
    assert "takes back" not in str(nothing_left.value.hint)


def test_what_another_change_depends_on_is_not_offered_behind_a_forgetting(conn: Connection, path: Path) -> None:
    world = World(conn, 1)
    call = world.call("add")
    people.add(conn, call, Details(name="Emmy Noether"))
    emmy = people.add(conn, call, Details(name="Emmy Noether", emails=["emmy@example.org"]), force=True)
    cards = [card("emmy", "Emmy Noether", ("email", "emmy@example.org"), ("note", "algebra"))]
    ingest(conn, job(cards, origin="sync", command="sync", run="home"), now=world.now)
    with pytest.raises(UndoConflictError):
        world.undo(emmy.operation_id, dry_run=True)
    forget(world, people.add(conn, call, Details(name="Grace Hopper")).person.id, path)
    with pytest.raises(UndoConflictError) as refused:
        world.undo(None)
    assert str(refused.value.hint).endswith(
        "dex undo o1 takes back the change before: added Emmy Noether (emmy-noether)"
    )


@pytest.mark.parametrize("blocked", [2, 3])
def test_only_the_next_few_are_tried_behind_a_forgetting(conn: Connection, path: Path, blocked: int) -> None:
    world = World(conn, 1)
    call = world.call("add")
    names = ("Emmy Noether", "Ada Lovelace", "Sofia Kovalevskaya")[:blocked]
    for name in (*names, "Mary Somerville"):
        people.add(conn, call, Details(name=name))
    cards = []
    for name in names:
        address = f"{name.split()[0].lower()}@example.org"
        people.add(conn, call, Details(name=name, emails=[address]), force=True)
        cards.append(card(address, name, ("email", address), ("note", "algebra")))
    ingest(conn, job(cards, origin="sync", command="sync", run="home"), now=world.now)
    forget(world, people.add(conn, call, Details(name="Grace Hopper")).person.id, path)
    with pytest.raises(UndoConflictError) as refused:
        world.undo(None)
    assert ("takes back the change before: added Mary" in str(refused.value.hint)) == (blocked < 3)


def test_what_was_undone_before_it_was_forgotten_is_not_offered_again(conn: Connection, path: Path) -> None:
    world = World(conn, 1)
    her = people.add(conn, world.call("add"), Details(name="Grace Hopper")).person.id
    entry = logbook.log(conn, world.call("log"), Entry(person_ids=[her], text="tea"))
    world.undo(entry.operation_id)
    forget(world, her, path)
    with pytest.raises(UndoConflictError, match="undone already, and what it said was forgotten") as refused:
        world.undo(entry.operation_id)
    assert refused.value.hint == "dex history lists what can be undone"


def test_a_tombstone_of_the_forgotten_says_nothing(conn: Connection, path: Path) -> None:
    world, her = with_her(conn)
    forget(world, her, path)
    keys = [row[0] for row in conn.execute("select key from tombstone")]
    assert keys
    assert all(key.startswith("forgotten:") and len(key) == len("forgotten:") + 32 for key in keys)
    tombstone = tombstones.hashed(conn)
    assert tombstone is not None
    assert tombstone("email:zenobia@example.org") in keys


def test_only_the_whole_name_will_do_where_nobody_is_asked(conn: Connection) -> None:
    world, her = with_her(conn)
    for text in ("zenobia quirke", "zenobia-quirke", "Zq Alias", str(her), "zenobia@example.org", "+44 20 7946 0999"):
        forgetting.refuse_inexact(conn, world.call("forget"), her, text)
    with pytest.raises(UsageError):
        forgetting.refuse_inexact(conn, world.call("forget"), her, "zenobia")
