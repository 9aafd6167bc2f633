"""The table of speed goals: `make bench`, or `.venv/bin/python bench/run.py [--quick]`.

Each row says what was measured, what stands beside it, their ratio in wall and in CPU time, and whether the goal is
met. Only ratios count: both sides of each are taken in the same run, on the same machine, in turns. A row that is
missed on a busy machine deserves a second run (`--only startup`); the machine line says how busy it was.

    generate.py   seeded people, interactions, vCards, tables
    measure.py    timing of whole programs and of work in a process of its own; the table
    tools.py      the bare Typer and the peers, installed once into ~/.cache/dexcli-bench
    writing.py    bulk write, reading it again, undo      startup.py   start-up and growth
    peers.py      taskwarrior, khard, todoman, jrnl       files.py     vCard and CSV
    memory.py     peaks                                   reading.py   figures of other commands
    searching.py  dex search
    imap.py       a mailbox on a private Dovecot         waiting.py   dex log during a first sync

Beside the table, quiet.py compares whom `dex triage` offers with whom it should, in life.py's mailbox and in a corpus:
precision and recall, which docs/mail.md states.

The whole takes about twenty minutes, `--quick` with a tenth of the data four. Needs the network once, for the peers;
without it their rows say so. taskwarrior and mbsync come from the system (apt install taskwarrior isync).
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import caldav
import files
import imap
import memory
import peers
import reading
import searching
import startup
import tools
import waiting
import writing
from measure import Row, apart, table
from writing import Sizes

GROUPS = ("writing", "startup", "peers", "files", "memory", "reading", "searching", "imap", "caldav", "waiting")


def main() -> int:
    """Measure and print; exit code 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description="The table of speed goals.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, fewer runs")
    parser.add_argument("--only", action="append", choices=GROUPS, help="this group of rows; may be repeated")
    parser.add_argument("--runs", type=int, help="pairs of runs of each program")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work in this folder, use what is there, and keep it")
    parser.add_argument("--bare", type=Path, metavar="PYTHON", help="a Python whose environment holds only Typer")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="the folder of the peers' programs")
    said = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(_machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="dexcli-bench-") as temporary:
        folder = said.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = []
        for row in _rows(folder, said):
            print(f"  {row.work}: {row.measured} {row.ratio} {row.verdict}", file=sys.stderr, flush=True)
            found.append(row)
    print("\n".join(table(found)))
    return int(any(row.verdict == "missed" for row in found))


def _rows(folder: Path, said: argparse.Namespace) -> Iterator[Row]:
    wanted = said.only or GROUPS
    runs = said.runs or (7 if said.quick else 21)
    sizes = Sizes(people=10_000, interactions=100_000 if said.quick else 1_000_000)
    found = tools.find(said.bare, said.peers)
    if "writing" in wanted:
        yield from writing.rows(folder, sizes)
    if {"startup", "peers", "memory", "reading", "searching"} & set(wanted):
        _prepare(folder / "large.db", sizes)
        _prepare(folder / "small.db", Sizes(sizes.people, 1_000))
    if "startup" in wanted:
        yield from startup.rows(folder, found, sizes, runs)
    if "peers" in wanted:
        yield from peers.rows(folder, found, runs)
    if "files" in wanted:
        yield from files.rows(
            folder, found, cards=2_000 if said.quick else 5_000, people=10_000, mails=10_000 if said.quick else 30_000
        )
    if "imap" in wanted:
        yield from imap.rows(folder, 5_000 if said.quick else 50_000)
    if "caldav" in wanted:
        yield from caldav.rows(folder, 1_000 if said.quick else 10_000)
    if "waiting" in wanted:
        yield from waiting.rows(folder, 20_000 if said.quick else 200_000)
    if "memory" in wanted:
        yield from memory.rows(folder, found, sizes)
    if "searching" in wanted:
        yield from searching.rows(folder, found, runs)
    if "reading" in wanted:
        yield from reading.rows(folder, found, sizes, runs)


def _prepare(path: Path, sizes: Sizes) -> None:
    """Write a database, unless the bulk write has left it or an earlier run has kept it."""
    if not path.exists():
        apart(writing.fill_people, path, sizes.people)
        apart(writing.fill_interactions, path, sizes)


def _machine() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores,"
        f" {platform.system()} {platform.machine()}, load {load}"
    )


if __name__ == "__main__":
    sys.exit(main())
