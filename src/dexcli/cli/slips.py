"""What somebody meant who typed what is no command and no option: looked up only when it has happened."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dexcli.errors import DexError, UsageError

_OTHER_WORDS = {
    "remove": "rm",
    "delete": "rm",
    "del": "rm",
    "new": "add",
    "ls": "list",
    "find": "search",
    "view": "show",
    "today": "due",
}
"""What other programs call it."""

_SHORT = frozenset("qvh")
"""Letters of `dex tag` behind one dash."""

_TAG_VALUED = ("--db", "--config", "--color", "--remove", "--query")


def meant(ctx: Any, word: str) -> str | None:
    """The hint for a word that is no command: the command of other programs' name, or a person who is called so."""
    if word in _OTHER_WORDS:
        return f"did you mean {_OTHER_WORDS[word]}?"
    if word.startswith("-") or not _names_somebody(ctx, word):
        return None
    import shlex
    from difflib import get_close_matches

    from dexcli.cli.table import COMMANDS

    near = get_close_matches(word, COMMANDS, n=1)
    return f"did you mean dex show {shlex.quote(word)}" + (f", or dex {near[0]}?" if near else "?")


def refuse_near_query(topic: str) -> None:
    """Raise UsageError for a topic of `dex help` that is no command and comes nearest to `query`."""
    from difflib import get_close_matches

    from dexcli.cli.table import COMMANDS

    if topic not in COMMANDS and get_close_matches(topic, ["query", *COMMANDS], n=1) == ["query"]:
        raise UsageError(f"there is no command {topic!r}", hint="did you mean dex help query?")


def refuse_minus(words: Sequence[str]) -> None:
    """Raise UsageError for `-friend` among the words of `dex tag`, as others than dex take a tag off."""
    before = ""
    for word in words:
        if word == "--":
            return
        letters = word[1:]
        is_value = before in _TAG_VALUED
        if word.startswith("-") and not is_value and not letters.startswith("-") and not set(letters) <= _SHORT:
            raise UsageError(f"{word!r} is no option of dex tag", hint=f"--remove {letters} takes the tag off")
        before = word


def _names_somebody(ctx: Any, word: str) -> bool:
    from dexcli.config import paths
    from dexcli.services import naming
    from dexcli.store import connection

    told = ctx.params.get("db")
    place = paths.database(None if told is None else str(told), os.environ)
    if place is None or not Path(place).is_file():
        return False
    with suppress(DexError):
        conn = connection.open_for_reading(Path(place))
        try:
            with connection.errors_of(Path(place)):
                naming.find(conn, word, region=None)
                return True
        finally:
            conn.close()
    return False
