"""Calendar data as servers and programs write it."""

from __future__ import annotations

from collections.abc import Sequence

ME = "me@example.org"
BERLIN = "Europe/Berlin"


def event(  # every property is one of an event's
    uid: str,
    *lines: str,
    start: str = "DTSTART:20260305T090000Z",
    end: str | None = "DURATION:PT30M",
    title: str | None = "Engine review",
    people: Sequence[str] = ("ada@example.org",),
    organizer: str | None = ME,
) -> str:
    """An event that I organize, with others, of half an hour."""
    said = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", start]
    said += [end] if end else []
    said += [f"SUMMARY:{title}"] if title else []
    said += [f"ORGANIZER;CN=Me Myself:mailto:{organizer}"] if organizer else []
    said += [f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{organizer}"] if organizer else []
    said += [one if one.startswith("ATTENDEE") else f"ATTENDEE:mailto:{one}" for one in people]
    return "".join(f"{line}\r\n" for line in [*said, *lines, "END:VEVENT"])


def calendar(*components: str, lines: Sequence[str] = ()) -> str:
    """A calendar of these components, with further properties of its own."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", *lines]
    return "".join(f"{line}\r\n" for line in head) + "".join(components) + "END:VCALENDAR\r\n"
