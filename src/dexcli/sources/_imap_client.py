"""The dialogue with an IMAP server: IMAPClient with bounded answers, LIST-STATUS, and a quick way through FETCH.

IMAPClient parses whatever a server may say, byte by byte, which takes longer than all that is done with a message
afterwards. What servers usually answer is read by one expression; only the rest goes to IMAPClient's parser.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta, timezone
from threading import Event, Timer
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7
from imapclient.response_parser import parse_fetch_response, parse_response
from imapclient.tls import IMAP4_TLS, wrap_socket
from msgspec import Struct

MOST_LITERAL = 4 * 1024 * 1024
"""Bytes: no header block and no beginning of a message that we ask for is longer; a server that says so lies."""

MOST_ANSWER = 64 * 1024 * 1024
"""Bytes of all that a server may say to one command."""

MOST_WORDS = 64 * 1024
"""Bytes of a greeting, of capabilities, and of a login with all its challenges."""

MOST_LISTED = 8 * 1024 * 1024
"""Bytes of a list of folders: ten thousand with the longest of names, and the status of each."""

MOST_MESSAGES = 10_000_000
"""In a folder; 200 answers to SEARCH tell their UIDs."""

MOST_UIDNEXT = 2**31
"""No folder comes so far by counting, nor by the time in seconds before 2038; a server that says more does not know."""

MOST_FOUND = 50_000
"""UIDs in one answer to SEARCH: imaplib refuses lines of more than 1,000,000 bytes."""

_ALLOWANCES = {
    "LIST": MOST_LISTED,
    **dict.fromkeys(("CAPABILITY", "STARTTLS", "LOGIN", "AUTHENTICATE", "ID"), MOST_WORDS),
}
"""Bytes of all that a server may say to these commands."""

_ENDS_OF_LINES = frozenset(b"\0\r\n")
"""What no quoted word may hold (RFC 3501, 9)."""

_NOT_ON_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What ends lines or commands terminals, and what is no letter at all: half of a pair of UTF-16."""

_STATUS = "(UIDNEXT UIDVALIDITY MESSAGES)"

# What Dovecot, Cyrus and their like answer to `Client.headers`, up to the literal with the header block.
_USUAL = re.compile(
    rb'\d{1,10} \(UID (\d{1,10}) INTERNALDATE "([^"]{26})" BODY\[HEADER\.FIELDS \([^()"\[\]{}]*\)\] \{\d{1,10}\}\Z'
)
_INTERNAL_DATE = re.compile(rb"([ \d]\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = {
    month: number
    for number, month in enumerate(
        (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), start=1
    )
}


class Status(Struct, frozen=True, kw_only=True):
    """How far a folder has come; None where the server does not say."""

    uidvalidity: int | None = None
    uidnext: int | None = None
    messages: int | None = None


class Listed(Struct, frozen=True, kw_only=True):
    """A folder as the server lists it."""

    name: str
    """On one line."""
    wire: bytes
    """Its name as the server writes it."""
    flags: frozenset[str] = frozenset()
    """In lower case, with their backslash: `\\sent`, `\\noselect`."""
    delimiter: str = ""
    status: Status | None = None
    """None: has to be asked for."""


class Message(Struct, frozen=True, kw_only=True):
    """What was asked of one message."""

    block: bytes | None
    """Its header fields; None where the server has none to give."""
    received: datetime | None = None
    labels: frozenset[str] = frozenset()
    """X-GM-LABELS in lower case: those of Gmail itself begin with a backslash."""


class UnfinishedError(TimeoutError):
    """The server was still answering when its time was up, if only a byte now and then."""


@contextmanager
def _in_time(connection: socket.socket, seconds: float) -> Iterator[None]:
    """End a connection where what is done within takes longer. Raises UnfinishedError then."""
    # A socket of its own, as TLS takes over the other; the end of a connection is for both.
    end = socket.socket(fileno=socket.dup(connection.fileno()))
    is_up = Event()

    def cut() -> None:
        is_up.set()
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if is_up.is_set():
            raise UnfinishedError from None
        raise
    finally:
        timer.cancel()
        end.close()


