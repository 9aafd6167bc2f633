"""Fuzzing: every parser of foreign bytes is given damaged input, again and again.

    python tests/fuzz/run.py [--inputs 100000] [--seed 1] [TARGET ...]

An input may be read or refused (`DexError`). It is a defect if anything else is raised, if it takes more than a second
of the processor, or if the process grows beyond 500 MB. The input is kept in `.fuzz/`; the number in its name is its
seed, which makes it again.
"""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from dexcli.errors import DexError
from fuzz.mutations import damaged
from fuzz.targets import TARGETS, Parse

SECONDS = 1.0
MEMORY = 500 * 2**20
KEPT = Path(".fuzz")


class Outcome(NamedTuple):
    """What became of the inputs of a target."""

    target: str
    inputs: int
    refused: int
    slowest: float
    """Seconds of the processor."""
    peak: int
    """Bytes of the process."""


class DefectError(Exception):
    """A parser did with an input what it may not do."""


class _TooSlowError(BaseException):
    """Raised from outside into what takes too long."""


def fuzz(target: str, inputs: int, seed: int = 1) -> Outcome:
    """Give a parser so many damaged inputs. Raises DefectError for the first that it cannot stand."""
    what = TARGETS[target]
    inputs = max(1, inputs // what.share)
    refused, slowest = 0, 0.0
    with tempfile.TemporaryDirectory(prefix="dexcli-fuzz-") as folder:
        parse = what.prepare(Path(folder))
        for number in range(seed, seed + inputs):
            data = input_number(target, number)
            began = time.process_time()
            try:
                with _limited():
                    refused += _is_refused(parse, data)
            except (Exception, _TooSlowError) as error:
                raise DefectError(f"{target}: input {number} ({_keep(target, number, data)}): {error!r}") from error
            slowest = max(slowest, time.process_time() - began)
    return Outcome(target, inputs, refused, slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def input_number(target: str, number: int) -> bytes:
    """The input of that number."""
    return damaged(TARGETS[target].seeds, Random(f"{target} {number}"))  # noqa: S311 - repeatable, not secret


def _is_refused(parse: Parse, data: bytes) -> bool:
    try:
        parse(data)
    except DexError:
        return True
    return False


@contextmanager
def _limited() -> Iterator[None]:
    def end(*_: object) -> None:
        raise _TooSlowError(f"more than {SECONDS:g} s")

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _keep(target: str, number: int, data: bytes) -> Path:
    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{target.replace(' ', '-')}-{number}"
    path.write_bytes(data)
    return path


def main() -> int:
    """Fuzz the targets that are named, or all; exit code 1 where one has a defect."""
    parser = argparse.ArgumentParser(description="Give damaged input to every parser of foreign bytes.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1, help="the number of the first input")
    said = parser.parse_args()
    for name in said.targets:
        if name not in TARGETS:
            parser.error(f"there is no target {name!r}: {', '.join(TARGETS)}")
    failed = False
    with ProcessPoolExecutor(mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        runs = [pool.submit(fuzz, name, said.inputs, said.seed) for name in said.targets or TARGETS]
        for run in as_completed(runs):
            try:
                done = run.result()
            except DefectError as error:
                print(f"DEFECT  {error}", flush=True)
                failed = True
                continue
            fits = done.peak < MEMORY
            failed = failed or not fits
            print(
                f"{'ok' if fits else 'DEFECT':6}  {done.target:12}  {done.inputs:>7,} inputs, {done.refused:,} refused,"
                f" slowest {done.slowest * 1000:,.0f} ms, peak {done.peak / 2**20:,.0f} MB",
                flush=True,
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
