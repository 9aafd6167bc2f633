"""Looking after the database and what belongs to it: what is wrong, what helps, and mending what is derived or safe."""

from __future__ import annotations

import os
import shlex
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from dexcli import __version__
from dexcli.config import accounts, credentials, tokens
from dexcli.config.accounts import Account
from dexcli.config.keyrings import KeyringTroubleError, NoKeyringHereError
from dexcli.errors import DexError, StoreError
from dexcli.render.text import size
from dexcli.results.upkeep import Check, DoctorReport, DoctorResult
from dexcli.services.invocation import Invocation
from dexcli.store import accounts as states
from dexcli.store import checks as store
from dexcli.store import connection, contradictions, copies, forgetting, mending, numbers, schema
from dexcli.store.connection import Connection

FIX = "dex doctor --fix"
_WORTH_GIVING_BACK = 1_000_000
"""Bytes, and a quarter of the file: less comes to use by itself."""
_OTHERS = 0o077
_OLD = 24 * 3600
"""Seconds after which no run that is still going on has left a temporary file untouched."""
_OUR_FOLDER = "dexcli"


class Places(Struct, frozen=True, kw_only=True):
    """Where things are; None without a home directory."""

    database: Path
    config: Path | None
    state: Path | None


class Patient(Struct, frozen=True, kw_only=True):
    """What the checks are told."""

    places: Places
    call: Invocation
    environment: Mapping[str, str]
    conn: Connection | None
    """One that cannot write unless things are to be mended; None: there is nothing that can be read."""
    fix: bool
    wait: float
    """Seconds for others to close the log."""


def examine(
    places: Places, call: Invocation, environment: Mapping[str, str], *, fix: bool, wait: float
) -> DoctorResult:
    """Look at everything, and with `fix` mend what is derived or safe; never a row of what is known."""
    connection.refuse_special(places.database)
    fix = fix and not call.dry_run
    found: list[Check] = []
    with ExitStack() as stack:
        if fix and places.database.exists():
            stack.enter_context(connection.sole_run(places.database, wait=wait, what="a doctor"))
        patient = Patient(places=places, call=call, environment=environment, conn=None, fix=fix, wait=wait)
        found += _of_database(patient)
        found += _around(patient)
    return DoctorResult(
        report=DoctorReport(
            dry_run=call.dry_run,
            database=str(places.database),
            problems=sum(one.state == "problem" for one in found),
            fixed=sum(one.state == "fixed" for one in found),
            checks=found,
        )
    )


def _check(
    code: str,
    fine: str,
    found: Sequence[str],
    *,
    again: Callable[[], Sequence[str]] | None = None,
    wrong: str = "",
    remedy: str | None = None,
    advice: str | None = None,
    mend: Callable[[], object] | None = None,
    fix: bool = False,
) -> Check:
    """A check that has found these faults; `mend` is what mends them, and `wrong` what they are together.

    Only when they are mended things are looked at `again`: what is found by that is a problem.
    `remedy` helps what nothing mends; `advice` is given where nothing is wrong.
    """
    if not found:
        return Check(code=code, state="ok", text=fine, found=[], remedy=advice, fixable=False)
    text = wrong or "; ".join(found)
    if mend is None or not fix:
        return Check(
            code=code,
            state="problem",
            text=text,
            found=[*found],
            remedy=FIX if mend is not None else remedy,
            fixable=mend is not None,
        )
    why = None
    try:
        mend()
    except (StoreError, OSError, KeyringTroubleError) as error:
        why = error.message if isinstance(error, DexError) else str(error)
    left = again() if again is not None else []
    if why is None and not left:
        return Check(code=code, state="fixed", text=text, found=[*found], remedy=None, fixable=True)
    still = left or found
    return Check(
        code=code,
        state="problem",
        text=f"{text}; not mended: {why or '; '.join(still)}",
        found=[*still],
        remedy=remedy,
        fixable=False,
    )


