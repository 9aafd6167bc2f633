"""A table speaks of its columns alone: what another table said of the same person stays."""

from __future__ import annotations

from pathlib import Path

from support.program import Dex, Terminal

WHOLE = "Name,Email,Birthday,Notes,Tags\nAda Lovelace,ada@example.org,1815-12-10,likes looms,friends\n"


def person(dex: Dex) -> dict[str, object]:
    found: dict[str, object] = dex("show", "ada", "--json").json["data"]["person"]
    return found


def test_a_second_table_with_other_columns_takes_nothing_away(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(WHOLE)
    (tmp_path / "b.csv").write_text("Name,Email,Hobby\nAda Lovelace,ada@example.org,chess\n")
    dex("import", tmp_path / "a.csv")

    report = dex("import", tmp_path / "b.csv", "--json").json["data"]["report"]

    assert report["people"]["updated"] == 1
    ada = person(dex)
    assert (ada["birthday"], ada["notes"], ada["tags"]) == ("1815-12-10", "likes looms", ["friends"])
    assert ada["fields"] == {"hobby": "chess"}


def test_an_empty_cell_of_a_newer_table_does(dex: Dex, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(WHOLE)
    dex("import", tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("Name,Email,Birthday,Notes\nAda Lovelace,ada@example.org,,\n")

    dex("import", tmp_path / "a.csv")

    ada = person(dex)
    assert (ada["birthday"], ada["notes"]) == (None, None)


def test_columns_of_a_table_of_interactions_that_are_left_out_are_named(
    dex: Dex, terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "log.csv").write_text("Date,Email,Title,Mood,Weather\n2026-01-02,ada@example.org,Call,good,rain\n")
    note = "left out: Mood, Weather; --map 'Mood=note' keeps one"
    assert dex("import", tmp_path / "log.csv", "--dry-run", "--json").json["data"]["report"]["notes"] == [note]
    assert f"to be known\n   {note}\n" in terminal("import", tmp_path / "log.csv", "--dry-run").text
    ran = dex("import", tmp_path / "log.csv", "--map", "Mood=note")
    assert (ran.code, ran.err) == (0, "dex: left out: Weather; --map 'Weather=note' keeps one\n")
    ran = dex("import", tmp_path / "log.csv", "--map", "Mood=-", "--map", "Weather=-", "--dry-run")
    assert (ran.code, ran.err) == (0, "dex: dry run: nothing was changed\n")
