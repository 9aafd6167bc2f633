"""The README's console blocks: finding them, running them in one shell session, and writing what they print."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "src/dexcli/samples"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(Struct, frozen=True, kw_only=True):
    """One command of a console block."""

    line: int
    command: str
    output: str


def steps(text: str) -> list[Step]:
    """Every `$ command` of the text with what stands below it."""
    found = []
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start()) + 2
        for part in re.split(r"^(?=\$ )", block[1], flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            line = first + block[1].count("\n", 0, block[1].index(part))
            found.append(Step(line=line, command=command.removeprefix("$ "), output=output.rstrip("\n")))
    return found


def prepare(folder: Path) -> None:
    """Put the files of which the README speaks where the user would have them."""
    shutil.copy(SAMPLES / "phone.vcf", folder / "contacts.vcf")
    for name in ("Connections.csv", "mail.mbox"):
        shutil.copy(SAMPLES / name, folder)


def run(command: str, folder: Path) -> str:
    """What a person sees who types the command in a terminal of 80 columns, on 8 March 2026."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DEXCLI_NOW": "2026-03-08T09:00:00+00:00",
        "NO_COLOR": "1",
        "TERM": "xterm",
        "PAGER": "",
    }
    script = f"stty cols 80 rows 24; {command}"
    shown = subprocess.run(
        ["script", "-qec", f"bash -c {shlex.quote(script)}", "/dev/null"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment,
        cwd=folder,
        timeout=60,
        check=False,
    )
    # A line of progress is wiped before anything else is written; whether one appears is a matter of speed.
    text = re.sub(r"[^\n]*\r\x1b\[K", "", shown.stdout.decode().replace("\r\n", "\n"))
    lines = text.split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n").replace(str(folder), "/home/me")


def rewritten(text: str, outputs: list[str]) -> str:
    """The text with the outputs of its commands replaced."""
    left = iter(outputs)

    def block(match: re.Match[str]) -> str:
        commands = [part.partition("\n")[0] for part in re.split(r"^(?=\$ )", match[1], flags=re.MULTILINE)[1:]]
        return "```console\n" + "\n".join(f"{one}\n{next(left)}".rstrip() for one in commands) + "\n```"

    return _BLOCK.sub(block, text)
