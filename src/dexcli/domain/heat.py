"""A year of days as a picture: how dark a day is drawn, and how many weeks in a row there was contact."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

LEVELS = 4
"""How many shades a picture has at most."""

_CROWDED = 0.9
"""Days that have more than so many of the days with contact are drawn alike: one feast makes no pale year."""


def levels(counts: Collection[int]) -> list[int]:
    """The least number for each shade, lightest first; fewer than `LEVELS` where there are no more numbers.

    Zeros do not matter. The darkest begins with what a tenth of the days with contact reach, the others lie evenly
    between that and one.
    """
    busy = sorted(count for count in counts if count > 0)
    if not busy:
        return []
    top = max(busy[int((len(busy) - 1) * _CROWDED)], min(busy[-1], LEVELS))
    if top <= LEVELS:
        return list(range(1, top + 1))
    return [1 + -(-(top - 1) * step // (LEVELS - 1)) for step in range(LEVELS)]


def level(count: int, least: Iterable[int]) -> int:
    """Which of the shades a number has: 0 is none, 1 the lightest."""
    return sum(count >= one for one in least)


def monday(day: date) -> date:
    """The Monday of a day's week; the first day of the calendar is one."""
    return day - timedelta(days=day.weekday())


def weeks_in_a_row(days: Iterable[date]) -> int:
    """The most weeks in a row, Monday to Sunday, each of which has one of the days."""
    longest = run = 0
    last = None
    for week in sorted({day.toordinal() - day.weekday() for day in days}):
        run = run + 1 if last is not None and week - last == 7 else 1  # noqa: PLR2004 - days of a week
        longest, last = max(longest, run), week
    return longest
