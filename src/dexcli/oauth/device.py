"""A login on another device: a short code is typed there, while this program asks whether it was (RFC 8628)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from dexcli.errors import CredentialsError, DexError, NetworkError
from dexcli.oauth.client import (
    OAuthClient,
    Patience,
    RefusedError,
    Tokens,
    ask,
    nonsense,
    plain,
    refusal,
    seconds,
    secure,
    tokens_of,
    who_we_are,
)
from dexcli.oauth.loopback import HERE

_INTERVAL = 5.0
"""Seconds between two questions, and by how many they grow when the server says slow_down (RFC 8628, 3.5)."""
_LONGEST_INTERVAL = 60.0


class Invitation(Struct, frozen=True, kw_only=True):
    """What somebody has to know who logs in on another device."""

    page: str
    """The address to open there."""
    code: str
    """What to type there."""
    minutes: float
    """For which it is good."""


def log_in(
    client: OAuthClient, secret: str | None, *, show: Callable[[Invitation], None], patience: Patience
) -> Tokens:
    """The tokens that somebody grants on another device.

    Raises ServerError, CredentialsError where they do not, DexError where nobody comes in time.
    """
    from oauthlib.oauth2 import DeviceClient

    form = DeviceClient(client.client_id)
    try:
        said = ask(client, client.device_url, _asking(client, secret), secret, patience)
    except RefusedError as refused:
        raise refusal(client, refused) from None
    invitation, device_code = _invitation(client, said, patience)
    interval = seconds(said.get("interval"), _INTERVAL, 1.0, _LONGEST_INTERVAL)
    body = form.prepare_request_body(device_code=device_code, scope="", **who_we_are(client, secret))
    show(invitation)
    left = invitation.minutes * 60
    started = time.monotonic()
    while True:
        patience.wait(interval)
        left -= interval
        if left <= 0 or time.monotonic() - started > invitation.minutes * 60:
            raise _too_late(client)
        try:
            answer = ask(client, client.token_url, body, secret, patience, hidden=(device_code,))
            return tokens_of(client, answer)
        except NetworkError:  # RFC 8628, 3.5: ask less often, as long as the code is good
            interval = min(interval * 2, _LONGEST_INTERVAL)
        except RefusedError as refused:
            match refused.code:
                case "authorization_pending":
                    pass
                case "slow_down":
                    interval = min(interval + _INTERVAL, _LONGEST_INTERVAL)
                case "expired_token" | "code_expired":
                    raise _too_late(client) from None
                case "access_denied" | "authorization_declined":
                    raise CredentialsError(
                        f"{urlsplit(client.token_url).netloc}: the login of account {client.account} was denied",
                        hint=f"try again: dex account login {client.account} --device",
                    ) from None
                case _:
                    raise refusal(client, refused) from None


def _asking(client: OAuthClient, secret: str | None) -> str:
    """The form that asks for a code; oauthlib writes it behind an address."""
    from oauthlib.oauth2 import DeviceClient

    form = DeviceClient(client.client_id, scope=client.scope, client_secret=secret if client.secret_in_body else None)
    address: str = form.prepare_request_uri(secure(client.device_url.partition("?")[0]))
    return urlsplit(address).query


def _invitation(client: OAuthClient, said: dict[str, Any], patience: Patience) -> tuple[Invitation, str]:
    """What the server invites to, and the long code by which it is asked. Raises ServerError."""
    host = urlsplit(client.device_url).netloc
    page = plain(said.get("verification_uri", said.get("verification_url")), ())  # Google's name for it
    code, device_code = plain(said.get("user_code"), ()), said.get("device_code")
    if not _can_be_opened(page):
        raise nonsense(host, "no address to open")
    if not code or not isinstance(device_code, str) or not device_code:
        raise nonsense(host, "no code")
    good_for = seconds(said.get("expires_in"), patience.device, 1.0, patience.device)
    return Invitation(page=page, code=code, minutes=good_for / 60), device_code


def _can_be_opened(page: str) -> bool:
    try:
        parts = urlsplit(page)
    except ValueError:
        return False
    # user@: whoever compares the address with the name of the provider would read the wrong part of it; browsers take
    # a backslash for a slash, and letters of other alphabets look like ours.
    if "@" in parts.netloc or "\\" in page or not page.isascii():
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme, parts.hostname) == ("http", HERE))


def _too_late(client: OAuthClient) -> DexError:
    return DexError(
        f"nobody typed the code of account {client.account} in time",
        hint=f"dex account login {client.account} --device starts again",
        code="timeout",
    )
