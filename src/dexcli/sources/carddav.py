"""Address books on a server (CardDAV): everybody first, then who was changed there. Nothing is written back."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from dexcli.domain.records import SourceItem
from dexcli.sources import _card_objects
from dexcli.sources._card_objects import CardObject
from dexcli.sources._dav_client import CARDDAV, DAV, DavAccount, Patience
from dexcli.sources._dav_collections import (
    BOOKS,
    GONE,
    Collection,
    TokenRefusedError,
    changes,
    etags,
    is_same,
    multiget,
    token_of,
)
from dexcli.sources._dav_source import Cursor, DavReading, DavSource, collection_names, name_of

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


class _Cursor(Cursor[_Book], frozen=True, kw_only=True, omit_defaults=True):
    """How far each address book was read."""

    places: dict[str, _Book] = msgspec.field(default_factory=dict, name="books")


CarddavSource = DavSource[DavAccount, _Book]


def open_account(account: DavAccount, patience: Patience | None = None) -> CarddavSource:
    """The source that reads an account: a PersonRecord for everybody who is new or was changed.

    Of a card that vanished nothing is said: the person stays.
    """
    return DavSource(SOURCE, _Reading, account, patience)


def check(account: DavAccount, patience: Patience | None = None) -> list[str]:
    """The names of the address books that would be read. Raises as reading does."""
    return collection_names(account, BOOKS, patience)


class _Reading(DavReading[DavAccount, _Book]):
    """One reading of an account."""

    kind = BOOKS
    cursor = _Cursor

    def read(self, book: Collection) -> Iterator[SourceItem]:
        """Yield who is new or was changed in an address book."""
        known = None if self.account.full else self.places.get(book.path)
        if known is not None and is_same(self.client, book, tag=known.tag, token=known.token):
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
            yield self.not_given(book, name)
        tags = _card_objects.tags_of(groups)
        objects = {name: etag for name, etag in known.objects.items() if name not in gone}
        for count, card in enumerate(cards, start=1):
            yield from _card_objects.read(card, tags, source=SOURCE, account=self.account.name, folder=book.path)
            objects[card.ref] = new[card.ref]
            if count % CARDS_PER_CHECKPOINT == 0:
                # The token stays the old one until all is read: what was read so far has its etags already.
                yield self.checkpoint(book, msgspec.structs.replace(known, objects=dict(objects), tag=""))
        yield self.checkpoint(book, _Book(token=token, tag=tag, objects=objects, groups=groups))

    def _changes(self, book: Collection, known: _Book) -> tuple[list[str], set[str], str]:
        """The hrefs of what is new or changed, the names of what is gone, and the next token."""
        try:
            found, vanished, token = changes(self.client, book, known.token)
        except TokenRefusedError:
            token = token_of(self.client, book) if known.objects or not book.tag else ""
            found = etags(self.client, book)
            names = {name_of(href, book) for href in found}
            return _news(found, book, known), known.objects.keys() - names, token
        return _news(found, book, known), {name_of(href, book) for href in vanished}, token

    def _fetched(self, book: Collection, hrefs: list[str]) -> tuple[list[CardObject], dict[str, str], list[str]]:
        """The objects at these places, their etags, and the names of those that the server does not give.

        Those that are gone meanwhile are left out.
        """
        cards: list[CardObject] = []
        new: dict[str, str] = {}
        missing: list[str] = []
        for answers in multiget(self.client, book, hrefs, BOOKS):
            for answer in answers:
                name = name_of(answer.href, book)
                if _DATA in answer.props:
                    data = (answer.props[_DATA].text or "").encode()
                    cards.append(_card_objects.held(data, ref=name, where=self.where(book, name)))
                    new[name] = answer.text(f"{DAV}getetag")
                elif answer.status != GONE:
                    missing.append(name)
        return sorted(cards, key=lambda card: card.ref), new, missing


def _groups(card: CardObject) -> tuple[tuple[str, ...], ...]:
    return tuple((group.name, *sorted(group.members)) for group in card.groups() if group.name)


def _news(found: dict[str, str], book: Collection, known: _Book) -> list[str]:
    """The hrefs of what is new, or has another etag than before, or none."""
    return [href for href, etag in found.items() if not etag or known.objects.get(name_of(href, book)) != etag]
