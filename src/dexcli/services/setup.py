"""Dex itself: who I am, which settings are in force, and keeping what `due` depends on in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from dexcli.config import settings as config
from dexcli.config.settings import Settings
from dexcli.domain import identifiers, names
from dexcli.domain.identifiers import Identifier
from dexcli.errors import NotFoundError, UsageError
from dexcli.results.setup import ConfigInfo, MeInfo, MeResult
from dexcli.services import ownership
from dexcli.services.invocation import Invocation
from dexcli.store import bulk, judging, me, settings
from dexcli.store.connection import Connection
from dexcli.store.journal import operation

Places = tuple[Path, Path | None]
"""The database, and the configuration file, which has none without a home directory."""


def adopt(conn: Connection, call: Invocation, values: Settings, stamp: str, path: Path | None) -> list[str]:
    """Bring the database into line with the configuration, before a writing command does anything else.

    All or nothing: a line that cannot be read is an error until it is mended. Returns warnings: whose addresses the
    configuration has taken.
    """
    mine = mine_of(values, call.region, path)
    with operation(conn, now=call.now, command="config") as op:
        settings.adopt(conn, call.settings, stamp, values.dates_timezone)
        if settings.store_policy(conn, values.policy):
            judging.judge_again(conn, values.policy)
        warnings = ownership.taken_from(conn, mine, path.name if path else "the configuration")
        added = [one for one in mine if me.add(op, one)]
        op.summary = f"took {len(added)} of your own addresses from the configuration"
    return warnings


def mine_of(values: Settings, region: str | None, path: Path | None) -> list[Identifier]:
    """My own identifiers as the configuration at `path` lists them."""
    return [
        *filter(None, map(identifiers.email, values.me_emails)),  # whether they can be read was checked with the file
        *(_own_phone(text, region, path) for text in values.me_phones),
        *(Identifier(me.NAME, names.fold(text)) for text in values.me_names),
    ]


def set_up(
    writing: Callable[[], AbstractContextManager[Connection]],
    call: Invocation,
    places: Places,
    mine: Sequence[str],
    own_names: Sequence[str],
    changes: Mapping[str, str | None],
    *,
    force: bool = False,
) -> MeResult:
    """Write the settings that were given, then open the database and say which addresses are mine.

    Raises AmbiguousError before anything is written where one is somebody's, unless forced.
    """
    given = {key: config.parse_value(key, value) for key, value in changes.items() if value is not None}
    region, order = changes.get("phone.region"), changes.get("dates.order")
    call = msgspec.structs.replace(call, region=region or call.region, date_order=order or call.date_order)
    if mine and not force:
        with writing() as conn:
            ownership.refuse_taken(conn, [_own(text, call.region) for text in mine])
    if given and places[1] is not None and not call.dry_run:
        config.write(places[1], given)
    with writing() as conn:
        if mine or own_names:
            return add_to_me(conn, call, places, mine, own_names, force=True)
        return who_am_i(conn, call, places)


def who_am_i(conn: Connection, call: Invocation, places: Places) -> MeResult:
    """My own addresses, numbers and names."""
    return _mine(conn, call, places, done=None, operation_id=None)


def add_to_me(
    conn: Connection,
    call: Invocation,
    places: Places,
    texts: Sequence[str],
    names_: Sequence[str] = (),
    *,
    force: bool = False,
) -> MeResult:
    """Say which addresses and numbers are mine; raises AmbiguousError where one is somebody's, unless forced."""
    mine = [_own(text, call.region) for text in texts] + [Identifier(me.NAME, names.fold(text)) for text in names_]
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        if not force:
            ownership.refuse_taken(conn, mine)
        added = [one for one in mine if me.add(op, one)]
        op.summary = f"{_listed(added)} {'is' if len(added) == 1 else 'are'} yours" if added else "nothing new"
        return _mine(conn, call, places, done=op.summary, operation_id=op.ref)


