"""What `stats` returns."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from dexcli.results.people import PersonBrief


class Coverage(Struct, frozen=True, kw_only=True):
    """How it stands with the people found, on the day itself."""

    with_cadence: int
    without_cadence: int
    in_time: int
    """Of those with a cadence: it has not run out, or runs out today."""
    late: int
    late_snoozed: int
    """Of the late: held back by a snooze."""
    contacted_30: int
    """With contact within so many days, today included."""
    contacted_90: int
    contacted_365: int
    never: int
    """Without any contact."""
    email: int
    phone: int
    address: int
    """Postal."""
    birthday: int


class KindCount(Struct, frozen=True, kw_only=True):
    """Interactions of a kind that count, each once, in the period and in the one before."""

    kind: str
    count: int
    before: int


class DayCount(Struct, frozen=True, kw_only=True):
    """A day of contact."""

    on: date
    people: int


class MonthCount(Struct, frozen=True, kw_only=True):
    """A month of the period."""

    month: date
    """Its first day."""
    contacts: int
    """People, each once a day."""


class PersonCount(Struct, frozen=True, kw_only=True):
    """Days of contact with a person."""

    person: PersonBrief
    days: int


class GroupCount(Struct, frozen=True, kw_only=True):
    """Contact with the people of a tag or a company."""

    name: str
    people: int
    contacted: int
    """Of those people, in the period."""
    contacts: int
    """People, each once a day."""


class Stats(Struct, frozen=True, kw_only=True):
    """A network and a year of contact with it."""

    as_of: date
    query: str
    year: int | None
    found: int
    """Whom the query finds, the active without one: everything below is about them."""
    states: dict[str, int]
    """People by state: everybody without a query, else those found."""
    coverage: Coverage
    since: date
    """The period: twelve months until the day itself, or a year of the calendar up to it."""
    until: date
    before_since: date
    """The same a year earlier."""
    before_until: date
    days: int
    """Days of contact with anybody."""
    people: int
    """With whom there was contact."""
    before_days: int
    before_people: int
    kinds: list[KindCount]
    """Most first."""
    directions: dict[str, int]
    """Interactions: `in` (they to me), `out`, `both`, and `none` where it is not known."""
    calendar: list[DayCount]
    """Days of contact, oldest first."""
    levels: list[int]
    """The least number of people for each shade of the picture, lightest first."""
    weekdays: list[int]
    """People, each once a day, by weekday, Monday first."""
    months: list[MonthCount]
    """Every month of the period, oldest first."""
    weeks: int
    """Of the period, Monday to Sunday, those that it cuts included."""
    weeks_with_contact: int
    weeks_in_a_row: int
    top: list[PersonCount]
    """Those with most days of contact, five at most."""
    tags: list[GroupCount]
    companies: list[GroupCount]
    """Those of which more than one of the people is."""
