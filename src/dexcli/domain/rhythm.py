"""The rhythm of contact with one person: how often it has been, whether a cadence is kept, when silence is unusual."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from msgspec import Struct

LATEST_DAYS = 24
"""How many of the latest days of contact make up a rhythm: what was years ago says little."""

MIN_DAYS = 5
"""Fewer days of contact show no rhythm."""

TOLERANCE = 1.2
"""A cadence is kept as long as a wait exceeds it by no more than this factor: a weekend is no failure."""

MIN_WAITS = 3
"""Fewer waits are no habit."""

KEPT_SHARE = 2 / 3
"""A cadence is usually kept when at least so many of the waits were in time."""

DRIFT_FACTOR = 2.5
"""Silence is unusual when it is longer than so many times the usual gap."""

DRIFT_MIN_DAYS = 14
"""Nobody drifts within so many days of a contact."""


class Keeping(Struct, frozen=True, kw_only=True):
    """How a cadence has been kept."""

    waits: int
    """From one day of contact to the next; the one that is running counts once it is too long."""
    in_time: int

    @property
    def kept(self) -> bool | None:
        """Whether it is usually kept; None where too few waits show a habit."""
        return None if self.waits < MIN_WAITS else self.in_time >= self.waits * KEPT_SHARE


def usual_gap(days: Iterable[date]) -> int | None:
    """The usual gap in days: median over the latest days of contact; None where too few show one.

    The median, so that neither a day of ten mails nor a year abroad makes a rhythm.
    """
    latest = _latest(days)
    if len(latest) < MIN_DAYS:
        return None
    gaps = sorted((newer - older).days for newer, older in pairwise(latest))
    return gaps[len(gaps) // 2]


def unusual_after(usual_days: int) -> int:
    """Days of silence that are the most which is still usual for somebody."""
    return max(DRIFT_MIN_DAYS, int(usual_days * DRIFT_FACTOR))


def keeping(days: Iterable[date], cadence_days: int, since: date, today: date) -> Keeping:
    """How a cadence of so many days was kept from the day `since` on, on which it was set.

    Nobody can keep what was not set: earlier waits do not count, and neither does the one during which it was set.
    """
    longest = cadence_days * TOLERANCE
    latest = _latest(day for day in days if day >= since)
    waits = [(newer - older).days for newer, older in pairwise(latest)]
    running = (today - (latest[0] if latest else since)).days
    if running > longest:
        waits.append(running)
    return Keeping(waits=len(waits), in_time=sum(wait <= longest for wait in waits))


def _latest(days: Iterable[date]) -> list[date]:
    """The latest distinct days, newest first."""
    return sorted(set(days), reverse=True)[:LATEST_DAYS]
