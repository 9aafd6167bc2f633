"""Writing to stdout: in one piece, to a pager where it is long, and without a word when the reader has left."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain, islice

from dexcli.errors import Ended


def write(pieces: Iterable[str]) -> None:
    """Write to stdout and flush; names that its encoding does not know are escaped, never an error."""
    stream = sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    for piece in pieces:
        stream.write(piece)
    stream.flush()


def complaint(message: str) -> list[str]:
    """The lines of stderr that say what went wrong."""
    lines = []
    for told in message.splitlines() or [""]:
        first, *others = _folded(told)
        lines += [f"dex: {first}", *(f"{_INDENT}{line}" for line in others)]
    return lines


def remedy(hint: str | None) -> list[str]:
    """The lines below it that say what helps."""
    return [f"{_INDENT}{line}" for told in (hint or "").splitlines() for line in _folded(told)]


def spoken(text: str) -> list[str]:
    """The lines of stderr that tell somebody what to do next."""
    return _folded(text)


_INDENT = " " * len("dex: ")


def _folded(told: str) -> list[str]:
    """A harmless line as a person reads it: broken between words on a terminal, whole for a program."""
    from dexcli.render.text import fold, harmless

    if not sys.stderr.isatty():
        return [harmless(told)]
    import shutil

    return list(fold(harmless(told), max(shutil.get_terminal_size().columns - len(_INDENT) - 1, 20)))


def write_bytes(pieces: Iterable[bytes]) -> None:
    """Write a file to stdout: its encoding and its line ends are those of its format, not of the terminal."""
    sys.stdout.flush()
    sys.stdout.buffer.writelines(pieces)
    sys.stdout.buffer.flush()


def page(lines: Iterable[str]) -> None:
    """Write to stdout, through a pager where the text is longer than the terminal: it has the first lines at once."""
    import shlex
    import shutil
    import subprocess

    command = os.environ.get("PAGER", "less -FRX")
    lines = iter(lines)
    screen = list(islice(lines, shutil.get_terminal_size().lines))
    fits = len(screen) < shutil.get_terminal_size().lines
    lines = chain(screen, lines)
    if fits or not (sys.stdout.isatty() and sys.stdin.isatty()) or not command:
        write(lines)
        return
    try:
        program = shlex.split(command)
    except ValueError:  # an open quote
        program = []
    if not program or shutil.which(program[0]) is None:
        write(lines)
        return
    with subprocess.Popen(program, stdin=subprocess.PIPE, text=True, encoding="utf-8") as pager:  # noqa: S603 - the user's own
        try:
            assert pager.stdin is not None  # noqa: S101 - a pipe was asked for
            # Whoever leaves the pager has seen enough: nothing more is made up.
            with suppress(BrokenPipeError), pager.stdin:
                pager.stdin.writelines(lines)
            pager.wait()
        except KeyboardInterrupt:
            pager.wait()
        except Ended:
            pager.terminate()
            raise
