"""Numbers about a network for people: how it stands, a year's calendar, and with whom it was."""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.render.heat_map import heat_map
from dexcli.render.layout import Line, Look, Piece, joined, labelled, row
from dexcli.render.text import cells, full_day, harmless
from dexcli.results.stats import GroupCount, KindCount, Stats

_KINDS = 8
"""Kinds that are named; the rest is one line."""
_BAR = 20
"""Columns of the longest bar at most."""
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def stats(result: Stats, look: Look) -> Iterator[Line]:
    """The screen of `dex stats`."""
    yield from _standing(result, look)
    if not result.found:
        return
    yield [("", "")]
    yield from _period(result, look)
    if result.days:
        yield [("", "")]
        counts = {one.on: one.people for one in result.calendar}
        yield from heat_map(counts, result.levels, result.since, result.until, look)
        yield [("", "")]
        yield from _year(result, look)


def _standing(result: Stats, look: Look) -> Iterator[Line]:
    """The people, whatever the period."""
    found, covered = result.found, result.coverage
    states = ", ".join(f"{count:,} {harmless(state)}" for state, count in result.states.items())
    if result.query.strip():
        whom = f"{found:,} found by {harmless(result.query)}"
    else:
        whom = f"{sum(result.states.values()):,}" if len(result.states) > 1 else ""
    several = len(result.states) > 1 or not whom
    yield from _parts("People", [whom, states if several else "", "" if whom or states else "nobody yet"], look)
    if not found:
        return
    late = f", {covered.late:,} late" if covered.late else ""
    snoozed = f" ({covered.late_snoozed:,} snoozed)" if covered.late_snoozed else ""
    cadence = f"{covered.with_cadence:,} with one"
    if covered.with_cadence:
        cadence += f": {covered.in_time:,} in time{late}{snoozed}"
    yield from _parts("Cadence", [cadence, f"{covered.without_cadence:,} without"], look)
    within = ((30, covered.contacted_30), (90, covered.contacted_90), (365, covered.contacted_365))
    yield from _parts(
        "In touch",
        [
            *(f"{count:,} within {days} days" for days, count in within),
            f"{covered.never:,} never" if covered.never else "",
        ],
        look,
    )
    known = (("e-mail", covered.email), ("phone", covered.phone), ("address", covered.address))
    parts = [f"{count:,} {what}" for what, count in (*known, ("birthday", covered.birthday))]
    yield from _parts("Known", parts, look)


def _period(result: Stats, look: Look) -> Iterator[Line]:
    """How much contact there was, and of which kinds, beside the year before."""
    span = f"{full_day(result.since)} to {full_day(result.until)}"
    whole = (result.since.month, result.since.day, result.until.month, result.until.day) == (1, 1, 12, 31)
    yield [(str(result.since.year) if whole else span, "bold")]
    before = f"{_people(result.before_people)} on {_days(result.before_days)}" if result.before_days else "none"
    before = f"the year before: {before}"
    if not result.days:
        yield from _parts("Contact", ["none", before], look)
        return
    yield from _parts("Contact", [f"{_people(result.people)} on {_days(result.days)}", before], look)
    theirs, mine, both, unknown = (result.directions.get(name, 0) for name in ("in", "out", "both", "none"))
    yield from _parts("By whom", [f"by them {theirs:,}", f"by you {mine:,}", f"together {both + unknown:,}"], look)
    yield from _kinds(result.kinds, look)


def _kinds(kinds: list[KindCount], look: Look) -> Iterator[Line]:
    """A table of kinds: times, the year before, and a bar."""
    named = _KINDS if len(kinds) > _KINDS + 1 else _KINDS + 1
    shown, rest = kinds[:named], kinds[named:]
    rows = [(harmless(one.kind), one.count, one.before) for one in shown]
    if rest:
        rows.append((f"{len(rest)} other kinds", sum(one.count for one in rest), sum(one.before for one in rest)))
    counts = [(name, f"{count:,}", f"{before:,}", count) for name, count, before in rows]
    name_width = min(max(cells(name) for name, *_ in counts), look.width // 3)
    width = max(len("Times"), *(len(times) for _, times, _, _ in counts))
    before_width = max(len("Before"), *(len(before) for _, _, before, _ in counts))
    bar = max(min(_BAR, look.width - name_width - width - before_width - 6), 0)
    most = max(count for *_, count in counts)
    widths = (name_width, width, before_width, bar)
    yield row([("", ""), ("Times".rjust(width), "dim"), ("Before".rjust(before_width), "dim"), ("", "")], widths, look)
    for name, times, before, count in counts:
        pieces: list[Piece] = [
            (name, ""),
            (times.rjust(width), ""),
            (before.rjust(before_width), "dim"),
            (_bar(count, most, bar, look), "green"),
        ]
        yield row(pieces, widths, look)


def _bar(count: int, most: int, width: int, look: Look) -> str:
    """Rounded up, so that one is seen; nothing for none."""
    length = -(-count * width // most) if most else 0
    return ("#" if look.ascii else "█") * length


def _year(result: Stats, look: Look) -> Iterator[Line]:
    """With whom it was, and when."""
    names = [(harmless(one.person.name), one.days) for one in result.top]
    yield from _parts("Most", [f"{name} {_days(days)}" for name, days in names], look)
    yield from _parts("Tags", [_group(one) for one in result.tags], look)
    yield from _parts("Company", [_group(one) for one in result.companies], look)
    weekdays = [f"{name} {count:,}" for name, count in zip(_WEEKDAYS, result.weekdays, strict=True)]
    yield from _parts("Weekdays", weekdays, look)
    busiest = max(result.months, key=lambda one: one.contacts)
    yield from _parts("Months", [f"busiest {busiest.month:%B} {busiest.month.year}: {busiest.contacts:,}"], look)
    row_ = f"{result.weeks_in_a_row} in a row" if result.weeks_in_a_row > 1 else ""
    in_touch = f"in touch in {result.weeks_with_contact} of {result.weeks}"
    yield from _parts("Weeks", [in_touch, row_], look)


def _group(one: GroupCount) -> str:
    return f"{harmless(one.name)} {one.contacts:,} ({one.contacted:,} of {one.people:,})"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _parts(label: str, parts: list[str], look: Look) -> Iterator[Line]:
    """Parts behind a label, broken between them where one line has no room."""
    for line in joined([part for part in parts if part], look.dot, look.width - 9):
        yield from labelled(label, line, look)
        label = ""
