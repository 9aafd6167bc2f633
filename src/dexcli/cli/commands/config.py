"""`dex config`."""

from __future__ import annotations

from typing import Annotated

import typer

from dexcli.cli.context import Dex
from dexcli.errors import UsageError
from dexcli.services import setup


def config(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="[get/set/unset KEY [VALUE]]")] = None,
) -> None:
    r"""Show the settings, or change one in the configuration file; its comments stay.

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
            dex.show(setup.show_config(dex.config))
        case ["get", key]:
            found = setup.show_config(dex.config)
            if key not in found.settings:
                setup.change_config(dex.config, key, None)  # raises, with near misses
            value = found.settings[key]
            if dex.json:
                dex.show(found)
            else:
                dex.text([", ".join(value) if isinstance(value, list) else "" if value is None else str(value)])
        case ["set", key, *values] if values:
            dex.show(setup.change_config(dex.config, key, " ".join(values)))
        case ["unset", key]:
            dex.show(setup.change_config(dex.config, key, None))
        case _:
            raise UsageError(
                f"dex config does not know {' '.join(words or [])!r}", hint="get KEY, set KEY VALUE, unset KEY"
            )
