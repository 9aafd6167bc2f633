from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.dates import Unit, add_months, read_date, read_partial, read_span, shift
from dexcli.errors import ExitCode, UsageError

MONDAY = date(2026, 11, 23)
DAYS = st.dates(min_value=date(1600, 1, 1), max_value=date(2999, 12, 31))
PREFER: list[Literal["past", "future"]] = ["past", "future"]


def past(text: str, today: date = MONDAY, order: str | None = None) -> date | None:
    return read_date(text, today=today, prefer="past", order=order)


def future(text: str, today: date = MONDAY, order: str | None = None) -> date | None:
    return read_date(text, today=today, prefer="future", order=order)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2028, 1, 31), 1, (2028, 2, 29)),
        ((2100, 1, 31), 1, (2100, 2, 28)),
        ((2000, 1, 31), 1, (2000, 2, 29)),
        ((2026, 8, 1), 1, (2026, 9, 1)),
        ((2026, 12, 31), 1, (2027, 1, 31)),
        ((2026, 10, 31), 1, (2026, 11, 30)),
        ((2026, 1, 15), -1, (2025, 12, 15)),
        ((2026, 3, 31), -1, (2026, 2, 28)),
        ((2026, 5, 5), 0, (2026, 5, 5)),
        ((9999, 11, 30), 1, (9999, 12, 30)),
    ],
)
def test_a_month_on_is_the_same_day_or_the_last(
    day: tuple[int, int, int], months: int, expected: tuple[int, int, int]
) -> None:
    assert add_months(date(*day), months) == date(*expected)


def test_a_year_after_the_29th_of_february_is_the_28th() -> None:
    assert shift(date(2028, 2, 29), 1, "y") == date(2029, 2, 28)
    assert shift(date(2028, 2, 29), 4, "y") == date(2032, 2, 29)


def test_arithmetic_beyond_the_calendar_overflows() -> None:
    for n in (1, 10**9):
        for unit in get_args(Unit):
            with pytest.raises(OverflowError):
                shift(date.max, n, unit)
            with pytest.raises(OverflowError):
                shift(date.min, -n, unit)


@given(DAYS, DAYS, st.integers(-3000, 3000))
def test_a_later_day_never_lands_earlier(one: date, other: date, months: int) -> None:
    first, second = sorted((one, other))
    assert add_months(first, months) <= add_months(second, months)


