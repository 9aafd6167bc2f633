"""Handing a link to another program: the one that the user has chosen, else the system's."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence

from dexcli.errors import DexError, UsageError

_PLACE = "{}"
"""In a command of the user's, where the link goes; without it, at the end."""


def launch(link: str, chosen: str | None, *, key: str) -> None:
    """Start a program with a link and wait for it to end; one that opens a window ends at once.

    `chosen` is the command of the setting `key`, as words for no shell. Raises UsageError where there is no such
    program, DexError where it fails.
    """
    remedy = f"--print shows the link; dex config set {key} PROGRAM chooses another"
    words = _words(link, chosen, key)
    if words is None:
        raise UsageError("nothing on this machine opens links", hint=remedy)
    if shutil.which(words[0]) is None:
        raise UsageError(f"there is no program {words[0]}", hint=remedy)
    # What it prints is not our data: in a pipe it is led past it.
    out = None if sys.stdout.isatty() else sys.stderr
    try:
        ran = subprocess.run(words, stdout=out, check=False)  # noqa: S603 - the user's own program, and a link of one word
    except OSError as error:
        raise UsageError(f"cannot start {words[0]}: {error.strerror}", hint=remedy) from error
    if ran.returncode != 0:
        raise DexError(f"{words[0]} ended with {ran.returncode}", hint=remedy)


def _words(link: str, chosen: str | None, key: str) -> Sequence[str] | None:
    if chosen is not None:
        words = shlex.split(chosen)
        return [word.replace(_PLACE, link) for word in words] if _PLACE in chosen else [*words, link]
    if key == "open.web" and (browser := _browser()) is not None:
        return [word.replace("%s", link) for word in browser] if any("%s" in word for word in browser) else [
            *browser, link
        ]  # fmt: skip
    names = ("open",) if sys.platform == "darwin" else ("xdg-open", "wslview", "termux-open-url")
    return next(([name, link] for name in names if shutil.which(name)), None)


def _browser() -> list[str] | None:
    """The first program of `$BROWSER` that is here, as other programs read that variable."""
    for command in (os.environ.get("BROWSER") or "").split(os.pathsep):
        try:
            words = shlex.split(command)
        except ValueError:  # an open quote
            continue
        if words and shutil.which(words[0]):
            return words
    return None
