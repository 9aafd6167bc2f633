"""The machine's zone: every moment has the offset of its own day, whatever day it is now."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.cli.zone import LocalZone
from support.program import Dex

ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu")


@pytest.mark.parametrize("name", ZONES)
def test_it_is_the_zone_of_that_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("TZ", name)
    time.tzset()
    zone = LocalZone()

    @given(st.datetimes(datetime(1990, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
    def equal(moment: datetime) -> None:
        expected = moment.astimezone(ZoneInfo(name))
        local = moment.astimezone(zone)
        assert local.isoformat() == expected.isoformat()
        assert local == moment
        assert local.replace(tzinfo=zone, fold=expected.fold).utcoffset() == expected.utcoffset()

    equal()
    assert zone.tzname(datetime(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=ZoneInfo(name)).tzname()  # noqa: DTZ001
    assert (zone.utcoffset(None), zone.dst(None), zone.tzname(None)) == (None, None, None)


@pytest.mark.parametrize("name", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_beyond_the_calendar_is_an_overflow(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("TZ", name)
    time.tzset()
    behind = name.startswith("America")
    moment = datetime(1, 1, 1, tzinfo=UTC) if behind else datetime.max.replace(tzinfo=UTC)
    with pytest.raises(OverflowError):
        moment.astimezone(LocalZone())
    inside = moment + timedelta(days=2 if behind else -2)
    assert inside.astimezone(LocalZone()) == inside


@pytest.mark.parametrize("now", ["2026-01-15T09:00:00", "2026-07-15T09:00:00"])
def test_the_day_of_what_is_imported_does_not_depend_on_the_season(dex: Dex, tmp_path: Path, now: str) -> None:
    file = tmp_path / "meetings.csv"
    file.write_text(
        "Date,With,Kind\n"
        "2025-07-01T22:30:00Z,ada@example.org,meeting\n"  # half past midnight in Berlin
        "2025-12-01T22:30:00Z,ada@example.org,meeting\n"  # half past eleven in the evening
    )
    berlin = {"TZ": "Europe/Berlin"}
    dex("add", "Ada Lovelace", "--email", "ada@example.org", "-q", now=now, env=berlin)
    assert dex("import", file, "-q", now=now, env=berlin).code == 0
    entries = dex("show", "ada", "--json", now=now, env=berlin).json["data"]["timeline"]
    assert [entry["on"] for entry in entries] == ["2025-12-01", "2025-07-02"]
    assert [entry["at"][11:] for entry in entries] == ["23:30:00+01:00", "00:30:00+02:00"]
