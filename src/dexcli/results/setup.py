"""What `init`, `me`, `config` and the other commands about dex itself return."""

from __future__ import annotations

from msgspec import Struct


class MeInfo(Struct, frozen=True, kw_only=True):
    """My own addresses, numbers and names: never a person in the list."""

    emails: list[str]
    phones: list[str]
    names: list[str]
    region: str | None
    """For phone numbers without a calling code: `GB`."""
    date_order: str | None
    """How 03/04/2026 is read: `DMY`, `MDY` or `YMD`; null: it is refused."""


class MeResult(Struct, frozen=True, kw_only=True):
    """`me` and `init`."""

    me: MeInfo
    database: str
    config: str | None
    """Null: it has no place without a home directory."""
    done: str | None
    operation_id: str | None


class ConfigInfo(Struct, frozen=True, kw_only=True):
    """The settings in force and the file they come from."""

    path: str
    exists: bool
    settings: dict[str, str | bool | int | list[str] | None]
    """As in the file, or as they come."""
    me: MeInfo | None = None
    """All that is mine, `dex me add` included; null where the database was not looked at."""

    @property
    def told(self) -> dict[str, str | bool | int | list[str] | None]:
        """The settings for people: what is mine is listed whole, wherever it is kept."""
        if self.me is None:
            return self.settings
        mine = {"me.emails": self.me.emails, "me.phones": self.me.phones, "me.names": self.me.names}
        return self.settings | {key: values for key, values in mine.items() if values}


class SchemaResult(Struct, frozen=True, kw_only=True):
    """`dex schema`: JSON Schema of each command's document."""

    schemas: dict[str, object]
