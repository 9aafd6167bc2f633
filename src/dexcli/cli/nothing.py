"""A word on stderr where a command finds nothing."""

from __future__ import annotations

import sys

from dexcli.cli.context import Dex
from dexcli.services import near_misses
from dexcli.store.connection import Connection


def say(dex: Dex, conn: Connection, query: str = "", *, tag: str | None = None, what: str = "nobody fits") -> None:
    """Say which tag or company of the query nobody has, unless the answer is a document.

    And `what` at a terminal, where no screen has said so: scripts are told by empty output.
    """
    if dex.json:
        return
    if sys.stderr.isatty() and not dex.for_a_person:
        dex.note(what)
    for told in near_misses.of_query(conn, query) + (near_misses.of_tag(conn, tag) if tag else []):
        dex.note(told)
