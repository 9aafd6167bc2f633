"""The due engine: who to act on, since when, how urgently and why. Pure: `today` is an argument.

    next_due = last qualifying contact + cadence          (calendar units; never contacted: from when it was set)
    score    = weight x (1 + (today - next_due) / cadence)                       once the cadence has run out
             + 2 x (1 - days to the occasion / (lead + 1))                       the nearest occasion
             + 0.5                                    a reply is owed, for 90 days at most
             + 0.5 to 1 for each promise or reminder due, by its age, 2 at most

A row is anybody with at least one reason. Everything that a number depends on stands in `Facts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from dexcli.domain.cadence import Cadence, spread
from dexcli.domain.dates import add_months, moved
from dexcli.domain.occasions import next_on
from dexcli.domain.rhythm import unusual_after

REPLY_DAYS = 3
"""A direct message of theirs is a debt when it has waited for so many days."""

REPLY_FORGOTTEN_DAYS = 90
"""A debt is forgotten when nothing has happened for so many days: twenty years of mail are full of last words."""

OCCASION_MONTHS = 24
"""Without cadence or importance an occasion matters for so many months after the last contact."""

WEIGHTS = {-1: 0.5, 0: 1.0, 1: 2.0}
"""Importance (low, normal, high) multiplies the cadence's part of the score."""

REPLY_POINTS, MAX_PROMISED, MAX_OCCASION = 0.5, 2.0, 2.0
"""What a reply owed adds to a score, and the most that promises and reminders, and an occasion, can add."""

MAX_EXTRA = REPLY_POINTS + MAX_PROMISED + MAX_OCCASION
"""The most that anything beside the cadence can add to a score."""

MESSAGE_KINDS = frozenset({"mail", "message", "letter"})
"""Kinds that wait for an answer."""

FOREVER = date.max


class Occasion(Struct, frozen=True, kw_only=True):
    """A yearly date of a person's."""

    kind: str
    month: int
    day: int
    year: int | None = None
    lead: int | None = None
    """Notice in days of dates of its kind, where nothing is said of the person."""


class Commitment(Struct, frozen=True, kw_only=True):
    """An open promise or reminder with a date."""

    id: int
    kind: str
    direction: str
    text: str
    due_on: date


class Facts(Struct, frozen=True, kw_only=True):
    """Everything about one person that due-ness depends on, as known on some day."""

    person_id: int
    uid: str
    active: bool = True
    """Who is archived, ignored or dead is never due, and does not drift."""
    cadence: Cadence | None = None
    cadence_source: str | None = None
    """`person`, `tag:NAME` or `default`."""
    cadence_since: date | None = None
    cadence_spread: bool = False
    """Given to many people at once: first dates are spread over one period."""
    importance: int | None = None
    lead: int | None = None
    """Notice of occasions in days: the person's own or by a tag, which wins over that of a kind."""
    default_lead: int = 7
    """Notice where neither says anything."""
    snoozed_until: date | None = None
    last_contact_on: date | None = None
    next_contact_on: date | None = None
    """The earliest contact after the day of these facts: a meeting in the calendar."""
    reply_owed_on: date | None = None
    """Day of their oldest message that I have not answered."""
    rhythm_days: int | None = None
    occasions: tuple[Occasion, ...] = ()
    commitments: tuple[Commitment, ...] = ()


class Contact(Struct, frozen=True):
    """One qualifying contact, for the rhythm and `reply_owed`."""

    on: date
    kind: str
    direction: str | None


class Standing(Struct, frozen=True, kw_only=True):
    """What the store keeps of `Facts`: it holds from the day it was derived until `recheck_on`."""

    next_due_on: date | None
    cadence_days: int | None
    weight: float
    extra: bool
    """Anything beside the cadence can add to the score."""
    drifts_on: date | None
    surfaces_on: date | None
    """On this day and later the person is on the list."""
    recheck_on: date | None
    """From this day on `surfaces_on` may no longer hold: a meeting has passed, a birthday is over."""


class Reason(Struct, frozen=True, kw_only=True):
    """Why somebody is on the list."""

    part: str
    """Of the score: `cadence`, `reply`, `commitment` or `occasion`; an occasion may be called anything."""
    code: str
    """`cadence`, `reply_owed`, `promise`, `promise_theirs`, `reminder`, `birthday` or another occasion."""
    value: float
    """cadence: lateness in periods; reply_owed, promise, reminder: days waiting; occasion: days until."""
    text: str
    ref: str | None
    """What it refers to: `c45`, `tag:navy`."""
    due_on: date
    since: date
    """The first day on which it is one: of an occasion, when its notice begins."""
    points: float
    """Its part of the score."""