# -- the database ----------------------------------------------------------------------------------------


def _of_database(patient: Patient) -> Iterator[Check]:
    path = patient.places.database
    if not path.exists():
        yield _check("database", f"there is none yet: {path}", [], advice="dex add, or dex import, begins one")
        return
    with store.opened(path) as (reader, unreadable):
        if reader is None:
            yield _check(
                "database", "", unreadable, wrong=f"{path} cannot be read: {unreadable[0]}", remedy=_save(patient)
            )
            return
        total = size(path.stat().st_size)
        yield _check("database", f"{path}, {total}", [])
        if unreadable:  # a file in which nothing was ever written
            return
        conn = reader
        broken = store.found(lambda: store.pages(conn))
        yield _check(
            "integrity", "every page, table and index is sound", broken, wrong=f"damaged: {_first(broken)}",
            remedy=_save(patient) if broken else None,
        )  # fmt: skip
        if broken:
            return
        orphans = store.found(lambda: store.references(conn))
        yield _check(
            "references", "every row has what it belongs to", orphans, remedy=_save(patient) if orphans else None
        )
        structure = _schema(conn, patient)
        yield structure
        if any(one.what != "foreign" and not one.can_be_mended for one in store.strange(conn)):
            return
        if not store.is_current(conn) and not patient.fix:
            return
        unread = [] if orphans else store.found(lambda: store.values(path))
        yield _check("values", "everything can be read", unread, remedy=_save(patient) if unread else None)
        if orphans or unread:
            return
    with ExitStack() as stack:
        opened = connection.open_for_writing if patient.fix else connection.connect_read_only
        conn = stack.enter_context(closing(opened(path)))
        yield from _of_contents(conn, patient)


def _schema(conn: Connection, patient: Patient) -> Check:
    """Tables, indexes, triggers and views: those that dex makes, and no others."""
    path = patient.places.database
    fine = f"version {schema.version_of(conn)}" + ("" if store.is_current(conn) else ": the next command updates it")
    found = store.strange(conn)
    kept = [one for one in found if not one.can_be_mended]
    changed = any(one.what != "foreign" for one in kept)
    foreign = "a table may hold what is yours: look into it, then drop it with sqlite3"
    return _check(
        "schema", fine, list(map(str, found)), again=lambda: list(map(str, store.strange(conn))),
        remedy=(_save(patient) if changed else foreign) if kept else None,
        mend=(lambda: mending.restore_schema(path)) if len(kept) < len(found) else None, fix=patient.fix,
    )  # fmt: skip


def _of_contents(conn: Connection, patient: Patient) -> Iterator[Check]:
    """What is derived, what is free, and what belongs to a moment."""
    now, fix = patient.call.now, patient.fix

    def looked(code: str, fine: str, look: Callable[[], list[str]], mend: Callable[[], object]) -> Check:
        return _check(code, fine, store.found(look), again=lambda: store.found(look), mend=mend, fix=fix)

    odd = store.found(lambda: contradictions.found(conn))
    yield _check("agreement", "no two rows contradict each other", odd, remedy=_agreeing(patient) if odd else None)
    yield _check(
        "numbers", "there are numbers for more rows", store.found(lambda: numbers.spent(conn)),
        again=lambda: store.found(lambda: numbers.spent(conn)), mend=lambda: numbers.count_on(conn), fix=fix,
        remedy=_ANEW,
    )  # fmt: skip
    yield looked(
        "doubles", "what stands twice is the same", lambda: contradictions.doubles(conn),
        lambda: mending.take_from_where_it_belongs(conn),
    )  # fmt: skip
    yield looked(
        "verdicts", "what counts as contact is what the policy says", lambda: store.verdicts(conn),
        lambda: mending.judge(conn, now),
    )  # fmt: skip
    yield looked(
        "derived", "where everybody stands follows from their history", lambda: store.derived(conn, now),
        lambda: mending.derive(conn, now),
    )  # fmt: skip
    yield looked(
        "words", "search finds what is there", lambda: store.words(conn), lambda: mending.index(conn)
    )  # fmt: skip
    yield _check(
        "clock", "nothing is of a moment to come", store.found(lambda: store.clock(conn, now)),
        remedy="set the clock of this machine right; if it was wrong then, nothing is to be done",
    )  # fmt: skip
    yield from _accounts(conn, patient)
    yield _check(
        "rests", "nothing is left of what was forgotten", store.rests(conn), again=lambda: store.rests(conn),
        mend=lambda: _scrub(conn, patient), fix=fix, remedy="close the programs that have the database open",
    )  # fmt: skip
    yield _check(
        "forgotten", "who was forgotten stays out", store.found(lambda: store.kept_out(conn)),
        remedy="restore a backup from before (dex restore lists them), or forget again whom an import brings back",
    )  # fmt: skip
    yield _space(conn, patient)


