"""People as cards for other programs: what goes into one, and what an import would read in it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from dexcli.domain.records import Claim, PersonRecord
from dexcli.results.cards import Card
from dexcli.results.people import Person
from dexcli.store import people
from dexcli.store.connection import Connection

AT_A_TIME = 500
"""Cards held in memory."""

_SEVERAL = ("email", "phone", "url", "alias", "address", "im", "related")
"""Fields of which all values are told; of the others only the winner."""

_SINGLE = (("company", "company"), ("title", "title"), ("location", "location"), ("met_where", "met_where"))


def cards(conn: Connection, person_ids: Sequence[int]) -> Iterator[Card]:
    """The cards of these people, in this order, a portion at a time."""
    for first in range(0, len(person_ids), AT_A_TIME):
        part = person_ids[first : first + AT_A_TIME]
        stamps, own = people.said_at(conn, part), people.own_cadences(conn, part)
        for person in people.full(conn, part):
            yield Card(
                uid=person.uid,
                name=person.name,
                changed_at=stamps[person.id],
                claims=list(_claims(person, own.get(person.id))),
                tags=person.tags,
            )


def card(conn: Connection, person_id: int) -> Card:
    """The card of one person."""
    return next(cards(conn, [person_id]))


def read_back(card: Card) -> PersonRecord | None:
    """What an import reads in a card that was exported."""
    from dexcli.render.vcard import document
    from dexcli.sources._card_lines import Place, cut_cards
    from dexcli.sources._card_person import USED, read_card

    (cut,) = cut_cards(io.BytesIO(document(card, "4.0")), Place(), USED)
    records = list(read_card(cut.lines, source="vcard", where=""))
    return records[-1] if isinstance(records[-1], PersonRecord) else None


def _claims(person: Person, cadence: str | None) -> Iterator[Claim]:
    seen: set[tuple[str, str]] = set()
    for said in person.claims:
        if said.current and said.field in _SEVERAL and (said.field, said.value) not in seen:
            seen.add((said.field, said.value))
            yield Claim(field=said.field, value=said.value, label=said.label)
    for attribute, field in _SINGLE:
        if value := getattr(person, attribute):
            yield Claim(field=field, value=value)
    if person.met_on is not None:
        yield Claim(field="met_on", value=person.met_on.isoformat())
    if person.birthday is not None:
        yield Claim(field="birthday", value=person.birthday)
    for name, day in person.dates.items():
        yield (
            Claim(field="anniversary", value=day)
            if name == "anniversary"
            else Claim(field="date", value=day, label=name)
        )
    if person.notes is not None:
        yield Claim(field="note", value=person.notes)
    if cadence is not None:
        yield Claim(field="cadence", value=cadence)
    if person.importance is not None:
        yield Claim(field="importance", value=person.importance)
    if person.lead_days is not None:
        yield Claim(field="lead_days", value=str(person.lead_days))
    for key, value in person.fields.items():
        if key not in _SEVERAL:
            yield Claim(field=key, value=value)
