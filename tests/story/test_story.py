"""The heart of dex as one story: somebody brings their people, keeps in touch, and changes their mind.

Every step goes through the installed program, and says what there is afterwards.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from support.program import Dex

DATA = Path(__file__).parent / "data"
EXPORT = ("Connections.csv", "Email Addresses.csv", "Profile.csv", "Skills.csv")

MONDAY = "2026-01-05T19:00:00+00:00"
SATURDAY = "2026-01-10T23:30:00+00:00"
TWO_WEEKS_LATER = "2026-01-26T08:00:00+00:00"
FEBRUARY = "2026-02-02T08:00:00+00:00"


def test_somebody_brings_their_people_keeps_in_touch_and_changes_their_mind(dex: Dex, tmp_path: Path) -> None:
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
    assert report["interactions"] == {"added": 5, "updated": 0, "unchanged": 0, "not_counting": 5, "bulk": 0}
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
    assert report["interactions"] == {"added": 0, "updated": 0, "unchanged": 5, "not_counting": 0, "bulk": 0}
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
