from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dexcli.domain.records import Checkpoint, Gone, InteractionRecord, Skipped, SourceItem
from dexcli.errors import CredentialsError, NetworkError, ServerError
from dexcli.sources import caldav
from dexcli.sources._dav_client import MOST_ANSWER, Patience
from dexcli.sources.caldav import CaldavAccount
from support.calendars import calendar, event
from support.dav_servers import NO_PATIENCE, NOW, DavServer
from support.scripted_dav import (
    HOME,
    Reply,
    Request,
    Script,
    ScriptedDav,
    collection,
    data_of,
    found,
    missing,
    multistatus,
    scripted,
)
from support.source_contract import SourceContract

Item = str | tuple[str, tuple[str, ...]]


class Calendar:
    """A calendar of somebody's on a server."""

    def __init__(self, server: DavServer, name: str = "work", user: str | None = None) -> None:
        self.server = server
        self.user = user or server.user()
        self.path = server.calendar(self.user, name)
        self.account = server.account(self.user, collections=(self.path,))

    def put(self, name: str, *components: str) -> None:
        self.server.put(self.user, f"{self.path}{name}.ics", calendar(*components))

    def delete(self, name: str) -> None:
        self.server.delete(self.user, f"{self.path}{name}.ics")

    def read(self, cursor: str | None = None, **said: Any) -> tuple[list[Item], str]:
        return read(replaced(self.account, said), cursor)


def replaced(account: CaldavAccount, said: dict[str, Any]) -> CaldavAccount:
    fields = {name: getattr(account, name) for name in account.__struct_fields__}
    return CaldavAccount(**{**fields, **said})


def read(account: CaldavAccount, cursor: str | None = None, patience: Patience = NO_PATIENCE) -> tuple[list[Item], str]:
    """What is read, in short, and the cursor behind it."""
    items = list(caldav.open_account(account, patience).read(cursor))
    last = items[-1]
    assert isinstance(last, Checkpoint)
    return short(items), last.cursor


def short(items: Sequence[SourceItem]) -> list[Item]:
    told: list[Item] = []
    for item in items:
        if isinstance(item, InteractionRecord):
            told.append(item.key.removeprefix("event:"))
        elif isinstance(item, Gone):
            told.append((item.origin.ref, tuple(sorted(key.removeprefix("event:") for key in item.keys))))
        elif isinstance(item, Skipped):
            told.append(f"{item.where}: {item.reason}")
    return told


# -- real servers -------------------------------------------------------------------------------------------


def test_the_last_two_years_and_all_that_is_to_come_are_read_first(dav_server: DavServer) -> None:
    work = Calendar(dav_server)
    work.put("a", event("a@x"))
    work.put("w", event("w@x", "RRULE:FREQ=WEEKLY;COUNT=3"))
    work.put("old", event("old@x", start="DTSTART:20230301T100000Z"))
    work.put("far", event("far@x", start="DTSTART:20310301T100000Z"))
    work.put("alone", event("alone@x", people=(), organizer=None))

    items, _ = work.read()

    assert sorted(map(str, items)) == [
        "a@x", "far@x", "w@x/20260305T090000Z", "w@x/20260312T090000Z", "w@x/20260319T090000Z",
    ]  # fmt: skip
    assert max(map(str, work.read(since=NOW.date() - timedelta(days=2000))[0])) == "w@x/20260319T090000Z"
    assert "old@x" in work.read(since=NOW.date() - timedelta(days=2000))[0]


def test_afterwards_only_what_is_new_changed_or_deleted_is_read(dav_server: DavServer) -> None:
    work = Calendar(dav_server)
    work.put("a", event("a@x"))
    work.put("b", event("b@x"))
    work.put("c", event("c@x"))
    _, cursor = work.read()
    assert work.read(cursor) == ([], cursor)

    for turn in ("1", "2"):  # by etags, and then by the token that was got meanwhile
        work.put("a", event("a@x", f"SEQUENCE:{turn}", start="DTSTART:20260306T100000Z"))
        work.delete("b" if turn == "1" else "d1")
        work.put(f"d{turn}", event(f"d{turn}@x"))
        items, later = work.read(cursor)

        new, gone = f"d{turn}", "b.ics" if turn == "1" else "d1.ics"
        expected = ["a@x", ("a.ics", ("a@x",)), f"{new}@x", (f"{new}.ics", (f"{new}@x",)), (gone, ())]
        assert sorted(items, key=str) == sorted(expected, key=str)
        assert work.read(later) == ([], later)
        assert '"token":"' in later
        cursor = later


