"""Reading a day that a person typed: the domain's own forms first, then dateparser, kept from guessing."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from dexcli.domain.dates import WEEKDAYS, Prefer, moved, read_date, span_beside
from dexcli.errors import UsageError

_HINT = 'write 2026-03-04, today, yesterday, "3d ago", "in 2w", "last tuesday" or "12 March"'
_AHEAD = 'tomorrow, 2w, "next friday" or "24 December"'
_LONGEST = 60
"""Characters: no date is longer, and dateparser takes its time over long texts."""
_YEAR_DIGITS = 4
_DIRECTIONS = {"ago", "in", "within", "before", "after", "from", "later", "earlier"}
"""English words of which the domain reads whatever names a day."""


def read(text: str, *, today: date, prefer: Prefer, order: str | None = None, language: str = "en") -> date:
    """Read a day as people write it; never a guess, and never today for want of anything better.

    `prefer` says on which side of today a day without a year lies, `order` (`DMY`, `MDY`, `YMD`) how
    `03/04/2026` is meant, `language` (ISO 639-1) whose words are known besides English. Raises UsageError
    for what cannot be read, and for what names more than one day or less than one: a month, a time of day.
    """
    day = read_date(text, today=today, prefer=prefer, order=order)
    if day is None:
        day = _ask_dateparser(text, today, prefer, language)
    if day is None:
        beside = span_beside(text)
        forms = _HINT if prefer == "past" else f"write {moved(today, 14)}, {_AHEAD}"
        hint = f"it is more than one day: {beside}; {forms}" if beside else forms
        raise UsageError(f"cannot read the date {text!r}", hint=hint)
    return day


def _ask_dateparser(text: str, today: date, prefer: Prefer, language: str) -> date | None:
    """What dateparser reads, unless it can only have got there by passing over a part of the text.

    It reads "March 3 at 10" as a day in 2010, "2 days before today" as today, "5pm" as one day in the
    morning and as another in the evening.
    """
    words = re.findall(r"[^\W\d_]+", text.casefold())
    numbers = re.findall(r"\d+", text)
    years = [number for number in numbers if len(number) == _YEAR_DIGITS]
    counts = [number for number in numbers if len(number) != _YEAR_DIGITS]
    if len(text) > _LONGEST or not words or len(counts) > 1 or len(years) > len(counts):
        return None
    if language == "en" and not _DIRECTIONS.isdisjoint(words):
        return None
    morning, evening = (datetime.combine(today, hour) for hour in (time.min, time.max))
    day = _parse(text, morning, prefer, language)
    if day is None or _parse(text, evening, prefer, language) != day:
        return None
    if years and int(years[0]) != day.year:
        return None
    if language == "en" and any(WEEKDAYS.get(word, day.weekday()) != day.weekday() for word in words):
        return None
    if not counts:
        return None if day == today and len(words) > 1 else day
    # A number that was heeded makes another day when it is another number; zero of anything is noise.
    number = int(counts[0])
    other = re.sub(rf"(?<!\d){counts[0]}(?!\d)", str(number - 1 if number > 1 else 2), text)
    heeded = number > 0 and _parse(other, morning, prefer, language) != day
    return day if heeded else None


def _parse(text: str, now: datetime, prefer: Prefer, language: str) -> date | None:
    from dateparser.date import DateDataParser

    settings = {
        "RELATIVE_BASE": now,
        "PREFER_DATES_FROM": prefer,
        "TIMEZONE": "UTC",  # or else the machine's is looked up
    }
    try:
        data = DateDataParser(languages=[language], settings=settings).get_date_data(text)
    except (ValueError, OverflowError):  # no such language, no such year
        return None
    return data.date_obj.date() if data.date_obj and data.period == "day" else None
