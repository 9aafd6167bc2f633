"""JSON for scripts: one envelope, every document as its schema says, the same document when empty, errors apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from dexcli.cli.table import COMMANDS
from dexcli.render import envelope
from dexcli.results import contract
from support.program import Dex, Ran

SERVED = {"sync"}
"""Commands that need a server: tests/cli/test_sync.py holds their documents to the schema."""

NEEDS_A_FILE = {"restore", "apply"}
"""Commands that read what another has written: tests/cli/test_backup.py and tests/imports/test_drafts.py hold their
documents to the schema.
"""

TEXT_ONLY = {"completions", "help"}
"""Commands that print a text whatever is asked for."""

CARDS = "BEGIN:VCARD\nVERSION:3.0\nFN:Emmy Noether\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nNOTE:nobody\nEND:VCARD\n"
"""A card, and one that cannot be read."""

DOCUMENTS: list[tuple[str, ...]] = [
    ("due",),
    ("due", "--within", "30d", "--new"),
    ("due", "--digest"),
    ("due", "--count"),
    (
        "log",
        "ada",
        "coffee, tea",
        "--with",
        "grace",
        "--create",
        "Mary Shelley",
        "--promise",
        "a book",
        "--by",
        "friday",
    ),
    ("add", "Kurt Gödel", "--email", "kurt@example.org", "--set", "logic=yes", "--note", "incomplete"),
    ("show", "ada"),
    ("show", "ada", "--limit", "0"),
    ("show", "i1"),
    ("timeline", "ada"),
    ("timeline", "ada", "--limit", "0"),
    ("stats",),
    ("stats", "tag:friend", "--year", "2025"),
    ("dates",),
    ("dates", "--within", "1y"),
    ("export", "--as", "ics", "--output", "/dev/null"),
    ("email",),
    ("open", "ada", "--print"),
    ("mail", "ada", "--print"),
    ("call", "ada", "--print"),
    ("list",),
    ("list", "state:all"),
    ("list", "--fields", "name,claims,fields,met_on"),
    ("search", "coffee"),
    ("search", "nothing-of-it"),
    ("search", "ada", "tag:friend", "since:2026-01-01", "--sort", "best", "--limit", "0"),
    ("edit", "ada", "--title", "Analyst"),
    ("edit", "i1", "tea"),
    ("tag", "ada", "grace", "+maths"),
    ("cadence", "ada", "never"),
    ("cadence", "--tag", "navy", "2w", "--lead", "2w", "--importance", "high"),
    ("cadence", "--kind", "birthday", "--lead", "2w"),
    ("edit", "ada", "--lead", "2w"),
    ("snooze", "ada"),
    ("unsnooze", "ada"),
    ("remind", "ada", "the exam", "--on", "friday", "--every", "1y"),
    ("done", "c1"),
    ("rm", "ada"),
    ("rm", "i1"),
    ("triage",),
    ("why", "i1"),
    ("archive", "ada"),
    ("unarchive", "mary"),
    ("ignore", "ada"),
    ("unignore", "robot"),
    ("import", "-"),
    ("account",),
    ("account", "add", "work", "ada@gmail.com"),
    ("history",),
    ("undo",),
    ("backup",),
    ("backup", "--keep", "3"),
    ("doctor",),
    ("forget", "ada-lovelace", "--yes"),
    ("init", "--email", "me@example.org", "--name", "Me Myself"),
    ("me",),
    ("me", "add", "me@example.org"),
    ("config",),
    ("config", "set", "due.lead", "3"),
    ("schema",),
    ("schema", "due"),
    ("demo",),
]


def test_every_command_has_a_document_and_a_schema() -> None:
    assert {words[0] for words in DOCUMENTS} | SERVED | NEEDS_A_FILE == contract.COMMANDS.keys()
    assert contract.COMMANDS.keys() == COMMANDS.keys() - TEXT_ONLY


@pytest.mark.parametrize("words", DOCUMENTS, ids=" ".join)
def test_a_document_is_as_its_schema_says(known: Dex, words: tuple[str, ...]) -> None:
    ran = known(*words, "--json", input=CARDS)
    assert ran.code == (7 if words[0] == "import" else 0), ran.err
    document = checked(ran, words[0])
    assert document.keys() == {"version", "command", "data", "warnings"}
    assert (document["version"], document["command"]) == (1, words[0])


@pytest.mark.parametrize("words", DOCUMENTS, ids=" ".join)
def test_lines_hold_the_same_without_an_envelope(known: Dex, words: tuple[str, ...]) -> None:
    ran = known(*words, "--jsonl", input=CARDS)
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert all(isinstance(row, dict) and "version" not in row for row in rows)
    if words[0] in ("due", "list", "show", "schema", "config", "me") and len(words) == 1:
        data = known(*words, "--json").json["data"]
        assert rows == data.get("items", [data])


@pytest.mark.parametrize("command", ["due", "list", "history", "me", "config"])
def test_the_document_of_an_empty_database_is_the_same_document(dex: Dex, known: Dex, home: Path, command: str) -> None:
    empty = checked(dex(command, "--json", "--db", home / "none.db"), command)
    full = checked(known(command, "--json"), command)
    assert empty["data"].keys() == full["data"].keys()
    assert not (home / "none.db").exists()


def test_lists_are_empty_and_never_missing(dex: Dex) -> None:
    data = dex("due", "--json").json["data"]
    assert data == {
        "as_of": "2026-03-08", "total": 0, "items": [], "drifting": [], "accounts_stale": [], "dates_today": [],
        "until": None,
    }  # fmt: skip
    assert dex("list", "--json").json["data"] == {"total": 0, "items": []}
    assert dex("account", "--json").json["data"] == {"accounts": []}
    assert dex("--json").json == dex("due", "--json").json, "`dex` alone is `dex due`"


def test_a_person_has_at_least_these_fields_everywhere(known: Dex) -> None:
    least = {"id", "uid", "handle", "name", "emails", "phones", "tags", "state"}
    logged = known("log", "ada", "tea", "--json").json["data"]
    people = [
        known("show", "ada", "--json").json["data"]["person"],
        known("list", "ada", "--json").json["data"]["items"][0],
        known("due", "--json").json["data"]["items"][0]["person"],
        known("tag", "ada", "+x", "--json").json["data"]["items"][0],
        logged["person"],
        logged["people"][0]["person"],
    ]
    assert all(least <= person.keys() for person in people)


def test_dates_and_durations_are_iso_8601(known: Dex) -> None:
    person = known("show", "ada", "--json").json["data"]["person"]
    assert (person["cadence"], person["next_due_on"], person["birthday"]) == ("P2W", "2026-02-15", "1815-12-10")
    assert known("show", "alan", "--json").json["data"]["person"]["birthday"] == "--03-12"
    assert person["created_at"] in ("2026-03-08T09:00:00Z", "2026-03-08T09:00:00+00:00")


@pytest.mark.parametrize("form", ["--json", "--jsonl"])
@pytest.mark.parametrize(
    ("words", "code", "stable"),
    [
        (["show", "nobody"], 4, "not_found"),
        (["show", "john"], 5, "ambiguous"),
        (["add", "Ada Lovelace"], 5, "exists"),
        (["log", "ada", "x", "--on", "gibberish"], 2, "usage"),
        (["log", "ada", "--nonsense"], 2, "usage"),
        (["nonsense"], 2, "usage"),
        (["dex-auth"], 2, "usage"),
        (["import", "README"], 2, "usage"),
        (["import", "-"], 2, "format"),
        (["undo", "o99"], 4, "not_found"),
        (["list", "("], 2, "usage"),
        (["list", "--fields", "nonsense"], 2, "usage"),
        (["schema", "nonsense"], 2, "usage"),
        (["completions", "nonsense"], 2, "usage"),
    ],
)
def test_an_error_is_the_last_line_of_standard_error_and_nothing_else(
    known: Dex, form: str, words: list[str], code: int, stable: str
) -> None:
    for ran in (known(*words, form), known(form, *words)):
        assert (ran.code, ran.out) == (code, "")
        document = json.loads(ran.err.splitlines()[-1])
        assert document.keys() == {"version", "error"}
        assert document["version"] == 1
        assert document["error"].keys() == {"code", "message", "hint", "candidates"}
        assert document["error"]["code"] == stable


def test_candidates_are_data(known: Dex) -> None:
    error = known("show", "john", "--json").error
    assert [one["handle"] for one in error["candidates"]] == ["john-von-neumann", "john-backus"]
    assert all(one.keys() == {"id", "handle", "name", "detail"} for one in error["candidates"])


def test_a_partial_import_prints_its_document(dex: Dex) -> None:
    ran = dex("import", "-", "--json", input=CARDS)
    assert ran.code == 7
    report = checked(ran, "import")["data"]["report"]
    assert report["people"]["added"] == 1
    assert report["skipped"] == [{"where": "stdin:5", "reason": "no name"}]


def test_all_schemas_are_printed_by_name(dex: Dex) -> None:
    assert dex("schema").json.keys() == contract.COMMANDS.keys()
    assert dex("schema", "due").json == envelope.schema("due") == dex("schema", "due", "--plain").json


def checked(ran: Ran, command: str) -> dict[str, Any]:
    """The document of a run, after its schema has accepted it."""
    document: dict[str, Any] = ran.json
    Draft202012Validator(envelope.schema(command)).validate(document)
    return document