def test_a_token_that_the_server_does_not_know_means_to_compare_everything(dav_server: DavServer) -> None:
    work = Calendar(dav_server)
    for name in "abc":
        work.put(name, event(f"{name}@x"))
    _, cursor = work.read()
    work.put("d", event("d@x"))
    _, cursor = work.read(cursor)
    assert '"token":"' in cursor
    work.put("a", event("a@x", title="Changed"))
    work.delete("b")

    items, later = work.read(cursor.replace('"token":"', '"token":"stale-'))

    assert sorted(items, key=str) == sorted(["a@x", ("a.ics", ("a@x",)), ("b.ics", ())], key=str)
    assert work.read(later) == ([], later)


def test_everything_read_again_tells_what_is_gone_meanwhile(dav_server: DavServer) -> None:
    work = Calendar(dav_server)
    work.put("a", event("a@x"))
    work.put("b", event("b@x"))
    _, cursor = work.read()
    work.delete("b")

    items, _ = work.read(cursor, full=True)

    assert items == ["a@x", ("a.ics", ("a@x",)), ("b.ics", ())]


def test_what_was_taken_out_of_a_series_is_not_among_its_keys(dav_server: DavServer) -> None:
    work = Calendar(dav_server)
    work.put("w", event("w@x", "RRULE:FREQ=WEEKLY;COUNT=3"))
    _, cursor = work.read()
    work.put("w", event("w@x", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20260312T090000Z"))

    items, _ = work.read(cursor)

    keys = ("w@x/20260305T090000Z", "w@x/20260319T090000Z")
    assert items == [*keys, ("w.ics", keys)]


def test_a_series_without_end_is_followed_as_the_years_go_by(radicale: DavServer) -> None:
    work = Calendar(radicale)
    work.put("w", event("w@x", "RRULE:FREQ=MONTHLY"))
    work.put("a", event("a@x"))
    items, cursor = work.read()
    assert len(items) == 15

    soon, _ = work.read(cursor, today=NOW.date() + timedelta(days=100))
    assert soon == []
    later, cursor = work.read(cursor, today=NOW.date() + timedelta(days=300))
    assert len(later) == 14 + 10 + 1
    assert isinstance(later[-1], tuple)
    assert work.read(cursor, today=NOW.date() + timedelta(days=310))[0] == []


def test_calendars_are_chosen_by_name_and_a_name_that_none_has_says_which_there_are(radicale: DavServer) -> None:
    user = radicale.user()
    for name in ("work", "home"):
        Calendar(radicale, name, user).put(name, event(f"{name}@x"))

    assert read(radicale.account(user, collections=("Home",)))[0] == ["home@x"]
    assert sorted(map(str, read(radicale.account(user))[0])) == ["home@x", "work@x"]
    with pytest.raises(ServerError, match="has no calendar 'Sport'") as raised:
        read(radicale.account(user, collections=("Sport",)))
    assert raised.value.hint == "there are: Home, Work"
    assert caldav.check(radicale.account(user)) == ["Home", "Work"]


def test_the_url_of_one_calendar_is_enough(radicale: DavServer) -> None:
    work = Calendar(radicale)
    work.put("a", event("a@x"))

    assert read(radicale.account(work.user, url=radicale.url.rstrip("/") + work.path))[0] == ["a@x"]


def test_a_calendar_that_was_deleted_on_the_server_takes_nothing_with_it(radicale: DavServer) -> None:
    work = Calendar(radicale)
    work.put("a", event("a@x"))
    home = Calendar(radicale, "home", work.user)
    account = radicale.account(work.user)
    _, cursor = read(account)
    radicale.delete(work.user, work.path)

    items, later = read(account, cursor)

    assert items == []
    assert work.path in later
    assert home.path in later


def test_a_wrong_password_says_so(radicale: DavServer) -> None:
    with pytest.raises(CredentialsError, match="does not take the user name or the password"):
        read(radicale.account("nobody"))


def test_what_was_stored_of_a_reading_is_still_understood(radicale: DavServer) -> None:
    calendar = Calendar(radicale)
    calendar.put("1", event("uid-1"))
    _, cursor = read(calendar.account)
    (said,) = json.loads(cursor)["calendars"].values()

    stored = {"of": calendar.account.owner, "homes": [], "calendars": {calendar.path: said}}

    assert sorted(said) == ["objects", "since", "tag", "until"]
    assert read(calendar.account, json.dumps(stored))[0] == []


def test_the_place_of_another_account_says_nothing_about_this_one(radicale: DavServer) -> None:
    one, other = Calendar(radicale), Calendar(radicale)
    one.put("a", event("a@x"))
    other.put("b", event("b@x"))
    _, cursor = one.read()

    assert other.read(cursor)[0] == ["b@x"]


class TestCaldavSource(SourceContract):
    @pytest.fixture(autouse=True)
    def _calendars(self, radicale: DavServer) -> None:
        self._small = Calendar(radicale)
        self._small.put("a", event("a@x"))
        self._small.put("b", event("b@x", "RRULE:FREQ=WEEKLY;COUNT=2"))

    def source(self) -> caldav.CaldavSource:
        return caldav.open_account(self._small.account, NO_PATIENCE)

    def large_source(self) -> caldav.CaldavSource:
        events = [data_of(f"/home/office/{n:04}.ics", calendar(event(f"{n}@x", start=start(n)))) for n in range(4_100)]
        return _ScriptedSource(events)


def start(number: int) -> str:
    """So many hours after the first day that is read."""
    return f"DTSTART:{datetime(2024, 3, 10, tzinfo=UTC) + timedelta(hours=4 * number):%Y%m%dT%H%M%SZ}"


class _ScriptedSource(caldav.CaldavSource):
    """A source whose server is there while it is read."""

    def __init__(self, events: list[str]) -> None:
        self._events = events
        self.account = "test"

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        def script(request: Request) -> Reply:
            if "calendar-query" in request.body:
                first, last = (request.body.partition(f' {word}="')[2][:8] for word in ("start", "end"))
                slot = [one for one in self._events if first <= one.partition("DTSTART:")[2][:8] < (last or "9")]
                return Reply(body=multistatus(*slot))
            return _discovery(request)

        with scripted(script) as server:
            account = scripted_account(server, url=server.url)
            yield from caldav.open_account(account, NO_PATIENCE).read(
                cursor and cursor.replace(_port(cursor), server.url.rpartition(":")[2].rstrip("/"))
            )


def _port(cursor: str) -> str:
    return cursor.partition("127.0.0.1:")[2].partition("/")[0] if "127.0.0.1:" in cursor else "\0"


# -- servers that say what a test wants ---------------------------------------------------------------------


def scripted_account(server: ScriptedDav, **said: Any) -> CaldavAccount:
    return CaldavAccount(
        **{
            "name": "test", "url": server.url, "user": "ada", "auth": "basic",
            "secret": lambda: ("password", "hunter2"), "today": NOW.date(), "zone": UTC, **said,
        }
    )  # fmt: skip


def _discovery(request: Request, sync: str = "t1") -> Reply:
    if request.path in ("/home/", "/home/office/"):
        return Reply(body=multistatus(collection("/home/office/", sync=sync)))
    return Reply(body=multistatus(HOME))


def serving(*objects: str, **replies: Reply) -> Script:
    """A calendar of these objects; a reply by the word of a report goes before."""

    def script(request: Request) -> Reply:
        for word, reply in replies.items():
            if word.replace("_", "-") in request.body:
                return reply
        if "calendar-query" in request.body or "multiget" in request.body:
            return Reply(body=multistatus(*objects))
        return _discovery(request)

    return script


ONE = data_of("/home/office/a.ics", calendar(event("a@x")))


def failed(script: Script, **said: Any) -> ServerError:
    with scripted(script) as server, pytest.raises(ServerError) as raised:
        read(scripted_account(server, **said))
    return raised.value


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (Reply(401), CredentialsError, "does not take the user name or the password"),
        (Reply(403), CredentialsError, "does not let ada in: 403 Forbidden"),
        (Reply(404), ServerError, "has no calendars at /: 404 Not Found"),
        (Reply(405), ServerError, "has no calendars at /: 405 Method Not Allowed"),
        (Reply(500), NetworkError, "it answers 500"),
        (Reply(429), NetworkError, "is busy: 429 Too Many Requests"),
        (Reply(503, headers={"Retry-After": "7200"}), NetworkError, "is busy: 503 Service Unavailable"),
        (Reply(207, "<html>"), ServerError, "answers what makes no sense"),
        (Reply(207, "<html></html>"), ServerError, "answers what makes no sense"),
        (Reply(200, "<html></html>"), ServerError, "has no calendars at /: 200 OK"),
        (Reply(207, multistatus(HOME), cut_after=40), NetworkError, "127.0.0.1"),
    ],
)  # fmt: skip
def test_what_a_server_refuses_is_told_in_words(reply: Reply, kind: type[ServerError], told: str) -> None:
    error = failed(lambda _: reply)

    assert type(error) is kind
    assert told in error.message
    assert error.hint


