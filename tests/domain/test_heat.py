"""How dark a day is drawn, and how many weeks in a row there was contact."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain import heat


@pytest.mark.parametrize(
    ("counts", "levels"),
    [
        ([], []),
        ([0, 0], []),
        ([0, 1, 1], [1]),
        ([1, 2], [1, 2]),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4], [1, 2, 3, 4]),
        ([*[1] * 20, 30], [1, 2, 3, 4]),
        ([1, 3, 7], [1, 2, 3, 4]),
        ([*range(1, 11)], [1, 4, 7, 9]),
        ([5] * 10, [1, 3, 4, 5]),
    ],
)
def test_shades_begin_with_one_and_end_with_what_is_busy(counts: list[int], levels: list[int]) -> None:
    assert heat.levels(counts) == levels


@given(st.lists(st.integers(0, 10_000)))
def test_every_day_of_contact_has_a_shade_and_a_busier_one_none_lighter(counts: list[int]) -> None:
    levels = heat.levels(counts)
    assert levels == sorted(set(levels))
    assert len(levels) <= heat.LEVELS
    shades = [heat.level(count, levels) for count in sorted(counts)]
    assert shades == sorted(shades)
    assert all((shade > 0) == (count > 0) for shade, count in zip(shades, sorted(counts), strict=True))


@pytest.mark.parametrize(
    ("days", "weeks"),
    [
        ([], 0),
        (["2026-03-08"], 1),
        (["2026-03-08", "2026-03-09"], 2),
        (["2026-03-02", "2026-03-08"], 1),
        (["2026-03-02", "2026-03-22"], 1),
        (["2026-03-02", "2026-03-15", "2026-03-16", "2026-03-30"], 3),
        (["2025-12-29", "2026-01-05", "2026-02-01"], 2),
        (["0001-01-01", "9999-12-31"], 1),
    ],
)
def test_weeks_in_a_row_are_those_of_the_calendar(days: list[str], weeks: int) -> None:
    assert heat.weeks_in_a_row(map(date.fromisoformat, days)) == weeks


@given(st.dates())
def test_a_week_begins_with_its_monday(day: date) -> None:
    assert heat.monday(day).weekday() == 0
    assert timedelta(0) <= day - heat.monday(day) < timedelta(7)
