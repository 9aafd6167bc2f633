"""Memory: the peak of whole programs over a large database, and whether an import's peak depends on its input."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import generate
from measure import Program, Row, environment, judged, megabytes, seconds
from tools import Tools
from writing import Sizes

LIMIT = 150 * 2**20
CONSTANT = 1.1
"""The larger import may take so many times the memory of the smaller."""

FULL = 100_000
"""Interactions that fill SQLite's page cache: below, it is still growing."""


def rows(folder: Path, tools: Tools, sizes: Sizes) -> Iterator[Row]:
    """Reading commands over `large.db`; imports of tables into new databases."""
    env = environment(folder, DEXCLI_DB=folder / "large.db", DEXCLI_NOW=generate.TODAY)
    for words in (("due",), ("due", "--json", "--limit", "0"), ("list",), ("list", "--json")):
        yield _row(f"memory of dex {' '.join(words)}", Program((tools.dex, *words), env).run().peak)
    peaks = []
    counts = (max(sizes.interactions // 5, FULL), max(sizes.interactions, 2 * FULL))
    for count in counts:
        sheet = folder / f"{count}.csv"
        generate.write_interactions(sheet, count, sizes.people)
        env["DEXCLI_DB"] = str(folder / "import.db")
        cost = Program((tools.dex, "import", "--quiet", sheet), env).run()
        peaks.append(cost.peak)
        yield _row(f"memory of dex import, CSV of {count:,} interactions", cost.peak, f"took {seconds(cost.wall)}")
        sheet.unlink()
        (folder / "import.db").unlink()
    yield Row(
        work=f"memory of an import of {counts[1] // counts[0]} times the rows",
        measured=megabytes(peaks[1]),
        beside=f"{counts[0]:,} interactions {megabytes(peaks[0])}",
        ratio=f"{peaks[1] / peaks[0]:.2f}",
        goal=f"<= {CONSTANT:g} x",
        verdict=judged(peaks[1] / peaks[0] <= CONSTANT),
    )


def _row(work: str, peak: int, beside: str = "") -> Row:
    return Row(work, megabytes(peak), beside, goal=f"< {megabytes(LIMIT)}", verdict=judged(peak < LIMIT))
