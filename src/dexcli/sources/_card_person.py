"""One vCard becomes one person: what each property of vCard 2.1, 3.0 and 4.0 claims.

The content lines are parsed by vobject, line by line: the objects that it builds of a whole card take four times
as long as the parsing. Three things are done before it, because it loses data there: text is decoded and
quoted-printable resolved (vobject knows UTF-8 only), bare commas of text values are escaped (it keeps what stands
before the first), and lines that are no content lines are left out (its regular expression takes exponential time
on some of them).
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from dexcli.domain.names import MAX_NAME, clean_name
from dexcli.domain.records import FIELDS, Claim, Origin, PersonRecord, Skipped
from dexcli.sources._card_lines import LONGEST
from dexcli.sources._text import clean, decode

_TEXT_CLAIMS = {
    "title": "title",
    "role": "role",
    "note": "note",
    "url": "url",
    "impp": "im",
    "x-socialprofile": "im",
    "related": "related",
    "x-abrelatednames": "related",
    "x-spouse": "related",
    "x-evolution-spouse": "related",
}
"""Property -> field, for values taken as they are."""

_DATE_CLAIMS = {
    "bday": "birthday",
    "anniversary": "anniversary",
    "x-anniversary": "anniversary",
    "x-evolution-anniversary": "anniversary",
    "x-ms-anniversary": "anniversary",
    "x-wab-wedding_anniversary": "anniversary",
    "x-wab-wedding-anniversary": "anniversary",
    "x-abdate": "date",
}

_OTHERS = {
    *("fn", "n", "nickname", "org", "email", "tel", "adr", "categories", "uid", "kind"),
    *("x-addressbookserver-kind", "x-ablabel", "x-android-custom", "x-dex-field"),
}

USED = frozenset(name.upper().encode() for name in {*_TEXT_CLAIMS, *_DATE_CLAIMS, *_OTHERS})
"""The properties that are read; all others, pictures first, may be left out before."""

GROUP_PROPERTIES = frozenset(
    {b"UID", b"FN", b"N", b"KIND", b"X-ADDRESSBOOKSERVER-KIND", b"MEMBER", b"X-ADDRESSBOOKSERVER-MEMBER"}
)
"""What `read_group` looks at."""

_STRUCTURED = (b"N", b"ADR", b"ORG", b"CATEGORIES", b"NICKNAME", b"X-DEX-FIELD")
"""Properties whose commas separate."""

_NOT_PEOPLE = ("group", "location", "application", "device", "thing")
"""Values of KIND (RFC 6350, 6.1.4; RFC 6473) that describe no person; an organisation may pass for one."""

OWN_FIELDS = frozenset({"location", "met_on", "met_where", "cadence", "importance", "lead_days"})
"""Fields with a meaning of their own for which vCard has no property."""

_NO_GROUPS: Mapping[str, Sequence[str]] = {}

_SYSTEM_TAGS = frozenset({"mycontacts", "my contacts", "starred", "* mycontacts", "* starred"})
"""Groups that Google gives to every card."""

_NO_LABEL = frozenset(
    {"internet", "x400", "pref", "voice", "text", "uri", "dom", "intl", "postal", "parcel", "msg", "other"}
)
"""Types that tell nothing about a value."""

_ANDROID = "vnd.android.cursor.item/"

# Every alternative begins differently, so that no input takes more than linear time.
_CONTENT_LINE = re.compile(
    rb"(?P<head>(?:[A-Za-z0-9_-]+\.)?(?P<name>[A-Za-z0-9_-]+)"
    rb'(?:;[A-Za-z0-9_-]+(?:=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)?)*)'
    rb":(?P<value>.*)",
    re.DOTALL,
)
_TRANSFER = re.compile(
    rb';(?:ENCODING=(?P<encoding>[^;:]*)|CHARSET="?(?P<charset>[^;:"]*)"?|(?P<bare>QUOTED-PRINTABLE|BASE64|8BIT|7BIT))'
    rb"(?=;|$)",
    re.IGNORECASE,
)
_CHARSETS = re.compile(
    r"utf-?8|us-ascii|iso-?8859-\d+|(windows|cp)-?\d+|shift[_-]jis|sjis|euc-?(jp|kr|cn)|gb(k|2312|18030)|big5"
    r"|iso-2022-(jp|kr)|koi8-[ru]|macintosh",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(.?)|,", re.DOTALL)
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_", re.DOTALL)
_DATE = re.compile(r"(?P<year>\d{4}|-)-?(?P<month>\d\d)-?(?P<day>\d\d)(?:[T ].*)?", re.ASCII | re.DOTALL)


def read_card(
    lines: Iterable[bytes],
    *,
    unreadable: int = 0,
    overlong: int = 0,
    source: str,
    account: str = "",
    where: str,
    ref: str | None = None,
    groups: Mapping[str, Sequence[str]] = _NO_GROUPS,
) -> Iterator[PersonRecord | Skipped]:
    """Yield what one card says about a person, and a `Skipped` for what cannot be read of it.

    `lines` are unfolded content lines without BEGIN and END. `ref` is the place within the source where
    there is one (an href); without it the card's own UID is taken, or a hash of name, addresses and numbers.
    `unreadable` and `overlong` lines were left out before. `groups` are those of each UID: they become tags.
    """
    readable = []
    for line in lines:
        text = _content_line(line)
        if text is None:
            unreadable += 1
        else:
            readable.append(text)
    if unreadable:
        lines_are = "1 line that is" if unreadable == 1 else f"{unreadable} lines that are"
        yield Skipped(where=where, reason=f"left out {lines_are} no vCard property")
    if overlong:
        lines_are = "1 line that is" if overlong == 1 else f"{overlong} lines that are"
        yield Skipped(where=where, reason=f"left out {lines_are} longer than {LONGEST // 1000:,} KB")
    try:
        card = _Card(map(_parsed, readable))
        record = _person(card, source=source, account=account, where=where, ref=ref, groups=groups)
    except Exception:  # noqa: BLE001  # vobject raises whatever its parts raise; a bad card is a value here
        record = Skipped(where=where, reason="the card cannot be read")
    yield record


class Group(Struct, frozen=True, kw_only=True):
    """A card that names others (RFC 6350, 6.1.4 and 6.6.5; Apple's properties for vCard 3.0)."""

    name: str
    members: frozenset[str]
    """Their UIDs."""


def read_group(lines: Iterable[bytes]) -> Group | str | None:
    """What the `GROUP_PROPERTIES` of a card say: it is a group, or a card with that UID, or neither."""
    try:
        card = _Card(_parsed(text) for line in lines if (text := _content_line(line)) is not None)
        uid = _uid(card.first("uid"))
        if _kind(card) != "group":
            return uid or None
        members = (line.value for name in ("member", "x-addressbookserver-member") for line in card[name])
        return Group(name=_name(card, ()), members=frozenset(_uid(_line(member)) for member in members))
    except Exception:  # noqa: BLE001  # as in `read_card`, which says so
        return None


class _Line(Struct, frozen=True):
    """One content line."""

    name: str
    """In lower case."""
    group: str | None
    params: dict[str, list[str]]
    """By name in upper case."""
    singles: list[str]
    """Parameters of vCard 2.1 without a name."""
    value: Any
    """Text; of a structured property what vobject makes of it."""


class _Card:
    """The properties of one card, by name."""

    def __init__(self, lines: Iterable[_Line]) -> None:
        self._contents: dict[str, list[_Line]] = {}
        for line in lines:
            self._contents.setdefault(line.name, []).append(line)
        self._labels = {
            line.group.casefold(): _line(_APPLE_LABEL.sub(r"\1", line.value)).lower()
            for line in self._contents.get("x-ablabel", ())
            if line.group
        }

    def __getitem__(self, name: str) -> list[_Line]:
        """All lines of a property, the preferred first; of alternative representations (ALTID) one."""
        lines = self._contents.get(name)
        if lines is None:
            return []
        if len(lines) > 1:
            seen: set[str] = set()
            lines = [line for line in lines if not _is_alternative(line, seen)]
            lines.sort(key=_preference)
        return lines

    def first(self, name: str) -> str:
        """The first value of a text property that is not empty."""
        return next((value for line in self[name] if (value := _line(line.value))), "")

    def label(self, line: _Line) -> str | None:
        """Apple's own label where there is one, else what the types say."""
        own = self._labels.get(line.group.casefold()) if line.group else None
        if own:
            return own
        types = dict.fromkeys(word for word in _types(line) if word not in _NO_LABEL)
        return " ".join(types) or None


def _person(
    card: _Card, *, source: str, account: str, where: str, ref: str | None, groups: Mapping[str, Sequence[str]]
) -> PersonRecord | Skipped:
    kind = _kind(card)
    if kind in _NOT_PEOPLE:
        return Skipped(where=where, reason=f"a {kind}, not a person")
    claims = tuple(_distinct(_claims(card)))
    name = clean_name(_name(card, claims))[:MAX_NAME].rstrip()
    if not name:
        return Skipped(where=where, reason="no name")
    uid = _uid(card.first("uid")) or _natural_key(name, claims)
    return PersonRecord(
        key=f"card:{uid}",
        origin=Origin(source=source, account=account, ref=ref or uid),
        where=where,
        name=name,
        claims=claims,
        tags=_tags(card, groups.get(uid, ())),
    )


def _kind(card: _Card) -> str:
    return (card.first("kind") or card.first("x-addressbookserver-kind")).lower()


def _name(card: _Card, claims: tuple[Claim, ...]) -> str:
    """FN, else given and family name of N, else the first of nickname, company, e-mail and phone."""
    if name := card.first("fn"):
        return name
    for line in card["n"]:
        # Titles and suffixes are left out: they are not what somebody is called.
        n = line.value
        if name := _line(" ".join((_joined(n.given), _joined(n.additional), _joined(n.family)))):
            return name
    for field in ("alias", "company", "email", "phone"):
        for claim in claims:
            if claim.field == field:
                return claim.value
    return ""


def _claims(card: _Card) -> Iterator[Claim]:
    """Everything that the card says, in an order that puts the preferred value of a field first."""
    for line in card["email"]:
        yield Claim(field="email", value=_without(line.value, "mailto:"), label=card.label(line))
    for line in card["tel"]:
        yield Claim(field="phone", value=_without(line.value, "tel:"), label=card.label(line))
    for line in card["org"]:
        company, *departments = map(_joined, line.value)
        yield Claim(field="company", value=_line(company))
        yield Claim(field="department", value=_line(", ".join(filter(str.strip, departments))))
    for line in card["nickname"]:
        for nickname in line.value:
            yield Claim(field="alias", value=_line(nickname))
    yield from _addresses(card)
    for name, field in _DATE_CLAIMS.items():
        for line in card[name]:
            yield _date_claim(field, line.value, card.label(line), line.params.get("X-APPLE-OMIT-YEAR"))
    for name, field in _TEXT_CLAIMS.items():
        for line in card[name]:
            label = card.label(line) or ("spouse" if name.endswith("spouse") else None)
            value = clean(line.value)
            is_url = field == "im" and value.lower().startswith(("http://", "https://"))
            yield Claim(field="url" if is_url else field, value=value, label=label)
    for line in card["x-android-custom"]:
        yield from _android(line.value)
    for line in card["x-dex-field"]:
        yield from _own(*map(_joined, line.value))


def _addresses(card: _Card) -> Iterator[Claim]:
    """Addresses in one line each, and a location: the town of the home address, else of the first."""
    places: dict[str | None, str] = {}
    for line in card["adr"]:
        adr, label = line.value, card.label(line)
        parts = (adr.street, adr.extended, adr.box, adr.city, adr.region, adr.code, adr.country)
        texts = [_line(_joined(part).replace("\n", ", ")) for part in parts]
        yield Claim(field="address", value=", ".join(filter(None, texts)), label=label)
        city, country = _line(_joined(adr.city)), _line(_joined(adr.country))
        if city:
            places.setdefault(label, f"{city}, {country}" if country else city)
    if places:
        yield Claim(field="location", value=places.get("home") or next(iter(places.values())))


def _android(value: str) -> Iterator[Claim]:
    """What Android keeps in X-ANDROID-CUSTOM: `vnd.android.cursor.item/KIND;VALUE;TYPE;LABEL;...`."""
    kind, value, type_, label, *_ = [*map(_line, value.removeprefix(_ANDROID).split(";")), "", "", ""]
    if kind == "nickname":
        yield Claim(field="alias", value=value)
    elif kind == "contact_event":
        field = {"1": "anniversary", "3": "birthday"}.get(type_, "date")
        yield _date_claim(field, value, label.lower() or None)
    elif kind == "relation":
        yield Claim(field="related", value=value, label=label.lower() or None)


def _own(field: str, value: str = "", label: str = "", *_: str) -> Iterator[Claim]:
    """What `dex export` writes and no other property says: `X-DEX-FIELD:met_where;Royal Society`.

    A card may come from anywhere: what has a property of its own is not taken from here.
    """
    field, value = _line(field), clean(value)
    if field and (field not in FIELDS or field in OWN_FIELDS):
        if field == "met_on":
            day = _iso_date(value, [])
            value = day if day and not day.startswith("-") else ""
        yield Claim(field=field, value=value, label=_line(label) or None)


def _date_claim(field: str, text: str, label: str | None, omitted_years: list[str] | None = None) -> Claim:
    """A date in ISO form; one that is no date is kept as text under a name of its own."""
    if field == "date" and label in ("anniversary", "birthday"):
        field = label
    value = _iso_date(clean(text), omitted_years or [])
    if value is None:
        return Claim(field=f"{field}-text", value=clean(text), label=label)
    return Claim(field=field, value=value, label=label if field == "date" else None)


def _iso_date(text: str, omitted_years: list[str]) -> str | None:
    """`2001-02-28`, or `--02-28` without a year, of the forms of RFC 6350, 4.3.1 that name a day."""
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day = match["year"], int(match["month"]), int(match["day"])
    # 1604 is the leap year that Apple writes for an unknown one.
    unknown = year in ("-", "0000", "1604") or year in omitted_years
    try:
        when = date(2000 if unknown else int(year), month, day)
    except ValueError:
        return None
    return f"--{when:%m-%d}" if unknown else when.isoformat()


def _tags(card: _Card, groups: Iterable[str]) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for value in [*(value for line in card["categories"] for value in line.value), *groups]:
        tag = _line(value)
        if tag and tag.lower() not in _SYSTEM_TAGS:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())


