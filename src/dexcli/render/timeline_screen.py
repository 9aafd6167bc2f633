"""Everything with a person for people: a heading for each year, below it the days with what happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dexcli.render.layout import Line, Look, joined, sides
from dexcli.render.person_page import happening
from dexcli.render.text import cells, fold, full_day, harmless
from dexcli.results.interactions import Interaction
from dexcli.results.timeline import Milestone, Timeline, TimelineYear

_DAY = len("Mar 12")
_TOPIC = 12
"""With less room than this for what it was about, an entry is shown without its id."""


def whole(result: Timeline, look: Look) -> Iterator[Line]:
    """A timeline that is all there."""
    return timeline([result], look)


def timeline(parts: Iterable[Timeline], look: Look) -> Iterator[Line]:
    """The screen of `dex timeline`, drawn as the parts come in."""
    screen = _Screen(look)
    for part in parts:
        yield from screen.part(part)
    yield from screen.end()


class _Screen:
    """How far the screen has been drawn."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.first: Timeline | None = None
        """The first part, whose head is that of all."""
        self.last: Timeline | None = None
        self.years: dict[int, TimelineYear] = {}
        self.kind_width = 0
        self.month: tuple[int, int] | None = None
        """Year and month of the last line."""
        self.day = 0
        self.ahead: list[Milestone] = []
        """Those that have not come yet."""
        self.shown = 0
        self.brackets = False

    def part(self, part: Timeline) -> Iterator[Line]:
        if self.first is None:
            self.first = part
            self.years = {one.year: one for one in part.years}
            self.kind_width = _kind_width(part.years, self.look)
            yield from _heading(part, self.look)
        self.last = part
        self.ahead += part.milestones
        for item in part.items:
            while self.ahead and self._comes_before(self.ahead[0], item):
                yield from self._milestone(self.ahead.pop(0))
            yield from self._entry(item, part.person.id)
        self.shown += len(part.items)

    def end(self) -> Iterator[Line]:
        """The milestones that are left, and what is not on this page."""
        for milestone in self.ahead:
            yield from self._milestone(milestone)
        part = self.last
        if part is None:
            return
        if self.month is None:
            yield [("Nothing, as far as is known.", "")]
        if self.brackets:
            yield [("", "")]
            yield [("(in brackets) is no contact", "dim")]
        if part.next is not None:
            yield [("", "")]
            count = f"{self.shown:,} of {part.total:,} entries"
            yield [(count, "dim"), (f"     dex timeline {harmless(part.person.handle)} --limit 0", "dim")]

    def _comes_before(self, milestone: Milestone, item: Interaction) -> bool:
        if self.first is not None and self.first.oldest_first:
            return milestone.on <= item.on
        return milestone.on > item.on

    def _when(self, year: int, month: int, label: str, day: int) -> Iterator[Line]:
        """The heading of a year that begins here; then the day of the line, the month where it is another one."""
        if self.month is None or self.month[0] != year:
            yield [("", "")]
            yield from _year(year, self.years.get(year), self.look)
            self.month = None
        name = label if self.month != (year, month) else ""
        number = str(day) if name or self.day != day else ""
        self.month, self.day = (year, month), day
        yield [(f"{name:3} {number:>2}", "dim")]

    def _entry(self, item: Interaction, person_id: int) -> Iterator[Line]:
        *heading, when = self._when(item.on.year, item.on.month, f"{item.on:%b}", item.on.day)
        yield from heading
        counts = any(one.counts for one in item.participants if one.person_id == person_id)
        kind = f"{harmless(item.kind)} {self.look.arrow(item.direction)}".rstrip()
        if not counts:
            kind, self.brackets = f"({kind})", True
        style = "" if counts else "dim"
        kind = self.look.clip(kind, self.kind_width)
        id_ = harmless(item.id)
        room = self.look.width - _DAY - self.kind_width - cells(id_) - 6
        if room < _TOPIC:
            id_, room = "", room + cells(id_) + 2
        topic = self.look.clip(happening(item), max(room, 1))
        line: Line = [*when, ("  ", ""), (kind + " " * (self.kind_width - cells(kind)), style), ("  ", "")]
        line.append((topic, style))
        if id_:
            line += [(" " * (room - cells(topic) + 2), ""), (id_, "dim")]
        yield line

    def _milestone(self, milestone: Milestone) -> Iterator[Line]:
        on = milestone.on
        *heading, when = self._when(on.year, on.month, f"{on:%b}", on.day)
        yield from heading
        words = {"met": "met", "first": "first seen"}.get(milestone.kind, harmless(milestone.kind))
        where = f": {harmless(milestone.text)}" if milestone.text else ""
        yield [*when, ("  ", ""), (f"* {words}{where}", "bold")]


def _heading(part: Timeline, look: Look) -> Iterator[Line]:
    """Whose timeline it is, what of it is shown, and how much that is."""
    entries = "1 entry" if part.total == 1 else f"{part.total:,} entries"
    yield from sides(
        [(harmless(part.person.name), "bold"), (f" ({harmless(part.person.handle)})", "")], [(entries, "dim")], look
    )
    said = [harmless(part.kind) if part.kind else ""]
    if part.since is not None and part.until is not None and _is_year(part):
        said.append(str(part.since.year))
    else:
        said.append(f"since {full_day(part.since)}" if part.since else "")
        said.append(f"until {full_day(part.until)}" if part.until else "")
    if any(said):
        yield [(f"only {', '.join(filter(None, said))}", "dim")]


def _is_year(part: Timeline) -> bool:
    since, until = part.since, part.until
    if since is None or until is None or since.year != until.year:
        return False
    return (since.month, since.day, until.month, until.day) == (1, 1, 12, 31)


def _year(year: int, held: TimelineYear | None, look: Look) -> Iterator[Line]:
    """A year with its days of contact and the contacts by kind, and what else there is."""
    said = []
    if held is not None and held.days:
        kinds = ", ".join(f"{harmless(kind)} {count:,}" for kind, count in held.contacts.items())
        said.append(f"{held.days} {'day' if held.days == 1 else 'days'} of contact: {kinds}")
    others = sum(held.others.values()) if held is not None else 0
    if others:
        said.append("1 that does not count" if others == 1 else f"{others:,} that do not count")
    number = str(year)
    room = max(look.width - len(number) - 3, 1)
    lines = [line for part in joined(said, look.dot, room) for line in fold(part, room)]
    yield [(number, "bold"), (f"   {lines[0]}", "dim")]
    for line in lines[1:]:
        yield [(" " * (len(number) + 3) + line, "dim")]


def _kind_width(years: list[TimelineYear], look: Look) -> int:
    """Columns for the longest kind with its arrow, and brackets where it has any."""
    arrow = len(look.arrow("in")) + 1
    widths = [cells(harmless(kind)) + arrow for year in years for kind in year.contacts]
    widths += [cells(harmless(kind)) + arrow + 2 for year in years for kind in year.others]
    return min(max(widths, default=1), look.width // 4)
