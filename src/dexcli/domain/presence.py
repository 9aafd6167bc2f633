"""Who was there: which of those that a record names are me, which way it went, and how many there were. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable

from msgspec import Struct

from dexcli.domain.identifiers import Identifier
from dexcli.domain.policy import EVENT_ROLES, MAIL_ROLES, SENT, part_of_mine

Named = tuple[Identifier, str, str | None]
"""Somebody whom a record names: identifier, role, and name as the source has it."""


class Presence(Struct, frozen=True, kw_only=True, gc=False):
    """Those whom a record names, sorted out."""

    others: dict[Identifier, tuple[str, str | None]]
    """Role and name of everybody but me."""
    mine: dict[Identifier, str]
    """Role of each of my addresses. Empty where neither mail nor calendar says which part we took."""
    strangers: tuple[Identifier, ...]
    """Whom a mail of mine is from, where that is no address of mine that we know; they are among the others."""
    is_mail: bool
    is_event: bool
    """A calendar has it."""
    direction: str | None
    part: str | None
    """My role in a mail or event; None where none of my addresses is named."""
    status: str | None
    recipients: int
    """People besides me to whom a mail went; of anything else whoever took part."""
    named: int
    """The same with me."""


def sort_out(
    named: Iterable[Named], mine: Container[Identifier], *, direction: str | None, status: str | None
) -> Presence:
    """Sort out those whom a record names, each by the first of their roles.

    `direction` and `status` are what the source says; of a mail, `out` says that it lay among the sent: whoever it is
    from, that is me.
    """
    others: dict[Identifier, tuple[str, str | None]] = {}
    me: dict[Identifier, str] = {}
    is_mail = is_event = False
    for identifier, role, name in named:
        is_mail = is_mail or role in MAIL_ROLES
        is_event = is_event or role in EVENT_ROLES
        if identifier in mine:
            me.setdefault(identifier, role)
        else:
            others.setdefault(identifier, (role, name))
    if not is_mail:
        return Presence(
            others=others,
            mine=me if is_event else {},
            strangers=(),
            is_mail=False,
            is_event=is_event,
            direction=direction,
            part=part_of_mine(me.values(), sent=False) if is_event else None,
            status=status,
            recipients=len(others),
            named=len(others) + (len(me) if is_event else 0),
        )
    sent = direction == "out"
    strangers = tuple(one for one, (role, _) in others.items() if role == "from") if sent else ()
    part = part_of_mine(me.values(), sent=sent)
    recipients = sum(role != "from" for role, _ in others.values())
    return Presence(
        others=others,
        mine=me,
        strangers=strangers,
        is_mail=True,
        is_event=False,
        direction="out" if part == "from" else "in",
        part=part,
        status=SENT if sent else None,
        recipients=recipients,
        named=recipients + sum(role != "from" for role in me.values()),
    )
