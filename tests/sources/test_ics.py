from __future__ import annotations

import io
import time
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from dexcli.domain.records import InteractionRecord, Skipped, SourceItem
from dexcli.sources import ics
from dexcli.sources.base import FileFormat, ReadOptions
from support.calendars import BERLIN, ME, calendar, event
from support.source_contract import FileContract, assert_well_formed, input_of

TODAY = date(2026, 3, 8)
HERE = ZoneInfo(BERLIN)


def read(data: str | bytes, *, today: date = TODAY, zone: ZoneInfo = HERE) -> list[SourceItem]:
    raw = data.encode() if isinstance(data, str) else data
    items = list(ics.open_file(input_of("home.ics", raw), ReadOptions(today=today, zone=zone)).read(None))
    assert_well_formed(items)
    return items


def events(*components: str, lines: tuple[str, ...] = (), today: date = TODAY) -> list[InteractionRecord]:
    items = read(calendar(*components, lines=lines), today=today)
    assert not [item for item in items if isinstance(item, Skipped)]
    return [item for item in items if isinstance(item, InteractionRecord)]


def one(*components: str, lines: tuple[str, ...] = ()) -> InteractionRecord:
    (found,) = events(*components, lines=lines)
    return found


def reasons(data: str | bytes) -> list[tuple[str, str]]:
    return [(item.where, item.reason) for item in read(data) if isinstance(item, Skipped)]


def here(record: InteractionRecord) -> str:
    assert isinstance(record.when, datetime)
    return f"{record.when.astimezone(HERE):%Y-%m-%d %H:%M}"


class TestIcsSource(FileContract):
    format: ClassVar[FileFormat] = ics
    name = "home.ics"
    options: ClassVar[ReadOptions] = ReadOptions(today=TODAY, zone=HERE)

    def small(self) -> bytes:
        return calendar(
            event("a@example.org"),
            event("b@example.org", "RRULE:FREQ=WEEKLY;COUNT=4", start=f"DTSTART;TZID={BERLIN}:20260305T090000"),
            event("alone@example.org", people=(), organizer=None),
            event("bad@example.org", start="DTSTART:no date"),
        ).encode()

    def large(self) -> bytes:
        return calendar(*(event(f"e{number}@example.org") for number in range(4_100))).encode()


# -- what an event says -------------------------------------------------------------------------------------


def test_a_meeting_says_who_met_when_for_how_long_where_and_about_what() -> None:
    found = one(
        event(
            "a@example.org",
            "LOCATION:The  Royal\\, Society",
            "SEQUENCE:3",
            title="Engine\\nreview",
            people=('ATTENDEE;CN="Lovelace, Ada";PARTSTAT=ACCEPTED:MAILTO:Ada@Example.org',),
        )
    )

    assert found.key == found.origin.ref == "event:a@example.org"
    assert (found.kind, found.title, found.place, found.minutes) == (
        "meeting", "Engine review", "The Royal, Society", 30,
    )  # fmt: skip
    assert found.when == datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert [(who.value, who.role, who.name) for who in found.participants] == [
        (ME, "organizer", "Me Myself"),
        ("ada@example.org", "attendee", "Lovelace, Ada"),
    ]
    assert found.revision == "000000003 20260101T000000Z"
    assert found.status is None
    assert found.body is None


def test_who_declined_is_told_apart_and_rooms_things_groups_and_calendars_are_nobody() -> None:
    found = one(
        event(
            "a@example.org",
            people=(
                "ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org",
                "ATTENDEE;CUTYPE=ROOM:mailto:room@example.org",
                "ATTENDEE;CUTYPE=resource:mailto:beamer@example.org",
                "ATTENDEE;CUTYPE=GROUP:mailto:all@example.org",
                "ATTENDEE:mailto:c_17@resource.calendar.google.com",
                "ATTENDEE;CN=grace@example.org:mailto:grace@example.org",
            ),
        )
    )

    assert [(who.value, who.role, who.name) for who in found.participants[1:]] == [
        ("ada@example.org", "declined", None),
        ("grace@example.org", "attendee", None),
    ]


