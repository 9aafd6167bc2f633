"""Rows of a CSV file as they come: delimiter, header row, broken quotes, line numbers, where to resume."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO

from msgspec import Struct

from dexcli.domain.records import Checkpoint, Skipped, SourceItem
from dexcli.sources._text import clean, decode, open_text
from dexcli.sources.base import CHECKPOINT_EVERY, HEAD_BYTES, Input, ReadOptions

DELIMITERS = (",", ";", "\t")

MAX_FIELD = 2 * 1024 * 1024
"""Characters in one cell."""

MAX_ROW = 2 * MAX_FIELD
"""Characters in one row, and so the most that an unclosed quote can make us hold."""

MAX_TITLE = 200
"""Characters of a column title; the rest is ignored."""

HEADER_WITHIN = 30
"""A header row stands within so many rows: exports begin with notes to the reader."""

MOST_ITEMS_PER_ROW = 4
"""What one row may become at most: a person, a connection, and what was skipped about them."""

UNREADABLE = f"a quote is never closed, or the row is longer than {MAX_ROW:,} characters"

_TOO_LONG = '"'
"""Stands for a line that is longer than any row: a lone quote is no row either."""

RowReader = Callable[[list[str], str], Sequence[SourceItem]]
"""Turns clean cells, exactly as many as the header has titles, and their `where` into items."""


class Header(Struct, frozen=True, kw_only=True):
    """The row that names the columns."""

    delimiter: str
    line: int
    """Number of the line on which it stands, from 1."""
    titles: tuple[str, ...]
    """As written, trimmed."""
    names: tuple[str, ...]
    """The titles as `fold_title` makes them comparable."""


def fold_title(title: str) -> str:
    """A column title for comparison: lower case, no accents, single spaces, not endless."""
    decomposed = unicodedata.normalize("NFKD", clean(title[:MAX_TITLE]))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("_", " ").split())


def find_header(head: bytes, is_header: Callable[[frozenset[str]], bool]) -> Header | None:
    """Find the row whose folded titles `is_header` accepts, and with it the delimiter.

    Where several delimiters find one, the one that gives the most columns is right.
    """
    text = decode(head)
    best: Header | None = None
    for delimiter in DELIMITERS:
        if delimiter not in text and delimiter != DELIMITERS[0]:
            continue
        for number, (line, row) in enumerate(read_rows(io.StringIO(text, newline=""), delimiter)):
            if number >= HEADER_WITHIN:
                break
            names = tuple(map(fold_title, row or ()))
            if is_header(frozenset(names)):
                if best is None or len(names) > len(best.names):
                    titles = tuple(clean(title[:MAX_TITLE]) for title in row or ())
                    best = Header(delimiter=delimiter, line=line, titles=titles, names=names)
                break
    return best


def read_rows(text: TextIO, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each row that is not blank with the number of the line it starts on; None for an unreadable one.

    Quoting is read strictly, so that a stray quote is noticed and not taken for a cell that holds half the
    file: its line alone is given up and reading goes on with the next. A line whose quotes are odd but
    balanced (`"Ada" L.,x`) is read loosely. Takes time linear in the text, whatever the quotes.
    """
    csv.field_size_limit(MAX_FIELD)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    distrusted = 0
    while True:
        lines.begin_row()
        try:
            row: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error:
            first, taken = lines.first, lines.taken
            yield first, _row_of_one_line(taken[0], delimiter)
            lines.put_back(taken[1:])
            end = first + len(taken) - 1
            if first <= distrusted:
                # The second failure in one stretch: to be done with it, each of its lines is a row.
                while lines.number < end:
                    row = _row_of_one_line(next(lines), delimiter)
                    if row != []:
                        yield lines.number, row
            distrusted = max(distrusted, end)
            continue
        if row:
            yield lines.first, row