class _Bounded(imaplib.IMAP4):
    """An answer may not be longer than what was asked for, whatever lengths it claims to have."""

    allowance = MOST_WORDS

    def __init__(self, *where: Any, seconds: float) -> None:
        """Connect; the greeting may take so long."""
        self._seconds = seconds
        super().__init__(*where)

    def _connect(self) -> None:
        with _in_time(self.sock, self._seconds):
            super()._connect()  # type: ignore[misc]  # typeshed does not know what imaplib is made of

    def read(self, size: int) -> bytes:
        """A literal. A length that is too much ends the connection: what follows cannot be told from it."""
        if size > min(MOST_LITERAL, self.allowance):
            raise self.abort(f"the server announces {size:,} bytes where that cannot be")
        self.allowance -= size
        return super().read(size)

    def readline(self) -> bytes:
        """A line; one that is too long ends the connection, as its rest would be taken for the next."""
        try:
            line = super().readline()
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise self.abort(str(error)) from None
        self.allowance -= len(line)
        if self.allowance < 0:
            raise self.abort("the server does not stop answering")
        return line

    def _command(self, name: str, *args: Any) -> bytes:
        self.allowance = _ALLOWANCES.get(name, MOST_ANSWER)
        # typeshed does not know the names that IMAPClient relies on as well.
        return super()._command(name, *args)  # type: ignore[misc, no-any-return]  # imaplib's own, which is not declared


class _Plain(_Bounded, IMAP4WithTimeout):  # type: ignore[misc]  # imapclient publishes no types
    """Without TLS, or before STARTTLS."""


class _Encrypted(_Bounded, IMAP4_TLS):  # type: ignore[misc]  # as above
    """With TLS from the first byte."""

    def _create_socket(self, timeout: float | None = None) -> socket.socket:  # noqa: ARG002  # IMAPClient's is the same
        connection = socket.create_connection((self.host, self.port), self._timeout)
        with _in_time(connection, self._seconds):
            return wrap_socket(connection, self.ssl_context, self.host)  # type: ignore[no-any-return]  # as above


