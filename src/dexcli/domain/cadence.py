"""Cadences: how often one wants to be in touch, in calendar units."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from math import inf
from zlib import crc32

from msgspec import Struct

from dexcli.domain.dates import Unit, read_span, shift, tidy
from dexcli.errors import UsageError

_UNIT_WORDS: dict[Unit, str] = {"d": "day", "w": "week", "m": "month", "y": "year"}
_UNIT_DAYS: dict[Unit, float] = {"d": 1, "w": 7, "m": 365.25 / 12, "y": 365.25}
_LONGEST_DAYS = 100 * 365.25
_HINT = 'write 3d, 2w, 6w, 1m, 1y, weekly, biweekly, monthly, quarterly, yearly, "every 10 days" or never'


class Cadence(Struct, frozen=True):
    """Every `n` days, weeks, months or years; months and years are those of the calendar."""

    n: int
    """At least 1; 0 in `NEVER` alone."""
    unit: Unit

    @property
    def text(self) -> str:
        """The form for the store, which `parse_cadence` reads back: `2w`, `never`."""
        return "never" if self == NEVER else f"{self.n}{self.unit}"

    @property
    def iso(self) -> str | None:
        """The duration as of ISO 8601: `P2W`; None for never."""
        return None if self == NEVER else f"P{self.n}{self.unit.upper()}"

    @property
    def words(self) -> str:
        """The form for people: `monthly`, `every 2 weeks`, `never`."""
        if self == NEVER:
            return "never"
        return _NAME_OF.get(self) or f"every {self.n} {_UNIT_WORDS[self.unit]}s"

    @property
    def approx_days(self) -> float:
        """Average length in days, for comparing cadences of different units; infinite for never."""
        return inf if self == NEVER else self.n * _UNIT_DAYS[self.unit]

    def after(self, day: date) -> date:
        """The day one cadence later, in calendar units: 31 January and a month is the last of February.

        Raises ValueError for never, OverflowError beyond the year 9999.
        """
        if self == NEVER:
            raise ValueError("nothing comes after never")
        return shift(day, self.n, self.unit)


NEVER = Cadence(0, "d")
"""Set on purpose and different from no cadence: a person's never outweighs the cadence of a tag."""

_NAMES = {
    "daily": Cadence(1, "d"),
    "weekly": Cadence(1, "w"),
    "biweekly": Cadence(2, "w"),
    "bi-weekly": Cadence(2, "w"),
    "fortnightly": Cadence(2, "w"),
    "monthly": Cadence(1, "m"),
    "quarterly": Cadence(3, "m"),
    "half-yearly": Cadence(6, "m"),
    "yearly": Cadence(1, "y"),
    "annually": Cadence(1, "y"),
    "never": NEVER,
}
_NAME_OF = {_NAMES[name]: name for name in ("daily", "weekly", "monthly", "quarterly", "yearly")}


@lru_cache(maxsize=256)
def parse_cadence(text: str) -> Cadence:
    """Read a cadence: `2w`, `6 weeks`, `every 10 days`, `every other month`, `quarterly`, `never`.

    Biweekly is every two weeks. Raises UsageError for anything else, for zero and beyond 100 years.
    """
    words = tidy(text)
    if words in _NAMES:
        return _NAMES[words]
    rest = words.removeprefix("every ")
    span = read_span(rest)
    if span is None and rest != words:
        span = read_span(f"2 {rest.removeprefix('other ')}" if rest.startswith("other ") else f"1 {rest}")
    if span is None:
        raise UsageError(f"cannot read the cadence {text!r}", hint=_HINT)
    cadence = Cadence(*span)
    if cadence.n == 0:
        raise UsageError(f"a cadence of {text!r} has no length", hint=_HINT)
    if cadence.approx_days > _LONGEST_DAYS:
        raise UsageError(f"a cadence of {text!r} is longer than a hundred years", hint=_HINT)
    return cadence


def read_duration(text: str, today: date) -> date:
    """The day that lies a duration ahead of today: `2w`, `1 month`, `in 10 days`; `0d` is today.

    Raises UsageError for anything else and beyond 100 years.
    """
    span = read_span(tidy(text).removeprefix("in "))
    hint = "write 3d, 2w, 1m, 1y or 10 days"
    if span is None:
        raise UsageError(f"cannot read the duration {text!r}", hint=hint)
    n, unit = span
    if n * _UNIT_DAYS[unit] > _LONGEST_DAYS:
        raise UsageError(f"{text!r} is longer than a hundred years", hint=hint)
    try:
        return shift(today, n, unit)
    except OverflowError:
        raise UsageError(f"{text!r} from {today} on lies beyond the calendar", hint=hint) from None


def spread(uid: str, cadence: Cadence, since: date) -> date:
    """The first due date of one person among many who were given a cadence at once on the day `since`.

    They fall evenly on the days after `since` up to one cadence later. The day depends on nothing but
    the arguments: CRC-32 of the uid, the same in every process.
    """
    days = (cadence.after(since) - since).days
    return since + timedelta(days=1 + crc32(uid.encode()) % days)
