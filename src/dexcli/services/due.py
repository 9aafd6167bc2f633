"""Whom to act on today."""

from __future__ import annotations

from datetime import date

from dexcli.domain.due import assess
from dexcli.domain.occasions import age_on, next_on
from dexcli.results.due import DateToday, DueItem, DueList, DueReason, StaleAccount
from dexcli.results.people import PersonBrief
from dexcli.store import occasions, people
from dexcli.store.accounts import stale
from dexcli.store.connection import Connection, transaction
from dexcli.store.due import DueView, Found, is_new, last_contact, mark_shown
from dexcli.store.settings import DueSettings
from dexcli.store.standing import derive


def due(
    conn: Connection,
    *,
    today: date,
    settings: DueSettings,
    limit: int | None = None,
    horizon: date | None = None,
    tag: str | None = None,
    new: bool = False,
) -> DueList:
    """The due list of `today`, most urgent first.

    `limit` 0 is everybody, None the setting; `horizon` a later day up to which to look ahead; `new` leaves out what
    was shown before: then call `mark` once the list has reached its reader.
    """
    view = DueView(conn, today=today, horizon=horizon or today, settings=settings, tag=tag)
    rows = settings.limit if limit is None else limit
    total, found = view.total_and_top(0 if new else rows)
    if new:
        found = [pair for pair in found if is_new(conn, pair[1].facts, pair[0], today)]
        total, found = len(found), found[:rows] if rows else found
    briefs = people.briefs(conn, [item.person_id for item, _ in found])
    return DueList(
        as_of=today,
        total=total,
        items=[_item(conn, pair, briefs[pair[0].person_id], today) for pair in found],
        drifting=view.drifting() if tag is None else [],
        accounts_stale=[
            StaleAccount(name=state.account, last_synced_at=state.synced_at) for state in stale(conn, today)
        ],
        dates_today=_dates_today(conn, today, horizon or today, settings) if tag is None else [],
        until=horizon,
    )


MOST_DATES = 3
"""Dates of people who are not due that are told."""


def _dates_today(conn: Connection, today: date, horizon: date, settings: DueSettings) -> list[DateToday]:
    """Birthdays and the like of whoever is not on the list: nobody wants to hear of them when they are over."""
    days = [(today.month, today.day)]
    if days[0] != (2, 29) and next_on(2, 29, today) == today:
        days.append((2, 29))
    found = []
    for person_id, occasion in occasions.of_the_unlisted(conn, today, days, 2 * MOST_DATES):
        derived = derive(conn, person_id, today, settings)  # the rows may be of another day
        if derived is not None and assess(derived.facts, today, horizon) is None:
            found.append((person_id, occasion))
    briefs = people.briefs(conn, [person_id for person_id, _ in found[:MOST_DATES]])
    return [
        DateToday(person=briefs[person_id], kind=occasion.kind, turns=age_on(occasion.year, today))
        for person_id, occasion in found[:MOST_DATES]
    ]


def count(conn: Connection, *, today: date, settings: DueSettings, horizon: date | None = None) -> int:
    """How many people `due` would list without a limit."""
    return DueView(conn, today=today, horizon=horizon or today, settings=settings).total_and_top(1)[0]


def mark(conn: Connection, shown: DueList, *, today: date) -> None:
    """Remember that these rows have been shown: the one thing that a reading command writes."""
    if shown.items:
        with transaction(conn):
            mark_shown(conn, shown.items, today)


def _item(conn: Connection, pair: Found, person: PersonBrief, today: date) -> DueItem:
    item, derived = pair
    facts = derived.facts
    return DueItem(
        person=person,
        due_on=item.due_on,
        overdue_days=(today - item.due_on).days,
        cadence=facts.cadence.iso if facts.cadence else None,
        cadence_source=facts.cadence_source if facts.cadence else None,
        last_contact=last_contact(conn, derived.last_interaction_id),
        score=round(item.score, 3),
        reasons=[
            DueReason(code=reason.code, value=reason.value, text=reason.text, ref=reason.ref, due_on=reason.due_on)
            for reason in item.reasons
        ],
        snoozed_until=facts.snoozed_until,
    )


def has_people(conn: Connection) -> bool:
    """Whether there is anybody at all."""
    return people.anybody(conn)