class _Lines:
    """Physical lines, numbered; those of the current row are remembered and can be put back."""

    def __init__(self, text: TextIO) -> None:
        self._readline = text.readline
        self._again: deque[str] = deque()
        self._size = 0
        self.number = 0
        self.first = 1
        self.taken: list[str] = []

    def begin_row(self) -> None:
        self.first = self.number + 1
        self.taken = []
        self._size = 0

    def put_back(self, lines: Sequence[str]) -> None:
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._readline(MAX_ROW)
        if not line:
            raise StopIteration
        if len(line) == MAX_ROW and not line.endswith(("\n", "\r")):
            while line and not line.endswith(("\n", "\r")):
                line = self._readline(MAX_ROW)
            line = _TOO_LONG
        self.number += 1
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_ROW:
            raise csv.Error("row too long")
        return line


def _row_of_one_line(line: str, delimiter: str) -> list[str] | None:
    """A line read by itself with loose quotes; None where a quote stays open."""
    lines = iter((line, "\n"))
    try:
        row = next(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return None
    return row if next(lines, None) is not None else None


class CsvSource:
    """A CSV file as a source: what to make of a row is the format's `RowReader`."""

    account = ""

    def __init__(
        self,
        source: str,
        file: Input,
        options: ReadOptions,
        header: Header | None,
        reader: RowReader | None,
    ) -> None:
        self.source = source
        self._file = file
        self._options = options
        self._header = header
        self._reader = reader

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Yield what the rows say. The cursor is a row count and a hash of the beginning and the options."""
        fingerprint = self._fingerprint()
        start = _rows_done(cursor, fingerprint)
        if self._header is None or self._reader is None:
            yield Skipped(where=self._file.name, reason="no row that names the columns")
            yield Checkpoint(cursor=f"0:{fingerprint}")
            return
        count = items = 0
        for count, (line, row) in enumerate(data_rows(self._file, self._header), 1):  # used below
            if count <= start:
                continue
            found = row_items(self._file, self._header, line, row, self._reader)
            yield from found
            items += len(found)
            if items > CHECKPOINT_EVERY - MOST_ITEMS_PER_ROW:
                yield Checkpoint(cursor=f"{count}:{fingerprint}")
                items = 0
        if count < start:  # the file is shorter than it was
            yield from self.read(None)
            return
        yield Checkpoint(cursor=f"{count}:{fingerprint}")

    def _fingerprint(self) -> str:
        """Tells whether a cursor was written for these bytes, read in this way."""
        digest = hashlib.sha256(read_head(self._file))
        digest.update(repr((self._options.date_order, sorted(self._options.columns.items()))).encode())
        return digest.hexdigest()


def read_head(file: Input) -> bytes:
    """The beginning of a file, as much as a format may look at."""
    with file.open() as stream:
        return stream.read(HEAD_BYTES)


def data_rows(file: Input, header: Header) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the rows below the header with their line numbers; None for an unreadable one."""
    with open_text(file) as text:
        for line, row in read_rows(text, header.delimiter):
            if line > header.line:
                yield line, row


def row_items(file: Input, header: Header, line: int, row: list[str] | None, reader: RowReader) -> Sequence[SourceItem]:
    """Clean one row, fit it to the header and let the format read it; a blank row is nothing."""
    where = f"{file.name}:{line}"
    if row is None:
        return (Skipped(where=where, reason=UNREADABLE),)
    cells = clean_cells(row)
    width, given = len(header.names), len(cells)
    if given > width:
        if any(cells[width:]):
            reason = f"{given} cells under {width} titles: a cell with a delimiter in it needs quotes"
            return (Skipped(where=where, reason=reason),)
        del cells[width:]
    elif given < width:
        cells += [""] * (width - given)
    if not any(cells):
        return ()
    return reader(cells, where)


def clean_cells(row: Iterable[str]) -> list[str]:
    """The cells of a row as people mean them."""
    return [clean(cell) if cell else "" for cell in row]


def _rows_done(cursor: str | None, fingerprint: str) -> int:
    count, _, seen = (cursor or "").partition(":")
    return int(count) if seen == fingerprint and count.isdecimal() else 0
