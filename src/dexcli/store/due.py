"""Who surfaces on a day: a bounded number of rows for the due engine to assess exactly.

Two roads, proved equal by a property test. The derived rows answer for today in milliseconds; people whose row may no
longer hold, and days before anything was derived, are worked out from the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import msgspec

from dexcli.domain import due
from dexcli.domain.dates import moved
from dexcli.domain.due import Assessment, Facts, Reason
from dexcli.results.due import Drifting, DueItem, DueReason, LastContact
from dexcli.store import people
from dexcli.store.connection import Connection
from dexcli.store.settings import DueSettings, due_settings
from dexcli.store.standing import DERIVED_ON, Derived, derive

Found = tuple[Assessment, Derived]


def rows_hold(conn: Connection, *, today: date, settings: DueSettings) -> bool:
    """Whether derived rows answer for this day and these settings at all; `suspects` are the exceptions."""
    row = conn.execute("select value from meta where key = ?", (DERIVED_ON,)).fetchone()
    derived_on = row[0] if row else "9999-12-31"
    return today.isoformat() >= derived_on and settings == due_settings(conn)


def suspects(conn: Connection, *, today: date, settings: DueSettings, until: date) -> list[int]:
    """People whose derived row may not answer for `today`, or for a later day `until` which one looks ahead."""
    if not rows_hold(conn, today=today, settings=settings):
        return [row[0] for row in conn.execute("select id from person where state <> 'merged'")]
    # One statement each, so that each uses its partial index.
    found = {row[0] for row in conn.execute("select person_id from standing where stale = 1")}
    found.update(
        row[0]
        for row in conn.execute(
            "select person_id from standing where recheck_on is not null and recheck_on <= ?", (until.isoformat(),)
        )
    )
    return sorted(found)


class DueView:
    """The due list of one day over the whole database."""

    def __init__(
        self, conn: Connection, *, today: date, horizon: date, settings: DueSettings, tag: str | None = None
    ) -> None:
        self.conn = conn
        self.today = today
        self.horizon = horizon
        self.settings = settings
        self._tag = tag
        self._fresh = rows_hold(conn, today=today, settings=settings)

    def _suspects(self) -> list[int]:
        return suspects(self.conn, today=self.today, settings=self.settings, until=self.horizon)

    def total_and_top(self, limit: int) -> tuple[int, list[Found]]:
        """The number of people on the list, and the first `limit` of them (0: all) in their order."""
        found = self._found_suspects()
        total = len(found)
        if self._fresh:
            total += self._count()
            found.extend(self._leaders(limit))
        found.sort(key=lambda pair: due.order(pair[0]))
        return total, found[:limit] if limit else found

    def ids(self) -> list[int]:
        """Everybody on the list, in no order: nobody whose derived row holds is assessed."""
        found = [item.person_id for item, _ in self._found_suspects()]
        if self._fresh:
            where, values = self._where()
            found += [row[0] for row in self.conn.execute(f"select person_id from standing where {where}", values)]
        return found

    def _found_suspects(self) -> list[Found]:
        return [pair for pair in map(self._assess, self._tagged(self._suspects())) if pair is not None]

    def _tagged(self, ids: Iterable[int]) -> Iterable[int]:
        if self._tag is None:
            return ids
        members = {
            row[0]
            for row in self.conn.execute(
                "select pt.person_id from person_tag pt join tag t on t.id = pt.tag_id where t.name = ?", (self._tag,)
            )
        }
        return [id_ for id_ in ids if id_ in members]

    def _assess(self, person_id: int) -> Found | None:
        derived = derive(self.conn, person_id, self.today, self.settings)
        if derived is None:
            return None
        item = due.assess(derived.facts, self.today, self.horizon)
        return None if item is None else (item, derived)

    def _where(self) -> tuple[str, dict[str, object]]:
        where = "surfaces_on <= :horizon and stale = 0 and (recheck_on is null or recheck_on > :horizon)"
        if self._tag is not None:
            where += (
                " and person_id in (select pt.person_id from person_tag pt join tag t on t.id = pt.tag_id"
                " where t.name = :tag)"
            )
        return where, {"today": self.today.isoformat(), "horizon": self.horizon.isoformat(), "tag": self._tag}

    def _count(self) -> int:
        where, values = self._where()
        return int(self.conn.execute(f"select count(*) from standing where {where}", values).fetchone()[0])

    def _days_near(self) -> list[int]:
        """The days of the year, month * 100 + day, on which an occasion adds to a score: anybody's lead from today."""
        longest = max(
            self.conn.execute(f"select coalesce(max(lead), 0) from {table} where lead is not null").fetchone()[0]
            for table in ("person", "tag", "occasion_kind")
        )
        days = [moved(self.today, ahead) for ahead in range(max(longest, self.settings.lead) + 1)]
        # 29 February is kept on 1 March in common years.
        return [day.month * 100 + day.day for day in days] + [229]

    def _leaders(self, limit: int) -> Iterator[Found]:
        """At least the `limit` leading people: read in the order that they can have at best, until nobody can catch up.

        Who is due today leads: those who lie ahead are read, and then all of them, only where too few are due.
        """
        best: list[tuple[float, str, int]] = []
        for person_id, ahead, bound, since in self._places(limit):
            if limit and len(best) >= limit and (ahead or (-bound, since, person_id) > best[-1]):
                return
            found = self._assess(person_id)
            if found is not None:
                yield found
                if limit and not ahead:
                    best.append((-found[0].score, found[0].due_on.isoformat(), person_id))
                    best.sort()
                    del best[limit:]

    def _places(self, limit: int) -> Iterator[tuple[int, int, float, str]]:
        """Everybody whose row holds, as (id, ahead, bound, since) in the best order that these allow.

        What only the cadence brings here stands on its place exactly, so that of many who are equally late few are
        read; for who has more, the score is bounded and `since` is empty.
        """
        where, values = self._where()
        sql = (
            "with place as materialized (select person_id, surfaces_on > :today as ahead, next_due_on,"
            " case when next_due_on <= :horizon"
            "   then weight * max(0.0, 1 + (julianday(:today) - julianday(next_due_on)) / cadence_days) else 0 end"
            " as late,"
            " case when extra then"
            f"   case when reply_owed_on is not null then {due.REPLY_POINTS} else 0 end"
            "   + case when person_id in (select person_id from commitment where state = 'open')"
            f"      then {due.MAX_PROMISED} else 0 end"
            "   + case when person_id in (select o.person_id from occasion o where o.month * 100 + o.day in"
            f"      (select value from json_each(:near))) then {due.MAX_OCCASION} else 0 end"
            "   else 0 end as more"
            f" from standing where {where})"
            # The 1e-6 is for sums that come out a little higher in another order.
            " select person_id, ahead, case when more > 0 then late + more + 1e-6 else late end as bound,"
            " case when more > 0 then '' else coalesce(next_due_on, '') end as since"
            " from place order by ahead, bound desc, since, person_id limit :first offset :after"
        )
        values |= {"near": msgspec.json.encode(self._days_near()).decode()}
        # To find the first few among thousands costs less than to put all in order.
        first = limit * 4
        if first:
            yield from self.conn.execute(sql, values | {"first": first, "after": 0})
        yield from self.conn.execute(sql, values | {"first": -1, "after": first})

    def drifting(self, limit: int = 3) -> list[Drifting]:
        """People without a cadence whose silence has become unusual for them, latest first."""
        ids = set(self._suspects())
        if self._fresh:
            rows = self.conn.execute(
                "select s.person_id from standing s join person p on p.id = s.person_id where s.drifts_on <= ?"
                " and (p.snoozed_until is null or p.snoozed_until <= ?1)"
                " order by s.drifts_on desc, s.person_id limit ?",
                (self.today.isoformat(), limit * 3),
            )
            ids.update(row[0] for row in rows)
        found = []
        for person_id in ids:
            derived = derive(self.conn, person_id, self.today, self.settings)
            drifts_on = derived.standing.drifts_on if derived else None
            if derived is None or drifts_on is None or drifts_on > self.today:
                continue
            snoozed = derived.facts.snoozed_until
            if (snoozed is None or snoozed <= self.today) and due.assess(derived.facts, self.today) is None:
                found.append((drifts_on, derived))
        found.sort(key=lambda pair: (-pair[0].toordinal(), pair[1].facts.person_id))
        return [
            Drifting(
                person=people.brief(self.conn, derived.facts.person_id),
                last_contact=last,
                silent_days=(self.today - last.on).days,
                usual_days=derived.facts.rhythm_days or 0,
            )
            for _, derived in found[:limit]
            if (last := last_contact(self.conn, derived.last_interaction_id)) is not None
        ]


