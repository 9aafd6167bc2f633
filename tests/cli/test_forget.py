"""`dex forget`: asks for the name, erases for good, says what is left, and is whole or not at all when it is killed."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from dexcli.render import envelope
from support.program import DEX, NOW, Dex, Terminal


def names(dex: Dex) -> list[str]:
    return [person["name"] for person in dex("list", "state:all", "--json").json["data"]["items"]]


@pytest.mark.parametrize("answer", ["Grace Hopper", "grace hopper ", "grace-hopper"])
def test_the_name_has_to_be_typed(known: Dex, terminal: Terminal, answer: str) -> None:
    shown = terminal("forget", "grace", keys=f"{answer}\n")
    assert "To forget Grace Hopper for good, type the name:" in shown.text
    assert (shown.code, "Grace Hopper" in names(known)) == (0, False)


@pytest.mark.parametrize("keys", ["\n", "y\n", "yes\n", "grace\n", "\x04"])
def test_anything_else_changes_nothing(known: Dex, terminal: Terminal, keys: str) -> None:
    assert terminal("forget", "grace", keys=keys, after="type the name: ").code == 130
    assert "Grace Hopper" in names(known)


def test_the_end_of_input_is_an_answer_on_a_line_of_its_own(known: Dex, terminal: Terminal) -> None:
    shown = terminal("forget", "grace", keys="\x04", after="type the name: ")
    question, said = shown.text.splitlines()
    assert question.endswith("type the name:")
    assert said == "dex: that is not the name: nothing was changed"
    assert "Grace Hopper" in names(known)


def test_a_file_that_is_read_again_says_that_somebody_stays_out(dex: Dex, terminal: Terminal, home: Path) -> None:
    (home / "ada.vcf").write_text(
        "BEGIN:VCARD\nVERSION:3.0\nUID:ada\nFN:Ada Lovelace\nEMAIL:ada@example.org\nTEL:+44 20 7946 0958\nEND:VCARD\n"
    )
    dex("import", home / "ada.vcf")
    dex("forget", "ada-lovelace", "--yes")
    people = dex("import", home / "ada.vcf", "--json").json["data"]["report"]["people"]
    assert (people["added"], people["unchanged"], people["kept_out"]) == (0, 0, 1)
    shown = " ".join(terminal("import", home / "ada.vcf").text.split())
    assert "1 person was removed or forgotten here, and not brought back" in shown
    assert "Ada" not in shown

    dex("add", "Ada Lovelace", "--email", "ada@example.org")  # as the note says
    people = dex("import", home / "ada.vcf", "--json").json["data"]["report"]["people"]
    assert (people["updated"], people["kept_out"]) == (1, 0)
    assert dex("show", "ada", "--json").json["data"]["person"]["phones"] == ["+442079460958"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["forget", "grace-hopper"], 2),
        (["forget", "grace-hopper", "--json"], 2),
        (["forget", "grace", "--yes"], 2),
        (["forget", "john", "--yes"], 5),
        (["forget", "nobody", "--yes"], 4),
    ],
)
def test_a_script_has_to_be_exact(known: Dex, words: list[str], code: int) -> None:
    before = names(known)
    ran = known(*words)
    assert (ran.code, ran.out) == (code, "")
    assert names(known) == before


def test_a_script_gets_a_report(known: Dex, db: Path) -> None:
    known("backup")
    known("log", "ada", "Grace Hopper's compiler")
    tried = known("forget", "grace", "--dry-run", "--json").json["data"]["report"]
    assert "Grace Hopper" in names(known)
    document = known("forget", "grace-hopper", "--yes", "--json").json
    Draft202012Validator(envelope.schema("forget")).validate(document)
    report = document["data"]["report"]
    assert report == {**tried, "dry_run": False, "erased_bytes": True}
    assert report["backups"] == [str(db.parent / "backups/dex-2026-03-08T090000.db")]
    assert len(report["mentions"]) == 1
    assert "Grace Hopper" not in names(known)
    assert known("undo").code == 1


def test_what_finds_a_name_in_part_is_named_since_it_is_not_looked_into(known: Dex, terminal: Terminal) -> None:
    known("add", "Wu", "-q")
    entry = known("log", "ada", "what Hopper said of compilers", "--json").json["data"]["interaction"]["id"]
    report = known("forget", "grace-hopper", "--yes", "--dry-run", "--json").json["data"]["report"]
    assert (report["mentions"], report["searches"]) == ([], ["dex search Grace", "dex search Hopper"])
    shown = terminal("forget", "grace-hopper", "--yes").text
    assert "one of the names alone are not looked into" in shown
    found = known(*report["searches"][1].split()[1:], "--json").json["data"]["items"]
    assert [one["id"] for one in found] == [entry]
    assert known("forget", "wu", "--yes", "--json").json["data"]["report"]["searches"] == []


@pytest.mark.parametrize("seed", range(3))
def test_who_is_being_forgotten_when_the_run_is_killed_is_all_there_or_gone(known: Dex, db: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeated by its seed
    entries = known("show", "grace", "--limit", "0", "--json").json["data"]["timeline"]
    for _ in range(8):
        process = subprocess.Popen(
            [DEX, "forget", "grace-hopper", "--yes"],
            env={**os.environ, "DEXCLI_NOW": NOW},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(chance.uniform(0.1, 0.5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with closing(sqlite3.connect(db)) as conn:
            assert conn.execute("pragma foreign_key_check").fetchall() == []
        if "Grace Hopper" in names(known):
            assert known("show", "grace", "--limit", "0", "--json").json["data"]["timeline"] == entries
        else:
            assert known("show", "grace-hopper").code == 4