@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><m>&b;</m>',
        '<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]><m>&a;</m>',
        '<!DOCTYPE m SYSTEM "http://127.0.0.1:1/"><m/>',
    ],
)
def test_a_document_type_is_refused(bomb: str) -> None:
    assert "makes no sense" in failed(lambda _: Reply(body=f'<?xml version="1.0"?>{bomb}')).message
    assert "makes no sense" in failed(lambda _: Reply(body=f"\ufeff{bomb}".encode("utf-16"))).message


def test_a_busy_server_is_waited_for_as_long_as_it_says() -> None:
    waited: list[float] = []
    left = [Reply(503, headers={"Retry-After": "7"}), Reply(429, headers={"Retry-After": "3"}), Reply(502)]
    with scripted(lambda request: left.pop(0) if left else serving(ONE)(request)) as server:
        items, _ = read(scripted_account(server), patience=Patience(pauses=(1.0, 2.0, 4.0), wait=waited.append))

    assert items == ["a@x"]
    assert waited == [7.0, 3.0, 4.0]


def test_a_line_that_is_cut_within_a_report_is_tried_again_and_then_an_error() -> None:
    cut = Reply(body=multistatus(ONE), cut_after=100)
    replies = [cut]
    waited: list[float] = []

    def script(request: Request) -> Reply:
        if "calendar-query" in request.body and replies:
            return replies.pop()
        return serving(ONE)(request)

    with scripted(script) as server:
        items, _ = read(scripted_account(server), patience=Patience(pauses=(1.0,), wait=waited.append))
        assert (items, waited) == (["a@x"], [1.0])

    assert isinstance(failed(serving(calendar_query=cut)), NetworkError)


