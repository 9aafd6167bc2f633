"""A login on another device: what is shown, how often is asked, and every way in which it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dexcli.errors import CredentialsError, DexError, ServerError
from dexcli.oauth import device
from dexcli.oauth.client import OAuthClient, Patience, Tokens
from dexcli.oauth.device import Invitation
from support.authorization import CLIENT, DEVICE_GRANT, SECRET, AuthorizationServer, Reply, authorization_server


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with authorization_server() as running:
        yield running


def log_in(
    server: AuthorizationServer, secret: str | None = None, **said: Any
) -> tuple[Tokens, list[Invitation], list[float]]:
    """Log in; also what was shown, and how long was waited before each question."""
    shown: list[Invitation] = []
    waited: list[float] = []
    urls = {key.removeprefix("oauth_"): value for key, value in server.account().items()}
    client = OAuthClient(account="work", **{**urls, **said})
    patience = Patience(connect=2, read=2, answer=3, wait=waited.append)
    try:
        return device.log_in(client, secret, show=shown.append, patience=patience), shown, waited
    except DexError as error:
        error.candidates = waited
        raise


def test_who_types_the_code_is_logged_in(server: AuthorizationServer) -> None:
    server.device = ["authorization_pending", "authorization_pending", "granted"]
    got, shown, waited = log_in(server)
    assert (got.access, got.refresh) == ("access-3", "refresh-1")
    assert shown == [Invitation(page=f"{server.url}type", code="ABCD-EFGH", minutes=15.0)]
    assert waited == [1.0, 1.0, 1.0]
    asking, *polls = server.asked
    assert asking.fields["client_id"] == CLIENT
    assert asking.fields["scope"] == "mail offline_access"
    assert polls[0].fields == {"grant_type": DEVICE_GRANT, "client_id": CLIENT, "device_code": "the-long-code"}


@pytest.mark.parametrize("in_body", [True, False])
def test_a_client_with_a_secret_says_it_each_time(server: AuthorizationServer, in_body: bool) -> None:
    server.secret = SECRET
    server.device = ["authorization_pending", "granted"]
    assert log_in(server, SECRET, secret_in_body=in_body)[0].refresh == "refresh-1"


def test_slow_down_is_heeded_from_then_on(server: AuthorizationServer) -> None:
    server.device = ["slow_down", "authorization_pending", "slow_down", "granted"]
    assert log_in(server)[2] == [1.0, 6.0, 6.0, 11.0]


def test_a_server_that_stumbles_is_asked_again_and_less_often(server: AuthorizationServer) -> None:
    answers = iter([Reply(503), Reply(429), None])
    server.script = lambda asked: next(answers) if asked.path == "/token" else None
    assert log_in(server)[2] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("access_denied", CredentialsError, "the login of account work was denied"),
        ("authorization_declined", CredentialsError, "the login of account work was denied"),
        ("expired_token", DexError, "nobody typed the code of account work in time"),
        ("invalid_client", CredentialsError, "does not take the client of account work"),
        ("something_else", ServerError, "(something_else)"),
    ],
)
def test_it_ends_in_words(server: AuthorizationServer, code: str, kind: type[DexError], told: str) -> None:
    server.device = ["authorization_pending", code]
    with pytest.raises(DexError) as caught:
        log_in(server)
    assert type(caught.value) is kind
    assert told in caught.value.message
    assert caught.value.hint
    assert len(server.tokens()) == 2


def test_nobody_who_comes_is_an_error_when_the_code_is_over(server: AuthorizationServer) -> None:
    server.device = ["authorization_pending"] * 1_000
    server.interval = 60
    with pytest.raises(DexError) as caught:
        log_in(server)
    assert caught.value.code == "timeout"
    assert len(server.tokens()) == 14


@pytest.mark.parametrize(
    ("interval", "waited"), [(0, 1.0), (-7, 1.0), ("2", 2.0), (10**9, 60.0), ("soon", 5.0), (None, 5.0), ("nan", 5.0)]
)
def test_how_often_is_asked_is_bounded_whatever_is_said(
    server: AuthorizationServer, interval: Any, waited: float
) -> None:
    server.interval = interval
    assert log_in(server)[2] == [waited]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"device_code": "a", "user_code": "b"},
        {"device_code": "a", "user_code": "b", "verification_uri": "javascript:alert(1)"},
        {"device_code": "a", "user_code": "b", "verification_uri": "http://example.org/"},
        *(
            {"device_code": "a", "user_code": "b", "verification_uri": page}
            for page in (
                "https://login.example.org@evil.example/",
                "https://login.example.org:443@evil.example/",
                "https://@evil.example/",
                "https://evil.example\\.login.example.org/",
                "https://login.ex\u0430mple.org/",
            )
        ),
        {"device_code": "a", "verification_uri": "https://example.org/"},
        {"device_code": 7, "user_code": "b", "verification_uri": "https://example.org/"},
        {"user_code": "b", "verification_uri": "https://example.org/"},
    ],
)
def test_an_invitation_to_nothing_is_an_error(server: AuthorizationServer, said: dict[str, Any]) -> None:
    server.script = lambda _: Reply(200, said)
    with pytest.raises(ServerError, match="makes no sense"):
        log_in(server)
    assert len(server.asked) == 1


def test_what_is_shown_is_harmless(server: AuthorizationServer) -> None:
    said = {
        "device_code": "the-long-code",
        "user_code": "AB\x1b[31mCD\nEF",
        "verification_url": "https://example.org/type",
        "expires_in": 120,
    }
    server.script = lambda asked: Reply(200, said) if asked.path == "/device" else None
    _, (shown,), _ = log_in(server)
    assert (shown.page, shown.code, shown.minutes) == ("https://example.org/type", "AB [31mCD EF", 2.0)
