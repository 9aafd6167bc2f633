"""What `dex why` returns."""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class Why(Struct, frozen=True, kw_only=True):
    """One rule that decided, and about whom."""

    code: str
    """Of the contact policy: `direct`, `many`, `list` ..."""
    text: str
    """The same in words."""
    counts: bool
    """Whether it counts as contact."""
    person_id: int | None
    name: str | None
    identifier: str | None
    role: str | None
    """All four null: about the whole entry."""


class WhyResult(Struct, frozen=True, kw_only=True):
    """Why something counts as contact, or does not."""

    reasons: list[Why]
    id: str | None
    """`i123`; null for what was seen and not kept."""
    key: str
    """What it is: `mail:` and the Message-ID."""
    kind: str | None
    direction: str | None
    on: date | None
    title: str | None
    kept: bool
    """False: read and not kept, as mail by lists and machines is by default."""
