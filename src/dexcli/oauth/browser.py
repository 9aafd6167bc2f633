"""A login by a browser: authorization code with PKCE, and a port of this machine (RFC 6749, 7636, 8252)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dexcli.errors import DexError, ServerError
from dexcli.oauth.client import OAuthClient, Patience, RefusedError, Tokens, plain, redeem, refusal, secure
from dexcli.oauth.loopback import Pasted, listening

_VERIFIER = 64
"""Letters; RFC 7636 asks for 43 to 128."""
_STATE = 43
"""Letters of 62 kinds: 256 bits."""
_MOST_FIELDS = 50
"""Of an answer; Microsoft's has four."""

Show = Callable[[str, str], None]
"""Told the address of the page to open, and the one that its browser comes back to."""


def log_in(
    client: OAuthClient,
    secret: str | None,
    *,
    show: Show,
    pasted: Pasted | None,
    refused: Callable[[str], None],
    patience: Patience,
) -> Tokens:
    """The tokens that somebody grants in a browser.

    Raises ServerError, CredentialsError where they do not, DexError where the port is taken or nothing comes in time.
    """
    from oauthlib.common import generate_token
    from oauthlib.oauth2 import WebApplicationClient

    form = WebApplicationClient(client.client_id)
    verifier = form.create_code_verifier(_VERIFIER)
    state = generate_token(_STATE)
    with listening(client.redirect_port) as listener:
        back = client.redirect_url(listener.port)
        show(_page(client, form, back, state, verifier), back)
        try:
            answer = listener.wait(
                client.redirect_path or "/",
                lambda query: _is_answer(query, state),
                pasted=pasted,
                refused=refused,
                seconds=patience.login,
            )
        except TimeoutError:
            raise DexError(
                f"nobody logged in to account {client.account} within {patience.login / 60:g} minutes",
                hint=f"dex account login {client.account} starts again",
                code="timeout",
            ) from None
    return redeem(client, secret, _code(client, form, answer, state), verifier, back, patience)


def _page(client: OAuthClient, form: Any, back: str, state: str, verifier: str) -> str:
    """The address to open."""
    page: str = form.prepare_request_uri(
        secure(client.authorize_url),
        redirect_uri=back,
        scope=client.scope,
        state=state,
        code_challenge=form.create_code_challenge(verifier, "S256"),
        code_challenge_method="S256",
        **dict(client.parameters),
        **({"login_hint": client.login_hint} if client.login_hint else {}),
    )
    return client.authorize_url.partition("://")[0] + "://" + page.partition("://")[2]


def _is_answer(query: str, state: str) -> bool:
    """Whether a query answers what was asked: our state, and either a code or a reason why there is none."""
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return False
    said = [value for name, value in fields if name == "state"]
    answers = [value for name, value in fields if name in ("code", "error")]
    return (
        len(said) == 1
        and hmac.compare_digest(said[0].encode(errors="replace"), state.encode())
        and len(answers) == 1
        and bool(answers[0])
    )


def _code(client: OAuthClient, form: Any, answer: str, state: str) -> str:
    """The code in an answer. Raises CredentialsError where it says no."""
    from oauthlib.oauth2 import OAuth2Error

    query = urlsplit(answer).query
    try:
        code: str = form.parse_request_uri_response(f"https://{client.redirect_host}/?{query}", state=state)["code"]
    except OAuth2Error as error:
        raise refusal(client, RefusedError(plain(error.error, ()), plain(error.description, (state,)))) from None
    except (ValueError, KeyError) as error:
        raise ServerError(f"the answer of the browser makes no sense ({type(error).__name__})") from None
    return code
