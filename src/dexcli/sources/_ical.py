"""Calendar events become records: who met whom and when, each occurrence of a series on its own day.

The same for a file, a folder, a server and the calendar part of a mail: key and values are then equal by every road.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from msgspec import Struct

from dexcli.domain import identifiers
from dexcli.domain.dates import moved
from dexcli.domain.policy import CANCELLED, DECLINED
from dexcli.domain.records import InteractionRecord, Origin, ParticipantRecord, Skipped
from dexcli.sources._ical_cuts import MAX_EVENTS, NAMING, Series, cut, index, titles
from dexcli.sources._text import BYTE_FALLBACK, clean
from dexcli.sources.base import NamesAnybody, ReadOptions

AHEAD = timedelta(days=400)
"""How far series are read into the future, from the day of reading: a yearly meeting is seen a month before it ends."""

BACK = timedelta(days=40 * 366)
"""How far back events are read where nobody says: before that, calendars knew no addresses."""

_TITLE = 500
_PLACE = 300
_NAME = 200
"""Characters."""

_UID = 1_000
"""Characters of a UID; a longer one is known by its hash."""

_NOT_PEOPLE = frozenset({"ROOM", "RESOURCE", "GROUP"})
"""CUTYPE of what is invited and is nobody."""

_CALENDARS = ("@resource.calendar.google.com", "@group.calendar.google.com", "@group.v.calendar.google.com")
"""Ends of addresses that are rooms and calendars of Google's."""

_IGNORED_METHODS = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"})
"""What one of those invited says to the organizer (RFC 5546): the event itself stands elsewhere."""

_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_MOST_EVERY = 1_000
"""A higher interval is no rhythm of people, and zero never ends."""
_DAYS_OF_MONTH = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}

_REVISED = re.compile(r"[0-9]{8}T[0-9]{6}Z")


Event = Any
"""An `icalendar.Event`, whose properties may be of thirty types."""


class Window(Struct, frozen=True, kw_only=True):
    """Which days are read, and how times without a zone are meant."""

    first: date
    last: date
    """Of series: what happens once is read however far ahead it is."""
    zone: tzinfo = UTC
    """That of the reader: a time without a zone is the same hour everywhere (RFC 5545, form 1)."""
    names_anybody: NamesAnybody | None = None
    """Of what invites nobody, events with such titles are read as well."""


def window(options: ReadOptions) -> Window:
    """What is read of a file on some day; without one, as in a test, whatever a calendar can hold."""
    first, last = date.min, date.max
    if options.today is not None:
        first, last = moved(options.today, -BACK.days), moved(options.today, AHEAD.days)
    return Window(first=first, last=last, zone=options.zone or UTC, names_anybody=options.names_anybody)


def records(
    series: Series, method: str, *, origin: Origin, where: str, window: Window
) -> Iterator[InteractionRecord | Skipped]:
    """Everything that happens in a window under one UID; a bad event is Skipped. Never fails.

    `method` is what its calendar is sent for.

    `origin.ref` is that of the object which holds it; each occurrence adds its own. Where it is empty, the key of
    the event is its ref: a file is written anew by each export.
    """
    if series.overlong:
        yield Skipped(where=where, reason=f"it is larger than 1 MB, or more than {MAX_EVENTS:,} events")
        return
    if method in _IGNORED_METHODS:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # icalendar tells how it reads names of zones
            found = deque(_occurrences(series, window), maxlen=MAX_EVENTS)
    except _BadEventError as error:
        yield Skipped(where=where, reason=str(error))
        return
    except Exception as error:  # noqa: BLE001 - whatever the libraries make of bad data
        yield Skipped(where=where, reason=f"it cannot be read: {_words(error)}")
        return
    for event, occurrence in found:
        try:
            item = _record(event, occurrence, origin, where, window, cancelled=method == "CANCEL")
        except Exception as error:  # noqa: BLE001 - as above
            yield Skipped(where=where, reason=f"it cannot be read: {_words(error)}")
            continue
        if item is not None:
            yield item


def of_object(data: bytes, *, origin: Origin, where: str, window: Window) -> list[InteractionRecord | Skipped]:
    """Everything that happens by an object of a calendar: an event, or a series with all that was changed in it."""
    words = data.upper()
    events = words.count(b"BEGIN:VEVENT")
    if b"BEGIN:VCALENDAR" not in words or words.count(b"END:VEVENT") < events:
        return [Skipped(where=where, reason="it is no calendar, or was cut off")]
    if not any(word in words for word in NAMING):  # most of a calendar, at the price of a glance
        names_anybody = window.names_anybody
        if names_anybody is None or not any(map(names_anybody, titles(data))):
            return []
    stream = io.BytesIO(data)
    calendars = index(stream, window.names_anybody)
    if calendars.events < events:
        return [Skipped(where=where, reason="it is no calendar, or was cut off")]
    return [
        item
        for uid in calendars.places
        for item in records(cut(stream, calendars, uid), calendars.method, origin=origin, where=where, window=window)
    ]


