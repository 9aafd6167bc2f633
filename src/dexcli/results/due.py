"""What `due` returns: its own file, so that the most frequent command loads nothing else."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from dexcli.results.people import PersonBrief


class LastContact(Struct, frozen=True, kw_only=True):
    """The latest contact that counts."""

    on: date
    kind: str
    title: str | None
    interaction_id: str
    source: str | None
    """Null: typed by the user."""


class DueReason(Struct, frozen=True, kw_only=True):
    """Why somebody is listed."""

    code: str
    """`cadence`, `reply_owed`, `promise`, `promise_theirs`, `reminder`, `birthday` or another occasion."""
    value: float
    """cadence: lateness in periods; reply_owed, promise, reminder: days waiting; occasion: days until."""
    text: str
    ref: str | None
    """`c45` or `tag:navy`."""
    due_on: date


class DueItem(Struct, frozen=True, kw_only=True):
    """One person with anything to act on."""

    person: PersonBrief
    due_on: date
    """The earliest of the reasons."""
    overdue_days: int
    """Negative: still to come."""
    cadence: str | None
    """ISO 8601 duration."""
    cadence_source: str | None
    last_contact: LastContact | None
    score: float
    reasons: list[DueReason]
    """Weightiest first."""
    snoozed_until: date | None


class Drifting(Struct, frozen=True, kw_only=True):
    """Somebody without a cadence who has been quiet for unusually long, for them."""

    person: PersonBrief
    last_contact: LastContact
    silent_days: int
    usual_days: int


class StaleAccount(Struct, frozen=True, kw_only=True):
    """An account that has not synced for three days."""

    name: str
    last_synced_at: datetime | None
    """Null: it never has."""


class DateToday(Struct, frozen=True, kw_only=True):
    """A yearly date that is today, of somebody who is not due for it: without a cadence, and out of touch for long."""

    person: PersonBrief
    kind: str
    turns: int | None
    """Years completed; null where the year is not known."""


class DueList(Struct, frozen=True, kw_only=True):
    """Whom to act on, most urgent first."""

    as_of: date
    total: int
    """Number of people due; `items` may be limited."""
    items: list[DueItem]
    drifting: list[Drifting]
    """At most 3, never counted."""
    accounts_stale: list[StaleAccount]
    dates_today: list[DateToday] = []
    """Of people who are not due, at most 3, never counted: `dex dates` lists those of everybody."""
    until: date | None = None
    """The day up to which `--within` looks ahead."""


class DueCount(Struct, frozen=True, kw_only=True):
    """`due --count`."""

    as_of: date
    total: int
