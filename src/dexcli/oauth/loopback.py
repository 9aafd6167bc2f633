"""The port of this machine to which a browser is sent back, open until the right answer comes (RFC 8252, 7.3).

Whatever else knocks there is told so and makes no difference: anybody on this machine can, and any web page.
"""

from __future__ import annotations

import errno
import os
import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Lock, Thread
from typing import Any, Protocol
from urllib.parse import urlsplit

from dexcli.errors import DexError

HERE = "127.0.0.1"
MOST_AT_ONCE = 32
"""Connections at a time: a browser needs two or three."""
_SILENT = 10.0
"""Seconds for which a connection may say nothing."""
_LONGEST_LINE = 16 * 1024
"""Letters of a request's first line."""


class Pasted(Protocol):
    """Where an address is pasted when the browser is on another machine."""

    def fileno(self) -> int:
        """What tells by `select` that something was pasted."""
        ...

    def read(self) -> list[str] | None:
        """Lines that have come since; None: no more will."""
        ...


class Listener:
    """The open port."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self.port: int = server.server_address[1]

    def expect(self, path: str, accepts: Callable[[str], bool]) -> None:
        """Before somebody is sent there: the path of the answer, and whether a query that comes to it is the answer."""
        self._server.expect(path, accepts)

    def wait(
        self,
        *,
        pasted: Pasted | None,
        takes: Callable[[str], bool],
        refused: Callable[[str], None],
        seconds: float,
    ) -> str:
        """The address that came back, with its query, from the browser or pasted.

        `takes` tells whether a query that was pasted is the answer. `refused` is called with the query of what was
        pasted and is none, once for all lines that were pasted together; it may raise to end the waiting. Raises
        TimeoutError.
        """
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._server.came, selectors.EVENT_READ)
            if pasted is not None:
                selector.register(pasted.fileno(), selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    if key.fd == self._server.came:
                        return self._server.answer
                    lines = pasted.read() if pasted is not None else None
                    if lines is None:
                        selector.unregister(key.fd)
                        continue
                    said = [line for line in map(_cleaned, lines) if line]
                    for line in said:
                        if takes(_query(line)):
                            return line
                    if said:
                        refused(_query(said[-1]))
        raise TimeoutError


def _cleaned(line: str) -> str:
    """A pasted line without what copying brings along."""
    return line.strip().strip("\"'<>")


def _query(address: str) -> str:
    with suppress(ValueError):
        return urlsplit(address).query
    return ""


@contextmanager
def listening(port: int | None) -> Iterator[Listener]:
    """The port while it is needed: any that is free, or the one that a client is registered with.

    Raises DexError where that is taken.
    """
    try:
        server = _Server((HERE, port or 0), _Handler)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "another program has it" if taken else getattr(error, "strerror", None) or "no such port"
        raise DexError(
            f"port {port} of this machine cannot be opened: {reason}",
            hint="end that program, or name another port that the client is registered with: --port N",
            code="port",
        ) from None
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Listener(server)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        server.forget()


class _Server(ThreadingHTTPServer):
    """Waits for one answer, and remembers it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = MOST_AT_ONCE

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.answer = ""
        self.came, self._sign = os.pipe()
        """Can be read from once the answer is there."""
        self._path = ""
        self._accepts: Callable[[str], bool] = lambda _: False
        self._lock = Lock()
        self._open = 0

    def server_bind(self) -> None:
        """As HTTPServer does, but without asking the network for the name of this machine."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HERE, self.server_address[1]

    def expect(self, path: str, accepts: Callable[[str], bool]) -> None:
        """Wait for a query of that path."""
        self._accepts, self._path = accepts, path

    def judge(self, target: str) -> int:
        """The status for a request; the answer is remembered."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return 400
        if parts.path != self._path:
            return 404
        with self._lock:
            if self.answer:
                return 410
            if not self._accepts(parts.query):
                return 400
            self.answer = target
        return 200

    def told(self) -> None:
        """The browser has its page: whoever waits for the answer may go on."""
        with suppress(OSError):
            os.write(self._sign, b"!")

    def forget(self) -> None:
        """Let go of the pipe."""
        with self._lock:
            self.answer = ""
        os.close(self.came)
        os.close(self._sign)

    def verify_request(self, *_: Any) -> bool:
        """Whether there is room for one more."""
        with self._lock:
            self._open += 1
            return self._open <= MOST_AT_ONCE

    def shutdown_request(self, request: Any) -> None:
        """Count it out, however it ended."""
        with self._lock:
            self._open -= 1
        super().shutdown_request(request)

    def handle_error(self, *_: Any) -> None:
        """Whoever hangs up in the middle has nothing to say."""


_PAGE = {
    200: "dex has its answer. You can close this window and go back to the terminal.",
    404: "There is nothing here.",
    405: "There is nothing here.",
    410: "dex has its answer already.",
}
_NO = "This is not the answer that dex waits for."


class _Handler(BaseHTTPRequestHandler):
    """Answers with one line of text: nothing in it comes from the request."""

    server: _Server
    raw_requestline: bytes
    timeout = _SILENT
    server_version = "dex"
    sys_version = ""

    def parse_request(self) -> bool:
        """As the library does; only GET goes on."""
        if len(self.raw_requestline) > _LONGEST_LINE:
            self.send_error(414)
            return False
        if not super().parse_request():
            return False
        if self.command != "GET":
            self.send_error(405)
            return False
        return True

    def do_GET(self) -> None:
        """Take the answer, or say that it is none."""
        status = self.server.judge(self.path)
        try:
            self._say(status)
        finally:
            if status == 200:  # noqa: PLR2004 - OK
                self.server.told()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Say no, in our words."""
        del message, explain
        self._say(code if 400 <= code < 500 else 400)  # noqa: PLR2004 - a bad request is not our fault

    def _say(self, status: int) -> None:
        page = (_PAGE.get(status, _NO) + "\n").encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Nothing of it is written down: the code stands in it."""
