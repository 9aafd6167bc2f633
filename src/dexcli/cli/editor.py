"""A person or an entry as TOML in the user's editor, and back: what changed becomes options."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dexcli.cli.texts import edited, kept
from dexcli.errors import UsageError
from dexcli.results.interactions import Interaction
from dexcli.results.people import Person
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Change
from dexcli.services.people import Details, Removals

_HEAD = "# Change what you like; an emptied value is taken off. Leave the file as it is to change nothing.\n\n"

_LISTS = {"emails": "emails", "phones": "phones", "urls": "urls", "aliases": "aliases", "addresses": "addresses",
          "tags": "tags"}  # fmt: skip
_KINDS: dict[type, str] = {
    str: 'a text: "..."',
    list: 'a list of texts: ["..."]',
    dict: 'a table of texts: {key = "..."}',
}
_SINGLES = {
    **{key: key for key in ("name", "handle", "company", "title", "location", "birthday", "anniversary", "note")},
    "met": "met_where",
    "met-on": "met_on",
    "every": "every",
    "importance": "importance",
    "lead": "lead",
}


@contextmanager
def edited_person(person: Person) -> Iterator[tuple[Details, Removals]]:
    """Open a person in the editor: what was added and what was taken away, and the text is kept until that is done."""
    before = _of_person(person)
    text = edited(_HEAD + _toml(before), suffix=".toml")
    with kept(text):
        yield _difference(before, _parsed(text, before))


@contextmanager
def edited_entry(interaction: Interaction, call: Invocation) -> Iterator[Change]:
    """Open an entry in the editor: what was changed, and the text is kept until that is done."""
    text = "\n".join(part for part in (interaction.title, interaction.body) if part)
    before = {
        "on": interaction.on.isoformat(),
        "kind": interaction.kind,
        "direction": interaction.direction or "",
        "place": interaction.place or "",
        "minutes": "" if interaction.minutes is None else str(interaction.minutes),
        "text": text,
    }
    after_text = edited(_HEAD + _toml(before), suffix=".toml")
    with kept(after_text):
        after = _parsed(after_text, before)
        changed = {key: str(after[key]) for key in before if after.get(key) != before[key]}
        yield Change(
            text=changed.get("text"),
            on=call.read_date(changed["on"], "past") if "on" in changed else None,
            kind=changed.get("kind"),
            direction=changed.get("direction"),
            place=changed.get("place"),
            minutes=_minutes(changed["minutes"]) if "minutes" in changed else None,
        )


def _minutes(text: str) -> int:
    if text.strip() and not (text.isascii() and text.isdigit()):
        raise UsageError(f"{text!r} are no minutes", hint='a number in quotes: "45"')
    return int(text.strip() or 0)


def _of_person(person: Person) -> dict[str, Any]:
    own_cadence = person.cadence_source == "person"
    return {
        "name": person.name,
        "handle": person.handle,
        "emails": person.emails,
        "phones": person.phones,
        "urls": person.urls,
        "aliases": person.aliases,
        "addresses": person.addresses,
        "tags": person.tags,
        "company": person.company or "",
        "title": person.title or "",
        "location": person.location or "",
        "met": person.met_where or "",
        "met-on": person.met_on.isoformat() if person.met_on else "",
        "birthday": person.birthday or "",
        "anniversary": person.dates.get("anniversary", ""),
        "every": _cadence(person.cadence) if own_cadence else "",
        "importance": person.importance or "",
        "lead": "" if person.lead_days is None else f"{person.lead_days}d",
        "note": person.notes or "",
        "dates": {name: day for name, day in person.dates.items() if name != "anniversary"},
        "fields": person.fields,
    }


def _cadence(iso: str | None) -> str:
    return iso[1:].lower() if iso else "never"


def _toml(values: dict[str, Any]) -> str:
    import tomlkit

    document = tomlkit.document()
    for key, value in values.items():
        if isinstance(value, str) and "\n" in value:
            document[key] = tomlkit.string(value, multiline=True)
        else:
            document[key] = value
    return tomlkit.dumps(document)


def _parsed(text: str, before: dict[str, Any]) -> dict[str, Any]:
    try:
        after = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the edited text cannot be read: {error}", hint="nothing was changed") from error
    for key, value in after.items():
        if key not in before:
            raise UsageError(f"there is no {key!r} to edit", hint=f"known: {', '.join(before)}")
        wanted = type(before[key])
        texts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else [value]
        if not isinstance(value, wanted) or not all(isinstance(one, str) for one in texts):
            raise UsageError(f"{key} is {value!r}, not {_KINDS[wanted]}", hint="nothing was changed")
    return {**{key: type(value)() for key, value in before.items()}, **after}


def _difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[Details, Removals]:
    given: dict[str, Any] = {}
    taken: dict[str, Any] = {}
    for key, field in _LISTS.items():
        given[field] = tuple(value for value in after[key] if value not in before[key])
        taken[field] = tuple(value for value in before[key] if value not in after[key])
    for key, field in _SINGLES.items():
        if after[key] != before[key]:
            given[field] = after[key]
    for table in ("dates", "fields"):
        now, then = after[table], before[table]
        given[table] = tuple(f"{key}={value}" for key, value in now.items() if then.get(key) != value)
        taken[table] = [key for key in then if key not in now]
    return Details(**given), Removals(**taken)
