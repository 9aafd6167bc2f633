"""A small IMAP server that does what a test tells it: Gmail's extensions, interruptions, and every kind of nonsense.

It knows just the commands that a reader sends. `twist` may change or replace any answer before it is sent.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dexcli.sources.imap import ImapAccount

HANG_UP = b"\0hang up"
"""In an answer: what comes before it is sent, then the connection ends."""
SILENCE = b"\0silence"
"""In an answer: what comes before it is sent, then nothing for as long as the client waits."""

DRIP = b"\0drip"
"""In an answer: what comes before it is sent, then a byte now and then for as long as the client listens."""


@dataclass
class Folder:
    """A folder with its messages by UID: header blocks, and what else FETCH says of each."""

    messages: dict[int, bytes] = field(default_factory=dict)
    flags: str = ""
    uidvalidity: int = 1
    more: dict[int, str] = field(default_factory=dict)
    """Such as `X-GM-LABELS ("\\\\Sent")`."""

    @property
    def uidnext(self) -> int:
        return max(self.messages, default=0) + 1


Twist = Callable[[int, str, bytes], bytes]
"""From the number of the connection, the command without its tag, and the answer to what is sent instead."""


class Scripted:
    """A server while it runs."""

    def __init__(self, folders: dict[str, Folder], capabilities: str = "", twist: Twist | None = None) -> None:
        self.folders = folders
        self.capabilities = f"IMAP4rev1 {capabilities}".strip()
        self.twist = twist or (lambda _connection, _command, answer: answer)
        self.commands: list[str] = []
        """All that was asked, without tags, login and logout left out."""
        self.connections = 0
        self.sent = 0
        """Bytes, over all connections."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    def account(self, **said: Any) -> ImapAccount:
        """An account here."""
        return ImapAccount(
            **{
                "name": "test",
                "address": "me@example.org",
                "host": "127.0.0.1",
                "port": self.port,
                "security": "none",
                "user": "me",
                "auth": "password",
                "secret": lambda: ("password", "pw"),
                **said,
            }
        )

    # -- the connection ----------------------------------------------------------------------------------

    def serve(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._talk, args=(client, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _talk(self, client: socket.socket, number: int) -> None:
        with client, client.makefile("rb") as lines, contextlib.suppress(OSError):
            if not self._say(client, self.twist(number, "", b"* OK ready\r\n")):
                return
            selected = ""
            for line in lines:
                tag, _, command = line.decode("latin-1").strip().partition(" ")
                word = command.partition(" ")[0].upper()
                if word not in ("LOGIN", "LOGOUT"):
                    self.commands.append(command)
                if word == "EXAMINE":
                    selected = command.partition(" ")[2].strip('"')
                try:
                    answer = self._answer(word, command, selected) + f"{tag} OK done\r\n".encode()
                except KeyError:
                    answer = f"{tag} NO there is no such folder\r\n".encode()
                twisted = self.twist(number, command, answer).replace(b"<tag>", tag.encode())
                if not self._say(client, twisted) or word == "LOGOUT":
                    return

    def _say(self, client: socket.socket, answer: bytes) -> bool:
        """Whether the conversation goes on."""
        text, silence, _ = answer.partition(SILENCE)
        text, drip, _ = text.partition(DRIP)
        text, end, _ = text.partition(HANG_UP)
        client.sendall(text)
        self.sent += len(text)
        if silence:
            client.settimeout(20)
            with contextlib.suppress(OSError):
                client.recv(1)  # until the client loses patience
        while drip and not self._closing.wait(0.05):
            client.sendall(b"x")
        return not (silence or end)

    # -- the answers -------------------------------------------------------------------------------------

    def _answer(self, word: str, command: str, selected: str) -> bytes:
        if word == "CAPABILITY":
            return f"* CAPABILITY {self.capabilities}\r\n".encode()
        if word == "LIST":
            return "".join(f'* LIST ({each.flags}) "/" "{name}"\r\n' for name, each in self.folders.items()).encode()
        if word == "STATUS":
            name = command.partition('"')[2].partition('"')[0]
            folder = self.folders[name]
            said = f"UIDNEXT {folder.uidnext} UIDVALIDITY {folder.uidvalidity} MESSAGES {len(folder.messages)}"
            return f'* STATUS "{name}" ({said})\r\n'.encode()
        if word == "EXAMINE":
            folder = self.folders[selected]
            return (
                f"* {len(folder.messages)} EXISTS\r\n* FLAGS ()\r\n* OK [UIDVALIDITY {folder.uidvalidity}] ok\r\n"
                f"* OK [UIDNEXT {folder.uidnext}] ok\r\n"
            ).encode()
        if command.upper().startswith("UID SEARCH"):
            return self._found(command, self.folders[selected])
        if command.upper().startswith("UID FETCH"):
            return self._fetched(command, self.folders[selected])
        return b""

    def _found(self, command: str, folder: Folder) -> bytes:
        uids = sorted(folder.messages)
        if match := re.search(r"SEARCH (\d+):(\d+|\*) UID", command):
            uids = uids[int(match[1]) - 1 : None if match[2] == "*" else int(match[2])]
        if match := re.search(r"UID (\d+):(\d+)", command):
            # As real servers do: a range finds the last message at least.
            uids = [uid for uid in uids if int(match[1]) <= uid <= int(match[2])] or uids[-1:]
        return f"* SEARCH {' '.join(map(str, uids))}".strip().encode() + b"\r\n"

    def _fetched(self, command: str, folder: Folder) -> bytes:
        asked = [int(uid) for uid in command.split()[2].split(",")]
        places = {uid: place for place, uid in enumerate(sorted(folder.messages), start=1)}
        name = "BODY[]<0>" if "BODY.PEEK[]" in command else "BODY[HEADER.FIELDS (FROM)]"
        return b"".join(
            fetched(places[uid], uid, folder.messages[uid], name=name, more=folder.more.get(uid, ""))
            for uid in asked
            if uid in places
        )


def fetched(
    place: int,
    uid: int,
    block: bytes,
    *,
    size: int | None = None,
    name: str = "BODY[HEADER.FIELDS (FROM)]",
    more: str = "",
) -> bytes:
    """The answer of FETCH about one message; with `size` it lies about how long that is."""
    said = f'UID {uid} INTERNALDATE " 1-Mar-2026 12:00:00 +0000" {more}'.strip()
    return f"* {place} FETCH ({said} {name} {{{len(block) if size is None else size}}}\r\n".encode() + block + b")\r\n"


@contextlib.contextmanager
def scripted(folders: dict[str, Folder], capabilities: str = "", twist: Twist | None = None) -> Iterator[Scripted]:
    """The server while it is needed."""
    server = Scripted(folders, capabilities, twist)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def letters(uids: Sequence[int], prefix: str = "letter") -> dict[int, bytes]:
    """Header blocks of letters, by UID."""
    return {
        uid: (
            f"From: Ada Lovelace <ada{uid}@example.org>\r\nTo: me@example.org\r\nSubject: {prefix} {uid}\r\n"
            f"Date: Sun, 1 Mar 2026 12:00:00 +0000\r\nMessage-ID: <{prefix}{uid}@example.org>\r\n\r\n"
        ).encode()
        for uid in uids
    }
