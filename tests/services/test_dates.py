from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Literal

import pytest

from dexcli.errors import ExitCode, UsageError
from dexcli.services.dates import read

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-04", date(2026, 3, 4)),
        ("3d ago", date(2026, 11, 20)),
        ("this friday", date(2026, 11, 27)),
        ("yesterday evening", date(2026, 11, 22)),
        ("noon tomorrow", date(2026, 11, 24)),
        ("tonight", MONDAY),
        ("2026 mar 12", date(2026, 3, 12)),
        ("friday 13", date(2026, 11, 13)),
    ],
)
def test_english_dates_are_read(text: str, expected: date) -> None:
    assert read(text, today=MONDAY, prefer="past") == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("gestern", "de", date(2026, 11, 22)),
        ("heute", "de", MONDAY),
        ("vor 3 Tagen", "de", date(2026, 11, 20)),
        ("12. März", "de", date(2026, 3, 12)),
        ("23. November", "de", MONDAY),
        ("2. Februar 2026", "de", date(2026, 2, 2)),
        ("3d ago", "de", date(2026, 11, 20)),
        ("hier", "fr", date(2026, 11, 22)),
        ("1er mars", "fr", date(2026, 3, 1)),
    ],
)
def test_the_language_of_the_locale_is_read_besides_english(text: str, language: str, expected: date) -> None:
    assert read(text, today=MONDAY, prefer="past", language=language) == expected


def test_the_preferred_side_holds_in_every_language() -> None:
    assert read("12. März", today=MONDAY, prefer="future", language="de") == date(2027, 3, 12)
    assert read("Freitag", today=MONDAY, prefer="past", language="de") == date(2026, 11, 20)
    assert read("Freitag", today=MONDAY, prefer="future", language="de") == date(2026, 11, 27)


@pytest.mark.parametrize("prefer", ["past", "future"])
@pytest.mark.parametrize(
    "text",
    [
        # no date at all
        *("", "soon", "ada", "never", "5", "1-2", "x" * 1000),
        # less than a day: dateparser makes up the rest
        *("march", "2026", "march 2026", "5th", "last week", "next month", "q3 2026"),
        # a time of day, whose day depends on when one asks
        *("5pm", "noon", "2 hours ago", "30 seconds", "in 5 hours", "a minute ago"),
        # dateparser reads these, and passes over a part
        *(
            "2 days before today tomorrow",
            "today at 5",
            "today week",
            "31 today",
            "now 2026",
            "yesterday 6pm",
        ),
        *("March 3 at 10", "8pm - 11", "10 - 22 August 2026", "ten years ago tomorrow", "monday 10"),
        *("monday 12 mar 26", "1 jan 2026 23:00 -1200", "0 days today"),
        *("0 hours", "tuesday noon 12 november"),
    ],
)
def test_what_cannot_be_read_is_an_error_and_never_today(text: str, prefer: Literal["past", "future"]) -> None:
    with pytest.raises(UsageError, match="cannot read the date") as refusal:
        read(text, today=MONDAY, prefer=prefer)
    assert refusal.value.exit_code is ExitCode.USAGE
    assert refusal.value.hint is not None
    assert ("3d ago" if prefer == "past" else "next friday") in refusal.value.hint


@pytest.mark.parametrize("text", ["1 Tagen 2020", "vor 0 Tagen", "heute 5", "2 Stunden", "März 2026"])
def test_other_languages_are_not_guessed_at_either(text: str) -> None:
    with pytest.raises(UsageError, match="cannot read the date"):
        read(text, today=MONDAY, prefer="past", language="de")


@pytest.mark.parametrize("language", ["en", "de"])
def test_dateparser_never_guesses_the_order_of_figures(language: str) -> None:
    with pytest.raises(UsageError, match="can be read as"):
        read("03/04/2026", today=MONDAY, prefer="past", language=language)
    with pytest.raises(UsageError, match="cannot read"):
        read("Fri 3/4 2026", today=MONDAY, prefer="past", language=language)
    assert read("03/04/2026", today=MONDAY, prefer="past", order="DMY", language=language) == date(2026, 4, 3)


def test_a_language_that_dateparser_does_not_know_leaves_english() -> None:
    assert read("yesterday", today=MONDAY, prefer="past", language="xx") == date(2026, 11, 22)
    with pytest.raises(UsageError, match="cannot read"):
        read("gestern", today=MONDAY, prefer="past", language="xx")


def test_dateparser_is_loaded_only_for_what_it_may_know() -> None:
    program = (
        "import sys; from contextlib import suppress; from datetime import date\n"
        "from dexcli.errors import UsageError; from dexcli.services.dates import read\n"
        "for text in ('2026-03-04', '2w', 'last tuesday', '12 March', '03/04/2026', '1-2', 'soon ' * 20):\n"
        "    with suppress(UsageError):\n"
        "        read(text, today=date(2026, 11, 23), prefer='past')\n"
        "sys.exit('dateparser' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("next week", date(2026, 11, 30)),
        ("until monday", date(2026, 11, 30)),
        ("until april", date(2027, 4, 1)),
        ("till 12 march", date(2027, 3, 12)),
        ("end of month", date(2026, 11, 30)),
        ("the end of the month", date(2026, 11, 30)),
    ],
)
def test_what_lies_ahead_has_words_of_its_own(text: str, expected: date) -> None:
    assert read(text, today=MONDAY, prefer="future") == expected
    with pytest.raises(UsageError):
        read(text, today=MONDAY, prefer="past")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this morning", MONDAY),
        ("yesterday 18:30", date(2026, 11, 22)),
        ("today at 9:05", MONDAY),
        ("friday evening", date(2026, 11, 20)),
    ],
)
def test_of_a_time_behind_a_day_the_day_is_read(text: str, expected: date) -> None:
    assert read(text, today=MONDAY, prefer="past") == expected


def test_a_week_is_no_day_and_the_hint_names_one() -> None:
    with pytest.raises(UsageError) as refusal:
        read("last week", today=MONDAY, prefer="past")
    assert "last monday" in str(refusal.value.hint)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [("feb 30", "28 or 29 days"), ("2026-02-29", "February 2026 has 28 days"), ("31 april", "April has 30 days")],
)
def test_a_day_that_is_not_there_is_told_how_long_the_month_is(text: str, remedy: str) -> None:
    with pytest.raises(UsageError, match="no such day") as refusal:
        read(text, today=MONDAY, prefer="past")
    assert remedy in str(refusal.value.hint)


def test_what_lies_ahead_is_shown_by_days_to_come() -> None:
    """Each of the examples can be typed as it stands."""
    with pytest.raises(UsageError) as refusal:
        read("banana", today=date(2026, 3, 8), prefer="future")
    assert refusal.value.hint == 'write 2026-03-22, tomorrow, 2w, "next friday" or "24 December"'
    for form in ("2026-03-22", "tomorrow", "2w", "next friday", "24 December"):
        assert read(form, today=date(2026, 3, 8), prefer="future") > date(2026, 3, 8)
