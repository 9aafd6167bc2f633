"""What a login by OAuth leaves behind: the refresh token of an account, in the keyring or in a file of its own.

Access tokens are in memory only. Whoever renews a token is alone with it: a server may take the old one back at once
(docs/adr/0020-oauth.md).
"""

from __future__ import annotations

import os
import shlex
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from dexcli.config import keyrings, paths, settings
from dexcli.config.keyrings import KeyringTroubleError, NoKeyringHereError
from dexcli.errors import CredentialsError, NetworkError
from dexcli.oauth.client import OAuthClient

Store = Literal["keyring", "file"]

SECONDS_TO_WAIT = 120.0
"""How long one run waits for another that renews the token, which has a server to ask."""
_SECONDS_BETWEEN_LOOKS = 0.05
_LARGEST = 64 * 1024
"""Bytes of a file of ours."""


class KeyringSilentError(CredentialsError):
    """The keyring does not say whether there is a login; for another account it will not either."""


class Grant:
    """A login that is kept. No struct, so that nothing can encode it, print it or write it into a result by mistake."""

    __slots__ = ("client_id", "place", "refresh", "secret", "store", "token_url")

    def __init__(
        self, *, refresh: str, secret: str | None, client_id: str, token_url: str, store: Store, place: str = ""
    ) -> None:
        self.refresh = refresh
        self.secret = secret
        """Of the client; None: it has none."""
        self.client_id = client_id
        self.token_url = token_url
        """Where it came from: it is sent nowhere else, whatever the configuration says by now."""
        self.store: Store = store
        self.place = place
        """Where it is kept, in words."""

    def __repr__(self) -> str:
        return f"Grant(store={self.store!r})"

    def __reduce__(self) -> str:
        raise TypeError("a token is not written anywhere")

    def is_of(self, client: OAuthClient) -> bool:
        """Whether it was granted to this client by this server."""
        return (self.client_id, self.token_url) == (client.client_id, client.token_url)


def find(name: str, environment: Mapping[str, str]) -> Grant | None:
    """The login of an account; None where there is none. Raises CredentialsError where it cannot be read.

    Where only the keyring can say whether there is one, and does not, that is a KeyringSilentError.
    """
    file = _file(name, environment)
    if (text := _read(file, name)) is not None:
        return _decoded(text, name, "file", str(file))
    try:
        kept = keyrings.read(_entry(name))
    except NoKeyringHereError:
        return None
    except KeyringTroubleError as error:
        raise KeyringSilentError(
            f"the login of account {name} cannot be looked up: {error}",
            hint=f"unlock the keyring, or keep it in a file: dex account login {name} --store file",
        ) from None
    return None if kept is None else _decoded(kept.encode(), name, "keyring", "the keyring")


