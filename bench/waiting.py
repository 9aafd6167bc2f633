"""How long `dex log` from a shell waits while a first sync writes: whole processes, one after the other, to its end.

The messages are made up in the process that writes them, faster than any server gives them, so that the database has no
rest: delivering so many to a Dovecot takes longer than all else here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import generate
import writing
from measure import Program, Row, Watch, apart, environment, judged, seconds
from writing import Interactions, Sizes, synced

GOAL = 5.0
"""Seconds: then `dex log` gives up."""
PEOPLE = 10_000
ALONE = 7
"""Runs without anybody who writes."""


def rows(folder: Path, messages: int) -> Iterator[Row]:
    """The longest and the median wait."""
    db = folder / "waiting.db"
    apart(writing.fill_people, db, PEOPLE)
    who = generate.address(17, PEOPLE)
    log = Program(
        (Path(sys.executable).with_name("dex"), "log", who, "call"),
        environment(folder, DEXCLI_DB=db, DEXCLI_NOW=generate.TODAY),
    )
    log.run()
    alone = median(log.run().wall for _ in range(ALONE))
    waits = []
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        writer = pool.submit(sync, db, Sizes(PEOPLE, messages))
        while not writer.done():
            waits.append(log.run().wall)
        taken = writer.result()
    db.unlink()
    yield Row(
        work=f"dex log during a first sync of {messages:,} messages",
        measured=f"longest {seconds(max(waits))}, median {seconds(median(waits))}, {len(waits)} in {seconds(taken)}",
        beside=f"nobody else writing {seconds(alone)}",
        ratio=f"{median(waits) / alone:.2f}",
        goal=f"<= {GOAL:g} s",
        verdict=judged(max(waits) <= GOAL),
    )


def sync(db: Path, sizes: Sizes) -> float:
    """Seconds that it takes to write everything; runs in a process of its own."""
    from dexcli.store.connection import open_for_writing

    return synced(open_for_writing(db, wait=30), Interactions(sizes, Watch()), "imap")[0].wall
