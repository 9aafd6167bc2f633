"""Whatever happens to a sync of calendars and address books, its exit code says so, and the next run leaves what an
undisturbed one would have left.

Between the program and Radicale or Xandikos stands a relay; what no real server does is scripted. Where hundreds of
runs are needed, or more patience than a test has, the service runs in this process.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copyfile
from typing import Any
from zlib import crc32

import pytest
import requests

from dexcli.config import accounts
from dexcli.config.credentials import Secret
from dexcli.errors import DexError, ExitCode
from dexcli.services import syncing
from dexcli.services.ingest import GATHER
from dexcli.services.invocation import Invocation
from dexcli.sources import _dav_source
from dexcli.sources._dav_client import Patience
from dexcli.store.connection import open_for_writing
from support import importing
from support.calendars import ME, calendar, event
from support.dav_servers import DavServer
from support.importing import card, integrity
from support.program import DEX, NOW, Dex
from support.relay import Relay, relay
from support.scripted import HANG_UP
from support.scripted_dav import (
    HOME,
    Reply,
    Request,
    Script,
    collection,
    data_of,
    found,
    multistatus,
    scripted,
)
from support.servers import PASSWORD, free_ports

KINDS = ("caldav", "carddav")
MANY = 300
"""Meetings, and people, of the full account."""


def history(database: Path) -> dict[str, list[Any]]:
    """All that is kept, by what it names; how far syncs came, at whatever port; and what is left unfinished."""
    told = importing.history(database)
    cursors = [(*feed, json.loads(re.sub(r"127\.0\.0\.1:\d+", "here", cursor))) for *feed, cursor in told["cursors"]]
    return {**importing.said(database), "cursors": cursors, **{key: told[key] for key in ("unfinished", "dropped")}}


def rows(database: Path) -> int:
    """Meetings and people that a reader sees now."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
            found: int = conn.execute(
                "select (select count(*) from interaction) + (select count(*) from person)"
            ).fetchone()[0]
            return found
    except sqlite3.OperationalError:  # there is no database yet, or no table in it
        return 0


def moment(number: int) -> str:
    """The beginning of one of `MANY` meetings, which fill the two years that are read first, and some weeks behind."""
    return f"DTSTART:{datetime(2024, 3, 10, 8, tzinfo=UTC) + timedelta(hours=60 * number):%Y%m%dT%H%M%SZ}"


def meetings(size: int) -> list[str]:
    return [
        event(f"e{number}@x", title=f"Meeting {number}", start=moment(number), people=[f"ada{number % 40}@example.org"])
        for number in range(size)
    ]


def people(size: int) -> list[str]:
    return [
        card(f"Ada {number}", f"EMAIL:ada{number}@example.org", f"BDAY:18{number % 90 + 10}-12-10", uid=f"p{number}")
        for number in range(size)
    ]


