"""A login by a browser: authorization code with PKCE, and a port of this machine (RFC 6749, 7636, 8252)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dexcli.errors import DexError, ServerError, UsageError
from dexcli.oauth.client import OAuthClient, Patience, RefusedError, Tokens, plain, redeem, refusal, secure
from dexcli.oauth.loopback import Pasted, listening

_VERIFIER = 64
"""Letters; RFC 7636 asks for 43 to 128."""
_STATE = 43
"""Letters of 62 kinds: 256 bits."""
_MOST_FIELDS = 50
"""Of an answer; Microsoft's has four."""
_MOST_PASTES = 5
"""Times that something else than the address is pasted, before it is no mistake any more."""

Show = Callable[[str, str, float], None]
"""Told the address of the page to open, the one that its browser comes back to, and for how many minutes it may."""


def log_in(
    client: OAuthClient,
    secret: str | None,
    *,
    show: Show,
    pasted: Pasted | None,
    refused: Callable[[str], None],
    patience: Patience,
) -> Tokens:
    """The tokens that somebody grants in a browser; `refused` is told in words what was pasted instead of an answer.

    Raises ServerError, CredentialsError where they do not, DexError where the port is taken or nothing comes in time,
    UsageError where nothing that is pasted is the answer.
    """
    from oauthlib.common import generate_token
    from oauthlib.oauth2 import WebApplicationClient

    form = WebApplicationClient(client.client_id)
    verifier = form.create_code_verifier(_VERIFIER)
    state = generate_token(_STATE)
    pastes = 0

    def refuse(query: str) -> None:
        nonlocal pastes
        pastes += 1
        if pastes == _MOST_PASTES:
            raise UsageError(
                f"what was pasted is {_other_than(query)}, the {pastes}th time",
                hint=f"dex account login {client.account} starts again: what is wanted is all that stands in the"
                " browser's address bar at the end",
            )
        refused(_other_than(query))

    with listening(client.redirect_port) as listener:
        back = client.redirect_url(listener.port)
        listener.expect(client.redirect_path or "/", lambda query: _is_answer(query, state))
        show(_page(client, form, back, state, verifier), back, patience.login / 60)
        try:
            answer = listener.wait(
                pasted=pasted,
                takes=lambda query: _is_answer(query, state) or _is_denial(query),
                refused=refuse,
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
    fields = _fields(query)
    said = [value for name, value in fields if name == "state"]
    return (
        len(said) == 1 and hmac.compare_digest(said[0].encode(errors="replace"), state.encode()) and _is_whole(fields)
    )


def _is_denial(query: str) -> bool:
    """Whether a query says no without a state, as some servers do. Believed of what is pasted: any page may knock."""
    fields = _fields(query)
    return not any(name in ("state", "code") for name, _ in fields) and _is_whole(fields)


def _is_whole(fields: list[tuple[str, str]]) -> bool:
    answers = [value for name, value in fields if name in ("code", "error")]
    return len(answers) == 1 and bool(answers[0])


def _other_than(query: str) -> str:
    """What a pasted line is that is no answer; the line itself may hold a code."""
    if any(name == "state" for name, _ in _fields(query)):
        return "the address of another login"
    return "no address with a code and a state in it"


def _fields(query: str) -> list[tuple[str, str]]:
    """The fields of a query; none where it is none that could be an answer."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _code(client: OAuthClient, form: Any, answer: str, state: str) -> str:
    """The code in an answer. Raises CredentialsError where it says no."""
    from oauthlib.oauth2 import OAuth2Error

    query = urlsplit(answer).query
    try:
        code: str = form.parse_request_uri_response(
            f"https://{client.redirect_host}/?{query}", state=None if _is_denial(query) else state
        )["code"]
    except OAuth2Error as error:
        raise refusal(client, RefusedError(plain(error.error, ()), plain(error.description, (state,)))) from None
    except (ValueError, KeyError) as error:
        raise ServerError(f"the answer of the browser makes no sense ({type(error).__name__})") from None
    return code
