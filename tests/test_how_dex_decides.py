"""The page about decisions states the numbers of the code, and its example is what the program says.

`UPDATE_GOLDENS=1` writes what its commands print into the page instead.
"""

from __future__ import annotations

import inspect
import os
import re
import shutil
from pathlib import Path

import pytest

from dexcli.domain import due, policy, rhythm, triage
from dexcli.domain.cadence import parse_cadence
from dexcli.store.due import SHOWN_AGAIN_AFTER, DueView
from dexcli.store.settings import DueSettings
from support.program import Dex
from support.readme import ROOT, rewritten, run, steps

PAGE = ROOT / "docs/how-dex-decides.md"


def text() -> str:
    """Its text, with signs of arithmetic that are typed."""
    return PAGE.read_text("utf-8").replace("\u00d7", "*").replace("\u2212", "-")


def page() -> str:
    """The same in one line."""
    return " ".join(text().split())


@pytest.mark.parametrize(
    "said",
    [
        f"mail to more than {policy.Policy().recipients} people besides you",
        f"A meeting of more than {policy.Policy().people} people besides you",
        f"has waited for {due.REPLY_DAYS} days",
        f"nothing has happened for {due.REPLY_FORGOTTEN_DAYS} days it is forgotten",
        f"`due.lead`, {DueSettings().lead} days unless you set it",
        f"for {due.OCCASION_MONTHS} months after the last contact",
        f"| reply owed | {due.REPLY_POINTS} |",
        f"all together {due.MAX_PROMISED} at most",
        f"| {due.MAX_OCCASION} * (1 - days until / (notice + 1)) |",
        f"The weight is {due.WEIGHTS[1]} for high importance, {due.WEIGHTS[0]} for normal, {due.WEIGHTS[-1]} for low",
        f"longer than {rhythm.DRIFT_FACTOR} times their usual gap",
        f"longer than {rhythm.DRIFT_MIN_DAYS} days",
        f"the latest {rhythm.LATEST_DAYS} days of contact, and there have to be {rhythm.MIN_DAYS} of them",
        f"days since the last / {triage.HALF_LIFE_DAYS})",
        f"asked about again after {triage.LATER_DAYS} days",
        f"{inspect.signature(DueView.drifting).parameters['limit'].default} at most",
        f"or after {SHOWN_AGAIN_AFTER.days} days",
        "`1m` has {} days there, `3m` {}, `1y` {}".format(
            *(round(parse_cadence(text).approx_days) for text in ("1m", "3m", "1y"))
        ),
    ],
)
def test_the_page_states_the_numbers_of_the_code(said: str) -> None:
    assert said in page()


def test_the_page_names_every_reason_in_the_order_in_which_they_decide() -> None:
    section = page().partition("## What counts as contact")[2].partition("**Last contact**")[0]
    named = re.findall(r"`(\w+)`", section)
    assert sorted(named) == sorted(policy.REASONS.keys() - {"me"})
    about_mail = (ROOT / "docs/mail.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*?) \| (?:yes|no) \|", about_mail, re.MULTILINE)
    in_full = [code for row in rows for code in re.findall(r"`(\w+)`", row) if code != "me"]
    assert named == in_full, "tests/test_readme.py holds that page to the code"


def test_the_example_is_what_the_program_says(home: Path) -> None:
    for program in ("script", "jq"):
        if shutil.which(program) is None:
            pytest.skip(f"the example needs {program}, which is not installed")
    wanted = steps(PAGE.read_text("utf-8"))
    shown = [run(step.command, home) for step in wanted]
    if os.environ.get("UPDATE_GOLDENS"):
        PAGE.write_text(rewritten(PAGE.read_text("utf-8"), shown), "utf-8")
        wanted = steps(PAGE.read_text("utf-8"))
    assert len(wanted) == 10
    for step, got in zip(wanted, shown, strict=True):
        assert got == step.output, f"how-dex-decides.md:{step.line}: $ {step.command}"


def test_the_sums_of_the_example_are_the_scores_that_the_program_told() -> None:
    told = dict(re.findall(r"^([A-Z]\w+ \w+): ([\d.]+)$", text(), re.MULTILINE))
    rows = re.findall(r"^\| ([A-Z]\w+ \w+) \| ([-\d.+/*() ]+) \| ([\d.]+) \|$", text(), re.MULTILINE)
    assert {name: score for name, _, score in rows} == told
    assert len(told) == 4
    for name, terms, score in rows:
        value = eval(terms, {})  # noqa: S307 - digits and signs alone
        assert round(value, 3) == float(score), name


def test_calendar_units_are_as_the_page_says(dex: Dex) -> None:
    for on, due_on in (("2026-01-31", "2026-02-28"), ("2025-08-01", "2025-09-01")):
        name = f"Month {on}"
        assert dex("add", name, "--every", "1m").code == 0
        assert dex("log", name, "tea", "--on", on, "--json").json["data"]["due"] == due_on
