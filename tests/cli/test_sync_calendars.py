"""`dex sync` with calendars, address books and folders: real servers, the whole program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from support.calendars import ME, calendar, event
from support.dav_servers import DavServer
from support.importing import DATABASE, card, logical_tables
from support.program import Dex, Terminal
from support.servers import PASSWORD


class Mine:
    """My calendar and address book on a server, and the accounts that read them."""

    def __init__(self, dex: Dex, server: DavServer) -> None:
        self.dex = dex
        self.server = server
        self.user = server.user()
        self.calendar = server.calendar(self.user)
        self.book = server.book(self.user)

    def add(self, kind: str, name: str) -> Any:
        ran = self.dex(
            *("account", "add", name, ME, "--type", kind, "--url", self.server.url, "--user", self.user),
            *("--password-command", f"echo {PASSWORD}", "--json"),
        )
        assert ran.code == 0, ran.err
        return ran.json["data"]["accounts"][0]

    def sync(self, *said: str, code: int = 0, **options: Any) -> Any:
        ran = self.dex("sync", *said, "--json", **options)
        assert ran.code == code, ran.err
        return ran.json["data"] if ran.out else ran.error

    def put(self, path: str, data: str) -> None:
        self.server.put(self.user, path, data)

    def meet(self, name: str, *components: str) -> None:
        self.put(f"{self.calendar}{name}.ics", calendar(*components))

    def know(self, name: str, *lines: str, called: str | None = None) -> None:
        self.put(f"{self.book}{name}.vcf", card(called or name.title(), *lines, uid=name))


@pytest.fixture
def mine(dex: Dex, radicale: DavServer) -> Mine:
    return Mine(dex, radicale)


def page(dex: Dex, who: str) -> Any:
    return dex("show", who, "--json").json["data"]


def titles(dex: Dex, who: str) -> list[str]:
    return [entry["title"] for entry in page(dex, who)["timeline"]]


def test_meetings_come_change_and_go_with_the_calendar(dex: Dex, mine: Mine) -> None:
    account = mine.add("caldav", "work")
    assert (account["type"], account["url"], account["host"]) == ("caldav", mine.server.url, "127.0.0.1")
    dex("add", "Ada Lovelace", "--email", "ada@example.org", "--every", "2w")
    mine.meet("a", event("a@x", title="Looms"))
    mine.meet("b", event("b@x", title="Engines", start="DTSTART:20260220T090000Z"))

    first = mine.sync()
    assert first["report"]["interactions"]["added"] == 2
    assert page(dex, "ada")["person"]["last_contact_on"] == "2026-03-05"
    nothing = mine.sync()["report"]
    assert (nothing["read"], nothing["operation_id"]) == (0, None)

    mine.meet("a", event("a@x", "SEQUENCE:1", title="Looms again", start="DTSTART:20260301T090000Z"))
    mine.server.delete(mine.user, f"{mine.calendar}b.ics")
    changed = mine.sync()["report"]

    assert (changed["interactions"]["updated"], changed["interactions"]["removed"]) == (1, 1)
    assert titles(dex, "ada") == ["Looms again"]
    assert page(dex, "ada")["person"]["last_contact_on"] == "2026-03-01"
    assert dex("undo", changed["operation_id"]).code == 0
    assert titles(dex, "ada") == ["Looms", "Engines"]


def test_what_was_written_by_hand_about_a_meeting_that_was_deleted_stays_as_called_off(dex: Dex, mine: Mine) -> None:
    mine.add("caldav", "work")
    dex("add", "Ada Lovelace", "--email", "ada@example.org")
    mine.meet("a", event("a@x"))
    mine.sync()
    dex("edit", page(dex, "ada")["timeline"][0]["id"], "her new job")
    mine.server.delete(mine.user, f"{mine.calendar}a.ics")

    mine.sync()

    (entry,) = page(dex, "ada")["timeline"]
    assert entry["title"] == "her new job"
    assert [part["why"] for part in entry["participants"]] == ["cancelled"]
    assert page(dex, "ada")["person"]["last_contact_on"] is None


def test_a_meeting_by_file_and_server_is_one_with_two_origins(dex: Dex, mine: Mine, home: Path) -> None:
    mine.add("caldav", "work")
    dex("add", "Ada Lovelace", "--email", "ada@example.org")
    mine.meet("a", event("a@x"))
    (home / "a.ics").write_text(calendar(event("a@x")), newline="")
    dex("import", "a.ics", cwd=home)

    mine.sync()
    mine.server.delete(mine.user, f"{mine.calendar}a.ics")

    (entry,) = page(dex, "ada")["timeline"]
    assert sorted(origin["source"] for origin in entry["origins"]) == ["caldav", "ics"]
    assert mine.sync()["report"]["interactions"]["removed"] == 0
    assert [origin["source"] for origin in page(dex, "ada")["timeline"][0]["origins"]] == ["ics"]


def test_an_address_book_is_followed_what_was_typed_wins_and_nobody_is_deleted(
    dex: Dex, mine: Mine, terminal: Terminal
) -> None:
    mine.add("carddav", "people")
    mine.know("ada", "EMAIL:ada@example.org", "ORG:Engines", called="Ada Lovelace")
    mine.know("grace", called="Grace Hopper")
    assert mine.sync()["report"]["people"]["added"] == 2
    dex("edit", "ada", "--company", "Looms Ltd")

    mine.know("ada", "EMAIL:ada@new.example", "ORG:Difference Ltd", called="Ada King")
    mine.server.delete(mine.user, f"{mine.book}grace.vcf")
    report = mine.sync()["report"]

    assert report["people"]["updated"] == 1
    assert [(one["field"], one["kept"], one["offered"]) for one in report["people"]["conflicts"]] == [
        ("company", "Looms Ltd", "Difference Ltd")
    ]
    mine.know("ada", "EMAIL:ada@new.example", "ORG:Third Ltd", called="Ada King")
    assert 'ada-lovelace: company "Looms Ltd", offered "Third Ltd"' in " ".join(terminal("sync").text.split())
    person = page(dex, "Ada King")["person"]
    assert (person["company"], person["emails"]) == ("Looms Ltd", ["ada@new.example"])
    assert page(dex, "grace")["person"]["state"] == "active"


def test_a_book_most_of_which_changes_at_once_is_refused_until_the_user_says_so(mine: Mine) -> None:
    mine.add("carddav", "people")
    for number in range(30):
        mine.know(f"p{number}", f"EMAIL:p{number}@example.org", called=f"Person {number}")
    mine.sync()
    for number in range(25):
        mine.know(f"p{number}", called="Nobody")
    before = logical_tables(Path(os.environ["HOME"]) / DATABASE)

    error = mine.sync(code=6)

    assert error["message"] == "it would change 25 of 30 people at once: nothing was taken"
    assert "--accept-many" in error["hint"]
    tried = mine.sync("people", "--dry-run")["report"]  # as the hint says
    assert (tried["dry_run"], tried["people"]["updated"]) == (True, 25)
    assert logical_tables(Path(os.environ["HOME"]) / DATABASE) == before
    assert mine.sync("--accept-many")["report"]["people"]["updated"] == 25


def test_everything_read_again_follows_deletions_and_a_calendar_emptied_at_once_is_refused(mine: Mine) -> None:
    mine.add("caldav", "work")
    for number in range(30):
        mine.meet(f"e{number}", event(f"e{number}@x"))
    assert mine.sync()["report"]["interactions"]["added"] == 30
    mine.server.delete(mine.user, f"{mine.calendar}e0.ics")
    assert mine.sync("--full")["report"]["interactions"]["removed"] == 1
    for number in range(1, 26):
        mine.server.delete(mine.user, f"{mine.calendar}e{number}.ics")

    error = mine.sync(code=6)

    assert error["message"] == "it would take off 25 of 29 meetings at once: nothing was taken"
    assert mine.sync("--accept-many")["report"]["interactions"]["removed"] == 25


def test_a_folder_needs_no_secret_and_is_followed(dex: Dex, home: Path) -> None:
    folder = home / "contacts"
    folder.mkdir()
    (folder / "ada.vcf").write_text(card("Ada Lovelace", "EMAIL:ada@example.org"), newline="")
    (folder / "a.ics").write_text(calendar(event("a@x")), newline="")
    dex("me", "add", ME)
    ran = dex("account", "add", "files", "--type", "vdir", "--path", "contacts", "--json", cwd=home)
    assert ran.code == 0, ran.err
    assert ran.json["data"]["accounts"][0]["secret"] == "none needed"  # noqa: S105 - words
    assert ran.json["data"]["next"] == ["dex account test files", "dex sync"]
    tested = dex("account", "test", "files", "--json").json["data"]["accounts"][0]
    assert [one["name"] for one in tested["folders"]] == ["."]

    assert dex("sync").code == 0
    assert page(dex, "ada")["person"]["last_contact_on"] == "2026-03-05"
    (folder / "a.ics").unlink()
    assert dex("sync", "--json").json["data"]["report"]["interactions"]["removed"] == 1
    assert page(dex, "ada")["person"]["last_contact_on"] is None
    assert dex("account", "login", "files").code == 2


def test_a_folder_that_is_not_there_is_no_account(dex: Dex, home: Path) -> None:
    (home / "ada.vcf").write_text("")
    for path, told in (("missing", f"there is no folder {home}/missing"), ("ada.vcf", f"{home}/ada.vcf is no folder")):
        ran = dex("account", "add", "files", "--type", "vdir", "--path", path, "--json", cwd=home)
        assert (ran.code, ran.error["message"]) == (2, told)
        assert "--path" in ran.error["hint"]
    assert dex("account", "--json").json["data"]["accounts"] == []


def test_what_is_no_file_in_a_folder_is_reported_and_the_rest_is_read(dex: Dex, home: Path) -> None:
    (home / "contacts").mkdir()
    (home / "contacts/ada.vcf").write_text(card("Ada Lovelace"), newline="")
    os.mkfifo(home / "contacts/grace.vcf")
    os.mkfifo(home / "contacts/b.ics")
    assert dex("account", "add", "files", "--type", "vdir", "--path", home / "contacts").code == 0
    for _ in range(2):
        ran = dex("sync", "--json")
        assert ran.code == 7
        assert ran.json["data"]["report"]["skipped"] == [
            {"where": f"files/{name}", "reason": "it is no file that can be read"} for name in ("b.ics", "grace.vcf")
        ]
    assert page(dex, "ada")["person"]["name"] == "Ada Lovelace"


def test_the_kinds_of_accounts_are_tested_and_listed(dex: Dex, mine: Mine) -> None:
    mine.add("caldav", "work")
    mine.add("carddav", "people")

    tested = dex("account", "test", "--json").json["data"]["accounts"]
    assert [[one["name"] for one in each["folders"]] for each in tested] == [["Work"], ["People"]]
    listed = dex("account").out
    assert "work" in listed
    assert "people" in listed


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["cal", ME, "--type", "caldav"], "has no url"),
        (["cal", ME, "--type", "caldav", "--url", "http://cloud.example.org"], "without security only to this machine"),
        (["cal", ME, "--type", "caldav", "--url", "cloud.example.org"], "not the address of a server"),
        (["cal", ME, "--type", "caldav", "--url", "https://a:b@cloud.example.org"], "not the address of a server"),
        (["cal", ME, "--type", "caldav", "--host", "x"], "has no key 'host'"),
        (["files", "--type", "vdir"], "has no path"),
        (["files", "--type", "webcal"], "is 'webcal', not imap"),
    ],
)
def test_what_cannot_be_an_account_is_refused_with_the_remedy(dex: Dex, said: list[str], told: str) -> None:
    ran = dex("account", "add", *said)

    assert ran.code == 2
    assert told in ran.err


def test_the_great_providers_are_known(dex: Dex) -> None:
    for address, kind, url, auth in (
        ("ada@icloud.com", "caldav", "https://caldav.icloud.com/", "password"),
        ("ada@fastmail.com", "carddav", "https://carddav.fastmail.com/", "password"),
        ("ada@gmail.com", "caldav", "https://apidata.googleusercontent.com/caldav/v2/", "bearer"),
    ):
        account = dex("account", "add", address, "--type", kind, "--json").json["data"]["accounts"][0]
        assert (account["url"], account["auth"]) == (url, auth)
    names = [one["name"] for one in dex("account", "--json").json["data"]["accounts"]]
    assert names == ["icloud-calendar", "fastmail-contacts", "gmail-calendar"]
