"""Choosing one of several people at a terminal: fzf where it is installed, else a numbered list."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from dexcli.cli.keys import read_line
from dexcli.errors import CancelledError
from dexcli.render.text import harmless


def pick(candidates: Sequence[dict[str, Any]], question: str) -> str:
    """The number of the chosen person; raises CancelledError where nothing was chosen."""
    lines = [_line(one) for one in candidates]
    if shutil.which("fzf"):
        return _by_fzf(lines, question)
    return _by_number(lines, question)


def _line(one: dict[str, Any]) -> str:
    detail = f"  {one['detail']}" if one["detail"] else ""
    return f"{one['id']}\t{harmless(one['name'])}  ({harmless(one['handle'])}){harmless(detail)}"


def _by_fzf(lines: Sequence[str], question: str) -> str:
    command = [
        "fzf",
        "--height=40%",
        "--reverse",
        "--delimiter=\t",
        "--with-nth=2..",
        f"--prompt={harmless(question)} > ",
    ]
    result = subprocess.run(  # noqa: S603 - a fixed program
        command, input="\n".join(lines), stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False
    )
    if result.returncode != 0:
        raise CancelledError("nothing was chosen")
    return result.stdout.partition("\t")[0]


def _by_number(lines: Sequence[str], question: str) -> str:
    for number, line in enumerate(lines, 1):
        sys.stderr.write(f" {number:>2}  {line.partition(chr(9))[2]}\n")
    sys.stderr.write(f"{harmless(question)} [1-{len(lines)}] ")
    sys.stderr.flush()
    answer = read_line().strip()
    if not answer.isdigit() or not 1 <= int(answer) <= len(lines):
        raise CancelledError("nothing was chosen")
    return lines[int(answer) - 1].partition("\t")[0]
