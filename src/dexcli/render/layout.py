"""What the screens are built from: styled pieces of text, rows of columns, labelled lines; all in a width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from dexcli.render import text

Piece = tuple[str, str]
"""Harmless text and the style it is shown in: empty, `bold`, `dim`, `green`, `yellow` or `red`."""
Line = list[Piece]

LABEL = 9
"""Columns of the label before a value."""


class Look(Struct, frozen=True, kw_only=True):
    """What a screen is drawn for."""

    today: date
    width: int
    """Columns, the margin taken off."""
    ascii: bool

    @property
    def dot(self) -> str:
        """Stands between two things of one kind."""
        return " - " if self.ascii else " · "

    @property
    def ellipsis(self) -> str:
        """Stands for what had no room."""
        return "..." if self.ascii else "…"

    @property
    def rule(self) -> str:
        """Stands before an entry of the timeline."""
        return "--" if self.ascii else "──"

    def arrow(self, direction: str | None) -> str:
        """Shows who wrote to whom; empty where neither did."""
        return {"in": "<-" if self.ascii else "←", "out": "->" if self.ascii else "→"}.get(direction or "", "")

    def mark(self, shown: str) -> str:
        """A text with the signs round it that show a hit."""
        return f"*{shown}*" if self.ascii else f"«{shown}»"

    def clip(self, shown: str, width: int | None = None) -> str:
        """A harmless line that has room in `width`, else in the whole line."""
        return text.clip(shown, self.width if width is None else width, self.ellipsis)

    def cut(self, line: Line) -> Line:
        """A line that is no longer than the screen is wide."""
        room, kept = self.width, list[Piece]()
        for shown, style in line:
            fitting = self.clip(shown, room)
            kept.append((fitting, style))
            room -= text.cells(fitting)
            if fitting != shown:
                break
        return kept


def width_of(line: Line) -> int:
    """Columns that a line takes."""
    return sum(text.cells(shown) for shown, _ in line)


def row(pieces: Sequence[Piece], widths: Sequence[int], look: Look, gap: int = 2) -> Line:
    """Pieces as columns of a table, each clipped to its width, with a gap between them."""
    line: Line = []
    for (shown, style), width in zip(pieces, widths, strict=True):
        fitting = look.clip(shown, width)
        line += [(fitting, style), (" " * (width - text.cells(fitting) + gap), "")]
    return line[:-1]


STACKED = 48
"""On a screen that is narrower a table has no room for words: what there is about each stands below it."""


def stack(entries: Iterable[tuple[Piece, Piece, Sequence[Line]]], look: Look, *, keeps: bool = False) -> Iterator[Line]:
    """For each entry what it is and, at the right edge, when; then what else there is, indented and folded.

    What it is gives way to what stands beside it, unless it `keeps` all of its width: it is what one types.
    """
    for (shown, style), right, below in entries:
        name = look.clip(shown, look.width if keeps else max(look.width - text.cells(right[0]) - 2, 1))
        yield from sides([(name, style)], [right] if right[0] else [], look)
        for line in below:
            if len(line) == 1:
                yield from (
                    [(f"  {part}", line[0][1])] for part in text.fold(line[0][0], max(look.width - 2, 1)) if part
                )
            elif line:
                yield [("  ", ""), *line]


YIELDS_TO = 10
"""Columns to which a column that gives way first is lowered."""


_READABLE = 6
"""Columns that are left to each beside one that keeps its width; what then has no room goes at the right edge."""


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[Piece]],
    look: Look,
    *,
    yields: Sequence[int] = (),
    keeps: int | None = None,
) -> Iterator[Line]:
    """A table with a dim heading; the columns `yields` give way first, in this order, then the widest, until all has
    room. The column `keeps` does not, as far as the screen is wide: it is what one types.
    """
    heading: list[Piece] = [(shown, "dim") for shown in head]
    columns = zip(heading, *rows, strict=True)
    widths = [max(text.cells(shown) for shown, _ in column) for column in columns]
    room = look.width - 2 * (len(widths) - 1)
    for column in yields:
        widths[column] -= max(0, min(widths[column] - YIELDS_TO, sum(widths) - room))
    if keeps is None:
        widths = level(widths, room)
    else:
        kept = min(widths.pop(keeps), look.width)
        widths = [max(low, min(wide, _READABLE)) for low, wide in zip(level(widths, room - kept), widths, strict=True)]
        widths.insert(keeps, kept)
    for pieces in (heading, *rows):
        yield row(pieces, widths, look)


def level(widths: Sequence[int], room: int) -> list[int]:
    """Lower the widest columns to one height, so that all together have room; none below one."""
    limit = max(room, 1)
    while limit > 1 and sum(min(width, limit) for width in widths) > room:
        limit -= 1
    return [min(width, limit) for width in widths]


def sides(left: Line, right: Line, look: Look) -> Iterator[Line]:
    """Two pieces of one line, the second at the right edge; on a line of its own where both have no room."""
    free = look.width - width_of(left) - width_of(right)
    if right and free >= 2:  # noqa: PLR2004 - less would run them together
        yield [*left, (" " * free, ""), *right]
    else:
        yield left
        if right:
            yield right


def labelled(label: str, value: str, look: Look, style: str = "") -> Iterator[Line]:
    """A value behind its label, folded; nothing where there is no value."""
    if not value.strip():
        return
    shown = label
    for folded in text.fold(value, max(look.width - LABEL, 1)):
        yield [(shown.ljust(LABEL), "dim"), (folded, style)]
        shown = ""


def paragraph(value: str, look: Look, style: str = "") -> Iterator[Line]:
    """A sentence, folded."""
    for folded in text.fold(value, look.width):
        yield [(folded, style)]


def joined(parts: Sequence[str], separator: str, width: int) -> Iterator[str]:
    """Parts with a separator between them, broken into lines only between parts."""
    line = ""
    for part in parts:
        longer = f"{line}{separator}{part}" if line else part
        if line and text.cells(longer) > width:
            yield line
            line = part
        else:
            line = longer
    if line:
        yield line


def undo(operation_id: str | None) -> Iterator[Line]:
    """How to take it back; nothing where nothing changed."""
    if operation_id is not None:
        yield [(f"undo: dex undo {text.harmless(operation_id)}", "dim")]
