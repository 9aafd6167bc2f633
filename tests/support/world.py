"""A database in which things happen: every operation that a command can do, chosen by a seeded generator of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from msgspec import Struct

from dexcli.domain.identifiers import Identifier
from dexcli.domain.policy import Policy
from dexcli.domain.records import (
    Checkpoint,
    Claim,
    InteractionRecord,
    Origin,
    ParticipantRecord,
    PersonRecord,
    SourceItem,
)
from dexcli.errors import NotFoundError, UndoConflictError, UsageError
from dexcli.services import cadence, history, logbook, occasions, people, tags
from dexcli.services.ingest import Job, ingest
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Change, Entry, Promise
from dexcli.services.people import Details, Removals
from dexcli.store import me
from dexcli.store.connection import Connection, _connect, _migrate
from dexcli.store.journal import LOGICAL, operation
from dexcli.store.judging import judge_again
from dexcli.store.naming import by_full_name
from dexcli.store.settings import store_policy

NAMES = (
    "Ada Lovelace", "Grace Hopper", "Alan Turing", "Mary Somerville", "Charles Babbage", "Émilie du Châtelet",
    "Sofja Kowalewskaja", "Emmy Noether", "Hedy Lamarr", "Katherine Johnson", "Ada", "[bold]x[/bold]",
)  # fmt: skip
EMAILS = tuple(f"{name}@example.org" for name in ("ada", "grace", "alan", "mary", "charles", "emmy", "info", "me"))
PHONES = tuple(f"+4420794609{number}" for number in range(50, 56))
TAGS = ("friend", "navy", "maths")
CADENCES = ("3d", "1w", "2w", "1m", "1y", "never")
FIRST_DAY = datetime(2026, 1, 31, 9, tzinfo=UTC)

Rows = dict[str, list[tuple[Any, ...]]]


def in_memory() -> Connection:
    """A new database that is gone when it is closed."""
    conn = _connect(":memory:", 0)
    _migrate(conn)
    return conn


def logical(conn: Connection) -> Rows:
    """Every row of the tables that undo restores."""
    return {table: sorted(map(tuple, conn.execute(f"select * from {table}")), key=repr) for table in LOGICAL}


class Listed(Struct, frozen=True):
    """A source over a list, which tells after each `every` items how far it has come."""

    items: Sequence[SourceItem]
    every: int = 10
    source: str = "vcard"
    account: str = ""

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        for number, item in enumerate(self.items[int(cursor or 0) :], int(cursor or 0) + 1):
            yield item
            if number % self.every == 0:
                yield Checkpoint(cursor=str(number))
        yield Checkpoint(cursor=str(len(self.items)))


def job(items: Sequence[SourceItem], **values: Any) -> Job:
    """An import of these records."""
    return Job(
        **{
            "source": Listed(items),
            "name": "people.vcf",
            "format": "vcard",
            "what": "address book",
            "run": "people.vcf",
            "origin": "import",
            "command": "import",
            "region": "GB",
            **values,
        }
    )


def card(ref: str, name: str, *said: tuple[str, str], tags: Sequence[str] = (), mine: bool = False) -> PersonRecord:
    """A record of a person."""
    return PersonRecord(
        key=f"card:{ref}",
        origin=Origin(source="vcard", ref=ref),
        where=f"people.vcf:{ref}",
        name=name,
        claims=tuple(Claim(field=field, value=value) for field, value in said),
        tags=tuple(tags),
        mine=mine,
    )


def meeting(
    ref: str, on: date | datetime, *who: tuple[str, str], kind: str = "meeting", **values: Any
) -> InteractionRecord:
    """A record of something that happened with these, as (kind of identifier, value)."""
    return InteractionRecord(
        key=f"csv:{ref}",
        origin=Origin(source="csv", ref=ref),
        where=f"meetings.csv:{ref}",
        when=on,
        kind=kind,
        participants=tuple(ParticipantRecord(kind=one, value=value) for one, value in who),
        **values,
    )


def mail(
    ref: str,
    when: date | datetime,
    from_: str,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    **values: Any,
) -> InteractionRecord:
    """A record of a mail; an address may be written as `Ada Lovelace <ada@example.org>`."""
    people = [(from_, "from"), *((one, "to") for one in to), *((one, "cc") for one in cc)]
    return InteractionRecord(
        **{
            "key": f"mail:{ref}@example.org",
            "origin": Origin(source="mail", ref=ref),
            "where": f"mail.mbox:{ref}",
            "when": when,
            "kind": "mail",
            "title": f"Mail {ref}",
            "participants": tuple(
                ParticipantRecord(
                    kind="email",
                    value=address.rpartition("<")[2].rstrip(">"),
                    role=role,
                    name=address.rpartition("<")[0].strip() or None,
                )
                for address, role in people
            ),
            **values,
        }
    )


def address_book() -> list[SourceItem]:
    """A hundred and some records: people, and meetings with them and with others."""
    items: list[SourceItem] = []
    for number in range(60):
        said = (("email", f"{number}@example.org"), ("phone", f"+44 20 7946 0{900 + number}"), ("company", "Engines"))
        items.append(card(str(number), f"{NAMES[number % 8]} {number}", *said, tags=["friend"]))
        who = [("email", f"{(number * 7 + other) % 80}@example.org") for other in range(number % 3 + 1)]
        items.append(meeting(str(number), date(2026, 1, 1 + number % 28), *who, title=f"Meeting {number}"))
    return items


class World:
    """One database and its own clock."""

    def __init__(self, conn: Connection, seed: int) -> None:
        self.conn = conn
        self.random = Random(seed)  # noqa: S311 - nothing is hidden by it
        self.now = FIRST_DAY
        self.actions: tuple[Callable[[], str | None], ...] = (
            self.add, self.add, self.log, self.log, self.log, self.log, self.edit_entry, self.remove_entry,
            self.edit_person, self.edit_person, self.take_off, self.tag, self.tag, self.cadence, self.cadence,
            self.cadence_by_tag, self.lead_by_kind, self.snooze, self.remind, self.done, self.state, self.rm, self.me,
            self.read_file, self.read_file, self.read_mail, self.read_mail, self.take_back, self.take_back,
        )  # fmt: skip

    @property
    def today(self) -> date:
        return self.now.date()

    def call(self, command: str, *, dry_run: bool = False) -> Invocation:
        return Invocation(now=self.now, command=command, region="GB", dry_run=dry_run)

    def wait(self) -> None:
        """Let time pass: mostly hours, at times weeks."""
        self.now += timedelta(hours=self.random.choice([1, 1, 1, 5, 24, 24, 72, 24 * 7, 24 * 40]))

    def act(self) -> str | None:
        """Do something; returns the operation (`o67`), None where nothing was to be changed or it was refused."""
        try:
            return self.random.choice(self.actions)()
        except (NotFoundError, UsageError, UndoConflictError):
            return None

    def undo(self, operation: str | None, *, dry_run: bool = False) -> str | None:
        number = None if operation is None else int(operation[1:])
        return history.undo(self.conn, self.call("undo", dry_run=dry_run), number).operation_id

    def in_force(self) -> list[str]:
        """The operations that were not undone and are no undoing themselves, oldest first."""
        return [
            f"o{row[0]}"
            for row in self.conn.execute("select id from operation where state = 'done' and undoes is null order by id")
        ]

    # -- what can happen -------------------------------------------------------------------------------

    def _ids(self, table: str, where: str = "1") -> list[int]:
        return [row[0] for row in self.conn.execute(f"select id from {table} where {where} order by id")]

    def _anybody(self, most: int = 1) -> list[int]:
        found = self._ids("person")
        if not found:
            raise NotFoundError("nobody is there")
        return self.random.sample(found, min(len(found), self.random.randint(1, most)))

    def _one(self, table: str, where: str = "1") -> int:
        found = self._ids(table, where)
        if not found:
            raise NotFoundError(f"there is no {table}")
        return self.random.choice(found)

    def _some(self, pool: Sequence[str], most: int = 1) -> list[str]:
        return self.random.sample(pool, self.random.randint(0, most))

    def _maybe(self, *pool: str) -> str | None:
        return self.random.choice([None, None, *pool])

    def _day(self, back: int, ahead: int) -> date:
        return self.today + timedelta(days=self.random.randint(-back, ahead))

    def _details(self, name: str | None) -> Details:
        return Details(
            name=name,
            emails=self._some(EMAILS, 2),
            phones=self._some(PHONES),
            aliases=self._some(["Countess", "Amazing Grace"]),
            tags=self._some(TAGS),
            company=self._maybe("Analytical Engines", "Royal Society"),
            every=self._maybe(*CADENCES),
            importance=self._maybe("low", "normal", "high"),
            lead=self._maybe("0d", "3w", ""),
            birthday=self._maybe("12-10", "1906-12-09", "02-29", f"{self._day(0, 20):%m-%d}"),
            dates=self._some(["wedding=2015-06-12", "wedding=02-29", f"name day={self._day(0, 20):%m-%d}"], 2),
            fields=self._some(["coffee=flat white", "coffee=black"]),
        )

    def add(self) -> str | None:
        name = self.random.choice(NAMES)
        return people.add(self.conn, self.call("add"), self._details(name), force=True).operation_id

    def edit_person(self) -> str | None:
        person_id = self._one("person")
        details = self._details(self._maybe(*NAMES))
        return people.edit(self.conn, self.call("edit"), person_id, details, Removals()).operation_id

    def take_off(self) -> str | None:
        person_id = self._one("person")
        said = self.conn.execute(
            "select field, case field when 'date' then label else value end from claim"
            " where person_id = ? and current = 1 and field <> 'name' order by id",
            (person_id,),
        ).fetchall()
        if not said:
            raise NotFoundError("there is nothing to take off")
        field, value = self.random.choice(said)
        several = {"email": "emails", "phone": "phones", "alias": "aliases", "tag": "tags", "date": "dates"}
        removals = Removals(**{several[field]: [value]}) if field in several else Removals(fields=[field])
        return people.edit(self.conn, self.call("edit"), person_id, Details(), removals).operation_id

    def log(self) -> str | None:
        promises = [
            Promise(
                text="the paper", by=self.random.choice([None, self._day(5, 20)]), theirs=self.random.random() < 0.3
            )
            for _ in range(self.random.choice([0, 0, 0, 1, 2]))
        ]
        entry = Entry(
            person_ids=self._anybody(3),
            create=[name for name in self._some(NAMES) if not by_full_name(self.conn, name)],
            text=self._maybe("her new job", "coffee, the looms", "a longer story\nwith a second line"),
            on=self.random.choice([None, None, self._day(30, 0), self._day(400, 0), self._day(0, 40)]),
            kind=self._maybe("mail", "call", "message"),
            direction=self._maybe("in", "in", "out"),
            promises=promises,
        )
        return logbook.log(self.conn, self.call("log"), entry).operation_id

    def edit_entry(self) -> str | None:
        entry = self._one("interaction")
        change = Change(
            text=self._maybe("another title"),
            on=self.random.choice([None, self._day(60, 30)]),
            kind=self._maybe("mail"),
            direction=self._maybe("in"),
            add_people=self._anybody() if self.random.random() < 0.4 else [],
            remove_people=self._anybody() if self.random.random() < 0.2 else [],
        )
        return logbook.edit(self.conn, self.call("edit"), entry, change).operation_id

    def remove_entry(self) -> str | None:
        entry = self._one("interaction")
        return logbook.remove(self.conn, self.call("rm"), entry).operation_id

    def tag(self) -> str | None:
        give, take = self._some(TAGS, 2), self._some(TAGS)
        return tags.tag(self.conn, self.call("tag"), self._anybody(3), give=give, take=take).operation_id

    def cadence(self) -> str | None:
        return cadence.set_cadence(
            self.conn, self.call("cadence"), self._anybody(3), self.random.choice(CADENCES)
        ).operation_id

    def cadence_by_tag(self) -> str | None:
        return tags.set_tag_rule(
            self.conn,
            self.call("cadence"),
            self.random.choice(TAGS),
            cadence=self._maybe(*CADENCES),
            lead=self._maybe("0d", "2w", ""),
            importance=self._maybe("low", "high"),
        ).operation_id

    def lead_by_kind(self) -> str | None:
        kind = self.random.choice(["birthday", "wedding", "name day"])
        lead = self.random.choice(["0d", "10d", "40d", ""])
        return occasions.set_lead(self.conn, self.call("cadence"), kind, lead).operation_id

    def snooze(self) -> str | None:
        person_id = self._one("person")
        return people.snooze(self.conn, self.call("snooze"), person_id, self._maybe("3d", "2w", "1m")).operation_id

    def remind(self) -> str | None:
        person_id = self._one("person")
        on, every = self._day(3, 20), self._maybe("1w", "1y")
        return logbook.remind(self.conn, self.call("remind"), person_id, "the exam", on=on, every=every).operation_id

    def done(self) -> str | None:
        commitment = self._one("commitment", "due_on is not null")
        return logbook.done(self.conn, self.call("done"), commitment).operation_id

    def state(self) -> str | None:
        person_id = self._one("person")
        change = self.random.choice(["archive", "unarchive", "unarchive", "ignore", "unignore", "deceased"])
        return people.set_state(self.conn, self.call("archive"), person_id, change).operation_id

    def rm(self) -> str | None:
        person_id = self._one("person")
        return people.remove(self.conn, self.call("rm"), person_id).operation_id

    def me(self) -> str | None:
        change = self.random.choice([me.add, me.remove])
        with operation(self.conn, now=self.now, command="me") as op:
            change(op, Identifier("email", self.random.choice(EMAILS)))
        return op.ref

    def take_back(self) -> str | None:
        """Undo any of the latest operations, an undoing among them; what depends on it may forbid that."""
        latest = self._ids("operation", "state = 'done'")[-6:]
        return self.undo(f"o{self.random.choice(latest)}" if latest else None)

    def read_mail(self) -> str | None:
        """Import mails, which come again in other folders, straight or by a list, as sent or as received."""
        items: list[SourceItem] = []
        for ref in self.random.sample(range(12), 6):
            chance = Random(ref)  # noqa: S311 - a mail says the same wherever it lies
            from_, *others = chance.sample(EMAILS, 5)
            to, cc = others[: chance.randrange(1, 3)], others[3 : chance.randrange(3, 5)]
            place = Origin(source="imap", account="home", folder=self.random.choice(["INBOX", "Sent"]), ref=str(ref))
            items.append(
                mail(
                    str(ref), FIRST_DAY.date() - timedelta(days=chance.randrange(200)), from_, to, cc,
                    origin=place,
                    direction=self._maybe("out"),
                    automatic=self._maybe("list"),
                    automatic_address="list@example.org",
                    body=self._maybe("the text"),
                )
            )  # fmt: skip
        return ingest(self.conn, job(items), now=self.now).operation_id

    def turn(self) -> None:
        """The configuration says otherwise what counts, which is no operation."""
        rules = Policy(recipients=self.random.choice([1, 3, 5]), cc=self.random.choice([True, False]))
        with operation(self.conn, now=self.now, command="config"):
            if store_policy(self.conn, rules):
                judge_again(self.conn, rules)

    def read_file(self) -> str | None:
        """Import a file that is written anew each time."""
        return ingest(self.conn, self.file(), now=self.now).operation_id

    def file(self) -> Job:
        """A file about people and meetings that come again."""
        items: list[SourceItem] = []
        for ref in self.random.sample(range(8), 4):
            said = [("email", one) for one in self._some(EMAILS, 2)] + [("phone", one) for one in self._some(PHONES)]
            company = self._maybe("Bletchley Park", "Royal Society")
            said += [("company", company)] if company else []
            birthday = self._maybe("--12-10", f"--{self._day(0, 20):%m-%d}")
            said += [("birthday", birthday)] if birthday else []
            items.append(card(str(ref), NAMES[ref], *said, tags=self._some(TAGS)))
        for ref in self.random.sample(range(12), 4):
            who = [("email", one) for one in self._some(EMAILS, 3)] or [("email", EMAILS[0])]
            kind, direction = self.random.choice(["mail", "meeting", "connection"]), self._maybe("in", "out")
            items.append(meeting(str(ref), self._day(200, 30), *who, kind=kind, direction=direction))
        self.random.shuffle(items)
        return job([*items, *self.random.sample(items, 2)])
