from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from dexcli.domain.records import Checkpoint, PersonRecord, Skipped, SourceItem
from dexcli.errors import CredentialsError, ServerError
from dexcli.sources import carddav
from dexcli.sources._dav_client import DavAccount
from support.dav_servers import NO_PATIENCE, DavServer
from support.importing import card
from support.scripted_dav import HOME, Reply, Request, collection, data_of, found, multistatus, scripted
from support.source_contract import SourceContract


class Book:
    """An address book of somebody's on a server."""

    def __init__(self, server: DavServer, name: str = "people", user: str | None = None) -> None:
        self.server = server
        self.user = user or server.user()
        self.path = server.book(self.user, name)
        self.account = server.people(self.user, collections=(self.path,))

    def put(self, name: str, *lines: str, called: str | None = None) -> None:
        self.server.put(self.user, f"{self.path}{name}.vcf", card(called or name.title(), *lines, uid=name))

    def group(self, *members: str, name: str = "Navy") -> None:
        lines = [f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{member}" for member in members]
        self.put("group", "X-ADDRESSBOOKSERVER-KIND:group", *lines, called=name)

    def delete(self, name: str) -> None:
        self.server.delete(self.user, f"{self.path}{name}.vcf")

    def read(self, cursor: str | None = None) -> tuple[list[str], str]:
        return read(self.account, cursor)


def read(account: DavAccount, cursor: str | None = None) -> tuple[list[str], str]:
    """Who is read, with their tags, and the cursor behind them."""
    items = list(carddav.open_account(account, NO_PATIENCE).read(cursor))
    last = items[-1]
    assert isinstance(last, Checkpoint)
    told = []
    for item in items:
        if isinstance(item, PersonRecord):
            told.append(" +".join([item.name, *item.tags]))
        elif isinstance(item, Skipped):
            told.append(f"{item.where}: {item.reason}")
    return told, last.cursor


def test_everybody_is_read_first_and_then_who_is_new_or_was_changed(dav_server: DavServer) -> None:
    book = Book(dav_server)
    book.put("ada", "EMAIL:ada@example.org")
    book.put("grace")
    book.put("emmy")
    names, cursor = book.read()
    assert names == ["Ada", "Emmy", "Grace"]
    assert book.read(cursor) == ([], cursor)

    book.put("ada", "EMAIL:ada@example.org", called="Ada King")
    book.delete("grace")
    book.put("alan")
    names, later = book.read(cursor)

    assert names == ["Ada King", "Alan"]
    assert book.read(later) == ([], later)


def test_a_record_says_where_it_is_from_and_what_it_is(radicale: DavServer) -> None:
    book = Book(radicale)
    book.put("ada", "EMAIL:ada@example.org", "BDAY:--12-10")

    (record,) = [
        item for item in carddav.open_account(book.account, NO_PATIENCE).read(None) if isinstance(item, PersonRecord)
    ]

    assert record.key == "card:ada"
    assert record.where == "test/People/ada.vcf"
    origin = record.origin
    assert (origin.source, origin.account, origin.folder, origin.ref) == ("carddav", "test", book.path, "ada.vcf")
    assert [(claim.field, claim.value) for claim in record.claims] == [
        ("email", "ada@example.org"),
        ("birthday", "--12-10"),
    ]


def test_a_token_that_the_server_does_not_know_means_to_compare_everything(dav_server: DavServer) -> None:
    book = Book(dav_server)
    book.put("ada")
    book.put("grace")
    _, cursor = book.read()
    book.put("emmy")
    _, cursor = book.read(cursor)
    assert '"token":"' in cursor
    book.put("ada", called="Ada King")

    names, later = book.read(cursor.replace('"token":"', '"token":"stale-'))

    assert names == ["Ada King"]
    assert book.read(later) == ([], later)


def test_what_was_stored_of_a_reading_is_still_understood(radicale: DavServer) -> None:
    book = Book(radicale)
    book.put("ada")
    _, cursor = book.read()
    (said,) = json.loads(cursor)["books"].values()

    stored = {"of": book.account.owner, "homes": [], "books": {book.path: said}}

    assert sorted(said) == ["objects", "tag"]
    assert book.read(json.dumps(stored))[0] == []


def test_a_group_is_a_tag_and_whoever_joins_or_leaves_it_is_read_again(dav_server: DavServer) -> None:
    book = Book(dav_server)
    book.put("ada")
    book.put("grace")
    book.group("grace")
    names, cursor = book.read()
    assert names == ["Ada", "Grace +Navy"]

    book.group("ada")
    names, cursor = book.read(cursor)
    assert names == ["Ada +Navy", "Grace"]

    book.delete("group")
    names, cursor = book.read(cursor)
    assert names == ["Ada", "Grace"]
    assert book.read(cursor)[0] == []


def test_several_books_are_read_or_those_that_are_chosen(radicale: DavServer) -> None:
    user = radicale.user()
    Book(radicale, "home", user).put("ada")
    Book(radicale, "work", user).put("grace")

    assert sorted(read(radicale.people(user))[0]) == ["Ada", "Grace"]
    assert read(radicale.people(user, collections=("Work",)))[0] == ["Grace"]
    assert carddav.check(radicale.people(user)) == ["Home", "Work"]
    with pytest.raises(ServerError, match="has no address book 'Sport'"):
        read(radicale.people(user, collections=("Sport",)))


def test_a_wrong_password_says_so(radicale: DavServer) -> None:
    with pytest.raises(CredentialsError):
        read(radicale.people("nobody"))


def test_a_card_that_cannot_be_read_is_skipped_and_named() -> None:
    bad = data_of("/home/people/bad.vcf", "garbage", kind="a:address-data")
    good = data_of("/home/people/ada.vcf", card("Ada"), kind="a:address-data")
    etags = [found(f"/home/people/{name}.vcf", '<d:getetag>"1"</d:getetag>') for name in ("ada", "bad")]

    def script(request: Request) -> Reply:
        if "multiget" in request.body:
            return Reply(body=multistatus(bad, good))
        if request.path == "/home/people/":
            return Reply(body=multistatus(*etags))
        return Reply(
            body=multistatus(collection("/home/people/", "a:addressbook") if request.path == "/home/" else HOME)
        )

    with scripted(script) as server:
        account = DavAccount(
            name="test", url=server.url, user="ada", auth="basic", secret=lambda: ("password", "hunter2")
        )
        names, _ = read(account)

    assert names == ["Ada", "test/Work/bad.vcf: not a card: BEGIN:VCARD is missing"]


class TestCarddavSource(SourceContract):
    @pytest.fixture(autouse=True)
    def _books(self, radicale: DavServer) -> None:
        self._server = radicale
        self._small = Book(radicale)
        self._small.put("ada", "EMAIL:ada@example.org")
        self._small.put("grace")

    def source(self) -> carddav.CarddavSource:
        return carddav.open_account(self._small.account, NO_PATIENCE)

    def large_source(self) -> carddav.CarddavSource:
        return _Scripted()


class _Scripted(carddav.CarddavSource):
    """A source over 4,100 cards, whose server is there while it is read."""

    def __init__(self) -> None:
        self.account = "test"

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        names = [f"{number:04}" for number in range(4_100)]

        def script(request: Request) -> Reply:
            if "multiget" in request.body:
                wanted = [name for name in names if f"/{name}.vcf" in request.body]
                cards = [
                    data_of(f"/home/people/{name}.vcf", card(f"Ada {name}", uid=name), kind="a:address-data")
                    for name in wanted
                ]
                return Reply(body=multistatus(*cards))
            if request.path == "/home/people/":
                etag = '<d:getetag>"1"</d:getetag>'
                return Reply(body=multistatus(*(found(f"/home/people/{name}.vcf", etag) for name in names)))
            said = collection("/home/people/", "a:addressbook") if request.path == "/home/" else HOME
            return Reply(body=multistatus(said))

        with scripted(script) as server:
            account = DavAccount(
                name="test", url=server.url, user="ada", auth="basic", secret=lambda: ("password", "hunter2")
            )
            port = server.url.rpartition(":")[2].rstrip("/")
            if cursor and "127.0.0.1:" in cursor:
                cursor = cursor.replace(cursor.partition("127.0.0.1:")[2].partition("/")[0], port)
            yield from carddav.open_account(account, NO_PATIENCE).read(cursor)
