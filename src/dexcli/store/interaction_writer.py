"""Writing interactions by the thousand, as sources bring them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import date, datetime, tzinfo
from itertools import islice
from typing import Any, Literal, Protocol

import msgspec
from msgspec import Struct

from dexcli.domain.identifiers import Identifier
from dexcli.domain.policy import BY_HAND, UNNAMED
from dexcli.domain.records import BY_MAIL, InteractionRecord, Origin
from dexcli.store import feeds, interactions, judging, texts
from dexcli.store.connection import Row
from dexcli.store.ingest import Met, is_buried
from dexcli.store.journal import Operation, typed_columns
from dexcli.store.settings import policy
from dexcli.store.tombstones import hashed

CACHE = 100_000
"""Identifiers remembered between batches; memory stays constant in the input's size."""


Part = tuple[Identifier, str, str | None, bool, str]
"""Identifier, role, name as the source has it, and the policy's verdict: whether it counts, and why."""


class Resolved(Struct, frozen=True, kw_only=True, gc=False):
    """An interaction whose participants are known by identifier."""

    record: InteractionRecord
    direction: str | None
    status: str | None
    named: int
    """Recipients of a mail, mine included; of anything else whoever took part besides me."""
    participants: tuple[Part, ...]


class Written(Struct, frozen=True, kw_only=True):
    """What became of a batch of interactions."""

    added: int
    updated: int
    unchanged: int
    repeated: int
    """Seen earlier in the same run."""
    not_counting: int
    unnamed: int
    """Mails in which none of my addresses stands."""


Outcome = Literal["add", "update", "link"]
"""What becomes of an entry: it is new, it changes, or it is there already and was seen in one more place."""


class Gate(Protocol):
    """Is told what would become of entries, and says whether it may."""

    def entry(self, one: Resolved, outcome: Outcome) -> bool:
        """Whether that may become of an entry."""
        ...

    def meets(self, one: Resolved) -> bool:
        """Whether an entry that is there may be looked at: new names of addresses are noted, whatever becomes of it."""
        ...