def _distinct(claims: Iterable[Claim]) -> Iterator[Claim]:
    seen: set[tuple[str, str, str | None]] = set()
    for claim in claims:
        # Two dates of one day are two; a number under two labels is one.
        key = (claim.field, claim.value.casefold(), claim.label if claim.field == "date" else None)
        if claim.value and key not in seen:
            seen.add(key)
            yield claim


def _uid(text: str) -> str:
    """A UID in one spelling: one program exports as `urn:uuid:...` what another exports bare."""
    bare = text[9:] if text[:9].lower() == "urn:uuid:" else text
    is_uuid = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bare, re.IGNORECASE)
    return bare.lower() if is_uuid else bare


def _natural_key(name: str, claims: tuple[Claim, ...]) -> str:
    """What tells a card without a UID from others: name, addresses and numbers, else name and company."""
    emails = sorted(claim.value.casefold() for claim in claims if claim.field == "email")
    phones = sorted(re.sub(r"[^\d+]", "", claim.value) for claim in claims if claim.field == "phone")
    companies = [claim.value.casefold() for claim in claims if claim.field == "company"]
    natural = [name.casefold(), *emails, *phones]
    if not emails and not phones:
        natural += companies
    return hashlib.sha256("\n".join(natural).encode()).hexdigest()[:32]