_ANEW = "take it all into a new database: dex export --as jsonl > all.jsonl; dex --db NEW.db import all.jsonl"


def _scrub(conn: Connection, patient: Patient) -> None:
    if not forgetting.scrub(conn, wait=patient.wait):
        raise StoreError("another program has the database open")


def _space(conn: Connection, patient: Patient) -> Check:
    """Free pages are no problem: they come to use. Many of them are offered."""
    space = store.space(conn)
    fine = f"{size(space.free)} of {size(space.total)} are free"
    if space.free < _WORTH_GIVING_BACK or space.free * 4 < space.total:
        return _check("space", fine, [])
    if not patient.fix:
        return _check("space", fine, [], advice=f"{FIX} gives them back")
    return _check(
        "space", fine, [fine], wrong=f"gave back {size(space.free)}", mend=lambda: mending.shrink(conn), fix=True
    )


def _save(patient: Patient) -> str:
    """What helps a damaged database."""
    path = patient.places.database
    newest = store.sound_copy(path, patient.call.now.tzinfo)
    if newest is not None:
        name = newest.name if newest.parent == copies.folder_of(path) else str(newest)
        return f"dex restore {shlex.quote(name)}"
    return f"there is no backup; save what can be read: sqlite3 {shlex.quote(str(path))} .recover | sqlite3 saved.db"


def _agreeing(patient: Patient) -> str:
    """What helps where the file is sound, and rows in it are not as dex leaves them."""
    path = patient.places.database
    newest = store.agreeing_copy(path, patient.call.now.tzinfo)
    if newest is not None:
        name = newest.name if newest.parent == copies.folder_of(path) else str(newest)
        return f"dex restore {shlex.quote(name)}"
    return (
        "no backup is without it: dex edit puts right what dex show tells wrongly;"
        " what no command reaches, docs/schema.md and sqlite3"
    )


def _first(found: Sequence[str]) -> str:
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0]}{more}" if found else ""


# -- accounts and their secrets --------------------------------------------------------------------------


def _accounts(conn: Connection, patient: Patient) -> Iterator[Check]:
    if patient.places.config is None:
        return
    try:
        configured = accounts.load(patient.places.config)
    except DexError as error:
        yield _check("accounts", "", [error.message], remedy=error.hint)
        return
    names = {one.name for one in configured}
    stale = {one.account: one for one in states.stale(conn, patient.call.today)}
    silent = []
    for name in sorted(names & stale.keys()):
        one = stale[name]
        since = f"since {one.synced_at.date().isoformat()}" if one.synced_at else "ever"
        silent.append(f"{name} has not synced {since}" + (f": {one.error}" if one.error else ""))
    count = "1 account" if len(names) == 1 else f"{len(names):,} accounts"
    fine = f"{count}, each synced within {states.STALE_DAYS} days" if names else "none"
    unread = sorted(names - states.states(conn).keys())
    if unread:
        fine = f"{count}; never synced: {', '.join(unread)}"
    yield _check("accounts", fine, silent, remedy=f"dex account test {min(names & stale.keys())}" if silent else None)
    yield _secrets(patient, configured, sorted({*store.accounts(conn)} - names))


