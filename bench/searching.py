"""Search in a large history: what it takes beside a start of the program, whatever is looked for; and its memory.

`scan` is what the same question costs without an index, through SQLite's own shell module: every title by LIKE.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

import generate
from measure import Program, Row, at_most, compare, environment, judged, megabytes, seconds
from tools import Tools

GOAL = 1.5
NARROWED = 2.0
"""With more to look up than words, or more to compare than is shown."""
LIMIT = 150 * 2**20

ASKED = (
    ("a common word", ("budget",), GOAL),
    ("a rare word", ("1048575",), GOAL),
    ("the beginning of a word", ("bud",), GOAL),
    ("two words", ("budget", "harbour"), GOAL),
    ("a word and a name", ("budget", "ada"), NARROWED),
    ("a common word, a tag", ("budget", "tag:navy"), NARROWED),
    ("a common word, best first", ("budget", "--sort", "best"), NARROWED),
)


def rows(folder: Path, tools: Tools, runs: int) -> Iterator[Row]:
    """Over `large.db`, whose every entry has a title of four words."""
    env = environment(folder, DEXCLI_DB=folder / "large.db", DEXCLI_NOW=generate.TODAY)
    typer = Program((tools.bare, "-c", "import typer"), env)
    with closing(sqlite3.connect(folder / "large.db")) as conn:
        (entries,) = conn.execute("select count(*) from interaction").fetchone()
    for what, words, goal in ASKED:
        program = Program((tools.dex, "search", *words), env)
        yield at_most(f"dex search, {what}, {entries:,} entries", "import typer", compare(program, typer, runs), goal)
    yield Row("the same common word without an index", seconds(_scan(folder / "large.db")), "LIKE over every title")
    peak = Program((tools.dex, "search", "budget", "--json"), env).run().peak
    yield Row(
        "memory of dex search",
        megabytes(peak),
        "a common word",
        goal=f"< {megabytes(LIMIT)}",
        verdict=judged(peak < LIMIT),
    )


def _scan(path: Path) -> float:
    """Seconds for the newest twenty titles that hold a word."""
    with closing(sqlite3.connect(path)) as conn:
        began = perf_counter()
        conn.execute(
            "select id from interaction where title like '%budget%' order by happened_on desc, id desc limit 20"
        ).fetchall()
        return perf_counter() - began
