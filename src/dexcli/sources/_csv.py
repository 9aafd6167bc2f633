"""Rows of a CSV file as they come: delimiter, header row, broken quotes, line numbers, where to resume."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO, cast

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

BLOCK = 64 * 1024
"""Characters read at a time."""

_LINE_ENDS = ("\n", "\r\n", "\r")

_TOO_LONG = '"\ud800\n'
"""Stands for a line that is longer than any row; no text that was decoded has such a character."""

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
    balanced (`"Ada" L.,x`) is read loosely. A row that is too long is one unreadable row, to its end, where its quotes
    are in order: what looks like rows in one of its cells is none. Takes time linear in the text, whatever the quotes.
    """
    csv.field_size_limit(MAX_FIELD)
    lines = _Lines(text, delimiter)
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
            if lines.pass_over_long_row():
                yield first, None
                continue
            yield first, _row_of_one_line(taken[0], delimiter)
            lines.put_back(taken[1:])
            end = first + len(taken) - 1
            if first <= distrusted:
                # The second failure in one stretch: to be done with it, each of its lines is a row.
                while lines.number < end:
                    row = _row_of_one_line(lines.take(), delimiter)
                    if row != []:
                        yield lines.number, row
            distrusted = max(distrusted, end)
            continue
        if row:
            yield lines.first, row


class _Lines:
    """Physical lines, numbered; those of the current row are remembered and can be put back."""

    def __init__(self, text: TextIO, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        self._again: deque[str] = deque()
        self._spools: list[TextIO] = []
        """Lines that come after those in `_again`, the last of these files first."""
        self._block: deque[str] = deque()
        self._rest = ""
        """The beginning of the line after the block."""
        self._is_cut = False
        """The last line of the block is `_TOO_LONG`, its text begins in `_rest` and has still to be read."""
        self._size = 0
        self._quotes: _Quotes | None = None
        """Of the current row, where its last line is longer than any row."""
        self._looked_at = 0
        """The rows on the lines up to this one were not found to end when they were too long."""
        self.number = 0
        self.first = 1
        self.taken: list[str] = []

    def begin_row(self) -> None:
        """Begin the next row; blank lines before it are passed over, by the block where there are many."""
        if not self._again and not self._spools:
            while self._block or self._load(passing_over_blank=True):
                while self._block and self._block[0] in _LINE_ENDS:
                    self._block.popleft()
                    self.number += 1
                if self._block:
                    break
        self.first = self.number + 1
        self.taken = []
        self._size = 0
        self._quotes = None

    def put_back(self, lines: Sequence[str]) -> None:
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)

    def take(self) -> str:
        """The next line by itself."""
        line = self._next()
        if self._is_cut and not self._block:
            self._follow(_Quotes(self._delimiter))
        self.number += 1
        return line

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._next()
        if not line:
            raise StopIteration
        if self._is_cut and not self._block:
            self._quotes = _Quotes(self._delimiter, self.taken)
            self._follow(self._quotes)
        self.number += 1
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_ROW or line == _TOO_LONG:
            raise csv.Error("row too long")
        return line

    def pass_over_long_row(self) -> bool:
        """Whether the row that could not be read is only too long: its quotes are in order, and it ends.

        It is passed over then. If it does not end as it should, everything behind it is still to be read.
        """
        if (self._size <= MAX_FIELD and self._quotes is None) or self.first <= self._looked_at:
            return False
        import tempfile

        quotes = self._quotes or _Quotes(self._delimiter, self.taken)
        file = tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="")  # noqa: SIM115  # kept
        spool = cast("TextIO", file)
        passed = 0
        while quotes.are_open and (line := self._next()):
            passed += 1
            spool.write(line)
            if self._is_cut and not self._block:
                self._follow(quotes)
            else:
                quotes.feed(line)
        if quotes.are_in_order:
            spool.close()
            self.number += passed
            return True
        spool.seek(0)
        self._spools.append(spool)
        self._looked_at = self.number + passed - (not quotes.are_open)
        return False

    def _next(self) -> str:
        """The next physical line, `_TOO_LONG` for one that is longer than any row, nothing at the end."""
        if self._again:
            return self._again.popleft()
        while self._spools:
            line = self._spools[-1].readline()
            if line:
                return line
            self._spools.pop().close()
        while not self._block and self._load():
            pass
        return self._block.popleft() if self._block else ""

    def _load(self, *, passing_over_blank: bool = False) -> bool:
        """Read the next block, False at the end; one of nothing but line ends is only counted where that is wanted."""
        chunk = self._text.read(BLOCK)
        text = self._rest + chunk
        if not chunk:
            self._rest = ""
            self._block.extend(io.StringIO(text, newline=""))
            return bool(text)
        last = len(text) - text.endswith("\r")  # its LF may be in the next block
        end = max(text.rfind("\n", 0, last), text.rfind("\r", 0, last)) + 1
        text, self._rest = text[:end], text[end:]
        if passing_over_blank and text.count("\n") + text.count("\r") == len(text):
            self.number += len(text) - text.count("\r\n")
        else:
            self._block.extend(io.StringIO(text, newline=""))
        if len(self._rest) > MAX_ROW:
            self._block.append(_TOO_LONG)
            self._is_cut = True
        return True

    def _follow(self, quotes: _Quotes) -> None:
        """Read a line that is longer than any row to its end, and only follow its quotes."""
        self._is_cut = False
        piece, self._rest = self._rest, ""
        while piece and not piece.endswith(("\n", "\r")):
            quotes.feed(piece)
            piece = self._text.readline(BLOCK)
        quotes.feed(piece)


class _Quotes:
    """Follows the quotes of one row, strictly as `read_rows` does, without keeping its text."""

    def __init__(self, delimiter: str, lines: Iterable[str] = ()) -> None:
        self._delimiter = delimiter
        self._state = "start"
        """`start` of a cell, `plain` cell, `quoted` cell, behind a quote `in` one; `end` of the row, or `broken`."""
        for line in lines:
            self.feed(line)

    @property
    def are_open(self) -> bool:
        """Whether the row goes on."""
        return self._state not in ("end", "broken")

    @property
    def are_in_order(self) -> bool:
        """Whether the row has ended as it should, or does where the text ends here."""
        return self._state not in ("quoted", "broken")

    def feed(self, text: str) -> None:
        """Go on with a line or a part of one."""
        at = 0
        if text == _TOO_LONG:
            self._state = "broken"
        while at < len(text) and self.are_open:
            if self._state == "quoted":
                at = text.find('"', at) + 1
                if not at:
                    return
                self._state = "in"
            elif self._state == "plain":
                at = text.find(self._delimiter, at) + 1
                self._state = "start" if at else "end" if text.endswith(("\n", "\r")) else "plain"
                if not at:
                    return
            else:
                at += self._step(text[at])

    def _step(self, character: str) -> int:
        """Pass a character at the start of a cell or behind a quote; how many to go on by."""
        if self._state == "start":
            if character != " ":
                self._state = "quoted" if character == '"' else "plain"
            return int(character in ' "')
        if character == '"':
            self._state = "quoted"
        elif character == self._delimiter:
            self._state = "start"
        else:
            self._state = "end" if character in "\r\n" else "broken"
        return 1


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
