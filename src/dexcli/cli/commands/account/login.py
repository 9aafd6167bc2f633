"""`dex account login NAME`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from dexcli.cli.context import Dex
from dexcli.cli.login import OAuthDialogue, said_by_a_program
from dexcli.errors import UsageError
from dexcli.services import logins


def run(dex: Dex, words: list[str], options: Mapping[str, Any]) -> None:
    """Keep the password of an account, or let its owner log in by OAuth."""
    with OAuthDialogue(dex.ask_secret, browser="no_browser" not in options) as dialogue:
        dex.show(
            logins.login(
                dex.config,
                words[0],
                dex.ask_secret or said_by_a_program,
                os.environ,
                dialogue=dialogue,
                by_device="device" in options,
                port=options.get("port"),
                store=_store(options.get("store")),
                ask_for_client_secret="client_secret" in options,
                dry_run=bool(dex.shared.dry_run),
            )
        )


def _store(told: str | None) -> Literal["keyring", "file"] | None:
    match told:
        case None | "keyring" | "file":
            return told
    raise UsageError(f"--store is {told!r}, not keyring or file", hint="default: the keyring, where there is one")
