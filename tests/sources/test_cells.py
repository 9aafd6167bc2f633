from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.sources import _cells

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%d-%b-%Y", "%B %d, %Y", "%Y-%m-%d %H:%M", "%d %b %Y, %I:%M %p"],
)
@given(day=DAYS)
def test_a_day_is_read_back_in_every_form(form: str, day: date) -> None:
    assert _cells.read_when(day.strftime(form)) == day


@given(DAYS, st.sampled_from([("DMY", "%d/%m/%Y"), ("MDY", "%m/%d/%Y"), ("MDY", "%m/%d/%Y, %I:%M %p")]))
def test_a_numeric_day_is_read_back_by_its_order(day: date, written: tuple[str, str]) -> None:
    order, form = written
    assert _cells.read_when(day.strftime(form), order) == day


@given(st.dates(date(1969, 1, 1), date(2068, 12, 31)), st.sampled_from(["%d-%b-%y", "%d %b %y"]))
def test_two_digits_of_a_year_are_read_as_posix_does(day: date, form: str) -> None:
    assert _cells.read_when(day.strftime(form)) == day


def test_a_time_with_a_zone_is_an_instant() -> None:
    berlin = timezone(timedelta(hours=1))
    assert _cells.read_when("2026-02-01T10:00:00+01:00") == datetime(2026, 2, 1, 10, tzinfo=berlin)
    assert _cells.read_when("2024-12-16 18:24:37 UTC") == datetime(2024, 12, 16, 18, 24, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "12 March", "2026-02-30", "31/31/2026", "2026", "0/0/00", "1 Jan 2026 " * 20]
)
def test_what_is_no_day_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date: write it as"):
        _cells.read_when(text)


@given(st.text(max_size=30))
def test_any_text_is_a_day_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(_cells.read_when(text), date)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ada@example.org", "email"),
        ("https://www.linkedin.com/in/ada/", "linkedin"),
        ("linkedin.com/in/ada", "linkedin"),
        ("+44 20 7946 0001", "phone"),
        ("(020) 7946-0001", "phone"),
        ("Ada Lovelace", None),
        ("@ada", None),
        ("ada-lovelace", None),
        ("1815", None),
    ],
)
def test_a_word_for_somebody_says_what_it_is(text: str, kind: str | None) -> None:
    assert _cells.identifier_kind(text) == kind
