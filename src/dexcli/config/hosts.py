"""Names and addresses of servers: which can be one, and which are this machine."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from dexcli.errors import UsageError


def check_url(url: str, place: str) -> None:
    """Raise UsageError for what is no address that secrets may be sent to."""
    try:
        parts = urlsplit(url)
        good = parts.hostname and (parts.port is None or parts.port) and "@" not in parts.netloc and not parts.fragment
    except ValueError:
        parts, good = urlsplit(""), None
    if (
        not good
        or parts.scheme not in ("https", "http")
        or not url.isascii()
        or not url.isprintable()
        or set(url) & set(" \\")
    ):
        raise UsageError(f"{place} is {url!r}, not the address of a server", hint="https://auth.example.org/token")
    if parts.scheme == "http" and not is_here(parts.hostname or ""):
        raise UsageError(
            f"{place}: without security only to this machine, not to {parts.hostname}", hint="https instead of http"
        )


def check_host(host: str, place: str) -> None:
    """Raise UsageError for what is no name of a server."""
    if not _is_ip(host) and not re.fullmatch(r"[\w-]+(\.[\w-]+)*\.?", host):
        raise UsageError(
            f"{place}.host is {host!r}, not the name of a server", hint="the name alone: the port is a key of its own"
        )


def _is_ip(host: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_here(host: str) -> bool:
    """Whether that is this machine, to which one may speak without security."""
    import ipaddress

    return host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)
