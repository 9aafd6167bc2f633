"""Who may decide about records as they are read, instead of the reading itself: a draft listens, or knows better."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from msgspec import Struct

from dexcli.domain.records import PersonRecord
from dexcli.services.tally import Job
from dexcli.store.ingest import PersonOrigin
from dexcli.store.interaction_writer import Gate


class Decided(Struct, frozen=True, kw_only=True):
    """What becomes of a record of a person."""

    action: str
    """`add`, `link`, `update`, `skip`, or `keep`: nothing new is said."""
    why: str
    """`new` or `unsure` (to add), `uid`, `email`, `phone`, `linkedin`, `url` (to link), `reference` or `mine` (to
    update), `me`, `removed` or `contested` (to skip), `told` (by a draft)."""
    person_id: int | None = None
    """To whom it is linked, or who is updated."""
    others: tuple[int, ...] = ()
    """Who may be the same by some identifier: asked about."""
    seen: PersonOrigin | None = None
    """The record as it was seen before."""
    again: bool = False
    """Seen before in this very run: what it says adds to that."""
    taken_back: bool = False
    """Tombstones go: the user wants the person again."""


class Course(Gate, Protocol):
    """Is asked about everything that would be written."""

    def begin(self, job: Job) -> None:
        """Hear which source is read next."""
        ...

    def person(self, record: PersonRecord, decided: Decided) -> Decided:
        """Hear what is decided about the next record of a person, and say what is to be done."""
        ...

    def done(self, person_id: int, fields: Collection[str]) -> None:
        """Hear who it is that the last record was written to, and which fields have changed."""
        ...

    def asks(self, person_id: int) -> bool:
        """Whether it may be asked who else a new person is, because of their name."""
        ...
