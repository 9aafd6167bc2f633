"""Mail on an IMAP server: which messages are new since the cursor, fetched in batches and made into records.

Nothing is changed there, not even a flag. Why it is done in this way: docs/adr/0011-imap.md.

UIDVALIDITY   what makes UIDs mean the same messages as before; another one: read the folder again
UIDNEXT       what the next message will have as its UID; where that has not moved, nothing is new; where it has moved
              back, the folder was restored from a backup: read it again
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from dexcli.domain.records import Checkpoint, InteractionRecord, Skipped, SourceItem
from dexcli.errors import ServerError
from dexcli.sources._imap_batches import SOURCE, Batches
from dexcli.sources._imap_folders import Choice, choose, missing
from dexcli.sources._imap_login import ImapAccount, Patience
from dexcli.sources._imap_session import BrokenError, Refused, Replaced, Session

if TYPE_CHECKING:
    from dexcli.sources._imap_client import Listed, Status

__all__ = ["BATCH", "Checked", "CheckedFolder", "ImapAccount", "ImapSource", "Patience", "check", "open_account"]

BATCH = 400
"""Messages in one FETCH, and between two checkpoints."""

_EPOCHS = 3
"""How often a folder is begun again within one reading because its UIDVALIDITY changed meanwhile."""

_MOST_BROKEN = 3
"""Folders one after another whose connections break; where it is more, the server is to blame and no folder."""

_MOST_MISSED = 100
"""Messages of a folder that are asked for once more; where a server gives so many not, it will not."""

MOST_FOLDERS = 10_000
"""Folders that are read unless the user chooses some; each may cost a request in every run."""

_MOST_ABSENT = 1_000
"""Folders that are not listed whose places are kept: a server may leave one out for once."""

_ASSUMED_UIDVALIDITY = 0
"""For a server that has none."""


class _Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a folder was read."""

    uidvalidity: int
    next: Annotated[int, Meta(ge=1)]
    """The first UID that was not read."""
    first: bool = False
    """It is still being read for the first time, without what is older than the account's `since`."""
    missed: tuple[int, ...] = ()
    """Messages that the server did not give, which the next reading asks for once more."""


class _Cursor(Struct, frozen=True, kw_only=True):
    """Whose mailbox it is, and how far each folder was read: the user may give the account's name to another one."""

    host: str
    port: int
    user: str
    folders: dict[str, _Place]


class ImapSource:
    """The mail of one account."""

    source = SOURCE

    def __init__(self, account: ImapAccount, patience: Patience) -> None:
        self.account = account.name
        self._account = account
        self._patience = patience

    def goes_on(self, cursor: str | None) -> bool:
        """Whether something of this mailbox was read before, so that `since` bounds the folders alone that are new."""
        return bool(_places(self._account, cursor))

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Yield an InteractionRecord for each message that came since, as the Source protocol says.

        Raises NetworkError, CredentialsError or ServerError; what came before the last checkpoint is complete.
        """
        places = {} if self._account.full else _places(self._account, cursor)
        session = Session(self._account, self._patience)
        try:
            yield from _Reading(session, places).items()
            session.close()
        finally:
            session.drop()


def open_account(account: ImapAccount, patience: Patience | None = None) -> ImapSource:
    """A source over an account; it connects when it is read."""
    return ImapSource(account, patience or Patience())


class CheckedFolder(Struct, frozen=True, kw_only=True):
    """A folder, and whether it is read."""

    name: str
    messages: int | None
    read: bool
    why: str
    """Why it is not read; `sent` of a folder with one's own letters; else empty."""


class Checked(Struct, frozen=True, kw_only=True):
    """What is found when an account is tried."""

    folders: tuple[CheckedFolder, ...]
    capabilities: tuple[str, ...]