@given(DAYS, st.integers(-3000, 3000))
def test_months_there_and_back_lose_only_the_days_a_short_month_lacks(day: date, months: int) -> None:
    there = add_months(day, months)
    back = add_months(there, -months)
    assert timedelta(0) <= day - back <= timedelta(days=3)
    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == months


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3d", (3, "d")),
        ("2w", (2, "w")),
        (" 2  Weeks ", (2, "w")),
        ("1 month", (1, "m")),
        ("a year", (1, "y")),
        ("ten days", (10, "d")),
        ("0d", (0, "d")),
        ("eleven days", None),
        ("3h", None),
        ("weeks", None),
        ("aweek", None),
        ("-3d", None),
        ("1.5w", None),
        ("", None),
    ],
)
def test_spans(text: str, expected: tuple[int, str] | None) -> None:
    assert read_span(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-04", (2026, 3, 4)),
        ("2026-3-4", (2026, 3, 4)),
        ("2026/3/4", (2026, 3, 4)),
        ("2026.03.04", (2026, 3, 4)),
        ("20260304", (2026, 3, 4)),
        ("today", (2026, 11, 23)),
        ("  TODAY ", (2026, 11, 23)),
        ("yesterday", (2026, 11, 22)),
        ("tomorrow", (2026, 11, 24)),
        ("day before yesterday", (2026, 11, 21)),
        ("the day after tomorrow", (2026, 11, 25)),
        ("3d ago", (2026, 11, 20)),
        ("2w ago", (2026, 11, 9)),
        ("1m ago", (2026, 10, 23)),
        ("1y ago", (2025, 11, 23)),
        ("3 days ago", (2026, 11, 20)),
        ("two weeks ago", (2026, 11, 9)),
        ("a month ago", (2026, 10, 23)),
        ("in 3d", (2026, 11, 26)),
        ("in two weeks", (2026, 12, 7)),
        ("3 days from now", (2026, 11, 26)),
        ("2 days after tomorrow", (2026, 11, 26)),
        ("2 days before yesterday", (2026, 11, 20)),
        ("a week from today", (2026, 11, 30)),
        ("12 March 2027", (2027, 3, 12)),
        ("12 Mar 2026", (2026, 3, 12)),
        ("12-mar-2026", (2026, 3, 12)),
        ("12/Mar/2026", (2026, 3, 12)),
        ("12th of March, 2026", (2026, 3, 12)),
        ("Mar 12, 2026", (2026, 3, 12)),
        ("Mar. 12th 2026", (2026, 3, 12)),
        ("Sept 1 2026", (2026, 9, 1)),
        ("Thu, 12 March 2026", (2026, 3, 12)),
        ("on Thursday 2026-03-12", (2026, 3, 12)),
        ("13.3.2026", (2026, 3, 13)),
        ("3/13/2026", (2026, 3, 13)),
        ("31-01-2026", (2026, 1, 31)),
        ("3.3.2026", (2026, 3, 3)),
        ("3.4.2026", (2026, 4, 3)),
        ("24.12.2025", (2025, 12, 24)),
        ("24. 12. 2025", (2025, 12, 24)),
        ("on Thu 24.12.2026", (2026, 12, 24)),
        ("12.24.2025", (2025, 12, 24)),
        ("29 Feb 2028", (2028, 2, 29)),
    ],
)
@pytest.mark.parametrize("prefer", PREFER)
def test_dates_that_mean_one_day_whatever_is_preferred(
    text: str, expected: tuple[int, int, int], prefer: Literal["past", "future"]
) -> None:
    assert read_date(text, today=MONDAY, prefer=prefer) == date(*expected)


@pytest.mark.parametrize(
    ("text", "in_the_past", "in_the_future"),
    [
        ("3d", (2026, 11, 20), (2026, 11, 26)),
        ("2w", (2026, 11, 9), (2026, 12, 7)),
        ("1m", (2026, 10, 23), (2026, 12, 23)),
        ("1y", (2025, 11, 23), (2027, 11, 23)),
        ("two weeks", (2026, 11, 9), (2026, 12, 7)),
        ("friday", (2026, 11, 20), (2026, 11, 27)),
        ("on Fri", (2026, 11, 20), (2026, 11, 27)),
        ("tues", (2026, 11, 17), (2026, 11, 24)),
        ("sunday", (2026, 11, 22), (2026, 11, 29)),
        ("last tuesday", (2026, 11, 17), (2026, 11, 17)),
        ("next friday", (2026, 11, 27), (2026, 11, 27)),
        ("next tuesday", (2026, 11, 24), (2026, 11, 24)),
        ("12 March", (2026, 3, 12), (2027, 3, 12)),
        ("March 12th", (2026, 3, 12), (2027, 3, 12)),
        ("24 Nov", (2025, 11, 24), (2026, 11, 24)),
        ("29 February", (2024, 2, 29), (2028, 2, 29)),
    ],
)
def test_what_happened_lies_in_the_past_and_what_is_planned_in_the_future(
    text: str, in_the_past: tuple[int, int, int], in_the_future: tuple[int, int, int]
) -> None:
    assert past(text) == date(*in_the_past)
    assert future(text) == date(*in_the_future)


def test_monday_on_a_monday_happened_today_and_is_planned_for_next_week() -> None:
    assert past("monday") == MONDAY
    assert future("monday") == MONDAY + timedelta(weeks=1)
    for read in (past, future):
        assert read("last monday") == MONDAY - timedelta(weeks=1)
        assert read("next monday") == MONDAY + timedelta(weeks=1)


