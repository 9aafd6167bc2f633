"""A person as an address book has them."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from dexcli.domain.records import Claim


class Card(Struct, frozen=True, kw_only=True):
    """What is said of a person in other programs."""

    uid: str
    """The same in every export."""
    name: str
    changed_at: datetime
    """When anything in it was last changed."""
    claims: list[Claim]
    """Of each field that has one value the winner, of others all, the preferred first; yearly dates by their name."""
    tags: list[str]
