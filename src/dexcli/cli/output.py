"""Writing to stdout: in one piece, to a pager where it is long, and without a word when the reader has left.

The pager is chosen as git chooses its own: `DEXCLI_PAGER`, `PAGER`, less; none where that is empty or `cat`.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain

from dexcli.errors import Ended

_SPELLED = "dexcli.spelled"
"""The error handler that writes in ASCII what a terminal does not know."""


def fit() -> None:
    """Let what goes to a terminal have only letters that its locale knows, unless `PYTHONIOENCODING` has decided."""
    from dexcli.cli import letters

    if "PYTHONIOENCODING" in os.environ or not letters.only_ascii(os.environ):
        return
    import codecs

    def spell(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        return letters.spelled(error.object[error.start : error.end]), error.end

    codecs.register_error(_SPELLED, spell)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.isatty():
            stream.reconfigure(encoding="ascii", errors=_SPELLED)


def write(pieces: Iterable[str]) -> None:
    """Write to stdout and flush; names that its encoding does not know are escaped, never an error."""
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper) and stream.errors != _SPELLED:
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


def page(pieces: Iterable[str]) -> None:
    """Write to stdout, through a pager where the text is longer than the terminal: it has the first lines at once."""
    program: list[str] = []
    if sys.stdout.isatty() and sys.stdin.isatty():
        import shutil

        room, screen, rest = shutil.get_terminal_size().lines, list[str](), iter(pieces)
        for piece in rest:
            screen.append(piece)
            room -= piece.count("\n")
            if room <= 0:
                program = _pager(os.environ)
                break
        pieces = chain(screen, rest)
    if not program or not _paged(program, pieces):
        write(pieces)


def _pager(environment: Mapping[str, str]) -> list[str]:
    """The pager's words; none where there is to be none, it is not installed, or the terminal is a dumb one."""
    import shlex
    import shutil

    own = environment.get("DEXCLI_PAGER")
    if own is None and environment.get("TERM") == "dumb":
        return []
    command = own if own is not None else environment.get("PAGER", "less -FRX")
    try:
        program = shlex.split(command)
    except ValueError:  # an open quote
        return []
    return [] if program in ([], ["cat"]) or shutil.which(program[0]) is None else program


def _paged(program: Sequence[str], pieces: Iterable[str]) -> bool:
    """Show a text in a pager, to its end; False where that cannot be started.

    Who has seen enough leaves: nothing is said about it, and nothing more is made up. Until then Ctrl-C is the pager's.
    """
    import signal
    import subprocess

    # As git does: a less without options of its own keeps colours, and ends at once where all fits.
    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    sys.stdout.flush()
    try:
        pager = subprocess.Popen(  # noqa: S603 - the user's own
            program,
            stdin=subprocess.PIPE,
            text=True,
            encoding=sys.stdout.encoding,
            errors=_SPELLED if sys.stdout.errors == _SPELLED else "backslashreplace",
            env=environment,
        )
    except OSError:
        return False
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pager:
            assert pager.stdin is not None  # noqa: S101 - a pipe was asked for
            with suppress(BrokenPipeError), pager.stdin:
                pager.stdin.writelines(pieces)
            pager.wait()
    except Ended:
        pager.terminate()
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    return True
