"""One request over https to a domain that is asked for its servers: bounded, without any secret, never out of it."""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from msgspec import Struct

from dexcli.https import adapter, failure, unled_session
from dexcli.sources import _discovery_names as names
from dexcli.sources._discovery_patience import Deadline
from dexcli.sources._text import clean
from dexcli.waiting import within

if TYPE_CHECKING:
    import requests

MOST_BYTES = 256 * 1024
"""Of an answer; a configuration has two or three thousand."""

_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)


class UnreachableError(Exception):
    """There is no answer, or none that can be used; the text says why."""


class SilentError(UnreachableError):
    """Nobody answers at all, as where there is no network."""


class Page(Struct, frozen=True, kw_only=True):
    """What was answered in the end."""

    url: str
    """Of the last place that was asked."""
    status: int
    body: bytes
    elsewhere: str | None = None
    """A place out of the domain to which the last answer refers: it was not asked."""


class Browser:
    """Asks hosts of one domain."""

    def __init__(self, domain: str, ca_file: str | None, deadline: Deadline, seconds: float) -> None:
        self._domain = domain
        self._ca_file = ca_file
        self._deadline = deadline
        self._seconds = seconds

    def ask(self, method: str, url: str, *, body: str = "", headers: dict[str, str] | None = None) -> Page:
        """Ask, and follow redirects as long as they stay in the domain and with https. Raises UnreachableError."""
        import requests
        import urllib3

        for _ in range(_MOST_REDIRECTS + 1):
            seconds = min(self._seconds, self._deadline.left())
            if not seconds:
                raise SilentError("there was no time left for it")
            call = partial(self._once, method, url, body, headers or {}, seconds)
            try:
                status, location, answer = within(seconds, call)
            except requests.exceptions.SSLError as error:
                raise UnreachableError(f"its certificate is not trusted: {failure(error)}") from error
            except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, TimeoutError) as error:
                raise SilentError(failure(error)) from error
            except (OSError, ValueError, KeyError) as error:  # no certificates, headers of no server
                raise UnreachableError(failure(error)) from error
            if status not in _REDIRECTS or not location:
                return Page(url=url, status=status, body=answer)
            try:
                aim = names.https(urljoin(url, location).partition("#")[0])
            except ValueError:
                aim = None
            if aim is None:
                raise UnreachableError(f"it refers to {clean(location)[:100]}, which is no https")
            url = names.url(*aim)
            if not names.is_within(aim[0], self._domain):
                return Page(url=url, status=status, body=b"", elsewhere=url)
        raise UnreachableError("it refers from one place to another without end")

    def _once(
        self, method: str, url: str, body: str, headers: dict[str, str], seconds: float
    ) -> tuple[int, str, bytes]:
        with unled_session() as session:
            session.auth = _nobody  # or requests would look into ~/.netrc
            session.mount("https://", adapter(ssl.create_default_context(cafile=self._ca_file)))
            said = {"User-Agent": "dexcli", "Accept-Encoding": "identity", **headers}
            with session.request(
                method, url, data=body.encode(), headers=said, timeout=seconds, allow_redirects=False, stream=True
            ) as response:
                answer = response.raw.read(MOST_BYTES + 1, decode_content=False)
                if len(answer) > MOST_BYTES:
                    raise UnreachableError(f"it answers more than {MOST_BYTES // 1024} KB")
                return response.status_code, response.headers.get("Location", ""), answer


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
