"""How long discovery waits: for one answer, and for all of them together."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


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


def within(seconds: float, call: Callable[[], T]) -> T:
    """What a call returns or raises within that many seconds; raises TimeoutError beyond.

    Time-outs of sockets do not bound a look-up of a name, nor a server that sends a byte now and then.
    """
    answers: SimpleQueue[tuple[T] | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(),))
        except BaseException as error:  # noqa: BLE001 - it is raised where it was waited for
            answers.put(error)

    Thread(target=run, daemon=True).start()  # where it never ends, the program ends without it
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer within {seconds:.0f} s") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer[0]
