"""Outlook's CSV of contacts, which Google and Roundcube write as well.

`Title` is how a person is addressed, `Job Title` what they do; categories stand between `;`; dates follow
the country of whoever exported them.
"""

from __future__ import annotations

from dexcli.sources import _cells, _csv, _people
from dexcli.sources.base import FileClaim, Input, ReadOptions, Source

FORMAT = "outlook"

_OWN = frozenset(
    {
        *("e-mail address", "e-mail 2 address", "e-mail 3 address", "e-mail display name", "e-mail type"),
        *("business phone", "business phone 2", "business street", "business city", "business fax"),
        *("company main phone", "assistant's phone", "manager's name", "office location", "other street"),
        *("internet free busy", "referred by", "primary phone", "home street", "car phone", "radio phone"),
    }
)
_ENOUGH = 2
"""One of these titles may stand in anybody's table."""

_FIELDS = {
    "title": "prefix",
    "suffix": "suffix",
    "job title": "title",
    "web page": "url",
    "location": "location",
    "callback": "phone",
    "company main phone": "phone",
    "other phone": "phone",
    "radio phone": "phone",
    "isdn": "phone",
    "telex": "phone",
}
_IGNORED = frozenset(
    {
        *("initials", "internet free busy", "language", "gender", "priority", "private", "sensitivity"),
        *("e-mail type", "e-mail 2 type", "e-mail 3 type"),
        *("e-mail display name", "e-mail 2 display name", "e-mail 3 display name"),
    }
)
_URL = "website "


def claims(head: bytes, name: str, options: ReadOptions) -> FileClaim | None:  # noqa: ARG001  # the protocol's
    """Recognise several of the columns that are Outlook's own."""
    return FileClaim(what="Outlook contacts") if _csv.find_header(head, _is_header) else None


def open_file(input: Input, options: ReadOptions) -> Source:  # noqa: A002  # the protocol's name
    """A source over one file of contacts."""
    header = _csv.find_header(_csv.read_head(input), _is_header)
    if header is None:
        return _csv.CsvSource(FORMAT, input, options, None, None)
    columns = [column for index, name in enumerate(header.names) if (column := _column(index, name)) is not None]
    reader = _people.PeopleReader(FORMAT, columns, order=options.date_order, split_tags=_cells.several)
    return _csv.CsvSource(FORMAT, input, options, header, reader)


def _is_header(names: frozenset[str]) -> bool:
    return len(names & _OWN) >= _ENOUGH


def _column(index: int, name: str) -> _people.Column | None:
    if not name or name in _IGNORED:
        return None
    if name in _FIELDS:
        return _people.Column(index=index, field=_FIELDS[name])
    if name.startswith(_URL):
        return _people.Column(index=index, field="url", label=name.removeprefix(_URL))
    field, label = _people.meaning(name) or (name, None)
    return _people.Column(index=index, field=field, label=label)
