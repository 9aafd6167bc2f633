"""Links by which other programs reach somebody: pages, mail and telephone. Pure, and fit to be handed to a program."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode, urlsplit

_MAX_LINK = 2_000
"""Characters; browsers and programs of mail take no longer ones."""


def page(text: str) -> str | None:
    """The link to a page on the web, as it was noted or imported; None for anything else: files, scripts, options."""
    text = text.strip()
    if "://" not in text:
        text = f"https://{text}"
    if len(text) > _MAX_LINK or any(sign.isspace() or not sign.isprintable() for sign in text):
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or "." not in host.strip(".") or parts.username:
        return None
    return quote(text, safe="%/:=&?~#+,@[]-._")  # nothing that says something to a shell


def mail(addresses: Sequence[str], *, subject: str | None = None) -> str:
    """A link that begins a mail to these addresses (RFC 6068)."""
    to = ",".join(quote(address, safe="@!$'*+-._~") for address in addresses)
    return f"mailto:{to}" + (f"?{urlencode({'subject': subject}, quote_via=quote)}" if subject else "")


def call(number: str) -> str | None:
    """A link that calls a number (RFC 3966); None for a number without a calling code, which may be anybody's."""
    digits = "".join(sign for sign in number if sign.isascii() and sign.isdigit())
    return f"tel:+{digits}" if number.strip().startswith("+") and digits else None
