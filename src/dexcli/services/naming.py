"""Naming a person: the first level with a match wins, several at one level are a question, nobody is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from dexcli.domain import identifiers
from dexcli.domain.identifiers import Identifier
from dexcli.errors import AmbiguousError, CancelledError, DexError, NotFoundError, UsageError
from dexcli.store import naming as store
from dexcli.store import people
from dexcli.store.connection import Connection

LONGEST = 1_000
"""Characters by which a person can be named, with room for long profile addresses; SQLite matches no patterns of more
than 50,000 bytes, and one character can become 36 of those."""


def find(conn: Connection, text: str, *, region: str | None, may_be_new: bool = True) -> int:
    """The id of the one person whom the text names.

    Raises AmbiguousError with candidates, or NotFoundError with near misses; where there is none, its hint says how
    somebody is added, unless nobody new can be meant.
    """
    text = text.strip()
    if not text:
        raise UsageError("an empty name names nobody", hint="dex list shows everybody")
    if len(text) > LONGEST:
        raise NotFoundError(f"nobody has a name of {len(text):,} characters", hint="dex list shows everybody")
    identifier = identifiers.recognise(text, region)
    for found in _levels(conn, text, identifier):
        if len(found) == 1:
            return found[0]
        if found:
            raise _ambiguous(conn, f"{len(found)} people answer to {text!r}", found)
    if identifier is not None and _is_mine(conn, identifier):
        raise NotFoundError(f"{text} is one of your own addresses", hint="dex me shows them")
    parts = store.by_part(conn, text)
    if parts:
        raise _ambiguous(conn, f"nobody is called {text!r}; it is part of these", parts)
    raise not_found(conn, text, may_be_new=may_be_new)


def _levels(conn: Connection, text: str, identifier: Identifier | None) -> Iterator[list[int]]:
    """Who fits, level by level; a later level is looked up only when the earlier ones had nobody."""
    yield store.by_id(conn, text)
    yield store.by_handle(conn, text)
    yield store.by_identifier(conn, identifier) if identifier else []
    yield store.by_full_name(conn, text)
    yield store.by_words(conn, text)


def find_all(texts: Sequence[str], find_one: Callable[[str], int]) -> list[int]:
    """The ids of several people, in order and each once; all bad names are reported together."""
    found: list[int] = []
    errors: list[DexError] = []
    for text in texts:
        try:
            person_id = find_one(text)
        except CancelledError:
            raise
        except DexError as error:
            errors.append(error)
        else:
            if person_id not in found:
                found.append(person_id)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        worst = max(errors, key=lambda error: error.exit_code)
        worst_type = type(worst)
        raise worst_type(
            "\n".join(error.message for error in errors),
            hint="\n".join(dict.fromkeys(error.hint for error in errors if error.hint)) or None,
            candidates=[candidate for error in errors for candidate in error.candidates],
        )
    return found


def refuse_namesakes(conn: Connection, name: str) -> None:
    """Raise AmbiguousError where somebody has the name of one who is to be added."""
    found = people.candidates(conn, store.by_full_name(conn, name))
    if found:
        raise AmbiguousError(
            f"{name} is there already",
            hint=f"--with {found[0].handle} says that they were there; another one of that name:"
            f" dex add {_quoted(name)} --force",
            candidates=msgspec.to_builtins(found),
            code="exists",
        )


def not_found(conn: Connection, text: str, *, may_be_new: bool = True) -> NotFoundError:
    """The error for a name that nobody has, with those spelled almost like it."""
    if text.isdigit():
        return NotFoundError(f"there is no person {text}", hint="dex list --fields id,name shows the numbers")
    near = people.candidates(conn, store.near(conn, text))
    hint = f"dex add {_quoted(text)} adds them" if may_be_new else "dex list shows everybody"
    if near:
        hint = "did you mean " + " or ".join(one.handle for one in near) + "?"
    return NotFoundError(f"nobody is called {text!r}", hint=hint, candidates=msgspec.to_builtins(near))


def _ambiguous(conn: Connection, message: str, ids: list[int]) -> AmbiguousError:
    return AmbiguousError(
        message,
        hint="say which, by handle or number",
        candidates=msgspec.to_builtins(people.candidates(conn, ids)),
    )


def _is_mine(conn: Connection, identifier: Identifier) -> bool:
    from dexcli.store.claims import find_identifier

    known = find_identifier(conn, identifier)
    return known is not None and known.mine


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)
