"""The due list for people: who, how late, what was last, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from dexcli.render import due_words
from dexcli.render.layout import STACKED, Line, Look, Piece, joined, paragraph, row, stack
from dexcli.render.text import ago, cells, day, fold, harmless, short_ago, span
from dexcli.results.due import DueItem, DueList

_HEAD = ("Who", "Late", "Last", "Why")
_NARROW = 44
"""With less room than this for Last and Why, Last tells the time alone."""
_HINT = "dex show NAME"


def due_list(result: DueList, look: Look) -> Iterator[Line]:
    """The table of people due, one calm line when there is nobody, then who drifts and what did not sync."""
    if result.items:
        yield from _table(result, look) if look.width >= STACKED else _stack(result, look)
    else:
        when = "today" if result.as_of == look.today else f"on {day(result.as_of, look.today)}"
        if result.until is not None and result.until > result.as_of:
            days = (result.until - result.as_of).days
            when = f"within {days:,} {'day' if days == 1 else 'days'}"
        yield [(f"Nobody is due {when}.", "")]
    yield from _footer(result, look)
    if result.dates_today:
        told = [due_words.date_today(one) for one in result.dates_today]
        text = f"today: {look.dot.join(told)}"
        hint = "     dex dates"
        yield from paragraph(text + hint if cells(text + hint) <= look.width else text, look, "dim")
    for account in result.accounts_stale:
        yield from paragraph(due_words.stale(account), look, "yellow")


def _table(result: DueList, look: Look) -> Iterator[Line]:
    """Who and Late take what they need, Last and Why share the rest in as many words as have room.

    First the name of a tag goes, then `weeks ago` becomes `w ago`; what is still too long is clipped, Last rather than
    Why. Reasons that have no room side by side stand below each other.
    """
    names = Counter(item.person.name for item in result.items)
    who = [_who(item, names) for item in result.items]
    late = [_late(item) for item in result.items]
    who_width = min(max(map(cells, who)), max(look.width // 4, 1))
    late_width = max(len(_HEAD[1]), *(cells(shown) for shown, _ in late))
    room = max(look.width - who_width - late_width - 6, 2)
    last, reasons = _wordings(result, look, room)
    longest_reason = max(cells(reason) for texts in reasons for reason in texts)
    last_width = min(max(map(cells, last)), room - min(longest_reason, room // 2))
    widths = (who_width, late_width, last_width, room - last_width)

    yield row([(title, "dim") for title in _HEAD], widths, look)
    for name, lateness, contact, texts in zip(who, late, last, reasons, strict=True):
        lines = [line for part in joined(texts, look.dot, widths[3]) for line in fold(part, widths[3])]
        first, *others = lines or [""]
        yield row([(name, "bold"), lateness, (contact, ""), (first, "")], widths, look)
        for other in others:
            yield row([("", ""), ("", ""), ("", ""), (other, "")], widths, look)


def _stack(result: DueList, look: Look) -> Iterator[Line]:
    """A line for who and how late, and below it the reasons and what was last."""
    names = Counter(item.person.name for item in result.items)
    for item, reasons in zip(result.items, _reasons(result, tags=False), strict=True):
        below: list[Line] = [[(reason, "")] for reason in reasons]
        below.append([(f"last {_last(item, result, look, ago, topic=True)}", "dim")])
        yield from stack([((_who(item, names), "bold"), _late(item), below)], look)


def _wordings(result: DueList, look: Look, room: int) -> tuple[list[str], list[list[str]]]:
    """Last and Why of every row: the fullest wording that has room, else the shortest."""
    if room < _NARROW:
        return [_last(item, result, look, ago, topic=False) for item in result.items], _reasons(result, tags=False)
    last = [_last(item, result, look, ago, topic=True) for item in result.items]
    reasons = _reasons(result, tags=True)
    for words, tags in ((ago, True), (ago, False), (short_ago, False)):
        last = [_last(item, result, look, words, topic=True) for item in result.items]
        reasons = _reasons(result, tags=tags)
        if max(map(cells, last)) + max(cells(reason) for texts in reasons for reason in texts) <= room:
            break
    return last, reasons


def _reasons(result: DueList, *, tags: bool) -> list[list[str]]:
    found = [[harmless(reason.text) for reason in item.reasons] for item in result.items]
    return found if tags else [[text.partition(" (tag ")[0] for text in texts] for texts in found]


def _who(item: DueItem, names: Counter[str]) -> str:
    name = harmless(item.person.name)
    return name if names[item.person.name] == 1 else f"{name} ({harmless(item.person.handle)})"


def _late(item: DueItem) -> Piece:
    if item.overdue_days > 0:
        periods = max((reason.value for reason in item.reasons if reason.code == "cadence"), default=0)
        return span(item.overdue_days), "red" if periods >= 1 else "yellow"
    return (ago(item.overdue_days) if due_words.is_ahead(item) else "today"), ""


def _last(item: DueItem, result: DueList, look: Look, words: Callable[[int], str], *, topic: bool) -> str:
    if item.last_contact is None:
        return "never"
    since = words((result.as_of - item.last_contact.on).days)
    return f"{since}{look.dot}{due_words.last_contact_title(item.last_contact)}" if topic else since


def _footer(result: DueList, look: Look) -> Iterator[Line]:
    """How many, who drifts, and what to type next: in one line where there is room."""
    count = f"{len(result.items)} of {result.total}" if result.items else ""
    if len(result.items) < result.total:
        count += ": --limit 0 for all"
    drifting = [due_words.drifting(somebody) for somebody in result.drifting]
    told = "drifting: " + ", ".join(drifting) if drifting else ""
    line = look.dot.join(filter(None, (count, told)))
    if cells(line) + 5 + len(_HINT) <= look.width:
        shown = [line] if line else []
    else:
        shown = [count] if count else []
        shown += [f"drifting: {somebody}" for somebody in drifting]
    for index, text in enumerate(shown):
        hint = f"     {_HINT}" if index == 0 and result.items else ""
        yield [(text + hint, "dim")]