class Assessment(Struct, frozen=True, kw_only=True):
    """A row of the due list, without the person's particulars."""

    person_id: int
    due_on: date
    """The earliest of its reasons."""
    score: float
    reasons: tuple[Reason, ...]
    ahead: date | None = None
    """Where nothing is to be done today: the day that something is, by which rows that lie ahead are put in order."""


def next_due(facts: Facts) -> tuple[date, int] | None:
    """The day on which the cadence runs out, and the cadence in days; None also where that is beyond the calendar.

    These are days of the average month or year: by those of the running period, a contact on 31 January (due on 28
    February, after 28 days) would make one later than a contact on the 28th (due on the same day, after 31).
    """
    cadence, since = facts.cadence, facts.cadence_since
    if cadence is None or not facts.active:
        return None
    days = round(cadence.approx_days)
    try:
        if facts.last_contact_on is not None:
            return cadence.after(facts.last_contact_on), days
        if since is None:
            return None
        return spread(facts.uid, cadence, since) if facts.cadence_spread else cadence.after(since), days
    except OverflowError:
        return None


def lead_of(facts: Facts, occasion: Occasion) -> int:
    """Notice of an occasion in days: the person's, else their tags' longest, else the kind's, else the default."""
    if facts.lead is not None:
        return facts.lead
    return facts.default_lead if occasion.lead is None else occasion.lead


def standing(facts: Facts, today: date) -> Standing:
    """What of `facts` the store keeps, derived on `today`."""
    due = next_due(facts)
    spans = sorted(_spans(facts, today)) if facts.active else []
    surfaces_on = recheck_on = None
    if spans:
        surfaces_on, last = spans[0]
        for start, end in spans:
            if last == FOREVER or start > moved(last, 1):
                break
            last = max(last, end)
        recheck_on = None if last == FOREVER else moved(last, 1)
    rechecks = [recheck_on, facts.next_contact_on]
    if facts.active and facts.occasions and _remembered_until(facts) is not None:
        rechecks.append(_remembered_until(facts))
    return Standing(
        next_due_on=due[0] if due else None,
        cadence_days=due[1] if due else None,
        weight=WEIGHTS[facts.importance or 0],
        extra=bool(facts.occasions or facts.commitments or facts.reply_owed_on),
        drifts_on=_drifts_on(facts),
        surfaces_on=surfaces_on,
        recheck_on=min((day for day in rechecks if day is not None and day > today), default=None),
    )


def assess(facts: Facts, today: date, horizon: date | None = None) -> Assessment | None:
    """The person's row of the due list of `today`, or None when there is nothing to act on up to `horizon`."""
    until = horizon or today
    if not facts.active or (facts.snoozed_until is not None and facts.snoozed_until > until):
        return None
    reasons = sorted(_reasons(facts, today, until), key=lambda reason: (-reason.points, reason.due_on, reason.code))
    if not reasons:
        return None
    cadence = sum(reason.points for reason in reasons if reason.part == "cadence")
    due_on = min(reason.due_on for reason in reasons)
    earliest = min(one.since for one in reasons)
    snoozed = facts.snoozed_until or date.min
    return Assessment(
        person_id=facts.person_id,
        due_on=due_on,
        score=cadence + extra_points(reasons),
        reasons=tuple(reasons),
        ahead=max(due_on, snoozed) if max(earliest, snoozed) > today else None,
    )


def order(item: Assessment) -> tuple[date, float, date, int]:
    """Sort key of the list: highest score, then longest due, then oldest acquaintance; what lies ahead comes last, by
    its day. Total and stable.
    """
    return (item.ahead or date.min, -item.score, item.due_on, item.person_id)


def extra_points(reasons: list[Reason]) -> float:
    """The part of the score that does not come from the cadence; never more than `MAX_EXTRA`."""
    owed = sum(reason.points for reason in reasons if reason.part == "reply")
    promised = sum(reason.points for reason in reasons if reason.part == "commitment")
    occasion = max((reason.points for reason in reasons if reason.part == "occasion"), default=0.0)
    return owed + min(promised, MAX_PROMISED) + occasion


def reply_owed(contacts: list[Contact]) -> date | None:
    """The day of the oldest message of theirs since anything else happened; `contacts` newest first."""
    owed = None
    for contact in contacts:
        if contact.direction != "in":
            break
        if contact.kind in MESSAGE_KINDS:
            owed = contact.on
    return owed


def _drifts_on(facts: Facts) -> date | None:
    if not facts.active or facts.cadence is not None or facts.rhythm_days is None or facts.last_contact_on is None:
        return None
    return moved(facts.last_contact_on, unusual_after(facts.rhythm_days) + 1)


