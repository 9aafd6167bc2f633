"""A server that grants tokens, and a browser without a window, both on this machine and for tests.

It does what RFC 6749, 7009, 7636 and 8628 ask of such a server, and is strict about it; `script` lets a test answer
in its place.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

CLIENT = "dex-of-ada"
SECRET = "a secret: of the client"  # noqa: S105 - of nobody
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Asked(NamedTuple):
    """What was asked."""

    path: str
    fields: dict[str, str]
    headers: dict[str, str]


class Reply(NamedTuple):
    """What is answered."""

    status: int = 200
    body: str | bytes | dict[str, Any] = ""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


Script = Callable[[Asked], Reply | None]
"""What is answered instead; None: as usual."""


class AuthorizationServer:
    """The server: what it was asked, what it has granted, and how it should behave."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.script: Script = lambda _: None
        self.access: Callable[[int], str] = lambda number: f"access-{number}"
        """The access token that is granted for the nth time."""
        self.expires_in: Any = 3600
        self.rotates = False
        """Whether a refresh token is good for one time only."""
        self.secret: str | None = None
        """What the client has to know."""
        self.denies = False
        """Whether the user says no."""
        self.scope: str | None = None
        """What is granted in its own words."""
        self.device: list[str] = []
        """What is answered, one after the other, to who asks whether the code was typed."""
        self.interval: Any = 1
        self.valid: set[str] = set()
        """Refresh tokens that are good."""
        self._codes: dict[str, tuple[str, str]] = {}
        self._numbers = itertools.count(1)
        self._lock = Lock()

    def account(self) -> dict[str, Any]:
        """The keys of an account whose tokens come from here."""
        return {
            "oauth_client_id": CLIENT,
            "oauth_authorize_url": f"{self.url}authorize",
            "oauth_token_url": f"{self.url}token",
            "oauth_device_url": f"{self.url}device",
            "oauth_revoke_url": f"{self.url}revoke",
            "oauth_scope": "mail offline_access",
        }

    def options(self) -> list[str]:
        """The same for `dex account add`."""
        return [word for key, value in self.account().items() for word in (f"--{key.replace('_', '-')}", value)]

    def tokens(self) -> list[Asked]:
        """All that asked for tokens."""
        return [one for one in self.asked if one.path == "/token"]

    def revoke_all(self) -> None:
        """Take every login back, as a user can at their provider."""
        self.valid.clear()

    def answer(self, asked: Asked) -> Reply:
        """What is answered."""
        with self._lock:
            self.asked.append(asked)
            scripted = self.script(asked)
            if scripted is not None:
                return scripted
            match asked.path:
                case "/authorize":
                    return self._authorize(asked.fields)
                case "/token":
                    return self._identified(asked) or self._grant(asked.fields)
                case "/device":
                    return self._identified(asked) or Reply(
                        body={
                            "device_code": "the-long-code",
                            "user_code": "ABCD-EFGH",
                            "verification_uri": f"{self.url}type",
                            "expires_in": 900,
                            "interval": self.interval,
                        }
                    )
                case "/revoke":
                    self.valid.discard(asked.fields.get("token", ""))
                    return self._identified(asked) or Reply()
        return Reply(404)

    def _authorize(self, fields: dict[str, str]) -> Reply:
        back = fields.get("redirect_uri", "")
        good = fields.get("client_id") == CLIENT and urlsplit(back).hostname in ("127.0.0.1", "localhost")
        if not good or fields.get("response_type") != "code" or fields.get("code_challenge_method") != "S256":
            return Reply(400, "this is no client of ours")
        if self.denies:
            answer = {"error": "access_denied", "error_description": "The user said no", "state": fields["state"]}
        else:
            code = f"code-{next(self._numbers)}"
            self._codes[code] = fields["code_challenge"], back
            answer = {"code": code, "state": fields["state"]}
        return Reply(302, headers={"Location": f"{back}?{urlencode(answer)}"})

    def _identified(self, asked: Asked) -> Reply | None:
        """A refusal of who is not the client."""
        client, secret = asked.fields.get("client_id"), asked.fields.get("client_secret")
        kind, _, pair = asked.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            client, _, secret = (unquote_plus(one) for one in base64.b64decode(pair).decode().partition(":"))
        if (client, secret) != (CLIENT, self.secret):
            return _error("invalid_client", 401)
        return None

    def _grant(self, fields: dict[str, str]) -> Reply:
        match fields.get("grant_type"):
            case "authorization_code":
                challenge, back = self._codes.pop(fields.get("code", ""), ("", ""))
                hashed = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
                same = challenge == base64.urlsafe_b64encode(hashed).decode().rstrip("=")
                if not same or fields.get("redirect_uri") != back:
                    return _error("invalid_grant")
            case "refresh_token":
                token = fields.get("refresh_token", "")
                if token not in self.valid:
                    return _error("invalid_grant", description="Token has been expired or revoked.")
                if not self.rotates:
                    return Reply(body=self._tokens(None))
                self.valid.discard(token)
            case "urn:ietf:params:oauth:grant-type:device_code":
                if fields.get("device_code") != "the-long-code":
                    return _error("invalid_grant")
                if self.device and (said := self.device.pop(0)) != "granted":
                    return _error(said)
            case _:
                return _error("unsupported_grant_type")
        refresh = f"refresh-{next(self._numbers)}"
        self.valid.add(refresh)
        return Reply(body=self._tokens(refresh))

    def _tokens(self, refresh: str | None) -> dict[str, Any]:
        number = sum(one.path == "/token" for one in self.asked)
        return {
            "access_token": self.access(number),
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            **({"refresh_token": refresh} if refresh else {}),
            **({"scope": self.scope} if self.scope else {}),
        }


def _error(code: str, status: int = 400, *, description: str = "") -> Reply:
    return Reply(status, {"error": code, **({"error_description": description} if description else {})})


@contextlib.contextmanager
def authorization_server() -> Iterator[AuthorizationServer]:
    """The server while it is needed."""
    granting = AuthorizationServer()

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle_one_request()

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            pairs = parse_qsl(parts.query if self.command == "GET" else body, keep_blank_values=True)
            reply = granting.answer(Asked(parts.path, dict(pairs), dict(self.headers)))
            said = json.dumps(reply.body) if isinstance(reply.body, dict) else reply.body
            data = said.encode() if isinstance(said, str) else said
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _answer  # noqa: N815 - the names that http.server gives them

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    granting.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield granting
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


_BROWSER = """\
#!{python}
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=20).read()
"""


def browser(folder: Path) -> str:
    """A program for `$BROWSER` that opens a page and goes where that sends it, as its user says yes to everything."""
    program = folder / "browser"
    program.write_text(_BROWSER.format(python=sys.executable))
    program.chmod(0o755)
    return str(program)
