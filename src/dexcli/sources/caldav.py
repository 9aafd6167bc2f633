"""Calendars on a server (CalDAV): the meetings of the last years first, then what changed, was moved or deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta, tzinfo

import msgspec
from msgspec import Struct

from dexcli.domain.dates import moved
from dexcli.domain.records import Gone, InteractionRecord, Origin, Skipped, SourceItem
from dexcli.sources import _ical
from dexcli.sources._dav_client import CALDAV, DAV, Answer, Answers, DavAccount, Patience, RefusedError, ahead
from dexcli.sources._dav_collections import (
    CALENDARS,
    GONE,
    Collection,
    TokenRefusedError,
    changes,
    is_same,
    multiget,
    token_of,
)
from dexcli.sources._dav_source import Cursor, DavReading, DavSource, collection_names, name_of
from dexcli.sources._ical import Window
from dexcli.sources.base import NamesAnybody

SOURCE = "caldav"

BACK = timedelta(days=2 * 365)
"""How far back the first reading goes, unless the account says otherwise."""

SLICE = timedelta(days=365)
"""Days that are asked for at once; where that is too much for a server, half as many."""

OBJECTS_PER_CHECKPOINT = 100
"""A weekly series is a hundred and fifty items."""

JITTER = timedelta(days=2)
"""By which today may go back without the clock being wrong: travelling is one day of it."""

_DATA = f"{CALDAV}calendar-data"


class CaldavAccount(DavAccount, frozen=True, kw_only=True):
    """An account, and when and where it is read."""

    today: date
    zone: tzinfo
    """The reader's, for times that have none."""
    names_anybody: NamesAnybody | None = None
    """Of what invites nobody, events with such titles are read as well."""
    since: date | None = None
    """The first reading begins on this day."""


