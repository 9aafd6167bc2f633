"""How often contact has been, whether a cadence is kept, and when silence is unusual."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain import rhythm
from dexcli.domain.rhythm import Keeping

TODAY = date(2026, 3, 8)


def before(*days_ago: int) -> list[date]:
    return [TODAY - timedelta(days=ago) for ago in days_ago]


def kept(*days_ago: int, cadence: int = 14, set_ago: int = 1000) -> Keeping:
    return rhythm.keeping(before(*days_ago), cadence, TODAY - timedelta(days=set_ago), TODAY)


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        ([0, 7, 14, 21], None),
        ([0, 0, 7, 14, 21], None),
        ([0, 7, 14, 21, 28], 7),
        ([0, 1, 2, 30, 60, 90], 28),
        ([*range(0, 24 * 3, 3), 1000, 2000], 3),
    ],
)
def test_a_rhythm_is_the_median_gap_between_the_latest_days(days_ago: list[int], expected: int | None) -> None:
    assert rhythm.usual_gap(before(*days_ago)) == expected


def test_a_year_abroad_does_not_change_a_rhythm() -> None:
    assert rhythm.usual_gap(before(0, 7, 14, 21, 400, 407, 414)) == 7


@pytest.mark.parametrize(("usual", "days"), [(1, 14), (5, 14), (6, 15), (21, 52)])
def test_silence_is_unusual_after_two_and_a_half_gaps_and_two_weeks_at_least(usual: int, days: int) -> None:
    assert rhythm.unusual_after(usual) == days


def test_a_cadence_is_kept_where_two_of_three_waits_were_in_time() -> None:
    assert kept(0, 14, 28, 42) == Keeping(waits=3, in_time=3)
    assert kept(0, 14, 28, 58) == Keeping(waits=3, in_time=2)
    assert kept(0, 14, 28, 58).kept is True
    assert kept(0, 14, 44, 74).kept is False


def test_fewer_than_three_waits_are_no_habit() -> None:
    assert kept(0, 14, 28).kept is None
    assert kept().kept is None


@pytest.mark.parametrize(("ago", "in_time"), [(16, 1), (17, 0)])
def test_a_fifth_longer_is_still_in_time(ago: int, in_time: int) -> None:
    assert kept(0, ago).in_time == in_time


def test_the_running_wait_counts_once_it_is_too_long() -> None:
    assert kept(16, 30, 44) == Keeping(waits=2, in_time=2)
    assert kept(17, 31, 45) == Keeping(waits=3, in_time=2)


def test_what_was_before_a_cadence_was_set_is_neither_kept_nor_missed() -> None:
    assert kept(3, 100, 200, 300, set_ago=10) == Keeping(waits=0, in_time=0)
    assert kept(100, 200, 300, set_ago=0) == Keeping(waits=0, in_time=0)
    assert kept(100, 200, 300, set_ago=20) == Keeping(waits=1, in_time=0)
    assert kept(3, 9, 100, set_ago=10) == Keeping(waits=1, in_time=1)


@given(st.lists(st.integers(0, 3000)), st.integers(1, 400), st.integers(-10, 3000))
def test_order_and_repetition_of_days_do_not_matter(days: list[int], cadence: int, set_ago: int) -> None:
    distinct = sorted(set(days))
    assert rhythm.usual_gap(before(*days, *days)) == rhythm.usual_gap(before(*distinct))
    found = kept(*days, *days, cadence=cadence, set_ago=set_ago)
    assert found == kept(*reversed(distinct), cadence=cadence, set_ago=set_ago)
    assert 0 <= found.in_time <= found.waits <= rhythm.LATEST_DAYS
