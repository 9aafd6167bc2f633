"""What was changed, and taking it back."""

from __future__ import annotations

from msgspec import structs

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
    """Take back an operation; None takes the latest one that was typed, or imported.

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
    except _ForGoodError as error:
        raise _for_good(conn, call, error.operation) from error
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
        _refuse_forgotten(latest)
        return latest, passed
    target = store.operation_of(op.conn, operation_id) if operation_id < op.id else None
    if target is None:
        raise NotFoundError(f"there is no operation o{operation_id}", hint="dex history lists them")
    if target.state == "undone":
        by = None if target.undone_by is None else store.operation_of(op.conn, int(target.undone_by[1:]))
        forgotten = by is not None and not by.undoable
        raise UndoConflictError(
            f"{target.id} is undone already" + (", and what it said was forgotten" if forgotten else ""),
            hint=f"dex undo {by.id} would restore it"
            if by is not None and by.undoable
            else "dex history lists what can be undone",
        )
    _refuse_forgotten(target)
    return target, []


class _ForGoodError(Exception):
    """There is no way back of an operation."""

    def __init__(self, operation: OperationInfo) -> None:
        super().__init__(operation.id)
        self.operation = operation


def _refuse_forgotten(target: OperationInfo) -> None:
    """Refuse what took somebody away for good, and what changed nothing but what was theirs."""
    if not target.undoable:
        raise _ForGoodError(target)


LOOKED_AT = 50
"""Operations before one that cannot be undone among which one is looked for that can."""
TRIES = 3
"""Operations of which it is tried whether they can be undone, to word a hint."""
TRIED = 10_000
"""Rows that an operation may have changed to be tried whether it can be undone."""


def _for_good(conn: Connection, call: Invocation, target: OperationInfo) -> UndoConflictError:
    """What to say of an operation without a way back: why, what else has none, and what can be undone in its place."""
    if target.command != FORGET:
        return UndoConflictError(
            f"{target.id} cannot be undone: all that it changed was forgotten",
            hint="dex history says what else cannot be",
        )
    neither = []
    offered = None
    tries = 0
    for one in store.typed_before(conn, int(target.id[1:]), LOOKED_AT):
        if not one.undoable:
            neither.append(one.id)
            continue
        tries += 1
        if _can_be_undone(conn, call, one):
            offered = one
            break
        if tries == TRIES:
            break
    lines = []
    if neither:
        lines.append(f"nor can {_listed(neither)}: dex history tells what is for good")
    if offered is not None:
        lines.append(f"dex undo {offered.id} takes back the change before: {offered.summary or offered.command}")
    return UndoConflictError(
        f"{target.id} cannot be undone: who was forgotten is gone for good",
        hint="\n".join(lines) or "dex history lists what can be undone",
    )


def _listed(names: list[str]) -> str:
    shown = names[:5]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _can_be_undone(conn: Connection, call: Invocation, target: OperationInfo) -> bool:
    """Whether an undo of it would go through, which is tried; one that takes long is not."""
    number = int(target.id[1:])
    if store.extent(conn, number) > TRIED:
        return False
    try:
        undo(conn, structs.replace(call, dry_run=True), number)
    except UndoConflictError:
        return False
    return True


def _conflict(conn: Connection, target: OperationInfo, later: list[int]) -> UndoConflictError:
    names = []
    for number in later:
        other = store.operation_of(conn, number)
        names.append(f"o{number} ({other.summary or other.command})" if other else f"o{number}")
    return UndoConflictError(
        f"{target.id} cannot be undone: {' and '.join(names)} depend{'s' if len(names) == 1 else ''} on it",
        hint=f"undo the later one first: dex undo o{later[-1]}",
    )