class _Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a calendar was read."""

    token: str = ""
    tag: str = ""
    since: date
    """Nothing before this day is read."""
    until: date
    """Series are read up to this day."""
    objects: dict[str, str] = {}
    """The etag of each object by its name in the calendar."""
    series: tuple[str, ...] = ()
    """Names of those that may go on behind `until`."""
    read_to: date | None = None
    """While it is read for the first time, or as a whole again: up to here."""
    before: tuple[str, ...] = ()
    """Names of what was known before it is read again."""


class _Cursor(Cursor[_Place], frozen=True, kw_only=True, omit_defaults=True):
    """How far each calendar was read."""

    places: dict[str, _Place] = msgspec.field(default_factory=dict, name="calendars")


CaldavSource = DavSource[CaldavAccount, _Place]


def open_account(account: CaldavAccount, patience: Patience | None = None) -> CaldavSource:
    """The source that reads an account: an InteractionRecord for each occurrence, and Gone behind what changed."""
    return DavSource(SOURCE, _Reading, account, patience)


def check(account: CaldavAccount, patience: Patience | None = None) -> list[str]:
    """The names of the calendars that would be read. Raises as reading does."""
    return collection_names(account, CALENDARS, patience)


class _Reading(DavReading[CaldavAccount, _Place]):
    """One reading of an account."""

    kind = CALENDARS
    cursor = _Cursor

    def read(self, calendar: Collection) -> Iterator[SourceItem]:
        """Yield what is new in a calendar."""
        place = self.places.get(calendar.path)
        if place is None or place.read_to is not None or self.account.full or self._was_ahead(place):
            yield from self._first(calendar, place)
            return
        if not is_same(self.client, calendar, tag=place.tag, token=place.token):
            yield from self._changed(calendar, place)
        yield from self._longer(calendar)

    def _was_ahead(self, place: _Place) -> bool:
        """Whether a calendar was first read by a clock that was ahead, so that years are missing which matter now."""
        then = moved(place.until, -_ical.AHEAD.days)
        return then > moved(self.account.today, JITTER.days) and place.since == moved(then, -BACK.days)

    # -- the first reading -----------------------------------------------------------------------------

    def _first(self, calendar: Collection, place: _Place | None) -> Iterator[SourceItem]:
        """Read the years that matter, slice by slice; what was known before and is not there any more is gone."""
        if place is None or place.read_to is None:
            usual, until = moved(self.account.today, -BACK.days), moved(self.account.today, _ical.AHEAD.days)
            since = self.account.since or (usual if place is None or self._was_ahead(place) else place.since)
            place = _Place(
                # What changes while it is read is read again. A token is costly for some servers: it is asked for when
                # something has changed, or where nothing else tells that.
                token="" if calendar.tag else token_of(self.client, calendar),
                tag=calendar.tag,
                since=since,
                # A clock that is behind takes no occurrence off.
                until=until if place is None else max(place.until, until),
                read_to=since,
                before=tuple(place.objects) if place is not None else (),
            )
        before = set(place.before)
        objects, series = dict(place.objects), dict.fromkeys(place.series)
        for answers, read_to in self._slices(calendar, place.read_to or place.since, SLICE.days, data=True):
            for count, answer in enumerate(answers, start=1):
                name = name_of(answer.href, calendar)
                if name in objects:
                    continue  # a series is in every slice
                if _DATA not in answer.props:
                    yield self.not_given(calendar, name)
                    continue
                objects[name] = answer.text(f"{DAV}getetag")
                yield from self._object(calendar, answer, place, series, again=name in before)
                if count % OBJECTS_PER_CHECKPOINT == 0:
                    place = msgspec.structs.replace(place, objects=objects, series=tuple(series))
                    yield self.checkpoint(calendar, place)
            if read_to is not None:
                place = msgspec.structs.replace(place, objects=dict(objects), series=tuple(series), read_to=read_to)
                yield self.checkpoint(calendar, place)
        for name in sorted(before - objects.keys()):
            yield self._gone(calendar, name)
        place = msgspec.structs.replace(place, objects=objects, series=tuple(series), read_to=None, before=())
        yield self.checkpoint(calendar, place)

    def _slices(
        self, calendar: Collection, start: date, days: int, *, data: bool
    ) -> Iterator[tuple[list[Answer], date | None]]:
        """What a server has from a day on, so many days at a time, or fewer where that is too much for it.

        Each slice comes with the day behind it; the last one has no end. While one is read, the server looks for the
        next: both take as long.
        """
        horizon = moved(self.account.today, _ical.AHEAD.days)
        last = self.account.today

        def end_of(start: date) -> date | None:
            return None if start >= last else moved(start, days)

        def ask(start: date) -> Callable[[], Answers]:
            return ahead(lambda: self.client.report(calendar.url, _query(start, end_of(start), data=data)))

        asked = ask(start)
        while True:
            end = end_of(start)
            try:
                answers = asked()
                refused = RefusedError(507, "it is too much for the server") if answers.truncated else None
            except RefusedError as error:
                refused = error
            if refused is None:
                if end is None:
                    yield answers.items, end
                    return
                asked = ask(end)
                yield answers.items, end
                start = end
                continue
            if days == 1 or start >= horizon:
                raise refused
            days //= 2
            if end is None:
                last = horizon
            asked = ask(start)

    # -- what changed ------------------------------------------------------------------------------------

    def _changed(self, calendar: Collection, place: _Place) -> Iterator[SourceItem]:
        """Follow what changed since the last reading, by the server's word or by comparing etags."""
        try:
            etags, vanished, token = changes(self.client, calendar, place.token)
            gone = {name_of(href, calendar) for href in vanished}
        except TokenRefusedError:
            token = token_of(self.client, calendar)
            etags, gone = self._compared(calendar, place)
        tag = calendar.tag
        names = {name_of(href, calendar): (href, etag) for href, etag in etags.items()}
        wanted = [href for name, (href, etag) in names.items() if not etag or place.objects.get(name) != etag]
        objects, series = dict(place.objects), dict.fromkeys(place.series)
        for answers in multiget(self.client, calendar, wanted, CALENDARS):
            for answer in answers:
                name = name_of(answer.href, calendar)
                if answer.status == GONE:
                    gone.add(name)
                    continue
                if _DATA not in answer.props:
                    token, tag = place.token, place.tag  # it is asked for again
                    yield self.not_given(calendar, name)
                    continue
                objects[name] = answer.text(f"{DAV}getetag")
                yield from self._object(calendar, answer, place, series, again=True)
            # The token stays the old one until all is read: what was read so far has its etags already.
            place = msgspec.structs.replace(place, objects=dict(objects), series=tuple(series))
            yield self.checkpoint(calendar, place)
        for name in sorted(gone):
            if objects.pop(name, None) is not None:
                yield self._gone(calendar, name)
                series.pop(name, None)
        place = msgspec.structs.replace(place, objects=objects, series=tuple(series), token=token, tag=tag)
        yield self.checkpoint(calendar, place)

    def _compared(self, calendar: Collection, place: _Place) -> tuple[dict[str, str], set[str]]:
        """The etags of what there is in the years that are read, and the names of what was known and is gone."""
        days = (self.account.today - place.since).days + 1
        found = {
            item.href: item.text(f"{DAV}getetag")
            for answers, _ in self._slices(calendar, place.since, max(days, 1), data=False)
            for item in answers
        }
        return found, place.objects.keys() - {name_of(href, calendar) for href in found}

    def _longer(self, calendar: Collection) -> Iterator[SourceItem]:
        """Follow series further, once the day up to which they were read has come near."""
        place = self.places[calendar.path]
        until = moved(self.account.today, _ical.AHEAD.days)
        if (place.until - self.account.today) * 2 > _ical.AHEAD:
            return
        place = msgspec.structs.replace(place, until=until)
        series = dict.fromkeys(place.series)
        wanted = [f"{calendar.path}{name}" for name in place.series]
        for answers in multiget(self.client, calendar, wanted, CALENDARS):
            for answer in answers:
                if _DATA in answer.props:
                    yield from self._object(calendar, answer, place, series, again=True)
        yield self.checkpoint(calendar, place)

    # -- objects -----------------------------------------------------------------------------------------

    def _object(
        self, calendar: Collection, answer: Answer, place: _Place, series: dict[str, None], *, again: bool
    ) -> Iterator[SourceItem]:
        """What an object says; `again`: it may have said something else before."""
        name = name_of(answer.href, calendar)
        data = (answer.props[_DATA].text or "").encode() if _DATA in answer.props else b""
        if _ical.goes_on(data):
            series[name] = None
        else:
            series.pop(name, None)
        window = Window(
            first=place.since,
            last=place.until,
            zone=self.account.zone,
            names_anybody=self.account.names_anybody,
        )
        where, origin = self.where(calendar, name), self._origin(calendar, name)
        items = _ical.of_object(data, origin=origin, where=where, window=window)
        yield from items
        if again and not any(isinstance(item, Skipped) for item in items):
            keys = frozenset(item.key for item in items if isinstance(item, InteractionRecord))
            yield Gone(origin=self._origin(calendar, name), keys=keys)

    def _gone(self, calendar: Collection, name: str) -> Gone:
        return Gone(origin=self._origin(calendar, name))

    def _origin(self, calendar: Collection, name: str) -> Origin:
        return Origin(source=SOURCE, account=self.account.name, folder=calendar.path, ref=name)


def _query(start: date, end: date | None, *, data: bool = True) -> str:
    """A calendar-query for the events of some days; a day on both sides makes room for every zone."""
    until = f' end="{moved(end, 1):%Y%m%d}T000000Z"' if end is not None else ""
    wanted = "<c:calendar-data/>" if data else ""
    return (
        f"<c:calendar-query><d:prop><d:getetag/>{wanted}</d:prop><c:filter><c:comp-filter name='VCALENDAR'>"
        f"<c:comp-filter name='VEVENT'><c:time-range start=\"{moved(start, -1):%Y%m%d}T000000Z\"{until}/>"
        "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    )