def keep(name: str, grant: Grant, environment: Mapping[str, str]) -> str:
    """Keep a login where it says, and nowhere else; returns that place in words.

    Raises CredentialsError where that cannot be.
    """
    text = msgspec.json.encode(
        {
            "refresh_token": grant.refresh,
            "client_id": grant.client_id,
            "client_secret": grant.secret,
            "token_url": grant.token_url,
        }
    )
    file = _file(name, environment)
    try:
        if grant.store == "keyring":
            keyring = keyrings.write(_entry(name), text.decode())
            file.unlink(missing_ok=True)
            return f"the keyring ({keyring})"
        _write(file, text)
    except (KeyringTroubleError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        place, other = (str(file), "keyring") if grant.store == "file" else ("the keyring", "file")
        raise CredentialsError(
            f"the login of account {name} cannot be kept in {place}: {reason}",
            hint=f"dex account login {name} --store {other} tries another place",
        ) from None
    with suppress(KeyringTroubleError):
        keyrings.delete(_entry(name))
    return str(file)


def forget(name: str, environment: Mapping[str, str]) -> bool:
    """Forget a login wherever it is; False where there was none. Raises KeyringTroubleError and OSError."""
    found = forget_file(name, environment)
    return keyrings.delete(_entry(name)) or found


def forget_file(name: str, environment: Mapping[str, str]) -> bool:
    """Forget a login that is in a file; False where there was none. Raises OSError."""
    file = _file(name, environment)
    found = file.exists()
    file.unlink(missing_ok=True)
    _lock_file(file).unlink(missing_ok=True)
    return found


def folder(environment: Mapping[str, str]) -> Path | None:
    """Where logins are that are kept in files; None without a home directory."""
    state = paths.state(environment)
    return None if state is None else Path(state) / "tokens"


def in_files(environment: Mapping[str, str]) -> list[str]:
    """The accounts, also former ones, whose login is in a file."""
    place = folder(environment)
    return [] if place is None else sorted(one.stem for one in place.glob("[!.]*.json"))


def is_in_keyring(name: str) -> bool:
    """Whether the keyring has a login of that account. Raises KeyringTroubleError where it cannot be asked."""
    return keyrings.read(_entry(name)) is not None


def usual_store() -> tuple[Store, str]:
    """Where a login is kept unless told, and why not in the keyring."""
    trouble = keyrings.why_none()
    return ("keyring", "") if trouble is None else ("file", trouble)


@contextmanager
def alone(name: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Be the only run of dex that uses the refresh token of an account. A killed run leaves no lock.

    Raises NetworkError after `SECONDS_TO_WAIT`, CredentialsError where the folder cannot be written.
    """
    lock_file = _lock_file(_file(name, environment))
    deadline = time.monotonic() + SECONDS_TO_WAIT
    try:
        _make_folder(lock_file.parent)
        while (lock := settings.locked(lock_file)) is None:
            if time.monotonic() >= deadline:
                raise NetworkError(
                    f"another run of dex has been renewing the token of account {name} for {SECONDS_TO_WAIT:g} s",
                    hint="run it again later",
                )
            time.sleep(_SECONDS_BETWEEN_LOOKS)
    except OSError as error:
        raise CredentialsError(
            f"the token of account {name} cannot be renewed: {lock_file}: {error.strerror}",
            hint=f"{lock_file.parent} has to be a folder of yours that can be written to",
        ) from None
    try:
        yield
    finally:
        os.close(lock)


def _file(name: str, environment: Mapping[str, str]) -> Path:
    state = paths.state(environment)
    if state is None:
        raise CredentialsError(
            f"the login of account {name} has no place: neither HOME nor XDG_STATE_HOME is set", hint="set one of them"
        )
    return Path(state) / "tokens" / f"{name}.json"


def _lock_file(file: Path) -> Path:
    return file.with_suffix(".lock")


def _entry(name: str) -> str:
    """Its name in the keyring, which no account can have: that would be its password's."""
    return f"{name}/oauth"


def _make_folder(folder: Path) -> None:
    """Make the folder ours alone, and those above it that are missing."""
    if not folder.parent.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.parent.chmod(0o700)
    folder.mkdir(exist_ok=True)
    if folder.stat().st_uid == os.getuid():
        folder.chmod(0o700)


def _read(file: Path, name: str) -> bytes | None:
    """The file's text; None where there is none. Raises CredentialsError for one that others can read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CredentialsError(f"the login of account {name}: {file}: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise CredentialsError(f"{file} is no file", hint=f"take it away, then: dex account login {name}")
        if status.st_uid not in (os.getuid(), 0) or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise CredentialsError(
                f"{file} can be read or written by others: what is in it is not used",
                hint=f"chmod 600 {shlex.quote(str(file))}, or log in again: dex account login {name}",
            )
        return opened.read(_LARGEST + 1)


def _write(file: Path, text: bytes) -> None:
    """Put a text in the place of the whole file, mode 0600, on the disk before anything else happens."""
    _make_folder(file.parent)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            os.fchmod(descriptor, 0o600)
            opened.write(text)
            opened.flush()
            os.fsync(descriptor)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _decoded(text: bytes, name: str, store: Store, place: str) -> Grant:
    said: Any = None
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = msgspec.json.decode(text[:_LARGEST])
    values = said if isinstance(said, dict) else {}
    refresh, client_id, token_url = (values.get(key) for key in ("refresh_token", "client_id", "token_url"))
    secret = values.get("client_secret")
    if not (
        isinstance(refresh, str) and isinstance(client_id, str) and isinstance(token_url, str) and refresh
    ) or not isinstance(secret, (str, type(None))):
        raise CredentialsError(
            f"what is kept in {place} is no login of account {name}", hint=f"log in again: dex account login {name}"
        )
    return Grant(refresh=refresh, secret=secret, client_id=client_id, token_url=token_url, store=store, place=place)
