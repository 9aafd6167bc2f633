"""How somebody is reached: their pages, addresses and numbers as links, and addresses for a mail program."""

from __future__ import annotations

from collections.abc import Sequence

from dexcli.domain import links
from dexcli.errors import NotFoundError, UsageError
from dexcli.results.people import Person
from dexcli.results.reach import EmailList, Reach
from dexcli.services.naming import LONGEST
from dexcli.store import naming, people
from dexcli.store.connection import Connection

EMAILS = 200
"""Addresses that a mail program is told at most."""


def page(conn: Connection, person_id: int, which: str | None) -> Reach:
    """The first page of somebody, or the first that has `which` in it. Raises NotFoundError where there is none."""
    (person,) = people.full(conn, [person_id])
    known = {url: link for url in person.urls if (link := links.page(url)) is not None}
    url = _chosen(person, list(known), which, "page that can be opened", "--url ADDRESS")
    return _reach(conn, known[url], [person], [url], [one for one in known if one != url])


def mail(conn: Connection, person_ids: Sequence[int], which: str | None, *, subject: str | None) -> Reach:
    """A mail to these people, each by their first address, or by the first that has `which` in it.

    Raises NotFoundError where one of them has none.
    """
    found = people.full(conn, person_ids)
    chosen = [_chosen(one, one.emails, which, "address", "--email ADDRESS") for one in found]
    others = [address for one in found for address in one.emails if address not in chosen]
    return _reach(conn, links.mail(chosen, subject=subject), found, chosen, others)


def call(conn: Connection, person_id: int, which: str | None) -> Reach:
    """The first number of somebody that has a calling code, or the first of them that has `which` in it."""
    (person,) = people.full(conn, [person_id])
    known = {number: link for number in person.phones if (link := links.call(number)) is not None}
    what = "number with a calling code"
    number = _chosen(person, list(known), which, what, "--phone +NUMBER", skip=" -()/.")
    return _reach(conn, known[number], [person], [number], [one for one in known if one != number])


def emails(conn: Connection, text: str, *, strangers: bool) -> EmailList:
    """Addresses of those whose name, handle, address, company or tag has every word of a text in it.

    `strangers`: also those that nobody has claimed and to which I have written. Raises UsageError for a text that is
    longer than anybody's name.
    """
    if len(text) > LONGEST:
        raise UsageError(
            f"nobody is looked for by {len(text):,} characters", hint=f"a few letters will do, {LONGEST:,} at most"
        )
    found = naming.addresses(conn, text.split(), strangers=strangers)
    return EmailList(total=len(found), items=found[:EMAILS])


def _chosen(person: Person, known: Sequence[str], which: str | None, what: str, option: str, *, skip: str = "") -> str:
    wanted = _plain(which or "", skip)
    for one in known:
        if wanted in _plain(one, skip):
            return one
    if known:
        raise NotFoundError(f"no {what} of {person.name} has {which!r} in it", hint=f"known: {', '.join(known)}")
    raise NotFoundError(f"{person.name} has no {what}", hint=f"dex edit {person.handle} {option}")


def _plain(text: str, skip: str) -> str:
    return "".join(sign for sign in text.casefold() if sign not in skip)


def _reach(conn: Connection, link: str, who: Sequence[Person], targets: list[str], others: list[str]) -> Reach:
    briefs = people.briefs(conn, [one.id for one in who])
    return Reach(link=link, people=[briefs[one.id] for one in who], targets=targets, others=others)
