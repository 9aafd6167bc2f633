"""THE pipeline: every importer and every sync goes through `ingest`.

A source yields records; the domain says whom they are about and whether they count; the store writes each batch and the
cursor behind it in one short transaction. A killed run goes on under the same operation; reading twice changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from msgspec import Struct

from dexcli.domain import identifiers, names
from dexcli.domain.cadence import parse_cadence
from dexcli.domain.identifiers import Identifier
from dexcli.domain.matching import Ambiguous, Known, Linked, match
from dexcli.domain.policy import judge
from dexcli.domain.records import Checkpoint, InteractionRecord, PersonRecord, Skipped, SourceItem
from dexcli.errors import UsageError
from dexcli.results.report import Conflict, InteractionCounts, PeopleCounts, Report, SkippedItem
from dexcli.sources.base import Source
from dexcli.store import claims, me, naming, people, tags
from dexcli.store import ingest as store
from dexcli.store.connection import Connection, transaction
from dexcli.store.journal import Operation, finish, resume, start

SECONDS = 0.2
"""A batch is committed when it has taken so long, so that a shell command gets its turn."""

BATCH = 2_000
"""Records held in memory at most."""

DERIVE = 500
"""People derived in one transaction."""

Progress = Callable[[int], None]
"""Told how many records were read so far."""


class Job(Struct, frozen=True, kw_only=True):
    """What to ingest and under which circumstances."""

    source: Source
    name: str
    """Of the file or account, for the report."""
    format: str
    what: str
    run: str
    """Identifies the run, so that a killed one is resumed: the path of a file, the name of an account."""
    origin: str
    """`import` or `sync`."""
    command: str
    """For the history."""
    region: str | None
    """Explains phone numbers without a calling code."""
    dry_run: bool = False


class _Counts:
    """The growing report."""

    def __init__(self) -> None:
        self.read = 0
        self.people = dict.fromkeys(("added", "updated", "unchanged", "repeated"), 0)
        self.interactions = dict.fromkeys(("added", "updated", "unchanged", "not_counting"), 0)
        self.questions = 0
        self.conflicts: list[Conflict] = []
        self.skipped: list[SkippedItem] = []


def ingest(conn: Connection, job: Job, *, now: datetime, progress: Progress | None = None) -> Report:
    """Read a source to its end and write what is new; the report says what became of every record."""
    known = store.find_run(conn, job.run)
    counts = _Counts()
    with transaction(conn):
        if known is None:
            op = start(conn, now=now, command=job.command, origin=job.origin, state="running")
        else:
            op = resume(conn, known.operation_id, now)
        store.keep_run(conn, job.run, store.Run(operation_id=op.id, cursor=known.cursor if known else None))
    writer = _Writer(op, job, counts)
    for batch, cursor in _batches(job.source, known.cursor if known else None):
        pending = [item for item in batch if isinstance(item, PersonRecord | InteractionRecord)]
        counts.skipped += [SkippedItem(where=i.where, reason=i.reason) for i in batch if isinstance(i, Skipped)]
        while pending:
            with transaction(conn):
                pending = writer.write(pending)
                op.pause()
        if cursor is not None:
            with transaction(conn):
                store.keep_run(conn, job.run, store.Run(operation_id=op.id, cursor=cursor))
        if progress is not None:
            progress(counts.read + len(counts.skipped))
    _derive_in_turns(op)
    with transaction(conn):
        op.summary = _summary(job, counts)
        store.keep_run(conn, job.run, None)
        finish(op)
    return _report(job, counts, op)


def _batches(source: Source, cursor: str | None) -> Iterator[tuple[list[SourceItem], str | None]]:
    """Items in portions that fit memory, each with the cursor behind it where there is one."""
    batch: list[SourceItem] = []
    for item in source.read(cursor):
        if isinstance(item, Checkpoint):
            yield batch, item.cursor
            batch = []
        else:
            batch.append(item)
            if len(batch) >= BATCH:
                yield batch, None
                batch = []
    if batch:
        yield batch, None


def _derive_in_turns(op: Operation) -> None:
    """Derive everybody whom the run has touched, some hundred at a time."""
    more = True
    while more:
        with transaction(op.conn):
            more = op.derive_some(DERIVE)


class _Writer:
    """Resolves records to people and writes them."""

    def __init__(self, op: Operation, job: Job, counts: _Counts) -> None:
        self._op = op
        self._conn = op.conn
        self._job = job
        self._counts = counts
        self._interactions = store.InteractionWriter(op, op.now.tzinfo or UTC)
        self._mine = {
            (kind, value) for kind in ("email", "phone", "linkedin", "url") for value in me.values(op.conn, kind)
        }

    def write(self, items: list[PersonRecord | InteractionRecord]) -> list[PersonRecord | InteractionRecord]:
        """Write people, then interactions; returns what did not fit into the time of one transaction."""
        deadline = time.monotonic() + SECONDS
        persons = [item for item in items if isinstance(item, PersonRecord)]
        for position, record in enumerate(persons):
            if time.monotonic() > deadline:
                return [*persons[position:], *(i for i in items if isinstance(i, InteractionRecord))]
            self._person(record)
        resolved = []
        for item in items:
            if isinstance(item, InteractionRecord):
                one = self._resolve(item)
                if one is not None:
                    resolved.append(one)
        if resolved:
            written = self._interactions.write(resolved)
            self._counts.read += len(resolved) - written.repeated
            for name in ("added", "updated", "unchanged", "not_counting"):
                self._counts.interactions[name] += getattr(written, name)
        return []

    # -- people ----------------------------------------------------------------------------------------

    def _person(self, record: PersonRecord) -> None:
        op, counts = self._op, self._counts
        if record.mine:
            counts.read += 1
            added = [me.add(op, one) for one in self._identifiers(record)]
            counts.people["updated" if any(added) else "unchanged"] += 1
            self._mine.update((one.kind, one.value) for one in self._identifiers(record))
            return
        feed = store.feed_id(op, record.origin)
        digest = store.digest(record)
        seen = store.find_person_origin(self._conn, feed, record.origin.ref)
        if seen is not None and seen.digest == digest:
            repeated = seen.operation_id == op.id
            counts.people["repeated" if repeated else "unchanged"] += 1
            counts.read += not repeated
            return
        counts.read += 1
        if seen is None and store.is_buried(self._conn, self._graves(record)):
            counts.people["unchanged"] += 1
            return
        if seen is not None:
            person_id, outcome = seen.person_id, "updated"
            op.update("person_origin", seen.id, digest=digest)
            origin_id = seen.id
        else:
            person_id, outcome, asked = self._who(record, feed)
            origin_id = op.insert(
                "person_origin", feed_id=feed, ref=record.origin.ref, person_id=person_id, digest=digest
            )
            for other in asked:
                counts.questions += store.ask(op, person_id, other, "identifier")
        changed = self._state(person_id, origin_id, record, first=seen is None)
        if outcome == "added":
            folded = names.fold(record.name)
            for other in store.namesakes(self._conn, folded, person_id, feed):
                counts.questions += store.ask(op, person_id, other, "name")
        counts.people[outcome if changed or outcome == "added" else "unchanged"] += 1
        op.touch(person_id)

    def _identifiers(self, record: PersonRecord) -> list[Identifier]:
        found = (identifiers.of_claim(c.field, c.value, self._job.region) for c in record.claims)
        return [one for one in found if one is not None and one.kind != "alias"]

    def _graves(self, record: PersonRecord) -> list[str]:
        keys = [f"origin:{record.origin.source}:{record.origin.ref}"]
        return keys + [f"{one.kind}:{one.value}" for one in self._identifiers(record)]

    def _who(self, record: PersonRecord, feed: int) -> tuple[int, str, tuple[int, ...]]:
        """The person whom a new record is about: an old one, or one made for it; and whom to ask about."""
        known = []
        for identifier in self._identifiers(record):
            row = claims.find_identifier(self._conn, identifier)
            if row is not None and row.person_id is not None:
                known.append(
                    Known(
                        person_id=row.person_id,
                        name=people.name_of(self._conn, row.person_id),
                        kind=identifier.kind,
                        same_feed=store.has_origin(self._conn, row.person_id, feed),
                    )
                )
        decision = match(record.name, known)
        if isinstance(decision, Linked):
            return decision.person_id, "updated", ()
        asked = decision.person_ids if isinstance(decision, Ambiguous) else ()
        return people.add(self._op, record.name), "added", asked

    def _state(self, person_id: int, origin_id: int, record: PersonRecord, *, first: bool) -> bool:
        """Write what a record says, and end what it no longer says."""
        op = self._op
        said: set[tuple[str, str, str | None]] = {("name", record.name, None)}
        said.update((c.field, c.value, c.label) for c in record.claims)
        said.update(("tag", tag, None) for tag in record.tags)
        fields: set[str] = set()
        changed = False
        kept: set[int] = set()
        for field, value, label in sorted(said, key=lambda one: (one[0], one[1], one[2] or "")):
            self._note_conflict(person_id, field, value)
            claim_id, new = claims.state(
                op, person_id, field, value, label=label, region=self._job.region, person_origin_id=origin_id
            )
            kept.add(claim_id)
            if new:
                changed = True
                fields.add(field)
                if field == "tag":
                    tags.give_tag(op, person_id, value)
                elif field == "cadence":
                    self._cadence(person_id, value)
        for row in [] if first else store.current_claims(self._conn, origin_id):
            if row["id"] not in kept and row["current"] == 1:
                changed = True
                op.update("claim", row["id"], current=0)
                fields.add(row["field"])
                if row["field"] == "name":
                    self._rename(person_id, row["value"], record.name)
        claims.settle(op, person_id, fields)
        return changed

    def _rename(self, person_id: int, old: str, new: str) -> None:
        """Follow a source that renames its record, unless the user has typed another name since."""
        row = people.row_of(self._conn, person_id)
        if row is not None and row["name"] == old:
            people.rename(self._op, person_id, new)

    def _cadence(self, person_id: int, text: str) -> None:
        row = people.row_of(self._conn, person_id)
        try:
            cadence = parse_cadence(text)
        except UsageError:
            return  # it stays a custom field for all to see
        if row is not None and row["cadence"] is None:
            self._op.update(
                "person",
                person_id,
                cadence=cadence.text,
                cadence_set_on=self._op.today.isoformat(),
                cadence_spread=1,
            )

    def _note_conflict(self, person_id: int, field: str, offered: str) -> None:
        if field in claims.COLUMNS or field == "birthday":
            kept = claims.typed(self._conn, person_id, field)
            if kept is not None and kept != offered:
                row = people.row_of(self._conn, person_id)
                handle = row["handle"] if row else str(person_id)
                self._counts.conflicts.append(Conflict(person=handle, field=field, kept=kept, offered=offered))

    # -- interactions ----------------------------------------------------------------------------------

    def _resolve(self, record: InteractionRecord) -> store.Resolved | None:
        participants: dict[Identifier, str] = {}
        for who in record.participants:
            identifier = self._participant(who.kind, who.value)
            if identifier is None:
                self._skip(
                    record, f"nobody, or more than one, is called {who.value!r}: add them, or name an e-mail address"
                )
                return None
            if (identifier.kind, identifier.value) not in self._mine:
                participants.setdefault(identifier, who.role)
        if not participants:
            self._skip(record, "nobody took part but you")
            return None
        return store.Resolved(
            record=record,
            participants=tuple(participants.items()),
            verdict=judge(record.kind, len(participants), record.status),
        )

    def _participant(self, kind: str, value: str) -> Identifier | None:
        match kind:
            case "email":
                return identifiers.email(value)
            case "phone":
                return identifiers.phone(value, self._job.region)
            case "linkedin":
                return Identifier("linkedin", value)
            case "url":
                return identifiers.profile(value)
            case _:
                return self._by_name(value)

    def _by_name(self, text: str) -> Identifier | None:
        """Whoever has exactly this handle, alias or full name, if that is one person."""
        if (me.NAME, names.fold(text)) in self._mine:
            return Identifier(me.NAME, names.fold(text))
        found = naming.by_handle(self._conn, text) or naming.by_full_name(self._conn, text)
        if len(found) != 1:
            return None
        row = people.row_of(self._conn, found[0])
        return Identifier("uid", row["uid"]) if row else None

    def _skip(self, record: InteractionRecord, reason: str) -> None:
        self._counts.skipped.append(SkippedItem(where=record.where, reason=reason))


def _summary(job: Job, counts: _Counts) -> str:
    persons, entries = counts.people, counts.interactions
    return (
        f"{job.what} from {job.name}: people {persons['added']} added, {persons['updated']} updated;"
        f" interactions {entries['added']} added, {entries['updated']} updated"
    )


def _report(job: Job, counts: _Counts, op: Operation) -> Report:
    return Report(
        source=job.name,
        account=job.source.account,
        format=job.format,
        what=job.what,
        dry_run=job.dry_run,
        read=counts.read,
        people=PeopleCounts(
            added=counts.people["added"],
            updated=counts.people["updated"],
            unchanged=counts.people["unchanged"],
            questions=counts.questions,
            conflicts=counts.conflicts,
        ),
        interactions=InteractionCounts(**counts.interactions, bulk=0),
        skipped=counts.skipped,
        operation_id=op.ref if not job.dry_run else None,
    )
