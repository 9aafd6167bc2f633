"""`dex account remove NAME`."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dexcli.cli.context import Dex
from dexcli.services import accounts


def run(dex: Dex, words: list[str], _options: Mapping[str, object]) -> None:
    """Take an account out of the settings."""
    dry_run = bool(dex.shared.dry_run)
    dex.show(accounts.remove(dex.reading, dex.writing, dex.config, words[0], os.environ, dry_run=dry_run))
