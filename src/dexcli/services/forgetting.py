"""Erasing a person for good."""

from __future__ import annotations

import shlex
from pathlib import Path

from dexcli.domain import identifiers
from dexcli.domain.names import fold
from dexcli.errors import NotFoundError, StoreError, UsageError
from dexcli.results.people import PersonBrief
from dexcli.results.upkeep import ForgetReport, ForgetResult
from dexcli.services.invocation import Invocation
from dexcli.store import forgetting as store
from dexcli.store import people
from dexcli.store.connection import Connection, errors_of, path_of


def refuse_inexact(conn: Connection, call: Invocation, person_id: int, text: str) -> None:
    """Refuse the beginning of a name where nobody was asked: what cannot be taken back is not guessed."""
    person = people.full(conn, [person_id])[0]
    exact = {str(person.id), person.uid, *map(fold, (person.handle, person.name, *person.aliases))}
    if fold(text) not in exact and identifiers.recognise(text, call.region) is None:
        raise UsageError(f"{text!r} is only a part of {person.name}", hint=f"dex forget {person.handle} --yes")


def who(conn: Connection, person_id: int) -> PersonBrief:
    """Who is about to be forgotten."""
    return people.brief(conn, person_id)


_SHORTEST = 3
"""Letters of a word that is worth a search."""


def _searches(name: str) -> list[str]:
    """What finds texts with one word of a name alone: whom they mean nobody can tell but who reads them."""
    words = [word for word in dict.fromkeys(name.split()) if sum(map(str.isalnum, word)) >= _SHORTEST]
    return [f"dex search {shlex.quote(word)}" for word in words] if len(name.split()) > 1 else []


def forget(conn: Connection, call: Invocation, path: Path, one: PersonBrief, *, wait: float) -> ForgetResult:
    """Erase a person, cut the history to what concerns others, and write the file anew without rests of them.

    Waits so many seconds for others to close the log. Raises NotFoundError where somebody was faster.
    """
    name = one.name
    with store.for_good(conn, now=call.now, dry_run=call.dry_run) as op:
        row = people.row_of(conn, one.id)
        if row is None or row["uid"] != one.uid:
            raise NotFoundError(f"{name} is not there any more", hint="dex history tells why")
        uids, addresses = store.traces(conn, one.id)
        erased = store.erase(op, one.id)
        entries = "1 entry" if erased.interactions == 1 else f"{erased.interactions:,} entries"
        op.summary = f"forgot a person for good, and {entries}"
    scrubbed = False
    if not call.dry_run:
        try:
            with errors_of(path_of(conn)):
                scrubbed = store.scrub(conn, wait=wait)
        except StoreError as error:
            error.hint = f"{name} is forgotten, but rests are still in the file: make room, then dex doctor --fix"
            raise
    return ForgetResult(
        report=ForgetReport(
            dry_run=call.dry_run,
            person=name,
            interactions=erased.interactions,
            kept_interactions=erased.kept_interactions,
            operations=erased.operations,
            mentions=erased.mentions,
            backups=[str(one) for one in store.holding(path, uids, addresses)],
            searches=_searches(name),
            erased_bytes=scrubbed,
        ),
        done=f"{'would forget' if call.dry_run else 'forgot'} {name} and {entries}, for good",
    )
