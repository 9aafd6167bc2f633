"""What one cell of a table says: a day, several values, a profile address, a way to name somebody."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b

from dexcli.domain import identifiers
from dexcli.domain.dates import read_partial
from dexcli.domain.names import MAX_NAME, clean_name
from dexcli.domain.records import Claim

_CLOCK = re.compile(
    r"(?:,\s|\s|T)(?:at\s)?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r"(?:\s?[AaPp]\.?[Mm]\.?)?(?:\s?(?:UTC|GMT|Z|[+-][0-9]{2}:?[0-9]{2}))?$"
)
_ZONE_WORD = re.compile(r"\s(?:UTC|GMT)$")
_LONGEST = 80
"""Characters of a day and time; what is longer is not looked at, nor remembered."""
_SHORT_YEAR = re.compile(r"(.*[^0-9])([0-9]{2})")
_PIVOT = 69
"""POSIX: two-digit years from 69 on are 19xx, those before are 20xx."""
_NO_DAY = frozenset({"0/0/00", "0/0/0000", "00/00/0000", "00/00/00", "0000-00-00", "1/1/4501"})
"""How Outlook and spreadsheets write that there is no date."""

_VALUES = re.compile(r":::|\n|;(?!\s{0,3}ext)")
"""Between values of one cell; `;ext=5` belongs to a phone number."""
_LINKS = re.compile(r":::|\n|;\s")
_ADDRESSES = re.compile(r":::|\n|;|,")
_TAGS = re.compile(r":::|\n|;|,")

_DIGITS_OF_A_PHONE = 7


@lru_cache(maxsize=4096)
def read_when(text: str, order: str | None = None) -> date | datetime:
    """Read the cell of a date column: an aware datetime where it names a time and a zone, else a day.

    ISO 8601, written out (`27 Jun 2026`, `15-Jan-24`), or numeric by `order` (`DMY`, `MDY`), each with or
    without a time of day. Raises ValueError that says what is wrong and what to do about it.
    """
    if len(text) > _LONGEST:
        raise ValueError(_complaint(text, ""))
    iso = _ZONE_WORD.sub("+00:00", text)
    if text[:4].isdecimal() and text[4:5] == "-":
        try:
            moment = datetime.fromisoformat(iso)
        except ValueError:
            pass
        else:
            return moment if moment.tzinfo else moment.date()
    bare = _with_long_year(_CLOCK.sub("", text))
    partial = read_partial(bare, order=order)
    if partial is None or partial.startswith("--"):
        raise ValueError(_complaint(text, bare))
    return date.fromisoformat(partial)


def day_claim(field: str, text: str, *, label: str | None = None, order: str | None = None) -> Claim | None:
    """A claim about a day, whose year may be unknown: None where the cell means that there is none.

    A text that is no single day is kept as `field-text`; so is a birthday whose year has two digits, because
    its century is anybody's guess.
    """
    if text in _NO_DAY:
        return None
    bare = _CLOCK.sub("", text)
    if field != "birthday":
        bare = _with_long_year(bare)
    partial = read_partial(bare, order=order)
    if partial is None:
        return Claim(field=f"{field}-text", value=text, label=label)
    return Claim(field=field, value=partial, label=label)


def distinct(claims: Iterable[Claim]) -> list[Claim]:
    """The claims in their order, each made once: of equal ones with different labels the first stays."""
    once: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        once.setdefault((claim.field, claim.value), claim)
    return list(once.values())


def several(text: str) -> list[str]:
    """The numbers or names of a cell, between ` ::: `, `;` or line breaks."""
    return _split(_VALUES, text)


def links(text: str) -> list[str]:
    """The values of a cell that may hold `;` themselves, as web addresses do."""
    return _split(_LINKS, text)


def addresses(text: str) -> list[str]:
    """The e-mail addresses of a cell, without names and angle brackets."""
    return [_bare_address(part) for part in _split(_ADDRESSES, text)]


def tags(text: str) -> list[str]:
    """The tags of a cell, between commas, `;` or ` ::: `."""
    return _split(_TAGS, text)


def groups(text: str) -> list[str]:
    """The values of a cell between ` ::: `."""
    return [part for piece in text.split(":::") if (part := piece.strip())]


def name_of(*parts: str) -> str:
    """A person's name out of its parts, fit to be stored; empty where all of them are."""
    return clean_name(" ".join(parts))[:MAX_NAME].rstrip()


def profile_slug(url: str) -> str | None:
    """The LinkedIn profile that an address leads to: `ada-lovelace`, lower case, percent-decoded."""
    if "linkedin" not in url and "linkedin" not in url.lower():
        return None
    found = identifiers.profile(url)
    return found.value if found is not None and found.kind == "linkedin" else None


def identifier_kind(text: str) -> str | None:
    """What a word for somebody is: `email`, `linkedin`, `phone`; None where it is a name or a handle."""
    if "@" in text and identifiers.email(text):
        return "email"
    if profile_slug(text):
        return "linkedin"
    digits = sum(c.isdecimal() for c in text)
    if digits >= _DIGITS_OF_A_PHONE and all(c.isdecimal() or c in "+()-./ \u00a0" for c in text):
        return "phone"
    return None


def digest(*parts: str) -> str:
    """A short hash of what identifies a row, stable across reads."""
    return blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def first_line(text: str) -> str:
    """The beginning of a value, fit to stand in a message."""
    line = text.partition("\n")[0]
    return line if len(line) <= 60 else f"{line[:59]}…"  # noqa: PLR2004  # a line of a report


def _split(pattern: re.Pattern[str], text: str) -> list[str]:
    if pattern.search(text) is None:
        return [text]
    return [part for piece in pattern.split(text) if (part := piece.strip())]


def _bare_address(text: str) -> str:
    if text.endswith(">") and "<" in text:
        return text.rpartition("<")[2][:-1].strip()
    return text.removeprefix("mailto:").strip()


def _with_long_year(text: str) -> str:
    match = _SHORT_YEAR.fullmatch(text)
    if match is None or text.startswith("--") or text[:4].isdecimal():
        return text
    before, year = match.groups()
    if sum(c in "/-. " for c in before) < 2:  # noqa: PLR2004  # `12 March`: the day, not a year
        return text
    return f"{before}{'19' if int(year) >= _PIVOT else '20'}{year}"


def _complaint(text: str, bare: str) -> str:
    shown = first_line(text)
    if read_partial(bare, order="DMY") != read_partial(bare, order="MDY"):
        return f"{shown!r} is one of two days: set `[dates] order` to DMY or MDY in the config"
    return f"{shown!r} is not a date: write it as 2026-06-27"
