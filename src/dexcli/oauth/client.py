"""A client of OAuth 2 and its server: what is asked of the server, and what it answers, bounded and in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

import msgspec
from msgspec import Struct

from dexcli.errors import CredentialsError, NetworkError, ServerError
from dexcli.https import failure
from dexcli.waiting import within

if TYPE_CHECKING:
    import requests

MOST_ANSWER = 64 * 1024
"""Bytes of an answer: tokens are a few kilobytes at most."""
LONGEST_TOKEN = 16 * 1024
"""Letters of a token, which has to fit into a header or a login."""
LONGEST_LIFE = 24 * 3600.0
"""Seconds for which a token is used at most, whatever its server promises."""
UNTOLD_LIFE = 300.0
"""Seconds for which one is used whose server says nothing."""

_CHUNK = 8 * 1024
_TOLD = 200
"""Characters of a server's own words that are shown."""


class OAuthClient(Struct, frozen=True, kw_only=True):
    """The user's own client at a server that grants tokens, and how one asks there."""

    account: str
    """The user's name for the account, for messages."""
    client_id: str
    authorize_url: str = ""
    """Empty: there is no login by a browser."""
    token_url: str
    device_url: str = ""
    """Empty: there is no login on another device."""
    revoke_url: str = ""
    scope: str
    """What is asked for: words with spaces between them."""
    login_hint: str = ""
    """Who is to log in, so that the server need not ask."""
    wants_secret: bool = False
    """Whether the server knows no client without a secret."""
    secret_in_body: bool = False
    """Whether the secret goes where the form goes, instead of into the header of RFC 6749, 2.3.1."""
    parameters: tuple[tuple[str, str], ...] = ()
    """What is said beside the usual where one asks for the login by a browser."""
    redirect_host: str = "127.0.0.1"
    """How this machine is called in the address to which the browser is sent back."""
    redirect_path: str = "/"
    redirect_port: int | None = None
    """None: any that is free."""
    ca_file: str | None = None
    """Certificates to trust beside the system's."""

    def redirect_url(self, port: int) -> str:
        """The address to which the browser is sent back."""
        return f"http://{self.redirect_host}:{port}{self.redirect_path}"


