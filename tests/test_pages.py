"""The generated pages: they say what the program says today, and people can read them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import help_pages
import json_pages
import manual
from dexcli.cli.table import COMMANDS
from dexcli.results import contract
from support.program import Dex

ROOT = Path(__file__).parents[1]
MANUAL = ROOT / "man/dex.1"


def test_every_generated_page_is_current(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "docs/generator", tmp_path], check=True, timeout=200)
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")}
    checked_in = [ROOT / "docs/commands.md", MANUAL, *(ROOT / "docs/json").iterdir()]
    assert written == {path.relative_to(ROOT) for path in checked_in}, "run make docs"
    stale = [str(path) for path in written if (tmp_path / path).read_bytes() != (ROOT / path).read_bytes()]
    assert stale == [], "run make docs"


def test_pages_of_commands_that_are_gone_are_taken_away(tmp_path: Path) -> None:
    (tmp_path / "docs/json").mkdir(parents=True)
    (tmp_path / "docs/json/gone.md").touch()
    (tmp_path / "docs/mine.md").touch()
    subprocess.run([sys.executable, ROOT / "docs/generator", tmp_path], check=True, timeout=200)
    assert not (tmp_path / "docs/json/gone.md").exists()
    assert (tmp_path / "docs/mine.md").exists()


@pytest.mark.parametrize("command", ["", "due", "account", "help"])
def test_the_help_on_the_pages_is_what_the_program_prints(dex: Dex, command: str) -> None:
    words = [command, "--help"] if command else ["--help"]
    printed = "\n".join(line.rstrip() for line in dex(*words).out.splitlines()) + "\n"
    assert help_pages.help_of(command) == printed


def test_every_option_is_on_the_page_of_commands_once_or_for_all() -> None:
    page = help_pages.page()
    common = help_pages.shared()
    for name in COMMANDS:
        section = page.partition(f"\n## dex {name}\n")[2].partition("\n## ")[0]
        shown = re.findall(r"^  (-.*?)(?:  .*)?$", section.partition("Options:")[2], re.MULTILINE)
        assert sorted([*shown, *(one for one in help_pages.told_of(name) if one in common)]) == sorted(
            help_pages.told_of(name)
        ), name


def test_every_field_of_every_document_is_explained_on_a_page() -> None:
    types = (ROOT / "docs/json/types.md").read_text("utf-8")
    for command, roots in contract.COMMANDS.items():
        page = (ROOT / "docs/json" / json_pages.page_of(command)).read_text("utf-8") + types
        for one in json_pages.reached(roots):
            section = page.partition(f"\n## {one.__name__}\n")[2].partition("\n## ")[0]
            told = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
            assert told == list(one.__struct_fields__), f"{command}: {one.__name__}"


def test_a_result_without_an_example_stops_the_generator() -> None:
    with pytest.raises(LookupError, match=r"no example of `dex due` is a DueList: add one to STORY"):
        list(json_pages.pages([]))


def manual_page() -> subprocess.CompletedProcess[str]:
    """The manual page as it is read in a terminal of 80 columns, with what the reader complains of."""
    for program, command in {
        "groff": ["groff", "-man", "-Tutf8", "-ww", "-rLL=80n", str(MANUAL)],
        "man": ["man", "--warnings", "-l", str(MANUAL)],
        "mandoc": ["mandoc", "-Tutf8", "-Wwarning", "-Owidth=80", str(MANUAL)],
    }.items():
        if shutil.which(program):
            environment = {**os.environ, "MANWIDTH": "80", "MAN_KEEP_FORMATTING": "", "GROFF_NO_SGR": "1"}
            return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=True)
    pytest.skip("none of man, groff and mandoc is installed: the manual page was not formatted")


def test_the_manual_page_is_read_without_a_complaint() -> None:
    read = manual_page()
    assert read.stderr == ""
    text = re.sub(r".\x08", "", read.stdout)
    assert max(map(len, text.splitlines())) <= 80
    for name in COMMANDS:
        assert re.search(rf"^   dex {name}\b", text, re.MULTILINE), "a heading"
        assert [option for option in help_pages.told_of(name) if option not in text] == [], name
    assert "dex due --json | jq '.data.items[].person.handle'" in text, "examples can be copied"
    assert "--exit-code" in text


def test_nothing_in_the_manual_page_is_obeyed_by_accident() -> None:
    for line in manual.page().splitlines():
        if line.startswith((".", "'")):
            assert re.match(r'\.(\\"|(TH|SH|SS|PP|TP|B|I|RI|in|nf|fi|br|nh|ad)\b)', line), line
    assert list(manual._flowing("Type `-x`. `.B` is no request.")) == [
        "Type \\fB\\-x\\fP\\&.",
        "\\fB\\&.B\\fP is no request.",
    ]
    assert list(manual._as_it_is([".B x\\fR 'y' -z", "'s"]))[3:5] == [
        "\\&.B x\\efR \\(aqy\\(aq \\-z",
        "\\(aqs",
    ]
