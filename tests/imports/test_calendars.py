"""Calendar files through the program: what counts as contact, what follows a change, and what stays as it was."""

from __future__ import annotations

from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import pytest

from support.calendars import BERLIN, ME, calendar, event
from support.importing import DATABASE, imported, logical_tables
from support.program import Dex


@pytest.fixture
def known(dex: Dex) -> Dex:
    """I am known, and so are Ada, whom I want to see every two weeks, and Grace."""
    assert dex("me", "add", ME).code == 0
    assert dex("add", "Ada Lovelace", "--email", "ada@example.org", "--every", "2w").code == 0
    assert dex("add", "Grace Hopper", "--email", "grace@example.org").code == 0
    return dex


NOT_ME = f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ME}"


def write(home: Path, *components: str, name: str = "home.ics", lines: tuple[str, ...] = ()) -> Path:
    path = home / name
    path.write_text(calendar(*components, lines=lines), newline="")
    return path


def timeline(dex: Dex, who: str = "ada") -> list[Any]:
    entries: list[Any] = dex("show", who, "--json").json["data"]["timeline"]
    return entries


def verdicts(dex: Dex, who: str = "ada") -> list[tuple[str, str]]:
    """Of each entry with somebody, its day and why it counts or does not."""
    return [
        (entry["on"], next(part["why"] for part in entry["participants"] if part["identifier"] == f"{who}@example.org"))
        for entry in timeline(dex, who)
    ]


def last_contact(dex: Dex, who: str = "ada") -> str | None:
    day: str | None = dex("show", who, "--json").json["data"]["person"]["last_contact_on"]
    return day


def test_a_meeting_with_somebody_known_is_contact(known: Dex, home: Path) -> None:
    report = imported(known, write(home, event("a@x")))

    assert report["interactions"] == {
        "added": 1, "updated": 0, "unchanged": 0, "removed": 0, "not_counting": 0, "bulk": 0, "alone": 0,
    }  # fmt: skip
    assert last_contact(known) == "2026-03-05"
    (entry,) = timeline(known)
    assert (entry["kind"], entry["title"], entry["at"]) == ("meeting", "Engine review", "2026-03-05T09:00:00Z")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "direct"),
        ({"lines": ["STATUS:CANCELLED"]}, "cancelled"),
        ({"people": ["ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org"]}, "declined"),
        (
            {
                "people": [f"ATTENDEE;PARTSTAT=DECLINED:mailto:{ME}", "ada@example.org"],
                "organizer": "grace@example.org",
            },
            "i_declined",
        ),
        ({"organizer": "grace@example.org"}, "not_named"),
        ({"start": "DTSTART;VALUE=DATE:20260305", "end": None}, "event"),
        ({"people": ["ada@example.org", *(f"p{number}@example.org" for number in range(10))]}, "group"),
    ],
)
def test_what_counts_is_the_policy_and_why_tells_the_rule(
    known: Dex, home: Path, said: dict[str, Any], why: str
) -> None:
    lines = said.pop("lines", [])
    imported(known, write(home, event("a@x", *lines, **said)))

    assert verdicts(known) == [("2026-03-05", why)]
    assert (last_contact(known) == "2026-03-05") is (why == "direct")
    told = known("why", timeline(known)[0]["id"], "--json").json["data"]["reasons"]
    assert why in {reason["code"] for reason in told}
    assert all(reason["text"] for reason in told)


def test_appointments_of_mine_alone_are_not_kept_and_no_failure(known: Dex, home: Path) -> None:
    report = imported(
        known,
        write(home, event("a@x", people=()), event("b@x", people=(), organizer=None), event("c@x")),
    )

    assert report["interactions"]["added"] == 1
    assert report["interactions"]["bulk"] == 1
    assert report["skipped"] == []


def test_history_is_judged_again_when_an_address_turns_out_to_be_mine(known: Dex, home: Path) -> None:
    imported(known, write(home, event("a@x", organizer="other@example.org")))
    assert verdicts(known) == [("2026-03-05", "not_named")]

    known("me", "add", "other@example.org")

    assert verdicts(known) == [("2026-03-05", "direct")]
    assert last_contact(known) == "2026-03-05"


