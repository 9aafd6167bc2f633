"""Choosing one of several people at a terminal: fzf where it is installed, else a numbered list."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from dexcli.cli.keys import read_line, say
from dexcli.errors import CancelledError
from dexcli.render.text import fold, harmless

_DIGITS = 10
"""More than a number of lines has."""

_REFUSED = 2
"""fzf's exit code for options that it does not know, and for a terminal that it cannot use."""


def pick(candidates: Sequence[dict[str, Any]], question: str) -> str:
    """The number of the chosen person; raises CancelledError where nothing was chosen."""
    lines = [_line(one) for one in candidates]
    chosen = _by_fzf(lines, question) if shutil.which("fzf") else None
    return chosen if chosen is not None else _by_number(lines, question)


def _line(one: dict[str, Any]) -> str:
    detail = f"  {one['detail']}" if one["detail"] else ""
    return f"{one['id']}\t{harmless(one['name'])}  ({harmless(one['handle'])}){harmless(detail)}"


def _by_fzf(lines: Sequence[str], question: str) -> str | None:
    """The number; None where fzf does not take what `$FZF_DEFAULT_OPTS` says, which it tells itself."""
    command = [
        "fzf",
        "--no-multi",
        "--height=40%",
        "--reverse",
        "--delimiter=\t",
        "--with-nth=2..",
        f"--prompt={harmless(question)} > ",
    ]
    result = subprocess.run(  # noqa: S603 - a fixed program
        command, input="\n".join(lines), stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False
    )
    if result.returncode == _REFUSED:
        return None
    # Options of the user's may let it print the query and a key as well, before what was chosen.
    chosen = [line for line in result.stdout.split("\n") if line in lines]
    if result.returncode != 0 or not chosen:
        raise CancelledError("nothing was chosen")
    return chosen[-1].partition("\t")[0]


def _by_number(lines: Sequence[str], question: str) -> str:
    """The number; asked for until it is one of the list, since the next line would else be read by the shell."""
    digits = max(len(str(len(lines))), 2)
    room = max(shutil.get_terminal_size().columns - digits - 3, 20)
    for number, line in enumerate(lines, 1):
        first, *others = fold(line.partition("\t")[2], room)
        say([f" {number:>{digits}}  {first}", *(f"{'':{digits + 3}}{other}" for other in others)])
    while True:
        sys.stderr.write(f"{harmless(question)} [1-{len(lines)}] ")
        sys.stderr.flush()
        answer = read_line().strip()
        if not answer:
            raise CancelledError("nothing was chosen")
        if answer.isascii() and answer.isdecimal() and len(answer) < _DIGITS and 1 <= int(answer) <= len(lines):
            return lines[int(answer) - 1].partition("\t")[0]
        say([f" 1{f' to {len(lines)}' if len(lines) > 1 else ''}, please; Enter leaves"])
