"""WebDAV as calendars and address books speak it: PROPFIND and REPORT over HTTP, and what goes wrong there in words."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from msgspec import Struct

from dexcli.errors import CredentialsError, NetworkError, ServerError
from dexcli.https import adapter, failure, unled_session
from dexcli.sources._text import clean
from dexcli.waiting import begun

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import requests

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CARDDAV = "{urn:ietf:params:xml:ns:carddav}"
APPLE = "{http://calendarserver.org/ns/}"
_NAMESPACES = {"d": "DAV:", "c": CALDAV[1:-1], "a": CARDDAV[1:-1], "s": APPLE[1:-1]}

MOST_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer: ten thousand events with long descriptions are half of it."""

MOST_ELEMENTS = 2_000_000
"""Tags in one answer: for ten thousand objects ten times as many as they need."""

MOST_SECONDS = 600.0
"""Of one answer, however slowly its bytes come."""

_CHUNK = 256 * 1024
_MOST_REDIRECTS = 5
_LONGEST_WAIT = 60.0
"""Seconds that are waited where a server says when to come again; a longer wait is another run's."""

_BUSY = (429, 503)
_TRUNCATED = 507
_MULTISTATUS = 207


class DavAccount(Struct, frozen=True, kw_only=True):
    """All that is needed to read an account."""

    name: str
    """The user's name for it."""
    url: str
    """Of the server, the user's home on it, or one collection."""
    user: str
    auth: str
    """`basic`, `digest` or `bearer`."""
    secret: Callable[[], tuple[str, str]]
    """Its kind and value."""
    renewed: Callable[[str], tuple[str, str]] | None = None
    """The same, another than the token that was not taken; None: there is no other."""
    ca_file: str | None = None
    """A file with the certificates to trust instead of the system's."""
    hosts: tuple[str, ...] = ()
    """Domains whose hosts may have the secret as well: some providers refer from one host to another."""
    collections: tuple[str, ...] = ()
    """The names or paths of those to read; empty: all."""
    full: bool = False

    @property
    def owner(self) -> str:
        """Whose it is on which server: another owner's places say nothing about this one."""
        parts = urlsplit(self.url)
        return f"{self.user}@{parts.netloc}{parts.path}"


class Patience(Struct, frozen=True, kw_only=True):
    """How long to wait for a server, in seconds."""

    connect: float = 20.0
    read: float = 120.0
    """Without a byte from it: a large calendar takes a server a while to gather."""
    pauses: tuple[float, ...] = (1.0, 5.0, 15.0)
    """Before each further try."""
    wait: Callable[[float], None] = time.sleep


class Answer(Struct, frozen=True, kw_only=True):
    """What a server says of one resource."""

    href: str
    """Its path, without the host."""
    status: int
    """Of the resource: 200, or 404 for one that is gone."""
    props: dict[str, Any] = {}
    """Elements by name in Clark notation, those that it has."""

    def text(self, name: str) -> str:
        """The text of a property; empty where it has none."""
        element = self.props.get(name)
        return (element.text or "").strip() if element is not None else ""


class Answers(Struct, frozen=True, kw_only=True):
    """A multistatus."""

    items: list[Answer]
    token: str = ""
    """The sync-token behind the answers."""
    truncated: bool = False
    """There is more: ask again with the token."""