def _types(line: _Line) -> Iterator[str]:
    """TYPE parameters, with and without their name (vCard 2.1), in lower case."""
    for value in (*line.params.get("TYPE", ()), *line.singles):
        for word in value.split(","):
            yield word.strip().lower()


def _preference(line: _Line) -> int:
    """1 is the most preferred (RFC 6350, 5.3), 101 where nothing is said."""
    pref = "".join(line.params.get("PREF", ()))
    if pref.isdecimal():
        return min(int(pref[:3]), 100)
    return 1 if "pref" in _types(line) else 101


def _is_alternative(line: _Line, seen: set[str]) -> bool:
    """True if `line` says in another way what a line before it said; `seen` collects their ALTID."""
    altid = "".join(line.params.get("ALTID", ()))
    if not altid:
        return False
    known = altid in seen
    seen.add(altid)
    return known


def _without(text: str, scheme: str) -> str:
    text = _line(text)
    return text[len(scheme) :].strip() if text[: len(scheme)].lower() == scheme else text


def _joined(value: str | list[str]) -> str:
    """A component of N, ADR or ORG, in which programs do not always escape the comma."""
    return value if isinstance(value, str) else ", ".join(value)


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _parsed(text: str) -> _Line:
    """What vobject reads in one content line."""
    from vobject.base import parseLine
    from vobject.vcard import ADDRESS_ORDER, NAME_ORDER, Address, Name

    name, parameters, text, group = parseLine(text)
    params: dict[str, list[str]] = {}
    singles = []
    for word, *values in parameters:
        if values:
            params.setdefault(word.upper(), []).extend(values)
        else:
            singles.append(word)
    name = name.lower()
    value: Any
    match name:
        case "n":
            value = Name(**dict(zip(NAME_ORDER, _fields(text), strict=False)))
        case "adr":
            value = Address(**dict(zip(ADDRESS_ORDER, _fields(text), strict=False)))
        case "org" | "x-dex-field":
            value = _fields(text)
        case "categories" | "nickname":
            value = _values(text)
        case _:
            value = _values(text)[0]
    return _Line(name, group, params, singles, value)


