"""What was typed about people, made fit to be stored; UsageError says what cannot be read."""

from __future__ import annotations

from collections.abc import Callable

from dexcli.domain import identifiers, names
from dexcli.domain.cadence import read_duration
from dexcli.domain.dates import read_partial
from dexcli.domain.occasions import MAX_LEAD
from dexcli.domain.records import FIELDS
from dexcli.errors import UsageError
from dexcli.services.invocation import Invocation

MAX_NOTE = 4 * 1024 * 1024
"""Characters of a note."""

IMPORTANCE = {"low": -1, "normal": 0, "high": 1}


def checked_name(text: str) -> str:
    """A name fit to be stored; raises UsageError for an empty one and for one that is too long."""
    name = names.clean_name(text)
    if not name:
        raise UsageError("a person needs a name", hint="dex add 'Ada Lovelace' --email ada@example.org")
    if len(name) > names.MAX_NAME:
        raise UsageError(
            f"a name of {len(name)} characters is longer than {names.MAX_NAME}", hint="put the rest into --note"
        )
    return name


def checked_tag(text: str) -> str:
    """A tag as it is stored; raises UsageError where nothing is left of it."""
    tag = names.tag_form(text)
    if not tag:
        raise UsageError(f"{text!r} is no tag", hint="a tag is one word: +friend")
    return tag


def checked_handle(text: str) -> str:
    """A handle as it is stored; raises UsageError where the text could not be typed as one."""
    handle = names.handle_for(text)
    if handle != text.casefold():
        raise UsageError(f"{text!r} is no handle", hint=f"letters, digits and hyphens: {handle}")
    return handle


def email_of(text: str) -> str:
    """An e-mail address as it is stored."""
    identifier = identifiers.email(text)
    if identifier is None:
        raise UsageError(f"{text!r} is no e-mail address", hint="ada@example.org")
    return identifier.value


def url_of(text: str) -> str:
    """A link, with its scheme."""
    url = text.strip()
    if not url or any(character.isspace() for character in url) or "." not in url:
        raise UsageError(f"{text!r} is no link", hint="https://www.linkedin.com/in/ada-lovelace")
    return url if "://" in url else f"https://{url}"


def _met_on(call: Invocation, text: str) -> str:
    return call.read_date(text, "past").isoformat()


def _yearly(call: Invocation, text: str) -> str:
    day = read_partial(text, order=call.date_order)
    if day is None:
        raise UsageError(f"cannot read the yearly date {text!r}", hint="write 1815-12-10, or 12-10 without the year")
    return day


def _note(_: Invocation, text: str) -> str:
    if len(text) > MAX_NOTE:
        raise UsageError(f"a note of {len(text):,} characters is longer than {MAX_NOTE:,}", hint="keep it in a file")
    return text


READERS: dict[str, Callable[[Invocation, str], str]] = {
    "met_on": _met_on,
    "birthday": _yearly,
    "anniversary": _yearly,
    "note": _note,
}
"""How the text of a field becomes its value, where they are not the same."""

_OPTIONS = {"met_where": "--met", "met_on": "--met-on", "cadence": "--every", "lead_days": "--lead"}
"""Fields whose option is not called after them; `name` is an argument of `add`, and an option of `edit`."""


def custom_field(text: str) -> tuple[str, str]:
    """The key and the value of `KEY=VALUE`."""
    key, equals, value = text.partition("=")
    key = names.clean_name(key).casefold()
    if not equals or not key:
        raise UsageError(f"{text!r} is not KEY=VALUE", hint="--set 'coffee=flat white'")
    if key in FIELDS:
        raise UsageError(
            f"{key!r} has an option of its own", hint=f"use {_OPTIONS.get(key, f'--{key}')}, or another key"
        )
    return key, value


def named_date(call: Invocation, text: str) -> tuple[str, str]:
    """The name and the day of `NAME=DATE`, the day empty where it is to be taken off."""
    typed, equals, day = text.partition("=")
    name = date_name(typed)
    if not equals:
        raise UsageError(f"{text!r} is not NAME=DATE", hint="--date wedding=2015-06-12, or wedding=06-12")
    return name, _yearly(call, day) if day.strip() else ""


def date_name(text: str) -> str:
    """What a yearly date is called, as it is stored; raises UsageError for nothing and for what is too long."""
    name = names.clean_name(text).lower()  # not folded: a "großer Tag" keeps its letters
    if not name or len(name) > names.MAX_NAME:
        raise UsageError(f"{name[:40]!r} cannot be the name of a date", hint="--date wedding=2015-06-12")
    return name


def lead_of(call: Invocation, text: str) -> int | None:
    """Notice of yearly dates in days; None for an empty text, which takes it off."""
    if not text.strip():
        return None
    days = (read_duration(text, call.today) - call.today).days
    if days > MAX_LEAD:
        raise UsageError(f"{text!r} before a yearly date is more than {MAX_LEAD} days", hint="--lead 14d")
    return days


def in_days(lead: int) -> str:
    """A notice in words: `14 days`."""
    return f"{lead} {'day' if lead == 1 else 'days'}"


def importance_of(text: str) -> int:
    """The number that an importance is stored as."""
    if text not in IMPORTANCE:
        raise UsageError(f"{text!r} is no importance", hint="low, normal or high")
    return IMPORTANCE[text]
