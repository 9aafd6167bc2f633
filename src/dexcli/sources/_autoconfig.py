"""The configuration that a domain offers to mail programs: Mozilla's autoconfig, `config-v1.1.xml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dexcli.sources import _discovery_names as names

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SECURITY = {"SSL": "tls", "STARTTLS": "starttls"}
"""What `socketType` is called here, best first; `plain` is never taken."""

_BY_PASSWORD = {"password-cleartext", "password-encrypted", "plain", "secure"}
_LONGEST_USER = 254


class MailServer(Struct, frozen=True, kw_only=True):
    """A mail server as the configuration says."""

    host: str
    port: int
    security: str
    user: str | None
    """None: it is the address."""
    auth: str | None
    """`xoauth2` where it takes tokens only; None: a password."""


def imap(body: bytes, address: str, domain: str) -> MailServer:
    """The best IMAP server of a configuration. Raises ValueError with the reason where there is none.

    It is XML of anybody: a document type, with which bombs are built, is refused.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise ValueError(f"it is no configuration ({type(error).__name__})") from error
    if root.tag != "clientConfig":
        raise ValueError("it is no configuration")
    offered = [one for one in root.iterfind("emailProvider/incomingServer") if one.get("type") == "imap"]
    if not offered:
        raise ValueError("it names no IMAP server")
    usable = [server for one in offered if (server := _server(one, address, domain)) is not None]
    if not usable:
        raise ValueError("its IMAP servers take no encryption, or cannot be")
    return min(usable, key=lambda one: (one.auth is not None, [*_SECURITY.values()].index(one.security)))


def _server(one: Element, address: str, domain: str) -> MailServer | None:
    security = _SECURITY.get(_text(one, "socketType").upper())
    host = names.host(_filled_in(_text(one, "hostname"), address, domain))
    port = _text(one, "port")
    if security is None or host is None or not (port.isascii() and port.isdigit() and len(port) <= 5):  # noqa: PLR2004 - digits of 65535
        return None
    user = _filled_in(_text(one, "username"), address, address.rpartition("@")[2])
    if not 1 <= int(port) <= names.HIGHEST_PORT or len(user) > _LONGEST_USER or not user.isprintable():
        return None
    ways = {(way.text or "").strip().casefold() for way in one.iterfind("authentication")}
    if ways and "oauth2" not in ways and not ways & _BY_PASSWORD:
        return None  # by a certificate, Kerberos, or from where one comes
    return MailServer(
        host=host,
        port=int(port),
        security=security,
        user=None if user in ("", address) else user,
        auth="xoauth2" if ways and not ways & _BY_PASSWORD else None,
    )


def _text(one: Element, name: str) -> str:
    return (one.findtext(name) or "").strip()


def _filled_in(text: str, address: str, domain: str) -> str:
    """A text with its placeholders replaced."""
    local = address.rpartition("@")[0]
    for placeholder, value in (("%EMAILADDRESS%", address), ("%EMAILLOCALPART%", local), ("%EMAILDOMAIN%", domain)):
        text = text.replace(placeholder, value)
    return text