def _fields(text: str) -> list[str | list[str]]:
    """The components of a structured value; a list where one has several values."""
    fields = [_values(field) for field in _values(text, ";", ";")]
    return [field[0] if len(field) == 1 else field for field in fields]


def _values(text: str, separator: str = ",", escapable: str | None = None) -> list[str]:
    """A text value cut at its separators and unescaped; vobject's way takes longer where nothing is escaped."""
    if "\\" not in text:
        values = text.split(separator)
        return values if values[-1] or len(values) == 1 else values[:-1]
    from vobject.icalendar import stringToTextValues

    found: list[str] = stringToTextValues(text, separator, escapable)
    return found


def _content_line(raw: bytes) -> str | None:
    """One content line as vobject reads it without loss; None where it is no content line."""
    match = _CONTENT_LINE.fullmatch(raw)
    if not match:
        return None
    head, name, value = match["head"], match["name"].upper(), match["value"]
    encoding = charset = ""
    if b";" in head:
        for found in _TRANSFER.finditer(head):
            encoding = (found["encoding"] or found["bare"] or encoding.encode()).decode("latin-1").upper()
            charset = (found["charset"] or charset.encode()).decode("latin-1")
        head = _TRANSFER.sub(b"", head)
    try:
        if encoding == "QUOTED-PRINTABLE":
            value = binascii.a2b_qp(value)
        elif encoding in ("B", "BASE64"):
            value = binascii.a2b_base64(value)
    except binascii.Error:
        return None
    text = _decoded(value, charset)
    if name in _STRUCTURED:
        # A lone backslash at the end makes vobject write "eof".
        text = text[:-1] if text.endswith("\\") and not text.endswith("\\\\") else text
    elif "," in text or "\\" in text:
        text = _ESCAPE.sub(_escaped, text)
    if "\n" in text or "\r" in text:
        text = text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    return f"{_decoded(head, '')}:{text}"


def _escaped(match: re.Match[str]) -> str:
    if match[0] == ",":
        return "\\,"
    if match[1] == ":":  # not an escape in any version, but written so in URLs
        return ":"
    return match[0] if match[1] else ""


def _decoded(value: bytes, charset: str) -> str:
    if value.isascii():
        return value.decode("ascii")
    if charset and _CHARSETS.fullmatch(charset):
        try:
            return value.decode(charset)
        except (LookupError, UnicodeError):
            pass  # the bytes are not what they are said to be
    return decode(value)
