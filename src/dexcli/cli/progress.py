"""Progress of long work: one line on stderr, on a terminal only."""

from __future__ import annotations

import sys
import time

PATIENCE = 1.0
"""Seconds of work that nobody needs to be told about."""

INTERVAL = 0.2
"""Seconds between two updates."""


class Progress:
    """Shows how many records of which file have been read; `close` wipes the line."""

    def __init__(self, *, quiet: bool) -> None:
        self._shown = False
        self._on = sys.stderr.isatty() and not quiet
        self._next = time.monotonic() + PATIENCE

    def __call__(self, name: str, read: int) -> None:
        """Update the line, not too often."""
        if self._on and time.monotonic() >= self._next:
            from dexcli.render.text import clip, harmless

            self._next = time.monotonic() + INTERVAL
            sys.stderr.write(f"\r\033[K{clip(harmless(name), 50)}: {read:,} read")
            sys.stderr.flush()
            self._shown = True

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
