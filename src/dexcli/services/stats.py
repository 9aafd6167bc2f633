"""Numbers about a network: how it stands today, and a year of contact beside the one before."""

from __future__ import annotations

from collections import Counter
from datetime import MAXYEAR, date

from dexcli.domain import heat
from dexcli.domain.dates import add_months, moved, shift
from dexcli.errors import UsageError
from dexcli.results.stats import Coverage, DayCount, GroupCount, KindCount, MonthCount, PersonCount, Stats
from dexcli.services.invocation import Invocation
from dexcli.services.page import find_ids
from dexcli.store import people
from dexcli.store import stats as counted
from dexcli.store.connection import Connection
from dexcli.store.stats import Period

TOP = 5
"""How many people, tags and companies are named."""

_RECENT = (30, 90, 365)
"""Days within which people were contacted, today included."""


def stats(conn: Connection, call: Invocation, query: str = "", *, year: int | None = None) -> Stats:
    """Everything about the people whom a query finds; the period is a year of the calendar, or the last twelve months.

    Raises UsageError for a year that lies ahead.
    """
    period, before = _periods(call.today, year)
    ids = find_ids(conn, call, query)
    calendar = counted.by_day(conn, ids, period)
    contacts = counted.by_person(conn, ids, period)
    before_days, before_people = counted.totals(conn, ids, before)
    kinds, directions = _kinds(conn, ids, period, before)
    leaders = people.briefs(conn, [id_ for id_, _ in contacts[:TOP]])
    weekdays = [0] * 7
    for day, count in calendar:
        weekdays[day.weekday()] += count
    return Stats(
        as_of=call.today,
        query=query,
        year=year,
        found=len(ids),
        states=counted.states(conn, ids if query.strip() else None),
        coverage=_coverage(conn, call, ids),
        since=period[0],
        until=period[1],
        before_since=before[0],
        before_until=before[1],
        days=len(calendar),
        people=len(contacts),
        before_days=before_days,
        before_people=before_people,
        kinds=kinds,
        directions=directions,
        calendar=[DayCount(on=day, people=count) for day, count in calendar],
        levels=heat.levels([count for _, count in calendar]),
        weekdays=weekdays,
        months=_months(calendar, period),
        weeks=(heat.monday(period[1]) - heat.monday(period[0])).days // 7 + 1,
        weeks_with_contact=len({heat.monday(day) for day, _ in calendar}),
        weeks_in_a_row=heat.weeks_in_a_row(day for day, _ in calendar),
        top=[PersonCount(person=leaders[id_], days=days) for id_, days in contacts[:TOP]],
        tags=_groups(conn, ids, dict(contacts), "tag"),
        companies=_groups(conn, ids, dict(contacts), "company"),
    )


def _periods(today: date, year: int | None) -> tuple[Period, Period]:
    """The period, and the same days a year earlier; at the beginning of the calendar they end with it."""
    if year is None:
        since, until = moved(_year_before(today), 1), today
        return (since, until), (_year_before(since), moved(since, -1))
    if not 1 < year <= MAXYEAR:
        raise UsageError(f"{year} is no year", hint="such as --year 2025")
    since, until = date(year, 1, 1), min(date(year, 12, 31), today)
    if until < since:
        raise UsageError(f"{year} has not begun", hint=f"--year {today.year} is this year")
    return (since, until), (date(year - 1, 1, 1), _year_before(until))


def _year_before(day: date) -> date:
    try:
        return shift(day, -1, "y")
    except OverflowError:
        return date.min


def _coverage(conn: Connection, call: Invocation, ids: list[int]) -> Coverage:
    cadences = counted.cadences(conn, ids, today=call.today, settings=call.settings)
    recent = [moved(call.today, 1 - days) for days in _RECENT]
    *within, ever = counted.contacted(conn, ids, recent, call.today)
    known = counted.known(conn, ids)
    return Coverage(
        with_cadence=cadences.given,
        without_cadence=len(ids) - cadences.given,
        in_time=cadences.given - cadences.late,
        late=cadences.late,
        late_snoozed=cadences.late_snoozed,
        contacted_30=within[0],
        contacted_90=within[1],
        contacted_365=within[2],
        never=len(ids) - ever,
        email=known["email"],
        phone=known["phone"],
        address=known["address"],
        birthday=known["birthday"],
    )


def _kinds(conn: Connection, ids: list[int], period: Period, before: Period) -> tuple[list[KindCount], dict[str, int]]:
    now, then = Counter[str](), Counter[str]()
    directions = dict.fromkeys(("in", "out", "both", "none"), 0)
    for kind, direction, count, count_before in counted.kinds(conn, ids, period, before):
        now[kind] += count
        then[kind] += count_before
        directions[direction or "none"] += count
    found = [KindCount(kind=kind, count=now[kind], before=then[kind]) for kind in now | then]
    return sorted(found, key=lambda one: (-one.count, -one.before, one.kind)), directions


def _months(calendar: list[tuple[date, int]], period: Period) -> list[MonthCount]:
    """Every month that the period touches."""
    held = Counter[tuple[int, int]]()
    for day, count in calendar:
        held[day.year, day.month] += count
    first, last = (day.replace(day=1) for day in period)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    found = []
    for number in range(months):
        month = add_months(first, number)
        found.append(MonthCount(month=month, contacts=held[month.year, month.month]))
    return found


def _groups(conn: Connection, ids: list[int], contacts: dict[int, int], of: str) -> list[GroupCount]:
    """The groups of most contact, most first. A company of one person says no more than the person."""
    people_of, contacted, days = Counter[str](), Counter[str](), Counter[str]()
    for name, person_id in counted.groups(conn, ids, of):
        people_of[name] += 1
        contacted[name] += person_id in contacts
        days[name] += contacts.get(person_id, 0)
    least = 2 if of == "company" else 1
    leading = sorted(
        (name for name in days if days[name] and people_of[name] >= least), key=lambda name: (-days[name], name)
    )[:TOP]
    return [
        GroupCount(name=name, people=people_of[name], contacted=contacted[name], contacts=days[name])
        for name in leading
    ]
