"""An account on an IMAP server, logged in: connected again where the connection breaks, its failures said in words."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from dexcli.errors import NetworkError
from dexcli.sources._imap_login import BUSY, ImapAccount, Patience, connect, shut, where, without, words

if TYPE_CHECKING:
    from dexcli.sources._imap_client import Client, Listed, Message, Status

T = TypeVar("T")

_LEAVE = 5.0
"""Seconds for the last word, on which nothing depends."""


class Lost(Exception):  # noqa: N818  # what happened, and caught where it can be mended
    """The connection broke, or had to be given up, while the server was answering."""

    def __init__(self, reason: str, *, silent: bool = False) -> None:
        super().__init__(reason)
        self.silent = silent
        """Nothing came for as long as we wait: no message is to blame for that."""


class Refused(Exception):  # noqa: N818  # as above
    """The server declined a command, or answered what makes no sense; the connection is in order."""


class BrokenError(NetworkError):
    """The connection broke whenever a folder was asked about: that folder may be to blame, or the server."""


class Replaced(Exception):  # noqa: N818  # as above
    """Between two connections the folder got another UIDVALIDITY: its UIDs mean other messages now."""


class Session:
    """The connection of an account. `ask` is for what may be repeated; `try_once` leaves that to the caller."""

    def __init__(self, account: ImapAccount, patience: Patience) -> None:
        self.account = account
        self._patience = patience
        self._reached = False
        self._client: Client | None = None
        self._open: tuple[str, int | None] | None = None
        """The folder that is open, and its UIDVALIDITY."""
        self._wire: dict[str, bytes] = {}
        """What the server calls the folders that it has listed."""
        self._hidden = ""
        """What no message may hold: servers repeat what they like."""

    def close(self) -> None:
        """Take leave where the server listens."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.socket().settimeout(min(self._patience.read, _LEAVE))
            with client.in_time(_LEAVE):
                client.logout()
        except Exception:  # noqa: BLE001  # whatever it says to that, we are leaving
            shut(client)

    def drop(self) -> None:
        """Give up the connection without a word."""
        client, self._client = self._client, None
        if client is not None:
            shut(client)

    # -- what can be asked -------------------------------------------------------------------------------

    def capabilities(self) -> tuple[str, ...]:
        """What the server can do, in upper case."""
        return self.ask(lambda client: tuple(word.decode("ascii", "replace") for word in client.capabilities()))

    def listing(self, *, with_status: bool) -> list[Listed]:
        """Every folder."""
        self._open = None
        found = self.ask(lambda client: client.listing(with_status=with_status))
        self._wire = {folder.name: folder.wire for folder in found}
        return found

    def status(self, folder: str) -> Status:
        """How far a folder has come. Raises Refused."""
        self._open = None
        return self.ask(lambda client: client.status(self._wire.get(folder, folder)), folder=folder)

    def examine(self, folder: str) -> Status:
        """Open a folder for reading only, and keep it open over interruptions. Raises Refused."""
        self._open = None
        status = self.ask(lambda client: client.examine(self._wire.get(folder, folder)), folder=folder)
        self._open = folder, status.uidvalidity
        return status

    def uids(self, first: int, last: int, messages: int, since: date | None) -> Sequence[int]:
        """The UIDs in the open folder from `first` to `last`. Raises Refused and Replaced."""
        folder = self._open[0] if self._open else None
        return self.ask(lambda client: client.uids(first, last, messages, since), folder=folder)

    def headers(self, uids: Sequence[int], fields: Sequence[str], *, gmail: bool) -> dict[int, Message]:
        """The header fields of these messages. Raises Refused, Lost and Replaced."""
        return self.try_once(lambda client: client.headers(uids, fields, gmail=gmail))

    def beginnings(self, uids: Sequence[int], size: int) -> dict[int, bytes]:
        """The first bytes of these messages. Raises Refused, Lost and Replaced."""
        return self.try_once(lambda client: client.beginnings(uids, size))

    # -- over interruptions ------------------------------------------------------------------------------

    def ask(self, question: Callable[[Client], T], *, folder: str | None = None) -> T:
        """The answer, if need be on a new connection. Raises NetworkError when that did not help, and Refused."""
        for pause in (*self._patience.pauses, None):
            try:
                return self.try_once(question)
            except Lost as lost:
                if pause is None:
                    raise self.broken(str(lost), folder) from None
                self._patience.wait(pause)
        raise AssertionError("the last pause is None")

    def try_once(self, question: Callable[[Client], T]) -> T:
        """The answer to a question that is asked once, though connecting may take several tries."""
        client = self._connected()
        with self._answering(), client.in_time(self._patience.answer):
            return question(client)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Tell a broken connection (Lost) from an answer that does not help (Refused)."""
        try:
            yield
        except (imaplib.IMAP4.abort, OSError) as error:
            reason = words(error, self._hidden)
            self.drop()
            raise Lost(reason, silent=isinstance(error, TimeoutError)) from None
        except imaplib.IMAP4.error as error:
            reason = words(error, self._hidden)
            if any(code in reason for code in BUSY):
                self.drop()
                raise Lost(reason) from None
            raise Refused(reason) from None
        except Exception as error:  # noqa: BLE001  # whatever IMAPClient's parser stumbles over is nonsense
            self.drop()
            raise Refused(f"the server answers what makes no sense ({type(error).__name__})") from None

    def named(self, folder: str) -> str:
        """The name of a folder, for messages."""
        return without(folder, self._hidden)

    def pause(self) -> None:
        """Wait for a moment before a connection that broke is made again; where none can be made, it waits longer."""
        if self._patience.pauses:
            self._patience.wait(self._patience.pauses[0])

    def broken(self, reason: str, folder: str | None = None) -> NetworkError:
        """The error to end with when trying again does not help: BrokenError where a folder was asked about."""
        hint = "run it again later: it goes on where it stopped"
        if folder is None:
            return NetworkError(f"{where(self.account)}: {reason}", hint=hint)
        return BrokenError(f"{where(self.account)}, folder {self.named(folder)}: {reason}", hint=hint)

    def _connected(self) -> Client:
        if self._client is not None:
            return self._client
        for tried, pause in enumerate((*self._patience.pauses, None)):
            try:
                client = connect(self.account, self._patience)
                self._reached = True
                break
            except (imaplib.IMAP4.abort, OSError) as error:
                # What was never there is tried once more; who has said a word is worth a wait.
                absent = not self._reached and isinstance(error, OSError) and tried > 0
                if pause is None or absent:
                    raise NetworkError(
                        f"{where(self.account)}: {words(error)}",
                        hint="is the network there, are host, port and security right? otherwise run it again later",
                    ) from None
                self._patience.wait(pause)
        self._client, self._hidden = client, client.hidden
        if self._open is not None:
            self._reopen(client, *self._open)
        return client

    def _reopen(self, client: Client, folder: str, uidvalidity: int | None) -> None:
        """Open the folder again in which we were interrupted."""
        try:
            with self._answering(), client.in_time(self._patience.answer):
                status = client.examine(self._wire.get(folder, folder))
        except Refused as refused:
            self.drop()
            raise Lost(str(refused)) from None
        if status.uidvalidity != uidvalidity:
            self._open = None
            raise Replaced
