"""A draft does what the import would have done, and what its lines say: over random worlds and edits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from dexcli.domain.draft import Draft, Head, Line, parse
from dexcli.domain.records import InteractionRecord, Origin, ParticipantRecord
from dexcli.errors import StaleDraftError, UsageError
from dexcli.render.draft_file import text_of
from dexcli.services import drafting, drafts, importing, logbook, people
from dexcli.services.drafting import Plan
from dexcli.services.following import Follower, Order
from dexcli.services.ingest import at_once, ingest
from dexcli.services.invocation import Invocation
from dexcli.services.people import Details, Removals
from dexcli.services.tally import Job
from dexcli.store.connection import Connection, transaction
from dexcli.store.journal import start
from support.world import FIRST_DAY, Rows, World, card, in_memory, job, logical, meeting

SEEDS = range(15)
SAMPLES = Path(importing.__file__).parent.parent / "samples"
WORDS = ("add", "link", "skip", "update")


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


def copy_of(conn: Connection) -> Connection:
    copy = in_memory()
    conn.backup(copy)
    return copy


def rows_of(conn: Connection) -> Rows:
    """The logical rows, but for what is random in every run: uids, by which entries name people as well."""
    uids = {row["uid"]: f"person {row['id']}" for row in conn.execute("select id, uid from person")}
    return {
        table: sorted((tuple(uids.get(value, value) for value in row) for row in rows), key=repr)
        for table, rows in logical(conn).items()
    }


def call(world: World) -> Invocation:
    return world.call("apply")


def planned(conn: Connection, said: Invocation, jobs: Sequence[Job]) -> Plan:
    with closing(copy_of(conn)) as copy, transaction(copy):
        return drafts.plan_out(copy, said, jobs, "people.vcf", None)[1]


def text(plan: Plan) -> str:
    head = Head(
        source="file:///people.vcf",
        digest="0" * 64,
        made=FIRST_DAY.date(),
        rules="0" * 32,
        count=len(plan.rows),
        rows=plan.digest,
    )
    return text_of(head, [row.shown for row in plan.rows], what="address book, people.vcf", file="people.draft")


def drafted(conn: Connection, said: Invocation, *jobs: Job) -> Draft:
    return parse(text(planned(conn, said, jobs)), "people.draft")


def applied(conn: Connection, said: Invocation, draft: Draft, *jobs: Job) -> Any:
    return drafts.carry_out(conn, said, draft, jobs, title="people.vcf", name="people.draft")


def edited(draft: Draft, random: Random, handles: Sequence[str]) -> Draft:
    """The draft with some of its lines deleted, and others changed: mostly to what is allowed."""
    lines: dict[str, Line] = {}
    for row, line in draft.lines.items():
        chance = random.random()
        if chance < 0.1:
            continue
        action, person = line.action, line.person
        if chance < 0.5:
            may_be = ("update", "skip") if action == "update" else ("add", "link", "skip")
            action = random.choice(("add", "skip") if is_entries(line.about) else may_be)
        if random.random() < 0.02:
            action = random.choice(WORDS)
        if action == "add":
            person = ""
        elif action == "link" and (not person or random.random() < 0.5):
            others = [*([f"@{random.choice(list(lines))}"] if lines else []), *handles]
            person = random.choice(others) if others else "nobody"
        lines[row] = msgspec.structs.replace(line, action=action, person=person)
    return msgspec.structs.replace(draft, lines=lines)


def is_entries(about: str) -> bool:
    return re.match(r"[\d,]+ (entry|entries): ", about) is not None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_draft_that_nobody_has_edited_is_the_import(conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    for _ in range(30):
        world.act()
        world.wait()
    what = world.file()
    with closing(copy_of(conn)) as imported, closing(copy_of(conn)) as followed:
        told = ingest(imported, what, now=world.now)
        plan = planned(conn, call(world), [what])
        reports = applied(conn, call(world), drafted(conn, call(world), what), what)

        assert rows_of(conn) == rows_of(imported)
        assert [msgspec.structs.replace(one, operation_id=None) for one in reports] == [
            msgspec.structs.replace(told, operation_id=None)
        ]

        # The run that carries out lines comes to the same as the one that decides.
        orders = {
            number: Order(line=1, action=row.action, person_id=row.person_id, by=row.by, changed=False)
            for number, row in enumerate(plan.rows)
            if row.action != "skip"
        }
        with transaction(followed):
            op = start(followed, now=world.now, command="import", origin="import")
            at_once(op, [what], title="people.vcf", course=Follower(plan, orders, "people.draft"))
        assert rows_of(followed) == rows_of(imported)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_edited_draft_does_what_it_says_or_is_refused_and_one_undo_takes_it_back(
    conn: Connection, seed: int
) -> None:
    world = World(conn, seed)
    for _ in range(20):
        world.act()
        world.wait()
    done = 0
    for _ in range(10):
        what = world.file()
        handles = [row[0] for row in conn.execute("select handle from person where state <> 'merged' order by id")]
        draft = edited(drafted(conn, call(world), what), world.random, handles)
        before = logical(conn)
        persons = {row[0] for row in conn.execute("select id from person")}
        try:
            (report,) = applied(conn, call(world), draft, what)
        except UsageError:
            assert logical(conn) == before
            continue
        done += 1
        adds = sum(line.action == "add" for row, line in draft.lines.items() if not is_entries(line.about))
        added = {row[0] for row in conn.execute("select id from person")} - persons
        assert len(added) == report.people.added == adds
        if report.operation_id is None:
            assert logical(conn) == before
        elif world.random.random() < 0.7:
            world.undo(report.operation_id)
            assert logical(conn) == before
        world.wait()
    assert done > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_draft_of_nothing_but_skips_changes_nothing(conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    for _ in range(30):
        world.act()
        world.wait()
    what = world.file()
    draft = drafted(conn, call(world), what)
    before = logical(conn)
    contested = any("who is called otherwise" in line.about for line in draft.lines.values())
    (report,) = applied(conn, call(world), msgspec.structs.replace(draft, lines={}), what)
    if not contested:  # that a reference is claimed by several is remembered, as an import does
        assert logical(conn) == before
        assert report.operation_id is None


# -- stale or not ----------------------------------------------------------------------------------------------


ADA = card("1", "Ada Lovelace", ("email", "ada@example.org"), ("company", "Analytical Engines"))
GRACE = card("2", "Grace Hopper", ("email", "grace@example.org"))
LUNCH = meeting("1", FIRST_DAY.date(), ("email", "ada@example.org"))
INVOCATION = Invocation(now=FIRST_DAY, command="apply", region="GB")


@pytest.fixture
def ada(conn: Connection) -> int:
    return person(conn, "Ada Lovelace", "ada@example.org")


def person(conn: Connection, name: str, *emails: str) -> int:
    return people.add(conn, INVOCATION, Details(name=name, emails=emails), force=True).person.id


def is_stale(conn: Connection, draft: Draft, *jobs: Job) -> bool:
    before = logical(conn)
    try:
        applied(conn, INVOCATION, draft, *jobs)
    except StaleDraftError:
        assert logical(conn) == before
        return True
    return False


def test_what_happens_meanwhile_to_the_people_of_a_draft_does_not_matter(conn: Connection, ada: int) -> None:
    draft = drafted(conn, INVOCATION, job([ADA, GRACE]))
    logbook.log(conn, INVOCATION, logbook.Entry(person_ids=[ada], text="coffee"))
    people.snooze(conn, INVOCATION, ada, "2w")
    logbook.remind(conn, INVOCATION, ada, "the paper", on=FIRST_DAY.date(), every=None)
    assert not is_stale(conn, draft, job([ADA, GRACE]))


def test_somebody_elses_changes_do_not_matter(conn: Connection, ada: int) -> None:
    other = person(conn, "Alan Turing", "alan@example.org")
    draft = drafted(conn, INVOCATION, job([ADA, GRACE]))
    people.edit(conn, INVOCATION, other, Details(company="Bletchley Park"), Removals())
    person(conn, "Joan Clarke")
    assert ada
    assert not is_stale(conn, draft, job([ADA, GRACE]))


@pytest.mark.parametrize(
    "details",
    [
        Details(company="Royal Society"),
        Details(tags=["friend"]),
        Details(every="2w"),
        Details(phones=["+44 20 7946 0958"]),
        Details(name="Augusta Ada King"),
        Details(handle="countess"),
    ],
)
def test_a_change_of_somebody_concerned_makes_a_draft_stale(conn: Connection, ada: int, details: Details) -> None:
    draft = drafted(conn, INVOCATION, job([ADA, GRACE]))
    people.edit(conn, INVOCATION, ada, details, Removals())
    with pytest.raises(StaleDraftError, match=r"line \d+: link [0-9a-f]{7} Ada Lovelace, sure, same e-mail") as caught:
        applied(conn, INVOCATION, draft, job([ADA, GRACE]))
    assert "Grace" not in caught.value.message


def test_a_new_namesake_or_owner_of_an_address_makes_a_draft_stale(conn: Connection) -> None:
    draft = drafted(conn, INVOCATION, job([ADA]))
    person(conn, "ADA LOVELACE")
    assert is_stale(conn, draft, job([ADA]))
    draft = drafted(conn, INVOCATION, job([GRACE]))
    person(conn, "G. Hopper", "grace@example.org")
    assert is_stale(conn, draft, job([GRACE]))


def test_entries_that_came_otherwise_meanwhile_make_a_draft_stale(conn: Connection, ada: int) -> None:
    draft = drafted(conn, INVOCATION, job([LUNCH]))
    ingest(conn, job([LUNCH], run="another"), now=FIRST_DAY)
    assert ada
    assert is_stale(conn, draft, job([LUNCH]))


def test_a_draft_is_applied_once_until_that_is_undone(conn: Connection, ada: int) -> None:
    draft = drafted(conn, INVOCATION, job([ADA, GRACE]))
    (report,) = applied(conn, INVOCATION, draft, job([ADA, GRACE]))
    with pytest.raises(StaleDraftError, match=f"people.draft was applied already \\({report.operation_id}\\)"):
        applied(conn, INVOCATION, draft, job([ADA, GRACE]))
    World(conn, 1).undo(report.operation_id)
    assert ada
    assert applied(conn, INVOCATION, draft, job([ADA, GRACE]))[0].people.added == 1


# -- entries ---------------------------------------------------------------------------------------------------

ELSEWHERE = msgspec.structs.replace(LUNCH, origin=Origin(source="csv", ref="elsewhere"))
MOVED = msgspec.structs.replace(
    LUNCH, title="moved", participants=(ParticipantRecord(kind="email", value="x@y.example"),)
)
DINNER = meeting("2", FIRST_DAY.date(), ("email", "ada@example.org"), kind="meal")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (ELSEWHERE, ("update", "1 entry: meeting")),
        (MOVED, ("update", "1 entry: meeting")),
        (DINNER, ("add", "1 entry: meal")),
    ],
)
def test_what_becomes_of_entries_is_told_by_kind_and_can_be_skipped(
    conn: Connection, ada: int, record: InteractionRecord, told: tuple[str, str]
) -> None:
    assert ada
    ingest(conn, job([LUNCH], run="another"), now=FIRST_DAY)
    draft = drafted(conn, INVOCATION, job([record]))
    assert [(line.action, line.about.split("  ")[0]) for line in draft.lines.values()] == [told]
    before = logical(conn)
    (report,) = applied(conn, INVOCATION, msgspec.structs.replace(draft, lines={}), job([record]))
    assert logical(conn) == before
    assert report.operation_id is None
    (report,) = applied(conn, INVOCATION, draft, job([record]))
    assert report.operation_id is not None
    assert drafted(conn, INVOCATION, job([record])).lines == {}


def test_rows_are_told_apart_by_more_digits_where_they_have_to_be(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "_SHORTEST", 1)
    many = [card(str(number), f"Ada {number}") for number in range(40)]
    rows = [row.row for row in planned(conn, INVOCATION, [job(many)]).rows]
    assert len(set(rows)) == 40
    assert 1 < len(rows[0]) < 7


# -- who I am --------------------------------------------------------------------------------------------------

ME = card("0", "Me Myself", ("email", "me@example.org"), mine=True)


def mine(conn: Connection) -> list[str]:
    return [row[0] for row in conn.execute("select value from identifier where mine = 1 and kind = 'email'")]


def test_the_owner_of_an_export_is_a_row_that_can_be_skipped(conn: Connection) -> None:
    what = job([ME, card("5", "Me Myself", ("email", "me@example.org")), GRACE])
    draft = drafted(conn, INVOCATION, what)
    told = [(line.action, line.person, line.about.split("  ")[0]) for line in draft.lines.values()]
    assert told == [("update", "me", "Me Myself"), ("skip", "", "Me Myself"), ("add", "", "Grace Hopper")]
    without = {row: line for row, line in draft.lines.items() if "Grace" not in line.about}
    with closing(copy_of(conn)) as other:
        (report,) = applied(other, INVOCATION, msgspec.structs.replace(draft, lines=without), what)
        assert mine(other) == ["me@example.org"]
        assert report.people.added == 0
    without = {row: line for row, line in draft.lines.items() if line.person != "me"}
    (report,) = applied(conn, INVOCATION, msgspec.structs.replace(draft, lines=without), what)
    assert mine(conn) == []
    assert report.people.added == 1  # and nobody of the card that is left out because it is mine


# -- files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [(), ("phone.vcf",), ("Connections.csv", "mail.mbox")])
@pytest.mark.parametrize("name", ["phone.vcf", "Connections.csv", "mail.mbox", "interactions.csv", "."])
def test_a_draft_of_a_sample_is_its_import(conn: Connection, name: str, known: Sequence[str], tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for one in SAMPLES.iterdir():
        if one.suffix in (".vcf", ".csv", ".mbox"):
            (folder / one.name).write_bytes(one.read_bytes())
    said = msgspec.structs.replace(INVOCATION, date_order="DMY")
    for before in known:
        importing.import_path(conn, said, folder / before)
    with closing(copy_of(conn)) as trial, closing(copy_of(conn)) as imported:
        told = importing.import_path(imported, said, folder / name)
        result, written = drafts.draft(trial, said, folder / name, file="a.draft")
        done = drafts.apply(conn, said, written, name="a.draft")
        assert rows_of(conn) == rows_of(imported)
        assert done.report == told.report
        assert (result.draft.rows == 0) == (name in known)
