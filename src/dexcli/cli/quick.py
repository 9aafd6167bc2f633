"""What a prompt or a key press asks, answered before Typer is imported, as far as that is possible."""

from __future__ import annotations

import os


def count(arguments: list[str]) -> int | None:
    """How many people are due, for `due --count` with nothing or `--db FILE` behind it; None: ask the whole program."""
    if arguments and not (len(arguments) == 2 and arguments[0] == "--db"):  # noqa: PLR2004 - the option and its value
        return None
    from datetime import date
    from time import strftime

    from dexcli.config import paths
    from dexcli.store import quick

    try:
        today = date.fromisoformat(os.environ.get("DEXCLI_NOW") or strftime("%Y-%m-%d")).isoformat()
    except ValueError:  # a moment, or a mistake
        return None
    path = paths.database(arguments[1] if arguments else None, os.environ)
    if path is None:
        return None
    return quick.due_count(path, today, paths.stamp(paths.config(None, os.environ)))
