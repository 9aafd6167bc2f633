"""The screen of `dex search`: one row for each hit, with marks round what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dexcli.render.layout import STACKED, Line, Look, Piece, paragraph, row, sides, stack, width_of
from dexcli.render.search_words import who
from dexcli.render.text import cells, day, harmless
from dexcli.results.search import SearchItem, SearchList, SnippetInfo

_GAP = 2
_KIND, _WHO = 12, 24
"""Columns that a kind and names take at most."""
_FOUND = 36
"""Columns that are kept for what was found, where the screen has them."""
_TITLE = 20
"""Columns of a title in which nothing was found, before the text in which something was."""
_HIT = "bold"


def search_list(result: SearchList, look: Look) -> Iterator[Line]:
    """People, then history."""
    if not result.items:
        yield [("Nothing found.", "")]
        yield from _ahead(result, look)
        return
    rows = [(_cells(item, look), _found(item, look)) for item in result.items]
    yield from _table(rows, look) if look.width >= STACKED else _stack(rows, look)
    more = "" if result.total_exact else "more than "
    shown = f"{len(result.items):,} of {more}{result.total:,}"
    if len(result.items) < result.total:
        shown += ": --limit 0 for all"
    yield from sides([(shown, "dim")], [(f"dex show {harmless(result.items[0].id)}", "dim")], look)
    yield from _ahead(result, look)


def _stack(rows: Sequence[tuple[list[Piece], Line]], look: Look) -> Iterator[Line]:
    """Who, and below what was found."""
    for (id_, when, what, who_), found in rows:
        right = (look.dot.join(shown for shown in (what[0], when[0]) if shown), "dim")
        below = _fitting(found, look.width - cells(id_[0]) - 4, look)
        yield from stack([(who_, right, [[id_, ("  ", ""), *below]])], look)


def _table(rows: Sequence[tuple[list[Piece], Line]], look: Look) -> Iterator[Line]:
    """A line for each."""
    head: list[Piece] = [(word, "dim") for word in ("Id", "When", "What", "Who")]
    widths = [max(cells(pieces[at][0]) for pieces in (head, *(one for one, _ in rows))) for at in range(4)]
    widths[2] = min(widths[2], _KIND)
    room = look.width - sum(widths[:3]) - 4 * _GAP
    widths[3] = min(widths[3], _WHO, max(room - _FOUND, room // 3, 1))
    left = max(room - widths[3], 1)
    head.append(("Found", "dim"))
    yield row(head, [*widths, left], look)
    for pieces, found in rows:
        yield [*row([*pieces, ("", "")], [*widths, 0], look), *_fitting(found, left, look)]


def _ahead(result: SearchList, look: Look) -> Iterator[Line]:
    if result.ahead:
        some = "1 lies ahead" if result.ahead == 1 else f"{result.ahead} lie ahead"
        yield from paragraph(f"{some}: add since:tomorrow", look, "dim")


def _cells(item: SearchItem, look: Look) -> list[Piece]:
    when = "" if item.on is None else day(item.on, look.today)
    arrow = look.arrow(item.direction) if item.kind == "mail" else ""
    return [
        (harmless(item.id), "dim"),
        (when, ""),
        (f"{harmless(_what(item))} {arrow}".strip(), ""),
        (harmless(who(item, state=False)), "" if item.person is None else "bold"),
    ]


def _what(item: SearchItem) -> str:
    """The kind of an entry; of somebody who was let go, how."""
    return item.kind if item.person is None or item.person.state == "active" else item.person.state


def _found(item: SearchItem, look: Look) -> Line:
    """What was found, with its field where that is not plain."""
    snippets = [one for one in item.snippets if item.person is None or one.field != "name"]
    if item.person is not None and not snippets:
        return [(harmless(item.person.handle), "dim")]
    marked = any(one.marks for one in snippets)
    line: Line = []
    for one in snippets:
        if line:
            line.append((look.dot, "dim"))
        if item.person is not None:
            line.append((f"{harmless(one.field)}: ", "dim"))
        if marked and not one.marks:
            line.append((look.clip(harmless(one.text), _TITLE), ""))
        else:
            line += _marked(one, look)
    return line


def _marked(snippet: SnippetInfo, look: Look) -> Line:
    """A snippet with marks round its hits, which show without colour too."""
    line: Line = []
    at = 0
    for start, end in snippet.marks:
        if at <= start < end <= len(snippet.text):
            line.append((harmless(snippet.text[at:start]), ""))
            line.append((look.mark(harmless(snippet.text[start:end])), _HIT))
            at = end
    line.append((harmless(snippet.text[at:]), ""))
    return [piece for piece in line if piece[0]]


def _fitting(line: Line, width: int, look: Look) -> Line:
    """As much of a line as has room, its first hit in it."""
    first = next((at for at, (_, style) in enumerate(line) if style == _HIT), None)
    if first is not None and width_of(line[: first + 1]) > width:
        lead = "".join(shown for shown, _ in line[:first])
        kept = max((width - cells(line[first][0])) // 2 - len(look.ellipsis), 0)
        while lead and cells(lead) > kept:
            lead = lead[max(1, (len(lead) - kept) // 2) :]
        lead = lead[lead.find(" ") + 1 :]
        line = [(look.ellipsis + lead, ""), *line[first:]]
    room, fitting = width, list[Piece]()
    for shown, style in line:
        part = look.clip(shown, room)
        fitting.append((part, style))
        room -= cells(part)
        if part != shown or room <= 0:
            break
    return fitting