class InteractionWriter:
    """Writes batches of interactions at the speed of `executemany`.

    Ids are assigned here; `on conflict do nothing` and a look-up by range tell who got in. Derived rows are only marked
    stale: the end of the run derives everybody once.
    """

    def __init__(self, op: Operation, zone: tzinfo, met: Met | None = None, gate: Gate | None = None) -> None:
        self._op = op
        self._gate = gate
        self._met = met or Met()
        self._conn = op.conn
        self._zone = zone
        self._ids: dict[Identifier, int] = {}
        self._feeds: dict[tuple[str, str, str, str], int] = {}
        self._marked: set[int] = set()
        """Identifiers whose people are stale: nobody is derived before the end of the run, unless another writes."""
        self._version: int | None = None
        self._buried = False

    def write(self, batch: Sequence[Resolved]) -> Written:
        """Write a batch inside a transaction of the caller."""
        self._look_again()
        if self._buried:
            kept = [one for one in batch if not is_buried(self._conn, (f"interaction:{one.record.key}",))]
            left_out, batch = len(batch) - len(kept), self._without_forgotten(kept)
        else:
            left_out = 0
        if self._gate is not None:
            batch, met = self._let_in(batch, self._gate)
            left_out += met
        self._identify(batch)
        first = self._next_id("interaction")
        rows, days = [], []
        for number, one in enumerate(batch, first):
            record = one.record
            values = self._values(one)
            days.append(values[0])
            rows.append(
                (number, record.key, record.thread, one.named, record.automatic, record.revision, *values, self._op.id)
            )
        inserted = self._conn.executemany(_INSERT_INTERACTION, rows).rowcount
        last = first + len(batch) - 1
        got_in: Collection[int] = range(first, last + 1)
        if inserted < len(batch):
            found = self._conn.execute("select id from interaction where id between ? and ?", (first, last))
            got_in = {row[0] for row in found}
        ids = self._ids
        participants, origins, others = [], [], []
        docs: list[texts.Doc] = []
        present = set[int]()
        not_counting = unnamed = 0
        for number, (one, on) in enumerate(zip(batch, days, strict=True), first):
            if number not in got_in:
                others.append(one)
                continue
            if not any(part[3] for part in one.participants):
                not_counting += 1
                unnamed += _is_unnamed(one)
            who = set()
            for identifier, role, _, counts, why in one.participants:
                id_ = ids[identifier]
                who.add(id_)
                participants.append((number, id_, on, role, counts, why))
            present |= who
            record = one.record
            docs.append(texts.interaction_doc(number, on, record.title, record.body, record.place, record.kind, who))
            origin = record.origin
            origins.append((self.feed(origin), origin.ref, number, self._op.id))
        self._conn.executemany(_INSERT_PARTICIPANT, participants)
        self._conn.executemany(_INSERT_ORIGIN, origins)
        texts.add(self._conn, texts.INTERACTIONS, docs)
        if got_in:
            self._op.inserted("interaction", first, last)
            self._mark_stale(present)
        updated = repeated = 0
        namesakes = []
        for one in others:
            if self._is_another(one):
                namesakes.append(msgspec.structs.replace(one, record=_under_another_key(one)))
                continue
            change = self._meet_again(one)
            updated += change == "updated"
            repeated += change == "repeated"
            unnamed += change != "repeated" and _is_unnamed(one)
        unchanged = len(others) - len(namesakes) - updated - repeated + left_out
        written = Written(
            added=len(got_in),
            updated=updated,
            repeated=repeated,
            unchanged=unchanged,
            not_counting=not_counting,
            unnamed=unnamed,
        )
        return _together(written, self.write(namesakes)) if namesakes else written

    def id_of(self, one: Resolved) -> int | None:
        """The entry that a record is, once it was written."""
        record = _under_another_key(one) if self._is_another(one) else one.record
        return interactions.id_of_key(self._conn, record.key)

    def _without_forgotten(self, batch: Sequence[Resolved]) -> Sequence[Resolved]:
        """The same without people who were forgotten, where an entry is there already.

        What is new is news: whoever writes again is a stranger.
        """
        forgotten = hashed(self._conn)
        if forgotten is None:
            return batch
        known = self.known([one.record.key for one in batch])

        def is_forgotten(who: Identifier) -> bool:
            key = forgotten(f"{who.kind}:{who.value}")
            return self._conn.execute("select 1 from tombstone where key = ?", (key,)).fetchone() is not None

        return [
            msgspec.structs.replace(
                one, participants=tuple(part for part in one.participants if not is_forgotten(part[0]))
            )
            if one.record.key in known
            else one
            for one in batch
        ]

    def _let_in(self, batch: Sequence[Resolved], gate: Gate) -> tuple[Sequence[Resolved], int]:
        """The batch without the entries that may not be written; and how many of those are there already.

        Copies of a new entry go the way of the first; what has come with this very operation was let in.
        """
        wanted = msgspec.json.encode([one.record.key for one in batch]).decode()
        known = dict(
            self._conn.execute(
                "select key, operation_id from interaction where key in (select value from json_each(?))", (wanted,)
            ).fetchall()
        )
        new: dict[str, bool] = {}
        kept: list[Resolved] = []
        for one in batch:
            key = one.record.key
            if key not in known:
                if key not in new:
                    new[key] = gate.entry(one, "add")
                if new[key]:
                    kept.append(one)
            elif known[key] == self._op.id or self._is_another(one) or gate.meets(one):
                kept.append(one)
        return kept, sum(one.record.key in known for one in batch) - sum(one.record.key in known for one in kept)

    def _is_another(self, one: Resolved) -> bool:
        """Whether what came by mail under this Message-ID or UID is from somebody else: anybody can repeat an id."""
        if not one.record.key.startswith("mail:") and one.record.origin.source not in BY_MAIL:
            return False
        writers = {
            Identifier(row[0], row[1])
            for row in self._conn.execute(
                "select f.kind, f.value from interaction i join participant p on p.interaction_id = i.id"
                " join identifier f on f.id = p.identifier_id where i.key = ? and p.role in ('from', 'organizer')",
                (one.record.key,),
            )
        }
        ours = {part[0] for part in one.participants if part[1] in _AUTHORS}
        return bool(writers and ours) and not writers & ours

    def known(self, keys: Sequence[str]) -> set[str]:
        """Which of these interactions are there."""
        wanted = msgspec.json.encode(keys).decode()
        rows = self._conn.execute(
            "select key from interaction where key in (select value from json_each(?))", (wanted,)
        )
        return {row[0] for row in rows}

    def _look_again(self) -> None:
        """Forget what was remembered where another program has written since: it may have removed somebody."""
        (version,) = self._conn.execute("pragma data_version").fetchone()
        if version != self._version:
            self._version = version
            self._ids.clear()
            self._marked.clear()
            buried = self._conn.execute(
                "select 1 from tombstone where key glob 'interaction:*' or key glob 'forgotten:*' limit 1"
            ).fetchone()
            self._buried = buried is not None

    def _mark_stale(self, identifier_ids: Collection[int]) -> None:
        """Leave whoever has these identifiers to be derived later."""
        new = [id_ for id_ in identifier_ids if id_ not in self._marked]
        self._marked.update(new)
        self._conn.execute(_MARK_STALE, (msgspec.json.encode(new).decode(),))

    def _identify(self, batch: Sequence[Resolved]) -> None:
        """Make sure that every identifier of the batch has a row, and remember its id."""
        if len(self._ids) > CACHE:
            for key in list(islice(self._ids, CACHE // 2)):
                del self._ids[key]
        ids = self._ids
        wanted: dict[Identifier, str | None] = {}
        for one in batch:
            for part in one.participants:
                if part[0] not in ids and not wanted.get(part[0]):
                    wanted[part[0]] = part[2]
        missing = list(wanted)
        if not missing:
            return
        first = self._next_id("identifier")
        inserted = self._conn.executemany(
            "insert into identifier(kind, value, name, operation_id) values(?, ?, ?, ?) on conflict do nothing",
            ((one.kind, one.value, wanted[one], self._op.id) for one in missing),
        )
        if inserted.rowcount:  # those that were there have used up ids as well
            self._op.inserted("identifier", first, self._next_id("identifier") - 1)
            new = self._conn.execute("select kind, value, id from identifier where id >= ?", (first,))
            docs = []
            for kind, value, id_ in new:
                self._ids[Identifier(kind, value)] = id_
                docs += texts.identifier_docs(id_, kind, wanted[Identifier(kind, value)], value)
            texts.add(self._conn, texts.IDENTIFIERS, docs)
        for identifier in missing:
            if identifier in self._ids:
                continue
            id_, nameless = self._conn.execute(
                "select id, name is null and person_id is null and shared = 0 from identifier"
                " where kind = ? and value = ?",
                (identifier.kind, identifier.value),
            ).fetchone()
            self._ids[identifier] = id_
            if nameless and wanted[identifier]:
                self._op.update("identifier", id_, name=wanted[identifier])

    def _meet_again(self, one: Resolved) -> str:
        """Compare a known interaction with what the source says now."""
        record = one.record
        row = self._conn.execute("select * from interaction where key = ?", (record.key,)).fetchone()
        feed = self.feed(record.origin)
        seen = self._conn.execute(
            "select 1 from interaction_origin where feed_id = ? and ref = ?", (feed, record.origin.ref)
        ).fetchone()
        kind = record.key.partition(":")[0]
        if kind == "event" and self._is_older(row, record, seen=seen is not None):
            new, present = dict[str, Any](), None
        else:
            new = self._news_of_mail(row, one) if kind == "mail" else self._news(row, one)
            present = self._present(row, one) if kind == "event" else None
        if new:
            typed = typed_columns(self._conn, row["id"])
            new = {column: value for column, value in new.items() if column not in typed}
        again = row["operation_id"] == self._op.id or row["id"] in self._met
        if self._gate is not None and row["operation_id"] != self._op.id and (new or present is not None or not seen):
            outcome: Outcome = "update" if new or present is not None else "link"
            if not self._gate.entry(one, outcome):
                return "unchanged"
        self._met.add(row["id"])
        if seen is None:
            self._op.insert_owned(
                "interaction_origin",
                feed_id=feed, ref=record.origin.ref, interaction_id=row["id"], operation_id=self._op.id,
            )  # fmt: skip
        if not new and present is None:
            return "repeated" if again else "unchanged"
        interactions.change(self._op, row["id"], new, present)
        if new.keys() & _JUDGED or present is not None:
            judging.judge_again(self._conn, policy(self._conn), [row["id"]])
        return "updated"

    def _is_older(self, row: Row, record: InteractionRecord, *, seen: bool) -> bool:
        """Whether a copy of an event is not the last word.

        What a server or folder says now holds, and a calendar knows better than a mail; else the later revision does.
        """
        by_mail = record.origin.source in BY_MAIL
        if seen and record.origin.account and not by_mail:
            return False
        rows = self._conn.execute(
            "select d.source from interaction_origin o join feed d on d.id = o.feed_id where o.interaction_id = ?"
            " and not (o.feed_id = ? and o.ref = ?)",
            (row["id"], self.feed(record.origin), record.origin.ref),
        )
        others = {other[0] in BY_MAIL for other in rows}
        if by_mail and False in others:
            return True
        if not by_mail and not seen and others == {True}:
            return False
        return row["revision"] is not None and (record.revision or "") < row["revision"]

    def _present(self, row: Row, one: Resolved) -> list[tuple[int, str, bool, str]] | None:
        """Who takes part, where a calendar says so otherwise than before; whoever was added by hand stays."""
        stored = interactions.participants(self._conn, row["id"])
        by_hand = [part for part in stored if part[3] == BY_HAND.why]
        held = {part[0] for part in by_hand}
        said = [(self._ids[who], role, counts, why) for who, role, _, counts, why in one.participants]
        wanted = [*by_hand, *(part for part in said if part[0] not in held)]
        same = {part[:2] for part in stored} == {part[:2] for part in wanted}
        return None if same else wanted

    def _news(self, row: Row, one: Resolved) -> dict[str, Any]:
        """What a source says otherwise than before: a meeting is moved, called off, or renamed."""
        said = dict(zip(_CHANGING, self._values(one), strict=True))
        if said["happened_at"] is not None and said["happened_at"] == row["happened_at"]:
            del said["happened_on"]  # the day on which it was for me then, wherever I am now
        if one.record.revision is not None:
            said |= {"revision": one.record.revision, "named": one.named}
        return {column: value for column, value in said.items() if row[column] != value}

    def _news_of_mail(self, row: Row, one: Resolved) -> dict[str, Any]:
        """What another copy of a mail adds: a mail does not change, but it may have come straight as well as by a list,
        have lain among the sent, or have been read with its text, or as a whole, which shows that it is an invitation.
        """
        new: dict[str, Any] = {}
        if row["automatic"] is not None and one.record.automatic is None:
            new["automatic"] = None
        if row["kind"] == "mail" and one.record.kind == "invitation":
            new["kind"] = "invitation"
        if row["body"] is None and one.record.body is not None:
            new["body"] = one.record.body
        if row["status"] is None and one.status is not None:
            new |= {"status": one.status, "direction": one.direction}
        return new

    def _values(self, one: Resolved) -> tuple[Any, ...]:
        """What a source says of an interaction, in the order of `_CHANGING`."""
        record = one.record
        at, on = self._day(record.when)
        return (
            on, at, record.kind, one.direction, record.minutes, record.title, record.body, record.place,
            one.status,
        )  # fmt: skip

    def _day(self, when: datetime | date) -> tuple[int | None, str]:
        """Seconds since 1970 (None where only the day is known) and the local day."""
        if not isinstance(when, datetime):
            return None, when.isoformat()
        try:
            return int(when.timestamp()), when.astimezone(self._zone).date().isoformat()
        except OverflowError:  # here it is a day beyond the calendar: it stays the day that was written
            return None, when.date().isoformat()

    def feed(self, origin: Origin) -> int:
        """The row of a source, account and folder, remembered."""
        key = (origin.source, origin.account, origin.folder, origin.epoch)
        if key not in self._feeds:
            self._feeds[key] = feeds.feed_id(self._conn, origin)
        return self._feeds[key]

    def _next_id(self, table: str) -> int:
        """The id that the next row gets: never that of a deleted one."""
        row = self._conn.execute("select seq from sqlite_sequence where name = ?", (table,)).fetchone()
        return (int(row[0]) if row else 0) + 1


_CHANGING = ("happened_on", "happened_at", "kind", "direction", "minutes", "title", "body", "place", "status")
"""Columns of an interaction of which a source may say something else later."""


def _under_another_key(one: Resolved) -> InteractionRecord:
    """The record of a mail or meeting whose id is that of somebody else's, under its writers as well."""
    writers = sorted(part[0].value for part in one.participants if part[1] in _AUTHORS)
    mark = hashlib.blake2b("\n".join(writers).encode(), digest_size=6).hexdigest()
    return msgspec.structs.replace(one.record, key=f"{one.record.key}#{mark}")


def _is_unnamed(one: Resolved) -> bool:
    return any(part[4] == UNNAMED.why for part in one.participants)


def _together(one: Written, other: Written) -> Written:
    fields = Written.__struct_fields__
    return Written(**{name: getattr(one, name) + getattr(other, name) for name in fields})


_AUTHORS = ("from", "organizer")
"""Roles of whose it is."""

_JUDGED = frozenset({"kind", "status", "automatic", "named"})
"""Columns on which the verdict of the policy depends."""

_INSERT_INTERACTION = (
    f"insert into interaction(id, key, thread, named, automatic, revision, {', '.join(_CHANGING)}, operation_id)"
    f" values(?, ?, ?, ?, ?, ?, {'?, ' * len(_CHANGING)}?) on conflict(key) do nothing"
)
_INSERT_PARTICIPANT = (
    "insert into participant(interaction_id, identifier_id, happened_on, role, counts, why) values(?, ?, ?, ?, ?, ?)"
    " on conflict do nothing"
)
_INSERT_ORIGIN = (
    "insert into interaction_origin(feed_id, ref, interaction_id, operation_id) values(?, ?, ?, ?)"
    " on conflict do nothing"
)
_MARK_STALE = (
    "update standing set stale = 1 where stale = 0 and person_id in (select person_id from identifier"
    " where id in (select value from json_each(?)))"
)
