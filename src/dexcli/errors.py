"""Every way in which dex can fail: one exception family that carries exit code, stable code and hint."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What the process tells its caller. Scripts depend on these numbers: add, never change."""

    OK = 0
    """Everything asked for was done."""
    FAILURE = 1
    """It could not be done, for a reason that fits no other code."""
    USAGE = 2
    """The command line, or a file it names, cannot be understood."""
    UNEXPECTED = 3
    """A defect in dex: a crash report was written."""
    NOT_FOUND = 4
    """No person, interaction or operation of that name."""
    AMBIGUOUS = 5
    """Several people answer to that name; nothing was done."""
    SERVER = 6
    """Server, network or credentials: every account failed."""
    PARTIAL = 7
    """Something was skipped, everything else was kept."""
    LOCKED = 8
    """Another run holds the database."""
    DUE = 9
    """`--exit-code` was given and somebody is due."""
    HUNG_UP = 129
    """The terminal was closed (SIGHUP)."""
    INTERRUPTED = 130
    """Interrupted, or nothing was chosen in a picker."""
    TERMINATED = 143
    """The system asked the program to end (SIGTERM)."""


class DexError(Exception):
    """A failure that a person can act on.

    `message` says what is wrong and names the place, `hint` the remedy; `code` is stable for
    scripts; `candidates` are JSON-ready objects to choose from.
    """

    exit_code: ExitCode = ExitCode.FAILURE
    code: str = "failure"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        candidates: list[Any] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.candidates = candidates or []
        if code is not None:
            self.code = code


class UsageError(DexError):
    """Bad input: an unreadable date, an empty name, an unknown option value."""

    exit_code = ExitCode.USAGE
    code = "usage"


class FormatError(UsageError):
    """A file that no importer recognises, or that several do."""

    code = "format"


class NotFoundError(DexError):
    """Nobody and nothing answers to the given name or id."""

    exit_code = ExitCode.NOT_FOUND
    code = "not_found"


class AmbiguousError(DexError):
    """Several people answer to the given name: the caller has to choose."""

    exit_code = ExitCode.AMBIGUOUS
    code = "ambiguous"


class StoreError(DexError):
    """The database cannot be used: not a database, newer schema, read-only, full disk."""

    code = "database"


class LockedError(StoreError):
    """Another writer held the database, or the configuration, for longer than this command waits."""

    exit_code = ExitCode.LOCKED
    code = "locked"


class ServerError(DexError):
    """A server cannot be used: not reached, hung up, refused us, or answers what makes no sense."""

    exit_code = ExitCode.SERVER
    code = "server"


class NetworkError(ServerError):
    """No connection, or one that broke: trying again later may help, and `sync --tolerate` waits for that."""

    code = "network"


class CredentialsError(ServerError):
    """A server does not take the user name, password or token, or there is none to offer."""

    code = "credentials"


class UndoConflictError(DexError):
    """A later operation depends on what should be undone."""

    code = "undo_conflict"


class StaleDraftError(DexError):
    """A draft was made of another source, or against another state of the people it speaks of."""

    code = "stale_draft"


class Ended(BaseException):
    """The system ends the program by a signal; no reader of bad input may take it for its own."""

    def __init__(self, exit_code: ExitCode) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class CancelledError(DexError):
    """The user pressed Ctrl-C or chose nothing."""

    exit_code = ExitCode.INTERRUPTED
    code = "interrupted"
