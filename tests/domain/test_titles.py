"""Who may be named in the title of a meeting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.names import fold
from dexcli.domain.titles import KnownNames

ADA, GRACE, KELLY, ALAN, ROZSA, LI, GRACES = 1, 2, 3, 4, 5, 6, (11, 12, 13, 14)

PEOPLE = [
    (ADA, "Ada Lovelace"),
    (GRACE, "Grace Hopper"),
    (KELLY, "Grace Kelly"),
    (ALAN, "Alan Turing"),
    (ROZSA, "Rózsa Péter"),
    (ROZSA, "Politzer"),
    (LI, "李清照"),
    *((id_, f"Anna Number{id_}") for id_ in GRACES),
]


@pytest.fixture(scope="module")
def known() -> KnownNames:
    return KnownNames((id_, fold(name)) for id_, name in PEOPLE)


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Lunch with Grace Hopper", [(GRACE,)]),
        ("GRACE HOPPER: compilers", [(GRACE,)]),
        ("Talk about the life and work of Ada Lovelace, part 2", [(ADA,)]),
        ("Dinner with Rozsa Peter", [(ROZSA,)]),
        ("Dinner with Politzer", [(ROZSA,)]),
        ("Dinner with Grace", [(GRACE, KELLY)]),
        ("A long dinner at the harbour with Grace and Alan", [(GRACE, KELLY), (ALAN,)]),
        ("A long dinner at the harbour mit Alan, Ada und Rózsa", [(ALAN,), (ADA,), (ROZSA,)]),
        ("Ada / Alan", [(ADA,), (ALAN,)]),
        ("Quarterly plan: who, what and when; Ada <> Alan", [(ALAN,)]),
        ("1:1 Alan", [(ALAN,)]),
        ("Coffee Ada", [(ADA,)]),
        ("w/ Ada in the long gallery of the museum", [(ADA,)]),
        ("午餐 李清照", [(LI,)]),
        ("Grace Hopper and Grace", [(GRACE,)]),
        ("Lunch with Grace Hopper-Murray", [(GRACE,)]),
        ("Lunch with Gracie", []),
        ("The grace of moving slowly in the water", []),
        ("Walk with the dog to Ada street", []),
        ("Dinner with Anna", []),
        ("Dentist", []),
        ("", []),
        ("   /  & ", []),
    ],
)
def test_titles_name_people(known: KnownNames, title: str, found: list[tuple[int, ...]]) -> None:
    assert known.named_in(title) == found


def test_the_longest_name_that_fits_is_meant() -> None:
    known = KnownNames([(1, "maria mitchell"), (2, "maria mitchell jones")])
    assert known.named_in("Tea with Maria Mitchell Jones in the garden") == [(2,)]
    assert known.named_in("Tea with Maria Mitchell in the garden") == [(1,)]


def test_whoever_has_no_name_is_named_nowhere() -> None:
    assert KnownNames([(1, "")]).named_in("with  ") == []


@given(st.text(max_size=200))
def test_any_title_can_be_looked_at(title: str) -> None:
    known = KnownNames((id_, fold(name)) for id_, name in PEOPLE)
    ids = {id_ for id_, _ in PEOPLE}
    for spot in known.named_in(title):
        assert 1 <= len(spot) <= 3
        assert ids.issuperset(spot)


@given(st.sampled_from(PEOPLE[:5]), st.text(max_size=40), st.text(max_size=40))
def test_a_whole_name_is_found_wherever_it_stands(who: tuple[int, str], before: str, behind: str) -> None:
    known = KnownNames((id_, fold(name)) for id_, name in PEOPLE)
    assert any(who[0] in spot for spot in known.named_in(f"{before} | {who[1]} | {behind}"))
