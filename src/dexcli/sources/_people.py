"""One row of a table of people becomes one record: what columns may mean, and how a row is read by them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from dexcli.domain.names import fold
from dexcli.domain.records import (
    Claim,
    InteractionRecord,
    Origin,
    ParticipantRecord,
    PersonRecord,
    Skipped,
    SourceItem,
)
from dexcli.sources import _cells

NO_NAME = "no name"


class Column(Struct, frozen=True, kw_only=True):
    """What one column of a table means."""

    index: int
    field: str
    """A claim's field, or what becomes part of something here: `name first middle last`, `linkedin`, `tags`,
    `last_contact`, `birth_year birth_month birth_day`, `street city region postcode country`; `custom` is what
    its label says."""
    label: str | None = None
    label_index: int | None = None
    """The column that holds the label, where a row brings its own."""


_NAME_PARTS = ("first", "middle", "last")
_ADDRESS_PARTS = frozenset({"address", "street", "city", "region", "postcode", "country"})
_PLACE_PARTS = frozenset({"city", "region", "country"})
_BIRTH_PARTS = ("birth_year", "birth_month", "birth_day")
_DAYS = frozenset({"birthday", "anniversary", "date", "met_on"})
_SEVERAL = frozenset({"email", "phone", "url", "linkedin", "relation", "im"})
_ONE_OF_A_KIND = frozenset({"name", *_NAME_PARTS, *_BIRTH_PARTS, "last_contact"})

_ALNUM = re.compile(r"\w+")
_WORDS = re.compile(r"[^\W\d_]+(?:'s)?")
_TITLES: dict[str, str] = {
    word: field
    for field, words in {
        "name": "name fullname displayname contactname contact person nombrecompleto nomcomplet vollstandigername",
        "first": "first firstname given givenname forename vorname prenom nombre",
        "middle": "middle middlename additionalname zweitervorname",
        "last": "last lastname surname family familyname nachname familienname nom nomdefamille apellido apellidos",
        "prefix": "prefix nameprefix honorific salutation anrede",
        "suffix": "suffix namesuffix",
        "alias": "nickname nick alias aka spitzname surnom apodo",
        "email": "email mail emailaddress mailaddress emails emailaddresses contactemail courriel "
        "adresseemail correo correoelectronico emailadresse",
        "phone": "phone telephone tel phonenumber phonenumbers phones telephonenumber mobile mobilephone "
        "mobilenumber cell cellphone cellular handy mobil mobiltelefon telefon telefonnummer telefono "
        "movil portable fax faxnumber pager pagernumber",
        "linkedin": "linkedin linkedinurl linkedinprofile linkedinprofileurl profileurl",
        "url": "url website web webpage homepage site siteweb webseite sitio sitioweb profile blog personalwebpage",
        "company": "company companyname organization organisation organizationname org employer business "
        "firma unternehmen entreprise societe empresa",
        "title": "title jobtitle job position role occupation titel beruf poste puesto cargo",
        "department": "department abteilung departement departamento",
        "location": "location place ort lieu lugar standort",
        "address": "address addresses anschrift adresse direccion",
        "street": "street streetaddress strasse rue calle addressstreet",
        "city": "city town stadt ville ciudad addresscity",
        "region": "state region province bundesland addressstate",
        "postcode": "zip zipcode postcode postalcode plz codepostal codigopostal",
        "country": "country countryregion land pays pais addresscountry",
        "birthday": "birthday birthdate bday dob dateofbirth geburtstag geburtsdatum anniversaire "
        "datedenaissance cumpleanos fechadenacimiento",
        "anniversary": "anniversary weddinganniversary hochzeitstag",
        "birth_year": "birthyear",
        "birth_month": "birthmonth",
        "met_on": "meton firstmet datemet metdate whenwemet whenmet",
        "met_where": "met metat metwhere wherewemet howwemet wheremet howmet metin",
        "note": "note notes description comment comments remarks notizen notiz bemerkung bemerkungen remarques notas",
        "tags": "tags tag labels label categories category groups group groupmembership kategorien gruppen "
        "etiquettes etiquetas",
        "cadence": "cadence frequency every keepintouch stayintouch rhythm",
        "last_contact": "lastcontacted lastcontact lastcontactedon lastcontactdate lasttouch lastspoke "
        "lastspoken lastinteraction lastseen lasttalked lasttalkedto",
    }.items()
    for word in words.split()
}
"""What a title means, by its words run together, without accents and numbers."""

_LABELS = {
    **{word: word for word in ("home", "work", "other", "cell", "car", "fax", "pager", "video", "main")},
    **dict.fromkeys(("business", "office", "company", "geschaftlich"), "work"),
    **dict.fromkeys(("private", "personal", "privat"), "home"),
    **dict.fromkeys(("mobile", "handy"), "cell"),
    **dict.fromkeys(("primary", "secondary", "alternate"), None),
}
_LABELLED = _ADDRESS_PARTS | {"email", "phone", "url"}
_LABEL_BY_WORD = {
    **dict.fromkeys(("mobile", "cell", "cellular", "handy", "mobil", "movil", "portable"), "cell"),
    "fax": "fax",
    "pager": "pager",
}


def meaning(name: str) -> tuple[str, str | None] | None:
    """Field and label of a folded column title by its words: `home phone 2` is (`phone`, `home`)."""
    words = _WORDS.findall(name)
    if words == ["birth", "day"]:  # Thunderbird: the day of the month
        return "birth_day", None
    if found := _known("".join(words)):
        return found
    for label_word, noun in ((words[:1], words[1:]), (words[-1:], words[:-1])):
        if label_word and label_word[0] in _LABELS:
            found = _known("".join(noun))
            if found is not None and found[0] in _LABELLED:
                return found[0], found[1] or _LABELS[label_word[0]]
    return None


def _known(word: str) -> tuple[str, str | None] | None:
    field = _TITLES.get(word)
    if field is None:
        return None
    label = next((label for start, label in _LABEL_BY_WORD.items() if word.startswith(start)), None)
    return field, label if field == "phone" else None


class PeopleReader:
    """Reads rows of one file; what each column means is worked out once."""

    def __init__(
        self,
        source: str,
        columns: Sequence[Column],
        *,
        order: str | None = None,
        split_tags: Callable[[str], list[str]] = _cells.tags,
    ) -> None:
        self._source = source
        self._order = order
        self._split_tags = split_tags
        one: dict[str, int] = {}
        self._plain: list[Column] = []
        self._several: list[Column] = []
        self._days: list[Column] = []
        self._tags: list[int] = []
        addresses: dict[tuple[str | None, int | None], list[Column]] = {}
        for column in columns:
            field = column.field
            if field in one:  # there can be but one, and nothing is lost
                self._plain.append(Column(index=column.index, field="alias" if field == "name" else field))
            elif field in _ONE_OF_A_KIND:
                one[field] = column.index
            elif field in _SEVERAL:
                self._several.append(column)
            elif field in _DAYS:
                self._days.append(column)
            elif field == "tags":
                self._tags.append(column.index)
            elif field in _ADDRESS_PARTS:
                addresses.setdefault((column.label, column.label_index), []).append(column)
            else:
                self._plain.append(column)
        self._name = one.get("name")
        self._parts = tuple(one[part] for part in _NAME_PARTS if part in one)
        if set(_BIRTH_PARTS) <= one.keys():
            self._birth = tuple(one[part] for part in _BIRTH_PARTS)
        else:
            self._birth = ()
            self._days += [Column(index=one[part], field="birthday") for part in _BIRTH_PARTS if part in one]
        self._last_contact = one.get("last_contact")
        self._covers = frozenset(field for column in columns for field in _covered(column))
        self._addresses = [
            (
                "location" if key == (None, None) and {c.field for c in group} <= _PLACE_PARTS else "address",
                group,
            )
            for key, group in addresses.items()
        ]

    def __call__(self, cells: list[str], where: str) -> Sequence[SourceItem]:
        """What a row says: a person, perhaps a last contact, or why it was skipped."""
        claims = self._claims(cells)
        name = self._name_of(cells, claims)
        if not name:
            return (Skipped(where=where, reason=NO_NAME),)
        ref = natural_key(name, claims)
        person = PersonRecord(
            key=f"{self._source}:{ref}",
            origin=Origin(source=self._source, ref=ref),
            where=where,
            name=name,
            claims=tuple(claims),
            tags=self._tags_of(cells) if self._tags else (),
            covers=self._covers,
        )
        if self._last_contact is not None and (text := cells[self._last_contact]):
            return (person, self._contact(person, text))
        return (person,)

    def _claims(self, cells: list[str]) -> list[Claim]:
        claims: list[Claim] = []
        first: list[Claim] = []
        for column in self._several:
            if text := cells[column.index]:
                label = column.label
                primary = False
                if column.label_index is not None:
                    primary = cells[column.label_index].startswith("*")
                    label = _label(column, cells)
                found = _values(column.field, text, label)
                (first if primary else claims).extend(found)
        claims += [
            _plain_claim(column.field, text, _label(column, cells))
            for column in self._plain
            if (text := cells[column.index])
        ]
        for column in self._days:
            if text := cells[column.index]:
                field, label = column.field, _label(column, cells)
                if label in _DAYS:  # an event whose label says that it is one of those we know
                    field, label = label, None
                claim = _cells.day_claim(field, text, label=label, order=self._order)
                if claim is not None:
                    claims.append(claim)
        if self._birth:
            claims.extend(_birthday(*(cells[index] for index in self._birth)))
        for field, group in self._addresses:
            if text := _address(group, cells):
                claims.append(Claim(field=field, value=text, label=_label(group[0], cells)))
        return _cells.distinct(first + claims)

    def _name_of(self, cells: list[str], claims: list[Claim]) -> str:
        if self._name is not None and (name := _cells.name_of(cells[self._name])):
            return name
        if name := _cells.name_of(*[cells[index] for index in self._parts]):
            return name
        for field in ("alias", "company", "email"):
            for claim in claims:
                if claim.field == field:
                    return _cells.name_of(claim.value)
        return ""

    def _tags_of(self, cells: list[str]) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(tag for index in self._tags if cells[index] for tag in self._split_tags(cells[index]))
        )

    def _contact(self, person: PersonRecord, text: str) -> SourceItem:
        try:
            when = _cells.read_when(text, self._order)
        except ValueError as error:
            return Skipped(where=person.where, reason=f"last contact: {error}")
        ref = _cells.digest(person.key, when.isoformat())
        return InteractionRecord(
            key=f"{self._source}-last:{ref}",
            origin=Origin(source=self._source, ref=ref),
            where=person.where,
            when=when,
            kind="other",
            title="last contact",
            participants=(participant_for(person),),
        )


_COVERED = {
    **dict.fromkeys(("name", *_NAME_PARTS), ("name",)),
    **dict.fromkeys(_BIRTH_PARTS, ("birthday", "birthday-text")),
    **dict.fromkeys(_ADDRESS_PARTS, ("address", "location")),
    **{day: (day, f"{day}-text") for day in _DAYS},
    "linkedin": ("url",),
    "tags": ("tag",),
}


def _covered(column: Column) -> Sequence[str]:
    """The claim fields that a column has a say about, also where a cell of it is empty."""
    if column.label_index is not None and column.field in _DAYS:
        return tuple(form for day in _DAYS for form in _COVERED[day])  # a row's own label may be any of them
    if column.field == "custom":
        return (column.label or "custom",)
    return _COVERED.get(column.field, (column.field,))


def natural_key(name: str, claims: Iterable[Claim]) -> str:
    """What tells a row's person from others: the name and every identifier, else name and company."""
    identifiers: set[str] = set()
    company = ""
    for claim in claims:
        if claim.field == "email":
            identifiers.add(claim.value.casefold())
        elif claim.field == "phone":
            identifiers.add("".join(c for c in claim.value if c.isdecimal() or c == "+"))
        elif claim.field == "url":
            if slug := _cells.profile_slug(claim.value):
                identifiers.add(slug)
        elif claim.field == "company" and not company:
            company = claim.value
    return _cells.digest(fold(name), *(sorted(identifiers) or (fold(company),)))


