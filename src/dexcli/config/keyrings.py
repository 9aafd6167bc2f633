"""The keyring of the desktop: asked in limited time, and whatever goes wrong there is one error in our words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dexcli.waiting import within

T = TypeVar("T")

SERVICE = "dexcli"
"""Under which the keyring keeps our entries."""
SECONDS = 30.0
"""How long a keyring may take: a locked one waits for somebody, who under cron is not there."""


class KeyringTroubleError(Exception):
    """Why a keyring could not be asked."""


class NoKeyringHereError(KeyringTroubleError):
    """There is none."""

    def __init__(self) -> None:
        super().__init__("there is no keyring")


def read(entry: str) -> str | None:
    """What it keeps under a name. Raises KeyringTroubleError."""

    def look() -> str | None:
        import keyring

        return keyring.get_password(SERVICE, entry)

    return _limited(look)


def write(entry: str, value: str) -> str:
    """Let it keep something; returns the keyring's name. Raises KeyringTroubleError where it does not."""

    def store() -> str | None:
        import keyring

        name = _keeper()
        keyring.set_password(SERVICE, entry, value)
        return name if keyring.get_password(SERVICE, entry) == value else None

    name = _limited(store)
    if name is None:
        raise KeyringTroubleError("the keyring keeps nothing")
    return name


def delete(entry: str) -> bool:
    """Let it forget something; False where it knows nothing of it. Raises KeyringTroubleError."""

    def forget() -> bool:
        import keyring
        from keyring.errors import NoKeyringError

        try:
            if keyring.get_password(SERVICE, entry) is None:
                return False
        except NoKeyringError:
            return False
        keyring.delete_password(SERVICE, entry)
        return True

    return _limited(forget)


def why_none() -> str | None:
    """Why nothing can be kept here; None where a keyring says that it would."""
    try:
        _limited(_keeper)
    except KeyringTroubleError as error:
        return str(error)
    return None


def _keeper() -> str:
    """The name of the keyring that would keep a secret. Raises KeyringTroubleError where none does."""
    import keyring

    backend = keyring.get_keyring()
    first = next(iter(getattr(backend, "backends", ())), backend)
    match type(first).__module__, type(first).__name__:
        case "keyrings.alt.file", "PlaintextKeyring":
            raise KeyringTroubleError("the keyring here is a readable file (keyrings.alt)")
        case "keyring.backends.fail", _:
            raise NoKeyringHereError
    return str(first.name)


def _limited(call: Callable[[], T]) -> T:
    """What a keyring answers within that many seconds; raises KeyringTroubleError for whatever else it does.

    Its own messages are not told: they may say anything, and advise to install a keyring that hides nothing.
    """

    def kept_short() -> T:
        try:
            return call()
        except KeyringTroubleError:
            raise
        except Exception as error:  # noqa: BLE001 - backends raise what they like: D-Bus, KWallet, a wrong setting
            name = type(error).__name__
        # Out of the block above: what a backend says must not come along.
        raise NoKeyringHereError if name == "NoKeyringError" else KeyringTroubleError(f"the keyring failed ({name})")

    try:
        return within(SECONDS, kept_short)
    except TimeoutError:
        raise KeyringTroubleError(f"the keyring did not answer within {SECONDS:g} s") from None