class Patience(Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds."""

    connect: float = 20.0
    read: float = 30.0
    """For a server, without a byte from it."""
    answer: float = 90.0
    """For all of an answer, however slowly its bytes come."""
    login: float = 600.0
    """For somebody at a browser."""
    device: float = 900.0
    """For somebody with another device, if their server has that much patience."""
    wait: Callable[[float], None] = time.sleep


class Tokens:
    """What a server grants. No struct, so that nothing can encode it, print it or write it into a result by mistake."""

    __slots__ = ("access", "life", "refresh", "scope")

    def __init__(self, *, access: str, life: float, refresh: str | None, scope: str | None) -> None:
        self.access = access
        self.life = life
        """Seconds from the answer on, so that nobody's clock matters."""
        self.refresh = refresh
        self.scope = scope
        """What was granted; None: what was asked for."""

    def __repr__(self) -> str:
        return f"Tokens(life={self.life!r})"

    def __reduce__(self) -> str:
        raise TypeError("a token is not written anywhere")


class RefusedError(Exception):
    """The server says no, with a code of RFC 6749 or RFC 8628."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(code)
        self.code = code
        self.said = said


# -- what is asked ---------------------------------------------------------------------------------------


def redeem(
    client: OAuthClient, secret: str | None, code: str, verifier: str, redirect_url: str, patience: Patience
) -> Tokens:
    """The tokens for a code that the browser brought (RFC 6749, 4.1.3). Raises ServerError."""
    body = _form(client).prepare_request_body(
        code=code, redirect_uri=redirect_url, code_verifier=verifier, **who_we_are(client, secret)
    )
    with _told(client):
        said = ask(client, client.token_url, body, secret, patience, hidden=(code, verifier))
        return tokens_of(client, said)


def renew(client: OAuthClient, secret: str | None, refresh_token: str, patience: Patience) -> Tokens:
    """Another access token (RFC 6749, 6). Raises ServerError, CredentialsError where the login has expired."""
    body = _form(client).prepare_refresh_body(refresh_token=refresh_token, **in_form(client, secret))
    with _told(client):
        said = ask(client, client.token_url, body, secret, patience, hidden=(refresh_token,))
        return tokens_of(client, said)


def revoke(client: OAuthClient, secret: str | None, refresh_token: str, patience: Patience) -> None:
    """Tell the server that a login is over (RFC 7009). Raises ServerError."""
    _, _, body = _form(client).prepare_token_revocation_request(
        secure(client.revoke_url),
        refresh_token,
        token_type_hint="refresh_token",  # noqa: S106 - what it is, not the token
        **in_form(client, secret),
    )
    with _told(client):
        ask(client, client.revoke_url, body, secret, patience, hidden=(refresh_token,), empty=True)


def _form(client: OAuthClient) -> Any:
    from oauthlib.oauth2 import WebApplicationClient

    return WebApplicationClient(client.client_id)


def who_we_are(client: OAuthClient, secret: str | None) -> dict[str, Any]:
    """How the client says in a form who it is: not at all where the header does."""
    if secret and not client.secret_in_body:
        return {"include_client_id": False}
    return {"include_client_id": True, **({"client_secret": secret} if secret else {})}


def in_form(client: OAuthClient, secret: str | None) -> dict[str, str]:
    """The same for a form whose fields are all named."""
    who = who_we_are(client, secret)
    return {**({"client_id": client.client_id} if who.pop("include_client_id") else {}), **who}


def secure(url: str) -> str:
    """The URL as oauthlib takes it, which knows no server on this machine; whether ours is one was asked before."""
    return "https://" + url.partition("://")[2]


# -- what is answered ------------------------------------------------------------------------------------


@contextmanager
def _told(client: OAuthClient) -> Iterator[None]:
    """Make a refusal that nobody expected an error for the user."""
    try:
        yield
    except RefusedError as refused:
        raise refusal(client, refused) from None


def refusal(client: OAuthClient, refused: RefusedError) -> ServerError:
    """What a refusal means to the owner of an account."""
    host, again = urlsplit(client.token_url).netloc, f"dex account login {client.account}"
    said = f": {refused.said}" if refused.said else ""
    match refused.code:
        case "invalid_grant" | "interaction_required" | "consent_required" | "login_required":
            return CredentialsError(
                f"{host}: the login of account {client.account} has expired or was taken back{said}",
                hint=f"log in again: {again}",
            )
        case "access_denied":
            return CredentialsError(
                f"{host}: the login of account {client.account} was denied{said}", hint=f"try again: {again}"
            )
        case "invalid_client" | "unauthorized_client":
            return CredentialsError(
                f"{host} does not take the client of account {client.account} ({refused.code}){said}",
                hint=f"is oauth_client_id right, and its secret? {again} --client-secret asks for the secret again",
            )
        case "invalid_scope":
            return CredentialsError(
                f"{host} does not grant account {client.account} what it asks for ({refused.code}){said}",
                hint="does the client have these scopes: " + client.scope + "?",
            )
    return ServerError(
        f"{host} refuses the login of account {client.account} ({refused.code}){said}", hint=f"try again: {again}"
    )


def ask(
    client: OAuthClient,
    url: str,
    body: str,
    secret: str | None,
    patience: Patience,
    *,
    hidden: Sequence[str] = (),
    empty: bool = False,
) -> dict[str, Any]:
    """What a server answers to a form: an object of JSON, or with `empty` whatever it says to agree.

    Raises RefusedError, NetworkError where another time may help, and ServerError. No error repeats `hidden`.
    """
    host = urlsplit(url).netloc
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if secret and not client.secret_in_body:
        from base64 import b64encode

        pair = f"{quote_plus(client.client_id)}:{quote_plus(secret)}"
        headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
    try:
        status, text = within(patience.answer, partial(_posted, client, url, body, headers, patience))
    except TimeoutError:
        raise NetworkError(f"{host} does not come to an end of its answer", hint="run it again later") from None
    return _read(host, status, text, (*hidden, *((secret,) if secret else ())), empty=empty)


def _posted(
    client: OAuthClient, url: str, body: str, headers: Mapping[str, str], patience: Patience
) -> tuple[int, bytes]:
    """The status and text of an answer. Raises ServerError for whatever goes wrong."""
    import requests

    host = urlsplit(url).netloc
    try:
        with (
            _session(client, url) as session,
            session.post(
                url,
                data=body,
                headers=headers,
                timeout=(patience.connect, patience.read),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            return response.status_code, _body(response, host)
    except requests.exceptions.SSLError as error:
        raise NetworkError(
            f"{host}: its certificate is not trusted: {failure(error)}", hint="is this network what it should be?"
        ) from None
    except (requests.exceptions.RequestException, OSError) as error:
        raise NetworkError(
            f"{host}: {failure(error)}", hint="is the network up? Otherwise run it again later"
        ) from None
    except ServerError:
        raise
    except Exception as error:  # noqa: BLE001 - headers that no server sends in its right mind, and what they break
        raise nonsense(host, type(error).__name__) from None


def _read(host: str, status: int, text: bytes, hidden: Sequence[str], *, empty: bool) -> dict[str, Any]:
    said = _object(text)
    code = plain(said.get("error"), hidden) if said is not None else ""
    if status >= 500 or code in ("server_error", "temporarily_unavailable"):  # noqa: PLR2004 - of the server
        raise NetworkError(f"{host} answers {status} {code}".rstrip(), hint="run it again later")
    if code and status != 200:  # noqa: PLR2004 - OK: some say no in that way, too
        raise RefusedError(code, plain((said or {}).get("error_description"), hidden))
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        raise NetworkError(f"{host} is busy", hint="run it again later")
    if status != 200:  # noqa: PLR2004 - OK
        raise ServerError(f"{host} answers {status}, and nothing that helps", hint="is that the right server?")
    if code:
        raise RefusedError(code, plain((said or {}).get("error_description"), hidden))
    if said is None and not empty:
        raise nonsense(host, "no JSON")
    return said or {}


def tokens_of(client: OAuthClient, said: Mapping[str, Any]) -> Tokens:
    """The tokens in an answer (RFC 6749, 5.1). Raises ServerError.

    oauthlib would read a form where JSON is broken, and raise a warning where a server grants other words than asked.
    """
    host = urlsplit(client.token_url).netloc
    kind = said.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise nonsense(host, "a token of a kind that is not bearer")
    access, refresh, scope = said.get("access_token"), said.get("refresh_token"), said.get("scope")
    if not isinstance(access, str) or not is_token(access):
        raise nonsense(host, "no access token")
    if refresh is not None and refresh != "" and not is_token(refresh):
        raise nonsense(host, "no refresh token that could be one")
    return Tokens(
        access=access,
        life=seconds(said.get("expires_in"), UNTOLD_LIFE, 0.0, LONGEST_LIFE),
        refresh=refresh or None,
        scope=scope if isinstance(scope, str) else None,
    )


def is_token(value: Any) -> bool:
    """Whether a value can be a token: visible letters of ASCII (RFC 6749, appendix A), and not endlessly many."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_TOKEN
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )


