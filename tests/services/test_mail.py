"""Mail becomes history: who wrote to whom, what counts, what is not kept, and what that changes for the due list."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dexcli.domain.identifiers import Identifier
from dexcli.domain.policy import MOST_RECIPIENTS, Policy
from dexcli.domain.records import InteractionRecord, Origin, SourceItem
from dexcli.results.report import Report
from dexcli.services import due, history, logbook, people, setup, triage, why
from dexcli.services.ingest import GATHER, ingest
from dexcli.services.invocation import Invocation
from dexcli.services.people import Details
from dexcli.sources.base import Source
from dexcli.store import me
from dexcli.store.connection import Connection
from dexcli.store.journal import operation
from dexcli.store.judging import judge_again
from dexcli.store.settings import DueSettings, store_policy
from support.world import FIRST_DAY, Listed, World, in_memory, job, logical, mail

ME, ADA, GRACE, ALAN = "me@example.org", "ada@example.org", "grace@example.org", "alan@example.org"
DAY = date(2026, 1, 5)


def call() -> Invocation:
    return Invocation(now=FIRST_DAY, command="test", region="GB")


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        with operation(conn, now=FIRST_DAY, command="me") as op:
            me.add(op, Identifier("email", ME))
        yield conn


class _Afresh:
    """A source that reads everything again, as with --full."""

    def __init__(self, inner: Source) -> None:
        self.source, self.account = inner.source, inner.account
        self._inner = inner

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        del cursor
        return self._inner.read(None)


def read(conn: Connection, *records: InteractionRecord, afresh: bool = False, **values: Any) -> Report:
    made = job(records, **values)
    if afresh:
        made = msgspec.structs.replace(made, source=_Afresh(made.source))
    return ingest(conn, made, now=FIRST_DAY)


def verdicts(conn: Connection, ref: str) -> dict[str, str]:
    """By address: what the policy says of a mail."""
    rows = conn.execute(
        "select f.value, p.counts, p.why from interaction i join participant p on p.interaction_id = i.id"
        " join identifier f on f.id = p.identifier_id where i.key = ?",
        (f"mail:{ref}@example.org",),
    )
    return {row["value"]: row["why"] if row["counts"] else f"not {row['why']}" for row in rows}


def direction(conn: Connection, ref: str) -> str | None:
    row = conn.execute("select direction from interaction where key = ?", (f"mail:{ref}@example.org",)).fetchone()
    return row[0] if row else None


def tell_me(conn: Connection, *addresses: str, forget: Sequence[str] = ()) -> str | None:
    with operation(conn, now=FIRST_DAY, command="me") as op:
        for one in addresses:
            me.add(op, Identifier("email", one))
        for one in forget:
            me.remove(op, Identifier("email", one))
    return op.ref


def test_a_mail_counts_with_whoever_wrote_it_or_got_it_from_me(conn: Connection) -> None:
    report = read(
        conn,
        mail("1", DAY, ADA, [ME]),
        mail("2", DAY, ME, [ADA, GRACE], [ALAN]),
        mail("3", DAY, ADA, [ME, GRACE]),
        mail("4", DAY, ADA, [GRACE], [ME]),
    )

    assert report.interactions.added == report.read == 4
    assert report.interactions.not_counting == 1
    assert [direction(conn, ref) for ref in "1234"] == ["in", "out", "in", "in"]
    assert verdicts(conn, "1") == {ADA: "direct", ME: "not me"}
    assert verdicts(conn, "2") == {ADA: "direct", GRACE: "direct", ALAN: "not they_in_cc", ME: "not me"}
    assert verdicts(conn, "3") == {ADA: "direct", GRACE: "not fellow", ME: "not me"}
    assert verdicts(conn, "4") == {ADA: "not i_in_cc", GRACE: "not i_in_cc", ME: "not me"}


def test_my_own_address_is_nobody_in_what_is_shown(conn: Connection) -> None:
    read(conn, mail("1", DAY, f"Ada Lovelace <{ADA}>", [ME]))

    shown = logbook.show(conn, call(), 1).interaction
    assert [(one.identifier, one.name, one.role) for one in shown.participants] == [(ADA, "Ada Lovelace", "from")]


def test_what_lay_among_the_sent_is_from_me_whatever_address_it_is_from(conn: Connection) -> None:
    read(conn, mail("1", DAY, "me@old.example", [ADA], direction="out"))

    assert direction(conn, "1") == "out"
    assert verdicts(conn, "1") == {ADA: "direct", "me@old.example": "not author"}


def test_mail_by_lists_and_machines_is_counted_and_remembered_but_not_kept(conn: Connection) -> None:
    letter = mail("1", DAY, ADA, [ME], automatic="list", automatic_address="engines@lists.example.org")
    report = read(conn, letter, letter, mail("2", DAY, ME, [ME]))

    assert (report.read, report.interactions.added, report.interactions.bulk) == (2, 0, 2)
    assert conn.execute("select count(*) from interaction").fetchone()[0] == 0
    assert conn.execute("select count(*) from identifier where value = ?", (ADA,)).fetchone()[0] == 0
    told = why.of_message(conn, call(), "<1@example.org>")
    assert (told.kept, told.reasons[0].code) == (False, "list")
    assert "engines@lists.example.org" in told.reasons[0].text
    assert why.of_message(conn, call(), "2@example.org").reasons[0].code == "self"


@pytest.mark.parametrize("lists", ["drop", "store"])
def test_what_names_nobody_but_me_is_not_kept_for_the_reason_that_it_has(conn: Connection, lists: str) -> None:
    store_policy(conn, Policy(lists=lists))
    bounce = mail("3", DAY, "", [ME], automatic="bounce", automatic_address="")
    bounce = msgspec.structs.replace(bounce, participants=bounce.participants[1:])
    report = read(conn, mail("1", DAY, ME), mail("2", DAY, "me@old.example", direction="out"), bounce)

    assert report.interactions.bulk == 3
    told = [why.of_message(conn, call(), f"{ref}@example.org").reasons[0] for ref in "123"]
    assert [one.code for one in told] == ["self", "self", "bounce"]
    assert "undisclosed recipients are not named" in told[0].text


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("lists", ["drop", "store"])
def test_a_mail_that_came_straight_and_by_a_list_is_one_that_counts(
    conn: Connection, order: tuple[int, int], lists: str
) -> None:
    store_policy(conn, Policy(lists=lists))
    copies = (
        mail("1", DAY, ADA, [ME, "engines@lists.example.org"]),
        mail("1", DAY, ADA, [ME, "engines@lists.example.org"], automatic="list", automatic_address="x@example.org"),
    )
    for number in order:
        read(conn, copies[number])

    assert verdicts(conn, "1")[ADA] == "direct"
    assert conn.execute("select count(*) from interaction").fetchone()[0] == 1
    assert conn.execute("select count(*) from bulk").fetchone()[0] == 0


def test_the_same_mail_in_two_folders_is_one_with_two_origins(conn: Connection) -> None:
    def copy(folder: str, **values: Any) -> InteractionRecord:
        place = Origin(source="imap", account="home", folder=folder, epoch="7", ref="1")
        return mail("1", DAY, "me@old.example", [ADA], origin=place, **values)

    read(conn, copy("All"), origin="sync", afresh=True)
    assert verdicts(conn, "1") == {"me@old.example": "not not_named", ADA: "not not_named"}
    report = read(conn, copy("Sent", direction="out"), origin="sync", afresh=True)

    assert report.interactions.updated == 1
    assert verdicts(conn, "1") == {ADA: "direct", "me@old.example": "not author"}
    assert conn.execute("select count(*) from interaction_origin").fetchone()[0] == 2
    assert read(conn, copy("All"), copy("Sent", direction="out"), origin="sync", afresh=True).operation_id is None


def test_an_import_of_both_copies_of_a_sent_mail_can_be_taken_back(conn: Connection) -> None:
    before = logical(conn)
    letter = mail("1", DAY, "me@old.example", [ADA, ME])
    report = read(conn, letter, mail("1", DAY, "me@old.example", [ADA, ME], direction="out"))

    assert verdicts(conn, "1") == {ADA: "direct", "me@old.example": "not author", ME: "not me"}
    history.undo(conn, call(), int((report.operation_id or "o0")[1:]))
    assert logical(conn) == before


@pytest.mark.parametrize("first", ["mine", "theirs"])
def test_whoever_repeats_a_message_id_neither_hides_nor_changes_a_mail(conn: Connection, first: str) -> None:
    mine, theirs = mail("1", DAY, ME, [ADA], direction="out"), mail("1", DAY, "eve@example.net", [ME], title="EVIL")
    order = (mine, theirs) if first == "mine" else (theirs, mine)
    for one in (*order, *order):
        read(conn, one)

    rows = conn.execute("select title, direction from interaction order by title").fetchall()
    assert [tuple(row) for row in rows] == [("EVIL", "in"), ("Mail 1", "out")]
    ada = people.add(conn, call(), Details(name="Ada Lovelace", emails=[ADA])).person
    assert ada.last_contact_on == DAY


def test_a_mail_to_a_crowd_keeps_whoever_is_known_and_the_number(conn: Connection) -> None:
    people.add(conn, call(), Details(name="Ada Lovelace", emails=[ADA]))
    crowd = [f"{number}@example.org" for number in range(MOST_RECIPIENTS + 10)]
    read(conn, mail("1", DAY, GRACE, [ME, ADA, *crowd]))

    assert verdicts(conn, "1") == {ADA: "not many", GRACE: "not many", ME: "not me"}
    assert conn.execute("select named from interaction").fetchone()[0] == len(crowd) + 2


def test_a_mail_that_names_none_of_my_addresses_waits_for_me_to_know_it(conn: Connection) -> None:
    read(conn, mail("1", DAY, ADA, ["me@old.example"]), mail("2", DAY, "me@old.example", [ADA]))
    assert verdicts(conn, "1") == {ADA: "not not_named", "me@old.example": "not not_named"}

    known = tell_me(conn, "me@old.example")

    assert verdicts(conn, "1") == {ADA: "direct", "me@old.example": "not me"}
    assert [direction(conn, ref) for ref in "12"] == ["in", "out"]
    history.undo(conn, call(), int((known or "o0")[1:]))
    assert verdicts(conn, "1") == {ADA: "not not_named", "me@old.example": "not not_named"}
    assert [direction(conn, ref) for ref in "12"] == ["in", "in"]


def test_a_mail_that_names_none_of_my_addresses_is_counted_once(conn: Connection) -> None:
    letters = [mail("1", DAY, ADA, ["me@old.example"]), mail("2", DAY, ADA, ["me@old.example"])]
    listed = mail("3", DAY, ADA, ["me@old.example"], automatic="list", automatic_address="x@example.org")
    note = "2 mails name none of your addresses and do not count: dex me add ADDRESS if one is yours"
    for _ in range(2):
        report = read(conn, *letters, *letters, listed)
        assert (report.interactions.added + report.interactions.unchanged, report.notes) == (2, [note])


def test_an_entry_that_has_come_to_be_between_my_own_addresses_says_so(conn: Connection) -> None:
    read(conn, mail("1", DAY, ME, ["me@old.example"]))
    tell_me(conn, "me@old.example")

    (reason,) = why.of_interaction(conn, call(), 1).reasons
    assert (reason.code, reason.counts, reason.identifier) == ("self", False, None)
    assert reason.text.startswith("it names nobody but your own addresses")


def test_mail_between_my_addresses_comes_back_by_reading_it_again_once_one_is_not_mine(conn: Connection) -> None:
    letters = [mail("1", DAY, ME, [ADA]), mail("2", DAY, ADA, [ME]), mail("3", DAY, ME, [ME]), mail("4", DAY, ADA)]
    tell_me(conn, ADA)
    assert read(conn, *letters).interactions.bulk == 4
    places = (Path("dex.db"), None)

    done = setup.take_from_me(conn, call(), places, [ADA]).done

    remedy = "dex sync --full, or importing again, brings them"
    assert done == f"{ADA}: no longer yours; 3 mails that named nobody but you were not kept: {remedy}"
    assert read(conn, *letters).interactions.added == 3
    assert verdicts(conn, "1") == {ADA: "direct", ME: "not me"}
    assert [one.address for one in triage.candidates(conn, call(), limit=0).items] == [ADA]


def test_mail_between_my_addresses_hides_nobody_whose_address_it_is(conn: Connection) -> None:
    tell_me(conn, ADA)
    read(conn, mail("1", DAY, ADA, [ME]))
    tell_me(conn, forget=[ADA])

    read(conn, mail("2", DAY, ME, [ADA]))

    assert [one.address for one in triage.candidates(conn, call(), limit=0).items] == [ADA]


def test_history_is_judged_again_when_the_rules_change(conn: Connection) -> None:
    read(conn, mail("1", DAY, ME, [ADA], [GRACE]), mail("2", DAY, ADA, [ME, GRACE, ALAN]))

    store_policy(conn, Policy(cc=True, recipients=1))
    changed = judge_again(conn, Policy(cc=True, recipients=1))

    assert changed == 5
    assert verdicts(conn, "1") == {ADA: "not many", GRACE: "not many", ME: "not me"}
    assert judge_again(conn, Policy()) == 5


def test_a_reading_goes_by_the_rules_that_are_changed_while_it_runs(conn: Connection) -> None:
    class Slow(Listed, frozen=True):
        def read(self, cursor: str | None) -> Iterator[SourceItem]:
            for number, item in enumerate(super().read(cursor)):
                yield item
                if number == 1:  # behind the first checkpoint: what is before it is written
                    store_policy(conn, Policy(recipients=1))
                    judge_again(conn, Policy(recipients=1))
                if number == 0:
                    time.sleep(GATHER)

    letters = [mail(ref, DAY, ME, [ADA, GRACE]) for ref in "12"]
    ingest(conn, job((), source=Slow(letters, every=1)), now=FIRST_DAY)

    assert verdicts(conn, "1")[ADA] == verdicts(conn, "2")[ADA] == "not many"


def test_what_the_user_has_said_is_not_judged_again(conn: Connection) -> None:
    read(conn, mail("1", DAY, ADA, [GRACE], [ME]))
    logbook.edit(conn, call(), 1, logbook.Change(kind="letter", direction="out"))

    assert judge_again(conn, Policy(cc=True)) == 0
    assert verdicts(conn, "1") == {ADA: "logged", GRACE: "logged", ME: "not me"}
    assert direction(conn, "1") == "out"


def test_a_claimed_address_brings_its_history_and_what_is_owed(conn: Connection) -> None:
    read(conn, mail("1", DAY, ME, [ADA]), mail("2", DAY + timedelta(days=1), ADA, [ME]))
    ada = people.add(conn, call(), Details(name="Ada Lovelace", emails=[ADA], every="1m")).person

    assert ada.last_contact_on == DAY + timedelta(days=1)
    today = DAY + timedelta(days=10)
    (item,) = due.due(conn, today=today, settings=DueSettings()).items
    assert [(reason.code, reason.value) for reason in item.reasons] == [("reply_owed", 9)]


def test_what_was_typed_can_be_taken_back_although_mail_has_come_since(conn: Connection) -> None:
    ada = people.add(conn, call(), Details(name="Ada Lovelace", emails=[ADA]))
    read(conn, mail("1", DAY, ADA, [ME]), origin="sync")
    before = logical(conn)

    undone = history.undo(conn, call(), int((ada.operation_id or "o0")[1:]))
    assert conn.execute("select person_id from identifier where value = ?", (ADA,)).fetchone()[0] is None
    assert verdicts(conn, "1") == {ADA: "direct", ME: "not me"}
    history.undo(conn, call(), int((undone.operation_id or "o0")[1:]))

    assert logical(conn) == before


def test_a_sync_can_be_taken_back_after_what_was_typed_before_it(conn: Connection) -> None:
    ada = people.add(conn, call(), Details(name="Ada Lovelace", emails=[ADA]))
    first = read(conn, mail("1", DAY, ADA, [ME]), origin="sync")
    second = read(conn, mail("2", DAY, ADA, [ME]), origin="sync", afresh=True)

    for done in (ada, first, second):
        history.undo(conn, call(), int((done.operation_id or "o0")[1:]))

    assert conn.execute("select value from identifier where mine = 0").fetchall() == []
    assert conn.execute("select count(*) from interaction").fetchone()[0] == 0


def test_a_text_is_kept_of_what_counts_alone(conn: Connection) -> None:
    read(conn, mail("1", DAY, ADA, [ME], body="Hello."), mail("2", DAY, ADA, [GRACE], [ME], body="Hello."))

    assert [row[0] for row in conn.execute("select body from interaction order by id")] == ["Hello.", None]


def test_a_mail_happened_on_its_day_at_home(conn: Connection) -> None:
    late = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    read(conn, mail("1", late, ADA, [ME]))

    row = conn.execute("select happened_on, happened_at from interaction").fetchone()
    assert tuple(row) == ("2026-01-05", int(late.timestamp()))


@pytest.mark.parametrize("seed", range(12))
def test_verdicts_equal_a_judgement_from_scratch_after_anything(conn: Connection, seed: int) -> None:
    from dexcli.store.settings import policy

    world = World(conn, seed)
    for _ in range(60):
        world.act()
        if world.random.random() < 0.2:
            world.turn()
        assert judge_again(conn, policy(conn)) == 0
