"""Any other CSV: a table of people or of interactions, understood by its titles or by what the user says.

A title is known in English, in some German, French and Spanish, or from `--map TITLE=FIELD`. `PEOPLE_FIELDS`
and `INTERACTION_FIELDS` list what FIELD may be; `-` leaves a column out. What is not known about
people is kept under its own title; about interactions it is left out, which the claim says. A table is one of
interactions when it has a date, somebody it was with, and what it was.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from datetime import date, datetime

from dexcli.domain.names import fold
from dexcli.domain.records import (
    InteractionRecord,
    Origin,
    ParticipantRecord,
    Skipped,
    SourceItem,
)
from dexcli.errors import UsageError
from dexcli.sources import _cells, _csv, _people
from dexcli.sources.base import FileClaim, Input, ReadOptions, Source

FORMAT = "csv"

IGNORE = "-"

PEOPLE_FIELDS = (
    *("name", "first", "middle", "last", "prefix", "suffix", "alias", "email", "phone", "url", "linkedin"),
    *("company", "title", "department", "location", "address", "birthday", "anniversary", "met_on"),
    *("met_where", "note", "tags", "cadence", "last_contact"),
)
"""What a column about a person may be mapped to."""

INTERACTION_FIELDS = (
    *("date", "with", "email", "phone", "linkedin", "kind", "direction", "title", "note", "place"),
    "minutes",
)
"""What a column of a table of interactions may be mapped to; such a table has `date`."""

_TITLES: dict[str, str] = {
    title: field
    for field, titles in {
        "date": "date|when|day|date/time|datetime|timestamp|happened on|occurred on|start|datum|fecha",
        "with": "with|person|people|who|name|full name|contact|contacts|contact name|participants|attendees|"
        "handle|mit|wer|personne|avec|persona|con|nom|nombre",
        "email": "email|e-mail|email address|e-mail address|mail",
        "phone": "phone|phone number|mobile|telefon|telephone|telefono",
        "linkedin": "linkedin|linkedin url|profile url",
        "kind": "kind|type|channel|medium|activity|art|tipo",
        "direction": "direction|richtung|sens|direccion",
        "title": "title|subject|topic|summary|betreff|thema|sujet|objet|asunto|tema",
        "note": "note|notes|body|text|description|details|comment|content|notiz|notizen|nota|notas",
        "place": "place|location|where|venue|ort|lieu|lugar",
        "minutes": "minutes|duration|duration (minutes)|duration (min)|minuten|dauer|duree|duracion",
    }.items()
    for title in titles.split("|")
}
_SAME_FIELD = {
    "person": "with",
    "name": "with",
    "subject": "title",
    "body": "note",
    "location": "place",
    "duration": "minutes",
}
"""Other words for the fields of an interaction."""
_PERSON_COLUMNS = frozenset({"with", "email", "phone", "linkedin"})
_WHAT_COLUMNS = frozenset({"kind", "title", "note"})
_OURS = frozenset({"handle", "uid", "last contact on", "next due on", "snoozed until"})
"""Columns that together only our own exports have; they lose what cannot stand in a cell."""

_NAMING = frozenset({"name", "first", "last", "alias"})

_DIRECTIONS = {
    **dict.fromkeys(("in", "incoming", "inbound", "received", "from them"), "in"),
    **dict.fromkeys(("out", "outgoing", "outbound", "sent", "to them"), "out"),
    **dict.fromkeys(("both", "mutual"), "both"),
}
_KINDS = {
    **dict.fromkeys(("email", "e-mail", "courriel", "correo"), "mail"),
    **dict.fromkeys(("phone", "phone call", "video call", "telephone", "anruf", "appel", "llamada"), "call"),
    **dict.fromkeys(("sms", "text", "text message", "chat", "nachricht"), "message"),
    **dict.fromkeys(("breakfast", "lunch", "dinner", "essen", "mittagessen", "abendessen"), "meal"),
    **dict.fromkeys(("in person", "treffen", "besprechung", "reunion"), "meeting"),
    **dict.fromkeys(("kaffee", "cafe"), "coffee"),
}
"""Words of others for kinds that we have; any other word is a kind of its own."""
_MARKUP = re.compile(rb"[\xef\xbb\xbf\xff\xfe\x00\s]*[{<]")
"""How JSON, HTML and XML begin, and no table does."""
_ABOUT_THE_OWNER = (
    frozenset({"published on", "publisher"}),
    frozenset({"invoice number"}),
    frozenset({"verification type"}),
    frozenset({"text", "creation date", "status"}),
    frozenset({"endorsement date"}),
)
"""Tables of a LinkedIn export that have names in them and are no address books."""


def claims(head: bytes, name: str, options: ReadOptions) -> FileClaim | None:  # the protocol's
    """Claim a table whose titles are understood, or that the user explains; gives way to any other format."""
    header = _header(head, options)
    if header is None:
        return None
    if not options.columns and set(header.names) >= _OURS:
        raise UsageError(
            f"{name} is a table that dex has exported, and comes back as another person each",
            hint="dex export --as jsonl, or vcard, is made to be read again; --map COLUMN=FIELD reads this one even so",
        )
    subject = _subject(header, options)
    told = set(map(_csv.fold_title, options.columns))
    return FileClaim(
        what=f"CSV of {subject}",
        generic=True,
        left_out=tuple(
            title
            for title, name, (field, _) in zip(header.titles, header.names, _fields(header, options), strict=True)
            if field == IGNORE and name and name not in told
        ),
        names_people=subject == "people",
    )


def open_file(input: Input, options: ReadOptions) -> Source:  # noqa: A002  # the protocol's name
    """A source over one table. Raises UsageError where `options.columns` does not fit the file.

    Whoever names the format may leave more open than `claims` does: one title that names somebody is enough.
    """
    head = _csv.read_head(input)
    header = _header(head, options) or _csv.find_header(head, _names_somebody)
    if options.columns:
        header = _mapped_header(head, header, input.name, options)
    if header is None:
        return _csv.CsvSource(FORMAT, input, options, None, None)
    fields = _fields(header, options)
    reader: _csv.RowReader
    if _subject(header, options) == "interactions":
        reader = _InteractionReader(fields, header, options.date_order)
    else:
        columns = [
            _people.Column(index=index, field=field, label=label)
            for index, (field, label) in enumerate(fields)
            if field != IGNORE
        ]
        reader = _people.PeopleReader(FORMAT, columns, order=options.date_order)
    return _csv.CsvSource(FORMAT, input, options, header, reader)


def _header(head: bytes, options: ReadOptions) -> _csv.Header | None:
    if _MARKUP.match(head):
        return None
    if options.columns:
        wanted = frozenset(map(_csv.fold_title, options.columns))
        return _csv.find_header(head, lambda names: names >= wanted)
    return _csv.find_header(head, lambda names: _is_interactions(names) or _is_people(names))


def _mapped_header(head: bytes, header: _csv.Header | None, name: str, options: ReadOptions) -> _csv.Header | None:
    """The header that has every mapped column; says which columns there are where one is missing."""
    for field in options.columns.values():
        known = {*PEOPLE_FIELDS, *INTERACTION_FIELDS, *_SAME_FIELD, IGNORE}
        if field not in known:
            near = difflib.get_close_matches(field, sorted(known), n=1)
            raise UsageError(
                f"--map: there is no field {field!r}" + (f", did you mean {near[0]!r}?" if near else ""),
                hint=f"people: {', '.join(PEOPLE_FIELDS)}; interactions: {', '.join(INTERACTION_FIELDS)}",
            )
    if header is None:
        header = _csv.find_header(head, _names_somebody) or _csv.find_header(head, any)
    if header is None:
        return None
    missing = [title for title in options.columns if _csv.fold_title(title) not in header.names]
    if missing:
        titles = ", ".join(title for title in header.titles if title)
        raise UsageError(f"--map: {name} has no column {missing[0]!r}", hint=f"its columns are: {titles[:1000]}")
    subject = _subject(header, options)
    allowed: tuple[str, ...] = INTERACTION_FIELDS if subject == "interactions" else PEOPLE_FIELDS
    also = _SAME_FIELD.keys() if subject == "interactions" else ()
    wrong = [field for field in options.columns.values() if field not in (*allowed, *also, IGNORE)]
    if wrong:
        raise UsageError(
            f"--map: {wrong[0]!r} is no field of a table of {subject}",
            hint=f"{subject}: {', '.join(allowed)}",
        )
    return header


def _subject(header: _csv.Header, options: ReadOptions) -> str:
    mapped = set(options.columns.values())
    about_people = mapped & (set(PEOPLE_FIELDS) - set(INTERACTION_FIELDS) - _SAME_FIELD.keys())
    if "date" in mapped or (not about_people and _is_interactions(frozenset(header.names))):
        return "interactions"
    return "people"


def _is_interactions(names: frozenset[str]) -> bool:
    fields = {_TITLES[name] for name in names if name in _TITLES}
    return "date" in fields and bool(fields & _PERSON_COLUMNS) and bool(fields & _WHAT_COLUMNS)


def _is_people(names: frozenset[str]) -> bool:
    """Somebody is named and something is said about them, or every column holds an address."""
    if any(names >= other for other in _ABOUT_THE_OWNER):
        return False
    known = [found[0] for name in names if (found := _people.meaning(name))]
    fields = set(known)
    named = bool(fields & _NAMING) and (len(fields) > 1)
    return named or (fields == {"email"} and len(known) == len(names - {""}))


def _names_somebody(names: frozenset[str]) -> bool:
    return any(found[0] in _NAMING | {"email"} for name in names if (found := _people.meaning(name)))


def _fields(header: _csv.Header, options: ReadOptions) -> list[tuple[str, str | None]]:
    """Field and label of each column, in order; `IGNORE` for one that is left out."""
    told = {_csv.fold_title(title): field for title, field in options.columns.items()}
    interactions = _subject(header, options) == "interactions"
    fields: list[tuple[str, str | None]] = []
    for name in header.names:
        if name in told:
            # The title still has the label: `Handy (privat)=phone` stays a mobile.
            label = _people.meaning(name)
            field = _SAME_FIELD.get(told[name], told[name]) if interactions else told[name]
            fields.append((field, label[1] if label and label[0] == field else None))
        elif not name:
            fields.append((IGNORE, None))
        elif interactions:
            fields.append((_TITLES.get(name, IGNORE), None))
        else:
            fields.append(_people.meaning(name) or (name, None))
    return fields


class _InteractionReader:
    """Reads the rows of a table of interactions."""

    def __init__(self, fields: Sequence[tuple[str, str | None]], header: _csv.Header, order: str | None) -> None:
        at: dict[str, list[int]] = {}
        for index, (field, _) in enumerate(fields):
            at.setdefault(field, []).append(index)
        self._order = order
        self._header = header
        self._ways = [(index, field) for field in ("email", "linkedin", "phone") for index in at.get(field, ())]
        self._with = at.get("with", [])
        self._date, self._kind, self._direction = (at.get(f, []) for f in ("date", "kind", "direction"))
        self._title, self._note = at.get("title", []), at.get("note", [])
        self._place, self._minutes = at.get("place", []), at.get("minutes", [])

    def __call__(self, cells: list[str], where: str) -> Sequence[SourceItem]:
        """What a row says, or why it was skipped."""
        text = _first(cells, self._date)
        if not text:
            return (Skipped(where=where, reason="no date"),)
        try:
            when = _cells.read_when(text, self._order)
        except ValueError as error:
            return (Skipped(where=where, reason=str(error)),)
        participants = self._participants(cells)
        if not participants:
            return (Skipped(where=where, reason="nobody is named"),)
        kind = (_first(cells, self._kind) or "other").casefold()
        kind = _KINDS.get(kind, kind)
        title = _first(cells, self._title) or None
        body = "\n\n".join(cells[index] for index in self._note if cells[index]) or None
        ref = _natural_key(when, participants, kind, title, body)
        return (
            InteractionRecord(
                key=f"csv:{ref}",
                origin=Origin(source=FORMAT, ref=ref),
                where=where,
                when=when,
                kind=kind,
                direction=_DIRECTIONS.get(_first(cells, self._direction).casefold()),
                participants=participants,
                title=title,
                body=body,
                place=_first(cells, self._place) or None,
                minutes=_minutes(_first(cells, self._minutes)),
            ),
        )

    def _participants(self, cells: list[str]) -> tuple[ParticipantRecord, ...]:
        """Everybody the row names; addresses, profiles and numbers are ways to name the same people."""
        named = [name for index in self._with if cells[index] for name in _cells.several(cells[index])]
        known: list[tuple[str, str]] = []
        for index, field in self._ways:
            if cells[index]:
                split = _cells.addresses if field == "email" else _cells.several
                known = [(field, value) for value in split(cells[index])]
                break
        if len(known) == len(named):
            pairs = zip(known, named, strict=True)
            return tuple(_participant(value, field, name) for (field, value), name in pairs)
        return tuple(
            [_participant(value, field, None) for field, value in known]
            + [_participant(name, None, None) for name in named]
        )


def _participant(value: str, field: str | None, name: str | None) -> ParticipantRecord:
    kind = _cells.identifier_kind(value) or "name"
    if kind == "linkedin":
        value = _cells.profile_slug(value) or value
    elif field is not None and kind == "name":
        kind = field
    return ParticipantRecord(kind=kind, value=value, name=name)


def _natural_key(
    when: date | datetime,
    participants: Sequence[ParticipantRecord],
    kind: str,
    title: str | None,
    body: str | None,
) -> str:
    people = sorted(fold(participant.value) for participant in participants)
    return _cells.digest(when.isoformat(), "\x1e".join(people), kind, title or "", body or "")


def _first(cells: list[str], columns: Sequence[int]) -> str:
    return next((cells[index] for index in columns if cells[index]), "")


def _minutes(text: str) -> int | None:
    """Whole minutes of `45`, `45 min`, `1:30` or `1.5 h`; None where it says none."""
    words = text.casefold().replace(",", ".").split()
    if not words:
        return None
    hours, colon, rest = words[0].partition(":")
    if colon:
        if hours.isdecimal() and rest[:2].isdecimal() and len(hours) < 4:  # noqa: PLR2004  # below 1000 hours
            return int(hours) * 60 + int(rest[:2])
        return None
    number = words[0].rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = words[0][len(number) :] or (words[1] if len(words) > 1 else "m")
    try:
        amount = float(number)
    except ValueError:
        return None
    if not 0 < amount < 100_000:  # noqa: PLR2004  # no meeting lasts for months
        return None
    return round(amount * 60) if unit.startswith(("h", "std")) else round(amount)