def participant_for(person: PersonRecord) -> ParticipantRecord:
    """The person of a row as a participant: by address, profile or number, else by name."""
    for kind in ("email", "url", "phone"):
        for claim in person.claims:
            if claim.field != kind:
                continue
            if slug := _cells.profile_slug(claim.value):
                return ParticipantRecord(kind="linkedin", value=slug, name=person.name)
            if _cells.identifier_kind(claim.value) == kind:
                return ParticipantRecord(kind=kind, value=claim.value, name=person.name)
    return ParticipantRecord(kind="name", value=person.name, name=person.name)


def _values(field: str, text: str, label: str | None) -> list[Claim]:
    if field == "email":
        return [Claim(field="email", value=address, label=label) for address in _cells.addresses(text) if address]
    if field == "linkedin":
        return [Claim(field="url", value=_profile_url(part), label="linkedin") for part in _cells.links(text)]
    split = _cells.several if field == "phone" else _cells.links
    return [Claim(field=field, value=part, label=label) for part in split(text)]


def _plain_claim(field: str, text: str, label: str | None) -> Claim:
    if field == "custom" and label is not None:
        return Claim(field=label, value=text)
    return Claim(field=field, value=text, label=label)


def _profile_url(text: str) -> str:
    """A LinkedIn cell may hold the address or the slug alone."""
    if "/" in text or "." in text or " " in text:
        return text
    return f"https://www.linkedin.com/in/{text.removeprefix('@')}"


def _label(column: Column, cells: list[str]) -> str | None:
    if column.label_index is not None and (own := cells[column.label_index].lstrip("* ")):
        return own.casefold()
    return column.label


def _birthday(year: str, month: str, day: str) -> Iterable[Claim]:
    if not (year or month or day):
        return ()
    claim = _cells.day_claim("birthday", f"{year or '-'}-{month:0>2}-{day:0>2}")
    return (claim,) if claim else ()


def _address(group: Sequence[Column], cells: list[str]) -> str:
    """The parts of one address, joined; what the whole address at its beginning says is not repeated."""
    whole = ""
    for column in group:
        text = cells[column.index]
        if text and not (whole and _within(text, whole)):
            whole = f"{whole}, {text}" if whole else text
    return whole


def _within(part: str, whole: str) -> bool:
    return f" {' '.join(_ALNUM.findall(part.casefold()))} " in f" {' '.join(_ALNUM.findall(whole.casefold()))} "