def is_sent(data: bytes) -> bool:
    """Whether calendar data is sent from one program to another (RFC 5546), and not just attached."""
    return index(io.BytesIO(data)).method not in ("", "PUBLISH")


def goes_on(data: bytes) -> bool:
    """Whether an object is a series: there may be more of it later than what was read."""
    return b"RRULE" in data or b"RDATE" in data or b"rrule" in data


class _BadEventError(Exception):
    """An event that is no event; the message says why."""


def _words(error: Exception) -> str:
    return clean(str(error))[:200] or type(error).__name__


def _occurrences(series: Series, window: Window) -> Iterator[tuple[Event, str]]:
    """Each event of a window with the name of its occurrence, which is empty for one that does not repeat."""
    import icalendar

    # The zones of other files may have the same names, and are forgotten here.
    icalendar.use_zoneinfo()  # type: ignore[no-untyped-call]  # icalendar declares no types there
    calendar: Any = icalendar.Calendar.from_ical(series.text.decode("utf-8", BYTE_FALLBACK).replace("\0", ""))
    events = calendar.walk("VEVENT")
    if not events:
        raise _BadEventError("it cannot be read")
    for event in events:
        _check(event)
    repeated = any(name in event for event in events for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
    if not repeated:
        for event in events[-1:]:  # one UID, one event: the last that the file has
            if _is_within(_start(event), window):
                yield event, ""
        return
    import recurring_ical_events
    import x_wr_timezone

    if "X-WR-TIMEZONE" in calendar:
        calendar = x_wr_timezone.to_standard(calendar)
    first, last = window.first, window.last
    query = recurring_ical_events.of(calendar, skip_bad_series=False)
    for event in query.between(_bounded(first), _bounded(last)):
        yield event, _name_of(event)


def _bounded(day: date) -> date:
    """A day with room for the zones on both sides."""
    return min(max(day, date(1, 1, 3)), date(9999, 12, 29))


def _check(event: Event) -> None:
    """Raise for what has no beginning, and for rules by which nobody meets: several times a day, or never."""
    if event.get("DTSTART") is None:
        raise _BadEventError("it has no beginning (DTSTART)")
    if event.errors and any(name in ("DTSTART", "RRULE", "RECURRENCE-ID") for name, _ in event.errors):
        raise _BadEventError("its " + ", ".join(f"{name}: {clean(str(why))[:100]}" for name, why in event.errors))
    rules = event.get("RRULE")
    for rule in rules if isinstance(rules, list) else [rules] if rules is not None else []:
        parts = {str(name).upper(): [str(one).upper() for one in _listed(value)] for name, value in rule.items()}
        frequency = parts.get("FREQ", [""])[0]
        if frequency not in _FREQUENCIES:
            raise _BadEventError(f"it repeats in a way that no meeting does: FREQ={frequency[:20] or 'nothing'}")
        every = parts.get("INTERVAL", ["1"])[0]
        if not every.isdigit() or not 1 <= int(every) <= _MOST_EVERY:
            raise _BadEventError(f"it repeats in a way that no meeting does: INTERVAL={every[:20]}")
        if any(len(parts.get(name, [])) > 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND")):
            raise _BadEventError("it repeats several times a day")
        if not _comes(parts, frequency):
            raise _BadEventError("it repeats on days that never come, or on such as no calendar program offers")


def _comes(parts: dict[str, list[str]], frequency: str) -> bool:
    """Whether there are such days at all: dateutil looks for them to the end of the calendar."""
    if "BYEASTER" in parts or (frequency != "YEARLY" and ("BYYEARDAY" in parts or "BYWEEKNO" in parts)):
        return False
    if ("BYYEARDAY" in parts or "BYWEEKNO" in parts) and ("BYMONTH" in parts or "BYMONTHDAY" in parts):
        return False
    a_week = len(parts.get("BYDAY", [])) or 1
    most = {"DAILY": 0, "WEEKLY": a_week, "MONTHLY": 5 * a_week, "YEARLY": 366}[frequency]
    if any(not 1 <= abs(int(one)) <= most for one in parts.get("BYSETPOS", []) if one.lstrip("+-").isdecimal()):
        return False
    days = [abs(int(one)) for one in parts.get("BYMONTHDAY", []) if one.lstrip("+-").isdigit()]
    months = [int(one) for one in parts.get("BYMONTH", []) if one.isdigit()] or list(_DAYS_OF_MONTH)
    return not days or any(day <= _DAYS_OF_MONTH.get(month, 0) for day in days for month in months)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _start(event: Event) -> date | datetime:
    start: date | datetime = event["DTSTART"].dt
    return start


def _is_within(start: date | datetime, window: Window) -> bool:
    day = start.date() if isinstance(start, datetime) else start
    return window.first <= day


def _name_of(event: Event) -> str:
    """Which occurrence of its series an event is: by the moment at which the rule has it, whatever it was moved to, and
    wherever it is read.
    """
    stated = event.get("RECURRENCE-ID")
    at = stated.dt if stated is not None else _start(event)
    if not isinstance(at, datetime):
        return f"{at:%Y%m%d}"
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if at.tzinfo else f"{at:%Y%m%dT%H%M%S}"


def _record(
    event: Event, occurrence: str, origin: Origin, where: str, window: Window, *, cancelled: bool
) -> InteractionRecord | None:
    """The record of one occurrence; None: it names nobody whose address can be read, nor does its title."""
    participants = _participants(event)
    start = _start(event)
    whole_day = not isinstance(start, datetime)
    when = start if not isinstance(start, datetime) or start.tzinfo else start.replace(tzinfo=window.zone)
    key = _key(event, occurrence)
    ref = f"{origin.ref}#{occurrence}" if origin.ref else key
    title = clean(" ".join(str(event.get("SUMMARY", "")).split()))[:_TITLE].strip()
    if not participants and (whole_day or window.names_anybody is None or not window.names_anybody(title)):
        return None
    place = clean(" ".join(str(event.get("LOCATION", "")).split()))[:_PLACE].strip()
    announced = bool(participants) and all(one.role == "organizer" for one in participants)
    off = cancelled or str(event.get("STATUS", "")).strip().upper() == "CANCELLED"
    return InteractionRecord(
        key=key,
        origin=Origin(source=origin.source, account=origin.account, folder=origin.folder, epoch=origin.epoch, ref=ref),
        where=where,
        when=when,
        # Holidays, trips and what somebody announces: on the timeline, and no contact.
        kind="event" if whole_day or announced else "meeting",
        participants=participants,
        title=title or None,
        place=place or None,
        minutes=None if whole_day else _minutes(event, start),
        status=CANCELLED if off else None,
        revision=_revision(event),
    )


def _key(event: Event, occurrence: str) -> str:
    """What the event is by every road (RFC 7986: UIDs are globally unique)."""
    uid = clean("".join(str(event.get("UID", "")).split()))
    if not uid:
        parts = [str(event.get(name, "")) for name in ("SUMMARY", "ORGANIZER")] + [str(_start(event))]
        uid = _hash("\0".join(parts))
    elif len(uid) > _UID:
        uid = _hash(uid)
    return f"event:{uid}/{occurrence}" if occurrence else f"event:{uid}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _minutes(event: Event, start: date | datetime) -> int | None:
    """How long it takes; None where nothing says so."""
    try:
        length = event.end - start if "DTEND" in event or "DURATION" in event else None
    except (TypeError, ValueError):  # with a zone on one side only
        return None
    minutes = int(length.total_seconds() // 60) if length is not None else 0
    return minutes if minutes > 0 else None


def _revision(event: Event) -> str | None:
    """By which of two copies is the newer (RFC 5546 section 2.1.5): SEQUENCE, then DTSTAMP."""
    sequence = re.fullmatch("[0-9]{1,9}", str(event.get("SEQUENCE", "0")).strip())
    stamp = event.get("DTSTAMP")
    at = getattr(stamp, "dt", None)
    moment = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if isinstance(at, datetime) and at.tzinfo else ""
    return f"{int(sequence[0]) if sequence else 0:09} {moment if _REVISED.fullmatch(moment) else ''}".rstrip()


def _participants(event: Event) -> tuple[ParticipantRecord, ...]:
    """Everybody named, once each; rooms, things and calendars are left out.

    Who organizes it is the organizer, whoever declined has declined, also where it is the organizer.
    """
    found: dict[str, tuple[str, str | None]] = {}
    organizers = _listed(event["ORGANIZER"]) if "ORGANIZER" in event else []
    attendees = [one for name in ("ATTENDEE", "X-EMAIL") if name in event for one in _listed(event[name])]
    for role, people in (("organizer", organizers), ("attendee", attendees)):
        for one in people:
            if str(_parameter(one, "CUTYPE")).upper() in _NOT_PEOPLE:
                continue
            address = _address(one)
            if address is None or address.endswith(_CALENDARS):
                continue
            name = clean(str(_parameter(one, "CN") or "")).strip("\"' ")[:_NAME].strip() or None
            name = None if name is None or "@" in name or name.lower() == address else name
            declined = str(_parameter(one, "PARTSTAT") or "").upper() == "DECLINED"
            known = found.get(address)
            if known is not None:
                role_then, name = known[0], known[1] or name
            else:
                role_then = role
            found[address] = (DECLINED if declined else role_then, name)
    return tuple(
        ParticipantRecord(kind="email", value=address, role=role, name=name) for address, (role, name) in found.items()
    )


def _parameter(value: Any, name: str) -> Any:
    return getattr(value, "params", {}).get(name)


def _address(value: Any) -> str | None:
    """The address of somebody: the value itself, or where Apple and Exchange write a path or a name there, EMAIL."""
    for text in (str(value), str(_parameter(value, "EMAIL") or ""), str(_parameter(value, "X-EMAIL") or "")):
        found = identifiers.email(clean(text))
        if found is not None:
            return found.value
    return None