def _secrets(patient: Patient, configured: Sequence[Account], former: Sequence[str]) -> Check:
    """Secrets of accounts that are no longer there: a keyring tells no names, so the former accounts are asked for."""
    left = _left_secrets(patient, configured, former)

    def mend() -> None:
        for name in left.in_files:
            tokens.forget_file(name, patient.environment)
        if not left.silent:
            for name in dict.fromkeys([*left.in_files, *left.in_keyring]):
                _forget_in_keyring(name, patient.environment)
        if left.unset:
            raise StoreError(f"unset {' '.join(left.unset)} where it is set")

    remedies = [f"unset {' '.join(left.unset)}"] if left.unset else []
    if left.silent:
        remedies.append(f"unlock the keyring, then: {FIX}")
    return _check(
        "secrets", "none without an account", left.told(),
        again=lambda: _left_secrets(patient, configured, former, silent=left.silent).told(),
        remedy="; ".join(remedies) or None,
        mend=mend if left.in_files or left.in_keyring else None, fix=patient.fix,
    )  # fmt: skip


def _forget_in_keyring(name: str, environment: Mapping[str, str]) -> None:
    """Raises KeyringTroubleError where it does not; one that is not there has nothing."""
    with suppress(NoKeyringHereError):
        credentials.forget(name)
        tokens.forget(name, environment)


class _Left(Struct, frozen=True, kw_only=True):
    """Secrets without an account, by names of accounts and of variables."""

    unset: list[str]
    in_files: list[str]
    in_keyring: list[str]
    silent: str
    """Why the keyring could not be asked; empty: it has answered."""

    def told(self) -> list[str]:
        """All of it in words."""
        return [
            *(f"{name} is set, and belongs to no account" for name in self.unset),
            *(f"a file has a login of {name}, which is no account any more" for name in self.in_files),
            *(f"the keyring has a secret of {name}, which is no account any more" for name in self.in_keyring),
            *([f"the keyring cannot be asked for those of former accounts: {self.silent}"] if self.silent else []),
        ]


def _left_secrets(patient: Patient, configured: Sequence[Account], former: Sequence[str], *, silent: str = "") -> _Left:
    """Look for them; a keyring that is known to be `silent` is not asked."""
    names, variables = {one.name for one in configured}, {one.variable for one in configured}
    prefix = accounts.variable("")
    in_keyring = []
    try:
        for name in () if silent else former:
            if credentials.is_kept(name) or tokens.is_in_keyring(name):
                in_keyring.append(name)  # noqa: PERF401 - what it said before it fell silent counts
    except NoKeyringHereError:
        pass
    except KeyringTroubleError as error:  # it is asked for nothing more: each time it would be waited for
        silent = str(error)
    return _Left(
        unset=[one for one in sorted(patient.environment) if one.startswith(prefix) and one not in variables],
        in_files=[one for one in tokens.in_files(patient.environment) if one not in names],
        in_keyring=in_keyring,
        silent=silent,
    )


# -- files -----------------------------------------------------------------------------------------------


def _around(patient: Patient) -> Iterator[Check]:
    path = patient.places.database
    yield _permissions(patient)
    left = _leftovers(patient)
    yield _check(
        "leftovers", "no run that was killed has left anything", list(map(str, left)),
        again=lambda: list(map(str, _leftovers(patient))),
        wrong=f"left by runs that were killed: {', '.join(one.name for one in left)}",
        mend=lambda: _remove(left), fix=patient.fix,
    )  # fmt: skip
    if path.exists():
        yield _backups(path, patient.call.now)
    python = ".".join(map(str, sys.version_info[:3]))
    yield _check("versions", f"dex {__version__}, Python {python}, SQLite {store.sqlite_version()}", [])


