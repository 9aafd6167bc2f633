"""A draft as the text that goes to an editor: a line for each row, aligned, and what may be done at the foot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dexcli.domain.draft import VERSION, Head, as_line
from dexcli.render.text import cells, clip, harmless
from dexcli.results.draft import DraftRow

_WIDEST_PERSON = 32
_WIDEST_NAME = 28
_MODELINE = re.compile(r"(?i)\b(?:vim?|ex|local variables)[^:]{0,40}:|-\*-")
"""What editors take for an order where it stands at the beginning or end of a file: modelines of vim and Emacs."""

_FOOT = """
# The first word of a line is what happens to it:
#
#   add, a            a new person
#   link, l PERSON    it is about somebody who is here: a handle, an e-mail, any
#                     name of one person; or @ROW, whomever that row is about
#   update, u         its source has spoken of this person before
#   skip, s           nothing at all; the same as to delete the line
#
# People can be changed from add, link or skip to any other of these. What is
# an update can be skipped, and so can entries, which are counted by kind.
# Nothing is done that has no line. What stands behind # is for you alone.
#
# sure    nothing speaks against it
# likely  a number and a name that fits, or one more person has an address of it
# unsure  may be somebody who is here: link it to them, or be asked later
"""


def text_of(head: Head, rows: Sequence[DraftRow], *, what: str, file: str) -> str:
    """The text of a draft; `what` it is of, and the `file` that it goes to."""
    told = "FILE" if file == "-" else _quiet(file)
    lines = [
        f"# {_quiet(what)}, as dex would import it.",
        f"# Change what you like, then: dex apply {told}",
        "",
        f"draft   {VERSION}",
        f"source  {head.source}",
        f"digest  {head.digest}",
        f"made    {head.made.isoformat()}",
        *([f"as      {head.format}"] if head.format else []),
        *(f"map     {as_line(*pair)}" for pair in head.columns.items()),
        f"rules   {head.rules}",
        f"rows    {head.count} {head.rows}",
    ]
    for title, some in (
        ("people", [row for row in rows if row.entries is None]),
        ("entries", [row for row in rows if row.entries is not None]),
    ):
        if some:
            lines += ["", f"# {title}", *_aligned(some)]
    if not rows:
        lines += ["", "# nothing would change"]
    return "\n".join(lines) + "\n" + _FOOT


def _aligned(rows: Sequence[DraftRow]) -> Iterator[str]:
    named = [clip(_quiet(_name(row)), _WIDEST_NAME) for row in rows]
    person = min(max(len(row.person or "") for row in rows), _WIDEST_PERSON)
    name = max(map(cells, named))
    for row, shown in zip(rows, named, strict=True):
        action = row.action.ljust(6)
        who = (row.person or "").ljust(person)
        told = f"{shown}{' ' * (name - cells(shown))}  {row.confidence:<6}  {_quiet(row.reason)}"
        yield f"{action} {row.row} {who}{' ' if person else ''}# {told}"


def _name(row: DraftRow) -> str:
    if row.entries is None:
        return row.name
    return f"{row.entries:,} {'entry' if row.entries == 1 else 'entries'}: {row.name}"


def _quiet(text: str) -> str:
    """Foreign text behind `#`: one line, and nothing that an editor would obey."""
    return _MODELINE.sub(lambda found: found[0].replace(":", "").replace("-*-", ""), harmless(text))
