"""The error boundary: every failure ends here, as one message on stderr and one exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import typer
from typer.exceptions import TyperException

from dexcli.cli.context import Dex
from dexcli.errors import CancelledError, DexError, Ended, ExitCode, UsageError


def guarded(program: Callable[[], int], dex: Dex, *, json: bool) -> int:
    """Run the program; whatever it raises becomes a message and an exit code."""
    _end_in_order()
    try:
        return program()
    except DexError as error:
        return _show(error, json=json)
    except typer.Exit as error:
        return int(error.exit_code)
    except TyperException as error:
        return _show(_usage(error, dex), json=json)
    except Ended as ended:
        return _show_end(ended, json=json)
    except (KeyboardInterrupt, typer.Abort):
        return _show(CancelledError("interrupted"), json=json)
    except SystemExit:  # Typer's answer to a reader that has left, as `head` does: there is nothing more to say
        return ExitCode.OK
    except UnicodeEncodeError:
        return _show(UsageError("an argument is no text in this locale", hint="run dex with LC_ALL=C.UTF-8"), json=json)
    except OverflowError as error:  # of a date, or of SQLite's integers, as they were typed
        too_large = UsageError("a number is too large, or a day lies beyond the year 9999")
        return _show(_damage(error, dex) or too_large, json=json)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _show(DexError(f"{place}{error.strerror or error}", code="system"), json=json)
    except Exception as error:  # noqa: BLE001 - the last boundary
        return _show(_damage(error, dex) or _unexpected(error), json=json)


_ENDS = {signal.SIGHUP: ExitCode.HUNG_UP, signal.SIGTERM: ExitCode.TERMINATED}


def _end_in_order() -> None:
    """Make an exception of the signals that end a program, so that temporary files go and transactions are undone.

    What was started with a signal ignored, as `nohup` does, goes on ignoring it.
    """

    def end(number: int, _: object) -> None:
        for one in _ENDS:  # a second one is not to disturb the tidying up
            signal.signal(one, signal.SIG_IGN)
        raise Ended(_ENDS[signal.Signals(number)])

    for one in _ENDS:
        if signal.getsignal(one) is signal.SIG_DFL:
            signal.signal(one, end)


def _show_end(ended: Ended, *, json: bool) -> int:
    error = CancelledError("ended by a signal: nothing was left half done")
    error.exit_code = ended.exit_code
    with suppress(OSError):  # the terminal may be gone
        _show(error, json=json)
    return ended.exit_code


def _show(error: DexError, *, json: bool) -> int:
    if json:
        from dexcli.render import envelope

        sys.stderr.write(envelope.error(error) + "\n")
        return int(error.exit_code)
    from dexcli.cli.output import complaint, remedy
    from dexcli.render.text import harmless

    lines = complaint(error.message)
    for candidate in error.candidates:
        detail = f"  {candidate['detail']}" if candidate.get("detail") else ""
        lines.append(f"  {candidate['id']:>5}  {harmless(candidate['handle'])}  {harmless(candidate['name'] + detail)}")
    sys.stderr.write("\n".join([*lines, *remedy(error.hint)]) + "\n")
    return int(error.exit_code)


def _usage(error: TyperException, dex: Dex) -> UsageError:
    message = error.format_message().rstrip(".")
    command = f"dex {dex.command}" if dex.command else "dex"
    context = getattr(error, "ctx", None)
    if context is not None:
        command = context.command_path
    return UsageError(message[:1].lower() + message[1:], hint=f"{command} --help")


def _damage(error: Exception, dex: Dex) -> DexError | None:
    """What a damaged database has to do with an error: values that nobody wrote may raise anything, anywhere."""
    from dexcli.store import damage

    with suppress(DexError, OSError):
        return damage.behind(error, dex.db)
    return None


def _unexpected(error: Exception) -> DexError:
    """A defect: write a report that holds places in the code and no values, and say where it is."""
    from dexcli import __version__
    from dexcli.config import paths

    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"dex {__version__}, Python {sys.version.split()[0]}, {sys.platform}", type(error).__qualname__]
    lines += [f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames]
    folder = paths.state(os.environ)
    shown = DexError(f"this is a defect in dex ({type(error).__name__})", code="unexpected")
    shown.exit_code = ExitCode.UNEXPECTED
    try:
        if folder is None:
            raise OSError  # noqa: TRY301 - shown on stderr instead
        report = Path(folder) / "crash.txt"
        report.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(report, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
        shown.hint = f"the report holds nothing personal: {report}"
    except OSError:
        shown.hint = "\n".join(lines)
    return shown
