"""Looking people up: those whom a query finds, and one page about somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from dexcli.domain import query, rhythm
from dexcli.domain.dates import add_months
from dexcli.domain.due import Occasion
from dexcli.domain.occasions import age_on, next_on
from dexcli.domain.rhythm import Keeping
from dexcli.results.interactions import OccasionInfo, PersonPage, Rhythm
from dexcli.results.people import Person, PersonList
from dexcli.services.invocation import Invocation
from dexcli.store import commitments, interactions, occasions, people
from dexcli.store import query as store_query
from dexcli.store.connection import Connection
from dexcli.store.due import suspects
from dexcli.store.standing import Derived, derive


def find(conn: Connection, call: Invocation, text: str, *, limit: int = 0) -> PersonList:
    """The people whom a query finds, by name; at most `limit`, 0 for all."""
    ids = find_ids(conn, call, text)
    return PersonList(total=len(ids), items=find_these(conn, call, ids[: limit or None]))


def find_these(conn: Connection, call: Invocation, person_ids: Sequence[int]) -> list[Person]:
    """These people, in this order, as they stand on the day."""
    unsure = set(suspects(conn, today=call.today, settings=call.settings, until=call.today))
    return [
        _standing(person, derive(conn, person.id, call.today, call.settings)) if person.id in unsure else person
        for person in people.full(conn, person_ids)
    ]


def _standing(person: Person, derived: Derived | None) -> Person:
    """The person with what the facts say on the day, where the derived row may say something else."""
    if derived is None:
        return person
    facts = derived.facts
    return msgspec.structs.replace(
        person,
        cadence=facts.cadence.iso if facts.cadence else None,
        cadence_source=facts.cadence_source,
        last_contact_on=facts.last_contact_on,
        next_due_on=derived.standing.next_due_on,
    )


def find_ids(conn: Connection, call: Invocation, text: str) -> list[int]:
    """The ids of the people whom a query finds."""
    node = query.parse(text)
    return store_query.select_ids(
        conn, node, today=call.today, settings=call.settings, order=call.date_order, region=call.region
    )


def show(conn: Connection, call: Invocation, person_id: int, *, limit: int = 20) -> PersonPage:
    """Everything on one page: who they are, how contact has been, what is open, what happened."""
    today = call.today
    derived = derive(conn, person_id, today, call.settings)
    person = _standing(people.full(conn, [person_id])[0], derived)
    due_on = derived.standing.next_due_on if derived else None
    typed = person.met_on or person.met_where
    shown = interactions.timeline(conn, person_id, now=call.now, limit=limit)
    ahead = interactions.upcoming(conn, person_id, now=call.now, limit=3)
    return PersonPage(
        person=person,
        due=due_on,
        overdue_days=(today - due_on).days if due_on else None,
        rhythm=_rhythm(conn, person_id, today, derived),
        first_seen=None if typed else interactions.first_seen(conn, person_id, today=today),
        occasions=_occasions(conn, person, today),
        commitments=commitments.of_person(conn, person_id),
        upcoming=interactions.read(conn, ahead, now=call.now),
        timeline=interactions.read(conn, shown, now=call.now),
        timeline_total=interactions.count(conn, person_id, now=call.now),
    )


def _rhythm(conn: Connection, person_id: int, today: date, derived: Derived | None) -> Rhythm:
    try:
        first = add_months(today.replace(day=1), -11)
    except OverflowError:
        first = date.min
    days = interactions.contact_days(conn, person_id, since=first, today=today)
    months = [0] * 12
    for day in days:
        months[(day.year - first.year) * 12 + day.month - first.month] += 1
    if derived is None:
        return Rhythm(usual_days=None, months=months, kept=None)
    facts, cadence_days = derived.facts, derived.standing.cadence_days
    usual, last = facts.rhythm_days, facts.last_contact_on
    silent = (today - last).days if last else None
    keeping = Keeping(waits=0, in_time=0)
    if cadence_days is not None and facts.cadence_since is not None:
        keeping = rhythm.keeping(derived.contact_days, cadence_days, facts.cadence_since, today)
    unusual = False
    if facts.cadence is None and usual is not None and silent is not None:
        unusual = silent > rhythm.unusual_after(usual)
    return Rhythm(
        usual_days=usual,
        months=months,
        kept=keeping.kept,
        waits=keeping.waits,
        waits_in_time=keeping.in_time,
        silent_days=silent,
        unusual=unusual,
    )


def coming(occasion: Occasion, today: date) -> OccasionInfo | None:
    """The next time that a yearly date comes, today included; None at the end of the calendar."""
    on = next_on(occasion.month, occasion.day, today)
    if on is None:
        return None
    return OccasionInfo(
        kind=occasion.kind,
        on=on,
        year=occasion.year,
        turns=age_on(occasion.year, on),
        month_day="" if on.month == occasion.month else f"{occasion.month:02}-{occasion.day:02}",
    )


def _occasions(conn: Connection, person: Person, today: date) -> list[OccasionInfo]:
    """The yearly dates of a person, soonest first; the dead grow no older."""
    found = [info for one in occasions.of_person(conn, person.id) if (info := coming(one, today)) is not None]
    if person.state == "deceased":
        found = [msgspec.structs.replace(info, turns=None) for info in found]
    return sorted(found, key=lambda one: (one.on, one.kind))