def take_from_me(conn: Connection, call: Invocation, places: Places, texts: Sequence[str]) -> MeResult:
    """Say which addresses and numbers are no longer mine, and how much mail was not kept as long as they were."""
    with operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        taken = []
        for text in texts:
            found = identifiers.recognise(text, call.region) or Identifier(me.NAME, names.fold(text))
            if not me.remove(op, found) and not me.remove(op, Identifier(me.NAME, names.fold(text))):
                raise NotFoundError(f"{text!r} is not among your own", hint="dex me lists them")
            taken.append(found.value)
        op.summary = f"{', '.join(texts)}: no longer yours"
        done = op.summary + _not_kept(bulk.between_mine(conn, taken))
        return _mine(conn, call, places, done=done, operation_id=op.ref)


def _not_kept(mails: int) -> str:
    """What mail there is that was not kept, and how to have it."""
    if not mails:
        return ""
    told = "1 mail that named nobody but you was" if mails == 1 else f"{mails:,} mails that named nobody but you were"
    return f"; {told} not kept: dex sync --full, or importing again, brings {'it' if mails == 1 else 'them'}"


def show_config(path: Path, me: MeInfo | None = None) -> ConfigInfo:
    """Every setting in force, and what is mine besides."""
    return msgspec.structs.replace(_config_info(path, config.load(path)), me=me)


def change_config(
    path: Path, key: str, text: str | None, mine: Callable[[Settings], MeInfo | None], *, dry_run: bool
) -> ConfigInfo:
    """Set a key of the configuration file, or with None unset it; `mine` says what is mine by the settings then."""
    if key not in config.KEYS:
        raise config.unknown_key(key)
    value = None if text is None else config.parse_value(key, text)
    if not dry_run:
        config.write(path, {key: value})
    values = config.load(path)
    if dry_run:
        attribute = config.KEYS[key][0]
        changed = {attribute: getattr(Settings(), attribute) if value is None else value}
        values = msgspec.structs.replace(values, **changed)
    return msgspec.structs.replace(_config_info(path, values), me=mine(values))


def _config_info(path: Path, values: Settings) -> ConfigInfo:
    shown: dict[str, str | bool | int | list[str] | None] = {}
    for key, (attribute, _, _) in config.KEYS.items():
        value = getattr(values, attribute)
        shown[key] = list(value) if isinstance(value, tuple) else value
    return ConfigInfo(path=str(path), exists=path.exists(), settings=shown)


def all_of_mine(conn: Connection, call: Invocation) -> MeInfo:
    """My own addresses, numbers and names, from wherever they came."""
    return MeInfo(
        emails=me.values(conn, "email"),
        phones=me.values(conn, "phone"),
        names=me.values(conn, me.NAME),
        region=call.region,
        date_order=call.date_order,
    )


def mine_with_file(conn: Connection, call: Invocation, values: Settings, path: Path) -> MeInfo:
    """The same with what the configuration lists and no writing command has taken over yet."""
    stored, listed = all_of_mine(conn, call), mine_of(values, call.region, path)

    def joined(kind: str, known: list[str]) -> list[str]:
        return list(dict.fromkeys([*known, *(one.value for one in listed if one.kind == kind)]))

    return msgspec.structs.replace(
        stored,
        emails=joined("email", stored.emails),
        phones=joined("phone", stored.phones),
        names=joined(me.NAME, stored.names),
    )


def _mine(
    conn: Connection, call: Invocation, places: Places, *, done: str | None, operation_id: str | None
) -> MeResult:
    database, config_file = places
    return MeResult(
        me=all_of_mine(conn, call),
        database=str(database),
        config=None if config_file is None else str(config_file),
        done=done,
        operation_id=operation_id,
    )


def _own(text: str, region: str | None) -> Identifier:
    found = identifiers.recognise(text, region)
    if found is None:
        raise UsageError(
            f"{text!r} is no address, number or profile",
            hint="dex me add ada@example.org '+44 20 7946 0958'; a name with --name",
        )
    return found


def _own_phone(text: str, region: str | None, path: Path | None) -> Identifier:
    found = identifiers.phone(text, region)
    if found is None:
        raise UsageError(
            f"{path}: me.phones: cannot read {text!r}", hint="write it with its calling code: +44 20 7946 0958"
        )
    return found


def _listed(mine: Sequence[Identifier]) -> str:
    return ", ".join(one.value for one in mine)