class Client(IMAPClient):  # type: ignore[misc]  # as above
    """One connection; every method is one command and one answer."""

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, *, connect: float, read: float, greeting: float
    ) -> None:
        """Connect, with TLS where there is a context; seconds to connect, without a byte, for all of the greeting."""
        self._greeting = greeting
        timeout = SocketTimeout(connect=connect, read=read)
        super().__init__(host, port, ssl=context is not None, ssl_context=context, timeout=timeout)
        self.normalise_times = False
        self.hidden = ""
        """What no message about this connection may hold."""
        # IMAPClient would format every line for a log that nobody keeps.
        self._imap.debug = 0
        # It also sends some commands in two pieces; the second would wait until the first is acknowledged.
        self.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  # IMAPClient's name
        if self.ssl:
            transport: Any = _Encrypted  # its signature is IMAPClient's, which is not published
            return transport(  # type: ignore[no-any-return]  # it is Any
                self.host, self.port, self.ssl_context, self._timeout.connect, seconds=self._greeting
            )
        return _Plain(self.host, self.port, self._timeout.connect, seconds=self._greeting)

    def in_time(self, seconds: float) -> AbstractContextManager[None]:
        """End the connection where what is asked within takes longer. Raises UnfinishedError then."""
        return _in_time(self._imap.sock, seconds)

    def knows_us(self) -> bool:
        """Whether the server greeted us as somebody who is logged in already: PREAUTH (RFC 3501, 7.1.4)."""
        return bool(self._imap.state == "AUTH")

    def listing(self, *, with_status: bool) -> list[Listed]:
        """Every folder, with its special use and, where the server can do that at once, its status (RFC 5819, 6154)."""
        returned = []
        if self.has_capability("LIST-EXTENDED") and self.has_capability("SPECIAL-USE"):
            returned.append("SPECIAL-USE")
        if with_status and self.has_capability("LIST-STATUS"):
            returned.append(f"STATUS {_STATUS}")
        try:
            found = self._listing(f"RETURN ({' '.join(returned)})") if returned else None
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            found = None  # it cannot do what it says
        return found if found is not None else self._listing()

    def _listing(self, *returned: str) -> list[Listed]:
        imap = self._imap
        imap.untagged_responses.clear()
        kind, data = imap._simple_command("LIST", '""', '"*"', *returned)  # noqa: SLF001  # as IMAPClient does
        self._checkok("LIST", kind, data)
        folders = imap.untagged_responses.pop("LIST", [])
        states = parse_response([line for line in imap.untagged_responses.pop("STATUS", []) if line])
        known = {
            _wire(name): _status(dict(zip(items[::2], items[1::2], strict=False)))
            for name, items in zip(states[::2], states[1::2], strict=True)
            if isinstance(items, tuple)
        }
        words = parse_response([line for line in folders if line])
        found: dict[str, Listed] = {}
        for flags, delimiter, said in zip(words[::3], words[1::3], words[2::3], strict=True):
            wire = _wire(said)
            name = _folder_name(wire)
            if name in found and found[name].wire != wire:
                name = _one_line(wire.decode("latin-1"))  # the same name, written in two ways
            found[name] = Listed(
                name=name,
                wire=wire,
                flags=frozenset(_text(flag).lower() for flag in flags),
                delimiter=_text(delimiter) if delimiter else "",
                status=known.get(wire),
            )
        return list(found.values())

    def _normalise_folder(self, folder_name: str | bytes) -> str | bytes:
        """A name for a command; bytes are sent as they are, where IMAPClient takes ASCII only.

        Nor does IMAPClient look for what ends a line: behind it the server would be told another command.
        """
        wire: bytes = folder_name if isinstance(folder_name, bytes) else encode_utf7(folder_name)
        if not _ENDS_OF_LINES.isdisjoint(wire):
            raise imaplib.IMAP4.error("its name is more than one line")
        return b'"' + wire.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'

    def status(self, folder: str | bytes) -> Status:
        """The status of a folder that is not open."""
        return _status(self.folder_status(folder, _STATUS.strip("()").split()))

    def examine(self, folder: str | bytes) -> Status:
        """Open a folder for reading only."""
        said = self.select_folder(folder, readonly=True)
        return Status(
            uidvalidity=_number(said.get(b"UIDVALIDITY")),
            uidnext=_uidnext(said.get(b"UIDNEXT")),
            messages=_number(said.get(b"EXISTS")),
        )

    def uids(self, first: int, last: int, messages: int, since: date | None) -> Sequence[int]:
        """The UIDs from `first` to `last` of the open folder, which holds so many messages, in order.

        An answer is one line of at most a million bytes, so a large folder is asked in pieces: by place, as UIDs may
        lie far apart, and from the end, so that a message deleted meanwhile moves none out of the piece to come.
        """
        criteria = ["UID", f"{first}:{last}", *(["SINCE", since] if since is not None else [])]
        if messages > MOST_MESSAGES:
            raise imaplib.IMAP4.error(f"the server announces {messages:,} messages where that cannot be")
        if min(messages, last - first + 1) <= MOST_FOUND:
            return self._found(criteria, first, last)
        pieces: list[array[int]] = []
        lowest = last + 1
        for top in range(messages, 0, -MOST_FOUND):
            # The last piece has no end: some servers refuse a place that a deletion has done away with.
            end = "*" if top == messages else str(top)
            piece = self._found([f"{max(1, top - MOST_FOUND + 1)}:{end}", *criteria], first, lowest - 1)
            if piece:
                pieces.append(piece)
                lowest = piece[0]
        return array("L", (uid for piece in reversed(pieces) for uid in piece))

    def _found(self, criteria: list[Any], first: int, last: int) -> array[int]:
        """The answer to a search: sorted, without what was not asked for (`n:*` finds the last message whatever n)."""
        self._imap.untagged_responses.clear()
        return array("L", sorted({uid for uid in self.search(criteria) if first <= uid <= last}))

    def _raw_command_untagged(self, command: bytes, *args: Any, **more: Any) -> list[Any]:
        """IMAPClient takes silence for "there is none"; RFC 3501 wants an answer, and silence would lose all mail."""
        self.capabilities()  # the command looks them up, and may have to ask: an answer with its own allowance
        self._imap.allowance = MOST_ANSWER  # it goes by no `_command`
        data: list[Any] = super()._raw_command_untagged(command, *args, **more)
        if command == b"SEARCH" and data == [None]:
            raise imaplib.IMAP4.error("the server does not answer what it was asked")
        return data

    def headers(self, uids: Sequence[int], fields: Sequence[str], *, gmail: bool) -> dict[int, Message]:
        """The header fields of these messages; one that is gone is left out."""
        more = ["X-GM-LABELS"] if gmail else []
        wanted = ["INTERNALDATE", *more, f"BODY.PEEK[HEADER.FIELDS ({' '.join(fields)})]"]
        data = self._fetched(uids, wanted)
        asked = set(uids)
        found = _usual(data)
        if found is None:
            found = {
                uid: _message(items)
                for uid, items in parse_fetch_response(data, normalise_times=False).items()
                # Without a body it is news of a flag, which nobody asked for.
                if any(name.startswith(b"BODY[") for name in items)
            }
        return {uid: message for uid, message in found.items() if uid in asked}

    def beginnings(self, uids: Sequence[int], size: int) -> dict[int, bytes]:
        """The first `size` bytes of these messages."""
        data = self._fetched(uids, [f"BODY.PEEK[]<0.{size}>"])
        asked = set(uids)
        return {
            uid: text
            for uid, items in parse_fetch_response(data, normalise_times=False).items()
            if uid in asked and isinstance(text := items.get(b"BODY[]<0>", items.get(b"BODY[]")), bytes)
        }

    def _fetched(self, uids: Sequence[int], items: Sequence[str]) -> list[Any]:
        """The untagged answers to one UID FETCH, as imaplib collects them, and nothing that was said before."""
        imap = self._imap
        imap.untagged_responses.clear()
        # IMAPClient.fetch does the same, and then parses.
        tag = imap._command("UID", "FETCH", ",".join(map(str, uids)), f"({' '.join(items)})")  # noqa: SLF001 - imaplib hands out no answer piece by piece
        kind, data = imap._command_complete("FETCH", tag)  # noqa: SLF001 - as above
        self._checkok("fetch", kind, data)
        found = [line for line in imap.untagged_responses.pop("FETCH", []) if line is not None]
        if _mixed(found):
            raise imaplib.IMAP4.abort("the server gives wrong lengths")
        return found


