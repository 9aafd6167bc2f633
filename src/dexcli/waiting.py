"""Waiting for what may never answer: in a thread of its own, without which the program can end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def begun(call: Callable[[], T]) -> Callable[[float | None], T]:
    """Begin a call; what is returned waits so many seconds for its end, or without a bound.

    It returns what the call returns and raises what it raises, TimeoutError where that takes longer.
    """
    from concurrent.futures import Future
    from threading import Thread

    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised where the answer is waited for
            answer.set_exception(error)

    Thread(target=run, daemon=True).start()  # where it never answers, the program ends without it
    return answer.result


def within(seconds: float, call: Callable[[], T]) -> T:
    """What a call returns or raises within that many seconds; raises TimeoutError beyond.

    Time-outs of sockets bound neither the look-up of a name nor a server that sends a byte now and then.
    """
    waited = begun(call)
    try:
        return waited(seconds)
    except TimeoutError:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