def test_reading_a_calendar_twice_changes_nothing_and_undo_takes_it_back(known: Dex, home: Path) -> None:
    before = logical_tables(home / DATABASE)
    file = write(home, event("a@x"), event("w@x", "RRULE:FREQ=WEEKLY;COUNT=5"), event("b@x", people=()))
    report = imported(known, file)
    after = logical_tables(home / DATABASE)

    again = imported(known, file)

    assert (again["interactions"]["added"], again["interactions"]["updated"]) == (0, 0)
    assert logical_tables(home / DATABASE) == after
    assert known("undo", report["operation_id"]).code == 0
    assert logical_tables(home / DATABASE) == before


def test_a_later_copy_is_followed_and_an_older_one_is_not(known: Dex, home: Path) -> None:
    first = event("a@x", "SEQUENCE:1")
    moved = event("a@x", "SEQUENCE:2", start="DTSTART:20260306T090000Z", title="Engine review, moved")
    imported(known, write(home, first))
    assert imported(known, write(home, moved))["interactions"]["updated"] == 1
    assert [(entry["on"], entry["title"]) for entry in timeline(known)] == [("2026-03-06", "Engine review, moved")]
    assert last_contact(known) == "2026-03-06"

    assert imported(known, write(home, first))["interactions"]["unchanged"] == 1
    assert [(entry["on"], entry["title"]) for entry in timeline(known)] == [("2026-03-06", "Engine review, moved")]


def test_who_declines_or_joins_later_follows(known: Dex, home: Path) -> None:
    imported(known, write(home, event("a@x", "SEQUENCE:1", people=["ada@example.org"])))
    changed = ["ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org", "grace@example.org"]

    report = imported(known, write(home, event("a@x", "SEQUENCE:2", people=changed)))

    assert report["interactions"]["updated"] == 1
    assert verdicts(known) == [("2026-03-05", "declined")]
    assert verdicts(known, "grace") == [("2026-03-05", "direct")]
    assert (last_contact(known), last_contact(known, "grace")) == (None, "2026-03-05")
    assert known("undo", report["operation_id"]).code == 0
    assert (last_contact(known), last_contact(known, "grace")) == ("2026-03-05", None)


def test_whoever_is_taken_off_a_meeting_was_not_there(known: Dex, home: Path) -> None:
    imported(known, write(home, event("a@x", "SEQUENCE:1")))
    assert last_contact(known) == "2026-03-05"

    imported(known, write(home, event("a@x", "SEQUENCE:2", people=())))

    assert (last_contact(known), timeline(known)) == (None, [])


def test_what_was_declined_is_not_next_and_what_is_ahead_was_not_first(known: Dex, home: Path) -> None:
    ahead = "DTSTART:20260320T090000Z"
    imported(known, write(home, event("a@x", organizer="ada@example.org", people=[NOT_ME], start=ahead)))
    page = known("show", "ada", "--json").json["data"]
    assert (page["upcoming"], page["first_seen"]) == ([], None)

    imported(known, write(home, event("b@x", people=["ada@example.org", "bo@x.org", "cy@x.org"], start=ahead)))
    (entry,) = known("show", "ada", "--json").json["data"]["upcoming"]
    refused = known("triage", "--met", entry["id"])
    assert (refused.code, "nobody was met yet" in refused.err) == (2, True)


def test_what_was_typed_about_a_meeting_stays(known: Dex, home: Path) -> None:
    imported(known, write(home, event("a@x", "SEQUENCE:1")))
    assert known("edit", timeline(known)[0]["id"], "Her new job").code == 0

    imported(known, write(home, event("a@x", "SEQUENCE:2", title="Sync", start="DTSTART:20260306T090000Z")))

    (entry,) = timeline(known)
    assert (entry["on"], entry["title"]) == ("2026-03-06", "Her new job")


def test_a_meeting_to_come_is_the_next_one_and_becomes_contact_when_its_day_has_passed(known: Dex, home: Path) -> None:
    imported(known, write(home, event("a@x", start="DTSTART:20260310T090000Z")))

    page = known("show", "ada", "--json").json["data"]
    assert [entry["title"] for entry in page["upcoming"]] == ["Engine review"]
    assert page["person"]["last_contact_on"] is None
    assert known("due", "--json", "--as-of", "2026-03-11").json["data"]["items"] == []
    later = known("show", "ada", "--json", now="2026-03-11T09:00:00+00:00").json["data"]
    assert later["person"]["last_contact_on"] == "2026-03-10"
    assert later["upcoming"] == []


