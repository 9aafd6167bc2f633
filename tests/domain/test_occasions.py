from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.occasions import age_on, next_on

DAYS = st.dates(min_value=date(1800, 1, 1), max_value=date(2400, 12, 31))


@pytest.mark.parametrize(
    ("month", "day", "today", "expected"),
    [
        (12, 9, date(2026, 11, 23), date(2026, 12, 9)),
        (12, 9, date(2026, 12, 9), date(2026, 12, 9)),
        (12, 9, date(2026, 12, 10), date(2027, 12, 9)),
        (1, 1, date(2026, 12, 31), date(2027, 1, 1)),
        (2, 29, date(2026, 2, 28), date(2026, 3, 1)),
        (2, 29, date(2026, 3, 1), date(2026, 3, 1)),
        (2, 29, date(2026, 3, 2), date(2027, 3, 1)),
        (2, 29, date(2028, 2, 28), date(2028, 2, 29)),
        (2, 29, date(2028, 3, 1), date(2029, 3, 1)),
        (2, 29, date(2100, 1, 1), date(2100, 3, 1)),
    ],
)
def test_the_next_time_an_occasion_comes_round(month: int, day: int, today: date, expected: date) -> None:
    assert next_on(month, day, today) == expected


def test_nothing_comes_round_after_the_end_of_the_calendar() -> None:
    assert next_on(12, 31, date.max) == date.max
    assert next_on(12, 30, date.max) is None


def test_a_day_of_no_year_is_refused() -> None:
    with pytest.raises(ValueError, match="day"):
        next_on(2, 30, date(2026, 1, 1))


@given(DAYS, DAYS)
def test_it_comes_within_a_year_and_falls_on_its_day(born: date, today: date) -> None:
    comes = next_on(born.month, born.day, today)
    assert comes is not None
    assert 0 <= (comes - today).days <= 366
    assert (comes.month, comes.day) == (born.month, born.day) or (born.month, born.day) == (2, 29)


@pytest.mark.parametrize(
    ("year", "on", "expected"),
    [
        (1906, date(2026, 12, 9), 120),
        (2026, date(2026, 12, 9), 0),
        (2027, date(2026, 12, 9), None),
        (None, date(2026, 12, 9), None),
    ],
)
def test_the_years_an_occasion_completes(year: int | None, on: date, expected: int | None) -> None:
    assert age_on(year, on) == expected
