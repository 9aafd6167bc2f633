"""The README is true: its console blocks are typed into a shell, one after the other, and print what stands there.

`UPDATE_GOLDENS=1` writes what they print into the README instead.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.readme import ROOT, prepare, rewritten, run, steps

README = ROOT / "README.md"


def test_every_console_block_prints_what_the_readme_says(home: Path) -> None:
    text = README.read_text("utf-8")
    for program in ("script", "jq"):
        if shutil.which(program) is None:
            pytest.skip(f"the README's console blocks need {program}, which is not installed")
    prepare(home)
    wanted = steps(text)
    shown = [run(step.command, home) for step in wanted]
    if os.environ.get("UPDATE_GOLDENS"):
        README.write_text(rewritten(text, shown), "utf-8")
        wanted = steps(README.read_text("utf-8"))
    assert len(wanted) > 20
    for step, got in zip(wanted, shown, strict=True):
        assert got == step.output, f"README.md:{step.line}: $ {step.command}"


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def reasons() -> list[str]:
    """The codes on the page about mail, in its order."""
    rows = re.findall(r"^\| (`.*?) \| (?:yes|no) \|", (ROOT / "docs/mail.md").read_text("utf-8"), re.MULTILINE)
    return [code for row in rows for code in re.findall(r"`(\w+)`", row)]


def test_the_page_about_mail_names_every_reason() -> None:
    from dexcli.domain.policy import REASONS

    assert sorted(reasons()) == sorted(REASONS)


CASES: dict[str, dict[str, Any]] = {
    "connected": {"kind": "connection"},
    "invitation": {"kind": "invitation"},
    "event": {"kind": "event"},
    "cancelled": {"status": "cancelled"},
    "not_named": {"mine": None},
    "i_declined": {"mine": "declined", "role": "attendee"},
    "declined": {"mine": "organizer", "role": "declined"},
    "author": {"mine": "from", "role": "from"},
    "many": {"others": 50},
    "i_in_cc": {"mine": "cc"},
    "they_in_cc": {"role": "cc"},
    "fellow": {"role": "to"},
    "direct": {},
}
"""What each reason is about, beside a mail from somebody to me."""

HEADERS = {
    "list": ("list-id", "<looms.example.org>"),
    "bulk": ("precedence", "bulk"),
    "auto": ("auto-submitted", "auto-replied"),
    "bounce": ("return-path", "<>"),
}


def test_the_page_about_mail_names_the_reasons_in_the_order_in_which_they_decide() -> None:
    from dexcli.domain.machines import automatic
    from dexcli.domain.policy import Circumstances, Policy, judge

    order = [code for code in reasons() if code in CASES]
    assert len(order) == len(CASES)
    for first, second in itertools.combinations(order, 2):
        shared = CASES[first].keys() & CASES[second].keys()
        if all(CASES[first][key] == CASES[second][key] for key in shared):
            case = {"kind": "mail", "others": 1, "mine": "to", "role": "from", **CASES[second], **CASES[first]}
            role = case.pop("role")
            assert judge(Circumstances(**case), role, Policy()).why == first, f"{first} before {second}"
    found = [code for code in reasons() if code in HEADERS]
    for number, code in enumerate(found):
        assert automatic(dict(HEADERS[one] for one in found[number:]), "no-reply@example.org") == code
    assert reasons().index("no_reply") == reasons().index(found[-1]) + 1


def test_every_command_that_the_readme_names_exists() -> None:
    from dexcli.cli.table import COMMANDS

    named = set(re.findall(r"\bdex ([a-z]+)\b", README.read_text("utf-8")))
    assert named - set(COMMANDS) - {"alone", "asks", "itself", "uses", "believe", "decides"} == set()