@pytest.mark.parametrize(
    "written",
    [
        "ATTENDEE:mailto:ada@example.org",
        "attendee:MailTo:ADA@example.org",
        "ATTENDEE:ada@example.org",
        'ATTENDEE;EMAIL="ada@example.org":/aMTYx/principal/',
        "ATTENDEE;EMAIL=ada@example.org:urn:uuid:2c1a08f1-873c-4106-9467-41d88e6bdf6e",
        "ATTENDEE;X-EMAIL=ada@example.org:invalid:nomail",
        "X-EMAIL:ada@example.org",
        "ATTENDEE;CN=Ada;\r\n RSVP=TRUE:mail\r\n to:ada@example.org",
    ],
)
def test_an_address_is_found_wherever_programs_write_it(written: str) -> None:
    found = one(event("a@example.org", written, people=()))

    assert [who.value for who in found.participants if who.role == "attendee"] == ["ada@example.org"]


def test_what_names_nobody_is_left_out() -> None:
    assert events(event("a@example.org", people=(), organizer=None)) == []
    assert events(event("a@example.org", people=("ATTENDEE;CN=Ada:invalid:nomail",), organizer=None)) == []


def test_a_whole_day_is_an_event_and_no_meeting_and_so_is_what_somebody_announces() -> None:
    day = one(event("a@example.org", start="DTSTART;VALUE=DATE:20260305", end="DTEND;VALUE=DATE:20260306"))
    assert (day.when, day.kind, day.minutes) == (date(2026, 3, 5), "event", None)

    announced = one(event("a@example.org", "ORGANIZER:mailto:ada@example.org", organizer=None, people=()))
    assert announced.kind == "event"


def test_what_was_called_off_says_so_by_its_status_and_by_the_method_of_its_calendar() -> None:
    assert one(event("a@example.org", "STATUS:CANCELLED")).status == "cancelled"
    assert one(event("a@example.org"), lines=("METHOD:CANCEL",)).status == "cancelled"
    assert one(event("a@example.org"), lines=("METHOD:REQUEST",)).status is None


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER"])
def test_what_one_of_those_invited_answers_is_no_event(method: str) -> None:
    assert events(event("a@example.org"), lines=(f"METHOD:{method}",)) == []


def test_an_event_without_a_uid_is_known_by_what_it_says() -> None:
    lines = event("x").replace("UID:x\r\n", "")

    first, _, again = one(lines).key, *(each.key for each in events(event("other"), lines))

    assert first == again
    assert first.startswith("event:")


# -- days and zones -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "local"),
    [
        ("DTSTART:20260305T233000Z", "2026-03-06 00:30"),
        ("DTSTART;TZID=America/New_York:20260305T200000", "2026-03-06 02:00"),
        ("DTSTART;TZID=Asia/Tokyo:20260305T080000", "2026-03-05 00:00"),
        ("DTSTART;TZID=W. Europe Standard Time:20260305T090000", "2026-03-05 09:00"),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260305T090000", "2026-03-05 09:00"),
        ("DTSTART:20260305T090000", "2026-03-05 09:00"),  # floating: the hour of whoever reads it
        ("DTSTART;TZID=Europe/Berlin:20260329T013000", "2026-03-29 01:30"),  # before the clock goes forward
        ("DTSTART;TZID=Europe/Berlin:20260329T033000", "2026-03-29 03:30"),
        ("DTSTART;TZID=Europe/Berlin:20261025T013000", "2026-10-25 01:30"),  # before it goes back
        ("DTSTART;TZID=Europe/Berlin:20261025T033000", "2026-10-25 03:30"),
    ],
)
def test_the_moment_is_right_in_every_zone(start: str, local: str) -> None:
    assert here(one(event("a@example.org", start=start))) == local


