"""What commands about people return."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from msgspec import Struct


class PersonBrief(Struct, frozen=True, kw_only=True):
    """A person as other results refer to them."""

    id: int
    uid: str
    handle: str
    name: str
    emails: list[str]
    phones: list[str]
    """E.164 where the number could be read, else as it was given."""
    tags: list[str]
    state: str
    """`active`, `archived`, `ignored`, `deceased` or `merged`."""


class ClaimInfo(Struct, frozen=True, kw_only=True):
    """One thing said about a person, and who says it."""

    field: str
    value: str
    label: str | None
    source: str | None
    """Null: typed by the user."""
    seen_on: date
    current: bool
    """False: the source has since said something else, or the value was taken off."""
    shared: bool
    """The value belongs to several people and identifies none."""


class Person(Struct, frozen=True, kw_only=True):
    """Everything about one person but their history."""

    id: int
    uid: str
    handle: str
    name: str
    emails: list[str]
    phones: list[str]
    tags: list[str]
    state: str
    state_on: date | None
    """The day of death, where it is known."""
    aliases: list[str]
    urls: list[str]
    company: str | None
    title: str | None
    location: str | None
    addresses: list[str]
    met_where: str | None
    met_on: date | None
    birthday: str | None
    """`1815-12-10`, or `--12-10` where the year is unknown."""
    dates: dict[str, str]
    """Other yearly dates by name, in the same form: `anniversary`, `wedding`."""
    cadence: str | None
    """Own, by tag or default, as an ISO 8601 duration."""
    cadence_source: str | None
    """`person`, `tag:NAME` or `default`."""
    importance: str | None
    """`low`, `normal`, `high`; null where it follows from the tags."""
    lead_days: int | None
    """Notice of yearly dates; null where it follows from tags, kinds or the settings."""
    snoozed_until: date | None
    notes: str | None
    fields: dict[str, str]
    """Custom fields, from `--set KEY=VALUE` and from imports."""
    last_contact_on: date | None
    next_due_on: date | None
    created_at: datetime
    updated_at: datetime
    claims: list[ClaimInfo]


class PersonResult(Struct, frozen=True, kw_only=True):
    """A person that was written, and how to take it back."""

    person: Person
    done: str
    """What was done, in words: `added Ada Lovelace (ada-lovelace)`."""
    operation_id: str | None
    """`o67`; null where nothing changed."""


class PersonList(Struct, frozen=True, kw_only=True):
    """People that a query found."""

    total: int
    """How many fit; `items` may be limited."""
    items: list[Person]


class PersonFields(Struct, frozen=True, kw_only=True):
    """The same with only the fields that `list --fields` names."""

    total: int
    items: list[dict[str, Any]]


class PeopleResult(Struct, frozen=True, kw_only=True):
    """Several people that were written."""

    items: list[PersonBrief]
    done: str
    operation_id: str | None


class Candidate(Struct, frozen=True, kw_only=True):
    """Somebody who may be meant."""

    id: int
    handle: str
    name: str
    detail: str | None
    """What tells them from others: company, e-mail or last contact."""


class TagRule(Struct, frozen=True, kw_only=True):
    """What a tag says about everybody who has it."""

    name: str
    cadence: str | None
    lead_days: int | None
    importance: str | None
    people: int


class KindRule(Struct, frozen=True, kw_only=True):
    """What holds for yearly dates of a kind."""

    name: str
    """`birthday`, `anniversary` or another name."""
    lead_days: int | None
    people: int
    """Who have such a date."""


class KindResult(Struct, frozen=True, kw_only=True):
    """A kind of yearly dates whose rule was written."""

    kind: KindRule
    done: str
    operation_id: str | None


class TagResult(Struct, frozen=True, kw_only=True):
    """A tag whose rule was written."""

    tag: TagRule
    done: str
    operation_id: str | None
