"""Google Contacts CSV, with the headers of before and of since 2024.

What there may be several of is numbered: `E-mail 1 - Label`, `E-mail 1 - Value`; several values in one cell
stand between ` ::: `; a label that begins with `* ` marks the primary one, a group that does is Google's own.
"""

from __future__ import annotations

import re

from dexcli.sources import _cells, _csv, _people
from dexcli.sources.base import FileClaim, Input, ReadOptions, Source

FORMAT = "google"

_NUMBERED = re.compile(
    r"(e-mail|phone|address|organization|website|relation|event|im|custom field|external id|jot"
    r"|calendar link) ([0-9]{1,3}) - (.+)"
)
_FIELDS = {
    "name": "name",
    "first name": "first",
    "given name": "first",
    "middle name": "middle",
    "additional name": "middle",
    "last name": "last",
    "family name": "last",
    "name prefix": "prefix",
    "name suffix": "suffix",
    "nickname": "alias",
    "maiden name": "maiden name",
    "organization name": "company",
    "organization title": "title",
    "organization department": "department",
    "birthday": "birthday",
    "notes": "note",
    "labels": "tags",
    "group membership": "tags",
}
_VALUES = {
    "e-mail": "email",
    "phone": "phone",
    "website": "url",
    "relation": "relation",
    "im": "im",
    "event": "date",
    "custom field": "custom",
    "external id": "external id",
    "jot": "jot",
    "calendar link": "calendar link",
}
_ADDRESS = {
    "formatted": "address",
    "street": "street",
    "city": "city",
    "po box": "street",
    "region": "region",
    "postal code": "postcode",
    "country": "country",
    "extended address": "street",
}
_ORGANIZATION = {"name": "company", "title": "title", "department": "department", "location": "location"}
_IGNORED = frozenset({"photo", "file as", "initials", "short name", "priority", "sensitivity", "language"})
_PHONETIC = ("phonetic", "yomi")


def claims(head: bytes, name: str, options: ReadOptions) -> FileClaim | None:  # noqa: ARG001  # the protocol's
    """Recognise the numbered columns, which no other program writes in this way."""
    return FileClaim(what="Google Contacts") if _csv.find_header(head, _is_header) else None


def open_file(input: Input, options: ReadOptions) -> Source:  # noqa: A002  # the protocol's name
    """A source over one file of contacts."""
    header = _csv.find_header(_csv.read_head(input), _is_header)
    if header is None:
        return _csv.CsvSource(FORMAT, input, options, None, None)
    reader = _people.PeopleReader(FORMAT, _columns(header), order=options.date_order, split_tags=_groups_of_the_user)
    return _csv.CsvSource(FORMAT, input, options, header, reader)


def _is_header(names: frozenset[str]) -> bool:
    named = not names.isdisjoint({"name", "first name", "given name"})
    return named and (any(_NUMBERED.fullmatch(name) for name in names) or {"file as", "labels"} <= names)


def _columns(header: _csv.Header) -> list[_people.Column]:
    labels: dict[tuple[str, str], int] = {}
    for index, name in enumerate(header.names):
        match = _NUMBERED.fullmatch(name)
        if match and match[3] in ("label", "type", "service"):
            labels[match[1], match[2]] = index
    columns = []
    for index, name in enumerate(header.names):
        match = _NUMBERED.fullmatch(name)
        field = _numbered_field(match[1], match[3]) if match else _single_field(name)
        if field is not None:
            label_index = labels.get((match[1], match[2])) if match and match[1] != "organization" else None
            columns.append(_people.Column(index=index, field=field, label_index=label_index))
    return columns


def _single_field(name: str) -> str | None:
    if not name or name in _IGNORED or any(word in name for word in _PHONETIC):
        return None
    return _FIELDS.get(name, name)


def _numbered_field(group: str, part: str) -> str | None:
    if group == "address":
        return _ADDRESS.get(part)
    if group == "organization":
        return _ORGANIZATION.get(part)
    return _VALUES[group] if part == "value" else None


def _groups_of_the_user(text: str) -> list[str]:
    return [group for group in _cells.groups(text) if not group.startswith("* ")]
