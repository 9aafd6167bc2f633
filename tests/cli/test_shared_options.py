"""Options that every command takes, before and after its name; what overrules what; the day; the dry run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dexcli.cli.table import COMMANDS, Access
from support.network import dump
from support.program import Dex, Terminal

Words = tuple[str, ...]

WRITING: dict[str, list[Words]] = {
    "log": [("ada", "tea"), ("ada", "x", "--create", "Mary Shelley", "--promise", "a book"), ("nobody", "x")],
    "add": [("Kurt Gödel", "--email", "kurt@example.org", "--tag", "logic"), ("Ada Lovelace",)],
    "edit": [("ada", "--title", "Analyst"), ("i1", "tea instead"), ("ada", "--remove-tag", "chess")],
    "tag": [("ada", "+navy", "--remove", "friend"), ("+navy",)],
    "cadence": [("ada", "3m"), ("--tag", "navy", "2w", "--lead", "14d"), ("ada", "sometimes")],
    "snooze": [("ada", "2w"), ("ada", "yesterday")],
    "unsnooze": [("ada",)],
    "remind": [("ada", "the exam", "--on", "friday"), ("ada", "the exam")],
    "done": [("c1",), ("c9",)],
    "rm": [("ada",), ("i1",), ("i99",)],
    "archive": [("ada",), ("ada", "--deceased", "--on", "1852-11-27"), ("john",)],
    "unarchive": [("mary",)],
    "ignore": [("ada",)],
    "unignore": [("sales",)],
    "import": [("people.csv",), ("cards.vcf",), ("nothing.vcf",), ("people.csv", "--draft", "new.draft")],
    "apply": [("people.draft",), ("nothing.draft",)],
    "account": [("add", "ada@gmail.com"), ("list",), ("add", "ada@nowhere.example"), ("remove", "gmail")],
    "sync": [(), ("nowhere",)],
    "triage": [("--ignore", "nobody@example.org"), ()],
    "undo": [(), ("o1",), ("o99",)],
    "backup": [(), ("/dev/null",)],
    "doctor": [(), ("--fix",)],
    "forget": [("ada-lovelace", "--yes"), ("ada-l", "--yes"), ("nobody", "--yes")],
    "restore": [(), ("nothing.db",)],
    "init": [("--email", "me@example.org", "--region", "DE", "--date-order", "MDY"), ("--region", "Germany")],
    "me": [("add", "me@example.org"), ("remove", "me@example.org")],
    "config": [("set", "due.lead", "14"), ("set", "due.lead", "soon")],
}
"""Commands that write, with arguments that do something and arguments that fail."""


@pytest.fixture
def files(known: Dex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files to import, of which the second has a card that cannot be read, and a draft of the first."""
    (tmp_path / "people.csv").write_text("Name,Email\nAda Lovelace,ada@example.org\nEmmy Noether,emmy@example.org\n")
    (tmp_path / "cards.vcf").write_text(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Emmy Noether\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nNOTE:nobody\nEND:VCARD\n"
    )
    monkeypatch.chdir(tmp_path)
    known("import", "people.csv", "--draft", "people.draft")
    return tmp_path


def test_every_command_that_writes_is_tried_with_a_dry_run() -> None:
    assert WRITING.keys() == {name for name, entry in COMMANDS.items() if entry.access is Access.WRITES}


@pytest.mark.parametrize(("command", "words"), [(name, words) for name, tries in WRITING.items() for words in tries])
def test_a_dry_run_changes_nothing_and_ends_with_the_same_code(
    known: Dex, db: Path, home: Path, files: Path, command: str, words: Words
) -> None:
    before, had, changed = dump(db), everything(home), db.stat().st_mtime_ns
    dry = known(command, *words, "--dry-run", "--json")
    assert dump(db) == before
    assert (everything(home), db.stat().st_mtime_ns) == (had, changed)
    assert everything(files) == {files / "cards.vcf", files / "people.csv", files / "people.draft"}
    wet = known(command, *words, "--json")
    assert (dry.code, bool(dry.out)) == (wet.code, bool(wet.out)), dry.err
    if wet.out:
        assert dry.json["data"].keys() == wet.json["data"].keys()
        assert dry.json["data"].get("operation_id") is None
    else:
        assert dry.error["message"] == wet.error["message"]


def test_a_dry_run_does_not_take_over_settings_that_changed(known: Dex, db: Path, home: Path) -> None:
    known("list", "-q")
    before = db.read_bytes()
    config = home / ".config/dexcli/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[me]\nemails = ["me@example.org"]\n')
    assert known("add", "Kurt Gödel", "--dry-run").code == 0
    assert db.read_bytes() == before


