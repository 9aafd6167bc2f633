"""`--fields`: some columns of a list, as tab-separated text or as JSON."""

from __future__ import annotations

import msgspec

from dexcli.cli.context import Dex
from dexcli.errors import UsageError
from dexcli.results.people import Person, PersonFields, PersonList


def chosen(dex: Dex, result: PersonList, fields: str) -> None:
    """Show only the named fields of each person; raises UsageError for a name that is no field."""
    names = [name.strip() for name in fields.split(",") if name.strip()]
    unknown = [name for name in names if name not in Person.__struct_fields__]
    if unknown or not names:
        raise UsageError(
            f"there is no field {', '.join(unknown) or fields!r}", hint=f"fields: {', '.join(Person.__struct_fields__)}"
        )
    rows = [{name: value for name, value in msgspec.to_builtins(one).items() if name in names} for one in result.items]
    if dex.json:
        dex.show(PersonFields(total=result.total, items=rows))
    else:
        dex.text(["\t".join(_cell(row[name]) for name in names) for row in rows])


def _cell(value: object) -> str:
    from dexcli.render.text import harmless

    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={_cell(one)}" for key, one in value.items())
    return harmless(str(value))
