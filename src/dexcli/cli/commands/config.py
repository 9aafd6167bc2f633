"""`dex config`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.config.settings import Settings, unknown_key
from dexcli.errors import DexError, UsageError
from dexcli.results.setup import MeInfo
from dexcli.services import setup


def config(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="[get/set/unset KEY [VALUE]]")] = None,
) -> None:
    r"""Show the settings, or change one in the configuration file; its comments stay.

    What is yours is shown with what `dex me add` keeps in the database.

    \b
    Examples:
      dex config
      dex config set phone.region GB
      dex config get due.lead
      dex config unset due.cadence
    """
    dex = Dex.of(ctx)
    match words or []:
        case []:
            dex.show(setup.show_config(dex.config, _me(dex)))
        case ["get", key]:
            found = setup.show_config(dex.config, _me(dex))
            if key not in found.settings:
                raise unknown_key(key)
            value = found.told[key]
            if dex.json:
                dex.show(found)
            else:
                from dexcli.render.plain import cell

                dex.text([cell(value)])
        case ["set", key, *values] if values:
            _change(dex, key, " ".join(values))
        case ["unset", key]:
            _change(dex, key, None)
        case _:
            raise UsageError(
                f"dex config does not know {' '.join(words or [])!r}", hint="get KEY, set KEY VALUE, unset KEY"
            )


def _change(dex: Dex, key: str, value: str | None) -> None:
    """Set or unset a key, in the file and in what the database has taken over from it, such as what counts."""
    dry_run = bool(dex.shared.dry_run)
    result = setup.change_config(dex.config, key, value, lambda now: _me(dex, now), dry_run=dry_run)
    if not dry_run:
        try:
            if dex.db.exists():
                with dex.writing():
                    pass  # to open it is to bring it in line
        except DexError as error:
            dex.warn(f"the database follows with the next command that writes: {error.message}")
    dex.show(result)


def _me(dex: Dex, values: Settings | None = None) -> MeInfo | None:
    """What is mine by these settings, or those in force.

    The settings are told also where there is no database, or one that cannot be read.
    """
    call = dex.call()
    try:
        if not dex.db.exists():
            return None
        with dex.reading() as conn:
            return setup.mine_with_file(conn, call, values or dex.settings, dex.config)
    except DexError as error:
        dex.warn(f"only the file's own addresses: {error.message}")
        return None
