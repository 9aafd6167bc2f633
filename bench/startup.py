"""Start-up: everyday commands beside a bare Python and a bare `import typer`; and whether `due` grows with history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import generate
from measure import Program, Row, at_most, compare, environment
from tools import Tools
from writing import Sizes

GROWTH = 1.15
_KEY = 2.0
"""What a key press or a prompt may take."""


def rows(folder: Path, tools: Tools, sizes: Sizes, runs: int) -> Iterator[Row]:
    """Over `large.db`, and `small.db`: the same people, about as many of them due, and 1,000 interactions."""
    env = environment(folder, DEXCLI_DB=folder / "large.db", DEXCLI_NOW=generate.TODAY)
    nothing = Program((tools.bare, "-c", "pass"), env)
    typer = Program((tools.bare, "-c", "import typer"), env)
    config = folder / "config.toml"
    config.write_text('[accounts.work]\ntype = "imap"\naddress = "me@example.org"\n')
    asked = {
        "completion of a name": "zsh\tshow\tad",
        "completion of a tag": "zsh\ttag\tada\t+f",
        "completion of an option": "zsh\tlist\t--",
        "completion of a company": "zsh\tlist\tcompany:a",
        "completion in bash": "bash\tad\tdex show ad",
        "completion of an account": "zsh\tsync\t",
    }
    for work, words in asked.items():
        completion = Program((tools.dex,), {**env, "_DEX_COMPLETE": words, "DEXCLI_CONFIG": str(config)})
        yield at_most(work, "python -c pass", compare(completion, nothing, runs), _KEY)
    people = f"{sizes.people:,} people, {sizes.interactions:,} interactions"
    for work, program, beside, other, goal in (
        ("dex due --count", Program((tools.dex, "due", "--count"), env), "python -c pass", nothing, _KEY),
        ("dex --version", Program((tools.dex, "--version"), env), "import typer", typer, 1.15),
        (f"dex due --json, {people}", Program((tools.dex, "due", "--json"), env), "import typer", typer, 1.5),
        ("dex log", Program((tools.dex, "log", "person.77@example.org", "coffee"), env), "import typer", typer, 1.6),
    ):
        yield at_most(work, beside, compare(program, other, runs), goal)
    yield at_most(
        f"dex due, {sizes.interactions:,} interactions",
        "1,000 interactions",
        compare(
            Program((tools.dex, "due"), env),
            Program((tools.dex, "due"), env | {"DEXCLI_DB": str(folder / "small.db")}),
            runs,
        ),
        GROWTH,
    )