def test_a_day_of_the_year_may_be_today() -> None:
    assert past("23 November") == MONDAY
    assert future("23 November") == MONDAY


def test_29_february_is_found_across_a_century_without_one() -> None:
    assert past("29 Feb", today=date(1904, 2, 28)) == date(1896, 2, 29)
    assert future("29 Feb", today=date(1896, 3, 1)) == date(1904, 2, 29)


def test_the_order_decides_between_two_readings() -> None:
    assert past("03/04/2026", order="DMY") == date(2026, 4, 3)
    assert past("03/04/2026", order="MDY") == date(2026, 3, 4)
    assert past("3.4.2026", order="DMY") == date(2026, 4, 3)
    assert past("25/12/2026", order="MDY") == date(2026, 12, 25)
    assert past("2026-03-04", order="DMY") == date(2026, 3, 4)


@pytest.mark.parametrize("order", [None, "DMY", "YMD"])
def test_dots_mean_that_the_day_comes_first(order: str | None) -> None:
    assert past("3.4.2026", order=order) == date(2026, 4, 3)
    assert past("24.12.", order=order) == date(2025, 12, 24)
    assert future("24.12.", order=order) == date(2026, 12, 24)
    assert past("7.3.", order=order) == date(2026, 3, 7)
    assert past("7.3.", order="MDY") == date(2026, 7, 3)


def test_figures_without_a_year_are_read_by_the_order() -> None:
    assert past("7/3", order="DMY") == date(2026, 3, 7)
    assert past("7/3", order="MDY") == past("7/3", order="YMD") == date(2026, 7, 3)
    assert future("7/3", order="DMY") == date(2027, 3, 7)
    for order in (None, "DMY", "MDY", "YMD"):
        assert past("24/12", order=order) == past("12/24", order=order) == date(2025, 12, 24)
        assert past("3/3", order=order) == date(2026, 3, 3)
    with pytest.raises(UsageError) as refusal:
        past("7/3")
    assert refusal.value.message == "7/3 can be read as 7 March or as 3 July"
    assert refusal.value.hint is not None
    assert refusal.value.hint.startswith("write '7 March' or '3 July', or set `[dates] order`")
    for none in ("31/2", "13/13", "0/5", "31.2."):
        with pytest.raises(UsageError, match="no such day"):
            past(none)


@pytest.mark.parametrize("order", [None, "YMD"])
def test_an_ambiguous_date_is_refused_with_both_readings(order: str | None) -> None:
    with pytest.raises(UsageError) as refusal:
        past("03/04/2026", order=order)
    assert refusal.value.exit_code is ExitCode.USAGE
    assert "3 April 2026" in refusal.value.message
    assert "4 March 2026" in refusal.value.message
    assert refusal.value.hint is not None
    assert "[dates] order" in refusal.value.hint
    assert "2026-04-03" in refusal.value.hint


@pytest.mark.parametrize(
    "text",
    [
        *("2026-02-30", "2026-13-01", "20260230", "31 Feb", "31 February 2026", "Feb 29 2026", "0 March"),
        *("32/1/2026", "29.2.2026", "13/13/2026", "0000-01-01", "Fri 12 March 2026", "Tue 24 Nov 1826"),
    ],
)
@pytest.mark.parametrize("prefer", PREFER)
def test_a_day_that_does_not_exist_is_refused(text: str, prefer: Literal["past", "future"]) -> None:
    with pytest.raises(UsageError):
        read_date(text, today=MONDAY, prefer=prefer)


