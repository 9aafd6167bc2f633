"""`dex account add [NAME] ADDRESS`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dexcli.cli import consent
from dexcli.cli.context import Dex
from dexcli.domain import account_types
from dexcli.domain.account_types import TYPES, AccountType
from dexcli.errors import UsageError
from dexcli.services import accounts

_NO_KEYS = ("kind", "folder", "discover", "force")
"""Options that are not in the table of the account under their own names."""


def run(dex: Dex, words: list[str], options: Mapping[str, Any]) -> None:
    """Write an account into the settings."""
    kind = _type(options.get("kind", "imap"))
    given = {key: value for key, value in options.items() if key not in _NO_KEYS}
    call = dex.call()
    if "folder" in options:
        given[account_types.parts_key(kind) or "folders"] = options["folder"]
    if "path" in given:
        given["path"] = str(given["path"].expanduser().absolute())
    for which in ("password", "token"):
        if f"{which}_command" in given:
            given[f"{which}_command"] = _words(which, given[f"{which}_command"])
    if "since" in given:
        given["since"] = call.read_date(given["since"], "past")
    if "ca_file" in given:
        given["ca_file"] = _certificates(given["ca_file"])
    name, address = _whose(words, kind)
    result = accounts.add(
        *(dex.writing, call, dex.config, name, address, given, os.environ),
        kind=kind,
        force="force" in options,
        consent=consent.of(dex, chosen="discover" in options),
    )
    dex.show(result)


def _type(told: str) -> AccountType:
    if not account_types.is_type(told):
        raise UsageError(f"--type is {told!r}, not {' or '.join(TYPES)}", hint="imap is mail")
    return told


def _whose(words: list[str], kind: AccountType) -> tuple[str | None, str | None]:
    """The name of a new account, and the address of its owner: a folder needs none."""
    if len(words) > 1:
        return words[0], words[1]
    if not account_types.is_server(kind) and "@" not in words[0]:
        return words[0], None
    return None, words[0]


def _words(kind: str, command: str) -> list[str]:
    """A command as the words that are run: no shell reads it later."""
    import shlex

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--{kind}-command has an open quote: {command!r}", hint="close it") from error
    if not words:
        raise UsageError(f"--{kind}-command is empty", hint="name a program that prints it")
    return words


def _certificates(file: Path) -> str:
    file = file.expanduser().absolute()
    if not file.is_file():
        raise UsageError(f"there is no file {file}", hint="--ca-file names one with certificates")
    return str(file)
