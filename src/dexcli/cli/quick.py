"""What a prompt or a key press asks, answered before Typer is imported, as far as that is possible."""

from __future__ import annotations

import os
from collections.abc import Iterator

VALUED = ("--db", "--config", "--color", "--as-of")
"""Shared options that take a value."""
FLAGS = (
    *("-q", "--quiet", "-v", "--verbose", "--json", "--jsonl", "--plain", "--dry-run"),
    *("-e", "--edit", "--theirs", "--deceased"),
)
"""Options behind which a person can be named."""
PERSON = frozenset({
    "show", "log", "edit", "rm", "archive", "unarchive", "ignore", "unignore", "snooze", "unsnooze", "remind",
    "timeline", "forget", "open", "call",
})  # fmt: skip
"""Commands whose first word names a person."""
PERSONS = frozenset({"tag", "cadence", "mail"})
"""Commands whose every word may name a person."""


def count(arguments: list[str]) -> int | None:
    """How many people are due, for `due --count` with nothing or `--db FILE` behind it; None: ask the whole program."""
    if arguments and not (len(arguments) == 2 and arguments[0] == "--db"):  # noqa: PLR2004 - the option and its value
        return None
    from datetime import date
    from time import strftime

    from dexcli.config import paths
    from dexcli.store import quick

    try:
        today = date.fromisoformat(os.environ.get("DEXCLI_NOW") or strftime("%Y-%m-%d")).isoformat()
    except ValueError:  # a moment, or a mistake
        return None
    path = paths.database(arguments[1] if arguments else None, os.environ)
    if path is None:
        return None
    return quick.due_count(path, today, paths.stamp(paths.config(None, os.environ)))


def offers(line: str) -> str:
    """Complete the last of the words behind `dex`, which tabs separate: lines of a word, a tab, and what it means.

    Never an error, and never a file that was not there.
    """
    *before, word = line.encode(errors="replace").decode().split("\t")
    found = _offers(before, word.lstrip("\"'").replace("\\", ""))
    return "".join(f"{offer}\t{_printable(meaning)}\n" for offer, meaning in found)


def _offers(before: list[str], word: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(before) and before[at].startswith("-"):
        at += 2 if before[at] in VALUED else 1
    command, rest = (before[at], before[at + 1 :]) if at < len(before) else (None, before)
    last = rest[-1] if rest else ""
    if last in ("--with", "--without"):
        others, comma, beginning = word.rpartition(",")
        for handle, name in _people(before, beginning):
            yield others + comma + handle, name
    elif word.startswith("-"):
        yield from _options(command, word)
    elif command is None or (command in ("help", "schema") and not rest):
        if last not in VALUED:
            yield from _commands(word)
    elif last.startswith("-") and last not in FLAGS:
        return  # the value of an option
    elif command in PERSONS or (command in PERSON and (not rest or rest[0].startswith("-"))):
        yield from _people(before, word)


def _people(before: list[str], beginning: str) -> list[tuple[str, str]]:
    from dexcli.config import paths
    from dexcli.store import quick

    named = before[before.index("--db") + 1] if "--db" in before[:-1] else None
    path = paths.database(named and os.path.expanduser(named), os.environ)  # noqa: PTH111 - pathlib is slow to load
    if not beginning.isascii():
        from dexcli.domain.names import fold

        beginning = fold(beginning)
    return quick.handles(path, beginning) if path else []


def _commands(beginning: str) -> Iterator[tuple[str, str]]:
    from dexcli.cli.table import COMMANDS

    return ((name, entry.help) for name, entry in COMMANDS.items() if name.startswith(beginning))


def _options(command: str | None, beginning: str) -> Iterator[tuple[str, str]]:
    from dexcli.cli.app import application, load
    from dexcli.cli.table import COMMANDS

    program = load(command) if command in COMMANDS else application()
    for option in program.params:
        for name in option.opts:
            if name.startswith("--") and name.startswith(beginning):
                yield name, getattr(option, "help", None) or ""


def _printable(text: str) -> str:
    """A text without anything that a terminal obeys."""
    return "".join(character for character in text if character.isprintable())
