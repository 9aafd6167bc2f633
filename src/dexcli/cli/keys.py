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

ESCAPE = "\x1b"
"""The key by itself."""

_END = b"\x04"
"""Ctrl-D."""

_SECONDS = 0.05
"""Within which the rest of a key arrives that sends several bytes, such as an arrow."""


def read_key() -> str:
    """The next key, as typed; empty for one that is no character of ASCII. Ctrl-C interrupts as everywhere.

    What was typed ahead counts. Raises CancelledError where the terminal is gone.
    """
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor, termios.TCSADRAIN)
        key = os.read(descriptor, 1)
        if key == ESCAPE.encode():
            key += _rest_of_sequence(descriptor)
        elif key >= _SEVERAL_BYTES:
            for _ in range(_following(key[0])):
                _soon(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
    if key in (b"", _END):
        raise CancelledError("nothing was chosen")
    return key.decode("ascii", "ignore") if len(key) == 1 else ""


def _rest_of_sequence(descriptor: int) -> bytes:
    """What an arrow or another such key sends behind its Escape, and nothing of the key after it (ECMA-48, 5.4)."""
    rest = _soon(descriptor)
    if rest == b"O":
        rest += _soon(descriptor)
    elif rest == b"[":
        while (byte := _soon(descriptor)) and not _FINAL[0] <= byte <= _FINAL[1]:
            rest += byte
    return rest


def _soon(descriptor: int) -> bytes:
    """The next byte, where it is there already or follows at once."""
    return os.read(descriptor, 1) if select.select([descriptor], [], [], _SECONDS)[0] else b""


_FINAL = (b"@", b"~")
"""Between these is the last byte of a control sequence."""

_SEVERAL_BYTES = b"\xc0"
"""From here on a byte begins a character of several bytes (UTF-8)."""


def _following(first: int) -> int:
    return 1 if first < 0xE0 else 2 if first < 0xF0 else 3  # noqa: PLR2004 - RFC 3629, 3


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
