"""Records of people become people: whom each is about, and what it says of them."""

from __future__ import annotations

import re

from dexcli.domain import identifiers, names
from dexcli.domain.cadence import parse_cadence
from dexcli.domain.identifiers import Identifier
from dexcli.domain.matching import Ambiguous, Known, Linked, match
from dexcli.domain.occasions import MAX_LEAD
from dexcli.domain.records import Claim, PersonRecord
from dexcli.errors import UsageError
from dexcli.results.report import Conflict, SkippedItem
from dexcli.services import cards
from dexcli.services.course import Decided
from dexcli.services.reading import Reading, asked, email
from dexcli.services.typed import IMPORTANCE
from dexcli.store import claims, me, people, tags
from dexcli.store import ingest as store


class PeopleWriter:
    """Writes the people of one source."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._op = reading.op
        self._conn = reading.conn
        self._tally = reading.tally
        self._met = reading.met.persons
        self._absent: set[Identifier] = set()
        """Identifiers of the present record that were looked for and not found."""
        self._buried = store.anybody_buried(reading.conn)
        self._names: dict[int, dict[str, None]] = {}
        """Every name that was ever said of somebody, as long as nobody else can write."""
        self._off: dict[int, set[claims.Said]] = {}
        """What the user took off somebody, as long."""
        self._typed: dict[tuple[int, str], str | None] = {}
        """What the user typed, as long."""
        self._unsettled: dict[int, set[str]] = {}
        """Fields of which something new is said."""

    def begin(self) -> None:
        """Begin a transaction: others may have written since the last."""
        self._names.clear()
        self._off.clear()
        self._typed.clear()

    def end(self) -> None:
        """Decide about winners before the transaction ends: once, however many records spoke of a person."""
        for person_id, fields in self._unsettled.items():
            claims.settle(self._op, person_id, fields)
            if "tag" in fields:
                tags.settle(self._op, person_id)
        self._unsettled.clear()

    def write(self, record: PersonRecord, feed: int) -> None:
        """Write what a record says, of somebody known or of a new person; `feed` is where it was seen."""
        decided = self._decide(record, feed)
        if self._reading.course is not None:
            decided = self._reading.course.person(record, decided)
        self._carry_out(record, feed, decided)

    def _decide(self, record: PersonRecord, feed: int) -> Decided:
        """Whom a record is about, and whether it says anything new; nothing is written."""
        self._absent.clear()
        if record.mine:
            return Decided(action="update", why="mine")
        seen = store.find_person_origin(self._conn, feed, record.origin.ref)
        again = seen is not None and (seen.id in self._met or store.is_of_run(self._op, seen))
        if self._is_me(record):
            return Decided(action="skip", why="me", seen=seen, again=again)
        digest = store.digest(record)
        if seen is not None and digest in seen.digests:
            return Decided(action="keep", why="reference", seen=seen, again=again)
        if not again and self._is_our_own(record, seen):
            return Decided(action="keep", why="uid", seen=seen)
        if seen is None:
            return self._who(record, feed)
        if (again or seen.contested) and not self._may_be(seen.person_id, record.name):
            return Decided(action="skip", why="contested", seen=seen, again=again)
        return Decided(action="update", why="reference", person_id=seen.person_id, seen=seen, again=again)

    def _carry_out(self, record: PersonRecord, feed: int, decided: Decided) -> None:
        """Do what is decided, and count it."""
        counts, seen = self._tally, decided.seen
        if seen is not None and decided.why != "me":
            counts.seen.add((feed, seen.person_id))
        if decided.action == "skip":
            self._leave(record, decided)
        elif decided.action == "keep":
            repeated = False
            if seen is not None and decided.why == "reference":
                repeated = seen.operation_id == self._op.id or seen.id in self._met
                self._met.add(seen.id)
            counts.people["repeated" if repeated else "unchanged"] += 1
            counts.read += not repeated
        elif decided.why == "mine":
            mine = self._mine(record)
            added = [me.add(self._op, one) for one in mine]
            counts.read += 1
            counts.people["updated" if any(added) else "unchanged"] += 1
            self._reading.mine.update(mine)
        else:
            self._take(record, feed, decided)

    def _mine(self, record: PersonRecord) -> list[Identifier]:
        """The addresses, numbers and name of the export's own owner."""
        name = [Identifier(me.NAME, names.fold(record.name))] if record.name else []
        return self._identifiers(record) + name

    def _leave(self, record: PersonRecord, decided: Decided) -> None:
        """Leave a record out, and mostly what the same rows say happened."""
        counts = self._tally
        if decided.why == "contested" and decided.seen is not None:
            self._refuse(record, decided.seen)
            return
        counts.read += 1
        if decided.why == "removed":
            counts.people["kept_out"] += 1
            return
        self._reading.left_out.add(record.where)
        counts.people["unchanged"] += decided.why == "me"

    def _take(self, record: PersonRecord, feed: int, decided: Decided) -> None:
        """Write what a record says of the person whom it is about, who may be new."""
        op, counts, seen = self._op, self._tally, decided.seen
        digest = store.digest(record)
        counts.read += 1
        if seen is not None:
            person_id, origin_id = seen.person_id, seen.id
            self._met.add(seen.id)
            before = [one for one in seen.digests if decided.again and one != digest]
            digests = [*before, digest]
            store.know(op, seen, digests, contested=seen.contested)
        else:
            if decided.taken_back:
                people.exhume(op, self._graves(record))
            person_id = self._add(record) if decided.person_id is None else decided.person_id
            origin_id = op.insert(
                "person_origin", feed_id=feed, ref=record.origin.ref, person_id=person_id, digest=digest
            )
            counts.asked += asked(op, person_id, decided.others, "identifier")
        new = decided.action == "add"
        if not new:
            self._note_conflicts(person_id, record)
        changed = self._state(person_id, origin_id, record, ends=seen is not None and not decided.again, new=new)
        if new:
            counts.brought.add(person_id)
        counts.people["added" if new else "updated" if changed else "unchanged"] += 1
        op.touch(person_id)
        if self._reading.course is not None:
            self._reading.course.done(person_id, changed)

    def _add(self, record: PersonRecord) -> int:
        """A new person, with the UID of their card where nobody has it."""
        uid = uid_of(record)
        taken = uid is not None and people.has_uid(self._conn, uid)
        return people.add(self._op, record.name, uid=None if taken else uid)

    def _is_our_own(self, record: PersonRecord, seen: store.PersonOrigin | None) -> bool:
        """Whether a card of a file says of the person with its UID just what we would write: nothing to learn.

        Nothing is noted either, so that the address book that the UID came from still says what it said.
        """
        uid = uid_of(record)
        if uid is None or record.origin.account or self._reading.job.origin != "import":
            return False
        person_id = self._by_uid(uid)
        if person_id is None or (seen is not None and seen.person_id != person_id):
            return False
        ours = cards.read_back(cards.card(self._conn, person_id))
        return ours is not None and store.digest(record) == store.digest(ours)

    def _by_uid(self, uid: str) -> int | None:
        """Whose uid that is."""
        known = claims.find_identifier(self._conn, Identifier("uid", uid))
        return None if known is None else known.person_id

    def _is_me(self, record: PersonRecord) -> bool:
        """Whether a record is my own card: it has an e-mail address of mine, and none of my names speaks against it.

        Nothing of it is learned: that its other addresses are mine as well is for me to say.
        """
        if not any(map(self._is_my_email, record.claims)):
            return False
        mine = [one.value for one in self._reading.mine if one.kind == me.NAME]
        return not mine or any(names.compatible(record.name, name) for name in mine)

    def _is_my_email(self, claim: Claim) -> bool:
        """Whether a claim is an e-mail address of mine, which is nobody else's, whoever's card has it."""
        found = email(claim.value) if claim.field == "email" else None
        return found is not None and found in self._reading.mine

    def _may_be(self, person_id: int, name: str) -> bool:
        """Whether a person may be called so: some name that was ever said of them fits."""
        return any(names.compatible(name, other) for other in self._names_of(person_id))

    def _names_of(self, person_id: int) -> tuple[str, ...]:
        """As `people.names_of`, each once: thousands of records may call one person the same."""
        if person_id not in self._names:
            self._names[person_id] = dict.fromkeys(people.names_of(self._conn, person_id))
        return tuple(self._names[person_id])

    def _refuse(self, record: PersonRecord, seen: store.PersonOrigin) -> None:
        """Skip a record whose reference is another person's, and remember that several claim it.

        A run that meets both keeps them apart; a later one has to, also where it meets this one alone.
        """
        if not seen.contested:
            store.know(self._op, seen, seen.digests, contested=True)
        word = _REFERENCES.get(record.key.partition(":")[0], "reference")
        row = people.row_of(self._conn, seen.person_id)
        name = row["name"] if row is not None else "another"
        self._reading.left_out.add(record.where)
        reason = f"the same {word} as {name}, who is somebody else"
        self._tally.skipped.append(SkippedItem(where=record.where, reason=reason))

    def _identifiers(self, record: PersonRecord) -> list[Identifier]:
        found = (identifiers.of_claim(c.field, c.value, self._reading.job.region) for c in record.claims)
        return [one for one in found if one is not None and one.kind != "alias"]

    def _graves(self, record: PersonRecord) -> list[str]:
        keys = [f"origin:{record.origin.source}:{record.origin.ref}"]
        if uid := uid_of(record):
            keys.append(f"uid:{uid}")
        return keys + [f"{one.kind}:{one.value}" for one in self._identifiers(record) if one.kind in people.LASTING]

    def _who(self, record: PersonRecord, feed: int) -> Decided:
        """The person whom a new record is about: somebody known, or one to be added; and whom to ask about."""
        known = []
        uid = uid_of(record)
        for identifier in (*((Identifier("uid", uid),) if uid else ()), *self._identifiers(record)):
            row = claims.find_identifier(self._conn, identifier)
            if row is None:
                self._absent.add(identifier)
            elif row.person_id is not None:
                known.append(
                    Known(
                        person_id=row.person_id,
                        names=self._names_of(row.person_id),
                        kind=identifier.kind,
                        same_feed=store.has_origin(self._conn, row.person_id, feed),
                    )
                )
        decision = match(record.name, known)
        if isinstance(decision, Linked):
            # Families share a phone; an address or profile of somebody else is worth a question.
            others = {one.person_id for one in known if one.kind != "phone"} - {decision.person_id}
            return Decided(action="link", why=decision.by, person_id=decision.person_id, others=tuple(sorted(others)))
        if self._buried and store.is_buried(self._conn, self._graves(record)):
            return Decided(action="skip", why="removed")
        if isinstance(decision, Ambiguous):
            return Decided(action="add", why="unsure", others=decision.person_ids)
        return Decided(action="add", why="new")

    def _state(self, person_id: int, origin_id: int, record: PersonRecord, *, ends: bool, new: bool) -> set[str]:
        """Write what a record says; where it `ends` what it said before, all else is over; `new` is the person.

        Returns the fields of which something else is said than before.
        """
        op = self._op
        said: set[tuple[str, str, str | None]] = {("name", record.name, None)}
        said.update((c.field, c.value, c.label) for c in record.claims if not self._is_my_email(c))
        said.update(("tag", tag, None) for tag in map(names.tag_form, record.tags) if tag)
        if person_id not in self._off:
            self._off[person_id] = set() if new else claims.taken_off(self._conn, person_id)
        stated = claims.state(
            op,
            person_id,
            sorted(said, key=lambda one: (one[0], one[1], one[2] or "")),
            region=self._reading.job.region,
            person_origin_id=origin_id,
            ends=ends,
            covers=record.covers,
            nothing_said=new,
            absent=self._absent,
            off=self._off[person_id],
        )
        if person_id in self._names:
            self._names[person_id][record.name] = None
        for field, value in stated.news:
            if field == "cadence":
                self._cadence(person_id, value)
            elif field == "importance":
                self._importance(person_id, value)
            elif field == "lead_days":
                self._lead(person_id, value)
        for field, value in stated.ended:
            if field == "name":
                self._rename(person_id, value, record.name)
        fields = {field for field, _ in (*stated.news, *stated.ended)}
        if new:
            claims.settle_new(op, person_id, said)
            tags.give_new(op, person_id, {value for field, value, _ in said if field == "tag"})
        else:
            self._unsettled.setdefault(person_id, set()).update(fields)
        return fields

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

    def _importance(self, person_id: int, text: str) -> None:
        row = people.row_of(self._conn, person_id)
        if row is not None and row["importance"] is None and text in IMPORTANCE:
            self._op.update("person", person_id, importance=IMPORTANCE[text])

    def _lead(self, person_id: int, text: str) -> None:
        row = people.row_of(self._conn, person_id)
        days = int(text) if _DAYS.fullmatch(text) else MAX_LEAD + 1
        if row is not None and row["lead"] is None and days <= MAX_LEAD:
            self._op.update("person", person_id, lead=days)

    def _note_conflicts(self, person_id: int, record: PersonRecord) -> None:
        """Report what the record says otherwise than the user typed it."""
        for field, offered in sorted((claim.field, claim.value) for claim in record.claims):
            if field in claims.COLUMNS or field == "birthday":
                if (person_id, field) not in self._typed:
                    self._typed[person_id, field] = claims.typed(self._conn, person_id, field)
                kept = self._typed[person_id, field]
                if kept is not None and kept != offered:
                    handle = people.handle_of(self._conn, person_id)
                    self._tally.conflicts.append(Conflict(person=handle, field=field, kept=kept, offered=offered))


_UUID = re.compile(r"card:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


def uid_of(record: PersonRecord) -> str | None:
    """The UID of a card where it can be a person's own: a UUID, by which all address books mean the same person."""
    found = _UUID.fullmatch(record.key)
    return found[1] if found else None


_DAYS = re.compile(r"[0-9]{1,4}")

_REFERENCES = {"card": "UID", "linkedin": "profile"}
"""What a record is known by, by the first word of its key."""
