"""The rhythm in `show`: from what was logged to the words."""

from __future__ import annotations

from typing import Any

import pytest

from support.program import Dex, Terminal


def shown(dex: Dex, who: str, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = dex("show", who, "--json", *words).json["data"]["rhythm"]
    return found


def log(dex: Dex, who: str, *days: str) -> None:
    for day in days:
        assert dex("log", who, "tea", "--on", day, "-q").code == 0


def test_without_a_cadence_the_own_rhythm_is_told(known: Dex, terminal: Terminal) -> None:
    log(known, "emilie", "2025-12-14", "2026-01-04", "2026-01-25", "2026-02-15")
    assert shown(known, "emilie")["usual_days"] is None
    log(known, "emilie", "2026-03-08")
    assert shown(known, "emilie") == {
        "usual_days": 21,
        "months": [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 1],
        "kept": None,
        "waits": 0,
        "waits_in_time": 0,
        "silent_days": 0,
        "unusual": False,
    }
    assert " Rhythm   about every 3 weeks, no cadence   ▁▁▁▁▁▁▁▁▄▇▄▄\n" in terminal("show", "emilie").text


def test_unusual_silence_is_told_as_the_due_list_tells_it(known: Dex, terminal: Terminal) -> None:
    log(known, "emilie", "2025-12-01", "2025-12-08", "2025-12-15", "2025-12-22", "2025-12-29")
    assert " was about every week, quiet for 9 weeks, no cadence " in terminal("show", "emilie").text
    (drifting,) = known("due", "--json").json["data"]["drifting"]
    rhythm = shown(known, "emilie")
    assert rhythm["unusual"]
    assert (drifting["silent_days"], drifting["usual_days"]) == (rhythm["silent_days"], rhythm["usual_days"])
    earlier = shown(known, "emilie", "--as-of", "2026-01-15")
    assert (earlier["silent_days"], earlier["unusual"]) == (17, False)


def test_a_cadence_is_judged_from_the_day_on_which_it_was_set(dex: Dex) -> None:
    dex("add", "Ada", "--every", "2w", "-q", now="2025-09-01")
    log(dex, "ada", "2025-05-01", "2025-06-15", "2025-08-01", "2025-09-14", "2025-09-28", "2025-10-12", "2025-10-26")
    now = "2025-10-30"
    assert "every 2 weeks, usually kept " in dex("show", "ada", "--color", "always", now=now).out
    rhythm = dex("show", "ada", "--json", now=now).json["data"]["rhythm"]
    assert (rhythm["waits"], rhythm["waits_in_time"], rhythm["kept"]) == (3, 3, True)
    dex("cadence", "ada", "1w", "-q", now="2025-10-29")
    told = dex("show", "ada", "--color", "always", now=now).out
    assert "weekly, so far about every 6 weeks" in told, "nobody can keep what was not set"


@pytest.mark.usefixtures("known")
def test_an_ascii_terminal_gets_numbers(terminal: Terminal) -> None:
    out = terminal("show", "ada", env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}).text
    assert " Rhythm   every 2 weeks   ..........1.   due since" in out
    assert out.isascii()
