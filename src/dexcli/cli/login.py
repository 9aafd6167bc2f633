"""A login at this terminal or by a script: a page of OAuth is shown and its last address pasted; a password is said."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dexcli.errors import DexError, UsageError

if TYPE_CHECKING:
    from dexcli.oauth.device import Invitation
    from dexcli.oauth.loopback import Pasted

_LONGEST = 64 * 1024
"""Bytes of a line that is pasted; Microsoft's addresses are two thousand long."""


class OAuthDialogue:
    """Tells somebody what to do, on standard error; the terminal is as it was when it ends."""

    def __init__(self, ask: Callable[[str], str] | None, *, browser: bool) -> None:
        self._ask = ask
        self._browser = browser
        self._input: _Terminal | _Pipe | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if isinstance(self._input, _Terminal):
            self._input.restore()

    @property
    def pasted(self) -> Pasted | None:
        """Standard input, where something can be pasted there."""
        if self._input is None:
            self._input = _standard_input()
        return self._input

    def page(self, address: str, back: str, minutes: float) -> None:
        """Show the page and, on a terminal with a browser, open it.

        Raises UsageError where nobody can see the page nor say anything: under cron nobody logs in, however long it
        waits. Who says --no-browser means to read it elsewhere.
        """
        if self._browser and self.pasted is None and not sys.stderr.isatty():
            raise UsageError(
                "there is no terminal here at which somebody could log in",
                hint="run it at one; --no-browser writes the page to standard error and waits for its browser on this"
                " machine, --device waits for another device",
            )
        opened = self._browser and sys.stderr.isatty() and _opened(address)
        _say("Your browser should open this page now:" if opened else "Open this page in a browser:")
        sys.stderr.write(f"\n{address}\n\n")  # on one line, however long: that is how it can be copied
        elsewhere = (
            f"If the browser is on another machine it ends at an address that begins with {back} and cannot be opened:"
            " copy that address, paste it here (it is not shown), and press Enter."
            if self.pasted is not None
            else f"The browser has to be on this machine: it comes back to {back}."
        )
        _say(
            f"Once you have logged in there, dex goes on by itself; it waits for {minutes:g} minutes."
            f" {elsewhere} Ctrl-C gives up."
        )

    def invite(self, invitation: Invitation) -> None:
        """Show the page and the code."""
        _say(f"On any device, open {invitation.page}")
        _say(f"and type the code      {invitation.code}")
        _say(f"dex goes on by itself once you have. The code is good for {invitation.minutes:.0f} minutes.")

    def refused(self, other: str) -> None:
        """Say that this is not it."""
        _say(f"That is {other}: paste the whole address at which the browser ended.")

    def secret(self, question: str) -> str | None:
        """Ask at the terminal."""
        if self._ask is None:
            return None
        try:
            return self._ask(question)
        except EOFError:
            return ""


def _say(text: str) -> None:
    from dexcli.cli.output import spoken

    sys.stderr.write("".join(f" {line}\n" for line in spoken(text)))
    sys.stderr.flush()


# -- the browser -------------------------------------------------------------------------------------------