def seconds(value: Any, usual: float, least: float, most: float) -> float:
    """A number of seconds within bounds; servers write numbers as texts, too."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return usual
    return usual if number != number else min(max(number, least), most)  # noqa: PLR0124 - what is no number


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        said = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    return said if isinstance(said, dict) else None


def plain(value: Any, hidden: Sequence[str]) -> str:
    """A server's words on one line, without what nobody may see: servers repeat a lot."""
    if not isinstance(value, str):
        return ""
    text = value[:MOST_ANSWER]
    for one in sorted(hidden, key=len, reverse=True):
        text = text.replace(one, "***").replace(quote_plus(one), "***")
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    text = " ".join(text.split())
    return text if len(text) <= _TOLD else text[:_TOLD] + "..."


def nonsense(host: str, what: str) -> ServerError:
    """The error for an answer that is none."""
    return ServerError(
        f"{host} answers what makes no sense: {what}", hint="is that the server that grants tokens for the account?"
    )


def _session(client: OAuthClient, url: str) -> requests.Session:
    import ssl

    from dexcli.https import adapter, unled_session

    session = unled_session()
    session.headers.update({"User-Agent": "dexcli", "Accept-Encoding": "identity"})
    # A server on this machine is asked by nobody else; and no .netrc has a say in who we are.
    session.trust_env = urlsplit(url).scheme == "https"
    session.auth = lambda request: request
    context = ssl.create_default_context()
    if client.ca_file is not None:
        try:
            context.load_verify_locations(client.ca_file)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ServerError(
                f"the certificates in {client.ca_file} cannot be read: {reason}",
                hint=f"ca_file of account {client.account} has to name a file of certificates in PEM form",
            ) from None
    session.mount("https://", adapter(context))
    return session


def _body(response: requests.Response, host: str) -> bytes:
    """What is answered, up to a bound. Raises ServerError."""
    pieces, size = [], 0
    for piece in response.iter_content(_CHUNK):
        size += len(piece)
        if size > MOST_ANSWER:
            raise nonsense(host, f"more than {MOST_ANSWER // 1024} KiB")
        pieces.append(piece)
    return b"".join(pieces)
