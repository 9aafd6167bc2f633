"""Chrono's English cases, as data: whatever dex reads of them, it reads as chrono does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from dexcli.domain.dates import read_date
from dexcli.errors import UsageError
from dexcli.services.dates import read

CORPUS = os.environ.get("DEXCLI_CORPUS")
pytestmark = pytest.mark.skipif(not CORPUS, reason="DEXCLI_CORPUS names no folder with the corpus")

READ_THOUGH_NO_DATE_TO_CHRONO = {
    "Tuesday": "chrono.strict refuses bare weekdays; here `prefer` settles which",
    "29 February": "chrono.strict tries this year only; here it is the nearest leap year",
    "February 29": "the same",
    "5m ago": "m is months here, as in cadences; minutes are no dates",
    "in 15m": "the same",
    "15m from now": "the same",
    "5 days": "a bare duration is ago or ahead as `prefer` says",
    "3y": "the same",
    "1 m": "the same",
    "a day": "the same",
}
READ_OTHERWISE_THAN_CHRONO_DOES = {
    "next week": "its Monday, when the week begins; to chrono the same weekday seven days on",
}


def test_whatever_is_read_is_read_as_chrono_does() -> None:
    agreed = by_the_domain = 0
    disagreements = {}
    for case in whole_text_cases():
        today, expected = day_of_reference(case), expected_day(case)
        if today is None or expected is None:
            continue
        days = readings(read, case, today)
        if not days:
            continue
        # Chrono takes the nearest of two days, dex the one on the preferred side.
        if expected in days:
            agreed += 1
            by_the_domain += bool(readings(read_date, case, today))
        else:
            disagreements[case["text"]] = (today, days, expected)
    assert set(disagreements) == set(READ_OTHERWISE_THAN_CHRONO_DOES), disagreements
    assert agreed >= 51
    assert by_the_domain >= 43


def test_what_is_no_date_to_chrono_is_read_only_where_dex_means_to() -> None:
    cases = [case for case in chrono() if "expect" in case and case["expect"] is None]
    assert len(cases) >= 118
    read_all_the_same = {
        case["text"] for case in cases if readings(read, case, day_of_reference(case) or date(2012, 8, 10))
    }
    assert read_all_the_same == set(READ_THOUGH_NO_DATE_TO_CHRONO)


def chrono() -> list[dict[str, Any]]:
    path = Path(CORPUS or "") / "dates" / "chrono" / "cases.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def whole_text_cases() -> list[dict[str, Any]]:
    return [
        case
        for case in chrono()
        if "expect" not in case and case.get("matched", case["text"]).strip() == case["text"].strip()
    ]


def day_of_reference(case: dict[str, Any]) -> date | None:
    """The day the case was asked on; any day where it names none, None where it is JavaScript."""
    try:
        return datetime.fromisoformat(case.get("ref") or "2012-08-10").date()
    except ValueError:
        return None


def expected_day(case: dict[str, Any]) -> date | None:
    """The first day chrono understood; None where it expects less than a day or no year of ours."""
    start = case.get("start")
    if isinstance(start, str):
        return datetime.fromisoformat(start).date()
    fields = case.get("start_fields") or {}
    try:
        return date(fields["year"], fields["month"], fields["day"])
    except (KeyError, ValueError):
        return None


def order_of(case: dict[str, Any]) -> str:
    return "DMY" if case["parser"].endswith(("GB", "ittleEndian")) else "MDY"


def readings(reader: Callable[..., date | None], case: dict[str, Any], today: date) -> set[date]:
    found = set()
    for prefer in ("past", "future"):
        with suppress(UsageError):
            found.add(reader(case["text"], today=today, prefer=prefer, order=order_of(case)))
    return {day for day in found if day is not None}
