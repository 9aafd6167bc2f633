"""THE pipeline: every importer and every sync goes through `ingest`.

A source yields records; the domain says whom they are about and whether they count; the store writes each batch and the
cursor behind it in one short transaction. A killed run goes on under the same operation; reading twice changes nothing.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice

import msgspec
from msgspec import Struct

from dexcli.domain import identifiers, names
from dexcli.domain.cadence import parse_cadence
from dexcli.domain.identifiers import Identifier
from dexcli.domain.matching import Ambiguous, Known, Linked, match
from dexcli.domain.policy import MINE, MOST_RECIPIENTS, Circumstances, Verdict, judge
from dexcli.domain.presence import Named, Presence, sort_out
from dexcli.domain.records import Checkpoint, Claim, InteractionRecord, PersonRecord, Skipped, SourceItem
from dexcli.errors import ServerError, StoreError, UndoConflictError, UsageError
from dexcli.results.report import Conflict, InteractionCounts, PeopleCounts, Question, Report, SkippedItem
from dexcli.sources.base import Source
from dexcli.store import bulk, claims, feeds, me, naming, people, runs, tags
from dexcli.store import ingest as store
from dexcli.store.connection import Connection, transaction
from dexcli.store.interaction_writer import InteractionWriter, Part, Resolved
from dexcli.store.journal import Operation, finish, resume, start
from dexcli.store.settings import policy

SECONDS = 0.2
"""A batch is committed when it has taken so long, so that a shell command gets its turn."""

PAUSE = 0.005
"""Seconds between two such transactions, five times as long as a waiting command is looking away."""

GATHER = 0.1
"""Checkpoints that follow each other within so many seconds share a transaction: a page is written once for both."""

BATCH = 6_000
"""Records held in memory at most."""

DERIVE = 2_000
"""People derived in one transaction."""

MOST_NAMESAKES = 5
"""A name that many have says nothing: nobody is asked about more of them."""

MOST_TITLES = 20
"""So many columns that were left out are named."""

_email = lru_cache(maxsize=10_000)(identifiers.email)
"""A mailbox names the same few people again and again."""

Progress = Callable[[str, int], None]
"""Told the name of a source and how many of its records were read so far."""


class Job(Struct, frozen=True, kw_only=True):
    """What to ingest and under which circumstances."""

    source: Source
    name: str
    """Of the file or account, for the report."""
    format: str
    what: str
    run: str
    """Identifies the run, so that a killed one is resumed: the path of a file, the name of an account."""
    part: str = ""
    """Identifies the source within a run over several."""
    origin: str
    """`import` or `sync`."""
    command: str
    """For the history."""
    region: str | None
    """Explains phone numbers without a calling code."""
    dry_run: bool = False
    left_out: tuple[str, ...] = ()
    """Titles of columns that are not read, for the report."""
    may_break: bool = False
    """One of many in a folder: where it breaks on the way, that is skipped and the next one is read."""
    afresh: bool = False
    """Of a sync: read everything again, whatever was read before."""


class BrokenOffError(Exception):
    """A server failed on the way: what was read before is kept, and reported."""

    def __init__(self, error: ServerError, reports: list[Report]) -> None:
        super().__init__(error.message)
        self.error = error
        self.reports = reports


class _Counts:
    """The growing report of one source."""

    def __init__(self) -> None:
        self.changed = False
        self.brought: set[int] = set()
        """People."""
        self.seen: set[tuple[int, int]] = set()
        """Feed and person of every record that was there before."""
        self.read = 0
        self.read_before = 0
        """Records that a killed part of the run has read."""
        self.people = dict.fromkeys(("added", "updated", "unchanged", "repeated"), 0)
        self.interactions = dict.fromkeys(("added", "updated", "unchanged", "not_counting"), 0)
        self.bulk = 0
        self.strangers: Counter[str] = Counter()
        """Mail among those sent, by whom it is from, where that is no address of mine."""
        self.unnamed = 0
        """Mail that names no address of mine."""
        self.asked: list[Question] = []
        self.conflicts: list[Conflict] = []
        self.skipped: list[SkippedItem] = []


class _Met(Struct, frozen=True):
    """What a run has met of what was there before: said again, it is repeated and not read again."""

    persons: store.Met
    """Records of people, by the id of their origin."""
    interactions: store.Met


def ingest(conn: Connection, job: Job, *, now: datetime, progress: Progress | None = None) -> Report:
    """Read a source to its end and write what is new; the report says what became of every record."""
    return ingest_all(conn, [job], now=now, title=f"{job.what} from {job.name}", progress=progress)[0]


def ingest_all(
    conn: Connection, jobs: Sequence[Job], *, now: datetime, title: str, progress: Progress | None = None
) -> list[Report]:
    """Read several sources, which are one run, under one operation; `title` names them in the history.

    Where a source turns out to be broken on the way, what was read before stays, and can be undone; the others are
    still read if it may break. A run that is interrupted stays unfinished, to be gone on with, unless nothing was
    written yet.
    """
    op = _begin(conn, jobs[0], now, title)
    if op.changes:
        title = f"{title}, continued"
    done: list[_Counts] = []
    met = _Met(store.Met(), store.Met())
    try:
        for job in jobs:
            done.append(_Counts())
            try:
                _read(op, job, done[-1], met, progress)
            except UsageError as error:
                if not job.may_break:
                    raise
                done[-1].skipped.append(SkippedItem(where=job.name, reason=error.message))
    except (UsageError, ServerError) as error:
        _end(op, jobs[0].run, f"a part of {title}", done)
        if isinstance(error, ServerError):
            reports = [_report(job, counts, op) for job, counts in zip(jobs, done, strict=False)]
            raise BrokenOffError(error, reports) from error
        raise
    except BaseException:
        with suppress(StoreError), transaction(conn):
            runs.forget_empty_run(op, jobs[0].run)
        raise
    _end(op, jobs[0].run, title, done)
    return [_report(job, counts, op) for job, counts in zip(jobs, done, strict=True)]


def _begin(conn: Connection, job: Job, now: datetime, title: str) -> Operation:
    """Start the operation of a run, or go on with the one that a killed program left behind."""
    with transaction(conn):
        known = runs.find_run(conn, job.run)
        if known is not None:
            return resume(conn, known, now)
        op = start(conn, now=now, command=job.command, origin=job.origin, state="running")
        runs.begin_run(conn, job.run, op.id, f"{title}: unfinished")
        return op


def _read(op: Operation, job: Job, counts: _Counts, met: _Met, progress: Progress | None) -> None:
    """Write what a source says, from its cursor on."""
    conn = op.conn
    before = op.changes
    writer = _Writer(op, job, counts, met)
    counts.read_before = runs.read_of(conn, job.run, job.part)
    for batch, cursor in _batches(job.source, _cursor_of(conn, job)):
        pending = [item for item in batch if isinstance(item, PersonRecord | InteractionRecord)]
        counts.skipped += [SkippedItem(where=i.where, reason=i.reason) for i in batch if isinstance(i, Skipped)]
        more = True
        while more:
            with _turn(op):
                pending = writer.write(pending)
                more = bool(pending)
                if cursor is not None and not more:
                    _keep_cursor(conn, job, cursor)
                runs.keep_read(conn, job.run, job.part, counts.read_before + counts.read)
                op.pause()
            if more:
                time.sleep(PAUSE)
        if progress is not None:
            progress(job.name, counts.read + len(counts.skipped))
    counts.changed = op.changes > before


def _cursor_of(conn: Connection, job: Job) -> str | None:
    """Where to read on: a sync behind the last one, an import at the beginning, unless it was killed."""
    if job.origin != "sync":
        return runs.cursor_of(conn, job.run, job.part)
    return None if job.afresh else feeds.cursor_of(conn, job.source.source, job.source.account)


def _keep_cursor(conn: Connection, job: Job, cursor: str) -> None:
    if job.origin == "sync":
        feeds.keep_cursor(conn, job.source.source, job.source.account, cursor)
    else:
        runs.keep_cursor(conn, job.run, job.part, cursor)


def _end(op: Operation, run: str, title: str, done: Sequence[_Counts]) -> None:
    """Ask about namesakes, derive everybody whom the run has touched, some at a time, and close its operation."""
    if op.changes:
        _ask_about_namesakes(op, done)
    more = True
    while more:
        with _turn(op):
            more = op.derive_some(DERIVE)
        if more:
            time.sleep(PAUSE)
    with _turn(op):
        op.summary = _summary(title, done)
        runs.end_run(op.conn, run)
        finish(op)


def _ask_about_namesakes(op: Operation, done: Sequence[_Counts]) -> None:
    """Ask whether people of one name are one, unless the same source has spoken of both in this run.

    Two records of one export are two people; a record of a newer export, which knows no ids, may well be an old one.
    """
    new = store.new_with_namesakes(op)
    others: dict[tuple[str, int], list[int]] = {}
    for first in range(0, len(new), DERIVE):
        with _turn(op):
            for person_id, name, feed in new[first : first + DERIVE]:
                if (name, feed) not in others:
                    known = store.namesakes(op, name, feed)
                    absent = (other for other in known if not any((feed, other) in counts.seen for counts in done))
                    others[name, feed] = list(islice(absent, MOST_NAMESAKES))
                counts = next((counts for counts in done if person_id in counts.brought), done[-1])
                counts.asked += _asked(op, person_id, others[name, feed], "name")
            op.pause()


def _asked(op: Operation, person_id: int, others: Sequence[int], reason: str) -> list[Question]:
    """Queue the question whether one person is each of the others; what was asked before is not asked again."""
    return [
        Question(person=people.handle_of(op.conn, person_id), other=people.handle_of(op.conn, other), reason=reason)
        for other in others
        if other != person_id and store.ask(op, person_id, other, reason)
    ]


@contextmanager
def _turn(op: Operation) -> Iterator[None]:
    """One of the transactions of a run. Raises UndoConflictError where the run was undone since the last."""
    with transaction(op.conn):
        if not runs.is_running(op):
            raise UndoConflictError("this import was undone while it ran", hint="run it again to have it")
        yield


def _batches(source: Source, cursor: str | None) -> Iterator[tuple[list[SourceItem], str | None]]:
    """Items in portions that fit memory, each with the cursor behind it where there is one."""
    batch: list[SourceItem] = []
    reached: str | None = None
    deadline = time.monotonic() + GATHER
    try:
        for item in source.read(cursor):
            if isinstance(item, Checkpoint):
                reached = item.cursor
                enough = len(batch) > BATCH // 2 or time.monotonic() > deadline
            else:
                batch.append(item)
                reached = None
                enough = len(batch) >= BATCH
            if enough:
                yield batch, reached
                batch = []
                deadline = time.monotonic() + GATHER
    except Exception:  # what was read before the source broke stays
        yield batch, reached
        raise
    yield batch, reached


class _Writer:
    """Resolves records to people and writes them."""

    def __init__(self, op: Operation, job: Job, counts: _Counts, met: _Met) -> None:
        self._op = op
        self._conn = op.conn
        self._job = job
        self._counts = counts
        self._met = met.persons
        self._absent: set[Identifier] = set()
        """Identifiers of the present record that were looked for and not found."""
        self._left_out: set[str] = set()
        """Places of person records that became nobody: what the same rows say happened is left out with them."""
        self._interactions = InteractionWriter(op, op.now.tzinfo or UTC, met.interactions)
        self._policy = policy(op.conn)
        self._run = secrets.randbits(31)
        self._verdicts: dict[tuple[object, ...], Verdict] = {}
        kinds = ("email", "phone", "linkedin", "url", me.NAME)
        self._mine = {Identifier(kind, value) for kind in kinds for value in me.values(op.conn, kind)}
        self._buried = store.anybody_buried(op.conn)

    def write(self, items: list[PersonRecord | InteractionRecord]) -> list[PersonRecord | InteractionRecord]:
        """Write people, then interactions; returns what did not fit into the time of one transaction."""
        deadline = time.monotonic() + SECONDS
        persons = [item for item in items if isinstance(item, PersonRecord)]
        for position, record in enumerate(persons):
            if position and time.monotonic() > deadline:
                return [*persons[position:], *(i for i in items if isinstance(i, InteractionRecord))]
            self._person(record)
        resolved, dropped = [], []
        for item in items:
            if isinstance(item, InteractionRecord) and item.where not in self._left_out:
                one = self._resolve(item)
                if isinstance(one, Resolved):
                    resolved.append(one)
                elif one is not None:
                    dropped.append((item, one))
        if dropped:
            self._drop(dropped)
        if resolved:
            bulk.forget(self._conn, [one.record.key for one in resolved if one.record.key.startswith("mail:")])
            written = self._interactions.write(resolved)
            self._counts.read += len(resolved) - written.repeated
            for name in ("added", "updated", "unchanged", "not_counting"):
                self._counts.interactions[name] += getattr(written, name)
        return []

    # -- people ----------------------------------------------------------------------------------------

    def _person(self, record: PersonRecord) -> None:
        op, counts = self._op, self._counts
        if record.mine:
            mine = self._identifiers(record)
            if record.name:
                mine.append(Identifier(me.NAME, names.fold(record.name)))
            added = [me.add(op, one) for one in mine]
            counts.read += 1
            counts.people["updated" if any(added) else "unchanged"] += 1
            self._mine.update(mine)
            return
        if self._is_me(record):
            self._left_out.add(record.where)
            counts.read += 1
            counts.people["unchanged"] += 1
            return
        feed = self._interactions.feed(record.origin)
        digest = store.digest(record)
        seen = store.find_person_origin(self._conn, feed, record.origin.ref)
        again = False
        if seen is not None:
            counts.seen.add((feed, seen.person_id))
            again = seen.id in self._met or store.is_of_run(op, seen)
        if seen is not None and digest in seen.digests:
            repeated = seen.operation_id == op.id or seen.id in self._met
            self._met.add(seen.id)
            counts.people["repeated" if repeated else "unchanged"] += 1
            counts.read += not repeated
            return
        if seen is not None and (again or seen.contested) and not self._may_be(seen.person_id, record.name):
            self._refuse(record, seen)
            return
        counts.read += 1
        if seen is not None:
            person_id, outcome, origin_id = seen.person_id, "updated", seen.id
            self._met.add(seen.id)
            digests = [*seen.digests, digest] if again else [digest]
            store.know(op, seen, digests, contested=seen.contested)
        else:
            self._absent.clear()
            who = self._who(record, feed)
            if who is None:
                counts.people["unchanged"] += 1
                return
            person_id, outcome, asked = who
            origin_id = op.insert(
                "person_origin", feed_id=feed, ref=record.origin.ref, person_id=person_id, digest=digest
            )
            counts.asked += _asked(op, person_id, asked, "identifier")
        if outcome != "added":
            self._note_conflicts(person_id, record)
        changed = self._state(person_id, origin_id, record, ends=seen is not None and not again, new=outcome == "added")
        if outcome == "added":
            counts.brought.add(person_id)
        counts.people[outcome if changed or outcome == "added" else "unchanged"] += 1
        op.touch(person_id)

    def _is_me(self, record: PersonRecord) -> bool:
        """Whether a record is my own card: it has an e-mail address of mine, and none of my names speaks against it.

        Nothing of it is learned: that its other addresses are mine as well is for me to say.
        """
        if not any(map(self._is_my_email, record.claims)):
            return False
        mine = [one.value for one in self._mine if one.kind == me.NAME]
        return not mine or any(names.compatible(record.name, name) for name in mine)

    def _is_my_email(self, claim: Claim) -> bool:
        """Whether a claim is an e-mail address of mine, which is nobody else's, whoever's card has it."""
        found = _email(claim.value) if claim.field == "email" else None
        return found is not None and found in self._mine

    def _may_be(self, person_id: int, name: str) -> bool:
        """Whether a person may be called so: some name that was ever said of them fits."""
        return any(names.compatible(name, other) for other in people.names_of(self._conn, person_id))

    def _refuse(self, record: PersonRecord, seen: store.PersonOrigin) -> None:
        """Skip a record whose reference is another person's, and remember that several claim it.

        A run that meets both keeps them apart; a later one has to, also where it meets this one alone.
        """
        if not seen.contested:
            store.know(self._op, seen, seen.digests, contested=True)
        word = _REFERENCES.get(record.key.partition(":")[0], "reference")
        row = people.row_of(self._conn, seen.person_id)
        name = row["name"] if row is not None else "another"
        self._left_out.add(record.where)
        reason = f"the same {word} as {name}, who is somebody else"
        self._counts.skipped.append(SkippedItem(where=record.where, reason=reason))

    def _identifiers(self, record: PersonRecord) -> list[Identifier]:
        found = (identifiers.of_claim(c.field, c.value, self._job.region) for c in record.claims)
        return [one for one in found if one is not None and one.kind != "alias"]

    def _graves(self, record: PersonRecord) -> list[str]:
        keys = [f"origin:{record.origin.source}:{record.origin.ref}"]
        return keys + [f"{one.kind}:{one.value}" for one in self._identifiers(record) if one.kind in people.LASTING]

    def _who(self, record: PersonRecord, feed: int) -> tuple[int, str, tuple[int, ...]] | None:
        """The person whom a new record is about: an old one, or one made for it; and whom to ask about.

        None where that is somebody whom the user has removed.
        """
        known = []
        for identifier in self._identifiers(record):
            row = claims.find_identifier(self._conn, identifier)
            if row is None:
                self._absent.add(identifier)
            elif row.person_id is not None:
                known.append(
                    Known(
                        person_id=row.person_id,
                        names=people.names_of(self._conn, row.person_id),
                        kind=identifier.kind,
                        same_feed=store.has_origin(self._conn, row.person_id, feed),
                    )
                )
        decision = match(record.name, known)
        if isinstance(decision, Linked):
            # Families share a phone; an address or profile of somebody else is worth a question.
            others = {one.person_id for one in known if one.kind != "phone"} - {decision.person_id}
            return decision.person_id, "updated", tuple(sorted(others))
        if self._buried and store.is_buried(self._conn, self._graves(record)):
            return None
        asked = decision.person_ids if isinstance(decision, Ambiguous) else ()
        return people.add(self._op, record.name), "added", asked

    def _state(self, person_id: int, origin_id: int, record: PersonRecord, *, ends: bool, new: bool) -> bool:
        """Write what a record says; where it `ends` what it said before, all else is over; `new` is the person."""
        op = self._op
        said: set[tuple[str, str, str | None]] = {("name", record.name, None)}
        said.update((c.field, c.value, c.label) for c in record.claims if not self._is_my_email(c))
        said.update(("tag", tag, None) for tag in map(names.tag_form, record.tags) if tag)
        stated = claims.state(
            op,
            person_id,
            sorted(said, key=lambda one: (one[0], one[1], one[2] or "")),
            region=self._job.region,
            person_origin_id=origin_id,
            ends=ends,
            covers=record.covers,
            nothing_said=new,
            absent=self._absent,
        )
        for field, value in stated.news:
            if field == "cadence":
                self._cadence(person_id, value)
        for field, value in stated.ended:
            if field == "name":
                self._rename(person_id, value, record.name)
        changed = [*stated.news, *stated.ended]
        fields = {field for field, _ in changed}
        claims.settle(op, person_id, fields)
        if "tag" in fields:
            tags.settle(op, person_id)
        return bool(changed)

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

    def _note_conflicts(self, person_id: int, record: PersonRecord) -> None:
        """Report what the record says otherwise than the user typed it."""
        for field, offered in sorted((claim.field, claim.value) for claim in record.claims):
            if field in claims.COLUMNS or field == "birthday":
                kept = claims.typed(self._conn, person_id, field)
                if kept is not None and kept != offered:
                    handle = people.handle_of(self._conn, person_id)
                    self._counts.conflicts.append(Conflict(person=handle, field=field, kept=kept, offered=offered))

    # -- interactions ----------------------------------------------------------------------------------

    def _resolve(self, record: InteractionRecord) -> Resolved | bulk.Bulk | None:
        """Who takes part, and whether it counts; what is not to be kept, as such; None for what was skipped."""
        named: list[Named] = []
        for who in record.participants:
            identifier = self._participant(who.kind, who.value)
            if isinstance(identifier, str):
                self._counts.skipped.append(SkippedItem(where=record.where, reason=identifier))
                return None
            named.append((identifier, who.role, who.name))
        there = sort_out(named, self._mine, direction=record.direction, status=record.status)
        self._counts.strangers.update(one.value for one in there.strangers)
        if there.is_mail and record.automatic is not None and self._policy.lists == "drop":
            return bulk.Bulk(
                key=bulk.key_of(record.key), reason=record.automatic, address=record.automatic_address or ""
            )
        if there.is_mail and not there.others:
            address = next((one.value for one in there.mine), "")
            return bulk.Bulk(key=bulk.key_of(record.key), reason="self", address=address)
        if not there.others:
            self._counts.skipped.append(SkippedItem(where=record.where, reason="nobody took part but you"))
            return None
        return self._judged(record, there)

    def _judged(self, record: InteractionRecord, there: Presence) -> Resolved:
        """The record with the verdict on everybody whose row is kept."""
        others = there.others
        self._counts.unnamed += there.is_mail and there.part is None
        if there.is_mail and there.recipients > MOST_RECIPIENTS:
            others = {one: said for one, said in others.items() if said[0] == "from" or self._is_known(one)}
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

    def _is_known(self, identifier: Identifier) -> bool:
        row = claims.find_identifier(self._conn, identifier)
        return row is not None and row.person_id is not None

    def _drop(self, dropped: Sequence[tuple[InteractionRecord, bulk.Bulk]]) -> None:
        """Remember what is not kept, unless another copy that came straight is kept already."""
        kept = self._interactions.known([record.key for record, _ in dropped])
        new = bulk.add(self._conn, [row for record, row in dropped if record.key not in kept], self._run)
        self._counts.bulk += new
        self._counts.read += new

    def _participant(self, kind: str, value: str) -> Identifier | str:
        """Who took part, or in words why nobody can tell."""
        match kind:
            case "email":
                found = _email(value)
            case "phone":
                found = identifiers.phone(value, self._job.region)
            case "linkedin":
                found = Identifier("linkedin", value)
            case "url":
                found = identifiers.profile(value)
            case _:
                return self._by_name(value)
        return found or f"{value!r} is no {_WORDS.get(kind, kind)} that can be read"

    def _by_name(self, text: str) -> Identifier | str:
        """Whoever has exactly this handle, alias or full name, if that is one person."""
        if Identifier(me.NAME, names.fold(text)) in self._mine:
            return Identifier(me.NAME, names.fold(text))
        found = naming.by_handle(self._conn, text) or naming.by_full_name(self._conn, text)
        row = people.row_of(self._conn, found[0]) if len(found) == 1 else None
        if row is not None:
            return Identifier("uid", row["uid"])
        if found:
            return f"{len(found)} people are called {text!r}: say who by a handle or an e-mail address"
        return f"nobody is called {text!r}: add them, or give an e-mail address"


_REFERENCES = {"card": "UID", "linkedin": "profile"}
"""What a record is known by, by the first word of its key."""

_WORDS = {"email": "e-mail address", "phone": "phone number", "url": "profile"}


def _summary(title: str, done: Sequence[_Counts]) -> str:
    persons, entries = (
        {name: sum(getattr(counts, kind)[name] for counts in done) for name in ("added", "updated")}
        for kind in ("people", "interactions")
    )
    return (
        f"{title}: people {persons['added']} added, {persons['updated']} updated;"
        f" interactions {entries['added']} added, {entries['updated']} updated"
    )


def _notes(job: Job, counts: _Counts) -> list[str]:
    """What the user should know to make more of it: addresses of their own that dex does not know, columns left out."""
    notes = []
    for address, number in counts.strangers.most_common(_STRANGERS):
        mails = "1 mail" if number == 1 else f"{number:,} mails"
        notes.append(f"{mails} among those sent came from {address}: if that is you, dex me add {address}")
    if counts.unnamed:
        mails = "1 mail names" if counts.unnamed == 1 else f"{counts.unnamed:,} mails name"
        notes.append(f"{mails} none of your addresses and does not count: dex me add ADDRESS if one is yours")
    if counts.read_before:
        notes.append(f"continued: {counts.read_before:,} records had been read before")
    if job.left_out:
        columns = ", ".join(job.left_out[:MOST_TITLES]) + (", ..." if len(job.left_out) > MOST_TITLES else "")
        notes.append(f"left out: {columns}; --map '{job.left_out[0]}=note' keeps one")
    return notes


_STRANGERS = 3
"""Addresses that may be mine which are named."""


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
            questions=len(counts.asked),
            asked=counts.asked,
            conflicts=counts.conflicts,
        ),
        interactions=InteractionCounts(**counts.interactions, bulk=counts.bulk),
        skipped=counts.skipped,
        notes=_notes(job, counts),
        operation_id=op.ref if counts.changed and not job.dry_run else None,
    )
