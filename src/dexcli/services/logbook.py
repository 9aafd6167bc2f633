"""The logbook: what happened by my own hand, with promises; editing and removing entries; reminders."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from itertools import count

from msgspec import Struct

from dexcli.domain import kinds
from dexcli.domain.cadence import NEVER, parse_cadence
from dexcli.domain.dates import in_full, shift
from dexcli.domain.policy import BY_HAND, MINE
from dexcli.errors import NotFoundError, UsageError
from dexcli.results.interactions import CommitmentInfo, CommitmentResult, InteractionResult, LogResult, PersonDue
from dexcli.results.people import PersonBrief
from dexcli.services.invocation import Invocation
from dexcli.services.naming import refuse_namesakes
from dexcli.services.typed import checked_name
from dexcli.store import claims, commitments, interactions, people
from dexcli.store.connection import Connection, Row
from dexcli.store.journal import Operation, operation

DIRECTIONS = ("in", "out", "both")

MAX_TITLE = 200
"""Characters of a title; a longer first line is the beginning of the body."""


class Promise(Struct, frozen=True, kw_only=True):
    """Something promised on an occasion."""

    text: str
    by: date | None = None
    theirs: bool = False


class Entry(Struct, frozen=True, kw_only=True):
    """What is to be logged."""

    person_ids: Sequence[int]
    create: Sequence[str] = ()
    """Names of new people who took part."""
    text: str | None = None
    on: date | None = None
    kind: str | None = None
    direction: str | None = None
    place: str | None = None
    minutes: int | None = None
    promises: Sequence[Promise] = ()


def log(conn: Connection, call: Invocation, entry: Entry) -> LogResult:
    """Write down that something happened with one or many people; it counts as contact with each of them."""
    on = entry.on or call.today
    kind, text = kind_of(entry.kind, entry.text)
    title, body = split_text(text)
    direction = checked_direction(entry.direction)
    created_names = [checked_name(name) for name in entry.create]
    check_promises(entry.promises)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        created = []
        for name in created_names:
            refuse_namesakes(conn, name)
            created.append(people.add(op, name))
        who = list(dict.fromkeys([*entry.person_ids, *created]))
        if not who:
            raise UsageError("nobody to log", hint="dex log ada 'coffee, her new job'")
        interaction_id = interactions.add(
            op,
            key=f"hand:{uuid.uuid4()}",
            kind=kind,
            on=on,
            at=None,
            direction=direction,
            title=title,
            body=body,
            place=entry.place,
            minutes=entry.minutes,
            participants=[(claims.own_identifier(op, id_), "with", BY_HAND.counts, BY_HAND.why) for id_ in who],
        )
        promised(op, who[0], entry.promises, interaction_id, on)
        op.derive()
        briefs = people.briefs(conn, who)
        due = {person.id: person.next_due_on for person in people.full(conn, who)}
        names = _listed([briefs[id_].name for id_ in who])
        op.summary = f"logged {kind} with {names} on {in_full(on)} (i{interaction_id})"
        op.summary += f": {title}" if title else ""
        op.summary += added_words([briefs[id_] for id_ in created])
        op.summary += "; it lies ahead and counts from its day on" if on > call.today else ""
        return LogResult(
            interaction=interactions.read(conn, [interaction_id], now=call.now)[0],
            people=[PersonDue(person=briefs[id_], due=due[id_]) for id_ in who],
            person=briefs[who[0]],
            due=due[who[0]],
            created=[briefs[id_] for id_ in created],
            commitments=commitments.of_interaction(conn, interaction_id),
            done=op.summary,
            operation_id=op.ref,
        )


def check_promises(promises: Sequence[Promise]) -> None:
    """Raise UsageError for a promise that says nothing."""
    if not all(promise.text.strip() for promise in promises):
        raise UsageError("a promise needs a text", hint="--promise 'the paper' --by friday")


def promised(op: Operation, person_id: int, promises: Sequence[Promise], interaction_id: int, on: date) -> None:
    """Write down what was promised between me and a person when something happened."""
    for promise in promises:
        commitments.add(
            op,
            person_id,
            kind="promise",
            text=promise.text,
            due_on=promise.by,
            direction="theirs" if promise.theirs else "mine",
            interaction_id=interaction_id,
            made_on=on,
        )


def added_words(created: Sequence[PersonBrief]) -> str:
    """Who was added on the way, as the end of a summary."""
    return "".join(f"; added {one.name} ({one.handle})" for one in created)


class Change(Struct, frozen=True, kw_only=True):
    """What is to be changed about an entry: None leaves it, an empty text (of minutes: 0) takes it off."""

    text: str | None = None
    on: date | None = None
    kind: str | None = None
    direction: str | None = None
    place: str | None = None
    minutes: int | None = None
    add_people: Sequence[int] = ()
    remove_people: Sequence[int] = ()


def edit(conn: Connection, call: Invocation, interaction_id: int, change: Change) -> InteractionResult:
    """Change an entry of the logbook."""
    before = _known(conn, interaction_id)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        values: dict[str, object] = {}
        if change.text is not None:
            values["title"], values["body"] = split_text(change.text)
        if change.on is not None:
            values |= {"happened_on": change.on.isoformat(), "happened_at": None}
        if change.kind is not None:
            values["kind"] = checked_kind(change.kind)
        if change.direction is not None:
            values["direction"] = checked_direction(change.direction or None)
        if change.place is not None:
            values["place"] = change.place.strip() or None
        if change.minutes is not None:
            values["minutes"] = change.minutes or None
        participants = None
        if values.get("kind", before["kind"]) != before["kind"]:
            # The user knows better than the policy what it was.
            participants = [
                (id_, role, counts, why) if why == MINE.why else (id_, role, BY_HAND.counts, BY_HAND.why)
                for id_, role, counts, why in interactions.participants(conn, interaction_id)
            ]
        if change.add_people or change.remove_people:
            participants = participants or interactions.participants(conn, interaction_id)
            for id_ in change.remove_people:
                mine = interactions.identifiers_of(conn, id_)
                if not any(one[0] in mine for one in participants):
                    raise NotFoundError(f"{people.brief(conn, id_).name} did not take part in i{interaction_id}")
                participants = [one for one in participants if one[0] not in mine]
            for id_ in change.add_people:
                own = claims.own_identifier(op, id_)
                if own not in {one[0] for one in participants}:
                    participants.append((own, "with", BY_HAND.counts, BY_HAND.why))
            if not participants:
                raise UsageError(f"nobody would be left in i{interaction_id}", hint=f"dex rm i{interaction_id}")
        interactions.change(op, interaction_id, values, participants)
        result = interactions.read(conn, [interaction_id], now=call.now)[0]
        op.summary = (
            f"changed i{interaction_id} of {in_full(result.on)}" if op.changes else f"i{interaction_id} is as it was"
        )
    return InteractionResult(interaction=result, done=op.summary, operation_id=op.ref)


def remove(conn: Connection, call: Invocation, interaction_id: int) -> InteractionResult:
    """Remove an entry; what was promised then stays promised."""
    _known(conn, interaction_id)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        result = interactions.read(conn, [interaction_id], now=call.now)[0]
        interactions.remove(op, interaction_id)
        op.summary = f"removed i{interaction_id}: {result.kind} of {in_full(result.on)}"
    return InteractionResult(interaction=result, done=op.summary, operation_id=op.ref)


def show(conn: Connection, call: Invocation, interaction_id: int) -> InteractionResult:
    """One entry with everybody who took part."""
    _known(conn, interaction_id)
    result = interactions.read(conn, [interaction_id], now=call.now)[0]
    return InteractionResult(interaction=result, done="", operation_id=None)


def remind(
    conn: Connection, call: Invocation, person_id: int, text: str, *, on: date | None, every: str | None
) -> CommitmentResult:
    """Put a reminder on a person's row of the due list, once or again and again."""
    cadence = parse_cadence(every) if every else None
    if cadence == NEVER:
        raise UsageError("a reminder cannot come back never", hint="leave --every out: it comes once")
    try:
        due_on = on or (cadence.after(call.today) if cadence else None)
    except OverflowError:
        raise UsageError(f"{every!r} from today on lies beyond the calendar", hint="--on names a day") from None
    if due_on is None:
        raise UsageError("a reminder needs a day", hint="--on 'next friday', --on 12-24, or --every 1y")
    if not text.strip():
        raise UsageError("a reminder needs a text", hint="dex remind ada 'ask about the exam' --on friday")
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        commitment_id = commitments.add(
            op,
            person_id,
            kind="reminder",
            text=text.strip(),
            due_on=due_on,
            every=cadence.text if cadence else None,
        )
        info = commitments.read(conn, commitment_id)
        person = people.brief(conn, person_id)
        when = "at once, since" if due_on < call.today else "on"
        past = " is past" if due_on < call.today else ""
        op.summary = f"will remind you of {person.name} {when} {in_full(due_on)}{past}: {info.text}"
    return CommitmentResult(commitment=info, person=person, done=op.summary, operation_id=op.ref)