def test_a_zone_of_the_calendar_s_own_is_heeded() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Moon\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0700\r\n"
        "TZOFFSETTO:+0700\r\nTZNAME:M\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    found = one(zone, event("a@example.org", start="DTSTART;TZID=Moon:20260305T090000"))

    assert here(found) == "2026-03-05 03:00"


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=YEARLY;INTERVAL=0", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "X=1"]
)
def test_a_zone_whose_clock_goes_by_no_calendar_is_none(rule: str) -> None:
    parts = "".join(
        f"BEGIN:{part}\r\nDTSTART:19700101T000000\r\nRRULE:{rule}\r\nTZOFFSETFROM:+0{hour - 1}00\r\n"
        f"TZOFFSETTO:+0{hour}00\r\nTZNAME:M\r\nEND:{part}\r\n"
        for part, hour in (("STANDARD", 7), ("DAYLIGHT", 8))
    )
    began = time.monotonic()
    zone = f"BEGIN:VTIMEZONE\r\nTZID:Moon\r\n{parts}END:VTIMEZONE\r\n"
    found = one(zone, event("a@example.org", start="DTSTART;TZID=Moon:20260305T090000"))

    assert here(found) == "2026-03-05 09:00"
    assert time.monotonic() - began < 5


def test_a_series_keeps_its_hour_when_the_clock_changes() -> None:
    found = events(event("a@example.org", "RRULE:FREQ=WEEKLY;COUNT=3", start=f"DTSTART;TZID={BERLIN}:20260322T090000"))

    assert [here(each) for each in found] == ["2026-03-22 09:00", "2026-03-29 09:00", "2026-04-05 09:00"]
    assert [each.key for each in found] == [
        "event:a@example.org/20260322T080000Z",
        "event:a@example.org/20260329T070000Z",
        "event:a@example.org/20260405T070000Z",
    ]


def test_a_series_in_utc_keeps_the_hour_of_the_zone_that_google_says_the_calendar_has() -> None:
    found = events(
        event("a@example.org", "RRULE:FREQ=WEEKLY;COUNT=2", start="DTSTART:20260322T080000Z"),
        lines=(f"X-WR-TIMEZONE:{BERLIN}",),
    )

    assert [here(each) for each in found] == ["2026-03-22 09:00", "2026-03-29 09:00"]


# -- series ---------------------------------------------------------------------------------------------------


def test_an_occurrence_has_the_same_key_wherever_it_is_read() -> None:
    floating = calendar(event("a@x", "RRULE:FREQ=WEEKLY;COUNT=2", start="DTSTART:20260305T090000"))
    keys = [
        [item.key for item in read(floating, zone=ZoneInfo(zone)) if isinstance(item, InteractionRecord)]
        for zone in (BERLIN, "America/New_York")
    ]

    assert keys[0] == keys[1] == ["event:a@x/20260305T090000", "event:a@x/20260312T090000"]


def test_what_was_moved_called_off_left_out_and_added_to_a_series_follows() -> None:
    start = f"DTSTART;TZID={BERLIN}:20260305T090000"
    found = events(
        event(
            "a@example.org",
            "RRULE:FREQ=WEEKLY;COUNT=4",
            f"EXDATE;TZID={BERLIN}:20260312T090000",
            f"RDATE;TZID={BERLIN}:20260306T150000",
            start=start,
        ),
        event(
            "a@example.org",
            f"RECURRENCE-ID;TZID={BERLIN}:20260319T090000",
            start=f"DTSTART;TZID={BERLIN}:20260320T140000",
            title="Moved",
        ),
        event(
            "a@example.org", f"RECURRENCE-ID;TZID={BERLIN}:20260326T090000", "STATUS:CANCELLED",
            start=f"DTSTART;TZID={BERLIN}:20260326T090000",
        ),
    )  # fmt: skip

    assert sorted((here(each), each.title, each.status) for each in found) == [
        ("2026-03-05 09:00", "Engine review", None),
        ("2026-03-06 15:00", "Engine review", None),
        ("2026-03-20 14:00", "Moved", None),
        ("2026-03-26 09:00", "Engine review", "cancelled"),
    ]
    assert {each.key for each in found if each.title == "Moved"} == {"event:a@example.org/20260319T080000Z"}


def test_a_series_without_end_is_read_for_a_year_and_a_month() -> None:
    weekly = event("a@example.org", "RRULE:FREQ=WEEKLY", start="DTSTART:20260305T090000Z")

    days = [each.when for each in events(weekly)]

    assert len(days) == 58
    assert max(days) - datetime(2026, 3, 8, tzinfo=UTC) < timedelta(days=400)
    assert len(events(weekly, today=TODAY + timedelta(days=7))) == 59


