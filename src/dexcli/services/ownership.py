"""Addresses of mine that are somebody's: asked about where they are typed, told where a file says them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dexcli.domain.identifiers import Identifier
from dexcli.errors import AmbiguousError
from dexcli.store import me, people
from dexcli.store.connection import Connection


def refuse_taken(conn: Connection, mine: Iterable[Identifier]) -> None:
    """Raise AmbiguousError, with the people as candidates, where one of these values is somebody's."""
    told, found = [], []
    for identifier in mine:
        ids = me.owners(conn, identifier)
        told += [f"{identifier.value} is {_whose(conn, ids)}"] if ids else []
        found += [id_ for id_ in ids if id_ not in found]
    if told:
        raise AmbiguousError(
            "\n".join(told),
            hint="--force says it is yours all the same: they lose it, and what came by it",
            candidates=msgspec.to_builtins(people.candidates(conn, found)),
            code="taken",
        )


def taken_from(conn: Connection, mine: Iterable[Identifier], place: str) -> list[str]:
    """A sentence for each value that `place` says is mine and that somebody has: ask before it becomes mine."""
    return [
        f"{identifier.value} is yours from now on ({place}); it was {_whose(conn, ids)}"
        for identifier in mine
        if (ids := me.owners(conn, identifier))
    ]


def _whose(conn: Connection, ids: Iterable[int]) -> str:
    return " and ".join(f"{one.name}'s ({one.handle})" for one in people.candidates(conn, list(ids)))
