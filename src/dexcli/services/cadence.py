"""How often people want to be heard of."""

from __future__ import annotations

from collections.abc import Sequence

from dexcli.domain.cadence import parse_cadence
from dexcli.domain.dates import in_full
from dexcli.results.people import PeopleResult
from dexcli.services.invocation import Invocation
from dexcli.store import people
from dexcli.store.connection import Connection
from dexcli.store.journal import Operation, operation


def set_cadence(conn: Connection, call: Invocation, person_ids: Sequence[int], text: str) -> PeopleResult:
    """Give people a cadence; where they are many, their first dates are spread over it."""
    cadence = parse_cadence(text)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        for person_id in person_ids:
            give_cadence(op, person_id, cadence.text, spread=len(person_ids) > 1)
        op.derive()
        briefs = people.briefs(conn, person_ids)
        who = briefs[person_ids[0]].name if len(person_ids) == 1 else f"{len(person_ids)} people"
        op.summary = f"{who}: {cadence.words}"
        if len(person_ids) == 1:
            due = people.full(conn, person_ids)[0].next_due_on
            op.summary += f", next on {in_full(due)}" if due else ""
    return PeopleResult(items=[briefs[id_] for id_ in person_ids], done=op.summary, operation_id=op.ref)


def give_cadence(op: Operation, person_id: int, cadence: str | None, *, spread: bool = False) -> None:
    """Write a person's cadence, from today on, or take it off; `spread` does not ask for everybody at once."""
    before = people.row_of(op.conn, person_id)
    if before is not None and before["cadence"] == cadence:
        return
    op.update(
        "person",
        person_id,
        cadence=cadence,
        cadence_set_on=None if cadence is None else op.today.isoformat(),
        cadence_spread=int(spread),
    )
    op.touch(person_id)
