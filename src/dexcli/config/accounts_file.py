"""Adding accounts to the configuration file and taking them out, with all else in it kept as it is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from dexcli.config import settings
from dexcli.config.accounts import load, tables, unknown, variable
from dexcli.errors import UsageError


def refuse_taken(path: Path, name: str, address: str | None) -> None:
    """Raise UsageError where the file has an account of that name, or one whose secret is in the same variable."""
    taken = next((one for one in load(path) if one.variable == variable(name)), None)
    if taken is not None:
        raise UsageError(
            f"there is an account {taken.name} already: {taken.address or taken.path}",
            hint=f"give this one another name: dex account add NAME {shlex.quote(address) if address else ''}".rstrip(),
        )


def add(path: Path, name: str, values: Mapping[str, object]) -> None:
    """Write an account of a new name at the end of the file, of which nothing else changes."""
    import tomlkit

    with settings.alone(path):
        refuse_taken(path, name, str(values["address"]) if "address" in values else None)
        text = path.read_text("utf-8")
        written = tomlkit.dumps({"accounts": {name: dict(values)}})
        before = f"{text.rstrip()}\n\n" if text.strip() else ""
        _write(path, before + written, {**tables(path), name: dict(values)})


def remove(path: Path, name: str) -> None:
    """Take an account out of the file; comments and order of the rest stay. Raises NotFoundError."""
    with settings.alone(path):
        kept = tables(path)
        if name not in kept:
            raise unknown(name, list(kept))
        del kept[name]
        text = _without(path.read_text("utf-8"), name)
        if not _says(text, path, kept):  # written in another form: what tomlkit makes of it loses a comment at most
            text = settings.edited(path, lambda document: document["accounts"].pop(name))
        _write(path, text, kept)


def _without(text: str, name: str) -> str:
    """The text without the lines from `[accounts.NAME]` to its last key; comments behind that key stay."""
    lines = text.splitlines(keepends=True)
    header = re.compile(rf"""\s*\[\s*accounts\s*\.\s*["']?{re.escape(name)}["']?\s*\]""")
    first = next((at for at, line in enumerate(lines) if header.match(line)), None)
    if first is None:
        return text
    after = next((at for at in range(first + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    while lines[after - 1].strip() == "" or lines[after - 1].lstrip().startswith("#"):
        after -= 1
    kept = lines[after:]
    while kept and not kept[0].strip() and (first == 0 or not lines[first - 1].strip()):
        del kept[0]
    return "".join([*lines[:first], *kept])


def _write(path: Path, text: str, accounts: Mapping[str, object]) -> None:
    """Replace the file, once it is certain that it says what it should: TOML has many ways to write a table."""
    if not _says(text, path, accounts):
        raise UsageError(f"the accounts of {path} are written in a way that dex cannot change", hint="edit the file")
    settings.replace(path, text)


def _says(text: str, path: Path, accounts: Mapping[str, object]) -> bool:
    """Whether a text has these accounts and no others, and all else as the file has it."""
    import tomllib

    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return {"accounts": {}, **said} == {**settings.read(path), "accounts": accounts}
