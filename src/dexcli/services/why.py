"""Why something counts as contact, or does not: which rule of the policy decided."""

from __future__ import annotations

from dexcli.domain.policy import REASONS
from dexcli.errors import NotFoundError
from dexcli.results.why import Why, WhyResult
from dexcli.services.invocation import Invocation
from dexcli.store import bulk, interactions, judging
from dexcli.store.connection import Connection


def of_interaction(conn: Connection, call: Invocation, interaction_id: int) -> WhyResult:
    """Why an entry counts with each of those who took part."""
    found = interactions.read(conn, [interaction_id], now=call.now)
    if not found:
        raise NotFoundError(f"there is no entry i{interaction_id}", hint="dex show PERSON lists entries")
    entry = found[0]
    ahead = " (once its day has come)" if entry.on > call.today else ""
    others = judging.others(conn, interaction_id)
    alone = "nobody" if entry.key.startswith("event:") else "self"
    return WhyResult(
        id=entry.id,
        key=entry.key,
        kind=entry.kind,
        direction=entry.direction,
        on=entry.on,
        title=entry.title,
        kept=True,
        reasons=[
            Why(
                code=who.why,
                text=_words(who.why, others) + (ahead if who.counts else ""),
                counts=who.counts,
                person_id=who.person_id,
                name=who.name,
                identifier=who.identifier or None,
                role=who.role,
            )
            for who in entry.participants
        ]
        or [_of_all(alone, REASONS[alone])],
    )


def _of_all(code: str, text: str) -> Why:
    """A reason why something counts with nobody."""
    return Why(code=code, text=text, counts=False, person_id=None, name=None, identifier=None, role=None)


def _words(code: str, others: int) -> str:
    """A reason in words; what hangs on a number tells it."""
    text = REASONS.get(code, code)
    return f"{text}: {others:,} people" if code in ("many", "group") else text


def of_message(conn: Connection, call: Invocation, message_id: str) -> WhyResult:
    """The same for a mail by its Message-ID, also for one that was seen and not kept."""
    key = f"mail:{message_id.strip().removeprefix('mail:').strip().removeprefix('<').removesuffix('>')}"
    known = interactions.id_of_key(conn, key)
    if known is not None:
        return of_interaction(conn, call, known)
    dropped = bulk.find(conn, key)
    if dropped is None:
        raise NotFoundError(
            f"no mail with the Message-ID {key.removeprefix('mail:')} was read",
            hint="dex why i123, or the Message-ID that your mail program shows in the headers",
        )
    text = REASONS.get(dropped.reason, dropped.reason)
    why = _of_all(dropped.reason, f"{text}: {dropped.address}" if dropped.address else text)
    return WhyResult(id=None, key=key, kind=None, direction=None, on=None, title=None, kept=False, reasons=[why])
