"""Calendar data cut into events as bytes, so that one bad event among thousands is one bad event.

What names nobody is not cut out: most of a calendar is appointments of mine alone, and parsing is what costs. A title
names whom the reader says that it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from dexcli.sources.base import NamesAnybody

MAX_EVENT = 1024 * 1024
"""Bytes of one event; longer ones hold pictures or are no events."""

MAX_EVENTS = 2_000
"""Events under one UID: a series and what was changed in it."""

MAX_ZONES = 1_000

_LINE = 64 * 1024
"""Bytes of a line that are looked at; the rest of a longer one is read past."""

_USED = frozenset({
    b"ATTENDEE", b"DTEND", b"DTSTAMP", b"DTSTART", b"DURATION", b"EXDATE", b"LOCATION", b"ORGANIZER", b"RDATE",
    b"RECURRENCE-ID", b"RRULE", b"SEQUENCE", b"STATUS", b"SUMMARY", b"UID", b"X-EMAIL",
})  # fmt: skip
"""The properties that `_ical` looks at: to parse all others takes most of the time."""

_TZID = re.compile(rb"""TZID[^:=\n]{0,20}[=:][ \t]*"?([^:;"\n]{1,200})""", re.IGNORECASE)
_NAME = re.compile(rb"[A-Za-z0-9-]+")
NAMING = (b"ATTENDEE", b"ORGANIZER", b"X-EMAIL")
"""Properties that name somebody."""

_NAMES_SOMEBODY = re.compile(rb"^(?:ATTENDEE|ORGANIZER|X-EMAIL)[;:]", re.IGNORECASE | re.MULTILINE)
_IDLE = re.compile(rb""";(?:ROLE|RSVP|LANGUAGE|DIR|SCHEDULE-[A-Z]+)=(?:"[^"]*"|[^;:",]*)""", re.IGNORECASE)
"""Parameters of people that say nothing to `_ical`."""
_SUMMARY = re.compile(rb"^SUMMARY(?:;[^:\n]{0,200})?:([^\n]*)", re.IGNORECASE | re.MULTILINE)
_FOLDED_SUMMARY = re.compile(rb"^SUMMARY[^\n]*\n[ \t]", re.IGNORECASE | re.MULTILINE)
_UID = re.compile(rb"^UID(?:;[^:\n]{0,200})?:([^\n]*)", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(rb"\r?\n[ \t]")


_RULE = re.compile(rb"^RRULE:([^\n]*)$", re.IGNORECASE | re.MULTILINE)
_YEARLY = re.compile(
    rb"(?:FREQ=YEARLY|INTERVAL=1|WKST=[A-Z]{2}|UNTIL=[0-9TZ]{1,16}|BYMONTH=(?:[1-9]|1[0-2])|BYDAY=[+-]?[1-5]?[A-Z]{2}"
    rb"|BYMONTHDAY=(?:[1-9]|1[0-9]|2[0-8])(?:,(?:[1-9]|1[0-9]|2[0-8])){0,9})(?:;(?!$)|$)",
    re.IGNORECASE,
)
"""A part of a rule by which clocks change: each year, on a day that there is."""

_MOST_TITLE = 2_000
"""Bytes of a title in which names are looked for."""

_MOST_ZONE = 32 * 1024
"""Bytes of a time zone; that of a country with a long history has a tenth."""


class Series(Struct, frozen=True, kw_only=True, gc=False):
    """All events of one UID."""

    line: int
    """Where the first of them begins."""
    uid: bytes
    """As written; empty where there is none."""
    text: bytes
    """A calendar of its events alone, with the zones that they name and what matters; unfolded."""
    overlong: bool = False
    """It is larger than the limits, and `text` is only a part."""


class Calendars(Struct, kw_only=True):
    """What a file holds: where its events are, and what they share."""

    method: str = ""
    """What it is sent for (RFC 5546), in capitals: `REQUEST`, `CANCEL`; empty for what is not sent."""
    head: bytes = b""
    """Properties of the calendar that tell the days of its events."""
    zones: dict[bytes, bytes] = {}
    """Its own time zones, by name."""
    events: int = 0
    """Of all, whomever they name."""
    alone: int = 0
    """UIDs that name nobody."""
    places: dict[bytes, list[tuple[int, int, int]]] = {}
    """Of each UID that names somebody, offset, length and line of its events, in their order."""


def index(stream: BinaryIO, names_anybody: NamesAnybody | None = None) -> Calendars:
    """Read through calendar data once; what is damaged behind the last whole component is left out.

    What invites nobody is left out as well, unless its title names somebody.
    """
    found = Calendars()
    naming: set[bytes] = set()
    for kind, offset, line, data in _components(stream):
        unfolded = unfold(data)
        if kind == b"VEVENT":
            found.events += 1
            stated = _UID.search(unfolded)
            uid = (stated[1].strip() if stated else b"") or b"\0%d" % offset
            found.places.setdefault(uid, []).append((offset, len(data), line))
            if _NAMES_SOMEBODY.search(unfolded) or (names_anybody and any(map(names_anybody, titles(unfolded)))):
                naming.add(uid)
        elif kind == b"VTIMEZONE":
            name = _TZID.search(unfolded)
            if name and len(found.zones) < MAX_ZONES and _is_sound(unfolded):
                found.zones.setdefault(name[1].strip(), unfolded)
        elif unfolded.upper().startswith(b"METHOD"):
            found.method = found.method or unfolded.rpartition(b":")[2].strip().decode("ascii", "replace").upper()
        elif unfolded not in found.head and len(found.head) < _LINE:
            found.head += unfolded
    found.alone = len(found.places) - len(naming)
    found.places = {uid: at for uid, at in found.places.items() if uid in naming}
    return found


def cut(stream: BinaryIO, calendars: Calendars, uid: bytes) -> Series:
    """The events of one of the UIDs of an index."""
    pieces = []
    places = calendars.places[uid]
    for offset, length, _ in places[:MAX_EVENTS]:
        stream.seek(offset)
        pieces.append(_trimmed(unfold(stream.read(min(length, MAX_EVENT)))))
    events = b"".join(pieces)
    zones = b"".join(calendars.zones[name] for name in sorted(set(_TZID.findall(events))) if name in calendars.zones)
    return Series(
        line=places[0][2],
        uid=b"" if uid[:1] == b"\0" else uid,
        text=b"BEGIN:VCALENDAR\n" + calendars.head + zones + events + b"END:VCALENDAR\n",
        overlong=len(places) > MAX_EVENTS or any(length > MAX_EVENT for _, length, _ in places),
    )


def titles(data: bytes) -> list[str]:
    """What events are called, near enough to look for names in it."""
    if _FOLDED_SUMMARY.search(data):
        data = unfold(data)
    found = _SUMMARY.findall(data)
    return [title[:_MOST_TITLE].decode("utf-8", "replace").replace("\\", " ") for title in found]


def _is_sound(zone: bytes) -> bool:
    """Whether the rules of a time zone are such as clocks go by: whoever follows others never ends."""
    rules = _RULE.findall(zone)
    whole = all(sum(len(part[0]) for part in _YEARLY.finditer(rule)) == len(rule) for rule in rules)
    return len(zone) <= _MOST_ZONE and whole and zone.upper().count(b"FREQ=YEARLY") == len(rules)


def _trimmed(event: bytes) -> bytes:
    """An event without alarms and whatever else does not matter."""
    kept: list[bytes] = []
    depth = 0
    for line in event.split(b"\n"):
        found = _NAME.match(line)
        name = found[0].upper() if found else b""
        if name == b"BEGIN":
            depth += 1
        if depth == 1 and (name in _USED or name in (b"BEGIN", b"END")):
            kept.append(_IDLE.sub(b"", line) if name == b"ATTENDEE" else line)
        if name == b"END":
            depth -= 1
    return b"\n".join([*kept, b""])


def unfold(data: bytes) -> bytes:
    """Lines put together again, with one kind of line end; empty ones are left out."""
    data = _FOLD.sub(b"", data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return re.sub(rb"\n{2,}", b"\n", data)


def _components(stream: BinaryIO) -> Iterator[tuple[bytes, int, int, bytes]]:
    """Kind, offset, number of the first line and bytes of each event and time zone; of a property of the calendar
    itself the kind is empty.
    """
    stream.seek(0)
    offset = depth = 0
    kind, start, first, held = b"", 0, 0, list[bytes]()
    size = 0
    for number, line in enumerate(iter(lambda: stream.readline(_LINE), b""), start=1):
        word = line[:40].strip().upper()
        if offset == 0:
            word = word.removeprefix(b"\xef\xbb\xbf")
        if kind:
            size += len(line)
            if size <= MAX_EVENT * 2:
                held.append(line)
            if word == b"BEGIN:" + kind:
                depth += 1
            elif word == b"END:" + kind:
                depth -= 1
            if depth == 0 or word == b"END:VCALENDAR":
                if depth == 0:
                    yield kind, start, first, b"".join(held)
                kind = b""
        elif word in (b"BEGIN:VEVENT", b"BEGIN:VTIMEZONE"):
            kind, start, first, held, size, depth = word[6:], offset, number, [line], len(line), 1
        elif word.startswith((b"X-WR-TIMEZONE", b"METHOD", b"CALSCALE")):
            yield b"", offset, number, line
        offset += len(line)
