"""What the parts of a run know of each other: its operation, whom it has met, and who I am."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from dexcli.domain import identifiers
from dexcli.domain.identifiers import Identifier
from dexcli.results.report import Question
from dexcli.services.course import Course
from dexcli.services.tally import Job, Tally
from dexcli.store import ingest as store
from dexcli.store import me, people
from dexcli.store.journal import Operation

email = lru_cache(maxsize=50_000)(identifiers.email)
"""Reads an e-mail address; a mailbox names the same few people again and again."""


class Met(Struct, frozen=True):
    """What a run has met of what was there before: said again, it is repeated and not read again."""

    persons: store.Met
    """Records of people, by the id of their origin."""
    interactions: store.Met


class Reading:
    """One source while it is read."""

    def __init__(self, op: Operation, job: Job, tally: Tally, met: Met, course: Course | None = None) -> None:
        self.op = op
        self.conn = op.conn
        self.job = job
        self.tally = tally
        self.met = met
        self.course = course
        kinds = ("email", "phone", "linkedin", "url", me.NAME)
        self.mine = {Identifier(kind, value) for kind in kinds for value in me.values(op.conn, kind)}
        self.left_out: set[str] = set()
        """Places of person records that became nobody: what the same rows say happened is left out with them."""


def asked(op: Operation, person_id: int, others: Sequence[int], reason: str) -> list[Question]:
    """Queue the question whether one person is each of the others; what was asked before is not asked again."""
    return [
        Question(person=people.handle_of(op.conn, person_id), other=people.handle_of(op.conn, other), reason=reason)
        for other in others
        if other != person_id and store.ask(op, person_id, other, reason)
    ]