def test_what_was_read_before_the_line_broke_is_not_asked_for_again() -> None:
    asked = 0

    def script(request: Request) -> Reply:
        nonlocal asked
        if "calendar-query" not in request.body:
            return _discovery(request)
        asked += 1
        return Reply(500) if asked == 2 else Reply(body=multistatus(ONE))

    with scripted(script) as server:
        source = caldav.open_account(scripted_account(server), NO_PATIENCE)
        items: list[SourceItem] = []
        with pytest.raises(NetworkError):
            items.extend(source.read(None))
        # extend keeps what came before the error
        cursor = [item for item in items if isinstance(item, Checkpoint)][-1].cursor
        again, _ = read(scripted_account(server), cursor)

    assert short(items) == ["a@x"]
    assert again == []


def test_too_much_at_once_is_asked_for_in_smaller_slices() -> None:
    sizes: list[int] = []

    def script(request: Request) -> Reply:
        if "calendar-query" not in request.body:
            return _discovery(request)
        first, last = (request.body.partition(f' {word}="')[2][:8] for word in ("start", "end"))
        days = (datetime.strptime(last, "%Y%m%d") - datetime.strptime(first, "%Y%m%d")).days if last else 9_999  # noqa: DTZ007
        sizes.append(days)
        return Reply(400) if days > 100 and first < "20270401" else Reply(body=multistatus(ONE))

    with scripted(script) as server:
        assert read(scripted_account(server))[0] == ["a@x"]
    assert 9_999 in sizes[:-1]
    assert sizes[-1] == 9_999


def test_one_event_that_cannot_be_read_is_skipped_and_named() -> None:
    bad = data_of("/home/office/b%20b.ics", calendar(event("b@x", start="DTSTART:soon")))
    with scripted(serving(ONE, bad)) as server:
        items, _ = read(scripted_account(server))

    assert items[0] == "a@x"
    assert str(items[1]).startswith("test/Work/b b.ics: ")


def test_a_calendar_that_the_server_refuses_is_skipped_and_the_others_are_read() -> None:
    def script(request: Request) -> Reply:
        if request.path == "/home/":
            return Reply(body=multistatus(collection("/home/closed/", name="Closed"), collection("/home/office/")))
        return Reply(403) if request.path == "/home/closed/" else serving(ONE)(request)

    with scripted(script) as server:
        items, _ = read(scripted_account(server))

    assert items == ["test/Closed: the server refuses: 403 Forbidden", "a@x"]


