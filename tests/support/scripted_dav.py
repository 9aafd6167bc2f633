"""A WebDAV server that says what a test wants, and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple


class Request(NamedTuple):
    """What was asked."""

    method: str
    path: str
    body: str
    headers: dict[str, str]


class Reply(NamedTuple):
    """What is answered: a status, headers, and a body of which so many bytes are sent before the line is cut."""

    status: int = 207
    body: str | bytes = ""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    cut_after: int | None = None
    endless: bool = False
    """Whether the body is sent again and again, until whoever asked leaves."""


Script = Callable[[Request], Reply]


class ScriptedDav:
    """The server: its url, and what it was asked."""

    def __init__(self, url: str, asked: list[Request]) -> None:
        self.url = url
        self.asked = asked


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[ScriptedDav]:
    """A server that answers by a function."""
    asked: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle_one_request()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            request = Request(self.command, self.path, body, dict(self.headers))
            asked.append(request)
            reply = script(request)
            data = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.endless:
                self.close_connection = True
                self.end_headers()
                while True:
                    self.wfile.write(data)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data if reply.cut_after is None else data[: reply.cut_after])
            if reply.cut_after is not None:
                self.close_connection = True

        do_PROPFIND = do_REPORT = do_GET = _answer  # noqa: N815 - the names that http.server gives them

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield ScriptedDav(f"http://127.0.0.1:{server.server_port}/", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def multistatus(*responses: str, sync: str = "") -> str:
    """A multistatus of these responses."""
    said = f"<d:sync-token>{sync}</d:sync-token>" if sync else ""
    return (
        '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
        ' xmlns:a="urn:ietf:params:xml:ns:carddav" xmlns:s="http://calendarserver.org/ns/">'
        f"{''.join(responses)}{said}</d:multistatus>"
    )


def found(href: str, props: str) -> str:
    """A response with properties."""
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{props}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def missing(href: str, status: str = "404 Not Found") -> str:
    """A response for what is not there."""
    return f"<d:response><d:href>{href}</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>"


HOME = found("/", "<d:resourcetype><d:collection/></d:resourcetype>"
             "<c:calendar-home-set><d:href>/home/</d:href></c:calendar-home-set>"
             "<a:addressbook-home-set><d:href>/home/</d:href></a:addressbook-home-set>")  # fmt: skip


def collection(path: str, kind: str = "c:calendar", sync: str = "t1", name: str = "Work") -> str:
    """A calendar or address book, without a CTag."""
    said = f"<d:sync-token>{sync}</d:sync-token>" if sync else ""
    return found(
        path, f"<d:resourcetype><d:collection/><{kind}/></d:resourcetype><d:displayname>{name}</d:displayname>{said}"
    )


def data_of(href: str, data: str, etag: str = '"1"', kind: str = "c:calendar-data") -> str:
    """An object with its data."""
    return found(href, f"<d:getetag>{etag}</d:getetag><{kind}><![CDATA[{data}]]></{kind}>")
