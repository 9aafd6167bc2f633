"""The keys of an account whose tokens are got by a login of ours: filled in for two providers, strict for the rest."""

from __future__ import annotations

from typing import Any

import pytest

from dexcli.config import accounts
from dexcli.config.accounts import Account
from dexcli.config.providers import PROVIDERS
from dexcli.errors import UsageError
from dexcli.oauth.client import OAuthClient

AUTHORIZE, TOKEN, DEVICE, REVOKE = (f"https://auth.example.org/{name}" for name in ("login", "token", "device", "over"))
OWN = {"oauth_client_id": "mine", "oauth_authorize_url": AUTHORIZE, "oauth_token_url": TOKEN}


def read(**said: Any) -> Account:
    return accounts.read("home", {"type": "imap", "address": "ada@example.org", "host": "imap.example.org", **said})


def client(account: Account) -> OAuthClient:
    assert account.oauth is not None
    return account.oauth


def test_google_needs_the_client_alone() -> None:
    found = {
        kind: client(accounts.read("home", {"type": kind, "address": "ada@gmail.com", "oauth_client_id": "mine"}))
        for kind in ("imap", "caldav", "carddav")
    }
    assert {kind: one.scope for kind, one in found.items()} == {
        "imap": "https://mail.google.com/",
        "caldav": "https://www.googleapis.com/auth/calendar",
        "carddav": "https://www.googleapis.com/auth/carddav",
    }
    mail = found["imap"]
    assert (mail.wants_secret, mail.device_url, mail.login_hint) == (True, "", "ada@gmail.com")
    assert mail.redirect_url(1234) == "http://127.0.0.1:1234/"
    assert dict(mail.parameters) == {"access_type": "offline", "prompt": "consent"}


def test_microsoft_needs_the_client_alone_and_has_no_calendars() -> None:
    account = accounts.read("home", {"type": "imap", "address": "ada@hotmail.com", "oauth_client_id": "mine"})
    microsoft = client(account)
    assert (account.auth, microsoft.wants_secret, microsoft.revoke_url) == ("xoauth2", False, "")
    assert microsoft.redirect_url(1234) == "http://localhost:1234"
    assert microsoft.scope == "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"
    for kind in ("caldav", "carddav"):
        with pytest.raises(UsageError) as caught:
            accounts.read("home", {"type": kind, "address": "ada@hotmail.com", "oauth_client_id": "mine"})
        assert "Microsoft has neither CalDAV nor CardDAV" in (caught.value.hint or "")


def test_a_domain_of_ones_own_has_the_provider_of_its_server() -> None:
    assert client(read(host="imap.gmail.com", oauth_client_id="mine")).token_url.startswith("https://oauth2.google")


def test_the_addresses_of_one_server_belong_together() -> None:
    """Else the secrets of one server went to the other."""
    tenant = "https://login.microsoftonline.com/example.org/oauth2/v2.0"
    said = {
        "oauth_client_id": "mine",
        "oauth_authorize_url": f"{tenant}/authorize",
        "oauth_token_url": f"{tenant}/token",
    }
    found = client(read(host="outlook.office365.com", **said))
    assert (found.device_url, found.revoke_url) == ("", "")
    assert found.scope.endswith("offline_access")
    assert found.redirect_host == "localhost"


def test_a_server_of_ones_own_is_as_it_is_said() -> None:
    found = read(
        **OWN,
        oauth_device_url=DEVICE,
        oauth_revoke_url=REVOKE,
        oauth_scope=" mail   offline_access ",
        oauth_redirect_port=8765,
        ca_file="~/ca.pem",
    )
    assert found.auth == "xoauth2"
    assert client(found).scope == "mail offline_access"
    assert client(found).redirect_url(8765) == "http://127.0.0.1:8765/"
    assert (client(found).device_url, client(found).revoke_url) == (DEVICE, REVOKE)
    assert str(client(found).ca_file).endswith("/ca.pem")
    assert read(**OWN, auth="oauthbearer").auth == "oauthbearer"
    calendar = accounts.read(
        "home", {"type": "caldav", "address": "a@example.org", "url": "https://x.example.org", **OWN}
    )
    assert calendar.auth == "bearer"


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ({"oauth_scope": "mail"}, "has oauth_scope, but no oauth_client_id", "your own client"),
        ({"oauth_client_id": "mine"}, "has no oauth_token_url", "where tokens are granted"),
        ({"oauth_client_id": "mine", "oauth_token_url": TOKEN}, "has neither oauth_authorize_url nor", "one of them"),
        ({**OWN, "token_command": ["x"]}, "has a token_command and an oauth_client_id", "keep one of them"),
        ({**OWN, "password_command": ["x"]}, "has a password_command and an oauth_client_id", "keep one of them"),
        ({**OWN, "auth": "password"}, "an oauth_client_id is for xoauth2, not for password", "take auth"),
        ({**OWN, "oauth_token_url": "http://auth.example.org/token"}, "without security only to this machine", "https"),
        ({**OWN, "oauth_token_url": "http://127.0.0.1.example.org/"}, "without security only to this machine", "https"),
        ({**OWN, "oauth_token_url": "ftp://auth.example.org/"}, "not the address of a server", "https://auth"),
        ({**OWN, "oauth_token_url": "https://eve@auth.example.org/"}, "not the address of a server", "https://auth"),
        ({**OWN, "oauth_authorize_url": "https://auth.example.org:@evil.example/"}, "not the address", "https://auth"),
        ({**OWN, "oauth_authorize_url": "https://@evil.example/"}, "not the address", "https://auth"),
        ({**OWN, "oauth_device_url": "https://evil.example\\.example.org/"}, "not the address", "https://auth"),
        ({**OWN, "oauth_token_url": "https://auth.example.org/#here"}, "not the address of a server", "https://auth"),
        ({**OWN, "oauth_token_url": "https://auth.example.org:0/"}, "not the address of a server", "https://auth"),
        ({**OWN, "oauth_token_url": "https://auth.example.org:99999/"}, "not the address of a server", "https://auth"),
        ({**OWN, "oauth_token_url": "https://[::1/"}, "not the address of a server", "https://auth"),
        ({**OWN, "oauth_authorize_url": "https://auth.example.org/a b"}, "not the address of a server", "https://auth"),
        ({**OWN, "oauth_authorize_url": "https://auth.example.org/\x1b"}, "not the address of a server", "https://auth"),
        ({**OWN, "oauth_authorize_url": "javascript:alert(1)"}, "not the address of a server", "https://auth"),
        ({**OWN, "oauth_redirect_port": 0}, "oauth_redirect_port is 0, not a number", "registered with"),
        ({**OWN, "oauth_client_secret": "hunter2"}, "no secret belongs into this file", "dex account login asks"),
        ({**OWN, "oauth_refresh_token": "hunter2"}, "no secret belongs into this file", "dex account login asks"),
        ({**OWN, "oauth_clientid": "x"}, "has no key 'oauth_clientid'", "did you mean oauth_client_id?"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_an_error_with_key_and_remedy(said: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(**said)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


def test_only_tls_is_spoken_to_the_providers() -> None:
    for provider in PROVIDERS:
        if provider.oauth is not None:
            one = provider.oauth
            urls = [one.authorize_url, one.token_url, one.device_url, one.revoke_url]
            assert [url for url in urls if url and not url.startswith("https://")] == []
            assert one.scopes.keys() >= {"imap"} | ({"caldav", "carddav"} if provider.caldav else set())
