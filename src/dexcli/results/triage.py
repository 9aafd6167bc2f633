"""What `dex triage` returns."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from dexcli.results.people import PersonBrief


class Gathering(Struct, frozen=True, kw_only=True):
    """A meeting with several people whom nobody knows yet."""

    interaction_id: str
    title: str | None
    on: date
    addresses: list[str]
    """Of those whom nobody knows, the one that is asked about included."""


class TriageItem(Struct, frozen=True, kw_only=True):
    """An address that looks like a person."""

    address: str
    name: str
    """To be offered: as the mails have it, put in order."""
    sent: int
    received: int
    met: int
    first_on: date
    last_on: date
    last_title: str | None
    score: float
    reasons: list[str]
    namesakes: list[PersonBrief]
    """People of that name, whose address it may be."""
    gathering: Gathering | None = None
    """The latest meeting with them and other new people, who can be added together."""


class NamedInTitle(Struct, frozen=True, kw_only=True):
    """A meeting, or a series of them, whose title names somebody who does not take part by any address."""

    interaction_id: str
    """The latest of them."""
    title: str
    times: int
    first_on: date
    last_on: date
    """May lie ahead."""
    candidates: list[PersonBrief]
    """One whose whole name stands there, or up to three who may be meant."""


class TriageList(Struct, frozen=True, kw_only=True):
    """Addresses that look like people, best first."""

    total: int
    items: list[TriageItem]
    mail: bool = True
    """False: no mail was read yet, so that there is nobody to ask about."""
    titles_total: int = 0
    titles: list[NamedInTitle] = []
    """Newest first."""


class Decision(Struct, frozen=True, kw_only=True):
    """What was decided about an address, or about a title."""

    address: str
    """Empty where it is about a title."""
    decision: str
    """`add`, `link`, `ignore` or `later`; of a title `there` or `not_there`."""
    person: PersonBrief | None
    interactions: int
    """Entries of history that the person has now by this address or title."""
    done: str
    operation_id: str | None


class TriageResult(Struct, frozen=True, kw_only=True):
    """Decisions, and how many addresses are left to look at."""

    total: int
    items: list[TriageItem]
    decided: list[Decision]
    titles_total: int = 0
    titles: list[NamedInTitle] = []