def show_commitment(conn: Connection, commitment_id: int) -> CommitmentResult:
    """One promise or reminder, told in a sentence."""
    info = _known_commitment(conn, commitment_id)
    person = people.brief(conn, info.person_id)
    when = f", by {in_full(info.due_on)}" if info.due_on else ""
    whose = "their promise to you" if info.direction == "theirs" else f"your {info.kind}"
    told = f"{info.id}, {whose} ({person.name}): {info.text}{when}; {info.state}"
    return CommitmentResult(commitment=info, person=person, done=told, operation_id=None)


def remove_commitment(conn: Connection, call: Invocation, commitment_id: int) -> CommitmentResult:
    """Remove a promise or a reminder, as if it had not been made."""
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        info = _known_commitment(conn, commitment_id)
        op.delete("commitment", commitment_id)
        op.touch(info.person_id)
        op.summary = f"removed {info.id}: {info.text}"
        person = people.brief(conn, info.person_id)
        return CommitmentResult(commitment=info, person=person, done=op.summary, operation_id=op.ref)


def _known_commitment(conn: Connection, commitment_id: int) -> CommitmentInfo:
    if commitments.row_of(conn, commitment_id) is None:
        raise NotFoundError(f"there is no promise or reminder c{commitment_id}", hint="dex show PERSON lists them")
    return commitments.read(conn, commitment_id)


