"""What commands about interactions, promises and reminders return."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from dexcli.results.people import Person, PersonBrief


class OriginInfo(Struct, frozen=True, kw_only=True):
    """Where something was seen."""

    source: str
    account: str
    ref: str
    folder: str = ""
    """Of an account."""


class ParticipantInfo(Struct, frozen=True, kw_only=True):
    """Somebody who took part."""

    person_id: int | None
    """Null: an address that nobody has claimed."""
    name: str | None
    role: str
    identifier: str
    counts: bool
    """Whether it counts as contact with them."""
    why: str
    """Code of the rule that decided."""


class Interaction(Struct, frozen=True, kw_only=True):
    """Something that happened."""

    id: str
    """`i123`."""
    kind: str
    direction: str | None
    on: date
    at: datetime | None
    title: str | None
    body: str | None
    place: str | None
    minutes: int | None
    participants: list[ParticipantInfo]
    key: str
    origins: list[OriginInfo]


class CommitmentInfo(Struct, frozen=True, kw_only=True):
    """A promise or a reminder."""

    id: str
    """`c45`."""
    kind: str
    """`promise` or `reminder`."""
    direction: str
    """`mine` or `theirs`."""
    text: str
    due_on: date | None
    every: str | None
    """ISO 8601 duration of a repeated reminder."""
    state: str
    """`open` or `done`."""
    done_on: date | None
    created_on: date
    person_id: int
    interaction_id: str | None


class PersonDue(Struct, frozen=True, kw_only=True):
    """When to reconnect with a person, after something was logged."""

    person: PersonBrief
    due: date | None
    """Next due date; null without a cadence."""


class LogResult(Struct, frozen=True, kw_only=True):
    """An entry that was written."""

    interaction: Interaction
    people: list[PersonDue]
    person: PersonBrief
    """The first of `people`."""
    due: date | None
    created: list[PersonBrief]
    """People added by `--create`."""
    commitments: list[CommitmentInfo]
    done: str
    operation_id: str | None


class InteractionResult(Struct, frozen=True, kw_only=True):
    """An entry that was edited or removed."""

    interaction: Interaction
    done: str
    operation_id: str | None


class CommitmentResult(Struct, frozen=True, kw_only=True):
    """A promise or reminder that was written."""

    commitment: CommitmentInfo
    person: PersonBrief
    done: str
    operation_id: str | None


class OccasionInfo(Struct, frozen=True, kw_only=True):
    """A yearly date."""

    kind: str
    on: date
    """The next time."""
    year: int | None
    """Of the first one, where it is known."""
    turns: int | None
    month_day: str = ""
    """`02-29`: the date itself, where `on` is another day because that year has no 29 February."""


class FirstSeen(Struct, frozen=True, kw_only=True):
    """The earliest trace of a person, where nobody typed how we met."""

    on: date
    kind: str
    title: str | None
    interaction_id: str


class Rhythm(Struct, frozen=True, kw_only=True):
    """How the contact has been."""

    usual_days: int | None
    """Median gap between the latest days of contact; null where too few show a rhythm."""
    months: list[int]
    """Days of contact in each of the last twelve months, oldest first."""
    kept: bool | None
    """Whether the cadence is usually kept: two thirds of the waits; null without a cadence or with fewer than three."""
    waits: int = 0
    """From one day of contact to the next since the cadence was set; the one that runs counts once it is too long."""
    waits_in_time: int = 0
    """Those no longer than the cadence and a fifth of it."""
    silent_days: int | None = None
    """Since the last contact; null where there was none."""
    unusual: bool = False
    """Without a cadence: the silence is longer than is usual for them."""


class PersonPage(Struct, frozen=True, kw_only=True):
    """All of `dex show`."""

    person: Person
    due: date | None
    overdue_days: int | None
    rhythm: Rhythm
    first_seen: FirstSeen | None
    occasions: list[OccasionInfo]
    commitments: list[CommitmentInfo]
    upcoming: list[Interaction]
    timeline: list[Interaction]
    """Newest first."""
    timeline_total: int