def test_a_changed_event_that_vanishes_before_it_is_fetched_is_gone() -> None:
    with scripted(serving(ONE)) as server:
        _, cursor = read(scripted_account(server))
    changed = multistatus(found("/home/office/a.ics", '<d:getetag>"2"</d:getetag>'), sync="t2")
    replies = {
        "sync_collection": Reply(body=changed),
        "multiget": Reply(body=multistatus(missing("/home/office/a.ics"))),
    }

    def script(request: Request) -> Reply:
        return _discovery(request, "t2") if request.method == "PROPFIND" else serving(ONE, **replies)(request)

    with scripted(script) as server:
        account = scripted_account(server)
        items, _ = read(account, cursor.replace(_port(cursor), server.url.rpartition(":")[2].rstrip("/")))

    assert items == [("a.ics", ())]


def test_what_the_server_cannot_give_just_now_is_skipped_and_asked_for_again() -> None:
    changed = multistatus(found("/home/office/a.ics", '<d:getetag>"2"</d:getetag>'), sync="t2")
    refused = multistatus(missing("/home/office/a.ics", "500 Internal Server Error"))
    replies = {"sync_collection": Reply(body=changed), "multiget": Reply(body=refused)}
    at = "t1"

    def script(request: Request) -> Reply:
        known = {} if at == "t1" else replies
        return _discovery(request, at) if request.method == "PROPFIND" else serving(ONE, **known)(request)

    with scripted(script) as server:
        _, cursor = read(scripted_account(server))
        at = "t2"
        items, cursor = read(scripted_account(server), cursor)
        assert items == ["test/Work/a.ics: the server does not give it"]
        del replies["multiget"]
        assert read(scripted_account(server), cursor)[0] == ["a@x", ("a.ics", ("a@x",))]


def test_a_multiget_that_is_too_much_is_asked_for_in_halves() -> None:
    names = [f"{number}" for number in range(5)]
    at = "t1"

    def script(request: Request) -> Reply:
        if request.method == "PROPFIND":
            return _discovery(request, at)
        if "multiget" in request.body:
            wanted = [name for name in names if f"/{name}.ics" in request.body]
            more = [missing("/home/office/", "507 Insufficient Storage")] if len(wanted) > 2 else []
            given = [data_of(f"/home/office/{name}.ics", calendar(event(f"{name}@x"))) for name in wanted[:2]]
            return Reply(body=multistatus(*given, *more))
        if "sync-collection" in request.body:
            etags = [found(f"/home/office/{name}.ics", '<d:getetag>"1"</d:getetag>') for name in names]
            return Reply(body=multistatus(*etags, sync="t2"))
        return Reply(body=multistatus())

    with scripted(script) as server:
        _, cursor = read(scripted_account(server))
        at = "t2"
        items, _ = read(scripted_account(server), cursor)

    assert [item for item in items if isinstance(item, str)] == [f"{name}@x" for name in names]


def test_reading_everything_again_that_is_cut_off_still_tells_what_is_gone() -> None:
    two = data_of("/home/office/b.ics", calendar(event("b@x")))
    objects = [ONE, two]
    asked = 0

    def script(request: Request) -> Reply:
        nonlocal asked
        asked += "calendar-query" in request.body
        return Reply(500) if asked == 2 and len(objects) == 1 else serving(*objects)(request)

    with scripted(script) as server:
        _, cursor = read(scripted_account(server))
        del objects[1]
        asked = 0
        source = caldav.open_account(scripted_account(server, full=True), NO_PATIENCE)
        items: list[SourceItem] = []
        with pytest.raises(NetworkError):
            items.extend(source.read(cursor))
        asked = 10
        half = [item for item in items if isinstance(item, Checkpoint)][-1].cursor
        again, _ = read(scripted_account(server), half)

    assert short(items) == ["a@x", ("a.ics", ("a@x",))]
    assert again == [("b.ics", ())]


def test_the_url_of_one_calendar_asks_for_none_of_its_objects() -> None:
    def script(request: Request) -> Reply:
        if request.method == "PROPFIND":
            return Reply(body=multistatus(collection(request.path)))
        return serving(ONE)(request)

    with scripted(script) as server:
        account = scripted_account(server, url=f"{server.url}home/office/")
        assert read(account)[0] == ["a@x"]
        depths = [request.headers["Depth"] for request in server.asked if request.method == "PROPFIND"]
    assert set(depths) == {"0"}


