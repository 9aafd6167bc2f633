"""Other commands over a large database: figures without a goal, for whoever changes a query."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import generate
from measure import Program, Row, environment, seconds, typical
from tools import Tools
from writing import Sizes


def rows(folder: Path, tools: Tools, sizes: Sizes, runs: int) -> Iterator[Row]:
    """Medians of whole programs."""
    env = environment(folder, DEXCLI_DB=folder / "large.db", DEXCLI_NOW=generate.TODAY)
    for words in (
        ("list", "tag:navy", "quiet:90d"),
        ("list", "--json"),
        ("show", generate.address(0, sizes.people)),
        ("timeline", generate.address(0, sizes.people)),
        ("stats",),
        ("stats", "tag:navy"),
        ("due", "--tag", "navy"),
        ("due", "--as-of", "2025-06-01"),
        ("history",),
    ):
        program = Program((tools.dex, *words), env)
        program.run()
        cost = typical([program.run() for _ in range(max(3, runs // 3))])
        yield Row(f"dex {' '.join(words)}", seconds(cost.wall), f"{sizes.interactions:,} interactions")
