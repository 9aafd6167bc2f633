"""`dex search` as it is typed: screens, columns, documents, and what goes wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support.program import Dex, Terminal


def test_people_come_before_history_on_a_terminal(known: Dex, terminal: Terminal) -> None:
    assert known("search", "compiler").out.startswith(
        "i2\tcall\t2026-01-28\tGrace Hopper, John Backus\t«compiler» course"
    )
    shown = terminal("search", "grace").text.splitlines()
    assert [line.split() for line in shown[:3]] == [
        ["Id", "When", "What", "Who", "Found"],
        ["2", "person", "Grace", "Hopper", "email:", "«grace»@example.com"],
        ["i2", "28", "Jan", "call", "Grace", "Hopper,", "John", "B…", "compiler", "course"],
    ]
    assert shown[-1].split("  ")[0].strip() == "2 of 2"


def test_an_ascii_terminal_gets_ascii_marks(known: Dex, terminal: Terminal) -> None:
    assert known("search", "loom").out.count("«loom»") == 1
    shown = terminal("search", "loom", env={"PYTHONIOENCODING": "ascii:backslashreplace"}).text
    assert "*loom*" in shown
    assert shown.isascii()


def test_the_document_holds_marks_as_places(known: Dex) -> None:
    data = known("search", "loom", "--json").json["data"]
    (item,) = data["items"]
    (snippet,) = [one for one in item["snippets"] if one["marks"]]
    ((start, end),) = snippet["marks"]
    assert snippet["text"][start:end] == "loom"
    assert (data["total"], data["total_exact"], data["people"], data["ahead"]) == (1, True, 0, 0)
    lines = known("search", "ada", "--jsonl").out.splitlines()
    assert len(lines) == len(known("search", "ada", "--json").json["data"]["items"])


def test_nothing_found_is_no_error(known: Dex, terminal: Terminal) -> None:
    assert known("search", "nowhere").out == ""
    assert terminal("search", "nowhere").text.strip() == "Nothing found."


@pytest.mark.parametrize("words", [("",), ("kind:mail", "!loom"), ("!loom",), ('"',), ("loom", "or", "tag:x")])
def test_a_search_for_nothing_is_bad_usage(known: Dex, words: tuple[str, ...]) -> None:
    ran = known("search", *words)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) >= 2


def test_keys_alone_list_the_newest_that_fit(known: Dex, terminal: Terminal) -> None:
    assert known("search", "kind:call").out == "i2\tcall\t2026-01-28\tGrace Hopper, John Backus\tcompiler course\n"
    words = known("search", "compiler", "kind:call", "--json").json["data"]
    keys = known("search", "kind:call", "--json").json["data"]
    assert keys.keys() == words.keys()
    assert [item["snippets"][0]["marks"] for item in keys["items"]] == [[]]
    assert "compiler course" in terminal("search", "kind:call", "since:2026").text


def test_a_kind_that_there_is_not_is_told_with_one_that_comes_near(known: Dex) -> None:
    ran = known("search", "kind:cofee")
    assert (ran.code, ran.out, ran.err) == (0, "", "dex: nothing is of the kind cofee; did you mean kind:coffee?\n")
    assert known("search", "kind:funeral").err == "dex: nothing is of the kind funeral\n"
    assert known("search", "kind:coffee", "quux").err == ""


def test_a_day_in_the_past_knows_nothing_later(known: Dex) -> None:
    assert known("search", "loom", "--as-of", "2026-01-31").out == ""
    assert known("search", "loom", "--as-of", "2026-02-01").out != ""


def test_hostile_text_is_harmless_and_marked(known: Dex, terminal: Terminal) -> None:
    known("log", "ada", "call: \x1b]8;;https://example.org\x1b\\loom\x1b]8;;\x1b\\ [bold]loom[/bold]")
    for shown in (terminal("search", "loom").raw, known("search", "loom").out):
        assert "\x1b]8" not in shown
        assert "[bold]" in shown


@pytest.mark.parametrize("table", ["interaction_text", "person_text", "identifier_text"])
def test_a_missing_index_says_so_and_names_the_remedy(known: Dex, db: Path, table: str) -> None:
    with closing(sqlite3.connect(db)) as conn:
        conn.execute(f"drop table {table}")
        conn.commit()
    ran = known("search", "loom", "--json")
    assert ran.code == 1
    assert ran.error["code"] == "index_damaged"
    assert "doctor" in ran.error["hint"]
    assert str(db) in ran.error["message"]


def test_a_damaged_index_says_so(known: Dex, db: Path) -> None:
    with closing(sqlite3.connect(db)) as conn:
        conn.execute("update interaction_text_data set block = x'ff00ff00' where id > 10")
        conn.commit()
    ran = known("search", "loom", "--json")
    assert ran.code == 1
    assert ran.error["code"] == "index_damaged"