def test_no_calendar_at_all_is_an_error() -> None:
    error = failed(lambda request: Reply(body=multistatus() if request.path == "/home/" else multistatus(HOME)))

    assert error.message == "account test has no calendar at all"


def test_a_sync_in_parts_is_read_to_its_end() -> None:
    with scripted(serving(ONE)) as server:
        _, cursor = read(scripted_account(server))
    etag = '<d:getetag>"2"</d:getetag>'
    parts = {
        "t1": multistatus(
            found("/home/office/a.ics", etag), missing("/home/office/", "507 Insufficient Storage"), sync="t2"
        ),
        "t2": multistatus(missing("/home/office/b.ics"), sync="t3"),
    }
    tokens: list[str] = []

    def script(request: Request) -> Reply:
        if request.method == "PROPFIND":
            return _discovery(request, "t3")
        if "sync-collection" in request.body:
            tokens.append(request.body.partition("sync-token>")[2].partition("<")[0])
            return Reply(body=parts[tokens[-1]])
        return serving(ONE)(request)

    with scripted(script) as server:
        account = scripted_account(server)
        items, later = read(account, cursor.replace(_port(cursor), server.url.rpartition(":")[2].rstrip("/")))

    assert tokens == ["t1", "t2"]
    assert items == ["a@x", ("a.ics", ("a@x",))]
    assert '"token":"t3"' in later


@pytest.mark.parametrize(
    "target", ["https://127.0.0.1/dav/", "http://evil.example/dav/", "http://127.0.0.1.evil.example/"]
)
def test_the_secret_goes_to_no_other_host(target: str) -> None:
    error = failed(lambda _: Reply(302, headers={"Location": target}))

    assert "refers to" in error.message
    assert error.hint is not None


def test_a_referral_on_the_same_host_is_followed_and_one_in_a_circle_is_not() -> None:
    def script(request: Request) -> Reply:
        if request.path == "/.well-known/caldav":
            return Reply(301, headers={"Location": "/dav/"})
        return serving(ONE)(request)

    with scripted(script) as server:
        assert read(scripted_account(server))[0] == ["a@x"]
        paths = [request.path for request in server.asked]
        assert paths == [
            "/.well-known/caldav",
            "/dav/",
            "/home/",
            "/home/office/",
            *["/home/office/"] * (len(paths) - 4),
        ]

    error = failed(lambda request: Reply(301, headers={"Location": request.path}))
    assert "without end" in error.message


def test_a_referral_that_never_ends_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dexcli.sources._dav_client.MOST_ANSWER", 1024 * 1024)

    error = failed(lambda _: Reply(301, b"x" * 65_536, headers={"Location": "/dav/"}, endless=True))

    assert "more than 1 MB" in error.message


def test_a_token_goes_as_a_bearer_and_the_password_as_basic() -> None:
    for auth, secret, said in (
        ("basic", ("password", "hunter2"), "Basic YWRhOmh1bnRlcjI="),
        ("bearer", ("token", "secret"), "Bearer secret"),
    ):
        with scripted(serving(ONE)) as server:
            read(scripted_account(server, auth=auth, secret=lambda secret=secret: secret))
            assert {request.headers["Authorization"] for request in server.asked} == {said}


def test_a_digest_is_answered_without_the_password() -> None:
    def script(request: Request) -> Reply:
        if not request.headers.get("Authorization", "").startswith("Digest "):
            return Reply(401, headers={"WWW-Authenticate": 'Digest realm="dav", nonce="abc", qop="auth"'})
        return serving(ONE)(request)

    with scripted(script) as server:
        assert read(scripted_account(server, auth="digest"))[0] == ["a@x"]
        assert "hunter2" not in str(server.asked)


def test_an_answer_that_is_too_large_is_asked_for_in_smaller_slices_and_then_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert MOST_ANSWER > 50_000_000
    monkeypatch.setattr("dexcli.sources._dav_client.MOST_ANSWER", 1_500)
    with scripted(serving(data_of("/home/office/a.ics", "x" * 2_000))) as server:
        items, _ = read(scripted_account(server))
        asked = len(server.asked)

    assert [str(item).partition(": ")[0] for item in items] == ["test/Work"]
    assert asked > 8


def test_nobody_there_is_told_with_the_reason() -> None:
    with scripted(serving()) as server:
        url = server.url
    account = scripted_account(ScriptedDav(url, []))
    with pytest.raises(NetworkError, match="Connection refused"):
        read(account)
