"""Start-up is a feature: what everyday commands import, looked up in the interpreter and not at a clock."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any

import pytest

from support.program import DEX, Dex

ALLOWED_BEHIND_TYPER = {
    # What `import typer, msgspec, sqlite3` does not bring by itself.
    *("json", "_json", "json.decoder", "json.encoder", "json.scanner"),
    *("typer._click.decorators", "unicodedata", "shlex"),
}
"""Modules, beside our own, that an everyday command may import."""

HEAVY = (
    *("rich", "pydantic", "sqlite_utils", "dateparser", "phonenumbers", "rapidfuzz", "vobject", "tomlkit", "tomllib"),
    *("oauthlib", "requests", "ssl", "keyring", "webbrowser"),
    *("email", "csv", "zipfile", "tempfile", "asyncio", "socket", "http", "logging"),
    *("dataclasses", "zoneinfo", "multiprocessing", "importlib.metadata", "pydantic_core", "click", "regex", "pytz"),
)
"""What costs more than all of us: none of it is needed every day."""

EVERYDAY: tuple[list[str], ...] = (
    ["--version"],
    [],
    ["due"],
    ["due", "--json"],
    ["due", "--plain", "--within", "7d"],
    ["due", "--digest", "--new"],
    ["due", "--count", "--within", "7d"],
    ["log", "ada", "coffee, her new job"],
    ["log", "ada-lovelace", "tea", "--with", "grace", "--on", "yesterday", "--promise", "a book", "--by", "friday"],
    ["log", "ada@example.org", "tea", "--json"],
    ["show", "ada"],
    ["show", "ada", "--json"],
    ["timeline", "ada"],
    ["stats"],
    ["list"],
    ["dates", "--within", "30d"],
    ["list", "tag:friend quiet:4w", "--json"],
    ["add", "Emmy Noether", "--email", "emmy@example.org"],
    ["tag", "ada", "+maths"],
    ["cadence", "ada", "2w"],
    ["snooze", "ada", "2w"],
    ["done", "c1"],
    ["history"],
    ["undo"],
)


python = Dex((sys.executable,))
RUN = "import sys; from dexcli.cli.app import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"


def after(*words: str) -> set[str]:
    """Every module that is there when a command has run."""
    return set(python("-c", RUN, *words).err.splitlines()[-1].split())


def imported(*words: str | Path, **run: Any) -> set[str]:
    """Every module that the interpreter says it imports for a program."""
    ran = python("-X", "importtime", *words, **run)
    assert ran.code == 0, ran.err
    return {line.rpartition("|")[2].strip() for line in ran.err.splitlines() if line.startswith("import time:")}


@functools.cache
def brought() -> frozenset[str]:
    """What comes with the three libraries without which there is no program."""
    return frozenset(python("-c", "import sys, typer, msgspec, sqlite3; print(*sys.modules)").out.split())


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def foreign(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] != "dexcli"}


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("words", EVERYDAY, ids=" ".join)
def test_everyday_commands_import_nothing_heavy(words: list[str]) -> None:
    modules = after(*words)
    assert "dexcli.cli.app" in modules
    assert foreign(modules) - brought() <= ALLOWED_BEHIND_TYPER
    assert [name for name in modules - brought() if any(is_within(name, heavy) for heavy in HEAVY)] == []


def test_what_is_heavy_is_not_brought_by_typer() -> None:
    """Or else the test above would not see it."""
    assert [name for name in brought() if any(is_within(name, heavy) for heavy in HEAVY)] == []


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["due", "--count"], {}),
        (["--version"], {}),
        ([], {"_DEX_COMPLETE": "zsh\tshow\tad"}),
        ([], {"_DEX_COMPLETE": "bash\tgrace,\tdex log ada --with grace,"}),
        ([], {"_DEX_COMPLETE": "fish\tlist\ttag:"}),
        ([], {"_DEX_COMPLETE": "pwsh\tsh"}),
        ([], {"_DEX_COMPLETE": "zsh\tlog\t--"}),
        ([], {"_DEX_COMPLETE": "zsh\tundo\t"}),
        ([], {"_DEX_COMPLETE": "zsh\tsync\t"}),
    ],
    ids=[
        "due --count",
        "--version",
        "a name",
        "another name",
        "a tag",
        "a command",
        "an option",
        "a change",
        "an account",
    ],
)
def test_what_a_prompt_asks_needs_neither_typer_nor_msgspec(words: list[str], environment: dict[str, str]) -> None:
    modules = imported(DEX, *words, env=environment, now="2026-03-08")
    assert {name for name in modules if name.startswith("dexcli")} <= {
        *("dexcli", "dexcli.__main__", "dexcli.cli", "dexcli.cli.quick", "dexcli.config", "dexcli.config.paths"),
        *("dexcli.cli.offers", "dexcli.cli.vocabulary", "dexcli.cli.typed_line", "dexcli.cli.letters"),
        *("dexcli.store", "dexcli.store.quick", "dexcli.store.version"),
    }
    bare = imported("-c", "import re, sqlite3")  # re: the script that pip writes
    assert foreign(modules) - bare <= {"__future__"}


@pytest.mark.usefixtures("known")
def test_no_command_is_imported_for_another() -> None:
    modules = after("due")
    assert {name for name in modules if name.startswith("dexcli.cli.commands.")} == {"dexcli.cli.commands.due"}
    assert not any(name.startswith(("dexcli.sources", "dexcli.config.settings", "dexcli.samples")) for name in modules)


@pytest.mark.parametrize(
    "words",
    [
        ["account", "list"],
        ["account", "add", "ada@gmail.com", "--discover"],
        ["account", "add", "ada@example.org", "--host", "imap.example.org"],
        ["account", "add", "ada@example.org"],
        ["account", "add", "ada@localhost", "--discover"],
    ],
    ids=" ".join,
)
def test_no_library_of_the_network_is_imported_where_no_domain_is_asked(words: list[str]) -> None:
    modules = after(*words)
    assert "dexcli.cli.commands.account" in modules
    assert not any(is_within(name, library) for name in modules for library in ("dns", "requests", "urllib3", "idna"))


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "words",
    [
        ["account"],
        ["account", "add", "ada@outlook.com", "--oauth-client-id", "of-mine"],
        ["account", "login", "work", "--dry-run"],
    ],
    ids=" ".join,
)
def test_what_gets_a_token_is_imported_where_one_is_got(words: list[str], home: Path) -> None:
    config = home / ".config/dexcli/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        '[accounts.work]\ntype = "imap"\naddress = "ada@example.org"\nhost = "imap.example.org"\n'
        'oauth_client_id = "of-mine"\noauth_token_url = "https://auth.example.org/token"\n'
        'oauth_device_url = "https://auth.example.org/device"\n'
    )
    logins = home / ".local/state/dexcli/tokens"
    logins.mkdir(parents=True)
    for name in ("work", "outlook"):
        (logins / f"{name}.json").write_text('{"refresh_token": "x", "client_id": "x", "token_url": "x"}')
        (logins / f"{name}.json").chmod(0o600)
    modules = after(*words)
    assert "dexcli.oauth.client" in modules
    network = ("oauthlib", "requests", "ssl", "http", "keyring", "webbrowser", "socketserver")
    assert [name for name in modules if any(is_within(name, heavy) for heavy in network)] == []
