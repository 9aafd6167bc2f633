"""Syncing accounts: each is a source, ingested under an operation of its own that `undo` takes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, timedelta
from functools import partial
from typing import assert_never

import msgspec

from dexcli.config.accounts import Account
from dexcli.domain import account_types
from dexcli.domain.identifiers import Identifier
from dexcli.domain.records import Gone, PersonRecord, SourceItem
from dexcli.errors import NetworkError, ServerError
from dexcli.results.report import Report
from dexcli.results.sync import AccountRun, SyncResult
from dexcli.services import account_sources
from dexcli.services.ingest import BrokenOffError, Job, Progress, ingest
from dexcli.services.invocation import Invocation
from dexcli.services.ownership import taken_from
from dexcli.services.secrets import SecretOf
from dexcli.services.tally import brought_strangers, total
from dexcli.services.titles import names_of
from dexcli.services.triage import told_to_triage
from dexcli.sources.base import AccountSource
from dexcli.store import accounts as store
from dexcli.store import feeds, me
from dexcli.store.connection import Connection
from dexcli.store.ingest import would_change
from dexcli.store.interactions import would_take_off
from dexcli.store.journal import operation

MOST_AT_ONCE = 20
"""Of an address book whose people change at once; fewer are an afternoon's work."""


def sync(
    conn: Connection,
    call: Invocation,
    chosen: Sequence[Account],
    secret_of: SecretOf,
    *,
    full: bool = False,
    since: date | None = None,
    tolerate: timedelta | None = None,
    accept_many: bool = False,
    progress: Progress | None = None,
    check: Callable[[Account], None] | None = None,
) -> SyncResult:
    """Read what is new in each account; one that fails does not keep the others from it.

    `full` reads everything again, `since` bounds a first reading, `tolerate` is how long a network failure may last
    before it is one, `accept_many` takes changes to most people of an address book at once, `check` raises
    CredentialsError for an account that no network would help. What was read before a failure stays. Raises ServerError
    where every account failed.
    """
    parts, runs, errors = [], [], []
    for account in chosen:
        report, error = _one(
            *(conn, call, account, secret_of),
            full=full,
            since=since,
            accept_many=accept_many,
            progress=progress,
            check=check,
        )
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
    if brought_strangers(parts):
        report = told_to_triage(conn, call, report)
    return SyncResult(report=report, parts=parts, accounts=runs)


def _one(
    conn: Connection,
    call: Invocation,
    account: Account,
    secret_of: SecretOf,
    *,
    full: bool,
    since: date | None,
    accept_many: bool,
    progress: Progress | None,
    check: Callable[[Account], None] | None,
) -> tuple[Report, ServerError | None]:
    notes: list[str] = []
    if account.address:
        with operation(conn, now=call.now, command=call.command, origin="sync", dry_run=call.dry_run) as op:
            mine = Identifier("email", account.address)
            notes = taken_from(conn, [mine], f"account {account.name}")
            me.add(op, mine)
            op.summary = f"{account.address} is yours (account {account.name})"
    source = open_source(conn, account, call, secret_of, full=full, since=since)
    if (
        since is not None
        and account_types.has_days(account.type)
        and not full
        and source.goes_on(feeds.cursor_of(conn, source.source, source.account))
    ):
        again = f"dex sync {account.name} --full --since {since}"
        notes = [*notes, f"account {account.name} was read before: {again} reads what is older"]
    if account_types.changes_afterwards(account.type) and not accept_many and not call.dry_run:
        source = _Careful(conn, source)
    if check is not None:
        source = _Checked(source, partial(check, account))
    job = Job(
        source=source,
        name=account.name,
        format=account.type,
        what=_what(account),
        run=f"sync:{account.name}",
        origin="sync",
        command=call.command,
        region=call.region,
        dry_run=call.dry_run,
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


class _Checked:
    """A source that asks first whether it can be read at all."""

    def __init__(self, inner: AccountSource, check: Callable[[], None]) -> None:
        self._inner = inner
        self._check = check
        self.source = inner.source
        self.account = inner.account

    def goes_on(self, cursor: str | None) -> bool:
        """As the source says."""
        return self._inner.goes_on(cursor)

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Everything that the source says. Raises CredentialsError before its server is asked."""
        self._check()
        yield from self._inner.read(cursor)


class _Careful:
    """A source of people or meetings, looked at as a whole before the first of them is written.

    Where a sync would change or take off most of them at once, a server or program has lost its mind more likely than
    everybody moved: nothing is taken until the user says so.
    """

    def __init__(self, conn: Connection, source: AccountSource) -> None:
        self._conn = conn
        self._inner = source
        self.source = source.source
        self.account = source.account

    def goes_on(self, cursor: str | None) -> bool:
        """As the source says."""
        return self._inner.goes_on(cursor)

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Everything that the source says. Raises ServerError as it does, and where too many people would change."""
        if not self._inner.goes_on(cursor):  # nobody is known yet: nothing has to be held in memory
            yield from self._inner.read(cursor)
            return
        items = list(self._inner.read(cursor))
        people = [item for item in items if isinstance(item, PersonRecord)]
        gone = [item.origin for item in items if isinstance(item, Gone) and not item.keys]
        self._refuse_many("change", "people", *would_change(self._conn, people))
        self._refuse_many("take off", "meetings", *would_take_off(self._conn, self.source, self.account, gone))
        yield from items

    def _refuse_many(self, what: str, whom: str, changed: int, known: int) -> None:
        if changed >= MOST_AT_ONCE and changed * 2 > known:
            raise ServerError(
                f"it would {what} {changed:,} of {known:,} {whom} at once: nothing was taken",
                hint=f"dex sync {self.account} --dry-run --json shows them; if they are right: --accept-many",
                code="too_many_changes",
            )


def _what(account: Account) -> str:
    """What is read, for a reader."""
    preposition = "of" if account_types.is_server(account.type) else "in"
    return f"{account_types.content(account.type)} {preposition} {account.address or account.path}"


def open_source(
    conn: Connection,
    account: Account,
    call: Invocation,
    secret_of: SecretOf,
    *,
    full: bool = False,
    since: date | None = None,
) -> AccountSource:
    """The source that reads an account."""
    zone = call.now.tzinfo or UTC
    names_anybody = names_of(conn)
    match account.type:
        case "caldav":
            from dexcli.sources import caldav

            return caldav.open_account(
                account_sources.calendars(
                    account,
                    secret_of,
                    today=call.today,
                    zone=zone,
                    since=since,
                    full=full,
                    names_anybody=names_anybody,
                )
            )
        case "carddav":
            from dexcli.sources import carddav

            return carddav.open_account(account_sources.books(account, secret_of, full=full))
        case "vdir":
            from dexcli.sources import vdir

            return vdir.open_account(
                account_sources.folder(
                    account, today=call.today, zone=zone, since=since, full=full, names_anybody=names_anybody
                )
            )
        case "imap":
            from dexcli.sources import imap

            return imap.open_account(account_sources.mailbox(account, secret_of, since=since, full=full))
    assert_never(account.type)


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
