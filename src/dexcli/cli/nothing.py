"""A word to somebody at a terminal where a command finds nothing: scripts are told by empty output."""

from __future__ import annotations

import sys

from dexcli.cli.context import Dex
from dexcli.services import near_misses
from dexcli.store.connection import Connection


def say(dex: Dex, conn: Connection, query: str = "", *, tag: str | None = None, what: str = "nobody fits") -> None:
    """Say `what` on stderr, where no screen has said so, and which tag or company of the query nobody has.

    Nothing where no terminal is there, or the answer is a document.
    """
    if dex.json or not sys.stderr.isatty():
        return
    if not dex.for_a_person:
        dex.note(what)
    for told in near_misses.of_query(conn, query) + (near_misses.of_tag(conn, tag) if tag else []):
        dex.note(told)
