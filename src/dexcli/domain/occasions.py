"""Yearly occasions: when a birthday comes round, and which one it is."""

from __future__ import annotations

from datetime import MAXYEAR, date

MAX_LEAD = 366
"""The longest notice of an occasion in days: they come round every year."""


def next_on(month: int, day: int, today: date) -> date | None:
    """The next time that day of the year comes, today included; 29 February is 1 March in common years.

    None at the end of the calendar, where it does not come again.
    """
    this_year = _in_year(today.year, month, day)
    if this_year >= today:
        return this_year
    return _in_year(today.year + 1, month, day) if today.year < MAXYEAR else None


def age_on(year: int | None, on: date) -> int | None:
    """How many years the occasion `on` completes since `year`; None where that is unknown or later."""
    return None if year is None or year > on.year else on.year - year


def _in_year(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        if (month, day) != (2, 29):
            raise
        return date(year, 3, 1)
