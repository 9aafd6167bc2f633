"""Tags: who has them, and what they say about everybody who has them."""

from __future__ import annotations

from collections.abc import Sequence

from dexcli.domain.cadence import parse_cadence
from dexcli.errors import NotFoundError, UsageError
from dexcli.results.people import PeopleResult, TagResult, TagRule
from dexcli.services.invocation import Invocation
from dexcli.services.typed import checked_tag, importance_of, in_days, lead_of
from dexcli.store import people, tags
from dexcli.store.connection import Connection
from dexcli.store.journal import operation


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
        values["lead"] = lead_of(call, lead)
    if importance is not None:
        values["importance"] = importance_of(importance)
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        tag_id = tags.tag_id(op, tag)
        op.update("tag", tag_id, **values)
        op.touch(*tags.members(conn, tag))
        rule = tags.rule(conn, tag)
        op.summary = f"tag {tag}: {parse_cadence(rule.cadence).words if rule.cadence else 'no cadence'}"
        op.summary += "" if rule.lead_days is None else f", notice of {in_days(rule.lead_days)}"
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
