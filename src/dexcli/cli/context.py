"""One run of the program: the clock, the paths, the connection, and how a result is shown."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dexcli.cli import locales
from dexcli.cli.options import Shared
from dexcli.cli.zone import LocalZone
from dexcli.config import paths
from dexcli.errors import UsageError
from dexcli.services.invocation import Invocation
from dexcli.store import connection
from dexcli.store.settings import DueSettings, config_stamp, due_settings

if TYPE_CHECKING:
    from dexcli.config.settings import Settings
    from dexcli.results.timeline import Timeline
    from dexcli.store.connection import Connection


PATIENCE = 30.0
"""Seconds for which long work, and what cron runs, waits for another writer."""


class Dex:
    """What a command needs of the world."""

    def __init__(self) -> None:
        self.shared = Shared()
        self.command = ""
        self.warnings: list[str] = []
        self.day: date | None = None
        """The day that the shown result is about, where it is neither today nor `--as-of`."""
        self._settings: Settings | None = None

    @staticmethod
    def of(ctx: typer.Context) -> Dex:
        """The run that a command belongs to."""
        dex: Dex = ctx.find_root().obj
        return dex

    # -- the world -------------------------------------------------------------------------------------

    @property
    def db(self) -> Path:
        """The database."""
        return _found(paths.database(_text(self.shared.db), os.environ), "DEXCLI_DB")

    @property
    def config(self) -> Path:
        """The configuration file."""
        return _found(paths.config(_text(self.shared.config), os.environ), "DEXCLI_CONFIG")

    @property
    def places(self) -> tuple[Path, Path | None]:
        """The database, and the configuration file where it has a place: a home directory need not exist."""
        config = paths.config(_text(self.shared.config), os.environ)
        return self.db, None if config is None else Path(config)

    @property
    def config_stamp(self) -> str:
        """The state of the configuration file; empty where there is none."""
        return paths.stamp(paths.config(_text(self.shared.config), os.environ))

    @property
    def settings(self) -> Settings:
        """The settings in force; all defaults where there is no file."""
        if self._settings is None:
            from dexcli.config.settings import Settings, load

            self._settings = load(self.config) if self.config_stamp else Settings()
        return self._settings

    @functools.cached_property
    def now(self) -> datetime:
        """This moment in the home zone: the one place where the clock is read."""
        zone: tzinfo | None = None
        local = LocalZone()
        if self.config_stamp and self.settings.dates_timezone:
            from zoneinfo import ZoneInfo

            zone = ZoneInfo(self.settings.dates_timezone)
        told = os.environ.get("DEXCLI_NOW")
        if not told:
            now = datetime.now().astimezone(zone)  # noqa: TID251 - the only clock
            return now.replace(tzinfo=zone or local)
        try:
            moment = datetime.fromisoformat(told)
            if moment.tzinfo is not None:
                return moment if zone is None else moment.astimezone(zone)
            return moment.astimezone(zone).replace(tzinfo=zone or local)
        except (ValueError, OverflowError) as error:
            what = "beyond the calendar here" if told[:4] in ("0001", "9999") else "not a moment"
            raise UsageError(f"DEXCLI_NOW is {told!r}, {what}", hint="2026-03-08T09:00:00+01:00") from error

    @property
    def today(self) -> date:
        """The local day, or the one that `--as-of` names."""
        if self.shared.as_of is None:
            return self.now.date()
        return self.call().read_date(self.shared.as_of, "past")

    def call(self) -> Invocation:
        """What the services are told about this run."""
        values = self.settings
        return Invocation(
            settings=DueSettings(lead=values.due_lead, cadence=values.due_cadence, limit=values.due_limit),
            now=self.now,
            command=self.command,
            region=values.phone_region or locales.region_of(locales.name()),
            date_order=values.dates_order,
            language=locales.language_of(locales.name()),
            dry_run=bool(self.shared.dry_run),
        )

    def reading_call(self) -> Invocation:
        """The same for a reading command, on the day of `--as-of`."""
        call = self.call()
        if self.shared.as_of is None:
            return call
        import msgspec

        day = self.today
        return msgspec.structs.replace(call, now=call.now.replace(year=day.year, month=day.month, day=day.day))

    def due_settings(self, conn: Connection) -> DueSettings:
        """What the due list depends on: from the database, unless the configuration has changed since."""
        return due_settings(conn) if config_stamp(conn) == self.config_stamp else self.call().settings

    # -- the database ----------------------------------------------------------------------------------

    def _tell_paths(self) -> None:
        if self.shared.verbose:
            self.note(f"database {self.db}" + ("" if self.db.exists() else " (not there yet)"))
            place = self.places[1] or "have no place without a home directory"
            self.note(f"settings {place}" + ("" if self.config_stamp else " (none: all as they come)"))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that cannot write."""
        self._tell_paths()
        conn = connection.open_for_reading(self.db)
        try:
            with connection.errors_of(self.db):
                yield conn
        finally:
            conn.close()

    @contextmanager
    def writing(self, *, wait: float = connection.SECONDS_TO_WAIT) -> Iterator[Connection]:
        """A connection that may write, in line with the configuration.

        On `--dry-run` the one transaction of the command is rolled back; nothing else is written either.
        """
        if not self.shared.dry_run:
            opened: AbstractContextManager[Connection] = closing(connection.open_for_writing(self.db, wait=wait))
        elif self._is_up_to_date():
            opened = connection.open_for_trying(self.db)
        else:
            opened = connection.private_copy(self.db)
        with self._adopted(opened) as conn:
            yield conn

    @contextmanager
    def importing(self) -> Iterator[Connection]:
        """A connection for long work: one such run at a time, while shell commands get their turn between batches."""
        if self.shared.dry_run:
            with self._adopted(connection.private_copy(self.db)) as conn:
                yield conn
            return
        with connection.sole_run(self.db, wait=PATIENCE), self.writing(wait=PATIENCE) as conn:
            yield conn

    @contextmanager
    def drafting(self) -> Iterator[Connection]:
        """A throw-away copy on which it is tried what an import would do."""
        with self._adopted(connection.private_copy(self.db)) as conn:
            yield conn

    @contextmanager
    def undoing(self) -> Iterator[Connection]:
        """A connection for what may take long in one transaction; tried on a copy, so that nobody waits for a try."""
        if self.shared.dry_run:
            with self._adopted(connection.private_copy(self.db)) as conn:
                yield conn
            return
        with connection.announced(self.db, "an undo, which may take a minute"), self.writing() as conn:
            yield conn

    @contextmanager
    def erasing(self) -> Iterator[Connection]:
        """A connection for what is not to be mixed with a long run, which remembers people between its batches."""
        if self.shared.dry_run:
            with self._adopted(connection.private_copy(self.db)) as conn:
                yield conn
            return
        with connection.sole_run(self.db, wait=PATIENCE, what="an erasure"), self.writing(wait=PATIENCE) as conn:
            yield conn

    @contextmanager
    def _adopted(self, opened: AbstractContextManager[Connection]) -> Iterator[Connection]:
        """Bring a database in line with the configuration."""
        self._tell_paths()
        with opened as conn, connection.errors_of(self.db):
            if config_stamp(conn) != self.config_stamp:
                from dexcli.services.setup import adopt

                for warning in adopt(conn, self.call(), self.settings, self.config_stamp, self.places[1]):
                    self.warn(warning)
            yield conn

    def _is_up_to_date(self) -> bool:
        """Whether a command would find nothing to do in the database but its own work."""
        if not connection.is_current(self.db):
            return False
        with closing(connection.open_for_reading(self.db)) as conn:
            return config_stamp(conn) == self.config_stamp

    # -- output ----------------------------------------------------------------------------------------

    @property
    def json(self) -> bool:
        """Whether the answer is for a program."""
        return bool(self.shared.json or self.shared.jsonl)

    @property
    def for_a_person(self) -> bool:
        """Whether the answer is shown on a terminal, for reading."""
        return not (self.json or self.shared.plain) and (sys.stdout.isatty() or self.shared.color == "always")

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer a question."""
        return self.for_a_person and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def ask_secret(self) -> Callable[[str], str] | None:
        """Asks at the terminal for what is not to be seen there; None where nobody is there."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return None
        from getpass import getpass

        from dexcli.render.text import harmless

        return lambda question: getpass(harmless(question))

    def show(self, result: object) -> None:
        """Write a result to stdout in the form that was asked for."""
        from dexcli.cli.output import page, write

        if self.shared.jsonl:
            from dexcli.render import envelope

            write(line + "\n" for line in envelope.lines(result))
        elif self.shared.json:
            from dexcli.render import envelope

            write([envelope.document(self.command, result, self.warnings) + "\n"])
        elif self.for_a_person:
            page([line + "\n" for line in self.screen(result)])
        else:
            from dexcli.render import plain

            write(line + "\n" for line in plain.lines(result))
            done, operation = getattr(result, "done", None), getattr(result, "operation_id", None)
            undo = getattr(result, "undo", None) or ([f"dex undo {operation}"] if operation else [])
            if done:
                self.note(done + (f"; undo: {', '.join(undo)}" if undo else ""))
        if self.shared.dry_run and not (self.for_a_person and hasattr(result, "report")):
            self.note("dry run: nothing was changed")

    def show_parts(self, parts: Iterator[Timeline]) -> None:
        """Write a timeline that comes in parts as if it were one result, without keeping it."""
        from dexcli.cli.output import page, write

        if self.for_a_person:
            from dexcli.render import table

            page(line + "\n" for line in table.lines_of_parts(parts, **self._look()))
            return
        if self.json:
            from dexcli.render import envelope

            if not self.shared.jsonl:
                write(envelope.document_of_parts(self.command, parts, self.warnings))
                return
            rows = (line for part in parts for line in envelope.lines(part))
        else:
            from dexcli.render import plain

            rows = (line for part in parts for line in plain.lines(part))
        write(line + "\n" for line in rows)

    def screen(self, result: object) -> Iterator[str]:
        """The lines of a result for a person at this terminal."""
        from dexcli.render import table

        return table.lines(result, **self._look())

    def _look(self) -> dict[str, Any]:
        return {
            "today": self.day or self.today,
            "width": _width(),
            "color": self._colored(),
            "ascii": _ascii(),
        }

    def text(self, lines: Sequence[str]) -> None:
        """Write plain text to stdout, whatever the form."""
        from dexcli.cli.output import page

        page([f"{line}\n" for line in lines])

    def data(self, pieces: Iterable[bytes]) -> None:
        """Write a file to stdout as it is, as it comes."""
        from dexcli.cli.output import write_bytes

        write_bytes(pieces)

    def warn(self, text: str) -> None:
        """Say something that a program may want to know: in the document, or on stderr."""
        self.warnings.append(text)
        if not self.json:
            self.note(text)

    def note(self, text: str) -> None:
        """Say something on stderr, unless told to be quiet."""
        if not self.shared.quiet:
            self.complain(text)

    def complain(self, text: str, hint: str | None = None) -> None:
        """Say on stderr what went wrong with a part, while the rest was done."""
        from dexcli.cli.output import complaint, remedy
        from dexcli.render.text import harmless

        sys.stderr.write("\n".join([*complaint(harmless(text)), *remedy(hint)]) + "\n")

    def _colored(self) -> bool:
        if self.shared.color in ("always", "never"):
            return self.shared.color == "always"
        return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _found(path: str | None, variable: str) -> Path:
    if path is None:
        raise UsageError(
            f"there is no home directory (HOME is not set), and {variable} is not set", hint=f"set {variable}"
        )
    return Path(path)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _width() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _ascii() -> bool:
    return (sys.stdout.encoding or "ascii").lower().replace("-", "") not in ("utf8", "utf16", "utf32")
