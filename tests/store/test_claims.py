"""Whose a value is, and which of several statements comes first, whatever was said and taken back in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta

import pytest

from dexcli.domain.identifiers import Identifier
from dexcli.domain.records import PersonRecord, SourceItem
from dexcli.services import history, people
from dexcli.services.ingest import ingest
from dexcli.services.invocation import Invocation
from dexcli.services.people import Details, Removals
from dexcli.store import claims, me
from dexcli.store import people as store
from dexcli.store.connection import Connection
from dexcli.store.journal import operation
from support.world import FIRST_DAY, card, in_memory, job, logical, meeting

ADA, GRACE = 1, 2
ADDRESS = Identifier("email", "home@example.org")
LATER = FIRST_DAY + timedelta(days=10)


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


def call(now: datetime = FIRST_DAY) -> Invocation:
    return Invocation(now=now, command="test", region="GB")


def read(conn: Connection, *items: SourceItem, now: datetime = FIRST_DAY) -> None:
    ingest(conn, job(items), now=now)


@pytest.fixture
def shared(conn: Connection) -> Connection:
    """Ada and Grace, of whom one address is said, and a meeting with it."""
    read(
        conn,
        card("1", "Ada Lovelace", ("email", ADDRESS.value), ("alias", "The Boss")),
        card("2", "Grace Hopper", ("email", ADDRESS.value), ("alias", "The Boss")),
        meeting("1", date(2026, 1, 5), ("email", ADDRESS.value)),
    )
    assert owner(conn) == (None, True)
    return conn


def owner(conn: Connection) -> tuple[int | None, bool]:
    known = claims.find_identifier(conn, ADDRESS)
    assert known is not None
    return known.person_id, known.shared


def last_contact(conn: Connection, person_id: int) -> date | None:
    return store.full(conn, [person_id])[0].last_contact_on


def remove(conn: Connection) -> None:
    people.remove(conn, call(), ADA)


def take_off(conn: Connection) -> None:
    people.edit(conn, call(), ADA, Details(), Removals(emails=[ADDRESS.value], aliases=["The Boss"]))


def read_newer(conn: Connection) -> None:
    read(conn, card("1", "Ada Lovelace", ("phone", "020 7946 0950")), now=LATER)


@pytest.mark.parametrize("end", [remove, take_off, read_newer])
def test_what_was_shared_is_theirs_who_alone_still_has_it(
    shared: Connection, end: Callable[[Connection], None]
) -> None:
    end(shared)

    assert owner(shared) == (GRACE, False)
    assert last_contact(shared, GRACE) == date(2026, 1, 5)
    # Nothing of hers is lost on the way: she can go, too.
    people.remove(shared, call(), GRACE)
    assert owner(shared) == (None, False)


@pytest.mark.parametrize("end", [take_off, read_newer])
def test_what_is_said_of_nobody_stays_with_the_last_one_and_their_history(
    conn: Connection, end: Callable[[Connection], None]
) -> None:
    said = card("1", "Ada Lovelace", ("email", ADDRESS.value), ("alias", "The Boss"))
    read(conn, said, meeting("1", date(2026, 1, 5), ("email", ADDRESS.value)))

    end(conn)

    assert owner(conn) == (ADA, False)
    assert last_contact(conn, ADA) == date(2026, 1, 5)


def test_what_somebody_gave_up_is_theirs_who_has_it_now(conn: Connection) -> None:
    read(conn, card("1", "Ada Lovelace", ("email", ADDRESS.value), ("alias", "The Boss")))
    take_off(conn)
    people.add(conn, call(), Details(name="Grace Hopper", emails=[ADDRESS.value]), force=True)

    assert owner(conn) == (GRACE, False)

    people.edit(conn, call(), ADA, Details(emails=[ADDRESS.value]), Removals())
    assert owner(conn) == (None, True)


def test_what_a_third_has_as_well_stays_shared_when_the_second_is_undone(conn: Connection) -> None:
    people.add(conn, call(), Details(name="Ada Lovelace", emails=[ADDRESS.value]))
    second = people.add(conn, call(), Details(name="Grace Hopper", emails=[ADDRESS.value]), force=True)
    people.add(conn, call(), Details(name="Alan Turing", emails=[ADDRESS.value]), force=True)

    history.undo(conn, call(), int((second.operation_id or "o0")[1:]))

    assert owner(conn) == (None, True)


def test_what_is_mine_no_more_is_theirs_of_whom_it_is_said(shared: Connection) -> None:
    before = logical(shared)["identifier"]
    with operation(shared, now=FIRST_DAY, command="me") as op:
        me.add(op, ADDRESS)
    assert owner(shared) == (None, False)
    with operation(shared, now=FIRST_DAY, command="me") as op:
        assert me.remove(op, ADDRESS)
        assert not me.remove(op, ADDRESS)

    assert logical(shared)["identifier"] == before


def test_what_is_said_again_is_as_new_as_that_day(conn: Connection) -> None:
    at, elsewhere = (card("1", "Ada Lovelace", ("company", name)) for name in ("Engines", "Royal Society"))
    for days, record in enumerate((at, elsewhere, at)):
        read(conn, record, now=FIRST_DAY + timedelta(days=days))

    seen = dict(conn.execute("select value, seen_on from claim where field = 'company'").fetchall())
    assert seen["Engines"] == (FIRST_DAY + timedelta(days=2)).date().isoformat()


def test_the_value_that_wins_comes_first_wherever_values_are_listed(conn: Connection) -> None:
    """Two files of one run may say different things of one card, and neither came later."""

    def record(company: str, email: str) -> PersonRecord:
        return card("1", "Ada Lovelace", ("company", company), ("email", email))

    read(conn, record("Royal Society", "z@example.org"), record("Engines", "a@example.org"))

    person = store.full(conn, [ADA])[0]
    for field, first in (("company", person.company), ("email", person.emails[0])):
        assert next(claim.value for claim in person.claims if claim.field == field) == first
    assert (person.company, person.emails) == ("Engines", ["a@example.org", "z@example.org"])


def test_what_was_typed_is_listed_as_it_was_typed(conn: Connection) -> None:
    typed = ["z@example.org", "a@example.org"]
    assert people.add(conn, call(), Details(name="Ada Lovelace", emails=typed)).person.emails == typed
