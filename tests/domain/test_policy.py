from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.machines import automatic
from dexcli.domain.policy import (
    AUTOMATIC,
    BY_HAND,
    NEVER_CONTACT,
    REASONS,
    Circumstances,
    Policy,
    Verdict,
    judge,
    part_of_mine,
)

KINDS = st.sampled_from(["mail", "meeting", "call", "note", "coffee", "some other", *NEVER_CONTACT])
STATUS = st.sampled_from([None, "confirmed", "tentative", "cancelled"])
ROLES = st.sampled_from(["from", "to", "cc", "organizer", "attendee", "with"])
MINE = st.sampled_from([None, "from", "to", "cc"])
POLICIES = st.builds(
    Policy, recipients=st.integers(0, 50), people=st.integers(0, 100), cc=st.booleans(), lists=st.just("store")
)


def about(**values: Any) -> Circumstances:
    return Circumstances(**{"kind": "mail", "others": 1, "mine": "to", **values})


@pytest.mark.parametrize(
    ("kind", "people", "status", "counts", "why"),
    [
        ("mail", 1, None, True, "direct"),
        ("meeting", 10, "confirmed", True, "direct"),
        ("meeting", 10, "tentative", True, "direct"),
        ("meeting", 11, None, False, "group"),
        ("meeting", 2, "cancelled", False, "cancelled"),
        ("meeting", 500, "cancelled", False, "cancelled"),
        ("connection", 1, None, False, "connected"),
        ("invitation", 1, "cancelled", False, "invitation"),
        ("event", 500, None, False, "event"),
    ],
)
def test_what_counts_as_contact(kind: str, people: int, status: str | None, counts: bool, why: str) -> None:
    case = Circumstances(kind=kind, others=people, status=status)
    assert judge(case, "with", Policy()) == Verdict(counts=counts, why=why)


@pytest.mark.parametrize(
    ("mine", "role", "others", "counts", "why"),
    [
        ("from", "to", 1, True, "direct"),  # I wrote to them
        ("from", "to", 5, True, "direct"),
        ("from", "to", 6, False, "many"),
        ("from", "cc", 2, False, "they_in_cc"),
        ("to", "from", 0, True, "direct"),  # they wrote to me
        ("to", "from", 5, True, "direct"),
        ("to", "from", 6, False, "many"),
        ("to", "to", 1, False, "fellow"),
        ("to", "cc", 1, False, "they_in_cc"),
        ("cc", "from", 1, False, "i_in_cc"),
        ("cc", "to", 1, False, "i_in_cc"),
        (None, "from", 1, False, "not_named"),
        (None, "to", 1, False, "not_named"),
    ],
)
def test_which_mail_counts_for_whom(mine: str | None, role: str, others: int, counts: bool, why: str) -> None:
    assert judge(about(mine=mine, others=others), role, Policy()) == Verdict(counts=counts, why=why)


def test_copies_count_where_the_user_wants_them_to() -> None:
    assert judge(about(mine="cc"), "from", Policy(cc=True)).counts
    assert judge(about(mine="from"), "cc", Policy(cc=True)).counts
    assert judge(about(mine="to"), "cc", Policy(cc=True)).why == "fellow"


@given(ROLES, MINE, st.integers(0, 100), POLICIES, st.sampled_from(sorted(AUTOMATIC)))
def test_what_a_list_or_machine_wrote_never_counts(
    role: str, mine: str | None, others: int, policy: Policy, why: str
) -> None:
    assert judge(about(mine=mine, others=others, automatic=why), role, policy) == Verdict(counts=False, why=why)


def test_what_was_written_by_hand_always_counts() -> None:
    assert Verdict(counts=True, why="logged") == BY_HAND


@given(KINDS, st.integers(0, 60), STATUS, MINE, ROLES, POLICIES)
def test_more_people_never_make_it_contact(
    kind: str, people: int, status: str | None, mine: str | None, role: str, policy: Policy
) -> None:
    few = judge(Circumstances(kind=kind, others=people, status=status, mine=mine), role, policy)
    more = judge(Circumstances(kind=kind, others=people + 1, status=status, mine=mine), role, policy)
    assert few.counts >= more.counts
    assert {few.why, more.why} <= REASONS.keys()


def test_my_part_is_the_strongest_of_my_roles() -> None:
    assert part_of_mine(["cc", "to", "from"], sent=False) == "from"
    assert part_of_mine(["cc", "to"], sent=False) == "to"
    assert part_of_mine(["cc"], sent=True) == "from"
    assert part_of_mine([], sent=False) is None


@pytest.mark.parametrize(
    ("headers", "sender", "why"),
    [
        ({}, "ada@example.org", None),
        ({"auto-submitted": "no"}, "ada@example.org", None),
        ({"precedence": "first-class"}, "ada@example.org", None),
        ({"return-path": "<ada@example.org>"}, "ada@example.org", None),
        ({"list-id": "Engines <engines.lists.example.org>"}, "ada@example.org", "list"),
        ({"list-unsubscribe": "<mailto:leave@example.org>"}, "ada@example.org", "list"),
        ({"precedence": "Bulk"}, "ada@example.org", "bulk"),
        ({"precedence": "junk"}, None, "bulk"),
        ({"auto-submitted": "auto-replied; owner=ada"}, "ada@example.org", "auto"),
        ({"return-path": " <> "}, "ada@example.org", "bounce"),
        ({"content-type": "Multipart/Report; report-type=delivery-status"}, "x@example.org", "bounce"),
        ({}, "no-reply@example.org", "no_reply"),
        ({}, "arno.reply@example.org", None),
    ],
)
def test_headers_and_then_the_sender_tell_lists_and_machines(
    headers: dict[str, str], sender: str | None, why: str | None
) -> None:
    assert automatic(headers, sender) == why
