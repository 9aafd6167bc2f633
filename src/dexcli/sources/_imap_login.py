"""An account on an IMAP server, and the way in: connection, TLS, login; what goes wrong there, in words."""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from dexcli.errors import CredentialsError, DexError, ServerError

if TYPE_CHECKING:
    from dexcli.sources._imap_client import Client


class ImapAccount(Struct, frozen=True, kw_only=True):
    """All that is needed to read an account."""

    name: str
    """The user's name for it."""
    address: str
    """Of the owner."""
    host: str
    port: int
    security: str
    """`tls` from the first byte, `starttls`, or `none`."""
    ca_file: str | None = None
    """A file with the certificates to trust instead of the system's: a private authority, or the server's own."""
    user: str
    auth: str
    """`password`, `xoauth2` or `oauthbearer`."""
    secret: Callable[[], tuple[str, str]]
    """Its kind, `password` or `token`, and the secret; asked for at every login, as tokens expire."""
    renewed: Callable[[str], tuple[str, str]] | None = None
    """The same, another than the token that was not taken; None: there is no other."""
    folders: tuple[str, ...] = ()
    """The folders to read; empty: chosen by their special use."""
    store_bodies: bool = False
    since: date | None = None
    """Leave out, of a folder that was never read, what arrived or was written before this day."""
    full: bool = False
    """Read everything again, whatever the cursor says."""


class Patience(Struct, frozen=True, kw_only=True):
    """How long to wait for a server, in seconds."""

    connect: float = 20.0
    read: float = 60.0
    """Without a byte from it."""
    login: float = 60.0
    """For all of a greeting, and for all of a login."""
    answer: float = 300.0
    """For all of any other answer: the folders of a large account, the texts of a batch on a slow line."""
    pauses: tuple[float, ...] = (1.0, 5.0, 15.0)
    """Before each further try to connect."""
    wait: Callable[[float], None] = time.sleep


_PLAIN_WORD = re.compile(r"[A-Za-z0-9.@_+=&/~-]+")
"""What needs no quotes in a command."""

BUSY = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]")
"""RFC 5530: what may be different in a while, whether login or command."""

_BYTES = re.compile(r"""\[?b['"]([^'"]*)['"]\]?""")
"""How imaplib and IMAPClient write what the server said."""


def connect(account: ImapAccount, patience: Patience) -> Client:
    """A connection that is logged in. Raises abort and OSError where another try may help, else ServerError."""
    shown = ("", "")

    def first() -> tuple[str, str]:
        nonlocal shown
        shown = account.secret()
        return shown

    try:
        return _connected(account, patience, first)
    except _NotTaken as refused:
        another = account.renewed(shown[1]) if account.renewed is not None and shown[0] == "token" else shown
        if another == shown:
            raise refused.error from None
    try:  # anew: many servers hang up on who was refused
        return _connected(account, patience, lambda: another)
    except _NotTaken as refused:
        raise refused.error from None


class _NotTaken(Exception):  # noqa: N818 - caught where there may be another secret
    """The server does not take this secret."""

    def __init__(self, error: CredentialsError) -> None:
        super().__init__()
        self.error = error


def _connected(account: ImapAccount, patience: Patience, secret: Callable[[], tuple[str, str]]) -> Client:
    from dexcli.sources._imap_client import Client

    context = _trust(account) if account.security != "none" else None
    try:
        client = Client(
            account.host,
            account.port,
            context if account.security == "tls" else None,
            connect=patience.connect,
            read=patience.read,
            greeting=patience.login,
        )
    except ssl.SSLError as error:
        raise _untrusted(account, error) from None
    except (imaplib.IMAP4.abort, OSError):
        raise
    except Exception as error:  # noqa: BLE001  # imaplib chokes in many ways on what is no IMAP
        reason = words(error)
        if reason.startswith("* BYE"):
            raise imaplib.IMAP4.abort(reason) from None
        raise _no_server(account, reason) from None
    try:
        if account.security == "starttls" and context is not None:
            with client.in_time(patience.login):
                _start_tls(account, client, context)
        _log_in(account, client, patience, secret)
        with client.in_time(patience.login):
            if client.has_capability("X-GM-EXT-1") and client.has_capability("ID"):
                with suppress(imaplib.IMAP4.error):
                    client.id_({"name": "dexcli"})  # Gmail asks its clients to say who they are
    except (DexError, _NotTaken, imaplib.IMAP4.abort, OSError):
        shut(client)
        raise
    except Exception as error:  # noqa: BLE001  # as above
        shut(client)
        raise _no_server(account, words(error)) from None
    return client


def _trust(account: ImapAccount) -> ssl.SSLContext:
    ca_file = account.ca_file
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ServerError(
            f"{where(account)}: the certificates in {ca_file} cannot be read: {reason}",
            hint=f"ca_file of account {account.name} has to name a file of certificates in PEM form",
        ) from None


