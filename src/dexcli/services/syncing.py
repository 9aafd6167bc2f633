"""Syncing accounts: each is a source, ingested under an operation of its own that `undo` takes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from dexcli.config.accounts import Account
from dexcli.domain.identifiers import Identifier
from dexcli.errors import NetworkError, ServerError
from dexcli.results.report import Report
from dexcli.results.sync import AccountRun, SyncResult
from dexcli.services.accounts import SecretOf, reached
from dexcli.services.ingest import BrokenOffError, Job, Progress, ingest
from dexcli.services.invocation import Invocation
from dexcli.services.ownership import taken_from
from dexcli.services.tally import brought_mail, total
from dexcli.services.triage import waiting
from dexcli.store import accounts as store
from dexcli.store import feeds, me
from dexcli.store.connection import Connection
from dexcli.store.journal import operation

if TYPE_CHECKING:
    from dexcli.sources.imap import ImapSource


def sync(
    conn: Connection,
    call: Invocation,
    chosen: Sequence[Account],
    secret_of: SecretOf,
    *,
    full: bool = False,
    since: date | None = None,
    tolerate: timedelta | None = None,
    progress: Progress | None = None,
) -> SyncResult:
    """Read what is new in each account; one that fails does not keep the others from it.

    `full` reads everything again, `since` bounds a first reading, `tolerate` is how long a network failure may last
    before it is one. What was read before a failure stays. Raises ServerError where every account failed.
    """
    parts, runs, errors = [], [], []
    for account in chosen:
        report, error = _one(conn, call, account, secret_of, full=full, since=since, progress=progress)
        parts.append(report)
        state = store.note(conn, account.name, call.now, None if error is None else error.message)
        tolerated = (
            isinstance(error, NetworkError)
            and tolerate is not None
            and state.failing_since is not None
            and call.now - state.failing_since < tolerate
        )
        if error is not None and not tolerated:
            errors.append((account, error))
        runs.append(
            AccountRun(
                name=account.name,
                ok=error is None,
                error=None if error is None else error.message,
                error_code=None if error is None else error.code,
                tolerated=tolerated,
                last_synced_at=state.synced_at,
                hint=None if error is None else error.hint,
            )
        )
    if errors and len(errors) == len(chosen):
        raise _together(errors)
    report = total(parts, "all accounts", f"{len(parts):,} accounts")
    if brought_mail(parts):
        report = msgspec.structs.replace(report, to_triage=waiting(conn, call))
    return SyncResult(report=report, parts=parts, accounts=runs)


def _one(
    conn: Connection,
    call: Invocation,
    account: Account,
    secret_of: SecretOf,
    *,
    full: bool,
    since: date | None,
    progress: Progress | None,
) -> tuple[Report, ServerError | None]:
    with operation(conn, now=call.now, command=call.command, origin="sync", dry_run=call.dry_run) as op:
        mine = Identifier("email", account.address)
        notes = taken_from(conn, [mine], f"account {account.name}")
        me.add(op, mine)
        op.summary = f"{account.address} is yours (account {account.name})"
    source = open_source(account, secret_of, full=full, since=since)
    if since is not None and not full and source.goes_on(feeds.cursor_of(conn, source.source, source.account)):
        again = f"dex sync {account.name} --full --since {since}"
        notes = [*notes, f"account {account.name} was read before: {again} reads older mail"]
    job = Job(
        source=source,
        name=account.name,
        format=account.type,
        what=f"mail of {account.address}",
        run=f"sync:{account.name}",
        origin="sync",
        command=call.command,
        region=call.region,
        dry_run=call.dry_run,
        afresh=full,
    )
    error: ServerError | None = None
    try:
        report = ingest(conn, job, now=call.now, progress=progress)
    except BrokenOffError as broken:
        report, error = broken.reports[-1], broken.error
    return msgspec.structs.replace(report, notes=[*notes, *report.notes]), error


def keep_only(conn: Connection, configured: Sequence[Account]) -> None:
    """Forget how the accounts fared that were taken out of the configuration by hand: nobody waits for them."""
    store.keep_only(conn, [account.name for account in configured])


def open_source(account: Account, secret_of: SecretOf, *, full: bool = False, since: date | None = None) -> ImapSource:
    """The source that reads an account."""
    from dexcli.sources import imap

    return imap.open_account(reached(account, secret_of, since=since, full=full))


def _together(errors: Sequence[tuple[Account, ServerError]]) -> ServerError:
    """One error for all accounts; that of a single one stays as it is."""
    first = errors[0][1]
    if len(errors) == 1:
        return first
    worst = next((error for _, error in errors if not isinstance(error, NetworkError)), first)
    whose: dict[str, list[str]] = {}
    for account, error in errors:
        for hint in (error.hint or "").splitlines():
            whose.setdefault(hint, []).append(account.name)
    for_all = len(whose) == 1 and len(*whose.values()) == len(errors)
    return type(worst)(
        "\n".join(f"{account.name}: {error.message}" for account, error in errors),
        hint="\n".join(hint if for_all else f"{', '.join(names)}: {hint}" for hint, names in whose.items()) or None,
    )