@pytest.mark.parametrize("text", ["9999y ago", "in 9999y", "in 99999999 days", "999999999w ago"])
def test_a_day_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="beyond the calendar"):
        past(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "soon",
            "march",
            "2026",
            "5",
            "0.5",
            "1-2",
            "1-2-3",
            "24.12",
            "12/",
            "1/2/3",
            "20-30-12",
            "12 Mar 26",
            "3 4 2026",
        ),
        *("last week", "next month", "5pm", "2 hours ago", "this friday", "12 Marchember", "last", "gestern"),
        *("2026-03-04T10:00:00", "3 days after dark", "ago", "in", "-3d", "monday 10", "monday tomorrow"),
    ],
)
def test_what_is_no_known_form_is_declined(text: str) -> None:
    assert past(text) is None
    assert future(text) is None


@given(st.dates(), DAYS, st.sampled_from(PREFER), st.sampled_from([None, "DMY", "MDY", "YMD"]))
def test_an_iso_date_is_read_as_it_stands(
    day: date, today: date, prefer: Literal["past", "future"], order: str | None
) -> None:
    for text in (day.isoformat(), day.isoformat().replace("-", "")):
        assert read_date(text, today=today, prefer=prefer, order=order) == day


@given(st.sampled_from(["monday", "sun", "12 March", "Dec 31", "29 feb", "3d", "2w", "5 months", "1y"]), DAYS)
def test_a_reading_lies_on_the_preferred_side(text: str, today: date) -> None:
    before, after = past(text, today=today), future(text, today=today)
    assert before is not None
    assert after is not None
    assert before <= today <= after


@given(st.text(max_size=30), DAYS, st.sampled_from(PREFER))
def test_any_text_is_read_declined_or_refused(text: str, today: date, prefer: Literal["past", "future"]) -> None:
    try:
        day = read_date(text, today=today, prefer=prefer)
    except UsageError:
        return
    assert day is None or any(character.isalnum() for character in text)


@pytest.mark.parametrize("text", ["a" * 50_000, "9" * 50_000, "a " * 25_000, " before" * 10_000, "1-" * 25_000])
@pytest.mark.timeout(10)
def test_hostile_texts_are_declined_in_linear_time(text: str) -> None:
    assert past(text) is None
    assert read_partial(text) is None
    assert read_partial(f"{text}!") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1906-12-09", "1906-12-09"),
        ("19061209", "1906-12-09"),
        ("1906/12/9", "1906-12-09"),
        ("1906-12-09T00:00:00Z", "1906-12-09"),
        ("19061209T000000+0100", "1906-12-09"),
        ("--12-09", "--12-09"),
        ("--1209", "--12-09"),
        ("12-09", "--12-09"),
        ("9 December", "--12-09"),
        ("Dec 9", "--12-09"),
        ("9 Dec 1906", "1906-12-09"),
        ("December 9th, 1906", "1906-12-09"),
        ("25.12.1906", "1906-12-25"),
        ("--02-29", "--02-29"),
        ("29 Feb", "--02-29"),
        ("1904-02-29", "1904-02-29"),
        ("1906-02-29", None),
        ("--02-30", None),
        ("--0230", None),
        ("--13-01", None),
        ("31 Feb", None),
        ("31 Feb 1906", None),
        ("9.12.1906", "1906-12-09"),
        ("9.12.", "--12-09"),
        ("29.2.", "--02-29"),
        ("24/12", "--12-24"),
        ("9/12", None),
        ("9/12/1906", None),
        ("0000-12-09", None),
        ("1906", None),
        ("1906-12", None),
        ("--12", None),
        ("---09", None),
        ("in December", None),
        ("today", None),
        ("3d ago", None),
        ("", None),
    ],
)
def test_birthdays_with_and_without_a_year(text: str, expected: str | None) -> None:
    assert read_partial(text) == expected


def test_a_birthday_in_figures_is_read_by_its_order() -> None:
    assert read_partial("9.12.1906", order="DMY") == "1906-12-09"
    assert read_partial("12/9/1906", order="MDY") == "1906-12-09"


@given(st.dates())
def test_a_normalised_birthday_stays_as_it_is(day: date) -> None:
    with_year = day.isoformat()
    assert read_partial(with_year) == with_year
    yearless = f"-{with_year[4:]}"
    assert read_partial(yearless) == yearless
