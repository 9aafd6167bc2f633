"""CalDAV: reading a calendar of a private Radicale, beside the same REPORTs with nothing but `icalendar` behind them.

All in processes of their own, in turns, on the same calendar. The other side asks for the same days, parses the answers
and every event that names somebody, and stores nothing. What is asked when nothing is new is counted at the client.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import generate
from dexcli.sources.base import NamesAnybody
from measure import Cost, Row, Watch, apart, judged
from writing import NOW, synced

FIRST = 1.2
REQUESTS = 3
RUNS = 3
PEOPLE = 2_000
NAME = "meetings"
TESTS = Path(__file__).resolve().parents[1] / "tests"


def rows(folder: Path, events: int) -> Iterator[Row]:
    """The first reading with everything stored, and what is asked when nothing is new."""
    sys.path.append(str(TESTS))
    from support.dav_servers import radicale

    with radicale() as server:
        user = server.user()
        path = server.calendar(user, NAME)
        server.request("PUT", path, user, calendar(events), "text/calendar")
        where = (server.url, user)
        apart(peer, *where)
        for turn in range(RUNS):
            for old in folder.glob(f"caldav{turn}.db*"):
                old.unlink()
        costs = [(apart(peer, *where), apart(sync, *where, folder / f"caldav{turn}.db")) for turn in range(RUNS)]
        mine, theirs = (median(turn[index].wall for turn in costs) for index in (1, 0))
        ratio = median(turn[1].wall / turn[0].wall for turn in costs)
        yield Row(
            work=f"CalDAV, first sync, {events:,} events",
            measured=f"{mine:.1f} s",
            beside=f"raw REPORTs + icalendar {theirs:.1f} s",
            ratio=f"{ratio:.2f}",
            cpu_ratio=f"{median(turn[1].cpu / turn[0].cpu for turn in costs):.2f}",
            goal=f"<= {FIRST:g} x",
            verdict=judged(ratio <= FIRST),
        )
        taken, asked = apart(nothing_new, *where)
        yield Row(
            work=f"CalDAV, nothing new among {events:,} events",
            measured=f"{taken * 1000:.0f} ms, {asked} requests",
            goal=f"<= {REQUESTS} a calendar",
            verdict=judged(asked <= REQUESTS),
        )


def calendar(events: int) -> str:
    """Two years of meetings, every other with somebody; each hundredth is a weekly series of ten."""
    start = datetime(2024, 4, 1, 8, tzinfo=UTC)
    step = timedelta(days=690) / events
    said = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN"]
    for number in range(events):
        at = start + step * number
        said += ["BEGIN:VEVENT", f"UID:{number}@example.org", "DTSTAMP:20240101T000000Z", "SEQUENCE:0"]
        said += [f"DTSTART:{at:%Y%m%dT%H%M%SZ}", f"DTEND:{at + timedelta(minutes=30):%Y%m%dT%H%M%SZ}"]
        said += [f"SUMMARY:Meeting {number}", "LOCATION:Room 7", "DESCRIPTION:" + "What there is to say. " * 10]
        if number % 100 == 0:
            said.append("RRULE:FREQ=WEEKLY;COUNT=10")
        if number % 2:
            said += [f"ORGANIZER;CN=Me:mailto:{generate.MINE}", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{generate.MINE}"]
            said += [
                f"ATTENDEE;CN=Somebody;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:{generate.address(who, PEOPLE)}"
                for who in (number % PEOPLE, (number * 7) % PEOPLE)
            ]
        said += ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Soon", "END:VALARM", "END:VEVENT"]
    return "\r\n".join([*said, "END:VCALENDAR", ""])


# -- each of these runs in a process of its own ---------------------------------------------------------


def peer(url: str, user: str) -> Cost:
    """What a script would do: the same REPORTs, and `icalendar` on every event that names somebody."""
    sys.path.append(str(TESTS))
    from xml.etree import ElementTree as ET

    import icalendar
    import requests

    from dexcli.sources import caldav
    from support.servers import PASSWORD

    watch = Watch()
    session = requests.Session()
    session.auth = (user, PASSWORD)
    declared = "xmlns:d='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav'"
    with watch.running():
        start: date | None = NOW.date() - caldav.BACK
        while start is not None:
            end = start + caldav.SLICE if start < NOW.date() else None
            body = caldav._query(start, end).replace("calendar-query", f"calendar-query {declared}", 1)  # noqa: SLF001
            answer = session.request("REPORT", f"{url}{user}/{NAME}/", data=body, headers={"Depth": "1"}, timeout=120)
            for element in ET.fromstring(answer.content).iter("{urn:ietf:params:xml:ns:caldav}calendar-data"):  # noqa: S314
                if "ATTENDEE" in (element.text or ""):
                    icalendar.Calendar.from_ical(element.text or "")
            start = end
    return watch.cost


def sync(url: str, user: str, db: Path) -> Cost:
    """The whole pipeline into a new database."""
    from dexcli.services.titles import names_of
    from dexcli.store.connection import open_for_writing

    conn = open_for_writing(db)
    cost, report = synced(conn, _source(url, user, names_of(conn)), "caldav")
    if report.skipped or not report.interactions.added:
        raise ValueError(report)
    return cost


def nothing_new(url: str, user: str) -> tuple[float, int]:
    """Seconds and requests when a calendar is read to its end and then again."""
    from dexcli.domain.records import Checkpoint
    from dexcli.sources import _dav_client

    *_, last = _source(url, user).read(None)
    if not isinstance(last, Checkpoint):
        raise TypeError(last)
    asked = 0
    inner = _dav_client.Client._tried  # noqa: SLF001 - every request goes through it

    def counted(self: Any, *arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        return inner(self, *arguments)

    _dav_client.Client._tried = counted  # type: ignore[method-assign,assignment] # noqa: SLF001
    watch = Watch()
    with watch.running():
        items = list(_source(url, user).read(last.cursor))
    if len(items) != 1:
        raise ValueError(len(items))
    return watch.wall, asked


def _source(url: str, user: str, names_anybody: NamesAnybody | None = None) -> Any:
    from dexcli.sources.caldav import CaldavAccount, open_account

    sys.path.append(str(TESTS))
    from support.servers import PASSWORD

    return open_account(
        CaldavAccount(
            name="test",
            url=url,
            user=user,
            auth="basic",
            secret=lambda: ("password", PASSWORD),
            today=NOW.date(),
            zone=UTC,
            names_anybody=names_anybody,
        )
    )
