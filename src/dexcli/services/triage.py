"""Addresses that look like people: whom to add, link, ignore or put off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec import structs

from dexcli.domain import identifiers, triage
from dexcli.domain.dates import in_full
from dexcli.errors import NotFoundError, UsageError
from dexcli.results.people import PersonResult
from dexcli.results.report import Report
from dexcli.results.triage import Decision, Gathering, TriageItem, TriageList
from dexcli.services import people as people_service
from dexcli.services import titles
from dexcli.services.invocation import Invocation
from dexcli.services.people import Details, Removals
from dexcli.store import claims, interactions, naming, people
from dexcli.store import triage as store
from dexcli.store.claims import KnownIdentifier
from dexcli.store.connection import Connection
from dexcli.store.journal import Operation, operation


def candidates(conn: Connection, call: Invocation, *, limit: int) -> TriageList:
    """Addresses with the two-way proof that nobody has claimed, best first; 0 is all. No function, no list."""
    found = [
        (triage.score(one, call.today), one)
        for one in store.unclaimed(conn, call.today)
        if triage.may_be_a_person(one.address)
    ]
    found.sort(key=lambda pair: (-pair[0], pair[1].address))
    items = []
    for score, one in found[: limit or len(found)]:
        name = triage.guess_name(one.name, one.address)
        same = naming.by_full_name(conn, name)[:3]
        briefs = people.briefs(conn, same)
        items.append(
            TriageItem(
                address=one.address,
                name=name,
                sent=one.sent,
                received=one.received,
                met=one.met,
                first_on=one.first_on,
                last_on=one.last_on,
                last_title=store.last_title(conn, one.address, call.today),
                score=round(score, 3),
                reasons=triage.reasons(one),
                namesakes=[briefs[id_] for id_ in same],
                gathering=_gathering(conn, call, one.address) if one.met else None,
            )
        )
    asked = titles.questions(conn)
    return TriageList(
        total=len(found),
        items=items,
        mail=bool(found) or bool(asked) or store.any_mail(conn),
        titles_total=len(asked),
        titles=titles.told(conn, asked[: limit or len(asked)]),
    )


def _gathering(conn: Connection, call: Invocation, address: str) -> Gathering | None:
    found = store.gathering_of(conn, address, call.today)
    if found is None:
        return None
    id_, title, on = found
    addresses = [one for one in store.new_at(conn, id_) if triage.may_be_a_person(one)]
    if len(addresses) < 2 or address not in addresses:  # noqa: PLR2004 - alone one is not several
        return None
    return Gathering(interaction_id=f"i{id_}", title=title, on=on, addresses=addresses)


def decide_met(conn: Connection, call: Invocation, interaction_id: int, *, force: bool = False) -> Iterator[Decision]:
    """Make people of all who were at a meeting and whom nobody has claimed, with where and when we met: one by one.

    Raises NotFoundError where there is no such meeting or nobody new in it, and what `decide_add` raises.
    """
    found = interactions.read(conn, [interaction_id], now=call.now)
    if found and found[0].on > call.today:
        raise UsageError(f"i{interaction_id} is on {in_full(found[0].on)}: nobody was met yet", hint="wait for it")
    addresses = [one for one in store.new_at(conn, interaction_id) if triage.may_be_a_person(one)] if found else []
    if not addresses:
        raise NotFoundError(f"nobody new was at i{interaction_id}", hint="dex triage --json names such meetings")
    met = (found[0].title or found[0].kind, found[0].on.isoformat())
    for address in addresses:
        yield decide_add(conn, call, address, met=met, force=force)


def told_to_triage(conn: Connection, call: Invocation, report: Report) -> Report:
    """A report that says how much there is to decide about."""
    addresses = sum(triage.may_be_a_person(one.address) for one in store.unclaimed(conn, call.today))
    return structs.replace(report, to_triage=addresses, titles_to_triage=len(titles.questions(conn)))


def check(conn: Connection, addresses: Sequence[str]) -> None:
    """Raise for the first address that cannot be decided about, or that is named twice."""
    known = [_unclaimed(conn, address) for address in addresses]
    for number, one in enumerate(known):
        if one in known[:number]:
            raise UsageError(f"{one.value} is decided about twice", hint="name it once")


def decide_add(
    conn: Connection,
    call: Invocation,
    address: str,
    *,
    name: str | None = None,
    met: tuple[str, str] | None = None,
    force: bool = False,
) -> Decision:
    """Make a person of an address, whose whole history they have at once; `met` is where and on which day.

    Raises AmbiguousError where somebody of that name is there, unless forced.
    """
    known = _unclaimed(conn, address)
    wanted = name or triage.guess_name(store.seen_name(conn, known.id), known.value)
    where, on = met or (None, None)
    details = Details(name=wanted, emails=[known.value], met_where=where, met_on=on)
    made = people_service.add(conn, call, details, force=force)
    return _claimed(conn, known, "add", made)


def decide_link(conn: Connection, call: Invocation, address: str, person_id: int) -> Decision:
    """Say that an address is a known person's: its history is theirs at once."""
    known = _unclaimed(conn, address)
    changed = people_service.edit(conn, call, person_id, Details(emails=[known.value]), Removals())
    return _claimed(conn, known, "link", changed)


def decide_ignore(conn: Connection, call: Invocation, address: str) -> Decision:
    """Never ask about an address again."""
    known = _unclaimed(conn, address)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        store.ignore(op, known.id)
        op.summary = f"will not ask about {known.value} again"
    return _put_aside(known, "ignore", op)


def decide_later(conn: Connection, call: Invocation, address: str) -> Decision:
    """Ask about an address again in a month."""
    known = _unclaimed(conn, address)
    until = call.today + timedelta(days=triage.LATER_DAYS)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        store.put_off(op, known.id, until)
        op.summary = f"will ask about {known.value} again on {in_full(until)}"
    return _put_aside(known, "later", op)


def _unclaimed(conn: Connection, address: str) -> KnownIdentifier:
    """An address that history knows and nobody has claimed."""
    identifier = identifiers.email(address)
    if identifier is None:
        raise UsageError(f"{address!r} is no e-mail address", hint="dex triage --json lists them")
    known = claims.find_identifier(conn, identifier)
    if known is None:
        raise NotFoundError(f"no mail or meeting names {identifier.value}", hint="dex triage --json lists them")
    if known.mine:
        raise UsageError(f"{known.value} is one of your own addresses", hint="dex me lists them")
    if known.person_id is not None:
        owner = people.brief(conn, known.person_id)
        raise UsageError(f"{known.value} is {owner.name}'s already", hint=f"dex show {owner.handle}")
    return known


def _claimed(conn: Connection, known: KnownIdentifier, decision: str, result: PersonResult) -> Decision:
    entries = store.entries(conn, known.id)
    return Decision(
        address=known.value,
        decision=decision,
        person=people.brief(conn, result.person.id) if result.operation_id else None,
        interactions=entries,
        done=f"{result.done}: {entries} {'entry' if entries == 1 else 'entries'} of history by {known.value}",
        operation_id=result.operation_id,
    )


def _put_aside(known: KnownIdentifier, decision: str, op: Operation) -> Decision:
    return Decision(
        address=known.value, decision=decision, person=None, interactions=0, done=op.summary, operation_id=op.ref
    )
