"""Writing down one mail: what a mail program pipes into `dex log --mail -`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC

import msgspec

from dexcli.domain import names
from dexcli.domain.dates import in_full
from dexcli.domain.identifiers import Identifier, email, is_role_address
from dexcli.domain.policy import BY_HAND, MINE
from dexcli.domain.presence import Presence, sort_out
from dexcli.domain.records import InteractionRecord, Skipped
from dexcli.errors import AmbiguousError, FormatError, NotFoundError, UsageError
from dexcli.results.interactions import LogResult, PersonDue
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Promise, added_words, check_promises, promised
from dexcli.services.typed import checked_name
from dexcli.store import bulk, claims, commitments, interactions, me, naming, people
from dexcli.store.connection import Connection
from dexcli.store.interaction_writer import InteractionWriter, Part, Resolved
from dexcli.store.journal import Operation, operation

_BY_HAND = "write it down by hand: dex log PERSON TEXT --kind mail --on DATE"


def log_mail(
    conn: Connection,
    call: Invocation,
    record: InteractionRecord,
    *,
    create: Sequence[str] = (),
    promises: Sequence[Promise] = (),
) -> LogResult:
    """Write down a mail with everybody in it who is known: it counts, whatever the policy says of its like.

    `create` names whoever wrote it, or got it, and is not known yet: only where that is one address. Read again by
    another road it is the same entry. Promises are made to, or by, the first person in it. Raises NotFoundError where
    nobody in it is known.
    """
    new_names = [checked_name(name) for name in create]
    check_promises(promises)
    there = _present(conn, record)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        created = [_add(op, there, name) for name in new_names]
        who = _known(conn, there)
        if not who:
            raise NotFoundError(f"nobody in this mail is known: {_listed(there)}", hint=_remedy(conn, record, there))
        id_ = _write(op, call, record, there)
        entry = interactions.read(conn, [id_], now=call.now)[0]
        promised(op, who[0], promises, id_, entry.on)
        op.derive()
        briefs = people.briefs(conn, who)
        due = {person.id: person.next_due_on for person in people.full(conn, who)}
        told = " and ".join(briefs[one].name for one in who[:3]) + (" and others" if len(who) > 3 else "")  # noqa: PLR2004 - as many as are told
        op.summary = f"logged mail with {told} on {in_full(entry.on)} (i{id_}): {entry.title or 'no subject'}"
        op.summary += added_words([briefs[one] for one in created])
        return LogResult(
            interaction=entry,
            people=[PersonDue(person=briefs[one], due=due[one]) for one in who],
            person=briefs[who[0]],
            due=due[who[0]],
            created=[briefs[one] for one in created],
            commitments=commitments.of_interaction(conn, id_) if promises else [],
            done=op.summary if op.changes else f"i{id_} is there already",
            operation_id=op.ref,
        )


def _present(conn: Connection, record: InteractionRecord) -> Presence:
    named = [(one, who.role, who.name) for who in record.participants if (one := email(who.value)) is not None]
    mine = {Identifier("email", value) for value in me.values(conn, "email")}
    there = sort_out(named, mine, direction=record.direction, status=record.status)
    if not there.others and there.part != "from":
        raise FormatError("the sender of this mail cannot be read", hint=_BY_HAND)
    if len(there.others) == len(there.strangers):
        raise UsageError("this mail names nobody but your own addresses", hint=f"dex me lists them; {_BY_HAND}")
    return there


def _known(conn: Connection, there: Presence) -> list[int]:
    found = (claims.find_identifier(conn, identifier) for identifier in there.others)
    return list(dict.fromkeys(one.person_id for one in found if one is not None and one.person_id is not None))


def _add(op: Operation, there: Presence, name: str) -> int:
    """A new person who has the one address of the mail that nobody has: its author's, else its recipient's."""
    likely = _likely(op.conn, there)
    if not likely:
        handles = ", ".join(brief.handle for brief in people.briefs(op.conn, _known(op.conn, there)).values())
        raise UsageError(f"everybody in this mail is known already: {handles}", hint="leave out --create")
    namesakes = people.candidates(op.conn, naming.by_full_name(op.conn, name))
    if namesakes:
        raise AmbiguousError(
            f"{name} is there already",
            hint=f"{_claiming(namesakes[0].handle, likely)}; another one of that name: dex add {shlex.quote(name)}"
            f" --email {likely[0].value} --force",
            candidates=msgspec.to_builtins(namesakes),
            code="exists",
        )
    if len(likely) != 1:
        raise UsageError(
            f"--create {name!r} could be any of {', '.join(one.value for one in likely)}",
            hint=f"dex add {shlex.quote(name)} --email ADDRESS first",
        )
    person_id = people.add(op, name)
    claims.add_claim(op, person_id, "email", likely[0].value)
    return person_id


def _likely(conn: Connection, there: Presence) -> list[Identifier]:
    """The addresses that nobody has: the author's alone, where it is one of them."""
    unclaimed = {
        identifier: role
        for identifier, (role, _) in there.others.items()
        if (known := claims.find_identifier(conn, identifier)) is None or known.person_id is None
    }
    return [one for one, role in unclaimed.items() if role == "from"] or list(unclaimed)