class Place:
    """Somebody's calendar and address book on a server."""

    def __init__(self, server: DavServer) -> None:
        self.server, self.user = server, server.user()
        self.calendar = server.calendar(self.user)
        self.book = server.book(self.user)

    def meet(self, name: str, *components: str) -> None:
        self.server.put(self.user, f"{self.calendar}{name}.ics", calendar(*components))

    def know(self, name: str, *lines: str, called: str | None = None) -> None:
        self.server.put(self.user, f"{self.book}{name}.vcf", card(called or name.title(), *lines, uid=name))

    def forget(self, path: str) -> None:
        self.server.delete(self.user, path)

    def furnish(self) -> None:
        """A few meetings and people of each sort."""
        for number in (3, 133, 290):
            self.meet(f"e{number}", event(f"e{number}@x", title=f"Meeting {number}", start=moment(number)))
        self.meet("w", event("w@x", "RRULE:FREQ=WEEKLY;COUNT=4", title="Weekly"))
        self.meet("off", event("off@x", "STATUS:CANCELLED", title="Called off"))
        for name in ("ada", "grace", "emmy"):
            self.know(name, f"EMAIL:{name}@example.org", "BDAY:--12-10")
        self.know("navy", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:grace")

    def change(self) -> None:
        """What is moved, taken off, taken out of a series, and new; who has another name, is gone, and new."""
        self.meet("e290", event("e290@x", "SEQUENCE:1", title="Moved", start=moment(291)))
        self.meet("w", event("w@x", "SEQUENCE:1", "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE:20260312T090000Z"))
        self.meet("n", event("n@x", title="New", start=moment(293)))
        self.forget(f"{self.calendar}e133.ics")
        self.know("ada", "EMAIL:ada@example.org", "EMAIL:ada@king.example", called="Ada King")
        self.know("alan", "EMAIL:alan@example.org")
        self.forget(f"{self.book}emmy.vcf")


# -- in this process -----------------------------------------------------------------------------------------


class Box:
    """A place on a server, and databases that are filled from it in this process."""

    def __init__(self, server: DavServer, folder: Path) -> None:
        self.place, self.folder = Place(server), folder
        self.place.furnish()
        self.told = ""
        """The code of the error with which the last sync failed, or why something was skipped."""
        self.ports: dict[str, list[int]] = {}
        self._numbers = count()
        self._empty = folder / "empty.db"
        open_for_writing(self._empty).close()

    def database(self) -> Path:
        """An empty one."""
        path = self.folder / f"{next(self._numbers)}.db"
        copyfile(self._empty, path)
        return path

    def sync(self, kind: str, database: Path, port: int) -> ExitCode:
        """The exit code that such a sync has."""
        reached = {"url": f"http://127.0.0.1:{port}/", "user": self.place.user}
        only = {"calendars": [self.place.calendar]} if kind == "caldav" else {"books": [self.place.book]}
        account = accounts.read("home", {"type": kind, "address": ME, **reached, **only})
        call = Invocation(now=datetime.fromisoformat(NOW), command="sync")
        with closing(open_for_writing(database)) as conn:
            try:
                result = syncing.sync(
                    conn, call, [account], lambda _: Secret(kind="password", value=PASSWORD, source="typed")
                )
            except DexError as error:
                self.told = error.code
                return error.exit_code
        self.told = ", ".join(item.reason for item in result.report.skipped)
        return ExitCode.PARTIAL if result.report.skipped else ExitCode.OK

    def disturbed(
        self, kind: str, expected: dict[str, list[Any]], codes: Sequence[ExitCode], what: object = "", **said: Any
    ) -> Relay:
        """Sync over a relay that does as is said, then again at the same port without it, and look at what is there."""
        database = self.database()
        with relay(self.place.server.port, http=True, **said) as between:
            code = self.sync(kind, database, between.port)
            assert code in codes, f"{what}: {code!r}"
            between.calm()
            assert self.sync(kind, database, between.port) == ExitCode.OK, what
        assert history(database) == expected, what
        assert integrity(database) == "ok", what
        database.unlink()
        return between

    def undisturbed(self, kind: str) -> dict[str, list[Any]]:
        database = self.database()
        assert self.sync(kind, database, self.place.server.port) == ExitCode.OK
        return history(database)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Patience(connect=5, read=5, pauses=(0.0,), wait=lambda _: None)
    monkeypatch.setattr(_dav_source, "Patience", lambda: quick)


@pytest.fixture
def box(dav_server: DavServer, tmp_path: Path, impatient: None) -> Box:  # noqa: ARG001 - what it does is done
    return Box(dav_server, tmp_path)


class Cut:
    """Ends the first connections when so many bytes came from the server."""

    def __init__(self, after: int, connections: int) -> None:
        self.left = dict.fromkeys(range(1, connections + 1), after)

    def __call__(self, connection: int, data: bytes) -> bytes:
        left = self.left.get(connection)
        if left is None:
            return data
        self.left[connection] = left - len(data)
        return data if len(data) < left else data[: max(0, left)] + HANG_UP


def answer(status: str, *headers: str, body: str = "") -> bytes:
    """What a server says instead, before it hangs up."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body.encode() + HANG_UP


def from_report(number: int, said: bytes, last: int = 10_000) -> Callable[[int, str], bytes | None]:
    """What answers the reports from that one on instead of the server."""
    reports = count(1)

    def asked(_: int, head: str) -> bytes | None:
        return said if head.startswith("REPORT ") and number <= next(reports) <= last else None

    return asked


BOMB = f"<?xml version='1.0'?><!DOCTYPE m [<!ENTITY a '{'ha' * 50}'><!ENTITY b '{'&a;' * 50}'>]><m>{'&b;' * 50}</m>"

TROUBLES = {
    "401": (answer("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'), ExitCode.SERVER, "credentials"),
    "403": (answer("403 Forbidden"), ExitCode.PARTIAL, "the server refuses: 403 Forbidden"),
    "404": (answer("404 Not Found"), ExitCode.PARTIAL, "the server refuses: 404 Not Found"),
    "412": (answer("412 Precondition Failed"), ExitCode.PARTIAL, "the server refuses: 412 Precondition Failed"),
    "429": (answer("429 Too Many Requests", "Retry-After: 7200"), ExitCode.SERVER, "network"),
    "503": (answer("503 Service Unavailable", "Retry-After: 7200"), ExitCode.SERVER, "network"),
    "xml": (answer("207 Multi-Status", body="<d:multistatus <"), ExitCode.SERVER, "server"),
    "html": (answer("200 OK", body="<html>Log in</html>"), ExitCode.PARTIAL, "the server refuses: 200 OK"),
    "bomb": (answer("207 Multi-Status", body=BOMB), ExitCode.SERVER, "server"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_cut_after_any_byte(box: Box, kind: str) -> None:
    expected = box.undisturbed(kind)
    assert len(expected["interaction"]) == (8 if kind == "caldav" else 0)
    assert len(expected["person"]) == (3 if kind == "carddav" else 0)
    length = box.disturbed(kind, expected, [ExitCode.OK]).received
    assert length > 3_000
    for after in range(1, length, length // 12):
        box.disturbed(kind, expected, [ExitCode.OK], after, answers=Cut(after, 1))
    for after in range(0, length, length // 4):
        box.disturbed(kind, expected, (ExitCode.OK, ExitCode.SERVER), after, answers=Cut(after, 1_000))


def test_an_answer_cut_within_its_headers_is_asked_for_again(box: Box) -> None:
    expected = box.undisturbed("caldav")
    cut: list[bytes] = []

    def answers(_: int, data: bytes) -> bytes:
        if cut or b" 207 " not in data:
            return data
        cut.append(data)
        return data[: data.index(b"\r\n", data.index(b" 207 ")) + 9] + HANG_UP

    box.disturbed("caldav", expected, [ExitCode.OK], answers=answers)
    assert cut


def test_a_busy_server_is_waited_for_by_its_own_clock_whatever_it_shows(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(_dav_source, "Patience", lambda: Patience(pauses=(1.0,), wait=waited.append))
    expected = box.undisturbed("caldav")
    for year in (1971, 2026, 2060):
        date_, soon, late = (f"01 Jan {year} 00:{moment} GMT" for moment in ("00:00", "00:07", "59:00"))
        busy = answer("503 Service Unavailable", f"Date: {date_}", f"Retry-After: {soon}")
        box.disturbed("caldav", expected, [ExitCode.OK], year, asked=from_report(1, busy, last=1))
        busy = answer("429 Too Many Requests", f"Date: {date_}", f"Retry-After: {late}")
        box.disturbed("caldav", expected, [ExitCode.SERVER], year, asked=from_report(1, busy, last=1))
    assert waited == [7.0, 7.0, 7.0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sync_token_that_the_server_has_forgotten_loses_and_doubles_nothing(box: Box, kind: str) -> None:
    calm, stale = box.database(), box.database()
    port = box.place.server.port
    for database in (calm, stale):
        assert box.sync(kind, database, port) == ExitCode.OK
    box.place.meet("m", event("m@x"))
    box.place.know("mary")
    for database in (calm, stale):  # only what changes is asked for with a token
        assert box.sync(kind, database, port) == ExitCode.OK
    with closing(sqlite3.connect(stale)) as conn:
        old, new = '"token":"', '"token":"stale-'
        change = "update feed set cursor = replace(cursor, ?1, ?2) where cursor like '%' || ?1 || '%'"
        assert conn.execute(change, (old, new)).rowcount == 1
        conn.commit()
    box.place.change()

    for database in (calm, stale, stale):
        assert box.sync(kind, database, port) == ExitCode.OK

    assert history(stale) == history(calm)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_server_says_instead_of_a_report_costs_nothing(radicale: DavServer, tmp_path: Path, kind: str) -> None:
    box = Box(radicale, tmp_path)
    calm = box.database()
    databases = {trouble: box.database() for trouble in TROUBLES}
    for turn in ("first", "later"):
        assert box.sync(kind, calm, box.place.server.port) == ExitCode.OK
        expected = history(calm)
        for trouble, (said, code, told) in TROUBLES.items():
            database = databases[trouble]
            before = history(database)
            number = 2 if kind == "caldav" and turn == "first" else 1
            (port,) = box.ports.setdefault(trouble, free_ports(1))
            with relay(box.place.server.port, http=True, port=port, asked=from_report(number, said)) as between:
                assert (box.sync(kind, database, port), box.told) == (code, told), (turn, trouble)
                assert turn == "first" or history(database) == before, trouble
                assert integrity(database) == "ok", trouble
                between.calm()
                assert box.sync(kind, database, port) == ExitCode.OK, (turn, trouble)
            assert history(database) == expected, (turn, trouble)
        if turn == "first":
            box.place.change()


# -- the program ---------------------------------------------------------------------------------------------


class Program:
    """`dex sync` of an account behind a relay."""

    def __init__(self, dex: Dex, home: Path, place: Place) -> None:
        self.dex, self.home, self.place = dex, home, place
        (self.port,) = free_ports(1)
        """Of every relay: a calendar at another one is another calendar."""

    @contextmanager
    def relay(self, **said: Any) -> Iterator[Relay]:
        """The server is behind a relay that does as is said."""
        with relay(self.place.server.port, port=self.port, http=True, **said) as between:
            yield between

    def account(self, kind: str, name: str = "home", *words: str) -> None:
        """An account at the relay."""
        url = ("--url", f"http://127.0.0.1:{self.port}/", "--user", self.place.user)
        added = self.dex("account", "add", name, ME, "--type", kind, *url, *words)
        assert added.code == 0, added.err

    def begin(self, database: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [DEX, "sync", "-q", "--db", database],
            env={**os.environ, "DEXCLI_NOW": NOW, "DEXCLI_PASSWORD_HOME": PASSWORD},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def sync(self, database: Path, *words: str, code: int = 0, now: str = NOW, password: str = PASSWORD) -> Any:
        """The result, or the error where there is one."""
        ran = self.dex("sync", *words, "--json", "--db", database, env={"DEXCLI_PASSWORD_HOME": password}, now=now)
        assert ran.code == code, (ran.code, ran.out, ran.err)
        return ran.json["data"] if ran.out else ran.error

    def undisturbed(self, database: Path) -> dict[str, list[Any]]:
        with self.relay():
            self.sync(database)
        return history(database)


@pytest.fixture
def program(dex: Dex, home: Path, radicale: DavServer) -> Program:
    return Program(dex, home, Place(radicale))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trouble", ["401", "403", "503"])
def test_the_program_tells_what_a_server_refuses_and_is_whole_the_next_time(
    program: Program, tmp_path: Path, kind: str, trouble: str
) -> None:
    program.place.furnish()
    program.account(kind)
    expected = program.undisturbed(tmp_path / "undisturbed.db")
    said, code, told = TROUBLES[trouble]
    database = tmp_path / "disturbed.db"
    with program.relay(asked=from_report(2 if kind == "caldav" else 1, said)) as between:
        failed = program.sync(database, code=code)
        if code == ExitCode.SERVER:
            assert (failed["code"], bool(failed["hint"])) == (told, True)
        else:
            assert [one["reason"] for one in failed["report"]["skipped"]] == [told]
        between.calm()
        program.sync(database)
    assert history(database) == expected


def killed(program: Program, database: Path, at: Callable[[], bool], **said: Any) -> None:
    """Begin a sync, and kill it as soon as something holds."""
    with program.relay(**said), program.begin(database) as process:
        deadline = time.monotonic() + 30
        while not at():
            assert process.poll() is None, "it ended before"
            assert time.monotonic() < deadline
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL
    assert integrity(database) == "ok"


@pytest.fixture(scope="module")
def full(radicale: DavServer) -> Place:
    """Somebody with many meetings and people, whom no test changes."""
    place = Place(radicale)
    radicale.fill(place.user, place.calendar, calendar(*meetings(MANY)))
    radicale.fill(place.user, place.book, "".join(people(MANY)))
    return place


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_sync_that_is_killed_is_gone_on_with(
    dex: Dex, home: Path, full: Place, tmp_path: Path, kind: str
) -> None:
    program = Program(dex, home, full)
    program.account(kind)
    expected = program.undisturbed(tmp_path / "undisturbed.db")
    assert len(expected["interaction" if kind == "caldav" else "person"]) == MANY
    database = tmp_path / "killed.db"
    reports: list[str] = []

    def asked(_: int, head: str) -> None:
        if head.startswith("REPORT "):
            time.sleep(GATHER)  # each checkpoint is committed by itself
            reports.append(head)

    seen = 0
    killed(program, database, lambda: len(reports) == (2 if kind == "caldav" else 1), asked=asked)
    for _ in range(2 if kind == "caldav" else 1):
        seen = rows(database)
        killed(program, database, lambda: rows(database) > seen)  # noqa: B023 - called in this turn
    assert 0 < rows(database) < MANY
    with program.relay():
        program.sync(database)
        assert {**history(database), "cursors": []} == {**expected, "cursors": []}
        assert program.sync(database)["report"]["read"] == 0
    (operation,) = [
        one
        for one in program.dex("history", "--json", "--db", database).json["data"]["operations"]
        if "yours" not in one["summary"]
    ]
    assert operation["state"] == "done"
    program.dex("undo", operation["id"], "--db", database)
    assert rows(database) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_calendar_or_book_deleted_on_the_server_takes_nothing_with_it(
    program: Program, tmp_path: Path, kind: str
) -> None:
    place, database = program.place, tmp_path / "dex.db"
    place.furnish()
    program.account(kind)
    path = place.calendar if kind == "caldav" else place.book
    expected = program.undisturbed(tmp_path / "undisturbed.db")

    def vanish(_: int, head: str) -> None:
        if head.startswith("REPORT "):
            with suppress(requests.HTTPError):  # gone already
                place.forget(path)

    def back() -> None:
        (place.server.calendar if kind == "caldav" else place.server.book)(place.user)
        place.furnish()

    with program.relay(asked=vanish) as between:
        (skipped,) = program.sync(database, code=ExitCode.PARTIAL)["report"]["skipped"]
        assert skipped["reason"] == "the server refuses: 404 Not Found"
        back()
        between.calm()
        program.sync(database)
        assert history(database) == expected

        place.forget(path)
        error = program.sync(database, code=ExitCode.SERVER)
        assert error["message"].startswith("account home has no ")
        assert history(database) == expected
        back()
        assert program.sync(database)["report"]["operation_id"] is None
        assert history(database) == expected


def test_an_account_that_fails_keeps_no_other_from_its_own(program: Program, tmp_path: Path) -> None:
    program.place.furnish()
    program.account("caldav")
    program.account("carddav", "people")
    wrong = {"DEXCLI_PASSWORD_PEOPLE": "wrong"}
    database = tmp_path / "dex.db"
    with program.relay():
        ran = program.dex("sync", "--json", "--db", database, env={"DEXCLI_PASSWORD_HOME": PASSWORD, **wrong})
        assert ran.code == ExitCode.PARTIAL
        assert [(one["name"], one["error_code"]) for one in ran.json["data"]["accounts"]] == [
            ("home", None),
            ("people", "credentials"),
        ]
        assert len(history(database)["interaction"]) == 8
        ran = program.dex("sync", "--json", "--db", database, env={"DEXCLI_PASSWORD_HOME": "wrong", **wrong})
        assert (ran.code, ran.error["code"], ran.out) == (ExitCode.SERVER, "credentials", "")
        ran = program.dex("sync", "--db", database, env=dict.fromkeys(("DEXCLI_PASSWORD_HOME", *wrong), PASSWORD))
    assert ran.code == 0
    assert len(history(database)["person"]) == 3


def test_a_clock_that_goes_wrong_loses_and_doubles_nothing(program: Program, tmp_path: Path) -> None:
    program.place.furnish()
    program.account("caldav")
    calm, wrong = tmp_path / "calm.db", tmp_path / "wrong.db"
    with program.relay():
        program.sync(calm)
        for now in ("2031-01-01", "2020-01-01", NOW):
            program.sync(wrong, now=now)
        program.place.change()
        program.sync(calm)
        for now in ("2020-01-01", "2031-01-01", NOW):
            program.sync(wrong, now=now)
    assert importing.said(wrong) == importing.said(calm)
    assert integrity(wrong) == "ok"


# -- objects that no server in its right mind holds ----------------------------------------------------------


def holding(objects: Mapping[str, str], kind: str) -> Script:
    """A server whose one collection holds these objects by name, and knows no sync-token."""
    resource, data = ("c:calendar", "c:calendar-data") if kind == "caldav" else ("a:addressbook", "a:address-data")

    def script(request: Request) -> Reply:
        if not request.path.startswith("/home/"):
            return Reply(body=multistatus(HOME))
        if request.path == "/home/" or (request.method == "PROPFIND" and request.headers["Depth"] == "0"):
            return Reply(body=multistatus(collection("/home/office/", resource, sync="")))
        told = []
        for name, text in objects.items():
            href, etag = f"/home/office/{name}", f'"{crc32(text.encode())}"'
            if "multiget" in request.body and f"{href}<" not in request.body:
                continue
            if f"<{data}/>" in request.body:
                told.append(data_of(href, text, etag, data))
            else:
                told.append(found(href, f"<d:getetag>{etag}</d:getetag>"))
        return Reply(body=multistatus(*told))

    return script


def synced(dex: Dex, kind: str, url: str, database: Path, code: int) -> Any:
    """The report of a sync with that server."""
    added = dex("account", "add", "home", ME, "--type", kind, "--url", url, "--user", "ada")
    assert added.code in (0, 2), added.err  # it is there already
    ran = dex("sync", "--json", "--db", database, env={"DEXCLI_PASSWORD_HOME": PASSWORD})
    assert ran.code == code, (ran.out, ran.err)
    return ran.json["data"]["report"]


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_cannot_be_read_among_a_thousand_is_named_and_comes_when_it_is_mended(
    dex: Dex, tmp_path: Path, kind: str
) -> None:
    database = tmp_path / "dex.db"
    if kind == "caldav":
        objects = {f"{number}.ics": calendar(one) for number, one in enumerate(meetings(1_000))}
        name, table = "500.ics", "interaction"
        good, bad = objects[name], objects[name].replace("DTSTART:", "DTSTART:soon")
    else:
        objects = {f"{number}.vcf": one for number, one in enumerate(people(1_000))}
        name, table = "500.vcf", "person"
        good, bad = objects[name], objects[name].replace("BEGIN:VCARD", "BEGIN:VCRAD")
    objects[name] = bad
    with scripted(holding(objects, kind)) as server:
        report = synced(dex, kind, server.url, database, ExitCode.PARTIAL)
        assert [one["where"] for one in report["skipped"]] == [f"home/Work/{name}"]
        assert len(history(database)[table]) == 999
        objects[name] = good
        assert synced(dex, kind, server.url, database, ExitCode.OK)["read"] == 1
        assert len(history(database)[table]) == 1_000
        objects[name] = bad
        synced(dex, kind, server.url, database, ExitCode.PARTIAL)
        assert len(history(database)[table]) == 1_000, "what was known of it stays"


def test_rules_that_never_end_cost_themselves_and_nothing_else(dex: Dex, tmp_path: Path) -> None:
    days = (f"{date(2024, 3, 10) + timedelta(days=one):%Y%m%d}T090000Z" for one in range(90_000))
    rules = {
        "second": "RRULE:FREQ=SECONDLY;COUNT=1000000000",
        "zero": "RRULE:FREQ=DAILY;INTERVAL=0",
        "never": "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "hours": f"RRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))};BYMINUTE={','.join(map(str, range(60)))}",
        "days": f"RDATE:{','.join(days)}",
    }
    objects = {f"{name}.ics": calendar(event(f"{name}@x", rule)) for name, rule in rules.items()}
    objects["good.ics"] = calendar(event("good@x"))
    objects["daily.ics"] = calendar(event("daily@x", "RRULE:FREQ=DAILY;UNTIL=99991231T000000Z"))
    database = tmp_path / "dex.db"
    with scripted(holding(objects, "caldav")) as server:
        report = synced(dex, "caldav", server.url, database, ExitCode.PARTIAL)
        assert sorted(one["where"] for one in report["skipped"]) == sorted(f"home/Work/{name}.ics" for name in rules)
        keys = [row[0] for row in history(database)["interaction"]]
        assert "event:good@x" in keys
        assert sum(key.startswith("event:daily@x") for key in keys) == 403, "from 5 March on up to 400 days ahead"
        assert synced(dex, "caldav", server.url, database, ExitCode.OK)["read"] == 0


def test_what_the_calendar_says_now_holds_although_its_clock_was_ahead_before(dex: Dex, tmp_path: Path) -> None:
    late = event("a@x", "SEQUENCE:5", title="Ahead").replace("DTSTAMP:2026", "DTSTAMP:2036")
    objects = {"a.ics": calendar(late)}
    database = tmp_path / "dex.db"
    with scripted(holding(objects, "caldav")) as server:
        synced(dex, "caldav", server.url, database, ExitCode.OK)
        objects["a.ics"] = calendar(event("a@x", title="Right", start="DTSTART:20260306T090000Z"))
        assert synced(dex, "caldav", server.url, database, ExitCode.OK)["interactions"]["updated"] == 1
    ((title, on),) = [(row[6], row[4]) for row in history(database)["interaction"]]
    assert (title, on) == ("Right", "2026-03-06")
