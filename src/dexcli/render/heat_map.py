"""A year of days as a picture of seven rows, a column for each week: readable by its shades, without colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from dexcli.domain import heat
from dexcli.render.layout import Line, Look

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MARGIN = len("Mon ")
_SHADES = {False: "░▒▓█", True: ".:+#"}
_USED = {1: (3,), 2: (1, 3), 3: (0, 1, 3), 4: (0, 1, 2, 3)}
"""Which shades are used where there are fewer levels: as far apart as they can be, the darkest for most."""
_NONE = {False: "·", True: " "}
_MONTH_NAME = 3


def heat_map(counts: Mapping[date, int], levels: list[int], since: date, until: date, look: Look) -> Iterator[Line]:
    """The months, the rows and what the shades mean.

    Where there is room each day is two columns wide, nearly a square; where the whole has none, the latest weeks are
    shown.
    """
    first = heat.monday(since)
    weeks = (heat.monday(until) - first).days // 7 + 1
    room = look.width - _MARGIN
    wide = 2 if weeks * 2 <= room else 1
    shown = min(weeks, max(room // wide, 1))
    # By days and not by dates: the last week of the calendar has no end.
    begin = first.toordinal() + 7 * (weeks - shown)
    yield [(" " * _MARGIN + _months(begin, shown, wide, since, until, room), "dim")]
    for weekday, name in enumerate(_WEEKDAYS):
        line: Line = [(name.ljust(_MARGIN), "dim")]
        for week in range(shown):
            number = begin + 7 * week + weekday
            if since.toordinal() <= number <= until.toordinal():
                line.append(_day(counts.get(date.fromordinal(number), 0), levels, wide, look))
            else:
                line.append((" " * wide, ""))
        yield line
    if levels:
        yield from _legend(levels, look)


def _day(count: int, levels: list[int], wide: int, look: Look) -> tuple[str, str]:
    level = heat.level(count, levels)
    if not level:
        return _NONE[look.ascii].ljust(wide), "dim"
    return _shade(level, len(levels), look) * wide, "green"


def _shade(level: int, of: int, look: Look) -> str:
    return _SHADES[look.ascii][_USED[of][level - 1]]


def _months(begin: int, shown: int, wide: int, since: date, until: date, room: int) -> str:
    """The name of each month above the week in which it begins, and of the one that had begun, where it has room."""
    names: list[tuple[int, str]] = []
    for number in range(max(begin, since.toordinal()), min(begin + 7 * shown - 1, until.toordinal()) + 1):
        day = date.fromordinal(number)
        if day.day == 1 or not names:
            names.append(((number - begin) // 7 * wide, f"{day:%b}"))
    line = ""
    for position, (at, name) in enumerate(names):
        end = names[position + 1][0] - 1 if position + 1 < len(names) else room
        if at + _MONTH_NAME <= end:
            line = line.ljust(at) + name
    return line


def _legend(levels: list[int], look: Look) -> Iterator[Line]:
    """How many people each shade stands for: `░ 1  ▒ 2  ▓ 3-4  █ 5 or more`."""
    line: Line = [(" " * _MARGIN, "")]
    for level, least in enumerate(levels, 1):
        last = levels[level] - 1 if level < len(levels) else None
        if last is None:
            words = f"{least} or more people a day" if least > 1 else "contact"
        else:
            words = str(least) if last == least else f"{least}-{last}"
        line += [(_shade(level, len(levels), look), "green"), (f" {words}  ", "dim")]
    yield line
