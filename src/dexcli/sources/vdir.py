"""Folders of cards and events, one file each (vdir), as vdirsyncer, khard and khal keep them. It needs no secret."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from datetime import date, tzinfo
from pathlib import Path

import msgspec
from msgspec import Struct

from dexcli.domain.dates import moved
from dexcli.domain.records import Checkpoint, Gone, InteractionRecord, Origin, Skipped, SourceItem
from dexcli.errors import ServerError
from dexcli.sources import _card_objects, _ical
from dexcli.sources._ical import Window
from dexcli.sources.archive import readable
from dexcli.sources.base import NamesAnybody

SOURCE = "vdir"

FILES_PER_CHECKPOINT = 250

MAX_FILE = 16 * 1024 * 1024
"""Bytes: a card with a large picture is a tenth of it."""

MAX_FILES = 200_000

_NO_FILE = "it is no file that can be read"


class VdirAccount(Struct, frozen=True, kw_only=True):
    """A folder, and when and where it is read."""

    name: str
    path: Path
    today: date
    zone: tzinfo
    since: date | None = None
    """Events before this day are left out."""
    names_anybody: NamesAnybody | None = None
    """Of what invites nobody, events with such titles are read as well."""
    full: bool = False


class _File(Struct, frozen=True, kw_only=True, array_like=True):
    """A file as it was read."""

    changed: int
    """When it was last changed, in nanoseconds since 1970."""
    size: int
    digest: str


class _Cursor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was read of the folder."""

    of: str
    until: date
    """Series are read up to this day."""
    since: date
    files: dict[str, _File] = {}
    """By path within the folder."""
    groups: dict[str, tuple[tuple[str, ...], ...]] = {}
    series: tuple[str, ...] = ()


class VdirSource:
    """The people and meetings of one folder."""

    source = SOURCE

    def __init__(self, account: VdirAccount) -> None:
        self.account = account.name
        self._account = account

    def goes_on(self, cursor: str | None) -> bool:
        """Whether reading from this cursor goes on behind what was read before, so that `since` says nothing."""
        return bool(_known(cursor, self._account).files)

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """Yield records for every file that is new or was changed, and Gone behind an event that was changed.

        Of a card that vanished nothing is said: the person stays. Raises ServerError where there is no folder.
        """
        yield from _Reading(self._account, _known(cursor, self._account)).items()


def open_account(account: VdirAccount) -> VdirSource:
    """The source that reads a folder."""
    return VdirSource(account)


def check(account: VdirAccount) -> list[str]:
    """The collections in the folder: folders with cards or events. Raises as reading does."""
    return sorted({name.rpartition("/")[0] or "." for name in _files(account.path)[0]})


