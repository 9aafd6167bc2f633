"""`dex account test [NAME]`."""

from __future__ import annotations

import os
from collections.abc import Mapping

import typer

from dexcli.cli.context import Dex
from dexcli.errors import ExitCode
from dexcli.services import account_tests


def run(dex: Dex, words: list[str], _options: Mapping[str, object]) -> None:
    """Log in, and show what would be read."""
    tests = account_tests.test(dex.config, words[0] if words else None, os.environ, dex.ask_secret)
    dex.show(tests)
    if any(one.error for one in tests.accounts):
        raise typer.Exit(ExitCode.PARTIAL)
