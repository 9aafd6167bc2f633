from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.policy import BY_HAND, MAX_PEOPLE, NEVER_CONTACT, Verdict, judge

KINDS = st.sampled_from(["mail", "meeting", "call", "note", "coffee", "some other", *NEVER_CONTACT])
STATUS = st.sampled_from([None, "confirmed", "tentative", "cancelled"])


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
    assert judge(kind, people, status) == Verdict(counts=counts, why=why)


def test_what_was_written_by_hand_always_counts() -> None:
    assert Verdict(counts=True, why="logged") == BY_HAND


@given(KINDS, st.integers(1, MAX_PEOPLE * 3), STATUS)
def test_more_people_never_make_it_contact(kind: str, people: int, status: str | None) -> None:
    assert judge(kind, people, status).counts >= judge(kind, people + 1, status).counts
