"""Following a draft: an import that does what the lines say, and nothing besides."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from dexcli.domain.records import PersonRecord
from dexcli.errors import UsageError
from dexcli.services.course import Decided
from dexcli.services.drafting import Plan, Planned, is_by_name_alone
from dexcli.services.tally import Job
from dexcli.store.interaction_writer import Outcome, Resolved


class Order(Struct, frozen=True, kw_only=True):
    """What is to be done with a row that is not skipped."""

    line: int
    action: str
    person_id: int | None = None
    by: int | None = None
    """Number of the row that says whom it is about."""
    changed: bool
    """Whether it was something else when the draft was made."""


class Follower:
    """The course of an import that carries out orders; rows without one are skipped."""

    def __init__(self, plan: Plan, orders: Mapping[int, Order], name: str) -> None:
        self._plan = plan
        self._orders = orders
        self._name = name
        """Of the draft, for messages."""
        self._part = -1
        self._place = 0
        self._row = 0
        self._people: dict[int, int] = {}
        """Whom each row was about."""
        self._skipped: set[tuple[int, str]] = set()
        """References of records that were skipped: what repeats them is skipped as well."""
        self._not_asked: set[int] = set()

    def begin(self, job: Job) -> None:  # noqa: ARG002 - which one says its number
        """Hear that the next source is read."""
        self._part += 1
        self._place = 0

    def person(self, record: PersonRecord, decided: Decided) -> Decided:
        """Say what the draft says of a record."""
        number = self._plan.places.get((self._part, self._place))
        self._place += 1
        reference = (self._part, record.origin.ref)
        if number is None:
            repeats = reference in self._skipped
            return Decided(action="skip", why="told") if repeats else Decided(action="keep", why="told")
        row, order = self._plan.rows[number], self._orders.get(number)
        self._row = number
        if order is None:
            if row.action == "skip" and decided.action == "skip":
                return decided
            self._skipped.add(reference)
            return Decided(action="skip", why="told")
        return self._ordered(row, order, decided)

    def _ordered(self, row: Planned, order: Order, decided: Decided) -> Decided:
        if row.why == "mine":
            return decided
        if order.action == "add":
            if decided.seen is not None:
                raise self._fault(order, "another row has brought the same record: link it to that, or skip it")
            if order.changed:
                return Decided(action="add", why="told", taken_back=row.why == "removed")
            others = {*row.others, *(self._people[by] for by in row.others_by if by in self._people)}
            return Decided(action="add", why=row.why, others=tuple(sorted(others)))
        person_id = order.person_id if order.by is None else self._people[order.by]
        if decided.seen is None and order.action == "link":
            if decided.action == "link" and decided.person_id == person_id and not order.changed:
                return decided
            return Decided(action="link", why="told", person_id=person_id, taken_back=row.why == "removed")
        if decided.seen is None or decided.seen.person_id != person_id:
            raise self._fault(order, "its record is somebody else's: another row has brought the same one")
        return Decided(action="update", why="reference", person_id=person_id, seen=decided.seen, again=decided.again)

    def done(self, person_id: int, fields: Collection[str]) -> None:  # noqa: ARG002 - whatever has changed
        """Remember whom a row was about."""
        self._people[self._row] = person_id
        order = self._orders[self._row]
        if order.changed:
            self._not_asked.add(person_id)

    def entry(self, one: Resolved, outcome: Outcome) -> bool:
        """Whether a row says that entries of this kind may be written, and this is one of those it meant."""
        number = self._plan.groups.get((self._part, one.record.kind, outcome))
        return number in self._orders and not is_by_name_alone(self._plan, one)

    def meets(self, one: Resolved) -> bool:
        """Whether anything may become of entries of this kind that are there."""
        return self.entry(one, "update") or self.entry(one, "link")

    def asks(self, person_id: int) -> bool:
        """Whether nobody has decided about a new person."""
        return person_id not in self._not_asked

    def _fault(self, order: Order, what: str) -> UsageError:
        return UsageError(f"{self._name}: line {order.line}: {what}", hint="nothing was changed", code="draft")
