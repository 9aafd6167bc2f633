"""The README is true: its console blocks are typed into a shell, one after the other, and print what stands there.

`UPDATE_GOLDENS=1` writes what they print into the README instead.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

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


def test_the_page_about_mail_names_every_reason() -> None:
    from dexcli.domain.policy import REASONS

    rows = re.findall(r"^\| (`.*?) \| (?:yes|no) \|", (ROOT / "docs/mail.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(code for row in rows for code in re.findall(r"`(\w+)`", row)) == sorted(REASONS)


def test_every_command_that_the_readme_names_exists() -> None:
    from dexcli.cli.table import COMMANDS

    named = set(re.findall(r"\bdex ([a-z]+)\b", README.read_text("utf-8")))
    assert named - set(COMMANDS) - {"alone", "asks", "itself", "uses", "believe"} == set()
