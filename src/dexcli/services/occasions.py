"""Yearly dates of everybody: birthdays, anniversaries and what else comes round."""

from __future__ import annotations

from datetime import date

from dexcli.results.dates import DateItem, DateList
from dexcli.results.people import KindResult, KindRule
from dexcli.services.invocation import Invocation
from dexcli.services.page import coming, find_ids
from dexcli.services.typed import date_name, in_days, lead_of
from dexcli.store import occasions, people, tags
from dexcli.store.connection import Connection
from dexcli.store.journal import operation


def dates(
    conn: Connection,
    call: Invocation,
    query: str = "",
    *,
    until: date | None = None,
    tag: str | None = None,
    kind: str | None = None,
    limit: int = 0,
) -> DateList:
    """The yearly dates of the people whom a query finds, up to and including the day `until`, soonest first.

    At most `limit`, 0 for all.

    Whether somebody has a cadence does not matter; the archived, the ignored and the dead are found where the query
    names their state.
    """
    ids = find_ids(conn, call, query)
    if tag is not None:
        ids = sorted(set(ids).intersection(tags.members(conn, tag)))
    found = []
    for person_id, occasion in occasions.of_people(conn, ids):
        if kind is None or occasion.kind.casefold() == kind.casefold():
            info = coming(occasion, call.today)
            if info is not None and (until is None or info.on <= until):
                found.append((person_id, info))
    briefs = people.briefs(conn, sorted({person_id for person_id, _ in found}))
    found.sort(key=lambda pair: (pair[1].on, briefs[pair[0]].name.casefold(), pair[0], pair[1].kind))
    items = [
        DateItem(
            person=briefs[person_id],
            kind=info.kind,
            on=info.on,
            days=(info.on - call.today).days,
            year=info.year,
            turns=None if briefs[person_id].state == "deceased" else info.turns,
            month_day=info.month_day,
        )
        for person_id, info in found[: limit or None]
    ]
    return DateList(as_of=call.today, until=until, total=len(found), items=items)


def set_lead(conn: Connection, call: Invocation, kind: str, text: str) -> KindResult:
    """Give yearly dates of a kind their notice, which that of a person or a tag beats; an empty text takes it off."""
    name, lead = date_name(kind), lead_of(call, text)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        who = occasions.set_lead(op, name, lead)
        notice = "no notice of its own" if lead is None else f"notice of {in_days(lead)}"
        op.summary = f"{name}: {notice}, for {len(who)} {'person' if len(who) == 1 else 'people'}"
    return KindResult(kind=KindRule(name=name, lead_days=lead, people=len(who)), done=op.summary, operation_id=op.ref)