def _claiming(handle: str, likely: Sequence[Identifier]) -> str:
    address = shlex.quote(likely[0].value) if len(likely) == 1 else "ADDRESS"
    return f"dex edit {handle} --email {address} says that it is theirs"


def _remedy(conn: Connection, record: InteractionRecord, there: Presence) -> str:
    """What makes somebody in this mail known: nothing adds a list or a machine as a person."""
    likely = _likely(conn, there)
    if record.automatic is not None or all(is_role_address(one.value) for one in likely):
        return "it is by a list or a machine, and by no person; dex add NAME --email ADDRESS if it is all the same"
    if len(likely) > 1:
        return "dex add NAME --email ADDRESS adds one of them"
    name = names.clean_name(there.others[likely[0]][1] or "")
    namesakes = people.candidates(conn, naming.by_full_name(conn, name)) if name else []
    if namesakes:
        return _claiming(namesakes[0].handle, likely)
    return f"--create {shlex.quote(name) if name else 'NAME'} adds whoever it is {there.others[likely[0]][0]}"


def _write(op: Operation, call: Invocation, record: InteractionRecord, there: Presence) -> int:
    """The entry, new or known by another road; everybody in it but me counts."""
    bulk.forget(op.conn, [record.key])
    parts: list[Part] = [
        (identifier, role, name, BY_HAND.counts, BY_HAND.why) for identifier, (role, name) in there.others.items()
    ]
    parts += [(identifier, role, None, MINE.counts, MINE.why) for identifier, role in there.mine.items()]
    one = Resolved(
        record=record,
        direction=there.direction,
        status=there.status,
        named=there.named,
        participants=tuple(parts),
    )
    writer = InteractionWriter(op, call.now.tzinfo or UTC)
    writer.write([one])
    id_ = writer.id_of(one)
    if id_ is None:
        raise UsageError("this mail was removed by hand", hint="dex history tells by which change: undo it")
    present = interactions.participants(op.conn, id_)
    wanted = [
        (one, role, counts, why) if why == MINE.why else (one, role, BY_HAND.counts, BY_HAND.why)
        for one, role, counts, why in present
    ]
    if wanted != present:
        interactions.change(op, id_, {}, wanted)
    op.touch(*interactions.people_of(op.conn, id_))
    return id_


def _listed(there: Presence) -> str:
    shown = [f"{name} <{one.value}>" if name else one.value for one, (_, name) in there.others.items()]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")  # noqa: PLR2004 - as many as are told


def read_one(data: bytes, name: str) -> InteractionRecord:
    """The one mail in these bytes; raises FormatError where there is none, or more than one."""
    from io import BytesIO

    from dexcli.sources import registry
    from dexcli.sources.base import Input, ReadOptions

    file = Input(name=name, open=lambda: BytesIO(data))
    items = list(registry.load("mail").open_file(file, ReadOptions()).read(None))
    found = [item for item in items if isinstance(item, InteractionRecord)]
    if len(found) == 1:
        return found[0]
    if found:
        raise FormatError(f"{name} holds {len(found)} mails", hint="dex import reads them all")
    reason = next((item.reason for item in items if isinstance(item, Skipped)), "there is no mail in it")
    hint = _BY_HAND if " date" in reason else "pipe a whole message with its headers"
    raise FormatError(f"{name}: {reason}", hint=hint)