def _mixed(data: Sequence[Any]) -> bool:
    """Whether one answer holds the texts of two messages: a length that is too much swallows the begin of the next."""
    texts = 0
    for line in data:
        texts += (line[0] if isinstance(line, tuple) else line).count(b"BODY[")
        if texts > 1:
            return True
        if not isinstance(line, tuple):  # what follows the last literal of an answer
            texts = 0
    return False


def _usual(data: Sequence[Any]) -> dict[int, Message] | None:
    """The messages, where every answer looks as usual: a line, a literal, a bracket. None: it has to be parsed."""
    found: dict[int, Message] = {}
    for index in range(0, len(data), 2):
        if data[index + 1 : index + 2] != [b")"] or not isinstance(data[index], tuple):
            return None
        line, block = data[index]
        match = _USUAL.match(line)
        if match is None:
            return None
        found[int(match[1])] = Message(block=block, received=_internal_date(match[2]))
    return found


def _internal_date(text: bytes) -> datetime | None:
    """RFC 3501 `date-time`; None where there is no such moment."""
    match = _INTERNAL_DATE.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        return None
    offset = timedelta(hours=int(match[8]), minutes=int(match[9])) * (-1 if match[7] == b"-" else 1)
    try:
        return datetime(
            int(match[3]), _MONTHS[match[2]], int(match[1]), int(match[4]), int(match[5]), int(match[6]),
            tzinfo=timezone(offset),
        ).astimezone(UTC)  # fmt: skip
    except (ValueError, OverflowError):
        return None


def _message(items: dict[bytes, Any]) -> Message:
    block = next((value for name, value in items.items() if name.startswith(b"BODY[HEADER.FIELDS")), None)
    received = items.get(b"INTERNALDATE")
    try:
        moment = received.astimezone(UTC) if isinstance(received, datetime) and received.tzinfo else None
    except (ValueError, OverflowError):
        moment = None
    labels = items.get(b"X-GM-LABELS")
    return Message(
        block=block if isinstance(block, bytes) else None,
        received=moment,
        labels=frozenset(_text(label).lower() for label in labels) if isinstance(labels, tuple) else frozenset(),
    )


def _status(said: Mapping[Any, Any]) -> Status:
    return Status(
        uidvalidity=_number(said.get(b"UIDVALIDITY")),
        uidnext=_uidnext(said.get(b"UIDNEXT")),
        messages=_number(said.get(b"MESSAGES")),
    )


def _uidnext(value: Any) -> int | None:
    """What the next message will have; None where that cannot be: nothing may be passed over for it."""
    number = _number(value)
    return number if number is not None and 1 <= number <= MOST_UIDNEXT else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


def _wire(value: Any) -> bytes:
    """The name of a folder as the server wrote it, which IMAPClient makes a number of where it can."""
    return value if isinstance(value, bytes) else str(value).encode()


def _folder_name(wire: bytes) -> str:
    """In modified UTF-7 (RFC 3501, 5.1.3); servers that send eight bits mean UTF-8 (RFC 6855), or know no better."""
    for decode in (decode_utf7, bytes.decode) if wire.isascii() else (bytes.decode,):
        try:
            return _one_line(str(decode(wire)))
        except UnicodeError:
            continue
    return _one_line(wire.decode("latin-1"))


def _one_line(name: str) -> str:
    """A name that can be stored and shown, as Python would write it."""
    return _NOT_ON_A_LINE.sub(lambda match: match[0].encode("unicode_escape").decode(), name)