def _start_tls(account: ImapAccount, client: Client, context: ssl.SSLContext) -> None:
    """Turn to TLS. A server that does not is not spoken to any further: the password would go in plain sight."""
    if client.knows_us():
        raise ServerError(
            f"{where(account)}: the server logs us in by itself (PREAUTH), and turns to TLS no more",
            hint=f'set security = "tls" in account {account.name}, or "none" if the server is on this machine',
        )
    try:
        client.starttls(context)
    except ssl.SSLError as error:
        raise _untrusted(account, error) from None
    except OSError:
        raise
    except imaplib.IMAP4.error as error:
        raise ServerError(
            f"{where(account)}: the server does not turn to TLS: {words(error)}",
            hint=f'most servers take security = "tls" on port 993; set that in account {account.name}',
        ) from None


def _log_in(account: ImapAccount, client: Client, patience: Patience, find: Callable[[], tuple[str, str]]) -> None:
    if client.knows_us():
        return
    kind, secret = find()
    client.hidden = secret
    user = account.user
    if not secret or not (user + secret).isprintable():
        raise CredentialsError(
            f"{where(account)}: the {kind} of account {account.name} is empty or more than one line",
            hint=_for_another(account, kind),
        )
    try:
        with client.in_time(patience.login):
            _present(account, client, secret)
    except (imaplib.IMAP4.abort, OSError):
        raise
    except imaplib.IMAP4.error as error:
        # IMAPClient makes a refusal of everything, also of a connection that broke.
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise imaplib.IMAP4.abort(words(error.__context__, secret)) from None
        reason = words(error, secret)
        if any(code in reason for code in BUSY):
            raise imaplib.IMAP4.abort(reason) from None
        raise _NotTaken(
            CredentialsError(
                f"{where(account)}: the server does not take the {kind} of account {account.name}"
                f" for user {user}: {reason}",
                hint=f"account {account.name}: is the user right? {_for_another(account, kind)}",
            )
        ) from None


def _present(account: ImapAccount, client: Client, secret: str) -> None:
    """Log in by the account's kind of secret. Raises what IMAPClient raises, and ServerError."""
    user = account.user
    if account.auth == "xoauth2":
        client.oauth2_login(user, secret)
    elif account.auth == "oauthbearer":
        client.oauthbearer_login(user, secret)
    elif client.has_capability("LOGINDISABLED"):
        raise ServerError(
            f"{where(account)}: the server takes no password over an unprotected connection",
            hint=f'set security = "tls" or "starttls" in account {account.name}',
        )
    elif _PLAIN_WORD.fullmatch(user) and secret.isascii():
        client.login(user, secret)
    else:
        client.plain_login(user, secret)  # LOGIN knows neither spaces in a name nor more than ASCII


# -- in words -------------------------------------------------------------------------------------------


def where(account: ImapAccount) -> str:
    """The server, for messages."""
    return f"{account.host}:{account.port}"


def _for_another(account: ImapAccount, kind: str) -> str:
    """The way to another secret; only passwords are kept."""
    if kind == "password":
        return f"For a new password: dex account login {account.name}"
    if account.renewed is not None:
        return f"To log in again: dex account login {account.name}"
    return f"The token_command of account {account.name} has to print a token that has not expired"


def _no_server(account: ImapAccount, reason: str) -> ServerError:
    return ServerError(
        f"{where(account)}: no IMAP server answers there: {reason}",
        hint=f"host, port and security of account {account.name}: 993 is for tls, 143 for starttls",
    )


def _untrusted(account: ImapAccount, error: ssl.SSLError) -> ServerError:
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        raise imaplib.IMAP4.abort("EOF") from None
    if isinstance(error, ssl.SSLCertVerificationError):
        return ServerError(
            f"{where(account)}: the server's certificate is not to be trusted: {error.verify_message}",
            hint="is it the right host? if the server has a certificate of its own or of a private authority,"
            f" set ca_file in account {account.name} to a file with it",
        )
    return _no_server(account, f"TLS failed ({error.reason or type(error).__name__})")


def words(error: Exception, secret: str = "") -> str:
    """What went wrong, on one line, and without what nobody may see."""
    if isinstance(error, TimeoutError):
        from dexcli.sources._imap_client import UnfinishedError

        if isinstance(error, UnfinishedError):
            return "the server does not finish its answer"
        return "the server does not answer"
    text = str(error.strerror if isinstance(error, OSError) and error.strerror else error)[:1_000]
    text = text.partition("\n\n")[0]  # IMAPClient adds advice to programmers
    text = _BYTES.sub(lambda match: match[1], text) or type(error).__name__
    text = without(text, secret)
    if "EOF" in text or "unterminated line" in text:
        return "the server hung up"
    return "".join(letter for letter in text if letter.isprintable())[:200]


def without(text: str, secret: str) -> str:
    """A text in which nobody can read the secret: as it is, with signs quoted, or in Base64; servers repeat a lot."""
    if not secret:
        return text
    from base64 import b64encode

    quoted = r"\\*".join("[\"']?" if sign in "\"'" else re.escape(sign) for sign in secret)
    text = re.sub(rf"\\*{quoted}", "***", text)
    # What stands before the secret in Base64 shifts it by none, one or two bytes: the letters in the middle stay.
    for shift in range(3):
        middle = b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")[4 * (shift > 0) : -1]
        if len(middle) >= _TELLING and middle in text:
            return "(the server repeated the login)"
    return text


_TELLING = 4
"""Letters of Base64 that are no accident."""


def shut(client: Client) -> None:
    """End a connection without a word."""
    with suppress(OSError, imaplib.IMAP4.error):
        client.shutdown()
