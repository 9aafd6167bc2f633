"""What was changed, and taking it back."""

from __future__ import annotations

from dexcli.errors import NotFoundError, UndoConflictError
from dexcli.results.history import History, OperationInfo, UndoResult
from dexcli.services.invocation import Invocation
from dexcli.store import claims, tags
from dexcli.store import history as store
from dexcli.store.connection import Connection
from dexcli.store.history import FORGET
from dexcli.store.journal import DependedUponError, Operation, operation
from dexcli.store.undo import dependants, says_something, spoken_of, take_back


def history(conn: Connection, *, limit: int) -> History:
    """The latest operations, newest first; 0 is all."""
    return History(total=store.total(conn), operations=store.operations(conn, limit))


def show(conn: Connection, operation_id: int) -> History:
    """One operation."""
    found = store.operation_of(conn, operation_id)
    if found is None:
        raise NotFoundError(f"there is no operation o{operation_id}", hint="dex history lists them")
    return History(total=1, operations=[found])


def undo(conn: Connection, call: Invocation, operation_id: int | None) -> UndoResult:
    """Take back an operation; None takes the latest one made by hand.

    Undoing an undo restores what it took back. Raises UndoConflictError where a later operation depends on it.
    """
    try:
        with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
            target, passed = _target(op, operation_id)
            number = int(target.id[1:])
            later = dependants(conn, number)
            if later:
                raise _conflict(conn, target, later)
            take_back(op, number)
            if says_something(conn, number):
                for person_id in spoken_of(op):
                    claims.settle_all(op, person_id)
                    tags.settle(op, person_id)
                claims.reown_all(op)
            op.summary = f"undid {target.id}: {target.summary or target.command}"
    except DependedUponError as error:
        raise _conflict(conn, target, error.operation_ids) from error
    taken_back = store.operation_of(conn, number)
    return UndoResult(
        operation=taken_back or target,
        passed_over=passed,
        done=op.summary,
        hint=_to_have_it_again(target) if target.origin == "sync" and store.brought_history(conn, number) else None,
        operation_id=op.ref,
    )


def _to_have_it_again(sync: OperationInfo) -> str:
    """A sync that has ended is not repeated by itself: what was taken back would return with the next one of cron."""
    if sync.state == "running":
        return "it was not finished: the next dex sync reads this mail again"
    return "dex sync passes this mail over from now on; to have it again: dex sync --full"


def _target(op: Operation, operation_id: int | None) -> tuple[OperationInfo, list[OperationInfo]]:
    """The operation that `op` is to take back, and the newer ones that are passed over."""
    if operation_id is None:
        latest, passed = store.latest_to_undo(op.conn, op.id)
        if latest is None:
            raise NotFoundError("there is nothing to undo", hint="dex history shows what was done")
        _refuse_forgotten(op.conn, latest)
        return latest, passed
    target = store.operation_of(op.conn, operation_id) if operation_id < op.id else None
    if target is None:
        raise NotFoundError(f"there is no operation o{operation_id}", hint="dex history lists them")
    if target.state == "undone":
        raise UndoConflictError(f"{target.id} is undone already", hint=f"dex undo {target.undone_by} would restore it")
    _refuse_forgotten(op.conn, target)
    return target, []


def _refuse_forgotten(conn: Connection, target: OperationInfo) -> None:
    """Refuse what took somebody away for good, and what changed nothing but what was theirs."""
    if target.command == FORGET:
        before, _ = store.latest_to_undo(conn, int(target.id[1:]))
        hint = f"dex undo {before.id} takes back the change before it" if before else None
        raise UndoConflictError(f"{target.id} cannot be undone: who was forgotten is gone for good", hint=hint)
    if not store.remembers(conn, int(target.id[1:])):
        raise UndoConflictError(
            f"{target.id} cannot be undone: all that it changed was forgotten", hint="dex history lists what can be"
        )


def _conflict(conn: Connection, target: OperationInfo, later: list[int]) -> UndoConflictError:
    names = []
    for number in later:
        other = store.operation_of(conn, number)
        names.append(f"o{number} ({other.summary or other.command})" if other else f"o{number}")
    return UndoConflictError(
        f"{target.id} cannot be undone: {' and '.join(names)} depend{'s' if len(names) == 1 else ''} on it",
        hint=f"undo the later one first: dex undo o{later[-1]}",
    )
