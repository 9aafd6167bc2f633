"""Names of hosts and domains that others tell: which can be one, and which lie within a domain."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}")
"""RFC 1123, 2.1, with a dot at least; where the last label is a number, it is an address and no name."""

_LONGEST_HOST = 253
_LONGEST_URL = 1_000
HIGHEST_PORT = 65_535
HTTPS_PORT = 443


def host(text: str) -> str | None:
    """A name in the form in which it is asked for (`xn--` and lower case); None: no host can have it."""
    text = text.strip().rstrip(".").lower()
    if len(text) > _LONGEST_HOST:
        return None
    if not text.isascii():
        import idna

        try:
            text = idna.encode(text, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    return text if len(text) <= _LONGEST_HOST and _HOST.fullmatch(text) else None


def is_within(name: str, domain: str) -> bool:
    """Whether a host is the domain or lies below it (RFC 6186, 6; RFC 6764, 8)."""
    return name == domain or name.endswith(f".{domain}")


def https(text: str) -> tuple[str, int, str] | None:
    """The host, the port and the path of an https URL; None for any other, and for one with a user or a query."""
    try:
        parts = urlsplit(text)
        port = HTTPS_PORT if parts.port is None else parts.port
    except ValueError:
        return None
    name = host(parts.hostname or "")
    if parts.scheme != "https" or name is None or not 1 <= port <= HIGHEST_PORT or parts.query or "@" in parts.netloc:
        return None
    where = path(quote(parts.path or "/", safe="/%~!$&'()*+,;=:@"))
    return None if where is None else (name, port, where)


def url(name: str, port: int, where: str) -> str:
    """The URL of a path on a host."""
    return f"https://{name}{'' if port == HTTPS_PORT else f':{port}'}{where}"


_PATH = re.compile(r"/(?!/)[!-~]*")
_NO_PATH = frozenset('?#\\"<>^`{|}')


def path(text: str) -> str | None:
    """The path of a URL, as it goes over the line; None: it is none, or would name another host."""
    fits = len(text) <= _LONGEST_URL and _PATH.fullmatch(text) is not None and not _NO_PATH.intersection(text)
    return text if fits else None
