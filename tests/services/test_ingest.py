"""Reading a thing again, in any order, in parts, after a crash or a newer export: what is known comes out right."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.identifiers import Identifier
from dexcli.domain.policy import DIRECT
from dexcli.domain.records import Checkpoint, Skipped, SourceItem
from dexcli.errors import NotFoundError
from dexcli.results.report import Conflict, Report
from dexcli.services import history, logbook, people, tags
from dexcli.services.ingest import ingest
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Change
from dexcli.services.people import Details, Removals
from dexcli.store import me, runs
from dexcli.store import people as store_people
from dexcli.store.connection import Connection, open_for_writing, transaction
from dexcli.store.ingest import Met
from dexcli.store.interaction_writer import InteractionWriter, Resolved
from dexcli.store.journal import finish, operation, start
from support.world import FIRST_DAY, NAMES, Listed, address_book, card, in_memory, job, logical, meeting

LATER = FIRST_DAY + timedelta(days=10)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    conn = open_for_writing(tmp_path / "dex.db")
    yield conn
    conn.close()


def read(conn: Connection, *items: SourceItem, now: datetime = FIRST_DAY, **values: Any) -> Report:
    return ingest(conn, job(items, **values), now=now)


def call(now: datetime = LATER) -> Invocation:
    return Invocation(now=now, command="edit", region="GB")


def found(conn: Connection) -> dict[str, dict[str, Any]]:
    """What is known of everybody by name; of namesakes of the last one."""
    known: dict[str, dict[str, Any]] = {}
    for row in conn.execute("select * from person order by id").fetchall():
        known[row["name"]] = {
            "id": row["id"],
            "company": row["company"],
            **{
                field: [
                    one[0]
                    for one in conn.execute(
                        "select distinct value from claim where person_id = ? and field = ? and current = 1 order by 1",
                        (row["id"], field),
                    )
                ]
                for field in ("email", "phone")
            },
            "days": [
                one[0]
                for one in conn.execute(
                    "select p.happened_on from participant p join identifier f on f.id = p.identifier_id"
                    " where f.person_id = ? and p.counts = 1 order by 1",
                    (row["id"],),
                )
            ],
        }
    return known


def add_up(report: Report) -> bool:
    """Whether every record that was read became something."""
    persons, entries = report.people, report.interactions
    told = persons.added + persons.updated + persons.unchanged
    return report.read == told + entries.added + entries.updated + entries.unchanged


# -- what a database says, whatever its numbers ----------------------------------------------------------------


def content(conn: Connection) -> dict[str, Counter[Any]]:
    """All that was imported without ids, handles, uids and instants, which the order of arrival decides."""
    uids = {f"{row['uid']}": row["name"] for row in conn.execute("select uid, name from person")}

    def rows(sql: str) -> Counter[Any]:
        return Counter(tuple(uids.get(str(value), value) for value in row) for row in conn.execute(sql))

    persons: Counter[Any] = Counter()
    for row in conn.execute("select * from person").fetchall():
        parts = [
            rows(f"{sql} = {row['id']}")
            for sql in (
                "select field, value, label, current, identifier_id is null from claim where person_id",
                "select t.name from person_tag p join tag t on t.id = p.tag_id where p.person_id",
                "select kind, month, day, year from occasion where person_id",
                "select kind, value, shared from identifier where person_id",
                "select ref, digest from person_origin where person_id",
                "select last_contact_on, next_due_on, surfaces_on, extra, stale from standing where person_id",
            )
        ]
        columns = ("name", "company", "title", "notes", "state", "cadence")
        persons[tuple(row[name] for name in columns), *(tuple(sorted(part.items(), key=repr)) for part in parts)] += 1
    return {
        "people": persons,
        "identifiers": rows(
            "select f.kind, f.value, f.shared, f.mine, p.name from identifier f"
            " left join person p on p.id = f.person_id"
        ),
        "interactions": rows(
            "select key, kind, direction, happened_at, happened_on, minutes, title, body, place, status"
            " from interaction"
        ),
        "participants": rows(
            "select i.key, f.kind, f.value, p.happened_on, p.role, p.counts, p.why from participant p"
            " join interaction i on i.id = p.interaction_id join identifier f on f.id = p.identifier_id"
        ),
        "origins": rows(
            "select d.source, o.ref, i.key from interaction_origin o join feed d on d.id = o.feed_id"
            " join interaction i on i.id = o.interaction_id"
        ),
        "questions": rows(
            "select min(p.name, q.name), max(p.name, q.name), x.reason, x.state from question x"
            " join person p on p.id = x.person_id join person q on q.id = x.other_id"
        ),
    }


# -- properties ------------------------------------------------------------------------------------------------

REGISTERED = NAMES[:8]
"""No two of these could be names of one person."""


@st.composite
def streams(draw: st.DrawFn) -> list[SourceItem]:
    """Records of one source whose meaning does not depend on their order.

    All records of a person have the person's name and e-mail address in common, whatever else they say; people share
    phone numbers and role addresses, no others; records of one reference are equal; entries name people by address or
    number, and no two are of one moment; my own record comes first.
    """
    items: list[SourceItem] = []
    for number, name in enumerate(draw(st.lists(st.sampled_from(REGISTERED), unique=True, max_size=6))):
        for part in range(draw(st.integers(1, 3))):
            said = [("email", f"{number}@example.org")]
            said += [("email", f"{number}.{part}@example.com")] * draw(st.integers(0, 1))
            said += [("phone", f"+442079460{draw(st.integers(950, 953))}")] * draw(st.integers(0, 1))
            said += [("company", draw(st.sampled_from(["Bletchley Park", "Royal Society"])))] * draw(st.integers(0, 1))
            said += [("birthday", draw(st.sampled_from(["--12-10", "1906-12-09"])))] * draw(st.integers(0, 1))
            said += [("url", f"https://www.linkedin.com/in/{number}")] * draw(st.integers(0, 1))
            said += [("email", "info@example.org")] * draw(st.integers(0, 1))
            tags = draw(st.lists(st.sampled_from(["friend", "navy"]), unique=True))
            items.append(card(f"{number}/{part}", name, *said, tags=tags))
    addresses = [("email", f"{number}@example.org") for number in range(8)] + [("email", "me@example.org")]
    numbers = [("phone", "+442079460950"), ("phone", "+442079460959")]
    for number in range(draw(st.integers(0, 8))):
        who = draw(st.lists(st.sampled_from(addresses + numbers), unique=True, min_size=1, max_size=4))
        kind = draw(st.sampled_from(["mail", "meeting", "connection"]))
        direction = draw(st.sampled_from(["in", "out", None]))
        when: date | datetime = date(2026, 1, 1) + timedelta(days=number * 5 + draw(st.integers(0, 4)))
        if draw(st.booleans()):
            when = datetime(when.year, when.month, when.day, 23, 30, tzinfo=UTC)
        items.append(meeting(str(number), when, *who, kind=kind, direction=direction))
    return items


MINE = card("mine", "Mary Somerville", ("email", "me@example.org"), mine=True)


def imported(items: Sequence[SourceItem], every: int = 10) -> tuple[dict[str, Counter[Any]], Report]:
    """What a new database says after importing these."""
    with closing(in_memory()) as conn:
        source = Listed([MINE, *items], every)
        report = ingest(conn, job([], source=source), now=FIRST_DAY)
        return content(conn), report


@given(streams(), st.randoms(use_true_random=False), st.integers(1, 12))
def test_a_shuffled_and_repeated_stream_says_the_same(items: list[SourceItem], random: Any, every: int) -> None:
    expected, once = imported(items)
    again = [*items, *random.sample(items, random.randint(0, len(items)))]
    random.shuffle(again)

    found, report = imported(again, every)

    assert found == expected
    assert add_up(once)
    assert once.read == len(items) + 1 - len(once.skipped)
    assert add_up(report)
    assert report.read == once.read
    assert (report.people.added, report.interactions) == (once.people.added, once.interactions)


@given(streams(), st.randoms(use_true_random=False))
def test_a_second_import_changes_nothing(items: list[SourceItem], random: Any) -> None:
    with closing(in_memory()) as conn:
        read(conn, MINE, *items)
        before, operations = logical(conn), conn.execute("select count(*) from operation").fetchone()[0]
        random.shuffle(items)

        report = read(conn, MINE, *items, now=LATER)

        assert logical(conn) == before
        assert conn.execute("select count(*) from operation").fetchone()[0] == operations
        assert report.operation_id is None
        assert (report.people.added, report.people.updated) == (0, 0)
        assert (report.interactions.added, report.interactions.updated) == (0, 0)
        assert add_up(report)
        assert report.read == len(items) + 1 - len(report.skipped)


class Breaking(Listed, frozen=True):
    """A source that fails after so many items."""

    after: int = 0

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        for number, item in enumerate(super().read(cursor)):
            if number == self.after:
                raise ConnectionResetError
            yield item


@given(streams(), st.lists(st.integers(0, 8), max_size=4), st.integers(1, 5))
def test_a_run_that_broke_off_goes_on_under_the_same_operation(
    items: list[SourceItem], breaks: list[int], every: int
) -> None:
    expected, _ = imported(items)
    with closing(in_memory()) as conn:
        empty = logical(conn)
        for after in breaks:
            try:
                source = Breaking([MINE, *items], every, after=after)
                ingest(conn, job([], source=source), now=FIRST_DAY)
            except ConnectionResetError:
                states = [row[0] for row in conn.execute("select state from operation")]
                assert states == (["running"] if conn.execute("select 1 from change").fetchone() else [])
        report = ingest(conn, job([], source=Listed([MINE, *items], every)), now=FIRST_DAY)

        assert content(conn) == expected
        assert add_up(report)
        assert [row[0] for row in conn.execute("select state from operation")] == ["done"]
        assert (
            conn.execute("select count(*) from meta where key glob 'run:*' or key glob 'cursor:*'").fetchone()[0] == 0
        )
        history.undo(conn, call(), None)
        assert logical(conn) == empty


KILLED = """
import os, signal, sys
from pathlib import Path
from dexcli.services import ingest as services
from dexcli.store.connection import open_for_writing
sys.path.insert(0, sys.argv[3])
from support.world import FIRST_DAY, Listed, address_book, job

