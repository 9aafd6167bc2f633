"""Everything as JSON lines, from the command line: to another machine and back, and what stands in the way."""

from __future__ import annotations

import gzip
import json
import sqlite3
import stat
from pathlib import Path

import pytest

from support.importing import imported, operations, refused
from support.program import Dex, Terminal


def everything(dex: Dex, **given: object) -> str:
    ran = dex("export", "--as", "jsonl", **given)  # type: ignore[arg-type]  # handed on as they are
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def elsewhere(dex: Dex, tmp_path: Path) -> Dex:
    return Dex((dex.program[0], "--db", tmp_path / "other.db"))


def test_another_machine_knows_all_of_it(known: Dex, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    ran = known("export", "--as", "jsonl", "-o", path, "--json")
    assert ran.json["data"]["report"] == {
        "format": "jsonl", "output": str(path), "people": 8, "events": 0, "tasks": 0, "entries": 3,
    }  # fmt: skip
    assert ran.json["data"]["done"] == f"exported 8 people and 3 entries to {path}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    other = elsewhere(known, tmp_path)
    report = imported(other, path)
    assert (report["format"], report["people"]["added"], report["interactions"]["added"]) == ("jsonl", 8, 3)
    for words in (["due"], ["list", "state:all"], ["show", "ada"], ["dates"]):
        assert other(*words, "--json").json["data"] == known(*words, "--json").json["data"]
    assert everything(other) == path.read_bytes().decode()
    assert [one["summary"] for one in operations(other)] == ["everything from all.jsonl: 8 people, 3 entries"]
    other("undo", "-q")
    assert other("list", "state:all", "--json").json["data"]["items"] == []


def test_it_is_piped_and_told_on_a_terminal(known: Dex, terminal: Terminal, tmp_path: Path) -> None:
    other = elsewhere(known, tmp_path)
    text = everything(known)
    assert imported(other, "-", "--dry-run", input=text)["people"]["added"] == 8
    assert other("list", "state:all", "--json").json["data"]["items"] == []
    (tmp_path / "all.jsonl").write_text(text)
    shown = terminal("--db", "new.db", "import", "all.jsonl", cwd=tmp_path)
    assert shown.text == (
        " everything of a database  all.jsonl\n"
        " people             8 added       0 updated       0 unchanged\n"
        " interactions       3 added       0 updated       0 unchanged\n"
        " undo: dex undo o1\n"
    )
    (tmp_path / "all.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    assert "compressed with gzip" in refused(other, tmp_path / "all.jsonl.gz")["message"]


def test_each_line_is_an_object_with_the_name_of_its_table(known: Dex) -> None:
    rows = [json.loads(line) for line in everything(known).splitlines()]
    assert (rows[0]["type"], rows[0]["version"]) == ("dex", 1)
    assert rows[-1] == {"type": "end", "lines": len(rows) - 1}
    (ada,) = (row for row in rows if row["type"] == "person" and row["handle"] == "ada-lovelace")
    assert (ada["name"], ada["cadence"], ada["company"]) == ("Ada Lovelace", "2w", "Analytical Engines")
    assert {row["type"] for row in rows} >= {"identifier", "claim", "tag", "occasion", "interaction", "participant"}


def test_an_entry_changed_by_hand_stays_so_on_the_other_machine(known: Dex, tmp_path: Path) -> None:
    book = tmp_path / "meetings.csv"
    book.write_text("date,name,title\n2026-03-01,Ada Lovelace,Engines\n")
    imported(known, book)
    (entry,) = (item for item in known("show", "ada", "--json").json["data"]["timeline"] if item["title"] == "Engines")
    assert known("edit", entry["id"], "the loom cards", "-q").code == 0
    path = tmp_path / "all.jsonl"
    path.write_text(everything(known))
    (row,) = (row for row in map(json.loads, path.read_text().splitlines()) if "typed" in row)
    assert "title" in row["typed"].split()
    other = elsewhere(known, tmp_path)
    imported(other, path)
    imported(other, book)
    assert {item["title"] for item in other("show", "ada", "--json").json["data"]["timeline"]} >= {"the loom cards"}


def test_a_database_with_somebody_in_it_is_left_alone(known: Dex, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_text(everything(known))
    error = refused(known, path)
    assert (error["code"], error["message"]) == (
        "not_empty",
        "all.jsonl is everything of another database, and this one is not empty",
    )
    assert error["hint"].startswith("take an empty one: dex --db NEW.db import all.jsonl")


def test_a_line_that_cannot_be_is_named_and_nothing_is_written(dex: Dex, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_text('{"type":"dex","version":1,"schema":1}\n{"type":"person","id":"\\u001b[31m\\u009b"}\n')
    error = refused(dex, path)
    assert (error["code"], error["message"].partition(": ")[0]) == ("format", "all.jsonl:2")
    shown = dex("import", path)
    assert "\x1b" not in shown.err
    assert "\x9b" not in shown.err
    path.write_bytes(b'{"type":"dex","version":1,"schema":1}\n{"type":"person","na\xfeme":"x"}\n')
    assert refused(dex, path)["message"] == "all.jsonl:2: this is no line of an export: it is not UTF-8"
    path.write_text('{"type":"dex","version":9,"schema":1}\n')
    assert refused(dex, path)["code"] == "newer_schema"
    error = refused(dex, path, "--map", "a=b")
    assert "--map" in error["message"]


def test_whatever_is_said_no_sequence_reaches_a_terminal(known: Dex, tmp_path: Path) -> None:
    text = "\x1b[31mred \x9b2J \u202e"
    known("add", "Mary", "--note", text, "-q")
    written = everything(known)
    assert not any(ord(one) < 32 or 0x7F <= ord(one) < 0xA0 for one in written.replace("\n", ""))
    other = elsewhere(known, tmp_path)
    imported(other, "-", input=written)
    query = "select notes from person where name = 'Mary'"
    notes = [sqlite3.connect(place).execute(query).fetchone() for place in (tmp_path / "other.db",)]
    assert notes == [(text.strip(),)]


def test_a_query_is_refused(known: Dex) -> None:
    ran = known("export", "--as", "jsonl", "tag:friend")
    assert (ran.code, ran.out) == (2, "")
    assert "takes no query" in ran.err


@pytest.mark.parametrize("words", [["list", "--jsonl"], ["due", "--jsonl"]])
def test_other_lines_of_json_are_no_export_of_everything(known: Dex, tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text(known(*words).out)
    assert "in no format that dex knows" in refused(known, path)["message"]
    assert "some.jsonl:1: " in refused(elsewhere(known, tmp_path), path, "--as", "jsonl")["message"]
