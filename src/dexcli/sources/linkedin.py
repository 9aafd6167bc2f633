"""LinkedIn's data export: connections, and what it says about its owner.

Connections.csv has changed over the years: a preamble or none, with or without the profile's address, dates
as `27 Jun 2026`, `15-Jan-24` or `1/8/18, 6:14 PM` (American, whatever the member's country).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dexcli.domain.names import fold
from dexcli.domain.records import (
    Checkpoint,
    Claim,
    InteractionRecord,
    Origin,
    ParticipantRecord,
    PersonRecord,
    Skipped,
    SourceItem,
)
from dexcli.sources import _cells, _csv
from dexcli.sources.base import FileClaim, Input, ReadOptions, Source

FORMAT = "linkedin"

NO_NAME = "no name"

_ORDER = "MDY"

_CONNECTIONS = frozenset({"first name", "connected on"})
_PROFILE = frozenset({"first name", "last name", "headline", "geo location"})
_ADDRESSES = frozenset({"email address", "confirmed", "primary"})
_PHONES = frozenset({"extension", "number", "type"})
_WHAT = {
    _CONNECTIONS: "LinkedIn connections",
    _PROFILE: "LinkedIn profile of the owner",
    _ADDRESSES: "LinkedIn e-mail addresses of the owner",
    _PHONES: "LinkedIn phone numbers of the owner",
}


def claims(head: bytes, name: str, options: ReadOptions) -> FileClaim | None:  # noqa: ARG001  # the protocol's
    """Recognise the files of an export by their columns, whatever they are called."""
    header = _csv.find_header(head, _is_header)
    return FileClaim(what=_WHAT[_kind(frozenset(header.names))]) if header else None


def open_file(input: Input, options: ReadOptions) -> Source:  # noqa: A002  # the protocol's name
    """A source over one file of an export."""
    header = _csv.find_header(_csv.read_head(input), _is_header)
    if header is None:
        return _csv.CsvSource(FORMAT, input, options, None, None)
    kind = _kind(frozenset(header.names))
    if kind is _CONNECTIONS:
        return _csv.CsvSource(FORMAT, input, options, header, _Connections(header))
    return _OwnerFile(input, header, {_PROFILE: _profile, _ADDRESSES: _addresses, _PHONES: _phones}[kind])


def _is_header(names: frozenset[str]) -> bool:
    return any(names >= columns for columns in _WHAT)


def _kind(names: frozenset[str]) -> frozenset[str]:
    return next(columns for columns in _WHAT if names >= columns)


class _Connections:
    """Reads the rows of Connections.csv: a person, and the day on which we connected."""

    def __init__(self, header: _csv.Header) -> None:
        column = {name: index for index, name in reversed(list(enumerate(header.names)))}
        self._first = column["first name"]
        self._last = column.get("last name")
        self._url = column.get("url")
        self._email = column.get("email address")
        self._connected = column["connected on"]
        known = {"company": "company", "position": "title"}
        used = {self._first, self._last, self._url, self._email, self._connected}
        self._plain = [
            (index, known.get(name, name)) for index, name in enumerate(header.names) if name and index not in used
        ]

    def __call__(self, cells: list[str], where: str) -> Sequence[SourceItem]:
        email = cells[self._email] if self._email is not None else ""
        url = cells[self._url] if self._url is not None else ""
        slug = _cells.profile_slug(url)
        last = cells[self._last] if self._last is not None else ""
        name = _cells.name_of(cells[self._first], last) or _cells.name_of(email or slug or url)
        if not name:
            # A member who withdrew leaves a row with nothing but the date.
            return (Skipped(where=where, reason=NO_NAME),)
        found = [Claim(field=field, value=cells[index]) for index, field in self._plain if cells[index]]
        if email:
            found.append(Claim(field="email", value=email))
        if url:
            found.append(Claim(field="url", value=url, label="linkedin" if slug else None))
        ref = slug or self._hash(name, email, found)
        person = PersonRecord(
            key=f"linkedin:{ref}",
            origin=Origin(source=FORMAT, ref=ref),
            where=where,
            name=name,
            claims=tuple(_cells.distinct(found)),
        )
        connected = cells[self._connected]
        if not connected:
            return (person,)
        try:
            when = _cells.read_when(connected, _ORDER)
        except ValueError as error:
            return (person, Skipped(where=where, reason=f"connected on: {error}"))
        if slug:
            participant = ParticipantRecord(kind="linkedin", value=slug, name=name)
        elif email:
            participant = ParticipantRecord(kind="email", value=email, name=name)
        else:
            participant = ParticipantRecord(kind="name", value=name, name=name)
        connection = InteractionRecord(
            key=f"linkedin-connection:{ref}",
            origin=Origin(source=FORMAT, ref=ref),
            where=where,
            when=when,
            kind="connection",
            participants=(participant,),
        )
        return (person, connection)

    @staticmethod
    def _hash(name: str, email: str, found: list[Claim]) -> str:
        company = next((claim.value for claim in found if claim.field == "company"), "")
        return _cells.digest(fold(name), email.casefold() or fold(company))


class _OwnerFile:
    """A file about the export's owner: all of its rows make one record, which is mine."""

    source = FORMAT
    account = ""

    def __init__(
        self,
        file: Input,
        header: _csv.Header,
        reader: Callable[[dict[str, str]], tuple[str, list[Claim]] | str],
    ) -> None:
        self._file = file
        self._header = header
        self._reader = reader

    def read(self, cursor: str | None) -> Iterator[SourceItem]:  # noqa: ARG002  # read anew: a few lines
        """Yield the owner. There is nothing to resume."""
        name = where = ""
        found: list[Claim] = []
        for line, row in _csv.data_rows(self._file, self._header):
            place = f"{self._file.name}:{line}"
            if row is None:
                yield Skipped(where=place, reason=_csv.UNREADABLE)
                continue
            cells = dict(zip(self._header.names, _csv.clean_cells(row), strict=False))
            if not any(cells.values()):
                continue
            said = self._reader(cells)
            if isinstance(said, str):
                yield Skipped(where=place, reason=said)
                continue
            name, where = name or said[0], where or place
            found += said[1]
        if where:
            ref = self._reader.__name__.strip("_")
            yield PersonRecord(
                key=f"linkedin-me:{ref}",
                origin=Origin(source=FORMAT, ref=ref),
                where=where,
                name=name,
                claims=tuple(_cells.distinct(found)),
                mine=True,
            )
        yield Checkpoint(cursor="")