def test_a_dry_run_says_what_would_be_done_and_creates_no_database(dex: Dex, home: Path) -> None:
    ran = dex("add", "Ada Lovelace", "--dry-run")
    assert ran.code == 0
    assert "name\tAda Lovelace\n" in ran.out
    assert ran.err == "dex: added Ada Lovelace (ada-lovelace)\ndex: dry run: nothing was changed\n"
    assert everything(home) == set()


@pytest.mark.parametrize("command", [name for name, entry in COMMANDS.items() if entry.access is not Access.WRITES])
def test_a_command_that_does_not_write_knows_no_dry_run(dex: Dex, command: str) -> None:
    assert dex(command, "--dry-run").code == 2


@pytest.mark.parametrize("command", [name for name, entry in COMMANDS.items() if entry.access is Access.READS])
def test_reading_commands_write_nothing(dex: Dex, home: Path, command: str) -> None:
    dex(command, *(["nobody"] if command == "show" else []))
    assert everything(home) == set()


def test_shared_options_stand_before_and_after_the_command(dex: Dex, home: Path) -> None:
    file = home / "people.db"
    assert dex("--db", file, "-q", "add", "Ada Lovelace").code == 0
    expected = dex("list", "--db", file, "--json").out
    assert '"Ada Lovelace"' in expected
    assert dex("--db", file, "--json", "list").out == expected
    assert dex("--json", "list", "--db", file).out == expected
    plain = dex("list", "--plain", "--db", file).out
    assert dex("--plain", "--db", file, "list").out == plain
    assert dex("--jsonl", "list", "--db", file).out == dex("--db", file, "list", "--jsonl").out != ""
    assert not (home / ".local/share/dexcli/dex.db").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_shared_options(dex: Dex, command: str) -> None:
    text = dex(command, "--help").out
    for option in ("--db FILE", "--config FILE", "--json ", "--jsonl", "--plain", "-q, --quiet", "-v,", "--color WHEN"):
        assert option in text
    assert ("--as-of DATE" in text) == (COMMANDS[command].access is Access.READS)
    assert ("--dry-run" in text) == (COMMANDS[command].access is Access.WRITES)


def test_the_option_after_the_command_wins(dex: Dex, home: Path) -> None:
    dex("--db", home / "before.db", "add", "Ada Lovelace", "--db", home / "after.db", "-q")
    assert (home / "after.db").exists()
    assert not (home / "before.db").exists()


def test_an_option_overrules_the_environment_and_that_the_default(dex: Dex, home: Path) -> None:
    environment = {"DEXCLI_DB": str(home / "environment.db")}
    dex("add", "Of the Default", "-q")
    dex("add", "Of the Environment", "-q", env=environment)
    dex("add", "Of the Option", "-q", "--db", home / "option.db", env=environment)
    names = [
        dex("list", "--fields", "name", env={}).out,
        dex("list", "--fields", "name", env=environment).out,
        dex("list", "--fields", "name", "--db", home / "option.db", env=environment).out,
    ]
    assert names == ["Of the Default\n", "Of the Environment\n", "Of the Option\n"]


def test_an_option_overrules_the_configuration_and_that_the_default(known: Dex, home: Path) -> None:
    assert known("due", "--json").json["data"]["total"] == 3
    known("config", "set", "due.limit", "1")
    assert len(known("due", "--json").json["data"]["items"]) == 1
    assert len(known("due", "--json", "--limit", "2").json["data"]["items"]) == 2
    other = home / "other.toml"
    other.write_text("[due]\nlimit = 2\n")
    assert len(known("due", "--json", "--config", other).json["data"]["items"]) == 2
    assert len(known("due", "--json", env={"DEXCLI_CONFIG": str(other)}).json["data"]["items"]) == 2


def test_the_database_is_never_named_by_the_configuration(dex: Dex, home: Path) -> None:
    file = home / "config.toml"
    file.write_text('[db]\npath = "elsewhere.db"\n')
    ran = dex("due", "--config", file)
    assert ran.code == 2
    assert str(file) in ran.err


def test_the_environment_decides_about_today(known: Dex) -> None:
    then = known("due", "--json", now="2026-02-10").json["data"]
    assert then["as_of"] == "2026-02-10"
    assert [item["person"]["name"] for item in then["items"]] == ["Alan Turing"]
    moment = known("log", "ada", "x", "--json", now="2026-02-10T23:30:00-08:00").json["data"]["interaction"]
    assert moment["on"] == "2026-02-10", "the day is that of the given moment's own zone"
    for moment in ("soon", "2026-02-30", "abcdefghij"):
        for words in (["due"], ["due", "--count"], ["log", "ada", "x"]):
            ran = known(*words, now=moment)
            assert ran.code == 2, words
            assert f"DEXCLI_NOW is '{moment}'" in ran.err


