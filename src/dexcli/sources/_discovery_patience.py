"""How long discovery waits: for one answer, and for all of them together."""

from __future__ import annotations

import time

from msgspec import Struct


class Patience(Struct, frozen=True, kw_only=True):
    """Seconds."""

    dns: float = 3.0
    """For one answer of the DNS, whatever servers it is asked of."""
    https: float = 4.0
    """For one request, look-up and certificates included."""
    total: float = 10.0
    """After which nothing more is asked."""


class Deadline:
    """The moment at which all has to be done."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; none is 0."""
        return max(0.0, self._until - time.monotonic())
