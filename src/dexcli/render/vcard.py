"""A person as a vCard: 4.0 (RFC 6350) or 3.0 (RFC 2426). Equal data, equal bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC

from icalendar.parser import Contentline

from dexcli.domain.names import parts
from dexcli.domain.records import Claim
from dexcli.render.text import harmless
from dexcli.results.cards import Card

VERSIONS = ("4.0", "3.0")

_PRODUCT = "-//dexcli//dex//EN"

_TYPES = frozenset({"home", "work", "cell", "fax", "pager", "video"})
"""Labels that both versions have as TYPE; others are written beside the property, as Apple does."""

_RELATION_WORDS = """
contact acquaintance friend met co-worker colleague co-resident neighbor child parent sibling spouse kin muse crush
date sweetheart me agent emergency
"""
_RELATIONS = frozenset(_RELATION_WORDS.split())
"""Values of TYPE that RELATED has in vCard 4.0 (RFC 6350, 6.6.6)."""

_NO_YEAR = 1604
"""How vCard 3.0 says that a year is not known, in a property of Apple's that others show as 1604."""

_LABEL_BESIDE = ".X-ABLABEL"
_PREFERRED = ("email", "phone")

_ADDRESS_OF_CHAT = re.compile(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:[^\s\\]+")

_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_ESCAPED_IN_LINK = str.maketrans({"\\": "\\\\", "\n": "\\n"})


def document(card: Card, version: str) -> bytes:
    """One card in UTF-8, with the line ends and foldings of the standard."""
    return b"".join(_folded(line) + b"\r\n" for line in _Writer(version).lines(card))


def _folded(line: str) -> bytes:
    folded: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]  # icalendar declares no types here
    return folded