def _permissions(patient: Patient) -> Check:
    """Who may read what is private: files, and the folders that dex makes for itself."""
    open_to_others, foreign = _open_to_others(patient)

    def mend() -> None:
        for one, mode in open_to_others:
            one.chmod(mode & ~_OTHERS)

    def told(others: Sequence[tuple[Path, int]], theirs: Sequence[str]) -> list[str]:
        return [*(f"{one} is open to others ({mode:o})" for one, mode in others), *theirs]

    return _check(
        "permissions", "yours alone", told(open_to_others, foreign), again=lambda: told(*_open_to_others(patient)),
        remedy="chown them to yourself" if foreign else "chmod them yourself",
        mend=mend if open_to_others else None, fix=patient.fix,
    )  # fmt: skip


def _open_to_others(patient: Patient) -> tuple[list[tuple[Path, int]], list[str]]:
    """What others may read, with its mode; and what is not ours, in words."""
    open_to_others, foreign = [], []
    for one in _private(patient.places, patient.environment):
        try:
            status = one.stat()
        except OSError:
            continue
        if status.st_uid != os.getuid():
            foreign.append(f"{one} belongs to somebody else")
        elif status.st_mode & _OTHERS:
            open_to_others.append((one, stat.S_IMODE(status.st_mode)))
    return open_to_others, foreign


def _private(places: Places, environment: Mapping[str, str]) -> Iterator[Path]:
    path = places.database
    for behind in ("", "-wal", "-shm", ".lock"):
        yield path.with_name(path.name + behind)
    folder = copies.folder_of(path)
    yield folder
    yield from copies.known(path)
    if places.config is not None and places.config.is_file():
        yield places.config
    if (logins := tokens.folder(environment)) is not None and logins.is_dir():
        yield logins
        yield from (one for one in logins.iterdir() if one.is_file() and not one.is_symlink())
    for own in (path.parent, places.config and places.config.parent, places.state):
        if own is not None and own.name == _OUR_FOLDER:
            yield own


def _leftovers(patient: Patient) -> list[Path]:
    """Temporary files of runs that are over: by their locks, their process, or their age."""
    found = copies.leftovers(patient.places.database)
    config = patient.places.config
    if config is not None and config.parent.is_dir():
        found += _of_dead_processes(config.parent.glob(f".{config.name}.*"))
    if (logins := tokens.folder(patient.environment)) is not None:
        found += _of_dead_processes(logins.glob(".*.json.*"))
    now = patient.call.now.timestamp()
    for one in Path(tempfile.gettempdir()).glob("dexcli-*"):
        with suppress(OSError):
            status = one.lstat()
            if status.st_uid == os.getuid() and now - status.st_mtime > _OLD and not one.is_symlink():
                found.append(one)
    return sorted(set(found))


def _of_dead_processes(files: Iterable[Path]) -> Iterator[Path]:
    """Those of temporary files, whose names end in the number of a process, of which that has ended."""
    for one in files:
        number = one.name.rpartition(".")[2]
        if number.isascii() and number.isdecimal() and not _runs(int(number)):
            yield one


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _remove(left: Sequence[Path]) -> None:
    import shutil

    for one in left:
        if one.is_dir():
            shutil.rmtree(one)
        else:
            one.unlink(missing_ok=True)


def _backups(path: Path, now: datetime) -> Check:
    known = copies.known(path, now.tzinfo)
    if not known:
        return _check("backups", "there is none yet", [], advice="dex backup")
    newest = known[-1]
    days = max(0, (now.date() - copies.made_at(newest, now.tzinfo).date()).days)
    age = {0: "today", 1: "yesterday"}.get(days, f"{days:,} days ago")
    return _check("backups", f"{len(known):,}, the newest of {age}: {newest.name}", [])
