"""A dialogue at a terminal: lines for whoever answers, and one key or one line from them.

What is typed ahead for later questions stays for them.
"""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Iterable

from dexcli.errors import CancelledError

_ESCAPE = b"\x1b"
_END = b"\x04"
"""Ctrl-D."""

_SECONDS = 0.05
"""Within which the rest of a key arrives that sends several bytes, such as an arrow."""


def read_key() -> str:
    """The next key, as typed; empty for one that is no character. Ctrl-C interrupts as everywhere.

    What was typed ahead counts. Raises CancelledError where the terminal is gone.
    """
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor, termios.TCSADRAIN)
        key = os.read(descriptor, 1)
        if key == _ESCAPE:
            while select.select([descriptor], [], [], _SECONDS)[0] and os.read(descriptor, 16):
                pass
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
    if key in (b"", _END):
        raise CancelledError("nothing was chosen")
    return key.decode("ascii", "ignore") if key != _ESCAPE else ""


def read_line() -> str:
    """The next line, without its end. Raises CancelledError where the terminal is gone.

    Byte by byte: a buffer would take the keys with it that are typed ahead for the next question.
    """
    descriptor = sys.stdin.fileno()
    line = bytearray()
    while (byte := os.read(descriptor, 1)) not in (b"\n", b"\r"):
        if not byte:
            raise CancelledError("nothing was chosen")
        line += byte
    return line.decode(sys.stdin.encoding or "utf-8", "replace")


def say(lines: Iterable[str]) -> None:
    """Lines for whoever answers: on stderr, as all questions are."""
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()