def test_as_of_is_the_list_of_that_day_and_ignores_later_contact(known: Dex) -> None:
    known("log", "ada", "tea", "-q")
    known("done", "c1", "-q")
    assert "ada-lovelace" not in known("due").out
    then = known("due", "--as-of", "2026-03-07", "--json").json["data"]
    assert then["as_of"] == "2026-03-07"
    ada = next(item for item in then["items"] if item["person"]["handle"] == "ada-lovelace")
    assert (ada["last_contact"]["on"], ada["overdue_days"]) == ("2026-02-01", 20)
    assert known("due", "--as-of", "yesterday", "--json").json["data"] == then
    page = known("show", "ada", "--as-of", "2026-03-07", "--json").json["data"]
    assert [entry["on"] for entry in page["timeline"]] == ["2026-02-01"]
    assert page["person"]["last_contact_on"] == "2026-02-01"


def test_quiet_takes_away_the_notes_and_nothing_else(known: Dex) -> None:
    loud = known("log", "ada", "tea", "--on", "2026-03-02")
    assert loud.err == "dex: logged note with Ada Lovelace on Mon 2 Mar 2026 (i4): tea; undo: dex undo o14\n"
    quiet = known("log", "ada", "tea", "--on", "2026-03-02", "-q")
    assert quiet.err == ""
    assert [line.split("\t")[0] for line in quiet.out.splitlines()] == [
        line.split("\t")[0] for line in loud.out.splitlines()
    ]
    assert known("show", "nobody", "-q").err.startswith("dex: nobody is called 'nobody'")


def test_verbose_speaks_on_standard_error(known: Dex, db: Path) -> None:
    ran = known("due", "-v")
    assert ran.out == known("due").out
    assert str(db) in ran.err


def test_colour_is_for_terminals(known: Dex, terminal: Terminal) -> None:
    assert "\x1b[" in terminal("due").raw
    assert "\x1b[" not in terminal("due", env={"NO_COLOR": "1"}).raw
    assert "\x1b[" not in terminal("due", env={"TERM": "dumb"}).raw
    assert "\x1b[" not in terminal("due", "--color", "never").raw
    assert "\x1b[" in terminal("due", "--color", "always", env={"NO_COLOR": "1"}).raw
    assert "\x1b[" in known("due", "--color", "always").out
    assert "\x1b[" not in known("due", "--color", "auto").out
    assert "\x1b[" not in terminal("due", "--plain").raw
    assert "\x1b[" not in terminal("due", "--json").raw


def test_an_unknown_colour_is_refused_even_where_there_is_none(known: Dex) -> None:
    for words in (["due", "--color", "purple"], ["--color", "purple", "due"], ["due", "--json", "--color", "purple"]):
        ran = known(*words)
        assert (ran.code, ran.out) == (2, "")
        assert "purple" in ran.err


def test_a_long_list_on_a_terminal_goes_through_the_pager(known: Dex, terminal: Terminal, home: Path) -> None:
    numbers = home / "numbers"
    numbers.write_text("#!/bin/sh\nexec sed 's/^/| /'\n")
    numbers.chmod(0o755)
    short = terminal("list", env={"PAGER": str(numbers)})
    assert not any(line.startswith("| ") for line in short.text.splitlines())
    for number in range(24):
        known("add", f"Person {number}", "-q")
    paged = terminal("list", env={"PAGER": str(numbers)})
    assert "|  Handle" in paged.text
    assert not any(line.startswith("| ") for line in terminal("list", env={"PAGER": ""}).text.splitlines())
    assert not any(line.startswith("| ") for line in terminal("list", "--plain", env={"PAGER": str(numbers)}).text)


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        (
            ["due"],
            ["1", "ada-lovelace", "Ada Lovelace", "2026-02-15", "21", "2026-02-01", r"every 2 weeks.*Bernoulli.*"],
        ),
        (["list", "ada"], ["1", "ada-lovelace", "Ada Lovelace", "Analytical Engines", "2026-02-01", "2026-02-15"]),
    ],
)
def test_plain_columns_are_those_of_the_contract(known: Dex, words: list[str], columns: list[str]) -> None:
    ran = known(*words, "--plain")
    first = ran.out.splitlines()[0].split("\t")
    assert len(first) == len(columns)
    for value, pattern in zip(first, columns, strict=True):
        assert re.fullmatch(pattern, value)
    assert known(*words).out == ran.out, "a pipe gets plain text"


def test_single_objects_are_keys_and_values(known: Dex) -> None:
    rows = [line.split("\t") for line in known("show", "ada", "--plain").out.splitlines()]
    assert {len(row) for row in rows} == {2}
    values = dict(rows)
    assert values["handle"] == "ada-lovelace"
    assert values["emails"] == "ada@example.org, countess@example.com"
    assert values["due"] == "2026-02-15"


def everything(folder: Path) -> set[Path]:
    """Every file below a folder, but for the journal that SQLite keeps beside an open database."""
    return {path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))}