def check(account: ImapAccount, patience: Patience | None = None) -> Checked:
    """Log in and look around without reading mail, and without trying twice. Raises what `ImapSource.read` raises."""
    session = Session(account, patience or Patience(pauses=()))
    try:
        capabilities = session.capabilities()
        found = []
        for choice in _choices(session, with_status=True):
            status = choice.folder.status
            why = choice.left_out
            if status is None and not why:
                try:
                    status = session.status(choice.folder.name)
                except Refused as refused:
                    why = str(refused)
            found.append(
                CheckedFolder(
                    name=session.named(choice.folder.name),
                    messages=status.messages if status else None,
                    read=not why,
                    why=why or ("sent" if choice.sent else ""),
                )
            )
        session.close()
    finally:
        session.drop()
    return Checked(folders=tuple(found), capabilities=capabilities)


class _Reading:
    """One reading of an account: where it is, and what was yielded since the last checkpoint."""

    def __init__(self, session: Session, places: dict[str, _Place]) -> None:
        self._session = session
        self._account = session.account
        self._places = places
        self._gmail = False
        self._pending = 0

    def items(self) -> Iterator[SourceItem]:
        """The messages of every folder, the folders in the order of their names."""
        self._gmail = "X-GM-EXT-1" in self._session.capabilities()
        # On Gmail, and where only some folders are wanted, asking for the status of all would be waste.
        choices = _choices(self._session, with_status=not self._gmail and not self._account.folders)
        there = {choice.folder.name for choice in choices}
        absent = [name for name in self._places if name not in there]
        for name in absent[_MOST_ABSENT:]:
            del self._places[name]
        yield from self._folders([choice for choice in choices if not choice.left_out])
        yield self._checkpoint()

    def _folders(self, choices: Sequence[Choice]) -> Iterator[SourceItem]:
        """Each folder; one whose connections break is put off until the others are read.

        It is skipped where they break again, and its place stays. Where it is the only one, nobody knows whom to
        blame. Raises BrokenError then, and where too many break.
        """
        put_off: list[tuple[Choice, BrokenError]] = []
        in_a_row = 0
        for choice in choices:
            try:
                yield from self._folder(choice)
                in_a_row = 0
            except BrokenError as broken:
                put_off.append((choice, broken))
                in_a_row += 1
                if in_a_row > _MOST_BROKEN:
                    raise
        for choice, error in put_off:
            if len(put_off) == len(choices):
                raise error
            try:
                yield from self._folder(choice)
            except BrokenError as again:
                yield self._skipped(choice, again.message)

    def _skipped(self, choice: Choice, reason: str) -> Skipped:
        """A folder that is not read to its end; its place stays, and the next run tries again."""
        where = f"{self._account.name}/{self._session.named(choice.folder.name)}"
        return Skipped(where=where, reason=f"the folder cannot be read: {reason}")

    def _folder(self, choice: Choice) -> Iterator[SourceItem]:
        name = choice.folder.name
        try:
            if self._nothing_new(choice.folder):
                return
            for _ in range(_EPOCHS):
                try:
                    yield from self._new_mail(choice, self._session.examine(name))
                except Replaced:
                    continue
                return
            yield self._skipped(choice, "its UIDVALIDITY changes all the time")
        except Refused as refused:
            yield self._skipped(choice, str(refused))

    def _nothing_new(self, folder: Listed) -> bool:
        """Whether the folder is as it was; also notes so of one that is empty, without opening it."""
        try:
            status = folder.status or self._session.status(folder.name)
        except Refused:
            return False  # opening it will tell why
        if status.uidvalidity is None or status.uidnext is None:
            return False
        place = self._places.get(folder.name)
        if place is not None and place.missed:
            return False
        if place is not None and place.uidvalidity == status.uidvalidity and not place.first:
            return place.next == status.uidnext
        if status.messages == 0:
            self._places[folder.name] = _Place(uidvalidity=status.uidvalidity, next=status.uidnext)
            return True
        return False

    def _new_mail(self, choice: Choice, status: Status) -> Iterator[SourceItem]:
        """The messages of the open folder from its place on."""
        name = choice.folder.name
        epoch = status.uidvalidity if status.uidvalidity is not None else _ASSUMED_UIDVALIDITY
        place = self._places.get(name)
        end = status.uidnext if status.uidnext is not None else 2**32
        if place is None or place.uidvalidity != epoch or place.next > end:
            place = _Place(uidvalidity=epoch, next=1, first=True)
        reader = Batches(self._session, choice, epoch, gmail=self._gmail)
        missed: tuple[int, ...] = ()
        uids: Sequence[int] = ()
        since = self._account.since if place.first else None
        if end > place.next:
            uids = self._session.uids(place.next, end - 1, status.messages or 0, since)
        for start in range(0, len(uids), BATCH):
            batch = uids[start : start + BATCH]
            found = [item for item in reader.read(batch) if since is None or not _is_older(item, since)]
            yield from found
            self._pending += len(found)
            missed = (*missed, *reader.blamed)[:_MOST_MISSED]
            again = (*place.missed, *missed)
            self._places[name] = msgspec.structs.replace(place, next=batch[-1] + 1, missed=again)
            if self._pending >= BATCH:
                yield self._checkpoint()
        first = False
        if status.uidnext is None:
            end = uids[-1] + 1 if uids else place.next
            first = place.first and not uids  # nobody knows what is older than `since`: it is not passed over yet
        if place.missed:
            found = reader.once_more(place.missed)
            yield from found
            self._pending += len(found)
        self._places[name] = _Place(uidvalidity=epoch, next=max(end, place.next), first=first, missed=missed)

    def _checkpoint(self) -> Checkpoint:
        self._pending = 0
        account = self._account
        cursor = _Cursor(host=account.host, port=account.port, user=account.user, folders=self._places)
        return Checkpoint(cursor=msgspec.json.encode(cursor).decode())


