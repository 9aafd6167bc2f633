"""Where the secret of an account comes from: its command, the environment, the keyring, or somebody at a terminal.

No secret is written to a file, and none is part of a message: docs/adr/0009-secrets.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dexcli.config import keyrings, settings
from dexcli.config.accounts import Account
from dexcli.config.keyrings import KeyringTroubleError
from dexcli.config.providers import BY_PASSWORD
from dexcli.errors import CancelledError, CredentialsError

if TYPE_CHECKING:
    import subprocess

COMMAND_SECONDS = 60.0
"""How long a command may take: it may ask its owner for something."""

Kind = Literal["password", "token"]
Ask = Callable[[str], str]
"""Shows a prompt and reads a line without echo."""


class Secret:
    """A password or token, and where it comes from in words.

    No struct, so that nothing can encode it, print it or write it into a result by mistake.
    """

    __slots__ = ("kind", "source", "value")

    def __init__(self, *, kind: Kind, value: str, source: str) -> None:
        self.kind: Kind = kind
        self.value = value
        self.source = source

    def __repr__(self) -> str:
        return f"Secret(kind={self.kind!r}, source={self.source!r})"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


def find(
    account: Account,
    *,
    config: Path,
    environment: Mapping[str, str],
    ask: Ask | None = None,
) -> Secret:
    """The secret of an account, from the first place that has one; `ask` is None where nobody can be asked.

    Raises CredentialsError where there is none, or where the command that should print it fails.
    """
    kind: Kind = "password" if account.auth in BY_PASSWORD else "token"
    command = account.password_command or account.token_command
    if command:
        if untrusted := settings.why_untrusted(config):
            raise CredentialsError(untrusted[0], hint=untrusted[1])
        return _secret(account, kind, _printed(account, kind, command), _by_command(account))
    if value := environment.get(account.variable):
        return _secret(account, kind, value, _by_variable(account))
    trouble = "nobody can be asked here"
    if kind == "password":  # a token is short-lived: neither kept nor typed
        try:
            if value := keyrings.read(account.name):
                return _secret(account, kind, value, "keyring")
        except KeyringTroubleError as error:
            trouble = f"{error}, and {trouble}"
        if ask is not None:
            return _secret(account, kind, typed(account, ask), "typed")
    else:
        trouble = "a token comes from a command or the environment"
    raise CredentialsError(
        f"there is no {kind} for the account {account.name}: {trouble}",
        hint=f"give it a {kind}_command in {config}, or set {account.variable}"
        + (f"\nat a terminal, dex account login {account.name} keeps it in the keyring" if kind == "password" else ""),
    )


def where(account: Account, environment: Mapping[str, str]) -> str:
    """Where its secret would come from, in words and without a look at it."""
    if account.auth == "none":
        return "none needed"
    if account.password_command or account.token_command:
        return _by_command(account)
    if environment.get(account.variable):
        return _by_variable(account)
    if account.oauth is not None:
        return "OAuth login"
    return "keyring or prompt" if account.auth in BY_PASSWORD else "none"


def typed(account: Account, ask: Ask) -> str:
    """A password from somebody at a terminal; raises CancelledError where nothing is typed."""
    try:
        value = ask(f"Password of {account.user} at {account.host}: ")
    except EOFError:
        value = ""
    if not value:
        raise CancelledError("no password was typed")
    return value


# -- the keyring -------------------------------------------------------------------------------------------


def keep(account: Account, value: str) -> str:
    """Keep a password in the keyring; returns the keyring's name. Raises CredentialsError where that cannot be."""
    try:
        return keyrings.write(account.name, value)
    except KeyringTroubleError as error:
        raise _cannot_be_kept(account, str(error)) from None


def check_keeping(account: Account) -> None:
    """Raise CredentialsError where its password could not be kept, before somebody is asked for it."""
    if (trouble := keyrings.why_none()) is not None:
        raise _cannot_be_kept(account, trouble)


def _cannot_be_kept(account: Account, trouble: str) -> CredentialsError:
    return CredentialsError(
        f"the password cannot be kept: {trouble}",
        hint=f"give the account a password_command instead, or set {account.variable}",
    )


def forget(name: str) -> bool:
    """Take the password of an account out of the keyring; False where there was none. Raises KeyringTroubleError."""
    return keyrings.delete(name)


def is_kept(name: str) -> bool:
    """Whether the keyring has a password of that name. Raises KeyringTroubleError where it cannot be asked."""
    return keyrings.read(name) is not None


# -- commands ----------------------------------------------------------------------------------------------