class _Reading:
    """One reading of a folder."""

    def __init__(self, account: VdirAccount, known: _Cursor) -> None:
        self._account = account
        self._known = known
        self._files = dict(known.files)
        self._groups = dict(known.groups)
        self._series = dict.fromkeys(known.series)
        until = moved(account.today, _ical.AHEAD.days)
        near = (known.until - account.today) * 2 <= _ical.AHEAD
        self._until = until if near else known.until
        self._again = set(known.series) if near else set[str]()
        """Series that are followed further."""

    def items(self) -> Iterator[SourceItem]:
        there, others = _files(self._account.path)
        for name in others:
            yield Skipped(where=self._where(name), reason=_NO_FILE)
        gone = self._files.keys() - there.keys()
        cards: list[str] = []
        events: list[str] = []
        for name in there:
            if not name.isprintable():
                yield Skipped(where=self._where(name), reason="its name cannot be read")
            elif self._account.full or name in self._again or self._is_new(name, there[name]):
                (cards if name.lower().endswith(".vcf") else events).append(name)
        everybody = [name for name in there if name.lower().endswith(".vcf") and name.isprintable()]
        yield from self._cards(cards, everybody, gone, there)
        for count, name in enumerate(events, start=1):
            yield from self._event(name, there[name])
            if count % FILES_PER_CHECKPOINT == 0:
                yield self._checkpoint(self._known.until)
        folders = {name.rpartition("/")[0] for name in there}
        for name in sorted(gone):
            self._files.pop(name)
            self._series.pop(name, None)
            # A folder that is not there, or empty, may be back tomorrow: it takes nothing with it.
            if not name.lower().endswith(".vcf") and name.rpartition("/")[0] in folders:
                yield Gone(origin=self._origin(name))
        yield self._checkpoint(self._until)

    def _is_new(self, name: str, found: os.stat_result) -> bool:
        known = self._files.get(name)
        return known is None or (known.changed, known.size) != (found.st_mtime_ns, found.st_size)

    def _cards(
        self, changed: list[str], everybody: list[str], gone: set[str], there: dict[str, os.stat_result]
    ) -> Iterator[SourceItem]:
        held = []
        for name in changed:
            data = self._read(name)
            if isinstance(data, Skipped):
                yield data
            elif self._take(name, there[name], data):
                held.append(_card_objects.held(data, ref=name, where=self._where(name)))
        groups = {ref: said for ref, said in self._groups.items() if ref not in gone}
        for card in held:
            groups.pop(card.ref, None)
            if said := tuple((one.name, *sorted(one.members)) for one in card.groups() if one.name):
                groups[card.ref] = said
        if groups != self._groups and self._known.files:
            # Whoever is in a group says so by a tag, and is told about by another card: all are read again.
            done = {card.ref for card in held}
            held += [
                _card_objects.held(data, ref=name, where=self._where(name))
                for name in everybody
                if name not in done and not isinstance(data := self._read(name), Skipped)
            ]
        self._groups = groups
        tags = _card_objects.tags_of(groups)
        held.sort(key=lambda card: card.ref)
        for count, card in enumerate(held, start=1):
            folder = card.ref.rpartition("/")[0]
            yield from _card_objects.read(card, tags, source=SOURCE, account=self._account.name, folder=folder)
            if count % FILES_PER_CHECKPOINT == 0:
                yield self._checkpoint(self._known.until, self._without(held[count:]))
        yield self._checkpoint(self._known.until)

    def _without(self, cards: list[_card_objects.CardObject]) -> dict[str, _File]:
        """The files without those whose records are still to come."""
        left = {card.ref for card in cards}
        return {name: file for name, file in self._files.items() if name not in left}

    def _event(self, name: str, found: os.stat_result) -> Iterator[SourceItem]:
        known = name in self._files
        data = self._read(name)
        if isinstance(data, Skipped):
            yield data
            return
        if not self._take(name, found, data) and name not in self._again:
            return
        if _ical.goes_on(data):
            self._series[name] = None
        else:
            self._series.pop(name, None)
        window = Window(
            first=self._known.since,
            last=self._until,
            zone=self._account.zone,
            names_anybody=self._account.names_anybody,
        )
        items = _ical.of_object(data, origin=self._origin(name), where=self._where(name), window=window)
        yield from items
        if known and not any(isinstance(item, Skipped) for item in items):
            keys = frozenset(item.key for item in items if isinstance(item, InteractionRecord))
            yield Gone(origin=self._origin(name), keys=keys)

    def _take(self, name: str, found: os.stat_result, data: bytes) -> bool:
        """Remember a file; False where only its time has changed."""
        digest = hashlib.sha256(data).hexdigest()[:32]
        known = self._files.get(name)
        self._files[name] = _File(changed=found.st_mtime_ns, size=found.st_size, digest=digest)
        return known is None or known.digest != digest or self._account.full

    def _read(self, name: str) -> bytes | Skipped:
        try:
            # What has become a pipe since it was looked at must not be waited for.
            descriptor = os.open(self._account.path / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as stream:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return Skipped(where=self._where(name), reason=_NO_FILE)
                data = stream.read(MAX_FILE + 1)
        except OSError as error:
            return Skipped(where=self._where(name), reason=f"it cannot be read: {error.strerror}")
        if len(data) > MAX_FILE:
            return Skipped(where=self._where(name), reason=f"it is larger than {MAX_FILE // 1024**2} MB")
        return data

    def _where(self, name: str) -> str:
        return f"{self._account.name}/{readable(name)}"

    def _origin(self, name: str) -> Origin:
        folder, _, base = name.rpartition("/")
        return Origin(source=SOURCE, account=self._account.name, folder=folder, ref=base)

    def _checkpoint(self, until: date, files: dict[str, _File] | None = None) -> Checkpoint:
        cursor = _Cursor(
            of=self._known.of,
            until=until,
            since=self._known.since,
            files=self._files if files is None else files,
            groups=self._groups,
            series=tuple(self._series),
        )
        return Checkpoint(cursor=msgspec.json.encode(cursor).decode())


def _files(root: Path) -> tuple[dict[str, os.stat_result], list[str]]:
    """The cards and events of a folder and of the folders in it, by their paths; hidden ones are none of them.

    Also what has such a name and is no file: a pipe that would be waited for, a device, a link to nowhere.
    """
    if not root.is_dir():
        raise ServerError(f"there is no folder {root}", hint="path = the folder that vdirsyncer or khard keeps")
    found: dict[str, os.stat_result] = {}
    others: list[str] = []

    def refuse(error: OSError) -> None:
        raise ServerError(f"cannot read {error.filename}: {error.strerror}", hint="check who may read it") from error

    for directory, folders, names in os.walk(root, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for base in sorted(names):
            if base.startswith(".") or not base.lower().endswith((".vcf", ".ics")):
                continue
            path = Path(directory, base)
            name = str(path.relative_to(root))
            try:
                about = path.stat()
            except FileNotFoundError:
                if path.is_symlink():  # to nowhere; what is gone by now was never there
                    others.append(name)
                continue
            except OSError:
                others.append(name)
                continue
            if stat.S_ISREG(about.st_mode):
                found[name] = about
            else:
                others.append(name)
        if len(found) > MAX_FILES:
            raise ServerError(f"{root} has more than {MAX_FILES:,} cards and events", hint="is it the right folder?")
    return found, others


def _known(cursor: str | None, account: VdirAccount) -> _Cursor:
    """What a cursor says, if it was written for this very folder."""
    try:
        known = msgspec.json.decode(cursor or "", type=_Cursor)
    except msgspec.DecodeError:
        known = None
    if known is None or known.of != str(account.path):
        since = account.since or moved(account.today, -_ical.BACK.days)
        return _Cursor(of=str(account.path), until=moved(account.today, _ical.AHEAD.days), since=since)
    return known
