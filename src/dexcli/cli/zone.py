"""The zone of this machine, which knows its changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


class LocalZone(tzinfo):
    """What `datetime.astimezone()` takes for local: that alone gives the offset of one moment, which in the other half
    of the year is an hour off. `zoneinfo` knows as well, and costs more to load than an everyday command may.
    """

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """The offset in force then."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:  # noqa: ARG002 - the signature is datetime's
        """Not told apart."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """The name then in use: `CET`."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        """The local time of a moment told in UTC, with its own offset. Raises OverflowError beyond the calendar."""
        try:
            return moment.replace(tzinfo=UTC).astimezone()
        except ValueError as error:
            raise OverflowError(str(error)) from error
