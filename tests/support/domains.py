"""Invented domains with a DNS server and https hosts of their own on 127.0.0.1, as discovery meets them.

The answers of the DNS are made by dnspython, over UDP and TCP; certificates are of an authority of one test.
"""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import trustme

from support.routes import Replace, install

TESTS = Path(__file__).parents[1]

SILENT, SERVFAIL, GARBAGE, TRUNCATED, LOOP = "silent", "servfail", "garbage", "truncated", "loop"
"""What a name may do instead of answering; TRUNCATED answers in full over TCP only."""


class Asked(NamedTuple):
    """A request over https."""

    method: str
    host: str
    path: str
    headers: dict[str, str]


class Reply(NamedTuple):
    """Its answer. `drip`: a byte now and then, without end; `broken`: it says that it is
    sent in chunks, and is not."""

    status: int = 200
    body: bytes = b""
    location: str = ""
    drip: float = 0.0
    broken: bool = False


Site = Callable[[Asked], Reply]


class Domains:
    """What the network knows; tests fill it."""

    def __init__(self, folder: Path) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        """`("_imaps._tcp.work.test", "SRV")` and what stands there."""
        self.faults: dict[str, str] = {}
        self.questions: list[str] = []
        """Every question, as `SRV _imaps._tcp.work.test`."""
        self.sites: dict[str, Site] = {}
        self.asked: list[Asked] = []
        self.hosts: dict[str, int] = {}
        """Ports by `work.test:443`."""
        self.dns_port = 0
        self._authority = trustme.CA()
        self.ca_file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))
        self._stack = contextlib.ExitStack()

    def srv(self, name: str, *records: str) -> None:
        """`srv("_imaps._tcp.work.test", "0 1 993 imap.work.test.")`."""
        self.records[name, "SRV"] = list(records)

    def txt(self, name: str, *records: str) -> None:
        """`txt("_caldavs._tcp.work.test", '"path=/dav/"')`."""
        self.records[name, "TXT"] = list(records)

    def site(self, host: str, answers: Site | dict[str, Reply], port: int = 443, *, trusted: bool = True) -> None:
        """An https host: its answers by path without the question, 404 for all others."""
        known = answers

        def by_path(asked: Asked) -> Reply:
            assert isinstance(known, dict)
            return known.get(asked.path.partition("?")[0], Reply(404))

        self.sites[host] = by_path if isinstance(answers, dict) else answers
        authority = self._authority if trusted else trustme.CA()
        self.hosts[f"{host}:{port}"] = self._stack.enter_context(_https(self, _tls(authority, host)))

    def front(self, host: str, port: int, target: int) -> None:
        """A host that speaks TLS before a server on this machine that does not."""
        self.hosts[f"{host}:{port}"] = self._stack.enter_context(_front(_tls(self._authority, host), target))

    def refusing(self, host: str, port: int = 443) -> None:
        """A host that takes no connection."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.hosts[f"{host}:{port}"] = free.getsockname()[1]

    def environment(self) -> dict[str, str]:
        """For a program that shall find these domains."""
        return {
            "PYTHONPATH": f"{TESTS / 'support/routed'}",
            "ROUTES_OF_TESTS": json.dumps({"dns_port": self.dns_port, "hosts": self.hosts}),
            "SSL_CERT_FILE": str(self.ca_file),
        }

    def install(self, replace: Replace) -> None:
        """For this process."""
        install(self.dns_port, self.hosts, replace)


@contextlib.contextmanager
def domains(folder: Path) -> Iterator[Domains]:
    """A network in which nothing is known yet."""
    known = Domains(folder)
    with known._stack as stack:
        known.dns_port = stack.enter_context(_dns(known))
        yield known


# -- the DNS -----------------------------------------------------------------------------------------------------


def _answer(known: Domains, wire: bytes, *, tcp: bool) -> bytes | None:
    query = dns.message.from_wire(wire)
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    kind = dns.rdatatype.to_text(question.rdtype)
    if not tcp:
        known.questions.append(f"{kind} {name}")
    fault = known.faults.get(name)
    if fault == SILENT:
        return None
    if fault == GARBAGE:
        return wire[:2] + b"\x81\x80\x00\x01\xff\xff" + b"\xc0" * 40
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    if fault == SERVFAIL:
        response.set_rcode(dns.rcode.SERVFAIL)
        return response.to_wire()
    if fault == TRUNCATED and not tcp:
        response.flags |= dns.flags.TC
        return response.to_wire()
    if fault == LOOP:
        response.answer += [
            dns.rrset.from_text(question.name, 60, "IN", "CNAME", "round.test."),
            dns.rrset.from_text("round.test.", 60, "IN", "CNAME", f"{name}."),
        ]
        return response.to_wire()
    while ("CNAME" not in kind) and (alias := known.records.get((name, "CNAME"))):
        response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", *alias))
        name = alias[0].rstrip(".")
    if (name, kind) in known.records:
        response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *known.records[name, kind]))
    elif not any(name == one for one, _ in known.records):
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response.to_wire()


@contextlib.contextmanager
def _dns(known: Domains) -> Iterator[int]:
    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, sock = self.request
            answer = _answer(known, data, tcp=False)
            if answer is not None:
                sock.sendto(answer, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            size = int.from_bytes(self.rfile.read(2), "big")
            answer = _answer(known, self.rfile.read(size), tcp=True) or b""
            self.wfile.write(len(answer).to_bytes(2, "big") + answer)

    class TcpServer(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    for _ in range(20):
        tcp = TcpServer(("127.0.0.1", 0), Tcp)
        try:
            udp = socketserver.ThreadingUDPServer(("127.0.0.1", tcp.server_address[1]), Udp)
        except OSError:  # the same port for packets is somebody else's
            tcp.server_close()
            continue
        with _serving(tcp), _serving(udp):
            yield int(tcp.server_address[1])
        return
    raise OSError("no port is free for connections and packets alike")


# -- https -------------------------------------------------------------------------------------------------------


def _tls(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


@contextlib.contextmanager
def _https(known: Domains, context: ssl.SSLContext) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host = (self.headers.get("Host") or "").partition(":")[0]
            asked = Asked(self.command, host, self.path, dict(self.headers))
            known.asked.append(asked)
            reply = known.sites[host](asked)
            self.send_response(reply.status)
            if reply.location:
                self.send_header("Location", reply.location)
            if reply.broken:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(reply.body)
            while reply.drip and not closing.wait(reply.drip):
                self.wfile.write(b" ")
                self.wfile.flush()

        do_GET = do_PROPFIND = _answer  # noqa: N815 - the names that http.server gives them

        def handle(self) -> None:
            with contextlib.suppress(OSError):  # whoever asked has left
                self.request.do_handshake()
                super().handle()

        def log_message(self, *_: Any) -> None:
            pass

    closing = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with _serving(server):
        yield int(server.server_port)
        closing.set()


@contextlib.contextmanager
def _front(context: ssl.SSLContext, target: int) -> Iterator[int]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as outside,
                socket.create_connection(("127.0.0.1", target)) as inside,
            ):
                back = threading.Thread(target=_pass_on, args=(inside, outside), daemon=True)
                back.start()
                _pass_on(outside, inside)
                back.join(5)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    server = Server(("127.0.0.1", 0), Handler)
    with _serving(server):
        yield int(server.server_address[1])


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    server.daemon_threads = True  # type: ignore[attr-defined]  # of all the threading ones
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
