"""Long texts: from words, standard input or an editor; never lost when something goes wrong afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dexcli.errors import CancelledError, DexError, UsageError

RESCUED_FROM = 200
"""Characters from which a typed text is kept when its command fails; shorter ones stand in the shell's history."""


@contextmanager
def typed_text(words: Sequence[str], *, edit: bool = False) -> Iterator[str | None]:
    """The text as typed: words, `-` for standard input, or an editor; None where there is none. It is `kept`."""
    if edit:
        text = edited(" ".join(words))
        if not text.strip():
            raise CancelledError("the text is empty: nothing was changed")
    elif list(words) == ["-"]:
        text = _decoded(sys.stdin.buffer.read())
    else:
        text = " ".join(words)
        if len(text) < RESCUED_FROM and "\n" not in text:
            yield text or None
            return
    with kept(text):
        yield text


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n")


def edited(text: str, suffix: str = ".txt") -> str:
    """The text after the user has changed it in `$VISUAL` or `$EDITOR`; raises CancelledError where that fails.

    The file goes once it has been read; what cannot be read stays in it.
    """
    import shlex
    import tempfile

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    descriptor, name = tempfile.mkstemp(prefix="dex-", suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        code = _ran([*shlex.split(editor), name])
    except (OSError, ValueError) as error:  # ValueError: an open quote
        path.unlink()
        what = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot start the editor {editor!r}: {what}", hint="set EDITOR") from error
    except BaseException:  # interrupted
        with kept(_taken(path, unless=text)):
            raise
    if code != 0:
        with kept(_taken(path, unless=text)):
            raise CancelledError(f"the editor ended with {code}: nothing was changed")
    return _taken(path)


def _taken(path: Path, *, unless: str | None = None) -> str:
    """The text of a file, which goes; nothing where it is as before."""
    text = _decoded(path.read_bytes())
    path.unlink()
    return "" if text == unless else text


_SECONDS_TO_END = 2
"""How long an editor may take to put the terminal in order when it is told to end."""


def _ran(command: Sequence[str]) -> int:
    """Run the user's editor to its end, and end it with ourselves."""
    import subprocess

    with subprocess.Popen(command) as process:  # noqa: S603 - the user's own editor
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            try:
                process.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


@contextmanager
def kept(text: str) -> Iterator[None]:
    """Keep a text in a file when the command fails or is interrupted, and say where."""
    try:
        yield
    except BaseException as error:
        place = _rescue(text) if text.strip() else None
        if place is not None:
            said = f"your text is safe in {place}"
            if isinstance(error, DexError):
                error.hint = "\n".join(filter(None, [error.hint, said]))
            else:
                sys.stderr.write(f"dex: {said}\n")
        raise


def _rescue(text: str) -> Path | None:
    import tempfile

    from dexcli.config import paths

    try:
        folder = Path(paths.state(os.environ) or tempfile.gettempdir())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="text-", suffix=".txt", dir=folder)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        sys.stderr.write(text + "\n")
        return None
    return Path(name)