def _remembered_until(facts: Facts) -> date | None:
    """The day on which occasions stop to matter for want of contact; None where they matter anyway or not at all."""
    if facts.cadence is not None or facts.importance is not None or facts.last_contact_on is None:
        return None
    try:
        return moved(add_months(facts.last_contact_on, OCCASION_MONTHS), 1)
    except OverflowError:
        return FOREVER


def _forgotten_on(facts: Facts) -> date:
    """The day on which a reply is owed no more: nothing was said since."""
    last = max(day for day in (facts.reply_owed_on, facts.last_contact_on, date.min) if day is not None)
    return moved(last, REPLY_FORGOTTEN_DAYS)


def _occasions_matter(facts: Facts, today: date) -> bool:
    until = _remembered_until(facts)
    return facts.cadence is not None or facts.importance is not None or (until is not None and today < until)


def _spans(facts: Facts, today: date) -> Iterator[tuple[date, date]]:
    """The days from `today` on on which there is a reason, as (first, last), snooze taken off."""
    spans = []
    earliest = max(today, facts.snoozed_until or today)
    due = next_due(facts)
    if due is not None:
        spans.append((due[0], FOREVER))
    if facts.reply_owed_on is not None:
        spans.append((moved(facts.reply_owed_on, REPLY_DAYS), moved(_forgotten_on(facts), -1)))
    spans.extend((commitment.due_on, FOREVER) for commitment in facts.commitments)
    if _occasions_matter(facts, today):
        for occasion in facts.occasions:
            on = next_on(occasion.month, occasion.day, earliest)
            if on is not None:
                spans.append((moved(on, -lead_of(facts, occasion)), on))
    for start, end in spans:
        if end >= earliest:
            yield max(start, earliest), end


def _reasons(facts: Facts, today: date, until: date) -> Iterator[Reason]:
    due = next_due(facts)
    if due is not None and due[0] <= until and facts.cadence is not None:
        due_on, period = due
        late = (today - due_on).days / period
        tag = (facts.cadence_source or "").removeprefix("tag:") if "tag:" in (facts.cadence_source or "") else None
        yield Reason(
            part="cadence",
            code="cadence",
            value=round(late, 2),
            text=facts.cadence.words + (f" (tag {tag})" if tag else ""),
            ref=f"tag:{tag}" if tag else None,
            due_on=due_on,
            since=due_on,
            points=WEIGHTS[facts.importance or 0] * max(0.0, 1 + late),
        )
    if facts.reply_owed_on is not None:
        due_on = moved(facts.reply_owed_on, REPLY_DAYS)
        if due_on <= until and max(today, facts.snoozed_until or today) < _forgotten_on(facts):
            waiting = (today - facts.reply_owed_on).days
            yield Reason(
                part="reply",
                code="reply_owed",
                value=waiting,
                text="you owe a reply",
                ref=None,
                due_on=due_on,
                since=due_on,
                points=REPLY_POINTS,
            )
    for commitment in facts.commitments:
        if commitment.due_on <= until:
            yield _commitment_reason(commitment, today)
    if _occasions_matter(facts, today):
        for occasion in facts.occasions:
            # What passes while one is snoozed is over; the next one is a year later.
            on = next_on(occasion.month, occasion.day, max(today, facts.snoozed_until or today))
            lead = lead_of(facts, occasion)
            if on is not None and moved(on, -lead) <= until:
                days = (on - today).days
                yield Reason(
                    part="occasion",
                    code=occasion.kind,
                    value=days,
                    text=f"{occasion.kind} {_when(on, today)}",
                    ref=None,
                    due_on=on,
                    since=moved(on, -lead),
                    points=MAX_OCCASION * max(0.0, 1 - days / (lead + 1)),
                )


def _commitment_reason(commitment: Commitment, today: date) -> Reason:
    late = (today - commitment.due_on).days
    code = commitment.kind if commitment.direction == "mine" else "promise_theirs"
    lead_in = {"promise": "you promised: ", "promise_theirs": "they promised: ", "reminder": ""}[code]
    return Reason(
        part="commitment",
        code=code,
        value=late,
        text=f"{lead_in}{commitment.text}",
        ref=f"c{commitment.id}",
        due_on=commitment.due_on,
        since=commitment.due_on,
        points=0.5 + 0.5 * min(max(late, 0) / 30, 1.0),
    )


def _when(on: date, today: date) -> str:
    days = (on - today).days
    if days == 0:
        return "today"
    if days == 1:
        return "tomorrow"
    if days < 7:  # noqa: PLR2004 - a weekday names a day within the week
        return f"on {on:%A}"
    return f"on {on.day} {on:%b}"
