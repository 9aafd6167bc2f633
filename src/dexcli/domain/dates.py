"""Calendar arithmetic, and reading dates as people write them: no library, no clock.

English words only; `services/dates.py` asks dateparser for what is declined here.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta, tzinfo
from typing import Literal, assert_never

from dexcli.errors import UsageError

Unit = Literal["d", "w", "m", "y"]
Prefer = Literal["past", "future"]
_Parts = tuple[int | None, int, int]
"""Year, month and day as written; there need not be such a day."""

_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = {word: number for number, name in enumerate(_WEEKDAY_NAMES) for word in (name.lower(), name.lower()[:3])} | {
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
"""English weekdays in lower case, numbered as `date.weekday()` does."""
_MONTHS = {
    word: number for number, name in enumerate(_MONTH_NAMES, start=1) for word in (name.lower(), name.lower()[:3])
} | {"sept": 9}
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 2
_A_LEAP_YEAR = 2000
"""Has every day that a date without a year can name."""
_NUMBERS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
} | {"a": 1, "an": 1}
_UNITS: dict[str, Unit] = {
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "w"),
    **dict.fromkeys(("m", "mo", "mos", "month", "months"), "m"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "y"),
}
_NAMED = {
    "now": 0,
    "today": 0,
    "yesterday": -1,
    "tomorrow": 1,
    "day before yesterday": -2,
    "the day before yesterday": -2,
    "day after tomorrow": 2,
    "the day after tomorrow": 2,
}

# Compiled where they are first used: `due` imports this module and reads no date.
_SPAN = r"([0-9]{1,9}) ?([a-z]+)|([a-z]+) ([a-z]+)"
_ANCHORED = r"(.+) (before|after|from) (.+)"
_COMPACT = r"([0-9]{4})([0-9]{2})([0-9]{2})"
_YEAR_FIRST = r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})"
_YEAR_LAST = r"([0-9]{1,2})([-/])([0-9]{1,2})\2([0-9]{4})"
_DOTTED = r"([0-9]{1,2})\. ?([0-9]{1,2})\.(?: ?([0-9]{4}))?"
_NO_YEAR = r"([0-9]{1,2})/([0-9]{1,2})"
_DAY_MONTH = r"([0-9]{1,2})(?:st|nd|rd|th)?(?: of)?[ /-]?([a-z]{3,9})\.?(?:[ /-]?([0-9]{4}))?"
_MONTH_DAY = r"([a-z]{3,9})\.?[ -]?([0-9]{1,2})(?:st|nd|rd|th)?(?: ([0-9]{4}))?"
_WEEKDAY = r"(?:(last|next) )?([a-z]{3,9})\.?"
_TIMED = r"(.+?) (?:at )?(?:(?:[01]?[0-9]|2[0-3]):[0-5][0-9]|morning|afternoon|evening|night)"
_END_OF_MONTH = r"(?:the )?end of (?:the |this )?month"
_SPAN_BESIDE = r"(last|next|this) (week|month|year)"
_WEEKDAY_AND_DATE = r"([a-z]{3,9})\.? (.+)"
_YEARLESS = r"--([0-9]{2})-?([0-9]{2})|([0-9]{1,2})-([0-9]{1,2})"
_TIME_OF_DAY = r"(?<=[0-9])t[0-9:.z+-]*$"


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter.

    31 January and one month is the last of February. Raises OverflowError beyond the years 1 to 9999.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError("date value out of range")
    return date(year, month0 + 1, min(day.day, _month_length(year, month0 + 1)))


def shift(day: date, n: int, unit: Unit) -> date:
    """The day `n` calendar units after `day`, before it where `n` is negative.

    Raises OverflowError beyond the years 1 to 9999.
    """
    match unit:
        case "d":
            return day + timedelta(days=n)
        case "w":
            return day + timedelta(weeks=n)
        case "m":
            return add_months(day, n)
        case "y":
            return add_months(day, 12 * n)
        case _:
            assert_never(unit)


def moved(day: date, days: int) -> date:
    """So many days later, or earlier where negative; at the edge of the calendar no further."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


_MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW"})
_YEAR_FIRST_REGIONS = frozenset({"CN", "HU", "JP", "KP", "KR", "LT", "MN", "SE", "TW"})


def order_of_region(region: str) -> str:
    """How a country writes dates in figures (Unicode CLDR): `MDY`, `YMD` or `DMY`."""
    if region in _MONTH_FIRST:
        return "MDY"
    return "YMD" if region in _YEAR_FIRST_REGIONS else "DMY"


def in_full(day: date) -> str:
    """The form for sentences: `Fri 6 Mar 2026`."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def tidy(text: str) -> str:
    """The text as the readers here compare it: lower case, no commas, single spaces."""
    return " ".join(text.casefold().replace(",", " ").split())


def read_span(text: str) -> tuple[int, Unit] | None:
    """Read a number of calendar units: `3d`, `2 weeks`, `a month`, `ten years`. None where it is not one."""
    match = re.fullmatch(_SPAN, tidy(text))
    if match is None:
        return None
    digits, unit, word, unit_after_word = match.groups()
    number = int(digits) if digits else _NUMBERS.get(word)
    known = _UNITS.get(unit or unit_after_word)
    return None if number is None or known is None else (number, known)


def read_date(text: str, *, today: date, prefer: Prefer, order: str | None = None) -> date | None:
    """Read a day as people write it; None where the text has none of the forms below.

    * `2026-03-04`, `2026/3/4`, `20260304`; `4/3/2026` and `4/3` by `order` (`DMY`, `MDY`, `YMD`), without one
      only where a part above 12 leaves one reading
    * `4.3.2026`, `4.3.`: who writes dots begins with the day, unless `order` is `MDY`
    * `today`, `yesterday`, `tomorrow`, `day before yesterday`, `day after tomorrow`
    * `3d ago`, `two weeks ago`, `in 1m`, `2 days after tomorrow`; bare `2w` is ago or ahead as `prefer` says
    * `monday`: the latest one, today included, or with `prefer="future"` the next one, today excluded
      (what happened may have happened today; who puts something off to Monday does not mean today)
    * `last monday`, `next monday`: the nearest one before or after today
    * `12 March`, `Mar 12th`, also with a year; without one the nearest such day, today included
    * of what lies ahead `next week` is its Monday, `until monday` Monday, `until april` the first of April, and
      `end of month` the last day of this one
    * `yesterday 18:30`, `monday evening`, `this morning`: the day
    * a weekday before any written-out date, which must then be right: `Thu, 12 March 2026`

    Raises UsageError where the form is known but names no day (31 February) or two (03/04/2026).
    """
    words = tidy(text).removeprefix("on ")
    if prefer == "future":
        words = words.removeprefix("by ").removeprefix("until ").removeprefix("till ")
    try:
        return (_read_ahead(words, today, tidy(text)) if prefer == "future" else None) or (
            _read_timed(words, today, prefer)
            or _read_moved(words, today, prefer)
            or _read_weekday(words, today, prefer)
            or _read_written_out(words, today, prefer, order)
        )
    except OverflowError:
        raise UsageError(f"{text!r} lies beyond the calendar") from None


def read_period(text: str) -> tuple[date, date] | None:
    """Read a year or a month of one, `2026` or `2026-01`, as its first and its last day; None where it is neither."""
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{1,2}))?", text.strip())
    first, last = (int(match[2] or 1), int(match[2] or 12)) if match else (0, 0)
    if match is None or not 1 <= first <= 12 or match[1] == "0000":  # noqa: PLR2004 - months of a year
        return None
    year = int(match[1])
    return date(year, first, 1), date(year, last, _month_length(year, last))


def read_partial(text: str, *, order: str | None = None) -> str | None:
    """Normalise a birthday or the like to `YYYY-MM-DD`, or to `--MM-DD` where the year is unknown.

    Besides the written-out dates of `read_date` it reads vCard's forms (RFC 6350, 4.3.1: `--1209`,
    `19061209`; a time of day is dropped) and `12-09`, month first. None where it is unreadable or
    there is no such day.
    """
    words = re.sub(_TIME_OF_DAY, "", tidy(text))
    parts: _Parts | None = None
    if match := re.fullmatch(_YEARLESS, words):
        month, day = (int(part) for part in match.groups() if part)
        parts = None, month, day
    else:
        with suppress(UsageError):
            parts = _read_parts(words, order)
    if parts is None:
        return None
    year, month, day = parts
    found = _day(_A_LEAP_YEAR if year is None else year, month, day)
    if found is None:
        return None
    return f"--{month:02}-{day:02}" if year is None else found.isoformat()


def _month_length(year: int, month: int) -> int:
    # calendar.monthrange says the same for a millisecond of importing.
    if month == _FEBRUARY and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _MONTH_LENGTHS[month - 1]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_moved(words: str, today: date, prefer: Prefer) -> date | None:
    if words in _NAMED:
        return shift(today, _NAMED[words], "d")
    if words.endswith(" ago"):
        sign, words = -1, words.removesuffix(" ago")
    elif words.startswith("in "):
        sign, words = 1, words.removeprefix("in ")
    elif match := re.fullmatch(_ANCHORED, words):
        if match[3] not in _NAMED:
            return None
        sign, words = -1 if match[2] == "before" else 1, match[1]
        today = shift(today, _NAMED[match[3]], "d")
    else:
        sign = -1 if prefer == "past" else 1
    span = read_span(words)
    return None if span is None else shift(today, sign * span[0], span[1])


def _read_ahead(words: str, today: date, told: str) -> date | None:
    if words == "next week":
        return today + timedelta(days=7 - today.weekday())
    if re.fullmatch(_END_OF_MONTH, words):
        return today.replace(day=_month_length(today.year, today.month))
    if words in _MONTHS and told.startswith(("until ", "till ")):
        return _day_of((None, _MONTHS[words], 1), today + timedelta(days=1), "future")
    return None


def _read_timed(words: str, today: date, prefer: Prefer) -> date | None:
    """The day of a time: only behind a word that names the day by itself."""
    match = re.fullmatch(_TIMED, words)
    if match is None:
        return None
    if match[1] == "this":
        return today
    if match[1] in _NAMED:
        return _read_moved(match[1], today, prefer)
    return _read_weekday(match[1], today, prefer)


def _read_weekday(words: str, today: date, prefer: Prefer) -> date | None:
    match = re.fullmatch(_WEEKDAY, words)
    if match is None or match[2] not in WEEKDAYS:
        return None
    ahead = (WEEKDAYS[match[2]] - today.weekday()) % 7
    if match[1] == "next" or (match[1] is None and prefer == "future"):
        return today + timedelta(days=ahead or 7)
    if match[1] == "last":
        return today + timedelta(days=ahead - 7)
    return today + timedelta(days=ahead - 7 if ahead else 0)


def _read_written_out(words: str, today: date, prefer: Prefer, order: str | None) -> date | None:
    match = re.fullmatch(_WEEKDAY_AND_DATE, words)
    weekday = WEEKDAYS.get(match[1]) if match else None
    parts = _read_parts(match[2] if match and weekday is not None else words, order)
    if parts is None:
        return None
    day = _day_of(parts, today, prefer)
    if day is None:
        raise UsageError(f"there is no such day: {words!r}", hint=_longest(parts))
    if weekday is not None and day.weekday() != weekday:
        raise UsageError(
            f"{words!r}: {_spelled(day)} is a {_WEEKDAY_NAMES[day.weekday()]}",
            hint="leave the weekday out, or give the year",
        )
    return day


def _longest(parts: _Parts) -> str | None:
    """How long the month is in which a day was named that it does not have."""
    year, month, _ = parts
    if not 1 <= month <= len(_MONTH_NAMES):
        return "a month is 1 to 12"
    name = _MONTH_NAMES[month - 1]
    if year is None:
        return f"{name} has {'28 or 29' if month == _FEBRUARY else _MONTH_LENGTHS[month - 1]} days"
    return f"{name} {year} has {_month_length(year, month)} days"


def span_beside(text: str) -> str | None:
    """How to name a day where the text names many: `last week`, `next month`; None where it is nothing like that."""
    match = re.fullmatch(_SPAN_BESIDE, tidy(text))
    if match is None:
        return None
    unit = match[2]
    if match[1] == "last":
        return (
            f'name a day of it: "last monday", or "1{unit[0]} ago"' if unit == "week" else f'"1{unit[0]} ago" is a day'
        )
    return f'name a day of it, or "in 1{unit[0]}"' if match[1] == "next" else "name a day of it"


def _read_parts(words: str, order: str | None) -> _Parts | None:
    if match := re.fullmatch(_COMPACT, words):
        return int(match[1]), int(match[2]), int(match[3])
    if match := re.fullmatch(_YEAR_FIRST, words):
        return int(match[1]), int(match[3]), int(match[4])
    if match := re.fullmatch(_YEAR_LAST, words):
        return _ordered(int(match[1]), int(match[3]), int(match[4]), words, order)
    if match := re.fullmatch(_DOTTED, words):
        year = int(match[3]) if match[3] else None
        return _ordered(int(match[1]), int(match[2]), year, words, "MDY" if order == "MDY" else "DMY")
    if match := re.fullmatch(_NO_YEAR, words):
        # Who begins with the year goes on with the month.
        return _ordered(int(match[1]), int(match[2]), None, words, "MDY" if order == "YMD" else order)
    if (match := re.fullmatch(_DAY_MONTH, words)) and match[2] in _MONTHS:
        return int(match[3]) if match[3] else None, _MONTHS[match[2]], int(match[1])
    if (match := re.fullmatch(_MONTH_DAY, words)) and match[1] in _MONTHS:
        return int(match[3]) if match[3] else None, _MONTHS[match[1]], int(match[2])
    return None


def _ordered(first: int, second: int, year: int | None, words: str, order: str | None) -> _Parts:
    in_year = _A_LEAP_YEAR if year is None else year
    day_first, month_first = _day(in_year, second, first), _day(in_year, first, second)
    if day_first and month_first and day_first != month_first and order not in {"DMY", "MDY"}:
        one, other = (_spelled(day) if year is not None else _without_year(day) for day in (day_first, month_first))
        written = f"{day_first} or {month_first}" if year is not None else f"'{one}' or '{other}'"
        raise UsageError(
            f"{words} can be read as {one} or as {other}",
            hint=f"write {written}, or set `[dates] order` to DMY or MDY in the config",
        )
    if month_first and (order == "MDY" or not day_first):
        return year, first, second
    return year, second, first


def _day_of(parts: _Parts, today: date, prefer: Prefer) -> date | None:
    year, month, day = parts
    if year is not None:
        return _day(year, month, day)
    # 29 February can be eight years away: 1896 to 1904.
    step = -1 if prefer == "past" else 1
    for candidate in range(today.year, today.year + 9 * step, step):
        found = _day(candidate, month, day)
        if found and (found <= today if prefer == "past" else found >= today):
            return found
    return None


def _spelled(day: date) -> str:
    return f"{_without_year(day)} {day.year}"


def _without_year(day: date) -> str:
    return f"{day.day} {_MONTH_NAMES[day.month - 1]}"


def instant(seconds: int | None, zone: tzinfo | None) -> datetime | None:
    """The instant so many seconds after the beginning of 1970 in UTC, in a zone; None where none is known."""
    if seconds is None:
        return None
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    with suppress(OverflowError):  # in this zone the moment lies beyond the calendar
        at = at.astimezone(zone)
    return at
