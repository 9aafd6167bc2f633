"""`dex account logout NAME`."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dexcli.cli.context import Dex
from dexcli.services import logins


def run(dex: Dex, words: list[str], _options: Mapping[str, object]) -> None:
    """Forget what is kept to log in."""
    dex.show(logins.logout(dex.config, words[0], os.environ, dry_run=bool(dex.shared.dry_run)))
