"""Who is a record about? Pure: an exact identifier links, a name only asks."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from dexcli.domain.names import compatible


class Known(Struct, frozen=True, kw_only=True):
    """Somebody who has one of the record's identifiers."""

    person_id: int
    names: tuple[str, ...]
    """Every name that was ever said of them: who was renamed is still found by the old one."""
    kind: str
    """Kind of the identifier: `uid`, `email`, `phone`, `linkedin`, `url`."""
    same_feed: bool
    """The same source already describes this person by another record."""


class Linked(Struct, frozen=True):
    """The record is about this person."""

    person_id: int
    by: str
    """Kind of the identifier that decided."""


class New(Struct, frozen=True):
    """Nobody has any of its identifiers."""


class Ambiguous(Struct, frozen=True):
    """Several people could be meant: the record becomes a person of its own and asks."""

    person_ids: tuple[int, ...]


Match = Linked | New | Ambiguous

ORDER = (("uid",), ("email", "linkedin", "url"), ("phone",))
"""Stronger kinds first; a weaker one decides only where no stronger one spoke."""


def match(name: str, known: Sequence[Known]) -> Match:
    """Decide from the people who share an identifier with a record of that name.

    A phone links only where the names may be one person's: families and offices share numbers. Two records of one
    source with one address and different names are two people sharing an address.
    """
    asked: set[int] = set()
    for kinds in ORDER:
        found: dict[int, str] = {}
        for one in known:
            if one.kind in kinds:
                compares = one.kind == "phone" or one.same_feed
                if compares and not any(compatible(name, other) for other in one.names):
                    if one.kind != "phone":
                        asked.add(one.person_id)
                else:
                    found.setdefault(one.person_id, one.kind)
        if len(found) == 1:
            ((person_id, kind),) = found.items()
            return Linked(person_id, kind)
        if found:
            return Ambiguous(tuple(sorted(found.keys() | asked)))
    return Ambiguous(tuple(sorted(asked))) if asked else New()