def _opened(address: str) -> bool:
    """Let Python's choice of a browser open a page, if there can be one with a window; it has nothing of our terminal.

    In the list of processes stands what anybody may see: what is secret of a login never leaves this process.
    """
    import subprocess

    if not sys.executable or not (os.environ.get("BROWSER") or _has_windows()):
        return False
    try:
        subprocess.Popen(  # noqa: S603 - an address of ours
            [sys.executable, "-I", "-m", "webbrowser", address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True


def _has_windows() -> bool:
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return True
    return sys.platform == "darwin" and not os.environ.get("SSH_CONNECTION")


# -- what is pasted ----------------------------------------------------------------------------------------


def _standard_input() -> _Terminal | _Pipe | None:
    """Standard input, if somebody can say something there later: a file or nothing at all cannot."""
    try:
        number = sys.stdin.fileno()
        kind = os.fstat(number).st_mode
        if os.isatty(number):
            return _Terminal(number) if os.tcgetpgrp(number) == os.getpgrp() else None
    except (OSError, ValueError, AttributeError):  # closed
        return None
    return _Pipe(number) if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) else None


_GRACE = 1.0
"""Seconds in which a password manager says a password; who waits longer says for what."""
_PATIENCE = 600.0
"""Seconds for which a program at the other end of standard input is waited for: it may ask somebody."""


def said_by_a_program(question: str) -> str:
    """The line that answers a question where nobody can be asked at the terminal: the first of standard input.

    Raises UsageError where there is none, DexError where it does not come in time.
    """
    import select
    import time

    said = bytearray()
    try:
        number = sys.stdin.fileno()
        if os.isatty(number):  # standard error goes elsewhere: the terminal itself can ask, and show nothing
            from getpass import getpass

            return getpass(question)
        deadline, told = time.monotonic() + _PATIENCE, False
        while b"\n" not in said and len(said) <= _LONGEST:
            left = deadline - time.monotonic()
            if not select.select([number], [], [], max(0.0, left if told else min(_GRACE, left)))[0]:
                if told:
                    raise DexError(
                        f"nothing came on standard input within {_PATIENCE / 60:g} minutes",
                        hint="at a terminal you are asked; a script says it there, in one line",
                        code="timeout",
                    )
                told = True
                _say(
                    f"{question.rstrip(': ')}: dex waits for it on standard input, {_PATIENCE / 60:g} minutes at most."
                )
                continue
            data = os.read(number, _LONGEST)
            if not data:
                break
            said += data
        line = bytes(said).partition(b"\n")[0].decode().rstrip("\r")
    except (OSError, ValueError, AttributeError) as error:  # closed, or no text
        if isinstance(error, UnicodeDecodeError):
            raise UsageError("what came on standard input is no text", hint="give it in UTF-8: one line") from None
        line = ""
    if not line:
        raise UsageError("nobody can be asked for a password here", hint="give it on standard input: one line")
    return line


class _Lines:
    """Puts lines together."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def of(self, data: bytes) -> list[str]:
        """The lines that are whole now."""
        self._begun += data
        *whole, rest = bytes(self._begun).replace(b"\r", b"\n").split(b"\n")
        self._begun = bytearray(rest[-_LONGEST:])
        return [line[-_LONGEST:].decode(errors="replace") for line in whole]

    def rub_out(self) -> None:
        """Take the last letter away."""
        del self._begun[-1:]

    def clear(self) -> None:
        """Take all of the line away."""
        self._begun.clear()


class _Pipe:
    """What another program says."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._lines = _Lines()

    def fileno(self) -> int:
        """What tells that there is something."""
        return self._number

    def read(self) -> list[str] | None:
        """The lines that have come; None: no more will."""
        data = os.read(self._number, _LONGEST)
        return self._lines.of(data) if data else None


class _Terminal(_Pipe):
    """What is typed or pasted, letter by letter: terminals cut lines of more than 1,024 or 4,095 letters."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        import termios

        self._before: list[Any] = termios.tcgetattr(number)
        quiet = [*self._before]
        quiet[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(number, termios.TCSANOW, quiet)

    def restore(self) -> None:
        """Leave it as it was found."""
        import termios

        termios.tcsetattr(self._number, termios.TCSAFLUSH, self._before)

    def read(self) -> list[str] | None:
        """The lines that are whole; Ctrl-D ends it, rubbing out and Ctrl-U do what they should."""
        data = os.read(self._number, _LONGEST)
        lines: list[str] = []
        for part in re.findall(rb"[\x04\b\x15\x7f]|[^\x04\b\x15\x7f]+", data):
            match part:
                case b"\x04":
                    return None
                case b"\x7f" | b"\b":
                    self._lines.rub_out()
                case b"\x15":
                    self._lines.clear()
                case _:
                    lines += self._lines.of(part)
        return lines if data else None
