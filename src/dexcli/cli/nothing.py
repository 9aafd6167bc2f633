"""A word on stderr where a command finds nothing."""

from __future__ import annotations

import sys

from dexcli.cli.context import Dex
from dexcli.services import near_misses
from dexcli.store.connection import Connection


def say(
    dex: Dex,
    conn: Connection,
    query: str = "",
    *,
    tag: str | None = None,
    what: str = "nobody fits",
    scripts: bool = True,
) -> None:
    """Say which tag, company or kind of the query there is not, unless the answer is a document.

    And `what` at a terminal, where no screen has said so. `scripts`: whether somebody hears it where no terminal is.
    """
    terminal = sys.stderr.isatty()
    if dex.json or not (terminal or scripts):
        return
    if terminal and not dex.for_a_person:
        dex.note(what)
    for told in near_misses.of_query(conn, query) + (near_misses.of_tag(conn, tag) if tag else []):
        dex.note(told)
