"""The heart of dex as one story: somebody brings their people, keeps in touch, and changes their mind.

Every step goes through the installed program, and says what there is afterwards.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from support.program import Dex
from support.servers import PASSWORD, MailServer

DATA = Path(__file__).parent / "data"
EXPORT = ("Connections.csv", "Email Addresses.csv", "Profile.csv", "Skills.csv")

MONDAY = "2026-01-05T19:00:00+00:00"
SATURDAY = "2026-01-10T23:30:00+00:00"
TWO_WEEKS_LATER = "2026-01-26T08:00:00+00:00"
FEBRUARY = "2026-02-02T08:00:00+00:00"
NEXT_MORNING = "2026-02-03T07:30:00+00:00"
A_WEEK_LATER = "2026-02-10T07:30:00+00:00"

ME = "Mary Shelley <mary@example.org>"
SOPHIE = "Sophie Germain <sophie@example.net>"
RECEIVED = (
    ("Ada Lovelace <ada@example.org>", ME, "12 Jan 2026", "The loom cards", ()),
    (SOPHIE, ME, "20 Jan 2026", "Vibrating plates", ()),
    ("Weekly <anna@letters.example.net>", ME, "21 Jan 2026", "News", ("List-Unsubscribe: <https://example.net/u>",)),
    ("Shop <no-reply@shop.example.net>", ME, "22 Jan 2026", "Your order", ()),
    (
        "Tom <tom@example.com>",
        "looms@lists.example.org",
        "23 Jan 2026",
        "[looms] Cards",
        ("List-Id: <looms.lists.example.org>",),
    ),
    ("Lewis Richardson <lewis@example.net>", ME, "24 Jan 2026", "Weather by numbers", ()),
    (SOPHIE, ME, "29 Jan 2026", "A prize", ()),
)
SENT = (
    (ME, "Ada Lovelace <ada@example.org>", "13 Jan 2026", "Re: The loom cards", ()),
    (ME, SOPHIE, "21 Jan 2026", "Re: Vibrating plates", ()),
    (ME, "Hedy Lamarr <hedy@example.net>", "24 Jan 2026", "Frequencies", ()),
    (ME, "looms@lists.example.org", "24 Jan 2026", "Re: [looms] Cards", ()),
    (ME, "Emil Post <emil@example.com>", "25 Jan 2026", "Tags", ()),
)
ANSWER = (SOPHIE, ME, "9 Feb 2026", "Have you read it?", ())


def test_somebody_brings_their_people_keeps_in_touch_and_changes_their_mind(
    dex: Dex, tmp_path: Path, mail_server: MailServer
) -> None:
    says_who_they_are(dex)
    looks_before_importing_the_phone(dex)
    imports_the_phone(dex)
    imports_the_linkedin_export(dex, tmp_path)
    imports_connections_again_outside_of_the_export(dex)
    decides_how_often(dex)
    has_dinner_with_three_and_a_new_face(dex)
    asks_who_is_due(dex)
    snoozes_and_thinks_again(dex)
    imports_the_phone_after_a_change_of_address(dex)
    imports_it_a_second_time(dex)
    takes_the_import_back(dex)
    names_the_mailbox(dex, mail_server)
    reads_it(dex)
    finds_nothing_new_in_it(dex)
    says_who_is_who(dex)
    decides_how_often_to_write(dex)
    leaves_it_to_cron(dex, mail_server)


def says_who_they_are(dex: Dex) -> None:
    me = run(dex, MONDAY, "init", "--region", "GB", "--date-order", "DMY")["me"]
    assert (me["emails"], me["region"], me["date_order"]) == ([], "GB", "DMY")
    assert everybody(dex, MONDAY) == {}


def looks_before_importing_the_phone(dex: Dex) -> None:
    report = imported(dex, MONDAY, DATA / "phone.vcf", "--dry-run", code=7)
    assert people_of(report) == {"added": 6, "updated": 1, "unchanged": 0, "questions": 0}
    assert (report["dry_run"], report["operation_id"]) == (True, None)
    assert everybody(dex, MONDAY) == {}
    assert operations(dex, MONDAY) == []


def imports_the_phone(dex: Dex) -> None:
    report = imported(dex, MONDAY, DATA / "phone.vcf", code=7)
    assert report["format"] == "vcard"
    assert report["read"] == 7
    # `Ada` has the number of Ada Lovelace, and nothing against it: one person.
    assert people_of(report) == {"added": 6, "updated": 1, "unchanged": 0, "questions": 0}
    assert report["skipped"] == [{"where": "phone.vcf:54", "reason": "no name"}]
    people = everybody(dex, MONDAY)
    assert set(people) == {
        *("ada-lovelace", "alan-turing", "claude-shannon", "emilie-du-chatelet", "grace-hopper", "hedy-lamarr")
    }
    ada, emilie = people["ada-lovelace"], people["emilie-du-chatelet"]
    assert (ada["phones"], ada["birthday"]) == (["+442079460101"], "1815-12-10")
    assert (emilie["name"], emilie["phones"]) == ("Émilie du Châtelet", ["+447700900104"])
    assert people["grace-hopper"]["tags"] == ["navy"]
    assert {handle for handle, person in people.items() if "book-club" in person["tags"]} == {
        *("claude-shannon", "hedy-lamarr")
    }
    assert people["hedy-lamarr"]["notes"] == "Met at the radio fair, she plays the piano."
    assert operations(dex, MONDAY) == [report["operation_id"]]


def imports_the_linkedin_export(dex: Dex, folder: Path) -> None:
    export = folder / "Basic_LinkedInDataExport_01-05-2026.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for name in EXPORT:
            archive.write(DATA / name, name)
    result = run(dex, MONDAY, "import", export, code=7)
    report, parts = result["report"], result["parts"]
    assert [part["source"] for part in parts] == ["Connections.csv", "Email Addresses.csv", "Profile.csv"]
    assert "Skills.csv" in report["what"]
    assert people_of(parts[0]) == {"added": 3, "updated": 2, "unchanged": 0, "questions": 1}
    assert report["people"]["asked"] == [{"person": "hedy-lamarr-2", "other": "hedy-lamarr", "reason": "name"}]
    assert report["interactions"] == {
        "added": 5, "updated": 0, "unchanged": 0, "removed": 0, "not_counting": 5, "bulk": 0, "alone": 0,
    }  # fmt: skip
    assert report["skipped"] == [{"where": "Connections.csv:10", "reason": "no name"}]
    people = everybody(dex, MONDAY)
    assert len(people) == 9
    assert people["ada-lovelace"]["company"] == "Difference Ltd"
    assert people["ada-lovelace"]["urls"] == ["https://www.linkedin.com/in/ada-lovelace-example"]
    # The day on which one connected is on the timeline and is no contact.
    assert {person["last_contact_on"] for person in people.values()} == {None}
    me = run(dex, MONDAY, "me")["me"]
    assert (me["emails"], me["names"]) == (["mary@example.org"], ["mary shelley"])
    # The whole export is one change: one undo would take it back.
    assert len(operations(dex, MONDAY)) == 2


def imports_connections_again_outside_of_the_export(dex: Dex) -> None:
    report = imported(dex, MONDAY, DATA / "Connections.csv", code=7)
    assert people_of(report) == {"added": 0, "updated": 0, "unchanged": 5, "questions": 0}
    assert report["interactions"] == {
        "added": 0, "updated": 0, "unchanged": 5, "removed": 0, "not_counting": 0, "bulk": 0, "alone": 0,
    }  # fmt: skip
    assert report["operation_id"] is None
    assert len(operations(dex, MONDAY)) == 2


def decides_how_often(dex: Dex) -> None:
    tagged = run(dex, MONDAY, "tag", "ada-lovelace", "grace", "alan", "+maths")
    assert [person["handle"] for person in tagged["items"]] == ["ada-lovelace", "grace-hopper", "alan-turing"]
    run(dex, MONDAY, "cadence", "ada-lovelace", "2w")
    assert everybody(dex, MONDAY)["ada-lovelace"]["next_due_on"] == "2026-01-19"
    assert run(dex, MONDAY, "cadence", "--tag", "maths", "monthly")["tag"]["people"] == 3
    run(dex, MONDAY, "cadence", "--query", "every:none", "yearly")
    people = everybody(dex, MONDAY)
    assert {handle: person["cadence"] for handle, person in people.items()} == {
        "ada-lovelace": "P2W",
        **dict.fromkeys(("alan-turing", "grace-hopper"), "P1M"),
        **dict.fromkeys(("charles-babbage", "claude-shannon", "emilie-du-chatelet"), "P1Y"),
        **dict.fromkeys(("hedy-lamarr", "hedy-lamarr-2", "katherine-johnson"), "P1Y"),
    }
    assert people["grace-hopper"]["cadence_source"] == "tag:maths"
    # Nobody is due on the day on which the cadences were set.
    assert due(dex, MONDAY)["total"] == 0
    assert len(operations(dex, MONDAY)) == 6


def has_dinner_with_three_and_a_new_face(dex: Dex) -> None:
    entry = run(
        dex, SATURDAY,
        "log", "ada-lovelace", "dinner at the club", "--with", "grace,alan", "--create", "Mary Somerville",
        "--kind", "meal", "--promise", "the loom cards", "--by", "2026-01-24",
    )  # fmt: skip
    assert {one["person"]["handle"]: one["due"] for one in entry["people"]} == {
        "ada-lovelace": "2026-01-24",
        "grace-hopper": "2026-02-10",
        "alan-turing": "2026-02-10",
        "mary-somerville": None,
    }
    assert [person["handle"] for person in entry["created"]] == ["mary-somerville"]
    assert [promise["text"] for promise in entry["commitments"]] == ["the loom cards"]
    people = everybody(dex, SATURDAY)
    assert len(people) == 10
    assert {handle for handle, person in people.items() if person["last_contact_on"] == "2026-01-10"} == {
        *("ada-lovelace", "alan-turing", "grace-hopper", "mary-somerville")
    }
    # One entry for all four, not four entries.
    assert len(operations(dex, SATURDAY)) == 7
    shown = run(dex, SATURDAY, "show", "mary-somerville")
    assert (shown["timeline_total"], len(shown["timeline"][0]["participants"])) == (1, 4)


def asks_who_is_due(dex: Dex) -> None:
    (ada,) = due(dex, TWO_WEEKS_LATER, "--tag", "maths")["items"]
    assert (ada["person"]["handle"], ada["due_on"], ada["overdue_days"]) == ("ada-lovelace", "2026-01-24", 2)
    assert (ada["cadence"], ada["cadence_source"]) == ("P2W", "person")
    assert ada["last_contact"]["title"] == "dinner at the club"
    assert [(reason["code"], reason["text"]) for reason in ada["reasons"]] == [
        ("cadence", "every 2 weeks"),
        ("promise", "you promised: the loom cards"),
    ]
    assert due(dex, TWO_WEEKS_LATER)["items"][0] == ada
    # On 10 February the month of the others is over.
    later = due(dex, TWO_WEEKS_LATER, "--tag", "maths", "--as-of", "2026-02-10")["items"]
    assert {item["person"]["handle"] for item in later} == {"ada-lovelace", "alan-turing", "grace-hopper"}


def snoozes_and_thinks_again(dex: Dex) -> None:
    snoozed = run(dex, TWO_WEEKS_LATER, "snooze", "ada-lovelace", "1w")
    assert snoozed["person"]["snoozed_until"] == "2026-02-02"
    assert due(dex, TWO_WEEKS_LATER, "--tag", "maths")["total"] == 0
    undone = run(dex, TWO_WEEKS_LATER, "undo")
    assert undone["operation"]["id"] == snoozed["operation_id"]
    assert due(dex, TWO_WEEKS_LATER, "--tag", "maths")["total"] == 1
    assert everybody(dex, TWO_WEEKS_LATER)["ada-lovelace"]["snoozed_until"] is None


def imports_the_phone_after_a_change_of_address(dex: Dex) -> None:
    run(dex, TWO_WEEKS_LATER, "edit", "ada-lovelace", "--company", "Byron & Co")
    before = everybody(dex, FEBRUARY)
    assert before["alan-turing"]["emails"] == ["alan@example.org"]
    report = imported(dex, FEBRUARY, DATA / "phone-newer.vcf", code=7)
    assert people_of(report) == {"added": 1, "updated": 2, "unchanged": 5, "questions": 0}
    assert report["people"]["conflicts"] == [
        {"person": "ada-lovelace", "field": "company", "kept": "Byron & Co", "offered": "Analytical Engines"}
    ]
    people = everybody(dex, FEBRUARY)
    assert set(people) - set(before) == {"emmy-noether"}
    assert people["alan-turing"]["emails"] == ["alan.turing@example.org"]
    assert people["ada-lovelace"]["company"] == "Byron & Co"
    # His history hangs on who he is, and not on the address.
    assert people["alan-turing"]["last_contact_on"] == "2026-01-10"
    changed = {handle for handle, person in before.items() if people[handle] != person}
    assert changed == {"ada-lovelace", "alan-turing"}


def imports_it_a_second_time(dex: Dex) -> None:
    people, done = everybody(dex, FEBRUARY), operations(dex, FEBRUARY)
    report = imported(dex, FEBRUARY, DATA / "phone-newer.vcf", code=7)
    assert people_of(report) == {"added": 0, "updated": 0, "unchanged": 8, "questions": 0}
    assert (report["people"]["conflicts"], report["operation_id"]) == ([], None)
    assert everybody(dex, FEBRUARY) == people
    assert operations(dex, FEBRUARY) == done


def takes_the_import_back(dex: Dex) -> None:
    undone = run(dex, FEBRUARY, "undo")
    assert undone["operation"]["command"] == "import"
    people = everybody(dex, FEBRUARY)
    assert len(people) == 10
    assert people["alan-turing"]["emails"] == ["alan@example.org"]
    assert people["ada-lovelace"]["company"] == "Byron & Co"
    # And thinks again: the same file brings the same people.
    report = imported(dex, FEBRUARY, DATA / "phone-newer.vcf", code=7)
    assert people_of(report) == {"added": 1, "updated": 2, "unchanged": 5, "questions": 0}
    assert len(everybody(dex, FEBRUARY)) == 11


def names_the_mailbox(dex: Dex, server: MailServer) -> None:
    done = operations(dex, FEBRUARY)
    where = ("--host", "127.0.0.1", "--port", str(server.port), "--security", "none", "--user", server.user())
    run(dex, FEBRUARY, "account", "add", "home", "mary@example.org", *where)
    (account,) = run(dex, FEBRUARY, "account")["accounts"]
    assert (account["name"], account["address"], account["last_synced_at"]) == ("home", "mary@example.org", None)
    # The address was mine already, by the LinkedIn export; an account stands in the configuration file.
    assert operations(dex, FEBRUARY) == done
    server.fill(account["user"], "INBOX", map(mail, RECEIVED))
    server.fill(account["user"], "Sent", map(mail, SENT))


def reads_it(dex: Dex) -> None:
    before = everybody(dex, FEBRUARY)
    assert before["ada-lovelace"]["last_contact_on"] == "2026-01-10"
    report = synced(dex, FEBRUARY)
    assert report["read"] == len(RECEIVED) + len(SENT)
    assert report["interactions"] == {
        "added": 9, "updated": 0, "unchanged": 0, "removed": 0, "not_counting": 0, "bulk": 3, "alone": 0,
    }  # fmt: skip
    assert (report["skipped"], len(operations(dex, FEBRUARY))) == ([], 14)
    people = everybody(dex, FEBRUARY)
    # Nobody became a person by a mail; whoever is one has its history.
    assert people.keys() == before.keys()
    assert {handle for handle, person in people.items() if person != before[handle]} == {"ada-lovelace"}
    assert people["ada-lovelace"]["last_contact_on"] == "2026-01-13"


def finds_nothing_new_in_it(dex: Dex) -> None:
    report = synced(dex, FEBRUARY)
    assert (report["read"], report["operation_id"]) == (0, None)
    assert len(operations(dex, FEBRUARY)) == 14


def says_who_is_who(dex: Dex) -> None:
    offered = run(dex, FEBRUARY, "triage")
    assert [(one["address"], one["sent"], one["received"]) for one in offered["items"]] == [
        ("sophie@example.net", 1, 2),
        ("emil@example.com", 1, 0),
        ("hedy@example.net", 1, 0),
    ]
    assert [one["handle"] for one in offered["items"][2]["namesakes"]] == ["hedy-lamarr", "hedy-lamarr-2"]
    result = run(
        dex, FEBRUARY,
        "triage", "--add", "sophie@example.net",
        "--link", "hedy@example.net=hedy-lamarr", "--later", "emil@example.com",
    )  # fmt: skip
    assert [(one["decision"], one["interactions"]) for one in result["decided"]] == [
        ("add", 3),
        ("link", 1),
        ("later", 0),
    ]
    assert result["total"] == 0
    people = everybody(dex, FEBRUARY)
    assert (len(people), len(operations(dex, FEBRUARY))) == (12, 17)
    assert people["sophie-germain"]["last_contact_on"] == "2026-01-29"
    assert people["hedy-lamarr"]["last_contact_on"] == "2026-01-24"
    page = run(dex, FEBRUARY, "show", "sophie")
    assert (page["timeline_total"], page["first_seen"]["title"]) == (3, "Vibrating plates")


def decides_how_often_to_write(dex: Dex) -> None:
    run(dex, FEBRUARY, "cadence", "sophie", "weekly")
    (sophie,) = (item for item in due(dex, FEBRUARY)["items"] if item["person"]["handle"] == "sophie-germain")
    assert (sophie["last_contact"]["kind"], sophie["last_contact"]["source"]) == ("mail", "imap")
    assert [reason["code"] for reason in sophie["reasons"]] == ["reply_owed"]
    assert len(operations(dex, FEBRUARY)) == 18


def leaves_it_to_cron(dex: Dex, server: MailServer) -> None:
    """What the crontab of the README runs: `dex sync -q --tolerate 24h; dex due --digest --new`."""
    first = cron(dex, NEXT_MORNING)
    assert "Sophie Germain" in first
    assert cron(dex, NEXT_MORNING) == ""
    (account,) = run(dex, NEXT_MORNING, "account")["accounts"]
    server.fill(account["user"], "INBOX", [mail(ANSWER)])
    assert "Sophie Germain" in cron(dex, A_WEEK_LATER)
    page = run(dex, A_WEEK_LATER, "show", "sophie")
    assert (page["timeline_total"], page["person"]["last_contact_on"]) == (4, "2026-02-09")


def cron(dex: Dex, now: str) -> str:
    """What is mailed in the morning."""
    sync = dex("sync", "-q", "--tolerate", "24h", now=now, env={"DEXCLI_PASSWORD_HOME": PASSWORD})
    assert (sync.code, sync.out, sync.err) == (0, "", "")
    digest = dex("due", "--digest", "--new", now=now)
    assert (digest.code, digest.err) == (0, "")
    return digest.out


def synced(dex: Dex, now: str) -> Any:
    ran = dex("sync", "--json", now=now, env={"DEXCLI_PASSWORD_HOME": PASSWORD})
    assert ran.code == 0, ran.err
    return ran.json["data"]["report"]


def mail(said: tuple[str, str, str, str, tuple[str, ...]]) -> bytes:
    """A mail as a server keeps it."""
    sender, to, day, subject, more = said
    key = f"{day} {subject}".replace(" ", ".")
    lines = (f"From: {sender}", f"To: {to}", f"Date: {day} 09:00:00 +0000", f"Subject: {subject}", *more)
    return "".join(f"{line}\r\n" for line in (*lines, f"Message-ID: <{key}@mail.example.org>", "", "Hello.")).encode()


def run(dex: Dex, now: str, *arguments: str | Path, code: int = 0) -> Any:
    """The data of a command's JSON document."""
    ran = dex(*arguments, "--json", now=now)
    assert ran.code == code, ran.err
    return ran.json["data"]


def imported(dex: Dex, now: str, *arguments: str | Path, code: int = 0) -> Any:
    return run(dex, now, "import", *arguments, code=code)["report"]


def people_of(report: Any) -> dict[str, int]:
    return {name: report["people"][name] for name in ("added", "updated", "unchanged", "questions")}


def everybody(dex: Dex, now: str) -> dict[str, Any]:
    """Everybody there is, by handle."""
    found = run(dex, now, "list", "state:all")
    assert found["total"] == len(found["items"])
    return {person["handle"]: person for person in found["items"]}


def due(dex: Dex, now: str, *options: str) -> Any:
    return run(dex, now, "due", "--limit", "0", *options)


def operations(dex: Dex, now: str) -> list[str]:
    """What has been done so far, latest first."""
    return [operation["id"] for operation in run(dex, now, "history")["operations"]]
