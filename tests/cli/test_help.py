"""Help: every command explains itself with an example, within the width, and strangers are told where they are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from dexcli.cli import app
from dexcli.cli.table import COMMANDS
from dexcli.domain import query
from support.program import Dex, Terminal

SOURCE = Path(app.__file__).parent / "commands"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(dex: Dex, command: str) -> None:
    ran = dex(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"Usage: dex {command} ")
    at = next(number for number, line in enumerate(lines) if re.fullmatch(r"  Examples?:", line))
    assert re.match(rf"    (\S+ \S+ \S+ \S+ \| )?.*\bdex {command}\b", "\n".join(lines[at + 1 :])), lines[at + 1]
    assert dex(command, "-h").out == ran.out
    assert dex("help", command).out == ran.out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("columns", "widest"), [("80", 80), ("200", 100)])
def test_help_fits(dex: Dex, command: str, columns: str, widest: int) -> None:
    lines = dex(command, "-h", env={"COLUMNS": columns}).out.splitlines()
    assert [line for line in lines if len(line) > widest] == [], "examples included"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_one_line_of_a_command_is_its_help(dex: Dex, command: str) -> None:
    text = COMMANDS[command].help
    listed = dex("--help").out
    assert re.search(rf"^  {re.escape(command)} +{re.escape(text)}$", listed, re.MULTILINE), "it is cut, or wrapped"
    assert text.endswith(".")


def test_the_help_of_the_program(dex: Dex) -> None:
    ran = dex("--help")
    assert ran.code == 0
    assert "..." not in ran.out.partition("Commands:")[2]
    assert max(map(len, ran.out.splitlines())) <= 80
    assert dex("-h").out == dex("help").out == ran.out
    positions = [ran.out.index(f"\n  {command} ") for command in COMMANDS]
    assert positions == sorted(positions), "in the order of the table"


def test_no_type_of_python_shows_in_the_help(dex: Dex) -> None:
    for command in COMMANDS:
        assert "<" not in dex(command, "--help").out.partition("Options:")[2], command


@pytest.mark.parametrize("file", sorted(SOURCE.glob("[a-z]*.py")), ids=lambda file: file.stem)
def test_a_docstring_names_the_command_and_keeps_its_lines_apart(file: Path) -> None:
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.rstrip("_").replace("_", "-") in COMMANDS:
            text = ast.get_docstring(node) or ""
            assert re.search(r"^\\b\nExamples?:$", text, re.MULTILINE), node.name
            assert "\n\n\\b\n" in text or "\n\\b\nExample" in text


def test_queries_are_explained(dex: Dex) -> None:
    ran = dex("help", "query")
    assert ran.code == 0
    explained = re.findall(r"^  (\w+): +\S", ran.out, re.MULTILINE)
    assert explained == [*query.KEYS, *query.ENTRY_KEYS]
    for word in (
        "quiet:90d",
        "recent:30d",
        "since:2026-01-01",
        *(one for some in query.CHOICES.values() for one in some),
    ):
        assert re.search(rf"\b{word}\b", ran.out), word
    assert max(map(len, ran.out.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_whoever_takes_a_query_says_what_explains_it(dex: Dex, command: str) -> None:
    text = dex(command, "-h").out
    assert ("QUERY" in text) <= ("dex help query" in text)


def test_help_on_what_is_no_command(dex: Dex) -> None:
    ran = dex("help", "nonsense")
    assert (ran.code, ran.out) == (2, "")
    assert "nonsense" in ran.err


@pytest.mark.parametrize(
    "words", [["auth"], ["auth", "login"], ["dex-sync"], ["dex-foo", "--help"], ["auth", "--json"]]
)
def test_who_looks_for_another_program_is_told(dex: Dex, home: Path, words: list[str]) -> None:
    (home / ".dex").mkdir()
    ran = dex(*words, env={"DEX_API_KEY": "secret"})
    assert (ran.code, ran.out) == (2, "")
    assert "this is dexcli" in ran.err
    assert "secret" not in ran.err
    assert list((home / ".dex").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "near"), [(["lst"], "list"), (["snoze", "ada"], "snooze"), (["log", "ada", "--promis", "x"], "--promise")]
)
def test_a_slip_is_told_what_is_near(dex: Dex, words: list[str], near: str) -> None:
    ran = dex(*words)
    assert (ran.code, ran.out) == (2, "")
    assert near in ran.err


def test_the_version_is_one_line(dex: Dex) -> None:
    ran = dex("--version")
    assert re.fullmatch(r"dex \d+\.\d+\.\d+\n", ran.out)
    assert dex("--version", "-q").out == dex("-q", "--version").out == ran.out


def test_help_looks_the_same_on_a_terminal(dex: Dex, terminal: Terminal) -> None:
    assert terminal("log", "--help").text == dex("log", "--help").out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["remove", "ada"], "did you mean rm?"),
        (["delete", "ada"], "did you mean rm?"),
        (["find", "ada"], "did you mean search?"),
        (["grace"], "did you mean dex show grace?"),
        (["ada"], "did you mean dex show ada, or dex add?"),
        (["tag", "ada", "+x", "-friend"], "--remove friend takes the tag off"),
    ],
)
def test_what_others_type_is_told_what_it_is_called_here(known: Dex, words: list[str], hint: str) -> None:
    ran = known(*words, "--json")
    assert (ran.code, ran.out, ran.error["hint"]) == (2, "", hint)


def test_what_begins_with_a_dash_can_be_a_query_of_tag(known: Dex) -> None:
    assert "finds nobody" in known("tag", "--query", "-tag:nope", "+x", "-qv").err


def test_a_word_that_is_nobody_is_no_command_either(dex: Dex) -> None:
    assert dex("grace").code == 2
    assert dex("--db", "nowhere.db", "grace").code == 2


def test_a_slip_in_the_name_of_the_query_help_is_understood(dex: Dex) -> None:
    ran = dex("help", "querry")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean dex help query?" in ran.err
    assert dex("help", "dew").code == 2
    assert "query" not in dex("help", "dew").err