def test_the_day_is_that_of_my_zone_and_stays_when_i_move(known: Dex, home: Path) -> None:
    late = event("a@x", start="DTSTART;TZID=America/New_York:20260305T200000")
    imported(known, write(home, late), env={"TZ": BERLIN})
    assert [entry["on"] for entry in timeline(known)] == ["2026-03-06"]

    report = imported(known, write(home, late, event("b@x")), env={"TZ": "America/New_York"})

    assert report["interactions"]["updated"] == 0
    assert "2026-03-06" in [entry["on"] for entry in timeline(known)]


def test_a_hostile_title_reaches_the_terminal_harmless(known: Dex, home: Path) -> None:
    imported(known, write(home, event("a@x", title="\x1b]0;x\x07[bold]x[/bold]\x1b[31m")))

    shown = known("show", "ada").out
    assert "\x1b" not in shown
    assert "[bold]x[/bold]" in shown


def test_one_bad_event_is_skipped_named_and_exit_7(known: Dex, home: Path) -> None:
    file = write(home, event("a@x"), event("b@x", start="DTSTART:soon"))

    report = imported(known, file, code=7)

    assert report["interactions"]["added"] == 1
    assert [item["where"] for item in report["skipped"]] == ["home.ics:14"]


def test_calendars_in_a_folder_are_read_after_the_people(dex: Dex, home: Path) -> None:
    folder = home / "export"
    folder.mkdir()
    write(folder, event("a@x"), name="a.ics")
    (folder / "people.vcf").write_text(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Lovelace\r\nEMAIL:ada@example.org\r\nEND:VCARD\r\n", newline=""
    )
    dex("me", "add", ME)

    imported(dex, folder)

    assert last_contact(dex) == "2026-03-05"


# -- invitations by mail -------------------------------------------------------------------------------------


def invitation(*components: str, method: str = "REQUEST", number: int = 1, encoding: str = "base64") -> bytes:
    """A mail with a part for calendars, as programs send it."""
    part = MIMEText(calendar(*components, lines=(f"METHOD:{method}",)), "calendar", "utf-8")
    part.set_param("method", method)
    if encoding == "8bit":
        part = MIMEText("", "calendar", "utf-8")
        part.set_payload(calendar(*components, lines=(f"METHOD:{method}",)))
        part.replace_header("Content-Transfer-Encoding", "8bit")
    mail = MIMEMultipart("mixed", _subparts=[MIMEMultipart("alternative", _subparts=[MIMEText("Come!"), part])])
    mail["From"], mail["To"] = "Ada Lovelace <ada@example.org>", ME
    mail["Subject"], mail["Message-ID"] = "Invitation: Engine review", f"<{number}@example.org>"
    mail["Date"] = "Sun, 1 Mar 2026 09:00:00 +0000"
    return mail.as_bytes()


