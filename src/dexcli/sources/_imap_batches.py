"""The messages of a folder, fetched in batches; one that fails is halved until the message to blame stands alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from dexcli.domain.records import InteractionRecord, Origin, Skipped
from dexcli.sources import _mail
from dexcli.sources._imap_folders import Choice
from dexcli.sources._imap_session import Lost, Refused, Session

if TYPE_CHECKING:
    from dexcli.sources._imap_client import Message

SOURCE = "imap"

BODIES_PER_FETCH = 25
"""Each may have `BODY_BYTES`, and all are in memory at once."""

BODY_BYTES = 256 * 1024
"""How much of a message is fetched to find its text in."""

MOST_FAILURES = 40
"""So many requests in a row that failed: it is the server and no message, and nothing may be passed over."""

_BROKEN = 2
_SILENT = 14
"""How much a broken connection counts for, and one on which nothing came for as long as we wait."""

_DRAFT_LABELS = frozenset({"\\draft", "\\drafts"})
"""Gmail keeps drafts among all mail."""


class Batches:
    """Batches of one folder as records."""

    def __init__(self, session: Session, choice: Choice, epoch: int, *, gmail: bool) -> None:
        self._session = session
        self._account = session.account
        self._folder = choice.folder.name
        self._shown = session.named(self._folder)
        self._sent = choice.sent
        self._epoch = str(epoch)
        self._gmail = gmail
        self._failures = 0
        """Requests in a row that failed, weighed."""
        self._given: int | None = None
        """A message of this folder that the server has given, the latest."""
        self.blamed: set[int] = set()
        """Messages of the last batch that failed while the server gave another."""
        self._broke = False
        """Whether the last failure was a broken connection."""

    def read(self, uids: Sequence[int]) -> list[InteractionRecord | Skipped]:
        """The records of these messages, all of them or an exception: NetworkError, BrokenError, Refused, Replaced.

        A message is to blame only if it fails again while the server gives another: else its next moment may be a
        better one.
        """
        self.blamed.clear()
        found: list[InteractionRecord | Skipped] = []
        for uid, first in self._headers(uids):
            message: Message | str | None = first
            if isinstance(first, str) and uid not in self.blamed:
                if self._given is None:
                    raise self._no_message(first)
                message = self._alone(uid)
            found += self._made(uid, message)
        return self._with_bodies(found) if self._account.store_bodies else found

    def once_more(self, uids: Sequence[int]) -> list[InteractionRecord | Skipped]:
        """The records of messages that were to blame in an earlier reading. Raises as `read` does."""
        found: list[InteractionRecord | Skipped] = []
        for uid in uids:
            self._failures = 0
            given, reason = self._all([uid])
            found += self._made(uid, reason or given.get(uid))
        return self._with_bodies(found) if self._account.store_bodies else found

    def _made(self, uid: int, message: Message | str | None) -> list[InteractionRecord | Skipped]:
        """What becomes of a message, or of the reason why it is not given; nothing of one that is gone or a draft."""
        if message is None:
            return []
        if isinstance(message, str):
            return [Skipped(where=self._place(uid), reason=message)]
        if message.block is None:
            return [Skipped(where=self._place(uid), reason="the server has no header of it")]
        return [] if message.labels & _DRAFT_LABELS else [self._record(uid, message.block, message)]

    def _record(self, uid: int, block: bytes, message: Message) -> InteractionRecord | Skipped:
        return _mail.record(
            block,
            origin=Origin(
                source=SOURCE,
                account=self._account.name,
                folder=self._folder,
                epoch=self._epoch,
                ref=str(uid),
            ),
            where=self._place(uid),
            received=message.received,
            sent=self._sent or "\\sent" in message.labels,
        )

    def _place(self, uid: int) -> str:
        return f"{self._account.name}/{self._shown}:{uid}"

    # -- headers -----------------------------------------------------------------------------------------

    def _headers(self, uids: Sequence[int]) -> list[tuple[int, Message | str]]:
        """Each message in order, or why the server does not give it; those that are gone are left out."""
        found, reason = self._all(uids)
        if not reason:
            return [(uid, found[uid]) for uid in uids if uid in found]
        if len(uids) == 1:
            message = self._alone(uids[0])
            return [] if message is None else [(uids[0], message)]
        middle = len(uids) // 2
        return self._headers(uids[:middle]) + self._headers(uids[middle:])

    def _alone(self, uid: int) -> Message | str | None:
        """A message that was not given, asked for again; or why not; None if it is gone.

        Raises where the server does not give now what it gave before.
        """
        found, reason = self._all([uid])
        if reason and self._given is not None:
            failures = self._failures
            _, failure = self._once([self._given])
            if failure:
                raise self._no_message(failure)
            self.blamed.add(uid)
            self._failures = failures  # many to blame in a row are still too many
        return reason or found.get(uid)

    def _no_message(self, reason: str) -> Exception:
        return self._session.broken(reason, self._folder) if self._broke else Refused(reason)

    def _all(self, uids: Sequence[int]) -> tuple[Mapping[int, Message], str]:
        """What the server says of all of these that are still there, or why it does not."""
        found, reason = self._once(uids)
        if not reason and len(found) < len(uids):
            # Gone, or swallowed by a wrong length before it: asking for them alone tells.
            rest, reason = self._once([uid for uid in uids if uid not in found])
            found = {**found, **rest}
        silent = [] if reason else [uid for uid in uids if uid not in found]
        if silent:
            there = self._session.uids(silent[0], silent[-1], len(silent), None)
            if not set(silent).isdisjoint(there):
                reason = "the server has it and says nothing of it"
                self._failed(Refused(reason))
        return found, reason

    def _once(self, uids: Sequence[int]) -> tuple[Mapping[int, Message], str]:
        """What the server says of these, or the reason why it says nothing."""
        try:
            found = self._session.headers(uids, _mail.HEADERS, gmail=self._gmail)
        except (Lost, Refused) as failure:
            self._failed(failure)
            return {}, str(failure)
        self._failures = 0
        self._given = next(reversed(found), self._given)
        return found, ""

    def _failed(self, failure: Lost | Refused) -> None:
        """Count a failure, and wait where the connection broke. Raises where there were too many."""
        reason = str(failure)
        self._broke = isinstance(failure, Lost)
        self._failures += (_SILENT if failure.silent else _BROKEN) if isinstance(failure, Lost) else 1
        if self._failures > MOST_FAILURES:
            if self._broke:
                raise self._session.broken(reason, self._folder)
            raise Refused(f"the server gives no message: {reason}")
        if self._broke:
            self._session.pause()

    # -- bodies ------------------------------------------------------------------------------------------

    def _with_bodies(self, items: list[InteractionRecord | Skipped]) -> list[InteractionRecord | Skipped]:
        """The same with the texts of what people wrote; one that cannot be had is left out, its record is not."""
        wanted = [
            int(item.origin.ref) for item in items if isinstance(item, InteractionRecord) and item.automatic is None
        ]
        texts: dict[str, str] = {}
        for start in range(0, len(wanted), BODIES_PER_FETCH):
            for uid, message in self._beginnings(wanted[start : start + BODIES_PER_FETCH]).items():
                text = _mail.text_of(message)
                if text:
                    texts[str(uid)] = text
        return [
            msgspec.structs.replace(item, body=texts[item.origin.ref])
            if isinstance(item, InteractionRecord) and item.origin.ref in texts
            else item
            for item in items
        ]

    def _beginnings(self, uids: Sequence[int]) -> dict[int, bytes]:
        try:
            found = self._session.beginnings(uids, BODY_BYTES)
        except (Lost, Refused) as failure:
            self._failed(failure)
        else:
            self._failures = 0
            return found
        if len(uids) == 1:
            return {}
        middle = len(uids) // 2
        return {**self._beginnings(uids[:middle]), **self._beginnings(uids[middle:])}
