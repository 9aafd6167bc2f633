"""Where a domain says that its mail, calendars and address books are: its DNS, then files at its hosts over https.

RFC 6186 and 8314 (mail), RFC 6764 (calendars and address books), and Mozilla's autoconfig. Nobody is asked but the
resolver of this machine and hosts within the domain, none of them gets a secret, and all of it ends after seconds. What
was found is for the caller to confirm: whoever forges the DNS may have named it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import assert_never
from urllib.parse import quote

from msgspec import Struct

from dexcli.domain.account_types import ServerType, content
from dexcli.errors import NetworkError, ServerError
from dexcli.results.accounts import FoundServer
from dexcli.sources import _autoconfig
from dexcli.sources import _discovery_names as names
from dexcli.sources._discovery_dns import Asker, Service
from dexcli.sources._discovery_https import Browser, SilentError, UnreachableError
from dexcli.sources._discovery_patience import Deadline, Patience
from dexcli.sources._text import clean

_MOST_SERVERS = 3
"""Of those that the DNS names as many are tried over https."""

_PROPFIND = (
    '<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop><d:current-user-principal/></d:prop>'
    "</d:propfind>"
)
_MULTISTATUS, _UNAUTHORIZED = 207, 401


class Plan(Struct, frozen=True, kw_only=True):
    """What would be asked of whom."""

    kind: ServerType
    address: str
    domain: str
    """Of the address, as it is asked for: `xn--`."""

    @property
    def what(self) -> str:
        """What is looked for, with its verb."""
        word = content(self.kind)
        return f"{word} {'are' if word.endswith('s') else 'is'}"

    @property
    def services(self) -> tuple[str, ...]:
        """Names that the DNS is asked for."""
        match self.kind:
            case "imap":
                return f"_imaps._tcp.{self.domain}", f"_imap._tcp.{self.domain}"
            case "caldav" | "carddav":
                return (f"_{self.kind}s._tcp.{self.domain}",)
        assert_never(self.kind)

    @property
    def urls(self) -> tuple[str, ...]:
        """Places that are asked over https where the DNS does not say enough."""
        match self.kind:
            case "imap":
                return (
                    f"https://autoconfig.{self.domain}/mail/config-v1.1.xml?emailaddress={quote(self.address)}",
                    f"https://{self.domain}/.well-known/autoconfig/mail/config-v1.1.xml",
                )
            case "caldav" | "carddav":
                return (f"https://{self.domain}/.well-known/{self.kind}",)
        assert_never(self.kind)


def plan(kind: ServerType, address: str) -> Plan | None:
    """What would be asked for an address; None: its domain is none that can be asked."""
    domain = names.host(address.rpartition("@")[2])
    return None if domain is None else Plan(kind=kind, address=address, domain=domain)


Tell = Callable[[str], None]
"""Told in words of every place that does not say it, and why: for whoever runs the domain."""


def find(
    asked: Plan, *, ca_file: str | None = None, patience: Patience | None = None, tell: Tell | None = None
) -> FoundServer:
    """Ask, and say what was found.

    Raises ServerError with the command that names the server instead, NetworkError where nobody answers.
    """
    patience = patience or Patience()
    deadline = Deadline(patience.total)
    browser = Browser(asked.domain, ca_file, deadline, patience.https)
    search = _Search(asked, Asker(deadline, patience.dns), browser, tell or (lambda _: None))
    try:
        match asked.kind:
            case "imap":
                return search.mail()
            case "caldav" | "carddav":
                return search.dav()
            case _:
                assert_never(asked.kind)
    except NetworkError as error:
        raise NetworkError(error.message, hint=f"is the network up? Otherwise {_named(asked)}") from error


class _Search:
    """One search, and what went wrong on the way."""

    def __init__(self, asked: Plan, asker: Asker, browser: Browser, tell: Tell) -> None:
        self._plan = asked
        self._asker = asker
        self._browser = browser
        self._tell = tell
        self._answer = ""
        """The last place that answered, and why that says nothing."""

    def mail(self) -> FoundServer:
        """By SRV, within TLS before STARTTLS (RFC 8314, 5.1); else by autoconfig."""
        refused = []
        for name, security in zip(self._plan.services, ("tls", "starttls"), strict=True):
            service = self._service(name)
            if service.targets:
                best = service.targets[0]
                return self._found(best.host, best.port, security=security, by="srv", place=name)
            refused.append(service.refused)
        if refused[0]:  # that there is no IMAP without TLS says nothing of one within
            raise self._refused()
        for url in self._plan.urls:
            place = url.partition("?")[0]
            try:
                page = self._page(url)
                server = _autoconfig.imap(page, self._plan.address, self._plan.domain)
            except (UnreachableError, ValueError) as error:
                self._trouble(f"{place}: {error}", answered=not isinstance(error, SilentError))
                continue
            return self._found(
                server.host,
                server.port,
                security=server.security,
                user=server.user,
                auth=server.auth,
                by="autoconfig",
                place=place,
            )
        raise self._nothing()

    def dav(self) -> FoundServer:
        """As RFC 6764, 6, says, up to the login: SRV, the path of TXT, the well-known place.

        The principal and its homes come with the login, by `_dav_collections`, which tries the root as well.
        """
        (name,) = self._plan.services
        service = self._service(name)
        if service.refused:
            raise self._refused()
        path = self._asker.path(name) if service.targets else None
        for target in service.targets[:_MOST_SERVERS]:
            if not names.is_within(target.host, self._plan.domain):  # it is asked nothing before it is confirmed
                return self._place(target.host, target.port, path or "/", by="srv", place=name)
            try:
                found = self._at(target.host, target.port, path)
            except UnreachableError as error:
                self._trouble(str(error), answered=not isinstance(error, SilentError))
                continue
            return found or self._place(target.host, target.port, path or "/", by="srv", place=name)
        if not service.targets:
            try:
                found = self._at(self._plan.domain, names.HTTPS_PORT, None)
            except UnreachableError as error:
                self._trouble(str(error), answered=not isinstance(error, SilentError))
            else:
                if found is not None:
                    return found
        raise self._nothing()

    def _page(self, url: str) -> bytes:
        page = self._browser.ask("GET", url, headers={"Accept": "text/xml, application/xml"})
        if page.elsewhere is not None:
            raise UnreachableError(f"it refers to {page.elsewhere}, which was not asked")
        if page.status != 200:  # noqa: PLR2004 - OK
            raise UnreachableError(f"it answers {page.status}")
        return page.body

    def _at(self, host: str, port: int, path: str | None) -> FoundServer | None:
        """Where a host of the domain has them: the path that the DNS names, or that to which the well-known one leads.

        None: it does not say so before the login. Raises UnreachableError where it does not answer at all.
        """
        well_known = f"/.well-known/{self._plan.kind}"
        for where in filter(None, (path, well_known)):
            url = names.url(host, port, where)
            try:
                page = self._browser.ask(
                    "PROPFIND", url, body=_PROPFIND, headers={"Content-Type": "application/xml", "Depth": "0"}
                )
            except UnreachableError as error:
                raise type(error)(f"{url}: {error}") from error
            if page.elsewhere is None and page.status not in (_MULTISTATUS, _UNAUTHORIZED):
                self._trouble(f"{page.url}: it answers {page.status}")
                continue
            aim = names.https(page.url) or (host, port, "/")
            if aim == (host, port, well_known):  # it leads on only after the login, which begins there
                aim = (host, port, "/")
            if where == well_known:
                return self._place(*aim, by="well-known", place=url)
            return self._place(*aim, by="srv", place=self._plan.services[0])
        return None

    def _place(self, host: str, port: int, path: str, *, by: str, place: str) -> FoundServer:
        return self._found(host, port, url=names.url(host, port, path), by=by, place=place)

    def _found(
        self,
        host: str,
        port: int,
        *,
        by: str,
        place: str,
        security: str = "tls",
        url: str | None = None,
        user: str | None = None,
        auth: str | None = None,
    ) -> FoundServer:
        return FoundServer(
            kind=self._plan.kind,
            host=host,
            port=port,
            security=security,
            url=url,
            user=user,
            auth=auth,
            by=by,
            place=place,
            within_domain=names.is_within(host, self._plan.domain),
        )

    def _service(self, name: str) -> Service:
        service = self._asker.service(name)
        if not service.targets:
            said = "it is not offered" if service.refused else "no record"
            self._trouble(clean(service.trouble) or f"{name}: {said}", answered=False)
        return service

    def _trouble(self, why: str, *, answered: bool = True) -> None:
        self._tell(why)
        if answered:
            self._answer = why

    def _refused(self) -> ServerError:
        return ServerError(
            f"the DNS of {self._plan.domain} says that it has no {content(self._plan.kind)}", hint=_named(self._plan)
        )

    def _nothing(self) -> ServerError:
        if not self._answer:
            return NetworkError(f"nobody at {self._plan.domain} answers where its {self._plan.what}")
        return ServerError(
            f"{self._plan.domain} does not say where its {self._plan.what} ({self._answer})", hint=_named(self._plan)
        )


def _named(plan: Plan) -> str:
    """What to type instead; whoever runs the server knows its name."""
    match plan.kind:
        case "imap":
            where = "--host imap.example.org"
        case "caldav" | "carddav":
            where = f"--type {plan.kind} --url https://cloud.example.org/"
        case _:
            assert_never(plan.kind)
    return f"name the server yourself: dex account add {shlex.quote(plan.address)} {where}"
