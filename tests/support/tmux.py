"""A terminal that a person could sit at: tmux with a server of its own, in which programs run and keys are pressed."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

SECONDS = 60.0
"""What has not been shown by then never will be."""

_BETWEEN_LOOKS = 0.02

CONFIGURATION = """\
set -g status off
set -g remain-on-exit on
set -g default-terminal screen-256color
set -s escape-time 0
"""


def why_no_tmux() -> str | None:
    """The reason why no test can sit at a terminal here; None where it can."""
    return None if shutil.which("tmux") else "tmux is not installed (apt install tmux)"


class Screen:
    """One window of a tmux server."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def tmux(self, *words: str | Path, env: Mapping[str, str] | None = None) -> str:
        """Tell the server something; returns what it answers. A server that is started has the environment `env`."""
        command = ["tmux", "-u", "-S", self.socket, *words]
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=SECONDS, check=False)
        assert done.returncode == 0, f"tmux {words}: {done.stderr}"
        return done.stdout

    def type(self, text: str) -> None:
        """Type a text as it is."""
        self.tmux("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Press keys by the names that tmux has for them: `Tab`, `Enter`, `C-c`."""
        self.tmux("send-keys", *keys)

    @property
    def text(self) -> str:
        """What can be read."""
        return self._captured()

    @property
    def colored(self) -> str:
        """The same, with the sequences that colour it."""
        return self._captured("-e")

    def _captured(self, *how: str) -> str:
        lines = self.tmux("capture-pane", "-p", *how).split("\n")
        return "\n".join(line.rstrip() for line in lines).rstrip("\n")

    def wait(self, shown: str | Callable[[str], bool]) -> str:
        """Wait until something is shown; returns all that is."""
        deadline = time.monotonic() + SECONDS
        while True:
            text = self.text
            if shown in text if isinstance(shown, str) else shown(text):
                return text
            assert time.monotonic() < deadline, f"never shown: {shown!r}; the screen:\n{text}"
            time.sleep(_BETWEEN_LOOKS)

    def press_until(self, key: str, shown: str) -> str:
        """Press a key again and again until something is shown."""

        def pressed(text: str) -> bool:
            if shown not in text:
                self.press(key)
            return shown in text

        return self.wait(pressed)

    def wait_for_all_of(self, expected: str) -> str:
        """Wait until exactly this is shown."""
        try:
            return self.wait(lambda text: text == expected)
        except AssertionError:
            assert self.text == expected
            raise


@contextmanager
def terminal(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, columns: int = 80, lines: int = 24
) -> Iterator[Screen]:
    """A screen on which a program runs; the server ends with the block, and whatever runs on it."""
    with TemporaryDirectory(prefix="dexcli-tmux-") as folder:  # short: a socket's path is at most 107 bytes
        configuration = Path(folder) / "tmux.conf"
        configuration.write_text(CONFIGURATION)
        screen = Screen(Path(folder) / "socket")
        wanted = {"TERM": "screen-256color", **(env or {})}
        unset = [f"-u{name}" for name in ("COLUMNS", "LINES", "TMUX", "TMUX_PANE")]
        screen.tmux(
            *("-f", configuration, "new-session", "-d", "-x", str(columns), "-y", str(lines)),
            *("--", "env", *unset, f"TERM={wanted['TERM']}", *command),
            env={**os.environ, **wanted},
        )
        try:
            yield screen
        finally:
            screen.tmux("kill-server")