def last_contact(conn: Connection, interaction_id: int | None) -> LastContact | None:
    """The latest contact that counts, with what it was about."""
    if interaction_id is None:
        return None
    row = conn.execute(
        "select i.*, (select d.source from interaction_origin o join feed d on d.id = o.feed_id"
        " where o.interaction_id = i.id order by d.id limit 1) as source from interaction i where i.id = ?",
        (interaction_id,),
    ).fetchone()
    title = row["title"] or (row["body"] or "").strip().partition("\n")[0] or None
    return LastContact(
        on=date.fromisoformat(row["happened_on"]),
        kind=row["kind"],
        title=title,
        interaction_id=f"i{row['id']}",
        source=row["source"],
    )


# -- marks of `due --new` ----------------------------------------------------------------------------

SHOWN_AGAIN_AFTER = timedelta(days=7)
"""A row that is still due comes back in the digest after so long."""


def is_new(conn: Connection, facts: Facts, item: Assessment, today: date) -> bool:
    """Whether a row has a reason that was not shown yet, or was last shown long ago."""
    marks = {
        row["reason"]: date.fromisoformat(row["shown_on"])
        for row in conn.execute("select reason, shown_on from shown where person_id = ?", (facts.person_id,))
    }
    return any(
        mark not in marks or (today - marks[mark]) >= SHOWN_AGAIN_AFTER or marks[mark] > today
        for mark in _marks(item.reasons)
    )


def mark_shown(conn: Connection, items: Iterable[DueItem], today: date) -> None:
    """Remember what was shown, inside a transaction of the caller."""
    for item in items:
        conn.execute("delete from shown where person_id = ?", (item.person.id,))
        conn.executemany(
            "insert into shown(person_id, reason, shown_on) values(?, ?, ?)",
            ((item.person.id, mark, today.isoformat()) for mark in _marks(item.reasons)),
        )


def _marks(reasons: Iterable[Reason | DueReason]) -> list[str]:
    """What tells one reason from another over time: its code, what it refers to, and since when."""
    return sorted({f"{reason.code} {reason.ref or ''} {reason.due_on}" for reason in reasons})
