"""What calendars and address books on a server have in common as sources: one collection after the other, each with its
place in the cursor.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Generic, TypeVar
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from dexcli.domain.records import Checkpoint, Skipped, SourceItem
from dexcli.sources._dav_client import Client, DavAccount, Patience, RefusedError
from dexcli.sources._dav_collections import Collection, Kind, collections

P = TypeVar("P")
"""How far a collection was read."""
A = TypeVar("A", bound=DavAccount)


class Cursor(Struct, Generic[P], frozen=True, kw_only=True, omit_defaults=True):
    """How far each collection was read. It is stored: what a subclass calls `places` stays called so."""

    of: str
    """Whose they are: user and server."""
    homes: tuple[str, ...] = ()
    places: dict[str, P] = {}
    """By path."""


class DavReading(ABC, Generic[A, P]):
    """One reading of an account."""

    kind: ClassVar[Kind]
    cursor: type[Cursor[P]]

    def __init__(self, account: A, client: Client, known: Cursor[P]) -> None:
        self.account = account
        self.client = client
        self.places = dict(known.places)
        self._homes = known.homes

    def items(self) -> Iterator[SourceItem]:
        """Everything that is new in the account; a collection that the server refuses is skipped."""
        found, homes = collections(self.client, self.account, self.kind, self._homes)
        self._homes = tuple(homes)
        for collection in found:
            try:
                yield from self.read(collection)
            except RefusedError as error:
                yield Skipped(where=f"{self.account.name}/{collection.name}", reason=f"the server refuses: {error}")
        yield self.checkpoint()

    @abstractmethod
    def read(self, collection: Collection) -> Iterator[SourceItem]:
        """Everything that is new in a collection. Raises RefusedError."""

    def checkpoint(self, collection: Collection | None = None, place: P | None = None) -> Checkpoint:
        """That everything so far is complete; a collection is now read up to this place."""
        if collection is not None and place is not None:
            self.places[collection.path] = place
        cursor = self.cursor(of=self.account.owner, homes=self._homes, places=self.places)
        return Checkpoint(cursor=msgspec.json.encode(cursor).decode())

    def where(self, collection: Collection, name: str) -> str:
        """The place of an object for a reader."""
        return f"{self.account.name}/{collection.name}/{unquote(name)}"

    def not_given(self, collection: Collection, name: str) -> Skipped:
        """An object that the server names and does not give."""
        return Skipped(where=self.where(collection, name), reason="the server does not give it")


class DavSource(Generic[A, P]):
    """An account as its readings see it."""

    def __init__(self, source: str, reading: type[DavReading[A, P]], account: A, patience: Patience | None) -> None:
        self.source = source
        self.account = account.name
        self._reading = reading
        self._account = account
        self._patience = patience or Patience()

    def goes_on(self, cursor: str | None) -> bool:
        """Whether reading from this cursor goes on behind what was read before, so that `since` says nothing."""
        return bool(self._known(cursor).places)

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Everything that is new, as the Source protocol says.

        Raises NetworkError, CredentialsError or ServerError; what came before the last checkpoint is complete.
        """
        client = Client(self._account, self._patience)
        try:
            yield from self._reading(self._account, client, self._known(cursor)).items()
        finally:
            client.close()

    def _known(self, cursor: str | None) -> Cursor[P]:
        """What a cursor says, if it was written for this very account."""
        written = self._reading.cursor
        try:
            known = msgspec.json.decode(cursor or "", type=written)
        except msgspec.DecodeError:
            known = None
        if known is None or known.of != self._account.owner:
            return written(of=self._account.owner)
        return known


def collection_names(account: DavAccount, kind: Kind, patience: Patience | None) -> list[str]:
    """The names of the collections that would be read. Raises as reading does."""
    client = Client(account, patience or Patience())
    try:
        return [one.name for one in collections(client, account, kind)[0]]
    finally:
        client.close()


def name_of(href: str, collection: Collection) -> str:
    """The name of an object within its collection, as the server writes it."""
    return href.removeprefix(collection.path)
