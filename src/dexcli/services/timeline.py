"""Everything with one person by year: a page of it, or all of it in parts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice

import msgspec

from dexcli.errors import UsageError
from dexcli.results.timeline import Milestone, Timeline, TimelineYear
from dexcli.services.invocation import Invocation
from dexcli.store import interactions, people
from dexcli.store import timeline as stored
from dexcli.store.connection import Connection
from dexcli.store.timeline import Place, Wanted

PART = 500
"""Interactions that are in memory at a time when all are asked for."""


def page(
    conn: Connection, call: Invocation, person_id: int, wanted: Wanted, *, limit: int, after: str | None = None
) -> Timeline:
    """So many entries behind `after`, which is what an earlier page named as `next`."""
    start = None if after is None else _place(after)
    places = list(islice(stored.places(conn, person_id, wanted, now=call.now, after=start), limit + 1))
    more = len(places) > limit
    places = places[:limit]
    head = _head(conn, call, person_id, wanted)
    found = _milestones(conn, call, head, start, places[-1] if more else None)
    return msgspec.structs.replace(
        head,
        items=interactions.read(conn, [id_ for _, _, id_ in places], now=call.now),
        milestones=found,
        next=_key(places[-1]) if more else None,
    )


def parts(
    conn: Connection, call: Invocation, person_id: int, wanted: Wanted, *, after: str | None = None
) -> Iterator[Timeline]:
    """All entries behind `after`, some at a time; the milestones are with the first part. At least one part."""
    start = None if after is None else _place(after)
    places = stored.places(conn, person_id, wanted, now=call.now, after=start)
    part = _head(conn, call, person_id, wanted)
    milestones = _milestones(conn, call, part, start, None)
    ids = [id_ for _, _, id_ in islice(places, PART)]
    yield msgspec.structs.replace(part, items=interactions.read(conn, ids, now=call.now), milestones=milestones)
    while ids := [id_ for _, _, id_ in islice(places, PART)]:
        yield msgspec.structs.replace(part, items=interactions.read(conn, ids, now=call.now))


def _head(conn: Connection, call: Invocation, person_id: int, wanted: Wanted) -> Timeline:
    """What every page says."""
    days = stored.days(conn, person_id, wanted, now=call.now)
    years: dict[int, tuple[dict[str, int], dict[str, int]]] = {}
    for year, kind, counting, entries in stored.counts(conn, person_id, wanted, now=call.now):
        contacts, others = years.setdefault(year, ({}, {}))
        if counting:
            contacts[kind] = counting
        if entries > counting:
            others[kind] = entries - counting
    held = [
        TimelineYear(year=year, days=days.get(year, 0), contacts=contacts, others=others)
        for year, (contacts, others) in years.items()
    ]
    return Timeline(
        person=people.brief(conn, person_id),
        as_of=call.today,
        since=wanted.since,
        until=wanted.until,
        kind=wanted.kind,
        oldest_first=wanted.oldest_first,
        total=sum(sum(one.contacts.values()) + sum(one.others.values()) for one in held),
        years=held[::-1] if wanted.oldest_first else held,
        items=[],
        milestones=[],
        next=None,
    )


def _milestones(
    conn: Connection, call: Invocation, head: Timeline, start: Place | None, end: Place | None
) -> list[Milestone]:
    """The milestones between two entries, in order: each stands before the first thing of its day that happened."""
    if head.kind is not None:
        return []
    (person,) = people.full(conn, [head.person.id])
    found = []
    if person.met_on is not None:
        found.append(Milestone(on=person.met_on, kind="met", text=person.met_where))
    elif not person.met_where:
        first = interactions.first_seen(conn, person.id, today=call.today)
        if first is not None:
            found.append(Milestone(on=first.on, kind="first", text=None))
    if person.state == "deceased" and person.state_on is not None:
        found.append(Milestone(on=person.state_on, kind="deceased", text=None))
    since, until = head.since or date.min, min(head.until or date.max, call.today)
    found = [one for one in found if since <= one.on <= until]
    # Oldest first a milestone leads its day, newest first it ends it: those of the last day of a page are on the next.
    if head.oldest_first:
        found = [one for one in found if not start or one.on.isoformat() > start[0]]
        found = [one for one in found if not end or one.on.isoformat() <= end[0]]
    else:
        found = [one for one in found if not start or one.on.isoformat() <= start[0]]
        found = [one for one in found if not end or one.on.isoformat() > end[0]]
    return sorted(found, key=lambda one: one.on, reverse=not head.oldest_first)


def _key(place: Place) -> str:
    """A place as text: `2026-02-01:1769940000:12`."""
    return ":".join(map(str, place))


def _place(key: str) -> Place:
    """The place that a key stands for; raises UsageError for what is none."""
    day, *numbers = key.split(":")
    try:
        (instant, id_) = map(int, numbers)
        return date.fromisoformat(day).isoformat(), _fitting(instant), _fitting(id_)
    except ValueError:
        raise UsageError(
            f"{key!r} is no place in a timeline", hint="--after takes what `next` says in the JSON document"
        ) from None


def _fitting(number: int) -> int:
    """A number that the database can hold."""
    if not -(2**63) <= number < 2**63:
        raise ValueError(number)
    return number
