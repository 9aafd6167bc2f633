"""What `history` and `undo` return."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class OperationInfo(Struct, frozen=True, kw_only=True):
    """One change, as the journal has it."""

    id: str
    """`o67`."""
    uid: str
    at: datetime
    origin: str
    """`hand`, `import`, `sync` or `mcp`."""
    command: str
    summary: str
    state: str
    """`running`, `done` or `undone`."""
    undoes: str | None
    undone_by: str | None
    undoable: bool = True
    """Whether there is a way back: false of a `forget`, and where all that it changed was forgotten."""


class History(Struct, frozen=True, kw_only=True):
    """Operations, newest first."""

    total: int
    operations: list[OperationInfo]


class UndoResult(Struct, frozen=True, kw_only=True):
    """An operation that was taken back."""

    operation: OperationInfo
    passed_over: list[OperationInfo]
    """Newer operations that a bare `undo` left alone."""
    done: str
    operation_id: str | None
    """Of the undo itself: undoing it restores the operation."""
    hint: str | None = None
    """Of a sync: how its mail comes back."""
