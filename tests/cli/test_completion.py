"""Completion: the scripts that are checked in, and what they offer in real shells; never an error, never a file."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from dexcli.cli import completion, quick
from dexcli.cli.table import COMMANDS
from support.program import DEX, Dex

SCRIPTS = Path(__file__).parents[2] / "completions"


def offers(dex: Dex, *words: str) -> list[str]:
    """What is offered for the last word behind `dex`."""
    ran = dex(env={"_DEX_COMPLETE": "\t".join(words)})
    assert (ran.code, ran.err) == (0, "")
    return [line.split("\t")[0] for line in ran.out.splitlines()]


def in_bash(
    line: str, *before: str, environment: dict[str, str] | None = None, prepare: str = "", cwd: Path | None = None
) -> list[str]:
    """What bash puts into COMPREPLY when the cursor stands behind `line`; words are told apart as bash does."""
    words = [*before, *line.split(" ")] if line else list(before)
    script = "\n".join(
        [
            "set -eu",
            prepare,
            f"source {shlex.quote(str(SCRIPTS / 'dex.bash'))}",
            f"COMP_WORDS=({' '.join(map(shlex.quote, words))})",
            f"COMP_CWORD={len(words) - 1}",
            "COMPREPLY=()",
            "complete -p dex >/dev/null",
            f"_dex {shlex.quote(str(DEX))} x y",
            'for offer in ${COMPREPLY[@]+"${COMPREPLY[@]}"}; do printf "%s\\n" "$offer"; done',
        ]
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_scripts_that_are_checked_in_are_current(dex: Dex) -> None:
    assert {path.name for path in SCRIPTS.iterdir()} == {name for name, _ in completion.SCRIPTS.values()}
    for shell, (name, text) in completion.SCRIPTS.items():
        assert (SCRIPTS / name).read_text() == text, f"dex completions {shell} > completions/{name}"
        assert dex("completions", shell).out == text


def test_the_words_of_commands_that_name_people_are_known_commands() -> None:
    assert COMMANDS.keys() >= quick.PERSON | quick.PERSONS
    assert COMMANDS.keys() - quick.PERSON - quick.PERSONS == {
        *(
            "due",
            "add",
            "email",
            "dates",
            "list",
            "done",
            "import",
            "export",
            "account",
            "sync",
            "triage",
            "why",
            "history",
            "undo",
            "backup",
            "restore",
            "init",
            "me",
        ),
        *("config", "schema", "completions", "demo", "help"),
    }


def test_commands_are_offered(dex: Dex) -> None:
    assert offers(dex, "") == list(COMMANDS)
    assert offers(dex, "un") == ["unsnooze", "unarchive", "unignore", "undo"]
    assert offers(dex, "-q", "--db", "x.db", "sh") == ["show"]
    assert offers(dex, "help", "sc") == ["schema"]
    assert offers(dex, "nonsense") == []


def test_options_are_offered(dex: Dex) -> None:
    assert offers(dex, "log", "ada", "--w") == ["--with"]
    assert "--json" in offers(dex, "-")
    assert {"--within", "--as-of", "--db"} <= set(offers(dex, "due", "--"))


def test_handles_are_offered_by_any_word_of_the_name(known: Dex) -> None:
    assert offers(known, "show", "ada") == ["ada-lovelace"]
    assert offers(known, "show", "lov") == ["ada-lovelace"]
    assert offers(known, "show", "john") == ["john-backus", "john-von-neumann"]
    assert offers(known, "show", "john-b") == ["john-backus"]
    assert offers(known, "show", "ADA") == ["ada-lovelace"]
    assert offers(known, "show", "émi") == offers(known, "show", "emi") == ["emilie-du-chatelet"]
    assert offers(known, "show", "ada lo") == offers(known, "show", '"ada lo') == ["ada-lovelace"]
    assert offers(known, "show", "ada\\ lo") == offers(known, "show", "'ada lo") == ["ada-lovelace"]
    assert "mary-somerville" in offers(known, "show", "")
    assert "sales-robot" not in offers(known, "show", "")
    for hostile in ("%", "_", "\\", "'", '"', "*", "$(date)", "\udcff", "a" * 10_000):
        assert offers(known, "show", hostile) in ([], offers(known, "show", ""))


@pytest.mark.parametrize("command", sorted(quick.PERSON | quick.PERSONS))
def test_people_are_offered_where_a_person_is_named(known: Dex, command: str) -> None:
    assert offers(known, command, "gra") == ["grace-hopper"]
    assert offers(known, command, "-q", "gra") == ["grace-hopper"]
    assert (offers(known, command, "ada", "gra") == ["grace-hopper"]) == (command in quick.PERSONS)


def test_people_are_offered_for_others_who_were_there(known: Dex) -> None:
    assert offers(known, "log", "ada", "--with", "gra") == ["grace-hopper"]
    assert offers(known, "log", "ada", "--with", "grace-hopper,al") == ["grace-hopper,alan-turing"]


def test_nothing_is_offered_where_a_text_is_typed(known: Dex) -> None:
    assert offers(known, "log", "ada", "gra") == []
    assert offers(known, "log", "--on", "gra") == []
    assert offers(known, "due", "--tag", "gra") == []
    assert offers(known, "add", "gra") == []


def test_an_offer_says_who_it_is_and_obeys_nobody(known: Dex) -> None:
    known("add", "Eve \x1b]8;;https://example.org\x1b\\Link\x1b]8;;\x1b\\ \x1b[31mred\x07", "--handle", "eve", "-q")
    ran = known(env={"_DEX_COMPLETE": "show\teve"})
    assert ran.out == "eve\tEve Link red\n"


def test_another_database_may_be_named(known: Dex, home: Path) -> None:
    other = home / "other.db"
    known("add", "Emmy Noether", "--db", other, "-q")
    assert offers(known, "--db", str(other), "show", "") == ["emmy-noether"]
    assert offers(known, "show", "--db", "~/other.db", "") == ["emmy-noether"]
    assert known(env={"_DEX_COMPLETE": "show\t", "DEXCLI_DB": str(other)}).out.startswith("emmy-noether\t")


@pytest.mark.parametrize(
    "words", [[""], ["show", ""], ["log", "--with", ""], ["--db", "", "show", ""], ["--db"], ["-", "-"]]
)
def test_no_database_is_created_and_none_is_needed(dex: Dex, home: Path, words: list[str]) -> None:
    offers(dex, *words)
    assert [path for path in home.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("content", [b"", b"no database" * 100, None])
def test_a_database_that_is_none_offers_nothing(dex: Dex, home: Path, content: bytes | None) -> None:
    place = home / "x.db"
    if content is None:
        place.mkdir()
    else:
        place.write_bytes(content)
    assert offers(dex, "--db", str(place), "show", "") == []
    assert content is None or place.read_bytes() == content


def test_bash_completes_people_and_commands(known: Dex) -> None:
    assert in_bash("dex sh") == ["show"]
    assert in_bash("dex show lov") == ["ada-lovelace"]
    assert in_bash("dex show ") == offers(known, "show", "")
    assert in_bash("dex tag ada-lovelace gra") == ["grace-hopper"]
    assert in_bash("dex due --wi") == ["--within"]
    assert in_bash("dex import ") == []


def test_bash_completes_words_with_spaces_and_quotes(known: Dex) -> None:
    known("add", 'Grace O\'Malley $(touch pwned) `touch pwned` "x" *', "--handle", "omalley", "-q")
    assert in_bash("", "dex", "show", '"ada lo') == ["ada-lovelace"]
    assert in_bash("", "dex", "show", "'grace o") == ["omalley"]
    assert in_bash("", "dex", "show", "ada\\ lo") == ["ada-lovelace"]
    assert in_bash("", "dex", "log", "ada", "--with", "grace-hopper,oma") == ["grace-hopper,omalley"]
    assert in_bash("", "dex", "show", "") == offers(known, "show", "")
    assert not Path("pwned").exists()


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("option", ["", "shopt -s nullglob", "shopt -s failglob", "set -f"])
@pytest.mark.parametrize("others", ["a*", "[ag]*", "?", "[x"])
def test_bash_takes_no_offer_for_a_pattern(tmp_path: Path, option: str, others: str) -> None:
    for name in ("a,grace-hopper", "x"):
        (tmp_path / name).touch()
    found = in_bash("", "dex", "log", "ada", "--with", f"{others},gra", prepare=option, cwd=tmp_path)
    assert found == [f"{others},grace-hopper"]


def test_bash_is_told_nothing_where_nothing_is_known(home: Path) -> None:
    assert in_bash("dex show ") == []
    assert in_bash("dex show a", environment={"HOME": "", "XDG_DATA_HOME": ""}) == []
    assert [path for path in home.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "shell",
    [
        pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed"))
        for name in ("bash", "zsh", "fish", "pwsh")
    ],
)
def test_a_script_can_be_read_by_its_shell(shell: str) -> None:
    file = SCRIPTS / completion.SCRIPTS[shell][0]
    check: list[str | Path] = ["pwsh", "-NoProfile", "-File", file] if shell == "pwsh" else [shell, "-n", file]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("known")
@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_completes_people_and_commands() -> None:
    assert in_fish("dex show ada") == ["ada-lovelace\tAda Lovelace"]
    assert in_fish("dex sho") == [f"show\t{COMMANDS['show'].help}"]


def in_fish(line: str) -> list[str]:
    path = f"{DEX.parent}:{os.environ['PATH']}"
    script = f"source {shlex.quote(str(SCRIPTS / 'dex.fish'))}; complete --do-complete {shlex.quote(line)}"
    return subprocess.check_output(
        ["fish", "--no-config", "-c", script], text=True, env={**os.environ, "PATH": path}
    ).splitlines()


@pytest.mark.usefixtures("known")
@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_asks_for_the_words_before_the_cursor() -> None:
    """The line editor is not run: `_describe` writes what it is offered."""
    script = "\n".join(
        [
            "_describe() { print -rl -- ${(P)2}; }",
            "_files() { print files; }",
            "compdef() { :; }",
            f"source {shlex.quote(str(SCRIPTS / '_dex'))}",
            "words=(dex show ada); CURRENT=3; _dex",
            "words=(dex import ''); CURRENT=3; _dex",
        ]
    )
    path = f"{DEX.parent}:{os.environ['PATH']}"
    out = subprocess.check_output(["zsh", "-f", "-c", script], text=True, env={**os.environ, "PATH": path})
    assert out.splitlines() == ["ada-lovelace:Ada Lovelace", "files"]
