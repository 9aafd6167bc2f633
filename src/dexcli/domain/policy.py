"""The contact policy: does an interaction count as contact with each of its participants? Pure, with a reason code."""

from __future__ import annotations

from msgspec import Struct

MAX_PEOPLE = 10
"""A meeting of more people is an event, not contact with each of them."""

NEVER_CONTACT = {
    "connection": "connected",
    "invitation": "invitation",
    "event": "event",
}
"""Kinds that stand on the timeline and are no contact, with their reason code."""


class Verdict(Struct, frozen=True):
    """Whether something counts as contact, and the code of the rule that decided."""

    counts: bool
    why: str


BY_HAND = Verdict(counts=True, why="logged")
"""A hand-written entry always counts."""

DIRECT = Verdict(counts=True, why="direct")
"""What most imported interactions are."""


def judge(kind: str, people: int, status: str | None) -> Verdict:
    """The verdict on an imported interaction with so many people besides me.

    `connected`, `invitation`, `event`: no contact by kind; `cancelled`: it did not take place; `group`: too many
    people; `direct`: counts. Whether its day has come is not judged here: what lies ahead counts from its day on.
    """
    if kind in NEVER_CONTACT:
        return Verdict(counts=False, why=NEVER_CONTACT[kind])
    if status == "cancelled":
        return Verdict(counts=False, why="cancelled")
    if people > MAX_PEOPLE:
        return Verdict(counts=False, why="group")
    return DIRECT
