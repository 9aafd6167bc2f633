"""How the result of an import is shown, and with which exit code it ends."""

from __future__ import annotations

import typer

from dexcli.cli.context import Dex
from dexcli.errors import ExitCode
from dexcli.results.draft import DraftResult
from dexcli.results.report import ImportResult


def show_import(dex: Dex, result: ImportResult | DraftResult) -> None:
    """Write the result; exit code 7 where something was skipped."""
    dex.show(result)
    end_import(dex, result)


def end_import(dex: Dex, result: ImportResult | DraftResult) -> None:
    """Say on stderr what the form of the answer has no room for."""
    if not dex.for_a_person and not dex.json:
        for note in result.report.notes:
            dex.note(note)
        for item in result.report.skipped:
            dex.note(f"skipped {item.where}: {item.reason}")
    if result.report.skipped:
        raise typer.Exit(ExitCode.PARTIAL)
