from __future__ import annotations

from collections import Counter
from datetime import date
from math import inf
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.cadence import NEVER, Cadence, parse_cadence, read_duration, spread
from dexcli.domain.dates import Unit
from dexcli.errors import UsageError

TODAY = date(2026, 11, 23)
UNITS: list[Unit] = ["d", "w", "m", "y"]
CADENCES = st.builds(Cadence, n=st.integers(1, 100), unit=st.sampled_from(UNITS))
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3d", Cadence(3, "d")),
        ("2w", Cadence(2, "w")),
        ("6W", Cadence(6, "w")),
        ("1m", Cadence(1, "m")),
        ("1y", Cadence(1, "y")),
        ("2 weeks", Cadence(2, "w")),
        ("daily", Cadence(1, "d")),
        ("Weekly", Cadence(1, "w")),
        ("biweekly", Cadence(2, "w")),
        ("fortnightly", Cadence(2, "w")),
        ("monthly", Cadence(1, "m")),
        ("quarterly", Cadence(3, "m")),
        ("half-yearly", Cadence(6, "m")),
        ("yearly", Cadence(1, "y")),
        ("annually", Cadence(1, "y")),
        ("every 10 days", Cadence(10, "d")),
        ("every two weeks", Cadence(2, "w")),
        ("every 2w", Cadence(2, "w")),
        (" Every  Month ", Cadence(1, "m")),
        ("every other week", Cadence(2, "w")),
        ("never", NEVER),
        ("100y", Cadence(100, "y")),
        ("1200m", Cadence(1200, "m")),
    ],
)
def test_cadences_are_read(text: str, expected: Cadence) -> None:
    assert parse_cadence(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "often",
            "2",
            "w",
            "week",
            "-2w",
            "2h",
            "1.5w",
            "every",
            "every other",
            "every monday",
            "2w 3d",
        ),
        *("every other 2 weeks", "0d", "0w", "every 0 months", "101y", "1201m", "36526d", "999999999d"),
    ],
)
def test_nonsense_zero_and_centuries_are_refused_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_cadence(text)
    assert refusal.value.hint is not None
    assert "2w" in refusal.value.hint


@pytest.mark.parametrize(
    ("cadence", "text", "iso", "words"),
    [
        (Cadence(1, "d"), "1d", "P1D", "daily"),
        (Cadence(10, "d"), "10d", "P10D", "every 10 days"),
        (Cadence(1, "w"), "1w", "P1W", "weekly"),
        (Cadence(2, "w"), "2w", "P2W", "every 2 weeks"),
        (Cadence(1, "m"), "1m", "P1M", "monthly"),
        (Cadence(3, "m"), "3m", "P3M", "quarterly"),
        (Cadence(6, "m"), "6m", "P6M", "every 6 months"),
        (Cadence(1, "y"), "1y", "P1Y", "yearly"),
        (NEVER, "never", None, "never"),
    ],
)
def test_a_cadence_is_written_for_store_json_and_people(
    cadence: Cadence, text: str, iso: str | None, words: str
) -> None:
    assert (cadence.text, cadence.iso, cadence.words) == (text, iso, words)


@given(CADENCES | st.just(NEVER))
def test_what_is_written_is_read_back(cadence: Cadence) -> None:
    assert parse_cadence(cadence.text) == cadence
    assert parse_cadence(cadence.words) == cadence


@pytest.mark.parametrize(
    ("cadence", "day", "expected"),
    [
        (Cadence(1, "m"), date(2026, 8, 1), date(2026, 9, 1)),
        (Cadence(1, "m"), date(2026, 1, 31), date(2026, 2, 28)),
        (Cadence(2, "w"), date(2026, 12, 25), date(2027, 1, 8)),
        (Cadence(3, "d"), date(2028, 2, 27), date(2028, 3, 1)),
        (Cadence(1, "y"), date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_the_next_due_date_is_in_calendar_units(cadence: Cadence, day: date, expected: date) -> None:
    assert cadence.after(day) == expected


@given(CADENCES, DAYS, DAYS)
def test_a_later_contact_is_never_due_earlier(cadence: Cadence, one: date, other: date) -> None:
    first, second = sorted((one, other))
    assert first < cadence.after(first) <= cadence.after(second)


@given(CADENCES, DAYS)
def test_the_average_length_is_close_to_every_real_one(cadence: Cadence, day: date) -> None:
    assert abs((cadence.after(day) - day).days - cadence.approx_days) < 4


def test_never_has_no_next_day_and_is_the_longest_of_all() -> None:
    with pytest.raises(ValueError, match="never"):
        NEVER.after(TODAY)
    assert NEVER.approx_days == inf
    tags = [NEVER, Cadence(1, "y"), Cadence(5, "w"), Cadence(1, "m")]
    assert min(tags, key=lambda cadence: cadence.approx_days) == Cadence(1, "m")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2w", date(2026, 12, 7)),
        ("1 month", date(2026, 12, 23)),
        ("in 10 days", date(2026, 12, 3)),
        ("a year", date(2027, 11, 23)),
        ("0d", TODAY),
    ],
)
def test_a_duration_ends_on_a_day(text: str, expected: date) -> None:
    assert read_duration(text, TODAY) == expected


@pytest.mark.parametrize("text", ["", "weekly", "never", "2h", "-2w", "tomorrow", "101y", "999999999y"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read_duration(text, TODAY)
    assert refusal.value.hint is not None


@given(st.text(), CADENCES, DAYS)
def test_first_due_dates_lie_within_one_cadence(uid: str, cadence: Cadence, since: date) -> None:
    assert since < spread(uid, cadence, since) <= cadence.after(since)


@pytest.mark.parametrize("cadence", [Cadence(1, "w"), Cadence(1, "m"), Cadence(3, "m")])
def test_first_due_dates_are_spread_evenly(cadence: Cadence) -> None:
    uids = [str(UUID(int=number * 0x9E3779B97F4A7C15_F39CC0605CEDC835 % 2**128)) for number in range(20_000)]
    per_day = Counter(spread(uid, cadence, TODAY) for uid in uids)
    length = (cadence.after(TODAY) - TODAY).days
    fair = len(uids) / length
    assert len(per_day) == length
    assert all(0.7 * fair < count < 1.3 * fair for count in per_day.values())


def test_a_first_due_date_is_the_same_in_every_process_and_release() -> None:
    # The check value of CRC-32: 0xCBF43926 for "123456789", 2 modulo the 30 days to 23 December.
    assert spread("123456789", Cadence(1, "m"), TODAY) == date(2026, 11, 26)
