"""A calendar as iCalendar (RFC 5545): yearly dates as events, what is to be done as tasks. Equal data, equal bytes."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from icalendar import Alarm, Calendar, Event, Todo
from icalendar.prop import vDuration, vRecur

from dexcli.domain.dates import in_full
from dexcli.render.dates_screen import years
from dexcli.render.due_words import last_contact_title
from dexcli.render.text import full_day, harmless
from dexcli.results.export import CalendarExport, CommitmentTask, ContactTask, YearlyEvent
from dexcli.results.people import PersonBrief

_PRODUCT = "-//dexcli//dex//EN"

_ALARM_HOUR = 9
"""Nobody wants to be reminded of a birthday at midnight, when an all-day event begins."""

_NO_YEAR = 2000
"""Where the year of a date is not known it begins in this one, which has every day."""

_LEAP_DAY_OF_YEAR = 60
"""29 February in leap years and 1 March in others, in every reader that knows BYYEARDAY (RFC 5545, 3.3.10); without it
the rule skips three years of four.
"""


def document(calendar: CalendarExport) -> bytes:
    """The whole file, in UTF-8 with the line ends and foldings of the standard."""
    file = Calendar()
    file.add("prodid", _PRODUCT)
    file.add("version", "2.0")
    file.add("x-wr-calname", "dex")
    for event in calendar.events:
        file.add_component(_event(event))
    for contact in calendar.contacts:
        file.add_component(_contact(contact))
    for commitment in calendar.commitments:
        file.add_component(_commitment(commitment))
    return bytes(file.to_ical())


def _event(event: YearlyEvent) -> Event:
    entry = Event()
    name, kind = harmless(event.person.name), harmless(event.kind)
    since = "born" if event.kind == "birthday" else "since"
    told = "" if event.year is None else f" ({since} {event.year})"
    summary = f"{name}: {kind}{told}"
    _add(entry, event.uid, event.stamp, summary, [_next(event), *_reach(event.person)])
    entry.add("dtstart", date(_NO_YEAR if event.year is None else event.year, event.month, event.day))
    leap_day = {"byyearday": _LEAP_DAY_OF_YEAR} if (event.month, event.day) == (2, 29) else {}
    entry.add("rrule", vRecur({"freq": "yearly", **leap_day}))
    entry.add("transp", "TRANSPARENT")
    entry.add("categories", [kind])
    _alarm(entry, summary, timedelta(hours=_ALARM_HOUR) - timedelta(days=event.lead_days))
    return entry


def _next(event: YearlyEvent) -> str:
    """How old the person turns when, which a yearly event cannot say of itself; nothing where the year is unknown."""
    if event.on is None or event.turns is None:
        return ""
    completes = years(event.kind, event.turns).removeprefix(", ")
    return f"{completes} on {full_day(event.on)}"


def _contact(task: ContactTask) -> Todo:
    entry = Todo()
    name, last = harmless(task.person.name), task.last_contact
    since = "never in touch" if last is None else f"last contact {in_full(last.on)}, {last_contact_title(last)}"
    why = [*map(harmless, task.reasons), since, *_reach(task.person), f"dex log {harmless(task.person.handle)} ..."]
    _add(entry, task.uid, task.stamp, f"Get in touch with {name}", why)
    entry.add("due", task.due_on)
    entry.add("priority", _priority(task.score))
    entry.add("status", "NEEDS-ACTION")
    return entry


def _priority(score: float) -> int:
    """1 is the most urgent, 9 the least: medium (5) when a cadence has just run out, 1 when it is two periods late."""
    return max(1, min(9, round(7 - 2 * score)))


def _commitment(task: CommitmentTask) -> Todo:
    entry = Todo()
    one, name = task.commitment, harmless(task.person.name)
    text = harmless(one.text)
    if one.kind == "reminder":
        summary, since = f"{name}: {text}", f"asked for on {full_day(one.created_on)}"
    else:
        summary = f"You owe {name}: {text}" if one.direction == "mine" else f"{name} owes you: {text}"
        since = f"promised on {full_day(one.created_on)}"
    _add(entry, task.uid, task.stamp, summary, [since, *_reach(task.person), f"dex done {harmless(one.id)}"])
    if one.due_on is not None:
        entry.add("due", one.due_on)
        _alarm(entry, summary, timedelta(hours=_ALARM_HOUR), related="END")
    entry.add("status", "NEEDS-ACTION")
    return entry


def _add(entry: Event | Todo, uid: str, stamp: datetime, summary: str, why: list[str]) -> None:
    with suppress(OverflowError):  # in UTC the moment lies beyond the calendar
        stamp = stamp.astimezone(UTC)
    entry.add("uid", uid)
    entry.add("dtstamp", stamp.replace(tzinfo=UTC))
    entry.add("summary", summary)
    if described := "\n".join(filter(None, why)):
        entry.add("description", described)


def _reach(person: PersonBrief) -> list[str]:
    return [harmless(value) for value in (*person.emails, *person.phones)]


def _alarm(entry: Event | Todo, summary: str, trigger: timedelta, related: str | None = None) -> None:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", vDuration(trigger), {"RELATED": related} if related else {})
    entry.add_component(alarm)