def done(conn: Connection, call: Invocation, commitment_id: int) -> CommitmentResult:
    """Close a promise or a reminder; a repeated reminder moves on to its next day."""
    row = commitments.row_of(conn, commitment_id)
    if row is None:
        raise NotFoundError(f"there is no promise or reminder c{commitment_id}", hint="dex show PERSON lists them")
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        if row["every"] and row["state"] == "open":
            due_on = _next_day(row, call.today)
            op.update("commitment", commitment_id, due_on=due_on.isoformat())
            op.summary = f"done c{commitment_id}; again on {in_full(due_on)}"
        elif row["state"] == "open":
            op.update("commitment", commitment_id, state="done", done_on=call.today.isoformat())
            op.summary = f"done c{commitment_id}: {row['text']}"
        else:
            op.summary = f"c{commitment_id} was done on {row['done_on']}"
        op.touch(row["person_id"])
        info = commitments.read(conn, commitment_id)
        person = people.brief(conn, row["person_id"])
    return CommitmentResult(commitment=info, person=person, done=op.summary, operation_id=op.ref)


def _next_day(row: Row, today: date) -> date:
    """The next day of a repeated reminder, counted from its first: the end of January leads to that of March.

    Raises UsageError at the end of the calendar.
    """
    cadence = parse_cadence(row["every"])
    first = date.fromisoformat(row["first_on"])
    latest = max(today, date.fromisoformat(row["due_on"]))
    try:
        return next(day for times in count(1) if (day := shift(first, times * cadence.n, cadence.unit)) > latest)
    except OverflowError:
        raise UsageError(f"c{row['id']} would come again beyond the calendar", hint=f"dex rm c{row['id']}") from None


def split_text(text: str | None) -> tuple[str | None, str | None]:
    """A text as title (its first line, where that is short) and body (the rest)."""
    text = (text or "").strip()
    if not text:
        return None, None
    first, _, rest = text.partition("\n")
    if len(first) <= MAX_TITLE:
        return first.strip(), rest.strip() or None
    return first[: MAX_TITLE - 1].rstrip() + "…", text


def kind_of(kind: str | None, text: str | None) -> tuple[str, str | None]:
    """The kind of an entry, as said or as its text begins, and what remains of the text."""
    if kind is not None:
        return checked_kind(kind), text
    return kinds.named_by(text or "") or ("note", text)


def checked_kind(text: str) -> str:
    """A kind is one lower-case word: note, meeting, call, message, coffee, meal, letter, gift or any other."""
    kind = text.strip().casefold()
    if not kind or not all(character.isalnum() or character in "-_" for character in kind):
        raise UsageError(f"{text!r} is no kind", hint="one word: note, meeting, call, message, coffee, meal ...")
    return kind


def checked_direction(text: str | None) -> str | None:
    """`in` (they to me), `out` (I to them) or `both`."""
    if text is None or text in DIRECTIONS:
        return text
    raise UsageError(f"{text!r} is no direction", hint="in, out or both")


def _known(conn: Connection, interaction_id: int) -> Row:
    row: Row | None = interactions.row_of(conn, interaction_id)
    if row is None:
        raise NotFoundError(
            f"there is no entry i{interaction_id}", hint="dex show PERSON --json lists entries with their numbers"
        )
    return row


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
