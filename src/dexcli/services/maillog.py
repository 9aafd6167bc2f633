"""Writing down one mail: what a mail program pipes into `dex log --mail -`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from dexcli.domain.dates import in_full
from dexcli.domain.identifiers import Identifier, email
from dexcli.domain.policy import BY_HAND, MINE
from dexcli.domain.presence import Presence, sort_out
from dexcli.domain.records import InteractionRecord, Skipped
from dexcli.errors import FormatError, NotFoundError, UsageError
from dexcli.results.interactions import LogResult, PersonDue
from dexcli.services.invocation import Invocation
from dexcli.services.typed import checked_name
from dexcli.store import bulk, claims, interactions, me, people
from dexcli.store.connection import Connection
from dexcli.store.interaction_writer import InteractionWriter, Part, Resolved
from dexcli.store.journal import Operation, operation


def log_mail(conn: Connection, call: Invocation, record: InteractionRecord, *, create: Sequence[str] = ()) -> LogResult:
    """Write down a mail with everybody in it who is known: it counts, whatever the policy says of its like.

    `create` names whoever wrote it, or got it, and is not known yet: only where that is one address. Read again by
    another road it is the same entry. Raises NotFoundError where nobody in it is known.
    """
    names = [checked_name(name) for name in create]
    there = _present(conn, record)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        created = [_add(op, there, name) for name in names]
        who = _known(conn, there)
        if not who:
            raise NotFoundError(
                f"nobody in this mail is known: {_listed(there)}",
                hint="--create 'Ada Lovelace' adds whoever it is from, or to",
            )
        id_ = _write(op, call, record, there)
        op.derive()
        briefs = people.briefs(conn, who)
        due = {person.id: person.next_due_on for person in people.full(conn, who)}
        entry = interactions.read(conn, [id_], now=call.now)[0]
        told = " and ".join(briefs[one].name for one in who[:3]) + (" and others" if len(who) > 3 else "")  # noqa: PLR2004
        op.summary = f"logged mail with {told} on {in_full(entry.on)} (i{id_}): {entry.title or 'no subject'}"
        return LogResult(
            interaction=entry,
            people=[PersonDue(person=briefs[one], due=due[one]) for one in who],
            person=briefs[who[0]],
            due=due[who[0]],
            created=[briefs[one] for one in created],
            commitments=[],
            done=op.summary if op.changes else f"i{id_} is there already",
            operation_id=op.ref,
        )


def _present(conn: Connection, record: InteractionRecord) -> Presence:
    named = [(one, who.role, who.name) for who in record.participants if (one := email(who.value)) is not None]
    mine = {Identifier("email", value) for value in me.values(conn, "email")}
    there = sort_out(named, mine, direction=record.direction, status=record.status)
    if len(there.others) == len(there.strangers):
        raise UsageError("this mail is between your own addresses", hint="dex me lists them")
    return there


def _known(conn: Connection, there: Presence) -> list[int]:
    found = (claims.find_identifier(conn, identifier) for identifier in there.others)
    return list(dict.fromkeys(one.person_id for one in found if one is not None and one.person_id is not None))


def _add(op: Operation, there: Presence, name: str) -> int:
    """A new person who has the one address of the mail that nobody has: its author's, else its recipient's."""
    unclaimed = {
        identifier: role
        for identifier, (role, _) in there.others.items()
        if (known := claims.find_identifier(op.conn, identifier)) is None or known.person_id is None
    }
    likely = [one for one, role in unclaimed.items() if role == "from"] or list(unclaimed)
    if len(likely) != 1:
        raise UsageError(
            f"--create {name!r} could be any of {', '.join(one.value for one in likely) or 'nobody'}",
            hint=f"dex add {name!r} --email ADDRESS first",
        )
    person_id = people.add(op, name)
    claims.add_claim(op, person_id, "email", likely[0].value)
    return person_id


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
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")  # noqa: PLR2004


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
    raise FormatError(f"{name}: {reason}", hint="pipe a whole message with its headers")
