"""The contact policy: does an interaction count as contact with each of its participants? Pure, with a reason code."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

MOST_RECIPIENTS = 50
"""Above so many recipients only those who are known are stored, so that `Policy.recipients` goes no higher."""


class Policy(Struct, frozen=True, kw_only=True):
    """The rules that a user may change."""

    recipients: int = 5
    """A mail to more people besides me than this is an announcement, not contact with each of them."""
    people: int = 10
    """A meeting of more people besides me is an event, not contact with each of them."""
    cc: bool = False
    """Whether mail counts for whoever, of them and me, only stands in Cc."""
    lists: str = "drop"
    """What becomes of mail by lists and machines: `drop` (remembered, not kept) or `store` (kept, never counting)."""


NEVER_CONTACT = {
    "connection": "connected",
    "invitation": "invitation",
    "event": "event",
}
"""Kinds that stand on the timeline and are no contact, with their reason code."""

MAIL_ROLES = frozenset({"from", "to", "cc"})
"""The roles of whoever is named by a mail: there the rules for mail hold, elsewhere those for meetings."""


EVENT_ROLES = frozenset({"organizer", "attendee", "declined"})
"""The roles of whoever is named by a calendar."""

CANCELLED = "cancelled"
"""Status of what was called off."""

INVITED = "invited"
"""Status of a meeting of which only a mail of somebody else's speaks: anybody can send one."""

DECLINED = "declined"
"""Role of whoever was invited and does not come."""

SENT = "sent"
"""Status of a mail that lay among the sent: it is from me, whatever address it is from."""


class Verdict(Struct, frozen=True):
    """Whether something counts as contact, and the code of the rule that decided."""

    counts: bool
    why: str


class Circumstances(Struct, frozen=True, kw_only=True):
    """What the policy has to know of an interaction, kept with it so that it can be judged again."""

    kind: str
    others: int
    """People besides me: the recipients of a mail, whoever took part in anything else."""
    mine: str | None = None
    """My role in a mail or an event of a calendar, or None where none of my addresses is named."""
    status: str | None = None
    automatic: str | None = None
    """Why a list or machine is behind it: a code of `AUTOMATIC`."""


BY_HAND = Verdict(counts=True, why="logged")
"""A hand-written entry always counts."""

DIRECT = Verdict(counts=True, why="direct")
"""What most imported interactions are."""

MINE = Verdict(counts=False, why="me")
"""Of my own addresses, which are kept with a mail or event: it is judged again when they change."""

UNNAMED = Verdict(counts=False, why="not_named")
"""Of a mail in which none of my addresses stands."""

AUTOMATIC = {
    "list": "it came through a mailing list (List-Id, List-Post or List-Unsubscribe)",
    "bulk": "it was sent in bulk (Precedence)",
    "auto": "a machine wrote it (Auto-Submitted)",
    "bounce": "it is a report about another mail (no return path, or a delivery report)",
    "no_reply": "its sender takes no reply",
    "self": "it names nobody but your own addresses; undisclosed recipients are not named",
}
"""Why a mail is no letter from a person, by code. Kept by `Policy.lists`; `self` is never kept."""

REASONS = {
    **AUTOMATIC,
    "nobody": "it invites nobody but you: whom its title names, dex triage asks",
    "me": "that is you",
    "logged": "you wrote it down yourself: that always counts",
    "direct": "it is between you and them",
    "connected": "becoming connected is no conversation",
    "invitation": "an invitation is no conversation: the meeting itself is, when it takes place",
    "event": "an event is no conversation",
    "cancelled": "it was called off",
    "invited": "only a mail invites to it: it counts once a calendar of yours has it",
    "i_declined": "you declined",
    "declined": "they declined",
    "group": "more people took part than policy.people allows",
    "many": "it went to more people than policy.recipients allows",
    "i_in_cc": "you only got a copy (Cc)",
    "they_in_cc": "they only got a copy (Cc)",
    "author": "it is from there as well as from you: an address of yours that dex does not know, or a joint letter",
    "fellow": "somebody else wrote it, they only received it like you",
    "not_named": "none of your addresses is named in it: if one is, dex me add ADDRESS",
}
"""Every reason code in words, for `dex why`."""


def part_of_mine(roles: Iterable[str], *, sent: bool) -> str | None:
    """My role: the strongest of my addresses' roles; what lay among the sent is from me, whoever it says."""
    found = set(roles)
    if sent or "from" in found:
        return "from"
    return next((role for role in ("to", "cc", "organizer", "attendee", "declined") if role in found), None)


def judge(about: Circumstances, role: str, policy: Policy) -> Verdict:
    """The verdict on an imported interaction for one participant in the given role.

    Whether its day has come is not judged here: what lies ahead counts from its day on.
    """
    if about.automatic is not None:
        return Verdict(counts=False, why=about.automatic)
    if about.kind in NEVER_CONTACT:
        return Verdict(counts=False, why=NEVER_CONTACT[about.kind])
    if about.status == CANCELLED:
        return Verdict(counts=False, why="cancelled")
    if about.status == INVITED:
        return Verdict(counts=False, why="invited")
    if role in MAIL_ROLES:
        return _judge_mail(about, role, policy)
    if role in EVENT_ROLES and about.mine in (None, DECLINED):
        return Verdict(counts=False, why="not_named" if about.mine is None else "i_declined")
    if role == DECLINED:
        return Verdict(counts=False, why="declined")
    if about.others > policy.people:
        return Verdict(counts=False, why="group")
    return DIRECT


def _judge_mail(about: Circumstances, role: str, policy: Policy) -> Verdict:
    if about.mine is None:
        return UNNAMED
    if about.mine == "from" and role == "from":
        return Verdict(counts=False, why="author")
    if about.others > policy.recipients:
        return Verdict(counts=False, why="many")
    if about.mine == "cc" and not policy.cc:
        return Verdict(counts=False, why="i_in_cc")
    if role == "cc" and not policy.cc:
        return Verdict(counts=False, why="they_in_cc")
    if about.mine != "from" and role != "from":
        return Verdict(counts=False, why="fellow")
    return DIRECT
