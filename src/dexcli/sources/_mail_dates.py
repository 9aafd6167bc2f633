"""When a mail was written: dates by RFC 5322, its obsolete forms, and those that programs really write."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

MOST = 300
"""Characters of a date that are looked at."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_ZONES = {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
"""Hours from UTC (RFC 5322 section 4.3); any other word for a zone says nothing, as -0000 does."""

_STANDARD = re.compile(
    r"(?:[A-Za-z]{3}, ?)?(\d\d?) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|([+-]\d\d)([0-5]\d))"
    r"(?: \([A-Z]{1,5}\))?"
)
"""What nearly every program writes; all else is read by the forms below."""

_DAY = r"(?<![\d:])(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = r"(?P<month>[A-Za-z]{3})[a-z]{0,6}\.?"
_YEAR = r"(?P<year>\d{2,4})(?!\d|\s?:)"
_TIME = (
    r"(?P<hour>\d{1,2})\s?[:.]\s?(?P<minute>\d{2})(?:\s?[:.]\s?(?P<second>\d{1,2}))?(?:[.,]\d{1,9})?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?"
)
_ZONE = (
    r"(?:\s?(?:GMT|UTC)?\s?(?P<sign>[+-])(?P<hours>\d{1,2}?):?(?P<minutes>[0-5]\d)\b"
    r"|\s?(?P<zone>[A-Za-z]{1,5})(?:\d[A-Za-z]{3})?\b)?"
)
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_DAY}[\s./-]{{1,3}}{_MONTH}[\s,./-]{{1,3}}{_YEAR}[\s,]{{1,3}}(?:at )?{_TIME}{_ZONE}",
        rf"\b{_MONTH}\s{{1,2}}{_DAY},?\s{_TIME}{_ZONE}\s{_YEAR}",  # asctime, with a zone before the year
        rf"\b{_MONTH}\s{{1,2}}{_DAY},?\s{_YEAR},?\s(?:at )?{_TIME}{_ZONE}",
        rf"(?<!\d)(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T\s]{_TIME}{_ZONE}",
    )
)
_PARENTHESIS = re.compile(r"[()]")


def read(text: str) -> datetime | None:
    """Read a date header; the result has a zone. None: it is no date, or has two readings (03/04/2026).

    Without a zone, and with -0000, it is UTC. Two-digit years are those from 1950 to 2049.
    """
    found = _STANDARD.fullmatch(text)
    if found:
        day, month, year, hour, minute, second, hours, minutes = found.groups()
        number = _MONTHS.get(month.lower())
        zone = UTC if hours is None else _zone(hours, minutes)
        return _moment(int(year), number or 0, int(day), int(hour), int(minute), int(second), zone)
    text = " ".join(_without_comments(text[:MOST]).split())
    for form in _FORMS:
        if (match := form.search(text)) and (moment := _of(match)):
            return moment
    return None


def _of(match: re.Match[str]) -> datetime | None:
    part = match.groupdict()
    number = int(part["month"]) if part["month"].isdigit() else _MONTHS.get(part["month"].lower(), 0)
    year = int(part["year"])
    if len(part["year"]) == 2:  # noqa: PLR2004 - digits, as below; RFC 5322 section 4.3
        year += 2000 if year < 50 else 1900  # noqa: PLR2004 - RFC 5322, 4.3
    elif len(part["year"]) == 3:  # noqa: PLR2004 - RFC 5322, 4.3
        year += 1900
    hour = int(part["hour"])
    if part["half"]:
        hour = hour % 12 + (12 if part["half"] in "Pp" else 0)
    zone: timezone = UTC
    if part["sign"]:
        zone = _zone(part["sign"] + part["hours"], part["minutes"])
    elif part["zone"]:
        zone = timezone(timedelta(hours=_ZONES.get(part["zone"].upper(), 0)))
    return _moment(year, number, int(part["day"]), hour, int(part["minute"]), int(part["second"] or 0), zone)


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, zone: timezone) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except ValueError:
        return None


@lru_cache(maxsize=200)
def _zone(hours: str, minutes: str) -> timezone:
    """The zone of `+05` and `30`; one that is further away than a day says nothing."""
    offset = timedelta(hours=int(hours[1:]), minutes=int(minutes))
    if offset >= timedelta(days=1):
        return UTC
    return timezone(-offset if hours[0] == "-" else offset)


def _without_comments(text: str) -> str:
    """Take out what stands in parentheses, which may be nested."""
    if "(" not in text:
        return text
    text = text.replace("\\(", " ").replace("\\)", " ")
    kept, depth, at = [], 0, 0
    for found in _PARENTHESIS.finditer(text):
        if depth == 0:
            kept.append(text[at : found.start()])
        depth = depth + 1 if found[0] == "(" else max(depth - 1, 0)
        at = found.end()
    return " ".join([*kept, text[at:] if depth == 0 else ""])