class RefusedError(Exception):
    """The server did not do what was asked, for a reason of this request: it may do something else."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status} {said}".strip())
        self.status = status
        self.said = said


class Client:
    """One connection to a server."""

    def __init__(self, account: DavAccount, patience: Patience) -> None:
        self._account = account
        self._patience = patience
        self._session: requests.Session | None = None
        self._shown = ("", "")
        """The secret of this session."""
        self._host = urlsplit(account.url).netloc

    def close(self) -> None:
        """Let go of the connection."""
        if self._session is not None:
            self._session.close()

    def propfind(self, url: str, names: Sequence[str], *, depth: int) -> Answers:
        """The properties of a resource, and of those in it with depth 1. Raises RefusedError."""
        props = "".join(f"<{name}/>" for name in names)
        return self._ask("PROPFIND", url, f"<d:propfind {_declared()}><d:prop>{props}</d:prop></d:propfind>", depth)

    def report(self, url: str, body: str, *, depth: int = 1) -> Answers:
        """Ask by a REPORT; `body` uses the prefixes d, c, a and s. Raises RefusedError."""
        root = body[1 : body.index(">")].rstrip("/")
        return self._ask("REPORT", url, body.replace(root, f"{root} {_declared()}", 1), depth)

    def resolve(self, href: str, base: str) -> str:
        """The URL of an href. Raises ServerError for one that is none."""
        try:
            url = urljoin(base, href)
            urlsplit(url).port  # noqa: B018 - it is read only now
        except ValueError as error:
            raise ServerError(f"{self._host} answers what makes no sense: {clean(href)[:100]}") from error
        return url

    def _ask(self, method: str, url: str, body: str, depth: int) -> Answers:
        data = f'<?xml version="1.0" encoding="utf-8"?>{body}'.encode()
        headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": str(depth)}
        for pause in (*self._patience.pauses, None):
            try:
                return self._tried(method, url, data, headers)
            except _BusyError as busy:
                wait = busy.seconds if busy.seconds is not None else pause
                if pause is None or wait is None or wait > _LONGEST_WAIT:
                    raise NetworkError(
                        f"{self._host} is busy: {busy.said}", hint="run it again later: it goes on where it stopped"
                    ) from busy
                self._patience.wait(wait)
            except _BrokenError as broken:
                if pause is None:
                    raise NetworkError(
                        f"{self._host}: {broken}", hint="is the network up? Run it again: it goes on where it stopped"
                    ) from broken
                self._patience.wait(pause)
        raise AssertionError  # the last pause is None

    def _tried(self, method: str, url: str, data: bytes, headers: dict[str, str]) -> Answers:
        import requests

        renewed = False
        for _ in range(_MOST_REDIRECTS + 1):
            self._check_host(url)
            session = self._opened()
            try:
                with session.request(
                    method,
                    url,
                    data=data,
                    headers=headers,
                    timeout=(self._patience.connect, self._patience.read),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    status, reason, answer = response.status_code, response.reason or "", response.headers
                    body = self._body(response)
            except requests.exceptions.SSLError as error:
                raise NetworkError(
                    f"{self._host}: its certificate is not trusted: {failure(error)}",
                    hint="ca_file names a file with certificates to trust, for a server with its own",
                ) from error
            except (requests.exceptions.RequestException, OSError) as error:
                raise _BrokenError(failure(error)) from error
            except (ValueError, KeyError) as error:  # of headers that no server sends in its right mind
                raise ServerError(
                    f"{self._host} answers what makes no sense: {failure(error)}",
                    hint="is the url of the account right?",
                ) from error
            if status in (301, 302, 303, 307, 308) and answer.get("Location"):
                url = self.resolve(answer["Location"], url)
                continue
            if status == _MULTISTATUS and not _is_measured(answer) and not body.rstrip().endswith(b"multistatus>"):
                raise _BrokenError("it breaks off within its answer")
            if status == 401 and not renewed and self._renewed():  # noqa: PLR2004 - Unauthorized
                renewed = True
                continue
            return self._answers(status, reason, answer, body)
        raise RefusedError(310, "it refers from one place to another without end")

    def _answers(self, status: int, reason: str, headers: Any, body: bytes) -> Answers:
        if status == _MULTISTATUS:
            return _multistatus(body, self._host)
        said = clean(reason)[:100]
        if status in _BUSY:
            raise _BusyError(f"{status} {said}", _seconds(headers.get("Retry-After", ""), headers.get("Date", "")))
        if status == 401:  # noqa: PLR2004 - Unauthorized
            raise CredentialsError(
                f"{self._host} does not take the user name or the {self._secret_word}",
                hint=f"is the user right{self._other_name}? {self._for_another}",
            )
        if status >= 500:  # noqa: PLR2004 - of the server
            raise _BrokenError(f"it answers {status} {said}")
        raise RefusedError(status, said)

    def _renewed(self) -> bool:
        """Whether there is another token than the one that is not taken, as when it has expired meanwhile."""
        kind, refused = self._shown
        if self._account.renewed is None or kind != "token" or self._account.renewed(refused)[1] == refused:
            return False
        self.close()
        self._session = None  # the next one asks for the secret again
        return True

    @property
    def _for_another(self) -> str:
        """The way to another secret."""
        if self._account.renewed is not None:
            return f"To log in again: dex account login {self._account.name}"
        return f"Many providers want an app password; dex account login {self._account.name}"

    @property
    def _other_name(self) -> str:
        """The second name to try (RFC 6764, 6), for the user to say: it may be another's."""
        local, at, _ = self._account.user.rpartition("@")
        return f" (some servers know you as {clean(local)} alone)" if at else ""

    @property
    def _secret_word(self) -> str:
        return "token" if self._account.auth == "bearer" else "password"

    def _body(self, response: requests.Response) -> bytes:
        """What is answered. Raises RefusedError for what is too much: asked for less, the server may give it."""
        pieces, size = [], 0
        deadline = time.monotonic() + MOST_SECONDS
        for piece in response.iter_content(_CHUNK):
            size += len(piece)
            if size > MOST_ANSWER:
                raise RefusedError(_TRUNCATED, f"more than {MOST_ANSWER // 1024**2} MB")
            if time.monotonic() > deadline:
                raise _BrokenError("it does not come to an end of its answer")
            pieces.append(piece)
        return b"".join(pieces)

    def _check_host(self, url: str) -> None:
        """Raise where the secret would go to somebody else: the user chose one host."""
        parts, chosen = urlsplit(url), urlsplit(self._account.url)
        host, usual = parts.hostname or "", {"https": 443, "http": 80}
        same = (host, parts.port or usual.get(parts.scheme)) == (
            chosen.hostname,
            chosen.port or usual.get(chosen.scheme),
        )
        trusted = same or any(host == domain or host.endswith(f".{domain}") for domain in self._account.hosts)
        if not trusted or parts.scheme != chosen.scheme:
            raise ServerError(
                f"{self._host} refers to {parts.scheme}://{clean(parts.netloc)}",
                hint="if that is the server that you want, put it into the account's url",
            )

    def _opened(self) -> requests.Session:
        if self._session is None:
            session = unled_session()
            session.headers.update(
                {"User-Agent": "dexcli", "Accept": "text/xml, application/xml", "Accept-Encoding": "identity"}
            )
            # A server on this machine, and one without TLS, is asked by nobody else.
            session.trust_env = urlsplit(self._account.url).scheme == "https"
            session.auth = self._auth()
            session.mount("https://", adapter(ssl.create_default_context(cafile=self._account.ca_file)))
            self._session = session
        return self._session

    def _auth(self) -> Any:
        from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

        self._shown = self._account.secret()
        _, secret = self._shown
        if self._account.auth == "bearer":

            class Bearer(AuthBase):
                def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
                    request.headers["Authorization"] = f"Bearer {secret}"
                    return request

            return Bearer()

        class Digest(HTTPDigestAuth):
            def handle_401(self, r: requests.Response, **kwargs: Any) -> requests.Response:
                """As the library does, but without reading to its end what a server says beside its question."""
                said = r.raw.read(_CHUNK)
                r._content, r._content_consumed = said, True  # type: ignore[attr-defined] # noqa: SLF001 - as requests keeps it
                if len(said) == _CHUNK:
                    r.raw.close()
                answer: requests.Response = super().handle_401(r, **kwargs)  # type: ignore[no-untyped-call]  # no types declared
                return answer

        kind = Digest if self._account.auth == "digest" else HTTPBasicAuth
        return kind(self._account.user.encode(), secret.encode())


