"""What `dex sync` returns."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from dexcli.results.report import Report


class AccountRun(Struct, frozen=True, kw_only=True):
    """How the sync of one account ended."""

    name: str
    ok: bool
    error: str | None
    error_code: str | None
    """`network`, `credentials` or `server`."""
    tolerated: bool
    """A network failure that has not lasted for as long as `--tolerate` says."""
    last_synced_at: datetime | None
    hint: str | None
    """What helps against the error."""


class SyncResult(Struct, frozen=True, kw_only=True):
    """A sync: totals, one report for each account, and how each ended."""

    report: Report
    parts: list[Report]
    accounts: list[AccountRun]
