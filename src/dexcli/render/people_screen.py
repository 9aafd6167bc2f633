"""People for people: lists of them, addresses for a mail program, and how somebody is reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from dexcli.render.layout import STACKED, Line, Look, Piece, paragraph, stack, table
from dexcli.render.plain import cell
from dexcli.render.text import ago, day, harmless
from dexcli.results.people import Person, PersonFields, PersonList
from dexcli.results.reach import EmailList, Reach


def person_list(result: PersonList, look: Look) -> Iterator[Line]:
    """A line for each, with when they are due."""
    if not result.items:
        yield [("Nobody found.", "")]
        return
    rows = [_person(one, look) for one in result.items]
    if look.width < STACKED:
        yield from stack(
            (
                (
                    (handle, "bold"),
                    due,
                    [
                        [
                            (
                                look.dot.join(
                                    filter(None, (name, company, last if last == "never" else f"last {last}"))
                                ),
                                "dim",
                            )
                        ]
                    ],
                )
                for (handle, _), (name, _), (company, _), (last, _), due in rows
            ),
            look,
            keeps=True,
        )
    else:
        yield from table(("Handle", "Name", "Company", "Last", "Due"), rows, look, yields=(2, 1), keeps=0)
    total = "1 person" if result.total == 1 else f"{result.total:,} people"
    shown = total if len(result.items) == result.total else f"{len(result.items):,} of {total}"
    yield [(shown, "dim")]


def person_fields(result: PersonFields, look: Look) -> Iterator[Line]:
    """The chosen fields of each."""
    if not result.items:
        yield [("Nobody found.", "")]
        return
    rows = [[(harmless(cell(value)), "") for value in fields.values()] for fields in result.items]
    yield from table([harmless(name) for name in result.items[0]], rows, look)
    if len(result.items) < result.total:
        yield [(f"{len(result.items):,} of {result.total:,} people", "dim")]


def _person(person: Person, look: Look) -> list[Piece]:
    last = person.last_contact_on
    return [
        (harmless(person.handle), "dim"),
        (harmless(person.name), "bold"),
        (harmless(person.company or ""), ""),
        (ago((look.today - last).days) if last else "never", ""),
        _due(person, look.today),
    ]


def _due(person: Person, today: date) -> Piece:
    """When it is time: who is snoozed for longer is not due before that ends."""
    due, snoozed = person.next_due_on, person.snoozed_until
    if snoozed is not None and snoozed > max(today, due or today):
        return f"{day(snoozed, today)}, snoozed", "dim"
    return day(due, today) if due else "", "yellow" if due and due < today else ""


def email_list(result: EmailList, look: Look) -> Iterator[Line]:
    """Addresses, whose they are, and where these work."""
    if not result.items:
        yield [("Nobody found.", "")]
        return
    rows = [
        [(harmless(one.email), ""), (harmless(one.name), "bold"), (harmless(one.company or one.handle or ""), "dim")]
        for one in result.items
    ]
    yield from table(("Address", "Name", "About"), rows, look, yields=(2, 1), keeps=0)
    if len(result.items) < result.total:
        yield [(f"{len(result.items):,} of {result.total:,}", "dim")]


def reach(result: Reach, look: Look) -> Iterator[Line]:
    """Whom, and how; what to do when it is over."""
    names = ", ".join(harmless(one.name) for one in result.people)
    yield from paragraph(f"{names}: {', '.join(harmless(one) for one in result.targets)}", look)
    if result.others:
        yield from paragraph(f"also {', '.join(harmless(one) for one in result.others)}: --which TEXT", look, "dim")
    if not result.link.startswith("http"):
        kind = "call" if result.link.startswith("tel:") else "mail"
        others = "".join(f" --with {harmless(one.handle)}" for one in result.people[1:])
        yield [(f"afterwards: dex log {harmless(result.people[0].handle)}{others} --kind {kind} TEXT", "dim")]
