"""What was changed, and what was taken back."""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.render.layout import STACKED, Line, Look, Piece, paragraph, stack, table, undo
from dexcli.render.text import day, harmless
from dexcli.results.history import History, OperationInfo, UndoResult


def history(result: History, look: Look) -> Iterator[Line]:
    """The latest changes, or one of them in full."""
    if not result.operations:
        yield [("Nothing has been changed yet.", "")]
        return
    if result.total == 1:
        (id_, when, (what, _), (state, _)) = _operation(result.operations[0], look)
        yield [id_, ("  ", ""), when, (f"  {state}" if state else "", "dim")]
        yield from paragraph(what, look)
        return
    rows = [_operation(one, look) for one in result.operations]
    if look.width < STACKED:
        yield from stack(
            (((f"{id_}  {when}", "dim"), state, [[what]]) for (id_, _), (when, _), what, state in rows),
            look,
        )
    else:
        yield from table(("Id", "When", "What", ""), rows, look)
    earlier = result.total - len(result.operations)
    if earlier > 0:
        yield [(f"and {earlier:,} earlier: --limit 0 for all", "dim")]


def _operation(operation: OperationInfo, look: Look) -> list[Piece]:
    state = "" if operation.state == "done" else harmless(operation.state)
    if operation.undone_by is not None:
        state += f" by {harmless(operation.undone_by)}"
    elif not operation.undoable:
        state = "for good"
    return [
        (harmless(operation.id), ""),
        (f"{day(operation.at.date(), look.today)} {operation.at:%H:%M}", "dim"),
        (harmless(operation.summary or operation.command), "dim" if state else ""),
        (state, "dim"),
    ]


def undone(result: UndoResult, look: Look) -> Iterator[Line]:
    """What was taken back, and what was passed over on the way."""
    yield from paragraph(harmless(result.done), look)
    for newer in result.passed_over:
        yield from paragraph(f"left alone: {harmless(newer.id)} {harmless(newer.summary)}", look, "dim")
    if result.hint:
        yield from paragraph(harmless(result.hint), look, "dim")
    yield from undo(result.operation_id)