statements = int(sys.argv[2])
services.SECONDS, services.PAUSE = float(sys.argv[4]), 0

def count(statement):
    global statements
    statements -= 1
    if statements == 0:
        os.kill(os.getpid(), signal.SIGKILL)

conn = open_for_writing(Path(sys.argv[1]))
conn.set_trace_callback(count)
services.ingest(conn, job([], source=Listed(address_book(), 7)), now=FIRST_DAY)
"""


@pytest.mark.parametrize("seconds", [0, 0.2])  # a transaction for each person, or for many records
@pytest.mark.parametrize("statements", [[1], [8], [100], [400], [800, 100, 700], [1200, 5, 20]])
def test_a_killed_program_goes_on_where_it_was(tmp_path: Path, statements: list[int], seconds: float) -> None:
    path = tmp_path / "dex.db"
    tests = Path(__file__).parents[1]
    for number in statements:
        command = [sys.executable, "-c", KILLED, str(path), str(number), str(tests), str(seconds)]
        killed = subprocess.run(command, check=False)
        assert killed.returncode == -signal.SIGKILL

    with (
        closing(open_for_writing(path)) as conn,
        closing(open_for_writing(tmp_path / "undisturbed.db")) as undisturbed,
    ):
        ingest(conn, job([], source=Listed(address_book(), 7)), now=FIRST_DAY)
        ingest(undisturbed, job([], source=Listed(address_book(), 7)), now=FIRST_DAY)
        assert content(conn) == content(undisturbed)
        assert [row[0] for row in conn.execute("select state from operation")] == ["done"]
        assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"
        assert conn.execute("pragma foreign_key_check").fetchall() == []


def test_a_run_that_was_killed_and_undone_begins_anew(conn: Connection) -> None:
    cards = [card(str(number), name, ("email", f"{number}@example.org")) for number, name in enumerate(REGISTERED)]
    with pytest.raises(ConnectionResetError):
        ingest(conn, job([], source=Breaking(cards, 2, after=7)), now=FIRST_DAY)
    assert found(conn)
    history.undo(conn, call(), None)
    assert not found(conn)

    report = read(conn, *cards)

    assert report.people.added == len(cards)
    assert set(found(conn)) == set(REGISTERED)


def test_a_run_that_ends_before_it_wrote_anything_leaves_no_trace(conn: Connection) -> None:
    before = list(conn.iterdump())
    with pytest.raises(ConnectionResetError):
        ingest(conn, job([], source=Breaking([card("1", "Ada Lovelace")], 2, after=0)), now=FIRST_DAY)
    left = [line for line in conn.iterdump() if line not in before and "'device'" not in line]
    assert [line for line in left if "sqlite_sequence" not in line] == []

    assert read(conn, card("1", "Ada Lovelace")).operation_id == "o1"


def test_a_run_that_was_killed_before_it_wrote_anything_is_in_nobodys_way(conn: Connection) -> None:
    added = people.add(conn, call(), Details(name="Grace Hopper")).operation_id
    cards = job([card("1", "Ada Lovelace")])
    with transaction(conn):
        op = start(conn, now=FIRST_DAY, command="import", origin="import", state="running")
        runs.begin_run(conn, cards.run, op.id, "killed at once")

    assert [one.id for one in history.history(conn, limit=0).operations] == [added]
    with pytest.raises(NotFoundError, match="there is no operation o2"):
        history.undo(conn, call(), 2)
    assert history.undo(conn, call(), None).operation.id == added
    assert ingest(conn, cards, now=FIRST_DAY).operation_id == "o2"
    assert [one.state for one in history.history(conn, limit=0).operations] == ["done", "done", "undone"]


def test_the_history_says_what_is_unfinished(conn: Connection) -> None:
    cards = [card(str(number), name) for number, name in enumerate(REGISTERED)]
    with pytest.raises(ConnectionResetError):
        ingest(conn, job([], source=Breaking(cards, 2, after=7)), now=FIRST_DAY)

    (unfinished,) = history.history(conn, limit=0).operations
    assert unfinished.state == "running"
    assert unfinished.summary.endswith(": unfinished")


# -- a newer export -----------------------------------------------------------------------------------------


def test_a_newer_export_updates_what_changed_and_ends_what_vanished(conn: Connection) -> None:
    read(
        conn,
        card("1", "Ada King", ("email", "ada@example.org"), ("phone", "020 7946 0950"), ("company", "Babbage & Co")),
        card("2", "Grace Hopper", ("email", "grace@example.org")),
    )

    report = read(
        conn,
        card("1", "Ada Lovelace", ("email", "ada@example.org"), ("company", "Analytical Engines")),
        card("2", "Grace Hopper", ("email", "grace@example.org")),
        card("3", "Alan Turing"),
        now=LATER,
    )

    assert add_up(report)
    assert (report.people.added, report.people.updated, report.people.unchanged) == (1, 1, 1)
    ada = found(conn)["Ada Lovelace"]
    assert (ada["email"], ada["phone"], ada["company"]) == (["ada@example.org"], [], "Analytical Engines")
    ended = conn.execute("select field, value from claim where person_id = ? and current = 0", (ada["id"],))
    assert {tuple(row) for row in ended} == {
        ("name", "Ada King"), ("phone", "+442079460950"), ("company", "Babbage & Co"),
    }  # fmt: skip


def tags_of(conn: Connection) -> list[str]:
    return store_people.full(conn, [1])[0].tags


def test_a_tag_goes_when_the_last_who_gave_it_drops_it(conn: Connection) -> None:
    tagged, plain = (card("1", "Ada Lovelace", ("email", "ada@example.org"), tags=tags) for tags in (["navy"], []))
    same = card("2", "Ada Lovelace", ("email", "ada@example.org"), tags=["navy"])
    read(conn, tagged)
    read(conn, same, source=Listed([same], source="csv"))

    read(conn, plain, now=LATER)
    assert tags_of(conn) == ["navy"]
    dropped = read(conn, card("2", "Ada Lovelace", ("email", "ada@example.org")), now=LATER)

    assert tags_of(conn) == []
    history.undo(conn, call(), int((dropped.operation_id or "o0")[1:]))
    assert tags_of(conn) == ["navy"]


def test_a_tag_that_was_given_by_hand_too_stays_whatever_becomes_of_the_import(conn: Connection) -> None:
    people.add(conn, call(), Details(name="Ada Lovelace", emails=["ada@example.org"]))
    first = read(conn, card("1", "Ada Lovelace", ("email", "ada@example.org"), tags=["navy"]))
    by_hand = tags.tag(conn, call(), [1], give=["navy"], take=[]).operation_id
    assert by_hand is not None

    history.undo(conn, call(), int((first.operation_id or "o0")[1:]))
    assert tags_of(conn) == ["navy"]
    read(conn, card("1", "Ada Lovelace", ("email", "ada@example.org"), tags=["navy"]), now=LATER)
    read(conn, card("1", "Ada Lovelace", ("email", "ada@example.org")), now=LATER)
    assert tags_of(conn) == ["navy"]

    tags.tag(conn, call(), [1], give=[], take=["navy"])
    assert tags_of(conn) == []


def test_a_card_that_vanished_never_takes_the_person_away(conn: Connection) -> None:
    read(conn, card("1", "Ada Lovelace"), card("2", "Grace Hopper"))
    read(conn, card("2", "Grace Hopper"), now=LATER)

    assert set(found(conn)) == {"Ada Lovelace", "Grace Hopper"}


def test_what_was_typed_is_kept_and_the_conflict_is_told(conn: Connection) -> None:
    read(conn, card("1", "Ada Lovelace", ("email", "ada@example.org"), ("company", "Babbage & Co")))
    typed = Details(name="Countess of Lovelace", company="Analytical Engines", birthday="1815-12-10")
    people.edit(conn, call(), 1, typed, Removals())

    newer = card("1", "Ada King", ("email", "ada@example.org"), ("company", "Royal Society"), ("birthday", "--12-01"))
    report = read(conn, newer, now=LATER)

    assert report.people.conflicts == [
        Conflict(person="ada-lovelace", field="birthday", kept="1815-12-10", offered="--12-01"),
        Conflict(person="ada-lovelace", field="company", kept="Analytical Engines", offered="Royal Society"),
    ]
    assert found(conn)["Countess of Lovelace"]["company"] == "Analytical Engines"
    assert tuple(conn.execute("select month, day, year from occasion").fetchone()) == (12, 10, 1815)
    # Once the typed value is taken off, what the source says is heard again.
    people.edit(conn, call(), 1, Details(), Removals(fields=["company"]))
    assert found(conn)["Countess of Lovelace"]["company"] is None


@pytest.mark.parametrize("ref", ["1", "new"])
def test_what_was_taken_off_stays_off_whoever_repeats_it(conn: Connection, ref: str) -> None:
    said = (("email", "ada@example.org"), ("phone", "020 7946 0950"), ("company", "Babbage & Co"))
    read(conn, card("1", "Ada Lovelace", *said, tags=["navy"]))
    off = Removals(phones=["+44 20 7946 0950"], fields=["company"], tags=["navy"])
    people.edit(conn, call(), 1, Details(), off)
    before = found(conn)

    report = read(conn, card(ref, "Ada Lovelace", *said, ("title", "Analyst"), tags=["navy"]), now=LATER)

    assert report.people.updated == 1
    assert found(conn) == before
    assert conn.execute("select count(*) from person_tag").fetchone()[0] == 0


def test_who_was_removed_does_not_come_back_until_added_by_hand(conn: Connection) -> None:
    ada = card("1", "Ada Lovelace", ("email", "ada@example.org"))
    entry = meeting("1", date(2026, 1, 5), ("email", "ada@example.org"))
    read(conn, ada, entry)
    people.remove(conn, call(), 1)

    assert read(conn, ada, entry, now=LATER).people.added == 0
    assert read(conn, card("other", "A. Lovelace", ("email", "ADA@example.org")), now=LATER).people.added == 0
    assert found(conn) == {}

    people.add(conn, call(), Details(name="Ada Lovelace", emails=["ada@example.org"]))
    assert found(conn)["Ada Lovelace"]["days"] == ["2026-01-05"]


def test_who_was_added_by_hand_again_is_met_again_by_the_card_that_brought_them(conn: Connection) -> None:
    ada = card("1", "Ada Lovelace", ("email", "ada@example.org"), ("company", "Engines"))
    read(conn, ada)
    people.remove(conn, call(), 1)
    people.add(conn, call(), Details(name="Ada Lovelace", emails=["ada@example.org"]))

    assert read(conn, ada, now=LATER).people.updated == 1
    assert found(conn)["Ada Lovelace"]["company"] == "Engines"


def test_who_was_renamed_by_hand_is_known_by_the_name_of_the_card(conn: Connection) -> None:
    read(conn, card("1", "Ada Byron", ("email", "ada@example.org"), ("phone", "+442079460950")))
    people.edit(conn, call(), 1, Details(name="Augusta Lovelace"), Removals())

    report = read(conn, card("2", "Ada Byron", ("email", "ada@example.org"), ("phone", "+442079460951")), now=LATER)

    assert (report.people.added, report.people.updated) == (0, 1)
    assert list(found(conn)) == ["Augusta Lovelace"]


def test_somebody_else_may_have_the_number_of_who_was_removed(conn: Connection) -> None:
    read(conn, card("1", "Ada Lovelace", ("phone", "+442079460950")))
    people.remove(conn, call(), 1)

    assert read(conn, card("2", "Grace Hopper", ("phone", "+442079460950")), now=LATER).people.added == 1


def test_an_entry_that_was_removed_does_not_come_back(conn: Connection) -> None:
    entries = [meeting(str(day), date(2026, 1, day), ("email", "ada@example.org")) for day in (5, 6)]
    read(conn, card("1", "Ada Lovelace", ("email", "ada@example.org")), *entries)
    logbook.remove(conn, call(), 1)

    report = read(conn, *entries, now=LATER)

    assert (report.interactions.added, report.interactions.unchanged) == (0, 2)
    assert found(conn)["Ada Lovelace"]["days"] == ["2026-01-06"]


def test_an_entry_that_was_edited_by_hand_stays_as_edited(conn: Connection) -> None:
    person = card("1", "Ada Lovelace", ("email", "ada@example.org"))
    read(conn, person, meeting("1", date(2026, 1, 5), ("email", "ada@example.org"), title="Lunch", body="at noon"))
    logbook.edit(conn, call(), 1, Change(on=date(2026, 1, 4)))

    moved = meeting("1", date(2026, 1, 7), ("email", "ada@example.org"), title="Late lunch", body="at noon")
    assert read(conn, person, moved, now=LATER).interactions.updated == 1
    assert read(conn, person, moved, now=LATER).interactions.unchanged == 1

    row = conn.execute("select happened_on, title from interaction").fetchone()
    assert tuple(row) == ("2026-01-04", "Late lunch")
    history.undo(conn, call(), 2)
    assert read(conn, person, moved, now=LATER).interactions.updated == 1
    assert found(conn)["Ada Lovelace"]["days"] == ["2026-01-07"]


def test_a_meeting_that_is_called_off_is_no_contact_any_more(conn: Connection) -> None:
    day = date(2026, 1, 5)
    planned, cancelled = (
        meeting("1", day, ("email", "ada@example.org"), ("email", "grace@example.org"), status=status)
        for status in ("confirmed", "cancelled")
    )
    read(conn, card("1", "Ada Lovelace", ("email", "ada@example.org")), card("2", "Grace Hopper"), planned)
    logbook.edit(conn, call(), 1, Change(add_people=[2]))  # somebody whom the user saw there

    read(conn, cancelled, now=LATER)
    assert (found(conn)["Ada Lovelace"]["days"], found(conn)["Grace Hopper"]["days"]) == ([], ["2026-01-05"])

    read(conn, planned, now=LATER)
    assert found(conn)["Ada Lovelace"]["days"] == ["2026-01-05"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("minutes", 45), ("place", "Turin"), ("direction", "in"), ("kind", "call"), ("title", "Tea"), ("body", "green"),
        ("status", "tentative"), ("when", date(2026, 1, 6)), ("when", datetime(2026, 1, 5, 9, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_whatever_a_source_changes_about_an_entry_is_followed(conn: Connection, column: str, value: object) -> None:
    entry = meeting("1", date(2026, 1, 5), ("email", "ada@example.org"))
    other = msgspec.structs.replace(entry, **{column: value})

    reports = [read(conn, one, now=LATER).interactions for one in (entry, other, other)]

    assert [(one.added, one.updated, one.unchanged) for one in reports] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    with closing(in_memory()) as fresh:
        read(fresh, other)
        columns = "kind, direction, happened_at, happened_on, minutes, title, body, place, status"
        stored, expected = (one.execute(f"select {columns} from interaction").fetchone() for one in (conn, fresh))
        assert tuple(stored) == tuple(expected)


def test_an_entry_that_turns_into_an_invitation_is_no_contact_any_more(conn: Connection) -> None:
    entry = meeting("1", date(2026, 1, 5), ("email", "ada@example.org"))
    read(conn, card("1", "Ada Lovelace", ("email", "ada@example.org")), entry)
    read(conn, msgspec.structs.replace(entry, kind="invitation"), now=LATER)
    assert found(conn)["Ada Lovelace"]["days"] == []


# -- who is meant -------------------------------------------------------------------------------------------


def test_one_phone_on_forty_people_links_nobody(conn: Connection) -> None:
    report = read(
        conn, *(card(str(n), f"{chr(65 + n % 26)}{n} Babbage{n}", ("phone", "020 7946 0950")) for n in range(40))
    )

    assert (report.people.added, report.people.questions) == (40, 0)
    row = conn.execute("select person_id, shared from identifier where value = '+442079460950'").fetchone()
    assert tuple(row) == (None, 1)
    assert all(one["phone"] == ["+442079460950"] for one in found(conn).values())
    # Nor does it, later, link an entry or another record to any of them.
    again = read(conn, card("new", "Emmy Noether", ("phone", "020 7946 0950")), now=LATER)
    assert again.people.added == 1


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ((("email", "ada@example.org"),), "Somebody Else"),
        ((("phone", "+44 20 7946 0950"),), "A. Lovelace"),
        ((("url", "https://www.linkedin.com/in/ada-lovelace/"),), "Somebody Else"),
    ],
)
def test_another_source_is_linked_by_an_exact_identifier(
    conn: Connection, said: tuple[tuple[str, str], ...], name: str
) -> None:
    ada = Details(
        name="Ada Lovelace",
        emails=["Ada@Example.org"],
        phones=["020 7946 0950"],
        urls=["linkedin.com/in/ada-lovelace"],
    )
    people.add(conn, call(), ada)

    report = read(conn, card("1", name, *said, ("company", "Analytical Engines")))

    assert (report.people.added, report.people.updated) == (0, 1)
    assert found(conn)["Ada Lovelace"]["company"] == "Analytical Engines"


@pytest.mark.parametrize(
    ("said", "name", "questions"),
    [
        ((("phone", "+44 20 7946 0950"),), "Charles Babbage", []),
        ((("email", "info@example.org"),), "Charles Babbage", []),
        ((), "ada lovelace", [("ada-lovelace-2", "ada-lovelace", "name")]),
        (
            (("email", "ada@example.org"), ("email", "grace@example.org")),
            "Emmy Noether",
            [("emmy-noether", "ada-lovelace", "identifier"), ("emmy-noether", "grace-hopper", "identifier")],
        ),
    ],
)
def test_what_cannot_be_decided_becomes_a_person_of_its_own_and_asks(
    conn: Connection, said: tuple[tuple[str, str], ...], name: str, questions: list[tuple[str, str, str]]
) -> None:
    ada = Details(name="Ada Lovelace", emails=["ada@example.org", "info@example.org"], phones=["020 7946 0950"])
    people.add(conn, call(), ada)
    people.add(conn, call(), Details(name="Grace Hopper", emails=["grace@example.org"]))

    report = read(conn, card("1", name, *said))

    assert report.people.added == 1
    assert [(one.person, one.other, one.reason) for one in report.people.asked] == questions
    assert report.people.questions == len(questions)
    again = read(conn, card("1", name, *said, ("title", "Analyst")), now=LATER)
    assert (again.people.added, again.people.updated, again.people.questions) == (0, 1, 0)


def test_two_cards_of_one_source_with_one_address_and_different_names_are_two_people(conn: Connection) -> None:
    report = read(
        conn,
        card("1", "Ada Lovelace", ("email", "home@example.org")),
        card("2", "William King", ("email", "home@example.org")),
    )

    assert (report.people.added, report.people.questions) == (2, 1)
    assert {name: one["email"] for name, one in found(conn).items()} == {
        "Ada Lovelace": ["home@example.org"],
        "William King": ["home@example.org"],
    }


def test_records_of_my_own_make_me_and_nobody_else(conn: Connection) -> None:
    report = read(conn, MINE, card("1", "Ada Lovelace", ("email", "ada@example.org"), ("email", "me@example.org")))

    assert add_up(report)
    assert set(found(conn)) == {"Ada Lovelace"}
    assert me.values(conn, "email") == ["me@example.org"]


# -- what happened -------------------------------------------------------------------------------------------


def test_entries_find_people_through_addresses_known_unknown_and_mine(conn: Connection) -> None:
    with operation(conn, now=FIRST_DAY, command="me") as op:
        me.add(op, Identifier("email", "me@example.org"))
    read(conn, card("1", "Ada Lovelace", ("email", "ada@example.org"), ("phone", "020 7946 0950")))
    day = date(2026, 1, 5)

    report = read(
        conn,
        meeting("known", day, ("email", "ADA@example.org"), ("email", "me@example.org")),
        meeting("twice", day, ("email", "ada@example.org"), ("phone", "+44 20 7946 0950")),
        meeting("name", day, ("name", "ada lovelace")),
        meeting("unknown", day, ("email", "grace@example.org")),
        meeting("mine", day, ("email", "me@example.org")),
        meeting("nobody", day, ("name", "Alan Turing")),
        meeting("unreadable", day, ("email", "not an address")),
        meeting("crowd", day, *(("email", f"{number}@example.org") for number in range(11))),
        meeting("connected", day, ("email", "ada@example.org"), kind="connection"),
        Skipped(where="meetings.csv:9", reason="no date"),
        Checkpoint(cursor="end"),
    )

    assert add_up(report)
    assert report.read == 6
    assert (report.interactions.added, report.interactions.not_counting) == (6, 2)
    assert [one.where.partition(":")[2] for one in report.skipped] == ["9", "mine", "nobody", "unreadable"]
    assert found(conn)["Ada Lovelace"]["days"] == ["2026-01-05"] * 4  # "twice" has two of her identifiers
    assert conn.execute("select count(*) from person").fetchone()[0] == 1
    # Claimed later, the unknown address brings its history.
    people.add(conn, call(), Details(name="Grace Hopper", emails=["grace@example.org"]))
    assert found(conn)["Grace Hopper"]["days"] == ["2026-01-05"]


def test_an_entry_from_two_sources_is_one_with_two_origins(conn: Connection) -> None:
    entry = meeting("1", date(2026, 1, 5), ("email", "ada@example.org"))
    other = msgspec.structs.replace(entry, origin=msgspec.structs.replace(entry.origin, source="ics", ref="x"))

    first, second, third = (read(conn, one, now=LATER) for one in (entry, other, other))

    assert (first.interactions.added, second.interactions.added, third.interactions.added) == (1, 0, 0)
    assert second.operation_id is not None
    assert third.operation_id is None
    assert conn.execute("select count(*) from interaction").fetchone()[0] == 1
    assert conn.execute("select count(*) from interaction_origin").fetchone()[0] == 2


def test_an_instant_is_on_the_local_day_of_the_reader(conn: Connection) -> None:
    from zoneinfo import ZoneInfo

    late = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    ingest(
        conn,
        job(
            [
                meeting("1", late, ("email", "ada@example.org")),
                meeting("2", date(2026, 1, 5), ("email", "ada@example.org")),
            ]
        ),
        now=FIRST_DAY.astimezone(ZoneInfo("Europe/Berlin")),
    )

    rows = conn.execute("select happened_on, happened_at from interaction order by id").fetchall()
    assert [tuple(row) for row in rows] == [("2026-01-06", int(late.timestamp())), ("2026-01-05", None)]


def test_a_shell_command_gets_its_turn_while_a_file_is_read(conn: Connection, tmp_path: Path) -> None:
    """Between any two checkpoints nothing is locked: another connection writes without waiting."""
    turns = 0

    class Talking(Listed, frozen=True):
        def read(self, cursor: str | None) -> Iterator[SourceItem]:
            nonlocal turns
            for item in super().read(cursor):
                with closing(open_for_writing(tmp_path / "dex.db", wait=0)) as other:
                    people.add(other, call(FIRST_DAY), Details(name=f"Person {turns}"), force=True)
                turns += 1
                yield item

    report = ingest(conn, job([], source=Talking(address_book(), 7)), now=FIRST_DAY)

    assert add_up(report)
    assert turns > 100
    assert conn.execute("select count(*) from person where name glob 'Person *'").fetchone()[0] == turns
    history.undo(conn, call(), int((report.operation_id or "o0")[1:]))
    assert len(found(conn)) == turns


def test_what_another_program_removed_between_two_batches_is_met_anew(conn: Connection, tmp_path: Path) -> None:
    def resolved(ref: str) -> Resolved:
        return Resolved(
            record=meeting(ref, date(2026, 1, 5)),
            direction=None,
            status=None,
            named=1,
            participants=((Identifier("alias", "boss"), "with", None, DIRECT.counts, DIRECT.why),),
        )

    ada = people.add(conn, call(), Details(name="Ada Lovelace", aliases=["Boss"])).person.id
    with transaction(conn):
        op = start(conn, now=FIRST_DAY, command="import", origin="import", state="running")
        writer = InteractionWriter(op, UTC, Met())
        writer.write([resolved("1"), resolved("2")])
        op.pause()
    with closing(open_for_writing(tmp_path / "dex.db")) as other:
        logbook.remove(other, call(), 2)
        people.remove(other, call(), ada)
    with transaction(conn):
        written = writer.write([resolved("2"), resolved("3")])
        finish(op)

    assert (written.added, written.unchanged) == (1, 1)
    assert conn.execute("pragma foreign_key_check").fetchall() == []


# -- many records with the same values ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["same name", "other names", "same name, more said"])
def test_records_that_share_a_phone_take_time_in_proportion(kind: str) -> None:
    def steps(size: int) -> int:
        """Thousands of instructions that SQLite carries out."""
        count = 0

        def one() -> int:
            nonlocal count
            count += 1
            return 0

        records = []
        for number in range(size):
            said = [("phone", "+442079460958")]
            if kind == "same name, more said":
                said += [("company", f"Engine {number}"), ("birthday", "1815-12-10")]
            name = f"Ada{number} Lovelace{number}" if kind == "other names" else "Ada Lovelace"
            records.append(card(str(number), name, *said))
        with closing(in_memory()) as conn:
            conn.set_progress_handler(one, 1_000)
            report = read(conn, *records, Checkpoint(cursor="x"))
            assert report.people.added == (size if kind == "other names" else 1)
        return count

    assert steps(1_200) < 9 * steps(200)  # six times as much; with a look at all of them each time, thirty times
