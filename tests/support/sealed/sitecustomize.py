"""Every Python that a test starts refuses to talk to anything beyond this machine.

An audit hook, because it needs no import: a test that looks at `sys.modules` sees the program's own.
"""

from __future__ import annotations

import sys

HERE = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104  # addresses to compare with


def refuse_other_machines(event: str, args: tuple[object, ...]) -> None:
    """Raise for a connection or a look-up that would leave the machine; Unix sockets have paths, not pairs."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if isinstance(host, str) and host and not host.startswith(HERE):
        raise ConnectionRefusedError(f"a program under test tried to reach {host}")


sys.addaudithook(refuse_other_machines)