BY_ADA = event("a@x", organizer="ada@example.org", people=[f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{ME}"])


@pytest.mark.parametrize("road", ["eml", "eml8", "mbox", "maildir"])
def test_an_invitation_by_mail_brings_the_meeting_that_the_calendar_has(known: Dex, home: Path, road: str) -> None:
    mail = invitation(BY_ADA, encoding="8bit" if road == "eml8" else "base64")
    if road == "mbox":
        path = home / "mail.mbox"
        other = (
            b"From: grace@example.org\nTo: me@example.org\nMessage-ID: <9@x>\nDate: 2 Mar 2026 09:00:00 +0000\n\nHi\n"
        )
        envelope = b"From ada@example.org Sun Mar  1 09:00:00 2026\n"
        path.write_bytes(envelope + mail + b"\n" + envelope + other + b"\n" + envelope + mail)
    else:
        path = home / "mail" / ("cur/1:2,S" if road == "maildir" else "1.eml")
        path.parent.mkdir(parents=True)
        path.write_bytes(mail)
        path = path.parent.parent if road == "maildir" else path
    report = imported(known, path)
    assert report["interactions"]["added"] == (3 if road == "mbox" else 2)

    imported(known, write(home, BY_ADA))

    meeting = next(entry for entry in timeline(known) if entry["kind"] == "meeting")
    assert sorted(origin["source"] for origin in meeting["origins"]) == ["ics", "mail"]
    assert last_contact(known) == "2026-03-05"
    assert [why for _, why in verdicts(known)].count("direct") == 1


def reason(dex: Dex) -> str:
    """Why the latest meeting counts or does not."""
    (meeting,) = [entry for entry in timeline(dex) if entry["kind"] == "meeting"]
    (found,) = dex("why", meeting["id"], "--json").json["data"]["reasons"]
    return str(found["code"])


def test_a_mail_that_invites_is_no_contact_until_a_calendar_has_the_meeting(known: Dex, home: Path) -> None:
    (home / "1.eml").write_bytes(invitation(BY_ADA))
    imported(known, home / "1.eml")
    assert (last_contact(known), reason(known)) == (None, "invited")
    assert known("me", "add", "other@example.org").code == 0, "history is judged again"
    assert (last_contact(known), reason(known)) == (None, "invited")

    imported(known, write(home, BY_ADA))
    assert (last_contact(known), reason(known)) == ("2026-03-05", "direct")
    imported(known, home / "1.eml")
    assert last_contact(known) == "2026-03-05"


def test_a_meeting_called_off_by_mail_counts_no_more_but_never_against_the_calendar(known: Dex, home: Path) -> None:
    (home / "1.eml").write_bytes(invitation(BY_ADA))
    (home / "2.eml").write_bytes(invitation(BY_ADA.replace("UID", "SEQUENCE:1\r\nUID", 1), method="CANCEL", number=2))
    imported(known, home / "1.eml")
    assert reason(known) == "invited"

    imported(known, home / "2.eml")
    assert (last_contact(known), reason(known)) == (None, "cancelled")
    imported(known, write(home, BY_ADA.replace("UID", "SEQUENCE:2\r\nUID", 1)))
    assert last_contact(known) == "2026-03-05"
    imported(known, home / "2.eml")
    assert last_contact(known) == "2026-03-05"


def test_a_meeting_by_mail_by_file_and_by_folder_is_one_with_three_origins(known: Dex, home: Path) -> None:
    (home / "1.eml").write_bytes(invitation(BY_ADA))
    (home / "calendars").mkdir()
    write(home / "calendars", BY_ADA, name="a.ics")
    known("account", "add", "files", "--type", "vdir", "--path", home / "calendars")

    imported(known, home / "1.eml")
    imported(known, write(home, BY_ADA))
    assert known("sync").code == 0

    (meeting,) = [entry for entry in timeline(known) if entry["kind"] == "meeting"]
    assert sorted(origin["source"] for origin in meeting["origins"]) == ["ics", "mail", "vdir"]


def test_nobody_but_the_organizer_calls_a_meeting_off_or_moves_it_by_mail(known: Dex, home: Path) -> None:
    (home / "1.eml").write_bytes(invitation(BY_ADA))
    imported(known, home / "1.eml")
    high = BY_ADA.replace("UID", "SEQUENCE:99\r\nUID", 1).replace("20260305", "20250101")
    tried = [
        ("mallory@evil.example", "CANCEL"),
        ("mallory@evil.example", "REQUEST"),
        (None, "CANCEL"),
        (None, "REQUEST"),
    ]
    for number, (organizer, method) in enumerate(tried, 2):
        stated = high.replace("ada@example.org", organizer) if organizer else high
        mail = invitation(stated, method=method, number=number).replace(b"<ada@example.org>", b"<mallory@evil.example>")
        (home / f"{number}.eml").write_bytes(mail)
        imported(known, home / f"{number}.eml")

    meetings = [entry for entry in timeline(known) if entry["kind"] == "meeting"]
    assert [(entry["title"], entry["on"]) for entry in meetings] == [("Engine review", "2026-03-05")]


def test_the_calendar_has_the_last_word_however_late_another_copy_claims_to_be(known: Dex, home: Path) -> None:
    (home / "calendars").mkdir()
    known("account", "add", "files", "--type", "vdir", "--path", home / "calendars")
    late = BY_ADA.replace("UID", "SEQUENCE:999999999\r\nUID", 1).replace("20260305", "20250101")
    (home / "1.eml").write_bytes(invitation(late))
    imported(known, home / "1.eml")
    write(home / "calendars", BY_ADA.replace("20260101T000000Z", "20360101T000000Z"), name="a.ics")
    assert known("sync").code == 0
    assert last_contact(known) == "2026-03-05"

    write(home / "calendars", event("a@x", organizer="ada@example.org", people=[NOT_ME]), name="a.ics")
    assert known("sync").code == 0
    assert last_contact(known) is None


def test_an_answer_to_an_invitation_and_a_part_that_is_broken_bring_no_meeting(known: Dex, home: Path) -> None:
    (home / "1.eml").write_bytes(invitation(BY_ADA, method="REPLY"))
    (home / "2.eml").write_bytes(invitation("garbage", number=2))
    for name in ("1.eml", "2.eml"):
        imported(known, home / name)

    assert {entry["kind"] for entry in timeline(known)} == {"invitation"}
