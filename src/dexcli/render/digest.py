"""The due list as the body of a mail: plain text, at most 72 columns, nothing at all when nobody is due.

Who looks at it on a narrower terminal has lines of that width.
"""

from __future__ import annotations

from collections.abc import Iterator

from dexcli.render import due_words
from dexcli.render.text import clip, fold, full_day, harmless
from dexcli.results.due import DueItem, DueList

WIDTH = 72
"""Columns of a mail that survives being quoted (RFC 3676 speaks of 78 at most)."""
_INDENT = "  "


def lines(due: DueList, width: int = WIDTH) -> Iterator[str]:
    """The lines of the digest, people in the order of the list; none when `items` is empty."""
    if not due.items:
        return
    for item in due.items:
        yield from _block(item, due, width)
        yield ""
    if due.total > len(due.items):
        yield from fold(f"{len(due.items)} of {due.total} people: dex due --limit 0", width)
    if due.dates_today:
        told = ", ".join(due_words.date_today(one) for one in due.dates_today)
        yield from fold(f"today: {told}", width)
    if due.drifting:
        told = ", ".join(due_words.drifting(somebody) for somebody in due.drifting)
        yield from fold(f"drifting: {told}", width)
    for account in due.accounts_stale:
        yield from fold(due_words.stale(account), width)


def _block(item: DueItem, due: DueList, width: int) -> Iterator[str]:
    late = f", {due_words.lateness(item)}"
    yield clip(harmless(item.person.name), width - len(late)) + late
    reasons = ", ".join(harmless(reason.text) for reason in item.reasons)
    for line in fold(reasons, width - len(_INDENT)):
        yield _INDENT + line
    last = item.last_contact
    told = "never in contact"
    if last is not None:
        told = f"last contact {due_words.days_since(last, due.as_of)}, on {full_day(last.on)}"
    for line in fold(told, width - len(_INDENT)):
        yield _INDENT + line
    if last is not None:
        yield _INDENT + clip(due_words.last_contact_title(last), width - len(_INDENT))
