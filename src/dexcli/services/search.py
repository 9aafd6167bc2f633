"""Looking for words in everything that is known: people first, then history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from dexcli.domain import search as asking
from dexcli.domain.dates import instant, read_date, read_period
from dexcli.domain.query import And, Node, Not, Or, Term
from dexcli.domain.words import Wanted, snippet, words
from dexcli.errors import UsageError
from dexcli.results.search import SearchItem, SearchList, SnippetInfo
from dexcli.services.invocation import Invocation
from dexcli.store import people
from dexcli.store import search as store
from dexcli.store.connection import Connection, Row
from dexcli.store.search import BOUND, Span

if TYPE_CHECKING:
    from dexcli.store.latest import Latest

Order = Literal["newest", "oldest", "best"]

SHARE = 4
"""People take one row of so many at most where there is history to fill the others."""

AHEAD = 100
"""Entries of days to come that are counted."""

_SAID = 3
"""Snippets of one person."""


def search(
    conn: Connection, call: Invocation, line: str, *, limit: int, order: Order = "newest", until: date | None = None
) -> SearchList:
    """The people and entries that a line of words and keys finds; at most `limit`, 0 for all.

    Keys alone find whatever fits them. Nothing behind `until` is known yet. Raises UsageError for a line that looks for
    nothing.
    """
    asked = asking.read(line)
    among = _among(conn, call, asked.people)
    found_people, people_total = _people_of(conn, asked, among, limit)
    keys = [key for node in asked.entries for key in _dated(node)]
    days = _days(call, keys)
    spans, conditions = _sorted(keys, days)
    span = Span(
        max([date.min, *(day for key, day in spans if key != "until")]),
        min([until or date.max, *(day for key, day in spans if key != "since")]),
    )
    history = _history(conn, asked.words, among, conditions)
    ahead = 0
    if not days and until is None:
        span = Span(last=call.today)
        if call.today < store.newest(conn):
            tomorrow = Span(call.today + timedelta(days=1))
            ahead = len(history.entries(tomorrow, oldest=True, most=AHEAD))
    most = 0 if limit == 0 else max(BOUND, limit) + 1
    hits = history.entries(span, oldest=order == "oldest", most=most)
    exact = limit == 0 or len(hits) < most
    hits = hits if exact else hits[:-1]
    looked_for = asked.looked_for
    entries = _listed(conn, call, hits, looked_for, limit, order)
    if limit:
        found_people = found_people[: max(limit - len(entries), -(-limit // SHARE))]
        entries = entries[: limit - len(found_people)]
    return SearchList(
        as_of=call.today,
        total=people_total + len(hits),
        total_exact=exact,
        people=people_total,
        ahead=ahead,
        items=[*_people(conn, found_people, looked_for), *entries],
    )


def _among(conn: Connection, call: Invocation, node: Node | None) -> list[int] | None:
    """The people whom the filter of a search finds, whatever their state unless it names one."""
    if node is None:
        return None
    from dexcli.store import query as store_query

    if not store_query.names_state(node):
        node = And((node, Term("state", "all")))
    return store_query.select_ids(
        conn, node, today=call.today, settings=call.settings, order=call.date_order, region=call.region
    )


def _people_of(conn: Connection, asked: asking.Asked, among: Sequence[int] | None, limit: int) -> tuple[list[int], int]:
    """The people who are found, at most so many, and how many there are."""
    if asked.entries:
        return [], 0
    if asked.words is not None:
        return store.people(conn, asked.words, among, limit)
    from dexcli.store import latest

    return latest.people(conn, among or (), limit), len(among or ())


def _history(
    conn: Connection, words: Node | None, among: Sequence[int] | None, conditions: list[tuple[str, list[object]]]
) -> store.History | Latest:
    """Where entries are looked for: in the index of words, unless there is none to look for."""
    if words is not None:
        return store.History(conn, words, among, conditions)
    from dexcli.store.latest import Latest

    return Latest(conn, among, conditions)


def _dated(node: Node) -> Iterator[Node]:
    """What asks for entries, with a month or a year as the days that it lasts: `on:2026-01`."""
    match node:
        case And() | Or():
            yield type(node)(tuple(_one(list(_dated(item))) for item in node.items))
        case Not():
            yield Not(_one(list(_dated(node.item))))
        case Term() if node.key in ("on", "since", "until") and (period := read_period(node.value)) is not None:
            if node.key != "until":
                yield Term("since", period[0].isoformat())
            if node.key != "since":
                yield Term("until", period[1].isoformat())
        case _:
            yield node


def _one(nodes: Sequence[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else And(tuple(nodes))


def _days(call: Invocation, nodes: Sequence[Node]) -> dict[Term, date]:
    """The days that keys of entries name."""
    found = {}
    for term in _terms(nodes):
        if term.key != "kind":
            day = read_date(term.value, today=call.today, prefer="past", order=call.date_order)
            if day is None:
                raise UsageError(
                    f"Query: this is no date: `{term.key}:{term.value[:40]}`.",
                    hint=f"write {term.key}:2026-01-01, {term.key}:2026-01, {term.key}:monday or {term.key}:30d",
                )
            found[term] = day
    return found


def _terms(nodes: Sequence[Node]) -> Iterator[Term]:
    for node in nodes:
        match node:
            case And() | Or():
                yield from _terms(node.items)
            case Not():
                yield from _terms([node.item])
            case Term():
                yield node


def _sorted(
    nodes: Sequence[Node], days: dict[Term, date]
) -> tuple[list[tuple[str, date]], list[tuple[str, list[object]]]]:
    """The days that all entries must fit, which the index knows, and the other conditions."""
    spans = [(node.key, days[node]) for node in nodes if isinstance(node, Term) and node in days]
    others = [node for node in nodes if not (isinstance(node, Term) and node in days)]
    return spans, [store.condition(node, days) for node in others]


def _listed(
    conn: Connection,
    call: Invocation,
    hits: Sequence[tuple[date, int]],
    looked_for: Sequence[Wanted],
    limit: int,
    order: Order,
) -> list[SearchItem]:
    """The first of what was found, in order: within a day by the hour."""
    if order == "best" or not limit:
        chosen = list(hits)
    else:
        last = hits[min(limit, len(hits)) - 1][0] if hits else None
        behind = takewhile(lambda hit: hit[0] == last, hits[limit:])
        chosen = [*hits[:limit], *behind]
    rows = store.rows_of(conn, [id_ for _, id_ in chosen])
    keyed = [(on, rows[id_]["happened_at"], id_) for on, id_ in chosen if id_ in rows]
    keyed.sort(key=lambda one: (one[0], one[1] is not None, one[1] or 0, one[2]), reverse=order != "oldest")
    if order == "best":
        keyed.sort(key=lambda one: -_fit(rows[one[2]], looked_for))  # stable: of equals the newest first
    ids = [id_ for _, _, id_ in keyed][: limit or None]
    present = store.participants(conn, ids)
    return [
        SearchItem(
            id=f"i{id_}",
            kind=rows[id_]["kind"],
            person=None,
            on=date.fromisoformat(rows[id_]["happened_on"]),
            at=instant(rows[id_]["happened_at"], call.now.tzinfo),
            direction=rows[id_]["direction"],
            title=rows[id_]["title"],
            participants=present.get(id_, []),
            snippets=list(_snippets(rows[id_], looked_for)),
        )
        for id_ in ids
    ]


def _snippets(row: Row, looked_for: Sequence[Wanted]) -> Iterator[SnippetInfo]:
    """The title, then the other texts of an entry in which something was found; how one without a title begins."""
    begins = "title" if row["title"] or looked_for else "body"
    for field in ("title", "body", "place"):
        if row[field]:
            found = snippet(row[field], looked_for)
            if found.marks or field == begins:
                yield SnippetInfo(field=field, text=found.text, marks=found.marks)


_WEIGHTS = {"title": 3.0, "place": 2.0, "body": 1.0}


def _fit(row: Row, looked_for: Sequence[Wanted]) -> float:
    """How well an entry fits: what stands in its title counts most, a whole word more than one that goes on."""
    fit = 0.0
    for field, weight in _WEIGHTS.items():
        text = row[field] or ""
        found = words(text) if looked_for else []
        for one in looked_for:
            places = [at for at in range(len(found)) if one.fits(found, at)]
            whole = any(found[at + len(one.words) - 1] == one.words[-1] for at in places)
            fit += weight * (bool(places) + whole + min(len(places), 5) / 10)
    return fit


def _people(conn: Connection, ids: Sequence[int], looked_for: Sequence[Wanted]) -> list[SearchItem]:
    """People with what was found of them."""
    briefs = people.briefs(conn, ids)
    said = store.said_of(conn, ids)
    begun = [Wanted(one.words, begins=True) for one in looked_for]
    return [
        SearchItem(
            id=str(id_),
            kind="person",
            person=briefs[id_],
            on=None,
            at=None,
            direction=None,
            title=None,
            participants=[],
            snippets=_of_person(said[id_], begun),
        )
        for id_ in ids
    ]


def _of_person(said: Sequence[tuple[str, str]], looked_for: Sequence[Wanted]) -> list[SnippetInfo]:
    """Where it stands in what is said of a person; the handle only where nothing else has it."""
    found = [
        SnippetInfo(field=field, text=cut.text, marks=cut.marks)
        for field, value in said
        if (cut := snippet(value, looked_for)).marks
    ]
    others = [one for one in found if one.field != "handle"]
    return (others or found)[:_SAID]
