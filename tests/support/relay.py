"""Stands between dex and a real server: cuts the connection after any byte, stalls, lies, and tells what is asked."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

from support.scripted import HANG_UP, SILENCE

Answers = Callable[[int, bytes], bytes]
"""From the number of the connection and what the server sends to what arrives; may hold HANG_UP or SILENCE."""
Asked = Callable[[int, str], bytes | None]
"""From the number of the connection and a line to the server, before it is sent, to the answer that it gets instead.

Of HTTP it is the whole head of a request, or its body, and ends with HANG_UP.
"""


class Relay:
    """A port that leads to a server."""

    def __init__(
        self, target: int, answers: Answers | None, asked: Asked | None, questions: int | None, port: int, *, http: bool
    ) -> None:
        self.commands: list[str] = []
        """Lines that were sent, without tags; of HTTP heads and bodies."""
        self.sent = 0
        """Bytes to the server."""
        self.received = 0
        """Bytes from it."""
        self._target = target
        self._http = http
        self._disturb(answers, asked, questions)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._closing = threading.Event()

    def _disturb(self, answers: Answers | None, asked: Asked | None, questions: int | None) -> None:
        self._answers = answers or (lambda _, data: data)
        self._asked = asked or (lambda _number, _line: None)
        self._questions = questions

    def calm(self) -> None:
        """Disturb nothing from now on."""
        self._disturb(None, None, None)

    def disturb(self, *, answers: Answers | None = None, asked: Asked | None = None) -> None:
        """Disturb in another way from now on."""
        self._disturb(answers, asked, None)

    def serve(self) -> None:
        number = 0
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            server = socket.create_connection(("127.0.0.1", self._target))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [client, server]
            for work in (self._forth, self._back):
                thread = threading.Thread(target=work, args=(number, client, server), daemon=True)
                self._threads.append(thread)
                thread.start()

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        _end(*self._open)
        for thread in self._threads:
            thread.join(10)
        for each in self._open:
            each.close()

    def _forth(self, number: int, client: socket.socket, server: socket.socket) -> None:
        """What is asked, line by line; `questions` bytes of it on the first connection where that is said."""
        left = self._questions if number == 1 else None
        with client.makefile("rb") as stream, contextlib.suppress(OSError):
            for line in iter(lambda: stream.read1(65_536), b"") if self._http else stream:
                said = line.decode("latin-1").strip()
                tag, _, command = ("", "", said) if self._http else said.partition(" ")
                self.commands.append(command)
                instead = self._asked(number, command)
                if instead is not None:
                    if not self._say(client, instead.replace(b"<tag>", tag.encode())):
                        break
                    continue
                part = line if left is None else line[:left]
                server.sendall(part)
                self.sent += len(part)
                if left is not None:
                    left -= len(part)
                    if left <= 0:
                        break
        _end(client, server)

    def _back(self, number: int, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                if not self._say(client, self._answers(number, data)):
                    break
        _end(client, server)

    def _say(self, client: socket.socket, answer: bytes) -> bool:
        """Whether the conversation goes on."""
        text, silence, _ = answer.partition(SILENCE)
        text, end, _ = text.partition(HANG_UP)
        client.sendall(text)
        self.received += len(text)
        if silence:
            self._closing.wait(20)
        return not (silence or end)


@contextlib.contextmanager
def relay(
    target: int,
    *,
    answers: Answers | None = None,
    asked: Asked | None = None,
    questions: int | None = None,
    port: int = 0,
    http: bool = False,
) -> Iterator[Relay]:
    """The relay while it is needed, at a port that is free unless told."""
    between = Relay(target, answers, asked, questions, port, http=http)
    thread = threading.Thread(target=between.serve, daemon=True)
    thread.start()
    try:
        yield between
    finally:
        between.close()
        thread.join()


def _end(*ends: socket.socket) -> None:
    for each in ends:
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
