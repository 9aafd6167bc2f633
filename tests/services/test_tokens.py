"""Access tokens of a run: renewed when their time is up or when they are not taken, and no rotation is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dexcli.config import accounts, tokens
from dexcli.config.accounts import Account
from dexcli.config.tokens import Grant
from dexcli.errors import CredentialsError, DexError, NetworkError, ServerError, UsageError
from dexcli.oauth.client import OAuthClient, Patience
from dexcli.services import tokens as service
from dexcli.services.tokens import AccessTokens
from support.authorization import CLIENT, SECRET, AuthorizationServer, Reply, authorization_server

REFRESH = "refresh-0"
QUICK = Patience(connect=2, read=2, answer=3, login=5, wait=lambda _: None)


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with authorization_server() as running:
        running.valid.add(REFRESH)
        yield running


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home)}


def account_of(server: AuthorizationServer, **said: Any) -> Account:
    values = {"type": "imap", "address": "ada@example.org", "host": "127.0.0.1", **server.account(), **said}
    return accounts.read("work", {key: value for key, value in values.items() if value is not None})


def client_of(account: Account) -> OAuthClient:
    assert account.oauth is not None
    return account.oauth


def logged_in(server: AuthorizationServer, environment: dict[str, str], **said: Any) -> Account:
    """An account with a login that is kept in a file."""
    account = account_of(server)
    client = client_of(account)
    values = {"refresh": REFRESH, "secret": None, "client_id": client.client_id, "token_url": client.token_url, **said}
    tokens.keep("work", Grant(store="file", **values), environment)
    return account


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_used_until_a_minute_before_its_time_is_up(
    server: AuthorizationServer, environment: dict[str, str]
) -> None:
    account, clock = logged_in(server, environment), Clock()
    access = AccessTokens(environment, patience=QUICK, clock=clock)
    first = access.of(account, client_of(account))
    assert (first.value, first.kind, first.source) == ("access-1", "token", "OAuth login (file)")
    clock.now += 3_539
    assert access.of(account, client_of(account)) is first
    clock.now += 2
    assert access.of(account, client_of(account)).value == "access-2"


def test_whatever_the_clocks_of_server_and_machine_say_tokens_live_as_long_as_they_do(
    server: AuthorizationServer, environment: dict[str, str]
) -> None:
    def skewed(asked: Any) -> Reply | None:
        if asked.path != "/token":
            return None
        said = {"access_token": "a", "token_type": "bearer", "expires_in": 100, "expires_at": 1, "issued_at": 4e9}
        return Reply(200, said, {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"})

    server.script = skewed
    account, clock = logged_in(server, environment), Clock()
    access = AccessTokens(environment, patience=QUICK, clock=clock)
    for passed, asked in ((0, 1), (49, 1), (2, 2)):
        clock.now += passed
        access.of(account, client_of(account))
        assert len(server.tokens()) == asked


def test_a_token_that_is_not_taken_is_renewed_once_for_all(
    server: AuthorizationServer, environment: dict[str, str]
) -> None:
    account = logged_in(server, environment)
    access = AccessTokens(environment, patience=QUICK)
    assert access.of(account, client_of(account)).value == "access-1"
    assert access.of(account, client_of(account), refused="access-1").value == "access-2"
    assert access.of(account, client_of(account), refused="access-1").value == "access-2"
    assert access.of(account, client_of(account)).value == "access-2"
    assert len(server.tokens()) == 2


def test_a_new_refresh_token_is_kept_before_the_access_token_is_used(
    server: AuthorizationServer, environment: dict[str, str]
) -> None:
    server.rotates, server.secret = True, SECRET
    account = logged_in(server, environment, secret=SECRET)
    for number in (1, 2, 3):
        AccessTokens(environment, patience=QUICK).of(account, client_of(account))
        found = tokens.find("work", environment)
        assert found is not None
        assert (found.refresh, found.secret, found.store) == (f"refresh-{number}", SECRET, "file")


def test_where_a_new_refresh_token_cannot_be_kept_the_access_token_is_not_used(
    server: AuthorizationServer, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.rotates = True
    account = logged_in(server, environment)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CredentialsError, match="cannot be kept") as caught:
        AccessTokens(environment, patience=QUICK).of(account, client_of(account))
    assert "dex account login work" in (caught.value.hint or "")


def test_two_runs_at_a_time_lose_no_rotation(server: AuthorizationServer, environment: dict[str, str]) -> None:
    server.rotates = True
    account = logged_in(server, environment)
    got: list[str] = []
    errors: list[DexError] = []

    def run() -> None:
        try:
            got.append(AccessTokens(environment, patience=QUICK).of(account, client_of(account)).value)
        except DexError as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(got) == [f"access-{number}" for number in range(1, 9)]
    found = tokens.find("work", environment)
    assert found is not None
    assert server.valid == {found.refresh}


def test_a_login_that_was_taken_back_has_to_be_made_again(
    server: AuthorizationServer, environment: dict[str, str]
) -> None:
    account = logged_in(server, environment)
    server.revoke_all()
    with pytest.raises(CredentialsError) as caught:
        AccessTokens(environment, patience=QUICK).of(account, client_of(account))
    assert not isinstance(caught.value, NetworkError)
    assert caught.value.hint == "log in again: dex account login work"


def test_a_refresh_token_goes_nowhere_but_where_it_came_from(
    server: AuthorizationServer, environment: dict[str, str]
) -> None:
    account = logged_in(server, environment)
    for said in ({"oauth_token_url": f"{server.url}other"}, {"oauth_client_id": "another"}):
        changed = account_of(server, **said)
        with pytest.raises(CredentialsError, match="is of another client or server"):
            AccessTokens(environment, patience=QUICK).of(changed, client_of(changed))
        assert service.let_go(changed, [], environment) == (True, None)
        assert server.asked == []
        logged_in(server, environment)
    assert account.oauth is not None


def test_before_anybody_has_logged_in_the_command_is_named(
    server: AuthorizationServer, environment: dict[str, str]
) -> None:
    account = account_of(server)
    with pytest.raises(CredentialsError) as caught:
        AccessTokens(environment, patience=QUICK).of(account, client_of(account))
    assert caught.value.hint == "dex account login work"


# -- logging in --------------------------------------------------------------------------------------------


class Somebody:
    """Logs in on another device, and knows the secret of the client, or not."""

    pasted = None

    def __init__(self, secret: str | None = None) -> None:
        self._secret = secret
        self.questions: list[str] = []

    def page(self, address: str, back: str, minutes: float) -> None:
        raise AssertionError(address, back, minutes)

    def invite(self, invitation: object) -> None:
        pass

    def refused(self, other: str) -> None:
        raise AssertionError(other)

    def secret(self, question: str) -> str | None:
        self.questions.append(question)
        return self._secret


def log_in(account: Account, environment: dict[str, str], somebody: Somebody, **said: Any) -> tuple[str, str | None]:
    options = {"by_device": True, "store": None, "ask_for_secret": False, "patience": QUICK, **said}
    return service.log_in(account, client_of(account), somebody, environment, **options)


def test_what_a_login_brings_is_kept_and_works(
    server: AuthorizationServer, environment: dict[str, str], home: Path
) -> None:
    account = account_of(server)
    place, note = log_in(account, environment, Somebody())
    assert place == str(home / ".local/state/dexcli/tokens/work.json")
    assert note == "It is in a file, as no keyring keeps it (there is no keyring)."
    assert AccessTokens(environment, patience=QUICK).of(account, client_of(account)).value == "access-2"


def test_the_secret_of_a_client_is_asked_for_once(server: AuthorizationServer, environment: dict[str, str]) -> None:
    server.secret = SECRET
    account, somebody = account_of(server), Somebody(SECRET)
    log_in(account, environment, somebody, ask_for_secret=True)
    log_in(account, environment, somebody)
    assert somebody.questions == [f"Secret of the client {CLIENT}: "]
    nobody = Somebody(None)
    with pytest.raises(UsageError) as caught:
        log_in(account, environment, nobody, ask_for_secret=True)
    assert caught.value.hint == "set DEXCLI_CLIENT_SECRET_WORK for this command"
    log_in(account, {**environment, "DEXCLI_CLIENT_SECRET_WORK": SECRET}, nobody, ask_for_secret=True)
    assert len(nobody.questions) == 1


def test_a_login_that_could_not_be_renewed_is_none(server: AuthorizationServer, environment: dict[str, str]) -> None:
    server.script = lambda asked: Reply(200, {"access_token": "a"}) if asked.path == "/token" else None
    with pytest.raises(ServerError) as caught:
        log_in(account_of(server), environment, Somebody())
    assert "offline_access" in (caught.value.hint or "")
    assert tokens.find("work", environment) is None


@pytest.mark.parametrize(
    ("granted", "told"),
    [("mail offline_access", False), ("MAIL", False), ("mail openid x", False), ("other", True), (None, False)],
)
def test_who_is_granted_less_than_asked_is_told(
    server: AuthorizationServer, environment: dict[str, str], granted: str | None, told: bool
) -> None:
    server.scope = granted
    _, note = log_in(account_of(server), environment, Somebody())
    assert ("granted less than was asked: mail is missing" in (note or "")) is told


def test_a_way_that_the_server_does_not_have_is_told(server: AuthorizationServer, environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="has no login on another device"):
        log_in(account_of(server, oauth_device_url=None), environment, Somebody())
    with pytest.raises(UsageError, match="has no oauth_authorize_url"):
        log_in(account_of(server, oauth_authorize_url=None), environment, Somebody(), by_device=False)


# -- taking it back ----------------------------------------------------------------------------------------


def test_taking_a_login_back_tells_the_server(server: AuthorizationServer, environment: dict[str, str]) -> None:
    account = logged_in(server, environment)
    assert service.let_go(account, [], environment) == (True, None)
    assert (server.valid, [one.path for one in server.asked]) == (set(), ["/revoke"])
    assert service.let_go(account, [], environment) == (False, None)
    assert len(server.asked) == 1


def test_a_server_that_is_not_there_keeps_nobody_from_it(
    server: AuthorizationServer, environment: dict[str, str]
) -> None:
    account = logged_in(server, environment)
    server.script = lambda _: Reply(503)
    gone, note = service.let_go(account, [], environment)
    assert gone
    assert note is not None
    assert note.startswith("Its server may still know the login: 127.0.0.1:")
    assert tokens.find("work", environment) is None


def test_what_cannot_be_read_can_be_forgotten_and_replaced(
    server: AuthorizationServer, environment: dict[str, str], home: Path
) -> None:
    file = home / ".local/state/dexcli/tokens/work.json"
    account = logged_in(server, environment)
    file.write_text("garbage")
    assert service.let_go(account, [], environment) == (True, None)
    assert not file.exists()
    logged_in(server, environment)
    file.chmod(0o644)
    log_in(account, environment, Somebody())
    assert AccessTokens(environment, patience=QUICK).of(account, client_of(account)).kind == "token"
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_other_accounts_log_in_with_is_not_taken_back(
    server: AuthorizationServer, environment: dict[str, str]
) -> None:
    account = logged_in(server, environment)
    other = accounts.read(
        "calendar", {"type": "caldav", "address": "ada@example.org", "url": server.url, **server.account()}
    )
    assert service.let_go(account, [other], environment) == (
        True,
        "Its server was not told, as calendar may have a login of the same client.",
    )
    assert server.asked == []
