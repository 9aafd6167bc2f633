"""Address books on a server (CardDAV): everybody first, then who was changed there. Nothing is written back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from dexcli.domain.records import Checkpoint, Skipped, SourceItem
from dexcli.sources import _card_objects
from dexcli.sources._card_objects import CardObject
from dexcli.sources._dav_client import CARDDAV, DAV, Client, DavAccount, Patience, RefusedError
from dexcli.sources._dav_collections import (
    BOOKS,
    GONE,
    Collection,
    TokenRefusedError,
    changes,
    collections,
    etags,
    is_same,
    multiget,
    token_of,
)

SOURCE = "carddav"

CARDS_PER_CHECKPOINT = 250

_DATA = f"{CARDDAV}address-data"


class _Book(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far an address book was read."""

    token: str = ""
    tag: str = ""
    objects: dict[str, str] = {}
    """The etag of each object by its name in the book."""
    groups: dict[str, tuple[tuple[str, ...], ...]] = {}
    """The groups of each object that holds such: a name and the UIDs of its members."""


class _Cursor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far each address book was read."""

    of: str
    """Whose they are: user and server."""
    homes: tuple[str, ...] = ()
    books: dict[str, _Book] = {}
    """By path."""


class CarddavSource:
    """The people of one account."""

    source = SOURCE

    def __init__(self, account: DavAccount, patience: Patience) -> None:
        self.account = account.name
        self._account = account
        self._patience = patience

    def goes_on(self, cursor: str | None) -> bool:
        """Whether reading from this cursor goes on behind what was read before."""
        return bool(_known(cursor, self._account).books)

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Yield a PersonRecord for everybody who is new or was changed, as the Source protocol says.

        Of a card that vanished nothing is said: the person stays. Raises NetworkError, CredentialsError or ServerError.
        """
        client = Client(self._account, self._patience)
        try:
            yield from _Reading(self._account, client, _known(cursor, self._account)).items()
        finally:
            client.close()


def open_account(account: DavAccount, patience: Patience | None = None) -> CarddavSource:
    """The source that reads an account."""
    return CarddavSource(account, patience or Patience())


def check(account: DavAccount, patience: Patience | None = None) -> list[str]:
    """The names of the address books that would be read. Raises as reading does."""
    client = Client(account, patience or Patience())
    try:
        return [one.name for one in collections(client, account, BOOKS)[0]]
    finally:
        client.close()


class _Reading:
    """One reading of an account."""

    def __init__(self, account: DavAccount, client: Client, known: _Cursor) -> None:
        self._account = account
        self._client = client
        self._homes = known.homes
        self._books = dict(known.books)

    def items(self) -> Iterator[SourceItem]:
        found, homes = collections(self._client, self._account, BOOKS, self._homes)
        self._homes = tuple(homes)
        for book in found:
            try:
                yield from self._book(book)
            except RefusedError as error:
                yield Skipped(where=f"{self._account.name}/{book.name}", reason=f"the server refuses: {error}")
        yield self._checkpoint()

    def _book(self, book: Collection) -> Iterator[SourceItem]:
        known = None if self._account.full else self._books.get(book.path)
        if known is not None and is_same(self._client, book, tag=known.tag, token=known.token):
            return
        known = known or _Book()
        changed, gone, token = self._changes(book, known)
        tag = book.tag
        cards, new, missing = self._fetched(book, sorted(changed))
        groups = {ref: said for ref, said in known.groups.items() if ref not in new and ref not in gone}
        groups |= {card.ref: said for card in cards if (said := _groups(card))}
        if groups != known.groups and known.objects:
            # Whoever is in a group says so by a tag, and is told about by another card: all are read again.
            rest = known.objects.keys() - new.keys() - gone
            more, etags_of_rest, missing_too = self._fetched(book, sorted(f"{book.path}{name}" for name in rest))
            cards, new, missing = [*cards, *more], new | etags_of_rest, [*missing, *missing_too]
        for name in missing:
            token, tag = known.token, known.tag  # it is asked for again
            where = f"{self._account.name}/{book.name}/{unquote(name)}"
            yield Skipped(where=where, reason="the server does not give it")
        tags = _card_objects.tags_of(groups)
        objects = {name: etag for name, etag in known.objects.items() if name not in gone}
        for count, card in enumerate(cards, start=1):
            yield from _card_objects.read(card, tags, source=SOURCE, account=self._account.name, folder=book.path)
            objects[card.ref] = new[card.ref]
            if count % CARDS_PER_CHECKPOINT == 0:
                # The token stays the old one until all is read: what was read so far has its etags already.
                yield self._checkpoint(book, msgspec.structs.replace(known, objects=dict(objects), tag=""))
        yield self._checkpoint(book, _Book(token=token, tag=tag, objects=objects, groups=groups))

    def _changes(self, book: Collection, known: _Book) -> tuple[list[str], set[str], str]:
        """The hrefs of what is new or changed, the names of what is gone, and the next token."""
        try:
            found, vanished, token = changes(self._client, book, known.token)
        except TokenRefusedError:
            token = token_of(self._client, book) if known.objects or not book.tag else ""
            found = etags(self._client, book)
            names = {_name(href, book) for href in found}
            return _news(found, book, known), known.objects.keys() - names, token
        return _news(found, book, known), {_name(href, book) for href in vanished}, token

    def _fetched(self, book: Collection, hrefs: list[str]) -> tuple[list[CardObject], dict[str, str], list[str]]:
        """The objects at these places, their etags, and the names of those that the server does not give.

        Those that are gone meanwhile are left out.
        """
        cards: list[CardObject] = []
        new: dict[str, str] = {}
        missing: list[str] = []
        for answers in multiget(self._client, book, hrefs, BOOKS):
            for answer in answers:
                name = _name(answer.href, book)
                if _DATA in answer.props:
                    where = f"{self._account.name}/{book.name}/{unquote(name)}"
                    data = (answer.props[_DATA].text or "").encode()
                    cards.append(_card_objects.held(data, ref=name, where=where))
                    new[name] = answer.text(f"{DAV}getetag")
                elif answer.status != GONE:
                    missing.append(name)
        return sorted(cards, key=lambda card: card.ref), new, missing

    def _checkpoint(self, book: Collection | None = None, known: _Book | None = None) -> Checkpoint:
        if book is not None and known is not None:
            self._books[book.path] = known
        cursor = _Cursor(of=self._account.owner, homes=self._homes, books=self._books)
        return Checkpoint(cursor=msgspec.json.encode(cursor).decode())


def _groups(card: CardObject) -> tuple[tuple[str, ...], ...]:
    return tuple((group.name, *sorted(group.members)) for group in card.groups() if group.name)


def _news(found: dict[str, str], book: Collection, known: _Book) -> list[str]:
    """The hrefs of what is new, or has another etag than before, or none."""
    return [href for href, etag in found.items() if not etag or known.objects.get(_name(href, book)) != etag]


def _name(href: str, book: Collection) -> str:
    """The name of an object within its book, as the server writes it."""
    return href.removeprefix(book.path)


def _known(cursor: str | None, account: DavAccount) -> _Cursor:
    """What a cursor says, if it was written for this very account."""
    try:
        known = msgspec.json.decode(cursor or "", type=_Cursor)
    except msgspec.DecodeError:
        known = None
    if known is None or known.of != account.owner:
        return _Cursor(of=account.owner)
    return known
