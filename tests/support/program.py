"""Runs the installed program as a shell would, with pipes or under a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

DEX = Path(sys.executable).with_name("dex")
NOW = "2026-03-08T09:00:00+00:00"
"""Unless a test says otherwise, it is a Sunday morning."""
COLUMNS, LINES = 80, 24
SECONDS = 60.0
"""A program that has not ended by then hangs."""

_STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Ran(Struct, frozen=True, kw_only=True):
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The JSON error, which is the last line of standard error."""
        return json.loads(self.err.splitlines()[-1])["error"]


class Shown(Struct, frozen=True, kw_only=True):
    """What a run showed on a terminal, standard error included."""

    code: int
    raw: str
    """As it was sent, but for the terminal's own carriage returns."""

    @property
    def text(self) -> str:
        """What can be read: without colours and the trailing spaces of tables."""
        return "\n".join(line.rstrip() for line in _STYLES.sub("", self.raw).split("\n"))


class Dex:
    """`dex("due", "--json")` runs the installed program with pipes for standard streams."""

    def __init__(self, program: tuple[str | Path, ...] = (DEX,)) -> None:
        self.program = program

    def __call__(
        self,
        *args: str | Path,
        input: str | bytes | None = None,  # noqa: A002  # subprocess's name
        env: Mapping[str, str] | None = None,
        now: str = NOW,
        cwd: Path | None = None,
    ) -> Ran:
        """Run to the end. `env` is added to the test's environment; without `input` standard input is empty."""
        data = input.encode() if isinstance(input, str) else input
        done = subprocess.run(
            [*self.program, *args],
            input=data or b"",
            capture_output=True,
            env=_environment(env, now),
            cwd=cwd,
            timeout=SECONDS,
            check=False,
        )
        return Ran(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


class Terminal:
    """`terminal("due")` runs the installed program in a terminal of 80 columns and 24 lines."""

    def __init__(self, program: tuple[str | Path, ...] = (DEX,)) -> None:
        self.program = program

    def __call__(
        self,
        *args: str | Path,
        keys: str = "",
        after: str = "",
        env: Mapping[str, str] | None = None,
        now: str = NOW,
        cwd: Path | None = None,
    ) -> Shown:
        """Run to the end with `keys` typed ahead, or once the program has written `after`.

        A program that waits for more is ended after a minute.
        """
        ours, theirs = os.openpty()
        try:
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            process = subprocess.Popen(
                [*self.program, *args],
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                env=_environment({"TERM": "xterm-256color", **(env or {})}, now),
                cwd=cwd,
                start_new_session=True,
            )
            os.close(theirs)
            if not after:
                os.write(ours, keys.encode())
            sent = _read_to_the_end(ours, process, keys.encode(), after.encode())
            return Shown(code=process.wait(SECONDS), raw=sent.decode().replace("\r\n", "\n"))
        finally:
            os.close(ours)


def _environment(extra: Mapping[str, str] | None, now: str) -> dict[str, str]:
    return {**os.environ, "DEXCLI_NOW": now, **(extra or {})}


def _read_to_the_end(terminal: int, process: subprocess.Popen[bytes], keys: bytes, after: bytes) -> bytes:
    sent = bytearray()
    deadline = time.monotonic() + SECONDS
    while True:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            process.kill()
            process.wait()
            raise TimeoutError(f"still running after {SECONDS:.0f} s; so far: {sent.decode(errors='replace')}")
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # Linux: the last program closed its side
            part = b""
        if not part:
            return bytes(sent)
        sent += part
        if b"\x1b[6n" in part:  # "where is the cursor?", as fzf asks
            os.write(terminal, b"\x1b[1;1R")
        if after and after in sent:
            os.write(terminal, keys)
            after = b""
