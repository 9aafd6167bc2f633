"""`dex account list`."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dexcli.cli.context import Dex
from dexcli.services import accounts


def run(dex: Dex, _words: list[str], _options: Mapping[str, object]) -> None:
    """Show the accounts."""
    with dex.reading() as conn:
        dex.show(accounts.list_all(conn, dex.config, os.environ))
