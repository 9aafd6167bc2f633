"""Whole processes and pieces of work, timed; rows of the table, and what is needed to judge them.

A program is timed beside its baseline: both run once to warm up, then take turns, and the ratio is the median of the
ratios of neighbours, so that a machine that slows down meanwhile slows down both. Interpreters run as they are
installed, without `-I` or `-S`: site-packages and their .pth files are part of every start.

The process that measures must stay small and load nothing: Linux counts the memory of whoever starts a program into
that program's peak. Work inside dexcli is therefore done `apart`, in a process of its own.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from shutil import copyfile
from statistics import median
from typing import Any, NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Cost(NamedTuple):
    """What one run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system, children included."""
    peak: int
    """Bytes of resident memory."""


class Program(NamedTuple):
    """A command line and its environment."""

    argv: Sequence[str | Path]
    env: Mapping[str, str]
    writes: Path | None = None
    """A database that is put back before each run: to a copy of `template`, or to nothing."""
    template: Path | None = None

    def run(self) -> Cost:
        """Run it once; its output is thrown away, a failure raises CalledProcessError."""
        if self.writes is not None:
            self.writes.unlink(missing_ok=True)
            if self.template is not None:
                copyfile(self.template, self.writes)
        arguments = [os.fspath(word) for word in self.argv]
        with subprocess.Popen(
            arguments,
            env=dict(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            begin = time.perf_counter()
            message = process.stderr.read() if process.stderr else b""
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, arguments, stderr=message)
        return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


class Comparison(NamedTuple):
    """A program beside its baseline."""

    mine: Cost
    """Medians."""
    other: Cost
    ratio: float
    """Mine over the other's, of wall time."""
    cpu_ratio: float


def compare(mine: Program, other: Program, runs: int) -> Comparison:
    """Run two programs in turn; see the module's docstring."""
    mine.run()
    other.run()
    pairs = [(mine.run(), other.run()) for _ in range(runs)]
    return Comparison(
        mine=typical([pair[0] for pair in pairs]),
        other=typical([pair[1] for pair in pairs]),
        ratio=median(a.wall / b.wall for a, b in pairs),
        cpu_ratio=median(a.cpu / b.cpu for a, b in pairs if b.cpu) if all(b.cpu for _, b in pairs) else float("nan"),
    )


def typical(costs: Sequence[Cost]) -> Cost:
    """The medians of several runs, and their highest peak."""
    return Cost(median(c.wall for c in costs), median(c.cpu for c in costs), max(c.peak for c in costs))


def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a fresh process and return what it returns."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


class Watch:
    """A stopwatch that can be paused; counts wall time and the CPU time of this process."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens inside."""
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall += time.perf_counter() - wall
            self.cpu += time.process_time() - cpu

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Take off what happens inside, within `running`."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall -= time.perf_counter() - wall
            self.cpu -= time.process_time() - cpu

    @property
    def cost(self) -> Cost:
        """What was counted so far."""
        return Cost(self.wall, self.cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


class Row(NamedTuple):
    """A line of the table."""

    work: str
    measured: str
    beside: str = ""
    """Baseline or peer, and what it took."""
    ratio: str = ""
    cpu_ratio: str = ""
    goal: str = ""
    verdict: str = ""
    """`ok`, `missed`, or empty where there is no goal."""


def at_most(work: str, beside: str, found: Comparison, goal: float) -> Row:
    """A row whose goal is a ratio that must not be exceeded."""
    return Row(
        work=work,
        measured=seconds(found.mine.wall),
        beside=f"{beside} {seconds(found.other.wall)}",
        ratio=f"{found.ratio:.2f}",
        cpu_ratio=f"{found.cpu_ratio:.2f}",
        goal=f"<= {goal:g} x",
        verdict=judged(found.ratio <= goal),
    )


def faster(work: str, beside: str, found: Comparison, goal: float) -> Row:
    """A row whose goal is to be so many times faster."""
    return Row(
        work=work,
        measured=seconds(found.mine.wall),
        beside=f"{beside} {seconds(found.other.wall)}",
        ratio=f"1/{1 / found.ratio:.1f}",
        cpu_ratio=f"1/{1 / found.cpu_ratio:.1f}",
        goal=f"{goal:g} x faster" if goal > 1 else "faster",
        verdict=judged(1 / found.ratio >= goal),
    )


def judged(held: bool) -> str:
    """The last column."""
    return "ok" if held else "missed"


def seconds(value: float) -> str:
    """A duration for people."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def megabytes(value: float) -> str:
    """A size for people."""
    return f"{value / 2**20:.0f} MB"


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The rows as lines."""
    head = Row("work", "measured", "baseline or peer", "ratio", "cpu", "goal", "")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, Row(*("-" * width for width in widths)), *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def environment(home: Path, **more: Any) -> dict[str, str]:
    """What a timed program sees: an empty home, a UTF-8 locale, and nothing that changes how Python starts."""
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "TERM": "dumb",
        **{name: str(value) for name, value in more.items()},
    }
