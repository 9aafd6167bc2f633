from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.matching import Ambiguous, Known, Linked, Match, New, match

ADA, GRACE = 1, 2
NAMES = {ADA: "Ada Lovelace", GRACE: "Grace Hopper"}


def by(kind: str, person_id: int = ADA, *, same_feed: bool = False) -> Known:
    return Known(person_id=person_id, names=(NAMES[person_id],), kind=kind, same_feed=same_feed)


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("Ada Lovelace", [], New()),
        # An address or profile links whatever the name: people change theirs.
        ("Ada King", [by("email")], Linked(ADA, "email")),
        ("Countess", [by("linkedin")], Linked(ADA, "linkedin")),
        ("Countess", [by("url")], Linked(ADA, "url")),
        ("Countess", [by("email"), by("linkedin"), by("phone")], Linked(ADA, "email")),
        # A phone links where the names may be one person's.
        ("Lovelace, Ada", [by("phone")], Linked(ADA, "phone")),
        ("A. Lovelace", [by("phone")], Linked(ADA, "phone")),
        ("William Lovelace", [by("phone")], New()),
        # The stronger kind decides.
        ("Grace Hopper", [by("phone", GRACE), by("email", ADA)], Linked(ADA, "email")),
        # Several people at one level are a question.
        ("Ada", [by("email", ADA), by("url", GRACE)], Ambiguous((ADA, GRACE))),
        ("Ada", [by("email", GRACE), by("email", ADA)], Ambiguous((ADA, GRACE))),
        # Within one source, an address on two names is two people who share it.
        ("William King", [by("email", same_feed=True)], Ambiguous((ADA,))),
        ("Ada Lovelace", [by("email", same_feed=True)], Linked(ADA, "email")),
        ("Ada L.", [by("email", same_feed=True)], Linked(ADA, "email")),
        ("Grace Hopper", [by("email", ADA, same_feed=True), by("email", GRACE)], Linked(GRACE, "email")),
        ("Grace Hopper", [by("email", ADA, same_feed=True), by("phone", GRACE)], Linked(GRACE, "phone")),
        ("William King", [by("email", same_feed=True), by("phone")], Ambiguous((ADA,))),
    ],
)
def test_who_a_record_is_about(name: str, known: list[Known], expected: Match) -> None:
    assert match(name, known) == expected


KNOWN = st.builds(
    Known,
    person_id=st.integers(1, 4),
    names=st.tuples(st.sampled_from(["Ada Lovelace", "Ada", "Grace Hopper", ""])),
    kind=st.sampled_from(["email", "linkedin", "url", "phone"]),
    same_feed=st.booleans(),
)


@given(st.sampled_from(["Ada Lovelace", "Ada", "Alan Turing"]), st.lists(KNOWN, max_size=6), st.data())
def test_the_order_of_identifiers_decides_nothing_but_which_is_named(
    name: str, known: list[Known], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(known))

    one, other = match(name, known), match(name, shuffled)

    if isinstance(one, Linked):
        assert isinstance(other, Linked)
        assert one.person_id == other.person_id
    else:
        assert one == other


@given(st.sampled_from(["Ada Lovelace", "Alan Turing"]), st.lists(KNOWN, max_size=6))
def test_nobody_is_meant_who_shares_no_identifier(name: str, known: list[Known]) -> None:
    ids = {one.person_id for one in known}

    match match(name, known):
        case Linked(person_id=person_id):
            assert person_id in ids
        case Ambiguous(person_ids=person_ids):
            assert set(person_ids) <= ids
            assert list(person_ids) == sorted(set(person_ids))
            assert person_ids
        case New():
            assert all(one.kind == "phone" for one in known)
