"""How a row of the due list is put in words: the same on the screen and in the digest."""

from __future__ import annotations

from datetime import date

from dexcli.render.text import ago, full_day, harmless, span
from dexcli.results.due import DateToday, Drifting, DueItem, LastContact, StaleAccount

_PLANNED = ("cadence", "promise", "promise_theirs", "reminder", "reply_owed")
"""Reasons with a day of their own; an occasion ahead that adds to one is something to act on today."""


def is_ahead(item: DueItem) -> bool:
    """Whether the person is listed for a day still to come."""
    return item.overdue_days < 0 and (item.reasons[0].code in _PLANNED or is_occasion(item))


def is_occasion(item: DueItem) -> bool:
    """Whether the person is listed for nothing but occasions."""
    return all(reason.code not in _PLANNED for reason in item.reasons)


def lateness(item: DueItem) -> str:
    """How late somebody is, where no heading says so: `3 weeks late`, `today`, `due in 3 days`; `tomorrow`."""
    if item.overdue_days > 0:
        return f"{span(item.overdue_days)} late"
    if not is_ahead(item):
        return "today"
    return ago(item.overdue_days) if is_occasion(item) else f"due in {span(-item.overdue_days)}"


def in_a_line(item: DueItem) -> str:
    """How late and why: `3 weeks late: every 2 weeks`; of an occasion its reason says the day."""
    reasons = ", ".join(harmless(reason.text) for reason in item.reasons)
    return reasons if item.overdue_days <= 0 and is_occasion(item) else f"{lateness(item)}: {reasons}"


def last_contact_title(last: LastContact) -> str:
    """What the last contact was about: `coffee: her new job`; the subject of a mail stands in quotes."""
    kind = harmless(last.kind)
    if last.title is None:
        return kind
    title = harmless(last.title)
    return f'{kind}: "{title}"' if last.kind == "mail" else f"{kind}: {title}"


def days_since(last: LastContact, today: date) -> str:
    """How long ago the last contact was: `6 weeks ago`."""
    return ago((today - last.on).days)


def drifting(somebody: Drifting) -> str:
    """Who has been quiet for how long: `Barbara Liskov (9 weeks, usually 3)`; an equal unit is told once."""
    silent, usual = span(somebody.silent_days), span(somebody.usual_days)
    if silent.split()[1] == usual.split()[1]:
        usual = usual.split()[0]
    return f"{harmless(somebody.person.name)} ({silent}, usually {usual})"


def date_today(one: DateToday) -> str:
    """Whose day it is: `birthday of Ada Lovelace, turns 41`."""
    from dexcli.render.dates_screen import years

    return f"{harmless(one.kind)} of {harmless(one.person.name)}{years(one.kind, one.turns)}"


def stale(account: StaleAccount) -> str:
    """Which account has not synced since when."""
    name = harmless(account.name)
    if account.last_synced_at is None:
        return f"account {name} has never synced"
    return f"account {name} has not synced since {full_day(account.last_synced_at.date())}"
