"""People only named in the title of a meeting: whom it may mean, and what the user says to that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from msgspec import Struct

from dexcli.domain.dates import in_full
from dexcli.domain.titles import KnownNames
from dexcli.errors import NotFoundError
from dexcli.results.triage import Decision, NamedInTitle
from dexcli.services.invocation import Invocation
from dexcli.store import people
from dexcli.store import titles as store
from dexcli.store.connection import Connection
from dexcli.store.journal import operation
from dexcli.store.titles import Titled


def names_of(conn: Connection) -> Callable[[str], bool]:
    """Tell whether a title names anybody who is known; who that is, is read when the first title comes."""
    known: list[KnownNames] = []

    def names_anybody(title: str) -> bool:
        if not known:
            known.append(KnownNames(store.names(conn)))
        return bool(known[0].named_in(title))

    return names_anybody


class TitleQuestion(Struct, frozen=True, kw_only=True):
    """Whether one of these people was there."""

    person_ids: tuple[int, ...]
    meetings: list[Titled]
    """Of one series and title, newest first."""


def questions(conn: Connection) -> list[TitleQuestion]:
    """Every title that names somebody who does not take part and was not said to be meant, newest meeting first."""
    known = KnownNames(store.names(conn))
    named: dict[str, list[tuple[int, ...]]] = {}
    found: dict[tuple[str, str, tuple[int, ...]], list[Titled]] = {}
    for meeting in store.meetings(conn):
        if meeting.title not in named:
            named[meeting.title] = known.named_in(meeting.title)
        spots = named[meeting.title]
        if not spots:
            continue
        present = store.are_there(conn, meeting.id)
        for ids in spots:
            if not present.intersection(ids):
                found.setdefault((meeting.series, meeting.title, ids), []).append(meeting)
    asked = []
    for (series, _, ids), meetings in found.items():
        left = tuple(id_ for id_ in ids if not store.was_denied(conn, series, id_))
        if left:
            asked.append(TitleQuestion(person_ids=left, meetings=meetings))
    return asked


def told(conn: Connection, asked: Sequence[TitleQuestion]) -> list[NamedInTitle]:
    """Questions as they are shown."""
    briefs = people.briefs(conn, [id_ for one in asked for id_ in one.person_ids])
    return [
        NamedInTitle(
            interaction_id=f"i{one.meetings[0].id}",
            title=one.meetings[0].title,
            times=len(one.meetings),
            first_on=one.meetings[-1].on,
            last_on=one.meetings[0].on,
            candidates=[briefs[id_] for id_ in one.person_ids],
        )
        for one in asked
    ]


def decide_there(conn: Connection, call: Invocation, interaction_id: int, person_id: int) -> Decision:
    """Say that a person whom a title names was there: each time, where the meeting repeats.

    It takes back what was said to the contrary. Raises NotFoundError where the title names no such person.
    """
    named = _named(conn, interaction_id, person_id)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        store.allow(op, named[0].series, person_id)
        meetings = [one for one in named if person_id not in store.are_there(conn, one.id)]
        for meeting in meetings:
            store.take_part(op, meeting.id, person_id)
        brief = people.brief(conn, person_id)
        title = named[0].title
        if meetings:
            op.summary = f"{brief.name} took part in “{title}” {_when(meetings, call.today)}"
        else:
            op.summary = f"{brief.name} takes part in “{title}” already"
    return Decision(
        address="",
        decision="there",
        person=brief,
        interactions=len(meetings),
        done=op.summary,
        operation_id=op.ref,
    )


def decide_not_there(conn: Connection, call: Invocation, interaction_id: int, person_id: int) -> Decision:
    """Say that a title does not mean a person: that is never asked again, nor of its series.

    It takes back what was said to the contrary, also where the meeting was renamed since. Raises NotFoundError where
    the title names no such person, and nobody has said that they were there.
    """
    named = _named(conn, interaction_id, person_id, or_present=True)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        for meeting in named:
            store.take_off(op, meeting.id, person_id)
        store.deny(op, named[0].series, person_id)
        brief = people.brief(conn, person_id)
        op.summary = f"“{named[0].title}” does not mean {brief.name}"
    return Decision(
        address="", decision="not_there", person=brief, interactions=0, done=op.summary, operation_id=op.ref
    )


def _when(meetings: Sequence[Titled], today: date) -> str:
    if len(meetings) > 1:
        return f"{len(meetings):,} times, from {in_full(meetings[-1].on)} to {in_full(meetings[0].on)}"
    on = meetings[0].on
    return f"on {in_full(on)}" + ("; it lies ahead and counts from its day on" if on > today else "")


def _named(conn: Connection, interaction_id: int, person_id: int, *, or_present: bool = False) -> list[Titled]:
    """A meeting whose title names a person, and all of that title in its series, whatever was decided; newest first.

    `or_present`: or one with them by hand, whatever it is called.
    """
    meetings = list(store.meetings(conn))
    about = next((one for one in meetings if one.id == interaction_id), None)
    known = KnownNames(store.names(conn))
    if about is not None and (
        any(person_id in spot for spot in known.named_in(about.title))
        or (or_present and store.is_there_by_hand(conn, about.id, person_id))
    ):
        return [one for one in meetings if (one.series, one.title) == (about.series, about.title)]
    brief = people.brief(conn, person_id)
    raise NotFoundError(
        f"the title of i{interaction_id} does not name {brief.name}",
        hint=f"dex triage --json lists such titles; dex edit i{interaction_id} --with {brief.handle} adds anybody",
    )
