"""Leads the DNS and the hosts of invented domains to servers on this machine, for a program or a test.

What `/etc/resolv.conf` and the network would do elsewhere: the program itself knows nothing of it.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from typing import Any

Replace = Callable[[Any, str, Any], None]


def install(dns_port: int, hosts: dict[str, int], replace: Replace = setattr) -> None:
    """Let the resolver ask 127.0.0.1, and lead `work.test:443` to a port; no other name is known."""
    import dns.resolver

    found = socket.getaddrinfo
    read = dns.resolver.Resolver.read_resolv_conf

    def getaddrinfo(host: str | bytes | None, port: str | int | None, *more: Any, **other: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or ""
        if not name or name.startswith("127.") or name == "localhost":
            return found(host, port, *more, **other)
        if f"{name}:{port}" not in hosts:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found("127.0.0.1", hosts[f"{name}:{port}"], *more, **other)

    def read_resolv_conf(resolver: Any, _: Any) -> None:
        read(resolver, io.StringIO("nameserver 127.0.0.1\nsearch elsewhere.test\n"))
        resolver.port = dns_port

    replace(socket, "getaddrinfo", getaddrinfo)
    replace(dns.resolver.Resolver, "read_resolv_conf", read_resolv_conf)
