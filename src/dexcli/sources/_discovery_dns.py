"""What the DNS says of a domain's services: SRV records (RFC 2782), and the path in a TXT record (RFC 6764, 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from dexcli.errors import NetworkError
from dexcli.sources import _discovery_names as names
from dexcli.sources._discovery_patience import Deadline

if TYPE_CHECKING:
    from dns.resolver import Resolver
    from dns.rrset import RRset

MOST_TARGETS = 20
"""Records that are looked at: no service has more servers that anybody would wait for."""

_TRY = 1.5
"""Seconds for which one server of the DNS is waited for before it is asked again, or the next one."""


class Target(Struct, frozen=True, kw_only=True):
    """A server of a service."""

    host: str
    port: int
    priority: int
    weight: int


class Service(Struct, frozen=True, kw_only=True):
    """What the DNS says of one service."""

    targets: tuple[Target, ...] = ()
    """Best first."""
    refused: bool = False
    """It says that the domain does not have it: the target is `.`."""
    trouble: str = ""
    """Why nothing can be told; empty where there simply is no record."""


class Asker:
    """Asks the resolver of this machine. What it cannot say is a `Service` with its trouble; silence raises."""

    def __init__(self, deadline: Deadline, seconds: float) -> None:
        self._deadline = deadline
        self._seconds = seconds
        self._resolver: Resolver | None = None

    def service(self, name: str) -> Service:
        """The servers of `_imaps._tcp.example.org`.

        Of several of one priority the one with the greatest weight comes first: RFC 2782 draws lots, which spreads the
        users of a service just as well, but what goes into a file should be the same at the second look.
        """
        found, trouble = self._records(name, "SRV")
        records: list[Any] = list(found or ())[:MOST_TARGETS]
        targets = []
        for record in records:
            told = record.target.to_text(omit_final_dot=True)
            host = names.host(told)
            if host is not None and record.port:
                targets.append(Target(host=host, port=record.port, priority=record.priority, weight=record.weight))
            elif told != ".":
                trouble = f"{name} names {told[:100]}:{record.port}, which no server can be"
        refused = bool(records) and all(record.target.to_text() == "." for record in records)
        targets.sort(key=lambda one: (one.priority, -one.weight, one.host, one.port))
        return Service(targets=tuple(targets), refused=refused, trouble=trouble)

    def path(self, name: str) -> str | None:
        """The `path=` of a service's TXT record; None where there is none that can be."""
        found, _ = self._records(name, "TXT")
        for record in list(found or ())[:MOST_TARGETS]:
            for entry in record.strings:
                key, _, value = entry.partition(b"=")
                if key.lower() == b"path":
                    return names.path(value.decode("ascii", "replace"))
        return None

    def _records(self, name: str, kind: str) -> tuple[RRset | None, str]:
        """The records of a name, and otherwise why not. Raises NetworkError where nobody answers."""
        import dns.exception
        import dns.resolver

        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
                self._resolver.timeout = _TRY
            seconds = max(0.1, min(self._seconds, self._deadline.left()))
            answer = self._resolver.resolve(name, kind, search=False, lifetime=seconds, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return None, ""
        except dns.resolver.NoResolverConfiguration as error:
            raise NetworkError("this machine has no resolver of the DNS") from error
        except dns.exception.Timeout as error:
            raise NetworkError(f"the DNS does not answer: {name}") from error
        except dns.exception.DNSException as error:
            return None, f"the DNS fails at {name} ({type(error).__name__})"
        return answer.rrset, ""