class _BrokenError(Exception):
    """The connection broke or the server stumbled: another try may help."""


class _BusyError(Exception):
    def __init__(self, said: str, seconds: float | None) -> None:
        super().__init__(said)
        self.said = said
        self.seconds = seconds


def _declared() -> str:
    return " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())


def _is_measured(headers: Any) -> bool:
    """Whether the end of an answer shows by itself: in one cut within its headers it is where the connection ended."""
    return "Content-Length" in headers or "Transfer-Encoding" in headers


def _seconds(after: str, now: str) -> float | None:
    """How long a server asks to wait (RFC 9110, 10.2.3): seconds, or until a moment by its own clock, not by ours."""
    after = after.strip()
    if after.isascii() and after.isdigit():
        return float(after[:9])
    try:
        return max(0.0, (parsedate_to_datetime(after) - parsedate_to_datetime(now)).total_seconds())
    except (TypeError, ValueError):
        return None


def _multistatus(body: bytes, host: str) -> Answers:
    """Read a multistatus; a document type, with which bombs are built, is in none of a server in its right mind."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if body.count(b"<") > MOST_ELEMENTS:
        raise ServerError(f"{host} answers what makes no sense: too many elements", hint="is it the right server?")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise ServerError(
            f"{host} answers what makes no sense: {type(error).__name__}", hint="is the url of the account right?"
        ) from error
    if root.tag != f"{DAV}multistatus":
        raise ServerError(f"{host} answers what makes no sense", hint="is the url of the account right?")
    try:
        return _read_multistatus(root)
    except ValueError as error:
        raise ServerError(f"{host} answers what makes no sense: {failure(error)}") from error


def _read_multistatus(root: Element) -> Answers:
    items, truncated = [], False
    for response in root.iterfind(f"{DAV}response"):
        href = canonical(response.findtext(f"{DAV}href") or "")
        status = _status(response.findtext(f"{DAV}status"))
        if status == _TRUNCATED:
            truncated = True
            continue
        props: dict[str, Element] = {}
        for stat in response.iterfind(f"{DAV}propstat"):
            if _status(stat.findtext(f"{DAV}status")) == 200:  # noqa: PLR2004 - OK
                props |= {one.tag: one for one in stat.find(f"{DAV}prop") or ()}
        items.append(Answer(href=href, status=status or 200, props=props))
    token = (root.findtext(f"{DAV}sync-token") or "").strip()
    return Answers(items=items, token=token, truncated=truncated)


def ahead(ask: Callable[[], Answers]) -> Callable[[], Answers]:
    """Ask in a thread of its own; what is returned waits for the answer, and raises what asking raises.

    Nothing else may be asked of the same client meanwhile.
    """
    answer = begun(ask)
    return lambda: answer(None)


def canonical(href: str) -> str:
    """The path of an href in one spelling: `%40` is `@`, and a space is `%20`, wherever it comes from."""
    path = urlsplit(href.strip()).path
    return "/".join(quote(unquote(part), safe="~!$&'()*+,;=:@") for part in path.split("/"))


def _status(text: str | None) -> int:
    """The number of `HTTP/1.1 404 Not Found`; 0 where there is none."""
    words = (text or "").split()
    return int(words[1]) if len(words) > 1 and re.fullmatch("[0-9]{3}", words[1]) else 0
