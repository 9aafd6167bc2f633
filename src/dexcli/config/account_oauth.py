"""The client of OAuth that an account says, with what its provider is known to want."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dexcli.config.account_keys import KEYS
from dexcli.config.hosts import check_url
from dexcli.config.providers import Provider
from dexcli.errors import UsageError
from dexcli.oauth.client import OAuthClient


def client(
    name: str, values: Mapping[str, Any], provider: Provider | None, address: str, place: str
) -> OAuthClient | None:
    """The client that gets its tokens; None where they come from elsewhere.

    The addresses of one server belong together: where the file names its own, none of a provider's are asked.
    """
    said = {key: value for key, value in values.items() if key.startswith("oauth_")}
    if not said:
        return None
    if "oauth_client_id" not in said:
        raise UsageError(
            f"{place} has {next(iter(said))}, but no oauth_client_id", hint=KEYS["imap"]["oauth_client_id"].meaning
        )
    urls = {key: value for key, value in said.items() if key.endswith("_url")}
    for key, url in urls.items():
        check_url(url, f"{place}.{key}")
    known = provider.oauth if provider else None
    if known is not None and not urls:
        urls = {
            "oauth_authorize_url": known.authorize_url,
            "oauth_token_url": known.token_url,
            "oauth_device_url": known.device_url,
            "oauth_revoke_url": known.revoke_url,
        }
    if "oauth_token_url" not in urls:
        raise UsageError(
            f"{place} has no oauth_token_url, and where its tokens are granted is not known",
            hint=KEYS["imap"]["oauth_token_url"].meaning,
        )
    if not (urls.get("oauth_authorize_url") or urls.get("oauth_device_url")):
        raise UsageError(
            f"{place} has neither oauth_authorize_url nor oauth_device_url", hint="one of them is where you log in"
        )
    ca_file = values.get("ca_file")
    ways: dict[str, Any] = {}
    if known is not None:
        ways = {
            "wants_secret": known.wants_secret,
            "secret_in_body": known.secret_in_body,
            "parameters": known.parameters,
            "redirect_host": known.redirect_host,
            "redirect_path": known.redirect_path,
        }
    return OAuthClient(
        account=name,
        client_id=said["oauth_client_id"],
        authorize_url=urls.get("oauth_authorize_url", ""),
        token_url=urls["oauth_token_url"],
        device_url=urls.get("oauth_device_url", ""),
        revoke_url=urls.get("oauth_revoke_url", ""),
        scope=" ".join(said.get("oauth_scope", known.scopes.get(values["type"], "") if known else "").split()),
        login_hint=address,
        redirect_port=said.get("oauth_redirect_port"),
        ca_file=None if ca_file is None else str(Path(ca_file).expanduser()),
        **ways,
    )
