"""People: adding, changing, holding back and letting go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from dexcli.domain import identifiers
from dexcli.domain.cadence import parse_cadence, read_duration
from dexcli.domain.dates import in_full
from dexcli.errors import AmbiguousError, NotFoundError, UsageError
from dexcli.results.people import Person, PersonResult
from dexcli.services.cadence import give_cadence
from dexcli.services.invocation import Invocation
from dexcli.services.typed import (
    READERS,
    checked_handle,
    checked_name,
    checked_tag,
    custom_field,
    date_name,
    email_of,
    importance_of,
    lead_of,
    named_date,
    url_of,
)  # fmt: skip
from dexcli.store import claims, people, tags
from dexcli.store import naming as store_naming
from dexcli.store.connection import Connection
from dexcli.store.journal import Operation, operation


class Details(Struct, frozen=True, kw_only=True):
    """What may be typed about a person: None leaves things as they are, an empty text takes a single value off."""

    name: str | None = None
    handle: str | None = None
    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    urls: Sequence[str] = ()
    aliases: Sequence[str] = ()
    tags: Sequence[str] = ()
    company: str | None = None
    title: str | None = None
    location: str | None = None
    addresses: Sequence[str] = ()
    met_where: str | None = None
    met_on: str | None = None
    """A day as typed."""
    every: str | None = None
    """A cadence as typed."""
    importance: str | None = None
    lead: str | None = None
    """Notice of yearly dates as typed."""
    birthday: str | None = None
    anniversary: str | None = None
    dates: Sequence[str] = ()
    """`NAME=DATE`, yearly."""
    note: str | None = None
    fields: Sequence[str] = ()
    """`KEY=VALUE`."""


class Removals(Struct, frozen=True, kw_only=True):
    """What may be taken off a person."""

    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    urls: Sequence[str] = ()
    aliases: Sequence[str] = ()
    tags: Sequence[str] = ()
    addresses: Sequence[str] = ()
    dates: Sequence[str] = ()
    """Yearly dates by name."""
    fields: Sequence[str] = ()
    """Single values by name: `company`, `title`, `location`, `met`, `met-on`, `birthday`, `anniversary`, `note`,
    `every`, `importance`, `lead`, or a custom key."""


def add(conn: Connection, call: Invocation, details: Details, *, force: bool = False) -> PersonResult:
    """Add a person; refuses a name or an identifier that is known, unless forced.

    Raises AmbiguousError with those who have it, UsageError for what cannot be read.
    """
    name = checked_name(details.name or "")
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        if not force:
            _refuse_known(conn, call, name, details)
        person_id = people.add(op, name, handle=checked_handle(details.handle) if details.handle else None)
        people.exhume(op, _graves(details, call.region))
        _write(op, call, person_id, details)
        person = _after(op, person_id)
        op.summary = f"added {person.name} ({person.handle})"
    return PersonResult(person=person, done=op.summary, operation_id=op.ref)


def edit(conn: Connection, call: Invocation, person_id: int, details: Details, removals: Removals) -> PersonResult:
    """Change what is known about a person: typed values win over imported ones."""
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        before = people.full(conn, [person_id])[0]
        if details.name is not None:
            people.rename(op, person_id, checked_name(details.name))
        if details.handle is not None:
            _change_handle(op, person_id, details.handle)
        _take_off(op, call, person_id, removals)
        _write(op, call, person_id, details)
        op.touch(person_id)
        person = _after(op, person_id)
        told = list(_differences(before, person))
        op.summary = f"changed {person.name}{': ' if told else ''}{', '.join(told)}"
        op.summary = op.summary if op.changes else f"{person.name} is as it was"
    return PersonResult(person=person, done=op.summary, operation_id=op.ref)


def remove(conn: Connection, call: Invocation, person_id: int) -> PersonResult:
    """Remove a person; importers do not bring them back, `undo` does."""
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        person = people.full(conn, [person_id])[0]
        people.remove(op, person_id)
        op.summary = f"removed {person.name} ({person.handle})"
    return PersonResult(person=person, done=op.summary, operation_id=op.ref)


STATES: dict[str, tuple[str | None, str, str]] = {
    "archive": (None, "archived", "archived {}: no longer due, still found"),
    "unarchive": ("archived", "active", "{} is active again"),
    "ignore": (None, "ignored", "ignoring {}"),
    "unignore": ("ignored", "active", "{} is active again"),
    "deceased": (None, "deceased", "{} has died: kept, never due"),
}
"""Each change of state: from which state (None: any) to which, and what is said then."""


def set_state(conn: Connection, call: Invocation, person_id: int, change: str, on: date | None = None) -> PersonResult:
    """Archive, ignore or bring back a person; `change` is a key of `STATES`, `on` the day of death.

    Who is not in the state that the change starts from stays as they are.
    """
    before, after, sentence = STATES[change]
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        person = people.full(conn, [person_id])[0]
        if before in (None, person.state):
            op.update("person", person_id, state=after, state_on=None if on is None else on.isoformat())
            op.touch(person_id)
            person = _after(op, person_id)
            op.summary = sentence.format(person.name)
        else:
            op.summary = f"{person.name} is not {before} but {person.state}"
    return PersonResult(person=person, done=op.summary, operation_id=op.ref)


def snooze(conn: Connection, call: Invocation, person_id: int, until: str | None) -> PersonResult:
    """Hold a person back until a day or for a duration; None ends the snooze."""
    day = None if until is None else _snooze_day(call, until)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        snoozed = people.full(conn, [person_id])[0].snoozed_until
        op.update("person", person_id, snoozed_until=None if day is None else day.isoformat())
        op.touch(person_id)
        person = _after(op, person_id)
        op.summary = f"snoozed {person.name} until {in_full(day)}" if day else f"{person.name} is no longer snoozed"
        if day is None and snoozed is None:
            op.summary = f"{person.name} is not snoozed"
    return PersonResult(person=person, done=op.summary, operation_id=op.ref)


def _snooze_day(call: Invocation, text: str) -> date:
    try:
        day = read_duration(text, call.today)
    except UsageError:
        day = call.read_date(text, "future")
    if day <= call.today:
        raise UsageError(f"{text!r} is not after today", hint="write 2w, 1m or a day to come")
    return day


def _refuse_known(conn: Connection, call: Invocation, name: str, details: Details) -> None:
    named = identifiers.recognise(name, call.region)
    found = store_naming.by_full_name(conn, name) or (store_naming.by_identifier(conn, named) if named else [])
    what = f"{name} is there already" if found else ""
    for text, identifier in _identifiers(details, call.region):
        others = [id_ for id_ in store_naming.by_identifier(conn, identifier) if id_ not in found]
        if others:
            what = what or f"{text} belongs to somebody already"
            found += others
    if found:
        raise AmbiguousError(
            what,
            hint="edit them (dex edit HANDLE ...), or add another person all the same with --force",
            candidates=msgspec.to_builtins(people.candidates(conn, found)),
            code="exists",
        )


def _identifiers(details: Details, region: str | None) -> Iterable[tuple[str, identifiers.Identifier]]:
    for field, values in (("email", details.emails), ("phone", details.phones), ("url", details.urls)):
        for value in values:
            identifier = identifiers.of_claim(field, value, region)
            if identifier is not None:
                yield value, identifier


def _graves(details: Details, region: str | None) -> list[str]:
    return [f"{one.kind}:{one.value}" for _, one in _identifiers(details, region)]


def _write(op: Operation, call: Invocation, person_id: int, details: Details) -> None:
    """Write typed details; single values replace what was typed before, empty ones take it off, lists grow."""
    lists = {
        "email": [email_of(text) for text in details.emails],
        "phone": details.phones,
        "url": [url_of(text) for text in details.urls],
        "alias": [checked_name(text) for text in details.aliases],
        "address": details.addresses,
    }
    fields = set()
    for field, values in lists.items():
        for value in values:
            claims.add_claim(op, person_id, field, value.strip(), region=call.region)
    singles: dict[str, str | None] = {
        "company": details.company,
        "title": details.title,
        "location": details.location,
        "met_where": details.met_where,
        "met_on": details.met_on,
        "birthday": details.birthday,
        "anniversary": details.anniversary,
        "note": details.note,
        **dict(custom_field(text) for text in details.fields),
    }
    for field, single in singles.items():
        if single is not None:
            text = single.strip()
            value = READERS[field](call, text) if text and field in READERS else text
            claims.replace_typed(op, person_id, field, value or None)
            fields.add(field)
    for text in details.dates:
        name, day = named_date(call, text)
        _replace_date(op, person_id, name, day or None)
        fields.add("date")
    claims.settle(op, person_id, fields)
    for tag_name in details.tags:
        tags.give_tag(op, person_id, checked_tag(tag_name))
    if details.every is not None:
        give_cadence(op, person_id, parse_cadence(details.every).text if details.every.strip() else None)
    if details.importance is not None:
        importance = importance_of(details.importance) if details.importance.strip() else None
        op.update("person", person_id, importance=importance)
        op.touch(person_id)
    if details.lead is not None:
        op.update("person", person_id, lead=lead_of(call, details.lead))
        op.touch(person_id)


def _replace_date(op: Operation, person_id: int, name: str, day: str | None) -> bool:
    """Type the yearly date of a name; two names have a field of their own."""
    if name in ("birthday", "anniversary"):
        return claims.replace_typed(op, person_id, name, day)
    return claims.replace_typed_date(op, person_id, name, day)


_SINGLES = {
    "company": "company",
    "title": "title",
    "location": "location",
    "met": "met_where",
    "met-on": "met_on",
    "birthday": "birthday",
    "anniversary": "anniversary",
    "note": "note",
}


def _take_off(op: Operation, call: Invocation, person_id: int, removals: Removals) -> None:
    for field, values in (
        ("email", removals.emails),
        ("phone", removals.phones),
        ("url", removals.urls),
        ("alias", removals.aliases),
        ("address", removals.addresses),
    ):
        for value in values:
            if not claims.take_off(op, person_id, field, value, call.region):
                raise NotFoundError(f"there is no {field} {value!r} to take off", hint="dex show tells what there is")
    for tag_name in removals.tags:
        if not tags.take_tag(op, person_id, checked_tag(tag_name)):
            raise NotFoundError(f"there is no tag {tag_name!r} to take off", hint="dex show tells what there is")
    settled = set()
    for text in removals.dates:
        if not _replace_date(op, person_id, date_name(text), None):
            raise NotFoundError(f"there is no date {text!r} to take off", hint="dex show tells what there is")
        settled.add("date")
    for name in removals.fields:
        if name == "every":
            give_cadence(op, person_id, None)
        elif name in ("importance", "lead"):
            op.update("person", person_id, **{name: None})
        else:
            field = _SINGLES.get(name, name)
            if not claims.replace_typed(op, person_id, field, None):
                raise NotFoundError(f"there is no {name} to take off", hint="dex show tells what there is")
            settled.add(field)
    claims.settle(op, person_id, settled)


def _change_handle(op: Operation, person_id: int, text: str) -> None:
    handle = checked_handle(text)
    if not people.change_handle(op, person_id, handle):
        raise UsageError(f"the handle {handle!r} is taken", hint=f"dex show {handle} tells by whom")


_TOLD = {
    "name": "name",
    "handle": "handle",
    "company": "company",
    "title": "title",
    "location": "location",
    "met_where": "met",
    "met_on": "met-on",
    "birthday": "birthday",
    "notes": "note",
    "importance": "importance",
    "lead_days": "lead",
}
"""Single values of a person and what they are called."""

_LISTS = {
    "emails": "email",
    "phones": "phone",
    "urls": "url",
    "aliases": "alias",
    "addresses": "address",
    "tags": "tag",
    "cadence": "every",
}
"""Lists of a person, of which only the name is told; the cadence has no words here."""

_SHORT = 24
"""Characters of a value that is told."""


def _differences(before: Person, after: Person) -> Iterable[str]:
    """What an edit has changed, in words; of a single value that was replaced, both of them."""
    for attribute, label in _TOLD.items():
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old != new:
            yield f"{label}: {_shown(old)} → {_shown(new)}" if old else label
    for attribute, label in _LISTS.items():
        if getattr(before, attribute) != getattr(after, attribute):
            yield label
    for one, other in ((before.dates, after.dates), (before.fields, after.fields)):
        for key in {**one, **other}:
            old, new = one.get(key), other.get(key)
            if old != new:
                yield f"{key}: {_shown(old)} → {_shown(new)}" if old else key


def _shown(value: object) -> str:
    if value is None or value == "":
        return "none"
    text = " ".join(str(value).split())
    return f'"{text if len(text) <= _SHORT else text[: _SHORT - 1].rstrip() + "…"}"'


def _after(op: Operation, person_id: int) -> Person:
    """The person as they are at the end of the operation."""
    op.derive()
    return people.full(op.conn, [person_id])[0]