class _Writer:
    """The lines of one card."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._is_new = version == "4.0"
        self._groups = 0
        self._preferred: Claim | None = None
        """Which of several addresses or numbers comes first: others need not keep the order of lines."""

    def lines(self, card: Card) -> Iterator[str]:
        """All of them, in an order that people can read."""
        said: dict[str, list[Claim]] = {}
        for claim in card.claims:
            said.setdefault(claim.field, []).append(claim)
        yield "BEGIN:VCARD"
        yield f"VERSION:{self._version}"
        yield f"PRODID:{_PRODUCT}"
        yield f"UID:{'urn:uuid:' if self._is_new else ''}{card.uid}"
        yield from self._named(card.name)
        for alias in said.pop("alias", []):  # a line each: vobject, and so khard, reads but the first of a list
            yield f"NICKNAME:{_text(alias.value)}"
        yield from self._organisation(said.pop("company", []), said.pop("department", []))
        for field, write in self._fields().items():
            claims = said.pop(field, [])
            self._preferred = claims[0] if len(claims) > 1 and field in _PREFERRED else None
            for claim in claims:
                yield from write(claim)
        if card.tags:
            yield f"CATEGORIES:{','.join(map(_text, card.tags))}"
        for others in said.values():
            for claim in others:
                yield _own(claim)
        yield f"REV:{_moment(card)}"
        yield "END:VCARD"

    def _fields(self) -> dict[str, Callable[[Claim], Iterator[str]]]:
        return {
            "title": lambda claim: self._labelled("TITLE", _text(claim.value), claim.label),
            "role": lambda claim: self._labelled("ROLE", _text(claim.value), claim.label),
            "email": lambda claim: self._reached("EMAIL", _text(claim.value), claim),
            "phone": lambda claim: self._reached("TEL", _text(_dialled(claim.value)), claim),
            "address": lambda claim: self._labelled("ADR", f";;{_text(claim.value)};;;;", claim.label, _TYPES),
            "url": lambda claim: self._labelled("URL", _link(claim.value), claim.label, _TYPES),
            "im": self._chat,
            "birthday": lambda claim: self._day("BDAY", claim.value),
            "anniversary": lambda claim: self._day("ANNIVERSARY" if self._is_new else "X-ANNIVERSARY", claim.value),
            "date": lambda claim: self._day("X-ABDATE", claim.value, claim.label or "date"),
            "related": self._related,
            "note": lambda claim: self._labelled("NOTE", _text(claim.value, multiline=True), claim.label),
        }

    def _named(self, name: str) -> Iterator[str]:
        name = harmless(name)
        yield f"FN:{_text(name)}"
        n = parts(name)
        yield f"N:{_text(n.family)};{_text(n.given)};;{_text(n.prefix)};{_text(n.suffix)}"

    def _organisation(self, companies: Sequence[Claim], departments: Sequence[Claim]) -> Iterator[str]:
        names = [_text(claim.value) for claim in companies] + [""] * (len(departments) - len(companies))
        for number, name in enumerate(names):
            yield f"ORG:{name}" + (f";{_text(departments[number].value)}" if number < len(departments) else "")

    def _labelled(
        self, name: str, value: str, label: str | None, types: frozenset[str] = frozenset(), params: str = ""
    ) -> Iterator[str]:
        """A property with its label: as TYPE where that is a word for it, else in a line beside it."""
        words = (label or "").split(" ")
        if not label:
            yield f"{name}{params}:{value}"
        elif types.issuperset(words) and len(set(words)) == len(words):
            yield f"{name}{params};TYPE={','.join(words)}:{value}"
        else:
            self._groups += 1
            group = f"item{self._groups}"
            yield f"{group}.{name}{params}:{value}"
            yield f"{group}{_LABEL_BESIDE}:{_text(label)}"

    def _reached(self, name: str, value: str, claim: Claim) -> Iterator[str]:
        """An address or a number, and whether it is the preferred one (RFC 6350, 5.3; RFC 2426, 3.3.1)."""
        first = claim is self._preferred
        lines = self._labelled(name, value, claim.label, _TYPES, ";PREF=1" if first and self._is_new else "")
        for line in lines:
            yield _as_preferred(line) if first and not self._is_new else line

    def _day(self, name: str, value: str, label: str | None = None) -> Iterator[str]:
        year, month, day = value[:-6], value[-5:-3], value[-2:]
        if self._is_new:
            yield from self._labelled(name, f"{year if year != '-' else '--'}{month}{day}", label)
        elif year == "-":
            omitted = f";X-APPLE-OMIT-YEAR={_NO_YEAR}"
            yield from self._labelled(name, f"{_NO_YEAR}-{month}-{day}", label, params=omitted)
        else:
            yield from self._labelled(name, value, label)

    def _chat(self, claim: Claim) -> Iterator[str]:
        if _ADDRESS_OF_CHAT.fullmatch(claim.value) is None:
            yield _own(claim)
        else:
            yield from self._labelled("IMPP", _link(claim.value), claim.label, _TYPES)

    def _related(self, claim: Claim) -> Iterator[str]:
        if self._is_new:
            yield from self._labelled("RELATED", _text(claim.value), claim.label, _RELATIONS, ";VALUE=text")
        else:
            yield from self._labelled("X-ABRELATEDNAMES", _text(claim.value), claim.label)


def _as_preferred(line: str) -> str:
    """A line of vCard 3.0 whose property is the preferred one: a word more in its TYPE."""
    head, colon, value = line.partition(":")
    if head.endswith(_LABEL_BESIDE):
        return line
    return f"{head}{',' if ';TYPE=' in head else ';TYPE='}pref{colon}{value}"


def _own(claim: Claim) -> str:
    """What no property says: the field, its value and its label."""
    value = _text(claim.value, multiline=True)
    label = f";{_text(claim.label)}" if claim.label else ""
    return f"X-DEX-FIELD:{_text(claim.field)};{value}{label}"


def _dialled(number: str) -> str:
    """A number as other programs understand it, whose extension is no part of what they dial."""
    return number.replace(";ext=", " ext. ")


def _moment(card: Card) -> str:
    moment = card.changed_at
    with suppress(OverflowError):  # in UTC it lies beyond the calendar
        moment = moment.astimezone(UTC)
    return f"{moment.year:04}{moment:%m%dT%H%M%SZ}"


def _text(value: str, *, multiline: bool = False) -> str:
    return harmless(value, multiline=multiline).translate(_ESCAPED)


def _link(value: str) -> str:
    return harmless(value).translate(_ESCAPED_IN_LINK)
