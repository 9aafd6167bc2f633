"""A word about the rows that a list leaves out by itself, for whoever counts lines in a pipe."""

from __future__ import annotations

import typer

from dexcli.cli.context import Dex


def say(dex: Dex, ctx: typer.Context, shown: int, total: int, *, exact: bool = True) -> None:
    """Say on stderr how many of how many rows these are, and what brings the others.

    Nothing where `--limit` was given, a screen says so, or a document has its total.
    """
    source = ctx.get_parameter_source("limit")
    told = source is not None and source.name != "DEFAULT"
    if shown >= total or told or dex.for_a_person or (dex.shared.json and not dex.shared.jsonl):
        return
    dex.note(f"{shown:,} of {'' if exact else 'more than '}{total:,}: --limit 0 for all")
