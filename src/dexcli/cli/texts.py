"""Long texts: from words, standard input or an editor; never lost when something goes wrong afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dexcli.errors import CancelledError, DexError, UsageError

RESCUED_FROM = 200
"""Characters from which a text is kept in a file when its command fails; shorter ones stand in the shell's history."""


def typed_text(words: Sequence[str], *, edit: bool = False, before: str = "") -> str | None:
    """The text as typed: words, `-` for standard input, or an editor; None where there is none."""
    if edit:
        return edited(" ".join(words) or before)
    if list(words) == ["-"]:
        return read_stdin()
    return " ".join(words) or None


def read_stdin() -> str:
    """All of standard input as text."""
    data = sys.stdin.buffer.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def edited(text: str, suffix: str = ".txt") -> str:
    """The text after the user has changed it in `$VISUAL` or `$EDITOR`; raises CancelledError where that fails."""
    import shlex
    import subprocess
    import tempfile

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    descriptor, name = tempfile.mkstemp(prefix="dex-", suffix=suffix)
    path = Path(name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        try:
            result = subprocess.run([*shlex.split(editor), name], check=False)  # noqa: S603 - the user's own editor
        except (OSError, ValueError) as error:  # ValueError: an open quote
            what = error.strerror if isinstance(error, OSError) else error
            raise UsageError(f"cannot start the editor {editor!r}: {what}", hint="set EDITOR") from error
        if result.returncode != 0:
            raise CancelledError(f"the editor ended with {result.returncode}: nothing was changed")
        return path.read_text("utf-8")
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def kept(text: str | None) -> Iterator[None]:
    """Keep a long text in a file when the command fails, and say where."""
    try:
        yield
    except DexError as error:
        if text and (len(text) >= RESCUED_FROM or "\n" in text):
            place = _rescue(text)
            if place is not None:
                error.hint = "\n".join(filter(None, [error.hint, f"your text is safe in {place}"]))
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