def _printed(account: Account, kind: Kind, command: tuple[str, ...]) -> str:
    """The first line that the command prints."""
    import subprocess

    apart = not _at_the_terminal()
    said = f"the {kind}_command of {account.name}"
    by_hand = f"try it by hand: {command[0]} ..."
    try:
        # The user's own, from a file that only they can write.
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            process_group=0 if apart else None,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no command"
        raise CredentialsError(
            f"{said} cannot be run: {command[0]}: {reason}", hint="name a program on the PATH, or its whole path"
        ) from None
    with process, _ended_with_us(process, apart=apart):
        try:
            printed, complained = _heard(process)
        except TimeoutError:
            raise CredentialsError(f"{said} has not ended within {COMMAND_SECONDS:g} s", hint=by_hand) from None
        except OverflowError:
            raise CredentialsError(
                f"{said} prints more than {MOST_PRINTED // 1024} KiB, which is no {kind}", hint=by_hand
            ) from None
    if process.returncode:
        told = _last_line(complained, printed)
        raise CredentialsError(f"{said} failed ({process.returncode})" + (f": {told}" if told else ""), hint=by_hand)
    try:
        value = printed.partition(b"\n")[0].decode().rstrip("\r")
    except UnicodeDecodeError:
        raise CredentialsError(f"{said} prints what is no text", hint=by_hand) from None
    if not value.strip():
        raise CredentialsError(f"{said} prints nothing", hint=by_hand)
    return value


def _at_the_terminal() -> bool:
    """Whether we are in the foreground of a terminal: there a command may ask, and Ctrl-C reaches all it started.

    A process group of its own would be in the background, and stopped as soon as it read from the terminal.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


@contextmanager
def _ended_with_us(process: subprocess.Popen[bytes], *, apart: bool) -> Iterator[None]:
    """Kill a command whose end is not awaited, and all that it started where it is `apart`: a group of its own.

    What a command leaves running that has ended well is its own affair: an agent, for the next time.
    """
    import signal

    try:
        yield
    except BaseException:
        if apart:
            with suppress(ProcessLookupError, PermissionError):  # nobody is left in it
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()  # nothing where it has ended
        raise


MOST_PRINTED = 64 * 1024
"""Bytes that a command may print: the entry of a password manager can have notes behind its first line."""
_MOST_COMPLAINED = 64 * 1024
"""Bytes of a command's messages that are kept, the last ones."""
_LOOK = 0.02
"""Seconds between two looks whether a command has ended, of which its output need not tell."""
_REST = 0.5
"""Seconds for the rest of a line, where a command has ended and something that it started holds its output open."""


def _heard(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What a command prints until it ends, and what it complains.

    What it leaves running may hold its output open: then the first line is enough. Raises TimeoutError after
    `COMMAND_SECONDS`, OverflowError after too many bytes.
    """
    import selectors
    import subprocess
    import time

    printed, complained = bytearray(), bytearray()
    deadline = time.monotonic() + COMMAND_SECONDS
    ended: float | None = None
    with selectors.DefaultSelector() as selector:
        for stream, heard in ((process.stdout, printed), (process.stderr, complained)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, heard)
        while selector.get_map():
            if ended is None and process.poll() is not None:
                ended = time.monotonic()
            ready = selector.select(_LOOK)
            for key, _ in ready:
                data = os.read(key.fd, 8 * 1024)
                key.data.extend(data)
                if not data:
                    selector.unregister(key.fileobj)
            del complained[:-_MOST_COMPLAINED]
            if len(printed) > MOST_PRINTED:
                raise OverflowError
            now = time.monotonic()
            if ended is not None and (not ready or now > ended + _REST):
                is_over = process.stdout not in [key.fileobj for key in selector.get_map().values()]
                if is_over or b"\n" in printed or process.returncode or (printed and now > ended + _REST):
                    break
            if now > deadline:
                raise TimeoutError
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return bytes(printed), bytes(complained)


_TOLD = 200
"""Characters of a command's own message that are shown."""
_A_SECRET = 6
"""Characters from which a word of what a command printed is looked for in its message."""


def _last_line(complained: bytes, printed: bytes) -> str:
    """The last line of a command's message, up to where it repeats what may be the secret."""
    lines = [line for line in complained.decode(errors="replace").splitlines() if line.strip()]
    if not lines or (len(lines) == 1 and len(complained) >= _MOST_COMPLAINED):  # its beginning was not kept
        return ""
    told = lines[-1].strip()
    text = printed.decode(errors="replace")
    secrets = {line.strip() for line in text.splitlines()} | {word for word in text.split() if len(word) >= _A_SECRET}
    for secret in secrets - {""}:
        if secret in told:
            told = told.partition(secret)[0] + "..."
    return told[:_TOLD]


def _secret(account: Account, kind: Kind, value: str, source: str) -> Secret:
    if any(sign in value for sign in "\r\n\0"):
        raise CredentialsError(f"the {kind} of {account.name} has more than one line", hint=f"from: {source}")
    return Secret(kind=kind, value=value.strip() if kind == "token" else value, source=source)


def _by_command(account: Account) -> str:
    key = "password_command" if account.password_command else "token_command"
    return f"{key} ({(account.password_command or account.token_command)[0]})"


def _by_variable(account: Account) -> str:
    return f"environment ({account.variable})"
