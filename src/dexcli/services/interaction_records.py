"""Records of what happened become entries: who took part, and whether it counts as contact with them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from dexcli.domain import identifiers, names
from dexcli.domain.identifiers import Identifier
from dexcli.domain.policy import INVITED, MINE, MOST_RECIPIENTS, Circumstances, Verdict, judge
from dexcli.domain.presence import Named, Presence, sort_out
from dexcli.domain.records import BY_MAIL, Gone, InteractionRecord
from dexcli.results.report import SkippedItem
from dexcli.services.reading import Reading, email
from dexcli.services.titles import names_of
from dexcli.store import bulk, claims, interactions, me, naming, people
from dexcli.store.interaction_writer import InteractionWriter, Part, Resolved
from dexcli.store.settings import policy


class HistoryWriter:
    """Writes what happened, as one source tells it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._conn = reading.conn
        self._tally = reading.tally
        self.writer = InteractionWriter(
            reading.op, reading.op.now.tzinfo or UTC, reading.met.interactions, reading.course
        )
        self._policy = policy(reading.conn)
        self._run = secrets.randbits(31)
        self._verdicts: dict[tuple[object, ...], Verdict] = {}
        self._names_of = names_of(reading.conn)

    def write(self, records: Sequence[InteractionRecord]) -> None:
        """Write those who happened; what is by lists and machines is remembered and not kept."""
        rules = policy(self._conn)
        if rules != self._policy:  # changed by another command since the last batch
            self._policy, self._verdicts = rules, {}
        resolved, dropped = [], []
        for record in records:
            if record.where in self._reading.left_out:
                continue
            one = self._resolve(record)
            if isinstance(one, Resolved):
                resolved.append(one)
            elif one is not None:
                dropped.append((record, one))
        if dropped:
            self._drop(dropped)
        if resolved:
            keys = [one.record.key for one in resolved]
            bulk.forget(self._conn, [key for key in keys if key.startswith(("mail:", "event:"))])
            written = self.writer.write(resolved)
            self._tally.read += len(resolved) - written.repeated
            self._tally.unnamed += written.unnamed
            for name in ("added", "updated", "unchanged", "not_counting"):
                self._tally.interactions[name] += getattr(written, name)

    def _resolve(self, record: InteractionRecord) -> Resolved | bulk.Bulk | None:
        """Who takes part, and whether it counts; what is not to be kept, as such; None for what was skipped."""
        named: list[Named] = []
        for who in record.participants:
            identifier = self._participant(who.kind, who.value)
            if isinstance(identifier, str):
                self._tally.skipped.append(SkippedItem(where=record.where, reason=identifier))
                return None
            named.append((identifier, who.role, who.name))
        there = sort_out(named, self._reading.mine, direction=record.direction, status=record.status)
        if there.is_event and record.origin.source in BY_MAIL and there.status is None and there.part != "organizer":
            there = msgspec.structs.replace(there, status=INVITED)
        self._tally.strangers.update(one.value for one in there.strangers)
        if there.is_mail and record.automatic is not None and self._policy.lists == "drop":
            return bulk.Bulk(
                key=bulk.key_of(record.key), reason=record.automatic, address=record.automatic_address or ""
            )
        if there.is_mail and not there.others and there.part != "from" and record.automatic is None:
            self._tally.skipped.append(SkippedItem(where=record.where, reason="its sender cannot be read"))
            return None
        alone = not there.others and (there.is_event or record.key.startswith("event:"))
        # A meeting from which the others were taken off meanwhile is changed, not left out; about whom a title names
        # triage asks.
        if alone and (interactions.id_of_key(self._conn, record.key) is not None or self._names_anybody(record)):
            return self._judged(record, there)
        if alone or (there.is_mail and len(there.others) == len(there.strangers)):
            address = bulk.joined(one.value for one in there.mine)
            return bulk.Bulk(key=bulk.key_of(record.key), reason=record.automatic or "self", address=address)
        if not there.others:
            self._tally.skipped.append(SkippedItem(where=record.where, reason="nobody took part but you"))
            return None
        return self._judged(record, there)

    def _judged(self, record: InteractionRecord, there: Presence) -> Resolved:
        """The record with the verdict on everybody whose row is kept."""
        others = there.others
        if (there.is_mail or there.is_event) and there.recipients > MOST_RECIPIENTS:
            writers = ("from", "organizer")
            others = {one: said for one, said in others.items() if said[0] in writers or self._is_known(one)}
        parts: list[Part] = [
            (identifier, role, name, *self._verdict(record, there, role)) for identifier, (role, name) in others.items()
        ]
        parts += [(identifier, role, None, MINE.counts, MINE.why) for identifier, role in there.mine.items()]
        if record.body is not None and there.is_mail and not any(part[3] for part in parts):
            record = msgspec.structs.replace(record, body=None)  # texts are kept of what counts alone
        return Resolved(
            record=record,
            direction=there.direction,
            status=there.status,
            named=there.named,
            participants=tuple(parts),
        )

    def _verdict(self, record: InteractionRecord, there: Presence, role: str) -> tuple[bool, str]:
        """What the policy says, remembered: a mailbox has few kinds of cases."""
        case = (record.kind, there.recipients, there.part, there.status, record.automatic, role)
        verdict = self._verdicts.get(case)
        if verdict is None:
            about = Circumstances(
                kind=record.kind,
                others=there.recipients,
                mine=there.part,
                status=there.status,
                automatic=record.automatic,
            )
            verdict = self._verdicts[case] = judge(about, role, self._policy)
        return verdict.counts, verdict.why

    def _names_anybody(self, record: InteractionRecord) -> bool:
        """Whether the title of a meeting at an hour names somebody who is known."""
        in_title = record.title is not None and isinstance(record.when, datetime) and record.automatic is None
        return in_title and self._names_of(record.title or "")

    def _is_known(self, identifier: Identifier) -> bool:
        row = claims.find_identifier(self._conn, identifier)
        return row is not None and row.person_id is not None

    def take_off(self, objects: Sequence[Gone]) -> None:
        """Take off what objects of a calendar do not say any more."""
        for gone in objects:
            feed = self.writer.feed(gone.origin)
            self._tally.interactions["removed"] += interactions.take_off(
                self._reading.op, policy(self._conn), feed, gone.origin.ref, gone.keys
            )

    def _drop(self, dropped: Sequence[tuple[InteractionRecord, bulk.Bulk]]) -> None:
        """Remember what is not kept, unless another copy that came straight is kept already."""
        kept = self.writer.known([record.key for record, _ in dropped])
        new = bulk.add(self._conn, [row for record, row in dropped if record.key not in kept], self._run)
        self._tally.bulk += new
        self._tally.read += new

    def _participant(self, kind: str, value: str) -> Identifier | str:
        """Who took part, or in words why nobody can tell."""
        match kind:
            case "email":
                found = email(value)
            case "phone":
                found = identifiers.phone(value, self._reading.job.region)
            case "linkedin":
                found = Identifier("linkedin", value)
            case "url":
                found = identifiers.profile(value)
            case _:
                return self._by_name(value)
        return found or f"{value!r} is no {_WORDS.get(kind, kind)} that can be read"

    def _by_name(self, text: str) -> Identifier | str:
        """Whoever has exactly this handle, alias or full name, if that is one person."""
        if Identifier(me.NAME, names.fold(text)) in self._reading.mine:
            return Identifier(me.NAME, names.fold(text))
        found = naming.by_handle(self._conn, text) or naming.by_full_name(self._conn, text)
        row = people.row_of(self._conn, found[0]) if len(found) == 1 else None
        if row is not None:
            return Identifier("uid", row["uid"])
        if found:
            return f"{len(found)} people are called {text!r}: say who by a handle or an e-mail address"
        return f"nobody is called {text!r}: add them, or give an e-mail address"


_WORDS = {"email": "e-mail address", "phone": "phone number", "url": "profile"}