def _profile(cells: dict[str, str]) -> tuple[str, list[Claim]] | str:
    name = _cells.name_of(cells["first name"], cells["last name"])
    if not name:
        return NO_NAME
    fields = {"headline": "title", "geo location": "location", "address": "address"}
    found = [Claim(field=field, value=cells[column]) for column, field in fields.items() if cells.get(column)]
    if birthday := cells.get("birth date"):
        day = _cells.day_claim("birthday", birthday, order=_ORDER)
        found += [day] if day else []
    found += [
        Claim(field="url", value=url)
        for part in cells.get("websites", "").strip("[]").split(",")
        if (url := part.strip())
    ]
    return name, found


def _addresses(cells: dict[str, str]) -> tuple[str, list[Claim]] | str:
    address = cells["email address"]
    if "@" not in address:
        return f"{_cells.first_line(address)!r} is not an e-mail address"
    if cells.get("confirmed", "").casefold() == "no":
        return f"{_cells.first_line(address)} was never confirmed to be yours"
    return "", [Claim(field="email", value=address)]


def _phones(cells: dict[str, str]) -> tuple[str, list[Claim]] | str:
    number = cells.get("number", "")
    if not number:
        return "no number"
    extension = cells.get("extension", "")
    whole = number if number.startswith("+") or not extension else f"+{extension.lstrip('+')} {number}"
    return "", [Claim(field="phone", value=whole, label=cells.get("type", "").casefold() or None)]