def test_one_of_a_series_alone_as_an_invitation_to_it_comes_is_that_one() -> None:
    found = one(event("a@example.org", "RECURRENCE-ID:20260312T090000Z", start="DTSTART:20260313T100000Z"))

    assert found.key == "event:a@example.org/20260312T090000Z"
    assert found.when == datetime(2026, 3, 13, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=100000000",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;INTERVAL=999999999",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11;BYMINUTE=0,1,2,3,4,5,6,7,8,9",
        "FREQ=SOMETIMES",
        "FREQ=DAILY;BYYEARDAY=100;BYMONTH=12",
        "FREQ=DAILY;BYYEARDAY=366",
        "FREQ=DAILY;BYWEEKNO=20",
        "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1",
        "FREQ=DAILY;BYEASTER=0",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "COUNT=3",
    ],
)
def test_a_rule_by_which_nobody_meets_is_refused_at_once(rule: str) -> None:
    began = time.monotonic()
    found = reasons(calendar(event("a@example.org", f"RRULE:{rule}"), event("b@example.org")))

    assert [where for where, _ in found] == ["home.ics:4"]
    assert time.monotonic() - began < 5  # it would be minutes, or for ever


def test_a_daily_series_of_a_century_is_bounded() -> None:
    found = events(event("a@example.org", "RRULE:FREQ=DAILY", start="DTSTART:19260305T090000Z"))

    assert len(found) == 2_000
    assert here(found[-1]) == "2027-04-11 11:00"  # of too many, the latest


# -- bad data -------------------------------------------------------------------------------------------------


def test_one_bad_event_among_a_thousand_is_one_bad_event() -> None:
    components = [event(f"e{number}@example.org") for number in range(1_000)]
    components[500] = event("bad@example.org", start="DTSTART:on Tuesday")
    data = calendar(*components)

    assert len([item for item in read(data) if isinstance(item, InteractionRecord)]) == 999
    ((where, reason),) = reasons(data)
    line = data[: data.index("UID:bad@")].count("\n")
    assert where == f"home.ics:{line}"
    assert "DTSTART" in reason


def test_an_event_that_ends_nowhere_is_left_out_and_those_before_it_are_read() -> None:
    whole = calendar(event("a@example.org"), event("b@example.org"))

    found = [item for item in read(whole[: whole.rindex("END:VEVENT")]) if isinstance(item, InteractionRecord)]

    assert [each.key for each in found] == ["event:a@example.org"]


def test_an_enormous_event_is_skipped() -> None:
    data = calendar(event("a@example.org", "DESCRIPTION:" + "x" * 3_000_000), event("b@example.org"))

    assert [reason for _, reason in reasons(data)] == ["it is larger than 1 MB, or more than 2,000 events"]
    assert len([item for item in read(data) if isinstance(item, InteractionRecord)]) == 1


def test_other_encodings_line_ends_and_a_mark_in_front_are_read() -> None:
    text = calendar(event("a@example.org", title="Café"))
    for data in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("cp1252"),
        text.replace("\r\n", "\n").encode(),
    ):
        (found,) = [item for item in read(data) if isinstance(item, InteractionRecord)]
        assert found.title == "Café"


def test_a_calendar_is_known_by_its_beginning_or_its_name() -> None:
    options = ReadOptions()
    assert ics.claims(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "x", options) is not None
    assert ics.claims(b"garbage", "home.ics", options) is not None
    assert ics.claims(b"BEGIN:VCARD\r\n", "x", options) is None


def test_a_file_is_read_from_a_stream_that_cannot_be_held_in_memory() -> None:
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            Counting.largest = max(Counting.largest, len(data))
            return data

    data = calendar(*(event(f"e{number}@example.org") for number in range(2_000))).encode()
    file = input_of("home.ics", data)
    source = ics.open_file(type(file)(name=file.name, open=lambda: Counting(data)), ReadOptions(today=TODAY))
    assert len(list(source.read(None))) > 2_000
    assert Counting.largest <= 64 * 1024
