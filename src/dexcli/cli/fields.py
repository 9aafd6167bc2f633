"""`--fields`: some columns of a list."""

from __future__ import annotations

import msgspec

from dexcli.errors import UsageError
from dexcli.results.people import Person, PersonFields, PersonList


def chosen(result: PersonList, fields: str) -> PersonFields:
    """Only the named fields of each person, in that order; raises UsageError for a name that is no field."""
    names = [name.strip() for name in fields.split(",") if name.strip()]
    unknown = [name for name in names if name not in Person.__struct_fields__]
    if unknown or not names:
        raise UsageError(
            f"there is no field {', '.join(unknown) or fields!r}", hint=f"fields: {', '.join(Person.__struct_fields__)}"
        )
    people = [msgspec.to_builtins(person) for person in result.items]
    return PersonFields(total=result.total, items=[{name: person[name] for name in names} for person in people])
