"""People: adding, showing, listing, changing, tagging, giving a cadence, and letting go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from dexcli.domain import identifiers, names, query
from dexcli.domain.cadence import parse_cadence, read_duration
from dexcli.domain.dates import add_months, in_full, read_partial
from dexcli.domain.occasions import age_on, next_on
from dexcli.domain.records import FIELDS
from dexcli.errors import AmbiguousError, NotFoundError, UsageError
from dexcli.results.interactions import OccasionInfo, PersonPage, Rhythm
from dexcli.results.people import PeopleResult, Person, PersonList, PersonResult, TagResult, TagRule
from dexcli.services.invocation import Invocation
from dexcli.store import claims, commitments, interactions, occasions, people, tags
from dexcli.store import naming as store_naming
from dexcli.store import query as store_query
from dexcli.store.connection import Connection
from dexcli.store.due import suspects
from dexcli.store.journal import Operation, operation
from dexcli.store.standing import Derived, derive

MAX_NOTE = 4 * 1024 * 1024
"""Characters of a note."""

IMPORTANCE = {"low": -1, "normal": 0, "high": 1}

TOLERANCE = 1.2
"""A cadence is kept by whom the usual gap exceeds by no more than this factor."""


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
    birthday: str | None = None
    anniversary: str | None = None
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
    fields: Sequence[str] = ()
    """Single values by name: `company`, `title`, `location`, `met`, `met-on`, `birthday`, `anniversary`, `note`,
    `every`, `importance`, or a custom key."""


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
        if details.name is not None:
            people.rename(op, person_id, checked_name(details.name))
        if details.handle is not None:
            _change_handle(op, person_id, details.handle)
        _take_off(op, call, person_id, removals)
        _write(op, call, person_id, details)
        op.touch(person_id)
        person = _after(op, person_id)
        op.summary = f"changed {person.name}" if op.changes else f"{person.name} is as it was"
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
        op.update("person", person_id, snoozed_until=None if day is None else day.isoformat())
        op.touch(person_id)
        person = _after(op, person_id)
        op.summary = f"snoozed {person.name} until {in_full(day)}" if day else f"{person.name} is no longer snoozed"
    return PersonResult(person=person, done=op.summary, operation_id=op.ref)


def _snooze_day(call: Invocation, text: str) -> date:
    try:
        day = read_duration(text, call.today)
    except UsageError:
        day = call.read_date(text, "future")
    if day <= call.today:
        raise UsageError(f"{text!r} is not after today", hint="write 2w, 1m or a day to come")
    return day


def set_cadence(conn: Connection, call: Invocation, person_ids: Sequence[int], text: str) -> PeopleResult:
    """Give people a cadence; where they are many, their first dates are spread over it."""
    cadence = parse_cadence(text)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        for person_id in person_ids:
            _set_cadence(op, person_id, cadence.text, spread=len(person_ids) > 1)
        op.derive()
        briefs = people.briefs(conn, person_ids)
        who = briefs[person_ids[0]].name if len(person_ids) == 1 else f"{len(person_ids)} people"
        op.summary = f"{who}: {cadence.words}"
        if len(person_ids) == 1:
            due = people.full(conn, person_ids)[0].next_due_on
            op.summary += f", next on {in_full(due)}" if due else ""
    return PeopleResult(items=[briefs[id_] for id_ in person_ids], done=op.summary, operation_id=op.ref)


def set_tag_rule(
    conn: Connection,
    call: Invocation,
    tag: str,
    *,
    cadence: str | None,
    lead: str | None = None,
    importance: str | None = None,
) -> TagResult:
    """What a tag says about everybody who has it: cadence, days before occasions, importance."""
    tag = checked_tag(tag)
    values: dict[str, object] = {}
    if cadence is not None:
        values |= {"cadence": parse_cadence(cadence).text, "cadence_set_on": call.today.isoformat()}
    if lead is not None:
        values["lead"] = (read_duration(lead, call.today) - call.today).days
    if importance is not None:
        values["importance"] = _importance(importance)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        tag_id = tags.tag_id(op, tag)
        op.update("tag", tag_id, **values)
        op.touch(*tags.members(conn, tag))
        rule = tags.rule(conn, tag)
        op.summary = f"tag {tag}: {parse_cadence(rule.cadence).words if rule.cadence else 'no cadence'}"
        op.summary += f" for {rule.people} {'person' if rule.people == 1 else 'people'}"
        op.summary += "" if rule.people else f" so far: dex tag PERSON +{tag}"
    return TagResult(
        tag=TagRule(
            name=rule.name,
            cadence=parse_cadence(rule.cadence).iso if rule.cadence else None,
            lead_days=rule.lead_days,
            importance=rule.importance,
            people=rule.people,
        ),
        done=op.summary,
        operation_id=op.ref,
    )


def tag(
    conn: Connection, call: Invocation, person_ids: Sequence[int], *, give: Sequence[str], take: Sequence[str]
) -> PeopleResult:
    """Give tags to people and take tags off them."""
    give, take = [checked_tag(one) for one in give], [checked_tag(one) for one in take]
    if both := set(give) & set(take):
        raise UsageError(f"{min(both)!r} is to be given and to be taken off", hint="name it once")
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        for person_id in person_ids:
            for one in give:
                tags.give_tag(op, person_id, one)
            for one in take:
                tags.take_tag(op, person_id, one)
        if take and not give and not op.changes:
            raise NotFoundError(f"nobody of them has the tag {' or '.join(take)}", hint="dex show tells what there is")
        briefs = people.briefs(conn, person_ids)
        who = briefs[person_ids[0]].name if len(person_ids) == 1 else f"{len(person_ids)} people"
        marks = " ".join([*(f"+{one}" for one in give), *(f"-{one}" for one in take)])
        op.summary = f"{who}: {marks}"
    return PeopleResult(items=[briefs[id_] for id_ in person_ids], done=op.summary, operation_id=op.ref)


def find(conn: Connection, call: Invocation, text: str) -> PersonList:
    """The people whom a query finds, by name."""
    ids = find_ids(conn, call, text)
    unsure = set(suspects(conn, today=call.today, settings=call.settings, until=call.today))
    items = [
        _standing(person, derive(conn, person.id, call.today, call.settings)) if person.id in unsure else person
        for person in people.full(conn, ids)
    ]
    return PersonList(total=len(ids), items=items)


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
    shown = interactions.timeline(conn, person_id, today=today, limit=limit)
    ahead = interactions.upcoming(conn, person_id, today=today, limit=3)
    return PersonPage(
        person=person,
        due=due_on,
        overdue_days=(today - due_on).days if due_on else None,
        rhythm=_rhythm(conn, person_id, today, derived),
        first_seen=None if typed else interactions.first_seen(conn, person_id),
        occasions=_occasions(conn, person_id, today),
        commitments=commitments.of_person(conn, person_id),
        upcoming=interactions.read(conn, ahead, now=call.now),
        timeline=interactions.read(conn, shown, now=call.now),
        timeline_total=interactions.count(conn, person_id, today=today),
    )


def _rhythm(conn: Connection, person_id: int, today: date, derived: Derived | None) -> Rhythm:
    first = add_months(today.replace(day=1), -11)
    days = interactions.contact_days(conn, person_id, since=first, today=today)
    months = [0] * 12
    for day in days:
        months[(day.year - first.year) * 12 + day.month - first.month] += 1
    usual = derived.facts.rhythm_days if derived else None
    cadence_days = derived.standing.cadence_days if derived else None
    kept = None if usual is None or cadence_days is None else usual <= cadence_days * TOLERANCE
    return Rhythm(usual_days=usual, months=months, kept=kept)


def _occasions(conn: Connection, person_id: int, today: date) -> list[OccasionInfo]:
    found = []
    for occasion in occasions.of_person(conn, person_id):
        on = next_on(occasion.month, occasion.day, today)
        found.append(OccasionInfo(kind=occasion.kind, on=on, year=occasion.year, turns=age_on(occasion.year, on)))
    return sorted(found, key=lambda one: (one.on, one.kind))


# -- what was typed ------------------------------------------------------------------------------------


def checked_name(text: str) -> str:
    """A name fit to be stored; raises UsageError for an empty one and for one that is too long."""
    name = names.clean_name(text)
    if not name:
        raise UsageError("a person needs a name", hint="dex add 'Ada Lovelace' --email ada@example.org")
    if len(name) > names.MAX_NAME:
        raise UsageError(
            f"a name of {len(name)} characters is longer than {names.MAX_NAME}", hint="put the rest into --note"
        )
    return name


def checked_tag(text: str) -> str:
    """A tag as it is stored; raises UsageError where nothing is left of it."""
    tag = names.tag_form(text)
    if not tag:
        raise UsageError(f"{text!r} is no tag", hint="a tag is one word: +friend")
    return tag


def checked_handle(text: str) -> str:
    """A handle as it is stored; raises UsageError where the text could not be typed as one."""
    handle = names.handle_for(text)
    if handle != text.casefold():
        raise UsageError(f"{text!r} is no handle", hint=f"letters, digits and hyphens: {handle}")
    return handle


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
        "email": [_email(text) for text in details.emails],
        "phone": details.phones,
        "url": [_url(text) for text in details.urls],
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
        **dict(_custom(text) for text in details.fields),
    }
    for field, single in singles.items():
        if single is not None:
            text = single.strip()
            value = _READERS[field](call, text) if text and field in _READERS else text
            claims.replace_typed(op, person_id, field, value or None)
            fields.add(field)
    claims.settle(op, person_id, fields)
    for tag_name in details.tags:
        tags.give_tag(op, person_id, checked_tag(tag_name))
    if details.every is not None:
        _set_cadence(op, person_id, parse_cadence(details.every).text if details.every.strip() else None)
    if details.importance is not None:
        importance = _importance(details.importance) if details.importance.strip() else None
        op.update("person", person_id, importance=importance)
        op.touch(person_id)


def _set_cadence(op: Operation, person_id: int, cadence: str | None, *, spread: bool = False) -> None:
    before = people.row_of(op.conn, person_id)
    if before is not None and before["cadence"] == cadence:
        return
    op.update(
        "person",
        person_id,
        cadence=cadence,
        cadence_set_on=None if cadence is None else op.today.isoformat(),
        cadence_spread=int(spread),
    )
    op.touch(person_id)


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
    for name in removals.fields:
        if name == "every":
            _set_cadence(op, person_id, None)
        elif name == "importance":
            op.update("person", person_id, importance=None)
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


def _after(op: Operation, person_id: int) -> Person:
    """The person as they are at the end of the operation."""
    op.derive()
    return people.full(op.conn, [person_id])[0]


def _email(text: str) -> str:
    identifier = identifiers.email(text)
    if identifier is None:
        raise UsageError(f"{text!r} is no e-mail address", hint="ada@example.org")
    return identifier.value


def _url(text: str) -> str:
    url = text.strip()
    if not url or any(character.isspace() for character in url) or "." not in url:
        raise UsageError(f"{text!r} is no link", hint="https://www.linkedin.com/in/ada-lovelace")
    return url if "://" in url else f"https://{url}"


def _met_on(call: Invocation, text: str) -> str:
    return call.read_date(text, "past").isoformat()


def _yearly(call: Invocation, text: str) -> str:
    day = read_partial(text, order=call.date_order)
    if day is None:
        raise UsageError(f"cannot read the yearly date {text!r}", hint="write 1815-12-10, or 12-10 without the year")
    return day


def _note(_: Invocation, text: str) -> str:
    if len(text) > MAX_NOTE:
        raise UsageError(f"a note of {len(text):,} characters is longer than {MAX_NOTE:,}", hint="keep it in a file")
    return text


_READERS: dict[str, Callable[[Invocation, str], str]] = {
    "met_on": _met_on,
    "birthday": _yearly,
    "anniversary": _yearly,
    "note": _note,
}
"""How the text of a field becomes its value, where they are not the same."""

_OPTIONS = {"met_where": "--met", "met_on": "--met-on", "cadence": "--every", "date": "--birthday or --anniversary"}
"""Fields whose option is not called after them; `name` is an argument of `add`, and an option of `edit`."""


def _custom(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    key = names.clean_name(key).casefold()
    if not equals or not key:
        raise UsageError(f"{text!r} is not KEY=VALUE", hint="--set 'coffee=flat white'")
    if key in FIELDS:
        raise UsageError(
            f"{key!r} has an option of its own", hint=f"use {_OPTIONS.get(key, f'--{key}')}, or another key"
        )
    return key, value


def _importance(text: str) -> int:
    if text not in IMPORTANCE:
        raise UsageError(f"{text!r} is no importance", hint="low, normal or high")
    return IMPORTANCE[text]