_FARTHEST_EAST = timedelta(hours=14)
"""Of UTC: where a day begins first."""


def _is_older(item: SourceItem, day: date) -> bool:
    """Whether a mail was written before a day, wherever on earth: a copied mailbox has arrived on a single day."""
    if not isinstance(item, InteractionRecord):
        return False
    if not isinstance(item.when, datetime):
        return item.when < day
    try:
        return (item.when.astimezone(UTC) + _FARTHEST_EAST).date() < day
    except OverflowError:  # at an end of the calendar
        return item.when.date() < day


def _choices(session: Session, *, with_status: bool) -> list[Choice]:
    """What becomes of each folder. Raises ServerError where one that the user chose is not there."""
    account = session.account
    gmail = "X-GM-EXT-1" in session.capabilities()
    try:
        listed = session.listing(with_status=with_status)
    except Refused as refused:
        raise ServerError(
            f"{account.host}:{account.port}: the server does not list its folders: {refused}",
            hint=f"does another mail program work with account {account.name}? then please report it",
        ) from None
    if len(listed) > MOST_FOLDERS and not account.folders:
        raise ServerError(
            f"{account.host}:{account.port}: the server lists {len(listed):,} folders,"
            f" of which at most {MOST_FOLDERS:,} are read",
            hint=f'name those that matter in account {account.name}: folders = ["INBOX", "Sent"]',
            code="folder",
        )
    if gone := missing(listed, account.folders):
        raise ServerError(
            f"account {account.name} has no folder {', '.join(map(repr, gone))}",
            hint="there are: " + ", ".join(sorted(session.named(folder.name) for folder in listed)),
            code="folder",
        )
    return choose(listed, account.folders, gmail=gmail)


def _places(account: ImapAccount, cursor: str | None) -> dict[str, _Place]:
    """How far each folder was read; a cursor of another mailbox, or that cannot be understood, means: nothing yet."""
    try:
        known = msgspec.json.decode(cursor or "", type=_Cursor)
    except msgspec.DecodeError:
        return {}
    same = (known.host, known.port, known.user) == (account.host, account.port, account.user)
    return dict(known.folders) if same else {}
