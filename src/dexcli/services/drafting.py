"""Making a draft: listens to an import, and tells of each of its decisions as a row."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence

import msgspec
from msgspec import Struct

from dexcli.domain import identifiers
from dexcli.domain.draft import SAME
from dexcli.domain.records import PersonRecord
from dexcli.results.draft import DraftRow
from dexcli.results.report import Report
from dexcli.services.course import Decided
from dexcli.services.tally import Job
from dexcli.store import claims, drafts, naming, people
from dexcli.store.connection import Connection
from dexcli.store.ingest import digest
from dexcli.store.interaction_writer import Outcome, Resolved

_SHORTEST = 7
"""Digits of a row, as many as git shows of a commit; more where that would not tell them apart."""

Place = tuple[int, int]
"""Which of the sources, and the how-manieth record of a person in it."""

Group = tuple[int, str, Outcome]
"""Which of the sources, the kind of the entries, and what becomes of them."""


class Planned(Struct, frozen=True, kw_only=True):
    """What an import would do with one record of a person, or with entries of one kind."""

    row: str
    action: str
    why: str
    shown: DraftRow
    place: Place | None
    """None: it is about entries."""
    person_id: int | None = None
    """Who is linked or updated, and was there before."""
    by: int | None = None
    """Who is linked or updated, where that is somebody whom an earlier row adds: its number."""
    others: tuple[int, ...] = ()
    """About whom a question is asked because of an identifier, of those who were there before."""
    others_by: tuple[int, ...] = ()
    """The same of those whom earlier rows add: their numbers."""

    @property
    def fixed(self) -> bool:
        """Whether it can only be left or skipped."""
        return self.why in ("contested", "mine", "reference")


class Plan(Struct, frozen=True, kw_only=True):
    """All that an import would do."""

    rows: Sequence[Planned]
    digest: str
    places: dict[Place, int]
    groups: dict[Group, int]
    by_name: frozenset[str]
    """Keys of entries in which people take part by a mere name: whom that means depends on who is there."""


class _Found(Struct):
    """A row while its import runs: who may be the same is known at the end."""

    record: PersonRecord
    decided: Decided
    place: Place
    person_id: int | None
    by: int | None
    others: list[tuple[int, str]]
    """Who may be the same, and why."""
    fields: set[str]
    """Of an update those of which it says something else; of a link those of which it says what nobody has said."""


class Planner:
    """The course of an import that decides by itself, and remembers it."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._jobs: list[Job] = []
        self._place = 0
        self._found: list[_Found] = []
        self._new: dict[int, int] = {}
        """By which row each new person came."""
        self._states: dict[int, str] = {}
        """Of people who were there, before anything is written about them."""
        self._counts: Counter[Group] = Counter()
        self._keys: dict[Group, hashlib.blake2b] = {}
        self._by_name: set[str] = set()

    def begin(self, job: Job) -> None:
        """Hear which source is read next."""
        self._jobs.append(job)
        self._place = 0

    def person(self, record: PersonRecord, decided: Decided) -> Decided:
        """Remember what is decided about a record, unless nothing is to be done."""
        place = (len(self._jobs) - 1, self._place)
        self._place += 1
        if decided.action != "keep":
            seen = decided.seen.person_id if decided.why == "contested" and decided.seen is not None else None
            person_id = decided.person_id or seen
            for one in (*((person_id,) if person_id else ()), *decided.others):
                self._look_at(one)
            by = self._new.get(person_id) if person_id else None
            self._found.append(
                _Found(
                    record=record,
                    decided=decided,
                    place=place,
                    person_id=None if by is not None else person_id,
                    by=by,
                    others=[(one, "identifier") for one in decided.others],
                    fields=self._brought(record, decided) if decided.action == "link" else set(),
                )
            )
        return decided

    def done(self, person_id: int, fields: Collection[str]) -> None:
        """Remember what the last record has changed, and whom it has brought."""
        found = self._found[-1]
        if found.decided.action == "update":
            found.fields.update(fields)
        if found.decided.action == "add":
            self._new[person_id] = len(self._found) - 1

    def entry(self, one: Resolved, outcome: Outcome) -> bool:
        """Count an entry."""
        group = (len(self._jobs) - 1, one.record.kind, outcome)
        self._counts[group] += 1
        if group not in self._keys:
            self._keys[group] = hashlib.blake2b(digest_size=16)
        self._keys[group].update(f"{one.record.key}\n".encode(errors="surrogatepass"))
        if _is_by_name(one):
            self._by_name.add(one.record.key)
        return True

    def meets(self, one: Resolved) -> bool:  # noqa: ARG002 - whatever it is
        """Every entry is looked at."""
        return True

    def asks(self, person_id: int) -> bool:  # noqa: ARG002 - of whomever
        """Everybody is asked about."""
        return True

    def plan(self, reports: Sequence[Report]) -> Plan:
        """All rows, once the import has come to its end."""
        self._remember_namesakes(reports)
        full = [_hash(self._essence(one)) for one in self._found]
        groups = sorted(self._counts)
        full += [_hash([*group, self._counts[group], self._keys[group].hexdigest()]) for group in groups]
        length = _SHORTEST
        while len({one[:length] for one in full}) < len(full):
            length += 1
        names = [one[:length] for one in full]
        rows = [self._planned(name, one, names) for name, one in zip(names, self._found, strict=False)]
        rows += [self._of_entries(name, one) for name, one in zip(names[len(rows) :], groups, strict=True)]
        return Plan(
            rows=rows,
            digest=_hash(full)[:16],
            places={row.place: number for number, row in enumerate(rows) if row.place is not None},
            groups={group: number for number, group in enumerate(groups, len(self._found))},
            by_name=frozenset(self._by_name),
        )

    # -- people ----------------------------------------------------------------------------------------

    def _look_at(self, person_id: int) -> None:
        """Remember the state of somebody who was there, before the import changes it."""
        if person_id not in self._states and person_id not in self._new:
            self._states[person_id] = drafts.state_of(self._conn, person_id)

    def _remember_namesakes(self, reports: Sequence[Report]) -> None:
        for report in reports:
            for question in report.people.asked:
                person, other = (naming.by_handle(self._conn, one)[0] for one in (question.person, question.other))
                if question.reason == "name" and person in self._new:
                    self._look_at(other)
                    self._found[self._new[person]].others.append((other, "name"))

    def _essence(self, one: _Found) -> list[object]:
        """All that makes a row what it is."""
        decided = one.decided
        who = self._found[one.by].place if one.by is not None else self._states.get(one.person_id or 0)
        others = sorted((self._state_or_place(person), why) for person, why in one.others)
        origin = one.record.origin
        return [*one.place, digest(one.record), origin.source, origin.ref, decided.action, decided.why, who, others]

    def _state_or_place(self, person_id: int) -> str:
        if person_id in self._new:
            return str(self._found[self._new[person_id]].place)
        return self._states[person_id]

    def _brought(self, record: PersonRecord, decided: Decided) -> set[str]:
        """Fields of which a record says something about a known person that nobody has said."""
        known = claims.values_of(self._conn, decided.person_id or 0)
        said = {(one.field, one.value) for one in record.claims} | {("tag", tag) for tag in record.tags}
        fields = set()
        for field, value in said:
            one = identifiers.of_claim(field, value, self._jobs[-1].region)
            text = one.value if one is not None and field in ("email", "phone") else value
            if (field, text) not in known:
                fields.add(field)
        return fields

    def _planned(self, row: str, one: _Found, names: Sequence[str]) -> Planned:
        decided = one.decided
        person = None
        if one.by is not None:
            person = f"{SAME}{names[one.by]}"
        elif decided.action in ("link", "update"):
            person = "me" if one.person_id is None else people.handle_of(self._conn, one.person_id)
        confidence = "sure"
        if decided.action == "add" and one.others:
            confidence = "unsure"
        elif decided.action == "link" and (decided.why == "phone" or one.others):
            confidence = "likely"
        shown = DraftRow(
            row=row,
            action=decided.action,
            person=person,
            name=one.record.name or "you",
            where=one.record.where,
            confidence=confidence,
            reason=self._reason(one),
            entries=None,
        )
        return Planned(
            row=row,
            action=decided.action,
            why=decided.why,
            shown=shown,
            place=one.place,
            person_id=one.person_id,
            by=one.by,
            others=tuple(other for other in decided.others if other not in self._new),
            others_by=tuple(self._new[other] for other in decided.others if other in self._new),
        )

    def _reason(self, one: _Found) -> str:
        decided = one.decided
        told = _WHY.get(decided.why, "new")
        if decided.why == "reference":
            told = f"says otherwise now: {', '.join(sorted(one.fields))}" if one.fields else "says nothing else"
        elif decided.why == "contested" and one.person_id is not None:
            told = f"its reference is that of {people.handle_of(self._conn, one.person_id)}, who is called otherwise"
        elif one.fields:
            told = f"{told}; brings {', '.join(sorted(one.fields))}"
        questions = [f"{_COMMON[why]} {people.handle_of(self._conn, person_id)}" for person_id, why in one.others]
        if decided.action == "add" and questions:
            return "; ".join(questions)
        return "; ".join([told, *questions])

    # -- entries ---------------------------------------------------------------------------------------

    def _of_entries(self, row: str, group: Group) -> Planned:
        part, kind, outcome = group
        number = self._counts[group]
        action = "add" if outcome == "add" else "update"
        shown = DraftRow(
            row=row,
            action=action,
            person=None,
            name=kind,
            where=self._jobs[part].name,
            confidence="sure",
            reason=f"{_OUTCOMES[outcome]}; {self._jobs[part].name}",
            entries=number,
        )
        return Planned(row=row, action=action, why="entries", shown=shown, place=None)


def is_by_name_alone(plan: Plan, one: Resolved) -> bool:
    """Whether an entry names people by mere names, and the plan has it not: other people than then are meant."""
    return _is_by_name(one) and one.record.key not in plan.by_name


def _is_by_name(one: Resolved) -> bool:
    return any(who.kind == "name" for who in one.record.participants)


def _hash(values: object) -> str:
    return hashlib.blake2b(msgspec.json.encode(values), digest_size=20).hexdigest()


_WHY = {
    "new": "new",
    "uid": "same UID",
    "email": "same e-mail",
    "phone": "same number, a name that fits",
    "linkedin": "same profile",
    "url": "same page",
    "mine": "your own addresses, numbers and name",
    "me": "has an e-mail address of yours",
    "removed": "removed or forgotten here",
    "contested": "its reference is that of another row, whose name is another",
}
_COMMON = {"name": "same name as", "identifier": "an address or number in common with"}
_OUTCOMES: dict[Outcome, str] = {
    "add": "new",
    "update": "say something else than before",
    "link": "are here already, seen in this file too",
}
